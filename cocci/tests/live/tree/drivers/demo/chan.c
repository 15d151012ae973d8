static int chan_submit(struct chan *c, void *data, size_t len)
{
	c->data_dma = dma_map_single(c->dev, data, len, DMA_FROM_DEVICE);
	return dma_mapping_error(c->dev, c->data_dma);
}

irqreturn_t chan_irq(int irq, void *data)
{
	struct chan *c = data;

	dma_unmap_single(c->dev, c->data_dma, c->len, DMA_FROM_DEVICE);
	return IRQ_HANDLED;
}

/* The compiler puts chan_submit() into it. */
int chan_read(struct chan *c, void *data)
{
	return chan_submit(c, data, 2048);
}
