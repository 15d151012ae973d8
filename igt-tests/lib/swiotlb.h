/* SPDX-License-Identifier: MIT */
/*
 * What the bounce buffers of swiotlb hold, from debugfs. Counts are slots of
 * SWIOTLB_SLOT bytes of the default pool (kernel/dma/swiotlb.c,
 * swiotlb_create_debugfs_files(); include/linux/swiotlb.h, IO_TLB_SHIFT).
 */
#ifndef SWIOTLB_H
#define SWIOTLB_H

#include <stdbool.h>

#define SWIOTLB_SLOT 2048

/*
 * Skips where the counters can't be read; fails where the command line asks
 * for swiotlb=force and there is no pool.
 */
void swiotlb_require(void);

/* swiotlb=force is on the kernel's command line. */
bool swiotlb_forced(void);

/*
 * The least and the most slots in use among readings over some time. The least
 * doesn't count mappings that come and go, the most is there to see them.
 */
struct usage {
	unsigned long least, most;
};

/* Over @ms milliseconds; 0 when the kernel set up no pool. */
struct usage swiotlb_usage(unsigned int ms);

#endif
