/* SPDX-License-Identifier: MIT */
/*
 * What stands between a DRM device and memory, from sysfs and debugfs: an
 * IOMMU, and pools of bounce buffers (Documentation/admin-guide/iommu-bounce.rst).
 */
#ifndef IOMMU_H
#define IOMMU_H

#include <stdbool.h>
#include <stddef.h>

struct iommu {
	char group[16];		/* number of the IOMMU group, "" without */
	bool translates;	/* DMA addresses are no physical ones */
	bool lazy;		/* a mapping may outlive its unmap for a while */
	bool untrusted;		/* parts of pages are always bounced */
	size_t bounces;		/* largest mapping that a pool bounces, 0: none */
};

struct iommu iommu_of(int drm);

/*
 * Slots that the pool of @iommu had ready for a mapping, since it exists; 0 as
 * long as there is no pool.
 */
unsigned long iommu_hits(const struct iommu *iommu);
/* Slots of the pool that belong to mappings now. */
unsigned long iommu_slots_in_use(const struct iommu *iommu);
/* Pages that the pool keeps for mappings to come. */
unsigned long iommu_cached_pages(const struct iommu *iommu);

/* Faults that the kernel reports of its IOMMUs. */
struct faults {
	int log;
};

/* What was reported before counts no more. */
void faults_begin(struct faults *faults);
/* How many there were; returns at the first, and after @ms milliseconds. */
unsigned int faults_end(struct faults *faults, unsigned int ms);

#endif
