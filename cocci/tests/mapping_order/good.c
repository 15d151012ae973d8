/* In order: none of these is to be found. */

static int copy_then_map(struct chan *c, const void *data, size_t len)
{
	dma_addr_t dma;

	memcpy(c->out, data, len);
	dma = dma_map_single(c->dev, c->out, len, DMA_TO_DEVICE);
	return chan_start_at(c, dma);
}

static int synced_after(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(*req), DMA_TO_DEVICE);

	req->done = 1;
	dma_sync_single_for_device(c->dev, dma, sizeof(*req), DMA_TO_DEVICE);
	return chan_start_at(c, dma);
}

static int synced_around(struct chan *c, struct request *req)
{
	c->dma = dma_map_single(c->dev, req, sizeof(*req), DMA_BIDIRECTIONAL);
	chan_start(c);
	dma_sync_single_for_cpu(c->dev, c->dma, sizeof(*req), DMA_BIDIRECTIONAL);
	req->done = 1;
	return 0;
}

/* The next one of a list is another buffer. */
static void each_element(struct chan *c, int n)
{
	for (int i = 0; i < n; i++) {
		memset(c->out[i], 0, 4);
		c->dma[i] = dma_map_single(c->dev, c->out[i], 4, DMA_TO_DEVICE);
	}
}

static void next_buffer(struct chan *c, void *buf)
{
	c->dma = dma_map_single(c->dev, buf, 4, DMA_TO_DEVICE);
	buf = chan_next(c);
	memset(buf, 0, 4);
}

/* Behind what is mapped. */
static int behind(struct chan *c, void *buf, size_t len)
{
	c->dma = dma_map_single(c->dev, buf, len, DMA_TO_DEVICE);
	memset(buf + len, 0, 4);
	return chan_start(c);
}

/* For the other direction the CPU may not look, but this is no fill. */
static int its_address(struct chan *c, struct request *req)
{
	c->dma = dma_map_single(c->dev, req, sizeof(*req), DMA_TO_DEVICE);
	c->current_request = req;
	chan_tell(c, &req->done);
	return chan_start(c);
}

static int unmapped_first(struct chan *c, void *answer, size_t len)
{
	dma_addr_t dma = dma_map_single(c->dev, c->in, len, DMA_FROM_DEVICE);
	int err = chan_ask(c, dma);

	dma_unmap_single(c->dev, dma, len, DMA_FROM_DEVICE);
	memcpy(answer, c->in, len);
	return err;
}

static int synced_first(struct chan *c, void *answer, size_t len)
{
	dma_addr_t dma = dma_map_single(c->dev, c->in, len, DMA_FROM_DEVICE);
	int err = chan_ask(c, dma);

	dma_sync_single_for_cpu(c->dev, dma, len, DMA_FROM_DEVICE);
	memcpy(answer, c->in, len);
	dma_unmap_single(c->dev, dma, len, DMA_FROM_DEVICE);
	return err;
}

static int ring_fill(struct ring *r)
{
	for (int i = 0; i < r->n; i++) {
		r->slot[i].dma = dma_map_single(r->dev, r->slot[i].buf, LEN, DMA_FROM_DEVICE);
		if (dma_mapping_error(r->dev, r->slot[i].dma)) {
			kfree(r->slot[i].buf);
			goto undo;
		}
	}
	return 0;

undo:
	while (i-- > 0) {
		dma_unmap_single(r->dev, r->slot[i].dma, LEN, DMA_FROM_DEVICE);
		kfree(r->slot[i].buf);
	}
	return -ENOMEM;
}
