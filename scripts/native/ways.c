// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways of mapping, and one load in one of them.
 *
 * Each load runs in processes of its own, so that none finds what another one left.
 * Buffers are mapped in rows of as many as are in flight, and then unmapped in the
 * same order; time is the CPU time of the thread, which has the waiting for a lock in
 * it but not what else runs on the machine.  How it is divided between the two is told by
 * the clock.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iommu-bounce-auto.h"
#include "iommu-bounce-pool.h"
#include "machine.h"
#include "shim.h"
#include "source.h"
#include "swiotlb.h"
#include "ways.h"

/* swiotlb's default, and lazy mode's queue (drivers/iommu/dma-iommu.c). */
#define SWIOTLB_SIZE	SZ_64M
#define LAZY_QUEUE	256U
/* Of what strict mode takes, the part that lazy mode shares: an assumption. */
#define LAZY_SHARE	75U	/* per cent */
#define WARM_UPS	64U
#define OFTEN		64U	/* rows until the worker comes by itself */
#define MAX_IN_FLIGHT	(1U << 18)

const char * const way_names[WAYS] = {
	[WAY_MEMCPY] = "memcpy", [WAY_SLOT] = "slot", [WAY_POOL] = "pool",
	[WAY_POOL_LOCK] = "pool-lock", [WAY_SWIOTLB] = "swiotlb",
	[WAY_STRICT] = "strict", [WAY_QUEUE] = "strict-queue", [WAY_LAZY] = "lazy",
	[WAY_AUTO] = "auto",
};

static const struct iommu_bounce_dev dev = { .owner = 1, .limit = DMA_BIT_MASK(40) };

/* Shared by the threads of a process. */
struct world {
	const struct load *load;
	struct iommu_bounce_pool *pool;
	struct iommu_bounce_auto *policy;
	pthread_barrier_t *barrier;
	spinlock_t queue;	/* of requests, WAY_QUEUE's */
	struct iova_domain iovad;
	enum dma_data_direction dir;
	int prot;
	bool warming;			/* nothing takes its time yet */
	bool short_of_slots;		/* which calls the worker */
};

struct mapping {
	union {
		dma_addr_t addr;
		phys_addr_t phys;
		struct iommu_bounce_slot *slot;
	};
	u32 size;
	bool bounced;
};

/* By the clock, so that only their ratio says something. */
struct times {
	u64 map, unmap;
};

struct thread {
	struct world *world;
	unsigned int nr;		/* its CPU of the machine */
	unsigned int cpu;		/* and of the pool's */
	unsigned int unflushed;
	unsigned long next;		/* buffer, as @order says */
	unsigned long nr_buffers;
	u32 *order;
	phys_addr_t buffers, slots;
	size_t stride;
	struct source source;
	struct mapping *mappings;
	struct cost *cost;
} __attribute__((aligned(128)));	/* no cache line of two threads, nor their neighbours */

/* As the kernel knows it: the C library adds up the caches of all that share a socket. */
size_t last_level_cache(void)
{
	size_t kib = 0;
	char path[64];
	int index;
	FILE *f;

	for (index = 9; !kib && index >= 0; index--) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size",
			 index);
		f = fopen(path, "re");
		if (f && fscanf(f, "%zuK", &kib) != 1)
			kib = 0;
		if (f)
			fclose(f);
	}
	return kib << 10;
}

static void direct(struct world *world, u64 ns)
{
	if (world->warming)
		return;
	if (world->load->way != WAY_QUEUE) {
		machine_spin(ns);
		return;
	}
	shim_lock(&world->queue);
	machine_spin(ns);
	shim_unlock(&world->queue);
}

static bool pool_map(struct world *world, struct mapping *m, phys_addr_t phys)
{
	return iommu_bounce_map(world->pool, &dev, phys, m->size, world->prot, 0, &m->addr) ==
	       IOMMU_BOUNCE_DONE;
}

/* Direct and bounced as `auto` is to see them: the time between is the sample. */
static void auto_map(struct world *world, struct mapping *m, phys_addr_t phys)
{
	unsigned int choice = iommu_bounce_auto_choose(world->policy, m->size, world->dir);
	bool sample = choice & IOMMU_BOUNCE_AUTO_SAMPLE;
	u64 start = sample ? local_clock() : 0;

	m->bounced = choice & IOMMU_BOUNCE_AUTO_BOUNCE && pool_map(world, m, phys);
	if (choice & IOMMU_BOUNCE_AUTO_BOUNCE && !m->bounced)
		world->short_of_slots = true;
	if (!m->bounced)
		direct(world, world->load->c_ns / 2);
	if (sample)
		iommu_bounce_auto_mapped(world->policy, m->size, world->dir, choice,
					 m->bounced, local_clock() - start);
}

static void auto_unmap(struct world *world, struct mapping *m)
{
	bool watched = iommu_bounce_auto_watches(world->policy, m->size, world->dir);
	u64 start = watched ? local_clock() : 0;

	if (m->bounced)
		iommu_bounce_unmap(world->pool, m->addr, m->size, world->dir, 0);
	else
		direct(world, world->load->c_ns / 2);
	if (watched)
		iommu_bounce_auto_unmapped(world->policy, m->size, world->dir, m->bounced,
					   local_clock() - start);
}

static void map(struct thread *t, struct mapping *m, phys_addr_t phys, unsigned int nr)
{
	struct world *world = t->world;
	const struct load *load = world->load;

	m->bounced = true;
	switch (load->way) {
	case WAY_MEMCPY:
		m->phys = phys;
		memcpy(phys_to_virt(t->slots + nr * t->stride), phys_to_virt(phys), m->size);
		break;
	case WAY_SLOT:
		m->bounced = !iommu_bounce_acquire(world->pool, &dev, m->size, world->prot, 0,
						   &m->slot);
		break;
	case WAY_POOL:
	case WAY_POOL_LOCK:
		m->bounced = pool_map(world, m, phys);
		if (!m->bounced)
			direct(world, load->c_ns / 2);
		break;
	case WAY_SWIOTLB:
		m->phys = swiotlb_map(phys, m->size, t->cpu);
		m->bounced = m->phys;
		break;
	case WAY_AUTO:
		auto_map(world, m, phys);
		break;
	case WAY_LAZY:
		machine_spin(load->c_ns * (100 - LAZY_SHARE) / 200);
		break;
	default:
		direct(world, load->c_ns / 2);
		break;
	}
}

static void unmap(struct thread *t, struct mapping *m, unsigned int nr)
{
	struct world *world = t->world;
	const struct load *load = world->load;

	switch (load->way) {
	case WAY_MEMCPY:
		if (load->receive)
			memcpy(phys_to_virt(m->phys), phys_to_virt(t->slots + nr * t->stride),
			       m->size);
		break;
	case WAY_SLOT:
		if (m->bounced)
			iommu_bounce_release(world->pool, m->slot);
		break;
	case WAY_POOL:
	case WAY_POOL_LOCK:
		if (m->bounced)
			iommu_bounce_unmap(world->pool, m->addr, m->size, world->dir, 0);
		else
			direct(world, load->c_ns / 2);
		break;
	case WAY_SWIOTLB:
		if (m->bounced)
			swiotlb_unmap(m->phys, m->size, load->receive);
		break;
	case WAY_AUTO:
		auto_unmap(world, m);
		break;
	case WAY_LAZY:
		machine_spin(load->c_ns * (100 - LAZY_SHARE) / 200);
		if (++t->unflushed % LAZY_QUEUE == 0)
			machine_spin(load->c_ns * LAZY_SHARE / 100);
		break;
	default:
		direct(world, load->c_ns / 2);
		break;
	}
}

/* As many as are in flight; returns how many of them were bounced. */
static unsigned int map_row(struct thread *t)
{
	const struct load *load = t->world->load;
	unsigned int i, bounced = 0;

	for (i = 0; i < load->in_flight; i++) {
		map(t, &t->mappings[i], t->buffers + t->order[t->next] * t->stride, i);
		bounced += t->mappings[i].bounced;
		if (++t->next == t->nr_buffers)
			t->next = 0;
	}
	return bounced;
}

static void unmap_row(struct thread *t)
{
	unsigned int i;

	for (i = 0; i < t->world->load->in_flight; i++)
		unmap(t, &t->mappings[i], i);
}

static unsigned int row(struct thread *t, struct times *times)
{
	const struct load *load = t->world->load;
	unsigned int i, bounced;
	u64 start, middle;

	for (i = 0; i < load->in_flight && load->nr_sizes > 1; i++)
		t->mappings[i].size = load->sizes[choose(&t->source, load->nr_sizes)];
	start = local_clock();
	bounced = map_row(t);
	middle = local_clock();
	unmap_row(t);
	times->map += middle - start;
	times->unmap += local_clock() - middle;
	return bounced;
}

/*
 * A pool has its slots for a size after a while: when all that all threads have in flight is
 * bounced, or when it grows no more.
 */
static void warm_up_size(struct world *world, struct thread *threads, unsigned int nr, u32 size)
{
	unsigned int i, t, misses = 1, before = 0;

	for (t = 0; t < nr; t++)
		for (i = 0; i < world->load->in_flight; i++)
			threads[t].mappings[i].size = size;
	for (i = 0; i < WARM_UPS && misses && misses != before; i++) {
		before = misses;
		misses = 0;
		for (t = 0; t < nr; t++) {
			shim_cpu = threads[t].cpu;
			misses += world->load->in_flight - map_row(&threads[t]);
		}
		for (t = 0; t < nr; t++) {
			shim_cpu = threads[t].cpu;
			unmap_row(&threads[t]);
		}
		shim_run_work();
	}
}

/* The largest size last, which is that of all mappings if there is only one. */
static void warm_up(struct world *world, struct thread *threads, unsigned int nr)
{
	unsigned int i;

	world->warming = true;
	for (i = 0; i < world->load->nr_sizes; i++)
		warm_up_size(world, threads, nr, world->load->sizes[i]);
	world->warming = false;
}

static void thread_init(struct thread *t)
{
	const struct load *load = t->world->load;
	unsigned long i, other;
	u32 largest = 0;

	for (i = 0; i < load->nr_sizes; i++)
		largest = max(largest, load->sizes[i]);
	/* Drivers' buffers of this size are not always at the start of a page, but often. */
	t->stride = largest < PAGE_SIZE ? largest : ALIGN(largest, PAGE_SIZE);
	t->nr_buffers = max(load->working_set / t->stride, 1UL);
	t->buffers = machine_buffer(t->nr_buffers * t->stride);
	if (load->way == WAY_MEMCPY)
		t->slots = machine_buffer(load->in_flight * t->stride);
	t->order = malloc(t->nr_buffers * sizeof(*t->order));
	t->mappings = aligned_alloc(128, ALIGN(load->in_flight * sizeof(*t->mappings), 128UL));
	if (!t->order || !t->mappings)
		shim_die("out of memory");
	t->source.state = (load->seed + t->nr) * 0x9e3779b97f4a7c15ULL | 1;
	/* In no order that the CPU could guess. */
	for (i = 0; i < t->nr_buffers; i++) {
		other = choose(&t->source, i + 1);
		t->order[i] = t->order[other];
		t->order[other] = i;
	}
	for (i = 0; i < load->in_flight; i++)
		t->mappings[i].size = largest;
}

/* The worker is a thread of its own in the kernel, soon there: what it takes is not ours. */
static u64 worker(void)
{
	u64 start = machine_cpu_ns();

	shim_run_work();
	return machine_cpu_ns() - start;
}

static void *thread_run(void *arg)
{
	struct thread *t = arg;
	struct world *world = t->world;
	unsigned long rows = DIV_ROUND_UP(world->load->mappings, world->load->in_flight), i;
	struct times times = { 0 };
	u64 start, bounced = 0;
	double pair_ns;
	cpu_set_t cpus;

	/* Side by side, whatever else is running. */
	CPU_ZERO(&cpus);
	CPU_SET(t->nr % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	shim_cpu = t->cpu;
	pthread_barrier_wait(world->barrier);
	start = machine_cpu_ns();
	for (i = 0; i < rows; i++) {
		bounced += row(t, &times);
		if (world->load->fresh && (world->short_of_slots || i % OFTEN == 0)) {
			start += worker();
			world->short_of_slots = false;
		}
	}
	pair_ns = (double)(machine_cpu_ns() - start) / rows;
	pair_ns = (pair_ns - 3 * machine_clock_ns) / world->load->in_flight;
	t->cost->map_ns = pair_ns * times.map / (times.map + times.unmap);
	t->cost->unmap_ns = pair_ns - t->cost->map_ns;
	t->cost->bounced = (double)bounced / rows / world->load->in_flight;
	return NULL;
}

static u32 switches_of(struct iommu_bounce_auto *policy)
{
	struct iommu_bounce_auto_info info;
	unsigned int i;
	u32 switches = 0;

	for (i = 0; i < IOMMU_BOUNCE_AUTO_CELLS; i++) {
		iommu_bounce_auto_get_info(policy, i, &info);
		switches += info.switches;
	}
	return switches;
}

/* A process: @first is the number of its first thread in the load. */
static void process(const struct load *load, unsigned int first, pthread_barrier_t *barrier,
		    struct cost *costs)
{
	bool one_lock = load->way == WAY_POOL_LOCK;
	struct world world = {
		.load = load, .barrier = barrier,
		.dir = load->receive ? DMA_FROM_DEVICE : DMA_TO_DEVICE,
		.prot = IOMMU_CACHE | (load->receive ? IOMMU_WRITE : IOMMU_READ),
	};
	struct thread threads[MAX_THREADS] = { 0 };
	pthread_t ids[MAX_THREADS];
	unsigned int i;

	machine_init(load->threads * (load->working_set + 2 * SZ_64M) + 3UL * SZ_64M);
	spin_lock_init(&world.queue);
	world.iovad.granule = PAGE_SIZE;
	world.pool = iommu_bounce_pool_create(NULL, &world.iovad, 0);
	world.policy = iommu_bounce_auto_create(NULL);
	if (load->way == WAY_SWIOTLB)
		swiotlb_init(SWIOTLB_SIZE, 2);
	for (i = 0; i < load->threads; i++) {
		threads[i].world = &world;
		threads[i].nr = first + i;
		threads[i].cpu = one_lock ? 0 : i;
		threads[i].cost = &costs[first + i];
		thread_init(&threads[i]);
	}
	if (!load->fresh)
		warm_up(&world, threads, load->threads);
	machine_map_ns = load->c_ns;
	for (i = 0; i < load->threads; i++)
		if (pthread_create(&ids[i], NULL, thread_run, &threads[i]))
			shim_die("no thread could be made");
	for (i = 0; i < load->threads; i++)
		pthread_join(ids[i], NULL);
	costs[first].switches = switches_of(world.policy);
}

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		shim_die("out of memory");
	return p;
}

/* It ends with its parent: another one that came to grief leaves it at the barrier. */
static void start_child(const struct load *load, unsigned int first, pthread_barrier_t *barrier,
			struct cost *costs)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		shim_die("no process could be made");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	process(load, first, barrier, costs);
	_exit(0);
}

static void wait_for_child(void)
{
	int status;

	if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
		fputs("native: a process that measures was killed, or ended early\n", stderr);
		exit(1);
	}
}

bool way_measure(const struct load *load, struct cost *cost)
{
	unsigned int i, nr = load->processes * load->threads;
	struct shared {
		pthread_barrier_t barrier;
		struct cost costs[MAX_THREADS];
	} *all;
	pthread_barrierattr_t attr;

	for (i = 0; i < load->nr_sizes; i++)
		if (load->way == WAY_SWIOTLB && load->sizes[i] > SWIOTLB_LARGEST)
			return false;
	if (nr > MAX_THREADS || load->in_flight > MAX_IN_FLIGHT)
		shim_die("a load of too many threads or mappings");
	if (!load->working_set)
		shim_die("the kernel does not say how large the last-level cache is");
	machine_calibrate();
	all = shared(sizeof(*all));
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&all->barrier, &attr, nr);
	for (i = 0; i < load->processes; i++)
		start_child(load, i * load->threads, &all->barrier, all->costs);
	for (i = 0; i < load->processes; i++)
		wait_for_child();
	memset(cost, 0, sizeof(*cost));
	for (i = 0; i < nr; i++) {
		cost->map_ns += all->costs[i].map_ns / nr;
		cost->unmap_ns += all->costs[i].unmap_ns / nr;
		cost->bounced += all->costs[i].bounced / nr;
		cost->switches += all->costs[i].switches;
	}
	munmap(all, sizeof(*all));
	return true;
}

/* Simulated time: HZ ticks make a second, and in each of them there is a little load. */
void way_memory(const struct phase *phases, unsigned int nr,
		void (*tell)(double second, uint32_t size, unsigned int in_flight,
			     unsigned long pages))
{
	struct load load = { .way = WAY_POOL, .nr_sizes = 1, .threads = 1, .receive = true };
	struct world world = { .load = &load, .dir = DMA_FROM_DEVICE,
			       .prot = IOMMU_CACHE | IOMMU_WRITE };
	unsigned long first, tick;
	struct thread t = { .world = &world };
	struct times times = { 0 };

	machine_init(8UL * SZ_64M);
	first = machine_pages_used();
	world.iovad.granule = PAGE_SIZE;
	world.pool = iommu_bounce_pool_create(NULL, &world.iovad, 0);
	for (tick = 0; nr; nr--, phases++) {
		load.sizes[0] = phases->size;
		load.in_flight = phases->in_flight;
		load.working_set = SZ_16M;
		if (phases->size)
			thread_init(&t);
		for (unsigned int i = 0; i < phases->tenths * HZ / 10; i++) {
			if (phases->size)
				row(&t, &times);
			shim_pass(1);
			if (++tick % (HZ / 10) == 0)
				tell((double)tick / HZ, phases->size, phases->in_flight,
				     machine_pages_used() - first);
		}
		free(t.order);
		free(t.mappings);
		t.order = NULL;
		t.mappings = NULL;
		t.next = 0;
	}
	iommu_bounce_pool_destroy(world.pool);
}
