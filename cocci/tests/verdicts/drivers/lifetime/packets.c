/* Receive buffers: given back under another name where a packet comes in. */

static int port_alloc_rx_bufs(struct port *p)
{
	for (int i = 0; i < RING; i++) {
		p->rx_dma[i] = dma_map_single(p->dev, p->rx_buf[i], LEN, DMA_FROM_DEVICE); /* transient */
		p->ring[i].addr = p->rx_dma[i];
	}
	return 0;
}

static void port_free_rx_bufs(struct port *p)
{
	for (int i = 0; i < RING; i++)
		dma_unmap_single(p->dev, p->rx_dma[i], LEN, DMA_FROM_DEVICE);
}

static int port_poll(struct napi_struct *napi, int budget)
{
	struct hw_desc *d = next_desc(napi);

	dma_unmap_single(napi->dev, d->le_address, LEN, DMA_FROM_DEVICE);
	return budget;
}

/* Recycled: synced instead of unmapped as long as it goes well. */
static bool port_alloc_page(struct port *p, struct slot *s)
{
	s->page_dma = dma_map_page_attrs(p->dev, s->page, 0, PAGE_SIZE, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC); /* persistent-synced */
	return !dma_mapping_error(p->dev, s->page_dma);
}

static void port_clean_irq(struct port *p, struct slot *s)
{
	dma_sync_single_range_for_cpu(p->dev, s->page_dma, 0, LEN, DMA_FROM_DEVICE);
	if (can_reuse(s))
		dma_sync_single_range_for_device(p->dev, s->page_dma, 0, LEN, DMA_FROM_DEVICE);
	else
		dma_unmap_page_attrs(p->dev, s->page_dma, PAGE_SIZE, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
}
