/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a bounce pool, shared by its source files and by nobody else.
 *
 * slot      a range of IOVA, one size class long, and the memory mapped there
 * chunk     IOVA and metadata of IOMMU_BOUNCE_CHUNK_GRANULES granules, cut into
 *           the slots of one class; or of one slot that is larger than that
 * window    the IOVA of all chunks; from an IOVA to its slot by arithmetic
 * kind      what slots of a class have to share to be interchangeable: their
 *           protection bits
 * magazine  the cached slots of one class and kind that belong to one CPU
 * depot     the cached slots of a class beyond the magazines, in batches
 * single    a slot outside the window, for one use; found in a tree
 * spare     a single of one granule, kept for mandatory bounces
 * idle      said of a single of one granule that a CPU keeps for its next one
 *
 * Locks, outermost first: the CPU's lock of the magazines, the depot's lock.
 * pool->lock and pool->single_lock are never held together with another.
 * All of them are taken with interrupts off.  pool->reserve_mutex comes before
 * them all; it is taken in process context only.
 */
#ifndef __IOMMU_BOUNCE_POOL_H
#define __IOMMU_BOUNCE_POOL_H

#include "iommu-bounce.h"

/* Classes whose slots CPUs keep for themselves: up to as large as a chunk. */
#define IOMMU_BOUNCE_MAG_CLASSES	8
/* The window: its least and its greatest number of chunks, its size in bytes. */
#define IOMMU_BOUNCE_CHUNKS_MIN		8
#define IOMMU_BOUNCE_CHUNKS_MAX		128
#define IOMMU_BOUNCE_WINDOW_MAX		SZ_64M
/* With which the least window is no larger than the greatest may be: 64 KiB */
#define IOMMU_BOUNCE_GRANULE_MAX	(IOMMU_BOUNCE_WINDOW_MAX / IOMMU_BOUNCE_CHUNKS_MIN / \
					 IOMMU_BOUNCE_CHUNK_GRANULES)

/* Three directions (read, write, both) for each of two sets of other bits. */
#define IOMMU_BOUNCE_DIRS		3
#define IOMMU_BOUNCE_FLAVOURS		2
#define IOMMU_BOUNCE_KINDS		(IOMMU_BOUNCE_DIRS * IOMMU_BOUNCE_FLAVOURS)
#define IOMMU_BOUNCE_DIR_PROT		(IOMMU_READ | IOMMU_WRITE)

/*
 * The reserve, for each direction: some slots of one granule, and one slot as
 * large as the devices need.  Spares have no direction, as they
 * are mapped when used.
 */
#define IOMMU_BOUNCE_RESERVE_SMALL	8
#define IOMMU_BOUNCE_RESERVE_LARGE	1
#define IOMMU_BOUNCE_SPARES		8

/* What a CPU keeps of singles, in bytes */
#define IOMMU_BOUNCE_IDLE		SZ_256K

/* Nobody bounces more at once; the kernel's allocators end near it anyway. */
#define IOMMU_BOUNCE_SINGLE_MAX		SZ_16M

/* Cached slots are looked through this often, see iommu-bounce-reclaim.c. */
#define IOMMU_BOUNCE_INTERVAL		(2 * HZ)
/* So many looks decide what a load that goes on does not need. */
#define IOMMU_BOUNCE_PATIENCE		8
/* No growth for this long after the shrinker took pages. */
#define IOMMU_BOUNCE_BACKOFF		HZ

#define IOMMU_BOUNCE_GFP_ATOMIC		(GFP_NOWAIT | __GFP_NOWARN)
/* Tables of the IOMMU for what must be bounced: there is nothing else to turn to */
#define IOMMU_BOUNCE_GFP_TABLES		(GFP_ATOMIC | __GFP_NOWARN)
#define IOMMU_BOUNCE_GFP_GROW		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/*
 * Origin of the bytes of one granule: byte @start <= i < @end of the granule is
 * the copy of the byte at @phys + i.  No bytes if @end is 0.
 */
struct iommu_bounce_origin {
	phys_addr_t phys;
	u32 start;
	u32 end;
};

enum iommu_bounce_state {
	IOMMU_BOUNCE_SLOT_EMPTY,	/* no memory */
	IOMMU_BOUNCE_SLOT_CACHED,	/* in a magazine, the depot or the reserve */
	IOMMU_BOUNCE_SLOT_LIVE,		/* handed out */
	IOMMU_BOUNCE_SLOT_LOST,		/* the device may reach it for ever */
};

#define IOMMU_BOUNCE_SLOT_RESERVE	BIT(0)	/* goes back to the reserve */
#define IOMMU_BOUNCE_SLOT_MAPPED	BIT(1)	/* in the IOMMU's page tables */
#define IOMMU_BOUNCE_SLOT_SINGLE	BIT(2)	/* part of a struct iommu_bounce_single */
#define IOMMU_BOUNCE_SLOT_WIPE		BIT(3)	/* keeps nothing of its device's data */

/*
 * One cache line.  A slot belongs to whoever took it from its list; the lists'
 * locks order what one owner wrote before what the next one reads.
 */
struct iommu_bounce_slot {
	struct iommu_bounce_slot *next;
	union {
		/* cached, first of a batch in the depot */
		struct iommu_bounce_slot *next_batch;
		/* live: jiffies when it was handed out */
		unsigned long since;
	};
	dma_addr_t iova;
	/* Physical addresses of the memory, 1 << pool->block_shift bytes each */
	phys_addr_t *blocks;
	struct iommu_bounce_origin *origins;
	/* Bytes from dirty_start to dirty_end may be other than zero. */
	u32 dirty_start;
	u32 dirty_end;
	u32 size;
	/* Whose data the slot holds, 0 if nobody's */
	u32 owner;
	int prot;
	u8 class:4;
	u8 kind:4;
	u8 state;
	u8 flags;
	/* Length of the batch, in its first slot */
	u8 batch;
} ____cacheline_aligned;

/* The slots' origins and blocks follow them in the same piece of memory. */
struct iommu_bounce_chunk {
	struct list_head node;
	struct rcu_head rcu;
	struct iommu_bounce_slot *empty;
	unsigned int nr_empty;
	unsigned int nr_slots;
	unsigned int class;
	/* Its places in pool->chunks */
	unsigned int place;
	unsigned int nr_places;
	struct iommu_bounce_slot slots[];
};

/* Two stacks, so that a CPU on the edge does not go to the depot every time. */
struct iommu_bounce_magazine {
	struct iommu_bounce_slot *loaded;
	struct iommu_bounce_slot *second;
	u16 nr_loaded;
	u16 nr_second;
	bool touched;
};

struct iommu_bounce_cpu {
	/*
	 * Of @mags, @idle, @hits and @misses.  Other CPUs take it to empty the
	 * magazines, or when a task moved after it had looked where it runs.
	 */
	spinlock_t lock;
	struct iommu_bounce_magazine mags[IOMMU_BOUNCE_MAG_CLASSES][IOMMU_BOUNCE_KINDS];
	/* Singles that are not mapped, and hold what they held */
	struct iommu_bounce_slot *idle;
	unsigned int nr_idle;
	bool idle_used;
	unsigned long hits[IOMMU_BOUNCE_CLASSES];
	unsigned long misses[IOMMU_BOUNCE_CLASSES];
	/* Handed out less taken back: only the sum over all CPUs has a meaning. */
	unsigned long in_use[IOMMU_BOUNCE_CLASSES];
	unsigned long fallback[IOMMU_BOUNCE_WHYS];
	u64 bytes_in;
	u64 bytes_out;
};

struct iommu_bounce_depot {
	spinlock_t lock;	/* of @kind */
	struct {
		struct iommu_bounce_slot *batches;
		unsigned int nr;
		/* The least that @nr was in this period, and in the one before */
		unsigned int low;
		unsigned int low_before;
		/* Looks of this period that found the slots in use */
		unsigned int looks;
		/* Since the last look; set without the lock */
		bool used;
	} kind[IOMMU_BOUNCE_KINDS];
	/* Misses since the worker last ran: how much to grow */
	atomic_t wanted[IOMMU_BOUNCE_KINDS];
} ____cacheline_aligned;

struct iommu_bounce_single {
	struct iommu_bounce_slot slot;
	struct rb_node node;
	struct rcu_head rcu;
	/* IOVA to unmap and free with it; none if @range_size is 0 */
	dma_addr_t range;
	size_t range_size;
	/* The range's aligned middle is mapped directly. */
	bool ends;
	phys_addr_t *blocks;
	struct iommu_bounce_origin origins[];
};

struct iommu_bounce_pool {
	/* Read on every mapping, written rarely */
	struct iommu_bounce_cpu __percpu *cpu;
	dma_addr_t window_base;
	size_t window_size;		/* 0: no window; published last */
	bool backoff;			/* no growth before @no_growth_before */
	bool distrusted;		/* slots are wiped when they are released */
	bool wiping;			/* just now: no slots for magazines */
	unsigned int granule_shift;
	unsigned int block_shift;
	unsigned int chunk_shift;
	unsigned int nr_classes;
	unsigned int nr_flavours;
	int extra[IOMMU_BOUNCE_FLAVOURS];	/* the first nr_flavours are valid */
	/* By place: the part of the window that is as long as a chunk of small slots */
	struct iommu_bounce_chunk __rcu *chunks[IOMMU_BOUNCE_CHUNKS_MAX];
	struct iommu_domain *domain;
	struct iova_domain *iovad;
	int node;

	struct iommu_bounce_depot depots[IOMMU_BOUNCE_CLASSES];

	/* Chunks, empty slots, the reserve, the window's making */
	spinlock_t lock ____cacheline_aligned;
	struct list_head partial[IOMMU_BOUNCE_CLASSES];
	unsigned int nr_places;		/* that are taken */
	unsigned int max_places;
	unsigned long window_retry;	/* jiffies */
	unsigned long slots[IOMMU_BOUNCE_CLASSES];
	unsigned long slots_kind[IOMMU_BOUNCE_CLASSES][IOMMU_BOUNCE_KINDS];
	unsigned long grown[IOMMU_BOUNCE_CLASSES];
	unsigned long evicted[IOMMU_BOUNCE_CLASSES];
	int reserve_extra;
	struct iommu_bounce_slot *reserve[IOMMU_BOUNCE_CLASSES][IOMMU_BOUNCE_DIRS];
	unsigned int nr_reserve[IOMMU_BOUNCE_CLASSES][IOMMU_BOUNCE_DIRS];
	unsigned int reserve_made[IOMMU_BOUNCE_CLASSES][IOMMU_BOUNCE_DIRS];
	unsigned int reserve_target[IOMMU_BOUNCE_CLASSES];
	/* One at a time fills the reserve, or says what it has to hold. */
	struct mutex reserve_mutex;
	struct iommu_bounce_slot *spares;
	unsigned int nr_spares;
	unsigned int spares_target;
	/* Singles that the IOMMU did not unmap */
	struct iommu_bounce_slot *lost_singles;

	/* Read by every unmap and sync of a direct mapping, written by singles */
	atomic_t nr_singles ____cacheline_aligned;
	unsigned int idle_max;		/* for each CPU; 0: the pool goes away */
	bool has_idle;			/* a CPU has some, or had */
	spinlock_t single_lock;		/* of changes to @singles */
	seqcount_spinlock_t single_seq;
	struct rb_root singles;

	/*
	 * Held for reading by who maps and unmaps slots when it suits the pool: the
	 * worker and the shrinker.  Their requests must not meet a change of what
	 * is attached to the domain.  While it is held, no allocation may wait for
	 * I/O: who waits for it may be the one that ends a device's standstill.
	 */
	struct rw_semaphore housekeeping;
	atomic_t paused;		/* so many want no requests, now or soon */
	bool shrink;			/* the worker is to give back all that is cached */
	struct delayed_work work;
	unsigned long last_look;	/* jiffies */
	unsigned long no_growth_before;	/* jiffies */
	atomic_long_t from_reserve;
	atomic_long_t failed;
	atomic_long_t lost;
	atomic_long_t invalid;
};

static inline u32 iommu_bounce_granule(const struct iommu_bounce_pool *pool)
{
	return 1U << pool->granule_shift;
}

/* Bytes of a slot of @class. */
static inline size_t iommu_bounce_class_size(const struct iommu_bounce_pool *pool,
					     unsigned int class)
{
	return (size_t)1 << (pool->granule_shift + class);
}

static inline unsigned int iommu_bounce_nr_blocks(const struct iommu_bounce_pool *pool,
						  size_t size)
{
	return DIV_ROUND_UP(size, (size_t)1 << pool->block_shift);
}

static inline unsigned long iommu_bounce_nr_pages(const struct iommu_bounce_pool *pool,
						  size_t size)
{
	return (unsigned long)iommu_bounce_nr_blocks(pool, size) <<
	       (pool->block_shift - PAGE_SHIFT);
}

static inline int iommu_bounce_kind_prot(const struct iommu_bounce_pool *pool,
					 unsigned int kind)
{
	return READ_ONCE(pool->extra[kind / IOMMU_BOUNCE_DIRS]) |
	       (kind % IOMMU_BOUNCE_DIRS + 1);
}

/* 0 as long as there is no window; who sees another size sees the base as well. */
static inline size_t iommu_bounce_window_size(const struct iommu_bounce_pool *pool)
{
	/* Pairs with the release in iommu_bounce_window_make(). */
	return smp_load_acquire(&pool->window_size);
}

/* Was there no IOVA for a window lately?  False also when jiffies wrapped since. */
static inline bool iommu_bounce_window_waits(const struct iommu_bounce_pool *pool)
{
	return READ_ONCE(pool->window_retry) - jiffies - 1 < HZ;
}

/* Is @iova in the window? */
static inline bool iommu_bounce_in_window(const struct iommu_bounce_pool *pool, dma_addr_t iova)
{
	size_t size = iommu_bounce_window_size(pool);

	return size && iova - pool->window_base < size;
}

/* Does a device that the IOMMU maps with @prot see the CPU's caches? */
static inline bool iommu_bounce_coherent(int prot)
{
	return prot & IOMMU_CACHE;
}

/* iommu-bounce-slot.c */
enum iommu_bounce_result iommu_bounce_fill(struct iommu_bounce_pool *pool,
					   struct iommu_bounce_slot *slot, gfp_t gfp);
void iommu_bounce_give_up(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
bool iommu_bounce_slot_unmap(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_empty(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
bool iommu_bounce_drop(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
enum iommu_bounce_result iommu_bounce_slot_map_nosync(struct iommu_bounce_pool *pool,
						      struct iommu_bounce_slot *slot, gfp_t gfp);
enum iommu_bounce_result iommu_bounce_slot_map(struct iommu_bounce_pool *pool,
					       struct iommu_bounce_slot *slot, gfp_t gfp);
bool iommu_bounce_window_make(struct iommu_bounce_pool *pool, u64 limit);
struct iommu_bounce_slot *iommu_bounce_slot_at(struct iommu_bounce_pool *pool,
					       dma_addr_t iova);
struct iommu_bounce_slot *iommu_bounce_slot_take(struct iommu_bounce_pool *pool,
						 unsigned int class, gfp_t gfp);
enum iommu_bounce_result iommu_bounce_slot_new(struct iommu_bounce_pool *pool,
					       unsigned int class, unsigned int kind,
					       gfp_t gfp, struct iommu_bounce_slot **slot);
void iommu_bounce_slot_free(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
bool iommu_bounce_slot_evict(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_chunks_free(struct iommu_bounce_pool *pool);

/* iommu-bounce-pool.c */
enum iommu_bounce_result iommu_bounce_acquire(struct iommu_bounce_pool *pool,
					      const struct iommu_bounce_dev *dev,
					      size_t size, int prot, unsigned int flags,
					      struct iommu_bounce_slot **slot);
bool iommu_bounce_release(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
struct iommu_bounce_slot *iommu_bounce_find(struct iommu_bounce_pool *pool,
					    dma_addr_t iova, size_t size);

bool iommu_bounce_reaches_window(struct iommu_bounce_pool *pool, u64 limit);
unsigned long iommu_bounce_cached(struct iommu_bounce_pool *pool, unsigned int class);

/* iommu-bounce-magazine.c */
struct iommu_bounce_slot *iommu_bounce_cache_get(struct iommu_bounce_pool *pool,
						 unsigned int class, unsigned int kind);
void iommu_bounce_cache_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_depot_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *batch,
			    unsigned int nr);
struct iommu_bounce_slot *iommu_bounce_depot_get(struct iommu_bounce_pool *pool,
						 unsigned int class, unsigned int kind,
						 unsigned int max, unsigned int *nr);
unsigned int iommu_bounce_depot_idle(struct iommu_bounce_pool *pool, unsigned int class,
				     unsigned int kind);
void iommu_bounce_magazines_drain(struct iommu_bounce_pool *pool, bool idle_only);
unsigned int iommu_bounce_batch(unsigned int class);

/* iommu-bounce-single.c */
enum iommu_bounce_result iommu_bounce_single_new(struct iommu_bounce_pool *pool,
						 size_t size, int prot, u64 limit,
						 struct iommu_bounce_slot **slot);
enum iommu_bounce_result iommu_bounce_spare_new(struct iommu_bounce_pool *pool, int prot,
						u64 limit, struct iommu_bounce_slot **slot);
struct iommu_bounce_single *iommu_bounce_single_alloc(struct iommu_bounce_pool *pool,
						      size_t size, gfp_t gfp);
enum iommu_bounce_result iommu_bounce_single_at(struct iommu_bounce_pool *pool,
						dma_addr_t addr, phys_addr_t phys,
						size_t size, int prot,
						struct iommu_bounce_slot **slot);
struct iommu_bounce_slot *iommu_bounce_single_find(struct iommu_bounce_pool *pool,
						   dma_addr_t iova, size_t size);
void iommu_bounce_single_remove(struct iommu_bounce_pool *pool,
				struct iommu_bounce_single *single);
bool iommu_bounce_single_free(struct iommu_bounce_pool *pool,
			      struct iommu_bounce_single *single);
void iommu_bounce_singles_free(struct iommu_bounce_pool *pool);
unsigned long iommu_bounce_idle(struct iommu_bounce_pool *pool);
unsigned long iommu_bounce_idle_free(struct iommu_bounce_pool *pool, bool unused_only);
dma_addr_t iommu_bounce_iova_get(struct iommu_bounce_pool *pool, size_t size, u64 limit);
void iommu_bounce_iova_put(struct iommu_bounce_pool *pool, dma_addr_t iova, size_t size);

static inline struct iommu_bounce_single *
iommu_bounce_to_single(struct iommu_bounce_slot *slot)
{
	return container_of(slot, struct iommu_bounce_single, slot);
}

/* iommu-bounce-reserve.c */
struct iommu_bounce_slot *iommu_bounce_reserve_get(struct iommu_bounce_pool *pool,
						   unsigned int class, int prot, u64 limit);
void iommu_bounce_reserve_put(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
struct iommu_bounce_single *iommu_bounce_spare_get(struct iommu_bounce_pool *pool);
bool iommu_bounce_spare_put(struct iommu_bounce_pool *pool,
			    struct iommu_bounce_single *single);
bool iommu_bounce_reserve_refill(struct iommu_bounce_pool *pool, gfp_t gfp);
void iommu_bounce_reserve_free(struct iommu_bounce_pool *pool);

/* iommu-bounce-reclaim.c */
bool iommu_bounce_has_queue(void);
void iommu_bounce_worker(struct work_struct *work);
void iommu_bounce_want(struct iommu_bounce_pool *pool, unsigned int class, unsigned int kind);
void iommu_bounce_look(struct iommu_bounce_pool *pool);
void iommu_bounce_kick(struct iommu_bounce_pool *pool);
void iommu_bounce_evict_all(struct iommu_bounce_pool *pool);

/* iommu-bounce-copy.c */
void iommu_bounce_prefetch(phys_addr_t phys, size_t size);
void iommu_bounce_slot_surround(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
				u32 start, u32 end);
void iommu_bounce_slot_scrub(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			     const struct iommu_bounce_dev *dev, u32 start, u32 end);
enum iommu_bounce_result iommu_bounce_slot_link(struct iommu_bounce_pool *pool,
						struct iommu_bounce_slot *slot, u32 offset,
						phys_addr_t phys, size_t size);
void iommu_bounce_slot_invalidate(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
				  u32 start, u32 end);
void iommu_bounce_slot_out(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			   u32 start, u32 end);
void iommu_bounce_slot_in(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			  u32 start, u32 end);
void iommu_bounce_slot_unlink(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_slot_forget(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_slot_wipe(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot);
void iommu_bounce_slot_clean(struct iommu_bounce_pool *pool, struct iommu_bounce_slot *slot,
			     u32 start, u32 end);

/* iommu-bounce-ends.c */
enum iommu_bounce_result iommu_bounce_map_ends(struct iommu_bounce_pool *pool,
					       const struct iommu_bounce_dev *dev,
					       phys_addr_t phys, size_t size, int prot,
					       dma_addr_t *addr);
enum iommu_bounce_result iommu_bounce_unmap_ends(struct iommu_bounce_pool *pool,
						 struct iommu_bounce_slot *slot,
						 dma_addr_t addr, size_t size,
						 enum dma_data_direction dir,
						 unsigned long attrs);

#endif /* __IOMMU_BOUNCE_POOL_H */
