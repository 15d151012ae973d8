// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cached slots of a bounce pool: per-CPU magazines over a depot per class.
 *
 * A magazine is a stack of slots linked through the slots themselves, so it
 * needs no memory of its own and no operation on it can fail.  A hit touches the
 * magazines of this CPU only; their lock is there for the worker and the
 * shrinker, which empty the magazines of CPUs that do not use them.
 *
 * The largest slots go to the depot at once: there are too few of them to be kept
 * for one CPU, and what a lock costs is nothing to what it costs to copy them.
 */
#include "iommu-bounce-pool.h"

/**
 * iommu_bounce_batch - how many slots move between a magazine and the depot
 * @class: their class
 *
 * A CPU hoards at most two batches of each kind, so large slots move one by one.
 *
 * Return: that number.
 */
unsigned int iommu_bounce_batch(unsigned int class)
{
	return max(1U, 32U >> class);
}

/**
 * iommu_bounce_depot_put - add slots to the depot
 * @pool: the pool
 * @batch: slots of one class and kind, linked by next
 * @nr: how many
 */
void iommu_bounce_depot_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *batch,
			    unsigned int nr)
{
	struct iommu_bounce_depot *depot = &pool->depots[batch->class];
	unsigned int kind = batch->kind;
	unsigned long flags;

	batch->batch = nr;
	spin_lock_irqsave(&depot->lock, flags);
	/* The same memory as a time that count_held() may be reading. */
	WRITE_ONCE(batch->next_batch, depot->kind[kind].batches);
	depot->kind[kind].batches = batch;
	WRITE_ONCE(depot->kind[kind].nr, depot->kind[kind].nr + nr);
	spin_unlock_irqrestore(&depot->lock, flags);
}

/**
 * iommu_bounce_depot_get - take a batch from the depot
 * @pool: the pool
 * @class: the class
 * @kind: the kind
 * @max: take no batch that is longer than this
 * @nr: where to store its length; 0 if there was none
 *
 * Return: the slots, linked by next, or NULL.
 */
struct iommu_bounce_slot *iommu_bounce_depot_get(struct iommu_bounce_pool *pool,
						 unsigned int class, unsigned int kind,
						 unsigned int max, unsigned int *nr)
{
	struct iommu_bounce_depot *depot = &pool->depots[class];
	struct iommu_bounce_slot *batch;
	unsigned long flags;

	*nr = 0;
	if (!READ_ONCE(depot->kind[kind].nr))
		return NULL;
	spin_lock_irqsave(&depot->lock, flags);
	batch = depot->kind[kind].batches;
	if (batch && batch->batch <= max) {
		*nr = batch->batch;
		depot->kind[kind].batches = batch->next_batch;
		WRITE_ONCE(depot->kind[kind].nr, depot->kind[kind].nr - *nr);
		depot->kind[kind].low = min(depot->kind[kind].low, depot->kind[kind].nr);
		depot->kind[kind].low_before = min(depot->kind[kind].low_before,
						   depot->kind[kind].nr);
	} else {
		batch = NULL;
	}
	spin_unlock_irqrestore(&depot->lock, flags);
	return batch;
}

/**
 * iommu_bounce_depot_idle - how many slots nobody needed for long enough
 * @pool: the pool
 * @class: the class
 * @kind: the kind
 *
 * To be called at each look. A load has its peaks, and a slot given back between
 * two of them costs more requests to the IOMMU than a mapping: while it goes on a
 * period has several looks, and two periods count. When it is over each look ends
 * a period.
 *
 * Return: that number.
 */
unsigned int iommu_bounce_depot_idle(struct iommu_bounce_pool *pool, unsigned int class,
				     unsigned int kind)
{
	struct iommu_bounce_depot *depot = &pool->depots[class];
	unsigned long flags;
	unsigned int idle;

	spin_lock_irqsave(&depot->lock, flags);
	if (READ_ONCE(depot->kind[kind].used) &&
	    ++depot->kind[kind].looks < IOMMU_BOUNCE_PATIENCE) {
		idle = 0;
	} else {
		idle = min(depot->kind[kind].low, depot->kind[kind].low_before);
		depot->kind[kind].low_before = depot->kind[kind].low;
		depot->kind[kind].low = depot->kind[kind].nr;
		depot->kind[kind].looks = 0;
	}
	WRITE_ONCE(depot->kind[kind].used, false);
	spin_unlock_irqrestore(&depot->lock, flags);
	return idle;
}

static struct iommu_bounce_slot *magazine_get(struct iommu_bounce_pool *pool,
					      struct iommu_bounce_magazine *mag,
					      unsigned int class, unsigned int kind)
{
	struct iommu_bounce_slot *slot;
	unsigned int nr;

	if (!mag->loaded) {
		if (mag->second) {
			mag->loaded = mag->second;
			mag->nr_loaded = mag->nr_second;
			mag->second = NULL;
			mag->nr_second = 0;
		} else if (!READ_ONCE(pool->wiping)) {
			mag->loaded = iommu_bounce_depot_get(pool, class, kind, U8_MAX, &nr);
			mag->nr_loaded = nr;
		}
	}
	slot = mag->loaded;
	if (slot) {
		mag->loaded = slot->next;
		mag->nr_loaded--;
		mag->touched = true;
	}
	return slot;
}

static void magazine_put(struct iommu_bounce_pool *pool, struct iommu_bounce_magazine *mag,
			 struct iommu_bounce_slot *slot)
{
	if (mag->nr_loaded >= iommu_bounce_batch(slot->class)) {
		if (mag->second)
			iommu_bounce_depot_put(pool, mag->second, mag->nr_second);
		mag->second = mag->loaded;
		mag->nr_second = mag->nr_loaded;
		mag->loaded = NULL;
		mag->nr_loaded = 0;
	}
	slot->next = mag->loaded;
	mag->loaded = slot;
	mag->nr_loaded++;
	mag->touched = true;
}

/**
 * iommu_bounce_cache_get - a cached slot, handed out
 * @pool: the pool
 * @class: its class
 * @kind: its kind
 *
 * Return: the slot, or NULL if none is cached.
 */
struct iommu_bounce_slot *iommu_bounce_cache_get(struct iommu_bounce_pool *pool,
						 unsigned int class, unsigned int kind)
{
	struct iommu_bounce_cpu *cpu = raw_cpu_ptr(pool->cpu);
	struct iommu_bounce_slot *slot;
	unsigned long flags;
	unsigned int nr;

	spin_lock_irqsave(&cpu->lock, flags);
	if (class < IOMMU_BOUNCE_MAG_CLASSES) {
		slot = magazine_get(pool, &cpu->mags[class][kind], class, kind);
	} else {
		slot = iommu_bounce_depot_get(pool, class, kind, 1, &nr);
		WRITE_ONCE(pool->depots[class].kind[kind].used, true);
	}
	if (slot) {
		WRITE_ONCE(cpu->hits[class], cpu->hits[class] + 1);
		this_cpu_inc(pool->cpu->in_use[class]);
	} else {
		WRITE_ONCE(cpu->misses[class], cpu->misses[class] + 1);
	}
	spin_unlock_irqrestore(&cpu->lock, flags);
	return slot;
}

/**
 * iommu_bounce_cache_put - take a slot back into the cache
 * @pool: the pool
 * @slot: a slot that was handed out: iommu_bounce_cache_get() counted it as in use,
 *	or iommu_bounce_acquire() if it is fresh from iommu_bounce_slot_new()
 */
void iommu_bounce_cache_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	struct iommu_bounce_cpu *cpu = raw_cpu_ptr(pool->cpu);
	unsigned long flags;

	spin_lock_irqsave(&cpu->lock, flags);
	this_cpu_dec(pool->cpu->in_use[slot->class]);
	if (slot->class < IOMMU_BOUNCE_MAG_CLASSES)
		magazine_put(pool, &cpu->mags[slot->class][slot->kind], slot);
	else
		iommu_bounce_depot_put(pool, slot, 1);
	spin_unlock_irqrestore(&cpu->lock, flags);
}

/**
 * iommu_bounce_magazines_drain - move slots from the magazines to the depot
 * @pool: the pool
 * @idle_only: leave alone the magazines that were used since the last call
 *
 * Also serves CPUs that went offline: nothing touches their magazines any more.
 */
void iommu_bounce_magazines_drain(struct iommu_bounce_pool *pool, bool idle_only)
{
	struct iommu_bounce_magazine *mag;
	struct iommu_bounce_cpu *cpu;
	unsigned int nr, class, kind;
	unsigned long flags;

	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(pool->cpu, nr);
		for (class = 0; class < IOMMU_BOUNCE_MAG_CLASSES; class++) {
			spin_lock_irqsave(&cpu->lock, flags);
			for (kind = 0; kind < IOMMU_BOUNCE_KINDS; kind++) {
				mag = &cpu->mags[class][kind];
				if (idle_only && mag->touched) {
					mag->touched = false;
					WRITE_ONCE(pool->depots[class].kind[kind].used, true);
					continue;
				}
				if (mag->loaded)
					iommu_bounce_depot_put(pool, mag->loaded, mag->nr_loaded);
				if (mag->second)
					iommu_bounce_depot_put(pool, mag->second, mag->nr_second);
				memset(mag, 0, sizeof(*mag));
			}
			spin_unlock_irqrestore(&cpu->lock, flags);
		}
	}
}
