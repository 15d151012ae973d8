// SPDX-License-Identifier: MIT
/*
 * A dma-buf that stays attached while CPU and devices take turns with it must
 * hold what was written last, whatever stands between device and memory.
 *
 * CPUs and the drivers here read the pages themselves, so a bounce buffer
 * behind the attachment doesn't show in the bytes but in swiotlb's counters:
 * under swiotlb=force an exporter's mapping takes slots of it, unless it says
 * that it is long lived (DMA_ATTR_PERSISTENT_STREAMING).
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "igt.h"
#include "pattern.h"
#include "picture.h"
#include "share.h"
#include "swiotlb.h"

IGT_TEST_DESCRIPTION("Long-lived dma-buf sharing between drivers, with and without bouncing.");

/**
 * TEST: prime_bounce
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: dmabuf
 * Functionality: prime
 * Feature: prime, swiotlb
 * Test category: functionality test
 * Description: Long-lived dma-buf sharing between drivers, with and without bouncing.
 *
 * SUBTEST: share-udmabuf-%s
 * Description: CPU writes and reads a udmabuf through its memfd and through %arg[1] by turns.
 *
 * SUBTEST: share-heap-%s
 * Description: CPU writes and reads a buffer of the system heap and through %arg[1] by turns.
 *
 * arg[1].values: vgem, vkms, virtio-gpu
 */

/**
 * SUBTEST: share-vgem-%s
 * Description: CPU writes and reads a buffer of vgem and through %arg[1] by turns.
 *
 * arg[1].values: vkms, virtio-gpu
 */

/**
 * SUBTEST: share-virtio-gpu-%s
 * Description: CPU writes and reads a buffer of virtio-gpu and through %arg[1] by turns.
 *
 * arg[1].values: vgem, vkms
 */

/**
 * SUBTEST: parallel-%s
 * Description: Several buffers of %arg[1], of several sizes, shared at the same time.
 *
 * SUBTEST: compose-%s
 * Description: vkms reads one imported buffer of %arg[1] and writes another, many times.
 *
 * arg[1].values: udmabuf, heap, vgem, virtio-gpu
 */

/**
 * SUBTEST: unsynced-udmabuf
 * Description: What is written to the memfd, as a guest writes its memory, outlasts the next
 *	begin of CPU access to the udmabuf.
 *
 * SUBTEST: bounce-%s
 * Description: %arg[1] maps its own buffer for long: swiotlb slots in use before and meanwhile.
 *
 * arg[1].values: udmabuf, virtio-gpu
 */

/**
 * SUBTEST: bounce-import-%s
 * Description: virtio-gpu maps a buffer of %arg[1]: swiotlb slots in use before and meanwhile.
 *
 * arg[1].values: udmabuf, heap, vgem
 */

#define PASSES 8
#define ATTEMPTS 5
#define COUNT_MS 100
#define IMPORT_MS 300
/* Small enough for one run of swiotlb slots (IO_TLB_SEGSIZE), wherever the pages lie. */
#define BOUNCE_PAGES 32

static const size_t share_pages[] = { 1, 3, 16, 64, 256, 1024 };
static const size_t picture_pages[] = { 1, 3, 16, 64 };

static const struct {
	const char *name, *driver;
	enum exporter self;
} importers[] = {
	{ "vgem", "vgem", VGEM },
	{ "vkms", "vkms", EXPORTERS },
	{ "virtio-gpu", "virtio_gpu", VIRTIO_GPU },
};

/* Exporters whose mappings carry DMA_ATTR_PERSISTENT_STREAMING. */
static const bool persistent[EXPORTERS] = {
	[UDMABUF] = true,
	[VGEM] = true,
	[VIRTIO_GPU] = true,
};

static uint64_t seed;

static void write_range(struct buffer *b, uint8_t *cpu, size_t offset, size_t len)
{
	pattern_fill(b->expected + offset, len, ++seed);
	memcpy(cpu + offset, b->expected + offset, len);
}

/* The whole buffer at first, then ranges that no boundary bounds. */
static void write_pass(struct buffer *b, uint8_t *cpu, int pass)
{
	size_t page = sysconf(_SC_PAGESIZE), offset;
	uint64_t random = ++seed;
	int i;

	if (pass < 2)
		write_range(b, cpu, 0, b->size);
	for (i = 0; i < 8; i++) {
		offset = pattern_next(&random) % b->size;
		write_range(b, cpu, offset, 1 + pattern_next(&random) % (b->size - offset));
	}
	for (offset = page; offset < b->size && offset < 4 * page; offset += page)
		write_range(b, cpu, offset - 1, 2);
}

static void check(const struct buffer *b, const char *reader, const uint8_t *cpu)
{
	pattern_compare(reader, cpu, b->expected, b->size);
}

/* One side writes, the other reads. */
static void share_pass(struct buffer *b, struct import *im, int pass)
{
	const bool back = pass & 1;

	cpu_begin(back ? im->dmabuf : b->dmabuf);
	write_pass(b, back ? im->cpu : b->cpu, pass);
	cpu_end(back ? im->dmabuf : b->dmabuf);

	cpu_begin(back ? b->dmabuf : im->dmabuf);
	check(b, back ? "exporter" : "importer", back ? b->cpu : im->cpu);
	cpu_end(back ? b->dmabuf : im->dmabuf);
}

static void test_share(enum exporter exporter, const char *importer)
{
	struct import im;
	struct buffer b;
	size_t i;
	int pass;

	for (i = 0; i < ARRAY_SIZE(share_pages); i++) {
		buffer_create(&b, exporter, share_pages[i]);
		import_create(&im, importer, &b);
		check(&b, "importer, before any write", im.cpu);
		for (pass = 0; pass < PASSES; pass++)
			share_pass(&b, &im, pass);
		import_destroy(&im);
		check(&b, "exporter, after the import is gone", b.cpu);
		buffer_destroy(&b);
	}
}

static const char *cpu_importer(enum exporter exporter)
{
	return exporter == VGEM ? "vkms" : "vgem";
}

static void test_parallel(enum exporter exporter)
{
	static struct buffer b[2 * ARRAY_SIZE(share_pages)];
	static struct import im[ARRAY_SIZE(b)];
	size_t i;
	int pass;

	for (i = 0; i < ARRAY_SIZE(b); i++) {
		buffer_create(&b[i], exporter, share_pages[i % ARRAY_SIZE(share_pages)]);
		import_create(&im[i], cpu_importer(exporter), &b[i]);
	}
	for (pass = 0; pass < PASSES; pass++) {
		for (i = 0; i < ARRAY_SIZE(b); i++)
			share_pass(&b[i], &im[i], pass);
	}
	for (i = 0; i < ARRAY_SIZE(b); i++) {
		check(&b[i], "exporter, after all passes", b[i].cpu);
		import_destroy(&im[i]);
		buffer_destroy(&b[i]);
	}
}

/* vkms writes the padding of a pixel as 0xff: so the source has it, too. */
static void write_pixels(struct buffer *b)
{
	size_t i;

	pattern_fill(b->expected, b->size, ++seed);
	for (i = 3; i < b->size; i += 4)
		b->expected[i] = 0xff;
	cpu_begin(b->dmabuf);
	memcpy(b->cpu, b->expected, b->size);
	cpu_end(b->dmabuf);
}

static void test_compose(enum exporter exporter)
{
	struct picture from, to;
	struct import im[2];
	struct buffer b[2];
	size_t i;
	int pass;

	picture_require();
	for (i = 0; i < ARRAY_SIZE(picture_pages); i++) {
		buffer_create(&b[0], exporter, picture_pages[i]);
		buffer_create(&b[1], exporter, picture_pages[i]);
		import_create(&im[0], "vkms", &b[0]);
		import_create(&im[1], "vkms", &b[1]);
		picture_create(&from, im[0].handle, b[0].size);
		picture_create(&to, im[1].handle, b[1].size);

		for (pass = 0; pass < PASSES; pass++) {
			write_pixels(&b[0]);
			write_pixels(&b[1]);
			picture_copy(&from, &to);
			cpu_begin(b[1].dmabuf);
			pattern_compare("what vkms wrote", b[1].cpu, b[0].expected, b[0].size);
			cpu_end(b[1].dmabuf);
			cpu_begin(b[0].dmabuf);
			check(&b[0], "what vkms read", b[0].cpu);
			cpu_end(b[0].dmabuf);
		}

		picture_destroy(&from);
		picture_destroy(&to);
		import_destroy(&im[0]);
		import_destroy(&im[1]);
		buffer_destroy(&b[0]);
		buffer_destroy(&b[1]);
	}
}

/*
 * A guest whose memory is a memfd writes it without a thought of the host's
 * dma-buf. The udmabuf driver maps the buffer for itself at the first begin of
 * CPU access and keeps that mapping: if it is bounced, each further begin
 * copies the bounce buffer over what was written.
 */
static void test_unsynced(void)
{
	struct import im;
	struct buffer b;
	int pass;

	buffer_create(&b, UDMABUF, BOUNCE_PAGES);
	import_create(&im, "vgem", &b);
	cpu_begin(b.dmabuf);
	cpu_end(b.dmabuf);
	for (pass = 0; pass < PASSES; pass++) {
		write_pass(&b, b.cpu, pass);
		cpu_begin(im.dmabuf);
		check(&b, "importer", im.cpu);
		cpu_end(im.dmabuf);
	}
	import_destroy(&im);
	buffer_destroy(&b);
}

/* Whether the DMA addresses of a DRM device go through an IOMMU. */
static bool is_translated(int drm)
{
	char path[128], type[16] = "";
	struct stat st;
	FILE *f;

	igt_assert_f(!fstat(drm, &st), "fstat: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/iommu_group/type",
		 major(st.st_rdev), minor(st.st_rdev));
	f = fopen(path, "r");
	if (!f)
		return false;
	igt_assert_f(fgets(type, sizeof(type), f), "%s is empty\n", path);
	fclose(f);
	return !strncmp(type, "DMA", 3);
}

struct slots {
	struct usage idle, after;
	unsigned long attached;
};

/* The exporter's driver maps the buffer for itself until the buffer is gone. */
static void count_own(struct slots *slots, enum exporter exporter)
{
	struct import im;
	struct buffer b;
	int pass;

	slots->idle = swiotlb_usage(COUNT_MS);
	buffer_create(&b, exporter, BOUNCE_PAGES);
	import_create(&im, "vgem", &b);
	cpu_begin(b.dmabuf);
	cpu_end(b.dmabuf);
	slots->attached = swiotlb_usage(COUNT_MS).least;
	for (pass = 0; pass < PASSES; pass++)
		share_pass(&b, &im, pass);
	import_destroy(&im);
	buffer_destroy(&b);
	slots->after = swiotlb_usage(COUNT_MS);
}

/*
 * virtio-gpu maps what it imports. Without blob resources it finds no use for
 * the buffer then and unmaps it: so one thread imports again and again while
 * another reads the counter.
 */
struct importer {
	const struct buffer *buffer;
	int drm, err;
	atomic_bool stop;
};

static void *import_until_stopped(void *data)
{
	struct importer *importer = data;
	uint32_t handle;

	while (!importer->stop && (!importer->err || importer->err == -ENODEV)) {
		importer->err = import_handle(importer->drm, importer->buffer, &handle);
		if (!importer->err)
			handle_close(importer->drm, handle);
	}
	return NULL;
}

static void count_import(struct slots *slots, enum exporter exporter, int drm)
{
	struct buffer b;
	struct importer importer = { .buffer = &b, .drm = drm };
	pthread_t thread;

	slots->idle = swiotlb_usage(COUNT_MS);
	buffer_create(&b, exporter, BOUNCE_PAGES);
	igt_assert(!pthread_create(&thread, NULL, import_until_stopped, &importer));
	slots->attached = swiotlb_usage(IMPORT_MS).most;
	importer.stop = true;
	pthread_join(thread, NULL);
	buffer_destroy(&b);
	slots->after = swiotlb_usage(COUNT_MS);
	igt_assert_f(!importer.err || importer.err == -ENODEV, "import into virtio-gpu: %s\n",
		     strerror(-importer.err));
}

/* No other user of the pool came or went before and after. */
static bool is_steady(const struct slots *slots)
{
	return slots->idle.least == slots->idle.most && slots->after.least == slots->idle.least;
}

static bool is_as_expected(const struct slots *slots, unsigned long bounced)
{
	return bounced ? slots->attached >= slots->idle.least + bounced :
			 slots->attached == slots->idle.least;
}

/* @mapper is the DRM device that maps, or -1 for a device behind no IOMMU. */
static void test_bounce(enum exporter exporter, int mapper, bool import)
{
	const bool bounces = swiotlb_forced() && !persistent[exporter] &&
			     (mapper < 0 || !is_translated(mapper));
	const unsigned long bounced =
		bounces ? BOUNCE_PAGES * sysconf(_SC_PAGESIZE) / SWIOTLB_SLOT : 0;
	struct slots slots;
	int attempt = 0;

	swiotlb_require();
	/*
	 * Others use the pool, too: virtio-gpu's commands do, as long as they are under
	 * way. A mapping that is bounced against the rules is so each time.
	 */
	do {
		if (import)
			count_import(&slots, exporter, mapper);
		else
			count_own(&slots, exporter);
	} while (!(is_steady(&slots) && is_as_expected(&slots, bounced)) && ++attempt < ATTEMPTS);
	igt_info("swiotlb=force %s, %d pages of %s: io_tlb_used idle %lu, attached %lu (expected %s%lu), after %lu\n",
		 swiotlb_forced() ? "on" : "off", BOUNCE_PAGES, exporter_name[exporter],
		 slots.idle.least, slots.attached, bounced ? "at least " : "",
		 slots.idle.least + bounced, slots.after.least);
	igt_assert_f(is_as_expected(&slots, bounced), "%s: the mapping must %sbe bounced\n",
		     exporter_name[exporter], bounced ? "" : "not ");
	igt_assert_f(slots.after.least == slots.idle.least,
		     "%s: %lu slots idle before, %lu after\n", exporter_name[exporter],
		     slots.idle.least, slots.after.least);
}

static int virtio_gpu(void)
{
	int drm = drm_device("virtio_gpu");

	igt_require_f(drm >= 0, "no DRM device of virtio_gpu\n");
	return drm;
}

igt_main
{
	enum exporter e;
	size_t i;

	for (e = 0; e < EXPORTERS; e++) {
		for (i = 0; i < ARRAY_SIZE(importers); i++) {
			if (importers[i].self == e)
				continue;
			igt_describe_f("Buffers of %s written and read through %s by turns.",
				       exporter_name[e], importers[i].name);
			igt_subtest_f("share-%s-%s", exporter_name[e], importers[i].name)
				test_share(e, importers[i].driver);
		}
	}

	for (e = 0; e < EXPORTERS; e++) {
		igt_describe_f("Several buffers of %s shared at the same time.", exporter_name[e]);
		igt_subtest_f("parallel-%s", exporter_name[e])
			test_parallel(e);
	}

	for (e = 0; e < EXPORTERS; e++) {
		igt_describe_f("vkms reads and writes imported buffers of %s.", exporter_name[e]);
		igt_subtest_f("compose-%s", exporter_name[e])
			test_compose(e);
	}

	igt_describe("Writes to the memfd outlast the next begin of CPU access to the udmabuf.");
	igt_subtest("unsynced-udmabuf")
		test_unsynced();

	igt_describe("udmabuf's mapping for itself takes no slot of swiotlb.");
	igt_subtest("bounce-udmabuf")
		test_bounce(UDMABUF, -1, false);

	igt_describe("virtio-gpu's mapping of its buffer takes no slot of swiotlb.");
	igt_subtest("bounce-virtio-gpu")
		test_bounce(VIRTIO_GPU, virtio_gpu(), false);

	for (e = 0; e < VIRTIO_GPU; e++) {
		igt_describe_f("Slots of swiotlb that virtio-gpu takes for an import from %s.",
			       exporter_name[e]);
		igt_subtest_f("bounce-import-%s", exporter_name[e])
			test_bounce(e, virtio_gpu(), true);
	}
}
