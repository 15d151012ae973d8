/* Trap 11: memory of user space, which no statement of C is seen to use. */

static int region_register(struct region *r)
{
	r->n = pin_user_pages_fast(r->start, r->wanted, FOLL_WRITE | FOLL_LONGTERM, r->pages);
	sg_alloc_table_from_pages(&r->sgt, r->pages, r->n, 0, r->size, GFP_KERNEL);
	return dma_map_sgtable(r->dev, &r->sgt, DMA_BIDIRECTIONAL, 0); /* persistent-nosync */
}

static void region_unregister(struct region *r)
{
	dma_unmap_sgtable(r->dev, &r->sgt, DMA_BIDIRECTIONAL, 0);
	unpin_user_pages(r->pages, r->n);
}

/* Pinned for one write. */
static int port_write(struct port *p, unsigned long start, int n)
{
	int err;

	n = pin_user_pages_fast(start, n, 0, p->pages);
	err = dma_map_sg(p->dev, p->list, n, DMA_TO_DEVICE); /* transient */
	if (!err)
		return -EIO;
	err = port_go(p);
	dma_unmap_sg(p->dev, p->list, n, DMA_TO_DEVICE);
	unpin_user_pages(p->pages, n);
	return err;
}
