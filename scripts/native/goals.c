// SPDX-License-Identifier: GPL-2.0
/*
 * What the pool promises, measured side by side: two figures of one round are set
 * against each other, then the median of all rounds counts.
 */
#include <stdlib.h>

#include "benches.h"
#include "util.h"

/* Times the rounds of other benches: it takes little time. */
#define OFTEN		3
#define SIZE		4096
#define IN_FLIGHT	32

enum { MEMCPY, POOL, THREADS, PROCESSES, LOCKED, SLOT, NR_SERIES };

static const struct load loads[NR_SERIES] = {
	[MEMCPY] = { .way = WAY_MEMCPY, .threads = 1, .processes = 1 },
	[POOL] = { .way = WAY_POOL, .threads = 1, .processes = 1 },
	[THREADS] = { .way = WAY_POOL, .threads = 2, .processes = 1 },
	[PROCESSES] = { .way = WAY_POOL, .threads = 1, .processes = 2 },
	[LOCKED] = { .way = WAY_POOL_LOCK, .threads = 2, .processes = 1 },
	[SLOT] = { .way = WAY_SLOT, .threads = 1, .processes = 1 },
};

/* What @a takes in ns, or if @b is another series, what @a takes over what @b does. */
static const struct {
	const char *name;
	int a, b;
	bool at_least;
	double goal;		/* 0: there is none */
} goals[] = {
	{ "map and unmap of 4 KiB, over memcpy of the same", POOL, MEMCPY, false, 1.15 },
	{ "throughput of 2 threads, over 2 processes", PROCESSES, THREADS, true, 0.93 },
	{ "a cached slot taken and given back, ns", SLOT, SLOT, false, 60 },
	/* For comparison only: what magazines are good for. */
	{ "throughput of 2 threads, over the same with one lock", LOCKED, THREADS, true, 0 },
};

static struct summary figure(const struct series *series, unsigned int goal, unsigned int rounds)
{
	double values[MAX_ROUNDS];
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		values[i] = pair_ns(&series[goals[goal].a].costs[i]);
		if (goals[goal].a != goals[goal].b)
			values[i] /= pair_ns(&series[goals[goal].b].costs[i]);
	}
	return summarize(values, rounds);
}

bool bench_goals(const struct options *asked)
{
	struct options often = *asked, *options = &often;
	struct series *series = xcalloc(NR_SERIES, sizeof(*series));
	bool met = true;
	unsigned int i;
	FILE *f;

	often.rounds = asked->rounds * OFTEN < MAX_ROUNDS ? asked->rounds * OFTEN : MAX_ROUNDS;
	for (i = 0; i < NR_SERIES; i++) {
		struct load *load = &series[i].load;

		*load = loads[i];
		load->sizes[0] = SIZE;
		load->nr_sizes = 1;
		load->in_flight = IN_FLIGHT;
		load->working_set = 2 * last_level_cache();
		load->mappings = load->way == WAY_SLOT ? 2000000 : 200000;
		load->receive = true;
	}
	series_run(series, NR_SERIES, NR_SERIES, options, "goals");

	f = table_begin(options, "goals", "figure\tkind\tgoal\tmedian\tlow\thigh\tverdict\t"
			"rounds");
	for (i = 0; i < ARRAY_SIZE(goals); i++) {
		struct summary s = figure(series, i, options->rounds);
		bool ok = goals[i].at_least ? s.low >= goals[i].goal : s.high <= goals[i].goal;
		bool missed = goals[i].at_least ? s.high < goals[i].goal : s.low > goals[i].goal;
		const char *verdict = !goals[i].goal ? "none" : ok ? "met" :
				      missed ? "missed" : "undecided";

		met &= ok;
		fprintf(f, "%s\t%s\t%.2f\t%.3f\t%.3f\t%.3f\t%s\t%u\n", goals[i].name,
			!goals[i].goal ? "none" : goals[i].at_least ? "at least" : "at most",
			goals[i].goal, s.median, s.low, s.high, verdict, options->rounds);
		printf("%-55s %8.3f (%.3f to %.3f)%s\n", goals[i].name, s.median, s.low, s.high,
		       ok ? "" : missed ? "  MISSED" : "  undecided");
	}
	table_end(f, options, "goals");
	free(series);
	return met;
}
