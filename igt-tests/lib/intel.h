/* SPDX-License-Identifier: MIT */
/*
 * Buffers of an Intel GPU in the machine's own memory, and its copy engine, under
 * i915 or xe. A failing call fails the subtest, what the machine lacks skips it.
 */
#ifndef INTEL_H
#define INTEL_H

#include <stddef.h>
#include <stdint.h>

enum intel_kind {
	INTEL_CACHED,
	INTEL_WC,
	INTEL_USERPTR,		/* memory of this process */
	INTEL_KINDS
};

extern const char *const intel_kind_name[INTEL_KINDS];

struct intel_kmd;

struct intel_gpu {
	const struct intel_kmd *driver;
	int drm;
	unsigned int version;	/* of its graphics: 9, 12, 20 */
	uint32_t vm, queue;	/* of xe, as what follows */
	uint32_t memory;	/* the bit of the machine's own */
	uint16_t pat_index;	/* coherent with the CPU's caches */
};

struct intel_buffer {
	enum intel_kind kind;
	uint32_t handle;	/* 0: there is none */
	size_t size;
	uint8_t *cpu;
	uint64_t address;	/* the GPU's */
};

struct intel_kmd {
	const char *name;
	/* Finds drm and version, skips if there is no copy engine. */
	void (*open)(struct intel_gpu *gpu);
	void (*close)(struct intel_gpu *gpu);
	/* All but handle, and the cpu of an INTEL_USERPTR, is set. */
	void (*create)(struct intel_gpu *gpu, struct intel_buffer *b);
	void (*destroy)(struct intel_gpu *gpu, struct intel_buffer *b);
	void (*cpu_begin)(struct intel_gpu *gpu, const struct intel_buffer *b);
	/* Done on return. */
	void (*run)(struct intel_gpu *gpu, const struct intel_buffer *batch,
		    const struct intel_buffer *dst, const struct intel_buffer *src);
};

extern const struct intel_kmd i915_driver, xe_driver;

/* Skips unless there is a GPU whose copy engine knows XY_FAST_COPY_BLT. */
void intel_open(struct intel_gpu *gpu, const struct intel_kmd *driver);
void intel_close(struct intel_gpu *gpu);

/* Zeroed; @size in whole pages, up to 64 MiB. */
void intel_create(struct intel_gpu *gpu, struct intel_buffer *b, enum intel_kind kind, size_t size);
void intel_destroy(struct intel_gpu *gpu, struct intel_buffer *b);

/* From now on the CPU reads and writes the buffer, until the next copy. */
void intel_cpu_begin(struct intel_gpu *gpu, const struct intel_buffer *b);
/* All of one buffer into another of the same size; done on return. */
void intel_copy(struct intel_gpu *gpu, const struct intel_buffer *dst,
		const struct intel_buffer *src);

#define INTEL_COPY_LIMIT_NS	20000000000ll

/* For the drivers: map @b->handle, which @offset stands for in mmap(). */
void intel_mmap(struct intel_gpu *gpu, struct intel_buffer *b, uint64_t offset);

#endif
