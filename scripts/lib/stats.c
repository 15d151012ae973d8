// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "stats.h"

#define CONFIDENCE 0.95
#define HALF_WIDTH_MAX 0.05

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * How many values may be left out at each end: the largest k for which fewer than
 * k of @n tosses of a coin are heads with at most half of what is not confidence.
 * 0: not even one may.
 */
static size_t outside(size_t n)
{
	double term = 1, sum = 0;
	size_t k;

	for (k = 0; k < n; k++)
		term /= 2;
	for (k = 0; k < n; k++) {
		sum += term;
		if (sum > (1 - CONFIDENCE) / 2)
			break;
		term *= (double)(n - k) / (k + 1);
	}
	return k;
}

struct interval interval_of(double *v, size_t n)
{
	struct interval i = { .n = n };
	size_t k;

	if (!n)
		return i;
	qsort(v, n, sizeof(*v), compare);
	k = outside(n);
	i.known = k;
	i.median = (v[(n - 1) / 2] + v[n / 2]) / 2;
	i.low = v[k ? k - 1 : 0];
	i.high = v[n - (k ?: 1)];
	return i;
}

bool interval_counts(const struct interval *i, double floor)
{
	double half = (i->high - i->low) / 2;

	return i->known && (half <= HALF_WIDTH_MAX * i->median || half <= floor);
}

double interval_half(const struct interval *i)
{
	return (i->high - i->low) / 2 / i->median;
}

size_t interval_next(size_t n)
{
	size_t more = n + 1;

	while (outside(more) == outside(n))
		more++;
	return more;
}

int intervals_order(const struct interval *a, const struct interval *b)
{
	if (!a->known || !b->known)
		return 0;
	return (a->low > b->high) - (a->high < b->low);
}
