int idle_create(struct idle *i)
{
	i->token = dma_map_single(i->dev, i->mem, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(i->dev, i->token);
}

void idle_destroy(struct idle *i)
{
	dma_unmap_single(i->dev, i->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
