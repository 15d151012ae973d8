/* Traps 3 and 8: the handle is kept in no member, and has to be the physical address. */

static u32 *table_alloc(struct mmu *mmu, u32 *entry)
{
	u32 *table = get_page(mmu);
	dma_addr_t dma = dma_map_single(mmu->dev, table, PAGE_SIZE, DMA_TO_DEVICE); /* persistent-synced */

	if (dma != virt_to_phys(table))
		return NULL;
	*entry = dma >> PAGE_SHIFT;
	return table;
}

static void table_flush(struct mmu *mmu, u32 *entry)
{
	dma_sync_single_for_device(mmu->dev, virt_to_phys(entry), 4, DMA_TO_DEVICE);
}

static void table_free(struct mmu *mmu, u32 *table)
{
	dma_unmap_single(mmu->dev, virt_to_phys(table), PAGE_SIZE, DMA_TO_DEVICE);
}
