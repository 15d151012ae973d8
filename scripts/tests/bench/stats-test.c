// SPDX-License-Identifier: GPL-2.0
/* The intervals of stats.h, held against tables of the binomial distribution and a simulation. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "util.h"

static size_t passed, failed;

static void check(const char *what, bool holds)
{
	printf("%sok - %s\n", holds ? "" : "not ", what);
	if (holds)
		passed++;
	else
		failed++;
}

/* Of 1 to @n, given in an order of its own. */
static struct interval of_first(size_t n)
{
	double v[64];

	for (size_t i = 0; i < n; i++)
		v[i] = (i * 7 + 3) % n + 1;
	return interval_of(v, n);
}

/* The ranks that tables of the sign test give for 95 %. */
static void test_ranks(void)
{
	static const struct {
		size_t n, low, high;
	} table[] = {
		{ 6, 1, 6 },  { 8, 1, 8 },   { 9, 2, 8 },   { 11, 2, 10 }, { 12, 3, 10 },
		{ 15, 4, 12 }, { 20, 6, 15 }, { 30, 10, 21 }, { 50, 18, 33 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct interval got = of_first(table[i].n);
		char *what = xasprintf("ranks %zu and %zu of %zu", table[i].low, table[i].high,
				       table[i].n);

		/* 7 and @n have no common factor but for some, whose values repeat. */
		check(what, got.known && got.low == table[i].low &&
		      got.high == table[i].high);
		free(what);
	}
}

static void test_median(void)
{
	double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };
	struct interval i = interval_of(odd, 3);

	check("median of three", i.median == 5 && i.n == 3);
	check("three values: extremes, not an interval", !i.known && i.low == 1 && i.high == 9);
	check("median of four", interval_of(even, 4).median == 2.5);
	check("median of one", interval_of(one, 1).median == 7);
	check("no value", !interval_of(NULL, 0).known);
	check("five are too few", !of_first(5).known);
	check("one value more does nothing for six",
	      interval_next(6) == 9 && interval_next(8) == 9 && interval_next(9) == 12 &&
	      interval_next(4) == 6);
	check("six are enough", of_first(REPEATS_MIN).known && !of_first(REPEATS_MIN - 1).known);
}

static struct interval made(double low, double median, double high)
{
	return (struct interval){ 6, median, low, high, true };
}

static void test_counts(void)
{
	struct interval narrow = made(95, 100, 105), wide = made(94, 100, 105),
			zero = made(0, 0, 0.01);

	check("5 % count", interval_counts(&narrow, 0));
	check("5.5 % do not", !interval_counts(&wide, 0));
	check("a median of 0 counts by the floor", interval_counts(&zero, 0.01));
	check("and not without", !interval_counts(&zero, 0));
	narrow.known = false;
	check("what is not known does not", !interval_counts(&narrow, 1000));
}

static void test_order(void)
{
	struct interval a = made(1, 2, 3), b = made(3, 4, 5), c = made(4, 5, 6);

	check("intervals that touch", intervals_order(&a, &b) == 0);
	check("below", intervals_order(&a, &c) == -1);
	check("above", intervals_order(&c, &a) == 1);
	c.known = false;
	check("one is not known", intervals_order(&a, &c) == 0);
}

/* Uniform in 0 to 1; its logarithm makes a distribution that is far from even. */
static double drawn(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return ((*state >> 33) + 0.5) / (1UL << 31);
}

/* How often the median ln 2 of the exponential distribution lies within, of @n values. */
static void test_coverage(size_t n, double exact)
{
	enum { TRIES = 20000 };
	uint64_t state = n;
	size_t hits = 0;
	char *what;

	for (size_t t = 0; t < TRIES; t++) {
		double v[16];

		for (size_t i = 0; i < n; i++)
			v[i] = -log(drawn(&state));

		struct interval got = interval_of(v, n);

		hits += got.low <= log(2) && log(2) <= got.high;
	}
	what = xasprintf("%zu values enclose the median with %.2f %%", n, exact);
	check(what, fabs(100.0 * hits / TRIES - exact) < 0.6);
	free(what);
}

int main(void)
{
	progname = "stats-test";
	test_ranks();
	test_median();
	test_counts();
	test_order();
	/* 1 - 2 * P(X < k), X binomial with n and 1/2. */
	test_coverage(6, 96.88);
	test_coverage(9, 96.09);
	test_coverage(15, 96.48);
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed ? 1 : 0;
}
