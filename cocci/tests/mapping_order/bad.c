/* Trap 6, in the wrong order: each of these is to be found. */

static int late_copy(struct chan *c, const void *data, size_t len)
{
	c->out_dma = dma_map_single(c->dev, c->out, len, DMA_TO_DEVICE);
	if (dma_mapping_error(c->dev, c->out_dma))
		return -ENOMEM;
	memcpy(c->out, data, len);
	return chan_start(c);
}

static int late_member(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(*req), DMA_BIDIRECTIONAL);

	req->flags = 1;
	return chan_start_at(c, dma);
}

static int late_element(struct chan *c, u32 *list, int i, int n)
{
	dma_addr_t dma = dma_map_single_attrs(c->dev, list, 4 * n, DMA_TO_DEVICE, 0);

	for (i = 0; i < n; i++)
		list[i] = cpu_to_le32(i);
	return chan_start_at(c, dma);
}

static int late_bit(struct chan *c, u32 *word)
{
	dma_addr_t dma = dma_map_single(c->dev, word, 4, DMA_TO_DEVICE);

	*word |= READY;
	return chan_start_at(c, dma);
}

static int early_copy(struct chan *c, void *answer, size_t len)
{
	dma_addr_t dma = dma_map_single(c->dev, c->in, len, DMA_FROM_DEVICE);
	int err = chan_ask(c, dma);

	memcpy(answer, c->in, len);
	dma_unmap_single(c->dev, dma, len, DMA_FROM_DEVICE);
	return err;
}

static int early_member(struct chan *c, struct answer *answer)
{
	dma_addr_t dma;
	int err;

	dma = dma_map_single(c->dev, answer, sizeof(*answer), DMA_BIDIRECTIONAL);
	chan_ask(c, dma);
	err = answer->status;
	dma_unmap_single(c->dev, dma, sizeof(*answer), DMA_BIDIRECTIONAL);
	return err;
}

/* Kept in a structure: another function maps. */
static int slot_fill(struct slot *s)
{
	s->dma = dma_map_single(s->dev, s->skb->data, LEN, DMA_FROM_DEVICE);
	return dma_mapping_error(s->dev, s->dma);
}

static void early_hand_up(struct slot *s)
{
	netif_rx(s->skb);
	dma_unmap_single(s->dev, s->dma, LEN, DMA_FROM_DEVICE);
}

static void early_free(struct slot *s)
{
	dev_kfree_skb(s->skb);
	dma_unmap_single(s->dev, s->dma, LEN, DMA_FROM_DEVICE);
}

/* Deeper in. */
static int late_inner(struct chan *c, struct request *req, int i)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(*req), DMA_TO_DEVICE);

	req->list[i].len = cpu_to_le32(i);
	return chan_start_at(c, dma);
}
