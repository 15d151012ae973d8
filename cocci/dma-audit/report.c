// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "report.h"
#include "role.h"
#include "util.h"

struct row {
	char *name;
	size_t count[VERDICTS], total;
};

static void put_row(FILE *f, const struct row *row)
{
	fprintf(f, "%-28s", row->name);
	for (int v = 0; v < VERDICTS; v++)
		fprintf(f, " %11zu", row->count[v]);
	fprintf(f, " %7zu\n", row->total);
}

static void put_table(const struct sites *sites, FILE *f)
{
	static const char *const heads[VERDICTS] = {
		"nosync", "synced", "device-only", "transient", "dmabuf", "other", "unknown",
	};
	struct row row = { NULL }, all = { .name = "all" };

	fprintf(f, "%-28s", "mapping calls");
	for (int v = 0; v < VERDICTS; v++)
		fprintf(f, " %11s", heads[v]);
	fprintf(f, " %7s\n", "calls");
	for (size_t i = 0; i < sites->n; i++) {
		const char *path = sites->sites[i].file->path;
		size_t len = subsystem_length(path);

		if (row.name && (strlen(row.name) != len || strncmp(row.name, path, len))) {
			put_row(f, &row);
			free(row.name);
			memset(&row, 0, sizeof(row));
		}
		if (!row.name)
			row.name = xasprintf("%.*s", (int)len, path);
		row.count[sites->sites[i].verdict]++;
		row.total++;
		all.count[sites->sites[i].verdict]++;
		all.total++;
	}
	if (row.name)
		put_row(f, &row);
	free(row.name);
	put_row(f, &all);
}

void report_summary(const struct code *code, const struct sites *sites, FILE *f)
{
	size_t parsed = 0, unparsed = 0, text_only = 0;

	put_table(sites, f);
	for (size_t i = 0; i < code->n; i++) {
		parsed += code->files[i].asked && code->files[i].state == CONTENT_PARSED;
		unparsed += is_unparsed(&code->files[i]);
	}
	for (size_t i = 0; i < sites->n; i++)
		text_only += !sites->sites[i].call;
	fprintf(f,
		"%zu files parsed, %zu not (unparsed.jsonl); %zu calls seen by the text search only\n",
		parsed, unparsed, text_only);
	for (size_t i = 0; i < code->n; i++)
		if (is_unparsed(&code->files[i]))
			fprintf(f, "not parsed: %s: %s\n", code->files[i].path,
				code->files[i].reason);
}

void report_lines(const struct sites *sites, FILE *f)
{
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *s = &sites->sites[i];

		fprintf(f, "%s:%d: %s() in %s(): %s (%s): %s\n", s->file->path, s->line,
			s->api->name, s->function, verdict_name(s->verdict),
			confidence_name(s->confidence), s->reason);
	}
}

static void put_role(FILE *f, const struct code_function *fn)
{
	struct role r = role_of(fn);

	if (r.transfer)
		fputs(", a transfer", f);
	if (r.life || r.far_life)
		fputs(", a lifetime", f);
	if (!r.transfer && !r.life && !r.far_life)
		fputs(r.weak_transfer ? ", perhaps a transfer" :
		      r.weak_life ? ", perhaps a lifetime" : ", no known role", f);
}

static void put_facts(FILE *f, const char *what, const struct code_fact *const *facts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct code_function *fn = facts[i]->function;

		fprintf(f, "%s %s:%d %s() in %s()", what, fn->file->path, facts[i]->line,
			facts[i]->a, fn->name);
		put_role(f, fn);
		for (size_t k = 0; k < fn->n_aliases; k++)
			fprintf(f, ", registered as %s", fn->aliases[k]);
		fputc('\n', f);
	}
}

bool report_explain(const struct sites *sites, const char *file, int line, FILE *f)
{
	bool found = false;

	for (size_t i = 0; i < sites->n; i++) {
		const struct site *s = &sites->sites[i];

		if (s->line != line || strcmp(s->file->path, file))
			continue;
		found = true;
		fprintf(f, "%s:%d: %s() in %s()\n", file, line, s->api->name, s->function);
		fprintf(f, "verdict   %s (%s): %s\n", verdict_name(s->verdict),
			confidence_name(s->confidence), s->reason);
		fprintf(f, "fix       %s\n", s->fix);
		fprintf(f, "kept as   %s\n", s->object);
		if (s->call)
			put_facts(f, "mapped   ", &s->call, 1);
		put_facts(f, "unmapped ", s->unmaps, s->n_unmaps);
		put_facts(f, "synced   ", s->syncs, s->n_syncs);
	}
	return found;
}
