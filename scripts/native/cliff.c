// SPDX-License-Identifier: GPL-2.0
/* What happens beyond the pool's slots, and what it holds while load comes and goes. */
#include <stdlib.h>

#include "benches.h"
#include "util.h"

/* The window is this long (drivers/iommu/iommu-bounce-pool.h), whatever its slots are. */
#define WINDOW		(64UL << 20)
#define C_NS		5000
#define ROWS		3
#define TIMES		8

bool bench_cliff(const struct options *options)
{
	size_t nr = 0, n;
	struct series *series = xcalloc(14 * 5 * 2, sizeof(*series));	/* sizes, times, ways */
	unsigned int shift, half, direct;
	unsigned long slots;
	FILE *f;

	/* Half of the slots, then 1, 2, 4 and 8 times their number. */
	for (shift = 9; shift <= 22; shift += options->quick ? 3 : 1) {
		slots = WINDOW >> (shift < 12 ? 12 : shift);
		for (half = 1; half <= 2 * TIMES; half *= 2) {
			for (direct = 0; direct < 2; direct++) {
				struct series *s = &series[nr];

				s->load = (struct load){
					.way = direct ? WAY_STRICT : WAY_POOL,
					.sizes = { 1U << shift }, .nr_sizes = 1,
					.threads = 1, .processes = 1,
					.in_flight = slots * half / 2, .receive = true,
					.working_set = WINDOW, .c_ns = C_NS,
					.mappings = ROWS * slots * half / 2,
				};
				nr++;
			}
		}
	}
	series_run(series, nr, 2, options, "cliff");

	f = table_begin(options, "cliff", "size\tin_flight\tslots\ttimes\tc_ns\tpool_ns\tpool_low\t"
			"pool_high\tdirect_ns\tbounced\trounds");
	for (n = 0; n < nr; n += 2) {
		const struct load *load = &series[n].load;
		struct summary pool = series_of(&series[n], options->rounds, pair_ns);

		slots = WINDOW / (load->sizes[0] < 4096 ? 4096 : load->sizes[0]);
		fprintf(f, "%u\t%u\t%lu\t%.1f\t%lu\t%.1f\t%.1f\t%.1f\t%.1f\t%.4f\t%u\n",
			load->sizes[0], load->in_flight, slots, (double)load->in_flight / slots,
			(unsigned long)load->c_ns, pool.median, pool.low, pool.high,
			series_of(&series[n + 1], options->rounds, pair_ns).median,
			series_of(&series[n], options->rounds, bounced).median, options->rounds);
	}
	table_end(f, options, "cliff");
	free(series);
	return true;
}

static FILE *memory_table;
static unsigned long pages_last;

static void memory_row(double second, uint32_t size, unsigned int in_flight, unsigned long pages)
{
	fprintf(memory_table, "%.1f\t%u\t%u\t%lu\n", second, size, in_flight, pages * 4);
	pages_last = pages;
}

bool bench_memory(const struct options *options)
{
	static const struct phase phases[] = {
		{ 4096, 64, 30 }, { 4096, 1024, 30 }, { 4096, 64, 100 }, { 0, 0, 100 },
		{ 65536, 128, 50 }, { 4096, 64, 100 }, { 1 << 20, 32, 30 }, { 0, 0, 120 },
	};

	memory_table = table_begin(options, "memory", "second\tsize\tin_flight\tkib");
	way_memory(phases, ARRAY_SIZE(phases), memory_row);
	table_end(memory_table, options, "memory");
	if (pages_last)
		printf("memory: %lu pages are held after 12 idle seconds: MISSED\n", pages_last);
	return !pages_last;
}
