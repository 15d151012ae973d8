/* Trap 4: a sync of another object, a list that has never been mapped. */

static int shot_get_pages(struct shot *s)
{
	struct scatterlist *sg;
	int i;

	s->table = pages_to_sg(s->pages);
	for_each_sgtable_sg(s->table, sg, i)
		sg_dma_address(sg) = sg_phys(sg);
	dma_sync_sgtable_for_device(s->dev, s->table, DMA_TO_DEVICE);
	return 0;
}

static int shot_import(struct shot *s, struct sg_table *table)
{
	int err = dma_map_sgtable(s->dev, table, DMA_BIDIRECTIONAL, 0); /* persistent-nosync */

	if (err)
		return err;
	s->table = table;
	return 0;
}

static void shot_free(struct shot *s)
{
	dma_unmap_sgtable(s->dev, s->table, DMA_BIDIRECTIONAL, 0);
}
