// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single-use slots: for mandatory bounces that no slot of the window serves, and
 * for the granules at the two ends of a range that is otherwise mapped directly.
 *
 * Every unmap and sync of a direct mapping has to learn that it is not one of
 * these, so lookups take no lock: they repeat when the tree changed meanwhile.
 * A maple tree would allow ranges and such lookups too, but erasing from it may
 * need memory.
 *
 * Each request of a device that must not see more than its buffers may need two
 * granules, so CPUs keep those that they are done with: out of the IOMMU, and with
 * what they held, of which the next use forgets what it does not overwrite.
 */
#include "iommu-bounce-pool.h"

/**
 * iommu_bounce_iova_get - allocate IOVA
 * @pool: the pool
 * @size: how many bytes, a multiple of the granule
 * @limit: the highest address allowed
 *
 * Addresses of 32 bits are preferred as everywhere in dma-iommu, since not every
 * device that claims to know more of them does.
 *
 * Return: the address, aligned to @size rounded up to a power of two, or 0.
 */
dma_addr_t iommu_bounce_iova_get(struct iommu_bounce_pool *pool, size_t size, u64 limit)
{
	unsigned long pfn = 0;

	if (limit > DMA_BIT_MASK(32))
		pfn = alloc_iova_fast(pool->iovad, size >> pool->granule_shift,
				      DMA_BIT_MASK(32) >> pool->granule_shift, false);
	if (!pfn)
		pfn = alloc_iova_fast(pool->iovad, size >> pool->granule_shift,
				      limit >> pool->granule_shift, true);
	return (dma_addr_t)pfn << pool->granule_shift;
}

/**
 * iommu_bounce_iova_put - free IOVA
 * @pool: the pool
 * @iova: what iommu_bounce_iova_get() returned
 * @size: with the same size
 */
void iommu_bounce_iova_put(struct iommu_bounce_pool *pool, dma_addr_t iova, size_t size)
{
	free_iova_fast(pool->iovad, iova >> pool->granule_shift, size >> pool->granule_shift);
}

static struct iommu_bounce_single *single_of(struct rb_node *node)
{
	return rb_entry(node, struct iommu_bounce_single, node);
}

static void single_insert(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	struct rb_node **link = &pool->singles.rb_node, *parent = NULL;
	unsigned long flags;

	spin_lock_irqsave(&pool->single_lock, flags);
	while (*link) {
		parent = *link;
		link = single->slot.iova < single_of(parent)->slot.iova ?
		       &parent->rb_left : &parent->rb_right;
	}
	write_seqcount_begin(&pool->single_seq);
	rb_link_node_rcu(&single->node, parent, link);
	rb_insert_color(&single->node, &pool->singles);
	write_seqcount_end(&pool->single_seq);
	spin_unlock_irqrestore(&pool->single_lock, flags);
	atomic_inc(&pool->nr_singles);
}

/**
 * iommu_bounce_single_find - the first single-use slot in a range of IOVA
 * @pool: the pool
 * @iova: where the range begins
 * @size: its length in bytes
 *
 * Return: the slot, or NULL.
 */
struct iommu_bounce_slot *iommu_bounce_single_find(struct iommu_bounce_pool *pool,
						   dma_addr_t iova, size_t size)
{
	struct iommu_bounce_slot *slot, *found;
	struct rb_node *node;
	unsigned int seq;

	rcu_read_lock();
	do {
		seq = read_seqcount_begin(&pool->single_seq);
		found = NULL;
		node = rcu_dereference_raw(pool->singles.rb_node);
		while (node) {
			slot = &single_of(node)->slot;
			/* The end of the last granule of all would be 0. */
			if (READ_ONCE(slot->iova) + (READ_ONCE(slot->size) - 1) >= iova) {
				found = slot;
				node = rcu_dereference_raw(node->rb_left);
			} else {
				node = rcu_dereference_raw(node->rb_right);
			}
		}
		if (found && READ_ONCE(found->iova) > iova &&
		    READ_ONCE(found->iova) - iova >= size)
			found = NULL;
	} while (read_seqcount_retry(&pool->single_seq, seq));
	rcu_read_unlock();
	return found;
}

/**
 * iommu_bounce_single_alloc - metadata and memory, without an IOVA
 * @pool: the pool
 * @size: how many bytes, a multiple of the granule
 * @gfp: how to allocate
 *
 * Return: the single, not in the tree, or NULL if there is no memory.
 */
struct iommu_bounce_single *iommu_bounce_single_alloc(struct iommu_bounce_pool *pool,
						      size_t size, gfp_t gfp)
{
	struct iommu_bounce_single *single;

	if (size > IOMMU_BOUNCE_SINGLE_MAX)
		return NULL;
	single = kzalloc_flex(*single, origins, size >> pool->granule_shift, gfp);
	if (!single)
		return NULL;
	single->blocks = kzalloc_objs(*single->blocks, iommu_bounce_nr_blocks(pool, size), gfp);
	if (!single->blocks)
		goto free;
	single->slot.size = size;
	single->slot.flags = IOMMU_BOUNCE_SLOT_SINGLE;
	single->slot.blocks = single->blocks;
	single->slot.origins = single->origins;
	if (!iommu_bounce_fill(pool, &single->slot, gfp))
		return single;
	kfree(single->blocks);
free:
	kfree(single);
	return NULL;
}

/* An idle single of a CPU's, or NULL. */
static struct iommu_bounce_single *idle_get(struct iommu_bounce_cpu *cpu)
{
	struct iommu_bounce_slot *slot;
	unsigned long flags;

	spin_lock_irqsave(&cpu->lock, flags);
	slot = cpu->idle;
	if (slot) {
		cpu->idle = slot->next;
		WRITE_ONCE(cpu->nr_idle, cpu->nr_idle - 1);
		cpu->idle_used = true;
	}
	spin_unlock_irqrestore(&cpu->lock, flags);
	return slot ? iommu_bounce_to_single(slot) : NULL;
}

/* One of any CPU's, where there is no memory. */
static struct iommu_bounce_single *idle_find(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_single *single = NULL;
	unsigned int cpu;

	if (!READ_ONCE(pool->has_idle))
		return NULL;
	for_each_possible_cpu(cpu) {
		single = idle_get(per_cpu_ptr(pool->cpu, cpu));
		if (single)
			break;
	}
	return single;
}

/* Keep a single that is not mapped, and not in the tree; false if it is not wanted. */
static bool idle_put(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	struct iommu_bounce_cpu *cpu = raw_cpu_ptr(pool->cpu);
	struct iommu_bounce_slot *slot = &single->slot;
	unsigned long flags;
	bool keep;

	if (slot->size != iommu_bounce_granule(pool))
		return false;
	memset(slot->origins, 0, sizeof(*slot->origins));
	spin_lock_irqsave(&cpu->lock, flags);
	keep = cpu->nr_idle < READ_ONCE(pool->idle_max);
	if (keep) {
		slot->next = cpu->idle;
		cpu->idle = slot;
		WRITE_ONCE(cpu->nr_idle, cpu->nr_idle + 1);
	}
	spin_unlock_irqrestore(&cpu->lock, flags);
	/* Behind the lock: who has just emptied this CPU's list has cleared it before. */
	if (keep && !READ_ONCE(pool->has_idle)) {
		WRITE_ONCE(pool->has_idle, true);
		iommu_bounce_look(pool);
	}
	return keep;
}

/**
 * iommu_bounce_idle - how many singles CPUs keep
 * @pool: the pool
 *
 * Return: that number, about: others may be changing it.
 */
unsigned long iommu_bounce_idle(struct iommu_bounce_pool *pool)
{
	unsigned long idle = 0;
	unsigned int cpu;

	if (!READ_ONCE(pool->has_idle))
		return 0;
	for_each_possible_cpu(cpu)
		idle += READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->nr_idle);
	return idle;
}

static void single_destroy(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	iommu_bounce_empty(pool, &single->slot);
	kfree(single->blocks);
	kfree_rcu(single, rcu);
}

/**
 * iommu_bounce_idle_free - free the singles that CPUs keep
 * @pool: the pool
 * @unused_only: leave alone those of CPUs that used one since the last call
 *
 * Makes no request to the IOMMU.  Serves CPUs that went offline, too.  May sleep.
 *
 * Return: how many pages they had.
 */
unsigned long iommu_bounce_idle_free(struct iommu_bounce_pool *pool, bool unused_only)
{
	unsigned long each = iommu_bounce_nr_pages(pool, iommu_bounce_granule(pool));
	struct iommu_bounce_slot *slot, *next;
	struct iommu_bounce_cpu *cpu;
	unsigned long flags, pages = 0;
	bool left = false;
	unsigned int nr;

	if (!READ_ONCE(pool->has_idle))
		return 0;
	WRITE_ONCE(pool->has_idle, false);
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(pool->cpu, nr);
		slot = NULL;
		spin_lock_irqsave(&cpu->lock, flags);
		if (!unused_only || !cpu->idle_used) {
			slot = cpu->idle;
			cpu->idle = NULL;
			WRITE_ONCE(cpu->nr_idle, 0);
		}
		cpu->idle_used = false;
		if (cpu->idle)
			left = true;
		spin_unlock_irqrestore(&cpu->lock, flags);
		for (; slot; slot = next, pages += each) {
			next = slot->next;
			single_destroy(pool, iommu_bounce_to_single(slot));
		}
		cond_resched();
	}
	if (left)
		WRITE_ONCE(pool->has_idle, true);
	return pages;
}

/* Map @single at @iova with @map and let it be found. */
static enum iommu_bounce_result
single_place(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single,
	     dma_addr_t iova, int prot,
	     enum iommu_bounce_result (*map)(struct iommu_bounce_pool *pool,
					     struct iommu_bounce_slot *slot, gfp_t gfp))
{
	enum iommu_bounce_result result;

	WRITE_ONCE(single->slot.iova, iova);
	single->slot.prot = prot;
	single->slot.state = IOMMU_BOUNCE_SLOT_LIVE;
	result = map(pool, &single->slot, IOMMU_BOUNCE_GFP_TABLES);
	if (!result)
		single_insert(pool, single);
	return result;
}

/* Find IOVA for @single and map it there, or free it. */
static enum iommu_bounce_result single_settle(struct iommu_bounce_pool *pool,
					      struct iommu_bounce_single *single, int prot,
					      u64 limit, struct iommu_bounce_slot **slot)
{
	enum iommu_bounce_result result = IOMMU_BOUNCE_NO_IOVA;

	if (!single)
		return IOMMU_BOUNCE_NO_MEMORY;
	single->range = iommu_bounce_iova_get(pool, single->slot.size, limit);
	single->range_size = single->range ? single->slot.size : 0;
	if (single->range)
		result = single_place(pool, single, single->range, prot,
				      iommu_bounce_slot_map);
	if (result)
		iommu_bounce_single_free(pool, single);
	else
		*slot = &single->slot;
	return result;
}

/**
 * iommu_bounce_single_new - a slot outside the window
 * @pool: the pool
 * @size: how many bytes it has to hold
 * @prot: protection bits for the IOMMU
 * @limit: the highest IOVA that the device reaches
 * @slot: where to store it
 *
 * Return: IOMMU_BOUNCE_DONE, or what was missing.
 */
enum iommu_bounce_result iommu_bounce_single_new(struct iommu_bounce_pool *pool, size_t size,
						 int prot, u64 limit,
						 struct iommu_bounce_slot **slot)
{
	size = ALIGN(size, (size_t)iommu_bounce_granule(pool));
	return single_settle(pool, iommu_bounce_single_alloc(pool, size, IOMMU_BOUNCE_GFP_ATOMIC),
			     prot, limit, slot);
}

/**
 * iommu_bounce_spare_new - the same of one granule, with memory of the reserve
 * @pool: the pool
 * @prot: protection bits for the IOMMU
 * @limit: the highest IOVA that the device reaches
 * @slot: where to store it
 *
 * Return: IOMMU_BOUNCE_DONE, or what was missing.
 */
enum iommu_bounce_result iommu_bounce_spare_new(struct iommu_bounce_pool *pool, int prot,
						u64 limit, struct iommu_bounce_slot **slot)
{
	return single_settle(pool, iommu_bounce_spare_get(pool), prot, limit, slot);
}

/**
 * iommu_bounce_single_at - bounce bytes of one granule in somebody else's range
 * @pool: the pool
 * @addr: where the bytes go; its granule is the caller's and not mapped
 * @phys: the bytes
 * @size: how many, at most up to the end of the granule
 * @prot: protection bits for the IOMMU
 * @slot: where to store the slot; on failure NULL, or the slot if it was given up and
 *	the granule of IOVA with it
 *
 * Mandatory in every case, so it may come from the reserve.  The caller calls
 * iommu_sync_map() when all of the range is mapped.
 *
 * Return: IOMMU_BOUNCE_DONE, IOMMU_BOUNCE_INVALID if it is not one granule, or what
 * was missing.
 */
enum iommu_bounce_result iommu_bounce_single_at(struct iommu_bounce_pool *pool, dma_addr_t addr,
						phys_addr_t phys, size_t size, int prot,
						struct iommu_bounce_slot **slot)
{
	u32 offset = addr & (iommu_bounce_granule(pool) - 1);
	struct iommu_bounce_single *single;
	enum iommu_bounce_result result;

	*slot = NULL;
	if (!size || size > iommu_bounce_granule(pool) - offset)
		return IOMMU_BOUNCE_INVALID;
	single = idle_get(raw_cpu_ptr(pool->cpu));
	if (!single)
		single = iommu_bounce_single_alloc(pool, iommu_bounce_granule(pool),
						   IOMMU_BOUNCE_GFP_ATOMIC);
	if (!single)
		single = idle_find(pool);
	if (!single)
		single = iommu_bounce_spare_get(pool);
	if (!single)
		return IOMMU_BOUNCE_NO_MEMORY;
	/* All of it before the device can look: the memory was another transfer's. */
	iommu_bounce_slot_surround(pool, &single->slot, offset, offset + size);
	single->slot.prot = prot;
	result = iommu_bounce_slot_link(pool, &single->slot, offset, phys, size);
	if (!result)
		result = single_place(pool, single, addr - offset, prot,
				      iommu_bounce_slot_map_nosync);
	*slot = &single->slot;
	if (result && iommu_bounce_single_free(pool, single))
		*slot = NULL;
	return result;
}

/**
 * iommu_bounce_single_remove - nobody finds the slot from now on
 * @pool: the pool
 * @single: the slot
 */
void iommu_bounce_single_remove(struct iommu_bounce_pool *pool,
				struct iommu_bounce_single *single)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->single_lock, flags);
	write_seqcount_begin(&pool->single_seq);
	rb_erase(&single->node, &pool->singles);
	write_seqcount_end(&pool->single_seq);
	spin_unlock_irqrestore(&pool->single_lock, flags);
	atomic_dec(&pool->nr_singles);
}

/**
 * iommu_bounce_single_free - unmap a slot and free it with its IOVA
 * @pool: the pool
 * @single: a slot that is not in the tree
 *
 * The IOVA of a range that is only bounced at its ends is left to the caller.
 * The memory goes to the reserve first, if that lacks some, then to this CPU if it
 * was part of somebody else's range.
 *
 * Return: false if the slot was given up: it and its IOVA stay as they are.
 */
bool iommu_bounce_single_free(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	bool alone = single->range_size && !single->ends;
	unsigned long flags;

	if (!iommu_bounce_slot_unmap(pool, &single->slot)) {
		spin_lock_irqsave(&pool->lock, flags);
		single->slot.next = pool->lost_singles;
		pool->lost_singles = &single->slot;
		spin_unlock_irqrestore(&pool->lock, flags);
		return false;
	}
	if (alone)
		iommu_bounce_iova_put(pool, single->range, single->range_size);
	single->range_size = 0;
	single->ends = false;
	if (!iommu_bounce_spare_put(pool, single) && (alone || !idle_put(pool, single)))
		single_destroy(pool, single);
	return true;
}

/**
 * iommu_bounce_singles_free - free all singles, when the pool goes away
 * @pool: the pool
 *
 * No device uses the domain, so the memory of those that were given up can be
 * freed as well.  Their IOVA goes with the domain's allocator.
 */
void iommu_bounce_singles_free(struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_single *single;

	while (pool->singles.rb_node) {
		single = single_of(pool->singles.rb_node);
		iommu_bounce_single_remove(pool, single);
		iommu_bounce_single_free(pool, single);
	}
	while (pool->lost_singles) {
		single = iommu_bounce_to_single(pool->lost_singles);
		pool->lost_singles = single->slot.next;
		single_destroy(pool, single);
	}
}
