// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "json.h"
#include "util.h"

#define OF_FIO(name, unit, more_is_better, leads, floor) \
	{ name, unit, more_is_better, leads, true, false, floor, 0 }
#define TIME(name, unit, leads) { name, unit, false, leads, false, false, 0, 0 }
/* dma_map_benchmark leaves out what is below 100 ns, of each sample and again of the mean. */
#define NS(name, unit, leads) { name, unit, false, leads, false, false, 0, 200 }
/* What tracing takes is a difference of two figures, which may be about 0. */
#define TRACING(name, unit) { name, unit, false, NULL, false, true, 0, 0 }

static const struct metric metrics[] = {
	OF_FIO("iops", "I/O per second", true, "fio-*", 0),
	OF_FIO("cpu-s-per-gib", "s of a CPU per GiB", false, "fio-*", 0),
	OF_FIO("requests-per-io", "IOMMU requests per I/O", false, NULL, 0.02),
	NS("map-ns-1", "ns to map, 1 thread", "map-*"),
	NS("unmap-ns-1", "ns to unmap, 1 thread", "map-*"),
	NS("sync-ns-1", "ns to sync, 1 thread", "map-*-touched*"),
	NS("map-ns-2", "ns to map, 2 threads", NULL),
	NS("unmap-ns-2", "ns to unmap, 2 threads", NULL),
	NS("sync-ns-2", "ns to sync, 2 threads", NULL),
	NS("map-ns-4", "ns to map, 4 threads", NULL),
	NS("unmap-ns-4", "ns to unmap, 4 threads", NULL),
	NS("sync-ns-4", "ns to sync, 4 threads", NULL),
	TIME("map-s-per-gib-4k", "s in mapping per GiB of reads of 4k", "dma-time"),
	TIME("unmap-s-per-gib-4k", "s in unmapping per GiB of reads of 4k", "dma-time"),
	TRACING("tracing-s-per-gib-4k", "s of a CPU per GiB that tracing takes, 4k"),
	TIME("map-s-per-gib-16k", "s in mapping per GiB, 16k", NULL),
	TIME("unmap-s-per-gib-16k", "s in unmapping per GiB, 16k", NULL),
	TRACING("tracing-s-per-gib-16k", "s of a CPU per GiB that tracing takes, 16k"),
	TIME("map-s-per-gib-64k", "s in mapping per GiB, 64k", NULL),
	TIME("unmap-s-per-gib-64k", "s in unmapping per GiB, 64k", NULL),
	TRACING("tracing-s-per-gib-64k", "s of a CPU per GiB that tracing takes, 64k"),
	TIME("map-s-per-gib-128k", "s in mapping per GiB, 128k", NULL),
	TIME("unmap-s-per-gib-128k", "s in unmapping per GiB, 128k", NULL),
	TRACING("tracing-s-per-gib-128k", "s of a CPU per GiB that tracing takes, 128k"),
};

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		die("no \"%s\" in a result: was it written by make bench?", key);
	return text;
}

json_int_t number_of(const json_t *object, const char *key)
{
	const json_t *number = json_object_get(object, key);

	if (!json_is_integer(number))
		die("no number \"%s\" in a result: was it written by make bench?", key);
	return json_integer_value(number);
}

char *boot_path(const char *path, int repeat, const json_t *configuration)
{
	return xasprintf("%s/%02d/%s", path, repeat, text_of(configuration, "name"));
}

json_t *boot_read(const char *path, int repeat, const json_t *configuration)
{
	char *dir = boot_path(path, repeat, configuration);
	char *file = xasprintf("%s/%s.json", dir, text_of(configuration, "machine"));
	json_t *boot = access(file, F_OK) ? NULL : read_json(file);

	free(file);
	free(dir);
	return boot;
}

const struct metric *leading(const char *job, size_t i)
{
	for (const struct metric *m = metrics; m < metrics + ARRAY_SIZE(metrics); m++)
		if (m->leads && !fnmatch(m->leads, job, 0) && !i--)
			return m;
	return NULL;
}

static const struct metric *metric_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	return NULL;
}

const struct cell *cell_find(const struct folder *f, const char *configuration, const char *job,
			     const char *metric)
{
	for (size_t i = 0; i < f->n_cells; i++) {
		const struct cell *c = &f->cells[i];

		if (!strcmp(c->configuration, configuration) && !strcmp(c->job, job) &&
		    !strcmp(c->metric->name, metric))
			return c;
	}
	return NULL;
}

static size_t place_of(const struct folder *f, const char *configuration, const char *job,
		       const struct metric *metric)
{
	const json_t *c, *j;
	size_t place = 0, i, k;

	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		json_array_foreach(json_object_get(c, "jobs"), k, j) {
			if (!strcmp(text_of(c, "name"), configuration) &&
			    !strcmp(json_string_value(j), job))
				return place + (metric - metrics);
			place += ARRAY_SIZE(metrics);
		}
	}
	return place;
}

static void add(struct folder *f, int repeat, const char *configuration, const char *job,
		const char *metric, double value)
{
	struct cell *c = (struct cell *)cell_find(f, configuration, job, metric);

	if (!metric_find(metric))
		die("%s: %s on %s says '%s', which is no figure that is known", f->path, job,
		    configuration, metric);
	if (!c) {
		f->cells = xrealloc(f->cells, (f->n_cells + 1) * sizeof(*f->cells));
		c = &f->cells[f->n_cells++];
		*c = (struct cell){
			.configuration = configuration,
			.job = job,
			.metric = metric_find(metric),
			.order = place_of(f, configuration, job, metric_find(metric)),
		};
	}
	c->v = xrealloc(c->v, (c->interval.n + 1) * sizeof(*c->v));
	c->repeats = xrealloc(c->repeats, (c->interval.n + 1) * sizeof(*c->repeats));
	c->repeats[c->interval.n] = repeat;
	c->v[c->interval.n++] = value;
}

/* Of all kinds that the machine counts, for each I/O; false when it counts none. */
static bool count_requests(const json_t *job, double *n)
{
	static const char *const kinds[] = { "map", "unmap", "invalidate" };
	const json_t *iommu = json_object_get(job, "iommu");
	bool any = false;

	*n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const json_t *kind = json_object_get(iommu, kinds[i]);

		if (json_is_integer(kind)) {
			*n += json_integer_value(kind);
			any = true;
		}
	}
	if (any)
		*n /= number_of(iommu, "ios");
	return any;
}

static void add_fio(struct folder *f, int repeat, const char *configuration, const char *name,
		    const json_t *job)
{
	const json_t *fio = json_object_get(job, "fio");
	const json_t *cpu = json_object_get(json_object_get(job, "figures"), "cpu-seconds");
	double requests;

	add(f, repeat, configuration, name, "iops",
	    json_number_value(json_object_get(fio, "iops")));
	if (cpu)
		add(f, repeat, configuration, name, "cpu-s-per-gib",
		    json_number_value(cpu) / (number_of(fio, "bytes") / (double)(1 << 30)));
	if (count_requests(job, &requests))
		add(f, repeat, configuration, name, "requests-per-io", requests);
}

static void add_failure(struct folder *f, const char *configuration, const char *job,
			const json_t *why)
{
	char *key = xasprintf("%s %s", configuration, job);

	if (!json_object_get(f->failures, key))
		json_object_set_new(f->failures, key, json_array());
	json_array_append_new(json_object_get(f->failures, key),
			      json_string(json_string_value(why) ?: ""));
	free(key);
}

/* The plan's own string of the job's name, which lives as long as the folder. */
static const char *planned(const json_t *configuration, const char *name)
{
	const json_t *job;
	size_t i;

	json_array_foreach(json_object_get(configuration, "jobs"), i, job)
		if (!strcmp(json_string_value(job), name))
			return json_string_value(job);
	return NULL;
}

/* The larger one of @most and a part of the boot's time; a real machine has no "host". */
static double larger_part(double most, const json_t *host, const char *what)
{
	double seconds = json_number_value(json_object_get(host, "seconds"));
	double part = json_number_value(json_object_get(host, what)) / seconds;

	return seconds > 0 && part > most ? part : most;
}

static void add_boot(struct folder *f, int repeat, const json_t *configuration, const json_t *boot)
{
	const char *accel = json_string_value(json_object_get(boot, "accel")) ?: "";
	const char *c = text_of(configuration, "name"), *name, *key;
	json_t *splats = json_object_get(boot, "splats"), *job, *figure;
	size_t i;

	if (json_array_size(splats))
		add_failure(f, c, "(a splat on the console)",
			    json_object_get(json_array_get(splats, 0), "text"));
	if (f->boots++ && f->emulated == !!strcmp(accel, "tcg"))
		die("%s ran under another accelerator than those before: remove it",
		    boot_path(f->path, repeat, configuration));
	f->emulated = !strcmp(accel, "tcg");
	f->watched |= json_is_object(json_object_get(boot, "host"));
	f->others = larger_part(f->others, json_object_get(boot, "host"), "others");
	f->steal = larger_part(f->steal, json_object_get(boot, "host"), "steal");
	json_array_foreach(json_object_get(boot, "jobs"), i, job) {
		name = planned(configuration, text_of(job, "name"));
		if (!name)
			die("%s: %s ran %s, which bench.json does not have", f->path, c,
			    text_of(job, "name"));
		f->runs++;
		if (strcmp(text_of(job, "status"), "pass")) {
			add_failure(f, c, name, json_object_get(job, "why"));
		} else if (json_object_get(job, "fio")) {
			add_fio(f, repeat, c, name, job);
		} else {
			json_object_foreach(json_object_get(job, "figures"), key, figure)
				add(f, repeat, c, name, key, json_number_value(figure));
		}
	}
}

/* Guests that died were booted again, like those on a busy host, and are set aside. */
static void add_lost(struct folder *f)
{
	char *pattern = xasprintf("%s/lost-*/*.json", f->path);
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		found.gl_pathc = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		json_t *boot = read_json(found.gl_pathv[i]);
		json_t *error = json_object_get(json_object_get(boot, "boot"), "error");

		if (json_is_string(error))
			add_failure(f, text_of(json_object_get(boot, "info"), "configuration"),
				    "(the guest died)", error);
		json_decref(boot);
	}
	globfree(&found);
	free(pattern);
}

static int compare_places(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static struct interval interval_of_cell(const struct cell *c)
{
	size_t bytes = c->interval.n * sizeof(*c->v);
	double *sorted = memcpy(xcalloc(1, bytes), c->v, bytes);
	struct interval interval = interval_of(sorted, c->interval.n);

	interval.high += c->metric->lost;
	free(sorted);
	return interval;
}

void folder_read(struct folder *f, const char *path)
{
	char *file = xasprintf("%s/bench.json", path);
	const json_t *configuration;
	json_t *boot;
	size_t i;

	*f = (struct folder){ .path = path, .failures = json_object() };
	if (access(file, F_OK))
		die("%s: %s: name a folder that make bench has written to", file, strerror(errno));
	f->bench = read_json(file);
	free(file);
	for (int repeat = 1; repeat <= number_of(f->bench, "at_most_repeats"); repeat++) {
		json_array_foreach(json_object_get(f->bench, "configurations"), i, configuration) {
			boot = boot_read(path, repeat, configuration);
			if (boot)
				add_boot(f, repeat, configuration, boot);
			json_decref(boot);
		}
	}
	add_lost(f);
	if (f->n_cells)
		qsort(f->cells, f->n_cells, sizeof(*f->cells), compare_places);
	for (i = 0; i < f->n_cells; i++)
		f->cells[i].interval = interval_of_cell(&f->cells[i]);
}

void folder_free(struct folder *f)
{
	for (size_t i = 0; i < f->n_cells; i++) {
		free(f->cells[i].v);
		free(f->cells[i].repeats);
	}
	free(f->cells);
	json_decref(f->failures);
	json_decref(f->bench);
}

/* How often @why is in @whys from the @i th on; 0: it was there before. */
static size_t count_from(const json_t *whys, size_t i)
{
	const json_t *why = json_array_get(whys, i), *other;
	size_t n = 0, j;

	json_array_foreach(whys, j, other) {
		if (j < i && json_equal(why, other))
			return 0;
		n += json_equal(why, other);
	}
	return n;
}

json_t *failure_lines(const struct folder *f)
{
	json_t *lines = json_array(), *whys, *why;
	const char *key;
	size_t i;

	json_object_foreach(f->failures, key, whys) {
		json_array_foreach(whys, i, why) {
			const char *text = json_string_value(why);
			size_t n = count_from(whys, i);
			char *line = xasprintf("%zu times: %s%s%s", n, key, *text ? ": " : "",
					       text);

			if (n)
				json_array_append_new(lines, json_string(line));
			free(line);
		}
	}
	return lines;
}

bool cell_counts(const struct cell *c)
{
	return interval_counts(&c->interval, c->metric->floor);
}

bool cell_may_count(const struct cell *c)
{
	struct interval best = c->interval;

	best.known = true;
	best.low = best.median;
	best.high = best.median + c->metric->lost;
	return interval_counts(&best, c->metric->floor);
}
