// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <i915_drm.h>
#include <xf86drm.h>

#include "igt.h"
#include "intel.h"

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

static void i915_open(struct intel_gpu *gpu)
{
	igt_require_f(parameter(gpu->drm, I915_PARAM_HAS_BLT), "the GPU has no copy engine\n");
	igt_require_f(parameter(gpu->drm, I915_PARAM_HAS_EXEC_SOFTPIN),
		      "i915 chooses the addresses of buffers itself\n");
	gpu->version = graphics_version(gpu->drm);
}

static void create_object(struct intel_gpu *gpu, struct intel_buffer *b)
{
	struct drm_i915_gem_create create = { .size = b->size };
	struct drm_i915_gem_mmap_offset map = {};

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_CREATE, &create),
		     "DRM_IOCTL_I915_GEM_CREATE of %zu bytes: %s\n", b->size, strerror(errno));
	b->handle = create.handle;
	map.handle = b->handle;
	map.flags = b->kind == INTEL_WC ? I915_MMAP_OFFSET_WC : I915_MMAP_OFFSET_WB;
	/* GPUs with memory of their own have one way to map it. */
	if (drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map)) {
		igt_require_f(errno != ENODEV, "i915 cannot map buffers %s\n",
			      intel_kind_name[b->kind]);
		igt_assert_f(false, "DRM_IOCTL_I915_GEM_MMAP_OFFSET: %s\n", strerror(errno));
	}
	intel_mmap(gpu, b, map.offset);
}

static void create_userptr(struct intel_gpu *gpu, struct intel_buffer *b)
{
	struct drm_i915_gem_userptr userptr = {
		.user_ptr = (uintptr_t)b->cpu, .user_size = b->size
	};

	if (drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_USERPTR, &userptr)) {
		igt_require_f(errno != ENODEV, "i915 has no userptr here\n");
		igt_assert_f(false, "DRM_IOCTL_I915_GEM_USERPTR: %s\n", strerror(errno));
	}
	b->handle = userptr.handle;
}

static void i915_create(struct intel_gpu *gpu, struct intel_buffer *b)
{
	if (b->kind == INTEL_USERPTR)
		create_userptr(gpu, b);
	else
		create_object(gpu, b);
}

static void i915_cpu_begin(struct intel_gpu *gpu, const struct intel_buffer *b)
{
	const uint32_t domain = b->kind == INTEL_WC ? I915_GEM_DOMAIN_WC : I915_GEM_DOMAIN_CPU;
	struct drm_i915_gem_set_domain arg = {
		.handle = b->handle, .read_domains = domain, .write_domain = domain
	};

	/* GPUs with memory of their own are coherent and know no domains. */
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_SET_DOMAIN, &arg) || errno == ENODEV,
		     "DRM_IOCTL_I915_GEM_SET_DOMAIN: %s\n", strerror(errno));
}

static void i915_run(struct intel_gpu *gpu, const struct intel_buffer *batch,
		     const struct intel_buffer *dst, const struct intel_buffer *src)
{
	const uint64_t pinned = EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS;
	struct drm_i915_gem_exec_object2 objects[] = {
		{ .handle = dst->handle, .offset = dst->address,
		  .flags = pinned | EXEC_OBJECT_WRITE },
		{ .handle = src->handle, .offset = src->address, .flags = pinned },
		{ .handle = batch->handle, .offset = batch->address, .flags = pinned },
	};
	struct drm_i915_gem_execbuffer2 exec = {
		.buffers_ptr = (uintptr_t)objects, .buffer_count = 3,
		.batch_len = batch->size, .flags = I915_EXEC_BLT,
	};
	struct drm_i915_gem_wait wait = {
		.bo_handle = dst->handle, .timeout_ns = INTEL_COPY_LIMIT_NS
	};

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_EXECBUFFER2, &exec),
		     "DRM_IOCTL_I915_GEM_EXECBUFFER2: %s\n", strerror(errno));
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_I915_GEM_WAIT, &wait),
		     "DRM_IOCTL_I915_GEM_WAIT: %s\n", strerror(errno));
}

const struct intel_kmd i915_driver = {
	.name = "i915",
	.open = i915_open,
	.create = i915_create,
	.cpu_begin = i915_cpu_begin,
	.run = i915_run,
};
