// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and IOMMU for measurements: pages in one linear range, large pages under
 * it as under the kernel's own mapping, and an IOMMU that takes time and does
 * nothing.  What is not here comes from the shim of the pools' tests.
 */
#include <sys/mman.h>
#include <time.h>

#include "machine.h"
#include "shim.h"

#define CALIBRATE_LOOPS	2000000UL
#define CALIBRATE_RUNS	9
#define CALIBRATE_CLOCKS	10000U

u8 *machine_memory;
u64 machine_map_ns;
double machine_clock_ns;

static unsigned long next_pfn, end_pfn, *free_pfns, nr_free, pages_used;
static unsigned long loops_per_us;
static spinlock_t memory_lock;

/* CPU time of this thread; reading it is a system call. */
u64 machine_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

static void loop(unsigned long loops)
{
	while (loops--)
		__asm__ volatile("" : "+r"(loops));
}

void machine_spin(u64 ns)
{
	loop(ns * loops_per_us / 1000);
}

void machine_calibrate(void)
{
	u64 best = ULONG_MAX, start;
	unsigned int i;

	if (loops_per_us)
		return;
	for (i = 0; i < CALIBRATE_RUNS; i++) {
		start = machine_cpu_ns();
		loop(CALIBRATE_LOOPS);
		best = min(best, machine_cpu_ns() - start);
	}
	loops_per_us = CALIBRATE_LOOPS * 1000 / best;

	start = machine_cpu_ns();
	for (i = 0; i < CALIBRATE_CLOCKS; i++)
		local_clock();
	machine_clock_ns = (double)(machine_cpu_ns() - start) / CALIBRATE_CLOCKS;
}

void machine_init(size_t memory)
{
	memory = ALIGN(memory, (size_t)SZ_4M);
	machine_memory = mmap(NULL, memory + SZ_4M, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	free_pfns = malloc((memory >> PAGE_SHIFT) * sizeof(*free_pfns));
	if (machine_memory == MAP_FAILED || !free_pfns)
		shim_die("out of memory");
	machine_memory = (u8 *)ALIGN((unsigned long)machine_memory, (unsigned long)SZ_4M);
	madvise(machine_memory, memory, MADV_HUGEPAGE);
	spin_lock_init(&memory_lock);
	next_pfn = 1;
	nr_free = 0;
	pages_used = 0;
	end_pfn = memory >> PAGE_SHIFT;
	shim.threads = true;
	machine_calibrate();
}

static unsigned long pfns_new(unsigned long nr, unsigned long align)
{
	unsigned long pfn;

	shim_lock(&memory_lock);
	if (nr == 1 && nr_free) {
		pfn = free_pfns[--nr_free];
	} else {
		pfn = ALIGN(next_pfn, align);
		next_pfn = pfn + nr;
		if (next_pfn > end_pfn)
			shim_die("the machine has too little memory");
	}
	shim_unlock(&memory_lock);
	return pfn;
}

/* Memory of a driver, contiguous, with something in it. */
phys_addr_t machine_buffer(size_t size)
{
	unsigned long nr = DIV_ROUND_UP(size, PAGE_SIZE), pfn = pfns_new(nr, SZ_4M / PAGE_SIZE);

	memset(phys_to_virt(PFN_PHYS(pfn)), 0x5a, nr << PAGE_SHIFT);
	return PFN_PHYS(pfn);
}

unsigned long machine_pages_used(void)
{
	return READ_ONCE(pages_used);
}

/* A page is its number; nobody looks into it. */
struct page *pfn_to_page(unsigned long pfn)
{
	return (struct page *)pfn;
}

phys_addr_t page_to_phys(struct page *page)
{
	return PFN_PHYS((unsigned long)page);
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order)
{
	unsigned long pfn = pfns_new(1UL << order, 1);

	(void)node;
	if (gfp & __GFP_ZERO)
		memset(phys_to_virt(PFN_PHYS(pfn)), 0, PAGE_SIZE << order);
	__atomic_fetch_add(&pages_used, 1UL << order, __ATOMIC_RELAXED);
	return pfn_to_page(pfn);
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	shim_lock(&memory_lock);
	for (i = 0; i < 1UL << order; i++)
		free_pfns[nr_free++] = (unsigned long)page + i;
	shim_unlock(&memory_lock);
	__atomic_fetch_sub(&pages_used, 1UL << order, __ATOMIC_RELAXED);
}

unsigned long alloc_iova_fast(struct iova_domain *iovad, unsigned long size,
			      unsigned long limit_pfn, bool flush_rcache)
{
	unsigned long pfn;

	(void)limit_pfn;
	(void)flush_rcache;
	shim_lock(&iovad->lock);
	pfn = ALIGN(max(iovad->first, 1UL), size);
	iovad->first = pfn + size;
	shim_unlock(&iovad->lock);
	return pfn;
}

void free_iova_fast(struct iova_domain *iovad, unsigned long pfn, unsigned long size)
{
	(void)iovad;
	(void)pfn;
	(void)size;
}

int iommu_map_nosync_left(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
			  size_t size, int prot, gfp_t gfp, size_t *left)
{
	(void)domain;
	(void)iova;
	(void)phys;
	(void)size;
	(void)prot;
	(void)gfp;
	*left = 0;
	machine_spin(machine_map_ns / 2);
	return 0;
}

int iommu_sync_map(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	(void)domain;
	(void)iova;
	(void)size;
	return 0;
}

size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	(void)domain;
	(void)iova;
	machine_spin(machine_map_ns / 2);
	return size;
}

/* Of the clock, as in the kernel: what interrupts a sample is in it. */
u64 local_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}
