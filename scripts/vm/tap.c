// SPDX-License-Identifier: GPL-2.0
#include "tap.h"

/* '#' in a name would begin a directive. */
void tap_line(FILE *f, const char *indent, size_t number, const char *name, enum status status,
	      const char *why)
{
	if (why && status >= STATUS_FAIL)
		fprintf(f, "%s# %s\n", indent, why);
	fprintf(f, "%s%s %zu ", indent, status >= STATUS_FAIL ? "not ok" : "ok", number);
	for (; *name; name++)
		fputc(*name == '#' ? '_' : *name, f);
	if (status == STATUS_SKIP)
		fprintf(f, " # SKIP %s", why ?: "");
	fputc('\n', f);
}

void tap_tests(FILE *f, const struct result *r)
{
	if (!r->n_tests)
		return;
	fprintf(f, "  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", r->job->name, r->n_tests);
	for (size_t i = 0; i < r->n_tests; i++)
		tap_line(f, "  ", i + 1, r->tests[i].name, r->tests[i].status, r->tests[i].why);
}
