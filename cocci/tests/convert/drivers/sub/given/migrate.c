// SPDX-License-Identifier: GPL-2.0
static int move_copy(struct device *dev, dma_addr_t *scratch, struct page *page)
{
	dma_addr_t *src = scratch;

	src[0] = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
	return dma_mapping_error(dev, src[0]);
}

int move_to_ram(struct device *dev, dma_addr_t *scratch, struct page *page)
{
	int err = move_copy(dev, scratch, page);

	given_unmap(dev, scratch, 1);
	return err;
}
