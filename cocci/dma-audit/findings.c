// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "util.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

/* The length of the character at @s; 0: no UTF-8 (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

json_t *json_text(const char *s)
{
	json_t *text = json_string(s);
	char *clean, *to;
	size_t len;

	if (text)
		return text;
	clean = xcalloc(strlen(s) + 1, strlen(REPLACEMENT));
	to = clean;
	for (; *s; s += len ?: 1) {
		len = utf8_length((const unsigned char *)s);
		to = mempcpy(to, len ? s : REPLACEMENT, len ?: strlen(REPLACEMENT));
	}
	text = json_string(clean);
	free(clean);
	return text;
}

static json_t *places(const struct code_fact *const *facts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct code_function *fn = facts[i]->function;
		char *place = xasprintf("%s:%d %s", fn->file->path, facts[i]->line, fn->name);

		json_array_append_new(list, json_text(place));
		free(place);
	}
	return list;
}

json_t *site_json(const struct site *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", json_text(s->file->path));
	json_object_set_new(o, "line", json_integer(s->line));
	json_object_set_new(o, "function", json_text(s->function));
	json_object_set_new(o, "api", json_string(s->api->name));
	json_object_set_new(o, "verdict", json_string(verdict_name(s->verdict)));
	json_object_set_new(o, "confidence", json_string(confidence_name(s->confidence)));
	json_object_set_new(o, "object", json_text(s->object));
	json_object_set_new(o, "map_attrs", json_text(s->attrs));
	json_object_set_new(o, "unmap", places(s->unmaps, s->n_unmaps));
	json_object_set_new(o, "sync", places(s->syncs, s->n_syncs));
	json_object_set_new(o, "reason", json_text(s->reason));
	json_object_set_new(o, "fix", json_string(s->fix));
	return o;
}

static json_t *call_json(int line, const char *function, const struct api *api)
{
	return json_pack("{s:i, s:o, s:s}", "line", line, "function", json_text(function), "api",
			 api->name);
}

bool is_unparsed(const struct code_file *file)
{
	return file->asked &&
	       (file->state == CONTENT_FAILED || file->state == CONTENT_PENDING);
}

static json_t *unparsed_file(const struct code_file *file)
{
	json_t *calls = json_array();

	for (size_t i = 0; i < file->n_texts; i++) {
		const struct text_call *t = &file->texts[i];

		if (t->context == TEXT_CALL)
			json_array_append_new(calls, call_json(t->line, t->function, t->api));
	}
	return json_pack("{s:o, s:o, s:o}", "file", json_text(file->path), "reason",
			 json_text(file->reason), "calls", calls);
}

json_t *unparsed_json(const struct code *code, const struct sites *sites)
{
	json_t *list = json_array();

	for (size_t i = 0; i < code->n; i++)
		if (is_unparsed(&code->files[i]))
			json_array_append_new(list, unparsed_file(&code->files[i]));
	/* A function that spatch skipped in a file that it read. */
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *s = &sites->sites[i];

		if (s->call || s->file->state != CONTENT_PARSED)
			continue;
		json_array_append_new(list, json_pack("{s:o, s:s, s:[o]}",
						      "file", json_text(s->file->path),
						      "reason", "parse error in one function",
						      "calls",
						      call_json(s->line, s->function, s->api)));
	}
	return list;
}

static json_t *missed_json(const struct missed *m)
{
	json_t *o = call_json(m->text->line, m->text->function, m->text->api);

	json_object_set_new(o, "file", json_text(m->file->path));
	json_object_set_new(o, "reason", json_string(m->reason));
	return o;
}

/* Takes @list away. */
static void put_lines(const char *dir, const char *name, json_t *list)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = file_begin(path);
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object) {
		json_dumpf(object, f, JSON_COMPACT | JSON_ENSURE_ASCII);
		fputc('\n', f);
	}
	file_commit(f, path);
	json_decref(list);
	free(path);
}

void findings_write(const struct code *code, const struct sites *sites, const char *dir)
{
	json_t *found = json_array(), *missed = json_array();

	for (size_t i = 0; i < sites->n; i++)
		json_array_append_new(found, site_json(&sites->sites[i]));
	for (size_t i = 0; i < sites->n_missed; i++)
		json_array_append_new(missed, missed_json(&sites->missed[i]));
	put_lines(dir, "sites.jsonl", found);
	put_lines(dir, "unparsed.jsonl", unparsed_json(code, sites));
	put_lines(dir, "missed.jsonl", missed);
}
