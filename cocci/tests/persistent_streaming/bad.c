/* Long lived and never synced: each of these is to be found. */

static int queue_init(struct queue *q)
{
	q->token = dma_map_single(q->dev, q->msgs, PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(q->dev, q->token))
		return -ENOMEM;
	if (start_queue(q))
		goto unmap;
	return 0;

unmap:
	dma_unmap_single(q->dev, q->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return -EIO;
}

static void queue_release(struct queue *q)
{
	dma_unmap_single(q->dev, q->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static int object_pin(struct object *o)
{
	return dma_map_sgtable(o->dev, &o->table, DMA_BIDIRECTIONAL, 0);
}

static void object_unpin(struct object *o)
{
	dma_unmap_sgtable(o->dev, &o->table, DMA_BIDIRECTIONAL, 0);
}

static int object_get_pages(struct object *o)
{
	return dma_map_sgtable(o->dev, o->pages, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
}

static void object_put_pages(struct object *o)
{
	dma_unmap_sgtable(o->dev, o->pages, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
}

static int audio_map(struct audio *a)
{
	a->mapped = dma_map_sg(a->dev, a->list, a->n, DMA_FROM_DEVICE);
	return a->mapped ? 0 : -ENOMEM;
}

static void audio_free(struct audio *a)
{
	dma_unmap_sg(a->dev, a->list, a->n, DMA_FROM_DEVICE);
}

static int table_alloc(struct table *t, int i)
{
	t->pages_dma[i] = dma_map_page(t->dev, t->pages[i], 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return dma_mapping_error(t->dev, t->pages_dma[i]);
}

static void table_destroy(struct table *t)
{
	for (int i = 0; i < t->n; i++)
		dma_unmap_page(t->dev, t->pages_dma[i], PAGE_SIZE, DMA_BIDIRECTIONAL);
}
