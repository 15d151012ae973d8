// SPDX-License-Identifier: GPL-2.0
/*
 * From the measured cost of bouncing to where it pays: the size below which it does, for
 * each cost of the IOMMU, and what a disk behind a virtual IOMMU gains.
 *
 * The model.  One CPU serves reads of one size, one after the other, and a device
 * answers them in parallel up to its own speed:
 *
 *   time per read = the longer of  device: size / bandwidth, but at least 1 / rate
 *                                  CPU:    software + mapping
 *   mapping, strict:   requests * c / 2, with n + 1 requests for n pages: each is
 *                      mapped by itself, and all of them are unmapped at once
 *   mapping, bounced:  as measured, n pages of 4 KiB one by one
 *
 * c is what a pair of requests takes, map and unmap.  What is assumed of the machine,
 * and is not known of the one whose figures are published:
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "benches.h"
#include "util.h"

struct assumptions {
	double bandwidth;	/* bytes per ns: a disk behind four lanes of PCIe 3 */
	double rate_ns;		/* between two reads, of any size, at the disk's best */
	double software_ns;	/* of guest and host for a read, without mapping */
	double slower;		/* copies there, over copies here */
};

static const struct assumptions assumed = { 3.3, 2000, 2500, 1.5 };

/* Requests for a read, map and unmap together, as counted in guests: n + 1. */
#define PAGE		4096

/* Published for an i5-10210U with an NVMe disk passed through (VFIO) in 2021: over strict. */
static const struct {
	uint32_t size;
	double gain;
} published[] = {
	{ 4096, 2.8 }, { 16384, 4.7 }, { 65536, 3.6 }, { 131072, 3.6 },
};

static const double costs[] = { 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };

struct point {
	double size, ns;
};

struct curve {
	struct point points[32];
	unsigned int nr;
};

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

/* A pool's cost by size, of one thread, as speed.tsv has it. */
static struct curve curve_of(const char *table, const char *cache, const char *direction)
{
	char way[32], in[32], dir[32];
	struct curve curve = { 0 };
	unsigned int threads, size;
	const char *line;
	double pair;

	for (line = table; line; line = next_line(line)) {
		if (sscanf(line, "%31s %u %u %31s %31s %*s %*s %*s %*s %*s %*s %*s %*s %lf", way,
			   &size, &threads, in, dir, &pair) != 6 || strcmp(way, "pool") ||
		    threads != 1 || strcmp(in, cache) || strcmp(dir, direction) ||
		    curve.nr == ARRAY_SIZE(curve.points))
			continue;
		curve.points[curve.nr++] = (struct point){ size, pair };
	}
	return curve;
}

static char *speed_table(const struct options *options)
{
	char *path = xasprintf("%s/speed.tsv", options->out), *table = read_file(path, NULL);

	if (!table)
		die("%s is not there: run 'native speed' first", path);
	if (curve_of(table, "cold", "receive").nr < 2)
		die("%s has no pool of one thread: run 'native speed' again", path);
	free(path);
	return table;
}

/* Between two points a straight line on logarithmic scales; beyond them, the nearest line. */
static double line(double x, double x0, double y0, double x1, double y1)
{
	return exp(log(y0) + (log(x) - log(x0)) * (log(y1) - log(y0)) / (log(x1) - log(x0)));
}

static double ns_at(const struct curve *curve, double size)
{
	const struct point *p = curve->points;
	unsigned int i = 0;

	while (i + 2 < curve->nr && p[i + 1].size < size)
		i++;
	return line(size, p[i].size, p[i].ns, p[i + 1].size, p[i + 1].ns);
}

/* The size at which bouncing takes @ns; 0: less than the least, INFINITY: more than the most. */
static double size_at(const struct curve *curve, double ns)
{
	const struct point *p = curve->points;
	unsigned int i;

	if (ns < p[0].ns)
		return 0;
	for (i = 0; i + 1 < curve->nr; i++)
		if (ns < p[i + 1].ns)
			return line(ns, p[i].ns, p[i].size, p[i + 1].ns, p[i + 1].size);
	return INFINITY;
}

bool bench_crossover(const struct options *options)
{
	static const char * const kinds[][2] = {
		{ "warm", "transmit" }, { "warm", "receive" },
		{ "cold", "transmit" }, { "cold", "receive" },
	};
	char *table = speed_table(options);
	FILE *f = table_begin(options, "crossover",
			      "c_ns\twarm_transmit\twarm_receive\tcold_transmit\tcold_receive");
	struct curve curve;
	size_t c, k;

	for (c = 0; c < ARRAY_SIZE(costs); c++) {
		fprintf(f, "%.0f", costs[c]);
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			curve = curve_of(table, kinds[k][0], kinds[k][1]);
			fprintf(f, "\t%.0f", size_at(&curve, costs[c]));
		}
		fputc('\n', f);
	}
	table_end(f, options, "crossover");
	free(table);
	return true;
}

static double device_ns(const struct assumptions *a, uint32_t size)
{
	return fmax(size / a->bandwidth, a->rate_ns);
}

static double strict_ns(const struct assumptions *a, uint32_t size, double c)
{
	return fmax(device_ns(a, size), a->software_ns + (size / PAGE + 1) * c / 2);
}

static double bounced_ns(const struct assumptions *a, uint32_t size, const struct curve *curve)
{
	return fmax(device_ns(a, size),
		    a->software_ns + size / PAGE * ns_at(curve, PAGE) * a->slower);
}

static double gain(const struct assumptions *a, uint32_t size, double c, const struct curve *curve)
{
	return strict_ns(a, size, c) / bounced_ns(a, size, curve);
}

/* The c that explains the published gains best, by their logarithms. */
static double fit(const struct assumptions *a, const struct curve *curve)
{
	double c, best = 0, least = INFINITY, error, off;
	size_t i;

	for (c = 100; c < 100000; c *= 1.01) {
		for (error = 0, i = 0; i < ARRAY_SIZE(published); i++) {
			off = log(gain(a, published[i].size, c, curve) / published[i].gain);
			error += off * off;
		}
		if (error < least) {
			least = error;
			best = c;
		}
	}
	return best;
}

static void print_sensitivity(const struct assumptions *a, const char *what, double factor,
			      const struct curve *curve, FILE *to)
{
	double c = fit(a, curve);
	size_t i;

	fprintf(to, "%s\t%.1f\t%.0f", what, factor, c);
	for (i = 0; i < ARRAY_SIZE(published); i++)
		fprintf(to, "\t%.2f", gain(a, published[i].size, c, curve));
	fputc('\n', to);
}

/* How well the gains are explained where one assumption is half or twice as large. */
static void write_sensitivity(const struct options *options, const struct curve *curve)
{
	static const struct {
		const char *name;
		size_t place;
	} each[] = {
		{ "bandwidth", offsetof(struct assumptions, bandwidth) },
		{ "time between reads", offsetof(struct assumptions, rate_ns) },
		{ "software", offsetof(struct assumptions, software_ns) },
		{ "slower copies", offsetof(struct assumptions, slower) },
	};
	FILE *f = table_begin(options, "sensitivity", "assumption\tfactor\tbest_c_ns\tgain_4k\t"
			      "gain_16k\tgain_64k\tgain_128k");
	double factor;
	size_t i;

	print_sensitivity(&assumed, "all as assumed", 1, curve, f);
	for (i = 0; i < ARRAY_SIZE(each); i++) {
		for (factor = 0.5; factor <= 2; factor *= 4) {
			struct assumptions a = assumed;

			*(double *)((char *)&a + each[i].place) *= factor;
			print_sensitivity(&a, each[i].name, factor, curve, f);
		}
	}
	table_end(f, options, "sensitivity");
}

bool bench_model(const struct options *options)
{
	char *table = speed_table(options);
	struct curve curve = curve_of(table, "cold", "receive");
	double best = fit(&assumed, &curve), c;
	FILE *f = table_begin(options, "model",
			      "c_ns\tsize\tstrict_us\tbounced_us\tdevice_us\tgain\tpublished");
	size_t i, k;

	/* The last one is the cost that explains the published figures best. */
	for (k = 0; k <= ARRAY_SIZE(costs); k++) {
		c = k < ARRAY_SIZE(costs) ? costs[k] : best;
		for (i = 0; i < ARRAY_SIZE(published); i++)
			fprintf(f, "%.0f\t%u\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\n", c, published[i].size,
				strict_ns(&assumed, published[i].size, c) / 1000,
				bounced_ns(&assumed, published[i].size, &curve) / 1000,
				device_ns(&assumed, published[i].size) / 1000,
				gain(&assumed, published[i].size, c, &curve), published[i].gain);
	}
	table_end(f, options, "model");
	write_sensitivity(options, &curve);
	printf("model: best with c = %.0f ns:", best);
	for (i = 0; i < ARRAY_SIZE(published); i++)
		printf(" %.1f (%.1f)", gain(&assumed, published[i].size, best, &curve),
		       published[i].gain);
	printf(", with the published gains in parentheses\n");
	free(table);
	return true;
}
