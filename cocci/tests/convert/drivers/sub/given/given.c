// SPDX-License-Identifier: GPL-2.0
/* What ends it ends what another file maps, too. */

int given_create(struct given *g)
{
	for (int i = 0; i < g->n; i++)
		g->given_addrs[i] = dma_map_page(g->dev, g->pages[i], 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return 0;
}

void given_unmap(struct device *dev, dma_addr_t *addrs, int n)
{
	for (int i = 0; i < n; i++)
		dma_unmap_page(dev, addrs[i], PAGE_SIZE, DMA_BIDIRECTIONAL);
}

void given_destroy(struct given *g)
{
	given_unmap(g->dev, g->given_addrs, g->n);
}
