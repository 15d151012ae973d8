/* For the importer of a dma-buf, and beside it. */

static struct sg_table *fill(struct device *dev, struct buf *b)
{
	struct sg_table *sgt = make_table(b);

	if (dma_map_sgtable(dev, sgt, DMA_BIDIRECTIONAL, 0)) /* dmabuf-export */
		return NULL;
	return sgt;
}

static struct sg_table *buf_map(struct dma_buf_attachment *a, enum dma_data_direction dir)
{
	return fill(a->dev, a->dmabuf->priv);
}

static void buf_unmap(struct dma_buf_attachment *a, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(a->dev, sgt, dir, 0);
}

/* Synced for importers only: whoever else uses the pages gets nothing of it. */
static int own_pin(struct own *o)
{
	return dma_map_sgtable(o->dev, o->pages, DMA_FROM_DEVICE, 0); /* persistent-nosync */
}

static void own_unpin(struct own *o)
{
	dma_unmap_sgtable(o->dev, o->pages, DMA_FROM_DEVICE, 0);
}

static int own_begin(struct dma_buf *buf, enum dma_data_direction dir)
{
	struct own *o = buf->priv;

	dma_sync_sgtable_for_cpu(o->dev, o->pages, dir);
	return 0;
}

static const struct dma_buf_ops ops = {
	.map_dma_buf = buf_map,
	.unmap_dma_buf = buf_unmap,
	.begin_cpu_access = own_begin,
};
