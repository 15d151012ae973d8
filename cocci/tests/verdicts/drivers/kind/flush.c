/* Trap 7: mapped to flush the caches; the device gets the physical address. */

static int object_get_pages(struct object *o)
{
	struct scatterlist *sg;
	int i;

	if (dma_map_sgtable(o->dev, o->pages, DMA_BIDIRECTIONAL, 0)) /* persistent-nosync */
		return -EIO;
	for_each_sgtable_sg(o->pages, sg, i)
		iommu_map(o->domain, o->iova + i * PAGE_SIZE, sg_phys(sg), sg->length, IOMMU_READ, GFP_KERNEL);
	return 0;
}

static void object_put_pages(struct object *o)
{
	dma_unmap_sgtable(o->dev, o->pages, DMA_BIDIRECTIONAL, 0);
}
