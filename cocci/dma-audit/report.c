// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "role.h"
#include "util.h"

static void put_line(FILE *f, json_t *object)
{
	json_dumpf(object, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', f);
	json_decref(object);
}

static FILE *begin(const char *dir, const char *name, char **path)
{
	*path = xasprintf("%s/%s", dir, name);
	return file_begin(*path);
}

static void commit(FILE *f, char *path)
{
	file_commit(f, path);
	free(path);
}

static json_t *places(const struct code_fact *const *facts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct code_function *fn = facts[i]->function;

		json_array_append_new(list, json_sprintf("%s:%d %s", fn->file->path, facts[i]->line,
							 fn->name));
	}
	return list;
}

static json_t *site_object(const struct site *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", json_string(s->file->path));
	json_object_set_new(o, "line", json_integer(s->line));
	json_object_set_new(o, "function", json_string(s->function));
	json_object_set_new(o, "api", json_string(s->api->name));
	json_object_set_new(o, "verdict", json_string(verdict_name(s->verdict)));
	json_object_set_new(o, "confidence", json_string(confidence_name(s->confidence)));
	json_object_set_new(o, "object", json_string(s->object));
	json_object_set_new(o, "map_attrs", json_string(s->attrs));
	json_object_set_new(o, "unmap", places(s->unmaps, s->n_unmaps));
	json_object_set_new(o, "sync", places(s->syncs, s->n_syncs));
	json_object_set_new(o, "reason", json_string(s->reason));
	json_object_set_new(o, "fix", json_string(s->fix));
	return o;
}

static json_t *text_object(const struct text_call *t)
{
	return json_pack("{s:i, s:s, s:s}", "line", t->line, "function", t->function, "api",
			 t->api->name);
}

static bool is_unparsed(const struct code_file *file)
{
	return file->asked &&
	       (file->state == CONTENT_FAILED || file->state == CONTENT_PENDING);
}

static json_t *unparsed_object(const struct code_file *file)
{
	json_t *calls = json_array();

	for (size_t i = 0; i < file->n_texts; i++)
		if (file->texts[i].context == TEXT_CALL)
			json_array_append_new(calls, text_object(&file->texts[i]));
	return json_pack("{s:s, s:s, s:o}", "file", file->path, "reason", file->reason, "calls",
			 calls);
}

static void put_unparsed(const struct code *code, const struct sites *sites, FILE *f)
{
	for (size_t i = 0; i < code->n; i++)
		if (is_unparsed(&code->files[i]))
			put_line(f, unparsed_object(&code->files[i]));
	/* A function that spatch skipped in a file that it read. */
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *s = &sites->sites[i];

		if (!s->call && s->file->state == CONTENT_PARSED)
			put_line(f, json_pack("{s:s, s:s, s:[{s:i, s:s, s:s}]}",
					      "file", s->file->path,
					      "reason", "parse error in one function",
					      "calls", "line", s->line, "function", s->function,
					      "api", s->api->name));
	}
}

void report_json(const struct code *code, const struct sites *sites, const char *dir)
{
	char *path;
	FILE *f;

	f = begin(dir, "sites.jsonl", &path);
	for (size_t i = 0; i < sites->n; i++)
		put_line(f, site_object(&sites->sites[i]));
	commit(f, path);

	f = begin(dir, "unparsed.jsonl", &path);
	put_unparsed(code, sites, f);
	commit(f, path);

	f = begin(dir, "missed.jsonl", &path);
	for (size_t i = 0; i < sites->n_missed; i++) {
		const struct missed *m = &sites->missed[i];
		json_t *o = text_object(m->text);

		json_object_set_new(o, "file", json_string(m->file->path));
		json_object_set_new(o, "reason", json_string(m->reason));
		put_line(f, o);
	}
	commit(f, path);
}

struct row {
	char *name;
	size_t count[VERDICTS], total;
};

/* drivers/gpu, sound/soc, arch/s390; one level where there are no more. */
static size_t subsystem_length(const char *path)
{
	const char *first = strchr(path, '/');
	const char *second = first ? strchr(first + 1, '/') : NULL;

	return second ? (size_t)(second - path) : first ? (size_t)(first - path) : strlen(path);
}

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
