/* Trap 5: a wrapper returns the handle, and what its caller does with it counts. */

static dma_addr_t wrap(struct device *dev, void *mem)
{
	return dma_map_single(dev, mem, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-synced */
}

static int queue_create(struct queue *q)
{
	q->bus = wrap(q->dev, q->mem);
	return 0;
}

static void queue_look(struct queue *q)
{
	dma_sync_single_for_cpu(q->dev, q->bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static void queue_destroy(struct queue *q)
{
	dma_unmap_single(q->dev, q->bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
