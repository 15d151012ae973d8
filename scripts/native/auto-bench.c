// SPDX-License-Identifier: GPL-2.0
/*
 * `auto` in real time, beside always direct and always bounced: what a job costs from
 * its first mapping on, with learning and with a pool that has no slots yet.
 */
#include <stdlib.h>

#include "benches.h"
#include "util.h"

#define IN_FLIGHT	32
/*
 * CPU time of a job, as far as it can be told beforehand: of `auto`, which learns in it, and
 * of the fixed ways, which have nothing to learn. And its mappings, at least and at most.
 */
#define AUTO_NS		500000000.0
#define FIXED_NS	100000000.0
#define JOB_LEAST	256UL
#define JOB_MOST	10000000UL
/* Of a mixture, so that there are some dozen samples of each size. */
#define MIXED_LEAST	500000UL
/* What a policy may be behind the better of the two, a part of it. */
#define MOST_BEHIND	0.02

enum { DIRECT, BOUNCED, AUTO, NR_WAYS };

static const enum way ways[NR_WAYS] = { WAY_STRICT, WAY_POOL, WAY_AUTO };
static const uint64_t costs[] = { 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };
static const uint64_t costs_quick[] = { 200, 2000, 50000 };
/* 0 is a mixture: each power of two from the first size to the last as often. */
static const uint32_t sizes[] = { 512, 4096, 16384, 65536, 262144, 1 << 20, 4 << 20, 0 };

static void set_sizes(struct load *load, uint32_t size)
{
	load->nr_sizes = 0;
	if (size)
		load->sizes[load->nr_sizes++] = size;
	else
		for (size = sizes[0]; size <= sizes[ARRAY_SIZE(sizes) - 2]; size *= 2)
			load->sizes[load->nr_sizes++] = size;
}

/*
 * As many mappings as a way makes in its time, by a guess of what a copy takes, and `auto`
 * as many as the cheaper one; of a mixture, more.
 */
static unsigned long job(const struct load *load)
{
	double bytes = 0, copy, ns;
	unsigned long mappings;
	unsigned int i;

	for (i = 0; i < load->nr_sizes; i++)
		bytes += load->sizes[i];
	copy = 40 + bytes / load->nr_sizes / 30;
	ns = load->way == WAY_POOL ? copy : load->c_ns;
	if (load->way == WAY_AUTO && load->nr_sizes == 1 && copy < ns)
		ns = copy;
	mappings = (load->way == WAY_AUTO ? AUTO_NS : FIXED_NS) / ns;
	mappings = mappings < JOB_LEAST ? JOB_LEAST : mappings > JOB_MOST ? JOB_MOST : mappings;
	if (load->nr_sizes > 1 && load->way == WAY_AUTO && mappings < MIXED_LEAST)
		return MIXED_LEAST;
	return mappings * (load->nr_sizes > 1 ? 4 : 1);
}

/*
 * What `auto` is behind the better of the two: of their medians first, as the better
 * of two figures with noise would be better than either.
 */
static struct summary behind(const struct series *s, unsigned int rounds)
{
	bool direct = series_of(&s[DIRECT], rounds, pair_ns).median <
		      series_of(&s[BOUNCED], rounds, pair_ns).median;
	double values[MAX_ROUNDS];
	unsigned int i;

	for (i = 0; i < rounds; i++)
		values[i] = pair_ns(&s[AUTO].costs[i]) /
			    pair_ns(&s[direct ? DIRECT : BOUNCED].costs[i]) - 1;
	return summarize(values, rounds);
}

bool bench_auto(const struct options *options)
{
	const uint64_t *c = options->quick ? costs_quick : costs;
	size_t nr_c = options->quick ? ARRAY_SIZE(costs_quick) : ARRAY_SIZE(costs);
	size_t nr = nr_c * ARRAY_SIZE(sizes) * NR_WAYS, n = 0, i, size, w;
	struct series *series = xcalloc(nr, sizeof(*series));
	unsigned int missed = 0, unsure = 0, behind_both = 0;
	FILE *f;

	for (i = 0; i < nr_c; i++) {
		for (size = 0; size < ARRAY_SIZE(sizes); size++) {
			for (w = 0; w < NR_WAYS; w++) {
				struct load *load = &series[n++].load;

				load->way = ways[w];
				set_sizes(load, sizes[size]);
				load->threads = 1;
				load->processes = 1;
				load->in_flight = IN_FLIGHT;
				if ((size_t)IN_FLIGHT * sizes[size] > BYTES_IN_FLIGHT)
					load->in_flight = BYTES_IN_FLIGHT / sizes[size];
				/* As near as so much can be: what auto does weighs most there. */
				load->working_set = BYTES_IN_FLIGHT;
				if (sizes[size])
					load->working_set = (size_t)load->in_flight * sizes[size];
				load->c_ns = c[i];
				load->receive = true;
				/* The fixed ways are as they are once a pool has its slots. */
				load->fresh = w == AUTO;
				load->mappings = job(load);
			}
		}
	}
	series_run(series, nr, NR_WAYS, options, "auto");

	f = table_begin(options, "auto",
			"c_ns\tsize\tmappings\tdirect_ns\tbounced_ns\tbounced_part\tauto_ns\t"
			"auto_bounced_part\tswitches\tbehind\tbehind_low\tbehind_high\tverdict\trounds");
	for (n = 0; n < nr; n += NR_WAYS) {
		const struct series *s = &series[n];
		const struct load *load = &s[AUTO].load;
		struct summary b = behind(s, options->rounds);
		/* A mixture has sizes for either way, so auto has to be ahead of both. */
		double limit = load->nr_sizes > 1 ? 0 : MOST_BEHIND;
		const char *verdict = b.high <= limit ? "met" :
				      b.low > limit ? "missed" : "undecided";

		missed += b.low > limit;
		unsure += b.low <= limit && b.high > limit;
		behind_both += load->nr_sizes > 1 && b.high > limit;
		fprintf(f, "%lu\t%u\t%lu\t%.1f\t%.1f\t%.3f\t%.1f\t%.3f\t%.0f\t"
			"%.4f\t%.4f\t%.4f\t%s\t%u\n",
			(unsigned long)load->c_ns, load->nr_sizes > 1 ? 0 : load->sizes[0],
			load->mappings, series_of(&s[DIRECT], options->rounds, pair_ns).median,
			series_of(&s[BOUNCED], options->rounds, pair_ns).median,
			series_of(&s[BOUNCED], options->rounds, bounced).median,
			series_of(&s[AUTO], options->rounds, pair_ns).median,
			series_of(&s[AUTO], options->rounds, bounced).median,
			series_of(&s[AUTO], options->rounds, switches).median,
			b.median, b.low, b.high, verdict, options->rounds);
	}
	table_end(f, options, "auto");
	printf("auto: %zu cells, %u missed, %u undecided\n", nr / NR_WAYS, missed, unsure);
	free(series);
	/* Of one size, what learning takes depends on how long the job is: see the table. */
	return !behind_both;
}
