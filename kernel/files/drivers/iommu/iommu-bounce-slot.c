// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots of a bounce pool: the window of IOVA, its chunks, and the memory of a
 * slot from its allocation to its return.
 *
 * The window has places of one size.  A chunk takes one of them and is cut into
 * slots of one class; a chunk of a larger slot takes several in a row.  Any class
 * may take any free place, so the window needs no division that fits only one
 * mixture of sizes.  A chunk without a slot in use or cached goes back, and its
 * places may serve another class.
 */
#include "iommu-bounce-pool.h"

/**
 * iommu_bounce_fill - give a slot its memory, all zeros
 * @pool: the pool
 * @slot: a slot of which size and blocks are set
 * @gfp: how to allocate
 *
 * The IOMMU maps each block by itself, so they need not be contiguous.  They
 * come from low memory, because every use of the slot copies through them.
 *
 * Return: IOMMU_BOUNCE_DONE or IOMMU_BOUNCE_NO_MEMORY.
 */
enum iommu_bounce_result iommu_bounce_fill(struct iommu_bounce_pool *pool,
					   struct iommu_bounce_slot *slot, gfp_t gfp)
{
	unsigned int i, nr = iommu_bounce_nr_blocks(pool, slot->size);
	unsigned int order = pool->block_shift - PAGE_SHIFT;

	for (i = 0; i < nr; i++) {
		struct page *page = alloc_pages_node(pool->node, gfp | __GFP_ZERO, order);

		if (!page) {
			while (i--)
				__free_pages(pfn_to_page(PHYS_PFN(slot->blocks[i])), order);
			return IOMMU_BOUNCE_NO_MEMORY;
		}
		slot->blocks[i] = page_to_phys(page);
	}
	slot->owner = 0;
	slot->dirty_start = 0;
	slot->dirty_end = 0;
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_give_up - a slot that the IOMMU driver did not unmap
 * @pool: the pool
 * @slot: the slot
 *
 * A driver may need memory to unmap.  If it fails, the device may go on to reach the
 * slot's memory, and the IOVA cannot be mapped again: neither is used for anything
 * else before the domain goes away, but for IOVA of a range that is the caller's.
 * What the slot holds is forgotten, lest a device finds it that joins later.  It is
 * counted as lost; some drivers complain, too.
 */
void iommu_bounce_give_up(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	iommu_bounce_slot_forget(pool, slot);
	slot->flags &= ~IOMMU_BOUNCE_SLOT_MAPPED;
	WRITE_ONCE(slot->state, IOMMU_BOUNCE_SLOT_LOST);
	atomic_long_inc(&pool->lost);
}

/**
 * iommu_bounce_slot_unmap - take a slot out of the IOMMU
 * @pool: the pool
 * @slot: a slot; it need not be mapped
 *
 * Return: true if the device does not reach the slot's memory any more, false if
 * the slot was given up, now or before.
 */
bool iommu_bounce_slot_unmap(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	if (slot->flags & IOMMU_BOUNCE_SLOT_MAPPED &&
	    iommu_unmap(pool->domain, slot->iova, slot->size) != slot->size)
		iommu_bounce_give_up(pool, slot);
	slot->flags &= ~IOMMU_BOUNCE_SLOT_MAPPED;
	return slot->state != IOMMU_BOUNCE_SLOT_LOST;
}

/**
 * iommu_bounce_empty - free the memory of a slot
 * @pool: the pool
 * @slot: a slot that has memory, which no device reaches
 */
void iommu_bounce_empty(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	unsigned int i, nr = iommu_bounce_nr_blocks(pool, slot->size);
	unsigned int order = pool->block_shift - PAGE_SHIFT;

	for (i = 0; i < nr; i++)
		__free_pages(pfn_to_page(PHYS_PFN(slot->blocks[i])), order);
}

/**
 * iommu_bounce_drop - take a slot out of the IOMMU and free its memory
 * @pool: the pool
 * @slot: a slot that has memory; it need not be mapped
 *
 * Return: false if the slot was given up: it keeps all that it has.
 */
bool iommu_bounce_drop(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	if (!iommu_bounce_slot_unmap(pool, slot))
		return false;
	iommu_bounce_empty(pool, slot);
	return true;
}

/**
 * iommu_bounce_slot_map_nosync - map a slot's memory at its IOVA
 * @pool: the pool
 * @slot: a slot that has memory and of which iova, size and prot are set
 * @gfp: how the IOMMU driver allocates its tables
 *
 * The caller calls iommu_sync_map() before a device uses it.
 *
 * Return: IOMMU_BOUNCE_DONE or IOMMU_BOUNCE_MAP_FAILED.  In the latter case the slot
 * may have been given up, see iommu_bounce_slot_unmap().
 */
enum iommu_bounce_result iommu_bounce_slot_map_nosync(struct iommu_bounce_pool *pool,
						      struct iommu_bounce_slot *slot, gfp_t gfp)
{
	const u32 block_size = 1U << pool->block_shift;
	u32 done = 0, len;
	size_t left;

	/* The zeros must be in memory before the device can look. */
	iommu_bounce_slot_clean(pool, slot, 0, slot->size);

	for (; done < slot->size; done += len) {
		phys_addr_t phys = slot->blocks[done >> pool->block_shift];

		len = min(block_size, slot->size - done);
		while (done + len < slot->size &&
		       slot->blocks[(done + len) >> pool->block_shift] == phys + len)
			len += min(block_size, slot->size - done - len);

		if (iommu_map_nosync_left(pool->domain, slot->iova + done, phys, len,
					  slot->prot, gfp, &left))
			goto undo;
	}
	slot->flags |= IOMMU_BOUNCE_SLOT_MAPPED;
	return IOMMU_BOUNCE_DONE;

undo:
	if (done)
		left += done - iommu_unmap(pool->domain, slot->iova, done);
	if (left)
		iommu_bounce_give_up(pool, slot);
	return IOMMU_BOUNCE_MAP_FAILED;
}

/**
 * iommu_bounce_slot_map - the same, and it is ready for use
 * @pool: the pool
 * @slot: like iommu_bounce_slot_map_nosync()
 * @gfp: how the IOMMU driver allocates its tables
 *
 * Return: like iommu_bounce_slot_map_nosync().
 */
enum iommu_bounce_result iommu_bounce_slot_map(struct iommu_bounce_pool *pool,
					       struct iommu_bounce_slot *slot, gfp_t gfp)
{
	enum iommu_bounce_result result = iommu_bounce_slot_map_nosync(pool, slot, gfp);

	if (!result && iommu_sync_map(pool->domain, slot->iova, slot->size)) {
		iommu_bounce_slot_unmap(pool, slot);
		result = IOMMU_BOUNCE_MAP_FAILED;
	}
	return result;
}

/**
 * iommu_bounce_window_make - reserve the pool's window of IOVA
 * @pool: the pool
 * @limit: the highest IOVA that the device reaches
 *
 * Done at the first bounce and not before, as only then the driver has set the
 * device's mask.
 *
 * Return: whether there is a window now.
 */
bool iommu_bounce_window_make(struct iommu_bounce_pool *pool, u64 limit)
{
	struct iommu_bounce_chunk *chunk;
	unsigned int places, i, slot;
	dma_addr_t base = 0, offset;
	unsigned long flags;
	size_t size;

	if (READ_ONCE(pool->window_size))
		return true;
	if (iommu_bounce_window_waits(pool))
		return false;

	places = clamp_t(size_t, IOMMU_BOUNCE_WINDOW_MAX >> pool->chunk_shift,
			 IOMMU_BOUNCE_CHUNKS_MIN, IOMMU_BOUNCE_CHUNKS_MAX);
	for (; places >= IOMMU_BOUNCE_CHUNKS_MIN; places /= 2) {
		size = (size_t)places << pool->chunk_shift;
		base = iommu_bounce_iova_get(pool, size, limit);
		if (base)
			break;
	}
	if (!base) {
		WRITE_ONCE(pool->window_retry, jiffies + HZ);
		return false;
	}

	spin_lock_irqsave(&pool->lock, flags);
	if (pool->window_size) {
		spin_unlock_irqrestore(&pool->lock, flags);
		iommu_bounce_iova_put(pool, base, size);
		return true;
	}
	/* Slots of the reserve are older than the window. */
	for (i = 0; i < IOMMU_BOUNCE_CHUNKS_MAX; i++) {
		chunk = rcu_dereference_protected(pool->chunks[i],
						  lockdep_is_held(&pool->lock));
		if (!chunk || chunk->place != i)
			continue;
		for (slot = 0; slot < chunk->nr_slots; slot++) {
			offset = chunk->slots[slot].iova;
			chunk->slots[slot].iova = base + offset;
		}
	}
	pool->window_base = base;
	pool->max_places = places;
	/* Pairs with the acquire in iommu_bounce_window_size(). */
	smp_store_release(&pool->window_size, size);
	spin_unlock_irqrestore(&pool->lock, flags);
	iommu_bounce_kick(pool);
	return true;
}

/**
 * iommu_bounce_slot_at - the slot of the window that an address belongs to
 * @pool: the pool
 * @iova: any address
 *
 * Takes no lock.  The caller that has mapped @iova keeps its chunk alive; for
 * addresses that nobody has mapped the answer is a live slot or NULL as well.
 *
 * Return: the slot if it is in use, else NULL.
 */
struct iommu_bounce_slot *iommu_bounce_slot_at(struct iommu_bounce_pool *pool,
					       dma_addr_t iova)
{
	struct iommu_bounce_slot *slot = NULL;
	struct iommu_bounce_chunk *chunk;
	dma_addr_t offset;

	if (!iommu_bounce_in_window(pool, iova))
		return NULL;

	offset = iova - pool->window_base;
	rcu_read_lock();
	chunk = rcu_dereference(pool->chunks[offset >> pool->chunk_shift]);
	if (chunk) {
		offset -= (dma_addr_t)chunk->place << pool->chunk_shift;
		slot = &chunk->slots[offset >> (pool->granule_shift + chunk->class)];
		if (READ_ONCE(slot->state) != IOMMU_BOUNCE_SLOT_LIVE)
			slot = NULL;
	}
	rcu_read_unlock();
	return slot;
}

/*
 * Memory for a chunk of @granules granules.  vmalloc() takes locks that interrupts
 * must not take, also where it does not sleep.
 */
static struct iommu_bounce_chunk *chunk_alloc(unsigned int nr_slots, unsigned int granules,
					      gfp_t gfp)
{
	struct iommu_bounce_chunk *chunk;
	size_t size = struct_size(chunk, slots, nr_slots) +
		      granules * (sizeof(struct iommu_bounce_origin) + sizeof(phys_addr_t));

	return gfpflags_allow_blocking(gfp) ? kvzalloc(size, gfp) : kzalloc(size, gfp);
}

/* The first of @nr places in a row that are free, aligned like the slot; -1: none. */
static int places_find(struct iommu_bounce_pool *pool, unsigned int nr)
{
	unsigned int place, i;

	for (place = 0; place + nr <= pool->max_places; place += nr) {
		for (i = 0; i < nr && !rcu_access_pointer(pool->chunks[place + i]); )
			i++;
		if (i == nr)
			return place;
	}
	return -1;
}

/* Metadata of one more chunk of @class, if the window has room for it. */
static bool chunk_new(struct iommu_bounce_pool *pool, unsigned int class, gfp_t gfp)
{
	unsigned int granules = max_t(unsigned int, IOMMU_BOUNCE_CHUNK_GRANULES, BIT(class));
	unsigned int i, nr = granules >> class;
	struct iommu_bounce_origin *origins;
	struct iommu_bounce_chunk *chunk;
	phys_addr_t *blocks;
	unsigned long flags;
	int place;

	if (READ_ONCE(pool->nr_places) >= READ_ONCE(pool->max_places))
		return false;
	chunk = chunk_alloc(nr, granules, gfp);
	if (!chunk)
		return false;
	chunk->nr_slots = nr;
	chunk->class = class;
	chunk->nr_places = granules / IOMMU_BOUNCE_CHUNK_GRANULES;
	origins = (struct iommu_bounce_origin *)&chunk->slots[nr];
	blocks = (phys_addr_t *)&origins[granules];

	spin_lock_irqsave(&pool->lock, flags);
	place = places_find(pool, chunk->nr_places);
	if (place < 0) {
		spin_unlock_irqrestore(&pool->lock, flags);
		kvfree_rcu(chunk, rcu);
		return false;
	}
	chunk->place = place;
	for (i = nr; i--; ) {
		struct iommu_bounce_slot *slot = &chunk->slots[i];

		slot->iova = pool->window_base + ((dma_addr_t)place << pool->chunk_shift) +
			     i * iommu_bounce_class_size(pool, class);
		slot->size = iommu_bounce_class_size(pool, class);
		slot->class = class;
		slot->blocks = &blocks[i << class];
		slot->origins = &origins[i << class];
		slot->next = chunk->empty;
		chunk->empty = slot;
	}
	chunk->nr_empty = nr;
	list_add(&chunk->node, &pool->partial[class]);
	WRITE_ONCE(pool->nr_places, pool->nr_places + chunk->nr_places);
	for (i = 0; i < chunk->nr_places; i++)
		rcu_assign_pointer(pool->chunks[place + i], chunk);
	spin_unlock_irqrestore(&pool->lock, flags);
	return true;
}

static struct iommu_bounce_slot *slot_pop(struct iommu_bounce_pool *pool, unsigned int class)
{
	struct iommu_bounce_slot *slot = NULL;
	struct iommu_bounce_chunk *chunk;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	chunk = list_first_entry_or_null(&pool->partial[class], struct iommu_bounce_chunk, node);
	if (chunk) {
		slot = chunk->empty;
		chunk->empty = slot->next;
		if (!--chunk->nr_empty)
			list_del(&chunk->node);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return slot;
}

/**
 * iommu_bounce_slot_take - a slot of a class, without memory
 * @pool: the pool
 * @class: the class
 * @gfp: how to allocate metadata
 *
 * Return: the slot, NULL if the window is full or there is no memory for
 * metadata.
 */
struct iommu_bounce_slot *iommu_bounce_slot_take(struct iommu_bounce_pool *pool,
						 unsigned int class, gfp_t gfp)
{
	struct iommu_bounce_slot *slot = slot_pop(pool, class);

	if (!slot && chunk_new(pool, class, gfp))
		slot = slot_pop(pool, class);
	return slot;
}

/**
 * iommu_bounce_slot_free - give back a slot that has no memory any more
 * @pool: the pool
 * @slot: the slot
 */
void iommu_bounce_slot_free(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	struct iommu_bounce_chunk *chunk;
	unsigned long flags;
	unsigned int i;
	bool unused;

	spin_lock_irqsave(&pool->lock, flags);
	chunk = rcu_dereference_protected(pool->chunks[(slot->iova - pool->window_base) >>
						       pool->chunk_shift],
					  lockdep_is_held(&pool->lock));
	WRITE_ONCE(slot->state, IOMMU_BOUNCE_SLOT_EMPTY);
	slot->flags = 0;
	slot->next = chunk->empty;
	chunk->empty = slot;
	if (!chunk->nr_empty++)
		list_add(&chunk->node, &pool->partial[chunk->class]);
	unused = chunk->nr_empty == chunk->nr_slots;
	if (unused) {
		list_del(&chunk->node);
		for (i = 0; i < chunk->nr_places; i++)
			RCU_INIT_POINTER(pool->chunks[chunk->place + i], NULL);
		WRITE_ONCE(pool->nr_places, pool->nr_places - chunk->nr_places);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	if (unused)
		kvfree_rcu(chunk, rcu);
}

/**
 * iommu_bounce_slot_new - a slot with memory, mapped, for the pool's caches
 * @pool: the pool
 * @class: its class
 * @kind: its kind
 * @gfp: how to allocate
 * @slot: where to store it
 *
 * Return: IOMMU_BOUNCE_DONE, or what was missing; IOMMU_BOUNCE_NO_IOVA also where
 * that was memory for metadata.
 */
enum iommu_bounce_result iommu_bounce_slot_new(struct iommu_bounce_pool *pool,
					       unsigned int class, unsigned int kind,
					       gfp_t gfp, struct iommu_bounce_slot **slot)
{
	enum iommu_bounce_result result;
	struct iommu_bounce_slot *new;
	unsigned long flags;

	new = iommu_bounce_slot_take(pool, class, gfp);
	if (!new)
		return IOMMU_BOUNCE_NO_IOVA;
	result = iommu_bounce_fill(pool, new, gfp);
	if (result)
		goto free;
	new->kind = kind;
	new->flags = 0;
	new->prot = iommu_bounce_kind_prot(pool, kind);
	result = iommu_bounce_slot_map(pool, new, gfp);
	if (result)
		goto drop;
	WRITE_ONCE(new->state, IOMMU_BOUNCE_SLOT_CACHED);

	spin_lock_irqsave(&pool->lock, flags);
	/* These two are also read without the lock. */
	WRITE_ONCE(pool->slots[class], pool->slots[class] + 1);
	WRITE_ONCE(pool->slots_kind[class][kind], pool->slots_kind[class][kind] + 1);
	pool->grown[class]++;
	spin_unlock_irqrestore(&pool->lock, flags);
	trace_iommu_bounce_grow(pool->domain, new->iova, new->size, new->prot);
	*slot = new;
	return IOMMU_BOUNCE_DONE;

drop:
	if (!iommu_bounce_drop(pool, new))
		return result;
free:
	iommu_bounce_slot_free(pool, new);
	return result;
}

/**
 * iommu_bounce_slot_evict - undo iommu_bounce_slot_new()
 * @pool: the pool
 * @slot: a slot that is in no list
 *
 * Return: false if the slot was given up instead.
 */
bool iommu_bounce_slot_evict(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	unsigned long flags;
	bool dropped;

	trace_iommu_bounce_evict(pool->domain, slot->iova, slot->size, slot->prot);
	dropped = iommu_bounce_drop(pool, slot);
	spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->slots[slot->class], pool->slots[slot->class] - 1);
	WRITE_ONCE(pool->slots_kind[slot->class][slot->kind],
		   pool->slots_kind[slot->class][slot->kind] - 1);
	if (dropped)
		pool->evicted[slot->class]++;
	spin_unlock_irqrestore(&pool->lock, flags);
	if (dropped)
		iommu_bounce_slot_free(pool, slot);
	return dropped;
}

/**
 * iommu_bounce_chunks_free - free what is left of the window's slots
 * @pool: the pool, which goes away: nothing is cached any more
 *
 * No device uses the domain, so what was given up can be freed as well.
 */
void iommu_bounce_chunks_free(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_chunk *chunk;
	struct iommu_bounce_slot *slot;
	unsigned int i, s;

	for (i = 0; i < IOMMU_BOUNCE_CHUNKS_MAX; i++) {
		chunk = rcu_dereference_protected(pool->chunks[i], true);
		if (!chunk || chunk->place + chunk->nr_places - 1 != i)
			continue;
		for (s = 0; s < chunk->nr_slots; s++) {
			slot = &chunk->slots[s];
			if (slot->state == IOMMU_BOUNCE_SLOT_LIVE)
				iommu_bounce_slot_unmap(pool, slot);
			if (slot->state != IOMMU_BOUNCE_SLOT_EMPTY)
				iommu_bounce_empty(pool, slot);
		}
		kvfree_rcu(chunk, rcu);
	}
}
