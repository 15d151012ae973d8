// SPDX-License-Identifier: GPL-2.0
/* A helper of the subsystem, whose mapping a driver may undo by itself. */
int sub_pages_map(struct sub_pages *p)
{
	return dma_map_sgtable(p->dev, p->sgt, DMA_BIDIRECTIONAL, 0);
}

void sub_pages_free(struct sub_pages *p)
{
	dma_unmap_sgtable(p->dev, p->sgt, DMA_BIDIRECTIONAL, 0);
}
