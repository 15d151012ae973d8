// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of DMA_ATTR_PERSISTENT_STREAMING with dma-direct and swiotlb.
 *
 * There is no hardware behind the devices used here. The CPU plays the device:
 * it reads and writes the memory to which the DMA address of a mapping leads,
 * which is the bounce buffer if there is one and the mapped page if not.
 *
 * The forced_* cases need a kernel booted with swiotlb=force. The beyond_mask_*
 * cases need memory above 4 GiB, and run with and without swiotlb=force.
 */
#include <kunit/device.h>
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/iommu-dma.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/swiotlb.h>

/* What the CPU and the device write, and what was there before. */
#define OLD	0x11
#define CPU	0xc5
#define DEV	0xde

/* Attempts to find a page above 4 GiB in a machine that has some. */
#define HIGH_PAGE_TRIES	64

KUNIT_DEFINE_ACTION_WRAPPER(put_page_action, put_page, struct page *);
KUNIT_DEFINE_ACTION_WRAPPER(default_pool_action, swiotlb_dev_init, struct device *);

/* A coherent device on dma-direct that can address the bits in @mask. */
static struct device *test_device(struct kunit *test, u64 mask)
{
	struct device *dev = kunit_device_register(test, "dma-persistent");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);

	/* Cache maintenance would throw away what the CPU writes as a device. */
	dev_set_dma_coherent(dev);
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(dev, mask), 0);

	if (get_dma_ops(dev) || use_dma_iommu(dev))
		kunit_skip(test, "the platform does not map this device directly");
	if (force_dma_unencrypted(dev))
		kunit_skip(test, "memory is encrypted, all mappings are bounced");
	if (!is_swiotlb_active(dev))
		kunit_skip(test, "swiotlb is not active");
	return dev;
}

static struct device *forced_device(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(64));

	/* is_swiotlb_force_bounce() is under test and cannot be the judge. */
	if (!dev->dma_io_tlb_mem->force_bounce)
		kunit_skip(test, "needs swiotlb=force on the command line");
	return dev;
}

/* Pages that the test owns, or %NULL. */
static struct page *try_page(struct kunit *test, gfp_t gfp, size_t size)
{
	struct page *page = alloc_pages(gfp | __GFP_COMP, get_order(size));

	if (!page)
		return NULL;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_page_action, page), 0);
	memset(page_address(page), OLD, size);
	return page;
}

static struct page *test_page(struct kunit *test, gfp_t gfp, size_t size)
{
	struct page *page = try_page(test, gfp, size);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static bool above_4g(struct page *page)
{
	return (u64)page_to_phys(page) >= SZ_4G;
}

static struct page *low_page(struct kunit *test)
{
	gfp_t zone = IS_ENABLED(CONFIG_ZONE_DMA32) ? GFP_DMA32 : GFP_DMA;
	struct page *page;

	page = try_page(test, GFP_KERNEL | zone | __GFP_NOWARN, PAGE_SIZE);
	if (!page || above_4g(page))
		kunit_skip(test, "found no memory below 4 GiB");
	return page;
}

static struct page *high_page(struct kunit *test, size_t size)
{
	struct page *page;
	int i;

	for (i = 0; i < HIGH_PAGE_TRIES; i++) {
		page = test_page(test, GFP_KERNEL, size);
		if (above_4g(page))
			return page;
	}
	kunit_skip(test, "found no memory above 4 GiB");
	return NULL;
}

static bool is_bounced(struct device *dev, dma_addr_t addr)
{
	return swiotlb_find_pool(dev, dma_to_phys(dev, addr));
}

static u8 *device_view(struct device *dev, dma_addr_t addr)
{
	return phys_to_virt(dma_to_phys(dev, addr));
}

static bool all_bytes_are(const void *mem, u8 byte, size_t size)
{
	return !memchr_inv(mem, byte, size);
}

/* The same mapping, made by each of the interfaces that drivers use. */
enum map_api { MAP_SINGLE, MAP_PAGE, MAP_PHYS, MAP_SG };

struct map_api_case {
	const char *name;
	enum map_api api;
};

static const struct map_api_case map_api_cases[] = {
	{ "single", MAP_SINGLE },
	{ "page", MAP_PAGE },
	{ "phys", MAP_PHYS },
	{ "sg", MAP_SG },
};

KUNIT_ARRAY_PARAM_DESC(map_api, map_api_cases, name);

#define MAP_OFFSET	SZ_512
#define MAP_SIZE	SZ_1K

static dma_addr_t map_by(enum map_api api, struct device *dev, struct page *page,
			 struct scatterlist *sg, unsigned long attrs)
{
	switch (api) {
	case MAP_SINGLE:
		return dma_map_single_attrs(dev, page_address(page) + MAP_OFFSET,
					    MAP_SIZE, DMA_BIDIRECTIONAL, attrs);
	case MAP_PAGE:
		return dma_map_page_attrs(dev, page, MAP_OFFSET, MAP_SIZE,
					  DMA_BIDIRECTIONAL, attrs);
	case MAP_PHYS:
		return dma_map_phys(dev, page_to_phys(page) + MAP_OFFSET,
				    MAP_SIZE, DMA_BIDIRECTIONAL, attrs);
	case MAP_SG:
		sg_init_table(sg, 1);
		sg_set_page(sg, page, MAP_SIZE, MAP_OFFSET);
		if (dma_map_sg_attrs(dev, sg, 1, DMA_BIDIRECTIONAL, attrs) != 1)
			return DMA_MAPPING_ERROR;
		return sg_dma_address(sg);
	}
	return DMA_MAPPING_ERROR;
}

static void unmap_by(enum map_api api, struct device *dev, dma_addr_t addr,
		     struct scatterlist *sg, unsigned long attrs)
{
	switch (api) {
	case MAP_SINGLE:
		dma_unmap_single_attrs(dev, addr, MAP_SIZE, DMA_BIDIRECTIONAL, attrs);
		break;
	case MAP_PAGE:
		dma_unmap_page_attrs(dev, addr, MAP_SIZE, DMA_BIDIRECTIONAL, attrs);
		break;
	case MAP_PHYS:
		dma_unmap_phys(dev, addr, MAP_SIZE, DMA_BIDIRECTIONAL, attrs);
		break;
	case MAP_SG:
		dma_unmap_sg_attrs(dev, sg, 1, DMA_BIDIRECTIONAL, attrs);
		break;
	}
}

/* The control: without the attribute, swiotlb=force bounces. */
static void forced_plain_is_bounced(struct kunit *test)
{
	const struct map_api_case *c = test->param_value;
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	struct scatterlist sg;
	dma_addr_t addr;

	addr = map_by(c->api, dev, page, &sg, 0);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_TRUE(test, is_bounced(dev, addr));
	KUNIT_EXPECT_NE(test, addr, phys_to_dma(dev, page_to_phys(page) + MAP_OFFSET));
	unmap_by(c->api, dev, addr, &sg, 0);
}

static void forced_persistent_is_direct(struct kunit *test)
{
	const struct map_api_case *c = test->param_value;
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	struct scatterlist sg;
	dma_addr_t addr;

	addr = map_by(c->api, dev, page, &sg, DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_FALSE(test, is_bounced(dev, addr));
	KUNIT_EXPECT_EQ(test, addr, phys_to_dma(dev, page_to_phys(page) + MAP_OFFSET));
	unmap_by(c->api, dev, addr, &sg, DMA_ATTR_PERSISTENT_STREAMING);
}

/* What the attribute is for: CPU and device share a mapped buffer, unsynced. */
static void forced_persistent_is_shared(struct kunit *test)
{
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	u8 *cpu = page_address(page);
	dma_addr_t addr;

	addr = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL,
				  DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));

	memset(cpu, CPU, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(device_view(dev, addr), CPU, PAGE_SIZE));
	memset(device_view(dev, addr), DEV, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, DEV, PAGE_SIZE));

	/* A driver may sync all the same. */
	dma_sync_single_for_cpu(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, DEV, PAGE_SIZE));
	memset(cpu, CPU, PAGE_SIZE);
	dma_sync_single_for_device(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(device_view(dev, addr), CPU, PAGE_SIZE));

	/* No older copy comes back. */
	memset(cpu, OLD, PAGE_SIZE);
	dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL,
			     DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, OLD, PAGE_SIZE));
}

/* A bounce buffer has a maximum size, a direct mapping has not. */
static void forced_persistent_may_be_large(struct kunit *test)
{
	struct device *dev = forced_device(test);
	size_t size = 2 * swiotlb_max_mapping_size(dev);
	struct page *page = test_page(test, GFP_KERNEL, size);
	dma_addr_t addr;

	KUNIT_EXPECT_EQ(test, dma_max_mapping_size(dev), swiotlb_max_mapping_size(dev));

	addr = dma_map_page_attrs(dev, page, 0, size, DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));

	addr = dma_map_page_attrs(dev, page, 0, size, DMA_TO_DEVICE,
				  DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_FALSE(test, is_bounced(dev, addr));
	dma_unmap_page_attrs(dev, addr, size, DMA_TO_DEVICE,
			     DMA_ATTR_PERSISTENT_STREAMING);
}

/* Mappings that must never be bounced, so swiotlb=force makes them fail. */
struct no_bounce_case {
	const char *name;
	unsigned long attrs;
};

static const struct no_bounce_case no_bounce_cases[] = {
	{ "require_coherent", DMA_ATTR_REQUIRE_COHERENT },
	{ "mmio", DMA_ATTR_MMIO },
};

KUNIT_ARRAY_PARAM_DESC(no_bounce, no_bounce_cases, name);

static void forced_persistent_no_bounce(struct kunit *test)
{
	const struct no_bounce_case *c = test->param_value;
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	phys_addr_t phys = page_to_phys(page);
	dma_addr_t addr;

	/* Nobody accesses it, so any address that is not memory will do. */
	if (c->attrs & DMA_ATTR_MMIO)
		phys = PFN_PHYS(max_pfn);

	KUNIT_EXPECT_FALSE(test, dma_can_require_coherent(dev));
	addr = dma_map_phys(dev, phys, PAGE_SIZE, DMA_BIDIRECTIONAL, c->attrs);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));

	addr = dma_map_phys(dev, phys, PAGE_SIZE, DMA_BIDIRECTIONAL,
			    c->attrs | DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_EQ(test, dma_to_phys(dev, addr), phys);
	dma_unmap_phys(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL,
		       c->attrs | DMA_ATTR_PERSISTENT_STREAMING);
}

/* Sync is skipped until the first bounce, and then decided for each address. */
static void forced_persistent_needs_no_sync(struct kunit *test)
{
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	dma_addr_t direct, bounced;

	direct = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL,
				    DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, direct));
	KUNIT_EXPECT_TRUE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_FALSE(test, dma_need_sync(dev, direct));

	bounced = dma_map_page(dev, test_page(test, GFP_KERNEL, PAGE_SIZE), 0,
			       PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(dev, bounced));
	KUNIT_EXPECT_FALSE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_TRUE(test, dma_need_sync(dev, bounced));
	KUNIT_EXPECT_FALSE(test, dma_need_sync(dev, direct));

	if (!dma_mapping_error(dev, bounced))
		dma_unmap_page(dev, bounced, PAGE_SIZE, DMA_BIDIRECTIONAL);
	dma_unmap_page_attrs(dev, direct, PAGE_SIZE, DMA_BIDIRECTIONAL,
			     DMA_ATTR_PERSISTENT_STREAMING);
}

static dma_addr_t map_beyond_mask(struct kunit *test, struct device *dev,
				  struct page *page,
				  enum dma_data_direction dir,
				  unsigned long attrs)
{
	dma_addr_t addr;

	addr = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, dir, attrs);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_ASSERT_TRUE(test, is_bounced(dev, addr));
	KUNIT_EXPECT_LT(test, (u64)addr, SZ_4G);
	return addr;
}

static void beyond_mask_to_device(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	struct page *page = high_page(test, PAGE_SIZE);
	u8 *cpu = page_address(page);
	dma_addr_t addr;

	addr = map_beyond_mask(test, dev, page, DMA_TO_DEVICE,
			       DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(device_view(dev, addr), OLD, PAGE_SIZE));

	KUNIT_EXPECT_TRUE(test, dma_need_sync(dev, addr));
	memset(cpu, CPU, PAGE_SIZE);
	dma_sync_single_for_device(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(device_view(dev, addr), CPU, PAGE_SIZE));

	/* Nothing is taken from a device that has nothing to write. */
	memset(device_view(dev, addr), DEV, PAGE_SIZE);
	dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_TO_DEVICE,
			     DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, CPU, PAGE_SIZE));
}

/* The device writes half of the buffer; the other half must survive. */
static void beyond_mask_from_device(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	struct page *page = high_page(test, PAGE_SIZE);
	u8 *cpu = page_address(page);
	dma_addr_t addr;

	addr = map_beyond_mask(test, dev, page, DMA_FROM_DEVICE,
			       DMA_ATTR_PERSISTENT_STREAMING);

	memset(device_view(dev, addr), DEV, PAGE_SIZE / 4);
	dma_sync_single_for_cpu(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, DEV, PAGE_SIZE / 4));
	dma_sync_single_for_device(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);

	memset(device_view(dev, addr), DEV, PAGE_SIZE / 2);
	dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE,
			     DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu, DEV, PAGE_SIZE / 2));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(cpu + PAGE_SIZE / 2, OLD, PAGE_SIZE / 2));
}

/* What must not be bounced fails where it is out of reach, with both attributes. */
static void beyond_mask_no_bounce(struct kunit *test)
{
	const struct no_bounce_case *c = test->param_value;
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	phys_addr_t phys = page_to_phys(high_page(test, PAGE_SIZE));
	dma_addr_t addr = 0;

	if (c->attrs & DMA_ATTR_MMIO)
		phys = max_t(u64, PFN_PHYS(max_pfn), SZ_4G);

	/* dma-direct warns of an address that the device cannot reach. */
	kunit_warning_suppress(test)
		addr = dma_map_phys(dev, phys, PAGE_SIZE, DMA_BIDIRECTIONAL,
				    c->attrs | DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));
	if (!dma_mapping_error(dev, addr))
		dma_unmap_phys(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL,
			       c->attrs | DMA_ATTR_PERSISTENT_STREAMING);
}

/* That another mapping is bounced does not keep one from being coherent. */
static void beyond_mask_can_require_coherent(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	bool forced = dev->dma_io_tlb_mem->force_bounce;
	struct page *low = low_page(test);
	dma_addr_t bounced, addr;

	bounced = map_beyond_mask(test, dev, high_page(test, PAGE_SIZE), DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_FALSE(test, dev_dma_skip_sync(dev));
	KUNIT_EXPECT_EQ(test, dma_can_require_coherent(dev), !forced);

	addr = dma_map_page_attrs(dev, low, 0, PAGE_SIZE, DMA_TO_DEVICE,
				  DMA_ATTR_REQUIRE_COHERENT);
	if (forced)
		KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));
	else
		KUNIT_EXPECT_EQ(test, addr, phys_to_dma(dev, page_to_phys(low)));
	if (!dma_mapping_error(dev, addr))
		dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_TO_DEVICE,
				     DMA_ATTR_REQUIRE_COHERENT);
	dma_unmap_page(dev, bounced, PAGE_SIZE, DMA_TO_DEVICE);
}

/* In one list, what the device can reach is direct and the rest is bounced. */
static void beyond_mask_mixed_sg(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	struct page *low = low_page(test);
	struct page *high = high_page(test, PAGE_SIZE);
	struct scatterlist sg[2];
	int i;

	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_set_page(&sg[0], low, PAGE_SIZE, 0);
	sg_set_page(&sg[1], high, PAGE_SIZE, 0);
	KUNIT_ASSERT_EQ(test, dma_map_sg_attrs(dev, sg, ARRAY_SIZE(sg), DMA_BIDIRECTIONAL,
					       DMA_ATTR_PERSISTENT_STREAMING),
			ARRAY_SIZE(sg));
	KUNIT_EXPECT_FALSE(test, is_bounced(dev, sg_dma_address(&sg[0])));
	KUNIT_EXPECT_TRUE(test, is_bounced(dev, sg_dma_address(&sg[1])));

	memset(page_address(low), CPU, PAGE_SIZE);
	memset(page_address(high), CPU, PAGE_SIZE);
	dma_sync_sg_for_device(dev, sg, ARRAY_SIZE(sg), DMA_BIDIRECTIONAL);
	for (i = 0; i < ARRAY_SIZE(sg); i++) {
		u8 *view = device_view(dev, sg_dma_address(&sg[i]));

		KUNIT_EXPECT_TRUE(test, all_bytes_are(view, CPU, PAGE_SIZE));
		memset(view, DEV, PAGE_SIZE);
	}

	dma_unmap_sg_attrs(dev, sg, ARRAY_SIZE(sg), DMA_BIDIRECTIONAL,
			   DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(page_address(low), DEV, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(page_address(high), DEV, PAGE_SIZE));
}

/* Unmap goes by address: it must not matter whether it has the attribute. */
struct unmap_case {
	const char *name;
	unsigned long map_attrs;
	unsigned long unmap_attrs;
};

static const struct unmap_case unmap_cases[] = {
	{
		.name = "both",
		.map_attrs = DMA_ATTR_PERSISTENT_STREAMING,
		.unmap_attrs = DMA_ATTR_PERSISTENT_STREAMING,
	}, {
		.name = "map_only",
		.map_attrs = DMA_ATTR_PERSISTENT_STREAMING,
	}, {
		.name = "unmap_only",
		.unmap_attrs = DMA_ATTR_PERSISTENT_STREAMING,
	},
};

KUNIT_ARRAY_PARAM_DESC(unmap, unmap_cases, name);

static void beyond_mask_unmap_attrs(struct kunit *test)
{
	const struct unmap_case *c = test->param_value;
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	struct page *page = high_page(test, PAGE_SIZE);
	dma_addr_t addr;

	addr = map_beyond_mask(test, dev, page, DMA_FROM_DEVICE, c->map_attrs);
	memset(device_view(dev, addr), DEV, PAGE_SIZE);
	dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE, c->unmap_attrs);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(page_address(page), DEV, PAGE_SIZE));
}

/* One after the other, map more than the pool holds: a leak would fill it. */
static void beyond_mask_no_leak(struct kunit *test)
{
	const struct unmap_case *c = test->param_value;
	struct device *dev = test_device(test, DMA_BIT_MASK(32));
	size_t size = swiotlb_max_mapping_size(dev);
	struct page *page = high_page(test, size);
	unsigned long i, n;
	dma_addr_t addr;

	if (IS_ENABLED(CONFIG_SWIOTLB_DYNAMIC))
		kunit_skip(test, "a dynamic pool grows instead of filling up");

	n = dev->dma_io_tlb_mem->nslabs / (size >> IO_TLB_SHIFT) + 1;
	for (i = 0; i < n; i++) {
		addr = dma_map_page_attrs(dev, page, 0, size, DMA_TO_DEVICE,
					  c->map_attrs | DMA_ATTR_NO_WARN);
		KUNIT_ASSERT_FALSE_MSG(test, dma_mapping_error(dev, addr),
				       "mapping %lu of %lu failed", i, n);
		KUNIT_ASSERT_TRUE(test, is_bounced(dev, addr));
		dma_unmap_page_attrs(dev, addr, size, DMA_TO_DEVICE, c->unmap_attrs);
	}
}

/* A direct mapping that is unmapped without the attribute loses nothing. */
static void forced_persistent_unmap_plain(struct kunit *test)
{
	struct device *dev = forced_device(test);
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	dma_addr_t addr;

	addr = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL,
				  DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	memset(page_address(page), CPU, PAGE_SIZE);
	dma_unmap_page(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(page_address(page), CPU, PAGE_SIZE));
}

/*
 * A pool that forces bouncing and does not say that this is optional confines
 * the device, whatever its driver says. Restricted DMA pools are of this kind.
 * The pool of the test is the default one under another name: a copy of its
 * descriptor shares slots and locks with it.
 */
static void mandatory_pool_is_bounced(struct kunit *test)
{
	struct device *dev = test_device(test, DMA_BIT_MASK(64));
	struct page *page = test_page(test, GFP_KERNEL, PAGE_SIZE);
	struct io_tlb_mem *mandatory;
	dma_addr_t addr;

	if (IS_ENABLED(CONFIG_SWIOTLB_DYNAMIC))
		kunit_skip(test, "the descriptor of a dynamic pool cannot be copied");

	mandatory = kunit_kmalloc(test, sizeof(*mandatory), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mandatory);
	*mandatory = *dev->dma_io_tlb_mem;
	mandatory->force_bounce = true;
	mandatory->force_optional = false;
	/* Back to the default pool before the copy is freed. */
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, default_pool_action, dev), 0);
	dev->dma_io_tlb_mem = mandatory;
	KUNIT_EXPECT_FALSE(test, dma_can_require_coherent(dev));

	addr = dma_map_page_attrs(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE,
				  DMA_ATTR_PERSISTENT_STREAMING);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_TRUE(test, is_bounced(dev, addr));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(device_view(dev, addr), OLD, PAGE_SIZE));
	dma_unmap_page_attrs(dev, addr, PAGE_SIZE, DMA_TO_DEVICE,
			     DMA_ATTR_PERSISTENT_STREAMING);
}

static struct kunit_case dma_persistent_streaming_cases[] = {
	KUNIT_CASE_PARAM(forced_plain_is_bounced, map_api_gen_params),
	KUNIT_CASE_PARAM(forced_persistent_is_direct, map_api_gen_params),
	KUNIT_CASE(forced_persistent_is_shared),
	KUNIT_CASE(forced_persistent_may_be_large),
	KUNIT_CASE_PARAM(forced_persistent_no_bounce, no_bounce_gen_params),
	KUNIT_CASE(forced_persistent_needs_no_sync),
	KUNIT_CASE(forced_persistent_unmap_plain),
	KUNIT_CASE(beyond_mask_to_device),
	KUNIT_CASE(beyond_mask_from_device),
	KUNIT_CASE_PARAM(beyond_mask_no_bounce, no_bounce_gen_params),
	KUNIT_CASE(beyond_mask_can_require_coherent),
	KUNIT_CASE(beyond_mask_mixed_sg),
	KUNIT_CASE_PARAM(beyond_mask_unmap_attrs, unmap_gen_params),
	KUNIT_CASE_PARAM_ATTR(beyond_mask_no_leak, unmap_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(mandatory_pool_is_bounced),
	{}
};

static struct kunit_suite dma_persistent_streaming_suite = {
	.name = "dma_persistent_streaming",
	.test_cases = dma_persistent_streaming_cases,
};

kunit_test_suite(dma_persistent_streaming_suite);
