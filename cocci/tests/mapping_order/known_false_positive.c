/* Found, and yet in order. */

/* Only the CPU uses this member. */
static int list_entry(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(*req), DMA_TO_DEVICE);

	req->dma = dma;
	return chan_start_at(c, dma);
}

/* The unmap is for an error, the use for success. */
static int told_by_flag(struct chan *c, struct answer *answer)
{
	dma_addr_t dma = dma_map_single(c->dev, answer, sizeof(*answer), DMA_FROM_DEVICE);
	int status = 0;

	if (!chan_ask(c, dma))
		dma_unmap_page(c->dev, dma, sizeof(*answer), DMA_FROM_DEVICE);
	else
		status = answer->status;
	if (!c->done)
		dma_unmap_single(c->dev, dma, sizeof(*answer), DMA_FROM_DEVICE);
	return status;
}

/* What is mapped ends before this member. */
static int only_head(struct chan *c, struct request *req)
{
	dma_addr_t dma = dma_map_single(c->dev, req, sizeof(struct head), DMA_TO_DEVICE);

	req->next = NULL;
	return chan_start_at(c, dma);
}
