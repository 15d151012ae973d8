/* Traps 9 and 10: what is told by the memory, and names that are none of the API. */

static int dev_probe(struct dev *d)
{
	d->fifo = dma_map_resource(d->dev, d->phys, 4, DMA_TO_DEVICE, 0); /* other */
	d->peer = dma_map_phys(d->dev, d->bar, 4, DMA_TO_DEVICE, DMA_ATTR_MMIO); /* other */
	d->dummy_dma = dma_map_single(d->dev, d->dummy, 64, DMA_FROM_DEVICE); /* device-only */
	d->zero_dma = dma_map_page(d->dev, ZERO_PAGE(0), 0, 64, DMA_TO_DEVICE); /* device-only */
	d->status_dma = dma_map_single(d->dev, d->status, 64, DMA_FROM_DEVICE); /* persistent-nosync */
	d->tagged_dma = dma_map_page_attrs(d->dev, d->page, 0, 64, DMA_FROM_DEVICE, DMA_ATTR_PERSISTENT_STREAMING); /* persistent-nosync */
	return 0;
}

static void dev_wait(struct dev *d)
{
	dma_sync_wait(d->chan, d->status_dma);
	demo_dma_sync_for_cpu(d, d->status_dma);
	demo_dma_sync_idx(d, d->status_dma);
	d->ops->dma_sync_single_for_cpu(d->dev, d->status_dma);
}

static void dev_remove(struct dev *d)
{
	dma_unmap_single(d->dev, d->dummy_dma, 64, DMA_FROM_DEVICE);
	dma_unmap_page(d->dev, d->zero_dma, 64, DMA_TO_DEVICE);
	dma_unmap_single(d->dev, d->status_dma, 64, DMA_FROM_DEVICE);
	dma_unmap_page_attrs(d->dev, d->tagged_dma, 64, DMA_FROM_DEVICE, DMA_ATTR_PERSISTENT_STREAMING);
}

static int dev_self_test(struct dev *d)
{
	d->test_dma = dma_map_single(d->dev, d->test, 64, DMA_FROM_DEVICE); /* other */
	return 0;
}
