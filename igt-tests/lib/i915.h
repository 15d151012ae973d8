/* SPDX-License-Identifier: MIT */
/*
 * Buffers of an Intel GPU under i915, and its copy engine. A failing call fails
 * the subtest, what the machine lacks skips it.
 */
#ifndef I915_H
#define I915_H

#include <stddef.h>
#include <stdint.h>

enum i915_kind {
	I915_CACHED,
	I915_WC,
	I915_USERPTR,		/* memory of this process */
	I915_KINDS
};

extern const char *const i915_kind_name[I915_KINDS];

struct i915_buffer {
	enum i915_kind kind;
	uint32_t handle;
	size_t size;
	uint8_t *cpu;
};

/* Skips unless there is one whose copy engine knows XY_FAST_COPY_BLT. */
int i915_device(void);

/* Zeroed; @size in whole pages, up to 64 MiB. */
void i915_create(int drm, struct i915_buffer *b, enum i915_kind kind, size_t size);
void i915_destroy(int drm, struct i915_buffer *b);

/* From now on the CPU reads and writes the buffer, until the next copy. */
void i915_cpu_begin(int drm, const struct i915_buffer *b);
/* All of one buffer into another of the same size; done on return. */
void i915_copy(int drm, const struct i915_buffer *dst, const struct i915_buffer *src);

#endif
