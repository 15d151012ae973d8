/* Trap 2: one mapping under several names. */

/* A local table that becomes a member after the call. */
static int buf_create(struct buf *b)
{
	struct sg_table *sgt = make_table(b);

	if (dma_map_sgtable(b->dev, sgt, DMA_BIDIRECTIONAL, 0)) /* persistent-synced */
		return -EIO;
	b->dma_sgt = sgt;
	return 0;
}

static void buf_prepare(struct buf *b)
{
	struct sg_table *sgt = b->dma_sgt;

	dma_sync_sgtable_for_device(b->dev, sgt, DMA_BIDIRECTIONAL);
}

static void buf_destroy(struct buf *b)
{
	dma_unmap_sgtable(b->dev, b->dma_sgt, DMA_BIDIRECTIONAL, 0);
}

/* A member that is the address of another one. */
static int vid_init(struct vid *v)
{
	v->mapped = &v->table;
	return dma_map_sgtable(v->dev, &v->table, DMA_BIDIRECTIONAL, 0); /* persistent-synced */
}

static void vid_begin(struct vid *v)
{
	dma_sync_sgtable_for_cpu(v->dev, v->mapped, DMA_BIDIRECTIONAL);
}

static void vid_exit(struct vid *v)
{
	dma_unmap_sgtable(v->dev, &v->table, DMA_BIDIRECTIONAL, 0);
}

/* Through an out parameter, into an array. */
static int page_map(struct pages *p, void *page, dma_addr_t *out)
{
	*out = dma_map_single(p->dev, page, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-synced */
	return dma_mapping_error(p->dev, *out);
}

static int pages_alloc(struct pages *p)
{
	for (int i = 0; i < p->n; i++)
		if (page_map(p, p->page[i], &p->bus[i]))
			return -ENOMEM;
	return 0;
}

static void pages_write(struct pages *p, int i)
{
	dma_addr_t bus = p->bus[i];

	dma_sync_single_for_device(p->dev, bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static void pages_free(struct pages *p)
{
	for (int i = 0; i < p->n; i++)
		dma_unmap_single(p->dev, p->bus[i], PAGE_SIZE, DMA_BIDIRECTIONAL);
}

/* Through functions that set and get. */
static void old_create(struct old *o)
{
	dma_addr_t dma = dma_map_single(o->dev, o->mem, 64, DMA_TO_DEVICE); /* persistent-nosync */

	set_page_private(o->page, dma);
}

static void old_destroy(struct old *o)
{
	dma_addr_t dma = page_private(o->page);

	dma_unmap_single(o->dev, dma, 64, DMA_TO_DEVICE);
}

/* Trap 4: the same member of another structure is another mapping. */
static int north_init(struct north *n)
{
	n->dma = dma_map_single(n->dev, n->mem, 64, DMA_TO_DEVICE); /* persistent-nosync */
	return 0;
}

static void north_exit(struct north *n)
{
	dma_unmap_single(n->dev, n->dma, 64, DMA_TO_DEVICE);
}

static int south_init(struct south *s)
{
	s->dma = dma_map_single(s->dev, s->mem, 64, DMA_TO_DEVICE); /* persistent-synced */
	return 0;
}

static void south_write(struct south *s)
{
	dma_sync_single_for_device(s->dev, s->dma, 64, DMA_TO_DEVICE);
}

static void south_exit(struct south *s)
{
	dma_unmap_single(s->dev, s->dma, 64, DMA_TO_DEVICE);
}

/* A copy of the handle in another structure, made of nothing else. */
static int slot_alloc(struct slot *s, struct chunk *c)
{
	c->chunk_dma = dma_map_page(s->dev, c->page, 0, PAGE_SIZE, DMA_FROM_DEVICE); /* persistent-synced */
	s->base_dma = c->chunk_dma;
	return dma_mapping_error(s->dev, c->chunk_dma);
}

static void slot_look(struct slot *s)
{
	dma_sync_single_range_for_cpu(s->dev, s->base_dma, 0, 64, DMA_FROM_DEVICE);
}

static void slot_free(struct slot *s, struct chunk *c)
{
	dma_unmap_page(s->dev, c->chunk_dma, PAGE_SIZE, DMA_FROM_DEVICE);
}

/* A member that holds now this, now that, is the name of neither. */
static int now_init(struct now *n, struct chunk *c)
{
	n->first_dma = dma_map_single(n->dev, n->mem, 64, DMA_TO_DEVICE); /* persistent-nosync */
	n->current_dma = n->first_dma;
	n->current_dma = n->other_dma;
	return 0;
}

static void now_look(struct now *n)
{
	dma_sync_single_for_device(n->dev, n->current_dma, 64, DMA_TO_DEVICE);
}

static void now_exit(struct now *n)
{
	dma_unmap_single(n->dev, n->first_dma, 64, DMA_TO_DEVICE);
}

/* A copy of the whole structure. */
static int snap_init(struct snap *s)
{
	s->snap_dma = dma_map_single(s->dev, s->mem, 64, DMA_FROM_DEVICE); /* persistent-synced */
	return dma_mapping_error(s->dev, s->snap_dma);
}

static void snap_look(struct snap *s)
{
	struct snap copy = *s;

	dma_sync_single_for_cpu(copy.dev, copy.snap_dma, 64, DMA_FROM_DEVICE);
}

static void snap_exit(struct snap *s)
{
	dma_unmap_single(s->dev, s->snap_dma, 64, DMA_FROM_DEVICE);
}
