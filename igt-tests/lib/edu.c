// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>

#include "edu.h"
#include "igt.h"
#include "iommu.h"

/* For all that a subtest queues, on a host that has other things to do. */
#define PATIENCE_MS 60000
/* Pools grow by what they lacked, in the background. */
#define GROWTH_MS 10
#define GROWTH_TRIES 500

int edu_device(void)
{
	int drm = drm_device("edu");

	igt_require_f(drm >= 0, "no DRM device of edu\n");
	return drm;
}

int edu_neighbour(void)
{
	int drm = drm_device_nth("edu", 1);

	igt_require_f(drm >= 0, "no second DRM device of edu\n");
	return drm;
}

struct drm_edu_info edu_info(int drm)
{
	struct drm_edu_info info;

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_INFO, &info), "DRM_IOCTL_EDU_INFO: %s\n",
		     strerror(errno));
	return info;
}

/* Parameters of the driver: one that was changed is put back at the end. */
static struct parameter {
	const char *name;
	char first;		/* its value before, 0: not changed yet */
} parameters[] = { { .name = "persistent" }, { .name = "hostile" } };

static char access_parameter(const struct parameter *p, int flags, char value)
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/edu/parameters/%s", p->name);
	fd = open(path, flags | O_CLOEXEC);
	len = flags == O_RDONLY ? read(fd, &value, 1) : write(fd, &value, 1);
	igt_assert_f(len == 1, "%s: %s\n", path, strerror(errno));
	close(fd);
	return value;
}

static void restore_parameters(void)
{
	size_t i;

	for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (parameters[i].first)
			access_parameter(&parameters[i], O_WRONLY, parameters[i].first);
}

static void set_parameter(struct parameter *p, bool value)
{
	static bool registered;

	if (!registered)
		registered = !atexit(restore_parameters);
	if (!p->first)
		p->first = access_parameter(p, O_RDONLY, 0);
	access_parameter(p, O_WRONLY, value ? 'Y' : 'N');
}

void edu_set_persistent(bool persistent)
{
	set_parameter(&parameters[0], persistent);
}

void edu_set_hostile(bool hostile)
{
	set_parameter(&parameters[1], hostile);
}

/* A mapping that is to be bounced, if a slot is ready: try until there is one. */
struct attempt {
	struct iommu iommu;
	bool bounced;
	unsigned long hits;
	int tries;
};

static struct attempt attempt_begin(int drm, size_t size, bool persistent)
{
	struct attempt a = { .iommu = iommu_of(drm) };

	a.bounced = size <= a.iommu.bounces && !persistent;
	a.hits = a.bounced ? iommu_hits(&a.iommu) : 0;
	return a;
}

static bool attempt_succeeded(struct attempt *a)
{
	if (!a->bounced || iommu_hits(&a->iommu) > a->hits)
		return true;
	igt_assert_f(++a->tries < GROWTH_TRIES, "the pool gets no slot ready\n");
	usleep(1000 * GROWTH_MS);
	return false;
}

void edu_create_as(int drm, struct edu_buffer *b, const struct edu_want *want)
{
	struct drm_edu_create create = {
		.size = want->size, .flags = want->flags, .head = want->head, .tail = want->tail,
		.data = (uintptr_t)want->data,
	};
	struct attempt attempt = attempt_begin(drm, want->size,
					       edu_info(drm).flags & DRM_EDU_INFO_PERSISTENT);

	for (;;) {
		igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_CREATE, &create),
			     "DRM_IOCTL_EDU_CREATE of %zu bytes: %s\n", want->size,
			     strerror(errno));
		if (attempt_succeeded(&attempt))
			break;
		handle_close(drm, create.handle);
	}
	*b = (struct edu_buffer){ .handle = create.handle, .size = create.size };
	b->cpu = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, drm, create.offset);
	igt_assert_f(b->cpu != MAP_FAILED, "mmap of %zu bytes: %s\n", b->size, strerror(errno));
}

void edu_create(int drm, struct edu_buffer *b, size_t size, uint32_t flags)
{
	edu_create_as(drm, b, &(struct edu_want){ .size = size, .flags = flags });
}

void edu_import(int drm, struct edu_buffer *b, const struct buffer *from)
{
	struct attempt attempt = attempt_begin(drm, from->size, from->exporter != HEAP);

	*b = (struct edu_buffer){ .size = from->size };
	for (;;) {
		igt_assert_f(!drmPrimeFDToHandle(drm, from->dmabuf, &b->handle),
			     "DRM_IOCTL_PRIME_FD_TO_HANDLE: %s\n", strerror(errno));
		if (attempt_succeeded(&attempt))
			break;
		handle_close(drm, b->handle);
	}
}

void edu_forget(struct edu_buffer *b)
{
	if (b->cpu)
		munmap(b->cpu, b->size);
}

void edu_destroy(int drm, struct edu_buffer *b)
{
	edu_forget(b);
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

uint64_t edu_address(int drm, const struct edu_buffer *b, size_t offset)
{
	struct drm_edu_address address = { .handle = b->handle, .offset = offset };

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_ADDRESS, &address),
		     "DRM_IOCTL_EDU_ADDRESS of byte %zu: %s\n", offset, strerror(errno));
	return address.address;
}

static void access_address(int drm, uint64_t address, void *data, size_t size, uint32_t flags)
{
	struct drm_edu_access arg = {
		.address = address, .data = (uintptr_t)data, .size = size, .flags = flags
	};

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_EDU_ACCESS, &arg),
		     "DRM_IOCTL_EDU_ACCESS of %zu bytes at %#llx: %s\n", size,
		     (unsigned long long)address, strerror(errno));
}

void edu_peek(int drm, uint64_t address, void *data, size_t size)
{
	access_address(drm, address, data, size, 0);
}

void edu_poke(int drm, uint64_t address, const void *data, size_t size)
{
	access_address(drm, address, (void *)data, size, DRM_EDU_ACCESS_WRITE);
}
