// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "sarif.h"
#include "tree.h"
#include "util.h"

/* The name of the tree's root for paths relative to it (section 3.4.4). */
#define ROOT "SRCROOT"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

/* A path in a URI (RFC 3986, sections 2.3 and 3.3). */
static json_t *uri(const char *before, const char *path, const char *behind)
{
	char *text = xcalloc(strlen(before) + 3 * strlen(path) + strlen(behind) + 1, 1);
	char *to = stpcpy(text, before);
	json_t *value;

	for (; *path; path++)
		to += sprintf(to, isascii(*path) && (isalnum(*path) || strchr("/-._~", *path)) ?
			      "%c" : "%%%02X", (unsigned char)*path);
	stpcpy(to, behind);
	value = json_string(text);
	free(text);
	return value;
}

/* Section 3.27.9. */
static const char *kind_of(enum verdict v)
{
	static const char *const kinds[] = {
		[PERSISTENT_NOSYNC] = "fail",
		[PERSISTENT_SYNCED] = "pass",
		[DEVICE_ONLY] = "pass",
		[TRANSIENT] = "pass",
		[DMABUF_EXPORT] = "review",
		[OTHER] = "notApplicable",
		[UNKNOWN] = "open",
	};

	return kinds[v];
}

/* Section 3.27.10: what does not fail has no level. */
static const char *level_of(enum verdict v)
{
	return v == PERSISTENT_NOSYNC ? "warning" : "none";
}

static json_t *rules(void)
{
	json_t *list = json_array();

	for (int v = 0; v < VERDICTS; v++)
		json_array_append_new(list, json_pack("{s:s, s:{s:s}, s:{s:s}}",
						      "id", verdict_name(v),
						      "shortDescription",
						      "text", verdict_meaning(v),
						      "defaultConfiguration",
						      "level", level_of(v)));
	return list;
}

static json_t *place(const char *file, int line)
{
	return json_pack("{s:{s:o, s:s}, s:{s:i}}", "artifactLocation", "uri", uri("", file, ""),
			 "uriBaseId", ROOT, "region", "startLine", line);
}

static json_t *site_place(const struct site *s, struct sources *sources)
{
	json_t *o = place(s->file->path, s->line);
	const char *line = source_line(sources, s->file, s->line);

	if (line)
		json_object_set_new(json_object_get(o, "region"), "snippet",
				    json_pack("{s:o}", "text", json_text(line)));
	return o;
}

static void add_related(json_t *list, const char *what, const struct code_fact *const *facts,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct code_function *fn = facts[i]->function;
		char *text = xasprintf("%s in %s()", what, fn->name);

		json_array_append_new(list, json_pack("{s:i, s:o, s:{s:o}}",
						      "id", (int)json_array_size(list) + 1,
						      "physicalLocation",
						      place(fn->file->path, facts[i]->line),
						      "message", "text", json_text(text)));
		free(text);
	}
}

static json_t *message(const struct site *s)
{
	bool fix = strcmp(s->fix, "none");
	char *text = xasprintf("%s: %s%s%s", s->api->name, s->reason, fix ? "; fix: " : "",
			       fix ? s->fix : "");
	json_t *o = json_pack("{s:o}", "text", json_text(text));

	free(text);
	return o;
}

/* What stays when lines move, as diff has it. */
static json_t *fingerprint(const struct site *s)
{
	char *text = xasprintf("%s %s %s", s->function, s->api->name, s->object);
	json_t *o = json_pack("{s:o}", "mapping/v1", json_text(text));

	free(text);
	return o;
}

static json_t *result(const struct site *s, struct sources *sources)
{
	json_t *related = json_array();

	add_related(related, "unmapped", s->unmaps, s->n_unmaps);
	add_related(related, "synced", s->syncs, s->n_syncs);
	return json_pack("{s:s, s:i, s:s, s:s, s:o, s:[{s:o, s:[{s:o, s:s}]}], s:o, s:o,"
			 " s:{s:s, s:s, s:o, s:o, s:s}}",
			 "ruleId", verdict_name(s->verdict), "ruleIndex", s->verdict,
			 "kind", kind_of(s->verdict), "level", level_of(s->verdict),
			 "message", message(s),
			 "locations", "physicalLocation", site_place(s, sources),
			 "logicalLocations", "name", json_text(s->function), "kind", "function",
			 "relatedLocations", related, "partialFingerprints", fingerprint(s),
			 "properties", "confidence", confidence_name(s->confidence),
			 "api", s->api->name, "object", json_text(s->object),
			 "map_attrs", json_text(s->attrs), "fix", s->fix);
}

/* What could not be parsed: the tool's own trouble (section 3.20.21). */
static json_t *notifications(const struct code *code, const struct sites *sites)
{
	json_t *list = json_array(), *unparsed = unparsed_json(code, sites), *one;
	size_t i;

	json_array_foreach(unparsed, i, one) {
		const char *file = json_string_value(json_object_get(one, "file"));
		json_t *call = json_array_get(json_object_get(one, "calls"), 0);
		json_t *line = json_object_get(call, "line");
		char *text = xasprintf("not parsed: %s",
				       json_string_value(json_object_get(one, "reason")));

		json_array_append_new(list, json_pack("{s:s, s:{s:o}, s:[{s:o}]}", "level",
						      "warning", "message", "text",
						      json_text(text), "locations",
						      "physicalLocation",
						      place(file, line ? json_integer_value(line) :
							    1)));
		free(text);
	}
	json_decref(unparsed);
	return list;
}

void sarif_write(const struct code *code, const struct sites *sites, struct sources *sources,
		 const char *root, const char *path)
{
	json_t *results = json_array(), *log;
	char *name = tree_name(root);
	FILE *f;

	for (size_t i = 0; i < sites->n; i++)
		json_array_append_new(results, result(&sites->sites[i], sources));
	log = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:o}}, s:[{s:b, s:o}], s:{s:{s:o, s:{s:o}}},"
			" s:o}]}", "$schema", SCHEMA,
			"version", "2.1.0", "runs",
			"tool", "driver", "name", "dma-audit", "rules", rules(),
			"invocations", "executionSuccessful", true,
			"toolExecutionNotifications", notifications(code, sites),
			"originalUriBaseIds", ROOT, "uri", uri("file://", root, "/"),
			"description", "text", json_text(name),
			"results", results);
	f = file_begin(path);
	json_dumpf(log, f, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	fputc('\n', f);
	file_commit(f, path);
	json_decref(log);
	free(name);
}
