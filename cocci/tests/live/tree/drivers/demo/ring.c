int ring_init(struct ring *r)
{
	r->token = dma_map_single(r->dev, r->msgs, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(r->dev, r->token);
}

void ring_destroy(struct ring *r)
{
	dma_unmap_single(r->dev, r->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

int table_create(struct table *t)
{
	return dma_map_sg(t->dev, t->list, t->n, DMA_TO_DEVICE);
}

void table_destroy(struct table *t)
{
	dma_unmap_sg(t->dev, t->list, t->n, DMA_TO_DEVICE);
}
