/* Traps 1 and 5: what begins and ends around one use, seen from where it is used. */

/* No counterpart by name: each caller calls what unmaps. */
static int area_get(struct area *a, void *buf)
{
	a->area_bus = dma_map_single(a->dev, buf, 64, DMA_BIDIRECTIONAL); /* transient */
	return dma_mapping_error(a->dev, a->area_bus);
}

static void area_free(struct area *a)
{
	dma_unmap_single(a->dev, a->area_bus, 64, DMA_BIDIRECTIONAL);
}

static int cipher_run(struct area *a, void *buf)
{
	int err = area_get(a, buf);

	if (err)
		return err;
	err = area_go(a);
	area_free(a);
	return err;
}

/* A wrapper between, undone by a wrapper of what unmaps. */
static int data_init(struct area *a, struct walk *w)
{
	return area_get(a, w->buf);
}

static void data_free(struct area *a)
{
	area_free(a);
}

static int cipher_walk(struct area *a, struct walk *w)
{
	int err = data_init(a, w);

	if (err)
		return err;
	err = area_go(a);
	data_free(a);
	return err;
}

/* One caller lets it live. */
static int page_get(struct area *a, void *buf)
{
	a->page_bus = dma_map_single(a->dev, buf, 64, DMA_BIDIRECTIONAL); /* persistent-nosync */
	return dma_mapping_error(a->dev, a->page_bus);
}

static void page_free(struct area *a)
{
	dma_unmap_single(a->dev, a->page_bus, 64, DMA_BIDIRECTIONAL);
}

static int page_try(struct area *a, void *buf)
{
	int err = page_get(a, buf);

	page_free(a);
	return err;
}

static int page_keep(struct area *a, void *buf)
{
	return page_get(a, buf);
}

/* Behind the jump of success there are only clean-ups. */
static int keys_get(struct area *a, void *buf)
{
	a->keys_bus = dma_map_single(a->dev, buf, 64, DMA_BIDIRECTIONAL); /* persistent-nosync */
	return dma_mapping_error(a->dev, a->keys_bus);
}

static void keys_free(struct area *a)
{
	dma_unmap_single(a->dev, a->keys_bus, 64, DMA_BIDIRECTIONAL);
}

static int keys_probe(struct area *a, void *buf)
{
	int err = keys_get(a, buf);

	if (err)
		goto out;
	err = area_go(a);
	if (err)
		goto free;
	area_ready(a);
	goto out;

free:
	keys_free(a);
out:
	return err;
}

/* The error that is returned behind it is not why it is unmapped. */
static void *area_ask(struct area *a, void *in)
{
	void *out = ERR_PTR(-ENOMEM);
	dma_addr_t bus = dma_map_single(a->dev, in, 64, DMA_TO_DEVICE); /* transient */
	int err = dma_mapping_error(a->dev, bus);

	if (err)
		goto free;
	err = area_go(a);
	if (err)
		goto unmap;
	out = area_answer(a);

unmap:
	if (bus)
		dma_unmap_single(a->dev, bus, 64, DMA_TO_DEVICE);
free:
	kfree(in);
	if (err)
		return ERR_PTR(err);

	return out;
}
