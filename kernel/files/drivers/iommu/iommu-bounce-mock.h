/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mock IOMMU and mock devices behind it, for tests of dma-iommu.
 *
 * The IOMMU is registered like a real one and its devices get DMA domains, so
 * that dma_map_*() on them goes through dma-iommu into a page table here.  A
 * device reads and writes memory only by walking that table.
 */
#ifndef __IOMMU_BOUNCE_MOCK_H
#define __IOMMU_BOUNCE_MOCK_H

#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/xarray.h>

struct task_struct;

/**
 * struct mock_config - what a mock device is like
 * @granule: the IOMMU's page size in bytes, at most PAGE_SIZE
 * @large: a second page size that takes one entry of the tables, too; 0: none.
 *	mock_device_finds() and mock_device_scribbles() do not see such pages.
 * @lazy: unmapped addresses stay in the IOTLB until all of it is flushed
 * @untrusted: the device is an untrusted PCI device
 * @aperture_start: the lowest address that the IOMMU translates
 * @aperture_end: the highest one
 * @peer: put the device into the group of this one, whose domain it shares
 */
struct mock_config {
	unsigned long granule;
	unsigned long large;
	bool lazy;
	bool untrusted;
	dma_addr_t aperture_start;
	dma_addr_t aperture_end;
	struct mock_device *peer;
};

/**
 * struct mock_domain - a DMA domain of the mock IOMMU
 * @domain: the domain
 * @lazy: see &struct mock_config
 * @shift: of the granule
 * @large_shift: of large pages; 0: none
 * @table: the page table, indexed by granules of IOVA; its lock is taken with
 *	interrupts off
 * @large: the same of large pages
 * @busy_ms: so long each call takes that maps or unmaps
 * @maps: calls that put something into the table
 * @unmaps: calls that removed something
 * @flushes: calls that flushed a part of the IOTLB, or all of it
 * @granules: translations that are in the table
 * @attaching: called while a device is attached to the domain or detached from it;
 *	requests that come meanwhile are errors
 * @attached: calls of @attaching
 * @changes: whether a device is being attached or detached
 * @fail_task: the task whose calls fail as @fail_map says
 * @fail_map: so many calls from now, one refuses to map; 0: none
 */
struct mock_domain {
	struct iommu_domain domain;
	bool lazy;
	unsigned int shift;
	unsigned int large_shift;
	struct xarray table;
	struct xarray large;
	unsigned int busy_ms;
	atomic_long_t maps;
	atomic_long_t unmaps;
	atomic_long_t flushes;
	atomic_long_t granules;
	void (*attaching)(struct mock_domain *mock);
	unsigned int attached;
	bool changes;
	struct task_struct *fail_task;
	unsigned int fail_map;
};

/**
 * struct mock_device - a device behind the mock IOMMU
 * @pci: a PCI device if it is untrusted, which others cannot be; else only
 *	its struct device counts.  The PCI core never sees it.
 * @bus: its bus
 * @parms: its DMA parameters
 * @config: what it was made of
 * @faults: accesses that the IOMMU refused
 * @bridge: what @bus hangs on, without any window
 */
struct mock_device {
	struct pci_dev pci;
	struct pci_bus bus;
	struct device_dma_parameters parms;
	struct mock_config config;
	unsigned int faults;
	/* Last, as it ends with a flexible array */
	struct pci_host_bridge bridge;
};

static inline struct device *mock_dev(struct mock_device *mock)
{
	return &mock->pci.dev;
}

static inline struct mock_domain *mock_domain_of(struct mock_device *mock)
{
	return container_of(iommu_get_dma_domain(mock_dev(mock)), struct mock_domain, domain);
}

int mock_iommu_register(void);
void mock_iommu_unregister(void);
unsigned int mock_take_errors(void);

struct mock_device *mock_device_create(const struct mock_config *config);
void mock_device_destroy(struct mock_device *mock);

int mock_device_read(struct mock_device *mock, dma_addr_t addr, void *to, size_t size);
int mock_device_write(struct mock_device *mock, dma_addr_t addr, const void *from, size_t size);
phys_addr_t mock_device_target(struct mock_device *mock, dma_addr_t addr);

size_t mock_device_finds(struct mock_device *mock, u8 byte);
void mock_device_scribbles(struct mock_device *mock, u8 byte);

#endif /* __IOMMU_BOUNCE_MOCK_H */
