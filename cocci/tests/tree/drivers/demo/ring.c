/* A ring that is mapped for the life of the device and never synced. */
int ring_init(struct ring *r)
{
	r->token = dma_map_single(r->dev, r->msgs, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(r->dev, r->token);
}

void ring_free(struct ring *r)
{
	dma_unmap_single(r->dev, r->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
