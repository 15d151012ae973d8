// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what an IGT test program prints. Facts from the library's behaviour:
 * "Starting subtest: NAME", then "Subtest NAME: RESULT (0.123s)", the same
 * with "dynamic subtest" one level below; a program without subtests prints
 * "RESULT (0.123s)". Exit codes (igt_core.h): 0 success, 77 skip, 98 failure,
 * 112 abort.
 */
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "util.h"

#define IGT_EXIT_SKIP 77
#define REQUIREMENT "Test requirement: "

struct parser {
	struct result *result;
	char *started, *dynamic;	/* begun and not ended */
	char *why;
	bool required;		/* the line before named a requirement */
	bool failed_dynamic;
};

static void set(char **to, const char *s)
{
	free(*to);
	*to = s ? xstrdup(s) : NULL;
}

static enum status status_of(const char *word)
{
	if (!strncmp(word, "SUCCESS", 7))
		return STATUS_PASS;
	if (!strncmp(word, "SKIP", 4))
		return STATUS_SKIP;
	if (!strncmp(word, "FAIL", 4) || !strncmp(word, "CRASH", 5) || !strncmp(word, "TIMEOUT", 7))
		return STATUS_FAIL;
	return STATUS_NONE;
}

static void add(struct parser *p, const char *name, enum status status)
{
	result_add_test(p->result, name, status, status == STATUS_PASS ? NULL : p->why);
	set(&p->why, NULL);
}

/* "NAME: RESULT (..s)" behind "Subtest " or "Dynamic subtest ". */
static void parse_end(struct parser *p, char *rest, bool dynamic)
{
	char *colon = strstr(rest, ": ");
	enum status status = colon ? status_of(colon + 2) : STATUS_NONE;

	if (!status)
		return;
	*colon = '\0';
	if (dynamic) {
		char *name = xasprintf("%s@%s", p->started ?: "?", rest);

		add(p, name, status);
		free(name);
		p->failed_dynamic |= status == STATUS_FAIL;
		set(&p->dynamic, NULL);
		return;
	}
	/* A failure that a dynamic subtest stands for already is not counted twice. */
	if (status != STATUS_FAIL || !p->failed_dynamic)
		add(p, rest, status);
	p->failed_dynamic = false;
	set(&p->started, NULL);
}

static char *after(char *line, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(line, prefix, len) ? NULL : line + len;
}

const char *igt_reason(const char *line)
{
	static const char *const signs[] = {
		"Failed assertion: ", REQUIREMENT, "Received signal "
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(line, signs[i]))
			return strstr(line, signs[i]);
	return NULL;
}

static void parse_line(struct parser *p, char *line)
{
	bool required = p->required;
	char *started = after(line, "Starting subtest: ");
	char *dynamic = after(line, "Starting dynamic subtest: ");
	char *ended = after(line, "Subtest ");
	char *dynamic_ended = after(line, "Dynamic subtest ");

	p->required = strstr(line, REQUIREMENT);
	if (started)
		set(&p->started, started);
	else if (dynamic)
		set(&p->dynamic, dynamic);
	else if (ended)
		parse_end(p, ended, false);
	else if (dynamic_ended)
		parse_end(p, dynamic_ended, true);
	else if (status_of(line) && strstr(line, "s)"))
		add(p, p->result->job->name, status_of(line));
	else if (igt_reason(line))
		set(&p->why, igt_reason(line));
	/* What the test says is worth more than its condition. */
	else if (required && strncmp(line, "Last errno: ", 12))
		set(&p->why, line);
}

void igt_parse(struct result *r, int exit_code)
{
	struct parser p = { .result = r };
	bool failed;
	char *copy = xstrdup(r->output.len ? r->output.s : ""), *next = copy, *line;

	while ((line = text_line(&next)))
		parse_line(&p, line);
	if (p.started || p.dynamic) {
		set(&p.why, "did not end");
		add(&p, p.started ?: p.dynamic, STATUS_FAIL);
	}
	free(copy);

	failed = result_count(r, STATUS_FAIL);
	result_sum_up(r);
	if (exit_code == IGT_EXIT_SKIP && !r->n_tests)
		result_set(r, STATUS_SKIP, xstrdup(p.why ?: "no reason given"));
	else if (exit_code && exit_code != IGT_EXIT_SKIP && !failed && r->status != STATUS_FAIL)
		result_set(r, STATUS_ERROR, xasprintf("exit status %d without a failed test",
						      exit_code));
	set(&p.started, NULL);
	set(&p.dynamic, NULL);
	set(&p.why, NULL);
}
