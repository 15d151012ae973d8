// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mock IOMMU and mock devices behind it, for tests of dma-iommu.
 *
 * A translation that is unmapped goes on working until the IOTLB is flushed: who
 * forgets the flush, or uses the IOVA again before it, is found out.  The mock
 * counts what no IOMMU driver should see (mapping twice, unmapping what is not
 * mapped, a domain freed with translations in it) as errors.
 */
#include <linux/device.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/property.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "iommu-bounce-mock.h"

/* An entry of the table: the granule's physical number, flags, protection. */
#define MOCK_PROT	(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE | IOMMU_NOEXEC | \
			 IOMMU_MMIO | IOMMU_PRIV)
#define MOCK_UNMAPPED	BIT(6)	/* but not flushed yet */
#define MOCK_SHIFT	7
static_assert(MOCK_PROT < MOCK_UNMAPPED);

static struct iommu_device mock_iommu;
static atomic_t mock_errors;

#define mock_error(...) do {		\
	pr_err("mock IOMMU: " __VA_ARGS__);	\
	atomic_inc(&mock_errors);	\
} while (0)

static struct mock_device *to_mock_device(struct device *dev)
{
	return container_of(dev, struct mock_device, pci.dev);
}

static struct mock_domain *to_mock_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct mock_domain, domain);
}

static unsigned long pte_make(struct mock_domain *mock, phys_addr_t phys, int prot)
{
	return (unsigned long)(phys >> mock->shift) << MOCK_SHIFT | (prot & MOCK_PROT);
}

static phys_addr_t pte_phys(struct mock_domain *mock, unsigned long pte)
{
	return (phys_addr_t)(pte >> MOCK_SHIFT) << mock->shift;
}

/* The entry of a granule, or what it would be if it were not part of a large page. */
static unsigned long pte_load(struct mock_domain *mock, dma_addr_t iova)
{
	void *entry = xa_load(&mock->table, iova >> mock->shift);
	unsigned long granule;

	if (entry)
		return xa_to_value(entry);
	if (mock->large_shift)
		entry = xa_load(&mock->large, iova >> mock->large_shift);
	if (!entry)
		return 0;
	granule = (iova & (BIT(mock->large_shift) - 1)) >> mock->shift;
	return xa_to_value(entry) + (granule << MOCK_SHIFT);
}

/* What a real IOMMU's driver waits for, by the clock that dma-iommu measures with. */
static void busy(struct mock_domain *mock)
{
	u64 start = ktime_get_mono_fast_ns();

	while ((s64)(ktime_get_mono_fast_ns() - start) < READ_ONCE(mock->busy_ms) * NSEC_PER_MSEC)
		cpu_relax();
}

/* What no driver that loses requests while it attaches a device, or sleeps, can do with. */
static void check_request(struct mock_domain *mock)
{
	if (READ_ONCE(mock->changes))
		mock_error("a request while a device is attached or detached\n");
	if (current->flags & PF_WQ_WORKER)
		might_sleep();
}

static bool pte_live(unsigned long pte)
{
	return pte && !(pte & MOCK_UNMAPPED);
}

static int mock_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct mock_domain *mock = to_mock_domain(domain);
	const unsigned int shift = ilog2(pgsize);
	struct xarray *table = shift == mock->shift ? &mock->table : &mock->large;
	unsigned long flags, pte, old;
	int ret = 0;

	if (READ_ONCE(mock->fail_task) == current && mock->fail_map && !--mock->fail_map)
		return -ENOMEM;

	check_request(mock);
	busy(mock);
	atomic_long_inc(&mock->maps);
	for (*mapped = 0; pgcount && !ret; pgcount--) {
		pte = pte_make(mock, phys + *mapped, prot);
		xa_lock_irqsave(table, flags);
		old = pte_load(mock, iova + *mapped);
		if (old)
			mock_error("%#lx is mapped already%s\n", iova + *mapped,
				   pte_live(old) ? "" : ", or not flushed yet");
		ret = xa_err(__xa_store(table, (iova + *mapped) >> shift, xa_mk_value(pte),
					gfp & ~__GFP_DIRECT_RECLAIM));
		xa_unlock_irqrestore(table, flags);
		if (ret)
			break;
		if (!pte_live(old))
			atomic_long_add(pgsize >> mock->shift, &mock->granules);
		*mapped += pgsize;
	}
	return ret;
}

static size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			       size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct mock_domain *mock = to_mock_domain(domain);
	unsigned long flags, pte;
	struct xarray *table;
	size_t unmapped = 0;
	unsigned int shift;

	check_request(mock);
	busy(mock);
	atomic_long_inc(&mock->unmaps);
	while (unmapped < pgsize * pgcount) {
		/* What was mapped in granules may be unmapped as one large page. */
		shift = mock->shift;
		table = &mock->table;
		if (mock->large_shift && !xa_load(table, (iova + unmapped) >> shift)) {
			shift = mock->large_shift;
			table = &mock->large;
		}
		xa_lock_irqsave(table, flags);
		pte = pte_load(mock, iova + unmapped);
		if (pte_live(pte))
			__xa_store(table, (iova + unmapped) >> shift,
				   xa_mk_value(pte | MOCK_UNMAPPED), GFP_NOWAIT);
		xa_unlock_irqrestore(table, flags);
		if (!pte_live(pte)) {
			mock_error("%#lx is unmapped and was not mapped\n", iova + unmapped);
			break;
		}
		atomic_long_sub(BIT(shift - mock->shift), &mock->granules);
		unmapped += BIT(shift);
	}
	if (unmapped && !iommu_iotlb_gather_queued(gather))
		iommu_iotlb_gather_add_range(gather, iova, unmapped);
	return unmapped;
}

static void flush_table(struct xarray *table, unsigned long first, unsigned long last)
{
	unsigned long index, flags;
	void *entry;

	xa_lock_irqsave(table, flags);
	xa_for_each_range(table, index, entry, first, last)
		if (xa_to_value(entry) & MOCK_UNMAPPED)
			__xa_erase(table, index);
	xa_unlock_irqrestore(table, flags);
}

static void flush_range(struct mock_domain *mock, unsigned long start, unsigned long end)
{
	atomic_long_inc(&mock->flushes);
	flush_table(&mock->table, start >> mock->shift, end >> mock->shift);
	if (mock->large_shift)
		flush_table(&mock->large, start >> mock->large_shift, end >> mock->large_shift);
}

static void mock_flush_iotlb_all(struct iommu_domain *domain)
{
	flush_range(to_mock_domain(domain), 0, ULONG_MAX);
}

static void mock_iotlb_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	flush_range(to_mock_domain(domain), gather->start, gather->end);
}

static phys_addr_t mock_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct mock_domain *mock = to_mock_domain(domain);
	unsigned long pte = pte_load(mock, iova);

	return pte_live(pte) ? pte_phys(mock, pte) + (iova & (BIT(mock->shift) - 1)) : 0;
}

static void change_domain(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);

	if (!mock->attaching)
		return;
	WRITE_ONCE(mock->changes, true);
	mock->attaching(mock);
	WRITE_ONCE(mock->changes, false);
	mock->attached++;
}

static int mock_attach_dev(struct iommu_domain *domain, struct device *dev,
			   struct iommu_domain *old)
{
	change_domain(domain);
	if (old)
		change_domain(old);
	return 0;
}

static void table_free(struct xarray *table, unsigned int shift, bool lazy)
{
	unsigned long index;
	void *entry;

	xa_for_each(table, index, entry) {
		if (lazy && !pte_live(xa_to_value(entry)))
			continue;
		mock_error("%#lx is %s when its domain is freed\n", index << shift,
			   pte_live(xa_to_value(entry)) ? "mapped" : "not flushed");
	}
	xa_destroy(table);
}

static void mock_domain_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);

	table_free(&mock->table, mock->shift, mock->lazy);
	table_free(&mock->large, mock->large_shift, mock->lazy);
	kfree(mock);
}

static const struct iommu_domain_ops mock_domain_ops = {
	.attach_dev = mock_attach_dev,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.flush_iotlb_all = mock_flush_iotlb_all,
	.iotlb_sync = mock_iotlb_sync,
	.iova_to_phys = mock_iova_to_phys,
	.free = mock_domain_free,
};

static struct iommu_domain *mock_domain_alloc_paging(struct device *dev)
{
	const struct mock_config *config = &to_mock_device(dev)->config;
	struct mock_domain *mock = kzalloc_obj(*mock);

	if (!mock)
		return ERR_PTR(-ENOMEM);
	xa_init_flags(&mock->table, XA_FLAGS_LOCK_IRQ);
	xa_init_flags(&mock->large, XA_FLAGS_LOCK_IRQ);
	mock->lazy = config->lazy;
	mock->shift = ilog2(config->granule);
	mock->large_shift = config->large ? ilog2(config->large) : 0;
	mock->domain.pgsize_bitmap = config->granule | config->large;
	mock->domain.geometry.aperture_start = config->aperture_start;
	mock->domain.geometry.aperture_end = config->aperture_end;
	mock->domain.geometry.force_aperture = true;
	return &mock->domain;
}

static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY || cap == IOMMU_CAP_DEFERRED_FLUSH;
}

static struct iommu_device *mock_probe_device(struct device *dev)
{
	return &mock_iommu;
}

static struct iommu_group *mock_device_group(struct device *dev)
{
	struct mock_device *peer = to_mock_device(dev)->config.peer;

	return peer ? iommu_group_ref_get(mock_dev(peer)->iommu_group) : iommu_group_alloc();
}

static int mock_def_domain_type(struct device *dev)
{
	return to_mock_device(dev)->config.lazy ? IOMMU_DOMAIN_DMA_FQ : IOMMU_DOMAIN_DMA;
}

static const struct iommu_ops mock_ops = {
	.capable = mock_capable,
	.domain_alloc_paging = mock_domain_alloc_paging,
	.probe_device = mock_probe_device,
	.device_group = mock_device_group,
	.def_domain_type = mock_def_domain_type,
	.default_domain_ops = &mock_domain_ops,
	.owner = THIS_MODULE,
};

/**
 * mock_iommu_register - make the IOMMU known
 *
 * Its firmware node is its own, so that it serves mock devices only.
 *
 * Return: 0 or an error.
 */
int mock_iommu_register(void)
{
	int ret;

	mock_iommu.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(mock_iommu.fwnode))
		return PTR_ERR(mock_iommu.fwnode);
	ret = iommu_device_sysfs_add(&mock_iommu, NULL, NULL, "iommu-bounce-mock");
	if (ret)
		goto remove_node;
	ret = iommu_device_register(&mock_iommu, &mock_ops, NULL);
	if (!ret)
		return 0;
	iommu_device_sysfs_remove(&mock_iommu);
remove_node:
	fwnode_remove_software_node(mock_iommu.fwnode);
	return ret;
}

/**
 * mock_iommu_unregister - undo mock_iommu_register()
 *
 * All devices are gone already.
 */
void mock_iommu_unregister(void)
{
	iommu_device_unregister(&mock_iommu);
	iommu_device_sysfs_remove(&mock_iommu);
	fwnode_remove_software_node(mock_iommu.fwnode);
}

/**
 * mock_take_errors - errors that the IOMMU saw since the last call
 *
 * Return: their number; the kernel's log has them.
 */
unsigned int mock_take_errors(void)
{
	return atomic_xchg(&mock_errors, 0);
}

static void mock_device_release(struct device *dev)
{
	kfree(to_mock_device(dev));
}

/**
 * mock_device_create - a device behind the IOMMU, with its DMA domain
 * @config: what it is like
 *
 * It is coherent and its DMA mask is what a device starts with, 32 bits.
 *
 * Return: the device, or an error pointer; -EOPNOTSUPP if the kernel knows no
 * untrusted devices.
 */
struct mock_device *mock_device_create(const struct mock_config *config)
{
	static unsigned int nr;
	struct mock_device *mock;
	struct device *dev;
	int ret;

	if (config->untrusted && !IS_ENABLED(CONFIG_PCI))
		return ERR_PTR(-EOPNOTSUPP);
	mock = kzalloc_obj(*mock);
	if (!mock)
		return ERR_PTR(-ENOMEM);
	mock->config = *config;
	INIT_LIST_HEAD(&mock->bridge.windows);
	INIT_LIST_HEAD(&mock->bridge.dma_ranges);
	mock->bus.bridge = &mock->bridge.dev;
	mock->pci.bus = &mock->bus;
	mock->pci.untrusted = config->untrusted;
	mock->pci.dma_mask = DMA_BIT_MASK(32);

	dev = mock_dev(mock);
	device_initialize(dev);
	dev->release = mock_device_release;
	dev->dma_mask = &mock->pci.dma_mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(32);
	dev->dma_parms = &mock->parms;
	dev_set_dma_coherent(dev);
	ret = dev_set_name(dev, "iommu-bounce-mock.%u", nr++);
	if (!ret)
		ret = device_add(dev);
	if (ret) {
		put_device(dev);
		return ERR_PTR(ret);
	}

	mutex_lock(&iommu_probe_device_lock);
	ret = iommu_fwspec_init(dev, mock_iommu.fwnode);
	mutex_unlock(&iommu_probe_device_lock);
	if (ret)
		goto unregister;
	/* Only while the driver core does not look: it has no such device. */
	if (IS_ENABLED(CONFIG_PCI) && config->untrusted)
		dev->bus = &pci_bus_type;
	ret = iommu_probe_device(dev);
	if (!ret && !iommu_get_dma_domain(dev))
		ret = -ENODEV;
	if (!ret)
		return mock;
	dev->bus = NULL;
unregister:
	device_unregister(dev);
	return ERR_PTR(ret);
}

/**
 * mock_device_destroy - remove a device, and its domain if it is the last of it
 * @mock: the device
 */
void mock_device_destroy(struct mock_device *mock)
{
	struct device *dev = mock_dev(mock);

	iommu_group_remove_device(dev);
	dev->bus = NULL;
	device_unregister(dev);
}

static void copy_phys(phys_addr_t phys, void *buf, size_t size, bool to_memory)
{
	void *mem;
	size_t len;

	for (; size; size -= len, phys += len, buf += len) {
		len = min_t(size_t, size, PAGE_SIZE - offset_in_page(phys));
		mem = kmap_local_pfn(PHYS_PFN(phys)) + offset_in_page(phys);
		if (to_memory)
			memcpy(mem, buf, len);
		else
			memcpy(buf, mem, len);
		kunmap_local(mem);
	}
}

/* One access; the device drives no address lines beyond its mask. */
static int access(struct mock_device *mock, dma_addr_t addr, void *buf, size_t size, int need)
{
	struct mock_domain *domain = mock_domain_of(mock);
	size_t len, offset, granule = BIT(domain->shift);
	unsigned long pte;

	for (; size; size -= len, addr += len, buf += len) {
		offset = addr & (granule - 1);
		len = min(size, granule - offset);
		pte = pte_load(domain, addr);
		if (!(pte & need) || addr + len - 1 > dma_get_mask(mock_dev(mock))) {
			mock->faults++;
			return -EFAULT;
		}
		copy_phys(pte_phys(domain, pte) + offset, buf, len, need == IOMMU_WRITE);
	}
	return 0;
}

/**
 * mock_device_read - the device reads memory
 * @mock: the device
 * @addr: IOVA
 * @to: where to store it
 * @size: number of bytes
 *
 * Return: 0, or -EFAULT if the IOMMU refused.
 */
int mock_device_read(struct mock_device *mock, dma_addr_t addr, void *to, size_t size)
{
	return access(mock, addr, to, size, IOMMU_READ);
}

/**
 * mock_device_write - the device writes to memory
 * @mock: the device
 * @addr: IOVA
 * @from: what to write
 * @size: number of bytes
 *
 * Return: 0, or -EFAULT if the IOMMU refused; what came before it is written.
 */
int mock_device_write(struct mock_device *mock, dma_addr_t addr, const void *from, size_t size)
{
	return access(mock, addr, (void *)from, size, IOMMU_WRITE);
}

/**
 * mock_device_target - where an address leads
 * @mock: the device
 * @addr: IOVA
 *
 * Return: the physical address, or 0 if there is none.
 */
phys_addr_t mock_device_target(struct mock_device *mock, dma_addr_t addr)
{
	return mock_iova_to_phys(&mock_domain_of(mock)->domain, addr);
}

/*
 * Overwrite with @byte, or search for it, all that the device may access as @need
 * says.  Returns how often it was found.
 */
static size_t sweep(struct mock_device *mock, int need, u8 byte)
{
	struct mock_domain *domain = mock_domain_of(mock);
	size_t i, found = 0, granule = BIT(domain->shift);
	unsigned long index, flags;
	dma_addr_t iova;
	phys_addr_t phys;
	void *entry;
	u8 *mem;

	/* With the lock, nobody unmaps and frees what is looked at. */
	xa_lock_irqsave(&domain->table, flags);
	xa_for_each(&domain->table, index, entry) {
		iova = (dma_addr_t)index << domain->shift;
		/* What lazy mode leaves reachable may be freed by now. */
		if (domain->lazy && !pte_live(xa_to_value(entry)))
			continue;
		if (!(xa_to_value(entry) & need) ||
		    iova + granule - 1 > dma_get_mask(mock_dev(mock)))
			continue;
		phys = pte_phys(domain, xa_to_value(entry));
		mem = kmap_local_pfn(PHYS_PFN(phys)) + offset_in_page(phys);
		if (need == IOMMU_WRITE)
			memset(mem, byte, granule);
		else
			for (i = 0; i < granule; i++)
				found += mem[i] == byte;
		kunmap_local(mem);
	}
	xa_unlock_irqrestore(&domain->table, flags);
	return found;
}

/**
 * mock_device_finds - search all that the device can read
 * @mock: the device
 * @byte: what for
 *
 * Return: how often it is there.
 */
size_t mock_device_finds(struct mock_device *mock, u8 byte)
{
	return sweep(mock, IOMMU_READ, byte);
}

/**
 * mock_device_scribbles - overwrite all that the device can write to
 * @mock: the device
 * @byte: with what
 */
void mock_device_scribbles(struct mock_device *mock, u8 byte)
{
	sweep(mock, IOMMU_WRITE, byte);
}
