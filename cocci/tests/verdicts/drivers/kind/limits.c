/* Known limits: what the verdict says here is not what is true. */

/* Trap 4: truly synced in part only, but one sync is taken for all uses. */
static int half_init(struct half *h)
{
	h->bus = dma_map_single(h->dev, h->mem, 64, DMA_BIDIRECTIONAL); /* persistent-synced */
	return 0;
}

static void half_read(struct half *h)
{
	if (h->cached)
		dma_sync_single_for_cpu(h->dev, h->bus, 64, DMA_FROM_DEVICE);
}

static void half_exit(struct half *h)
{
	dma_unmap_single(h->dev, h->bus, 64, DMA_BIDIRECTIONAL);
}

/* Trap 6: truly broken, filled after it is mapped: mapping_order finds it, the verdict does not tell. */
static void late_submit(struct late *l, void *data)
{
	l->bus = dma_map_single(l->dev, l->mem, 64, DMA_TO_DEVICE); /* transient */
	memcpy(l->mem, data, 64);
	late_kick(l);
}

static void late_done(struct late *l)
{
	dma_unmap_single(l->dev, l->bus, 64, DMA_TO_DEVICE);
}

/* Trap 1: truly one transfer, but what is destroyed with each is told by its name. */
static int info_create(struct info *i, void *data)
{
	i->info_bus = dma_map_single(i->dev, data, 64, DMA_TO_DEVICE); /* persistent-nosync */
	return dma_mapping_error(i->dev, i->info_bus);
}

static void info_destroy(struct info *i)
{
	dma_unmap_single(i->dev, i->info_bus, 64, DMA_TO_DEVICE);
}

static void info_complete(struct info *i)
{
	info_destroy(i);
}

/* Trap 9: truly the device's alone, as nobody uses l->spill, but no name and no page says so. */
static int log_init(struct log *l)
{
	l->spill = kzalloc(SZ_4K, GFP_KERNEL);
	l->spill_bus = dma_map_single(l->dev, l->spill, SZ_4K, DMA_FROM_DEVICE); /* persistent-nosync */
	return dma_mapping_error(l->dev, l->spill_bus);
}

static void log_exit(struct log *l)
{
	dma_unmap_single(l->dev, l->spill_bus, SZ_4K, DMA_FROM_DEVICE);
	kfree(l->spill);
}
