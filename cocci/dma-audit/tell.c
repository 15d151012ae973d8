// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "tell.h"
#include "util.h"

/* Functions that a reason names before it says "and others". */
#define NAMED 3

static const char *intern_free(char *text)
{
	const char *s = intern(text);

	free(text);
	return s;
}

static const char *object_of(const struct handle *h)
{
	if (h->n)
		return intern_free(xasprintf("%s.%s", h->keys[0].type ?: "?", h->keys[0].member));
	if (h->returned)
		return "returned";
	if (h->out_parameter)
		return "out parameter";
	return h->parameter ? "parameter" : h->local ? "local variable" : "none";
}

/* "a(), b()": the functions of these calls, each once. */
static char *functions_of(const struct code_fact *const *facts, size_t n)
{
	const struct code_function *named[NAMED];
	char *text = xstrdup(""), *more;
	size_t have = 0, k;

	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < have && named[k]->name != facts[i]->function->name; k++)
			;
		if (k < have)
			continue;
		if (have == NAMED) {
			more = xasprintf("%s and others", text);
			free(text);
			return more;
		}
		named[have++] = facts[i]->function;
		more = xasprintf("%s%s%s()", text, have > 1 ? ", " : "", facts[i]->function->name);
		free(text);
		text = more;
	}
	return text;
}

static const char *reason_of(const struct site *s)
{
	char *unmaps = functions_of(s->unmaps, s->n_unmaps);
	char *syncs = functions_of(s->syncs, s->n_syncs);
	char *text = xasprintf("%s%s%s%s%s", s->reason, *unmaps ? "; unmapped in " : "", unmaps,
			       *syncs ? "; synced in " : "", syncs);

	free(unmaps);
	free(syncs);
	return intern_free(text);
}

static bool is_allocation(const char *value)
{
	static const char *const allocators[] = {
		"kmalloc",	   "kzalloc",		"kcalloc",
		"__get_free_page", "get_zeroed_page",	"devm_kzalloc",
		"devm_kmalloc",	   "alloc_pages_exact", "kzalloc_node",
	};

	const char *name, *arguments;

	if (!expr_call(value, &name, &arguments))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		if (!strncmp(name, allocators[i], strlen(allocators[i])))
			return true;
	return false;
}

/* What a buffer refers to, through one conversion like virt_to_page(). */
static struct expr_ref buffer_ref(const char *buffer)
{
	struct expr_ref ref = expr_ref(buffer);
	const char *name, *arguments;

	if (!ref.variable && expr_call(buffer, &name, &arguments))
		ref = expr_ref(code_argument(arguments, 0) ?: "");
	return ref;
}

/* Memory that the mapping function has just got for itself. */
static bool is_own_memory(const struct code_fact *map)
{
	struct expr_ref buffer = buffer_ref(code_argument(map->b, map->api->buffer) ?: "");
	const struct code_function *fn = map->function;

	for (size_t i = 0; buffer.variable && i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];
		struct expr_ref left;

		if (f->kind == FACT_DECLARE && f->b == buffer.variable && is_allocation(f->c))
			return true;
		if (f->kind != FACT_ASSIGN || !is_allocation(f->b))
			continue;
		left = expr_ref(f->a);
		if (left.variable == buffer.variable &&
		    (!left.member || left.member == buffer.member))
			return true;
	}
	return false;
}

static bool is_attachment_word(const char *word, void *arg)
{
	(void)arg;
	return !strcmp(word, "attachment") || !strcmp(word, "attach");
}

/* In the exporter's own folder: what the users of a helper sync helps no other user. */
static bool is_synced_here(const struct site *s)
{
	size_t len = strrchr(s->file->path, '/') - s->file->path;

	for (size_t i = 0; i < s->n_syncs; i++) {
		const char *path = s->syncs[i]->function->file->path;

		if (!strncmp(path, s->file->path, len + 1) && !strchr(path + len + 1, '/'))
			return true;
	}
	return false;
}

/* An exporter that syncs what each attachment holds needs nothing else. */
static bool syncs_attachments(const struct evidence *e)
{
	const struct handle *h = &e->handle;

	for (size_t i = 0; is_synced_here(e->site) && i < h->n; i++)
		if (h->keys[i].type && name_words(h->keys[i].type, is_attachment_word, NULL))
			return true;
	return false;
}

static const char *fix_of(const struct evidence *e)
{
	const struct site *s = e->site;
	const char *attribute = s->api->attrs >= 0 ? "attribute" : "rename to _attrs form";

	if (strstr(s->attrs, "DMA_ATTR_PERSISTENT_STREAMING"))
		return "none";
	if (s->verdict == DMABUF_EXPORT)
		return syncs_attachments(e) ? "none" : attribute;
	if (s->verdict != PERSISTENT_NOSYNC)
		return "none";
	/* A queue or a buffer that driver and device share from the beginning. */
	if (s->api->object < 0 && is_own_memory(s->call))
		return "coherent allocation";
	return attribute;
}

void tell(const struct evidence *e)
{
	e->site->object = object_of(&e->handle);
	e->site->reason = reason_of(e->site);
	e->site->fix = fix_of(e);
}
