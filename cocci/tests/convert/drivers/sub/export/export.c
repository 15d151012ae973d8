// SPDX-License-Identifier: GPL-2.0
/* An exporter with two maps and one unmap, found through its table. */
static struct sg_table *export_map(struct dma_buf_attachment *a, enum dma_data_direction dir)
{
	struct sg_table *sgt = export_table(a->dmabuf->priv);

	if (export_is_big(a->dmabuf->priv)) {
		if (dma_map_sgtable(a->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC))
			return NULL;
	} else if (dma_map_sgtable(a->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC)) {
		return NULL;
	}
	return sgt;
}

static void export_let_go(struct device *dev, struct sg_table *table, enum dma_data_direction dir)
{
	dma_unmap_sgtable(dev, table, dir, DMA_ATTR_SKIP_CPU_SYNC);
}

static void export_unmap(struct dma_buf_attachment *a, struct sg_table *sgt,
			 enum dma_data_direction dir)
{
	export_let_go(a->dev, sgt, dir);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
};
