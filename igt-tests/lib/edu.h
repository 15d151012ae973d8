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
#include "share.h"

struct edu_buffer {
	uint32_t handle;
	size_t size;
	uint8_t *cpu;		/* NULL for an import */
};

/* The device; skips where there is none. It stays open. */
int edu_device(void);
/* A second one; skips where there is none. */
int edu_neighbour(void);
/* What driver and device can do. */
struct drm_edu_info edu_info(int drm);

/*
 * Parameters of the driver, which are as they were at the end of the program:
 * whether buffers to come are mapped with DMA_ATTR_PERSISTENT_STREAMING, and
 * whether the device may be told to misbehave.
 */
void edu_set_persistent(bool persistent);
void edu_set_hostile(bool hostile);

/* How a buffer is to be made, as in struct drm_edu_create. */
struct edu_want {
	size_t size;
	uint32_t flags, head, tail;
	const void *data;
};

/*
 * Mapped for CPU and device. Where pools bounce such a mapping, it is bounced:
 * a pool that has no slot ready is given time to get one.
 */
void edu_create_as(int drm, struct edu_buffer *b, const struct edu_want *want);
/* Zeroed, and all of it mapped. */
void edu_create(int drm, struct edu_buffer *b, size_t size, uint32_t flags);
/*
 * A buffer of another driver. One of the heap is bounced where pools bounce such
 * a mapping, as in edu_create_as().
 */
void edu_import(int drm, struct edu_buffer *b, const struct buffer *from);
void edu_destroy(int drm, struct edu_buffer *b);
/* The same when the device has gone: the handle ends with the open file. */
void edu_forget(struct edu_buffer *b);

/* Queues a copy: 0 or -errno. */
int edu_copy_try(int drm, const struct edu_buffer *dst, size_t dst_offset,
		 const struct edu_buffer *src, size_t src_offset, size_t size);
void edu_copy(int drm, const struct edu_buffer *dst, size_t dst_offset,
	      const struct edu_buffer *src, size_t src_offset, size_t size);
/* Waits until what was queued for the buffer is done: 0 or -errno. */
int edu_wait_try(int drm, const struct edu_buffer *b, unsigned int timeout_ms);
void edu_wait(int drm, const struct edu_buffer *b);

/* Where the device finds a byte of the buffer, if it is hostile. */
uint64_t edu_address(int drm, const struct edu_buffer *b, size_t offset);
/*
 * The hostile device accesses any DMA address, at most drm_edu_info.transfer
 * bytes. When it is kept from them, @data stays or becomes zeros.
 */
void edu_peek(int drm, uint64_t address, void *data, size_t size);
void edu_poke(int drm, uint64_t address, const void *data, size_t size);

#endif
