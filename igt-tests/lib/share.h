/* SPDX-License-Identifier: MIT */
/*
 * Buffers that one driver exports as a dma-buf and another imports, both with
 * a mapping for the CPU. Whatever the machine lacks skips the subtest,
 * whatever else goes wrong fails it.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stddef.h>
#include <stdint.h>

enum exporter {
	UDMABUF,
	HEAP,
	VGEM,
	VIRTIO_GPU,
	EXPORTERS
};

extern const char *const exporter_name[EXPORTERS];

struct buffer {
	enum exporter exporter;
	size_t size;
	int dmabuf;
	int backing;		/* the DRM device, the memfd, or -1 */
	uint32_t handle;	/* on the DRM device */
	uint8_t *cpu;		/* the exporter's own mapping */
	uint8_t *expected;	/* what the buffer should hold */
};

struct import {
	int drm;
	uint32_t handle;
	int dmabuf;		/* exported again from the handle */
	size_t size;
	uint8_t *cpu;		/* mapped through that */
};

/*
 * The primary node of the DRM driver @name; it stays open, for a subtest that
 * fails can't close it. -1 when there is no such device.
 */
int drm_device(const char *name);
/* The same of the device number @nth of that driver, counted from 0. */
int drm_device_nth(const char *name, unsigned int nth);

/* @pages pages of @exporter, zeroed. */
void buffer_create(struct buffer *b, enum exporter exporter, size_t pages);
void buffer_destroy(struct buffer *b);

/* Imports into the DRM driver @name and maps the import. */
void import_create(struct import *im, const char *name, const struct buffer *b);
void import_destroy(struct import *im);

/*
 * PRIME_FD_TO_HANDLE alone: 0 or -errno. -ENODEV from virtio-gpu means that
 * it mapped the buffer, then found that it has no blob resources.
 */
int import_handle(int drm, const struct buffer *b, uint32_t *handle);
void handle_close(int drm, uint32_t handle);

/* Begins and ends CPU access, for reading and writing, on a dma-buf. */
void cpu_begin(int dmabuf);
void cpu_end(int dmabuf);

#endif
