/* SPDX-License-Identifier: GPL-2.0 */
/* What is to be measured, and in which order. */
#ifndef IOBOUNCE_BENCH_PLAN_H
#define IOBOUNCE_BENCH_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct folder;

struct plan_options {
	const char *conf, *set, *path;
	const char *configurations;	/* only these, with ',' between; NULL: all of the set */
	const char *jobs;		/* likewise */
	int repeats;			/* 0: as the set has it */
	unsigned long seed;
	char **info;			/* NULL-terminated, "key=value" each */
};

/* What differs between two plans besides what may, to be freed; NULL: nothing. */
char *plan_difference(const json_t *a, const json_t *b);

/*
 * Writes @path/bench.json, unless it is there and says the same, but for its seed
 * and "date", so that a bench goes on; dies when it says something else. Prints
 * what there is to do and how long it takes.
 */
void plan_begin(const struct plan_options *o);

/*
 * Prints the next boot, "FOLDER CONFIGURATION KERNEL MACHINE JOB,...", unless @to is NULL;
 * false when all is done. Each repeat boots the configurations in a random order and runs their
 * jobs in one; both follow from the seed. Behind the set's repeats run only jobs whose
 * median is not known well enough, each at least until its interval can be narrower,
 * up to the set's limits.
 */
bool plan_next(const struct folder *f, FILE *to);

#endif
