// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <xf86drm.h>

#include "edu.h"
#include "igt.h"
#include "share.h"

/* For all that a subtest queues, on a host that has other things to do. */
#define PATIENCE_MS 60000

int edu_device(void)
{
	int drm = drm_device("edu");

	igt_require_f(drm >= 0, "no DRM device of edu\n");
	return drm;
}

struct drm_edu_info edu_info(int drm)
{
	struct drm_edu_info info;

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_INFO, &info), "DRM_IOCTL_EDU_INFO: %s\n",
		     strerror(errno));
	return info;
}

void edu_create(int drm, struct edu_buffer *b, size_t size, uint32_t flags)
{
	struct drm_edu_create create = { .size = size, .flags = flags };

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_CREATE, &create),
		     "DRM_IOCTL_EDU_CREATE of %zu bytes: %s\n", size, strerror(errno));
	*b = (struct edu_buffer){ .handle = create.handle, .size = create.size };
	b->cpu = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, drm, create.offset);
	igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", b->size, strerror(errno));
}

void edu_import(int drm, struct edu_buffer *b, int dmabuf, size_t size)
{
	*b = (struct edu_buffer){ .size = size };
	igt_assert_f(!drmPrimeFDToHandle(drm, dmabuf, &b->handle),
		     "DRM_IOCTL_PRIME_FD_TO_HANDLE: %s\n", strerror(errno));
}

void edu_destroy(int drm, struct edu_buffer *b)
{
	if (b->cpu)
		munmap(b->cpu, b->size);
	handle_close(drm, b->handle);
}

int edu_copy_try(int drm, const struct edu_buffer *dst, size_t dst_offset,
		 const struct edu_buffer *src, size_t src_offset, size_t size)
{
	struct drm_edu_copy copy = {
		.src = src->handle, .src_offset = src_offset,
		.dst = dst->handle, .dst_offset = dst_offset,
		.size = size,
	};

	return drmIoctl(drm, DRM_IOCTL_EDU_COPY, &copy) ? -errno : 0;
}

void edu_copy(int drm, const struct edu_buffer *dst, size_t dst_offset,
	      const struct edu_buffer *src, size_t src_offset, size_t size)
{
	int err = edu_copy_try(drm, dst, dst_offset, src, src_offset, size);

	igt_assert_f(!err, "DRM_IOCTL_EDU_COPY of %zu bytes: %s\n", size, strerror(-err));
}

int edu_wait_try(int drm, const struct edu_buffer *b, unsigned int timeout_ms)
{
	struct drm_edu_wait wait = { .handle = b->handle, .timeout_ms = timeout_ms };

	return drmIoctl(drm, DRM_IOCTL_EDU_WAIT, &wait) ? -errno : 0;
}

void edu_wait(int drm, const struct edu_buffer *b)
{
	int err = edu_wait_try(drm, b, PATIENCE_MS);

	igt_assert_f(!err, "DRM_IOCTL_EDU_WAIT: %s\n", strerror(-err));
}
