/* Where a name of the API stands and is no mapping call: dma_map_sg(). */
#define MAP(d, p) dma_map_single(d, p, 1, DMA_TO_DEVICE)

dma_addr_t dma_map_page(struct device *dev, struct page *page);

#if 0
static void off(struct device *dev)
{
	dma_map_resource(dev, 0, 1, DMA_TO_DEVICE, 0);
}
#else
static void on(struct device *dev, struct ops *ops)
{
	ops->dma_map_sgtable(dev);
	pr_info("dma_map_phys() failed");
	/* Two calls on one line. */
	dma_map_page(dev, 0); dma_map_page(dev, 1);
}
#endif
