/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a running kernel says of its mappings: dumps of dma-debug
 * (/sys/kernel/debug/dma-api/dump, kernel/dma/debug.c), and a trace of the calls
 * that map (include/trace/events/dma.h) with the stack of each. All strings are
 * interned.
 */
#ifndef DMA_AUDIT_RECORDING_H
#define DMA_AUDIT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	const char *driver, *device;
	/* "phy", "scatter-gather", "coherent", "noncoherent"; "single" in old kernels */
	const char *type;
	const char *direction;
	uint64_t phys, addr, size;	/* size in bytes */
	uint64_t attrs;			/* DMA_ATTR_*; 0 in kernels that do not print them */
	bool unchecked;			/* nobody has asked dma_mapping_error() */
};

struct dump {
	const char *path;
	int line;			/* where it begins */
	double at;			/* seconds since boot; -1: not told */
	struct mapping *mappings;
	size_t n;
};

/* One call that mapped one or more segments. */
struct map_event {
	const char *device;
	const char *type;		/* as in a dump */
	uint64_t *addrs;
	size_t n_addrs;
	const char **frames;		/* functions, the innermost first */
	size_t n_frames;
};

/* The module that a driver is in; a driver may have another name. */
struct driver_module {
	const char *driver, *module;
};

struct recording {
	struct dump *dumps;
	size_t n_dumps;
	struct map_event *events;	/* those before the first dump, in order */
	size_t n_events;
	struct driver_module *modules;
	size_t n_modules;
};

/*
 * Adds what is in @path: a plain dump, or what scripts/vm/dma-live prints,
 * where lines with '#' begin the parts. die()s with file and line when it is
 * neither.
 */
void recording_read(struct recording *r, const char *path);

#endif
