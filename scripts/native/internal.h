/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel in user space as the pools' tests have it, with what `auto` needs besides
 * and with the memory of machine.c: linear, so that a page is found as fast as in
 * the kernel.  Included before every source file.
 */
#ifndef IOBOUNCE_NATIVE_INTERNAL_H
#define IOBOUNCE_NATIVE_INTERNAL_H

#include "../../kernel/files/tools/testing/iommu-bounce/iommu-bounce-internal.h"

typedef int32_t s32;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define abs_diff(a, b)	({ __auto_type _a = (a); __auto_type _b = (b); \
				   _a > _b ? _a - _b : _b - _a; })
#define div_u64(n, d)	((u64)(n) / (u32)(d))
#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define SZ_512		0x00000200

#define this_cpu_add_return(x, n)	({ __auto_type _p = raw_cpu_ptr(&(x)); \
					   __auto_type _v = READ_ONCE(*_p) + (n); \
					   WRITE_ONCE(*_p, _v); _v; })
#define this_cpu_inc_return(x)	this_cpu_add_return(x, 1)
#define this_cpu_dec_return(x)	this_cpu_add_return(x, -1)
#define this_cpu_read(x)	READ_ONCE(*raw_cpu_ptr(&(x)))
#define this_cpu_write(x, v)	WRITE_ONCE(*raw_cpu_ptr(&(x)), v)

static inline bool shim_trylock(spinlock_t *lock)
{
	if (__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE))
		return false;
	shim_atomic++;
	return true;
}

#define spin_trylock_irqsave(lock, flags)	({ (flags) = 0; shim_trylock(lock); })

/* Nanoseconds; the tests of `auto` have a clock that stands still by itself. */
u64 local_clock(void);

#define trace_iommu_bounce_choice	shim_trace

/* Where physical address 0 would be. */
extern u8 *machine_memory;
#define phys_to_virt(phys)	((void *)(machine_memory + (phys)))
#define kmap_local_pfn(pfn)	phys_to_virt(PFN_PHYS(pfn))
#define kunmap_local(p)		((void)(p))

/* All memory is there, and none is high. */
#define pfn_valid(pfn)		((pfn) != 0)
#define PageHighMem(page)	((void)(page), false)

#endif /* IOBOUNCE_NATIVE_INTERNAL_H */
