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
#include <stdlib.h>
#include <string.h>

#include "benches.h"
#include "util.h"

#define BANDWIDTH	3.3	/* bytes per ns: a disk behind four lanes of PCIe 3 */
#define RATE_NS		2000.0	/* between two reads, of any size, at the disk's best */
#define SOFTWARE_NS	2500.0	/* of guest and host for a read, without mapping */
#define SLOWER		1.5	/* copies there, over copies here */

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

static double device_ns(uint32_t size)
{
	return fmax(size / BANDWIDTH, RATE_NS);
}

static double strict_ns(uint32_t size, double c)
{
	return fmax(device_ns(size), SOFTWARE_NS + (size / PAGE + 1) * c / 2);
}

static double bounced_ns(uint32_t size, const struct curve *curve)
{
	return fmax(device_ns(size), SOFTWARE_NS + size / PAGE * ns_at(curve, PAGE) * SLOWER);
}

static double gain(uint32_t size, double c, const struct curve *curve)
{
	return strict_ns(size, c) / bounced_ns(size, curve);
}

/* The c that explains the published gains best, by their logarithms. */
static double fit(const struct curve *curve)
{
	double c, best = 0, least = INFINITY, error, off;
	size_t i;

	for (c = 100; c < 100000; c *= 1.01) {
		for (error = 0, i = 0; i < ARRAY_SIZE(published); i++) {
			off = log(gain(published[i].size, c, curve) / published[i].gain);
			error += off * off;
		}
		if (error < least) {
			least = error;
			best = c;
		}
	}
	return best;
}

bool bench_model(const struct options *options)
{
	char *table = speed_table(options);
	struct curve curve = curve_of(table, "cold", "receive");
	double best = fit(&curve), c;
	FILE *f = table_begin(options, "model",
			      "c_ns\tsize\tstrict_us\tbounced_us\tdevice_us\tgain\tpublished");
	size_t i, k;

	/* The last one is the cost that explains the published figures best. */
	for (k = 0; k <= ARRAY_SIZE(costs); k++) {
		c = k < ARRAY_SIZE(costs) ? costs[k] : best;
		for (i = 0; i < ARRAY_SIZE(published); i++)
			fprintf(f, "%.0f\t%u\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\n", c, published[i].size,
				strict_ns(published[i].size, c) / 1000,
				bounced_ns(published[i].size, &curve) / 1000,
				device_ns(published[i].size) / 1000,
				gain(published[i].size, c, &curve), published[i].gain);
	}
	table_end(f, options, "model");
	printf("model: best with c = %.0f ns:", best);
	for (i = 0; i < ARRAY_SIZE(published); i++)
		printf(" %.1f (%.1f)", gain(published[i].size, best, &curve), published[i].gain);
	printf(", with the published gains in parentheses\n");
	free(table);
	return true;
}
