/* Trap 9: pages that the driver gets for the device, and nobody looks into. */

static int store_init(struct store *s)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	if (!page)
		return -ENOMEM;
	s->backing_bus = dma_map_page(s->dev, page, 0, SZ_16K, DMA_BIDIRECTIONAL); /* device-only */
	s->backing_pages = page;
	s->header_page = alloc_page(GFP_KERNEL);
	s->header_bus = dma_map_page(s->dev, s->header_page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-nosync */
	s->given_bus = dma_map_page(s->dev, s->given, 0, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-nosync */
	return 0;
}

static void store_fini(struct store *s)
{
	dma_unmap_page(s->dev, s->backing_bus, SZ_16K, DMA_BIDIRECTIONAL);
	dma_unmap_page(s->dev, s->header_bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
	dma_unmap_page(s->dev, s->given_bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
