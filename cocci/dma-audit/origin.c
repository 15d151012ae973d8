// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "origin.h"
#include "util.h"

/* A function is put into its caller, that one into its own, and so on. */
#define INLINE_DEPTH 3

const char *basis_name(enum basis b)
{
	static const char *const names[] = {
		[BASIS_NONE] = "none",
		[BASIS_STACK] = "stack",
		[BASIS_DRIVER] = "driver",
	};

	return names[b];
}

bool site_is_seen(const struct site *s)
{
	return strcmp(s->api->name, "dma_iova_link");
}

/* Can a call of this site make a mapping that dma-debug gives this type? */
static bool site_makes(const struct site *s, const char *type)
{
	bool sg = strstr(s->api->name, "_sg");

	if (!site_is_seen(s))
		return false;
	return !strcmp(type, "scatter-gather") ? sg :
	       !strcmp(type, "phy") || !strcmp(type, "single") ? !sg : false;
}

static void add_site(struct origin *o, const struct site *s)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->sites[i] == s)
			return;
	o->sites = xrealloc(o->sites, (o->n + 1) * sizeof(*o->sites));
	o->sites[o->n++] = s;
}

/* With @file NULL, in any file. */
static void add_sites_in(struct origin *o, const struct sites *sites, const struct code_file *file,
			 const char *function, const char *type)
{
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *s = &sites->sites[i];

		if (s->function == function && (!file || s->file == file) && site_makes(s, type))
			add_site(o, s);
	}
}

static bool is_header(const struct code_file *file)
{
	size_t len = strlen(file->path);

	return len > 2 && !strcmp(file->path + len - 2, ".h");
}

/* The sites in what @fn calls, where that may be inlined. */
static void add_inlined(struct origin *o, const struct code *code, const struct sites *sites,
			const struct code_function *fn, const char *type, int depth)
{
	for (size_t i = 0; depth && i < fn->n; i++) {
		const struct code_fact *call = &fn->facts[i];
		const struct code_function *to;

		if (call->kind != FACT_CALL || call->api)
			continue;
		to = code_function(code, fn->file, call->a);
		if (!to || to == fn || (to->file != fn->file && !is_header(to->file)))
			continue;
		add_sites_in(o, sites, to->file, to->name, type);
		add_inlined(o, code, sites, to, type, depth - 1);
	}
}

struct origin origin_of_stack(const struct code *code, const struct sites *sites,
			      const struct map_event *event, const char *type)
{
	struct origin o = { .basis = BASIS_NONE };

	for (size_t i = 0; i < event->n_frames && !o.n; i++) {
		const char *name = event->frames[i];
		const struct code_function *fn;

		/* dma_map_sgtable() and its like map for whoever calls them. */
		if (api_find(name, strlen(name)))
			continue;
		add_sites_in(&o, sites, NULL, name, type);
		fn = o.n ? NULL : code_function(code, NULL, name);
		if (fn)
			add_inlined(&o, code, sites, fn, type, INLINE_DEPTH);
		if (o.n) {
			o.basis = BASIS_STACK;
			o.function = name;
		}
	}
	return o;
}

struct origin origin_of_driver(const struct sites *sites, const struct driver_files *files,
			       const char *type)
{
	struct origin o = { .basis = BASIS_NONE };

	for (size_t i = 0; i < sites->n; i++)
		for (size_t k = 0; k < files->n; k++)
			if (sites->sites[i].file->path == files->paths[k] &&
			    site_makes(&sites->sites[i], type))
				add_site(&o, &sites->sites[i]);
	if (o.n)
		o.basis = BASIS_DRIVER;
	return o;
}
