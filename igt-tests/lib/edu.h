/* SPDX-License-Identifier: MIT */
/*
 * QEMU's device edu as a GPU: buffers that are mapped for the device from the
 * beginning to the end, and a copy engine of some 40 kB/s. A failing call fails
 * the subtest unless something else is said.
 */
#ifndef EDU_H
#define EDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edu_drm.h"

struct edu_buffer {
	uint32_t handle;
	size_t size;
	uint8_t *cpu;		/* NULL for an import */
};

/* The device; skips where there is none. It stays open. */
int edu_device(void);
/* What driver and device can do. */
struct drm_edu_info edu_info(int drm);

/* Zeroed, mapped for CPU and device; @flags as in struct drm_edu_create. */
void edu_create(int drm, struct edu_buffer *b, size_t size, uint32_t flags);
/* A dma-buf of another driver. */
void edu_import(int drm, struct edu_buffer *b, int dmabuf, size_t size);
void edu_destroy(int drm, struct edu_buffer *b);

/* Queues a copy: 0 or -errno. */
int edu_copy_try(int drm, const struct edu_buffer *dst, size_t dst_offset,
		 const struct edu_buffer *src, size_t src_offset, size_t size);
void edu_copy(int drm, const struct edu_buffer *dst, size_t dst_offset,
	      const struct edu_buffer *src, size_t src_offset, size_t size);
/* Waits until what was queued for the buffer is done: 0 or -errno. */
int edu_wait_try(int drm, const struct edu_buffer *b, unsigned int timeout_ms);
void edu_wait(int drm, const struct edu_buffer *b);

#endif
