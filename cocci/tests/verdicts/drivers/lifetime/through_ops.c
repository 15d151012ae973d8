/* Trap 1: names that say nothing, called through what they are registered as. */

static dma_addr_t board_map(struct device *dev, struct page *page)
{
	return dma_map_page(dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE); /* transient */
}

static void board_unmap(struct device *dev, dma_addr_t bus)
{
	dma_unmap_page(dev, bus, PAGE_SIZE, DMA_FROM_DEVICE);
}

static const struct board_ops board_pci_ops = {
	.map_it = board_map,
	.unmap_it = board_unmap,
};

static int board_poll(struct board *b)
{
	b->ops->unmap_it(b->dev, board_bus(b));
	return board_deliver(b);
}
