/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User space's stand-in for drivers/iommu/iommu-bounce-internal.h: the little of
 * the kernel that the bounce buffers use, made so that misuse is noticed.
 *
 * Physical pages, IOVA and the IOMMU's page table are modelled in shim.c.  The
 * page size is a constant of the build (PAGE_SHIFT), the granule a run-time one.
 */
#ifndef __IOMMU_BOUNCE_INTERNAL_H
#define __IOMMU_BOUNCE_INTERNAL_H

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;
typedef u32 gfp_t;

#ifndef PAGE_SHIFT
#define PAGE_SHIFT		12
#endif
#define PAGE_SIZE		BIT(PAGE_SHIFT)
#define L1_CACHE_BYTES		64
#define PHYS_PFN(phys)		((unsigned long)((phys) >> PAGE_SHIFT))
#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << PAGE_SHIFT)
#define offset_in_page(phys)	((unsigned long)(phys) & (PAGE_SIZE - 1))

#define SZ_512			0x00000200
#define SZ_256K			0x00040000
#define SZ_1M			0x00100000
#define SZ_4M			0x00400000
#define SZ_16M			0x01000000
#define SZ_64M			0x04000000
#define U8_MAX			((u8)~0U)
#define U16_MAX			((u16)~0U)
#define U32_MAX			((u32)~0U)

#define __user
#define __rcu
#define __percpu
#define ____cacheline_aligned	__attribute((aligned(64)))

#define BIT(nr)			(1UL << (nr))
#define DMA_BIT_MASK(n)		(~0ULL >> (64 - (n)))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define div_u64(n, d)		((u64)(n) / (u32)(d))
#define DIV_ROUND_UP(n, d)	({ __auto_type _d = (d); ((n) + _d - 1) / _d; })
#define ALIGN(x, a)		({ typeof(x) _m = (typeof(x))(a) - 1; ((x) + _m) & ~_m; })
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define ilog2(n)		(63 - __builtin_clzll(n))
#define min(a, b)		({ __auto_type _a = (a); __auto_type _b = (b); \
				   _a < _b ? _a : _b; })
#define max(a, b)		({ __auto_type _a = (a); __auto_type _b = (b); \
				   _a > _b ? _a : _b; })
#define abs_diff(a, b)		({ __auto_type _a = (a); __auto_type _b = (b); \
				   _a > _b ? _a - _b : _b - _a; })
#define min_t(t, a, b)		min((typeof(t))(a), (typeof(t))(b))
#define max_t(t, a, b)		max((typeof(t))(a), (typeof(t))(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	clamp((typeof(t))(v), (typeof(t))(lo), (typeof(t))(hi))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof(*(a)))
#define container_of(p, t, m)	((typeof(t) *)((char *)(p) - offsetof(t, m)))

/* A warning of the kernel's ends the test, if no IOMMU refused to unmap. */
#define WARN_ON(cond)		({ bool _c = (cond); if (_c) shim_warn("warning: " #cond); _c; })
#define WARN_ON_ONCE(cond)	({ bool _c = (cond); if (_c) shim_die("warning: " #cond); _c; })
#define lockdep_is_held(lock)	(__atomic_load_n(&(lock)->locked, __ATOMIC_RELAXED))
#define cond_resched()		shim_resched()

noreturn void shim_die(const char *what);
void shim_warn(const char *what);
void shim_resched(void);

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
/* C11's memory model in the place of the kernel's: here acquire, */
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
/* and here release */
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

typedef struct { int v; } atomic_t;
typedef struct { s64 v; } atomic_long_t;
#define atomic_read(a)		READ_ONCE((a)->v)
#define atomic_inc(a)		((void)__atomic_fetch_add(&(a)->v, 1, __ATOMIC_RELAXED))
#define atomic_dec(a)		((void)__atomic_fetch_sub(&(a)->v, 1, __ATOMIC_RELAXED))
#define atomic_dec_and_test(a)	(!__atomic_sub_fetch(&(a)->v, 1, __ATOMIC_SEQ_CST))
#define atomic_inc_return(a)	__atomic_add_fetch(&(a)->v, 1, __ATOMIC_SEQ_CST)
#define atomic_xchg(a, n)	__atomic_exchange_n(&(a)->v, n, __ATOMIC_SEQ_CST)
#define atomic_long_inc(a)	atomic_inc(a)
#define atomic_long_read(a)	READ_ONCE((a)->v)

/* How deep this thread is in regions that may not sleep. */
extern __thread unsigned int shim_atomic;

typedef struct { u8 locked; } spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, false, __ATOMIC_RELAXED);
}

static inline void shim_lock(spinlock_t *lock)
{
	unsigned int spins = 0;

	shim_atomic++;
	while (__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
			if (++spins % 1024 == 0)	/* its owner may not be running */
				sched_yield();
}

static inline void shim_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, false, __ATOMIC_RELEASE);
	shim_atomic--;
}

static inline bool shim_trylock(spinlock_t *lock)
{
	if (__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE))
		return false;
	shim_atomic++;
	return true;
}

#define spin_trylock_irqsave(lock, flags)	({ (flags) = 0; shim_trylock(lock); })
#define spin_lock_irqsave(lock, flags)		do { (flags) = 0; shim_lock(lock); } while (0)
#define spin_unlock_irqrestore(lock, flags)	do { (void)(flags); shim_unlock(lock); } while (0)

/* Locks that this thread holds and may sleep under, and whether it must not wait for I/O. */
extern __thread unsigned int shim_held;
extern __thread bool shim_noio;

static inline unsigned int memalloc_noio_save(void)
{
	bool before = shim_noio;

	shim_noio = true;
	return before;
}

static inline void memalloc_noio_restore(unsigned int before)
{
	shim_noio = before;
}

struct mutex {
	spinlock_t lock;	/* held by sleepers: no region that may not sleep */
};

static inline void mutex_init(struct mutex *mutex)
{
	spin_lock_init(&mutex->lock);
}

static inline void mutex_lock(struct mutex *mutex)
{
	if (shim_atomic)
		shim_die("mutex where sleeping is not allowed");
	shim_lock(&mutex->lock);
	shim_atomic--;
	shim_held++;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	shim_held--;
	shim_atomic++;
	shim_unlock(&mutex->lock);
}

struct rw_semaphore {
	int holders;		/* -1: for writing */
};

extern void (*shim_writer_hook)(void);	/* called before one waits for readers */

static inline void init_rwsem(struct rw_semaphore *sem)
{
	__atomic_store_n(&sem->holders, 0, __ATOMIC_RELAXED);
}

static inline bool shim_rwsem_take(struct rw_semaphore *sem, bool write)
{
	int holders = __atomic_load_n(&sem->holders, __ATOMIC_RELAXED);
	bool taken = (write ? !holders : holders >= 0) &&
		     __atomic_compare_exchange_n(&sem->holders, &holders, write ? -1 : holders + 1,
						 false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);

	shim_held += taken;
	return taken;
}

void shim_rwsem_wait(struct rw_semaphore *sem, bool write);
#define down_read(sem)		shim_rwsem_wait(sem, false)
#define down_write(sem)		shim_rwsem_wait(sem, true)
#define down_read_trylock(sem)	shim_rwsem_take(sem, false)

static inline void up_read(struct rw_semaphore *sem)
{
	shim_held--;
	__atomic_fetch_sub(&sem->holders, 1, __ATOMIC_RELEASE);
}

static inline void up_write(struct rw_semaphore *sem)
{
	shim_held--;
	__atomic_store_n(&sem->holders, 0, __ATOMIC_RELEASE);
}

/* Readers order their plain loads by acquire fences on both sides. */
typedef struct { u32 seq; } seqcount_spinlock_t;
#define seqcount_spinlock_init(s, lock)	((s)->seq = 0, (void)(lock))

static inline unsigned int read_seqcount_begin(seqcount_spinlock_t *s)
{
	unsigned int seq;

	while ((seq = __atomic_load_n(&s->seq, __ATOMIC_ACQUIRE)) & 1)
		sched_yield();
	return seq;
}

static inline bool read_seqcount_retry(seqcount_spinlock_t *s, unsigned int seq)
{
	/* A read-modify-write orders what comes before it; TSan knows no fences. */
	return __atomic_fetch_add(&s->seq, 0, __ATOMIC_ACQ_REL) != seq;
}

static inline void write_seqcount_begin(seqcount_spinlock_t *s)
{
	__atomic_fetch_add(&s->seq, 1, __ATOMIC_ACQ_REL);
}

static inline void write_seqcount_end(seqcount_spinlock_t *s)
{
	__atomic_fetch_add(&s->seq, 1, __ATOMIC_RELEASE);
}

/* RCU: with threads running, objects are kept until shim_rcu_drain(). */
struct rcu_head {
	struct rcu_head *next;
	void *object;
};

extern __thread unsigned int shim_rcu;
extern __thread struct rcu_head *shim_rcu_freed;	/* by the reader itself */
extern bool shim_rcu_waits;		/* synchronize_rcu() does, for other threads */
void shim_rcu_enter(void);
void shim_rcu_leave(void);

static inline void rcu_read_lock(void)
{
	if (!shim_rcu++ && shim_rcu_waits)
		shim_rcu_enter();
}

static inline void rcu_read_unlock(void)
{
	if (!--shim_rcu && (shim_rcu_waits || shim_rcu_freed))
		shim_rcu_leave();
}

void synchronize_rcu(void);

/* Called before a reader goes on, to change what it reads. */
extern void (*shim_rcu_hook)(void);
#define rcu_dereference_raw(p)		({ if (shim_rcu_hook) shim_rcu_hook(); \
					   __atomic_load_n(&(p), __ATOMIC_ACQUIRE); })
#define rcu_dereference(p)		({ if (!shim_rcu) shim_die("no RCU lock"); \
					   rcu_access_pointer(p); })
#define rcu_dereference_protected(p, c)	({ if (!(c)) shim_die("not protected: " #p); \
					   rcu_access_pointer(p); })
#define rcu_access_pointer(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define kfree_rcu(p, member)	({ __auto_type _p = (p); \
				   shim_free_rcu(_p, offsetof(typeof(*_p), member)); })
#define kvfree_rcu(p, member)	kfree_rcu(p, member)
void shim_free_rcu(void *object, size_t head);

/* The tree: not balanced, which no caller can tell. */
struct rb_node {
	struct rb_node *parent, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT				((struct rb_root) { NULL })
#define rb_entry(p, t, m)		container_of(p, t, m)
static inline void rb_link_node_rcu(struct rb_node *node, struct rb_node *parent,
				    struct rb_node **link)
{
	node->parent = parent;
	WRITE_ONCE(node->rb_left, NULL);
	WRITE_ONCE(node->rb_right, NULL);
	rcu_assign_pointer(*link, node);
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	(void)node;
	(void)root;
}

void rb_erase(struct rb_node *node, struct rb_root *root);

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void list_add(struct list_head *new, struct list_head *head)
{
	new->next = head->next;
	new->prev = head;
	head->next->prev = new;
	head->next = new;
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline struct list_head *shim_list_first(struct list_head *head)
{
	return head->next == head ? NULL : head->next;
}

#define list_first_entry_or_null(h, t, m) \
	({ struct list_head *_first = shim_list_first(h); \
	   _first ? container_of(_first, t, m) : NULL; })

/* Per-CPU data: a thread says which CPU it is on. */
#define SHIM_CPUS	4
#define SHIM_CPU_STRIDE	8192
extern __thread unsigned int shim_cpu;
void *shim_alloc_percpu(size_t size, gfp_t gfp);
void free_percpu(void *p);
#define alloc_percpu_gfp(t, gfp)	((typeof(t) *)shim_alloc_percpu(sizeof(t), gfp))
#define per_cpu_ptr(p, cpu)		((typeof(p))((char *)(p) + (cpu) * SHIM_CPU_STRIDE))
#define raw_cpu_ptr(p)			per_cpu_ptr(p, shim_cpu)
#define this_cpu_add(x, n)		({ __auto_type _p = raw_cpu_ptr(&(x)); \
					   WRITE_ONCE(*_p, READ_ONCE(*_p) + (n)); })
#define this_cpu_inc(x)			this_cpu_add(x, 1)
#define this_cpu_dec(x)			this_cpu_add(x, -1)
#define this_cpu_add_return(x, n)	({ __auto_type _p = raw_cpu_ptr(&(x)); \
					   __auto_type _v = READ_ONCE(*_p) + (n); \
					   WRITE_ONCE(*_p, _v); _v; })
#define this_cpu_inc_return(x)		this_cpu_add_return(x, 1)
#define this_cpu_dec_return(x)		this_cpu_add_return(x, -1)
#define this_cpu_read(x)		READ_ONCE(*raw_cpu_ptr(&(x)))
#define this_cpu_write(x, v)		WRITE_ONCE(*raw_cpu_ptr(&(x)), v)
extern unsigned int shim_online_cpus;
#define num_online_cpus()		shim_online_cpus
#define for_each_possible_cpu(cpu) \
	for (unsigned int *_cpu = shim_first_cpu(&(cpu)); *_cpu < SHIM_CPUS; (*_cpu)++)
extern unsigned long shim_cpu_walks;	/* over all CPUs */
static inline unsigned int *shim_first_cpu(unsigned int *cpu)
{
	__atomic_fetch_add(&shim_cpu_walks, 1, __ATOMIC_RELAXED);
	*cpu = 0;
	return cpu;
}

extern unsigned long shim_jiffies;
#define HZ			100
#define jiffies			READ_ONCE(shim_jiffies)
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	(!time_before(a, b))

/* Work is run by shim_run_work() when its time has come. */
struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	struct delayed_work *next;
	bool pending;
	unsigned long due;
};

#define WQ_UNBOUND	BIT(1)
#define WQ_FREEZABLE	BIT(2)
struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active);
#define __init
#define core_initcall(fn) \
	static __attribute((constructor)) void call_##fn(void) \
	{ \
		if (fn()) \
			shim_die(#fn); \
	}
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define INIT_DELAYED_WORK(w, f)	((w)->work.func = (f))
void shim_queue_work(struct workqueue_struct *wq, struct delayed_work *work,
		     unsigned long delay, bool mod);
#define queue_delayed_work(wq, w, d)	shim_queue_work(wq, w, d, false)
#define mod_delayed_work(wq, w, d)	shim_queue_work(wq, w, d, true)
void cancel_delayed_work_sync(struct delayed_work *work);

#define GFP_NOWAIT		0U
#define GFP_KERNEL		1U	/* may sleep */
#define __GFP_NOWARN		2U
#define __GFP_NORETRY		4U
#define __GFP_ZERO		8U
#define GFP_ATOMIC		16U	/* may use the kernel's reserves */
#define gfpflags_allow_blocking(gfp)	((gfp) & GFP_KERNEL)
void *shim_zalloc(size_t size, gfp_t gfp);
void *shim_kvzalloc(size_t size, gfp_t gfp);
void kfree(void *p);
#define kzalloc(size, gfp)		shim_zalloc(size, gfp)
#define kvzalloc(size, gfp)		shim_kvzalloc(size, gfp)
#define kvfree(p)			kfree(p)
#define kvzalloc_obj(x, gfp)		((typeof(x) *)shim_kvzalloc(sizeof(x), gfp))
#define kzalloc_objs(x, n, gfp)		((typeof(x) *)shim_zalloc(sizeof(x) * (n), gfp))
#define kzalloc_flex(x, fam, n, gfp) \
	((typeof(x) *)shim_zalloc(sizeof(x) + sizeof((x).fam[0]) * (n), gfp))
#define struct_size(p, fam, n)		offsetof(typeof(*(p)), fam[n])

struct page;
struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
bool pfn_valid(unsigned long pfn);
struct page *pfn_to_page(unsigned long pfn);
bool PageHighMem(struct page *page);
phys_addr_t page_to_phys(struct page *page);
void *phys_to_virt(phys_addr_t phys);
void *kmap_local_pfn(unsigned long pfn);
void kunmap_local(void *p);
/* As on x86-64. */
#define prefetch(p)		__builtin_prefetch(p, 0, 0)

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE };
#define DMA_ATTR_SKIP_CPU_SYNC	BIT(5)
void arch_sync_dma_for_device(phys_addr_t phys, size_t size, enum dma_data_direction dir);
void arch_sync_dma_for_cpu(phys_addr_t phys, size_t size, enum dma_data_direction dir);
void arch_sync_dma_flush(void);
void kmsan_unpoison_memory(const void *p, size_t size);

#define IOMMU_READ		1
#define IOMMU_WRITE		2
#define IOMMU_CACHE		4
#define IOMMU_PRIV		32

struct iommu_domain;
int iommu_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys, size_t size,
	      int prot, gfp_t gfp);
int iommu_map_nosync_left(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
			  size_t size, int prot, gfp_t gfp, size_t *left);
int iommu_sync_map(struct iommu_domain *domain, unsigned long iova, size_t size);
size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size);
phys_addr_t iommu_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);

/* Tracepoints: nobody looks at them here. */
static inline void shim_trace(const struct iommu_domain *domain, ...)
{
	(void)domain;
}

#define trace_iommu_bounce_alloc	shim_trace
#define trace_iommu_bounce_choice	shim_trace
#define trace_iommu_bounce_evict	shim_trace
#define trace_iommu_bounce_failed	shim_trace
#define trace_iommu_bounce_fallback	shim_trace
#define trace_iommu_bounce_grow		shim_trace
#define trace_iommu_bounce_link		shim_trace
#define trace_iommu_bounce_map		shim_trace
#define trace_iommu_bounce_unlink	shim_trace
#define trace_iommu_bounce_unmap	shim_trace

struct iova_domain {
	struct iommu_domain *domain;
	unsigned long granule;
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long first;	/* what used[0] is about */
	u8 *used;
	spinlock_t lock;	/* of @used */
};

unsigned long alloc_iova_fast(struct iova_domain *iovad, unsigned long size,
			      unsigned long limit_pfn, bool flush_rcache);
void free_iova_fast(struct iova_domain *iovad, unsigned long pfn, unsigned long size);

#endif /* __IOMMU_BOUNCE_INTERNAL_H */
