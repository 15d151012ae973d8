// SPDX-License-Identifier: GPL-2.0
/* Calls without attributes: renamed, wherever the handle is unmapped. */
static int ring_init(struct ring *r, unsigned int n)
{
	dma_addr_t addr;

	for (unsigned int i = 0; i < n; i++) {
		if (r->dev) {
			addr = dma_map_page(r->dev, r->pages[i],
					    0, PAGE_SIZE, DMA_BIDIRECTIONAL);
			if (dma_mapping_error(r->dev, addr))
				goto err;
			if (ring_tell(r, addr)) {
				dma_unmap_page(r->dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL);
				goto err;
			}
			r->addresses_of_pages[i] = addr;
		}
	}
	r->whole_ring_of_descriptors = dma_map_single(r->dev, r->descriptors, r->bytes, DMA_TO_DEVICE);
	return 0;
err:
	ring_shrink(r, i);
	return -ENOMEM;
}

static void ring_shrink(struct ring *r, unsigned int n)
{
	while (n--)
		dma_unmap_page(r->dev, r->addresses_of_pages[n], PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static void ring_free(struct ring *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		if (r->addresses_of_pages[i] && !dma_mapping_error(r->dev,
								   r->addresses_of_pages[i]))
			dma_unmap_page(r->dev, r->addresses_of_pages[i],
				PAGE_SIZE,
				DMA_BIDIRECTIONAL);
	}
	dma_unmap_single(r->dev, r->whole_ring_of_descriptors, r->bytes, DMA_TO_DEVICE);
}
