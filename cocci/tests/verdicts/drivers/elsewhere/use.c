void split_read(struct split *s)
{
	dma_sync_single_for_cpu(s->dev, s->bus, 64, DMA_FROM_DEVICE);
}

void split_exit(struct split *s)
{
	dma_unmap_single(s->dev, s->bus, 64, DMA_FROM_DEVICE);
}
