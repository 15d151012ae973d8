// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "plots.h"
#include "util.h"

#define KIB 1024.0
#define MIB (KIB * KIB)
/* The most that the slots of a domain hold together (iommu-bounce-pool.h of the series). */
#define WINDOW_BYTES (64 * MIB)
/* The jobs of the curves over sizes, and over the number in flight. */
#define CURVE_DEPTH 8
#define CURVE_BYTES (512 * KIB)

/* What the name of a job of fio says (../vm/fio-job). */
struct fio_name {
	char rw[16];
	double bytes;
	unsigned int depth;
	bool plain;		/* 64 in flight, one job, buffers that begin with a page */
};

static bool fio_name_parse(const char *job, struct fio_name *n)
{
	char unit = 0, bs[16], rest[32] = "";

	*n = (struct fio_name){ .depth = 64 };
	if (sscanf(job, "fio-%15[a-z]-%15[0-9km]-%31s", n->rw, bs, rest) < 2)
		return false;
	if (sscanf(bs, "%lf%c", &n->bytes, &unit) < 1)
		return false;
	n->bytes *= unit == 'k' ? KIB : unit == 'm' ? MIB : 1;
	n->plain = !*rest;
	return !*rest || sscanf(rest, "q%u", &n->depth) == 1;
}

static bool is_read(const char *job)
{
	struct fio_name n;

	return fio_name_parse(job, &n) && !strcmp(n.rw, "read") && n.plain;
}

static bool is_random(const char *job)
{
	struct fio_name n;

	return fio_name_parse(job, &n) && !strcmp(n.rw, "randread") && n.bytes == 4 * KIB;
}

static bool is_write(const char *job)
{
	struct fio_name n;

	return fio_name_parse(job, &n) && !strcmp(n.rw, "write") && n.plain;
}

/* Where a job stands on the axis of a curve; 0: not on it. */
static double size_of(const char *job)
{
	struct fio_name n;

	return fio_name_parse(job, &n) && !n.plain && n.depth == CURVE_DEPTH ? n.bytes / KIB : 0;
}

static double fill_of(const char *job)
{
	struct fio_name n;

	if (!fio_name_parse(job, &n) || n.plain || n.bytes != CURVE_BYTES)
		return 0;
	return n.depth * n.bytes / WINDOW_BYTES;
}

static double bytes_of(const char *job)
{
	struct fio_name n;

	return fio_name_parse(job, &n) ? n.bytes : 0;
}

/* As far apart as so many can be, for the colour-blind, too (after Paul Tol's "muted"). */
static const unsigned int colours[] = {
	0x332288, 0x88ccee, 0x44aa99, 0x888888, 0x999933, 0xddcc77, 0xcc6677, 0xaa4499, 0x117733,
	0x882255,
};

static FILE *gnuplot_begin(const struct folder *f, const char *name, const char *title)
{
	FILE *to;

	/* One that ends early is to be told of, not to end this. */
	signal(SIGPIPE, SIG_IGN);
	to = popen("gnuplot", "we");
	if (!to)
		die("gnuplot: %s", strerror(errno));
	fprintf(to, "set terminal svg size 900,400 dynamic name '%s' font 'sans-serif,12' "
		"background rgb 'white'\n", name);
	fprintf(to, "set output '%s/%s.svg.tmp'\nset title '%s' noenhanced\n", f->path, name,
		title);
	for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
		fprintf(to, "set linetype %zu lc rgb '#%06x' lw 1.5 pt %zu\n", i + 1, colours[i],
			i + 1);
	fputs("set key outside right noenhanced\nset grid ytics\nset yrange [0:*]\n"
	      "set xtics noenhanced\n", to);
	return to;
}

static void gnuplot_end(FILE *to, const struct folder *f, const char *name)
{
	char *tmp = xasprintf("%s/%s.svg.tmp", f->path, name);
	char *path = xasprintf("%s/%s.svg", f->path, name);

	fputs("unset output\n", to);
	if (pclose(to))
		die("gnuplot could not draw %s", path);
	if (rename(tmp, path))
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
	free(tmp);
}

static const json_t *configurations(const struct folder *f)
{
	return json_object_get(f->bench, "configurations");
}

static bool is_in(const json_t *list, const char *job)
{
	const json_t *other;
	size_t i;

	json_array_foreach(list, i, other)
		if (!strcmp(json_string_value(other), job))
			return true;
	return false;
}

/* The jobs of any configuration that are of a kind and have a figure. */
static json_t *jobs_of(const struct folder *f, bool (*is_of)(const char *job), const char *metric)
{
	const json_t *c, *job;
	json_t *jobs = json_array();
	size_t i, j;

	json_array_foreach(configurations(f), i, c)
		json_array_foreach(json_object_get(c, "jobs"), j, job)
			if (is_of(json_string_value(job)) &&
			    cell_find(f, text_of(c, "name"), json_string_value(job), metric) &&
			    !is_in(jobs, json_string_value(job)))
				json_array_append(jobs, (json_t *)job);
	return jobs;
}

/*
 * The configurations that have all of them, and those that have one and are set beside the
 * first configuration, not beside a base of their own.
 */
static json_t *configurations_with(const struct folder *f, const json_t *jobs, const char *metric)
{
	const json_t *c, *job;
	json_t *names = json_array();
	size_t i, j;

	json_array_foreach(configurations(f), i, c) {
		size_t n = 0;

		json_array_foreach(jobs, j, job)
			n += !!cell_find(f, text_of(c, "name"), json_string_value(job), metric);
		if (n == json_array_size(jobs) || (n && !json_object_get(c, "base")))
			json_array_append(names, json_object_get(c, "name"));
	}
	return names;
}

/* A cluster of bars for each job, a bar for each configuration, or a gap. */
static bool draw_bars(const struct folder *f, const char *name, const char *title,
		      const char *unit, const char *metric, bool (*is_of)(const char *job))
{
	json_t *jobs = jobs_of(f, is_of, metric);
	json_t *names = configurations_with(f, jobs, metric), *job, *c;
	bool any = json_array_size(jobs) && json_array_size(names);
	size_t i, j;
	FILE *to;

	if (any) {
		to = gnuplot_begin(f, name, title);
		fprintf(to, "set ylabel '%s'\n$data << END\n", unit);
		json_array_foreach(jobs, i, job) {
			fprintf(to, "\"%s\"", json_string_value(job));
			json_array_foreach(names, j, c) {
				const struct cell *cell = cell_find(f, json_string_value(c),
								    json_string_value(job),
								    metric);

				if (cell)
					fprintf(to, " %g %g %g", cell->interval.median,
						cell->interval.low, cell->interval.high);
				else
					fputs(" ? ? ?", to);
			}
			fputc('\n', to);
		}
		fputs("END\nset style data histograms\nset style histogram errorbars gap 1\n"
		      "set style fill solid 0.8\nset datafile missing '?'\nset bars small\n"
		      "plot ", to);
		json_array_foreach(names, j, c)
			fprintf(to, "%s$data using %zu:%zu:%zu:xtic(1) title '%s'", j ? ", " : "",
				3 * j + 2, 3 * j + 3, 3 * j + 4, json_string_value(c));
		fputc('\n', to);
		gnuplot_end(to, f, name);
	}
	json_decref(names);
	json_decref(jobs);
	return any;
}

/* A figure of the jobs that have a place on an axis. */
struct axes {
	struct plot plot;
	const char *metric;	/* "iops" is drawn as MB/s */
	const char *x, *y;	/* what they are called */
	double (*x_of)(const char *job);
};

static bool is_rate(const struct axes *a)
{
	return !strcmp(a->metric, "iops");
}

/* One curve of a picture, as gnuplot's block $cINDEX; false: there is no point. */
static bool write_curve(FILE *to, size_t index, const struct folder *f, const json_t *c,
			const struct axes *a)
{
	const json_t *job;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(c, "jobs"), i, job) {
		const char *name = json_string_value(job);
		const struct cell *cell = cell_find(f, text_of(c, "name"), name, a->metric);
		double scale = is_rate(a) ? bytes_of(name) / 1e6 : 1;

		if (!a->x_of(name) || !cell)
			continue;
		if (!any)
			fprintf(to, "$c%zu << END\n", index);
		any = true;
		fprintf(to, "%g %g %g %g\n", a->x_of(name), cell->interval.median * scale,
			cell->interval.low * scale, cell->interval.high * scale);
	}
	if (any)
		fputs("END\n", to);
	return any;
}

/* The same for nanoseconds by threads, of map (@metric "map-ns") or unmap. */
static bool write_threads(FILE *to, size_t index, const struct folder *f, const json_t *c,
			  const char *job, const char *metric)
{
	bool any = false;

	for (int threads = 1; threads <= 4; threads *= 2) {
		char *name = xasprintf("%s-%d", metric, threads);
		const struct cell *cell = cell_find(f, text_of(c, "name"), job, name);

		if (cell && !any)
			fprintf(to, "$c%zu << END\n", index);
		if (cell)
			fprintf(to, "%d %g %g %g\n", threads, cell->interval.median,
				cell->interval.low, cell->interval.high);
		any |= !!cell;
		free(name);
	}
	if (any)
		fputs("END\n", to);
	return any;
}

static bool has_figures(const struct folder *f, const struct axes *a)
{
	for (size_t i = 0; i < f->n_cells; i++)
		if (a->x_of(f->cells[i].job) && !strcmp(f->cells[i].metric->name, a->metric))
			return true;
	return false;
}

static void plot_curve(FILE *to, size_t index, size_t drawn, const char *title)
{
	fprintf(to, "%s$c%zu using 1:2:3:4 with yerrorlines title '%s'", drawn ? ", " : "plot ",
		index, title);
}

/* A curve for each configuration. */
static bool draw_curves(const struct folder *f, const struct axes *a)
{
	size_t i, drawn = 0;
	const json_t *c;
	bool *has;
	FILE *to;

	if (!has_figures(f, a))
		return false;
	has = xcalloc(json_array_size(configurations(f)), sizeof(*has));
	to = gnuplot_begin(f, a->plot.name, a->plot.title);
	fprintf(to, "set logscale x 2\nset xlabel \"%s\"\nset ylabel '%s'\n", a->x, a->y);
	json_array_foreach(configurations(f), i, c)
		has[i] = write_curve(to, i, f, c, a);
	json_array_foreach(configurations(f), i, c)
		if (has[i])
			plot_curve(to, i, drawn++, text_of(c, "name"));
	fputc('\n', to);
	gnuplot_end(to, f, a->plot.name);
	free(has);
	return true;
}

static bool draw_threads(const struct folder *f, const char *name, const char *title,
			 const char *job)
{
	size_t n = json_array_size(configurations(f)), i, drawn = 0;
	bool *has = xcalloc(2 * n, sizeof(*has)), any = false;
	const json_t *c;
	FILE *to;

	for (i = 0; i < f->n_cells; i++)
		any |= !strcmp(f->cells[i].job, job);
	if (any) {
		to = gnuplot_begin(f, name, title);
		fputs("set xlabel 'threads'\nset xtics 1\nset ylabel 'ns'\n", to);
		json_array_foreach(configurations(f), i, c) {
			has[i] = write_threads(to, i, f, c, job, "map-ns");
			has[n + i] = write_threads(to, n + i, f, c, job, "unmap-ns");
		}
		for (i = 0; i < 2 * n; i++) {
			char *label;

			if (!has[i])
				continue;
			c = json_array_get(configurations(f), i % n);
			label = xasprintf("%s, %s", text_of(c, "name"), i < n ? "map" : "unmap");
			plot_curve(to, i, drawn++, label);
			free(label);
		}
		fputc('\n', to);
		gnuplot_end(to, f, name);
	}
	free(has);
	return any;
}

/* What the job pool-memory printed, of the first repeat that has it; NULL: none. */
static char *memory_log(const struct folder *f, const json_t *c)
{
	char *log = NULL;

	for (int repeat = 1; !log && repeat <= number_of(f->bench, "at_most_repeats"); repeat++) {
		char *dir = boot_path(f->path, repeat, c);
		char *path = xasprintf("%s/%s.pool-memory.log", dir, text_of(c, "machine"));

		log = read_file(path, NULL);
		free(path);
		free(dir);
	}
	return log;
}

/* Memory held over the time of one run, on the first configuration that ran it. */
static bool draw_memory(const struct folder *f, const char *name, const char *title)
{
	double begin = -1, now, held, used;
	char *log = NULL, *next, *line;
	const json_t *c;
	size_t i;
	FILE *to;

	json_array_foreach(configurations(f), i, c)
		log = log ?: memory_log(f, c);
	if (!log)
		return false;
	to = gnuplot_begin(f, name, title);
	fputs("set xlabel 's'\nset ylabel 'MiB'\n$memory << END\n", to);
	next = log;
	while ((line = strsep(&next, "\n"))) {
		if (sscanf(line, "memory: %lf %lf %lf", &now, &held, &used) != 3)
			continue;
		begin = begin < 0 ? now : begin;
		fprintf(to, "%g %g %g\n", now - begin, held / KIB, used / KIB);
	}
	fputs("END\nplot $memory using 1:2 with steps title 'held', "
	      "'' using 1:3 with steps title 'in use'\n", to);
	gnuplot_end(to, f, name);
	free(log);
	return true;
}

struct plot *plots_draw(const struct folder *f)
{
	static const struct plot memory = {
		"memory", "Memory of the pools: idle, reads of 64k, idle, reads of 4k, idle"
	};
	static const struct {
		struct plot plot;
		const char *unit, *metric;
		bool (*is_of)(const char *job);
	} bars[] = {
		{ { "reads", "Sequential reads, 64 in flight" },
		  "I/O per second", "iops", is_read },
		{ { "random", "Random reads of 4k, by the number in flight" },
		  "I/O per second", "iops", is_random },
		{ { "writes", "Sequential writes, 64 in flight" },
		  "I/O per second", "iops", is_write },
		{ { "requests", "Requests to the IOMMU, sequential reads" },
		  "requests per I/O", "requests-per-io", is_read },
		{ { "cpu", "Processor time of the guest, sequential reads" },
		  "s per GiB", "cpu-s-per-gib", is_read },
	};
	static const char in_flight[] =
		"bytes that fio has in flight, over the 64 MiB that the slots can hold\\n"
		"(512k are about 4 requests of up to 128k; an NVMe queue takes 1023)";
	static const struct axes curves[] = {
		{ { "sizes", "Sequential reads, 8 in flight, by size" },
		  "iops", "KiB", "MB/s", size_of },
		{ { "sizes_cpu", "Processor time, 8 in flight, by size" },
		  "cpu-s-per-gib", "KiB", "s per GiB", size_of },
		{ { "cliff", "Reads of 512k, the disk throttled: a cliff shows, a ratio does not" },
		  "iops", in_flight, "MB/s", fill_of },
		{ { "cliff_cpu", "Processor time, reads of 512k, by the number in flight" },
		  "cpu-s-per-gib", in_flight, "s per GiB", fill_of },
	};
	static const struct {
		struct plot plot;
		const char *job;
	} threads[] = {
		{ { "page", "Time to map and to unmap a page" }, "map-single-1" },
		{ { "list", "Time to map and to unmap a list of 16 pages" }, "map-list-16" },
	};
	struct plot *drawn = xcalloc(ARRAY_SIZE(bars) + ARRAY_SIZE(curves) +
				     ARRAY_SIZE(threads) + 2, sizeof(*drawn));
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bars); i++)
		if (draw_bars(f, bars[i].plot.name, bars[i].plot.title, bars[i].unit,
			      bars[i].metric, bars[i].is_of))
			drawn[n++] = bars[i].plot;
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (draw_curves(f, &curves[i]))
			drawn[n++] = curves[i].plot;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (draw_threads(f, threads[i].plot.name, threads[i].plot.title, threads[i].job))
			drawn[n++] = threads[i].plot;
	if (draw_memory(f, memory.name, memory.title))
		drawn[n++] = memory;
	return drawn;
}
