// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>

#include "igt.h"
#include "share.h"

const char *const exporter_name[EXPORTERS] = {
	[UDMABUF] = "udmabuf",
	[HEAP] = "heap",
	[VGEM] = "vgem",
	[VIRTIO_GPU] = "virtio-gpu",
};

static const char *const exporter_driver[EXPORTERS] = {
	[VGEM] = "vgem",
	[VIRTIO_GPU] = "virtio_gpu",
};

static int drm_open(const char *name, unsigned int nth)
{
	drmVersionPtr version;
	char path[32];
	bool found;
	int fd, i;

	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		version = drmGetVersion(fd);
		found = version && !strcmp(version->name, name);
		drmFreeVersion(version);
		if (found && !nth--)
			return fd;
		close(fd);
	}
	return -1;
}

int drm_device(const char *name)
{
	return drm_device_nth(name, 0);
}

int drm_device_nth(const char *name, unsigned int nth)
{
	static struct {
		const char *name;
		unsigned int nth;
		int fd;
	} opened[8];
	size_t i;

	for (i = 0; i < sizeof(opened) / sizeof(opened[0]); i++) {
		if (!opened[i].name) {
			opened[i].name = name;
			opened[i].nth = nth;
			opened[i].fd = drm_open(name, nth);
		}
		if (!strcmp(opened[i].name, name) && opened[i].nth == nth)
			return opened[i].fd;
	}
	igt_assert_f(false, "more than %zu DRM devices\n", i);
	return -1;
}

static int device_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	igt_require_f(fd >= 0, "%s: %s\n", path, strerror(errno));
	return fd;
}

static uint8_t *map_shared(int fd, off_t offset, size_t size)
{
	void *cpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	igt_assert_f(cpu != MAP_FAILED, "mmap: %s\n", strerror(errno));
	return cpu;
}

static void udmabuf_create(struct buffer *b)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = b->size };
	int dev = device_open("/dev/udmabuf");

	b->backing = memfd_create("prime_bounce", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	igt_assert_f(b->backing >= 0 && !ftruncate(b->backing, b->size) &&
			     !fcntl(b->backing, F_ADD_SEALS, F_SEAL_SHRINK),
		     "memfd of %zu bytes: %s\n", b->size, strerror(errno));
	create.memfd = b->backing;
	b->dmabuf = ioctl(dev, UDMABUF_CREATE, &create);
	igt_assert_f(b->dmabuf >= 0, "UDMABUF_CREATE: %s\n", strerror(errno));
	close(dev);
	b->cpu = map_shared(b->backing, 0, b->size);
}

static void heap_create(struct buffer *b)
{
	struct dma_heap_allocation_data alloc = { .len = b->size, .fd_flags = O_RDWR | O_CLOEXEC };
	int dev = device_open("/dev/dma_heap/system");

	igt_assert_f(!ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &alloc), "DMA_HEAP_IOCTL_ALLOC: %s\n",
		     strerror(errno));
	close(dev);
	b->dmabuf = alloc.fd;
	b->cpu = map_shared(b->dmabuf, 0, b->size);
}

/* As a picture of 32 bits a pixel whose line is a page. */
static void dumb_create(struct buffer *b)
{
	const char *driver = exporter_driver[b->exporter];
	size_t page = sysconf(_SC_PAGESIZE);
	struct drm_mode_create_dumb create = {
		.width = page / 4, .height = b->size / page, .bpp = 32
	};
	struct drm_mode_map_dumb map = {};

	b->backing = drm_device(driver);
	igt_require_f(b->backing >= 0, "no DRM device of %s\n", driver);
	igt_assert_f(!drmIoctl(b->backing, DRM_IOCTL_MODE_CREATE_DUMB, &create),
		     "%s: DRM_IOCTL_MODE_CREATE_DUMB: %s\n", driver, strerror(errno));
	igt_assert_f(create.size == b->size, "%s made %llu bytes, not %zu\n", driver,
		     (unsigned long long)create.size, b->size);
	b->handle = create.handle;
	igt_assert_f(!drmPrimeHandleToFD(b->backing, b->handle, DRM_CLOEXEC | DRM_RDWR, &b->dmabuf),
		     "%s: DRM_IOCTL_PRIME_HANDLE_TO_FD: %s\n", driver, strerror(errno));
	map.handle = b->handle;
	igt_assert_f(!drmIoctl(b->backing, DRM_IOCTL_MODE_MAP_DUMB, &map),
		     "%s: DRM_IOCTL_MODE_MAP_DUMB: %s\n", driver, strerror(errno));
	b->cpu = map_shared(b->backing, map.offset, b->size);
}

void buffer_create(struct buffer *b, enum exporter exporter, size_t pages)
{
	*b = (struct buffer){
		.exporter = exporter,
		.size = pages * sysconf(_SC_PAGESIZE),
		.backing = -1,
	};
	if (exporter == UDMABUF)
		udmabuf_create(b);
	else if (exporter == HEAP)
		heap_create(b);
	else
		dumb_create(b);
	b->expected = calloc(1, b->size);
	igt_assert_f(b->expected, "no memory for %zu bytes\n", b->size);
}

void handle_close(int drm, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_GEM_CLOSE, &arg), "DRM_IOCTL_GEM_CLOSE: %s\n",
		     strerror(errno));
}

void buffer_destroy(struct buffer *b)
{
	munmap(b->cpu, b->size);
	if (b->handle)
		handle_close(b->backing, b->handle);
	else if (b->backing >= 0)
		close(b->backing);
	close(b->dmabuf);
	free(b->expected);
}

int import_handle(int drm, const struct buffer *b, uint32_t *handle)
{
	return drmPrimeFDToHandle(drm, b->dmabuf, handle) ? -errno : 0;
}

void import_create(struct import *im, const char *name, const struct buffer *b)
{
	bool lacks_blob;
	int err;

	*im = (struct import){ .drm = drm_device(name), .size = b->size };
	igt_require_f(im->drm >= 0, "no DRM device of %s\n", name);
	err = import_handle(im->drm, b, &im->handle);
	lacks_blob = err == -ENODEV && !strcmp(name, "virtio_gpu");
	igt_require_f(!lacks_blob,
		      "virtio-gpu imports buffers of others only with blob resources\n");
	igt_assert_f(!err, "%s: DRM_IOCTL_PRIME_FD_TO_HANDLE: %s\n", name, strerror(-err));

	/* Dumb mapping refuses an imported handle, exporting it again does not. */
	igt_assert_f(!drmPrimeHandleToFD(im->drm, im->handle, DRM_CLOEXEC | DRM_RDWR, &im->dmabuf),
		     "%s: DRM_IOCTL_PRIME_HANDLE_TO_FD: %s\n", name, strerror(errno));
	im->cpu = map_shared(im->dmabuf, 0, im->size);
}

void import_destroy(struct import *im)
{
	munmap(im->cpu, im->size);
	close(im->dmabuf);
	handle_close(im->drm, im->handle);
}

static void cpu_sync(int dmabuf, uint64_t which)
{
	struct dma_buf_sync sync = { .flags = which | DMA_BUF_SYNC_RW };

	igt_assert_f(!drmIoctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync), "DMA_BUF_IOCTL_SYNC, %s: %s\n",
		     which == DMA_BUF_SYNC_END ? "end" : "begin", strerror(errno));
}

void cpu_begin(int dmabuf)
{
	cpu_sync(dmabuf, DMA_BUF_SYNC_START);
}

void cpu_end(int dmabuf)
{
	cpu_sync(dmabuf, DMA_BUF_SYNC_END);
}
