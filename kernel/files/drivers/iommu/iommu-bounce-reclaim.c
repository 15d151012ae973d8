// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory a bounce pool holds: growth where mappings found no slot,
 * return of what nobody needs.  All of it happens off the mapping path, except that
 * a mandatory bounce that finds no slot makes one itself.
 *
 * A class grows by the number of its misses, at most to the double, so that one
 * burst does not fill the window and a steady load has its slots after a few
 * runs.  The worker looks every two seconds.  It empties the magazines of CPUs that
 * did nothing into the depot, and gives back what stayed there for long enough: an
 * idle pool holds nothing after four looks, and what a load ceased to need goes
 * within half a minute.
 *
 * The worker talks to the IOMMU, so it is frozen while the machine suspends:
 * the IOMMU may be off then.  Mappings do without new slots meanwhile, and while
 * the pool is paused.  Some IOMMU drivers wake their device for a request, and sleep.
 */
#include "iommu-bounce-pool.h"

/* Not the system's, which works on the CPU that missed: that one has a load. */
static struct workqueue_struct *queue;

static int __init iommu_bounce_queue_init(void)
{
	queue = alloc_workqueue("iommu-bounce", WQ_UNBOUND | WQ_FREEZABLE, 0);
	return queue ? 0 : -ENOMEM;
}
core_initcall(iommu_bounce_queue_init);

/**
 * iommu_bounce_has_queue - can workers run?
 *
 * Return: false before there are workqueues, or if there was no memory for ours.
 */
bool iommu_bounce_has_queue(void)
{
	return queue;
}

/**
 * iommu_bounce_look - let the worker run before long, if it would not
 * @pool: the pool
 */
void iommu_bounce_look(struct iommu_bounce_pool *pool)
{
	queue_delayed_work(queue, &pool->work, IOMMU_BOUNCE_INTERVAL);
}

/**
 * iommu_bounce_kick - let the worker run soon
 * @pool: the pool
 */
void iommu_bounce_kick(struct iommu_bounce_pool *pool)
{
	mod_delayed_work(queue, &pool->work, 0);
}

/* The most slots that one run of the worker adds. */
static unsigned int growth_max(struct iommu_bounce_pool *pool, unsigned int class,
			       unsigned int kind)
{
	return max_t(unsigned int, iommu_bounce_batch(class),
		     READ_ONCE(pool->slots_kind[class][kind]));
}

/**
 * iommu_bounce_want - a mapping found no slot
 * @pool: the pool
 * @class: the class that it looked in
 * @kind: the kind that it wanted
 */
void iommu_bounce_want(struct iommu_bounce_pool *pool, unsigned int class, unsigned int kind)
{
	atomic_t *wanted = &pool->depots[class].wanted[kind];

	/* What is there comes back soon. */
	if (READ_ONCE(pool->wiping))
		return;
	/* All CPUs write to it, so not more often than it matters. */
	if ((unsigned int)atomic_read(wanted) >= growth_max(pool, class, kind))
		return;
	if (atomic_inc_return(wanted) == 1)
		iommu_bounce_kick(pool);
}

static void back_off(struct iommu_bounce_pool *pool)
{
	WRITE_ONCE(pool->no_growth_before, jiffies + IOMMU_BOUNCE_BACKOFF);
	WRITE_ONCE(pool->backoff, true);
}

static bool backed_off(struct iommu_bounce_pool *pool)
{
	if (!READ_ONCE(pool->backoff))
		return false;
	if (time_before(jiffies, READ_ONCE(pool->no_growth_before)))
		return true;
	WRITE_ONCE(pool->backoff, false);
	return false;
}

/* @nr more slots for the depot, in batches. */
static bool grow(struct iommu_bounce_pool *pool, unsigned int class, unsigned int kind,
		 unsigned int nr)
{
	struct iommu_bounce_slot *batch = NULL, *slot;
	unsigned int in_batch = 0;
	bool grown = true;

	while (nr && grown) {
		grown = !READ_ONCE(pool->backoff) && !atomic_read(&pool->paused) &&
			!iommu_bounce_slot_new(pool, class, kind, IOMMU_BOUNCE_GFP_GROW, &slot);
		if (grown) {
			slot->next = batch;
			batch = slot;
			in_batch++;
			nr--;
		}
		if (batch && (!nr || !grown || in_batch == iommu_bounce_batch(class))) {
			iommu_bounce_depot_put(pool, batch, in_batch);
			batch = NULL;
			in_batch = 0;
		}
		cond_resched();
	}
	return grown;
}

static void grow_wanted(struct iommu_bounce_pool *pool)
{
	unsigned int class, kind, wanted;
	bool grown = true;

	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++) {
		for (kind = 0; kind < IOMMU_BOUNCE_KINDS; kind++) {
			/* Our own allocations may have called the shrinker. */
			if (READ_ONCE(pool->backoff))
				return;
			wanted = atomic_xchg(&pool->depots[class].wanted[kind], 0);
			if (wanted)
				grown &= grow(pool, class, kind,
					      clamp(wanted, iommu_bounce_batch(class),
						    growth_max(pool, class, kind)));
		}
	}
	/* Not before the last class had its turn. */
	if (!grown && !atomic_read(&pool->paused))
		back_off(pool);
}

/*
 * Give back cached slots of one kind, at most @nr, and none while the pool is paused;
 * @pool->housekeeping is held, or nobody else uses the pool.  Returns how many gave
 * their memory back.  A batch that is longer than what is left stays as a whole: less
 * than one batch of each kind may outlast its need as long as a load runs.
 */
static unsigned int evict(struct iommu_bounce_pool *pool, unsigned int class, unsigned int kind,
			  unsigned int nr)
{
	struct iommu_bounce_slot *slot, *next;
	unsigned int taken = 0, freed = 0, got, i;

	for (got = 1; got && taken < nr && !atomic_read(&pool->paused); taken += got) {
		slot = iommu_bounce_depot_get(pool, class, kind, nr - taken, &got);
		for (i = 0; i < got; i++, slot = next) {
			next = slot->next;
			freed += iommu_bounce_slot_evict(pool, slot);
		}
		cond_resched();
	}
	return freed;
}

static void evict_idle(struct iommu_bounce_pool *pool)
{
	unsigned int class, kind;

	iommu_bounce_idle_free(pool, true);
	iommu_bounce_magazines_drain(pool, true);
	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++)
		for (kind = 0; kind < IOMMU_BOUNCE_KINDS; kind++)
			evict(pool, class, kind, iommu_bounce_depot_idle(pool, class, kind));
}

static bool holds_memory(struct iommu_bounce_pool *pool)
{
	unsigned int class;

	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++)
		if (READ_ONCE(pool->slots[class]))
			return true;
	return READ_ONCE(pool->has_idle);
}

static void keep_house(struct iommu_bounce_pool *pool)
{
	bool complete = iommu_bounce_reserve_refill(pool, IOMMU_BOUNCE_GFP_GROW);
	unsigned long next_look = pool->last_look + IOMMU_BOUNCE_INTERVAL;
	unsigned long delay = IOMMU_BOUNCE_BACKOFF;

	if (READ_ONCE(pool->shrink)) {
		WRITE_ONCE(pool->shrink, false);
		iommu_bounce_evict_all(pool);
	}
	if (!backed_off(pool))
		grow_wanted(pool);
	if (time_after_eq(jiffies, next_look)) {
		pool->last_look = jiffies;
		next_look = jiffies + IOMMU_BOUNCE_INTERVAL;
		evict_idle(pool);
	}
	if (!READ_ONCE(pool->backoff))
		delay = time_after(next_look, jiffies) ? next_look - jiffies : 0;
	if (!complete || READ_ONCE(pool->backoff) || holds_memory(pool))
		queue_delayed_work(queue, &pool->work, delay);
}

/**
 * iommu_bounce_worker - the pool's worker
 * @work: the pool's work
 *
 * Rests only when the pool holds nothing but its reserve, or is paused.
 */
void iommu_bounce_worker(struct work_struct *work)
{
	struct iommu_bounce_pool *pool = container_of(to_delayed_work(work),
						      struct iommu_bounce_pool, work);
	unsigned int noio = memalloc_noio_save();

	down_read(&pool->housekeeping);
	if (!atomic_read(&pool->paused))
		keep_house(pool);
	up_read(&pool->housekeeping);
	memalloc_noio_restore(noio);
}

/**
 * iommu_bounce_pause - have a pool make no requests to the IOMMU by itself
 * @pool: the pool
 *
 * For who attaches a device to the domain or detaches one: a request that comes
 * meanwhile might reach neither what was attached nor what will be.  What drivers
 * map is still mapped: they do so with other devices attached, or with none that is
 * just attached or detached.  Waits for requests that are under way, not for all
 * that the worker has to do.  May be called again before iommu_bounce_resume() is.
 * May sleep.
 */
void iommu_bounce_pause(struct iommu_bounce_pool *pool)
{
	atomic_inc(&pool->paused);
	down_write(&pool->housekeeping);
	up_write(&pool->housekeeping);
}

/**
 * iommu_bounce_resume - undo iommu_bounce_pause()
 * @pool: the pool
 */
void iommu_bounce_resume(struct iommu_bounce_pool *pool)
{
	if (atomic_dec_and_test(&pool->paused))
		iommu_bounce_kick(pool);
}

/**
 * iommu_bounce_evict_all - give back all cached slots
 * @pool: the pool
 */
void iommu_bounce_evict_all(struct iommu_bounce_pool *pool)
{
	unsigned int class, kind;

	iommu_bounce_idle_free(pool, false);
	iommu_bounce_magazines_drain(pool, false);
	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++)
		for (kind = 0; kind < IOMMU_BOUNCE_KINDS; kind++)
			evict(pool, class, kind, UINT_MAX);
}

/* Cached slots of one kind, all in the depot, become zeros. */
static void wipe(struct iommu_bounce_pool *pool, unsigned int class, unsigned int kind)
{
	struct iommu_bounce_slot *batch, *slot, *wiped = NULL;
	unsigned int nr;

	/* What is wiped goes back when there is nothing else, so as not to meet it again. */
	while ((batch = iommu_bounce_depot_get(pool, class, kind, UINT_MAX, &nr))) {
		for (slot = batch; nr--; slot = slot->next)
			iommu_bounce_slot_forget(pool, slot);
		/* As in iommu_bounce_depot_put(). */
		WRITE_ONCE(batch->next_batch, wiped);
		wiped = batch;
		cond_resched();
	}
	while ((batch = wiped)) {
		wiped = batch->next_batch;
		iommu_bounce_depot_put(pool, batch, batch->batch);
	}
}

/**
 * iommu_bounce_distrust - an untrusted device joins those that use a pool
 * @pool: the pool
 *
 * That device reaches all of the window: afterwards no slot that is out of use holds
 * what any device transferred.  What is in use does, around the buffer too, until it
 * is unmapped.  While this goes on, the depots have only large slots for mappings, and
 * nothing grows; it makes no requests to the IOMMU.  One caller at a time.  May sleep.
 */
void iommu_bounce_distrust(struct iommu_bounce_pool *pool)
{
	unsigned int class, kind;

	if (READ_ONCE(pool->distrusted))
		return;
	/* From then on, what is released is wiped before. */
	WRITE_ONCE(pool->distrusted, true);
	synchronize_rcu();
	/* Who wants a slot meanwhile must not carry others away, back into a magazine. */
	WRITE_ONCE(pool->wiping, true);
	iommu_bounce_magazines_drain(pool, false);
	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++)
		for (kind = 0; kind < IOMMU_BOUNCE_KINDS; kind++)
			wipe(pool, class, kind);
	WRITE_ONCE(pool->wiping, false);
	/* What the worker or a shrinker took before is unmapped then. */
	down_write(&pool->housekeeping);
	up_write(&pool->housekeeping);
}

/**
 * iommu_bounce_shrink_count - pages that the pool could give back
 * @pool: the pool
 *
 * Return: that number.
 */
unsigned long iommu_bounce_shrink_count(struct iommu_bounce_pool *pool)
{
	unsigned long pages = iommu_bounce_idle(pool) *
			      iommu_bounce_nr_pages(pool, iommu_bounce_granule(pool));
	unsigned int class;

	for (class = 0; class < IOMMU_BOUNCE_CLASSES; class++)
		pages += iommu_bounce_cached(pool, class) *
			 iommu_bounce_nr_pages(pool, iommu_bounce_class_size(pool, class));
	return pages;
}

/* What the depot has, large slots first.  Returns the number of pages. */
static unsigned long shrink_depot(struct iommu_bounce_pool *pool, unsigned long nr_pages)
{
	unsigned long pages = 0, each;
	unsigned int class, kind;

	for (class = IOMMU_BOUNCE_CLASSES; class-- && pages < nr_pages; ) {
		each = iommu_bounce_nr_pages(pool, iommu_bounce_class_size(pool, class));
		for (kind = 0; kind < IOMMU_BOUNCE_KINDS && pages < nr_pages; kind++)
			pages += each * evict(pool, class, kind,
					      max_t(unsigned long, iommu_bounce_batch(class),
						    DIV_ROUND_UP(nr_pages - pages, each)));
	}
	return pages;
}

/**
 * iommu_bounce_shrink_scan - give pages back under memory pressure
 * @pool: the pool
 * @nr_pages: how many, roughly
 *
 * Slots in use and the reserve stay, so I/O goes on; the pool does not grow for
 * a second.  A pool that is paused gives back only what is not mapped.
 *
 * Return: how many pages were given back.
 */
unsigned long iommu_bounce_shrink_scan(struct iommu_bounce_pool *pool, unsigned long nr_pages)
{
	unsigned long pages;

	back_off(pool);
	/* A worker that has just found nothing to do would not end it. */
	queue_delayed_work(queue, &pool->work, IOMMU_BOUNCE_BACKOFF);
	/* What costs no request, neither now nor when it is made again, goes first. */
	pages = iommu_bounce_idle_free(pool, false);
	/* Who holds it for writing may be waiting for memory. */
	if (pages >= nr_pages || !down_read_trylock(&pool->housekeeping))
		return pages;
	pages += shrink_depot(pool, nr_pages - pages);
	if (pages < nr_pages) {
		iommu_bounce_magazines_drain(pool, false);
		pages += shrink_depot(pool, nr_pages - pages);
	}
	up_read(&pool->housekeeping);
	return pages;
}

/**
 * iommu_bounce_shrink_soon - have the worker give back all cached slots
 * @pool: the pool
 *
 * For IOMMUs whose driver may have to wake them up for a request: that must not be
 * waited for where memory is.  Any context.
 */
void iommu_bounce_shrink_soon(struct iommu_bounce_pool *pool)
{
	back_off(pool);
	WRITE_ONCE(pool->shrink, true);
	iommu_bounce_kick(pool);
}
