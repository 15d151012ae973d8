// SPDX-License-Identifier: GPL-2.0
/* Calls that have attributes: in place, with the clean-up after an error. */
static int pin(struct obj *o)
{
	struct sg_table *sgt = o->table;
	int ret;

	ret = dma_map_sgtable(o->dev, sgt, DMA_BIDIRECTIONAL, 0);
	if (ret)
		return ret;
	ret = dma_map_sgtable(o->dev, &o->very_long_name_of_another_table, DMA_TO_DEVICE, 0);
	if (ret)
		goto unmap;
	o->address = vmap(o->pages, o->n, VM_MAP, PAGE_KERNEL);
	return 0;
unmap:
	dma_unmap_sgtable(o->dev, sgt, DMA_BIDIRECTIONAL, 0);
	return ret;
}

static void unpin(struct obj *o)
{
	dma_unmap_sgtable(o->dev, o->table, DMA_BIDIRECTIONAL, 0);
	dma_unmap_sgtable(o->dev, &o->very_long_name_of_another_table, DMA_TO_DEVICE,
			  0);
}

static void obj_release(struct obj *o)
{
	unpin(o);
}
