int before(struct device *dev, void *p)
{
	return dma_map_single(dev, p, 4, DMA_TO_DEVICE);
}

int broken(struct device *dev, void *p)
{
	if (a b c %% ) {
	dma_map_single(dev, p, 4, DMA_FROM_DEVICE);
}
