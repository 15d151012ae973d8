/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine on which the pools' speed is measured. */
#ifndef IOBOUNCE_NATIVE_MACHINE_H
#define IOBOUNCE_NATIVE_MACHINE_H

#include "internal.h"

/*
 * How long the CPU takes to do nothing: once, and before any process of a load, so that the
 * IOMMU takes as long in all of them.
 */
void machine_calibrate(void);
void machine_init(size_t memory);
phys_addr_t machine_buffer(size_t size);
unsigned long machine_pages_used(void);

/* Keeps the CPU busy as long as the IOMMU would: @ns of CPU time, not of the clock. */
void machine_spin(u64 ns);

u64 machine_cpu_ns(void);

/* What it takes to read local_clock(), in ns of CPU time. */
extern double machine_clock_ns;

/* What the IOMMU takes for a mapping of the pool's own, in ns. */
extern u64 machine_map_ns;

#endif /* IOBOUNCE_NATIVE_MACHINE_H */
