// SPDX-License-Identifier: MIT
/*
 * A buffer that stays mapped for a device, and that CPU and device use by turns
 * without dma_sync_*(), must hold what was written last.
 *
 * The device is QEMU's edu, whose driver maps as the drivers of GPUs do, or an
 * Intel GPU under i915 or xe, where there is one. If the DMA layer bounces such a
 * mapping, the device goes on reading what the buffer held when it was mapped, and
 * the CPU never sees what the device wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xf86drm.h>

#include "edu.h"
#include "igt.h"
#include "intel.h"
#include "pattern.h"
#include "share.h"

IGT_TEST_DESCRIPTION("Data in buffers that a device keeps mapped.");

/**
 * TEST: persistent_streaming
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: DMA
 * Functionality: mapping
 * Feature: swiotlb, iommu
 * Test category: functionality test
 * Description: Data in buffers that a device keeps mapped.
 *
 * SUBTEST: both-ways-%s
 * Description: CPU writes %arg[1], the device copies pages of it, CPU reads the copy.
 *
 * arg[1].values: 1-page, 3-pages, 64-pages, 1-mib, 64-mib
 */

/**
 * SUBTEST: fresh
 * Description: A new buffer is all zeros for the device, although its neighbour is not.
 *
 * SUBTEST: rewritten
 * Description: CPU writes the same buffer again and again, the device reads it each time.
 *
 * SUBTEST: partly-rewritten
 * Description: The device overwrites some bytes of a page; the others are the CPU's.
 *
 * SUBTEST: unaligned
 * Description: Ranges that begin and end within pages, across their boundaries.
 *
 * SUBTEST: chained
 * Description: Four buffers in flight, each copied from the one before.
 *
 * SUBTEST: within-a-buffer
 * Description: The device copies from one page of a buffer to another one.
 *
 * SUBTEST: read-only
 * Description: A buffer that the device may only read.
 *
 * SUBTEST: write-only
 * Description: A buffer that the device may only write; what it leaves alone stays.
 *
 * SUBTEST: invalid
 * Description: Copies out of range, in the wrong direction or of nothing are refused.
 *
 * SUBTEST: private
 * Description: Neither a buffer nor its dma-buf can be mapped to be copied on write.
 *
 * SUBTEST: tame
 * Description: Who has no privilege, or no driver told to obey, learns and accesses no addresses.
 *
 * SUBTEST: busy
 * Description: Waiting ends when the device has ended, and not before.
 *
 * SUBTEST: queue-full
 * Description: Nobody queues copies without end; when some have ended there is room again.
 */

/**
 * SUBTEST: import-%s
 * Description: The device reads and writes a buffer of %arg[1], the CPU does through %arg[1].
 *
 * arg[1].values: udmabuf, heap, vgem, virtio-gpu
 */

/**
 * SUBTEST: i915-cached-%s
 * Description: i915: CPU writes %arg[1] with its caches, the copy engine copies, CPU reads.
 *
 * SUBTEST: i915-wc-%s
 * Description: i915: the same of %arg[1], written and read past the caches.
 *
 * SUBTEST: i915-userptr-%s
 * Description: i915: the same of %arg[1] of the process's own memory.
 *
 * arg[1].values: 1-page, 3-pages, 64-pages, 1-mib, 64-mib
 */

/**
 * SUBTEST: xe-cached-%s
 * Description: xe: CPU writes %arg[1] with its caches, the copy engine copies, CPU reads.
 *
 * SUBTEST: xe-wc-%s
 * Description: xe: the same of %arg[1], written and read past the caches.
 *
 * SUBTEST: xe-userptr-%s
 * Description: xe: the same of %arg[1] of the process's own memory.
 *
 * arg[1].values: 1-page, 3-pages, 64-pages, 1-mib, 64-mib
 */

/**
 * SUBTEST: i915-reused
 * Description: i915: the same buffers, of each kind, copied to and fro many times.
 *
 * SUBTEST: xe-reused
 * Description: xe: the same buffers, of each kind, copied to and fro many times.
 *
 * SUBTEST: imports-in-flight
 * Description: Several buffers of the heap are mapped at the same time.
 *
 * SUBTEST: export
 * Description: vgem imports a buffer; what the CPU writes there the device reads, and back.
 */

#define PASSES 3
/* Copies, more than anybody may have in the queue. */
#define MANY 100
#define NOBODY 65534

static const struct {
	const char *name;
	size_t size;
} sizes[] = {
	{ "1-page", 4096 },
	{ "3-pages", 3 * 4096 },
	{ "64-pages", 64 * 4096 },
	{ "1-mib", 1 << 20 },
	{ "64-mib", 64 << 20 },
};

static uint64_t seed;

static void fill(uint8_t *cpu, size_t size)
{
	pattern_fill(cpu, size, ++seed);
}

/*
 * A tenth of a second is what the device needs to move up to so many bytes one
 * way: hence no copy here is longer than it must be to be judged.
 */
static size_t piece(int drm)
{
	return edu_info(drm).transfer;
}

/* The first bytes and the last ones, and others each time. */
static void test_both_ways(size_t size)
{
	const int drm = edu_device();
	const size_t len = piece(drm);
	size_t chosen[3] = { 0, size - len };
	struct edu_buffer src, dst;
	uint64_t random = ++seed;
	size_t i;
	int pass;

	edu_create(drm, &src, size, 0);
	edu_create(drm, &dst, size, 0);
	for (pass = 0; pass < 2; pass++) {
		fill(src.cpu, size);
		fill(dst.cpu, size);
		chosen[2] = pattern_next(&random) % (size / len) * len;
		for (i = 0; i < ARRAY_SIZE(chosen); i++)
			edu_copy(drm, &dst, chosen[i], &src, chosen[i], len);
		edu_wait(drm, &dst);
		for (i = 0; i < ARRAY_SIZE(chosen); i++)
			pattern_compare("the device's copy", dst.cpu + chosen[i],
					src.cpu + chosen[i], len);
	}
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

static void test_fresh(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer used, fresh, dst;
	const size_t len = piece(drm);
	uint8_t *zeros = calloc(1, len);
	int pass;

	igt_assert(zeros);
	edu_create(drm, &dst, page, 0);
	for (pass = 0; pass < 2; pass++) {
		edu_create(drm, &used, page, 0);
		fill(used.cpu, page);
		edu_copy(drm, &dst, 0, &used, 0, len);
		edu_wait(drm, &dst);
		pattern_compare("the copy of the old buffer", dst.cpu, used.cpu, len);
		edu_destroy(drm, &used);

		edu_create(drm, &fresh, page, 0);
		edu_copy(drm, &dst, 0, &fresh, 0, len);
		edu_wait(drm, &dst);
		pattern_compare("the copy of the new buffer", dst.cpu, zeros, len);
		edu_destroy(drm, &fresh);
	}
	edu_destroy(drm, &dst);
	free(zeros);
}

static void test_rewritten(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer src, dst;
	int pass;

	edu_create(drm, &src, page, 0);
	edu_create(drm, &dst, page, 0);
	for (pass = 0; pass < PASSES; pass++) {
		fill(src.cpu, page);
		edu_copy(drm, &dst, 0, &src, 0, piece(drm));
		edu_wait(drm, &dst);
		pattern_compare("the device's copy", dst.cpu, src.cpu, piece(drm));
	}
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

/*
 * The target must hold the CPU's bytes, and over them a copy of the source. No
 * access may begin at the last byte of a page: QEMU 7.2's virtio-iommu looks up
 * the mapping of that byte and the next one, and may find the neighbour's.
 */
static void overwrite(int drm, struct edu_buffer *dst, size_t dst_offset, struct edu_buffer *src,
		      size_t src_offset, size_t size)
{
	uint8_t *expected = malloc(dst->size);

	igt_assert(expected);
	fill(src->cpu, src->size);
	fill(dst->cpu, dst->size);
	memcpy(expected, dst->cpu, dst->size);
	memcpy(expected + dst_offset, src->cpu + src_offset, size);
	edu_copy(drm, dst, dst_offset, src, src_offset, size);
	edu_wait(drm, dst);
	pattern_compare("the buffer that was written", dst->cpu, expected, dst->size);
	free(expected);
}

static void test_partly_rewritten(uint32_t src_flags, uint32_t dst_flags)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer src, dst;

	edu_create(drm, &src, page, src_flags);
	edu_create(drm, &dst, page, dst_flags);
	overwrite(drm, &dst, 0, &src, 0, piece(drm));
	overwrite(drm, &dst, 512, &src, 1024, 1000);
	overwrite(drm, &dst, page - 2, &src, 0, 2);
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

static void test_unaligned(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer src, dst;

	edu_create(drm, &src, 3 * page, 0);
	edu_create(drm, &dst, 3 * page, 0);
	overwrite(drm, &dst, page - 2, &src, 0, 3);
	overwrite(drm, &dst, 7, &src, page - 3, 6);
	overwrite(drm, &dst, page - 100, &src, page + 100, page + 200);
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

static void test_chained(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer b[4];
	size_t i;
	int pass;

	for (i = 0; i < ARRAY_SIZE(b); i++)
		edu_create(drm, &b[i], (i + 1) * page, 0);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < ARRAY_SIZE(b); i++)
			fill(b[i].cpu, b[i].size);
		for (i = 1; i < ARRAY_SIZE(b); i++)
			edu_copy(drm, &b[i], i * page, &b[i - 1], (i - 1) * page,
				 piece(drm));
		for (i = 1; i < ARRAY_SIZE(b); i++) {
			edu_wait(drm, &b[i]);
			pattern_compare("the copy", b[i].cpu + i * page, b[0].cpu, piece(drm));
		}
	}
	for (i = 0; i < ARRAY_SIZE(b); i++)
		edu_destroy(drm, &b[i]);
}

static void test_within(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer b;
	int pass;

	edu_create(drm, &b, 4 * page, 0);
	for (pass = 0; pass < 2; pass++) {
		fill(b.cpu, b.size);
		edu_copy(drm, &b, 3 * page, &b, 0, piece(drm));
		edu_wait(drm, &b);
		pattern_compare("the copy", b.cpu + 3 * page, b.cpu, piece(drm));
	}
	edu_destroy(drm, &b);
}

static void refused(int err, int expected, const char *what)
{
	igt_assert_f(err == expected, "%s: %s, expected: %s\n", what, strerror(-err),
		     strerror(-expected));
}

/* A call of a process that is not root: 0 or -errno. */
static int unprivileged(int drm, unsigned long request, void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(errno);
		_exit(drmIoctl(drm, request, arg) ? errno : 0);
	}
	igt_assert_f(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status),
		     "a process without privileges: %s, status %#x\n", strerror(errno), status);
	return -WEXITSTATUS(status);
}

/* Other tests tell the device to misbehave; nobody may unless the driver was told. */
static void test_tame(void)
{
	const int drm = edu_device();
	uint64_t bytes = 0;
	struct drm_edu_access access = { .data = (uintptr_t)&bytes, .size = sizeof(bytes) };
	struct drm_edu_address address = {};
	struct edu_buffer b;

	edu_set_hostile(false);
	edu_create(drm, &b, sysconf(_SC_PAGESIZE), 0);
	address.handle = b.handle;
	refused(drmIoctl(drm, DRM_IOCTL_EDU_ADDRESS, &address) ? -errno : 0, -EPERM, "an address");
	refused(drmIoctl(drm, DRM_IOCTL_EDU_ACCESS, &access) ? -errno : 0, -EPERM, "an access");

	edu_set_hostile(true);
	access.address = edu_address(drm, &b, 0);
	edu_peek(drm, access.address, &bytes, sizeof(bytes));
	refused(unprivileged(drm, DRM_IOCTL_EDU_ADDRESS, &address), -EPERM, "nobody's address");
	refused(unprivileged(drm, DRM_IOCTL_EDU_ACCESS, &access), -EPERM, "nobody's access");
	edu_set_hostile(false);
	edu_destroy(drm, &b);
}

/* Even if it is only read: what the CPU wrote would be its own, not the buffer's. */
static void test_private(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct drm_edu_create create = { .size = page };
	int dmabuf;

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_CREATE, &create), "DRM_IOCTL_EDU_CREATE: %s\n",
		     strerror(errno));
	igt_assert_f(!drmPrimeHandleToFD(drm, create.handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf),
		     "DRM_IOCTL_PRIME_HANDLE_TO_FD: %s\n", strerror(errno));
	refused(mmap(NULL, page, PROT_READ, MAP_PRIVATE, drm, create.offset) == MAP_FAILED ?
			-errno : 0, -EINVAL, "a private mapping");
	refused(mmap(NULL, page, PROT_READ, MAP_PRIVATE, dmabuf, 0) == MAP_FAILED ? -errno : 0,
		-EINVAL, "a private mapping of the dma-buf");
	close(dmabuf);
	handle_close(drm, create.handle);
}

static void test_invalid(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const struct edu_buffer none = { .handle = 0 };
	const int drm = edu_device();
	const size_t most = DRM_EDU_COPY_MAX;
	struct edu_buffer b, ro, wo, large;

	edu_create(drm, &b, 2 * page, 0);
	edu_create(drm, &large, 2 * (most + page), 0);
	edu_create(drm, &ro, page, DRM_EDU_CREATE_READ_ONLY);
	edu_create(drm, &wo, page, DRM_EDU_CREATE_WRITE_ONLY);
	refused(edu_copy_try(drm, &b, 0, &b, page, 0), -EINVAL, "nothing");
	refused(edu_copy_try(drm, &b, 0, &b, page, page + 1), -EINVAL, "too long a source");
	refused(edu_copy_try(drm, &b, page + 1, &ro, 0, page), -EINVAL, "too long a target");
	refused(edu_copy_try(drm, &b, -1UL, &ro, 0, page), -EINVAL, "offset that overflows");
	refused(edu_copy_try(drm, &b, 0, &b, page - 1, page), -EINVAL, "overlap");
	refused(edu_copy_try(drm, &large, 0, &large, most + page, most + 1), -E2BIG, "too long");
	refused(edu_copy_try(drm, &ro, 0, &b, 0, page), -EINVAL, "write to read-only");
	refused(edu_copy_try(drm, &b, 0, &wo, 0, page), -EINVAL, "read of write-only");
	refused(edu_copy_try(drm, &none, 0, &b, 0, page), -ENOENT, "no target");
	refused(edu_copy_try(drm, &b, 0, &none, 0, page), -ENOENT, "no source");
	edu_destroy(drm, &b);
	edu_destroy(drm, &ro);
	edu_destroy(drm, &wo);
	edu_destroy(drm, &large);
}

static void test_busy(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer src, dst;

	edu_create(drm, &src, page, 0);
	edu_create(drm, &dst, page, 0);
	fill(src.cpu, src.size);
	refused(edu_wait_try(drm, &dst, 1), 0, "a wait for nothing");
	edu_copy(drm, &dst, 0, &src, 0, piece(drm));
	refused(edu_wait_try(drm, &dst, 1), -ETIME, "a wait of a millisecond");
	edu_wait(drm, &dst);
	pattern_compare("the copy", dst.cpu, src.cpu, piece(drm));
	refused(edu_wait_try(drm, &src, 1), 0, "a wait for the source");
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

static void test_queue_full(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct edu_buffer src, dst;
	int err = 0, queued;

	edu_create(drm, &src, page, 0);
	edu_create(drm, &dst, page, 0);
	fill(src.cpu, src.size);
	for (queued = 0; !err && queued < MANY; queued++)
		err = edu_copy_try(drm, &dst, 0, &src, 0, 1);
	refused(err, -EBUSY, "a copy behind many");
	edu_wait(drm, &dst);
	edu_copy(drm, &dst, 0, &src, 0, piece(drm));
	edu_wait(drm, &dst);
	pattern_compare("the copy", dst.cpu, src.cpu, piece(drm));
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
}

/* The CPU's way to the bytes is @cpu of @dmabuf, the device's is @b. */
static void by_turns(int drm, struct edu_buffer *b, int dmabuf, uint8_t *cpu)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const size_t len = piece(drm);
	struct edu_buffer own;
	int pass;

	edu_create(drm, &own, page, 0);
	for (pass = 0; pass < 2; pass++) {
		cpu_begin(dmabuf);
		fill(cpu, b->size);
		cpu_end(dmabuf);
		edu_copy(drm, &own, 0, b, page, len);
		edu_wait(drm, &own);
		cpu_begin(dmabuf);
		pattern_compare("what the device read", own.cpu, cpu + page, len);
		cpu_end(dmabuf);

		fill(own.cpu, page);
		edu_copy(drm, b, 0, &own, 0, len);
		edu_wait(drm, b);
		cpu_begin(dmabuf);
		pattern_compare("what the device wrote", cpu, own.cpu, len);
		cpu_end(dmabuf);
	}
	edu_destroy(drm, &own);
}

static void test_import(enum exporter exporter)
{
	const int drm = edu_device();
	struct edu_buffer import;
	struct buffer b;

	buffer_create(&b, exporter, 3);
	edu_import(drm, &import, &b);
	by_turns(drm, &import, b.dmabuf, b.cpu);
	edu_destroy(drm, &import);
	buffer_destroy(&b);
}

/* All of them are mapped when the device reads the first. */
static void test_imports_in_flight(void)
{
	const size_t page = sysconf(_SC_PAGESIZE), len = 100;
	const int drm = edu_device();
	struct edu_buffer import[4], own;
	struct buffer b[ARRAY_SIZE(import)];
	size_t i;

	edu_create(drm, &own, page, 0);
	for (i = 0; i < ARRAY_SIZE(b); i++) {
		buffer_create(&b[i], HEAP, 1);
		edu_import(drm, &import[i], &b[i]);
	}
	for (i = 0; i < ARRAY_SIZE(b); i++) {
		cpu_begin(b[i].dmabuf);
		fill(b[i].cpu, page);
		cpu_end(b[i].dmabuf);
	}
	for (i = 0; i < ARRAY_SIZE(b); i++)
		edu_copy(drm, &own, i * len, &import[i], page - len, len);
	edu_wait(drm, &own);
	for (i = 0; i < ARRAY_SIZE(b); i++)
		pattern_compare("what the device read", own.cpu + i * len,
				b[i].cpu + page - len, len);
	for (i = 0; i < ARRAY_SIZE(b); i++) {
		edu_destroy(drm, &import[i]);
		buffer_destroy(&b[i]);
	}
	edu_destroy(drm, &own);
}

static void test_export(void)
{
	const size_t size = 3 * sysconf(_SC_PAGESIZE);
	const int drm = edu_device();
	struct buffer b = { .size = size };
	struct edu_buffer own;
	struct import im;

	edu_create(drm, &own, size, 0);
	igt_assert_f(!drmPrimeHandleToFD(drm, own.handle, DRM_CLOEXEC | DRM_RDWR, &b.dmabuf),
		     "DRM_IOCTL_PRIME_HANDLE_TO_FD: %s\n", strerror(errno));
	import_create(&im, "vgem", &b);
	by_turns(drm, &own, im.dmabuf, im.cpu);
	import_destroy(&im);
	close(b.dmabuf);
	edu_destroy(drm, &own);
}

/* There and back, each time with other bytes. */
static void copied_by_turns(struct intel_gpu *gpu, struct intel_buffer b[2], int passes)
{
	const size_t size = b[0].size;
	uint8_t *expected = malloc(size);
	int pass;

	igt_assert(expected);
	for (pass = 0; pass < passes; pass++) {
		struct intel_buffer *src = &b[pass & 1], *dst = &b[!(pass & 1)];

		fill(expected, size);
		intel_cpu_begin(gpu, src);
		memcpy(src->cpu, expected, size);
		intel_cpu_begin(gpu, dst);
		memset(dst->cpu, 0, size);
		intel_copy(gpu, dst, src);
		intel_cpu_begin(gpu, dst);
		pattern_compare("the GPU's copy", dst->cpu, expected, size);
		intel_cpu_begin(gpu, src);
		pattern_compare("what the GPU read", src->cpu, expected, size);
	}
	free(expected);
}

static void test_intel(const struct intel_kmd *driver, enum intel_kind kind, size_t size)
{
	struct intel_buffer b[2];
	struct intel_gpu gpu;

	intel_open(&gpu, driver);
	intel_create(&gpu, &b[0], kind, size);
	intel_create(&gpu, &b[1], kind, size);
	copied_by_turns(&gpu, b, 2 * PASSES);
	intel_destroy(&gpu, &b[0]);
	intel_destroy(&gpu, &b[1]);
	intel_close(&gpu);
}

static void test_intel_reused(const struct intel_kmd *driver)
{
	struct intel_buffer b[INTEL_KINDS + 1];
	struct intel_gpu gpu;
	int pass, kind;

	intel_open(&gpu, driver);
	for (kind = 0; kind <= INTEL_KINDS; kind++)
		intel_create(&gpu, &b[kind], kind % INTEL_KINDS, 1 << 20);
	for (pass = 0; pass < MANY; pass++)
		for (kind = 0; kind < INTEL_KINDS; kind++)
			copied_by_turns(&gpu, &b[kind], 2);
	for (kind = 0; kind <= INTEL_KINDS; kind++)
		intel_destroy(&gpu, &b[kind]);
	intel_close(&gpu);
}

static void intel_subtests(const struct intel_kmd *driver)
{
	enum intel_kind kind;
	size_t i;

	for (kind = 0; kind < INTEL_KINDS; kind++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			igt_describe_f("The copy engine of an Intel GPU, buffers that are %s.",
				       intel_kind_name[kind]);
			igt_subtest_f("%s-%s-%s", driver->name, intel_kind_name[kind],
				      sizes[i].name)
				test_intel(driver, kind, sizes[i].size);
		}
	}

	igt_describe("The same buffers many times.");
	igt_subtest_f("%s-reused", driver->name)
		test_intel_reused(driver);
}

igt_main
{
	enum exporter e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		igt_describe("CPU writes, the device copies pages, CPU reads the copy.");
		igt_subtest_f("both-ways-%s", sizes[i].name)
			test_both_ways(sizes[i].size);
	}

	igt_describe("A new buffer is all zeros for the device.");
	igt_subtest("fresh")
		test_fresh();

	igt_describe("The device sees each new content of the same buffer.");
	igt_subtest("rewritten")
		test_rewritten();

	igt_describe("The device overwrites a part of a page.");
	igt_subtest("partly-rewritten")
		test_partly_rewritten(0, 0);

	igt_describe("Ranges across pages, begun and ended within.");
	igt_subtest("unaligned")
		test_unaligned();

	igt_describe("Four buffers in flight, each copied from the one before.");
	igt_subtest("chained")
		test_chained();

	igt_describe("From one page of a buffer to another one.");
	igt_subtest("within-a-buffer")
		test_within();

	igt_describe("From a buffer that the device may only read.");
	igt_subtest("read-only")
		test_partly_rewritten(DRM_EDU_CREATE_READ_ONLY, 0);

	igt_describe("Into a buffer that the device may only write.");
	igt_subtest("write-only")
		test_partly_rewritten(0, DRM_EDU_CREATE_WRITE_ONLY);

	igt_describe("What makes no sense is refused.");
	igt_subtest("invalid")
		test_invalid();

	igt_describe("No mapping that is copied on write.");
	igt_subtest("private")
		test_private();

	igt_describe("Nobody learns addresses or accesses them.");
	igt_subtest("tame")
		test_tame();

	igt_describe("Waiting ends when the device has ended, and not before.");
	igt_subtest("busy")
		test_busy();

	igt_describe("The queue takes no more than it should.");
	igt_subtest("queue-full")
		test_queue_full();

	for (e = 0; e < EXPORTERS; e++) {
		igt_describe_f("Device and CPU use a buffer of %s by turns.", exporter_name[e]);
		igt_subtest_f("import-%s", exporter_name[e])
			test_import(e);
	}

	intel_subtests(&i915_driver);
	intel_subtests(&xe_driver);

	igt_describe("Several buffers of the heap, all mapped at once.");
	igt_subtest("imports-in-flight")
		test_imports_in_flight();

	igt_describe("Device and CPU use an exported buffer by turns.");
	igt_subtest("export")
		test_export();
}
