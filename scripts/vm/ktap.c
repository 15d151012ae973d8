// SPDX-License-Identifier: GPL-2.0
/*
 * Reads KTAP (the kernel's Documentation/dev-tools/ktap.rst). A level of
 * nesting is an indentation; a result line that follows deeper ones is their
 * sum, and only those at the bottom are counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "util.h"

#define MAX_INDENT 32
#define MAX_WHY 400

/* One level, by its indentation. */
struct level {
	char *subtest;		/* NULL: not inside one at this level */
	bool open;		/* results or a plan were seen here */
	size_t planned, seen;
	bool failed;		/* a result here is "not ok" */
};

struct parser {
	struct result *result;
	struct level levels[MAX_INDENT];
	char why[MAX_WHY];	/* diagnostics since the last result */
};

static void level_close(struct level *l)
{
	free(l->subtest);
	*l = (struct level){};
}

/* "suite.case.parameter" */
static char *full_name(const struct parser *p, int indent, const char *name)
{
	char *full = xstrdup("");

	for (int i = 0; i <= indent; i++) {
		char *longer;

		if (!p->levels[i].subtest)
			continue;
		longer = xasprintf("%s%s.", full, p->levels[i].subtest);
		free(full);
		full = longer;
	}

	char *all = xasprintf("%s%s", full, name);

	free(full);
	return all;
}

static void add(struct parser *p, int indent, const char *name, enum status status,
		const char *why)
{
	char *full = full_name(p, indent, name);

	result_add_test(p->result, full, status, why);
	free(full);
}

/*
 * Closes the levels below @indent. True when there were any, which makes the
 * line at hand a sum; *@failed when one of their results was not ok.
 */
static bool close_below(struct parser *p, int indent, bool *failed)
{
	bool any = false;

	for (int i = MAX_INDENT - 1; i > indent; i--) {
		struct level *l = &p->levels[i];

		if (!l->open) {
			level_close(l);
			continue;
		}
		if (l->planned && l->seen < l->planned) {
			char *why = xasprintf("%zu results of %zu planned", l->seen, l->planned);

			add(p, i, "plan", STATUS_FAIL, why);
			free(why);
			l->failed = true;
		}
		any |= l->seen || l->planned;
		*failed |= l->failed;
		level_close(l);
	}
	return any;
}

static void parse_result(struct parser *p, int indent, bool ok, char *rest)
{
	char *skip = strstr(rest, "# SKIP"), *name;
	bool failed_below = false, is_sum = close_below(p, indent, &failed_below);
	struct level *l = &p->levels[indent];

	name = rest + strspn(rest, "0123456789");
	name += strspn(name, " -");
	if (skip) {
		*skip = '\0';
		skip += strlen("# SKIP");
		skip += strspn(skip, " ");
	}
	name[strcspn(name, "#")] = '\0';
	for (size_t n = strlen(name); n && name[n - 1] == ' '; n--)
		name[n - 1] = '\0';

	l->open = true;
	l->seen++;
	l->failed |= !ok;
	if (!is_sum)
		add(p, indent, name, !ok ? STATUS_FAIL : skip ? STATUS_SKIP : STATUS_PASS,
		    !ok && *p->why ? p->why : skip);
	else if (!ok && !failed_below)
		/* Not a test but what stands around them failed. */
		add(p, indent, name, STATUS_FAIL, *p->why ? p->why : NULL);
	*p->why = '\0';
}

static void remember(struct parser *p, const char *line)
{
	size_t len = strlen(p->why);

	line += strspn(line, "# ");
	if (*line)
		snprintf(p->why + len, sizeof(p->why) - len, "%s%s", len ? "; " : "", line);
}

static void parse_line(struct parser *p, char *line)
{
	int indent = strspn(line, " "), planned;
	char *text = line + indent;
	bool failed = false;

	if (indent >= MAX_INDENT)
		return;
	if (!strncmp(text, "ok ", 3)) {
		parse_result(p, indent, true, text + 3);
	} else if (!strncmp(text, "not ok ", 7)) {
		parse_result(p, indent, false, text + 7);
	} else if (!strncmp(text, "KTAP version ", 13)) {
		/* A document at the left edge ends the one before it. */
		close_below(p, indent - 1, &failed);
		/* What stands before it is said of no test in it. */
		*p->why = '\0';
	} else if (!strncmp(text, "# Subtest: ", 11)) {
		free(p->levels[indent].subtest);
		p->levels[indent].subtest = xstrdup(text + 11);
	} else if (sscanf(text, "1..%d", &planned) == 1) {
		p->levels[indent].open = true;
		p->levels[indent].planned = planned;
	} else {
		remember(p, text);
	}
}

void ktap_parse(struct result *r, int exit_code)
{
	struct parser p = { .result = r };
	char *copy = xstrdup(r->output.len ? r->output.s : ""), *next = copy, *line;
	bool failed = false;

	while ((line = text_line(&next)))
		parse_line(&p, line);
	close_below(&p, -1, &failed);
	free(copy);

	result_sum_up(r);
	if (exit_code && r->status != STATUS_FAIL)
		result_set(r, STATUS_ERROR, xasprintf("exit status %d", exit_code));
}
