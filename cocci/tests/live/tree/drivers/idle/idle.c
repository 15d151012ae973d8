int idle_create(struct idle *i)
{
	i->token = dma_map_single(i->dev, i->mem, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(i->dev, i->token);
}

void idle_destroy(struct idle *i)
{
	dma_unmap_single(i->dev, i->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

/* dma-debug never sees it. */
int idle_link_create(struct idle *i)
{
	return dma_iova_link(i->dev, &i->state, i->phys, 0, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
}

void idle_link_destroy(struct idle *i)
{
	dma_iova_destroy(i->dev, &i->state, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
}
