/* SPDX-License-Identifier: GPL-2.0 */
/* A random order that follows from a seed. */
#ifndef IOBOUNCE_BENCH_SHUFFLE_H
#define IOBOUNCE_BENCH_SHUFFLE_H

#include <jansson.h>
#include <stdint.h>

/* The elements of @list in a random order, which follows from @state and changes it. */
json_t *shuffled(const json_t *list, uint64_t *state);

#endif
