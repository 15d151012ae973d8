// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of which only the first and the last granule are bounced.
 *
 * A device that must not see what shares a granule with its buffer may well see
 * the granules that are the buffer's alone.  So large mandatory mappings, and
 * the ranges that callers put together themselves, need two granules of memory
 * and not a copy of all.
 */
#include "iommu-bounce-pool.h"

/**
 * iommu_bounce_link_granule - bounce one granule in a range of the caller's
 * @pool: the pool
 * @addr: where the bytes go; its granule is the caller's and not mapped
 * @phys: the bytes
 * @size: how many, at most up to the end of the granule
 * @prot: protection bits for the IOMMU
 *
 * Always mandatory.  Around the bytes the device finds zeros.  The caller calls
 * iommu_sync_map() when all of its range is linked.  Any context.
 *
 * Return: like iommu_bounce_single_at().
 */
enum iommu_bounce_result
iommu_bounce_link_granule(struct iommu_bounce_pool *pool, dma_addr_t addr, phys_addr_t phys,
			  size_t size, int prot)
{
	enum iommu_bounce_result result;
	struct iommu_bounce_slot *slot;

	result = iommu_bounce_single_at(pool, addr, phys, size, prot, &slot);
	if (result) {
		atomic_long_inc(&pool->failed);
		trace_iommu_bounce_failed(pool->domain, size, result);
		return result;
	}
	trace_iommu_bounce_link(pool->domain, slot->iova, slot->size, prot);
	return result;
}

/**
 * iommu_bounce_unlink - forget the bounced granules of a range of the caller's
 * @pool: the pool
 * @addr: where the range begins
 * @size: its length in bytes
 * @unmapped: whether all of it is out of the IOMMU
 *
 * Before it the caller has copied out what it wants with
 * iommu_bounce_sync_for_cpu(), and has unmapped and flushed the range: only then
 * the memory may go.  Any context.
 */
void iommu_bounce_unlink(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
			 bool unmapped)
{
	struct iommu_bounce_slot *slot;

	while (atomic_read(&pool->nr_singles) &&
	       (slot = iommu_bounce_single_find(pool, addr, size))) {
		if (!iommu_bounce_to_single(slot)->ends)
			trace_iommu_bounce_unlink(pool->domain, slot->iova, slot->size,
						  slot->prot);
		if (!unmapped)
			iommu_bounce_give_up(pool, slot);
		slot->flags &= ~IOMMU_BOUNCE_SLOT_MAPPED;
		iommu_bounce_release(pool, slot);
	}
}

/* Take a range with bounced ends out of the IOMMU, and give all of it back. */
static void drop_range(struct iommu_bounce_pool *pool, dma_addr_t range, size_t size)
{
	bool unmapped = iommu_unmap(pool->domain, range, size) == size;

	/* What lies between the ends goes back to the caller. */
	WARN_ON(!unmapped);
	iommu_bounce_unlink(pool, range, size, unmapped);
	if (unmapped)
		iommu_bounce_iova_put(pool, range, size);
}

/**
 * iommu_bounce_map_ends - bounce the ends of a buffer and map the rest directly
 * @pool: the pool
 * @dev: the device
 * @phys: the buffer
 * @size: its length in bytes
 * @prot: protection bits for the IOMMU
 * @addr: where to store the address for the device
 *
 * Return: IOMMU_BOUNCE_DONE, or why it failed; IOMMU_BOUNCE_DIRECT if the buffer
 * shares no granule.
 */
enum iommu_bounce_result iommu_bounce_map_ends(struct iommu_bounce_pool *pool,
					       const struct iommu_bounce_dev *dev,
					       phys_addr_t phys, size_t size, int prot,
					       dma_addr_t *addr)
{
	const u32 granule = iommu_bounce_granule(pool);
	u32 head = phys & (granule - 1), tail = (phys + size) & (granule - 1);
	phys_addr_t from = ALIGN(phys, (phys_addr_t)granule), to = phys + size - tail;
	size_t range_size = ALIGN(head + size, (size_t)granule);
	struct iommu_bounce_slot *ends[2] = { NULL, NULL };
	enum iommu_bounce_result result;
	bool unmapped = true;
	dma_addr_t range;
	unsigned int i;
	size_t left;

	if (!head && !tail)
		return IOMMU_BOUNCE_DIRECT;
	range = iommu_bounce_iova_get(pool, range_size, dev->limit);
	if (!range)
		return IOMMU_BOUNCE_NO_IOVA;

	if (head) {
		result = iommu_bounce_single_at(pool, range + head, phys,
						min_t(size_t, size, granule - head), prot,
						&ends[0]);
		if (result)
			goto undo;
	}
	if (tail && to >= from) {
		result = iommu_bounce_single_at(pool, range + to - (phys - head), to, tail, prot,
						&ends[1]);
		if (result)
			goto undo;
	}
	if (to > from) {
		if (!iommu_bounce_coherent(prot)) {
			arch_sync_dma_for_device(from, to - from,
						 prot & IOMMU_WRITE ? DMA_BIDIRECTIONAL :
								      DMA_TO_DEVICE);
			arch_sync_dma_flush();
		}
		result = IOMMU_BOUNCE_MAP_FAILED;
		if (iommu_map_nosync_left(pool->domain, range + from - (phys - head), from,
					  to - from, prot, IOMMU_BOUNCE_GFP_TABLES, &left)) {
			/* It is the caller's. */
			if (WARN_ON(left))
				atomic_long_inc(&pool->lost);
			unmapped = !left;
			goto undo;
		}
	}
	for (i = 0; i < 2; i++) {
		if (!ends[i])
			continue;
		iommu_bounce_to_single(ends[i])->range = range;
		iommu_bounce_to_single(ends[i])->range_size = range_size;
		iommu_bounce_to_single(ends[i])->ends = true;
	}
	if (iommu_sync_map(pool->domain, range, range_size)) {
		drop_range(pool, range, range_size);
		return IOMMU_BOUNCE_MAP_FAILED;
	}
	*addr = range + head;
	return IOMMU_BOUNCE_DONE;

undo:
	for (i = 0; i < 2; i++)
		if (ends[i] && (ends[i]->state == IOMMU_BOUNCE_SLOT_LOST ||
				!iommu_bounce_release(pool, ends[i])))
			unmapped = false;
	if (unmapped)
		iommu_bounce_iova_put(pool, range, range_size);
	return result;
}

/**
 * iommu_bounce_unmap_ends - undo iommu_bounce_map_ends()
 * @pool: the pool
 * @slot: one of its bounced ends
 * @addr: the address that it gave
 * @size: the size that it was given
 * @dir: who wrote to the buffer
 * @attrs: DMA_ATTR_SKIP_CPU_SYNC, others are ignored
 *
 * Return: IOMMU_BOUNCE_DONE.
 */
enum iommu_bounce_result iommu_bounce_unmap_ends(struct iommu_bounce_pool *pool,
						 struct iommu_bounce_slot *slot,
						 dma_addr_t addr, size_t size,
						 enum dma_data_direction dir, unsigned long attrs)
{
	struct iommu_bounce_single *single = iommu_bounce_to_single(slot);
	dma_addr_t range = single->range;
	size_t range_size = single->range_size;

	trace_iommu_bounce_unmap(pool->domain, addr, size, dir);
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		iommu_bounce_sync_for_cpu(pool, addr, size, dir);
	drop_range(pool, range, range_size);
	return IOMMU_BOUNCE_DONE;
}
