// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "site.h"
#include "util.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[PERSISTENT_NOSYNC] = "persistent-nosync",
		[PERSISTENT_SYNCED] = "persistent-synced",
		[DEVICE_ONLY] = "device-only",
		[TRANSIENT] = "transient",
		[DMABUF_EXPORT] = "dmabuf-export",
		[OTHER] = "other",
		[UNKNOWN] = "unknown",
	};

	return names[v];
}

const char *verdict_meaning(enum verdict v)
{
	static const char *const meanings[] = {
		[PERSISTENT_NOSYNC] =
			"lives long, both sides use it, nothing syncs it: broken under bouncing",
		[PERSISTENT_SYNCED] = "lives long and is synced",
		[DEVICE_ONLY] = "lives long, but its content does not matter to the CPU",
		[TRANSIENT] = "mapped and unmapped around one transfer",
		[DMABUF_EXPORT] = "in a map_dma_buf callback: the importer decides",
		[OTHER] = "MMIO, tests, a layer of the DMA API itself",
		[UNKNOWN] = "the facts do not decide",
	};

	return meanings[v];
}

const char *confidence_name(enum confidence c)
{
	static const char *const names[] = {
		[CONFIDENCE_LOW] = "low",
		[CONFIDENCE_MODERATE] = "moderate",
		[CONFIDENCE_HIGH] = "high",
	};

	return names[c];
}

size_t subsystem_length(const char *path)
{
	const char *first = strchr(path, '/');
	const char *second = first ? strchr(first + 1, '/') : NULL;

	return second ? (size_t)(second - path) : first ? (size_t)(first - path) : strlen(path);
}

static struct site *add_site(struct sites *s, const struct code_file *file, int line,
			     const char *function, const struct api *api)
{
	s->sites = xrealloc(s->sites, (s->n + 1) * sizeof(*s->sites));
	s->sites[s->n] = (struct site) {
		.file = file,
		.line = line,
		.function = function,
		.api = api,
		.verdict = UNKNOWN,
		.confidence = CONFIDENCE_LOW,
		.object = "",
		.attrs = "",
		.reason = "",
		.fix = "none",
	};
	return &s->sites[s->n++];
}

/*
 * The macro around a call outside of every function: spatch reads the bodies of
 * macros and has no name for them.
 */
static const char *macro_around(const struct code_fact *call, const struct code_file *f)
{
	for (size_t i = 0; i < f->n_texts; i++)
		if (f->texts[i].line == call->line && f->texts[i].api == call->api)
			return f->texts[i].function;
	return "";
}

static void sites_of_facts(struct sites *s, const struct code_file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct code_fact *call = &f->facts[i];
		struct site *site;

		if (!call->api || call->api->kind != API_MAP)
			continue;
		site = add_site(s, f, call->line,
				call->function->line ? call->function->name : macro_around(call, f),
				call->api);
		site->call = call;
		if (call->api->attrs >= 0)
			site->attrs = code_argument(call->b, call->api->attrs) ?: "";
	}
}

/* How many sites from number @from on are this call? */
static size_t count_sites(const struct sites *s, size_t from, int line, const struct api *api)
{
	size_t n = 0;

	for (size_t i = from; i < s->n; i++)
		n += s->sites[i].line == line && s->sites[i].api == api;
	return n;
}

static const char *why_no_site(enum text_context context)
{
	static const char *const reasons[] = {
		[TEXT_DECLARED] = "declared or defined here, not called",
		[TEXT_MEMBER] = "a function pointer of that name, not the DMA API",
		[TEXT_DISABLED] = "under #if 0: never compiled",
		[TEXT_COMMENT] = "in a comment",
		[TEXT_STRING] = "in a string",
	};

	return reasons[context];
}

static void add_missed(struct sites *s, const struct code_file *f, const struct text_call *text,
		       const char *reason)
{
	s->missed = xrealloc(s->missed, (s->n_missed + 1) * sizeof(*s->missed));
	s->missed[s->n_missed++] = (struct missed) { f, text, reason };
}

/* What spatch does not reach becomes a site that says so. */
static void sites_of_text(struct sites *s, const struct code_file *f, size_t from)
{
	size_t seen = 0;

	for (size_t i = 0; i < f->n_texts; i++) {
		const struct text_call *t = &f->texts[i];
		bool again = i && t[-1].line == t->line && t[-1].api == t->api;
		struct site *site;

		if (t->context != TEXT_CALL && t->context != TEXT_MACRO) {
			add_missed(s, f, t, why_no_site(t->context));
			continue;
		}
		seen = again ? seen + 1 : 1;
		if (count_sites(s, from, t->line, t->api) >= seen)
			continue;
		site = add_site(s, f, t->line, t->function, t->api);
		site->reason = f->state == CONTENT_PENDING ?
			"this file is not scanned yet: only the text search sees the call" :
			f->state == CONTENT_PARSED ?
			"spatch could not parse this function: only the text search sees the call" :
			"spatch could not parse this file: only the text search sees the call";
	}
}

static int by_line(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->line != y->line)
		return x->line - y->line;
	return strcmp(x->api->name, y->api->name);
}

struct sites *sites_collect(const struct code *code)
{
	struct sites *s = xcalloc(1, sizeof(*s));

	for (size_t i = 0; i < code->n; i++) {
		size_t from = s->n;

		if (!code->files[i].asked)
			continue;
		sites_of_facts(s, &code->files[i]);
		sites_of_text(s, &code->files[i], from);
		if (s->n > from)
			qsort(s->sites + from, s->n - from, sizeof(*s->sites), by_line);
	}
	return s;
}
