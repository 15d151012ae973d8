// SPDX-License-Identifier: MIT
/*
 * What a hostile device reaches beyond its buffers: nothing, or no more than it
 * was given before. QEMU's edu plays the device; its driver lets it access any
 * DMA address.
 *
 * Behind an IOMMU an access outside of all mappings faults. In a slot of a pool
 * of bounce buffers the device may find zeros or what itself had there before,
 * for the slot stays mapped; a device that is not trusted finds zeros. It never
 * finds bytes of another device's buffer, nor of memory that is not mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu.h"
#include "igt.h"
#include "iommu.h"
#include "pattern.h"
#include "share.h"

IGT_TEST_DESCRIPTION("What a device reaches that goes beyond its buffers.");

/**
 * TEST: bounce_isolation
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: DMA
 * Functionality: isolation
 * Feature: iommu
 * Test category: functionality test
 * Description: What a device reaches that goes beyond its buffers.
 *
 * SUBTEST: untranslated
 * Description: Without an IOMMU the device reads any memory: such reads can be seen here.
 *
 * SUBTEST: memory
 * Description: The physical address of memory that is not mapped, taken for a DMA address.
 *
 * SUBTEST: beyond-direct
 * Description: Beside a buffer that is mapped directly.
 *
 * SUBTEST: pads-of-pages
 * Description: Behind the end of a bounced buffer, in the pages that its slot has left.
 *
 * SUBTEST: pads-of-bytes
 * Description: Beside a bounced buffer that shares its pages with other data of the CPU.
 *
 * SUBTEST: evicted
 * Description: Where a bounced buffer was, after the pool gave the memory back.
 *
 * SUBTEST: stale-window
 * Description: Lazy invalidation: for how long a buffer can be read that is not mapped any more.
 */

/**
 * SUBTEST: control-%s
 * Description: What the device may access, it does access: mapped %arg[1].
 *
 * SUBTEST: read-after-unmap-%s
 * Description: The CPU's new bytes in a buffer that was mapped %arg[1] and is no more.
 *
 * SUBTEST: write-after-unmap-%s
 * Description: The device writes where a buffer was mapped %arg[1] and is no more.
 *
 * SUBTEST: read-of-write-only-%s
 * Description: The device reads a buffer that it may only write, mapped %arg[1].
 *
 * SUBTEST: write-to-read-only-%s
 * Description: The device writes to a buffer that it may only read, mapped %arg[1].
 *
 * SUBTEST: neighbour-%s
 * Description: Another device reads and writes where this one has a buffer, mapped %arg[1].
 *
 * arg[1].values: direct, bounced
 */

/* So many bytes tell a pattern from anything else. */
#define PROBE 8
/* QEMU reports a fault for each four bytes. */
#define FAULT_PROBE 4
#define FAULT_MS 500
/* The kernel prints ten faults in so long and drops the rest. */
#define RATELIMIT_MS 5200
/* A pool gives back what was idle for some seconds. */
#define EVICTION_MS 20000
/* For what depends on the slot that a pool gives. */
#define TRIES 100
#define HEAD 1000
#define TAIL 700

enum way { DIRECT, BOUNCED, WAYS };

static const char *const way_name[WAYS] = {
	[DIRECT] = "direct",
	[BOUNCED] = "bounced",
};

/* The driver's own memory is mapped directly, that of the heap is bounced if it can be. */
static const enum exporter way_exporter[WAYS] = {
	[DIRECT] = UDMABUF,
	[BOUNCED] = HEAP,
};

static struct iommu iommu;
static uint64_t seed;

static int hostile_device(void)
{
	int drm = edu_device();

	edu_set_hostile(true);
	iommu = iommu_of(drm);
	return drm;
}

static int confined_device(void)
{
	int drm = hostile_device();

	igt_require_f(iommu.translates, "no IOMMU confines the device: it reaches all memory\n");
	return drm;
}

/* And its buffers to come are mapped in this way. */
static int device_that_maps(enum way way)
{
	int drm = confined_device();

	igt_require_f(way == DIRECT || iommu.bounces, "no pool bounces mappings of the device\n");
	edu_set_persistent(way == DIRECT);
	return drm;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	while (size && !*bytes++)
		size--;
	return !size;
}

/* One access; whether the kernel reported a fault of it. */
static bool access_faults(int drm, uint64_t address, uint8_t *data, bool write)
{
	struct faults faults;

	faults_begin(&faults);
	if (write)
		edu_poke(drm, address, data, FAULT_PROBE);
	else
		edu_peek(drm, address, data, FAULT_PROBE);
	return faults_end(&faults, FAULT_MS);
}

static void must_fault(const char *what, int drm, uint64_t address, bool write)
{
	uint8_t data[FAULT_PROBE], sent[FAULT_PROBE];
	bool faults;

	pattern_fill(sent, FAULT_PROBE, ++seed);
	memcpy(data, sent, FAULT_PROBE);
	faults = access_faults(drm, address, data, write);
	if (!faults) {
		usleep(1000 * RATELIMIT_MS);
		memcpy(data, sent, FAULT_PROBE);
		faults = access_faults(drm, address, data, write);
	}
	igt_assert_f(write || is_zero(data, FAULT_PROBE) || !memcmp(data, sent, FAULT_PROBE),
		     "%s: the device read %#04x %#04x... at %#llx\n", what, data[0], data[1],
		     (unsigned long long)address);
	igt_assert_f(faults, "%s: no fault at %#llx\n", what, (unsigned long long)address);
}

/* A fault, or anything but what is secret. */
static void must_hide(const char *what, int drm, uint64_t address, const uint8_t *secret)
{
	uint8_t data[PROBE] = {};

	edu_peek(drm, address, data, PROBE);
	igt_assert_f(memcmp(data, secret, PROBE), "%s: the device read what is secret at %#llx\n",
		     what, (unsigned long long)address);
}

/* Each byte is zero, or the one that the device had there before. */
static void check_pad(const char *what, const uint8_t *seen, const uint8_t *before, size_t size)
{
	const bool zeros_only = iommu.untrusted;
	size_t i;

	for (i = 0; i < size; i++)
		igt_assert_f(!seen[i] || (!zeros_only && seen[i] == before[i]),
			     "%s: byte %zu is %#04x, not the device's\n", what, i, seen[i]);
}

/* The device reads @size bytes at any address. */
static void peek_all(int drm, uint64_t address, uint8_t *data, size_t size)
{
	const size_t most = edu_info(drm).transfer;
	size_t part;

	for (; size; size -= part, address += part, data += part) {
		part = size < most ? size : most;
		edu_peek(drm, address, data, part);
	}
}

static void *pattern_alloc(size_t size)
{
	void *bytes = malloc(size);

	igt_assert_f(bytes, "no memory for %zu bytes\n", size);
	pattern_fill(bytes, size, ++seed);
	return bytes;
}

/* A page that stays where it is, and its physical address. */
static uint8_t *secret_page(uint64_t *phys)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	uint8_t *bytes = mmap(NULL, page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	igt_assert_f(bytes != MAP_FAILED, "mmap: %s\n", strerror(errno));
	pattern_fill(bytes, page, ++seed);
	igt_require_f(fd >= 0 && pread(fd, &entry, sizeof(entry),
				       (uintptr_t)bytes / page * sizeof(entry)) == sizeof(entry),
		      "/proc/self/pagemap: %s\n", strerror(errno));
	close(fd);
	/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 are the frame, for root. */
	*phys = (entry & ((1ull << 55) - 1)) * page;
	igt_require_f(*phys, "/proc/self/pagemap shows no addresses: root is needed\n");
	return bytes;
}

static void test_untranslated(void)
{
	const int drm = hostile_device();
	uint8_t *secret, data[PROBE] = {};
	uint64_t phys;

	igt_require_f(!iommu.translates, "an IOMMU confines the device\n");
	secret = secret_page(&phys);
	edu_peek(drm, phys, data, PROBE);
	pattern_compare("what the device read", data, secret, PROBE);
	munmap(secret, sysconf(_SC_PAGESIZE));
}

static void test_memory(void)
{
	const int drm = confined_device();
	uint8_t *secret;
	uint64_t phys;

	secret = secret_page(&phys);
	must_hide("memory that is not mapped", drm, phys, secret);
	munmap(secret, sysconf(_SC_PAGESIZE));
}

static void test_control(enum way way)
{
	const size_t size = 3 * sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(way);
	uint8_t *sent = pattern_alloc(size), data[PROBE] = {}, new[PROBE];
	struct edu_buffer b;

	edu_create_as(drm, &b, &(struct edu_want){ .size = size, .data = sent });
	edu_peek(drm, edu_address(drm, &b, size - PROBE), data, PROBE);
	pattern_compare("what the device read", data, sent + size - PROBE, PROBE);
	pattern_fill(new, PROBE, ++seed);
	edu_poke(drm, edu_address(drm, &b, 0), new, PROBE);
	edu_peek(drm, edu_address(drm, &b, 0), data, PROBE);
	pattern_compare("what the device wrote", data, new, PROBE);
	/* It is bounced or not, as this subtest says. */
	pattern_compare("what the CPU sees", b.cpu, way == DIRECT ? new : sent, PROBE);
	edu_destroy(drm, &b);
	free(sent);
}

/*
 * A page beside a buffer of three, that is nobody's. IOVA comes in powers of two;
 * but where the device is not trusted each page gets its own, from the top down.
 */
static uint64_t page_beyond(int drm, const struct edu_buffer *b)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	uint64_t first = edu_address(drm, b, 0), last = edu_address(drm, b, 2 * page);

	return last > first ? last + page : last - page;
}

static void test_beyond_direct(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(DIRECT);
	struct edu_buffer b;

	edu_create(drm, &b, 3 * page, 0);
	must_fault("read beyond the buffer", drm, page_beyond(drm, &b), false);
	must_fault("write beyond the buffer", drm, page_beyond(drm, &b), true);
	edu_destroy(drm, &b);
}

/* Makes @b in the slot where a buffer as @before says was, and is gone. */
static void create_after(int drm, struct edu_buffer *b, const struct edu_want *before,
			 const struct edu_want *want)
{
	uint64_t address;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		edu_create_as(drm, b, before);
		address = edu_address(drm, b, before->head) - before->head;
		edu_destroy(drm, b);
		edu_create_as(drm, b, want);
		if (edu_address(drm, b, want->head) - want->head == address)
			return;
		edu_destroy(drm, b);
	}
	igt_assert_f(false, "no slot was used twice in a row\n");
}

static void test_pads_of_pages(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(BOUNCED);
	uint8_t *before = pattern_alloc(4 * page), *own = pattern_alloc(3 * page);
	uint8_t *seen = malloc(page);
	struct edu_buffer b;

	igt_assert(seen);
	create_after(drm, &b, &(struct edu_want){ .size = 4 * page, .data = before },
		     &(struct edu_want){ .size = 3 * page, .data = own });
	peek_all(drm, edu_address(drm, &b, 2 * page), seen, page);
	pattern_compare("the buffer", seen, own + 2 * page, page);
	peek_all(drm, edu_address(drm, &b, 2 * page) + page, seen, page);
	check_pad("behind the buffer", seen, before + 3 * page, page);
	edu_destroy(drm, &b);
	free(seen);
	free(own);
	free(before);
}

/* Where the device is not trusted such a buffer is always bounced. */
static void test_pads_of_bytes(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = confined_device();
	uint8_t *before = pattern_alloc(page), *own = pattern_alloc(page), *seen = malloc(page);
	struct edu_buffer b;

	igt_require_f(iommu.untrusted || iommu.bounces,
		      "the device is trusted and no pool bounces its mappings\n");
	igt_assert(seen);
	edu_set_persistent(false);
	create_after(drm, &b, &(struct edu_want){ .size = page, .head = 1, .data = before },
		     &(struct edu_want){ .size = page, .head = HEAD, .tail = TAIL, .data = own });
	peek_all(drm, edu_address(drm, &b, HEAD) - HEAD, seen, page);
	check_pad("before the buffer", seen, before, HEAD);
	pattern_compare("the buffer", seen + HEAD, own + HEAD, page - HEAD - TAIL);
	check_pad("behind the buffer", seen + page - TAIL, before + page - TAIL, TAIL);

	/* What the device writes there is not the CPU's. */
	edu_poke(drm, edu_address(drm, &b, HEAD) - HEAD, before, PROBE);
	pattern_compare("before the buffer, for the CPU", b.cpu, own, HEAD);
	edu_destroy(drm, &b);
	free(seen);
	free(own);
	free(before);
}

/*
 * A buffer of another driver outlives its mapping for the device. @old is what
 * it held while that was there, @b->expected what it holds since.
 */
static uint64_t map_and_unmap(int drm, enum way way, struct buffer *b, uint8_t *old)
{
	struct edu_buffer mapped;
	uint8_t data[PROBE] = {};
	uint64_t address;

	buffer_create(b, way_exporter[way], 4);
	pattern_fill(old, PROBE, ++seed);
	cpu_begin(b->dmabuf);
	memcpy(b->cpu, old, PROBE);
	cpu_end(b->dmabuf);
	edu_import(drm, &mapped, b);
	address = edu_address(drm, &mapped, 0);
	edu_peek(drm, address, data, PROBE);
	pattern_compare("what the device read while it was mapped", data, old, PROBE);
	edu_destroy(drm, &mapped);

	pattern_fill(b->expected, b->size, ++seed);
	cpu_begin(b->dmabuf);
	memcpy(b->cpu, b->expected, b->size);
	cpu_end(b->dmabuf);
	return address;
}

static void test_read_after_unmap(enum way way)
{
	const int drm = device_that_maps(way);
	uint8_t old[PROBE], data[PROBE] = {};
	struct buffer b;
	uint64_t address;

	igt_require_f(!iommu.lazy || way == BOUNCED, "lazy: see stale-window\n");
	address = map_and_unmap(drm, way, &b, old);
	if (way == DIRECT) {
		must_fault("read of what is unmapped", drm, address, false);
	} else {
		edu_peek(drm, address, data, PROBE);
		igt_assert_f(is_zero(data, PROBE) || !memcmp(data, old, PROBE),
			     "the device read %#04x %#04x..., neither zeros nor its own\n", data[0],
			     data[1]);
	}
	buffer_destroy(&b);
}

static void test_write_after_unmap(enum way way)
{
	const int drm = device_that_maps(way);
	uint8_t old[PROBE], data[PROBE];
	struct buffer b;
	uint64_t address;

	igt_require_f(!iommu.lazy || way == BOUNCED, "lazy: see stale-window\n");
	address = map_and_unmap(drm, way, &b, old);
	if (way == DIRECT) {
		must_fault("write to what is unmapped", drm, address, true);
	} else {
		pattern_fill(data, PROBE, ++seed);
		edu_poke(drm, address, data, PROBE);
	}
	cpu_begin(b.dmabuf);
	pattern_compare("what is unmapped", b.cpu, b.expected, b.size);
	cpu_end(b.dmabuf);
	buffer_destroy(&b);
}

static void test_stale_window(void)
{
	const int drm = device_that_maps(DIRECT);
	uint8_t old[PROBE], data[PROBE] = {};
	struct buffer b;
	uint64_t address;

	igt_require_f(iommu.lazy, "no lazy invalidation\n");
	address = map_and_unmap(drm, DIRECT, &b, old);
	edu_peek(drm, address, data, PROBE);
	igt_info("right after the unmap the device %s what the CPU wrote since\n",
		 memcmp(data, b.expected, PROBE) ? "does not read" : "reads");
	/* Then it must end; the kernel flushes every 10 ms (IOVA_DEFAULT_FQ_TIMEOUT). */
	must_fault("read of what is unmapped, a moment later", drm, address, false);
	buffer_destroy(&b);
}

static void test_read_of_write_only(enum way way)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(way);
	uint8_t *secret = pattern_alloc(page);
	struct edu_buffer b;

	edu_create_as(drm, &b, &(struct edu_want){ .size = page, .data = secret,
						   .flags = DRM_EDU_CREATE_WRITE_ONLY });
	must_fault("read of a write-only buffer", drm, edu_address(drm, &b, 0), false);
	edu_destroy(drm, &b);
	free(secret);
}

static void test_write_to_read_only(enum way way)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(way);
	uint8_t *own = pattern_alloc(page), *seen = malloc(page);
	struct edu_buffer b;

	igt_assert(seen);
	edu_create_as(drm, &b, &(struct edu_want){ .size = page, .data = own,
						   .flags = DRM_EDU_CREATE_READ_ONLY });
	must_fault("write to a read-only buffer", drm, edu_address(drm, &b, 0), true);
	peek_all(drm, edu_address(drm, &b, 0), seen, page);
	pattern_compare("the buffer, for the device", seen, own, page);
	pattern_compare("the buffer, for the CPU", b.cpu, own, page);
	edu_destroy(drm, &b);
	free(seen);
	free(own);
}

static void test_neighbour(enum way way)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(way), other = edu_neighbour();
	uint8_t *own = pattern_alloc(page), data[PROBE];
	struct edu_buffer b;
	uint64_t address;

	igt_require_f(strcmp(iommu.group, iommu_of(other).group),
		      "both devices are of one IOMMU group\n");
	edu_create_as(drm, &b, &(struct edu_want){ .size = page, .data = own });
	address = edu_address(drm, &b, 0);
	must_hide("the neighbour", other, address, own);
	must_hide("the neighbour, at the end", other, address + page - PROBE, own + page - PROBE);
	pattern_fill(data, PROBE, ++seed);
	edu_poke(other, address, data, PROBE);
	edu_peek(drm, address, data, PROBE);
	pattern_compare("the buffer, for its device", data, own, PROBE);
	pattern_compare("the buffer, for the CPU", b.cpu, own, page);
	edu_destroy(drm, &b);
	free(own);
}

static void test_evicted(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device_that_maps(BOUNCED);
	uint8_t *own = pattern_alloc(page);
	struct edu_buffer b;
	uint64_t address;
	int ms;

	edu_create_as(drm, &b, &(struct edu_want){ .size = page, .data = own });
	address = edu_address(drm, &b, 0);
	edu_destroy(drm, &b);
	for (ms = 0; iommu_cached_pages(&iommu) && ms < EVICTION_MS; ms += 100)
		usleep(100 * 1000);
	igt_assert_f(!iommu_cached_pages(&iommu), "the pool keeps %lu pages for %d ms\n",
		     iommu_cached_pages(&iommu), ms);
	must_fault("read of a slot without memory", drm, address, false);
	free(own);
}

igt_main
{
	enum way way;

	igt_describe("Without an IOMMU the device reads any memory.");
	igt_subtest("untranslated")
		test_untranslated();

	igt_describe("A physical address is no DMA address.");
	igt_subtest("memory")
		test_memory();

	igt_describe("Beside a buffer that is mapped directly.");
	igt_subtest("beyond-direct")
		test_beyond_direct();

	igt_describe("Pages of a slot that the buffer does not fill.");
	igt_subtest("pads-of-pages")
		test_pads_of_pages();

	igt_describe("Bytes of a page that the buffer does not fill.");
	igt_subtest("pads-of-bytes")
		test_pads_of_bytes();

	for (way = 0; way < WAYS; way++) {
		igt_describe_f("What the device may access, mapped %s.", way_name[way]);
		igt_subtest_f("control-%s", way_name[way])
			test_control(way);

		igt_describe_f("A read of what was mapped %s.", way_name[way]);
		igt_subtest_f("read-after-unmap-%s", way_name[way])
			test_read_after_unmap(way);

		igt_describe_f("A write to what was mapped %s.", way_name[way]);
		igt_subtest_f("write-after-unmap-%s", way_name[way])
			test_write_after_unmap(way);

		igt_describe_f("A read in the wrong direction, mapped %s.", way_name[way]);
		igt_subtest_f("read-of-write-only-%s", way_name[way])
			test_read_of_write_only(way);

		igt_describe_f("A write in the wrong direction, mapped %s.", way_name[way]);
		igt_subtest_f("write-to-read-only-%s", way_name[way])
			test_write_to_read_only(way);

		igt_describe_f("Another device's accesses to a buffer mapped %s.", way_name[way]);
		igt_subtest_f("neighbour-%s", way_name[way])
			test_neighbour(way);
	}

	igt_describe("A slot that the pool gave back.");
	igt_subtest("evicted")
		test_evicted();

	igt_describe("Lazy invalidation, measured and not judged.");
	igt_subtest("stale-window")
		test_stale_window();
}
