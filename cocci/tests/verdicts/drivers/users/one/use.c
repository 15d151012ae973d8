void one_read(struct helper *h)
{
	dma_sync_sgtable_for_cpu(h->dev, h->sgt, DMA_FROM_DEVICE);
}
