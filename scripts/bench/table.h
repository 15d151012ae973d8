/* SPDX-License-Identifier: GPL-2.0 */
/* What a folder of results says, as text. */
#ifndef IOBOUNCE_BENCH_TABLE_H
#define IOBOUNCE_BENCH_TABLE_H

#include <stdio.h>

#include "folder.h"

/* Jobs of which requests and processor time are set side by side, by configuration. */
#define OVERVIEW_JOBS 6
extern const char *const overview_metrics[2];
/* Those of which any configuration has figures, in @jobs; gives how many. */
size_t overview_jobs(const struct folder *f, const char *jobs[OVERVIEW_JOBS]);
/* What tells them apart. */
const char *overview_name(const char *job);
/* Whether @configuration has a figure of one of them. */
bool overview_has(const struct folder *f, const char *configuration);

/* A figure of it; "none" of requests where a guest has nothing to make them to. */
const char *overview_text(const struct folder *f, const char *configuration, const char *job,
			  const char *metric, char *buf, size_t room);

/* What else the host did, at most, during a boot; gives @buf. */
const char *load_text(const struct folder *f, char *buf, size_t room);
/* In about four digits, without an exponent; gives @buf. */
const char *number_text(double value, char *buf, size_t room);
/* The median in few digits and, if it doesn't count, a '?'; "-": there is none. */
const char *figure_text(const struct cell *c, char *buf, size_t room);
/* The interval; gives @buf. */
const char *range_text(const struct cell *c, char *buf, size_t room);
/*
 * @c by the same figure of the same job on the configuration that its own names as base, or
 * on the first of the plan that has it, repeat by repeat: the median and its interval. Only
 * if both count and their intervals do not overlap; else, and where there is none or it is
 * only shown, "-". Gives @buf.
 */
const char *ratio_text(const struct folder *f, const struct cell *c, char *buf, size_t room);
/* What is said of the ratios below a table. */
extern const char ratio_meaning[];
/* Every job on every configuration, then what is undecided or failed. */
void table_print(const struct folder *f, FILE *to);

#endif
