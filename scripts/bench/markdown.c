// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "markdown.h"
#include "table.h"

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

static void print_fio(const struct folder *f, const struct cell *iops, FILE *to)
{
	const char *c = iops->configuration, *job = iops->job;
	double ratio = ratio_of(iops, cell_find(f, base_of(f), job, "iops"));

	fprintf(to, "| %s | %s |", c, job);
	print_interval(iops, to);
	if (ratio && strcmp(c, base_of(f)))
		fprintf(to, " %.2f |", ratio);
	else
		fputs(" - |", to);
	print_figure(cell_find(f, c, job, "cpu-s-per-gib"), to);
	print_figure(cell_find(f, c, job, "requests-per-io"), to);
	fprintf(to, " %zu |\n", iops->interval.n);
}

static void print_fios(const struct folder *f, FILE *to)
{
	fputs("\n| configuration | job | IOPS | 95 % interval | ratio | CPU s/GiB | requests/I/O "
	      "| n |\n"
	      "|---|---|---|---|---|---|---|---|\n", to);
	for (size_t i = 0; i < f->n_cells; i++)
		if (!strcmp(f->cells[i].metric->name, "iops"))
			print_fio(f, &f->cells[i], to);
}

static void print_maps(const struct folder *f, FILE *to)
{
	bool head = false;

	for (size_t i = 0; i < f->n_cells; i++) {
		const struct cell *c = &f->cells[i];

		if (!strstr(c->metric->name, "map-ns"))
			continue;
		if (!head)
			fputs("\n| configuration | job | what | ns | 95 % interval | n |\n"
			      "|---|---|---|---|---|---|\n", to);
		head = true;
		fprintf(to, "| %s | %s | %s |", c->configuration, c->job, c->metric->unit);
		print_interval(c, to);
		fprintf(to, " %zu |\n", c->interval.n);
	}
}

static void print_info(const struct folder *f, FILE *to)
{
	const char *key;
	json_t *value;

	fprintf(to, "# What `make bench SET=%s` measured\n\n| | |\n|---|---|\n",
		text_of(f->bench, "set"));
	json_object_foreach(json_object_get(f->bench, "info"), key, value)
		fprintf(to, "| %s | %s |\n", key, json_string_value(value) ?: "");
	fprintf(to, "| runs | %zu, in an order from the seed %lld |\n\n", f->runs,
		(long long)number_of(f->bench, "seed"));
	if (f->emulated)
		fputs("Emulated (TCG): IOPS, CPU time and ns are biased against copying and say "
		      "nothing about\nhardware; requests per I/O are not distorted.\n", to);
	fputs("What counts, and what each figure is: [bench.md](bench.md). `?`: undecided.\n", to);
}

void markdown_print(const struct folder *f, FILE *to)
{
	size_t undecided = 0;
	const char *key;
	json_t *n;

	print_info(f, to);
	print_fios(f, to);
	print_maps(f, to);
	for (size_t i = 0; i < f->n_cells; i++)
		undecided += !cell_counts(&f->cells[i]);
	fprintf(to, "\n%zu of %zu figures are undecided. The ratio is to %s.\n", undecided,
		f->n_cells, base_of(f));
	json_object_foreach(f->failures, key, n)
		fprintf(to, "\nFailed %lld times: %s.\n", (long long)json_integer_value(n), key);
}
