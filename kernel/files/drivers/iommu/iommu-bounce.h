/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounce buffers of a DMA domain, as dma-iommu uses them.
 *
 * A bounced mapping is a copy of the caller's buffer in memory that stays
 * mapped in the IOMMU from one use to the next.  Mapping and unmapping it
 * costs a copy instead of a change of the IOMMU's page tables, and the device
 * reaches nothing of the caller's page that lies outside the mapping.
 */
#ifndef __IOMMU_BOUNCE_H
#define __IOMMU_BOUNCE_H

#include "iommu-bounce-internal.h"

struct iommu_bounce_pool;
struct seq_file;

/* The largest mapping that swiotlb would serve, and so the reserve: in bytes. */
#define IOMMU_BOUNCE_RESERVE_SIZE	SZ_256K

/* Size classes of a pool: one granule, two, four and so on; not each pool has all. */
#define IOMMU_BOUNCE_CLASSES	11

/* Granules of the parts that the IOVA of a pool is cut into. */
#define IOMMU_BOUNCE_CHUNK_GRANULES	128U

/**
 * iommu_bounce_largest_slot - the largest buffer that a pool bounces by choice
 * @granule: the domain's granule in bytes
 *
 * Return: its size in bytes, 4 MiB with granules up to 32 KiB, 8 MiB with 64 KiB.
 */
static inline size_t iommu_bounce_largest_slot(size_t granule)
{
	return clamp_t(size_t, SZ_4M, granule * IOMMU_BOUNCE_CHUNK_GRANULES,
		       granule << (IOMMU_BOUNCE_CLASSES - 1));
}

/**
 * enum iommu_bounce_result - what became of a request
 * @IOMMU_BOUNCE_DONE: the mapping is, or was, bounced and all is done
 * @IOMMU_BOUNCE_DIRECT: not bounced; the caller maps, unmaps or syncs directly
 * @IOMMU_BOUNCE_NO_MEMORY: a mandatory bounce found no memory, and the reserve
 *	is used up
 * @IOMMU_BOUNCE_NO_IOVA: no IOVA that the device reaches is left
 * @IOMMU_BOUNCE_MAP_FAILED: the IOMMU driver refused the mapping
 * @IOMMU_BOUNCE_INVALID: the request contradicts the state of the pool, for
 *	example an address that is not mapped: a bug of the driver
 */
enum iommu_bounce_result {
	IOMMU_BOUNCE_DONE,
	IOMMU_BOUNCE_DIRECT,
	IOMMU_BOUNCE_NO_MEMORY,
	IOMMU_BOUNCE_NO_IOVA,
	IOMMU_BOUNCE_MAP_FAILED,
	IOMMU_BOUNCE_INVALID,
};

/* The device must not see the original: no direct mapping on any failure. */
#define IOMMU_BOUNCE_MANDATORY	BIT(0)
/*
 * With IOMMU_BOUNCE_MANDATORY: only granules that the buffer shares with other
 * data need bouncing.  What is too large for a slot has its aligned middle mapped
 * directly, or is left to the caller if it has no other parts.
 */
#define IOMMU_BOUNCE_ENDS	BIT(1)

/**
 * struct iommu_bounce_dev - what the pool has to know of a device
 * @owner: names the device; not 0, and not used again by another device while
 *	the pool lives
 * @min_align_mask: as dma_get_min_align_mask() gives it
 * @limit: the highest IOVA that the device reaches: the least of its mask, its
 *	bus limit and the end of the domain's aperture
 * @untrusted: what it reaches beyond a mapping holds zeros
 */
struct iommu_bounce_dev {
	u32 owner;
	u32 min_align_mask;
	u64 limit;
	bool untrusted;
};

/* Why a request was not served by a slot of the window. */
enum iommu_bounce_why {
	IOMMU_BOUNCE_WHY_SIZE,		/* larger than the largest slot */
	IOMMU_BOUNCE_WHY_PROT,		/* too many kinds of protection bits */
	IOMMU_BOUNCE_WHY_WINDOW,	/* no window, or out of the device's reach */
	IOMMU_BOUNCE_WHY_EMPTY,		/* no slot ready in the class */
	IOMMU_BOUNCE_WHYS,
};

struct iommu_bounce_class_stats {
	size_t size;			/* bytes of a slot, 0: there is no such class */
	unsigned long slots;		/* with memory, the reserve not counted */
	unsigned long in_use;
	unsigned long cached;
	unsigned long held;		/* in use for more than a second */
	unsigned long hits;
	unsigned long misses;
	unsigned long grown;
	unsigned long evicted;
	unsigned long reserve;		/* slots of the reserve that are ready */
	unsigned long reserve_target;
};

struct iommu_bounce_stats {
	struct iommu_bounce_class_stats class[IOMMU_BOUNCE_CLASSES];
	dma_addr_t window_base;		/* 0 as long as there is none */
	size_t window_size;
	unsigned long chunks;
	unsigned long singles;		/* single-use mappings in flight */
	unsigned long spares;		/* single granules ready in the reserve */
	unsigned long idle;		/* and beyond it */
	unsigned long cached_pages;	/* beyond the reserve */
	u64 bytes_in;			/* copied towards the device */
	u64 bytes_out;
	unsigned long fallback[IOMMU_BOUNCE_WHYS];
	unsigned long from_reserve;
	unsigned long failed;		/* mandatory requests that failed */
	unsigned long lost;		/* slots given up, the IOMMU did not unmap them */
	unsigned long invalid;
};

struct iommu_bounce_pool *iommu_bounce_pool_create(struct iommu_domain *domain,
						   struct iova_domain *iovad,
						   int node);
void iommu_bounce_pool_destroy(struct iommu_bounce_pool *pool);

void iommu_bounce_distrust(struct iommu_bounce_pool *pool);
void iommu_bounce_pause(struct iommu_bounce_pool *pool);
void iommu_bounce_resume(struct iommu_bounce_pool *pool);
int iommu_bounce_reserve_fill(struct iommu_bounce_pool *pool, int prot, size_t largest);

enum iommu_bounce_result
iommu_bounce_map(struct iommu_bounce_pool *pool,
		 const struct iommu_bounce_dev *dev, phys_addr_t phys,
		 size_t size, int prot, unsigned int flags, dma_addr_t *addr);
enum iommu_bounce_result
iommu_bounce_alloc(struct iommu_bounce_pool *pool,
		   const struct iommu_bounce_dev *dev, size_t size, int prot,
		   unsigned int flags, dma_addr_t *addr);
enum iommu_bounce_result
iommu_bounce_link(struct iommu_bounce_pool *pool, dma_addr_t addr,
		  phys_addr_t phys, size_t size);
enum iommu_bounce_result
iommu_bounce_unmap(struct iommu_bounce_pool *pool, dma_addr_t addr, size_t size,
		   enum dma_data_direction dir, unsigned long attrs);

enum iommu_bounce_result
iommu_bounce_link_granule(struct iommu_bounce_pool *pool, dma_addr_t addr,
			  phys_addr_t phys, size_t size, int prot);
void iommu_bounce_unlink(struct iommu_bounce_pool *pool, dma_addr_t addr,
			 size_t size, bool unmapped);

enum iommu_bounce_result
iommu_bounce_sync_for_cpu(struct iommu_bounce_pool *pool, dma_addr_t addr,
			  size_t size, enum dma_data_direction dir);
enum iommu_bounce_result
iommu_bounce_sync_for_device(struct iommu_bounce_pool *pool, dma_addr_t addr,
			     size_t size, enum dma_data_direction dir);

bool iommu_bounce_owns(struct iommu_bounce_pool *pool, dma_addr_t addr,
		       size_t size);
bool iommu_bounce_ready(struct iommu_bounce_pool *pool, u64 limit);

unsigned long iommu_bounce_shrink_count(struct iommu_bounce_pool *pool);
unsigned long iommu_bounce_shrink_scan(struct iommu_bounce_pool *pool,
				       unsigned long nr_pages);
void iommu_bounce_shrink_soon(struct iommu_bounce_pool *pool);

void iommu_bounce_get_stats(struct iommu_bounce_pool *pool,
			    struct iommu_bounce_stats *stats);
void iommu_bounce_stats_print(struct seq_file *file, struct iommu_bounce_pool *pool);

#endif /* __IOMMU_BOUNCE_H */
