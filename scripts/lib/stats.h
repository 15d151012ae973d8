/* SPDX-License-Identifier: GPL-2.0 */
/* Medians and what is known of them. */
#ifndef IOBOUNCE_STATS_H
#define IOBOUNCE_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* The fewest values whose smallest and largest enclose the median with 95 %. */
#define REPEATS_MIN 6

struct interval {
	size_t n;		/* values */
	double median, low, high;
	bool known;		/* low and high are; else they are the extremes */
};

/*
 * The median of @v, which is sorted in place, and the narrowest pair of its
 * values, equally far from both ends, that encloses the median of what they are
 * drawn from with a probability of at least 95 %, whatever its distribution: the
 * number of values below that median is binomial with 1/2 (David and Nagaraja,
 * Order Statistics, 7.1). Not known for fewer than REPEATS_MIN values.
 */
struct interval interval_of(double *v, size_t n);

/*
 * Whether it counts: it is known, and half its width is at most 5 % of the median,
 * or at most @floor, in the values' unit, where the median may be 0.
 */
bool interval_counts(const struct interval *i, double floor);

/* Half the width as a part of the median. */
double interval_half(const struct interval *i);

/* The fewest values, more than @n, that can make an interval narrower than @n can. */
size_t interval_next(size_t n);

/* -1 when @a lies wholly below @b, 1 above, 0 when they overlap or one isn't known. */
int intervals_order(const struct interval *a, const struct interval *b);

#endif
