// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static void write_plot(const struct folder *f, const struct plot *plot, FILE *to)
{
	char *path = xasprintf("%s/%s.svg", f->path, plot->name), *svg = read_file(path, NULL);
	const char *start = svg ? strstr(svg, "<svg") : NULL;

	if (!start)
		die("%s: %s", path, svg ? "no picture in it" : strerror(errno));
	fprintf(to, "<figure>%s</figure>\n", start);
	free(svg);
	free(path);
}

static void write_fio(const struct folder *f, const char *c, const char *job, FILE *to)
{
	const struct cell *iops = cell_find(f, c, job, "iops");
	double ratio = ratio_of(iops, cell_find(f, base_of(f), job, "iops"));

	if (!iops)
		return;
	fputs("<tr>", to);
	cell_text(to, c);
	cell_text(to, job + strlen("fio-"));
	cell_figure(to, iops);
	if (ratio && strcmp(c, base_of(f)))
		fprintf(to, "<td class=\"n\">%.2f</td>", ratio);
	else
		fputs("<td class=\"n\">-</td>", to);
	cell_figure(to, cell_find(f, c, job, "cpu-s-per-gib"));
	cell_figure(to, cell_find(f, c, job, "requests-per-io"));
	fprintf(to, "<td class=\"n\">%zu</td></tr>\n", iops->interval.n);
}

static void write_maps(const struct folder *f, const char *c, const char *job, FILE *to)
{
	static const char *const metrics[] = {
		"map-ns-1", "unmap-ns-1", "map-ns-2", "unmap-ns-2", "map-ns-4", "unmap-ns-4"
	};

	if (!cell_find(f, c, job, metrics[0]))
		return;
	fputs("<tr>", to);
	cell_text(to, c);
	cell_text(to, job);
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		cell_figure(to, cell_find(f, c, job, metrics[i]));
	fputs("</tr>\n", to);
}

static bool has_maps(const struct folder *f)
{
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].metric->name, "map-ns-1"))
			return true;
	return false;
}

/* A row of each job on each configuration, in the order of the plan. */
static void write_rows(const struct folder *f, FILE *to, void (*row)(const struct folder *f,
		       const char *c, const char *job, FILE *to))
{
	const json_t *c, *job;
	size_t i, j;

	json_array_foreach(json_object_get(f->bench, "configurations"), i, c)
		json_array_foreach(json_object_get(c, "jobs"), j, job)
			row(f, text_of(c, "name"), json_string_value(job), to);
	fputs("</table>\n", to);
}

static void write_failures(const struct folder *f, FILE *to)
{
	const char *key;
	json_t *n;

	if (!json_object_size(f->failures))
		return;
	fputs("<h2>Failed</h2>\n<ul>\n", to);
	json_object_foreach(f->failures, key, n) {
		fputs("<li>", to);
		put(to, key);
		fprintf(to, ": %lld times</li>\n", (long long)json_integer_value(n));
	}
	fputs("</ul>\n", to);
}

void page_write(const struct folder *f, const struct plot *plots)
{
	char *path = xasprintf("%s/report.html", f->path);
	FILE *to = file_begin(path);

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
		"interval is more than 5 %% of the median; such a figure enters no ratio. The "
		"ratio is to %s, and given where the intervals do not overlap.</p>\n",
		REPEATS_MIN, base_of(f));
	if (f->emulated)
		fputs("<p><b>Emulated (TCG), copies run about thirty times slower than natively "
		      "and the IOMMU at full speed: I/O per second, processor time and ns are "
		      "biased against copying and say nothing about hardware. Requests per I/O "
		      "are not distorted.</b></p>\n", to);
	for (const struct plot *p = plots; p->name; p++)
		write_plot(f, p, to);
	fputs("<h2>Disk</h2>\n<table><tr><th>configuration</th><th>job</th><th>I/O per second</th>"
	      "<th>ratio</th><th>CPU s/GiB</th><th>requests/I/O</th><th>n</th></tr>\n", to);
	write_rows(f, to, write_fio);
	if (has_maps(f)) {
		fputs("<h2>Mapping alone, ns</h2>\n<table><tr><th>configuration</th><th>job</th>"
		      "<th>map, 1 thread</th><th>unmap</th><th>map, 2</th><th>unmap</th>"
		      "<th>map, 4</th><th>unmap</th></tr>\n", to);
		write_rows(f, to, write_maps);
	}
	write_failures(f, to);
	fputs("</body></html>\n", to);
	file_commit(to, path);
	free(path);
}
