// SPDX-License-Identifier: GPL-2.0
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "expr.h"
#include "member.h"
#include "message.h"
#include "retag.h"
#include "util.h"

#define COLUMNS 72

/* Names that a sentence has before it says "and others". */
#define NAMED 4

/* Ways of access that a message tells. */
#define ACCESSES 4

/* Names in the order in which they came, each once. */
struct names {
	const char **name;
	size_t n;
};

static void add_name(struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->name[i] == name)
			return;
	list->name = xrealloc(list->name, (list->n + 1) * sizeof(*list->name));
	list->name[list->n++] = name;
}

static bool has_name(const struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->name[i] == name)
			return true;
	return false;
}

/* "a(), b() and c()" */
static void put_names(FILE *f, const struct names *list, const char *behind)
{
	size_t n = list->n > NAMED ? NAMED : list->n;

	for (size_t i = 0; i < n; i++) {
		bool last = i == list->n - 1;

		fprintf(f, "%s%s%s", !i ? "" : last ? " and " : ", ", list->name[i], behind);
	}
	if (list->n > NAMED)
		fputs(" and others", f);
}

/* Breaks what was written to the stream @paragraph gave at blanks. */
static void put_wrapped(FILE *f, const char *text)
{
	size_t column = 0;

	for (const char *p = text; *p; ) {
		size_t len = strcspn(p, " ");

		if (column && column + 1 + len > COLUMNS) {
			fputc('\n', f);
			column = 0;
		} else if (column) {
			fputc(' ', f);
			column++;
		}
		fprintf(f, "%.*s", (int)len, p);
		column += len;
		p += len;
		p += strspn(p, " ");
	}
	fputs("\n\n", f);
}

struct paragraph {
	FILE *f;
	char *text;
	size_t size;
};

static void begin(struct paragraph *p)
{
	p->f = open_memstream(&p->text, &p->size);
	if (!p->f)
		die("out of memory");
}

static void end(struct paragraph *p, FILE *f)
{
	fclose(p->f);
	if (*p->text)
		put_wrapped(f, p->text);
	free(p->text);
}

static bool is_export(const struct group *g)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (g->sites[i]->verdict != DMABUF_EXPORT)
			return false;
	return true;
}

static bool is_list(const struct api *api)
{
	return strstr(api->name, "_sg");
}

static const char *what_of(const struct group *g)
{
	bool list = true, page = true;

	for (size_t i = 0; i < g->n_sites; i++) {
		const char *api = g->sites[i]->api->name;

		list &= is_list(g->sites[i]->api);
		page &= strstr(api, "_page") || strstr(api, "_iova");
	}
	return list ? "scatter lists" : page ? "pages" : "buffers";
}

const char *message_subject(const struct patch *p)
{
	bool all_exports = true, same = true;
	const char *what = what_of(p->groups[0]);
	char *text;

	for (size_t i = 0; i < p->n; i++) {
		all_exports &= is_export(p->groups[i]);
		same &= !strcmp(what, what_of(p->groups[i]));
	}
	if (all_exports)
		return "map exported dma-bufs as persistent";
	text = xasprintf("map %s as persistent", same ? what : "memory");
	what = intern(text);
	free(text);
	return what;
}

/* Where an unmap finds what it unmaps: "struct foo.table"; NULL: not in a member. */
static const char *kept_in(const struct group *g, const char *root)
{
	const char *kept = NULL;

	for (size_t i = 0; i < g->n_unmaps && !kept; i++) {
		const struct code_fact *u = g->unmaps[i];
		const char *object = code_argument(u->b, u->api->object);
		struct handle_key key = { NULL };

		if (object)
			key = member_key(root, u->function, object);
		if (key.type && !strncmp(key.type, "struct ", 7)) {
			char *text = xasprintf("%s.%s", key.type, key.member);

			kept = intern(text);
			free(text);
		}
	}
	return kept;
}

static void tell_mapping(const struct group *g, const char *root, FILE *f)
{
	struct names maps = { NULL }, unmaps = { NULL }, callers = { NULL };
	const char *kept = kept_in(g, root);
	bool itself = false;

	for (size_t i = 0; i < g->n_sites; i++)
		add_name(&maps, g->sites[i]->function);
	for (size_t i = 0; i < g->n_unmaps; i++) {
		const struct code_function *fn = g->unmaps[i]->function;

		if (has_name(&maps, fn->name)) {
			itself = true;
			continue;
		}
		add_name(&unmaps, fn->name);
		for (size_t k = 0; k < fn->n_callers; k++)
			add_name(&callers, fn->callers[k]->function->name);
	}
	put_names(f, &maps, "()");
	fprintf(f, " map%s %s", maps.n == 1 ? "s" : "", what_of(g));
	if (is_export(g))
		fputs(" for the importers of dma-bufs, "
		      "who keep them mapped for as long as they like", f);
	else if (kept)
		fprintf(f, " and keep%s them in %s", maps.n == 1 ? "s" : "", kept);
	fputs(". They are unmapped in ", f);
	put_names(f, unmaps.n ? &unmaps : &maps, "()");
	if (callers.n && callers.n <= NAMED) {
		fputs(", called by ", f);
		put_names(f, &callers, "()");
	}
	fputs(itself && unmaps.n ? ", or where they are mapped. " : ". ", f);
	free(maps.name);
	free(unmaps.name);
	free(callers.name);
}

static void tell_syncs(const struct group *g, FILE *f)
{
	struct names syncs = { NULL };

	for (size_t i = 0; i < g->n_sites; i++)
		for (size_t k = 0; k < g->sites[i]->n_syncs; k++)
			add_name(&syncs, g->sites[i]->syncs[k]->function->name);
	if (!syncs.n) {
		fputs("No dma_sync_*() is called for them.", f);
	} else {
		fputs("Of all that use them, only ", f);
		put_names(f, &syncs, "()");
		fprintf(f, " call%s dma_sync_*().", syncs.n == 1 ? "s" : "");
	}
	free(syncs.name);
}

/* The files that the patch changes, and those that call for the mappings. */
static void add_files(struct names *files, const struct patch *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct group *g = p->groups[i];

		for (size_t k = 0; k < g->n_sites; k++)
			add_name(files, g->sites[k]->file->path);
		for (size_t k = 0; k < g->n_unmaps; k++)
			add_name(files, g->unmaps[k]->function->file->path);
		for (size_t k = 0; k < g->n_sites; k++) {
			const struct code_function *fn = g->sites[k]->call->function;

			for (size_t c = 0; c < fn->n_callers; c++)
				add_name(files, fn->callers[c]->function->file->path);
		}
	}
}

/*
 * A helper that is a folder serves one purpose, so that all of it tells. The
 * other files of a driver may be about other memory.
 */
static void add_neighbours(struct names *files, const struct patch *p, const char *root)
{
	char *pattern = xasprintf("%s/%s/*.c", root, p->unit.path);
	glob_t found;

	if (p->unit.helper && !glob(pattern, 0, NULL, &found)) {
		for (size_t k = 0; k < found.gl_pathc; k++)
			add_name(files, intern(found.gl_pathv[k] + strlen(root) + 1));
		globfree(&found);
	}
	free(pattern);
}

/* "vmap() and kmap() in foo.c, vm_insert_page() in bar.c" */
static void put_accesses(FILE *f, const struct access *found, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && !strcmp(found[end].file, found[i].file); end++)
			fprintf(f, "%s%s()", end == i ? (i ? ", " : "") :
				end + 1 < n && !strcmp(found[end + 1].file, found[i].file) ?
				", " : " and ", found[end].call);
		fprintf(f, " in %s", found[i].file);
	}
}

static void tell_access(const struct patch *p, const char *root, FILE *f)
{
	struct access found[ACCESSES];
	struct names files = { NULL };
	size_t n;

	add_files(&files, p);
	add_neighbours(&files, p, root);
	n = access_find(root, files.name, files.n, found, ACCESSES);
	free(files.name);
	if (!n)
		return;
	fputs("In the meantime CPU or user space have access to such memory, too: there is ", f);
	put_accesses(f, found, n);
	fputs(".", f);
}

/* Attributes of a call beside ours; "" for none. */
static const char *other_attrs(const struct code_fact *call)
{
	const char *attrs = call->api->attrs < 0 ? NULL : code_argument(call->b, call->api->attrs);

	return attrs && strcmp(attrs, "0") ? attrs : "";
}

/* What the other side does not pass, and may not: groups where it must are left out. */
static void tell_disagreement(const struct patch *p, FILE *f)
{
	struct names maps = { NULL };
	const char *attrs = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const struct group *g = p->groups[i];

		for (size_t k = 0; k < g->n_sites * g->n_unmaps; k++) {
			const struct code_fact *map = g->sites[k / g->n_unmaps]->call;

			if (other_attrs(map) == other_attrs(g->unmaps[k % g->n_unmaps]))
				continue;
			add_name(&maps, map->function->name);
			attrs = *other_attrs(map) ? other_attrs(map) :
				other_attrs(g->unmaps[k % g->n_unmaps]);
		}
	}
	if (attrs) {
		fprintf(f, "Map and unmap go on to differ in %s, which qualifies the call and not "
			"the mapping: see ", attrs);
		put_names(f, &maps, "()");
		fputs(". ", f);
	}
	free(maps.name);
}

static bool is_in(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(path, folder, len) && (!path[len] || path[len] == '/');
}

/* Who undoes the mapping of this unit in code of their own. */
static void tell_outsiders(const struct patch *p, FILE *f)
{
	struct names list = { NULL };

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->groups[i]->n_unmaps; k++)
			if (!is_in(p->groups[i]->unmaps[k]->function->file->path, p->unit.path))
				add_name(&list, p->groups[i]->unmaps[k]->function->name);
	if (list.n) {
		put_names(f, &list, "()");
		fprintf(f, " undo%s the mapping in code of %s own, so that it changes here, too. ",
			list.n == 1 ? "es" : "", list.n == 1 ? "its" : "their");
	}
	free(list.name);
}

static void add_renamed(struct names *list, const struct code_fact *call)
{
	if (call->api->attrs < 0)
		add_name(list, intern(call->api->name));
}

static void tell_renames(const struct patch *p, FILE *f)
{
	struct names list = { NULL };

	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->groups[i]->n_sites; k++)
			add_renamed(&list, p->groups[i]->sites[k]->call);
		for (size_t k = 0; k < p->groups[i]->n_unmaps; k++)
			add_renamed(&list, p->groups[i]->unmaps[k]);
	}
	if (list.n) {
		put_names(f, &list, "()");
		fprintf(f, " ha%s no attributes: use the _attrs form%s. ", list.n == 1 ? "s" : "ve",
			list.n == 1 ? "" : "s");
	}
	free(list.name);
}

void message_body(const struct patch *p, const char *root, FILE *f)
{
	struct paragraph para;

	for (size_t i = 0; i < p->n; i++) {
		begin(&para);
		tell_mapping(p->groups[i], root, para.f);
		tell_syncs(p->groups[i], para.f);
		end(&para, f);
	}
	begin(&para);
	tell_access(p, root, para.f);
	end(&para, f);
	begin(&para);
	fputs("If the DMA layer bounces such a mapping, CPU and device each work on a copy of "
	      "their own. Pass " ATTRIBUTE " at map and unmap, so that it is not bounced where "
	      "that is a choice. ", para.f);
	tell_renames(p, para.f);
	tell_outsiders(p, para.f);
	tell_disagreement(p, para.f);
	end(&para, f);
	fputs("Generated from the findings of dma-audit; not run on hardware.\n", f);
}
