// SPDX-License-Identifier: GPL-2.0
int stray_init(struct stray *s)
{
	s->stray_token = dma_map_single(s->dev, s->memory, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return 0;
}

void stray_free(struct stray *s)
{
	dma_unmap_single(s->dev, s->stray_token, PAGE_SIZE, DMA_BIDIRECTIONAL);
	dma_unmap_single(s->dev, stray_other(s), PAGE_SIZE, DMA_BIDIRECTIONAL);
}
