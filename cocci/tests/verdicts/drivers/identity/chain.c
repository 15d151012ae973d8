/* Trap 5: wrappers of wrappers, until one keeps the handle. */

static dma_addr_t inner(struct device *dev, void *mem)
{
	return dma_map_single(dev, mem, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-synced */
}

static dma_addr_t middle(struct device *dev, void *mem)
{
	dma_addr_t dma = inner(dev, mem);

	return dma;
}

static int outer(struct device *dev, void *mem, dma_addr_t *out)
{
	*out = middle(dev, mem);
	return dma_mapping_error(dev, *out);
}

static int post_box_create(struct post_box *b)
{
	return outer(b->dev, b->mem, &b->letter_dma);
}

static void post_box_look(struct post_box *b)
{
	dma_sync_single_for_cpu(b->dev, b->letter_dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static void post_box_destroy(struct post_box *b)
{
	dma_unmap_single(b->dev, b->letter_dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
