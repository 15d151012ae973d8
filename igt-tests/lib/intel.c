// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "igt.h"
#include "intel.h"
#include "share.h"

/*
 * Intel's PRM for Skylake, volume 2a, XY_FAST_COPY_BLT: ten words, two of them
 * with a pitch in bytes, two with an address, four with coordinates in pixels.
 * From graphics version 12 on (PRM for DG2, volume 2a) a bit for each buffer says
 * that it is in the machine's memory; from 20 on (PRM for Lunar Lake, volume 2a)
 * an index takes their place that says how to cache, and 3 is: not at all.
 */
#define FAST_COPY		(2u << 29 | 0x42u << 22 | (10 - 2))
#define COLOUR_32		(3u << 24)
#define SYSTEM_MEMORY		(3u << 28)
#define UNCACHED		(3u << 20)
#define BATCH_END		(0xau << 23)
#define PITCH			4096u

/* The GPU's addresses of buffers are apart by more than the largest. */
#define APART			(128ull << 20)

const char *const intel_kind_name[INTEL_KINDS] = {
	[INTEL_CACHED] = "cached",
	[INTEL_WC] = "wc",
	[INTEL_USERPTR] = "userptr",
};

void intel_open(struct intel_gpu *gpu, const struct intel_kmd *driver)
{
	*gpu = (struct intel_gpu){ .driver = driver, .drm = drm_device(driver->name) };
	igt_require_f(gpu->drm >= 0, "no DRM device of %s\n", driver->name);
	driver->open(gpu);
	igt_require_f(gpu->version >= 9 && gpu->version < 35,
		      "graphics version %u, it must be 9 to 34\n", gpu->version);
}

void intel_close(struct intel_gpu *gpu)
{
	if (gpu->driver->close)
		gpu->driver->close(gpu);
}

void intel_mmap(struct intel_gpu *gpu, struct intel_buffer *b, uint64_t offset)
{
	b->cpu = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->drm, offset);
	igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", b->size, strerror(errno));
}

void intel_create(struct intel_gpu *gpu, struct intel_buffer *b, enum intel_kind kind, size_t size)
{
	static uint64_t last;

	/* What a failed subtest left behind keeps its address. */
	last += APART;
	*b = (struct intel_buffer){ .kind = kind, .size = size, .address = last };
	if (kind == INTEL_USERPTR) {
		b->cpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", size,
			     strerror(errno));
	}
	gpu->driver->create(gpu, b);
}

void intel_destroy(struct intel_gpu *gpu, struct intel_buffer *b)
{
	if (gpu->driver->destroy)
		gpu->driver->destroy(gpu, b);
	if (b->handle)
		handle_close(gpu->drm, b->handle);
	munmap(b->cpu, b->size);
}

void intel_cpu_begin(struct intel_gpu *gpu, const struct intel_buffer *b)
{
	if (gpu->driver->cpu_begin)
		gpu->driver->cpu_begin(gpu, b);
}

/* The buffers as pictures of lines that are a page long. */
static void write_batch(uint32_t *batch, unsigned int version, const struct intel_buffer *dst,
			const struct intel_buffer *src)
{
	const uint32_t corner = (uint32_t)(dst->size / PITCH) << 16 | PITCH / 4;
	const uint32_t caching = version >= 20 ? UNCACHED : 0;
	const uint32_t memory = version >= 12 && version < 20 ? SYSTEM_MEMORY : 0;

	*batch++ = FAST_COPY;
	*batch++ = COLOUR_32 | memory | caching | PITCH;
	*batch++ = 0;
	*batch++ = corner;
	*batch++ = (uint32_t)dst->address;
	*batch++ = dst->address >> 32;
	*batch++ = 0;
	*batch++ = caching | PITCH;
	*batch++ = (uint32_t)src->address;
	*batch++ = src->address >> 32;
	*batch++ = BATCH_END;
	*batch++ = 0;
}

void intel_copy(struct intel_gpu *gpu, const struct intel_buffer *dst,
		const struct intel_buffer *src)
{
	struct intel_buffer batch;

	intel_create(gpu, &batch, INTEL_WC, PITCH);
	intel_cpu_begin(gpu, &batch);
	write_batch((uint32_t *)batch.cpu, gpu->version, dst, src);
	gpu->driver->run(gpu, &batch, dst, src);
	intel_destroy(gpu, &batch);
}
