/* SPDX-License-Identifier: GPL-2.0 */
/* Loads measured again and again, in random order, and what is said of the results. */
#ifndef IOBOUNCE_NATIVE_SERIES_H
#define IOBOUNCE_NATIVE_SERIES_H

#include <stdio.h>

#include "ways.h"

#define MAX_ROUNDS	99

struct series {
	struct load load;
	bool cold;			/* buffers larger than the last-level cache */
	struct cost costs[MAX_ROUNDS];
};

struct summary {
	double median, low, high;	/* and its 95 % confidence interval */
};

struct options {
	const char *out;		/* folder */
	unsigned int rounds;
	unsigned long seed;
	bool quick;			/* fewer sizes and costs */
	const char *source;		/* names what the pools were built of */
};

/* How to set a series aside that cannot be measured. */
bool series_has(const struct series *s);

/*
 * Each of @nr series once per round, each round in another order. Groups of @beside series
 * run back to back, so that what changes on the machine is nearly the same for them.
 */
void series_run(struct series *series, size_t nr, size_t beside, const struct options *options,
		const char *what);

/* Of any figure; @values are sorted. */
struct summary summarize(double *values, unsigned int nr);

/* The figures of a load, and what is known of one after so many rounds. */
double pair_ns(const struct cost *cost);
double map_ns(const struct cost *cost);
double unmap_ns(const struct cost *cost);
double bounced(const struct cost *cost);
double switches(const struct cost *cost);
struct summary series_of(const struct series *s, unsigned int rounds,
			 double (*figure)(const struct cost *cost));

/* DIR/NAME.tsv, whole or not at all. */
FILE *table_begin(const struct options *options, const char *name, const char *header);
void table_end(FILE *f, const struct options *options, const char *name);

#endif /* IOBOUNCE_NATIVE_SERIES_H */
