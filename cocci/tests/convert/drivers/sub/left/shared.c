// SPDX-License-Identifier: GPL-2.0
/* A mapping for the life of the device, and one for a transfer, with one unmap. */
int shared_init(struct shared *s)
{
	s->shared_token = dma_map_single(s->dev, s->memory, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return 0;
}

int shared_xmit(struct shared *s, struct sk_buff *skb)
{
	s->shared_token = dma_map_single(s->dev, skb->data, skb->len, DMA_BIDIRECTIONAL);
	return 0;
}

void shared_free(struct shared *s)
{
	dma_unmap_single(s->dev, s->shared_token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}
