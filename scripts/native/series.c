// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "series.h"
#include "util.h"

static uint64_t next_random(uint64_t *state)
{
	/* splitmix64, by S. Vigna */
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void shuffle(size_t *order, size_t nr, uint64_t *state)
{
	size_t i, other, kept;

	for (i = nr; i > 1; i--) {
		other = next_random(state) % i;
		kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

void series_run(struct series *series, size_t nr, const struct options *options,
		const char *what)
{
	size_t *order = xcalloc(nr, sizeof(*order)), i;
	uint64_t state = options->seed;
	struct progress progress;
	unsigned int round;

	for (i = 0; i < nr; i++)
		order[i] = i;
	progress_start(&progress, what, nr * options->rounds);
	for (round = 0; round < options->rounds; round++) {
		shuffle(order, nr, &state);
		for (i = 0; i < nr; i++) {
			struct series *s = &series[order[i]];

			s->load.seed = next_random(&state);
			if (!way_measure(&s->load, &s->costs[round]))
				s->costs[round].map_ns = -1;
			progress_show(&progress, round * nr + i + 1);
		}
	}
	progress_end(&progress, nr * options->rounds);
	free(order);
}

bool series_has(const struct series *s)
{
	return s->costs[0].map_ns >= 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The interval holds the true median with 95 % whatever the distribution: between
 * the k-th value from below and from above, k by the binomial distribution with p = 1/2
 * (Conover, Practical Nonparametric Statistics, 3.2).  With fewer than six values there is
 * no such k, and it is from the least to the greatest.
 */
struct summary summarize(double *values, unsigned int nr)
{
	double chance = 1, below = 0;
	unsigned int i, k = 0;

	for (i = 0; i < nr; i++)
		chance /= 2;
	for (i = 0; i < nr / 2; i++) {
		below += chance;
		if (below > 0.025)
			break;
		k = i + 1;
		chance = chance * (nr - i) / (i + 1);
	}
	qsort(values, nr, sizeof(*values), compare);
	if (k)
		k--;
	return (struct summary){
		.median = (values[(nr - 1) / 2] + values[nr / 2]) / 2,
		.low = values[k],
		.high = values[nr - 1 - k],
	};
}

double pair_ns(const struct cost *cost)
{
	return cost->map_ns + cost->unmap_ns;
}

struct summary series_pair(const struct series *s, unsigned int rounds)
{
	double values[MAX_ROUNDS];
	unsigned int i;

	for (i = 0; i < rounds; i++)
		values[i] = pair_ns(&s->costs[i]);
	return summarize(values, rounds);
}

static char *table_path(const struct options *options, const char *name)
{
	return xasprintf("%s/%s.tsv", options->out, name);
}

FILE *table_begin(const struct options *options, const char *name, const char *header)
{
	char *path = table_path(options, name);
	FILE *f;

	make_dirs(options->out);
	f = file_begin(path);
	fprintf(f, "%s\n", header);
	free(path);
	return f;
}

void table_end(FILE *f, const struct options *options, const char *name)
{
	char *path = table_path(options, name);

	file_commit(f, path);
	printf("%s\n", path);
	free(path);
}
