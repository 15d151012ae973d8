/* Trap 1: who unmaps tells how long a mapping lives. */

static int ring_init(struct ring *r)
{
	r->token = dma_map_single(r->dev, r->msgs, PAGE_SIZE, DMA_BIDIRECTIONAL); /* persistent-nosync */
	if (dma_mapping_error(r->dev, r->token))
		return -ENOMEM;
	if (ring_start(r))
		goto unmap;
	return 0;

unmap:
	dma_unmap_single(r->dev, r->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return -EIO;
}

static void ring_release(struct ring *r)
{
	dma_unmap_single(r->dev, r->token, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static int chan_submit(struct chan *c, void *data, size_t len)
{
	c->data_dma = dma_map_single(c->dev, data, len, DMA_TO_DEVICE); /* transient */
	return dma_mapping_error(c->dev, c->data_dma);
}

static irqreturn_t chan_irq(int irq, void *data)
{
	struct chan *c = data;

	dma_unmap_single(c->dev, c->data_dma, c->len, DMA_TO_DEVICE);
	return IRQ_HANDLED;
}

/* The name says nothing, but what it is registered as does. */
static void chan_again(struct chan *c)
{
	c->again_dma = dma_map_single(c->dev, c->again, 8, DMA_TO_DEVICE); /* transient */
}

static irqreturn_t chan_service(int irq, void *data)
{
	struct chan *c = data;

	dma_unmap_single(c->dev, c->again_dma, 8, DMA_TO_DEVICE);
	return IRQ_HANDLED;
}

static int chan_probe(struct chan *c)
{
	return request_irq(c->irq, chan_service, 0, "chan", c);
}

static int chan_ask(struct chan *c, void *answer)
{
	dma_addr_t dma = dma_map_single(c->dev, answer, 64, DMA_FROM_DEVICE); /* transient */
	int err;

	if (dma_mapping_error(c->dev, dma))
		return -ENOMEM;
	err = chan_wait(c, dma);
	dma_unmap_single(c->dev, dma, 64, DMA_FROM_DEVICE);
	if (err)
		return err;
	return 0;
}

/* A transfer by what the function is given. */
static int chan_attach(struct chan *c, struct scsi_cmnd *cmd)
{
	c->cmd_dma = dma_map_single(c->dev, cmd->data, 64, DMA_FROM_DEVICE); /* transient */
	return dma_mapping_error(c->dev, c->cmd_dma);
}

static void chan_cleanup(struct chan *c)
{
	dma_unmap_single(c->dev, c->cmd_dma, 64, DMA_FROM_DEVICE);
}

/* Each caller begins and ends it, whatever the two functions are called. */
static int flash_setup_buffer(struct flash *f, void *buf)
{
	f->buf_dma = dma_map_single(f->dev, buf, 64, DMA_BIDIRECTIONAL); /* transient */
	return dma_mapping_error(f->dev, f->buf_dma);
}

static void flash_release_buffer(struct flash *f)
{
	dma_unmap_single(f->dev, f->buf_dma, 64, DMA_BIDIRECTIONAL);
}

static int flash_page(struct flash *f, void *buf)
{
	int err = flash_setup_buffer(f, buf);

	if (err)
		return err;
	err = flash_go(f);
	flash_release_buffer(f);
	return err;
}

/* Around the clean-up of an error it is no end. */
static int log_create(struct log *l)
{
	l->log_dma = dma_map_single(l->dev, l->mem, 64, DMA_BIDIRECTIONAL); /* persistent-nosync */
	return dma_mapping_error(l->dev, l->log_dma);
}

static void log_destroy(struct log *l)
{
	dma_unmap_single(l->dev, l->log_dma, 64, DMA_BIDIRECTIONAL);
}

static int log_probe(struct log *l)
{
	int err = log_create(l);

	if (err)
		return err;
	err = log_register(l);
	if (err) {
		log_destroy(l);
		return err;
	}
	return 0;
}
