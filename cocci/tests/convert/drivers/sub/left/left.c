// SPDX-License-Identifier: GPL-2.0
/* What is left out, each for a reason of its own. */
int queue_init(struct queue *q)
{
	q->msgs = (struct msg *)get_zeroed_page(GFP_KERNEL);
	q->token = dma_map_single(q->dev, q->msgs, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return 0;
}

void queue_free(struct queue *q)
{
	dma_unmap_single(q->dev, q->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

int listed_init(struct listed *l)
{
	l->kept = dma_map_single(l->dev, l->memory, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return 0;
}

void listed_free(struct listed *l)
{
	dma_unmap_single(l->dev, l->kept, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
