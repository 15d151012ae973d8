/* Trap 4: unmapped and synced in other files of the folder, and by one user of a helper. */

int split_init(struct split *s)
{
	s->bus = dma_map_single(s->dev, s->mem, 64, DMA_FROM_DEVICE); /* persistent-synced */
	return 0;
}

int helper_get_pages(struct helper *h)
{
	return dma_map_sgtable(h->dev, h->sgt, DMA_BIDIRECTIONAL, 0); /* persistent-nosync */
}

void helper_put_pages(struct helper *h)
{
	dma_unmap_sgtable(h->dev, h->sgt, DMA_BIDIRECTIONAL, 0);
}
