// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "util.h"

static const struct finding {
	const char *name;	/* as the rules print it */
	const char *call;	/* what the other line holds */
	const char *reason;
} findings[] = {
	{ "filled-after-map", "map",
	  "written after it was mapped for the device, with no dma_sync_single_for_device()" },
	{ "used-before-unmap", "unmap",
	  "used before the unmap brings in what the device wrote, with no"
	  " dma_sync_single_for_cpu()" },
};

static const struct finding *finding_of(const struct code_fact *fact)
{
	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		if (!strcmp(findings[i].name, fact->a))
			return &findings[i];
	return NULL;
}

static int by_place(const void *a, const void *b)
{
	const struct code_fact *x = *(const struct code_fact *const *)a;
	const struct code_fact *y = *(const struct code_fact *const *)b;

	return x->line != y->line ? x->line - y->line : x->column - y->column;
}

/* One use may follow several maps or come before several unmaps: the first counts. */
static bool is_again(const struct code_fact *const *facts, size_t i)
{
	return i && facts[i]->line == facts[i - 1]->line && facts[i]->a == facts[i - 1]->a;
}

static void put_finding(FILE *f, const struct code_fact *fact, const struct finding *finding)
{
	const struct code_function *fn = fact->function;
	json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:s, s:o, s:s}", "file", fn->file->path,
			      "line", fact->line, "function", fn->name, "finding", finding->name,
			      "buffer", fact->b, finding->call,
			      json_sprintf("%s:%s %s", fn->file->path, fact->c, fn->name),
			      "reason", finding->reason);

	json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', f);
	json_decref(o);
}

static void put_unchecked(FILE *f, const struct code_file *file, const struct code_fact *fact)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "file", file->path, "finding", fact->a, "reason",
			      fact->b);

	json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', f);
	json_decref(o);
}

struct count {
	size_t finding[ARRAY_SIZE(findings)], unchecked;
};

static void put_file(FILE *f, const struct code_file *file, struct count *count)
{
	const struct code_fact **facts = xcalloc(file->n + 1, sizeof(*facts));
	size_t n = 0;

	for (size_t i = 0; i < file->n; i++)
		if (file->facts[i].kind == FACT_ORDER)
			facts[n++] = &file->facts[i];
	qsort(facts, n, sizeof(*facts), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct finding *finding = finding_of(facts[i]);

		if (!finding) {
			put_unchecked(f, file, facts[i]);
			count->unchecked++;
		} else if (!is_again(facts, i)) {
			put_finding(f, facts[i], finding);
			count->finding[finding - findings]++;
		}
	}
	free(facts);
}

void report_order(const struct code *code, const char *dir, FILE *f)
{
	char *path = xasprintf("%s/order.jsonl", dir);
	struct count count = { .unchecked = 0 };
	FILE *out = file_begin(path);

	for (size_t i = 0; i < code->n; i++)
		if (code->files[i].asked)
			put_file(out, &code->files[i], &count);
	file_commit(out, path);
	free(path);
	fputs("order of calls (order.jsonl):", f);
	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		fprintf(f, " %zu %s,", count.finding[i], findings[i].name);
	fprintf(f, " %zu files not checked\n", count.unchecked);
}
