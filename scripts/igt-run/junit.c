// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "junit.h"
#include "suite.h"
#include "util.h"

/* Programs print what they like; XML takes ASCII without most control characters. */
static void text(FILE *f, const char *s)
{
	for (; s && *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*s >= ' ' && *s < 0x7f ? *s : '?', f);
		}
	}
}

static void write_case(FILE *f, const char *class, const char *name, enum status status,
		       const char *why)
{
	fputs("  <testcase classname=\"", f);
	text(f, class);
	fputs("\" name=\"", f);
	text(f, name);
	if (status == STATUS_PASS) {
		fputs("\"/>\n", f);
		return;
	}
	fprintf(f, "\">\n   <%s message=\"", status == STATUS_SKIP ? "skipped" : "failure");
	text(f, why ?: "no reason given");
	fputs("\"/>\n  </testcase>\n", f);
}

static void write_program(FILE *f, const struct program *p)
{
	const struct result *r = &p->result;
	const bool alone = !r->n_tests;

	fputs(" <testsuite name=\"", f);
	text(f, p->job.name);
	fprintf(f, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		alone ? 1 : r->n_tests,
		alone ? r->status >= STATUS_FAIL : result_count(r, STATUS_FAIL),
		alone ? r->status == STATUS_SKIP : result_count(r, STATUS_SKIP));
	if (alone)
		write_case(f, p->job.name, p->job.name, r->status, r->why);
	for (size_t i = 0; i < r->n_tests; i++)
		write_case(f, p->job.name, r->tests[i].name, r->tests[i].status, r->tests[i].why);
	fputs(" </testsuite>\n", f);
}

void junit_write(const char *path, const char *name, const struct suite *s)
{
	FILE *f = file_begin(path);

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"", f);
	text(f, name);
	fputs("\">\n", f);
	for (size_t i = 0; i < s->n; i++)
		write_program(f, &s->v[i]);
	fputs("</testsuites>\n", f);
	file_commit(f, path);
}
