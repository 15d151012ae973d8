// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decided.h"
#include "page.h"
#include "table.h"
#include "util.h"

static void put(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '&')
			fputs("&amp;", to);
		else
			fputc(*text, to);
	}
}

static void cell_text(FILE *to, const char *text)
{
	fputs("<td>", to);
	put(to, text);
	fputs("</td>", to);
}

/* Median, and its interval below. */
static void cell_figure(FILE *to, const struct cell *c)
{
	char buf[64];

	fprintf(to, "<td class=\"n%s\">%s", c && !cell_counts(c) ? " open" : "",
		figure_text(c, buf, sizeof(buf)));
	if (c)
		fprintf(to, "<br><small>%s</small>", range_text(c, buf, sizeof(buf)));
	fputs("</td>", to);
}

static void cell_compared(const struct folder *f, const struct cell *c, FILE *to)
{
	char buf[32];

	cell_figure(to, c);
	fprintf(to, "<td class=\"n\">%s</td>", ratio_text(f, c, buf, sizeof(buf)));
}

static void write_info(const struct folder *f, FILE *to)
{
	const char *key;
	json_t *value;

	fprintf(to, "<table><tr><th>set</th><td>%s, seed %lld, %zu runs</td></tr>\n",
		text_of(f->bench, "set"), (long long)number_of(f->bench, "seed"), f->runs);
	json_object_foreach(json_object_get(f->bench, "info"), key, value) {
		fputs("<tr><th>", to);
		put(to, key);
		fputs("</th>", to);
		cell_text(to, json_string_value(value) ?: "");
		fputs("</tr>\n", to);
	}
	fputs("</table>\n", to);
}

static void write_picture(const char *path, FILE *to)
{
	char *svg = read_file(path, NULL);
	const char *start = svg ? strstr(svg, "<svg") : NULL;

	if (!start)
		die("%s: %s", path, svg ? "no picture in it" : strerror(errno));
	fprintf(to, "<figure>%s</figure>\n", start);
	free(svg);
}

static void write_fio(const struct folder *f, const char *c, const char *job, FILE *to)
{
	const struct cell *iops = cell_find(f, c, job, "iops");

	if (!iops)
		return;
	fputs("<tr>", to);
	cell_text(to, c);
	cell_text(to, job + strlen("fio-"));
	cell_compared(f, iops, to);
	cell_compared(f, cell_find(f, c, job, "cpu-s-per-gib"), to);
	cell_figure(to, cell_find(f, c, job, "requests-per-io"));
	fprintf(to, "<td class=\"n\">%zu</td></tr>\n", iops->interval.n);
}

/* A table of other figures than fio's: a row for each job that has the first of them. */
struct times {
	const char *title;
	struct {
		const char *head, *metric;
	} columns[12];
};

static const struct times times[] = {
	{ "Mapping alone, ns", {
		{ "map, 1 thread", "map-ns-1" }, { "unmap", "unmap-ns-1" }, { "sync", "sync-ns-1" },
		{ "map, 2", "map-ns-2" }, { "unmap", "unmap-ns-2" }, { "sync", "sync-ns-2" },
		{ "map, 4", "map-ns-4" }, { "unmap", "unmap-ns-4" }, { "sync", "sync-ns-4" },
	} },
	{ "Mapping and unmapping, s per GiB of reads, and what tracing takes", {
		{ "map, 4k", "map-s-per-gib-4k" }, { "unmap", "unmap-s-per-gib-4k" },
		{ "CPU, tracing", "tracing-s-per-gib-4k" },
		{ "map, 16k", "map-s-per-gib-16k" }, { "unmap", "unmap-s-per-gib-16k" },
		{ "CPU, tracing", "tracing-s-per-gib-16k" },
		{ "map, 64k", "map-s-per-gib-64k" }, { "unmap", "unmap-s-per-gib-64k" },
		{ "CPU, tracing", "tracing-s-per-gib-64k" },
		{ "map, 128k", "map-s-per-gib-128k" }, { "unmap", "unmap-s-per-gib-128k" },
		{ "CPU, tracing", "tracing-s-per-gib-128k" },
	} },
};

static void write_time(const struct folder *f, const struct times *t, const char *c,
		       const char *job, FILE *to)
{
	if (!cell_find(f, c, job, t->columns[0].metric))
		return;
	fputs("<tr>", to);
	cell_text(to, c);
	cell_text(to, job);
	for (size_t i = 0; i < ARRAY_SIZE(t->columns) && t->columns[i].head; i++)
		cell_figure(to, cell_find(f, c, job, t->columns[i].metric));
	fputs("</tr>\n", to);
}

/* A row of each job on each configuration, in the order of the plan; @t NULL: of fio. */
static void write_rows(const struct folder *f, const struct times *t, FILE *to)
{
	const json_t *c, *job;
	size_t i, j;

	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		json_array_foreach(json_object_get(c, "jobs"), j, job) {
			if (t)
				write_time(f, t, text_of(c, "name"), json_string_value(job), to);
			else
				write_fio(f, text_of(c, "name"), json_string_value(job), to);
		}
	}
	fputs("</table>\n", to);
}

static bool has_times(const struct folder *f, const struct times *t)
{
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].metric->name, t->columns[0].metric))
			return true;
	return false;
}

static void write_times(const struct folder *f, FILE *to)
{
	for (const struct times *t = times; t < times + ARRAY_SIZE(times); t++) {
		if (!has_times(f, t))
			continue;
		fprintf(to, "<h2>%s</h2>\n<table><tr><th>configuration</th><th>job</th>", t->title);
		for (size_t i = 0; i < ARRAY_SIZE(t->columns) && t->columns[i].head; i++)
			fprintf(to, "<th>%s</th>", t->columns[i].head);
		fputs("</tr>\n", to);
		write_rows(f, t, to);
	}
}

static void write_failures(const struct folder *f, FILE *to)
{
	json_t *lines = failure_lines(f), *line;
	size_t i;

	if (json_array_size(lines))
		fputs("<h2>Failed</h2>\n<ul>\n", to);
	json_array_foreach(lines, i, line) {
		fputs("<li>", to);
		put(to, json_string_value(line));
		fputs("</li>\n", to);
	}
	if (json_array_size(lines))
		fputs("</ul>\n", to);
	json_decref(lines);
}

static void write_undecided(const struct folder *f, FILE *to)
{
	json_t *lines, *line;
	struct decided d;
	char *text;
	size_t i;

	decided_count(&d, f);
	text = decided_text(&d);
	fprintf(to, "<h2>Undecided</h2>\n<p>%s</p>\n<ul>\n", text);
	lines = decided_lines(&d);
	json_array_foreach(lines, i, line) {
		fputs("<li>", to);
		put(to, json_string_value(line));
		fputs("</li>\n", to);
	}
	json_decref(lines);
	fputs("</ul>\n", to);
	free(text);
	decided_free(&d);
}

void page_write(const struct folder *f, const struct plot *plots, char **others)
{
	char *path = xasprintf("%s/report.html", f->path);
	FILE *to = file_begin(path);
	char buf[128];

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<title>Bounce buffers: what they cost and save</title>\n<style>\n"
	      "body { font: 15px/1.4 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }\n"
	      "table { border-collapse: collapse; margin: 1em 0 }\n"
	      "td, th { border-bottom: 1px solid #ccc; padding: .2em .7em; text-align: left }\n"
	      "td.n { text-align: right; white-space: nowrap }\n"
	      ".open, small { color: #777 }\nfigure { margin: 1.5em 0 }\n"
	      "svg { width: 100%; height: auto }\n</style></head><body>\n"
	      "<h1>Bounce buffers: what they cost and save</h1>\n", to);
	write_info(f, to);
	fprintf(to, "<p>Medians, and the 95 %% interval of each between two of the values (order "
		"statistics). Grey with a ?: undecided, from fewer than %d repeats, or half the "
		"interval is more than 5 %% of the median. %s. %s.</p>\n",
		REPEATS_MIN, ratio_meaning, load_text(f, buf, sizeof(buf)));
	if (f->emulated)
		fputs("<p><b>Emulated (TCG), copies run about thirty times slower than natively "
		      "and the IOMMU at full speed: I/O per second, processor time and ns are "
		      "biased, mostly against copying, and say nothing about hardware. Requests "
		      "per I/O are not distorted.</b></p>\n", to);
	for (const struct plot *p = plots; p->name; p++) {
		char *picture = xasprintf("%s/%s.svg", f->path, p->name);

		write_picture(picture, to);
		free(picture);
	}
	for (; *others; others++)
		write_picture(*others, to);
	fputs("<h2>Disk</h2>\n<table><tr><th>configuration</th><th>job</th><th>I/O per second</th>"
	      "<th>ratio</th><th>CPU s/GiB</th><th>ratio</th><th>requests/I/O</th><th>n</th></tr>\n",
	      to);
	write_rows(f, NULL, to);
	write_times(f, to);
	write_undecided(f, to);
	write_failures(f, to);
	fputs("</body></html>\n", to);
	file_commit(to, path);
	free(path);
}
