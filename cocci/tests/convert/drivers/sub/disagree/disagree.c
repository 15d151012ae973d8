// SPDX-License-Identifier: GPL-2.0
/* Map and unmap differ: about the call, which may stay, and about the mapping. */
static int bind(struct disagree *d)
{
	if (dma_map_sg_attrs(d->dev, d->may->sgl, d->may->nents,
			     DMA_BIDIRECTIONAL,
			     DMA_ATTR_SKIP_CPU_SYNC |
			     DMA_ATTR_NO_WARN))
		return 0;
	return -ENOMEM;
}

static void unbind(struct disagree *d)
{
	dma_unmap_sg(d->dev, d->may->sgl, d->may->nents, DMA_BIDIRECTIONAL);
}

static int bind_privileged(struct disagree *d)
{
	return dma_map_sgtable(d->dev, d->must, DMA_BIDIRECTIONAL, DMA_ATTR_PRIVILEGED);
}

static void unbind_privileged(struct disagree *d)
{
	dma_unmap_sgtable(d->dev, d->must, DMA_BIDIRECTIONAL, 0);
}
