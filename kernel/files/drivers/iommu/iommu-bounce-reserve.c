// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reserve of a bounce pool: mandatory bounces succeed up to its size while
 * no allocation does.  Optional bounces never get any of it.
 *
 * It has two parts.  Slots of the window, mapped already, for each direction: a
 * single request up to the size that swiotlb would serve finds all it needs in
 * them.  Spares, memory and metadata for one granule, for the ends of a range
 * whose IOVA is somebody else's and for devices that do not reach the window;
 * the IOMMU driver may need memory to map those.
 *
 * It is filled when the device is set up.  The driver has not set its mask then,
 * so the slots have no IOVA yet: the first bounce reserves the window, and the
 * worker maps them.
 */
#include "iommu-bounce-pool.h"

/*
 * Take a slot with the protection bits @prot out of the reserve: one that is
 * mapped, or is not, as @mapped says.
 */
static struct iommu_bounce_slot *reserve_pop(struct iommu_bounce_pool *pool, unsigned int class,
					     int prot, bool mapped)
{
	unsigned int dir = (prot & IOMMU_BOUNCE_DIR_PROT) - 1;
	struct iommu_bounce_slot **link, *slot;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	link = &pool->reserve[class][dir];
	while (*link && ((*link)->prot != prot ||
			 !((*link)->flags & IOMMU_BOUNCE_SLOT_MAPPED) == mapped))
		link = &(*link)->next;
	slot = *link;
	if (slot) {
		*link = slot->next;
		pool->nr_reserve[class][dir]--;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return slot;
}

/**
 * iommu_bounce_reserve_put - a slot goes back to the reserve
 * @pool: the pool
 * @slot: a slot of the reserve
 */
void iommu_bounce_reserve_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	unsigned int class = slot->class;
	unsigned int dir = slot->kind;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	slot->next = pool->reserve[class][dir];
	pool->reserve[class][dir] = slot;
	pool->nr_reserve[class][dir]++;
	spin_unlock_irqrestore(&pool->lock, flags);
}

/*
 * Map a slot of the reserve.  If that fails it goes back, unless it was given up.
 * Does not sleep in any context: it may be the only one, and somebody need it.
 */
static bool map_or_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	unsigned long flags;
	unsigned int *made;

	if (!iommu_bounce_slot_map(pool, slot, IOMMU_BOUNCE_GFP_TABLES))
		return true;
	if (slot->state != IOMMU_BOUNCE_SLOT_LOST) {
		iommu_bounce_reserve_put(pool, slot);
		return false;
	}
	/* The worker makes another one. */
	spin_lock_irqsave(&pool->lock, flags);
	made = &pool->reserve_made[slot->class][slot->kind];
	WRITE_ONCE(*made, *made - 1);
	spin_unlock_irqrestore(&pool->lock, flags);
	iommu_bounce_kick(pool);
	return false;
}

/**
 * iommu_bounce_reserve_get - a slot of the reserve
 * @pool: the pool
 * @class: the least class that will do
 * @prot: protection bits that it must have
 * @limit: the highest IOVA that the device reaches
 *
 * Return: the slot, or NULL if none fits.
 */
struct iommu_bounce_slot *iommu_bounce_reserve_get(struct iommu_bounce_pool *pool,
						   unsigned int class, int prot, u64 limit)
{
	struct iommu_bounce_slot *slot;

	if (!(prot & IOMMU_BOUNCE_DIR_PROT) || !iommu_bounce_reaches_window(pool, limit))
		return NULL;
	for (; class < IOMMU_BOUNCE_CLASSES; class++) {
		slot = reserve_pop(pool, class, prot, true);
		if (!slot)
			slot = reserve_pop(pool, class, prot, false);
		if (!slot)
			continue;
		if (slot->flags & IOMMU_BOUNCE_SLOT_MAPPED || map_or_put(pool, slot)) {
			atomic_long_inc(&pool->from_reserve);
			return slot;
		}
	}
	return NULL;
}

static struct iommu_bounce_single *spare_pop(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_slot *slot;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	slot = pool->spares;
	if (slot) {
		pool->spares = slot->next;
		WRITE_ONCE(pool->nr_spares, pool->nr_spares - 1);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return slot ? iommu_bounce_to_single(slot) : NULL;
}

/**
 * iommu_bounce_spare_get - a single of one granule from the reserve
 * @pool: the pool
 *
 * Return: the single, or NULL if the reserve has none left.
 */
struct iommu_bounce_single *iommu_bounce_spare_get(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_single *single = spare_pop(pool);

	if (single)
		atomic_long_inc(&pool->from_reserve);
	return single;
}

/**
 * iommu_bounce_spare_put - keep a single that is out of use, if the reserve lacks one
 * @pool: the pool
 * @single: not mapped, and not in the tree
 *
 * Return: whether it was kept.
 */
bool iommu_bounce_spare_put(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	struct iommu_bounce_slot *slot = &single->slot;
	unsigned long flags;
	bool keep;

	if (slot->size != iommu_bounce_granule(pool) ||
	    READ_ONCE(pool->nr_spares) >= READ_ONCE(pool->spares_target))
		return false;

	memset(phys_to_virt(slot->blocks[0]), 0, slot->size);
	memset(slot->origins, 0, sizeof(*slot->origins));
	slot->owner = 0;
	slot->prot = 0;
	slot->dirty_start = 0;
	slot->dirty_end = 0;

	spin_lock_irqsave(&pool->lock, flags);
	keep = pool->nr_spares < pool->spares_target;
	if (keep) {
		slot->next = pool->spares;
		pool->spares = slot;
		WRITE_ONCE(pool->nr_spares, pool->nr_spares + 1);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return keep;
}

/* One more slot for the reserve, with memory but not mapped. */
static bool reserve_new(struct iommu_bounce_pool *pool, unsigned int class, unsigned int dir,
			gfp_t gfp)
{
	struct iommu_bounce_slot *slot = iommu_bounce_slot_take(pool, class, gfp);
	unsigned long flags;

	if (!slot)
		return false;
	if (iommu_bounce_fill(pool, slot, gfp)) {
		iommu_bounce_slot_free(pool, slot);
		return false;
	}
	slot->flags = IOMMU_BOUNCE_SLOT_RESERVE;
	slot->kind = dir;
	slot->prot = pool->reserve_extra | (dir + 1);
	WRITE_ONCE(slot->state, IOMMU_BOUNCE_SLOT_CACHED);

	spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->reserve_made[class][dir], pool->reserve_made[class][dir] + 1);
	spin_unlock_irqrestore(&pool->lock, flags);
	iommu_bounce_reserve_put(pool, slot);
	return true;
}

/* Map what was made before there was a window. */
static bool reserve_map(struct iommu_bounce_pool *pool, unsigned int class, int prot)
{
	struct iommu_bounce_slot *slot;
	bool mapped = true;

	while (mapped && (slot = reserve_pop(pool, class, prot, false))) {
		mapped = map_or_put(pool, slot);
		if (mapped)
			iommu_bounce_reserve_put(pool, slot);
	}
	return mapped;
}

/*
 * With the mutex held.  What cannot be had now must not keep the rest from being
 * made: a large slot may find no place in the window as long as optional ones fill it.
 */
static bool refill(struct iommu_bounce_pool *pool, gfp_t gfp)
{
	bool window = iommu_bounce_window_size(pool), complete = true, made;
	struct iommu_bounce_single *spare;
	unsigned int class, dir;

	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++) {
		for (dir = 0; dir < IOMMU_BOUNCE_DIRS; dir++) {
			made = true;
			while (made && READ_ONCE(pool->reserve_made[class][dir]) <
				       pool->reserve_target[class])
				made = reserve_new(pool, class, dir, gfp);
			if (window && !reserve_map(pool, class, pool->reserve_extra | (dir + 1)))
				made = false;
			complete &= made;
		}
	}
	while (READ_ONCE(pool->nr_spares) < pool->spares_target) {
		spare = iommu_bounce_single_alloc(pool, iommu_bounce_granule(pool), gfp);
		if (!spare)
			return false;
		if (!iommu_bounce_spare_put(pool, spare))
			iommu_bounce_single_free(pool, spare);
	}
	return complete;
}

/**
 * iommu_bounce_reserve_fill - set up the reserve for a device that must bounce
 * @pool: the pool
 * @prot: the protection bits of the device's mappings; direction is ignored
 * @largest: the largest mapping in bytes that a slot of the reserve has to hold
 *
 * May sleep.  A domain has one reserve; the first device decides for which
 * protection bits, the most demanding one for which sizes.
 *
 * Return: 0, or -ENOMEM if it is not complete; the worker goes on trying.
 */
int iommu_bounce_reserve_fill(struct iommu_bounce_pool *pool, int prot, size_t largest)
{
	unsigned int large = 0, noio;
	bool complete;

	while (large < pool->nr_classes - 1 &&
	       iommu_bounce_class_size(pool, large) < largest)
		large++;

	/* The worker may be filling the reserve for another device, and must not do I/O. */
	noio = memalloc_noio_save();
	mutex_lock(&pool->reserve_mutex);
	if (!pool->spares_target) {
		pool->reserve_extra = prot & ~IOMMU_BOUNCE_DIR_PROT;
		WRITE_ONCE(pool->reserve_target[0], IOMMU_BOUNCE_RESERVE_SMALL);
		WRITE_ONCE(pool->spares_target, IOMMU_BOUNCE_SPARES);
	}
	if (large)
		WRITE_ONCE(pool->reserve_target[large], IOMMU_BOUNCE_RESERVE_LARGE);
	complete = refill(pool, GFP_KERNEL);
	mutex_unlock(&pool->reserve_mutex);
	memalloc_noio_restore(noio);

	if (complete)
		return 0;
	iommu_bounce_kick(pool);
	return -ENOMEM;
}

/**
 * iommu_bounce_reserve_refill - make the reserve complete
 * @pool: the pool
 * @gfp: how to allocate; may sleep
 *
 * Slots come back to it by themselves; what is missing could not be had before.
 *
 * Return: whether it is complete, as far as it can be without a window.
 */
bool iommu_bounce_reserve_refill(struct iommu_bounce_pool *pool, gfp_t gfp)
{
	bool complete;

	mutex_lock(&pool->reserve_mutex);
	complete = refill(pool, gfp);
	mutex_unlock(&pool->reserve_mutex);
	return complete;
}

/**
 * iommu_bounce_reserve_free - free the reserve, when the pool goes away
 * @pool: the pool
 */
void iommu_bounce_reserve_free(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_single *spare;
	struct iommu_bounce_slot *slot;
	unsigned int class, dir;
	int prot;

	pool->spares_target = 0;
	while ((spare = spare_pop(pool)))
		iommu_bounce_single_free(pool, spare);
	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++) {
		for (dir = 0; dir < IOMMU_BOUNCE_DIRS; dir++) {
			prot = pool->reserve_extra | (dir + 1);
			while ((slot = reserve_pop(pool, class, prot, true)) ||
			       (slot = reserve_pop(pool, class, prot, false))) {
				if (iommu_bounce_drop(pool, slot))
					iommu_bounce_slot_free(pool, slot);
			}
		}
	}
}
