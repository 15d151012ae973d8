// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel around the bounce buffers, in user space: memory, caches, IOVA, the
 * IOMMU and its device, work, and RCU.
 */
#include <pthread.h>

#include "shim.h"

#define SHIM_PFNS	BIT(18)

/*
 * @cpu is what the CPU sees.  For non-coherent devices @mem is the memory
 * itself, and @line what the cache believes to be in memory: a line of which
 * @cpu differs from @line is dirty.
 */
struct page {
	u8 *cpu, *mem, *line;
	u8 *block;		/* in the first page: what to free */
	bool used;
	bool high;		/* not in the linear mapping */
	long reach;		/* entries of the IOMMU's page table that lead here */
};

struct pte {
	phys_addr_t phys;
	int prot;		/* 0: none */
	bool refused;		/* to be unmapped */
	bool unsynced;		/* since it was mapped */
};

struct iommu_domain {
	u32 shift;
	unsigned long first, nr;	/* granules */
	struct pte *ptes;
	spinlock_t lock;		/* of @ptes */
};

struct shim shim;
__thread unsigned int shim_atomic, shim_rcu, shim_cpu, shim_held;
__thread bool shim_noio;
__thread struct rcu_head *shim_rcu_freed;
static __thread unsigned int rcu_phase;
static unsigned int rcu_phases, rcu_readers[2];
bool shim_rcu_waits;
unsigned long shim_cpu_walks;
void (*shim_rcu_hook)(void);
void (*shim_sleep_hook)(void);
void (*shim_map_hook)(dma_addr_t iova);
void (*shim_unmap_hook)(void);
void (*shim_resched_hook)(void);
void (*shim_grace_hook)(void);
void (*shim_writer_hook)(void);
unsigned int shim_online_cpus = SHIM_CPUS;
unsigned long shim_jiffies = ULONG_MAX - 1000;	/* wraps soon, as in the kernel */

static struct page pages[SHIM_PFNS];
static unsigned long next_pfn = 1, pieces;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct delayed_work *works;
static struct rcu_head *rcu_garbage;

void shim_die(const char *what)
{
	fprintf(stderr, "shim: %s\n", what);
	abort();
}

void shim_warn(const char *what)
{
	if (!shim.refused)
		shim_die(what);
	shim.warned++;
}

static void count(long *counter, long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* Is it the turn of this call to fail? */
static bool turn(void)
{
	bool fail = __atomic_add_fetch(&shim.calls, 1, __ATOMIC_RELAXED) == shim.fail_at;

	if (fail && shim.refuse_undo)
		shim.refuse_at = shim.unmaps + 1;
	return fail;
}

/* May this allocation succeed? */
static bool may_allocate(gfp_t gfp)
{
	if (gfp & GFP_KERNEL && (shim_atomic || shim_rcu))
		shim_die("sleeping allocation where sleeping is not allowed");
	if (gfp & GFP_KERNEL && shim_held && !shim_noio)
		shim_die("allocation that may wait for I/O under a lock");
	if (!(gfp & (GFP_KERNEL | __GFP_NOWARN)))
		shim_die("atomic allocation that would warn");
	if (gfp & GFP_KERNEL && shim_sleep_hook)
		shim_sleep_hook();
	return !turn() && !(shim.fail_atomic && !(gfp & GFP_KERNEL));
}

/* The same for what is memory in the kernel, too. */
static bool may_take_memory(gfp_t gfp)
{
	return may_allocate(gfp) && !(shim.fail_memory && !(gfp & (GFP_KERNEL | GFP_ATOMIC)));
}

void *shim_zalloc(size_t size, gfp_t gfp)
{
	void *p;

	if (!may_take_memory(gfp))
		return NULL;
	size = (size + 63) & ~63UL;
	p = aligned_alloc(64, size);
	if (!p)
		shim_die("out of memory");
	memset(p, 0, size);
	count(&shim.objects, 1);
	return p;
}

void kfree(void *p)
{
	if (p)
		count(&shim.objects, -1);
	free(p);
}

void *shim_kvzalloc(size_t size, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		shim_die("vmalloc() where an interrupt may be");
	return shim_zalloc(size, gfp);
}

void *shim_alloc_percpu(size_t size, gfp_t gfp)
{
	if (size > SHIM_CPU_STRIDE)
		shim_die("SHIM_CPU_STRIDE is too small");
	return shim_zalloc(SHIM_CPUS * SHIM_CPU_STRIDE, gfp);
}

void free_percpu(void *p)
{
	kfree(p);
}

void shim_free_rcu(void *object, size_t offset)
{
	struct rcu_head *head = object + offset;

	head->object = object;
	if (shim.threads) {
		pthread_mutex_lock(&lock);
		head->next = rcu_garbage;
		rcu_garbage = head;
		pthread_mutex_unlock(&lock);
	} else if (shim_rcu) {
		head->next = shim_rcu_freed;
		shim_rcu_freed = head;
	} else {
		kfree(object);
	}
}

static void free_all(struct rcu_head **garbage)
{
	struct rcu_head *head = *garbage, *next;

	for (*garbage = NULL; head; head = next) {
		next = head->next;
		kfree(head->object);
	}
}

void shim_rcu_enter(void)
{
	rcu_phase = __atomic_load_n(&rcu_phases, __ATOMIC_SEQ_CST) & 1;
	__atomic_add_fetch(&rcu_readers[rcu_phase], 1, __ATOMIC_SEQ_CST);
}

void shim_rcu_leave(void)
{
	free_all(&shim_rcu_freed);
	if (shim_rcu_waits)
		__atomic_sub_fetch(&rcu_readers[rcu_phase], 1, __ATOMIC_SEQ_CST);
}

void shim_rcu_drain(void)
{
	free_all(&rcu_garbage);
}

void synchronize_rcu(void)
{
	if (shim_atomic || shim_rcu)
		shim_die("waits for RCU readers where sleeping is not allowed");
	if (shim_grace_hook)
		shim_grace_hook();
	/* Twice, as a reader may have read the phase and not entered yet. */
	for (unsigned int i = 0, phase; i < 2; i++) {
		phase = __atomic_fetch_add(&rcu_phases, 1, __ATOMIC_SEQ_CST) & 1;
		while (__atomic_load_n(&rcu_readers[phase], __ATOMIC_SEQ_CST))
			sched_yield();
	}
}

void shim_rwsem_wait(struct rw_semaphore *sem, bool write)
{
	if (shim_atomic || shim_rcu)
		shim_die("semaphore where sleeping is not allowed");
	if (write && shim_writer_hook)
		shim_writer_hook();
	while (!shim_rwsem_take(sem, write)) {
		if (!shim.threads)
			shim_die("waits for itself");
		sched_yield();
	}
}

void shim_resched(void)
{
	if (shim_atomic || shim_rcu)
		shim_die("lets others run where sleeping is not allowed");
	if (shim_resched_hook)
		shim_resched_hook();
}

/* --- tree --- */

static void replace(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	struct rb_node **link = !old->parent ? &root->rb_node :
				old->parent->rb_left == old ? &old->parent->rb_left :
							      &old->parent->rb_right;

	rcu_assign_pointer(*link, new);
	if (new)
		new->parent = old->parent;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (!node->rb_left) {
		replace(root, node, node->rb_right);
		return;
	}
	if (!node->rb_right) {
		replace(root, node, node->rb_left);
		return;
	}
	for (next = node->rb_right; next->rb_left; )
		next = next->rb_left;
	if (next->parent != node) {
		replace(root, next, next->rb_right);
		rcu_assign_pointer(next->rb_right, node->rb_right);
		next->rb_right->parent = next;
	}
	replace(root, node, next);
	rcu_assign_pointer(next->rb_left, node->rb_left);
	next->rb_left->parent = next;
}

/* --- work --- */

struct workqueue_struct {
	unsigned int flags;
};

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active)
{
	static struct workqueue_struct queue;

	(void)name;
	(void)max_active;
	queue.flags = flags;
	return &queue;
}

void shim_queue_work(struct workqueue_struct *wq, struct delayed_work *work,
		     unsigned long delay, bool mod)
{
	/* It talks to the IOMMU, and must not hold up the CPU that misses. */
	if (wq->flags != (WQ_UNBOUND | WQ_FREEZABLE))
		shim_die("work on the wrong queue");
	pthread_mutex_lock(&lock);
	if (!work->pending) {
		work->next = works;
		works = work;
	}
	if (!work->pending || mod)
		work->due = jiffies + delay;
	work->pending = true;
	pthread_mutex_unlock(&lock);
}

/* Takes @work, or any that is due, off the list. */
static struct delayed_work *dequeue(struct delayed_work *work)
{
	struct delayed_work **link, *found = NULL;

	pthread_mutex_lock(&lock);
	for (link = &works; *link && !found; ) {
		if (work ? *link == work : !time_before(jiffies, (*link)->due)) {
			found = *link;
			*link = found->next;
			found->pending = false;
		} else {
			link = &(*link)->next;
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void cancel_delayed_work_sync(struct delayed_work *work)
{
	dequeue(work);
}

void shim_run_work(void)
{
	struct delayed_work *work = dequeue(NULL);

	if (work)
		work->work.func(&work->work);
}

void shim_pass(unsigned long ticks)
{
	while (ticks--) {
		WRITE_ONCE(shim_jiffies, shim_jiffies + 1);
		shim_run_work();
	}
}

/* --- memory --- */

/*
 * @nr pages, their memory in one piece or each by itself, so that nothing can
 * run from one page into the next unnoticed.
 */
static struct page *pages_new(unsigned long nr, unsigned long align, bool one_piece)
{
	unsigned long pfn, i, step = one_piece ? nr : 1;
	size_t size = step * PAGE_SIZE;
	bool wrapped = false;

	pthread_mutex_lock(&lock);
	for (pfn = next_pfn, i = 0; i < nr; ) {
		if (!i)
			pfn = (pfn + align - 1) & ~(align - 1);
		if (pfn + nr > SHIM_PFNS) {
			if (wrapped)
				shim_die("no physical memory left");
			wrapped = true;
			pfn = 1;
			i = 0;
		} else if (pages[pfn + i].used) {
			pfn += i + 1;
			i = 0;
		} else {
			i++;
		}
	}
	/* Neighbours often, so that they are mapped together, and not always. */
	next_pfn = pfn + nr + !(++pieces % 3);
	for (i = 0; i < nr; i++)
		pages[pfn + i].used = true;
	pthread_mutex_unlock(&lock);

	for (i = 0; i < nr; i++) {
		struct page *page = &pages[pfn + i];

		page->reach = 0;
		page->high = !one_piece;
		if (i % step) {
			page->cpu = page[-1].cpu + PAGE_SIZE;
			page->mem = shim.noncoherent ? page[-1].mem + PAGE_SIZE : page->cpu;
			page->line = shim.noncoherent ? page[-1].line + PAGE_SIZE : page->cpu;
			continue;
		}
		page->block = malloc(shim.noncoherent ? 3 * size : size);
		if (!page->block)
			shim_die("out of memory");
		page->cpu = page->block;
		page->mem = shim.noncoherent ? page->cpu + size : page->cpu;
		page->line = shim.noncoherent ? page->mem + size : page->cpu;
		memset(page->mem, 0xa5, size);
		memcpy(page->cpu, page->mem, size);
		memcpy(page->line, page->mem, size);
	}
	return &pages[pfn];
}

static void pages_free(struct page *page, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (!page[i].used)
			shim_die("page freed twice");
		free(page[i].block);
		page[i].block = NULL;
		page[i].cpu = NULL;
	}
	pthread_mutex_lock(&lock);
	for (i = 0; i < nr; i++)
		page[i].used = false;
	pthread_mutex_unlock(&lock);
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (node != SHIM_NODE)
		shim_die("memory of the wrong node");
	if (!may_take_memory(gfp))
		return NULL;
	page = pages_new(1UL << order, 1UL << order, true);
	if (gfp & __GFP_ZERO)
		memset(page->cpu, 0, PAGE_SIZE << order);
	count(&shim.pages, 1L << order);
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		if (page[i].reach && !shim.detached)
			shim_die("page freed that the device reaches");
	pages_free(page, 1UL << order);
	count(&shim.pages, -(1L << order));
}

/* Asked before bytes are fetched ahead. */
bool pfn_valid(unsigned long pfn)
{
	if (pfn >= SHIM_PFNS)
		shim_die("no memory could be there");
	return pages[pfn].used;
}

struct page *pfn_to_page(unsigned long pfn)
{
	if (pfn >= SHIM_PFNS)
		shim_die("no such page");
	return &pages[pfn];
}

bool PageHighMem(struct page *page)
{
	return page->high;
}

phys_addr_t page_to_phys(struct page *page)
{
	return PFN_PHYS(page - pages);
}

static struct page *page_at(phys_addr_t phys)
{
	struct page *page = pfn_to_page(PHYS_PFN(phys));

	if (!page->cpu)
		shim_die("access to a page that is free");
	return page;
}

void *phys_to_virt(phys_addr_t phys)
{
	struct page *page = page_at(phys);

	if (page->high)
		shim_die("high memory is not in the linear mapping");
	return page->cpu + offset_in_page(phys);
}

void *kmap_local_pfn(unsigned long pfn)
{
	count(&shim.kmaps, 1);
	return page_at(PFN_PHYS(pfn))->cpu;
}

void kunmap_local(void *p)
{
	(void)p;
	count(&shim.kmaps, -1);
}

void kmsan_unpoison_memory(const void *p, size_t size)
{
	(void)p;
	count(&shim.unpoisoned, size);
}

phys_addr_t shim_buffer_new(size_t size)
{
	return page_to_phys(pages_new(DIV_ROUND_UP(size, PAGE_SIZE), SZ_1M / PAGE_SIZE, false));
}

void shim_buffer_free(phys_addr_t phys, size_t size)
{
	pages_free(pfn_to_page(PHYS_PFN(phys)), DIV_ROUND_UP(size, PAGE_SIZE));
}

/* --- caches --- */

struct cache_op {
	phys_addr_t phys;
	size_t size;
	bool clean, invalidate;
};

static __thread struct cache_op *ops;
static __thread size_t nr_ops, max_ops;

static void cache_op(phys_addr_t phys, size_t size, bool clean, bool invalidate)
{
	if (!shim.noncoherent)
		return;
	if (nr_ops == max_ops) {
		max_ops = max_ops ? 2 * max_ops : 64;
		ops = realloc(ops, max_ops * sizeof(*ops));
		if (!ops)
			shim_die("out of memory");
	}
	ops[nr_ops++] = (struct cache_op){ phys, size, clean, invalidate };
}

/*
 * One line: written back if asked for, then fetched again if asked.  Bytes tell
 * nothing of a write that changed none, so who cleans has written the line.
 */
static void line_op(struct page *page, size_t offset, bool clean, bool invalidate)
{
	u8 *cpu = page->cpu + offset, *mem = page->mem + offset, *line = page->line + offset;

	if (clean) {
		memcpy(mem, cpu, SHIM_LINE);
		memcpy(line, cpu, SHIM_LINE);
	}
	if (invalidate) {
		memcpy(cpu, mem, SHIM_LINE);
		memcpy(line, mem, SHIM_LINE);
	}
}

/* Operations take effect no earlier than here. */
void arch_sync_dma_flush(void)
{
	size_t i;
	phys_addr_t phys;

	for (i = 0; i < nr_ops; i++)
		for (phys = ops[i].phys & ~(phys_addr_t)(SHIM_LINE - 1);
		     phys < ops[i].phys + ops[i].size; phys += SHIM_LINE)
			line_op(page_at(phys), offset_in_page(phys), ops[i].clean,
				ops[i].invalidate);
	free(ops);
	ops = NULL;
	nr_ops = 0;
	max_ops = 0;
}

/* For DMA_FROM_DEVICE lines are dropped: what the CPU wrote before is lost. */
void arch_sync_dma_for_device(phys_addr_t phys, size_t size, enum dma_data_direction dir)
{
	count(&shim.for_device, size);
	cache_op(phys, size, dir != DMA_FROM_DEVICE, dir != DMA_TO_DEVICE);
}

void arch_sync_dma_for_cpu(phys_addr_t phys, size_t size, enum dma_data_direction dir)
{
	if (dir != DMA_TO_DEVICE)
		cache_op(phys, size, false, true);
}

void shim_cache_evict(u32 (*random)(void *state), void *state)
{
	unsigned long pfn;
	size_t offset;
	bool dirty;

	for (pfn = 1; pfn < next_pfn; pfn++) {
		if (!pages[pfn].used || random(state) % 4)
			continue;
		offset = random(state) % PAGE_SIZE & ~(size_t)(SHIM_LINE - 1);
		dirty = memcmp(pages[pfn].cpu + offset, pages[pfn].line + offset, SHIM_LINE);
		line_op(&pages[pfn], offset, dirty, true);
	}
}

void shim_cpu_read(phys_addr_t phys, void *data, size_t size)
{
	size_t part;

	for (; size; size -= part, phys += part, data = (u8 *)data + part) {
		part = min_t(size_t, size, PAGE_SIZE - offset_in_page(phys));
		memcpy(data, page_at(phys)->cpu + offset_in_page(phys), part);
	}
}

void shim_cpu_write(phys_addr_t phys, const void *data, size_t size)
{
	size_t part;

	for (; size; size -= part, phys += part, data = (const u8 *)data + part) {
		part = min_t(size_t, size, PAGE_SIZE - offset_in_page(phys));
		memcpy(page_at(phys)->cpu + offset_in_page(phys), data, part);
	}
}

/* --- IOVA and IOMMU --- */

struct iommu_domain *shim_domain_new(struct iova_domain *iovad, u32 granule, u64 start, u64 end)
{
	struct iommu_domain *domain = calloc(1, sizeof(*domain));

	domain->shift = ilog2(granule);
	domain->first = start >> domain->shift;
	domain->nr = ((end - start) >> domain->shift) + 1;
	domain->ptes = calloc(domain->nr, sizeof(*domain->ptes));
	iovad->domain = domain;
	iovad->granule = granule;
	iovad->start_pfn = domain->first ? domain->first : 1;
	iovad->first = domain->first;
	iovad->end_pfn = domain->first + domain->nr;
	iovad->used = calloc(domain->nr, 1);
	if (!domain->ptes || !iovad->used)
		shim_die("out of memory");
	spin_lock_init(&domain->lock);
	spin_lock_init(&iovad->lock);
	return domain;
}

void shim_domain_free(struct iommu_domain *domain, struct iova_domain *iovad)
{
	free(iovad->used);
	free(domain->ptes);
	free(domain);
}

static struct pte *pte_at(struct iommu_domain *domain, dma_addr_t iova)
{
	unsigned long granule = iova >> domain->shift;

	if (granule < domain->first || granule - domain->first >= domain->nr)
		return NULL;
	return &domain->ptes[granule - domain->first];
}

static void reach(phys_addr_t phys, size_t size, long n)
{
	unsigned long pfn;

	for (pfn = PHYS_PFN(phys); pfn <= PHYS_PFN(phys + size - 1); pfn++)
		count(&pfn_to_page(pfn)->reach, n);
}

unsigned long alloc_iova_fast(struct iova_domain *iovad, unsigned long size,
			      unsigned long limit_pfn, bool flush_rcache)
{
	unsigned long align = 1UL << (size > 1 ? ilog2(size - 1) + 1 : 0), pfn, i;

	(void)flush_rcache;
	if (!may_allocate(__GFP_NOWARN))
		return 0;
	shim_lock(&iovad->lock);
	pfn = min(limit_pfn + 1, iovad->end_pfn);
	pfn = pfn < size ? 0 : (pfn - size) & ~(align - 1);
	for (;; pfn = pfn > align ? pfn - align : 0) {
		if (pfn < iovad->start_pfn) {
			pfn = 0;
			break;
		}
		for (i = 0; i < size && !iovad->used[pfn + i - iovad->first]; i++)
			;
		if (i == size)
			break;
	}
	if (pfn) {
		memset(iovad->used + pfn - iovad->first, 1, size);
		count(&shim.granules, size);
	}
	shim_unlock(&iovad->lock);
	return pfn;
}

void free_iova_fast(struct iova_domain *iovad, unsigned long pfn, unsigned long size)
{
	unsigned long i;

	shim_lock(&iovad->lock);
	for (i = 0; i < size; i++) {
		if (!iovad->used[pfn + i - iovad->first])
			shim_die("IOVA freed twice");
		if (iovad->domain->ptes[pfn + i - iovad->first].prot && !shim.detached)
			shim_die("IOVA freed that is mapped");
		iovad->used[pfn + i - iovad->first] = 0;
	}
	count(&shim.granules, -(long)size);
	shim_unlock(&iovad->lock);
}

int iommu_map_nosync_left(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
			  size_t size, int prot, gfp_t gfp, size_t *left)
{
	unsigned long mask = (1UL << domain->shift) - 1, offset;
	struct pte *pte;
	bool fails;

	*left = 0;

	if ((iova | phys | size) & mask || !size || !(prot & (IOMMU_READ | IOMMU_WRITE)))
		shim_die("bad request to the IOMMU");
	__atomic_fetch_add(&shim.maps, 1, __ATOMIC_RELAXED);
	fails = !may_take_memory(gfp);
	if (fails && !(shim.refuse_undo && shim.refuse_part))
		return -ENOMEM;
	/* It fails after the first granule, and that was the undoing which fails as well. */
	if (fails) {
		size = mask + 1;
		*left = size;
		shim.refuse_at = 0;
	}
	shim_lock(&domain->lock);
	for (offset = 0; offset < size; offset += mask + 1) {
		pte = pte_at(domain, iova + offset);
		if (!pte || pte->prot)
			shim_die("mapped twice, or outside the aperture");
		pte->phys = phys + offset;
		pte->prot = prot;
		pte->refused = fails;
		pte->unsynced = true;
		reach(pte->phys, mask + 1, 1);
	}
	count(&shim.entries, size >> domain->shift);
	if (fails)
		count(&shim.refused, 1);
	shim_unlock(&domain->lock);
	if (shim_map_hook)
		shim_map_hook(iova);
	return fails ? -ENOMEM : 0;
}

int iommu_sync_map(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	unsigned long mask = (1UL << domain->shift) - 1, offset;
	struct pte *pte;

	if (turn())
		return -ENOMEM;
	shim_lock(&domain->lock);
	for (offset = 0; offset < size; offset += mask + 1) {
		pte = pte_at(domain, iova + offset);
		if (!pte || !pte->prot)
			shim_die("synced what is not mapped");
		pte->unsynced = false;
	}
	shim_unlock(&domain->lock);
	return 0;
}

int iommu_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys, size_t size,
	      int prot, gfp_t gfp)
{
	size_t left;
	int error;

	error = iommu_map_nosync_left(domain, iova, phys, size, prot, gfp, &left);
	if (!error && iommu_sync_map(domain, iova, size)) {
		iommu_unmap(domain, iova, size);
		error = -ENOMEM;
	}
	return error;
}

size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	unsigned long call = __atomic_add_fetch(&shim.unmaps, 1, __ATOMIC_RELAXED);
	bool refuse = shim.refuse_unmap || call == shim.refuse_at;
	unsigned long mask = (1UL << domain->shift) - 1, offset;
	struct pte *pte;

	if (shim_unmap_hook)
		shim_unmap_hook();
	shim_lock(&domain->lock);
	for (offset = 0; offset < size; offset += mask + 1) {
		pte = pte_at(domain, iova + offset);
		if (!pte || !pte->prot)
			shim_die("unmapped what is not mapped");
		if (pte->refused)
			shim_die("unmapped what will never be");
		if (refuse) {
			pte->refused = true;
			continue;
		}
		reach(pte->phys, mask + 1, -1);
		pte->prot = 0;
	}
	count(refuse ? &shim.refused : &shim.entries,
	      (refuse ? 1 : -1) * (long)(size >> domain->shift));
	shim_unlock(&domain->lock);
	return refuse ? 0 : size;
}

phys_addr_t iommu_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct pte *pte = pte_at(domain, iova);

	return pte && pte->prot ? pte->phys + (iova & ((1UL << domain->shift) - 1)) : 0;
}

/* --- device --- */

static bool device_access(struct iommu_domain *domain, dma_addr_t iova, u8 *data, size_t size,
			  int prot, bool write)
{
	size_t part, offset;
	struct pte *pte;
	phys_addr_t phys;
	u8 *mem;

	for (; size; size -= part, iova += part, data += part) {
		offset = iova & ((1UL << domain->shift) - 1);
		pte = pte_at(domain, iova);
		if (!pte || !pte->prot || (pte->prot & prot) != prot)
			return false;
		if (pte->unsynced && prot)
			shim_die("the device uses what was not synced");
		phys = pte->phys + offset;
		part = min_t(size_t, size, (1UL << domain->shift) - offset);
		part = min_t(size_t, part, PAGE_SIZE - offset_in_page(phys));
		/* A device that snoops sees the caches. */
		mem = pte->prot & IOMMU_CACHE ? page_at(phys)->cpu : page_at(phys)->mem;
		mem += offset_in_page(phys);
		memcpy(write ? mem : data, write ? data : mem, part);
	}
	return true;
}

bool shim_device_read(struct iommu_domain *domain, dma_addr_t iova, void *data, size_t size)
{
	return device_access(domain, iova, data, size, IOMMU_READ, false);
}

bool shim_device_write(struct iommu_domain *domain, dma_addr_t iova, const void *data,
		       size_t size)
{
	return device_access(domain, iova, (u8 *)data, size, IOMMU_WRITE, true);
}

bool shim_device_peek(struct iommu_domain *domain, dma_addr_t iova, void *data, size_t size)
{
	return device_access(domain, iova, data, size, 0, false);
}

/* Pages are large; too many of them in quarantine only cost time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8:handle_abort=1";
}
