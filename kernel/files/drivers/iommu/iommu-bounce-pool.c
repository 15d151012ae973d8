// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's pool of bounce buffers: its life, and where the slot for a mapping
 * comes from.
 *
 * Optional bounces take what is cached or go without.  Mandatory bounces go on
 * to a new slot, to memory outside the window for this one use, and to the
 * reserve at last, so that they fail only after everything else did.
 */
#include "iommu-bounce-pool.h"

/**
 * iommu_bounce_pool_create - make the pool of a domain
 * @domain: the domain
 * @iovad: its IOVA allocator, initialised
 * @node: the NUMA node that the memory comes from
 *
 * Allocates no memory for mappings and no IOVA.  May sleep.
 *
 * Return: the pool, or NULL if there is no memory or the granule is unusable.
 */
struct iommu_bounce_pool *iommu_bounce_pool_create(struct iommu_domain *domain,
						   struct iova_domain *iovad, int node)
{
	struct iommu_bounce_pool *pool;
	unsigned int class, cpu;

	if (iovad->granule > IOMMU_BOUNCE_GRANULE_MAX || !iommu_bounce_has_queue())
		return NULL;
	pool = kvzalloc_obj(*pool, GFP_KERNEL);
	if (!pool)
		return NULL;
	pool->cpu = alloc_percpu_gfp(struct iommu_bounce_cpu, GFP_KERNEL);
	if (!pool->cpu) {
		kvfree(pool);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		spin_lock_init(&per_cpu_ptr(pool->cpu, cpu)->lock);
	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++) {
		spin_lock_init(&pool->depots[class].lock);
		INIT_LIST_HEAD(&pool->partial[class]);
	}
	pool->domain = domain;
	pool->iovad = iovad;
	pool->node = node;
	pool->granule_shift = ilog2(iovad->granule);
	pool->block_shift = max_t(unsigned int, pool->granule_shift, PAGE_SHIFT);
	pool->chunk_shift = pool->granule_shift + ilog2(IOMMU_BOUNCE_CHUNK_GRANULES);
	pool->nr_classes = ilog2(iommu_bounce_largest_slot(iovad->granule)) -
			   pool->granule_shift + 1;
	pool->max_places = IOMMU_BOUNCE_CHUNKS_MIN;
	spin_lock_init(&pool->lock);
	mutex_init(&pool->reserve_mutex);
	init_rwsem(&pool->housekeeping);
	spin_lock_init(&pool->single_lock);
	seqcount_spinlock_init(&pool->single_seq, &pool->single_lock);
	pool->singles = RB_ROOT;
	pool->idle_max = IOMMU_BOUNCE_IDLE >> pool->block_shift;
	pool->window_retry = jiffies;
	pool->last_look = jiffies;
	INIT_DELAYED_WORK(&pool->work, iommu_bounce_worker);
	return pool;
}

/**
 * iommu_bounce_pool_destroy - free a pool and all that it holds
 * @pool: the pool, NULL is fine
 *
 * No device uses the domain any more.  May sleep.
 */
void iommu_bounce_pool_destroy(struct iommu_bounce_pool *pool)
{
	if (!pool)
		return;

	/* What would be kept is freed, and asks for no look. */
	WRITE_ONCE(pool->idle_max, 0);
	cancel_delayed_work_sync(&pool->work);
	iommu_bounce_reserve_free(pool);
	iommu_bounce_evict_all(pool);
	/* Mappings that a driver forgot: the domain goes away, so must they. */
	iommu_bounce_singles_free(pool);
	iommu_bounce_chunks_free(pool);
	if (pool->window_size)
		iommu_bounce_iova_put(pool, pool->window_base, pool->window_size);
	free_percpu(pool->cpu);
	kvfree(pool);
}

/*
 * Number of the kind that @prot belongs to, -1 if there are too many different
 * ones.  A device that differs in more than direction is rare, a third sort of
 * device in one domain all the more.
 */
static int kind_of(struct iommu_bounce_pool *pool, int prot)
{
	int extra = prot & ~IOMMU_BOUNCE_DIR_PROT;
	int dir = prot & IOMMU_BOUNCE_DIR_PROT;
	unsigned int i, known;
	unsigned long flags;

	if (!dir)
		return -1;
	/* Pairs with the release below: so many entries of extra[] are valid. */
	known = smp_load_acquire(&pool->nr_flavours);
	for (i = 0; i < known; i++)
		if (READ_ONCE(pool->extra[i]) == extra)
			return (int)(i * IOMMU_BOUNCE_DIRS) + dir - 1;
	if (known == IOMMU_BOUNCE_FLAVOURS)
		return -1;

	spin_lock_irqsave(&pool->lock, flags);
	for (i = 0; i < pool->nr_flavours; i++)
		if (pool->extra[i] == extra)
			break;
	if (i == pool->nr_flavours && i < IOMMU_BOUNCE_FLAVOURS) {
		WRITE_ONCE(pool->extra[i], extra);
		/* Pairs with the acquire above. */
		smp_store_release(&pool->nr_flavours, i + 1);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return i < IOMMU_BOUNCE_FLAVOURS ? (int)(i * IOMMU_BOUNCE_DIRS) + dir - 1 : -1;
}

/**
 * iommu_bounce_reaches_window - does a device reach the whole window?
 * @pool: the pool
 * @limit: the highest IOVA that the device reaches
 *
 * Return: false also as long as there is no window.
 */
bool iommu_bounce_reaches_window(struct iommu_bounce_pool *pool, u64 limit)
{
	size_t size = iommu_bounce_window_size(pool);

	return size && pool->window_base + size - 1 <= limit;
}

/* What is left for a mandatory bounce when the window has nothing. */
static enum iommu_bounce_result
acquire_slow(struct iommu_bounce_pool *pool, const struct iommu_bounce_dev *dev, size_t size,
	     unsigned int class, int prot, struct iommu_bounce_slot **slot)
{
	enum iommu_bounce_result result;

	result = iommu_bounce_single_new(pool, size, prot, dev->limit, slot);
	if (!result)
		return result;
	*slot = iommu_bounce_reserve_get(pool, class, prot, dev->limit);
	if (*slot)
		return IOMMU_BOUNCE_DONE;
	if (size > iommu_bounce_granule(pool))
		return result;
	return iommu_bounce_spare_new(pool, prot, dev->limit, slot);
}

/**
 * iommu_bounce_acquire - a slot for a mapping
 * @pool: the pool
 * @dev: the device
 * @size: how many bytes it has to hold
 * @prot: protection bits for the IOMMU
 * @flags: IOMMU_BOUNCE_MANDATORY or nothing; others are ignored
 * @slot: where to store it
 *
 * The slot still holds what it held before, see iommu_bounce_slot_scrub().
 *
 * Return: IOMMU_BOUNCE_DONE, or why there is none.  An optional request fails
 * with nothing but IOMMU_BOUNCE_DIRECT.
 */
enum iommu_bounce_result iommu_bounce_acquire(struct iommu_bounce_pool *pool,
					      const struct iommu_bounce_dev *dev,
					      size_t size, int prot, unsigned int flags,
					      struct iommu_bounce_slot **slot)
{
	size_t granules = (size - 1) >> pool->granule_shift;
	unsigned int class = granules ? ilog2(granules) + 1 : 0;
	enum iommu_bounce_result result;
	enum iommu_bounce_why why;
	int kind;

	*slot = NULL;
	if (class >= pool->nr_classes) {
		why = IOMMU_BOUNCE_WHY_SIZE;
		goto fallback;
	}
	kind = kind_of(pool, prot);
	if (kind < 0) {
		why = IOMMU_BOUNCE_WHY_PROT;
		goto fallback;
	}
	if (!iommu_bounce_reaches_window(pool, dev->limit) &&
	    !(iommu_bounce_window_make(pool, dev->limit) &&
	      iommu_bounce_reaches_window(pool, dev->limit))) {
		why = IOMMU_BOUNCE_WHY_WINDOW;
		goto fallback;
	}
	*slot = iommu_bounce_cache_get(pool, class, kind);
	if (*slot)
		goto done;

	iommu_bounce_want(pool, class, kind);
	why = IOMMU_BOUNCE_WHY_EMPTY;
	if (flags & IOMMU_BOUNCE_MANDATORY &&
	    !iommu_bounce_slot_new(pool, class, kind, IOMMU_BOUNCE_GFP_ATOMIC, slot)) {
		this_cpu_inc(pool->cpu->in_use[class]);
		goto done;
	}

fallback:
	this_cpu_inc(pool->cpu->fallback[why]);
	trace_iommu_bounce_fallback(pool->domain, dev->owner, size, why,
				    flags & IOMMU_BOUNCE_MANDATORY);
	if (!(flags & IOMMU_BOUNCE_MANDATORY))
		return IOMMU_BOUNCE_DIRECT;
	result = acquire_slow(pool, dev, size, class, prot, slot);
	if (result)
		return result;
done:
	WRITE_ONCE((*slot)->since, jiffies);
	WRITE_ONCE((*slot)->state, IOMMU_BOUNCE_SLOT_LIVE);
	return IOMMU_BOUNCE_DONE;
}

/**
 * iommu_bounce_release - give back what iommu_bounce_acquire() gave
 * @pool: the pool
 * @slot: the slot
 *
 * Return: false if its IOVA must not be used again, as the IOMMU did not unmap it.
 */
bool iommu_bounce_release(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot)
{
	if (slot->flags & IOMMU_BOUNCE_SLOT_SINGLE) {
		struct iommu_bounce_single *single = iommu_bounce_to_single(slot);

		iommu_bounce_single_remove(pool, single);
		return iommu_bounce_single_free(pool, single);
	}
	/* iommu_bounce_distrust() waits until what was not wiped is in the cache. */
	rcu_read_lock();
	iommu_bounce_slot_wipe(pool, slot);
	WRITE_ONCE(slot->state, IOMMU_BOUNCE_SLOT_CACHED);
	if (slot->flags & IOMMU_BOUNCE_SLOT_RESERVE)
		iommu_bounce_reserve_put(pool, slot);
	else
		iommu_bounce_cache_put(pool, slot);
	rcu_read_unlock();
	return true;
}

/**
 * iommu_bounce_find - the first bounced slot that a range of IOVA touches
 * @pool: the pool
 * @iova: where the range begins
 * @size: its length in bytes
 *
 * Takes no lock that anybody contends for, and for a domain without single-use
 * mappings it looks at no more than the pool itself.
 *
 * Return: the slot, or NULL if all of the range is mapped directly or not at all.
 */
struct iommu_bounce_slot *iommu_bounce_find(struct iommu_bounce_pool *pool,
					    dma_addr_t iova, size_t size)
{
	struct iommu_bounce_slot *slot = iommu_bounce_slot_at(pool, iova);

	if (slot || !atomic_read(&pool->nr_singles))
		return slot;
	return iommu_bounce_single_find(pool, iova, size);
}

/**
 * iommu_bounce_owns - is any byte of a range of IOVA bounced?
 * @pool: the pool
 * @addr: where the range begins
 * @size: its length in bytes
 *
 * Return: whether it is.
 */
bool iommu_bounce_owns(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size)
{
	return iommu_bounce_find(pool, addr, size);
}

/**
 * iommu_bounce_ready - is an optional bounce likely to be served?
 * @pool: the pool
 * @limit: the highest IOVA that the device reaches
 *
 * For callers who can map a buffer in one piece or, to have it bounced, in many.
 *
 * Return: false if the device does not reach the window, or as long as the pool
 * cannot grow or could not get a window.
 */
bool iommu_bounce_ready(struct iommu_bounce_pool *pool, u64 limit)
{
	if (READ_ONCE(pool->backoff))
		return false;
	if (!iommu_bounce_window_size(pool))
		return !iommu_bounce_window_waits(pool);
	return iommu_bounce_reaches_window(pool, limit);
}

/**
 * iommu_bounce_cached - number of slots of a class that are ready for use
 * @pool: the pool
 * @class: the class
 *
 * The reserve not counted.
 *
 * Return: that number.
 */
unsigned long iommu_bounce_cached(struct iommu_bounce_pool *pool, unsigned int class)
{
	unsigned long slots = READ_ONCE(pool->slots[class]), in_use = 0;
	unsigned int cpu;

	if (!slots)
		return 0;
	for_each_possible_cpu(cpu)
		in_use += READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->in_use[class]);
	/* Read one after the other: the sum may be off by what changes meanwhile. */
	return in_use < slots ? slots - in_use : 0;
}

/* Slots that a driver keeps gain nothing from bouncing: show them. */
static void count_held(struct iommu_bounce_pool *pool, struct iommu_bounce_stats *stats)
{
	struct iommu_bounce_chunk *chunk;
	struct iommu_bounce_slot *slot;
	unsigned int i, s;

	rcu_read_lock();
	for (i = 0; i < IOMMU_BOUNCE_CHUNKS_MAX; i++) {
		chunk = rcu_dereference(pool->chunks[i]);
		if (!chunk || chunk->place != i)
			continue;
		for (s = 0; s < chunk->nr_slots; s++) {
			slot = &chunk->slots[s];
			if (READ_ONCE(slot->state) == IOMMU_BOUNCE_SLOT_LIVE &&
			    time_after(jiffies, READ_ONCE(slot->since) + HZ))
				stats->class[chunk->class].held++;
		}
	}
	rcu_read_unlock();
}

/**
 * iommu_bounce_get_stats - what the pool holds and what it did
 * @pool: the pool
 * @stats: where to store it
 *
 * The figures are read one after the other while others change them.
 */
void iommu_bounce_get_stats(struct iommu_bounce_pool *pool, struct iommu_bounce_stats *stats)
{
	struct iommu_bounce_class_stats *s;
	unsigned int class, nr, dir, why;
	struct iommu_bounce_cpu *cpu;
	unsigned long flags;

	memset(stats, 0, sizeof(*stats));
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(pool->cpu, nr);
		for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++) {
			stats->class[class].hits += READ_ONCE(cpu->hits[class]);
			stats->class[class].misses += READ_ONCE(cpu->misses[class]);
		}
		for (why = 0; why < IOMMU_BOUNCE_WHYS; why++)
			stats->fallback[why] += READ_ONCE(cpu->fallback[why]);
		stats->bytes_in += READ_ONCE(cpu->bytes_in);
		stats->bytes_out += READ_ONCE(cpu->bytes_out);
	}
	spin_lock_irqsave(&pool->lock, flags);
	for (class = 0; class < pool->nr_classes; class++) {
		s = &stats->class[class];
		s->size = iommu_bounce_class_size(pool, class);
		s->slots = pool->slots[class];
		s->cached = iommu_bounce_cached(pool, class);
		s->in_use = s->slots - s->cached;
		s->grown = pool->grown[class];
		s->evicted = pool->evicted[class];
		for (dir = 0; dir < IOMMU_BOUNCE_DIRS; dir++) {
			s->reserve += pool->nr_reserve[class][dir];
			s->reserve_target += READ_ONCE(pool->reserve_target[class]);
		}
		stats->cached_pages += s->cached * iommu_bounce_nr_pages(pool, s->size);
	}
	stats->chunks = pool->nr_places;
	stats->spares = pool->nr_spares;
	stats->window_base = pool->window_base;
	stats->window_size = pool->window_size;
	spin_unlock_irqrestore(&pool->lock, flags);
	count_held(pool, stats);
	stats->idle = iommu_bounce_idle(pool);
	stats->cached_pages += stats->idle *
			       iommu_bounce_nr_pages(pool, iommu_bounce_granule(pool));
	stats->singles = atomic_read(&pool->nr_singles);
	stats->from_reserve = atomic_long_read(&pool->from_reserve);
	stats->failed = atomic_long_read(&pool->failed);
	stats->lost = atomic_long_read(&pool->lost);
	stats->invalid = atomic_long_read(&pool->invalid);
}
