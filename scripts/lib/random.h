/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that follow from a seed. */
#ifndef IOBOUNCE_RANDOM_H
#define IOBOUNCE_RANDOM_H

#include <stdint.h>

/*
 * The next number of @state, which may begin as any (splitmix64: Steele, Lea and Flood,
 * OOPSLA 2014).
 */
uint64_t random_next(uint64_t *state);

#endif
