// SPDX-License-Identifier: GPL-2.0
/* The user of a helper that undoes the helper's mapping, and makes one of its own. */
int user_create(struct user_object *u)
{
	u->cookie = dma_map_single(u->dev, u->memory, 64, DMA_BIDIRECTIONAL);
	return sub_pages_map(&u->base);
}

void user_destroy(struct user_object *u)
{
	dma_unmap_single(u->dev, u->cookie, 64, DMA_BIDIRECTIONAL);
	dma_unmap_sgtable(u->dev, u->base.sgt, DMA_BIDIRECTIONAL, 0);
}
