int burst_submit(struct burst *c, void *data, size_t len)
{
	c->data_dma = dma_map_single(c->dev, data, len, DMA_FROM_DEVICE);
	return dma_mapping_error(c->dev, c->data_dma);
}

irqreturn_t burst_irq(int irq, void *data)
{
	struct burst *c = data;

	dma_unmap_single(c->dev, c->data_dma, c->len, DMA_FROM_DEVICE);
	return IRQ_HANDLED;
}
