/* SPDX-License-Identifier: MIT */
/* Bytes that can be told apart: from another place, another pass, another buffer. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* A small generator: never 0, the same sequence for the same seed. */
uint64_t pattern_next(uint64_t *state);

/* @len bytes of the sequence that @seed begins. */
void pattern_fill(void *dst, size_t len, uint64_t seed);

/* Fails the subtest at the first of @len bytes that differs; @what names the reader. */
void pattern_compare(const char *what, const void *seen, const void *expected, size_t len);

#endif
