/* Trap 3: one function syncs whatever it is given, and one mapping of these has no member. */

static void walk_sync(struct walker *w, dma_addr_t bus, size_t n)
{
	dma_sync_single_for_device(w->dev, bus, n * 4, DMA_TO_DEVICE);
}

static int walker_init(struct walker *w)
{
	w->root_bus = dma_map_single(w->dev, w->root, PAGE_SIZE, DMA_TO_DEVICE); /* persistent-synced */
	return dma_mapping_error(w->dev, w->root_bus);
}

static u32 *walker_table(struct walker *w, u32 *entry)
{
	u32 *table = walker_page(w);
	dma_addr_t bus = dma_map_single(w->dev, table, PAGE_SIZE, DMA_TO_DEVICE); /* persistent-synced */

	if (dma_mapping_error(w->dev, bus))
		return NULL;
	*entry = walker_entry(bus);
	walk_sync(w, w->root_bus, 1);
	return table;
}

static void walker_fini(struct walker *w)
{
	dma_unmap_single(w->dev, w->root_bus, PAGE_SIZE, DMA_TO_DEVICE);
}

static void walker_free_tables(struct walker *w, u32 entry)
{
	dma_unmap_single(w->dev, walker_address(entry), PAGE_SIZE, DMA_TO_DEVICE);
}
