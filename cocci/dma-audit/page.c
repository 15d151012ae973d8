// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "page.h"
#include "tree.h"
#include "util.h"

/* From page-files.S. */
extern const char page_html[], page_css[], page_js[];

/* "file:line" and what stands there, for each place of the evidence. */
static void add_lines(json_t *lines, struct sources *sources,
		      const struct code_fact *const *facts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct code_file *file = facts[i]->function->file;
		const char *text = source_line(sources, file, facts[i]->line);
		char *place = xasprintf("%s:%d", file->path, facts[i]->line);

		if (text)
			json_object_set_new(lines, place, json_text(text));
		free(place);
	}
}

/* A line of sites.jsonl, with the source beside it. */
static json_t *page_site(const struct site *s, struct sources *sources)
{
	json_t *o = site_json(s), *lines = json_object();
	char *subsystem = xstrdup(s->file->path), *around;
	int first;

	subsystem[subsystem_length(subsystem)] = '\0';
	json_object_set_new(o, "subsystem", json_text(subsystem));
	free(subsystem);
	add_lines(lines, sources, s->unmaps, s->n_unmaps);
	add_lines(lines, sources, s->syncs, s->n_syncs);
	json_object_set_new(o, "lines", lines);
	around = source_around(sources, s, &first);
	if (around)
		json_object_set_new(o, "source", json_pack("{s:i, s:o}", "first", first, "text",
							   json_text(around)));
	free(around);
	return o;
}

static json_t *page_data(const struct code *code, const struct sites *sites,
			 struct sources *sources, const char *root, const char *only)
{
	json_t *verdicts = json_array(), *found = json_array();
	char *name = tree_name(root);
	json_t *data;

	for (int v = 0; v < VERDICTS; v++)
		json_array_append_new(verdicts, json_pack("{s:s, s:s}", "name", verdict_name(v),
							  "meaning", verdict_meaning(v)));
	for (size_t i = 0; i < sites->n; i++)
		json_array_append_new(found, page_site(&sites->sites[i], sources));
	data = json_pack("{s:o, s:o, s:o, s:o, s:o}", "tree", json_text(name), "only",
			 json_text(only), "verdicts", verdicts, "sites", found, "unparsed",
			 unparsed_json(code, sites));
	free(name);
	return data;
}

/* In a script element, "</script" and "<!--" must not appear: no '<' does. */
static int put_data(const char *text, size_t len, void *f)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<')
			fputs("\\u003c", f);
		else
			fputc(text[i], f);
	}
	return 0;
}

/* What stands for {{name}} in page.html. */
static void put_part(const char *name, size_t len, const json_t *data, FILE *f)
{
	if (!strncmp(name, "style", len))
		fputs(page_css, f);
	else if (!strncmp(name, "script", len))
		fputs(page_js, f);
	else
		json_dump_callback(data, put_data, f, JSON_COMPACT | JSON_ENSURE_ASCII);
}

void page_write(const struct code *code, const struct sites *sites, struct sources *sources,
		const char *root, const char *only, const char *path)
{
	json_t *data = page_data(code, sites, sources, root, only);
	FILE *f = file_begin(path);
	const char *at = page_html, *open, *close;

	while ((open = strstr(at, "{{"))) {
		close = strstr(open, "}}");
		fwrite(at, 1, open - at, f);
		put_part(open + 2, close - open - 2, data, f);
		at = close + 2;
	}
	fputs(at, f);
	file_commit(f, path);
	json_decref(data);
}
