/* In the wrong order, and not found. */

/* The filling is in a function of the driver. */
static int fill_elsewhere(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(*req), DMA_TO_DEVICE);

	request_init(req);
	return chan_start_at(c, dma);
}

/* A page and a list have an address of another name. */
static int fill_page(struct chan *c, struct page *page)
{
	dma_addr_t dma = dma_map_page(c->dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);

	memset(page_address(page), 0, PAGE_SIZE);
	return chan_start_at(c, dma);
}

/* The same buffer, by another name. */
static int fill_alias(struct chan *c, void *out)
{
	u32 *word = out;
	dma_addr_t dma = dma_map_single(c->dev, out, 4, DMA_TO_DEVICE);

	*word = 1;
	return chan_start_at(c, dma);
}

/* A member by its own address. */
static int fill_member(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, &req->head, sizeof(req->head), DMA_TO_DEVICE);

	req->head.flags = 1;
	return chan_start_at(c, dma);
}

/* Kept by the structure, handed up by a local name. */
static int slot_fill(struct slot *s)
{
	s->dma = dma_map_single(s->dev, s->skb->data, LEN, DMA_FROM_DEVICE);
	return dma_mapping_error(s->dev, s->dma);
}

static void early_alias(struct slot *s)
{
	struct sk_buff *skb = s->skb;

	netif_rx(skb);
	dma_unmap_single(s->dev, s->dma, LEN, DMA_FROM_DEVICE);
}
