// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <i915_drm.h>
#include <xf86drm.h>

#include "i915.h"
#include "igt.h"
#include "share.h"

/*
 * Intel's PRM for Skylake, volume 2a, XY_FAST_COPY_BLT: ten words, two of them
 * with a pitch in bytes, two with an address, four with coordinates in pixels.
 */
#define XY_FAST_COPY_BLT	(2u << 29 | 0x42u << 22 | (10 - 2))
#define COLOUR_32		(3u << 24)
#define MI_BATCH_BUFFER_END	(0xau << 23)
#define PITCH			4096u

/* Where the buffers are for the GPU: apart by more than the largest. */
#define DST_ADDRESS		(1ull << 32)
#define SRC_ADDRESS		(2ull << 32)
#define BATCH_ADDRESS		(3ull << 32)

#define COPY_LIMIT_NS		20000000000ll

const char *const i915_kind_name[I915_KINDS] = {
	[I915_CACHED] = "cached",
	[I915_WC] = "wc",
	[I915_USERPTR] = "userptr",
};

static int parameter(int drm, int which)
{
	int value = 0;
	struct drm_i915_getparam arg = { .param = which, .value = &value };

	return drmIoctl(drm, DRM_IOCTL_I915_GETPARAM, &arg) ? 0 : value;
}

/* As debugfs tells it: the uAPI does not. 0 when it is not there. */
static unsigned int graphics_version(int drm)
{
	char path[256], line[128];
	unsigned int version = 0;
	struct stat st;
	FILE *f;

	igt_assert_f(!fstat(drm, &st), "fstat: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "%s/dri/%u/i915_capabilities", igt_debugfs_mount(),
		 minor(st.st_rdev));
	f = fopen(path, "re");
	while (f && !version && fgets(line, sizeof(line), f))
		if (sscanf(line, "graphics version: %u", &version) != 1)
			version = 0;
	if (f)
		fclose(f);
	return version;
}

int i915_device(void)
{
	int drm = drm_device("i915");

	igt_require_f(drm >= 0, "no DRM device of i915\n");
	igt_require_f(parameter(drm, I915_PARAM_HAS_BLT), "the GPU has no copy engine\n");
	igt_require_f(parameter(drm, I915_PARAM_HAS_EXEC_SOFTPIN),
		      "i915 chooses the addresses of buffers itself\n");
	igt_require_f(graphics_version(drm) >= 9, "graphics version %u, 9 or later is needed\n",
		      graphics_version(drm));
	return drm;
}

static void create_object(int drm, struct i915_buffer *b)
{
	struct drm_i915_gem_create create = { .size = b->size };
	struct drm_i915_gem_mmap_offset map = {};

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_I915_GEM_CREATE, &create),
		     "DRM_IOCTL_I915_GEM_CREATE of %zu bytes: %s\n", b->size, strerror(errno));
	b->handle = create.handle;
	map.handle = b->handle;
	map.flags = b->kind == I915_WC ? I915_MMAP_OFFSET_WC : I915_MMAP_OFFSET_WB;
	/* GPUs with memory of their own have one way to map it. */
	if (drmIoctl(drm, DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map)) {
		igt_require_f(errno != ENODEV, "i915 cannot map buffers %s\n",
			      i915_kind_name[b->kind]);
		igt_assert_f(false, "DRM_IOCTL_I915_GEM_MMAP_OFFSET: %s\n", strerror(errno));
	}
	b->cpu = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, drm, map.offset);
	igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", b->size, strerror(errno));
}

static void create_userptr(int drm, struct i915_buffer *b)
{
	struct drm_i915_gem_userptr userptr = { .user_size = b->size };

	b->cpu = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", b->size, strerror(errno));
	userptr.user_ptr = (uintptr_t)b->cpu;
	if (drmIoctl(drm, DRM_IOCTL_I915_GEM_USERPTR, &userptr)) {
		igt_require_f(errno != ENODEV, "i915 has no userptr here\n");
		igt_assert_f(false, "DRM_IOCTL_I915_GEM_USERPTR: %s\n", strerror(errno));
	}
	b->handle = userptr.handle;
}

void i915_create(int drm, struct i915_buffer *b, enum i915_kind kind, size_t size)
{
	*b = (struct i915_buffer){ .kind = kind, .size = size };
	if (kind == I915_USERPTR)
		create_userptr(drm, b);
	else
		create_object(drm, b);
}

void i915_destroy(int drm, struct i915_buffer *b)
{
	handle_close(drm, b->handle);
	munmap(b->cpu, b->size);
}

void i915_cpu_begin(int drm, const struct i915_buffer *b)
{
	const uint32_t domain = b->kind == I915_WC ? I915_GEM_DOMAIN_WC : I915_GEM_DOMAIN_CPU;
	struct drm_i915_gem_set_domain arg = {
		.handle = b->handle, .read_domains = domain, .write_domain = domain
	};

	/* GPUs with memory of their own are coherent and know no domains. */
	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_I915_GEM_SET_DOMAIN, &arg) || errno == ENODEV,
		     "DRM_IOCTL_I915_GEM_SET_DOMAIN: %s\n", strerror(errno));
}

/* The buffers as pictures of lines that are a page long. */
static void write_batch(uint32_t *batch, size_t size)
{
	const uint32_t corner = (uint32_t)(size / PITCH) << 16 | PITCH / 4;

	*batch++ = XY_FAST_COPY_BLT;
	*batch++ = COLOUR_32 | PITCH;
	*batch++ = 0;
	*batch++ = corner;
	*batch++ = (uint32_t)DST_ADDRESS;
	*batch++ = DST_ADDRESS >> 32;
	*batch++ = 0;
	*batch++ = PITCH;
	*batch++ = (uint32_t)SRC_ADDRESS;
	*batch++ = SRC_ADDRESS >> 32;
	*batch++ = MI_BATCH_BUFFER_END;
	*batch++ = 0;
}

void i915_copy(int drm, const struct i915_buffer *dst, const struct i915_buffer *src)
{
	const uint64_t pinned = EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS;
	struct i915_buffer batch;
	struct drm_i915_gem_exec_object2 objects[] = {
		{ .handle = dst->handle, .offset = DST_ADDRESS,
		  .flags = pinned | EXEC_OBJECT_WRITE },
		{ .handle = src->handle, .offset = SRC_ADDRESS, .flags = pinned },
		{ .offset = BATCH_ADDRESS, .flags = pinned },
	};
	struct drm_i915_gem_execbuffer2 exec = {
		.buffers_ptr = (uintptr_t)objects, .buffer_count = 3,
		.batch_len = 12 * sizeof(uint32_t), .flags = I915_EXEC_BLT,
	};
	struct drm_i915_gem_wait wait = { .bo_handle = dst->handle, .timeout_ns = COPY_LIMIT_NS };

	i915_create(drm, &batch, I915_WC, PITCH);
	i915_cpu_begin(drm, &batch);
	write_batch((uint32_t *)batch.cpu, dst->size);
	objects[2].handle = batch.handle;
	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_I915_GEM_EXECBUFFER2, &exec),
		     "DRM_IOCTL_I915_GEM_EXECBUFFER2: %s\n", strerror(errno));
	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_I915_GEM_WAIT, &wait),
		     "DRM_IOCTL_I915_GEM_WAIT: %s\n", strerror(errno));
	i915_destroy(drm, &batch);
}
