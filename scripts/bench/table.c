// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "decided.h"
#include "table.h"
#include "util.h"

const char *const overview_metrics[] = { "requests-per-io", "cpu-s-per-gib" };

/* Whether @job, on @configuration if that is not NULL, has a figure. */
static bool has_job(const struct folder *f, const char *configuration, const char *job)
{
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].job, job) &&
		    (!configuration || !strcmp(f->cells[i].configuration, configuration)))
			return true;
	return false;
}

size_t overview_jobs(const struct folder *f, const char *jobs[OVERVIEW_JOBS])
{
	static const char *const all[OVERVIEW_JOBS] = {
		"fio-read-4k", "fio-read-4k-o512", "fio-read-16k", "fio-read-64k",
		"fio-read-64k-o512", "fio-read-128k"
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (has_job(f, NULL, all[i]))
			jobs[n++] = all[i];
	return n;
}

const char *overview_name(const char *job)
{
	return job + strlen("fio-read-");
}

bool overview_has(const struct folder *f, const char *configuration)
{
	const char *jobs[OVERVIEW_JOBS];
	size_t n = overview_jobs(f, jobs);

	while (n--)
		if (has_job(f, configuration, jobs[n]))
			return true;
	return false;
}

const char *overview_text(const struct folder *f, const char *configuration, const char *job,
			  const char *metric, char *buf, size_t room)
{
	const struct cell *c = cell_find(f, configuration, job, metric);

	if (!c && !strcmp(metric, "requests-per-io") && strcmp(text_of(f->bench, "set"), "host") &&
	    cell_find(f, configuration, job, "iops"))
		return "none";
	return figure_text(c, buf, room);
}

const char ratio_meaning[] =
	"A ratio is the median of those of each repeat, and its 95 % interval: to the first\n"
	"configuration that has the job, or to the base of its own (bench.conf), where both are\n"
	"decided and their intervals do not overlap";

const char *load_text(const struct folder *f, char *buf, size_t room)
{
	if (!f->watched)
		return "What else ran meanwhile was not recorded";
	snprintf(buf, room,
		 "Other work on the host took up to %.1f %% of a processor during a boot, and its "
		 "own host %.1f %%", 100 * f->others, 100 * f->steal);
	return buf;
}

const char *number_text(double value, char *buf, size_t room)
{
	snprintf(buf, room, "%.*f", value >= 100 ? 0 : value >= 10 ? 1 : 2, value);
	return buf;
}

const char *figure_text(const struct cell *c, char *buf, size_t room)
{
	if (!c)
		return "-";
	number_text(c->interval.median, buf, room - 1);
	return cell_counts(c) ? buf : strcat(buf, "?");
}

const char *range_text(const struct cell *c, char *buf, size_t room)
{
	char low[24], high[24];

	snprintf(buf, room, "%s to %s", number_text(c->interval.low, low, sizeof(low)),
		 number_text(c->interval.high, high, sizeof(high)));
	return buf;
}

/* The configuration whose figures of the same job those of @c are set beside. */
static const char *base_of(const struct folder *f, const struct cell *c)
{
	const char *base = NULL, *first = NULL;
	const json_t *configuration;
	size_t i;

	json_array_foreach(json_object_get(f->bench, "configurations"), i, configuration) {
		const char *name = text_of(configuration, "name");

		if (!first && cell_find(f, name, c->job, c->metric->name))
			first = name;
		if (!strcmp(name, c->configuration))
			base = json_string_value(json_object_get(configuration, "base"));
	}
	return base ?: first;
}

/*
 * Of the repeats that have both, as what changes on the host from one to the next falls out
 * then; with so much more for the values of either as they may have lost.
 */
static struct interval ratios_of(const struct cell *c, double more, const struct cell *base,
				 double more_base)
{
	double *ratios = xcalloc(c->interval.n, sizeof(*ratios));
	struct interval interval;
	size_t i, j, n = 0;

	for (i = 0; i < c->interval.n; i++)
		for (j = 0; j < base->interval.n; j++)
			if (c->repeats[i] == base->repeats[j])
				ratios[n++] = (c->v[i] + more) / (base->v[j] + more_base);
	interval = interval_of(ratios, n);
	free(ratios);
	return interval;
}

const char *ratio_text(const struct folder *f, const struct cell *c, char *buf, size_t room)
{
	const struct cell *base;
	struct interval ratio, least, most;
	double lost;

	if (!c || c->metric->is_shown_only)
		return "-";
	base = cell_find(f, base_of(f, c), c->job, c->metric->name);
	if (!base || base == c || !cell_counts(c) || !cell_counts(base) ||
	    base->interval.low <= 0 || !intervals_order(&c->interval, &base->interval))
		return "-";
	lost = c->metric->lost;
	ratio = ratios_of(c, 0, base, 0);
	least = ratios_of(c, 0, base, lost);
	most = ratios_of(c, lost, base, 0);
	if (!ratio.known)
		return "-";
	snprintf(buf, room, "%.2f (%.2f-%.2f)", ratio.median, least.low, most.high);
	return buf;
}

static void print_figure(const struct cell *c, int width, FILE *to)
{
	char buf[32];

	fprintf(to, " %*s", width, figure_text(c, buf, sizeof(buf)));
}

static void print_range(const struct cell *c, FILE *to)
{
	char buf[64];

	fprintf(to, " %19s %2zu", range_text(c, buf, sizeof(buf)), c->interval.n);
}

/* One of a job whose first figure has told how many values there are. */
static void print_other(const struct cell *c, int width, FILE *to)
{
	char buf[64];

	print_figure(c, width, to);
	fprintf(to, " %17s", c ? range_text(c, buf, sizeof(buf)) : "-");
}

static void print_fio(const struct folder *f, const struct cell *iops, FILE *to)
{
	const char *c = iops->configuration, *job = iops->job;
	const struct cell *cpu = cell_find(f, c, job, "cpu-s-per-gib");
	char buf[32];

	fprintf(to, "%-24s %-20s", c, job);
	print_figure(iops, 7, to);
	print_range(iops, to);
	fprintf(to, " %17s", ratio_text(f, iops, buf, sizeof(buf)));
	print_other(cpu, 9, to);
	fprintf(to, " %17s", ratio_text(f, cpu, buf, sizeof(buf)));
	print_other(cell_find(f, c, job, "requests-per-io"), 12, to);
	fputc('\n', to);
}

static void print_fios(const struct folder *f, FILE *to)
{
	bool head = false;

	for (size_t i = 0; i < f->n_cells; i++) {
		if (strcmp(f->cells[i].metric->name, "iops"))
			continue;
		if (!head)
			fprintf(to, "%-24s %-20s %7s %19s %2s %17s %9s %17s %17s %12s %17s\n",
				"configuration", "job", "IOPS", "95 % interval", "n", "ratio",
				"CPU s/GiB", "95 % interval", "ratio", "requests/I/O",
				"95 % interval");
		head = true;
		print_fio(f, &f->cells[i], to);
	}
}

static void print_times(const struct folder *f, FILE *to)
{
	bool head = false;
	char buf[32];

	for (size_t i = 0; i < f->n_cells; i++) {
		const struct cell *c = &f->cells[i];

		if (c->metric->of_fio)
			continue;
		if (!head)
			fprintf(to, "\n%-24s %-31s %-21s %8s %19s %2s %17s\n", "configuration",
				"job", "what", "median", "95 % interval", "n", "ratio");
		head = true;
		fprintf(to, "%-24s %-31s %-21s", c->configuration, c->job, c->metric->name);
		print_figure(c, 8, to);
		print_range(c, to);
		fprintf(to, " %17s\n", ratio_text(f, c, buf, sizeof(buf)));
	}
}

/* Requests and processor time of each configuration in one line. */
static void print_overview(const struct folder *f, FILE *to)
{
	const char *jobs[OVERVIEW_JOBS];
	size_t n = overview_jobs(f, jobs), i, m, j;
	const json_t *c;
	char buf[32];

	if (!n)
		return;
	fprintf(to, "\n%-24s %-*s CPU s/GiB\n%-24s", "", (int)n * 13 - 1, "requests/I/O",
		"configuration");
	for (m = 0; m < ARRAY_SIZE(overview_metrics); m++)
		for (j = 0; j < n; j++)
			fprintf(to, " %12s", overview_name(jobs[j]));
	fputc('\n', to);
	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		if (!overview_has(f, text_of(c, "name")))
			continue;
		fprintf(to, "%-24s", text_of(c, "name"));
		for (m = 0; m < ARRAY_SIZE(overview_metrics); m++)
			for (j = 0; j < n; j++)
				fprintf(to, " %12s",
					overview_text(f, text_of(c, "name"), jobs[j],
						      overview_metrics[m], buf, sizeof(buf)));
		fputc('\n', to);
	}
}

static void print_failures(const struct folder *f, FILE *to)
{
	json_t *lines = failure_lines(f), *line;
	size_t i;

	json_array_foreach(lines, i, line)
		fprintf(to, "failed %s\n", json_string_value(line));
	json_decref(lines);
}

/* What is not known, by name where it is a cell. */
static void print_undecided(const struct folder *f, FILE *to)
{
	json_t *lines, *line;
	struct decided d;
	char *text;
	size_t i;

	decided_count(&d, f);
	text = decided_text(&d);
	fprintf(to, "\n%zu runs; %s (?): fewer than %d repeats, or half the interval is more than "
		"5 %% of the median\n", f->runs, text, REPEATS_MIN);
	lines = decided_lines(&d);
	json_array_foreach(lines, i, line)
		fprintf(to, "undecided: %s\n", json_string_value(line));
	json_decref(lines);
	free(text);
	decided_free(&d);
}

void table_print(const struct folder *f, FILE *to)
{
	char buf[128];

	print_fios(f, to);
	print_times(f, to);
	print_overview(f, to);
	print_undecided(f, to);
	fprintf(to, "%s\n", ratio_meaning);
	fprintf(to, "%s\n", load_text(f, buf, sizeof(buf)));
	print_failures(f, to);
}
