// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single-use slots: for mandatory bounces that no slot of the window serves, and
 * for the granules at the two ends of a range that is otherwise mapped directly.
 *
 * Every unmap and sync of a direct mapping has to learn that it is not one of
 * these, so lookups take no lock: they repeat when the tree changed meanwhile.
 * A maple tree would allow ranges and such lookups too, but erasing from it may
 * need memory.
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

static void single_destroy(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	iommu_bounce_empty(pool, &single->slot);
	kfree(single->blocks);
	kfree_rcu(single, rcu);
}

/* Map @single at @iova and let it be found. */
static enum iommu_bounce_result single_place(struct iommu_bounce_pool *pool,
					     struct iommu_bounce_single *single,
					     dma_addr_t iova, int prot)
{
	enum iommu_bounce_result result;

	WRITE_ONCE(single->slot.iova, iova);
	single->slot.prot = prot;
	single->slot.state = IOMMU_BOUNCE_SLOT_LIVE;
	result = iommu_bounce_slot_map(pool, &single->slot, IOMMU_BOUNCE_GFP_TABLES);
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
		result = single_place(pool, single, single->range, prot);
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
 * iommu_bounce_single_at - a slot of one granule in somebody else's range
 * @pool: the pool
 * @iova: a granule of IOVA that the caller owns and that is not mapped
 * @prot: protection bits for the IOMMU
 * @slot: where to store it; on failure NULL, or the slot if it was given up and the
 *	IOVA with it
 *
 * Mandatory in every case, so it may come from the reserve.
 *
 * Return: IOMMU_BOUNCE_DONE, or what was missing.
 */
enum iommu_bounce_result iommu_bounce_single_at(struct iommu_bounce_pool *pool, dma_addr_t iova,
						int prot, struct iommu_bounce_slot **slot)
{
	struct iommu_bounce_single *single;
	enum iommu_bounce_result result;

	*slot = NULL;
	single = iommu_bounce_single_alloc(pool, iommu_bounce_granule(pool),
					   IOMMU_BOUNCE_GFP_ATOMIC);
	if (!single)
		single = iommu_bounce_spare_get(pool);
	if (!single)
		return IOMMU_BOUNCE_NO_MEMORY;
	result = single_place(pool, single, iova, prot);
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
 * The memory goes to the reserve first, if that lacks some.
 *
 * Return: false if the slot was given up: it and its IOVA stay as they are.
 */
bool iommu_bounce_single_free(struct iommu_bounce_pool *pool, struct iommu_bounce_single *single)
{
	unsigned long flags;

	if (!iommu_bounce_slot_unmap(pool, &single->slot)) {
		spin_lock_irqsave(&pool->lock, flags);
		single->slot.next = pool->lost_singles;
		pool->lost_singles = &single->slot;
		spin_unlock_irqrestore(&pool->lock, flags);
		return false;
	}
	if (single->range_size && !single->ends)
		iommu_bounce_iova_put(pool, single->range, single->range_size);
	single->range_size = 0;
	single->ends = false;
	if (!iommu_bounce_spare_put(pool, single))
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
