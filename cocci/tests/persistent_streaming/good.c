/* Nothing to find here. */

/* Mapped and unmapped around one transfer. */
static int send_once(struct sender *s, void *data, size_t len)
{
	s->dma = dma_map_single(s->dev, data, len, DMA_TO_DEVICE);
	if (dma_mapping_error(s->dev, s->dma))
		return -ENOMEM;
	start_and_wait(s);
	dma_unmap_single(s->dev, s->dma, len, DMA_TO_DEVICE);
	return 0;
}

/* Long lived, synced on both sides of each use. */
static int ring_init(struct ring *r)
{
	r->ring_dma = dma_map_single(r->dev, r->ring, r->size, DMA_BIDIRECTIONAL);
	return dma_mapping_error(r->dev, r->ring_dma);
}

static void ring_read(struct ring *r, void *to)
{
	dma_sync_single_for_cpu(r->dev, r->ring_dma, r->size, DMA_FROM_DEVICE);
	memcpy(to, r->ring, r->size);
	dma_sync_single_for_device(r->dev, r->ring_dma, r->size, DMA_FROM_DEVICE);
}

static void ring_free(struct ring *r)
{
	dma_unmap_single(r->dev, r->ring_dma, r->size, DMA_BIDIRECTIONAL);
}

/* A receive buffer: given back by the interrupt handler, and at removal. */
static int refill(struct port *p)
{
	p->buffer_dma = dma_map_page(p->dev, p->page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
	return 0;
}

static irqreturn_t port_irq(int irq, void *data)
{
	struct port *p = data;

	dma_unmap_page(p->dev, p->buffer_dma, PAGE_SIZE, DMA_FROM_DEVICE);
	deliver(p->page);
	return IRQ_HANDLED;
}

static void port_remove(struct port *p)
{
	dma_unmap_page(p->dev, p->buffer_dma, PAGE_SIZE, DMA_FROM_DEVICE);
}
