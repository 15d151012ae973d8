/* SPDX-License-Identifier: GPL-2.0 */
/* The benches: each writes DIR/NAME.tsv; false if a goal was missed. */
#ifndef IOBOUNCE_NATIVE_BENCHES_H
#define IOBOUNCE_NATIVE_BENCHES_H

#include "series.h"

/* Bytes that are in flight at most, so that the pool's window has room. */
#define BYTES_IN_FLIGHT	(16U << 20)

bool bench_goals(const struct options *options);
bool bench_speed(const struct options *options);
bool bench_auto(const struct options *options);
bool bench_cliff(const struct options *options);
bool bench_memory(const struct options *options);
/* These two only read DIR/speed.tsv. */
bool bench_crossover(const struct options *options);
bool bench_model(const struct options *options);

#endif /* IOBOUNCE_NATIVE_BENCHES_H */
