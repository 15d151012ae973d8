// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "random.h"
#include "series.h"
#include "stats.h"
#include "util.h"

static void shuffle(size_t *order, size_t nr, uint64_t *state)
{
	size_t i, other, kept;

	for (i = nr; i > 1; i--) {
		other = random_next(state) % i;
		kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

static void measure(struct series *s, unsigned int round, uint64_t seed)
{
	s->load.seed = seed;
	if (!way_measure(&s->load, &s->costs[round]))
		s->costs[round].map_ns = -1;
}

void series_run(struct series *series, size_t nr, size_t beside, const struct options *options,
		const char *what)
{
	size_t *order = xcalloc(nr, sizeof(*order)), *among = xcalloc(beside, sizeof(*among)), i, j;
	uint64_t state = options->seed, seed;
	struct progress progress;
	unsigned int round;

	for (i = 0; i < nr / beside; i++)
		order[i] = i;
	for (j = 0; j < beside; j++)
		among[j] = j;
	progress_start(&progress, what, nr * options->rounds);
	for (round = 0; round < options->rounds; round++) {
		shuffle(order, nr / beside, &state);
		/* Each way has the same sizes and buffers. */
		seed = random_next(&state);
		for (i = 0; i < nr / beside; i++) {
			shuffle(among, beside, &state);
			for (j = 0; j < beside; j++) {
				measure(&series[order[i] * beside + among[j]], round, seed);
				progress_show(&progress, round * nr + i * beside + j + 1);
			}
		}
	}
	progress_end(&progress, nr * options->rounds);
	free(among);
	free(order);
}

bool series_has(const struct series *s)
{
	return s->costs[0].map_ns >= 0;
}

struct summary summarize(double *values, unsigned int nr)
{
	struct interval i = interval_of(values, nr);

	return (struct summary){ i.median, i.low, i.high };
}

double pair_ns(const struct cost *cost)
{
	return cost->map_ns + cost->unmap_ns;
}

double map_ns(const struct cost *cost)
{
	return cost->map_ns;
}

double unmap_ns(const struct cost *cost)
{
	return cost->unmap_ns;
}

double bounced(const struct cost *cost)
{
	return cost->bounced;
}

double switches(const struct cost *cost)
{
	return cost->switches;
}

struct summary series_of(const struct series *s, unsigned int rounds,
			 double (*figure)(const struct cost *cost))
{
	double values[MAX_ROUNDS];
	unsigned int i;

	for (i = 0; i < rounds; i++)
		values[i] = figure(&s->costs[i]);
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
