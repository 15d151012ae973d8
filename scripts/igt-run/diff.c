// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "result.h"
#include "util.h"

struct column {
	char *name;
	struct job job;
	struct result result;	/* its tests in the order of the file, each once */
};

static struct test *find(const struct column *c, const char *name)
{
	for (size_t i = 0; i < c->result.n_tests; i++)
		if (!strcmp(c->result.tests[i].name, name))
			return &c->result.tests[i];
	return NULL;
}

/* Drops what stands twice; the worse result stays. */
static void unite(struct column *c)
{
	struct result *r = &c->result, all = *r;

	r->n_tests = 0;
	for (size_t i = 0; i < all.n_tests; i++) {
		struct test t = all.tests[i], *first = find(c, t.name);

		if (!first) {
			r->tests[r->n_tests++] = t;
			continue;
		}
		if (t.status > first->status) {
			struct test better = *first;

			*first = t;
			t = better;
		}
		free(t.name);
		free(t.why);
	}
}

void diff_add(struct column **columns, size_t *n, const char *name, const char *path)
{
	char *text = read_file(path, NULL);
	struct column *c;

	if (!text)
		die("cannot read the results %s: %s", path, strerror(errno));
	*columns = xrealloc(*columns, (*n + 1) * sizeof(**columns));
	c = &(*columns)[*n];
	*c = (struct column){ .name = xstrdup(name), .job = { .kind = JOB_KTAP } };
	text_add(&c->result.output, text, strlen(text));
	free(text);
	++*n;
	/* The array may move again; a result needs its job only while it is read. */
	c->result.job = &c->job;
	result_parse(&c->result, "exited 0");
	c->result.job = NULL;
	if (!c->result.n_tests)
		die("%s holds no test result", path);
	unite(c);
}

enum verdict { SAME, REGRESSION, NOT_RUN, FIXED, OTHER };

/* What has become of a test of the baseline; NULL: it is not there. */
static enum verdict judge(const struct test *before, const struct test *after)
{
	const enum status was = before ? before->status : STATUS_NONE;
	const enum status is = after ? after->status : STATUS_NONE;

	if (was == is)
		return SAME;
	if (was == STATUS_PASS)
		return is == STATUS_FAIL ? REGRESSION : is == STATUS_NONE ? NOT_RUN : OTHER;
	return was == STATUS_FAIL && is == STATUS_PASS ? FIXED : OTHER;
}

static const char *cell(const struct test *t)
{
	return t ? status_name(t->status) : "-";
}

static bool differs(const struct column *columns, size_t n, const char *name)
{
	for (size_t i = 1; i < n; i++)
		if (judge(find(&columns[0], name), find(&columns[i], name)) != SAME)
			return true;
	return false;
}

/* One test in all columns, and why it ended so where it became worse. */
static void print_row(const struct column *columns, size_t n, const char *name, int width)
{
	const struct test *before = find(&columns[0], name);

	printf("%-*s", width, name);
	for (size_t i = 0; i < n; i++)
		printf("  %-*s", i + 1 < n ? (int)strlen(columns[i].name) : 0,
		       cell(find(&columns[i], name)));
	putchar('\n');
	for (size_t i = 1; i < n; i++) {
		const struct test *after = find(&columns[i], name);

		if (judge(before, after) == REGRESSION)
			printf("  %s: regression: %s\n", columns[i].name,
			       after->why ?: "no reason given");
	}
}

/* True when the test is in a column to the left of @column. */
static bool was_shown(const struct column *columns, size_t column, const char *name)
{
	for (size_t i = 0; i < column; i++)
		if (find(&columns[i], name))
			return true;
	return false;
}

static void print_rows(const struct column *columns, size_t n, bool all)
{
	int width = 4;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < columns[i].result.n_tests; j++)
			if ((int)strlen(columns[i].result.tests[j].name) > width)
				width = strlen(columns[i].result.tests[j].name);
	printf("%-*s", width, "test");
	for (size_t i = 0; i < n; i++)
		printf("  %s", columns[i].name);
	putchar('\n');
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < columns[i].result.n_tests; j++) {
			const char *name = columns[i].result.tests[j].name;

			if (!was_shown(columns, i, name) && (all || differs(columns, n, name)))
				print_row(columns, n, name, width);
		}
}

/* True when nothing became worse. */
static bool print_sum(const struct column *columns, size_t column)
{
	const struct column *before = &columns[0], *after = &columns[column];
	size_t found[OTHER + 1] = {};

	for (size_t i = 0; i < before->result.n_tests; i++) {
		const struct test *t = &before->result.tests[i];

		found[judge(t, find(after, t->name))]++;
	}
	printf("%s: ", after->name);
	result_print_counts(&after->result, stdout);
	if (column)
		printf("; against %s: %zu regressions, %zu passed there and were not run, "
		       "%zu fail only there", before->name, found[REGRESSION], found[NOT_RUN],
		       found[FIXED]);
	putchar('\n');
	return !found[REGRESSION] && !found[NOT_RUN];
}

bool diff_print(const struct column *columns, size_t n, bool all)
{
	bool good = true;

	print_rows(columns, n, all);
	for (size_t i = 0; i < n; i++)
		good &= print_sum(columns, i);
	return good;
}

void diff_free(struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		result_free(&columns[i].result);
		free(columns[i].name);
	}
	free(columns);
}
