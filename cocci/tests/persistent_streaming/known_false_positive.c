/* Found, and wrongly so. */

/* The syncs are in another file. */
static int pages_init(struct pages *p)
{
	p->dma = dma_map_page(p->dev, p->page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(p->dev, p->dma);
}

static void pages_free(struct pages *p)
{
	dma_unmap_page(p->dev, p->dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

/* Nobody reads what the device throws away here. */
static int trash_init(struct trash *t)
{
	t->trash_dma = dma_map_single(t->dev, t->trash, PAGE_SIZE, DMA_FROM_DEVICE);
	return dma_mapping_error(t->dev, t->trash_dma);
}

static void trash_free(struct trash *t)
{
	dma_unmap_single(t->dev, t->trash_dma, PAGE_SIZE, DMA_FROM_DEVICE);
}
