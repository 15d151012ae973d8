// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "decided.h"
#include "markdown.h"
#include "table.h"
#include "util.h"

static void print_figure(const struct cell *c, FILE *to)
{
	char buf[64];

	fprintf(to, " %s |", figure_text(c, buf, sizeof(buf)));
}

static void print_interval(const struct cell *c, FILE *to)
{
	char buf[64];

	print_figure(c, to);
	fprintf(to, " %s |", c ? range_text(c, buf, sizeof(buf)) : "");
}

static void print_compared(const struct folder *f, const struct cell *c, FILE *to)
{
	char buf[32];

	print_interval(c, to);
	fprintf(to, " %s |", ratio_text(f, c, buf, sizeof(buf)));
}

static void print_fio(const struct folder *f, const struct cell *iops, FILE *to)
{
	const char *c = iops->configuration, *job = iops->job;

	fprintf(to, "| %s | %s |", c, job);
	print_compared(f, iops, to);
	print_compared(f, cell_find(f, c, job, "cpu-s-per-gib"), to);
	print_interval(cell_find(f, c, job, "requests-per-io"), to);
	fprintf(to, " %zu |\n", iops->interval.n);
}

static void print_fios(const struct folder *f, FILE *to)
{
	fputs("\n### Every job\n\n"
	      "| configuration | job | IOPS | 95 % interval | ratio | CPU s/GiB | 95 % interval "
	      "| ratio | requests/I/O | 95 % interval | n |\n"
	      "|---|---|---|---|---|---|---|---|---|---|---|\n", to);
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].metric->name, "iops"))
			print_fio(f, &f->cells[i], to);
}

static void print_times(const struct folder *f, FILE *to)
{
	bool head = false;

	for (size_t i = 0; i < f->n_cells; i++) {
		const struct cell *c = &f->cells[i];

		if (c->metric->of_fio)
			continue;
		if (!head)
			fputs("\n### Time to map\n\n"
			      "| configuration | job | what | median | 95 % interval | ratio | n |\n"
			      "|---|---|---|---|---|---|---|\n", to);
		head = true;
		fprintf(to, "| %s | %s | %s |", c->configuration, c->job, c->metric->unit);
		print_compared(f, c, to);
		fprintf(to, " %zu |\n", c->interval.n);
	}
}

/* Requests and processor time of each configuration in one line. */
static void print_overview(const struct folder *f, FILE *to)
{
	const char *jobs[OVERVIEW_JOBS];
	size_t n = overview_jobs(f, jobs), i, j, m;
	const json_t *c;
	char buf[32];

	if (!n)
		return;
	fputs("\n### Requests and processor time of each configuration\n\n| configuration |", to);
	for (m = 0; m < ARRAY_SIZE(overview_metrics); m++)
		for (j = 0; j < n; j++)
			fprintf(to, "%s %s |", j ? "" : m ? " CPU s/GiB:" : " requests/I/O:",
				overview_name(jobs[j]));
	fputs("\n|---|", to);
	for (i = 0; i < n * ARRAY_SIZE(overview_metrics); i++)
		fputs("---|", to);
	fputc('\n', to);
	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		const char *name = text_of(c, "name");

		if (!overview_has(f, name))
			continue;
		fprintf(to, "| %s |", name);
		for (m = 0; m < ARRAY_SIZE(overview_metrics); m++)
			for (j = 0; j < n; j++)
				fprintf(to, " %s |", overview_text(f, name, jobs[j],
								   overview_metrics[m], buf,
								   sizeof(buf)));
		fputc('\n', to);
	}
}

/* A link to each picture, which scripts/bench/results puts beside the page. */
static void print_plots(const struct folder *f, const struct plot *plots, FILE *to)
{
	for (const struct plot *p = plots; p->name; p++)
		fprintf(to, "\n![%s](%s-%s.svg)\n", p->title, text_of(f->bench, "set"),
			p->name);
}

static void print_info(const struct folder *f, FILE *to)
{
	const char *key;
	json_t *value;
	char buf[128];

	fputs("| | |\n|---|---|\n", to);
	json_object_foreach(json_object_get(f->bench, "info"), key, value)
		fprintf(to, "| %s | %s |\n", key, json_string_value(value) ?: "");
	fprintf(to, "| runs | %zu, in an order from the seed %lld |\n\n", f->runs,
		(long long)number_of(f->bench, "seed"));
	fprintf(to, "%s.\n\n", load_text(f, buf, sizeof(buf)));
	if (f->emulated)
		fputs("Emulated (TCG): IOPS, CPU time and ns are biased, mostly against copying, "
		      "and say nothing\nabout hardware; requests per I/O are not distorted.\n", to);
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
	lines = decided_lines(&d);
	fprintf(to, "\n%s (`?`)%s\n", text, json_array_size(lines) ? ":\n" : ".");
	json_array_foreach(lines, i, line)
		fprintf(to, "- %s\n", json_string_value(line));
	json_decref(lines);
	free(text);
	decided_free(&d);
}

void markdown_print(const struct folder *f, const struct plot *plots, FILE *to)
{
	json_t *failures = failure_lines(f), *line;
	size_t i;

	print_info(f, to);
	print_overview(f, to);
	print_plots(f, plots, to);
	print_fios(f, to);
	print_times(f, to);
	print_undecided(f, to);
	fprintf(to, "\n%s.\n", ratio_meaning);
	json_array_foreach(failures, i, line)
		fprintf(to, "\nFailed %s.\n", json_string_value(line));
	json_decref(failures);
}
