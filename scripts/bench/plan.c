// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "folder.h"
#include "plan.h"
#include "shuffle.h"
#include "util.h"

/* With the disk's first reading. Of what is run again, two jobs or so share a boot. */
#define BOOT_SECONDS 8
#define JOB_SECONDS "7"
#define FIO_SECONDS "4"
/* The job has a minute, starts and all. */
#define FIO_SECONDS_MOST 45
/* A job that failed so often and never passed is not tried again. */
#define FAILURES_MAX 3

static const char *const keys[] = {
	"describe", "repeats", "at-most-repeats", "at-most-runs", "jobs", "kernel", "machine",
	"fio-seconds", "base", "job-seconds", "seconds", "short", "quick", "full", "cliff", NULL
};

static int count_in(const struct conf *conf, const struct conf_section *s, const char *key,
		    const char *fallback)
{
	const char *value = conf_get(s, key, fallback);
	char *end;
	long n = value ? strtol(value, &end, 10) : 0;

	if (!value || *end || n < 1 || n > 100000)
		die("%s:%d: [%s]: %s = %s: a number from 1 expected", conf->path, s->line, s->name,
		    key, value ?: "");
	return n;
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	if (!list)
		return true;
	for (const char *at = list; (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

/* Adds the jobs of @words, of which some are short names. */
static void add_jobs(const struct conf *conf, const char *words, const char *only, json_t *jobs)
{
	char **list = words_split(words);

	for (char **w = list; *w; w++) {
		char *name = xasprintf("jobs %s", *w);
		const struct conf_section *s = conf_find(conf, name);

		if (s)
			add_jobs(conf, conf_get(s, "jobs", ""), only, jobs);
		else if (is_listed(only, *w))
			json_array_append_new(jobs, json_string(*w));
		free(name);
	}
	words_free(list);
}

static int seconds_of(const struct conf *conf, const struct conf_section *s, const json_t *jobs,
		      int fio_seconds)
{
	int of_fio = count_in(conf, s, "job-seconds", JOB_SECONDS) + fio_seconds, seconds = 0;
	const json_t *job;
	size_t i;

	json_array_foreach(jobs, i, job) {
		char *name = xasprintf("job %s", json_string_value(job));
		const struct conf_section *own = conf_find(conf, name);

		seconds += own ? count_in(conf, own, "seconds", NULL) : of_fio;
		free(name);
	}
	return seconds;
}

static json_t *configuration(const struct conf *conf, const struct conf_section *s,
			     const struct plan_options *o, int fio_seconds)
{
	const char *kernel = conf_get(s, "kernel", ""), *machine = conf_get(s, "machine", "");
	json_t *jobs = json_array();

	if ((strcmp(kernel, "unpatched") && strcmp(kernel, "patched")) || !*machine)
		die("%s:%d: [%s] needs a kernel, unpatched or patched, and a machine", conf->path,
		    s->line, s->name);
	add_jobs(conf, conf_get(s, o->set, ""), o->jobs, jobs);
	return json_pack("{s:s, s:s, s:s, s:s*, s:i, s:o}", "name", strchr(s->name, ' ') + 1,
			 "kernel", kernel, "machine", machine, "base", conf_get(s, "base", NULL),
			 "seconds", seconds_of(conf, s, jobs, fio_seconds), "jobs", jobs);
}

/* Dies if a word of @list, with ',' between, is not one of @names: @what of the set. */
static void check_listed(const char *list, const json_t *names, const char *what,
			 const struct plan_options *o)
{
	char *words = list ? xstrdup(list) : NULL, *next = words, *word;

	while ((word = strsep(&next, ",")))
		if (!json_object_get(names, word))
			die("%s: set %s has no %s '%s'", o->conf, o->set, what, word);
	free(words);
}

static void check_options(const struct conf *conf, const struct plan_options *o, int fio_seconds)
{
	struct plan_options all = { .conf = o->conf, .set = o->set };
	json_t *names = json_object(), *jobs = json_object(), *job;
	size_t i;

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		json_t *c;

		if (strncmp(s->name, "configuration ", 14))
			continue;
		c = configuration(conf, s, &all, fio_seconds);
		if (json_array_size(json_object_get(c, "jobs")))
			json_object_set_new(names, s->name + 14, json_true());
		json_array_foreach(json_object_get(c, "jobs"), i, job)
			json_object_set_new(jobs, json_string_value(job), json_true());
		json_decref(c);
	}
	check_listed(o->configurations, names, "configuration", o);
	check_listed(o->jobs, jobs, "job", o);
	json_decref(jobs);
	json_decref(names);
}

static json_t *configurations(const struct conf *conf, const struct plan_options *o,
			      int fio_seconds)
{
	json_t *list = json_array();

	check_options(conf, o, fio_seconds);
	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		json_t *c;

		if (strncmp(s->name, "configuration ", 14) ||
		    !is_listed(o->configurations, s->name + 14))
			continue;
		c = configuration(conf, s, o, fio_seconds);
		if (json_array_size(json_object_get(c, "jobs")))
			json_array_append(list, c);
		json_decref(c);
	}
	if (!json_array_size(list))
		die("%s: nothing to do in set %s%s%s%s%s", conf->path, o->set,
		    o->configurations ? " for configurations " : "", o->configurations ?: "",
		    o->jobs ? " for jobs " : "", o->jobs ?: "");
	return list;
}

static json_t *info_json(char **info, int fio_seconds)
{
	json_t *object = json_pack("{s:o}", "fio_seconds", json_sprintf("%d", fio_seconds));

	for (; *info; info++) {
		char *key = xasprintf("%.*s", (int)strcspn(*info, "="), *info);

		json_object_set_new(object, key, json_string(strchr(*info, '=') + 1));
		free(key);
	}
	return object;
}

static json_t *make(const struct plan_options *o)
{
	struct conf *conf = conf_read(o->conf, keys);
	char *name = xasprintf("set %s", o->set);
	const struct conf_section *s = conf_find(conf, name);
	int repeats, most, fio_seconds;
	json_t *bench;

	if (!s)
		die("%s has no [%s]", o->conf, name);
	repeats = o->repeats ?: count_in(conf, s, "repeats", NULL);
	most = count_in(conf, s, "at-most-repeats", NULL);
	fio_seconds = count_in(conf, s, "fio-seconds", FIO_SECONDS);
	if (fio_seconds > FIO_SECONDS_MOST)
		die("%s: [%s]: fio-seconds = %d: at most %d", o->conf, name, fio_seconds,
		    FIO_SECONDS_MOST);
	bench = json_pack("{s:s, s:I, s:i, s:i, s:i, s:o, s:o}", "set", o->set,
			  "seed", (json_int_t)o->seed, "repeats", repeats,
			  "at_most_repeats", o->repeats || most < repeats ? repeats : most,
			  "at_most_runs", count_in(conf, s, "at-most-runs", NULL),
			  "info", info_json(o->info, fio_seconds),
			  "configurations", configurations(conf, o, fio_seconds));
	free(name);
	conf_free(conf);
	return bench;
}

/* A disk's name may change when the machine boots. */
static bool may_differ(const char *key)
{
	return !strcmp(key, "seed") || !strcmp(key, "date") || !strcmp(key, "device");
}

char *plan_difference(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)a, key, value) {
		const json_t *other = json_object_get(b, key);
		char *within;

		if (may_differ(key) || json_equal(value, other))
			continue;
		within = json_is_object(value) ? plan_difference(value, other) : NULL;
		if (!json_is_object(value))
			return xstrdup(key);
		if (within)
			return within;
	}
	json_object_foreach((json_t *)b, key, value)
		if (!may_differ(key) && !json_object_get(a, key))
			return xstrdup(key);
	return NULL;
}

static void write_plan(const json_t *bench, const char *dir, const char *path)
{
	FILE *f;

	make_dirs(dir);
	f = file_begin(path);
	json_dumpf(bench, f, JSON_INDENT(1));
	fputc('\n', f);
	file_commit(f, path);
}

static size_t runs_of_a_repeat(const json_t *bench, double *seconds)
{
	const json_t *c;
	size_t i, runs = 0;

	json_array_foreach(json_object_get(bench, "configurations"), i, c) {
		runs += json_array_size(json_object_get(c, "jobs"));
		*seconds += BOOT_SECONDS + number_of(c, "seconds");
	}
	return runs;
}

void plan_begin(const struct plan_options *o)
{
	char *path = xasprintf("%s/bench.json", o->path), *differs;
	json_t *bench = make(o);
	int repeats = number_of(bench, "repeats");
	double seconds = 0;
	size_t runs = runs_of_a_repeat(bench, &seconds);
	json_int_t most = number_of(bench, "at_most_runs");
	size_t more = most - (json_int_t)runs * repeats;
	struct folder f;

	if (!o->repeats && (json_int_t)runs * repeats > most) {
		json_decref(bench);
		die("%s: set %s has %zu runs, and at-most-runs = %lld", o->conf, o->set,
		    runs * repeats, (long long)most);
	}
	if (!access(path, F_OK)) {
		folder_read(&f, o->path);
		differs = plan_difference(bench, f.bench);
		if (differs)
			die("%s is of a bench with another \"%s\": name another folder (BENCH=)",
			    path, differs);
		fprintf(stderr, "bench: %zu runs are done\n", f.runs);
		folder_free(&f);
	} else {
		write_plan(bench, o->path, path);
	}
	fprintf(stderr,
		"bench: set %s: %zu configurations, %zu runs (%d of each), about %.0f minutes\n",
		o->set, json_array_size(json_object_get(bench, "configurations")), runs * repeats,
		repeats, seconds * repeats / 60);
	if (number_of(bench, "at_most_repeats") > repeats)
		fprintf(stderr, "bench: and up to %zu runs more of what is undecided then, up to "
			"%.0f minutes\n", more,
			(seconds / runs + BOOT_SECONDS / 2.0) * more / 60);
	json_decref(bench);
	free(path);
}

static bool is_given_up(const struct folder *f, const char *configuration, const char *job)
{
	char *key = xasprintf("%s %s", configuration, job);
	size_t failures = json_array_size(json_object_get(f->failures, key));

	free(key);
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].configuration, configuration) &&
		    !strcmp(f->cells[i].job, job))
			return false;
	return failures >= FAILURES_MAX;
}

static bool is_done(const char *path, int repeat, const json_t *c)
{
	json_t *boot = boot_read(path, repeat, c);
	bool done = boot;

	json_decref(boot);
	return done;
}

/* A job of which a median that leads is not known well enough, or not at all. */
struct open {
	const json_t *configuration;
	const char *job;
	size_t values, runs;	/* of the fewest, and how many more can change that */
	double half;		/* of the widest interval, as a part of the median */
	size_t place;
};

static bool is_open(const struct folder *f, struct open *o)
{
	const char *name = text_of(o->configuration, "name");
	const struct metric *m;
	bool open = false;

	for (size_t i = 0; (m = leading(o->job, i)); i++) {
		const struct cell *c = cell_find(f, name, o->job, m->name);
		size_t n = c ? c->interval.n : 0;
		double half = n ? interval_half(&c->interval) : INFINITY;

		open |= !c || (!cell_counts(c) && cell_may_count(c));
		o->values = !i || n < o->values ? n : o->values;
		o->half = half > o->half ? half : o->half;
	}
	o->runs = interval_next(o->values) - o->values;
	return open && !is_given_up(f, name, o->job);
}

/* Those that were begun come first, then those with fewer values, then the nearest. */
static int compare_open(const void *a, const void *b)
{
	const struct open *x = a, *y = b;

	if (x->runs != y->runs)
		return x->runs < y->runs ? -1 : 1;
	if (x->values != y->values)
		return x->values < y->values ? -1 : 1;
	if (x->half != y->half)
		return x->half < y->half ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* The repeats behind those of the set that a configuration still has. */
static size_t repeats_left(const struct folder *f, const json_t *c)
{
	size_t left = 0;

	for (int r = number_of(f->bench, "repeats") + 1;
	     r <= number_of(f->bench, "at_most_repeats"); r++)
		left += !is_done(f->path, r, c);
	return left;
}

static size_t find_open(const struct folder *f, struct open **found)
{
	const json_t *c, *job;
	size_t i, j, n = 0;

	*found = NULL;
	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		size_t left = repeats_left(f, c);

		json_array_foreach(json_object_get(c, "jobs"), j, job) {
			struct open o = { c, json_string_value(job), .place = n };

			if (!is_open(f, &o) || o.runs > left)
				continue;
			*found = xrealloc(*found, (n + 1) * sizeof(o));
			(*found)[n++] = o;
		}
	}
	if (n)
		qsort(*found, n, sizeof(**found), compare_open);
	return n;
}

/*
 * The jobs that run more often than the set says, by configuration: as many as the room
 * lets run until their intervals can be narrower. One run more would do nothing.
 */
static json_t *choose(const struct folder *f)
{
	json_int_t room = number_of(f->bench, "at_most_runs") - (json_int_t)f->runs;
	json_t *chosen = json_object();
	struct open *open;
	size_t n = find_open(f, &open);

	for (size_t i = 0; i < n && (room -= open[i].runs) >= 0; i++) {
		const char *name = text_of(open[i].configuration, "name");

		if (!json_object_get(chosen, name))
			json_object_set_new(chosen, name, json_object());
		json_object_set_new(json_object_get(chosen, name), open[i].job, json_true());
	}
	free(open);
	return chosen;
}

/*
 * The jobs that @c is to run once more, with ',' between; "": none. @chosen NULL: all that
 * do not always fail.
 */
static char *wanted(const struct folder *f, const json_t *c, const json_t *chosen, uint64_t *state)
{
	json_t *jobs = shuffled(json_object_get(c, "jobs"), state), *job;
	const char *name = text_of(c, "name");
	char *list = xstrdup("");
	size_t i;

	json_array_foreach(jobs, i, job) {
		const char *j = json_string_value(job);
		char *longer;

		if (chosen ? !json_object_get(json_object_get(chosen, name), j) :
			     is_given_up(f, name, j))
			continue;
		longer = xasprintf("%s%s%s", list, *list ? "," : "", j);
		free(list);
		list = longer;
	}
	json_decref(jobs);
	return list;
}

/* Whether it is still to be done; says so to @to, unless that is NULL. */
static bool find_boot(const struct folder *f, int repeat, const json_t *c, const json_t *chosen,
		      uint64_t *state, FILE *to)
{
	char *jobs = wanted(f, c, chosen, state), *dir = boot_path(f->path, repeat, c);
	bool open = *jobs && !is_done(f->path, repeat, c);

	if (open && to)
		fprintf(to, "%s %s %s %s %s\n", dir, text_of(c, "name"), text_of(c, "kernel"),
			text_of(c, "machine"), jobs);
	free(dir);
	free(jobs);
	return open;
}

bool plan_next(const struct folder *f, FILE *to)
{
	uint64_t seed = number_of(f->bench, "seed");
	json_t *chosen = NULL;
	bool found = false;

	for (int repeat = 1; !found && repeat <= number_of(f->bench, "at_most_repeats"); repeat++) {
		uint64_t state = seed ^ (uint64_t)repeat << 56;
		json_t *order = shuffled(json_object_get(f->bench, "configurations"), &state), *c;
		size_t i;

		if (!chosen && repeat > number_of(f->bench, "repeats"))
			chosen = choose(f);
		json_array_foreach(order, i, c) {
			found = find_boot(f, repeat, c, chosen, &state, to);
			if (found)
				break;
		}
		json_decref(order);
	}
	json_decref(chosen);
	return found;
}
