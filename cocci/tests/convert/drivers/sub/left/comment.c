// SPDX-License-Identifier: GPL-2.0
int odd_init(struct odd *o)
{
	o->odd_token = dma_map_single(o->dev, o->memory, PAGE_SIZE /* of one page */,
				      DMA_BIDIRECTIONAL);
	return 0;
}

void odd_free(struct odd *o)
{
	dma_unmap_single(o->dev, o->odd_token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
