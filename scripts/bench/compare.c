// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "table.h"
#include "util.h"

static const char *const names[] = {
	[VERDICT_SAME] = "same",
	[VERDICT_BETTER] = "better",
	[VERDICT_UNDECIDED] = "undecided",
	[VERDICT_WORSE] = "WORSE",
};

static bool differ(const struct cell *a, const struct cell *b, double least)
{
	double difference = fabs(b->interval.median - a->interval.median);
	const struct cell *smaller = a->interval.median < b->interval.median ? a : b;

	/* Of the smaller one, so that swapping A and B only swaps the verdict. */
	return difference >= least * smaller->interval.median &&
	       difference >= a->metric->floor;
}

static enum verdict judge(const struct cell *a, const struct cell *b, double least)
{
	int order;

	if (!a || !b)
		return VERDICT_UNDECIDED;
	order = intervals_order(&b->interval, &a->interval);
	if (order && differ(a, b, least))
		return (order > 0) == a->metric->more_is_better ? VERDICT_BETTER : VERDICT_WORSE;
	return cell_counts(a) && cell_counts(b) ? VERDICT_SAME : VERDICT_UNDECIDED;
}

static void print_cell(const struct cell *c)
{
	char buf[32], range[64];

	printf(" %8s %20s %3zu", figure_text(c, buf, sizeof(buf)),
	       c ? range_text(c, range, sizeof(range)) : "", c ? c->interval.n : 0);
}

static void print_line(const struct cell *a, const struct cell *b, enum verdict v)
{
	const struct cell *any = a ?: b;

	printf("%-9s %-22s %-20s %-15s", names[v], any->configuration, any->job,
	       any->metric->name);
	print_cell(a);
	print_cell(b);
	/* It may be better or worse, and nobody knows by how much. */
	if ((v == VERDICT_BETTER || v == VERDICT_WORSE) && cell_counts(a) && cell_counts(b) &&
	    a->interval.median)
		printf(" %6.2f", b->interval.median / a->interval.median);
	putchar('\n');
}

static const json_t *configuration_of(const struct folder *f, const char *name)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(f->bench, "configurations"), i, c)
		if (!strcmp(text_of(c, "name"), name))
			return c;
	return NULL;
}

/*
 * What in @other is to be set beside the configuration @name of @f: that of the same name,
 * or on a real machine the only one in the same state of the IOMMU, under another kernel.
 */
static const char *counterpart_name(const struct folder *f, const struct folder *other,
				    const char *name)
{
	const json_t *state = json_object_get(configuration_of(f, name), "state"), *c;
	const char *found = NULL;
	size_t i, n = 0, ours = 0;

	if (!state || configuration_of(other, name))
		return name;
	json_array_foreach(json_object_get(f->bench, "configurations"), i, c)
		ours += json_equal(json_object_get(c, "state"), state);
	json_array_foreach(json_object_get(other->bench, "configurations"), i, c) {
		if (!json_equal(json_object_get(c, "state"), state))
			continue;
		found = text_of(c, "name");
		n++;
	}
	return n == 1 && ours == 1 ? found : name;
}

/* Of "CONFIGURATION JOB", to be freed. */
static char *counterpart_key(const struct folder *f, const struct folder *other, const char *key)
{
	size_t len = strcspn(key, " ");
	char *name = xasprintf("%.*s", (int)len, key), *ours;

	ours = xasprintf("%s%s", counterpart_name(f, other, name), key + len);
	free(name);
	return ours;
}

static const struct cell *counterpart(const struct folder *f, const struct folder *other,
				      const struct cell *c)
{
	return cell_find(other, counterpart_name(f, other, c->configuration), c->job,
			 c->metric->name);
}

/* Whether it may differ: when it was, and what the two folders are there to compare. */
static bool is_compared(const char *key)
{
	return !strcmp(key, "date") || !strcmp(key, "series") || !strcmp(key, "patched") ||
	       !strcmp(key, "pools");
}

/* Of a folder, or of a configuration of it. */
static void warn_difference(const char *whose, const json_t *a, const json_t *b)
{
	json_t *all = json_object(), *value;
	const char *key;

	json_object_update(all, (json_t *)a);
	json_object_update(all, (json_t *)b);
	json_object_foreach(all, key, value) {
		const char *in_a = json_string_value(json_object_get(a, key)) ?: "";
		const char *in_b = json_string_value(json_object_get(b, key)) ?: "";

		if (!is_compared(key) && strcmp(in_a, in_b))
			warn("%s in %s: '%s' and '%s'", whose, key, in_a, in_b);
	}
	json_decref(all);
}

/* A configuration of a real machine has facts of its own: those of its boot. */
static void warn_configuration(const json_t *configuration, const struct folder *f,
			       const struct folder *other)
{
	const char *name = text_of(configuration, "name");
	const json_t *c = configuration_of(other, counterpart_name(f, other, name));
	char *whose = xasprintf("%s differs", name);

	if (c)
		warn_difference(whose, json_object_get(configuration, "info"),
				json_object_get(c, "info"));
	free(whose);
}

static size_t failures_of(const struct folder *f, const char *key)
{
	return json_array_size(json_object_get(f->failures, key));
}

/* What fails says nothing of how fast it is, and more of it is worse in any case. */
static enum verdict judge_failures(size_t a, size_t b)
{
	if (b > a)
		return VERDICT_WORSE;
	return b ? VERDICT_UNDECIDED : VERDICT_BETTER;
}

static void compare_failure(const char *key, size_t in_a, size_t in_b, size_t *counts)
{
	enum verdict v = judge_failures(in_a, in_b);

	counts[v]++;
	printf("%-9s %s failed %zu times, then %zu times\n", names[v], key, in_a, in_b);
}

static void compare_failures(const struct folder *a, const struct folder *b, size_t *counts)
{
	const char *key;
	json_t *whys;
	char *other;

	json_object_foreach(a->failures, key, whys) {
		other = counterpart_key(a, b, key);
		compare_failure(key, json_array_size(whys), failures_of(b, other), counts);
		free(other);
	}
	json_object_foreach(b->failures, key, whys) {
		other = counterpart_key(b, a, key);
		if (!failures_of(a, other))
			compare_failure(key, 0, json_array_size(whys), counts);
		free(other);
	}
}

enum verdict compare(const struct folder *a, const struct folder *b, double least)
{
	size_t counts[ARRAY_SIZE(names)] = { 0 };
	enum verdict v, last = VERDICT_SAME;
	const json_t *configuration;
	bool common = false;
	size_t i;

	if (a->boots && b->boots && a->emulated != b->emulated)
		die("one of %s and %s is emulated (TCG) and the other is not: no figures of them "
		    "can be compared", a->path, b->path);
	warn_difference("the folders differ", json_object_get(a->bench, "info"),
			json_object_get(b->bench, "info"));
	json_array_foreach(json_object_get(a->bench, "configurations"), i, configuration)
		warn_configuration(configuration, a, b);
	printf("%-9s %-22s %-20s %-15s %8s %20s %3s %8s %20s %3s %6s\n", "verdict", "configuration",
	       "job", "figure", "A", "95 % interval", "n", "B", "95 % interval", "n", "B/A");
	for (i = 0; i < a->n_cells; i++) {
		const struct cell *c = &a->cells[i], *other = counterpart(a, b, c);

		if (c->metric->is_shown_only)
			continue;
		v = judge(c, other, least);
		common |= !!other;
		counts[v]++;
		print_line(c, other, v);
	}
	for (i = 0; i < b->n_cells; i++) {
		if (b->cells[i].metric->is_shown_only || counterpart(b, a, &b->cells[i]))
			continue;
		counts[VERDICT_UNDECIDED]++;
		print_line(NULL, &b->cells[i], VERDICT_UNDECIDED);
	}
	compare_failures(a, b, counts);
	if (!common && !counts[VERDICT_WORSE])
		die("%s and %s have no figure in common: their configurations or jobs differ, or "
		    "one is empty", a->path, b->path);
	for (v = VERDICT_SAME; v < ARRAY_SIZE(names); v++)
		if (counts[v])
			last = v;
	printf("%zu worse, %zu undecided, %zu better, %zu the same\n", counts[VERDICT_WORSE],
	       counts[VERDICT_UNDECIDED], counts[VERDICT_BETTER], counts[VERDICT_SAME]);
	return last;
}
