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
 * Slots in use; the least of several readings over 100 ms, so that mappings
 * that come and go don't count. 0 when the kernel set up no pool.
 */
unsigned long swiotlb_used(void);

/* Forgets the high-water mark; then it is the most slots in use since. */
void swiotlb_reset_hiwater(void);
unsigned long swiotlb_hiwater(void);

#endif
