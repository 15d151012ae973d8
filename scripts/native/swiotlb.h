/* SPDX-License-Identifier: GPL-2.0-only */
/* A model of swiotlb's allocator, see swiotlb.c. */
#ifndef IOBOUNCE_NATIVE_SWIOTLB_H
#define IOBOUNCE_NATIVE_SWIOTLB_H

#include "internal.h"

/* The largest mapping that swiotlb serves: IO_TLB_SEGSIZE slots of 2 KiB. */
#define SWIOTLB_LARGEST	SZ_256K

void swiotlb_init(size_t size, unsigned int areas);
/* 0 if there is no room. */
phys_addr_t swiotlb_map(phys_addr_t phys, size_t size, unsigned int cpu);
void swiotlb_unmap(phys_addr_t bounce, size_t size, bool copy);

#endif /* IOBOUNCE_NATIVE_SWIOTLB_H */
