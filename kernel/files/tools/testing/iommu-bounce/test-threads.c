// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four threads map, use and unmap while a fifth one is the worker, the shrinker
 * and the reader of statistics.  Meant for TSan; each thread checks its own bytes.
 * Towards the end an untrusted device joins, for which no bytes are to be left over.
 * All of them tell the policy made-up times.
 *
 * Usage: test-threads [OPERATIONS [SEED]], OPERATIONS for each thread.
 */
#include <pthread.h>

#include "iommu-bounce-auto.h"
#include "iommu-bounce-pool.h"
#include "shim.h"
#include "source.h"

#define THREADS		4
#define LIVE		24
#define BUFFER		SZ_256K
#define GRANULE		4096

struct live {
	dma_addr_t addr;		/* 0: none */
	phys_addr_t phys;
	u32 size;
	enum dma_data_direction dir;
	u8 byte;			/* all of it as the device sees it */
	bool range;			/* of one granule, the caller's own */
	enum iommu_bounce_way way;	/* as the policy was told */
};

static struct iommu_bounce_pool *pool;
static struct iommu_bounce_auto *policy;
static struct iommu_domain *domain;
static struct iova_domain iovad;
static unsigned long operations = 20000;
static u64 seed = 1;
static bool done, joining;

static void check(bool cond, const char *what)
{
	if (!cond)
		shim_die(what);
}

/* Nothing is bounced that was not chosen to be. */
static void tell_mapped(struct source *source, struct live *live)
{
	unsigned int choice = iommu_bounce_auto_choose(policy, live->size, live->dir);

	iommu_bounce_auto_parts(policy, live->size);
	live->way = live->addr && choice & IOMMU_BOUNCE_AUTO_BOUNCE ?
		    IOMMU_BOUNCE_WAY_BOUNCED : IOMMU_BOUNCE_WAY_DIRECT;
	if (choice & IOMMU_BOUNCE_AUTO_SAMPLE)
		iommu_bounce_auto_mapped(policy, live->size, live->dir, choice, live->way,
					 choose(source, 4096));
}

static void tell_unmapped(struct source *source, const struct live *live)
{
	if (iommu_bounce_auto_watches(policy, live->size, live->dir))
		iommu_bounce_auto_unmapped(policy, live->size, live->dir, live->way,
					   choose(source, 4096));
}

/* A list of two parts if it is as large as that, else a buffer. */
static enum iommu_bounce_result map_bounced(const struct iommu_bounce_dev *dev,
					    struct live *live, phys_addr_t phys, int prot,
					    unsigned int flags)
{
	enum iommu_bounce_result result;

	if (live->size != 2 * GRANULE)
		return iommu_bounce_map(pool, dev, phys, live->size, prot, flags, &live->addr);
	result = iommu_bounce_alloc(pool, dev, live->size, prot, flags, &live->addr);
	for (u32 at = 0; !result && at < live->size; at += GRANULE)
		check(!iommu_bounce_link(pool, live->addr + at, phys + at, GRANULE), "link");
	return result;
}

/* As part of a range of the two-step API. */
static enum iommu_bounce_result map_range(struct live *live, phys_addr_t phys, u64 limit,
					  int prot)
{
	unsigned long pfn = alloc_iova_fast(&iovad, 1, limit / GRANULE, true);
	enum iommu_bounce_result result;

	check(pfn, "no IOVA");
	live->range = true;
	live->addr = (dma_addr_t)pfn * GRANULE;
	result = iommu_bounce_link_granule(pool, live->addr, phys, live->size, prot);
	check(result || !iommu_sync_map(domain, live->addr, GRANULE), "sync");
	return result;
}

static void unmap(struct live *live)
{
	if (!live->range) {
		check(!iommu_bounce_unmap(pool, live->addr, live->size, live->dir, 0), "unmap");
		return;
	}
	check(!iommu_bounce_sync_for_cpu(pool, live->addr, live->size, live->dir), "sync");
	check(iommu_unmap(domain, live->addr, GRANULE) == GRANULE, "unmap");
	iommu_bounce_unlink(pool, live->addr, GRANULE, true);
	free_iova_fast(&iovad, live->addr / GRANULE, 1);
}

static void map(struct source *source, unsigned int thread, struct live *live)
{
	struct iommu_bounce_dev dev = {
		.owner = thread + 1, .limit = 0xfffffff, .untrusted = thread & 1,
	};
	unsigned int flags = choose(source, 2) ? IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS : 0;
	u32 offset = choose(source, 1024);
	enum iommu_bounce_result result;
	u8 data[64];
	int prot;

	live->range = false;
	live->size = !choose(source, 16) ? 2 * GRANULE :
		     choose(source, 64) ? 1 + choose(source, 3 * 4096) :
		     choose(source, 2) ? BUFFER - 1024 : 1 + choose(source, BUFFER - 1024);
	live->dir = choose(source, 3);
	live->byte = source_u32(source) | 1;
	prot = IOMMU_CACHE | (live->dir != DMA_FROM_DEVICE ? IOMMU_READ : 0) |
	       (live->dir != DMA_TO_DEVICE ? IOMMU_WRITE : 0);
	memset(data, live->byte, sizeof(data));
	for (u32 at = 0; at < live->size; at += sizeof(data))
		shim_cpu_write(live->phys + offset + at, data, min_t(u32, 64, live->size - at));
	/* Out of the window's reach sometimes. */
	if (!choose(source, 3))
		dev.limit = 0xffffff;
	if (live->size <= GRANULE && !choose(source, 4))
		result = map_range(live, live->phys + offset, dev.limit, prot);
	else
		result = map_bounced(&dev, live, live->phys + offset, prot, flags);
	if (result == IOMMU_BOUNCE_DIRECT)
		live->addr = 0;
	else
		check(!result, "mandatory bounce failed");
	tell_mapped(source, live);
	if (!live->addr)
		tell_unmapped(source, live);
}

static void look(struct live *live)
{
	u8 first, last;

	check(iommu_bounce_owns(pool, live->addr, live->size), "mapping not found");
	check(shim_device_peek(domain, live->addr, &first, 1) &&
	      shim_device_peek(domain, live->addr + live->size - 1, &last, 1), "not mapped");
	check(first == live->byte && last == live->byte, "somebody else's bytes");
}

static void use(struct source *source, struct live *live)
{
	u8 data[64];

	look(live);
	if (live->dir != DMA_TO_DEVICE && choose(source, 2)) {
		live->byte += 2;
		memset(data, live->byte, sizeof(data));
		for (u32 at = 0; at < live->size; at += sizeof(data))
			check(shim_device_write(domain, live->addr + at, data,
						min_t(u32, 64, live->size - at)), "no access");
	}
	check(!iommu_bounce_sync_for_cpu(pool, live->addr, live->size, live->dir), "sync");
	if (live->dir == DMA_BIDIRECTIONAL)
		check(!iommu_bounce_sync_for_device(pool, live->addr, live->size, live->dir),
		      "sync");
	look(live);
	/* An address that nobody has mapped, in the window or not. */
	iommu_bounce_owns(pool, 4096 + (source_u32(source) & 0xfffffff), 512);
}

static void *work(void *arg)
{
	unsigned int thread = (unsigned long)arg, i;
	struct source source = { .state = seed + 1000 * (thread + 1) };
	struct live live[LIVE] = { };

	shim_cpu = thread;
	for (i = 0; i < LIVE; i++)
		live[i].phys = shim_buffer_new(BUFFER);
	for (unsigned long op = 0; op < operations; op++) {
		struct live *mapping = &live[choose(&source, LIVE)];

		/* One more device joins the group, and is more or less demanding. */
		if (op % 128 == 0)
			check(!iommu_bounce_reserve_fill(pool, IOMMU_CACHE,
							 choose(&source, SZ_256K)), "reserve");
		if (op == operations - operations / 8)
			WRITE_ONCE(joining, true);
		if (!mapping->addr) {
			map(&source, thread, mapping);
		} else if (choose(&source, 2)) {
			use(&source, mapping);
		} else {
			look(mapping);
			unmap(mapping);
			tell_unmapped(&source, mapping);
			mapping->addr = 0;
		}
	}
	for (i = 0; i < LIVE; i++) {
		if (live[i].addr)
			unmap(&live[i]);
		shim_buffer_free(live[i].phys, BUFFER);
	}
	return NULL;
}

static void *manage(void *arg)
{
	struct iommu_bounce_auto_info info;
	struct iommu_bounce_stats stats;
	unsigned long round;

	for (round = 0; !READ_ONCE(done); round++) {
		shim_pass(round % 4 ? 1 : IOMMU_BOUNCE_INTERVAL);
		iommu_bounce_get_stats(pool, &stats);
		iommu_bounce_auto_get_info(policy, round % IOMMU_BOUNCE_AUTO_CELLS, &info);
		if (round % 64 == 0)
			iommu_bounce_shrink_scan(pool, 100);
		if (round % 16 == 0) {
			iommu_bounce_pause(pool);
			iommu_bounce_resume(pool);
		}
		if (READ_ONCE(joining))
			iommu_bounce_distrust(pool);
		sched_yield();
	}
	return arg;
}

/* What an untrusted device finds in the window when nothing is mapped any more. */
static void find_nothing(void)
{
	static const u8 zeros[GRANULE];
	u8 view[GRANULE];
	size_t offset;

	for (offset = 0; offset < pool->window_size; offset += GRANULE)
		if (shim_device_peek(domain, pool->window_base + offset, view, GRANULE))
			check(!memcmp(view, zeros, GRANULE), "bytes left over");
}

int main(int argc, char **argv)
{
	struct iommu_bounce_stats stats;
	pthread_t threads[THREADS], manager;
	unsigned long i;

	if (argc > 1)
		operations = number(argv[1], "OPERATIONS", 1, ULONG_MAX);
	if (argc > 2)
		seed = number(argv[2], "SEED", 1, ULONG_MAX);
	printf("threads: %d x %lu operations, seed %llu: ", THREADS, operations,
	       (unsigned long long)seed);
	fflush(stdout);
	domain = shim_domain_new(&iovad, GRANULE, 0, 0xfffffff);
	shim.threads = true;
	shim_rcu_waits = true;
	pool = iommu_bounce_pool_create(domain, &iovad, SHIM_NODE);
	policy = iommu_bounce_auto_create(domain);
	/* For the device that reaches all, or the reserve might not fit. */
	check(pool && policy && iommu_bounce_window_make(pool, 0xfffffff), "set-up");
	pthread_create(&manager, NULL, manage, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	WRITE_ONCE(done, true);
	pthread_join(manager, NULL);
	find_nothing();
	iommu_bounce_get_stats(pool, &stats);
	check(!stats.singles && !stats.invalid, "mappings left");
	for (i = 0; i < IOMMU_BOUNCE_CLASSES; i++)
		check(!stats.class[i].in_use, "slots in use left");
	iommu_bounce_auto_destroy(policy);
	iommu_bounce_pool_destroy(pool);
	shim_rcu_drain();
	check(!shim.pages && !shim.objects && !shim.granules && !shim.entries, "memory left");
	shim_domain_free(domain, &iovad);
	printf("%lu hits and %lu misses in the smallest class\n", stats.class[0].hits,
	       stats.class[0].misses);
	return 0;
}
