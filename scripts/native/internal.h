/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel in user space as the pools' tests have it, with the memory of machine.c:
 * linear, so that a page is found as fast as in the kernel.  Included before every
 * source file.
 */
#ifndef IOBOUNCE_NATIVE_INTERNAL_H
#define IOBOUNCE_NATIVE_INTERNAL_H

#include "../../kernel/files/tools/testing/iommu-bounce/iommu-bounce-internal.h"

/* Nanoseconds. */
u64 local_clock(void);

/* Where physical address 0 would be. */
extern u8 *machine_memory;
#define phys_to_virt(phys)	((void *)(machine_memory + (phys)))
#define kmap_local_pfn(pfn)	phys_to_virt(PFN_PHYS(pfn))
#define kunmap_local(p)		((void)(p))

/* All memory is there, and none is high. */
#define pfn_valid(pfn)		((pfn) != 0)
#define PageHighMem(page)	((void)(page), false)

/* As in a kernel without KMSAN. */
#define kmsan_unpoison_memory(p, size)	((void)(p), (void)(size))

#endif /* IOBOUNCE_NATIVE_INTERNAL_H */
