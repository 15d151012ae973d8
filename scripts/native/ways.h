/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured: buffers mapped and unmapped in one of several ways.  Knows nothing
 * of the kernel, so that the rest of the program need not either.
 */
#ifndef IOBOUNCE_NATIVE_WAYS_H
#define IOBOUNCE_NATIVE_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_THREADS	4
#define MAX_SIZES	16

enum way {
	WAY_MEMCPY,	/* no IOMMU, no pool: the bytes are copied there and back */
	WAY_SLOT,	/* a slot is taken and given back, nothing is copied */
	WAY_POOL,
	WAY_POOL_LOCK,	/* the same, with one lock for all CPUs instead of magazines */
	WAY_SWIOTLB,
	WAY_STRICT,	/* each mapping and unmapping takes its time, on all CPUs at once */
	WAY_QUEUE,	/* the same behind one lock, like virtio-iommu's queue of requests */
	WAY_LAZY,	/* what invalidation takes is shared by 256 unmappings */
	WAY_AUTO,	/* pool or strict, as the policy says */
	WAYS,
};

extern const char * const way_names[WAYS];

struct load {
	enum way way;
	uint32_t sizes[MAX_SIZES];	/* bytes, each as often */
	unsigned int nr_sizes;
	unsigned int threads;
	unsigned int processes;		/* that share nothing, each with so many threads */
	unsigned int in_flight;		/* mappings of a thread */
	size_t working_set;		/* bytes of buffers of a thread, not 0 */
	unsigned long mappings;		/* of a thread; rounded up to those in flight */
	uint64_t c_ns;			/* what the IOMMU takes to map and unmap a buffer */
	bool receive;			/* the device writes, the CPU reads */
	bool fresh;			/* nothing is warmed up: no slots, nothing learned */
	uint64_t seed;
};

/* Of one thread on the average; CPU time in ns per mapping. */
struct cost {
	double map_ns;
	double unmap_ns;
	double bounced;			/* part of the mappings, 0 to 1 */
	uint32_t switches;		/* of `auto` */
};

/* Bytes of the last-level cache, as the kernel tells; 0: it does not. */
size_t last_level_cache(void);

/*
 * Runs @load in processes of its own and stores what it cost.  False if the way
 * does not serve mappings of such sizes.
 */
bool way_measure(const struct load *load, struct cost *cost);

/* Pages that a pool holds, once every tenth of a second of a load with pauses. */
struct phase {
	uint32_t size;			/* bytes; 0: idle */
	unsigned int in_flight;
	unsigned int tenths;		/* of a second */
};

void way_memory(const struct phase *phases, unsigned int nr,
		void (*tell)(double second, uint32_t size, unsigned int in_flight,
			     unsigned long pages));

#endif /* IOBOUNCE_NATIVE_WAYS_H */
