// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounced mappings as dma-iommu sees them: map, unmap and sync by IOVA.
 */
#include "iommu-bounce-pool.h"

static bool from_device(enum dma_data_direction dir)
{
	return dir == DMA_FROM_DEVICE || dir == DMA_BIDIRECTIONAL;
}

static bool to_device(enum dma_data_direction dir)
{
	return dir == DMA_TO_DEVICE || dir == DMA_BIDIRECTIONAL;
}

static enum iommu_bounce_result invalid(struct iommu_bounce_pool *pool)
{
	atomic_long_inc(&pool->invalid);
	return IOMMU_BOUNCE_INVALID;
}

/* Mandatory requests that fail become errors of the driver's: count them. */
static enum iommu_bounce_result outcome(struct iommu_bounce_pool *pool, size_t size,
					enum iommu_bounce_result result)
{
	if (result != IOMMU_BOUNCE_DONE && result != IOMMU_BOUNCE_DIRECT) {
		atomic_long_inc(&pool->failed);
		trace_iommu_bounce_failed(pool->domain, size, result);
	}
	return result;
}

/**
 * iommu_bounce_alloc - a bounced range of IOVA that has no origin yet
 * @pool: the pool
 * @dev: the device
 * @size: its length in bytes
 * @prot: protection bits for the IOMMU, which cover all links to come
 * @flags: IOMMU_BOUNCE_MANDATORY or nothing
 * @addr: where to store the address, aligned to at least the granule
 *
 * For mappings that have several origins in one contiguous range; link them with
 * iommu_bounce_link(), undo with iommu_bounce_unmap().  Any context.
 *
 * Return: IOMMU_BOUNCE_DONE, IOMMU_BOUNCE_DIRECT for an optional request that is
 * not served, or the failure of a mandatory one.
 */
enum iommu_bounce_result
iommu_bounce_alloc(struct iommu_bounce_pool *pool, const struct iommu_bounce_dev *dev,
		   size_t size, int prot, unsigned int flags, dma_addr_t *addr)
{
	enum iommu_bounce_result result;
	struct iommu_bounce_slot *slot;

	if (!size)
		return invalid(pool);
	result = iommu_bounce_acquire(pool, dev, size, prot, flags, &slot);
	if (result)
		return outcome(pool, size, result);
	iommu_bounce_slot_scrub(pool, slot, dev, 0, 0);
	*addr = slot->iova;
	trace_iommu_bounce_alloc(pool->domain, dev->owner, size, *addr, prot,
				 flags & IOMMU_BOUNCE_MANDATORY);
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_link - give a part of a bounced range its origin
 * @pool: the pool
 * @addr: an address in a range that iommu_bounce_alloc() gave
 * @phys: where the bytes come from, contiguous
 * @size: how many
 *
 * No granule may have two origins.  Any context.
 *
 * Return: IOMMU_BOUNCE_DONE, or IOMMU_BOUNCE_INVALID if the range is not such a one.
 */
enum iommu_bounce_result
iommu_bounce_link(struct iommu_bounce_pool *pool, dma_addr_t addr, phys_addr_t phys, size_t size)
{
	struct iommu_bounce_slot *slot = iommu_bounce_find(pool, addr, 1);
	enum iommu_bounce_result result;

	if (!slot)
		return invalid(pool);
	result = iommu_bounce_slot_link(pool, slot, addr - slot->iova, phys, size);
	return result ? invalid(pool) : result;
}

/**
 * iommu_bounce_map - map a buffer by way of a bounce slot
 * @pool: the pool
 * @dev: the device
 * @phys: the buffer
 * @size: its length in bytes
 * @prot: protection bits for the IOMMU
 * @flags: IOMMU_BOUNCE_MANDATORY, IOMMU_BOUNCE_ENDS
 * @addr: where to store the address for the device
 *
 * The address has those low bits of @phys that the device's min_align_mask asks
 * for.  Any context.
 *
 * Return: like iommu_bounce_alloc().
 */
enum iommu_bounce_result
iommu_bounce_map(struct iommu_bounce_pool *pool, const struct iommu_bounce_dev *dev,
		 phys_addr_t phys, size_t size, int prot, unsigned int flags, dma_addr_t *addr)
{
	bool ends = flags & IOMMU_BOUNCE_ENDS && flags & IOMMU_BOUNCE_MANDATORY &&
		    dev->min_align_mask < iommu_bounce_granule(pool);
	u32 offset = phys & dev->min_align_mask;
	enum iommu_bounce_result result;
	struct iommu_bounce_slot *slot;
	size_t need = size + offset;

	if (!size || need < size)
		return invalid(pool);
	/* A slot is aligned to its own size only. */
	need = max_t(size_t, need, (size_t)dev->min_align_mask + 1);

	if (!ends || need <= (size_t)1 << pool->chunk_shift) {
		/* To acquire a slot takes about as long. */
		iommu_bounce_prefetch(phys, size);
		result = iommu_bounce_acquire(pool, dev, need, prot, flags, &slot);
		/* Two granules may be had where memory for all of it is not. */
		if (result && !ends)
			return outcome(pool, size, result);
		ends = result;
	}
	if (ends) {
		result = iommu_bounce_map_ends(pool, dev, phys, size, prot, addr);
		if (result)
			return outcome(pool, size, result);
		goto done;
	}

	iommu_bounce_slot_scrub(pool, slot, dev, offset, offset + size);
	result = iommu_bounce_slot_link(pool, slot, offset, phys, size);
	if (WARN_ON_ONCE(result)) {
		iommu_bounce_release(pool, slot);
		return invalid(pool);
	}
	*addr = slot->iova + offset;
done:
	trace_iommu_bounce_map(pool->domain, dev->owner, phys, size, *addr, prot,
			       flags & IOMMU_BOUNCE_MANDATORY);
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_unmap - unmap a buffer if it is bounced
 * @pool: the pool
 * @addr: its address
 * @size: its length in bytes
 * @dir: who wrote to it
 * @attrs: DMA_ATTR_SKIP_CPU_SYNC, others are ignored
 *
 * Goes by the address alone: attributes may differ from those of the mapping.
 * Any context.
 *
 * Return: IOMMU_BOUNCE_DONE if that was it, IOMMU_BOUNCE_DIRECT if nothing of it
 * is bounced, IOMMU_BOUNCE_INVALID if the window has no such mapping.
 */
enum iommu_bounce_result
iommu_bounce_unmap(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
		   enum dma_data_direction dir, unsigned long attrs)
{
	struct iommu_bounce_slot *slot = iommu_bounce_find(pool, addr, size);
	u32 start;

	if (!slot)
		return iommu_bounce_in_window(pool, addr) ? invalid(pool) : IOMMU_BOUNCE_DIRECT;
	if (slot->flags & IOMMU_BOUNCE_SLOT_SINGLE && iommu_bounce_to_single(slot)->ends)
		return iommu_bounce_unmap_ends(pool, slot, addr, size, dir, attrs);
	if (addr < slot->iova)
		return invalid(pool);

	trace_iommu_bounce_unmap(pool->domain, addr, size, dir);
	start = addr - slot->iova;
	if (from_device(dir) && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		iommu_bounce_slot_out(pool, slot, start,
				      min_t(size_t, size, slot->size - start) + start);
	iommu_bounce_slot_unlink(pool, slot);
	iommu_bounce_release(pool, slot);
	return IOMMU_BOUNCE_DONE;
}

/* The part of a range that is mapped directly, between its bounced ends. */
static void sync_direct(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
			enum dma_data_direction dir,
			void (*sync)(phys_addr_t phys, size_t size, enum dma_data_direction dir))
{
	const u32 granule = iommu_bounce_granule(pool);
	phys_addr_t phys;
	size_t len;

	for (; size; size -= len, addr += len) {
		len = min_t(size_t, size, granule - (addr & (granule - 1)));
		phys = iommu_iova_to_phys(pool->domain, addr);
		if (phys)
			sync(phys, len, dir);
	}
	arch_sync_dma_flush();
}

/* Counts what is left, as the end of the last granule of all would be 0. */
static enum iommu_bounce_result
sync_range(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
	   enum dma_data_direction dir, bool for_cpu)
{
	void (*sync)(phys_addr_t phys, size_t size, enum dma_data_direction dir) =
		for_cpu ? arch_sync_dma_for_cpu : arch_sync_dma_for_device;
	struct iommu_bounce_slot *slot = iommu_bounce_find(pool, addr, size);
	bool coherent;
	u32 from, to;
	size_t len;

	if (!slot)
		return iommu_bounce_in_window(pool, addr) ? invalid(pool) : IOMMU_BOUNCE_DIRECT;
	coherent = iommu_bounce_coherent(slot->prot);
	for (; slot; slot = size ? iommu_bounce_find(pool, addr, size) : NULL) {
		len = addr < slot->iova ? slot->iova - addr : 0;
		if (!coherent && len)
			sync_direct(pool, addr, len, dir, sync);
		addr += len;
		size -= len;

		from = addr - slot->iova;
		len = min_t(size_t, size, slot->size - from);
		to = from + len;
		if (for_cpu && from_device(dir))
			iommu_bounce_slot_out(pool, slot, from, to);
		if (!for_cpu && to_device(dir))
			iommu_bounce_slot_in(pool, slot, from, to);
		else if (!for_cpu)
			iommu_bounce_slot_invalidate(pool, slot, from, to);
		/* A mapping of the window lies in one slot: the next is somebody else's. */
		if (!(slot->flags & IOMMU_BOUNCE_SLOT_SINGLE))
			return IOMMU_BOUNCE_DONE;
		addr += len;
		size -= len;
	}
	if (!coherent && size)
		sync_direct(pool, addr, size, dir, sync);
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_sync_for_cpu - the CPU takes over a mapped buffer, or part of it
 * @pool: the pool
 * @addr: any address in a mapping
 * @size: how many bytes
 * @dir: who wrote to it
 *
 * Does all that is to be done for the range, caches included, if any byte of it
 * is bounced.  Any context.
 *
 * Return: like iommu_bounce_unmap().
 */
enum iommu_bounce_result
iommu_bounce_sync_for_cpu(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
			  enum dma_data_direction dir)
{
	return sync_range(pool, addr, size, dir, true);
}

/**
 * iommu_bounce_sync_for_device - the device takes over a mapped buffer
 * @pool: the pool
 * @addr: any address in a mapping
 * @size: how many bytes
 * @dir: who writes to it
 *
 * Return: like iommu_bounce_sync_for_cpu().
 */
enum iommu_bounce_result
iommu_bounce_sync_for_device(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
			     enum dma_data_direction dir)
{
	return sync_range(pool, addr, size, dir, false);
}
