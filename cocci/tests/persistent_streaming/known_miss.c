/* Long lived, never synced, and not found. */

/* The handle is in no member: it goes into a hardware page table. */
static int entry_alloc(struct mmu *mmu, void *page, u32 *entry)
{
	dma_addr_t dma = dma_map_single(mmu->dev, page, PAGE_SIZE, DMA_BIDIRECTIONAL);

	if (dma_mapping_error(mmu->dev, dma))
		return -ENOMEM;
	*entry = dma >> PAGE_SHIFT;
	return 0;
}

static void entry_free(struct mmu *mmu, u32 *entry)
{
	dma_unmap_single(mmu->dev, (dma_addr_t)*entry << PAGE_SHIFT, PAGE_SIZE,
			 DMA_BIDIRECTIONAL);
}

/* The unmap is in another file. */
static int stats_init(struct stats *s)
{
	s->stats_dma = dma_map_single(s->dev, s->data, s->size, DMA_FROM_DEVICE);
	return dma_mapping_error(s->dev, s->stats_dma);
}
