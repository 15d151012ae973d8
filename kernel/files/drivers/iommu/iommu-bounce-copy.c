// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to the bytes of a bounced mapping.
 *
 * Copies towards the device are made for every direction when a buffer is
 * mapped: a device may write only part of it, and the rest must survive.
 *
 * Non-coherent devices see the memory, not the caches.  What the CPU wrote into
 * a slot is written back before the device may look, and what the device wrote
 * is read only after stale lines are gone.  The write-back never uses
 * DMA_FROM_DEVICE, for which architectures drop lines instead of writing them.
 */
#include "iommu-bounce-pool.h"

/* How many bytes of a buffer are fetched ahead of its copy, at most. */
#define PREFETCH_MAX	4096U

static void *slot_virt(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot, u32 offset)
{
	u32 in_block = offset & ((1U << pool->block_shift) - 1);

	return phys_to_virt(slot->blocks[offset >> pool->block_shift] + in_block);
}

/* Calls @sync for the memory behind @start to @end of the slot. */
static void sync_blocks(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			u32 start, u32 end, enum dma_data_direction dir,
			void (*sync)(phys_addr_t phys, size_t size, enum dma_data_direction dir))
{
	const u32 mask = (1U << pool->block_shift) - 1;
	u32 len;

	if (iommu_bounce_coherent(slot->prot) || start >= end)
		return;
	for (; start < end; start += len) {
		len = min(end - start, mask + 1 - (start & mask));
		sync(slot->blocks[start >> pool->block_shift] + (start & mask), len, dir);
	}
	arch_sync_dma_flush();
}

/**
 * iommu_bounce_slot_clean - what the CPU wrote becomes visible to the device
 * @pool: the pool
 * @slot: the slot
 * @start: first byte of the slot
 * @end: the byte after the last one
 */
void iommu_bounce_slot_clean(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			     u32 start, u32 end)
{
	sync_blocks(pool, slot, start, end,
		    slot->prot & IOMMU_WRITE ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE,
		    arch_sync_dma_for_device);
}

/**
 * iommu_bounce_slot_invalidate - the CPU forgets what it read of a slot
 * @pool: the pool
 * @slot: the slot, cleaned since the CPU last wrote to it
 * @start: first byte of the slot
 * @end: the byte after the last one
 *
 * Before the device writes: not each architecture does it afterwards.
 */
void iommu_bounce_slot_invalidate(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
				  u32 start, u32 end)
{
	sync_blocks(pool, slot, start, end, DMA_FROM_DEVICE, arch_sync_dma_for_device);
}

/**
 * iommu_bounce_prefetch - fetch the beginning of a buffer that is copied soon
 * @phys: the buffer
 * @size: its length in bytes
 *
 * A copy is too short for the CPU to see what comes after it, and hardware prefetch
 * ends with the page.  Not by prefetch_range(), which does nothing on x86-64.
 */
void iommu_bounce_prefetch(phys_addr_t phys, size_t size)
{
	size_t pos;

	if (!size || !pfn_valid(PHYS_PFN(phys)) ||
	    PageHighMem(pfn_to_page(PHYS_PFN(phys))))
		return;
	size = min_t(size_t, size, PREFETCH_MAX);
	for (pos = 0; pos < size; pos += L1_CACHE_BYTES)
		prefetch(phys_to_virt(phys) + pos);
}

/*
 * Copy @len bytes at @offset of a slot, all in one granule, from or to @phys.
 * The origin may be in high memory, where each page is mapped by itself.
 */
static void copy_bytes(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
		       u32 offset, phys_addr_t phys, u32 len, bool in)
{
	void *bounce = slot_virt(pool, slot, offset), *origin;
	u32 part;

	for (; len; len -= part, phys += part, bounce += part) {
		part = min_t(u32, len, PAGE_SIZE - offset_in_page(phys));
		origin = kmap_local_pfn(PHYS_PFN(phys)) + offset_in_page(phys);
		if (in) {
			memcpy(bounce, origin, part);
		} else {
			/* The device has written it: only KMSAN did not see that. */
			kmsan_unpoison_memory(bounce, part);
			memcpy(origin, bounce, part);
		}
		kunmap_local(origin);
	}
}

/* Copy what has an origin, between @start and @end of the slot. */
static void copy_range(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
		       u32 start, u32 end, bool in)
{
	const u32 granule = iommu_bounce_granule(pool);
	struct iommu_bounce_origin *origin;
	unsigned long bytes = 0;
	u32 base, from, to;

	for (base = ALIGN_DOWN(start, granule); base < end; base += granule) {
		origin = &slot->origins[base >> pool->granule_shift];
		from = max(base + origin->start, start);
		to = min(base + origin->end, end);
		if (from >= to)
			continue;
		if (in && end - base > granule)
			iommu_bounce_prefetch(origin[1].phys + origin[1].start,
					      origin[1].end - origin[1].start);
		copy_bytes(pool, slot, from, origin->phys + (from - base), to - from, in);
		bytes += to - from;
	}
	if (in)
		this_cpu_add(pool->cpu->bytes_in, bytes);
	else
		this_cpu_add(pool->cpu->bytes_out, bytes);
}

/**
 * iommu_bounce_slot_in - copy towards the device
 * @pool: the pool
 * @slot: the slot
 * @start: first byte of the slot
 * @end: the byte after the last one
 */
void iommu_bounce_slot_in(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			  u32 start, u32 end)
{
	copy_range(pool, slot, start, end, true);
	iommu_bounce_slot_clean(pool, slot, start, end);
}

/**
 * iommu_bounce_slot_out - copy towards the CPU
 * @pool: the pool
 * @slot: the slot
 * @start: first byte of the slot
 * @end: the byte after the last one
 */
void iommu_bounce_slot_out(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			   u32 start, u32 end)
{
	sync_blocks(pool, slot, start, end, DMA_FROM_DEVICE, arch_sync_dma_for_cpu);
	copy_range(pool, slot, start, end, false);
}

static void zero(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
		 u32 start, u32 end)
{
	const u32 mask = (1U << pool->block_shift) - 1;
	u32 len, pos;

	for (pos = start; pos < end; pos += len) {
		len = min(end - pos, mask + 1 - (pos & mask));
		memset(slot_virt(pool, slot, pos), 0, len);
	}
	iommu_bounce_slot_clean(pool, slot, start, end);
}

/* Where the device may write, it may have done so at any time. */
static void find_dirty(struct iommu_bounce_slot *slot)
{
	if (slot->prot & IOMMU_WRITE) {
		slot->dirty_start = 0;
		slot->dirty_end = slot->size;
	}
}

/**
 * iommu_bounce_slot_surround - forget all but what is overwritten anyway
 * @pool: the pool
 * @slot: a slot of which prot is still that of its last use, or 0
 * @start: first byte that the caller is going to overwrite
 * @end: the byte after the last one
 */
void iommu_bounce_slot_surround(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
				u32 start, u32 end)
{
	find_dirty(slot);
	zero(pool, slot, slot->dirty_start, min(slot->dirty_end, start));
	zero(pool, slot, max(slot->dirty_start, end), slot->dirty_end);
	slot->dirty_start = start;
	slot->dirty_end = start;
}

/**
 * iommu_bounce_slot_scrub - make a slot fit for its next device
 * @pool: the pool
 * @slot: a slot that was just acquired
 * @dev: the device that it was acquired for
 * @start: first byte that the caller is going to overwrite
 * @end: the byte after the last one
 *
 * Beyond @start to @end an untrusted device finds zeros afterwards, another
 * device zeros or what itself left there.
 */
void iommu_bounce_slot_scrub(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			     const struct iommu_bounce_dev *dev, u32 start, u32 end)
{
	if (dev->untrusted || (slot->owner && slot->owner != dev->owner))
		iommu_bounce_slot_surround(pool, slot, start, end);
	else
		find_dirty(slot);
	slot->owner = dev->owner;
	if (dev->untrusted)
		slot->flags |= IOMMU_BOUNCE_SLOT_WIPE;
}

/**
 * iommu_bounce_slot_forget - make a slot all zeros
 * @pool: the pool
 * @slot: a slot that has memory
 */
void iommu_bounce_slot_forget(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	find_dirty(slot);
	zero(pool, slot, slot->dirty_start, slot->dirty_end);
	slot->dirty_start = 0;
	slot->dirty_end = 0;
}

/**
 * iommu_bounce_slot_wipe - forget what was transferred
 * @pool: the pool
 * @slot: a slot of the window that goes out of use
 *
 * The slot stays mapped, and each device that joins the group reaches it.  Trusted
 * devices may see each other's data; what an untrusted device transferred, and from
 * when it joins, what is released in its group, is nobody else's to see.
 * iommu_bounce_distrust() leaves alone what the reserve keeps.
 */
void iommu_bounce_slot_wipe(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	if (!READ_ONCE(pool->distrusted) &&
	    !(slot->flags & (IOMMU_BOUNCE_SLOT_WIPE | IOMMU_BOUNCE_SLOT_RESERVE)))
		return;
	iommu_bounce_slot_forget(pool, slot);
	slot->flags &= ~IOMMU_BOUNCE_SLOT_WIPE;
}

/**
 * iommu_bounce_slot_link - give a part of a slot its origin
 * @pool: the pool
 * @slot: the slot
 * @offset: first byte of the slot
 * @phys: where the bytes come from, contiguous
 * @size: how many
 *
 * Return: IOMMU_BOUNCE_INVALID if the slot is too short or a granule has an
 * origin already.
 */
enum iommu_bounce_result iommu_bounce_slot_link(struct iommu_bounce_pool *pool,
						struct iommu_bounce_slot *slot, u32 offset,
						phys_addr_t phys, size_t size)
{
	const u32 granule = iommu_bounce_granule(pool);
	struct iommu_bounce_origin *origin;
	u32 base, end;

	if (!size || offset >= slot->size || size > slot->size - offset)
		return IOMMU_BOUNCE_INVALID;
	end = offset + size;
	for (base = ALIGN_DOWN(offset, granule); base < end; base += granule)
		if (slot->origins[base >> pool->granule_shift].end)
			return IOMMU_BOUNCE_INVALID;
	for (base = ALIGN_DOWN(offset, granule); base < end; base += granule) {
		origin = &slot->origins[base >> pool->granule_shift];
		origin->phys = phys + base - offset;
		origin->start = max(base, offset) - base;
		origin->end = min(granule, end - base);
	}
	if (slot->dirty_start == slot->dirty_end) {
		slot->dirty_start = offset;
		slot->dirty_end = end;
	} else {
		slot->dirty_start = min(slot->dirty_start, offset);
		slot->dirty_end = max(slot->dirty_end, end);
	}
	iommu_bounce_slot_in(pool, slot, offset, end);
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_slot_unlink - a slot forgets its origins
 * @pool: the pool
 * @slot: the slot
 */
void iommu_bounce_slot_unlink(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	memset(slot->origins, 0,
	       sizeof(*slot->origins) * (slot->size >> pool->granule_shift));
}
