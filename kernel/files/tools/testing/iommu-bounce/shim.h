/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests set, and see, of the stand-in for the kernel. */
#ifndef IOMMU_BOUNCE_SHIM_H
#define IOMMU_BOUNCE_SHIM_H

#include "iommu-bounce-internal.h"

/* Bytes of a line of the modelled CPU cache. */
#define SHIM_LINE	64

/* The NUMA node that a pool is to have its memory on */
#define SHIM_NODE	1

struct shim {
	/* What can fail: allocations of pages, objects, IOVA and page tables; syncs */
	unsigned long calls;	/* so far */
	unsigned long fail_at;	/* this one fails; 0: none */
	bool fail_atomic;	/* all fail that may not sleep */
	bool fail_memory;	/* the same, but IOVA and the kernel's reserves are there */
	/* What the IOMMU refuses to unmap stays mapped for ever. */
	unsigned long refuse_at;	/* this one of @unmaps; 0: none */
	bool refuse_undo;	/* the one that follows the call that fails */
	bool refuse_part;	/* or that which is part of it, if it is to map */
	bool refuse_unmap;	/* all */
	long refused;		/* entries that stay */
	unsigned long warned;	/* warnings, which these give cause to */
	bool detached;		/* no device reaches anything any more */
	/* What is out: all 0 when a test is over */
	long pages;
	long objects;
	long granules;		/* of IOVA */
	long entries;		/* of the IOMMU's page table */
	long kmaps;
	/* Caches and memory are apart, see arch_sync_dma_for_device(). */
	bool noncoherent;
	bool threads;		/* several, so objects wait for shim_rcu_drain() */
	long unpoisoned;	/* bytes given to kmsan_unpoison_memory() */
	long for_device;	/* bytes given to arch_sync_dma_for_device() */
	unsigned long maps;	/* calls of the IOMMU driver */
	unsigned long unmaps;
};

extern struct shim shim;
/* Called where an allocation may sleep, and so anything may happen meanwhile. */
extern void (*shim_sleep_hook)(void);
/* Called when something was mapped. */
extern void (*shim_map_hook)(dma_addr_t iova);
/* Called before something is unmapped. */
extern void (*shim_unmap_hook)(void);
/* Called where other threads have their turn. */
extern void (*shim_resched_hook)(void);
/* Called where RCU readers are waited for. */
extern void (*shim_grace_hook)(void);

struct iommu_domain *shim_domain_new(struct iova_domain *iovad, u32 granule, u64 start, u64 end);
void shim_domain_free(struct iommu_domain *domain, struct iova_domain *iovad);

/* What the device does.  False where the IOMMU has no such permission. */
bool shim_device_read(struct iommu_domain *domain, dma_addr_t iova, void *data, size_t size);
bool shim_device_write(struct iommu_domain *domain, dma_addr_t iova, const void *data,
		       size_t size);
/* The bytes at @iova as the device sees them, whatever the permissions. */
bool shim_device_peek(struct iommu_domain *domain, dma_addr_t iova, void *data, size_t size);

/* Memory of a driver: contiguous for the device, page by page for the CPU. */
phys_addr_t shim_buffer_new(size_t size);
void shim_buffer_free(phys_addr_t phys, size_t size);
void shim_cpu_read(phys_addr_t phys, void *data, size_t size);
void shim_cpu_write(phys_addr_t phys, const void *data, size_t size);
/* The cache loses lines of all memory, as it may at any time. */
void shim_cache_evict(u32 (*random)(void *state), void *state);

void shim_run_work(void);	/* what is due */
void shim_pass(unsigned long ticks);	/* time goes by, work is done */
void shim_rcu_drain(void);

#endif /* IOMMU_BOUNCE_SHIM_H */
