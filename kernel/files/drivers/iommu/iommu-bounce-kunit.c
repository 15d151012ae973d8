// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of bouncing in dma-iommu, through the DMA API, on a mock IOMMU.
 *
 * A mock device reads and writes memory by way of the IOMMU's page table alone:
 * what it sees and what it changes is what a real device would.  A mapping is
 * bounced if its address leads elsewhere than to the buffer.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/dma-map-ops.h>
#include <linux/hmm.h>
#include <linux/hmm-dma.h>
#include <linux/iommu-dma.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pci-p2pdma.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "dma-iommu.h"
#include "iommu-bounce.h"
#include "iommu-bounce-auto.h"
#include "iommu-bounce-mock.h"

/* What stands where, so that it is known again where it does not belong. */
#define SECRET	0x5e	/* memory around a buffer */
#define CPU	0xc5	/* what the CPU wrote into a buffer */
#define DEVICE	0xde	/* what the device wrote */

#define LIMIT	SZ_128K		/* of optional bouncing */
/* The longest that a slot may be waited for; much longer than needed, as hosts are busy. */
#define WARM_UP	(60 * HZ)
/* Likewise, for an idle pool to be empty: that is four looks, two seconds apart */
#define IDLE	(60 * HZ)
/* What the IOMMU takes where bouncing pays by far, in ms; slow machines copy slowly. */
#define DEAR	2

struct machine {
	const char *name;
	unsigned long granule;
	bool lazy;
};

static const struct machine machines[] = {
	{ "strict", SZ_4K },
	{ "lazy", SZ_4K, true },
	{ "granule_1k", SZ_1K },
};

KUNIT_ARRAY_PARAM_DESC(machine, machines, name);

struct bounce_test {
	struct mock_device *devices[2];
	struct page *pages[64];
	unsigned int orders[64];
	unsigned int nr_pages;
};

static int bounce_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct bounce_test), GFP_KERNEL);
	mock_take_errors();
	return test->priv ? 0 : -ENOMEM;
}

static void destroy_device(struct kunit *test, struct mock_device *mock)
{
	struct bounce_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t->devices); i++)
		if (t->devices[i] == mock)
			t->devices[i] = NULL;
	mock_device_destroy(mock);
}

static void bounce_test_exit(struct kunit *test)
{
	struct bounce_test *t = test->priv;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < ARRAY_SIZE(t->devices); i++) {
		if (!t->devices[i])
			continue;
		KUNIT_EXPECT_EQ_MSG(test, t->devices[i]->faults, 0, "the IOMMU refused accesses");
		mock_device_destroy(t->devices[i]);
	}
	for (i = 0; i < t->nr_pages; i++)
		__free_pages(t->pages[i], t->orders[i]);
	KUNIT_EXPECT_EQ_MSG(test, mock_take_errors(), 0, "the IOMMU saw errors, see the log");
}

static struct mock_config config_of(struct kunit *test)
{
	const struct machine *machine = test->param_value ?: &machines[0];

	return (struct mock_config) {
		.granule = machine->granule,
		.lazy = machine->lazy,
		.aperture_end = DMA_BIT_MASK(48),
	};
}

/* A device as its driver finds it: nothing set yet. */
static struct mock_device *fresh_device(struct kunit *test, const struct mock_config *config)
{
	struct bounce_test *t = test->priv;
	struct mock_device *mock;
	unsigned int i = 0;

	mock = mock_device_create(config);
	if (PTR_ERR(mock) == -EOPNOTSUPP)
		kunit_skip(test, "untrusted devices need CONFIG_PCI");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock);
	while (t->devices[i])
		i++;
	t->devices[i] = mock;
	return mock;
}

static struct mock_device *config_device(struct kunit *test, const struct mock_config *config)
{
	struct mock_device *mock = fresh_device(test, config);

	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(mock_dev(mock), DMA_BIT_MASK(64)), 0);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), LIMIT);
	return mock;
}

/* A device whose mappings are bounced if that pays. */
static struct mock_device *trusted_device(struct kunit *test)
{
	struct mock_config config = config_of(test);

	return config_device(test, &config);
}

/* One that must not see what shares a granule with its buffers. */
static struct mock_device *untrusted_device(struct kunit *test)
{
	struct mock_config config = config_of(test);

	config.untrusted = true;
	/* Untrusted devices are never lazy. */
	config.lazy = false;
	return config_device(test, &config);
}

/* Pages full of secrets. */
static u8 *secret_pages(struct kunit *test, size_t size)
{
	struct bounce_test *t = test->priv;
	unsigned int order = get_order(size);
	struct page *page;

	KUNIT_ASSERT_LT(test, t->nr_pages, ARRAY_SIZE(t->pages));
	page = alloc_pages(GFP_KERNEL, order);
	KUNIT_ASSERT_NOT_NULL(test, page);
	t->orders[t->nr_pages] = order;
	t->pages[t->nr_pages++] = page;
	memset(page_address(page), SECRET, PAGE_SIZE << order);
	return page_address(page);
}

/* No two places near each other look alike, and none like a secret. */
static u8 pattern(size_t i, u8 seed)
{
	u8 byte = seed + i + (i >> 8) * 3;

	return byte == SECRET ? SECRET ^ 0xff : byte;
}

static void fill(u8 *mem, size_t size, u8 seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		mem[i] = pattern(i, seed);
}

static bool is_filled(const u8 *mem, size_t size, u8 seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (mem[i] != pattern(i, seed))
			return false;
	return true;
}

static bool all_are(const u8 *mem, u8 byte, size_t size)
{
	return !memchr_inv(mem, byte, size);
}

/* Does the device find the pattern at @addr? */
static bool device_sees(struct kunit *test, struct mock_device *mock, dma_addr_t addr,
			size_t size, u8 seed)
{
	u8 *copy = kmalloc(size, GFP_KERNEL);
	bool sees;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	sees = !mock_device_read(mock, addr, copy, size) && is_filled(copy, size, seed);
	kfree(copy);
	return sees;
}

/*
 * Bytes that are not 0 and that the device can read around a mapping, in the slot
 * of which the mapping is a part: it is as large as the next power of two.
 */
static size_t dirty_pads(struct mock_device *mock, dma_addr_t addr, size_t size)
{
	size_t granule = mock->config.granule, slot, dirty = 0;
	unsigned int faults = mock->faults;
	dma_addr_t pos;
	u8 byte;

	slot = roundup_pow_of_two(ALIGN((addr & (granule - 1)) + size, granule));
	for (pos = ALIGN_DOWN(addr, slot); pos < ALIGN_DOWN(addr, slot) + slot; pos++)
		if (pos - addr >= size && !mock_device_read(mock, pos, &byte, 1) && byte)
			dirty++;
	mock->faults = faults;
	return dirty;
}

static int device_fills(struct kunit *test, struct mock_device *mock, dma_addr_t addr,
			size_t size, u8 seed)
{
	u8 *data = kmalloc(size, GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, data);
	fill(data, size, seed);
	ret = mock_device_write(mock, addr, data, size);
	kfree(data);
	return ret;
}

static dma_addr_t map(struct kunit *test, struct mock_device *mock, void *mem, size_t size,
		      enum dma_data_direction dir, unsigned long attrs)
{
	dma_addr_t addr = dma_map_phys(mock_dev(mock), virt_to_phys(mem), size, dir, attrs);

	KUNIT_ASSERT_FALSE(test, dma_mapping_error(mock_dev(mock), addr));
	return addr;
}

static void unmap(struct mock_device *mock, dma_addr_t addr, size_t size,
		  enum dma_data_direction dir, unsigned long attrs)
{
	dma_unmap_phys(mock_dev(mock), addr, size, dir, attrs);
}

static bool is_bounced(struct mock_device *mock, dma_addr_t addr, const void *mem)
{
	return mock_device_target(mock, addr) != virt_to_phys((void *)mem);
}

/* The first mappings of a size and direction are direct, until slots are there. */
static dma_addr_t map_bounced(struct kunit *test, struct mock_device *mock, void *mem,
			      size_t size, enum dma_data_direction dir)
{
	unsigned long end = jiffies + WARM_UP;
	dma_addr_t addr;

	for (;;) {
		addr = map(test, mock, mem, size, dir, 0);
		if (is_bounced(mock, addr, mem))
			return addr;
		unmap(mock, addr, size, dir, DMA_ATTR_SKIP_CPU_SYNC);
		if (time_after(jiffies, end))
			KUNIT_FAIL_AND_ABORT(test, "%zu bytes are not bounced", size);
		msleep(20);
	}
}

static const struct iommu_bounce_stats *stats_of(struct kunit *test, struct mock_device *mock)
{
	struct iommu_bounce_stats *stats = kunit_kzalloc(test, sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	iommu_bounce_get_stats(iommu_dma_bounce_pool(iommu_get_dma_domain(mock_dev(mock))),
			       stats);
	return stats;
}

/* From now on, there is a slot for one mapping like this. */
static void warm_up(struct kunit *test, struct mock_device *mock, void *mem, size_t size,
		    enum dma_data_direction dir)
{
	unmap(mock, map_bounced(test, mock, mem, size, dir), size, dir, DMA_ATTR_SKIP_CPU_SYNC);
}

/* Bounce off: dma-iommu as it always was. */
static void off_is_direct(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	int i;

	iommu_dma_set_bounce_limit(&domain->domain, 0);
	fill(mem, SZ_4K, CPU);
	for (i = 1; i <= 100; i++) {
		addr = map(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL, 0);
		KUNIT_EXPECT_FALSE(test, is_bounced(mock, addr, mem));
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
		KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->maps), i);
		unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->unmaps), i);
	}
}

/* The point of it all: once warm, mapping costs the IOMMU nothing. */
static void warm_needs_no_iommu(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	u8 *mem = secret_pages(test, SZ_64K);
	static const size_t sizes[] = { SZ_512, SZ_4K, SZ_16K, SZ_64K };
	long maps, unmaps;
	dma_addr_t addr;
	int i, round;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		warm_up(test, mock, mem, sizes[i], DMA_TO_DEVICE);
	/* Now and then the worker adds slots and takes some away: one quiet round will do. */
	for (round = 0; round < 10; round++) {
		maps = atomic_long_read(&domain->maps);
		unmaps = atomic_long_read(&domain->unmaps);
		for (i = 0; i < 100; i++) {
			size_t size = sizes[i % ARRAY_SIZE(sizes)];

			addr = map(test, mock, mem, size, DMA_TO_DEVICE, 0);
			unmap(mock, addr, size, DMA_TO_DEVICE, 0);
		}
		if (atomic_long_read(&domain->maps) == maps &&
		    atomic_long_read(&domain->unmaps) == unmaps)
			return;
		msleep(20);
	}
	KUNIT_FAIL(test, "mappings still change the IOMMU's tables");
}

static void carries_data_of(struct kunit *test, struct mock_device *mock, u8 *mem, size_t size)
{
	dma_addr_t addr;

	fill(mem, size, CPU);
	addr = map_bounced(test, mock, mem, size, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, CPU));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, size, DEVICE), -EFAULT);
	mock->faults--;
	unmap(mock, addr, size, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, CPU));

	addr = map_bounced(test, mock, mem, size, DMA_FROM_DEVICE);
	KUNIT_EXPECT_FALSE(test, device_sees(test, mock, addr, size, CPU));
	mock->faults--;
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, size, DEVICE), 0);
	unmap(mock, addr, size, DMA_FROM_DEVICE, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, DEVICE));

	addr = map_bounced(test, mock, mem, size, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, DEVICE));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, size, CPU), 0);
	unmap(mock, addr, size, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, CPU));
}

static void carries_data(struct kunit *test, struct mock_device *mock, u8 *mem, size_t size)
{
	carries_data_of(test, mock, mem, size);
	KUNIT_EXPECT_TRUE(test, all_are(mem - SZ_512, SECRET, SZ_512));
	KUNIT_EXPECT_TRUE(test, all_are(mem + size, SECRET, SZ_512));
}

static void data_both_ways(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_128K);

	carries_data(test, mock, mem + SZ_512, 1);
	memset(mem, SECRET, SZ_128K);
	carries_data(test, mock, mem + SZ_2K, SZ_1K);
	memset(mem, SECRET, SZ_128K);
	/* Across granules, and both ends within one */
	carries_data(test, mock, mem + 1500, 30001);
}

static void untrusted_data_both_ways(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	u8 *mem = secret_pages(test, SZ_1M);

	carries_data(test, mock, mem + SZ_512, 1);
	memset(mem, SECRET, SZ_1M);
	carries_data(test, mock, mem + 1500, 30001);
}

/* A device may write less than the buffer holds. */
static void partial_write_preserved(struct kunit *test)
{
	static const enum dma_data_direction dirs[] = { DMA_FROM_DEVICE, DMA_BIDIRECTIONAL };
	struct mock_device *mock = trusted_device(test);
	const size_t size = 9000, from = 3000, len = 4000;
	u8 *mem = secret_pages(test, SZ_16K);
	u8 *old = secret_pages(test, SZ_16K);
	dma_addr_t addr;
	int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		fill(mem, size, CPU);
		fill(old, size, CPU);
		addr = map_bounced(test, mock, mem, size, dirs[i]);
		KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr + from, len, DEVICE), 0);
		unmap(mock, addr, size, dirs[i], 0);
		KUNIT_EXPECT_MEMEQ(test, mem, old, from);
		KUNIT_EXPECT_TRUE(test, is_filled(mem + from, len, DEVICE));
		KUNIT_EXPECT_MEMEQ(test, mem + from + len, old + from + len, size - from - len);
	}
}

/* What the last transfer left in the slot does not get into the next buffer. */
static void recycled_slot_hides_from_cpu(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	int i;

	for (i = 0; i < 8; i++) {
		addr = map_bounced(test, mock, mem, SZ_4K, DMA_FROM_DEVICE);
		mock_device_scribbles(mock, DEVICE);
		unmap(mock, addr, SZ_4K, DMA_FROM_DEVICE, 0);
		KUNIT_EXPECT_TRUE(test, all_are(mem, DEVICE, SZ_4K));

		memset(mem, CPU, SZ_4K);
		addr = map_bounced(test, mock, mem + 1000, 1000, DMA_FROM_DEVICE);
		unmap(mock, addr, 1000, DMA_FROM_DEVICE, 0);
		KUNIT_EXPECT_TRUE(test, all_are(mem, CPU, SZ_4K));
	}
}

/* Nor does what one device could read come before another one's eyes. */
static void recycled_slot_hides_from_device(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *one = config_device(test, &config), *two;
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	unsigned int recycled = 0;
	dma_addr_t used;
	int i;

	config.peer = one;
	two = config_device(test, &config);
	for (i = 0; i < 8; i++) {
		used = map_bounced(test, one, mem, config.granule, DMA_TO_DEVICE);
		KUNIT_EXPECT_NE(test, mock_device_finds(one, SECRET), 0);
		unmap(one, used, config.granule, DMA_TO_DEVICE, 0);

		memset(mem + SZ_4K + 1000, CPU, 100);
		addr = map_bounced(test, two, mem + SZ_4K + 1000, 100, DMA_TO_DEVICE);
		recycled += addr - used < config.granule;
		KUNIT_EXPECT_EQ(test, dirty_pads(two, addr, 100), 0);
		unmap(two, addr, 100, DMA_TO_DEVICE, 0);
	}
	KUNIT_EXPECT_NE(test, recycled, 0);
}

/* One that joins a group finds nothing that the others left, and leave from then on. */
static void untrusted_device_joins(struct kunit *test)
{
	struct mock_config config = config_of(test);
	u8 *mem = secret_pages(test, SZ_4K);
	struct mock_device *one, *two;

	config.lazy = false;
	one = config_device(test, &config);
	unmap(one, map_bounced(test, one, mem, SZ_4K, DMA_TO_DEVICE), SZ_4K, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_NE(test, mock_device_finds(one, SECRET), 0);

	config.peer = one;
	config.untrusted = true;
	two = config_device(test, &config);
	KUNIT_EXPECT_EQ(test, mock_device_finds(two, SECRET), 0);
	unmap(one, map_bounced(test, one, mem, SZ_4K, DMA_TO_DEVICE), SZ_4K, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, mock_device_finds(two, SECRET), 0);
}

/* An untrusted device finds zeros around its buffer, on fresh slots and on used ones. */
static void untrusted_pads(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	u8 *mem = secret_pages(test, SZ_64K);
	static const struct {
		size_t offset, size;
	} buffers[] = {
		{ 512, 512 }, { 0, 1 }, { 4095, 2 }, { 100, 5000 }, { 1, SZ_4K }, { 3000, 40000 },
	};
	dma_addr_t addr;
	int i, round;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < ARRAY_SIZE(buffers); i++) {
			u8 *buf = mem + buffers[i].offset;
			size_t size = buffers[i].size;

			memset(mem, SECRET, SZ_64K);
			fill(buf, size, CPU);
			addr = map(test, mock, buf, size, DMA_BIDIRECTIONAL, 0);
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, CPU));
			KUNIT_EXPECT_EQ(test, dirty_pads(mock, addr, size), 0);
			/* Who writes into the pads finds nothing of it later. */
			mock_device_scribbles(mock, DEVICE);
			unmap(mock, addr, size, DMA_BIDIRECTIONAL, 0);
			KUNIT_EXPECT_TRUE(test, all_are(buf, DEVICE, size));
			KUNIT_EXPECT_TRUE(test, all_are(mem, SECRET, buffers[i].offset));
			KUNIT_EXPECT_TRUE(test, all_are(buf + size, SECRET,
							SZ_64K - buffers[i].offset - size));
		}
	}
}

/* A security control that no driver's flag switches off. */
static void untrusted_is_bounced_whatever_attrs(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	addr = map(test, mock, mem + 512, SZ_1K + 1, DMA_TO_DEVICE,
		   DMA_ATTR_PERSISTENT_STREAMING | DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_TRUE(test, is_bounced(mock, addr, mem + 512));
	KUNIT_EXPECT_EQ(test, dirty_pads(mock, addr, SZ_1K + 1), 0);
	unmap(mock, addr, SZ_1K + 1, DMA_TO_DEVICE, DMA_ATTR_PERSISTENT_STREAMING);

	addr = dma_map_phys(mock_dev(mock), virt_to_phys(mem + 512), SZ_1K + 1, DMA_TO_DEVICE,
			    DMA_ATTR_REQUIRE_COHERENT);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(mock_dev(mock), addr));
}

/* The device tries all that it can, with mappings of every sort at once. */
static void hostile_device(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	struct device *dev = mock_dev(mock);
	static const struct {
		size_t offset, size;
	} buffers[] = { { 512, 512 }, { 4000, 200 }, { 100, 30000 }, { 1, 700001 } };
	u8 *mem[ARRAY_SIZE(buffers)], *pages = secret_pages(test, SZ_32K);
	dma_addr_t addr[ARRAY_SIZE(buffers)];
	struct dma_iova_state state;
	struct scatterlist sg[3];
	int i, round;

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), 0);
	for (i = 0; i < ARRAY_SIZE(buffers); i++)
		mem[i] = secret_pages(test, SZ_1M);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(buffers); i++) {
			memset(mem[i] + buffers[i].offset, CPU, buffers[i].size);
			addr[i] = map(test, mock, mem[i] + buffers[i].offset, buffers[i].size,
				      DMA_BIDIRECTIONAL, 0);
		}
		sg_init_table(sg, ARRAY_SIZE(sg));
		for (i = 0; i < ARRAY_SIZE(sg); i++) {
			memset(pages + SZ_8K * i + 100, CPU, 300);
			sg_set_buf(&sg[i], pages + SZ_8K * i + 100, 300);
		}
		KUNIT_ASSERT_EQ(test, dma_map_sg(dev, sg, ARRAY_SIZE(sg), DMA_BIDIRECTIONAL),
				ARRAY_SIZE(sg));
		memset(pages + SZ_16K + SZ_8K + 500, CPU, 5000);
		KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state,
							   virt_to_phys(pages + 500), 5000));
		KUNIT_ASSERT_EQ(test, dma_iova_link(dev, &state,
						    virt_to_phys(pages + SZ_16K + SZ_8K + 500), 0,
						    5000, DMA_BIDIRECTIONAL, 0), 0);
		KUNIT_ASSERT_EQ(test, dma_iova_sync(dev, &state, 0, 5000), 0);

		KUNIT_EXPECT_EQ(test, mock_device_finds(mock, SECRET), 0);
		mock_device_scribbles(mock, DEVICE);

		for (i = 0; i < ARRAY_SIZE(buffers); i++) {
			unmap(mock, addr[i], buffers[i].size, DMA_BIDIRECTIONAL, 0);
			KUNIT_EXPECT_TRUE(test, all_are(mem[i], SECRET, buffers[i].offset));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i] + buffers[i].offset, DEVICE,
							buffers[i].size));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i] + buffers[i].offset +
							buffers[i].size, SECRET, SZ_1M -
							buffers[i].offset - buffers[i].size));
		}
		dma_unmap_sg(dev, sg, ARRAY_SIZE(sg), DMA_BIDIRECTIONAL);
		dma_iova_destroy(dev, &state, 5000, DMA_BIDIRECTIONAL, 0);
		for (i = 0; i < ARRAY_SIZE(sg); i++) {
			KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_8K * i, SECRET, 100));
			KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_8K * i + 100, DEVICE, 300));
			KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_8K * i + 400, SECRET, 4000));
		}
		KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_16K + SZ_8K, SECRET, 500));
		KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_16K + SZ_8K + 500, DEVICE, 5000));
		KUNIT_EXPECT_TRUE(test, all_are(pages + SZ_16K + SZ_8K + 5500, SECRET,
						SZ_8K - 5500));
	}
}

/* A sync moves the bytes that it names, and no other. */
static void sync_moves_what_it_names(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	const size_t size = 10000, from = 3001, len = 4005;
	u8 *mem = secret_pages(test, SZ_16K);
	dma_addr_t addr;

	fill(mem, size, CPU);
	addr = map_bounced(test, mock, mem, size, DMA_BIDIRECTIONAL);

	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, size, DEVICE), 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, CPU));
	memset(mem, 1, from);
	dma_sync_single_range_for_cpu(dev, addr, from, len, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, all_are(mem, 1, from));
	KUNIT_EXPECT_EQ(test, mem[from], pattern(from, DEVICE));
	KUNIT_EXPECT_EQ(test, mem[from + len - 1], pattern(from + len - 1, DEVICE));
	KUNIT_EXPECT_EQ(test, mem[from + len], pattern(from + len, CPU));

	dma_sync_single_for_cpu(dev, addr, size, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, DEVICE));

	fill(mem, size, CPU);
	dma_sync_single_range_for_device(dev, addr, from, len, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, device_sees(test, mock, addr, size, CPU));
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr + from, 1, pattern(from, CPU)));
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr + from - 1, 1,
					    pattern(from - 1, DEVICE)));
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr + from + len, 1,
					    pattern(from + len, DEVICE)));
	dma_sync_single_for_device(dev, addr, size, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, CPU));

	unmap(mock, addr, size, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, CPU));
}

static void needs_skipped_syncs(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_DMA_API_DEBUG))
		kunit_skip(test, "with CONFIG_DMA_API_DEBUG every dma_sync_*() happens");
}

/* On a coherent device dma_sync_*() does nothing, until something is bounced. */
static void sync_of_skip_sync_device(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	needs_skipped_syncs(test);
	KUNIT_ASSERT_TRUE(test, dev_dma_skip_sync(dev));
	fill(mem, SZ_4K, CPU);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_FALSE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, SZ_4K, DEVICE), 0);
	dma_sync_single_for_cpu(dev, addr, SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));
	unmap(mock, addr, SZ_4K, DMA_FROM_DEVICE, 0);
}

static void sg_sync_of_skip_sync_device(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K);
	struct scatterlist sg;

	needs_skipped_syncs(test);
	warm_up(test, mock, mem, SZ_4K, DMA_FROM_DEVICE);
	/* As if the device were new */
	dev_set_dma_skip_sync(dev);
	fill(mem, SZ_4K, CPU);
	sg_init_one(&sg, mem, SZ_4K);
	KUNIT_ASSERT_EQ(test, dma_map_sg(dev, &sg, 1, DMA_FROM_DEVICE), 1);
	KUNIT_ASSERT_TRUE(test, is_bounced(mock, sg_dma_address(&sg), mem));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, sg_dma_address(&sg), SZ_4K, DEVICE), 0);
	dma_sync_sg_for_cpu(dev, &sg, 1, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));
	dma_unmap_sg(dev, &sg, 1, DMA_FROM_DEVICE);
}

static void two_step_sync_of_skip_sync_device(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K);
	struct dma_iova_state state;

	needs_skipped_syncs(test);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), 0);
	KUNIT_ASSERT_TRUE(test, dev_dma_skip_sync(dev));
	fill(mem + 100, 900, CPU);
	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, virt_to_phys(mem + 100), 900));
	KUNIT_ASSERT_EQ(test, dma_iova_link(dev, &state, virt_to_phys(mem + 100), 0, 900,
					    DMA_FROM_DEVICE, 0), 0);
	KUNIT_ASSERT_EQ(test, dma_iova_sync(dev, &state, 0, 900), 0);
	KUNIT_EXPECT_FALSE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, state.addr, 900, DEVICE), 0);
	dma_sync_single_for_cpu(dev, state.addr, 900, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, is_filled(mem + 100, 900, DEVICE));
	dma_iova_destroy(dev, &state, 900, DMA_FROM_DEVICE, 0);
}

static void need_sync_is_true(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), 0);
	addr = map(test, mock, mem, SZ_4K, DMA_FROM_DEVICE, 0);
	if (!IS_ENABLED(CONFIG_DMA_API_DEBUG))
		KUNIT_EXPECT_FALSE(test, dma_need_sync(dev, addr));
	unmap(mock, addr, SZ_4K, DMA_FROM_DEVICE, 0);

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), LIMIT);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, dma_need_sync(dev, addr));
	unmap(mock, addr, SZ_4K, DMA_FROM_DEVICE, 0);
}

/* HMM asks this, whose own mappings are never bounced. */
static void coherent_beside_bounced(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K), *own = secret_pages(test, SZ_4K);
	dma_addr_t bounced, addr;

	bounced = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_TRUE(test, dma_can_require_coherent(dev));
	addr = map(test, mock, own, SZ_4K, DMA_BIDIRECTIONAL, DMA_ATTR_REQUIRE_COHERENT);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, addr, own));
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, DMA_ATTR_REQUIRE_COHERENT);
	unmap(mock, bounced, SZ_4K, DMA_BIDIRECTIONAL, 0);
}

/* HMM never bounces either, and wants one range for all. */
static void hmm_beside_bounced(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_4K), *own = secret_pages(test, PAGE_SIZE);
	struct pci_p2pdma_map_state p2pdma = {};
	struct hmm_dma_map map = {};
	dma_addr_t bounced, addr;

	bounced = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	fill(own, PAGE_SIZE, CPU);
	KUNIT_ASSERT_EQ(test, hmm_dma_map_alloc(dev, &map, 4, PAGE_SIZE), 0);
	KUNIT_EXPECT_TRUE(test, dma_use_iova(&map.state));
	map.pfn_list[1] = page_to_pfn(virt_to_page(own)) | HMM_PFN_VALID | HMM_PFN_WRITE;
	addr = hmm_dma_map_pfn(dev, &map, 1, &p2pdma);
	KUNIT_ASSERT_NE(test, addr, DMA_MAPPING_ERROR);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, addr, own));
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, PAGE_SIZE, CPU));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, PAGE_SIZE, DEVICE), 0);
	KUNIT_EXPECT_TRUE(test, is_filled(own, PAGE_SIZE, DEVICE));
	KUNIT_EXPECT_TRUE(test, hmm_dma_unmap_pfn(dev, &map, 1));
	hmm_dma_map_free(dev, &map);
	unmap(mock, bounced, SZ_4K, DMA_BIDIRECTIONAL, 0);
}

static void max_mapping_size_is_true(struct kunit *test)
{
	struct mock_device *trusted = trusted_device(test), *mock = untrusted_device(test);
	u8 *mem = secret_pages(test, SZ_2M);
	dma_addr_t addr;
	size_t size;

	KUNIT_EXPECT_EQ(test, dma_max_mapping_size(mock_dev(trusted)), SIZE_MAX);
	KUNIT_EXPECT_NE(test, dma_opt_mapping_size(mock_dev(trusted)), 0);

	size = min(dma_max_mapping_size(mock_dev(mock)), SZ_2M - PAGE_SIZE);
	KUNIT_EXPECT_GE(test, size, PAGE_SIZE);
	KUNIT_EXPECT_LE(test, dma_opt_mapping_size(mock_dev(mock)),
			dma_max_mapping_size(mock_dev(mock)));
	fill(mem + 512, size, CPU);
	addr = map(test, mock, mem + 512, size, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, CPU));
	KUNIT_EXPECT_EQ(test, mock_device_finds(mock, SECRET), 0);
	unmap(mock, addr, size, DMA_BIDIRECTIONAL, 0);
}

/* NVMe: the low bits of the address are those of the buffer. */
static void min_align_mask_is_kept(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	size_t mask = mock->config.granule - 1, offset;
	static const size_t sizes[] = { 512, 4096, 12345 };
	u8 *mem = secret_pages(test, SZ_32K);
	dma_addr_t addr;
	int i;

	dma_set_min_align_mask(dev, mask);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (offset = 0; offset < SZ_8K; offset += SZ_512) {
			fill(mem + offset, sizes[i], CPU);
			addr = map_bounced(test, mock, mem + offset, sizes[i], DMA_TO_DEVICE);
			KUNIT_EXPECT_EQ(test, addr & mask, virt_to_phys(mem + offset) & mask);
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, sizes[i], CPU));
			unmap(mock, addr, sizes[i], DMA_TO_DEVICE, 0);
		}
	}
}

/* The window is made for one device and out of reach of the other. */
static void mask_below_window(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *one = config_device(test, &config), *two;
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	int i;

	warm_up(test, one, mem, SZ_4K, DMA_TO_DEVICE);
	config.peer = one;
	two = config_device(test, &config);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(mock_dev(two), DMA_BIT_MASK(24)), 0);
	fill(mem, SZ_4K, CPU);
	for (i = 0; i < 8; i++) {
		addr = map(test, two, mem, SZ_4K, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_LE(test, addr + SZ_4K - 1, DMA_BIT_MASK(24));
		KUNIT_EXPECT_TRUE(test, device_sees(test, two, addr, SZ_4K, CPU));
		unmap(two, addr, SZ_4K, DMA_TO_DEVICE, 0);
	}
	/* Which changes nothing for the first. */
	addr = map_bounced(test, one, mem, SZ_4K, DMA_TO_DEVICE);
	unmap(one, addr, SZ_4K, DMA_TO_DEVICE, 0);
}

static void untrusted_mask_below_window(struct kunit *test)
{
	struct mock_device *one = untrusted_device(test), *two;
	struct mock_config config = one->config;
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	int i;

	warm_up(test, one, mem, SZ_4K, DMA_BIDIRECTIONAL);
	config.peer = one;
	two = config_device(test, &config);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(mock_dev(two), DMA_BIT_MASK(24)), 0);
	for (i = 0; i < 8; i++) {
		fill(mem + 100, 3000, CPU);
		addr = map(test, two, mem + 100, 3000, DMA_BIDIRECTIONAL, 0);
		KUNIT_EXPECT_LE(test, addr + 3000 - 1, DMA_BIT_MASK(24));
		KUNIT_EXPECT_TRUE(test, is_bounced(two, addr, mem + 100));
		KUNIT_EXPECT_TRUE(test, device_sees(test, two, addr, 3000, CPU));
		KUNIT_EXPECT_EQ(test, dirty_pads(two, addr, 3000), 0);
		KUNIT_EXPECT_EQ(test, device_fills(test, two, addr, 3000, DEVICE), 0);
		unmap(two, addr, 3000, DMA_BIDIRECTIONAL, 0);
		KUNIT_EXPECT_TRUE(test, is_filled(mem + 100, 3000, DEVICE));
	}
}

/* s390: nothing is there below 4 GiB, and the driver sets its mask late. */
static void aperture_above_4g(struct kunit *test)
{
	struct mock_config config = config_of(test);
	u8 *mem = secret_pages(test, SZ_4K);
	struct mock_device *mock;
	dma_addr_t addr;

	config.aperture_start = SZ_4G;
	config.aperture_end = SZ_4G + SZ_128M - 1;
	mock = fresh_device(test, &config);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), LIMIT);
	addr = dma_map_phys(mock_dev(mock), virt_to_phys(mem), SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(mock_dev(mock), addr));

	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(mock_dev(mock), DMA_BIT_MASK(64)), 0);
	fill(mem, SZ_4K, CPU);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_GE(test, addr, config.aperture_start);
	KUNIT_EXPECT_LE(test, addr + SZ_4K - 1, config.aperture_end);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
}

enum outcome { BOUNCED, DIRECT, REFUSED };

struct attrs_case {
	const char *name;
	unsigned long attrs;
	enum outcome outcome;
	bool not_sg;
};

static const struct attrs_case attrs_cases[] = {
	{ "none", 0, BOUNCED },
	{ "weak_ordering", DMA_ATTR_WEAK_ORDERING, BOUNCED },
	{ "persistent_streaming", DMA_ATTR_PERSISTENT_STREAMING, DIRECT },
	{ "require_coherent", DMA_ATTR_REQUIRE_COHERENT, DIRECT },
	{ "mmio", DMA_ATTR_MMIO, DIRECT, .not_sg = true },
	/* dma-iommu maps no memory that a confidential guest shares. */
	{ "cc_shared", DMA_ATTR_CC_SHARED, REFUSED, .not_sg = true },
};

KUNIT_ARRAY_PARAM_DESC(attrs, attrs_cases, name);

/* Where a mapping like @mem without attributes is bounced */
static void bypasses(struct kunit *test, struct mock_device *mock, u8 *mem,
		     const struct attrs_case *c)
{
	struct device *dev = mock_dev(mock);
	unsigned int bounced = 0, sg_bounced = 0;
	struct scatterlist sg;
	dma_addr_t addr;
	int i;

	fill(mem, SZ_4K, CPU);
	/* Not the first time, and not after the pool has seen what is wanted */
	for (i = 0; i < 10; i++) {
		addr = dma_map_phys(dev, virt_to_phys(mem), SZ_4K, DMA_TO_DEVICE, c->attrs);
		KUNIT_ASSERT_EQ(test, !!dma_mapping_error(dev, addr), c->outcome == REFUSED);
		if (c->outcome == REFUSED)
			return;
		bounced += is_bounced(mock, addr, mem);
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
		unmap(mock, addr, SZ_4K, DMA_TO_DEVICE, c->attrs);
		msleep(20);
		if (c->not_sg)
			continue;
		sg_init_one(&sg, mem, SZ_4K);
		KUNIT_ASSERT_EQ(test, dma_map_sg_attrs(dev, &sg, 1, DMA_TO_DEVICE, c->attrs), 1);
		sg_bounced += is_bounced(mock, sg_dma_address(&sg), mem);
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, sg_dma_address(&sg), SZ_4K, CPU));
		dma_unmap_sg_attrs(dev, &sg, 1, DMA_TO_DEVICE, c->attrs);
	}
	/* Another CPU than the one that has the slots finds none. */
	KUNIT_EXPECT_EQ(test, !!bounced, c->outcome == BOUNCED);
	if (!c->not_sg)
		KUNIT_EXPECT_EQ(test, !!sg_bounced, c->outcome == BOUNCED);
}

/* Memory of the DMA API's own, which not all drivers sync. */
static void allocated_pages_are_direct(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, PAGE_SIZE), *page;
	unsigned int i, bounced = 0;
	dma_addr_t addr;

	warm_up(test, mock, mem, PAGE_SIZE, DMA_BIDIRECTIONAL);
	/* Another CPU than the one that has the slots finds none. */
	for (i = 0; i < 10; i++) {
		page = dma_alloc_noncoherent(dev, PAGE_SIZE, &addr, DMA_BIDIRECTIONAL, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		bounced += is_bounced(mock, addr, page);
		fill(page, PAGE_SIZE, CPU);
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, PAGE_SIZE, CPU));
		dma_free_noncoherent(dev, PAGE_SIZE, page, addr, DMA_BIDIRECTIONAL);
		msleep(20);
	}
	KUNIT_EXPECT_EQ(test, bounced, 0);
}

static void attrs_that_bypass(struct kunit *test)
{
	struct mock_config config = {
		.granule = SZ_4K,
		.aperture_end = DMA_BIT_MASK(48),
	};
	struct mock_device *mock = config_device(test, &config);
	u8 *mem = secret_pages(test, SZ_4K);

	warm_up(test, mock, mem, SZ_4K, DMA_TO_DEVICE);
	bypasses(test, mock, mem, test->param_value);
}

struct unmap_case {
	const char *name;
	unsigned long map, unmap;
};

static const struct unmap_case unmap_cases[] = {
	{ "i915", DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_KERNEL_MAPPING | DMA_ATTR_NO_WARN, 0 },
	{ "persistent_lost", DMA_ATTR_PERSISTENT_STREAMING, 0 },
	{ "persistent_added", 0, DMA_ATTR_PERSISTENT_STREAMING },
	{ "coherent_lost", DMA_ATTR_REQUIRE_COHERENT, 0 },
	{ "coherent_added", 0, DMA_ATTR_REQUIRE_COHERENT },
	{ "mmio_lost", DMA_ATTR_MMIO, 0 },
	{ "mmio_added", 0, DMA_ATTR_MMIO },
	{ "weak_ordering_added", 0, DMA_ATTR_WEAK_ORDERING },
};

KUNIT_ARRAY_PARAM_DESC(unmap, unmap_cases, name);

/* How a mapping is undone is told by its address alone. */
static void attrs_differ_at_unmap(struct kunit *test)
{
	const struct unmap_case *c = test->param_value;
	struct mock_config config = {
		.granule = SZ_4K,
		.aperture_end = DMA_BIT_MASK(48),
	};
	struct mock_device *mock = config_device(test, &config);
	const struct iommu_bounce_stats *stats;
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;
	int i;

	if (IS_ENABLED(CONFIG_DMA_API_DEBUG) && (c->map ^ c->unmap) &
	    (DMA_ATTR_MMIO | DMA_ATTR_REQUIRE_COHERENT | DMA_ATTR_NO_KERNEL_MAPPING))
		kunit_skip(test, "CONFIG_DMA_API_DEBUG warns of attributes that differ");

	warm_up(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	for (i = 0; i < 4; i++) {
		fill(mem, SZ_4K, CPU);
		addr = map(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL, c->map);
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
		KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, SZ_4K, DEVICE), 0);
		unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, c->unmap);
		KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));
	}
	stats = stats_of(test, mock);
	KUNIT_EXPECT_EQ(test, stats->class[0].in_use, 0);
	KUNIT_EXPECT_EQ(test, stats->invalid, 0);
}

/* Only what was unmapped before the flush is reachable after it. */
static void direct_faults_after_unmap(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	if (mock->config.lazy)
		kunit_skip(test, "in lazy mode addresses outlive their mapping");
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	fill(mem, SZ_4K, CPU);
	addr = map(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_FALSE(test, device_sees(test, mock, addr, SZ_4K, CPU));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, SZ_4K, DEVICE), -EFAULT);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, CPU));
	KUNIT_EXPECT_EQ(test, mock->faults, 2);
	mock->faults = 0;
}

/* A bounced mapping ends for the device even though the slot stays mapped. */
static void buffer_is_hidden_after_unmap(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	memset(mem, CPU, SZ_4K);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
	memset(mem, SECRET, SZ_4K);
	KUNIT_EXPECT_EQ(test, mock_device_finds(mock, SECRET), 0);
	mock_device_scribbles(mock, DEVICE);
	KUNIT_EXPECT_TRUE(test, all_are(mem, SECRET, SZ_4K));
}

static void limit_is_exact(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct device *dev = mock_dev(mock);
	u8 *mem = secret_pages(test, SZ_64K);
	struct scatterlist sg;
	bool bounced = false;
	unsigned long end;
	dma_addr_t addr;

	warm_up(test, mock, mem, SZ_16K, DMA_TO_DEVICE);
	warm_up(test, mock, mem, SZ_16K + 1, DMA_TO_DEVICE);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), SZ_16K);

	addr = map(test, mock, mem, SZ_16K + 1, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, addr, mem));
	unmap(mock, addr, SZ_16K + 1, DMA_TO_DEVICE, 0);

	/* By now the slots of this size may have been given back. */
	warm_up(test, mock, mem, SZ_16K, DMA_TO_DEVICE);
	sg_init_one(&sg, mem, SZ_16K);
	KUNIT_ASSERT_EQ(test, dma_map_sg(dev, &sg, 1, DMA_TO_DEVICE), 1);
	KUNIT_EXPECT_TRUE(test, is_bounced(mock, sg_dma_address(&sg), mem));
	dma_unmap_sg(dev, &sg, 1, DMA_TO_DEVICE);
	sg_init_one(&sg, mem, SZ_16K + 1);
	KUNIT_ASSERT_EQ(test, dma_map_sg(dev, &sg, 1, DMA_TO_DEVICE), 1);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, sg_dma_address(&sg), mem));
	dma_unmap_sg(dev, &sg, 1, DMA_TO_DEVICE);
	/* Pads do not count, for a list as little as for a single mapping. */
	for (end = jiffies + WARM_UP; !bounced && time_before(jiffies, end); msleep(20)) {
		sg_init_one(&sg, mem + 100, SZ_16K);
		KUNIT_ASSERT_EQ(test, dma_map_sg(dev, &sg, 1, DMA_TO_DEVICE), 1);
		bounced = is_bounced(mock, sg_dma_address(&sg), mem + 100);
		dma_unmap_sg(dev, &sg, 1, DMA_TO_DEVICE);
	}
	KUNIT_EXPECT_TRUE(test, bounced);
}

/* All that the limit can be set to works, and more mappings than slots do no harm. */
static void limit_of_4m(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	size_t size = iommu_bounce_largest_slot(mock->config.granule);
	unsigned int i, bounced, round;
	u8 *mem = secret_pages(test, size);
	dma_addr_t addr[32];

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), SZ_4M);
	carries_data_of(test, mock, mem, size);
	/* The window has 64 MiB at most. */
	for (round = 0; round < 3; round++) {
		bounced = 0;
		fill(mem, size, CPU + round);
		for (i = 0; i < ARRAY_SIZE(addr); i++) {
			addr[i] = map(test, mock, mem, size, DMA_TO_DEVICE, 0);
			bounced += is_bounced(mock, addr[i], mem);
		}
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr[0], size, CPU + round));
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr[31], size, CPU + round));
		for (i = 0; i < ARRAY_SIZE(addr); i++)
			unmap(mock, addr[i], size, DMA_TO_DEVICE, 0);
		msleep(100);
	}
	KUNIT_EXPECT_GT(test, bounced, 0);
	if (size == SZ_4M)
		KUNIT_EXPECT_LT(test, bounced, ARRAY_SIZE(addr));
	kunit_info(test, "%u of %zu mappings of %zu bytes bounced", bounced, ARRAY_SIZE(addr),
		   size);
}

static void limit_changes_while_mapped(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct iommu_domain *domain = iommu_get_dma_domain(mock_dev(mock));
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t bounced, direct;

	bounced = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	iommu_dma_set_bounce_limit(domain, 0);
	direct = map(test, mock, mem + SZ_4K, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, direct, mem + SZ_4K));

	KUNIT_EXPECT_EQ(test, device_fills(test, mock, bounced, SZ_4K, DEVICE), 0);
	dma_sync_single_for_cpu(mock_dev(mock), bounced, SZ_4K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));
	iommu_dma_set_bounce_limit(domain, LIMIT);
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, direct, SZ_4K, DEVICE), 0);
	unmap(mock, direct, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem + SZ_4K, SZ_4K, DEVICE));

	iommu_dma_set_bounce_limit(domain, 0);
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, bounced, SZ_4K, CPU), 0);
	unmap(mock, bounced, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, CPU));
}

#define SEGS	8

/* Pages that are not neighbours of each other. */
static void sg_of_pages(struct kunit *test, struct scatterlist *sg, u8 **mem)
{
	int i;

	sg_init_table(sg, SEGS);
	for (i = 0; i < SEGS; i++) {
		mem[i] = secret_pages(test, PAGE_SIZE);
		fill(mem[i], PAGE_SIZE, CPU + i);
		sg_set_buf(&sg[i], mem[i], PAGE_SIZE);
	}
}

static void sg_carries(struct kunit *test, struct mock_device *mock)
{
	struct device *dev = mock_dev(mock);
	unsigned long end = jiffies + WARM_UP;
	struct scatterlist sg[SEGS];
	bool bounced = false;
	dma_addr_t addr;
	u8 *mem[SEGS];
	int i;

	dma_set_max_seg_size(dev, UINT_MAX);
	sg_of_pages(test, sg, mem);
	while (!bounced && time_before(jiffies, end)) {
		KUNIT_ASSERT_EQ(test, dma_map_sg(dev, sg, SEGS, DMA_BIDIRECTIONAL), 1);
		KUNIT_EXPECT_EQ(test, sg_dma_len(sg), SEGS * PAGE_SIZE);
		addr = sg_dma_address(sg);
		bounced = is_bounced(mock, addr, mem[0]);
		for (i = 0; i < SEGS; i++) {
			KUNIT_EXPECT_EQ(test, bounced,
					is_bounced(mock, addr + i * PAGE_SIZE, mem[i]));
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr + i * PAGE_SIZE,
							    PAGE_SIZE, CPU + i));
			device_fills(test, mock, addr + i * PAGE_SIZE, PAGE_SIZE, DEVICE + i);
		}
		dma_sync_sg_for_cpu(dev, sg, SEGS, DMA_BIDIRECTIONAL);
		for (i = 0; i < SEGS; i++) {
			KUNIT_EXPECT_TRUE(test, is_filled(mem[i], PAGE_SIZE, DEVICE + i));
			fill(mem[i], PAGE_SIZE, CPU - i);
		}
		dma_sync_sg_for_device(dev, sg, SEGS, DMA_BIDIRECTIONAL);
		for (i = 0; i < SEGS; i++) {
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr + i * PAGE_SIZE,
							    PAGE_SIZE, CPU - i));
			device_fills(test, mock, addr + i * PAGE_SIZE, PAGE_SIZE, CPU + i);
		}
		dma_unmap_sg(dev, sg, SEGS, DMA_BIDIRECTIONAL);
		for (i = 0; i < SEGS; i++)
			KUNIT_EXPECT_TRUE(test, is_filled(mem[i], PAGE_SIZE, CPU + i));
		msleep(20);
	}
	KUNIT_EXPECT_TRUE(test, bounced);
}

/* dma-buf importers and v4l2 depend on one range, bounced or not. */
static void sg_is_contiguous(struct kunit *test)
{
	sg_carries(test, trusted_device(test));
}

static void sg_parts_carry(struct kunit *test, struct mock_device *mock)
{
	struct device *dev = mock_dev(mock);
	static const struct {
		unsigned int offset, size;
	} parts[] = { { 300, 700 }, { 0, 4096 }, { 0, 100 }, { 1000, 3096 }, { 512, 4000 } };
	unsigned long end = jiffies + WARM_UP;
	struct scatterlist sg[ARRAY_SIZE(parts)], *s;
	u8 *mem[ARRAY_SIZE(parts)], *copy;
	bool bounced = false;
	size_t pos, total = 0;
	int i, count;

	copy = kunit_kzalloc(test, SZ_32K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	dma_set_max_seg_size(dev, SZ_4K + SZ_512);
	dma_set_seg_boundary(dev, SZ_16K - 1);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		mem[i] = secret_pages(test, SZ_16K);
		total += parts[i].size;
	}
	while (!bounced && time_before(jiffies, end)) {
		sg_init_table(sg, ARRAY_SIZE(parts));
		for (i = 0; i < ARRAY_SIZE(parts); i++) {
			memset(mem[i], SECRET, SZ_16K);
			fill(mem[i] + parts[i].offset, parts[i].size, CPU + i);
			sg_set_buf(&sg[i], mem[i] + parts[i].offset, parts[i].size);
		}
		count = dma_map_sg(dev, sg, ARRAY_SIZE(parts), DMA_BIDIRECTIONAL);
		KUNIT_ASSERT_GT(test, count, 0);
		bounced = is_bounced(mock, sg_dma_address(sg), mem[0] + parts[0].offset);
		pos = 0;
		for_each_sg(sg, s, count, i) {
			dma_addr_t addr = sg_dma_address(s), last = addr + sg_dma_len(s) - 1;

			KUNIT_EXPECT_LE(test, sg_dma_len(s), SZ_4K + SZ_512);
			KUNIT_EXPECT_EQ(test, addr & ~(SZ_16K - 1ULL), last & ~(SZ_16K - 1ULL));
			KUNIT_ASSERT_LE(test, pos + sg_dma_len(s), total);
			KUNIT_EXPECT_EQ(test, mock_device_read(mock, addr, copy + pos,
							       sg_dma_len(s)), 0);
			pos += sg_dma_len(s);
		}
		KUNIT_EXPECT_EQ(test, pos, total);
		for (i = 0, pos = 0; i < ARRAY_SIZE(parts); pos += parts[i++].size)
			KUNIT_EXPECT_TRUE(test, is_filled(copy + pos, parts[i].size, CPU + i));
		for_each_sg(sg, s, count, i)
			device_fills(test, mock, sg_dma_address(s), sg_dma_len(s), DEVICE);
		dma_unmap_sg(dev, sg, ARRAY_SIZE(parts), DMA_BIDIRECTIONAL);
		for (i = 0; i < ARRAY_SIZE(parts); i++) {
			KUNIT_EXPECT_FALSE(test, is_filled(mem[i] + parts[i].offset,
							   parts[i].size, CPU + i));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i], SECRET, parts[i].offset));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i] + parts[i].offset +
							parts[i].size, SECRET, SZ_16K -
							parts[i].offset - parts[i].size));
		}
		msleep(20);
	}
	KUNIT_EXPECT_TRUE(test, bounced);
}

/* A list that was mapped part by part is now mapped as a whole. */
static void sg_mark_is_forgotten(struct kunit *test)
{
	struct mock_device *untrusted = untrusted_device(test), *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	u8 *mem[2];
	struct scatterlist sg[ARRAY_SIZE(mem)];
	int i;

	iommu_dma_set_bounce_limit(&domain->domain, 0);
	sg_init_table(sg, ARRAY_SIZE(sg));
	for (i = 0; i < ARRAY_SIZE(sg); i++) {
		mem[i] = secret_pages(test, PAGE_SIZE);
		sg_set_buf(&sg[i], mem[i], PAGE_SIZE);
	}
	KUNIT_ASSERT_EQ(test, dma_map_sg(mock_dev(untrusted), sg, 2, DMA_FROM_DEVICE), 2);
	KUNIT_EXPECT_TRUE(test, sg_dma_is_swiotlb(sg));
	dma_unmap_sg(mock_dev(untrusted), sg, 2, DMA_FROM_DEVICE);

	KUNIT_ASSERT_EQ(test, dma_map_sg(mock_dev(mock), sg, 2, DMA_FROM_DEVICE), 1);
	KUNIT_EXPECT_FALSE(test, sg_dma_is_swiotlb(sg));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, sg_dma_address(sg) + PAGE_SIZE, PAGE_SIZE,
					   DEVICE), 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem[1], PAGE_SIZE, DEVICE));
	dma_unmap_sg(mock_dev(mock), sg, 2, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->granules), 0);
}

/* Segments that begin and end anywhere; the limits of the device's segments. */
static void sg_of_parts(struct kunit *test)
{
	sg_parts_carry(test, trusted_device(test));
}

/*
 * The two-step API as the block layer uses it: one range for many segments, or if
 * there is none to be had, each segment by itself.
 */
struct two_step {
	struct dma_iova_state state;
	bool range;
	size_t linked;
	dma_addr_t addr[SEGS];
};

static void two_step_map(struct kunit *test, struct mock_device *mock, struct two_step *t,
			 u8 **mem, const size_t *sizes, unsigned long attrs)
{
	struct device *dev = mock_dev(mock);
	size_t total = 0;
	int i;

	for (i = 0; i < SEGS; i++)
		total += sizes[i];
	t->linked = 0;
	t->range = dma_iova_try_alloc(dev, &t->state, virt_to_phys(mem[0]), total);
	for (i = 0; i < SEGS; i++) {
		if (!t->range) {
			t->addr[i] = map(test, mock, mem[i], sizes[i], DMA_BIDIRECTIONAL, attrs);
			continue;
		}
		t->addr[i] = t->state.addr + t->linked;
		KUNIT_ASSERT_EQ(test, dma_iova_link(dev, &t->state, virt_to_phys(mem[i]), t->linked,
						    sizes[i], DMA_BIDIRECTIONAL, attrs), 0);
		t->linked += sizes[i];
	}
	if (t->range)
		KUNIT_ASSERT_EQ(test, dma_iova_sync(dev, &t->state, 0, t->linked), 0);
}

static void two_step_unmap(struct mock_device *mock, struct two_step *t, const size_t *sizes,
			   unsigned long attrs)
{
	int i;

	if (t->range)
		dma_iova_destroy(mock_dev(mock), &t->state, t->linked, DMA_BIDIRECTIONAL, attrs);
	for (i = 0; i < SEGS && !t->range; i++)
		unmap(mock, t->addr[i], sizes[i], DMA_BIDIRECTIONAL, attrs);
}

static void two_step_carries(struct kunit *test, struct mock_device *mock)
{
	u8 *mem[SEGS], *page[SEGS];
	size_t sizes[SEGS];
	struct two_step t;
	int i, round;

	for (i = 0; i < SEGS; i++) {
		page[i] = secret_pages(test, SZ_16K);
		mem[i] = page[i];
		sizes[i] = i % 2 ? SZ_4K : SZ_8K;
	}
	/* Only the range's two ends may lie within a granule. */
	mem[0] += 700;
	sizes[0] -= 700;
	sizes[SEGS - 1] = 300;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < SEGS; i++) {
			memset(page[i], SECRET, SZ_16K);
			fill(mem[i], sizes[i], CPU + i);
		}
		two_step_map(test, mock, &t, mem, sizes, 0);
		if (mock->config.untrusted)
			KUNIT_EXPECT_EQ(test, mock_device_finds(mock, SECRET), 0);
		for (i = 0; i < SEGS; i++)
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, t.addr[i], sizes[i],
							    CPU + i));
		if (mock->config.untrusted)
			mock_device_scribbles(mock, DEVICE);
		for (i = 0; i < SEGS; i++)
			KUNIT_EXPECT_EQ(test, device_fills(test, mock, t.addr[i] + 1, sizes[i] - 1,
							   DEVICE), 0);
		two_step_unmap(mock, &t, sizes, 0);
		for (i = 0; i < SEGS; i++) {
			u8 first = mock->config.untrusted ? DEVICE : pattern(0, CPU + i);
			size_t rest = page[i] + SZ_16K - mem[i] - sizes[i];

			KUNIT_EXPECT_EQ(test, mem[i][0], first);
			KUNIT_EXPECT_TRUE(test, is_filled(mem[i] + 1, sizes[i] - 1, DEVICE));
			KUNIT_EXPECT_TRUE(test, all_are(page[i], SECRET, mem[i] - page[i]));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i] + sizes[i], SECRET, rest));
		}
	}
}

static void two_step_data(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);

	two_step_carries(test, mock);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	two_step_carries(test, mock);
}

/* With no optional bounces, so that the range is to be had. */
static void untrusted_two_step_data(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	two_step_carries(test, mock);
}

/* Requests of several segments get around the IOMMU as well as single ones. */
static void two_step_takes_slots(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	unsigned long end = jiffies + WARM_UP;
	size_t sizes[SEGS];
	struct two_step t;
	u8 *mem[SEGS];
	long maps;
	int i;

	for (i = 0; i < SEGS; i++) {
		mem[i] = secret_pages(test, SZ_4K);
		sizes[i] = SZ_4K;
	}
	do {
		maps = atomic_long_read(&domain->maps);
		two_step_map(test, mock, &t, mem, sizes, 0);
		two_step_unmap(mock, &t, sizes, 0);
		if (atomic_long_read(&domain->maps) == maps)
			return;
		msleep(20);
	} while (time_before(jiffies, end));
	KUNIT_FAIL(test, "each request still changes the IOMMU's tables");
}

static void two_step_partial_unlink(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	struct device *dev = mock_dev(mock);
	const size_t last = 1000, total = 3 * SZ_4K + last;
	struct dma_iova_state state;
	u8 *mem[4], *other;
	int i;

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(dev), 0);
	other = secret_pages(test, SZ_4K);
	fill(other, SZ_4K, CPU + 9);
	for (i = 0; i < 4; i++) {
		mem[i] = secret_pages(test, SZ_4K);
		fill(mem[i], i < 3 ? SZ_4K : last, CPU + i);
	}
	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, 0, total));
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ(test, dma_iova_link(dev, &state, virt_to_phys(mem[i]), i * SZ_4K,
						    i < 3 ? SZ_4K : last, DMA_BIDIRECTIONAL, 0), 0);
	KUNIT_ASSERT_EQ(test, dma_iova_sync(dev, &state, 0, total), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, device_fills(test, mock, state.addr + i * SZ_4K,
						   i < 3 ? SZ_4K : last, DEVICE + i), 0);

	/* The bounced end goes, the rest stays. */
	dma_iova_unlink(dev, &state, 3 * SZ_4K, last, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem[3], last, DEVICE + 3));
	KUNIT_EXPECT_TRUE(test, all_are(mem[3] + last, SECRET, SZ_4K - last));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, state.addr + 3 * SZ_4K, last, CPU), -EFAULT);
	/* A direct one in the middle goes, another one takes its place. */
	dma_iova_unlink(dev, &state, SZ_4K, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, state.addr + SZ_4K, 1, CPU), -EFAULT);
	KUNIT_EXPECT_EQ(test, mock->faults, 2);
	mock->faults = 0;
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, state.addr, SZ_4K, DEVICE));
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, state.addr + SZ_8K, SZ_4K, DEVICE + 2));
	KUNIT_ASSERT_EQ(test, dma_iova_link(dev, &state, virt_to_phys(other), SZ_4K, SZ_4K,
					    DMA_BIDIRECTIONAL, 0), 0);
	KUNIT_ASSERT_EQ(test, dma_iova_sync(dev, &state, SZ_4K, SZ_4K), 0);
	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, state.addr + SZ_4K, SZ_4K, CPU + 9));

	dma_iova_destroy(dev, &state, 3 * SZ_4K, DMA_BIDIRECTIONAL, 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, is_filled(mem[i], SZ_4K, DEVICE + i));
}

/* What may not be bounced can still be linked, if it needs no bounce. */
static void two_step_attrs(struct kunit *test)
{
	static const unsigned long attrs[] = { DMA_ATTR_MMIO, DMA_ATTR_REQUIRE_COHERENT };
	struct mock_device *trusted = trusted_device(test), *mock = untrusted_device(test);
	struct mock_device *devices[] = { trusted, mock };
	struct dma_iova_state state;
	size_t sizes[SEGS];
	struct two_step t;
	u8 *mem[SEGS];
	int i, a, d;

	for (i = 0; i < SEGS; i++) {
		mem[i] = secret_pages(test, SZ_4K);
		fill(mem[i], SZ_4K, CPU);
		sizes[i] = SZ_4K;
	}
	for (d = 0; d < ARRAY_SIZE(devices); d++) {
		warm_up(test, devices[d], mem[0], SZ_4K, DMA_BIDIRECTIONAL);
		for (a = 0; a < ARRAY_SIZE(attrs); a++) {
			two_step_map(test, devices[d], &t, mem, sizes, attrs[a]);
			for (i = 0; i < SEGS; i++)
				KUNIT_EXPECT_FALSE(test, is_bounced(devices[d], t.addr[i], mem[i]));
			two_step_unmap(devices[d], &t, sizes, attrs[a]);
		}
	}
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(mock_dev(mock), &state, 512, SZ_1K));
	for (a = 0; a < ARRAY_SIZE(attrs); a++)
		KUNIT_EXPECT_NE(test, dma_iova_link(mock_dev(mock), &state,
						    virt_to_phys(mem[0] + 512), 0, SZ_512 + 1,
						    DMA_BIDIRECTIONAL, attrs[a]), 0);
	dma_iova_free(mock_dev(mock), &state);
}

static void reservation_without_link(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *devices[2];
	struct dma_iova_state state;
	int d, i;

	/* Too small for all of them at once */
	config.aperture_end = SZ_64M - 1;
	devices[0] = config_device(test, &config);
	config.untrusted = true;
	config.lazy = false;
	devices[1] = config_device(test, &config);
	for (d = 0; d < ARRAY_SIZE(devices); d++) {
		struct mock_domain *domain = mock_domain_of(devices[d]);
		long granules = atomic_long_read(&domain->granules);

		iommu_dma_set_bounce_limit(&domain->domain, 0);
		for (i = 0; i < 100; i++) {
			KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(mock_dev(devices[d]), &state, 0,
								   SZ_1M));
			KUNIT_EXPECT_EQ(test, dma_iova_size(&state), SZ_1M);
			KUNIT_EXPECT_EQ(test, mock_device_target(devices[d], state.addr), 0);
			if (i % 2)
				dma_iova_free(mock_dev(devices[d]), &state);
			else
				dma_iova_destroy(mock_dev(devices[d]), &state, 0,
						 DMA_BIDIRECTIONAL, 0);
		}
		KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->granules), granules);
	}
}

/* venus: the address space itself is wanted, and no mapping of any size is. */
static void reservation_with_bouncing(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct dma_iova_state state;
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	KUNIT_ASSERT_TRUE(test, dma_iova_reserve(mock_dev(mock), &state, SZ_64K));
	KUNIT_EXPECT_EQ(test, dma_iova_size(&state), SZ_64K);
	KUNIT_EXPECT_EQ(test, mock_device_target(mock, state.addr), 0);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, addr >= state.addr + SZ_64K || addr + SZ_4K <= state.addr);
	unmap(mock, addr, SZ_4K, DMA_TO_DEVICE, 0);
	dma_iova_free(mock_dev(mock), &state);
}

#define MANY	1536

/* More mappings than there are slots: the others are direct. */
static void exhausted_class(struct kunit *test)
{
	struct mock_config config = config_of(test);
	unsigned int i, round, bounced, before = 0, same = 0;
	struct dma_iova_state state;
	struct mock_device *mock;
	dma_addr_t *addr;
	u8 *mem[MANY / 512];

	/* The window takes 4 MiB of it: 1024 slots. */
	config.aperture_end = SZ_8M + SZ_4M + SZ_2M - 1;
	mock = config_device(test, &config);
	addr = kunit_kcalloc(test, MANY, sizeof(*addr), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	for (i = 0; i < ARRAY_SIZE(mem); i++) {
		mem[i] = secret_pages(test, SZ_2M);
		fill(mem[i], SZ_2M, CPU + i);
	}
	for (round = 0; round < 40; round++) {
		bounced = 0;
		for (i = 0; i < MANY; i++) {
			u8 *page = mem[i / 512] + i % 512 * SZ_4K;

			addr[i] = map(test, mock, page, SZ_4K, DMA_BIDIRECTIONAL, 0);
			bounced += is_bounced(mock, addr[i], page);
		}
		for (i = 0; i < MANY; i++) {
			u8 *page = mem[i / 512] + i % 512 * SZ_4K;

			device_fills(test, mock, addr[i], SZ_4K, i + round);
			unmap(mock, addr[i], SZ_4K, DMA_BIDIRECTIONAL, 0);
			KUNIT_EXPECT_TRUE(test, is_filled(page, SZ_4K, i + round));
		}
		/* Until no more are added */
		same = bounced == before ? same + 1 : 0;
		if (bounced && same == 3)
			break;
		before = bounced;
		msleep(20);
	}
	KUNIT_EXPECT_GT(test, bounced, MANY / 2);
	KUNIT_EXPECT_LT(test, bounced, MANY);
	kunit_info(test, "%u of %u mappings bounced", bounced, MANY);

	/* Requests of many parts are then better served by one range than one by one. */
	for (round = 0; round < 100; round++) {
		for (i = 0; i < MANY; i++)
			addr[i] = map(test, mock, mem[i / 512] + i % 512 * SZ_4K, SZ_4K,
				      DMA_BIDIRECTIONAL, 0);
		msleep(20);
		same = dma_iova_try_alloc(mock_dev(mock), &state, 0, LIMIT);
		if (same)
			dma_iova_free(mock_dev(mock), &state);
		for (i = 0; i < MANY; i++)
			unmap(mock, addr[i], SZ_4K, DMA_BIDIRECTIONAL, 0);
		if (same)
			break;
	}
	KUNIT_EXPECT_TRUE(test, same);
}

#ifdef CONFIG_FAILSLAB
/* The @nth allocation of this task that may not sleep fails; 0: none. */
static unsigned int fail_slab(unsigned int nth)
{
	return xchg(&current->fail_nth, nth);
}
#else
static unsigned int fail_slab(unsigned int nth)
{
	return 0;
}
#endif

static void arm(struct mock_device *mock, bool slab, unsigned int nth)
{
	struct mock_domain *domain = mock_domain_of(mock);

	if (slab) {
		fail_slab(nth);
		return;
	}
	domain->fail_map = nth;
	WRITE_ONCE(domain->fail_task, current);
}

/* Returns whether something did fail. */
static bool disarm(struct mock_device *mock, bool slab)
{
	struct mock_domain *domain = mock_domain_of(mock);

	if (slab)
		return !fail_slab(0);
	WRITE_ONCE(domain->fail_task, NULL);
	return !domain->fail_map;
}

enum sweep_op { SWEEP_SMALL, SWEEP_LARGE, SWEEP_OPTIONAL, SWEEP_SG, SWEEP_TWO_STEP, SWEEP_OPS };

static const size_t sweep_sizes[] = { 5000, 700001, 3 * SZ_4K, 5000, 9000 };

/*
 * Make one mapping, where the @nth step of the given sort fails, and undo it.
 * Returns whether there was such a step.  The calls are dma-iommu's own: where an
 * allocation of DMA_API_DEBUG fails, that switches itself off.
 */
static bool sweep_once(struct kunit *test, struct mock_device *mock, enum sweep_op op, u8 *mem,
		       bool slab, unsigned int nth)
{
	struct device *dev = mock_dev(mock);
	size_t size = sweep_sizes[op];
	struct dma_iova_state state;
	struct scatterlist sg[3];
	dma_addr_t addr;
	bool fired;
	int i, ret;

	fill(mem, size, CPU);
	switch (op) {
	case SWEEP_SG:
		sg_init_table(sg, ARRAY_SIZE(sg));
		for (i = 0; i < ARRAY_SIZE(sg); i++)
			sg_set_buf(&sg[i], mem, size);
		arm(mock, slab, nth);
		ret = iommu_dma_map_sg(dev, sg, ARRAY_SIZE(sg), DMA_TO_DEVICE, 0) <= 0;
		fired = disarm(mock, slab);
		if (ret)
			break;
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, sg_dma_address(&sg[2]), size, CPU));
		iommu_dma_unmap_sg(dev, sg, ARRAY_SIZE(sg), DMA_TO_DEVICE, 0);
		break;
	case SWEEP_TWO_STEP:
		KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, virt_to_phys(mem), size));
		arm(mock, slab, nth);
		ret = dma_iova_link(dev, &state, virt_to_phys(mem), 0, size, DMA_BIDIRECTIONAL, 0);
		fired = disarm(mock, slab);
		if (!ret)
			KUNIT_EXPECT_TRUE(test, device_sees(test, mock, state.addr, size, CPU));
		dma_iova_destroy(dev, &state, ret ? 0 : size, DMA_BIDIRECTIONAL, 0);
		break;
	default:
		arm(mock, slab, nth);
		addr = iommu_dma_map_phys(dev, virt_to_phys(mem), size, DMA_BIDIRECTIONAL, 0);
		fired = disarm(mock, slab);
		ret = addr == DMA_MAPPING_ERROR;
		if (ret)
			break;
		KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, size, CPU));
		iommu_dma_unmap_phys(dev, addr, size, DMA_BIDIRECTIONAL, 0);
		break;
	}
	KUNIT_EXPECT_TRUE(test, fired || !ret);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, size, CPU));
	return fired;
}

static void sweep_failures(struct kunit *test, struct mock_device *mock, bool slab)
{
	u8 *mem = secret_pages(test, SZ_1M);
	unsigned int op, nth, fired = 0;
	bool more;

	for (op = 0; op < SWEEP_OPS; op++) {
		iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)),
					   op == SWEEP_OPTIONAL ? LIMIT : 0);
		for (nth = 1, more = true; more && nth < 100; nth++) {
			more = sweep_once(test, mock, op, mem + 700, slab, nth);
			fired += more;
		}
		KUNIT_EXPECT_LT(test, nth, 100);
	}
	KUNIT_EXPECT_TRUE(test, all_are(mem, SECRET, 700));
	KUNIT_EXPECT_TRUE(test, all_are(mem + 700701, SECRET, SZ_1M - 700701));
	KUNIT_EXPECT_GT(test, fired, 0);
	kunit_info(test, "%u failures", fired);
}

/* Whichever call the IOMMU driver refuses: no leak, no data lost. */
static void iommu_fails_at_every_point(struct kunit *test)
{
	struct mock_device *trusted = trusted_device(test), *mock = untrusted_device(test);

	sweep_failures(test, trusted, false);
	sweep_failures(test, mock, false);
}

static void allocation_fails_at_every_point(struct kunit *test)
{
	struct mock_device *trusted = trusted_device(test), *mock = untrusted_device(test);

	if (!IS_ENABLED(CONFIG_FAILSLAB))
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	sweep_failures(test, trusted, true);
	sweep_failures(test, mock, true);
}

/* Interrupt handlers map, sync and unmap. */
static void atomic_context(struct kunit *test)
{
	struct mock_device *trusted = trusted_device(test), *mock = untrusted_device(test);
	struct mock_device *devices[] = { trusted, mock };
	u8 *mem = secret_pages(test, SZ_16K);
	unsigned long flags;
	dma_addr_t addr;
	int i, d;

	for (i = 0; i < 20; i++) {
		for (d = 0; d < ARRAY_SIZE(devices); d++) {
			struct device *dev = mock_dev(devices[d]);

			local_irq_save(flags);
			addr = dma_map_phys(dev, virt_to_phys(mem + 100), 5000,
					    DMA_BIDIRECTIONAL, 0);
			if (!dma_mapping_error(dev, addr)) {
				dma_sync_single_for_cpu(dev, addr, 5000, DMA_BIDIRECTIONAL);
				dma_sync_single_for_device(dev, addr, 5000, DMA_BIDIRECTIONAL);
				dma_unmap_phys(dev, addr, 5000, DMA_BIDIRECTIONAL, 0);
			}
			local_irq_restore(flags);
			KUNIT_EXPECT_FALSE(test, dma_mapping_error(dev, addr));
		}
		msleep(20);
	}
}

/* The domain goes away while slots are cached, and even while one is in use. */
static void teardown_with_slots(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_128K);

	warm_up(test, mock, mem, SZ_4K, DMA_TO_DEVICE);
	warm_up(test, mock, mem, SZ_128K, DMA_FROM_DEVICE);
	/* DMA_API_DEBUG would wait for this one to be unmapped. */
	if (!IS_ENABLED(CONFIG_DMA_API_DEBUG))
		map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_GT(test, atomic_long_read(&mock_domain_of(mock)->granules), 0);
	destroy_device(test, mock);
	KUNIT_EXPECT_EQ(test, mock_take_errors(), 0);
}

static void untrusted_teardown_with_slots(struct kunit *test)
{
	struct mock_device *mock = untrusted_device(test);
	u8 *mem = secret_pages(test, SZ_128K);

	warm_up(test, mock, mem + 100, SZ_4K, DMA_BIDIRECTIONAL);
	unmap(mock, map(test, mock, mem + 1, SZ_64K, DMA_FROM_DEVICE, 0), SZ_64K,
	      DMA_FROM_DEVICE, 0);
	destroy_device(test, mock);
	KUNIT_EXPECT_EQ(test, mock_take_errors(), 0);
}

static void fill_pool(struct kunit *test, struct mock_device *mock, u8 *mem)
{
	static const enum dma_data_direction dirs[] = {
		DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL,
	};
	size_t size;
	int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		for (size = SZ_1K; size <= SZ_128K; size *= 4)
			warm_up(test, mock, mem, size, dirs[i]);
}

/* An idle domain holds nothing. */
static void eviction_returns_everything(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	u8 *mem = secret_pages(test, SZ_128K);
	unsigned long end = jiffies + IDLE;

	fill_pool(test, mock, mem);
	KUNIT_EXPECT_GT(test, stats_of(test, mock)->cached_pages, 0);
	while (atomic_long_read(&domain->granules) && time_before(jiffies, end))
		msleep(100);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->granules), 0);
	KUNIT_EXPECT_EQ(test, stats_of(test, mock)->cached_pages, 0);
	/* And begins anew when it is used. */
	warm_up(test, mock, mem, SZ_4K, DMA_TO_DEVICE);
}

static void shrink(struct mock_domain *mock)
{
	struct iommu_bounce_pool *pool = iommu_dma_bounce_pool(&mock->domain);

	iommu_bounce_shrink_scan(pool, iommu_bounce_shrink_count(pool));
}

/* While the group changes to another domain and back; the mock sees requests. */
static void attach_makes_no_requests(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	struct iommu_group *group = mock_dev(mock)->iommu_group;
	u8 *mem = secret_pages(test, SZ_128K);
	struct iommu_domain *other;
	unsigned long cached;

	fill_pool(test, mock, mem);
	other = iommu_paging_domain_alloc(mock_dev(mock));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	cached = stats_of(test, mock)->cached_pages;
	KUNIT_EXPECT_GT(test, cached, 0);
	domain->attaching = shrink;
	KUNIT_EXPECT_EQ(test, iommu_attach_group(other, group), 0);
	iommu_detach_group(other, group);
	domain->attaching = NULL;
	KUNIT_EXPECT_EQ(test, domain->attached, 2);
	iommu_domain_free(other);
	/* It is paused no longer than that. */
	KUNIT_EXPECT_GE(test, stats_of(test, mock)->cached_pages, cached);
	shrink(domain);
	KUNIT_EXPECT_LT(test, stats_of(test, mock)->cached_pages, cached);
}

/* Under memory pressure, all but what is in use goes at once. */
static void shrinker_leaves_what_is_in_use(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	struct mock_domain *domain = mock_domain_of(mock);
	struct iommu_bounce_pool *pool = iommu_dma_bounce_pool(&domain->domain);
	u8 *mem = secret_pages(test, SZ_128K);
	unsigned long end = jiffies + HZ;
	dma_addr_t addr;

	fill_pool(test, mock, mem);
	fill(mem, SZ_4K, CPU);
	addr = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_GT(test, iommu_bounce_shrink_count(pool), 0);
	KUNIT_EXPECT_GT(test, iommu_bounce_shrink_scan(pool, iommu_bounce_shrink_count(pool)), 0);
	/* The worker may be about to add some. */
	while (iommu_bounce_shrink_count(pool) && time_before(jiffies, end)) {
		msleep(20);
		iommu_bounce_shrink_scan(pool, iommu_bounce_shrink_count(pool));
	}
	KUNIT_EXPECT_EQ(test, iommu_bounce_shrink_count(pool), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&domain->granules), SZ_4K >> domain->shift);

	KUNIT_EXPECT_TRUE(test, device_sees(test, mock, addr, SZ_4K, CPU));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, addr, SZ_4K, DEVICE), 0);
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));
}

/* What the operator is told. */
static void statistics_are_true(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_4K);
	const struct iommu_bounce_stats *before, *after;
	dma_addr_t addr;
	int i;

	warm_up(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	before = stats_of(test, mock);
	KUNIT_EXPECT_EQ(test, before->class[0].in_use, 0);
	for (i = 0; i < 10; i++) {
		addr = map(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL, 0);
		unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
	}
	addr = map(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL, 0);
	after = stats_of(test, mock);
	KUNIT_EXPECT_EQ(test, after->class[0].hits - before->class[0].hits, 11);
	KUNIT_EXPECT_EQ(test, after->class[0].in_use, 1);
	KUNIT_EXPECT_EQ(test, after->bytes_in - before->bytes_in, 11 * SZ_4K);
	KUNIT_EXPECT_EQ(test, after->bytes_out - before->bytes_out, 10 * SZ_4K);
	KUNIT_EXPECT_GE(test, addr, after->window_base);
	KUNIT_EXPECT_LT(test, addr, after->window_base + after->window_size);
	msleep(1200);
	KUNIT_EXPECT_EQ(test, stats_of(test, mock)->class[0].held, 1);
	unmap(mock, addr, SZ_4K, DMA_BIDIRECTIONAL, 0);
	after = stats_of(test, mock);
	KUNIT_EXPECT_EQ(test, after->class[0].held, 0);
	KUNIT_EXPECT_EQ(test, after->class[0].in_use, 0);
}

/* Neither x86 nor s390 has such kmalloc() buffers. */
static void unaligned_kmalloc(struct kunit *test)
{
	struct mock_device *mock = trusted_device(test);
	u8 *mem = secret_pages(test, SZ_4K);
	dma_addr_t addr;

	dev_clear_dma_coherent(mock_dev(mock));
	if (!dma_kmalloc_needs_bounce(mock_dev(mock), 24, DMA_FROM_DEVICE))
		kunit_skip(test, "kmalloc() aligns all buffers for DMA here");

	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), 0);
	addr = map(test, mock, mem + 8, 24, DMA_FROM_DEVICE, 0);
	KUNIT_EXPECT_TRUE(test, is_bounced(mock, addr, mem + 8));
	unmap(mock, addr, 24, DMA_FROM_DEVICE, 0);
}

/* A device for which only what is cheaper bounced is bounced. */
static struct mock_device *auto_device(struct kunit *test, const struct mock_config *config,
				       unsigned int busy_ms)
{
	struct mock_device *mock = config_device(test, config);

	mock_domain_of(mock)->busy_ms = busy_ms;
	iommu_dma_set_bounce_auto(iommu_get_dma_domain(mock_dev(mock)), true);
	return mock;
}

static struct iommu_bounce_auto *policy_of(struct mock_device *mock)
{
	return iommu_dma_bounce_learned(iommu_get_dma_domain(mock_dev(mock)));
}

static struct iommu_bounce_auto_info info_of(struct mock_device *mock, size_t size,
					     enum dma_data_direction dir)
{
	struct iommu_bounce_auto_info info;

	iommu_bounce_auto_get_info(policy_of(mock), iommu_bounce_auto_cell(size, dir), &info);
	return info;
}

/* Map until it is known what that takes directly and bounced. */
static struct iommu_bounce_auto_info learn(struct kunit *test, struct mock_device *mock,
					   void *mem, size_t size,
					   enum dma_data_direction dir)
{
	unsigned long end = jiffies + WARM_UP;
	struct iommu_bounce_auto_info info;

	do {
		unmap(mock, map(test, mock, mem, size, dir, 0), size, dir, 0);
		info = info_of(mock, size, dir);
		if (info.ns[IOMMU_BOUNCE_WAY_DIRECT] && info.ns[IOMMU_BOUNCE_WAY_BOUNCED])
			break;
		cond_resched();
	} while (time_before(jiffies, end));
	kunit_info(test, "%zu bytes: %u ns directly, %u ns bounced", size,
		   info.ns[IOMMU_BOUNCE_WAY_DIRECT], info.ns[IOMMU_BOUNCE_WAY_BOUNCED]);
	KUNIT_ASSERT_GT(test, info.ns[IOMMU_BOUNCE_WAY_DIRECT], 0);
	KUNIT_ASSERT_GT(test, info.ns[IOMMU_BOUNCE_WAY_BOUNCED], 0);
	return info;
}

/* How many of the next 100 mappings are bounced. */
static unsigned int count_bounced(struct kunit *test, struct mock_device *mock, void *mem,
				  size_t size, enum dma_data_direction dir)
{
	unsigned int i, bounced = 0;
	dma_addr_t addr;

	for (i = 0; i < 100; i++) {
		addr = map(test, mock, mem, size, dir, 0);
		bounced += is_bounced(mock, addr, mem);
		unmap(mock, addr, size, dir, 0);
	}
	return bounced;
}

static void auto_bounces_what_is_dear_to_map(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock = auto_device(test, &config, DEAR);
	u8 *mem = secret_pages(test, SZ_4K);
	struct iommu_bounce_auto_info info;

	info = learn(test, mock, mem, SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, info.way, IOMMU_BOUNCE_WAY_BOUNCED);
	/* Half of it is enough, as the clock may be adjusted meanwhile. */
	KUNIT_EXPECT_GE(test, info.ns[IOMMU_BOUNCE_WAY_DIRECT], DEAR * NSEC_PER_MSEC / 2);
	KUNIT_EXPECT_LT(test, info.ns[IOMMU_BOUNCE_WAY_BOUNCED],
			info.ns[IOMMU_BOUNCE_WAY_DIRECT]);
	/* One or the other may move to a CPU that has no slots. */
	KUNIT_EXPECT_GT(test, count_bounced(test, mock, mem, SZ_4K, DMA_FROM_DEVICE), 50);
	/* One direction says nothing of the other. */
	KUNIT_EXPECT_EQ(test, info_of(mock, SZ_4K, DMA_TO_DEVICE).samples[0], 0);
}

/* To map takes as long for one page as for many, and to copy them does not. */
static void auto_maps_what_is_dear_to_copy(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct iommu_bounce_auto_info info;
	struct mock_device *mock;
	u8 *mem = secret_pages(test, SZ_512K);

	/* They slow down allocators and locks, of which a copy needs none. */
	if (IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "with this kernel's checkers nothing is dear to copy");

	config.large = SZ_512K;
	mock = auto_device(test, &config, 0);
	iommu_dma_set_bounce_limit(iommu_get_dma_domain(mock_dev(mock)), SZ_512K);
	info = learn(test, mock, mem, SZ_512K, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, info.way, IOMMU_BOUNCE_WAY_DIRECT);
	KUNIT_EXPECT_GT(test, info.ns[IOMMU_BOUNCE_WAY_BOUNCED],
			info.ns[IOMMU_BOUNCE_WAY_DIRECT]);
	KUNIT_EXPECT_LT(test, count_bounced(test, mock, mem, SZ_512K, DMA_BIDIRECTIONAL), 50);
}

/* What is live stays as it is; what was learned is kept. */
static void auto_switched_while_mapped(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock = auto_device(test, &config, DEAR);
	struct iommu_domain *domain = iommu_get_dma_domain(mock_dev(mock));
	u8 *mem = secret_pages(test, SZ_8K), *other = mem + SZ_4K;
	dma_addr_t bounced, direct;
	u32 probes;

	probes = learn(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL).probes;
	bounced = map_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	iommu_dma_set_bounce_auto(domain, false);
	iommu_dma_set_bounce_limit(domain, 0);
	direct = map(test, mock, other, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_FALSE(test, is_bounced(mock, direct, other));
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, bounced, SZ_4K, DEVICE), 0);
	unmap(mock, bounced, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, SZ_4K, DEVICE));

	iommu_dma_set_bounce_limit(domain, LIMIT);
	iommu_dma_set_bounce_auto(domain, true);
	KUNIT_EXPECT_EQ(test, device_fills(test, mock, direct, SZ_4K, CPU), 0);
	unmap(mock, direct, SZ_4K, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, is_filled(other, SZ_4K, CPU));
	KUNIT_EXPECT_GT(test, count_bounced(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL), 50);
	KUNIT_EXPECT_LE(test, info_of(mock, SZ_4K, DMA_BIDIRECTIONAL).probes, probes + 1);
}

static int switch_modes(void *domain)
{
	unsigned int i;

	for (i = 0; !kthread_should_stop(); i++) {
		iommu_dma_set_bounce_auto(domain, i % 3 == 1);
		iommu_dma_set_bounce_limit(domain, i % 3 ? LIMIT : 0);
		usleep_range(50, 200);
	}
	return 0;
}

static void auto_switched_under_load(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock = auto_device(test, &config, 0);
	static const size_t sizes[] = { 512, 3000, SZ_4K, 9000, SZ_64K, SZ_128K };
	unsigned long end = jiffies + 2 * HZ;
	u8 *mem[ARRAY_SIZE(sizes)];
	dma_addr_t addr[ARRAY_SIZE(sizes)];
	struct task_struct *task;
	unsigned int i, rounds;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		mem[i] = secret_pages(test, SZ_128K + SZ_4K);
	task = kthread_run(switch_modes, iommu_get_dma_domain(mock_dev(mock)),
			   "iommu-bounce-switch");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (rounds = 0; time_before(jiffies, end); rounds++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			addr[i] = dma_map_phys(mock_dev(mock), virt_to_phys(mem[i]), sizes[i],
					       DMA_BIDIRECTIONAL, 0);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			if (dma_mapping_error(mock_dev(mock), addr[i]))
				continue;
			device_fills(test, mock, addr[i], sizes[i], DEVICE + rounds);
			unmap(mock, addr[i], sizes[i], DMA_BIDIRECTIONAL, 0);
		}
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			KUNIT_EXPECT_TRUE(test, is_filled(mem[i], sizes[i], DEVICE + rounds));
			KUNIT_EXPECT_TRUE(test, all_are(mem[i] + sizes[i], SECRET,
							SZ_128K + SZ_4K - sizes[i]));
		}
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_GT(test, rounds, 1);
	KUNIT_EXPECT_EQ(test, stats_of(test, mock)->invalid, 0);
	for (i = 0; i < IOMMU_BOUNCE_CLASSES; i++)
		KUNIT_EXPECT_EQ(test, stats_of(test, mock)->class[i].in_use, 0);
}

static void auto_attrs_that_bypass(struct kunit *test)
{
	struct mock_config config = {
		.granule = SZ_4K,
		.aperture_end = DMA_BIT_MASK(48),
	};
	struct mock_device *mock = auto_device(test, &config, DEAR);
	u8 *mem = secret_pages(test, SZ_4K);

	learn(test, mock, mem, SZ_4K, DMA_TO_DEVICE);
	bypasses(test, mock, mem, test->param_value);
}

/* Lists have pads when they are mapped, and their size is without. */
static void auto_sg_data(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock = auto_device(test, &config, DEAR);
	struct mock_device *parts = auto_device(test, &config, DEAR);
	struct iommu_bounce_auto_info info;
	unsigned int cell, used = 0;

	sg_carries(test, mock);
	sg_parts_carry(test, parts);
	for (cell = 0; cell < IOMMU_BOUNCE_AUTO_CELLS; cell++)
		used += iommu_bounce_auto_get_info(policy_of(parts), cell, &info);
	KUNIT_EXPECT_EQ(test, used, 1);
}

static void auto_two_step_data(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock = auto_device(test, &config, DEAR);
	u8 *mem = secret_pages(test, SZ_4K);
	struct dma_iova_state state;
	bool range;

	/* While it learns, */
	two_step_carries(test, mock);
	learn(test, mock, mem, SZ_4K, DMA_BIDIRECTIONAL);
	/* and when it knows that parts are to be bounced. */
	range = dma_iova_try_alloc(mock_dev(mock), &state, 0, SZ_64K);
	KUNIT_EXPECT_FALSE(test, range);
	if (range)
		dma_iova_free(mock_dev(mock), &state);
	two_step_carries(test, mock);
}

/* What must be bounced is no matter of choice, and nothing is learned from it. */
static void auto_is_not_asked_where_it_must(struct kunit *test)
{
	struct mock_config config = config_of(test);
	struct mock_device *mock;
	u8 *mem = secret_pages(test, SZ_8K);
	dma_addr_t addr;
	int i;

	config.untrusted = true;
	config.lazy = false;
	mock = auto_device(test, &config, 0);
	for (i = 0; i < 100; i++) {
		addr = map(test, mock, mem + 512, SZ_1K + 1, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_TRUE(test, is_bounced(mock, addr, mem + 512));
		unmap(mock, addr, SZ_1K + 1, DMA_TO_DEVICE, 0);
	}
	KUNIT_EXPECT_EQ(test, info_of(mock, SZ_1K + 1, DMA_TO_DEVICE).samples[0], 0);
	KUNIT_EXPECT_EQ(test, info_of(mock, SZ_1K + 1, DMA_TO_DEVICE).samples[1], 0);
}

#define BOUNCE_CASE(name)	KUNIT_CASE_PARAM(name, machine_gen_params)

static struct kunit_case bounce_test_cases[] = {
	BOUNCE_CASE(off_is_direct),
	BOUNCE_CASE(warm_needs_no_iommu),
	BOUNCE_CASE(data_both_ways),
	BOUNCE_CASE(untrusted_data_both_ways),
	BOUNCE_CASE(partial_write_preserved),
	BOUNCE_CASE(recycled_slot_hides_from_cpu),
	BOUNCE_CASE(recycled_slot_hides_from_device),
	BOUNCE_CASE(untrusted_device_joins),
	BOUNCE_CASE(untrusted_pads),
	BOUNCE_CASE(untrusted_is_bounced_whatever_attrs),
	BOUNCE_CASE(hostile_device),
	BOUNCE_CASE(sync_moves_what_it_names),
	BOUNCE_CASE(sync_of_skip_sync_device),
	BOUNCE_CASE(sg_sync_of_skip_sync_device),
	BOUNCE_CASE(two_step_sync_of_skip_sync_device),
	BOUNCE_CASE(need_sync_is_true),
	BOUNCE_CASE(coherent_beside_bounced),
	BOUNCE_CASE(hmm_beside_bounced),
	BOUNCE_CASE(max_mapping_size_is_true),
	BOUNCE_CASE(min_align_mask_is_kept),
	BOUNCE_CASE(mask_below_window),
	BOUNCE_CASE(untrusted_mask_below_window),
	BOUNCE_CASE(aperture_above_4g),
	KUNIT_CASE_PARAM(attrs_that_bypass, attrs_gen_params),
	BOUNCE_CASE(allocated_pages_are_direct),
	KUNIT_CASE_PARAM(attrs_differ_at_unmap, unmap_gen_params),
	BOUNCE_CASE(direct_faults_after_unmap),
	BOUNCE_CASE(buffer_is_hidden_after_unmap),
	BOUNCE_CASE(limit_is_exact),
	BOUNCE_CASE(limit_of_4m),
	BOUNCE_CASE(limit_changes_while_mapped),
	BOUNCE_CASE(sg_is_contiguous),
	BOUNCE_CASE(sg_of_parts),
	BOUNCE_CASE(sg_mark_is_forgotten),
	BOUNCE_CASE(two_step_data),
	BOUNCE_CASE(untrusted_two_step_data),
	BOUNCE_CASE(two_step_takes_slots),
	BOUNCE_CASE(two_step_partial_unlink),
	BOUNCE_CASE(two_step_attrs),
	BOUNCE_CASE(reservation_without_link),
	BOUNCE_CASE(reservation_with_bouncing),
	KUNIT_CASE_SLOW(exhausted_class),
	BOUNCE_CASE(iommu_fails_at_every_point),
	BOUNCE_CASE(allocation_fails_at_every_point),
	BOUNCE_CASE(atomic_context),
	BOUNCE_CASE(teardown_with_slots),
	BOUNCE_CASE(untrusted_teardown_with_slots),
	KUNIT_CASE_SLOW(eviction_returns_everything),
	BOUNCE_CASE(attach_makes_no_requests),
	BOUNCE_CASE(shrinker_leaves_what_is_in_use),
	KUNIT_CASE_SLOW(statistics_are_true),
	BOUNCE_CASE(unaligned_kmalloc),
	BOUNCE_CASE(auto_bounces_what_is_dear_to_map),
	KUNIT_CASE_SLOW(auto_maps_what_is_dear_to_copy),
	BOUNCE_CASE(auto_switched_while_mapped),
	KUNIT_CASE_SLOW(auto_switched_under_load),
	KUNIT_CASE_PARAM(auto_attrs_that_bypass, attrs_gen_params),
	BOUNCE_CASE(auto_sg_data),
	BOUNCE_CASE(auto_two_step_data),
	BOUNCE_CASE(auto_is_not_asked_where_it_must),
	{}
};

static int bounce_suite_init(struct kunit_suite *suite)
{
	return mock_iommu_register();
}

static void bounce_suite_exit(struct kunit_suite *suite)
{
	mock_iommu_unregister();
}

static struct kunit_suite bounce_test_suite = {
	.name = "iommu_bounce",
	.suite_init = bounce_suite_init,
	.suite_exit = bounce_suite_exit,
	.init = bounce_test_init,
	.exit = bounce_test_exit,
	.test_cases = bounce_test_cases,
};

kunit_test_suite(bounce_test_suite);
