// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "util.h"

const char *status_name(enum status status)
{
	static const char *const names[] = {
		[STATUS_NONE] = "none", [STATUS_PASS] = "pass",	  [STATUS_SKIP] = "skip",
		[STATUS_FAIL] = "fail", [STATUS_ERROR] = "error",
	};

	return names[status];
}

void result_set(struct result *r, enum status status, char *why)
{
	free(r->why);
	r->status = status;
	r->why = why;
}

void result_add_test(struct result *r, const char *name, enum status status, const char *why)
{
	r->tests = xrealloc(r->tests, (r->n_tests + 1) * sizeof(*r->tests));
	r->tests[r->n_tests++] = (struct test){
		.name = xstrdup(name),
		.status = status,
		.seen = status,
		.why = why ? xstrdup(why) : NULL,
	};
}

size_t result_count(const struct result *r, enum status status)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_tests; i++)
		n += r->tests[i].status == status;
	return n;
}

void result_print_counts(const struct result *r, FILE *f)
{
	fprintf(f, "%zu passed, %zu failed, %zu skipped", result_count(r, STATUS_PASS),
		result_count(r, STATUS_FAIL), result_count(r, STATUS_SKIP));
}

size_t result_count_seen(const struct result *r, enum status status)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_tests; i++)
		n += r->tests[i].seen == status;
	return n;
}

/* What came of a test that must end in some way, to be freed; NULL: what must. */
static char *breach(const struct test *t, enum status must)
{
	if (must != STATUS_PASS)
		return t->status == must ? NULL :
		       xasprintf("must %s and its result is %s%s%s", status_name(must),
				 status_name(t->status), t->why ? ": " : "", t->why ?: "");
	return t->status != STATUS_SKIP ? NULL :
	       xasprintf("must pass and was skipped: %s", t->why ?: "no reason given");
}

static void demand(struct result *r, const char *prefix, enum status must)
{
	bool present = false;

	for (size_t i = 0; i < r->n_tests; i++) {
		struct test *t = &r->tests[i];
		char *why;

		if (strncmp(t->name, prefix, strlen(prefix)))
			continue;
		present = true;
		why = breach(t, must);
		if (why) {
			t->status = STATUS_FAIL;
		} else if (must == STATUS_FAIL) {
			t->status = STATUS_PASS;
			why = xasprintf("fails as it must: %s", t->why ?: "no reason given");
		} else {
			continue;
		}
		free(t->why);
		t->why = why;
	}
	if (!present) {
		char *why = xasprintf("must %s and there is no such test", status_name(must));

		result_add_test(r, prefix, STATUS_FAIL, why);
		free(why);
	}
}

static bool begins_with_one(const char *name, char **prefixes)
{
	for (char **prefix = prefixes; prefix && *prefix; prefix++)
		if (!strncmp(name, *prefix, strlen(*prefix)))
			return true;
	return false;
}

/* So that a test that is new is not forgotten in the matrix. */
static void check_declared(struct result *r)
{
	for (size_t i = 0; i < r->n_tests; i++) {
		struct test *t = &r->tests[i];

		if (begins_with_one(t->name, r->job->must_pass) ||
		    begins_with_one(t->name, r->job->must_fail) ||
		    begins_with_one(t->name, r->job->must_skip))
			continue;
		free(t->why);
		t->status = STATUS_FAIL;
		t->why = xasprintf("%s, and no line of the matrix is for it", status_name(t->seen));
	}
}

void result_sum_up(struct result *r)
{
	size_t failed;

	if (r->job->declared)
		check_declared(r);
	for (char **prefix = r->job->must_fail; prefix && *prefix; prefix++)
		demand(r, *prefix, STATUS_FAIL);
	for (char **prefix = r->job->must_skip; prefix && *prefix; prefix++)
		demand(r, *prefix, STATUS_SKIP);
	for (char **prefix = r->job->must_pass; prefix && *prefix; prefix++)
		demand(r, *prefix, STATUS_PASS);
	failed = result_count(r, STATUS_FAIL);
	if (failed)
		result_set(r, STATUS_FAIL,
			   xasprintf("%zu of %zu tests failed", failed, r->n_tests));
	else if (!r->n_tests)
		result_set(r, STATUS_ERROR, xstrdup("the output holds no test result"));
	else if (result_count(r, STATUS_SKIP) == r->n_tests)
		result_set(r, STATUS_SKIP, xstrdup("every test was skipped"));
	else
		result_set(r, STATUS_PASS, NULL);
}

void result_free(struct result *r)
{
	for (size_t i = 0; i < r->n_tests; i++) {
		free(r->tests[i].name);
		free(r->tests[i].why);
	}
	free(r->tests);
	for (size_t i = 0; i < r->n_figures; i++)
		free(r->figures[i].name);
	free(r->figures);
	free(r->why);
	text_free(&r->output);
}

/* The last line that isn't empty, to be freed. */
static char *last_line(const struct text *output)
{
	size_t end = output->len, start;

	while (end && (output->s[end - 1] == '\n' || output->s[end - 1] == '\r'))
		end--;
	for (start = end; start && output->s[start - 1] != '\n'; start--)
		;
	return xasprintf("%.*s", (int)(end - start), end ? output->s + start : "");
}

/* Exit codes of the kernel's selftests (kselftest.h): 0 pass, 4 skip. */
static void command_parse(struct result *r, int exit_code)
{
	char *last = last_line(&r->output);

	if (!exit_code)
		result_set(r, STATUS_PASS, NULL);
	else if (exit_code == 4)
		result_set(r, STATUS_SKIP, xstrdup(last));
	else
		result_set(r, STATUS_FAIL, xasprintf("exit status %d: %s", exit_code, last));
	free(last);
}

static void figures_parse(struct result *r)
{
	char *copy = xstrdup(r->output.s ?: ""), *next = copy, *line, name[64];
	double value;

	while ((line = text_line(&next))) {
		if (sscanf(line, "figure: %63s %lf", name, &value) != 2)
			continue;
		r->figures = xrealloc(r->figures, (r->n_figures + 1) * sizeof(*r->figures));
		r->figures[r->n_figures++] = (struct figure){ xstrdup(name), value };
	}
	free(copy);
}

void result_parse(struct result *r, const char *end)
{
	static void (*const parsers[])(struct result *r, int exit_code) = {
		[JOB_COMMAND] = command_parse,
		[JOB_KTAP] = ktap_parse,
		[JOB_IGT] = igt_parse,
		[JOB_FIO] = fio_parse,
	};
	int exit_code;

	figures_parse(r);
	if (sscanf(end, "exited %d", &exit_code) == 1)
		parsers[r->job->kind](r, exit_code);
	else if (!strcmp(end, "timeout"))
		result_set(r, STATUS_FAIL, xstrdup("time limit exceeded"));
	else
		result_set(r, STATUS_FAIL, xasprintf("died: %s", end));
}
