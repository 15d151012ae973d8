// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "util.h"

const char *base_of(const struct folder *f)
{
	return text_of(json_array_get(json_object_get(f->bench, "configurations"), 0), "name");
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

double ratio_of(const struct cell *c, const struct cell *base)
{
	if (!c || !base || !cell_counts(c) || !cell_counts(base) || !base->interval.median ||
	    !intervals_order(&c->interval, &base->interval))
		return 0;
	return c->interval.median / base->interval.median;
}

static void print_figure(const struct cell *c, int width, FILE *to)
{
	char buf[32];

	fprintf(to, " %*s", width, figure_text(c, buf, sizeof(buf)));
}

static void print_range(const struct cell *c, FILE *to)
{
	char buf[48];

	fprintf(to, " %19s %2zu", range_text(c, buf, sizeof(buf)), c->interval.n);
}

static void print_fio(const struct folder *f, const struct cell *iops, FILE *to)
{
	const char *c = iops->configuration, *job = iops->job;
	double ratio = ratio_of(iops, cell_find(f, base_of(f), job, "iops"));

	fprintf(to, "%-22s %-20s", c, job);
	print_figure(iops, 7, to);
	print_range(iops, to);
	if (ratio && strcmp(c, base_of(f)))
		fprintf(to, " %6.2f", ratio);
	else
		fprintf(to, " %6s", "-");
	print_figure(cell_find(f, c, job, "cpu-s-per-gib"), 9, to);
	print_figure(cell_find(f, c, job, "requests-per-io"), 12, to);
	fputc('\n', to);
}

static bool is_of_fio(const struct cell *c)
{
	return !strcmp(c->metric->name, "iops");
}

static bool is_of_maps(const struct cell *c)
{
	return strstr(c->metric->name, "map-ns");
}

static void print_fios(const struct folder *f, FILE *to)
{
	bool head = false;

	for (size_t i = 0; i < f->n_cells; i++) {
		if (!is_of_fio(&f->cells[i]))
			continue;
		if (!head)
			fprintf(to, "%-22s %-20s %7s %19s %2s %6s %9s %12s\n", "configuration",
				"job", "IOPS", "95 % interval", "n", "ratio", "CPU s/GiB",
				"requests/I/O");
		head = true;
		print_fio(f, &f->cells[i], to);
	}
}

static void print_maps(const struct folder *f, FILE *to)
{
	bool head = false;

	for (size_t i = 0; i < f->n_cells; i++) {
		const struct cell *c = &f->cells[i];

		if (!is_of_maps(c))
			continue;
		if (!head)
			fprintf(to, "\n%-22s %-20s %-10s %8s %19s %2s\n", "configuration", "job",
				"what", "ns", "95 % interval", "n");
		head = true;
		fprintf(to, "%-22s %-20s %-10s", c->configuration, c->job, c->metric->name);
		print_figure(c, 8, to);
		print_range(c, to);
		fputc('\n', to);
	}
}

static void print_failures(const struct folder *f, FILE *to)
{
	const char *key;
	json_t *n;

	json_object_foreach(f->failures, key, n)
		fprintf(to, "failed %lld times: %s\n", (long long)json_integer_value(n), key);
}

void table_print(const struct folder *f, FILE *to)
{
	size_t undecided = 0;

	print_fios(f, to);
	print_maps(f, to);
	for (size_t i = 0; i < f->n_cells; i++)
		undecided += !cell_counts(&f->cells[i]);
	fprintf(to, "\n%zu runs; %zu of %zu figures are undecided (?): fewer than %d repeats, or "
		"half the interval is more than 5 %% of the median\n",
		f->runs, undecided, f->n_cells, REPEATS_MIN);
	fprintf(to, "ratio: to %s, where both are decided and their intervals do not overlap\n",
		base_of(f));
	print_failures(f, to);
}
