/* SPDX-License-Identifier: GPL-2.0 */
/* What a folder of results says, as text. */
#ifndef IOBOUNCE_BENCH_TABLE_H
#define IOBOUNCE_BENCH_TABLE_H

#include <stdio.h>

#include "folder.h"

/* The configuration that the others are set beside: the first of the plan. */
const char *base_of(const struct folder *f);

/* In about four digits, without an exponent; gives @buf. */
const char *number_text(double value, char *buf, size_t room);
/* The median in few digits and, if it doesn't count, a '?'; "-": there is none. */
const char *figure_text(const struct cell *c, char *buf, size_t room);
/* The interval; gives @buf. */
const char *range_text(const struct cell *c, char *buf, size_t room);
/* @c by @base, if both count and their intervals do not overlap; else 0. */
double ratio_of(const struct cell *c, const struct cell *base);
/* Every job on every configuration, then what is undecided or failed. */
void table_print(const struct folder *f, FILE *to);

#endif
