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

			s->load.seed = random_next(&state);
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

struct summary summarize(double *values, unsigned int nr)
{
	struct interval i = interval_of(values, nr);

	return (struct summary){ i.median, i.low, i.high };
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
