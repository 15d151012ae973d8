/* Every kind of fact, and what looks like one and is none. */

struct dma_buf_ops demo_ops = {
	.map_dma_buf = demo_map,
	.release = demo_release,
};

struct ring {
	dma_addr_t dma;
};

static dma_addr_t ring_map(struct ring *r, void *buf)
{
	struct device *dev = r->dev;
	dma_addr_t dma;

	dma = dma_map_single(dev, buf,
			     r->size, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma))
		return 0;
	r->ops->start(r, dma);
	/* dma_unmap_single(dev, dma, 1, DMA_TO_DEVICE) */
	return r->dma[1] = dma;
}

#define UNMAP(r) dma_unmap_single((r)->dev, (r)->dma, 1, DMA_TO_DEVICE)
