// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "group.h"
#include "handle.h"
#include "member.h"
#include "util.h"

/* Calls from a callback down to the function that does its work. */
#define MAX_STEPS 3

struct claim {
	const struct code_fact *unmap;
	size_t site;
};

/* A member that keeps a mapping of the site. */
struct known {
	struct handle_key key;
	const struct api *api;
	size_t site;
};

struct search {
	const struct code *code;
	const struct sites *sites;
	const bool *skip;
	const char *root;
	struct claim *claims;
	size_t n;
};

static void claim(struct search *s, const struct code_fact *unmap, size_t site)
{
	s->claims = xrealloc(s->claims, (s->n + 1) * sizeof(*s->claims));
	s->claims[s->n++] = (struct claim) { unmap, site };
}

static bool is_claimed(const struct search *s, const struct code_fact *unmap)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->claims[i].unmap == unmap)
			return true;
	return false;
}

/* Scatter lists with scatter lists, ranges of IOVAs with their like. */
static bool same_form(const struct api *a, const struct api *b)
{
	bool list_a = strstr(a->name, "_sg"), list_b = strstr(b->name, "_sg");
	bool iova_a = strstr(a->name, "_iova"), iova_b = strstr(b->name, "_iova");

	return list_a == list_b && iova_a == iova_b;
}

static bool is_unmap_of(const struct code_fact *f, const struct api *map)
{
	return f->api && f->api->kind == API_UNMAP && same_form(f->api, map);
}

/* Every unmap of the form of @site in @fn and in what it calls in its own file. */
static void claim_below(struct search *s, const struct code_function *fn, size_t site, int steps)
{
	const struct code_function *called;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (is_unmap_of(f, s->sites->sites[site].api)) {
			claim(s, f, site);
		} else if (f->kind == FACT_CALL && !f->api && steps < MAX_STEPS) {
			called = code_function(s->code, fn->file, f->a);
			if (called && called != fn && called->file == fn->file)
				claim_below(s, called, site, steps + 1);
		}
	}
}

/* What the table that has @map as map_dma_buf has as unmap_dma_buf. */
static void claim_counterpart(struct search *s, const struct code_function *map, size_t site)
{
	const struct code_file *file = map->file;

	for (size_t i = 0; i < file->n; i++) {
		const struct code_fact *f = &file->facts[i];

		if (f->kind != FACT_OPS || strcmp(f->b, "map_dma_buf") || f->c != map->name)
			continue;
		for (size_t k = 0; k < f->function->n; k++) {
			const struct code_fact *other = &f->function->facts[k];
			const struct code_function *fn;

			if (other->kind != FACT_OPS || strcmp(other->b, "unmap_dma_buf"))
				continue;
			fn = code_function(s->code, file, other->c);
			if (fn)
				claim_below(s, fn, site, 0);
		}
	}
}

/* The mapping function, or a callback that it works for. */
static void claim_exported(struct search *s, const struct code_function *fn, size_t site, int steps)
{
	claim_counterpart(s, fn, site);
	for (size_t i = 0; i < fn->n_callers && steps < MAX_STEPS; i++)
		claim_exported(s, fn->callers[i]->function, site, steps + 1);
}

/* The clean-up in the mapping function itself: the same variable or expression. */
static void claim_own(struct search *s, size_t site)
{
	const struct code_fact *map = s->sites->sites[site].call;
	const struct code_function *fn = map->function;
	const char *object = map->api->object < 0 ? NULL :
						    code_argument(map->b, map->api->object);
	struct handle kept, let_go;

	handle_of_map(s->code, map, &kept);
	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (!is_unmap_of(f, map->api) || is_claimed(s, f))
			continue;
		handle_of_use(s->code, f, &let_go);
		if ((let_go.local && let_go.local == kept.local) ||
		    (object && object == code_argument(f->b, f->api->object)))
			claim(s, f, site);
	}
}

/* The parameter of its function that @unmap unmaps, or an entry of it; -1: none. */
static int parameter_of(const struct code_fact *unmap)
{
	const char *object = code_argument(unmap->b, unmap->api->object);
	struct expr_ref ref = object ? expr_ref(object) : (struct expr_ref) { NULL };

	return ref.variable && !ref.member ? parameter_number(unmap->function, ref.variable) : -1;
}

/*
 * A function that unmaps what it is given, called with a variable: that may be any
 * mapping of the caller's file of which nobody knows where it is kept.
 */
static void claim_given(struct search *s, size_t site)
{
	const struct code_fact *map = s->sites->sites[site].call;
	const struct code_file *file = map->function->file;
	struct handle kept;

	handle_of_map(s->code, map, &kept);
	for (size_t i = 0; !kept.n && i < file->n; i++) {
		const struct code_fact *call = &file->facts[i];
		const struct code_function *fn = call->kind == FACT_CALL && !call->api ?
						 code_function(s->code, file, call->a) : NULL;

		for (size_t k = 0; fn && k < fn->n; k++) {
			const char *given;

			if (!is_unmap_of(&fn->facts[k], map->api))
				continue;
			given = code_argument(call->b, parameter_of(&fn->facts[k]));
			if (given && expr_ref(given).variable && !expr_ref(given).member)
				claim(s, &fn->facts[k], site);
		}
	}
}

/*
 * A driver may undo the mapping of a helper in code of its own, through the
 * structure of the helper that is part of its own one.
 */
static void claim_open_coded(struct search *s, const struct code_fact *unmap,
			     const struct known *known, size_t n)
{
	const char *object = unmap->api->kind == API_UNMAP ?
				     code_argument(unmap->b, unmap->api->object) : NULL;
	struct expr_ref ref = object ? expr_ref(object) : (struct expr_ref) { NULL };
	struct handle_key key;

	for (size_t i = 0; ref.depth > 1 && i < n; i++) {
		if (known[i].key.member != ref.member || !is_unmap_of(unmap, known[i].api))
			continue;
		key = member_key(s->root, unmap->function, object);
		if (key.type == known[i].key.type)
			claim(s, unmap, known[i].site);
	}
}

/* The members through which mappings that may be converted are unmapped. */
static struct known *known_members(const struct search *s, size_t *n)
{
	struct known *known = NULL;

	*n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct code_fact *unmap = s->claims[i].unmap;
		const struct site *site = &s->sites->sites[s->claims[i].site];
		const char *object = code_argument(unmap->b, unmap->api->object);
		struct handle_key key;

		if (!object || expr_ref(object).depth != 1 ||
		    (site->verdict != PERSISTENT_NOSYNC && site->verdict != DMABUF_EXPORT))
			continue;
		key = member_key(s->root, unmap->function, object);
		if (!key.type)
			continue;
		known = xrealloc(known, (*n + 1) * sizeof(*known));
		known[(*n)++] = (struct known) { key, unmap->api, s->claims[i].site };
	}
	return known;
}

static void claim_all_open_coded(struct search *s)
{
	size_t n;
	struct known *known = known_members(s, &n);

	for (size_t i = 0; i < s->code->n; i++)
		for (size_t k = 0; k < s->code->files[i].n; k++)
			if (s->code->files[i].facts[k].api)
				claim_open_coded(s, &s->code->files[i].facts[k], known, n);
	free(known);
}

static void claim_all(struct search *s)
{
	const struct sites *sites = s->sites;

	for (size_t i = 0; i < sites->n; i++) {
		if (s->skip[i])
			continue;
		for (size_t k = 0; k < sites->sites[i].n_unmaps; k++)
			claim(s, sites->sites[i].unmaps[k], i);
		if (sites->sites[i].verdict == DMABUF_EXPORT)
			claim_exported(s, sites->sites[i].call->function, i, 0);
	}
	for (size_t i = 0; i < sites->n; i++) {
		if (s->skip[i])
			continue;
		claim_own(s, i);
		claim_given(s, i);
	}
	claim_all_open_coded(s);
}

static int by_unmap(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->unmap->function->file->path, y->unmap->function->file->path);

	if (order)
		return order;
	if (x->unmap->line != y->unmap->line)
		return x->unmap->line - y->unmap->line;
	if (x->unmap->column != y->unmap->column)
		return x->unmap->column - y->unmap->column;
	return x->site < y->site ? -1 : x->site > y->site;
}

static size_t find(size_t *parent, size_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

/* The site with the lowest number stands for its group. */
static void join(size_t *parent, size_t a, size_t b)
{
	a = find(parent, a);
	b = find(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

static bool touches(const struct group *g, const struct code_file *file)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (g->sites[i]->file == file)
			return true;
	for (size_t i = 0; i < g->n_unmaps; i++)
		if (g->unmaps[i]->function->file == file)
			return true;
	return false;
}

static void find_stray(const struct search *s, struct group *g)
{
	for (size_t i = 0; i < s->code->n && !g->stray; i++) {
		const struct code_file *file = &s->code->files[i];

		if (!touches(g, file))
			continue;
		for (size_t k = 0; k < file->n && !g->stray; k++)
			if (is_unmap_of(&file->facts[k], g->sites[0]->api) &&
			    !is_claimed(s, &file->facts[k]))
				g->stray = &file->facts[k];
	}
}

static struct group *add_group(struct groups *all)
{
	all->groups = xrealloc(all->groups, (all->n + 1) * sizeof(*all->groups));
	all->groups[all->n] = (struct group) { NULL };
	return &all->groups[all->n++];
}

static void fill_group(const struct search *s, size_t *parent, size_t first, struct group *g)
{
	for (size_t i = first; i < s->sites->n; i++) {
		if (s->skip[i] || find(parent, i) != first)
			continue;
		g->sites = xrealloc(g->sites, (g->n_sites + 1) * sizeof(*g->sites));
		g->sites[g->n_sites++] = &s->sites->sites[i];
	}
	for (size_t i = 0; i < s->n; i++) {
		if (find(parent, s->claims[i].site) != first ||
		    (i && s->claims[i].unmap == s->claims[i - 1].unmap))
			continue;
		g->unmaps = xrealloc(g->unmaps, (g->n_unmaps + 1) * sizeof(*g->unmaps));
		g->unmaps[g->n_unmaps++] = s->claims[i].unmap;
	}
}

struct groups *groups_find(const struct code *code, const struct sites *sites, const bool *skip,
			   const char *root)
{
	struct search s = { .code = code, .sites = sites, .skip = skip, .root = root };
	size_t *parent = xcalloc(sites->n + 1, sizeof(*parent));
	struct groups *all = xcalloc(1, sizeof(*all));

	claim_all(&s);
	if (s.n)
		qsort(s.claims, s.n, sizeof(*s.claims), by_unmap);
	for (size_t i = 0; i < sites->n; i++)
		parent[i] = i;
	for (size_t i = 1; i < s.n; i++)
		if (s.claims[i].unmap == s.claims[i - 1].unmap)
			join(parent, s.claims[i].site, s.claims[i - 1].site);
	for (size_t i = 0; i < sites->n; i++)
		if (!skip[i] && find(parent, i) == i)
			fill_group(&s, parent, i, add_group(all));
	for (size_t i = 0; i < all->n; i++)
		find_stray(&s, &all->groups[i]);
	free(s.claims);
	free(parent);
	return all;
}
