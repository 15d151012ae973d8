// SPDX-License-Identifier: GPL-2.0
/* Ns per map and unmap: by way, size, threads, and whether buffers are in the cache. */
#include <stdlib.h>

#include "benches.h"
#include "util.h"

#define WARM_IN_FLIGHT	8
#define COLD_IN_FLIGHT	32
/* About what a measurement copies, and how many mappings it has at least and at most. */
#define BYTES		(256UL << 20)
#define LEAST		64
#define MOST		200000UL
/* Of the IOMMU; the other costs follow by arithmetic. */
#define C_NS		2000

static const enum way ways[] = {
	WAY_MEMCPY, WAY_POOL, WAY_POOL_LOCK, WAY_SWIOTLB, WAY_STRICT, WAY_QUEUE, WAY_LAZY,
};

static struct load load_of(enum way way, uint32_t size, unsigned int threads, bool cold,
			   bool receive)
{
	struct load load = {
		.way = way, .sizes = { size }, .nr_sizes = 1, .threads = threads, .processes = 1,
		.in_flight = cold ? COLD_IN_FLIGHT : WARM_IN_FLIGHT, .c_ns = C_NS,
		.receive = receive,
	};

	if ((size_t)load.in_flight * size > BYTES_IN_FLIGHT)
		load.in_flight = BYTES_IN_FLIGHT / size;
	load.working_set = cold ? 2 * last_level_cache() : (size_t)load.in_flight * size;
	load.mappings = BYTES / size > MOST ? MOST : BYTES / size < LEAST ? LEAST : BYTES / size;
	return load;
}

/* What an IOMMU takes has no direction and knows of no cache. */
static bool copies(enum way way)
{
	return way != WAY_STRICT && way != WAY_QUEUE && way != WAY_LAZY;
}

/* All that is measured of one way and size; returns how many series. */
static size_t add(struct series *series, enum way way, uint32_t size)
{
	unsigned int kind;
	size_t nr = 0;

	for (kind = 0; kind < 4; kind++) {
		bool cold = kind & 1, receive = kind & 2;

		if (!copies(way) && kind != 3)
			continue;
		series[nr].cold = cold;
		series[nr++].load = load_of(way, size, 1, cold, receive);
	}
	/* Two threads differ in locks, not in these. */
	series[nr].cold = true;
	series[nr++].load = load_of(way, size, 2, true, true);
	return nr;
}

bool bench_speed(const struct options *options)
{
	size_t nr = 0, most = ARRAY_SIZE(ways) * 14 * 5;
	struct series *series = xcalloc(most, sizeof(*series));
	unsigned int w, shift;
	FILE *f;

	for (w = 0; w < ARRAY_SIZE(ways); w++)
		for (shift = 9; shift <= 22; shift += options->quick ? 3 : 1)
			nr += add(&series[nr], ways[w], 1U << shift);
	series_run(series, nr, 1, options, "speed");

	f = table_begin(options, "speed",
			"way\tsize\tthreads\tcache\tdirection\tin_flight\tc_ns\t"
			"map_ns\tmap_low\tmap_high\tunmap_ns\tunmap_low\tunmap_high\t"
			"pair_ns\tpair_low\tpair_high\tbounced\trounds");
	for (size_t n = 0; n < nr; n++) {
		const struct load *load = &series[n].load;
		struct summary m, u, p;

		if (!series_has(&series[n]))
			continue;
		m = series_of(&series[n], options->rounds, map_ns);
		u = series_of(&series[n], options->rounds, unmap_ns);
		p = series_of(&series[n], options->rounds, pair_ns);
		fprintf(f, "%s\t%u\t%u\t%s\t%s\t%u\t%lu\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t"
			"%.1f\t%.1f\t%.1f\t%.4f\t%u\n",
			way_names[load->way], load->sizes[0], load->threads,
			series[n].cold ? "cold" : "warm", load->receive ? "receive" : "transmit",
			load->in_flight, (unsigned long)load->c_ns, m.median, m.low, m.high,
			u.median, u.low, u.high, p.median, p.low, p.high,
			series_of(&series[n], options->rounds, bounced).median, options->rounds);
	}
	table_end(f, options, "speed");
	free(series);
	return true;
}
