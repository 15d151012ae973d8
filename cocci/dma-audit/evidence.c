// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "ending.h"
#include "pair.h"
#include "util.h"

/* Characters of a member's name that is no common word like "addr". */
#define TELLING_LENGTH 6

/* Files that keep mappings in one member before it counts as everybody's. */
#define COMMON_FILES 3

/* An unmap or a sync, and whose it is. */
struct use {
	const struct code_fact *call;
	struct handle handle;
	bool claimed;		/* some mapping is known to be its */
};

struct uses {
	struct use *use;	/* by file, as the files stand in the tree */
	size_t n;
};

static void add_uses(const struct code *code, struct uses *uses, enum api_kind kind)
{
	size_t room = 0;

	for (size_t i = 0; i < code->n; i++) {
		const struct code_file *f = &code->files[i];

		for (size_t k = 0; k < f->n; k++) {
			if (!f->facts[k].api || f->facts[k].api->kind != kind)
				continue;
			if (uses->n == room) {
				room = room ? room * 2 : 1024;
				uses->use = xrealloc(uses->use, room * sizeof(*uses->use));
			}
			uses->use[uses->n] = (struct use) { .call = &f->facts[k] };
			handle_of_use(code, &f->facts[k], &uses->use[uses->n].handle);
			uses->n++;
		}
	}
}

/* Calls of one kind work on the same sort of thing. */
enum form {
	FORM_ADDRESS,
	FORM_LIST,
	FORM_IOVA,
	FORM_MMIO,
};

static enum form form_of(const struct api *api)
{
	if (strstr(api->name, "_sg"))
		return FORM_LIST;
	if (strstr(api->name, "resource"))
		return FORM_MMIO;
	return strstr(api->name, "iova") ? FORM_IOVA : FORM_ADDRESS;
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash - path : 0;
}

static bool same_folder(const struct code_file *a, const struct code_file *b)
{
	size_t len = folder_length(a->path);

	return len == folder_length(b->path) && !strncmp(a->path, b->path, len);
}

/* In another file, only a member of a known type is the same for certain. */
static bool have_typed_key(const struct handle *a, const struct handle *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (a->keys[i].member == b->keys[k].member && a->keys[i].type &&
			    a->keys[i].type == b->keys[k].type)
				return true;
	return false;
}

/* Where a type is not known, a name like "mem" or "dma" says nothing. */
static bool have_telling_key(const struct handle *a, const struct handle *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			const struct handle_key *x = &a->keys[i], *y = &b->keys[k];

			if (x->member == y->member && (!x->type || !y->type) &&
			    strlen(x->member) >= TELLING_LENGTH)
				return true;
		}
	}
	return false;
}

/* How sure it is that a call is about this mapping. */
enum nearness {
	ELSEWHERE,
	SAME_FOLDER,	/* a member of the same name in another file of the folder */
	FAR_OBJECT,	/* the same member of the same type in another folder */
	SAME_OBJECT,	/* the same in this folder, or the same name in this file */
};

static enum nearness nearness(const struct evidence *e, const struct use *u)
{
	const struct code_file *file = u->call->function->file;
	bool typed;

	/* One entry of a list may be synced by its address. */
	if (u->call->api->kind == API_UNMAP && form_of(e->site->api) != form_of(u->call->api))
		return ELSEWHERE;
	if (!handles_meet(&e->handle, &u->handle))
		return ELSEWHERE;
	if (file == e->site->file)
		return SAME_OBJECT;
	if (e->common)
		return ELSEWHERE;
	typed = have_typed_key(&e->handle, &u->handle);
	if (!same_folder(file, e->site->file))
		return typed ? FAR_OBJECT : ELSEWHERE;
	if (typed)
		return SAME_OBJECT;
	return have_telling_key(&e->handle, &u->handle) ? SAME_FOLDER : ELSEWHERE;
}

static bool same_local(const struct evidence *e, const struct use *u)
{
	return u->call->function == e->function && form_of(u->call->api) == form_of(e->site->api) &&
	       u->handle.local && u->handle.local == e->handle.local;
}

static bool in_file(const struct evidence *e, const struct use *u)
{
	return u->call->function->file == e->site->file && u->call->function != e->function &&
	       form_of(u->call->api) == form_of(e->site->api);
}

static void add_fact(const struct code_fact ***list, size_t *n, const struct code_fact *fact)
{
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = fact;
}

/*
 * foo_alloc_ring() is undone by foo_free_ring(), and what other functions unmap
 * under the same name is something else.
 */
static void keep_counterpart(struct evidence *e)
{
	struct site *s = e->site;
	size_t n = 0;

	for (size_t i = 0; i < s->n_unmaps; i++)
		if (names_pair(e->function->name, s->unmaps[i]->function->name))
			s->unmaps[n++] = s->unmaps[i];
	if (n)
		s->n_unmaps = n;
}

static void claim(struct evidence *e, struct use *u)
{
	u->claimed = true;
	add_fact(&e->site->unmaps, &e->site->n_unmaps, u->call);
}

static void add_unmaps_near(struct evidence *e, struct uses *unmaps, enum nearness near)
{
	for (size_t i = 0; i < unmaps->n; i++)
		if (nearness(e, &unmaps->use[i]) == near)
			claim(e, &unmaps->use[i]);
}

static void find_unmaps(struct evidence *e, struct uses *unmaps)
{
	struct site *s = e->site;

	for (enum nearness near = SAME_OBJECT; !s->n_unmaps && near > ELSEWHERE; near--) {
		add_unmaps_near(e, unmaps, near);
		if (near == SAME_FOLDER)
			keep_counterpart(e);
	}
	/* A local handle: only unmaps of the function itself can be its. */
	for (size_t i = 0; !s->n_unmaps && i < unmaps->n; i++)
		if (same_local(e, &unmaps->use[i]))
			add_fact(&s->unmaps, &s->n_unmaps, unmaps->use[i].call);
	/* No name in common: those of the same form in this file. */
	if (e->handle.n || ends_here(e))
		return;
	for (size_t i = 0; i < unmaps->n; i++)
		if (in_file(e, &unmaps->use[i]))
			add_fact(&s->unmaps, &s->n_unmaps, unmaps->use[i].call);
	keep_counterpart(e);
}

static void weigh_unmaps(struct evidence *e)
{
	for (size_t i = 0; i < e->site->n_unmaps; i++) {
		const struct code_fact *u = e->site->unmaps[i];
		struct role r;

		if (u->function == e->function) {
			e->exchanged |= u->line < e->site->line;
			continue;
		}
		r = role_of(u->function);
		/* A regular end beside the one that comes with the object. */
		e->regular_end |= !r.life && !r.far_life && r.weak_transfer;
		role_add(&e->unmap, r);
	}
	e->unmapped_here = ends_here(e);
	e->bracketed = is_bracketed(e);
}

bool registered_as(const struct code_function *fn, const char *name)
{
	for (size_t i = 0; i < fn->n_aliases; i++)
		if (!strcmp(fn->aliases[i], name))
			return true;
	return false;
}

/* Syncs for an importer of a dma-buf: nobody calls them for any other use. */
static bool is_for_importer(const struct code_function *fn, int steps)
{
	if (registered_as(fn, "begin_cpu_access") || registered_as(fn, "end_cpu_access"))
		return true;
	if (!fn->n_callers || fn->n_aliases || steps > 1)
		return false;
	for (size_t i = 0; i < fn->n_callers; i++)
		if (!is_for_importer(fn->callers[i]->function, steps + 1))
			return false;
	return true;
}

/*
 * The users of a helper sync what they use of it: that helps no other user. An
 * object with one user elsewhere is another thing, and so are inline functions
 * for everybody.
 */
static bool is_shared_out(const struct evidence *e)
{
	const struct site *s = e->site;
	const struct code_file *first = NULL;

	for (size_t i = 0; i < s->n_syncs; i++) {
		const struct code_file *file = s->syncs[i]->function->file;

		if (same_folder(file, s->file) || !strncmp(file->path, "include/", 8))
			return false;
		first = first ?: file;
		if (!same_folder(file, first))
			return true;
	}
	return false;
}

/* A list whose addresses the function makes up itself: no mapping, but a way to its caches. */
static bool makes_up_addresses(const struct use *u)
{
	const struct code_function *fn = u->call->function;

	for (size_t i = 0; form_of(u->call->api) == FORM_LIST && i < fn->n; i++)
		if (fn->facts[i].kind == FACT_ASSIGN &&
		    !strncmp(fn->facts[i].a, "sg_dma_address (", 16))
			return true;
	return false;
}

static void find_syncs(struct evidence *e, struct uses *syncs)
{
	struct site *s = e->site;

	for (size_t i = 0; i < syncs->n; i++) {
		struct use *u = &syncs->use[i];

		if ((!nearness(e, u) && !same_local(e, u)) ||
		    (u->call->function != e->function && makes_up_addresses(u)))
			continue;
		u->claimed = true;
		add_fact(&s->syncs, &s->n_syncs, u->call);
	}
	if (is_shared_out(e))
		return;
	for (size_t i = 0; i < s->n_syncs; i++) {
		const struct code_fact *sync = s->syncs[i];

		if (is_for_importer(sync->function, 0))
			continue;
		e->synced = true;
		e->recycled |= sync->function != e->function && strstr(sync->a, "for_device");
	}
}

static void find_orphans(struct evidence *e, const struct uses *unmaps, const struct uses *syncs)
{
	for (size_t i = 0; i < unmaps->n && !e->orphan_transfer; i++) {
		const struct use *u = &unmaps->use[i];

		e->orphan_transfer =
			!u->claimed && in_file(e, u) && role_of(u->call->function).transfer;
	}
	if (e->handle.n || e->site->n_syncs)
		return;
	/* A handle that nobody keeps is computed anew where it is synced. */
	for (size_t i = 0; i < syncs->n; i++) {
		const struct use *u = &syncs->use[i];

		/* A helper that syncs what it is given is everybody's. */
		if ((u->claimed && !u->handle.parameter) ||
		    u->call->function->file != e->site->file ||
		    form_of(u->call->api) != form_of(e->site->api))
			continue;
		add_fact(&e->site->syncs, &e->site->n_syncs, u->call);
		e->synced = true;
	}
}

/* A member in which one file keeps a mapping. */
struct keeper {
	struct handle_key key;
	const struct code_file *file;
};

static int by_key(const void *a, const void *b)
{
	const struct keeper *x = a, *y = b;

	if (x->key.member != y->key.member)
		return x->key.member < y->key.member ? -1 : 1;
	if (x->key.type != y->key.type)
		return x->key.type < y->key.type ? -1 : 1;
	return x->file == y->file ? 0 : x->file < y->file ? -1 : 1;
}

/* How many files keep mappings in @key, of the sorted @keepers? */
static size_t count_files(const struct keeper *keepers, size_t n, const struct handle_key *key)
{
	size_t files = 0;

	for (size_t i = 0; i < n; i++)
		if (keepers[i].key.member == key->member && keepers[i].key.type == key->type)
			files += !i || by_key(&keepers[i], &keepers[i - 1]);
	return files;
}

/*
 * struct mmc_data.sg is kept by every driver of its kind: what another file does
 * with it says nothing about this one.
 */
static void mark_common(struct evidence *all, size_t n)
{
	struct keeper *keepers = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < all[i].handle.n; k++) {
			if (!all[i].handle.keys[k].type)
				continue;
			keepers = xrealloc(keepers, (kept + 1) * sizeof(*keepers));
			keepers[kept++] =
				(struct keeper){ all[i].handle.keys[k], all[i].site->file };
		}
	}
	if (kept)
		qsort(keepers, kept, sizeof(*keepers), by_key);
	for (size_t i = 0; i < n; i++) {
		all[i].common = all[i].handle.n;
		for (size_t k = 0; k < all[i].handle.n; k++)
			all[i].common &=
				all[i].handle.keys[k].type &&
				count_files(keepers, kept, &all[i].handle.keys[k]) > COMMON_FILES;
	}
	free(keepers);
}

struct evidence *evidence_gather(const struct code *code, struct sites *sites, const bool *wanted)
{
	struct evidence *all = xcalloc(sites->n, sizeof(*all)), *e;
	struct uses unmaps = { NULL }, syncs = { NULL };

	add_uses(code, &unmaps, API_UNMAP);
	add_uses(code, &syncs, API_SYNC);
	for (size_t i = 0; i < sites->n; i++) {
		if (!wanted[i])
			continue;
		e = &all[i];
		e->site = &sites->sites[i];
		e->function = e->site->call->function;
		handle_of_map(code, e->site->call, &e->handle);
	}
	mark_common(all, sites->n);
	for (size_t i = 0; i < sites->n; i++) {
		if (!wanted[i])
			continue;
		e = &all[i];
		find_unmaps(e, &unmaps);
		weigh_unmaps(e);
		find_syncs(e, &syncs);
		e->map = role_of(e->function);
	}
	for (size_t i = 0; i < sites->n; i++)
		if (wanted[i])
			find_orphans(&all[i], &unmaps, &syncs);
	free(unmaps.use);
	free(syncs.use);
	return all;
}
