/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bounced mappings have to do, as plain arrays of bytes.
 *
 * A mapping has segments: parts of the device's view of it that have an origin.
 * The model keeps what the CPU must find in the origins and what the device must
 * find at the addresses, applies each operation to both itself and the pool, and
 * compares.
 */
#ifndef IOMMU_BOUNCE_MODEL_H
#define IOMMU_BOUNCE_MODEL_H

#include "iommu-bounce-pool.h"
#include "shim.h"
#include "source.h"

#define MODEL_DEVICES	4
#define MODEL_SEGMENTS	4

struct model_segment {
	u32 offset, size;		/* in the device's view */
	phys_addr_t buffer;		/* pages of its own */
	u32 buffer_size, buffer_offset;
	u32 before, after;		/* bytes of the guards around it */
};

struct model_mapping {
	bool live;
	bool direct;			/* not bounced */
	bool ends;			/* bounced at its ends at most */
	bool range;			/* of the caller's, each granule bounced by itself */
	unsigned int device;
	enum dma_data_direction dir;
	int prot;
	dma_addr_t addr;
	u32 size;
	unsigned int nr_segments;
	struct model_segment segments[MODEL_SEGMENTS];
	u8 *cpu, *dev;			/* @size bytes each */
};

struct model_config {
	u32 granule;
	bool noncoherent;
	bool reserve;
	u64 start, end;			/* the domain's aperture */
	unsigned int max_mappings;
};

struct model {
	struct model_config config;
	struct source *source;
	struct iova_domain iovad;
	struct iommu_domain *domain;
	struct iommu_bounce_pool *pool;
	struct iommu_bounce_dev devices[MODEL_DEVICES];
	int extra[MODEL_DEVICES];	/* protection bits beside the direction */
	struct model_mapping *mappings;
	unsigned long ops, mapped, bounced, failed;
};

void model_init(struct model *model, const struct model_config *config, struct source *source);
/*
 * Unmaps what is left, destroys the pool, and demands that all came back but what the
 * IOMMU refused to unmap.
 */
void model_finish(struct model *model);
/* One operation. */
void model_step(struct model *model);

/*
 * The operations by themselves.  Every byte that the pool gets wrong ends the
 * program with a message.
 */
enum iommu_bounce_result model_map(struct model *model, struct model_mapping *mapping,
				   unsigned int device, enum dma_data_direction dir, u32 offset,
				   u32 size, unsigned int flags);
enum iommu_bounce_result model_map_list(struct model *model, struct model_mapping *mapping,
					unsigned int device, enum dma_data_direction dir,
					unsigned int nr, u32 size, unsigned int flags);
/* @nr granules of a range, with @size bytes in each of them; always mandatory */
enum iommu_bounce_result model_map_range(struct model *model, struct model_mapping *mapping,
					 unsigned int device, enum dma_data_direction dir,
					 unsigned int nr, u32 size);
void model_unmap(struct model *model, struct model_mapping *mapping, bool skip_sync);
void model_device_write(struct model *model, struct model_mapping *mapping, u32 from, u32 to);
void model_device_pads(struct model *model, struct model_mapping *mapping);
void model_cpu_write(struct model *model, struct model_mapping *mapping, u32 from, u32 to);
void model_sync_for_cpu(struct model *model, struct model_mapping *mapping, u32 from, u32 to);
void model_sync_for_device(struct model *model, struct model_mapping *mapping, u32 from, u32 to);
/* Both views of a mapping, its pads, and that its addresses lead to its slot. */
void model_check(struct model *model, struct model_mapping *mapping);

#endif /* IOMMU_BOUNCE_MODEL_H */
