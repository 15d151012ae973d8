// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "report.h"
#include "run.h"
#include "tap.h"
#include "util.h"

/* Guests print what they like; JSON takes only UTF-8. NULL becomes null. */
static json_t *string(const char *s)
{
	json_t *json = s ? json_string(s) : json_null();
	char *ascii;

	if (json)
		return json;
	ascii = xstrdup(s);
	for (char *p = ascii; *p; p++)
		if (*p & 0x80)
			*p = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}

static json_t *info_json(char **info)
{
	json_t *o = json_object();

	for (; *info; info++) {
		char *key = xstrdup(*info), *value = strchr(key, '=');

		*value++ = '\0';
		json_object_set_new(o, key, string(value));
		free(key);
	}
	return o;
}

static json_t *tests_json(const struct result *r)
{
	return json_pack("{s:i, s:i, s:i}", "passed", (int)result_count(r, STATUS_PASS),
			 "failed", (int)result_count(r, STATUS_FAIL),
			 "skipped", (int)result_count(r, STATUS_SKIP));
}

/* "name: why" of the tests that ended so. */
static json_t *tests_of(const struct result *r, enum status status)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_tests; i++) {
		const struct test *t = &r->tests[i];
		char *text;

		if (t->status != status)
			continue;
		text = xasprintf("%s: %s", t->name, t->why ?: "no reason given");
		json_array_append_new(list, string(text));
		free(text);
	}
	return list;
}

/* null: none are counted. */
static json_t *requests(const struct result *r, const char *events, unsigned long n)
{
	bool never = r->job->count && !*r->job->count;

	return *events && !never ? json_integer(n) : json_null();
}

static json_t *figures_json(const struct result *r)
{
	json_t *o = json_object();

	for (size_t i = 0; i < r->n_figures; i++)
		json_object_set_new(o, r->figures[i].name, json_real(r->figures[i].value));
	return o;
}

static json_t *job_json(const struct result *r, const struct machine *m)
{
	json_t *o = json_pack("{s:o, s:s, s:s, s:o, s:i, s:f}", "name", string(r->job->name),
			      "kind", job_kind_name(r->job->kind), "status",
			      status_name(r->status), "why", string(r->why), "tries",
			      (int)r->tries, "seconds", r->seconds);

	if (r->job->kind == JOB_KTAP || r->job->kind == JOB_IGT) {
		json_object_set_new(o, "tests", tests_json(r));
		json_object_set_new(o, "failures", tests_of(r, STATUS_FAIL));
		json_object_set_new(o, "skips", tests_of(r, STATUS_SKIP));
	}
	if (r->job->attribute)
		json_object_set_new(o, "cell", json_pack("{s:s, s:s, s:i, s:i, s:i}",
			"test", r->job->test, "attribute", r->job->attribute,
			"passed", (int)result_count_seen(r, STATUS_PASS),
			"failed", (int)result_count_seen(r, STATUS_FAIL),
			"skipped", (int)result_count_seen(r, STATUS_SKIP)));
	if (r->job->kind == JOB_FIO)
		json_object_set_new(o, "fio", json_pack("{s:I, s:I, s:f, s:f, s:i}",
			"ios", (json_int_t)r->fio.ios, "bytes", (json_int_t)r->fio.bytes,
			"iops", r->fio.iops,
			"bytes_per_second", r->fio.bytes_per_second, "error", r->fio.error));
	if (r->n_figures)
		json_object_set_new(o, "figures", figures_json(r));
	json_object_set_new(o, "iommu", json_pack("{s:o, s:o, s:o, s:I}",
		"map", requests(r, m->map_events, r->iommu.map),
		"unmap", requests(r, m->unmap_events, r->iommu.unmap),
		"invalidate", requests(r, m->invalidate_events, r->iommu.invalidate),
		"ios", (json_int_t)r->counted_ios));
	return o;
}

static json_t *jobs_json(const struct run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->n_results; i++)
		json_array_append_new(list, job_json(&run->results[i], run->machine));
	return list;
}

static json_t *splats_json(const struct splats *splats, bool allowed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < splats->n; i++) {
		const struct splat *s = &splats->v[i];
		json_t *o;

		if (allowed != !!s->reason)
			continue;
		if (allowed)
			o = json_pack("{s:o, s:o}", "text", string(s->text),
				      "reason", string(s->reason));
		else
			o = json_pack("{s:i, s:o, s:o, s:o}", "line", s->line,
				      "text", string(s->text), "job", string(s->job),
				      "suite", string(s->suite));
		json_array_append_new(list, o);
	}
	return list;
}

static void write_json(const struct report *report, const struct run *run, FILE *f)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:s, s:o, s:{s:b, s:f, s:o}}",
		"machine", string(run->machine->name),
		"describe", string(run->machine->describe),
		"flavour", string(report->flavour), "accel", run->accel,
		"info", info_json(report->info), "boot", "ok", run->booted,
		"seconds", run->boot_seconds, "error", string(run->error));

	json_object_set_new(o, "host", json_pack("{s:f, s:f, s:f}", "seconds", run->seconds,
		"others", run->load.others, "steal", run->load.steal));
	json_object_set_new(o, "jobs", jobs_json(run));
	json_object_set_new(o, "splats", splats_json(&run->splats, false));
	json_object_set_new(o, "allowed", splats_json(&run->splats, true));
	json_object_set_new(o, "verdict", json_string(run_passed(run) ? "pass" : "fail"));
	json_dumpf(o, f, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	fputc('\n', f);
	json_decref(o);
}

static void ktap_splats(const struct run *run, FILE *f)
{
	for (size_t i = 0; i < run->splats.n; i++) {
		const struct splat *s = &run->splats.v[i];

		fprintf(f, "# %s: console line %d: %s", s->job, s->line, s->text);
		if (s->reason)
			fprintf(f, " (allowed: %s)", s->reason);
		fputc('\n', f);
	}
}

/* The boot, each job, the console. */
static void write_ktap(const struct run *run, FILE *f)
{
	size_t n = 1;

	fprintf(f, "KTAP version 1\n1..%zu\n", run->n_results + 2);
	tap_line(f, "", n++, "boot", run->error ? STATUS_FAIL : STATUS_PASS, run->error);
	for (size_t i = 0; i < run->n_results; i++) {
		const struct result *r = &run->results[i];

		tap_tests(f, r);
		tap_line(f, "", n++, r->job->name, r->status, r->why);
	}
	ktap_splats(run, f);
	tap_line(f, "", n, "console", splats_bad(&run->splats) ? STATUS_FAIL : STATUS_PASS, NULL);
}

static void write_text(const struct text *text, const char *path)
{
	FILE *f = file_begin(path);

	if (text->len)
		fwrite(text->s, 1, text->len, f);
	file_commit(f, path);
}

void report_write(const struct report *report, const struct run *run)
{
	char *base = xasprintf("%s/%s", report->dir, run->machine->name), *path;
	FILE *f;

	for (size_t i = 0; i < run->n_results; i++) {
		path = xasprintf("%s.%s.log", base, run->results[i].job->name);
		write_text(&run->results[i].output, path);
		free(path);
	}
	path = xasprintf("%s.console", base);
	write_text(&run->console, path);
	free(path);

	path = xasprintf("%s.ktap", base);
	f = file_begin(path);
	write_ktap(run, f);
	file_commit(f, path);
	free(path);

	/* Last: where it is, the others are. */
	path = xasprintf("%s.json", base);
	f = file_begin(path);
	write_json(report, run, f);
	file_commit(f, path);
	free(path);
	free(base);
}
