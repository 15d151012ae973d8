// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "family.h"
#include "handle.h"
#include "judge.h"
#include "pair.h"
#include "role.h"
#include "util.h"

/* A jump belongs to the clean-up before it when it is no farther away. */
#define NEAR_LINES 5

/* Characters of a member's name that is no common word like "addr". */
#define TELLING_LENGTH 6

/* An unmap or a sync, and whose it is. */
struct use {
	const struct code_fact *call;
	struct handle handle;
};

struct uses {
	struct use *use;	/* by file, as the files stand in the tree */
	size_t n;
};

/* What is known about one site when it is judged. */
struct evidence {
	struct site *site;
	const struct code_function *function;
	struct handle handle;
	bool unmapped_here;	/* on the way of success of the mapping function */
	bool regular_end;	/* some unmap is that of a transfer, perhaps */
	struct role map, unmap;
	bool synced;
	bool recycled;		/* given back to the device with a sync */
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
			uses->use[uses->n].call = &f->facts[k];
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
	SAME_FOLDER,	/* a member of the same name */
	SAME_OBJECT,	/* in the same file, or of a type known to be the same */
};

static enum nearness nearness(const struct evidence *e, const struct use *u)
{
	const struct code_file *file = u->call->function->file;

	/* One entry of a list may be synced by its address. */
	if (u->call->api->kind == API_UNMAP && form_of(e->site->api) != form_of(u->call->api))
		return ELSEWHERE;
	if (!handles_meet(&e->handle, &u->handle))
		return ELSEWHERE;
	if (file == e->site->file || have_typed_key(&e->handle, &u->handle))
		return SAME_OBJECT;
	return same_folder(file, e->site->file) &&
		have_telling_key(&e->handle, &u->handle) ? SAME_FOLDER : ELSEWHERE;
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

/* An error value: what is returned with it has failed. */
static bool is_error(const char *value)
{
	return *value == '-' || !strncmp(value, "ERR_", 4) || !strcmp(value, "NULL") ||
	       !strcmp(value, "false") || strstr(value, "ERR") ||
	       strstr(value, "FAIL");
}

/*
 * Does an unmap in the mapping function clean up after an error? Then a return
 * lies between map and unmap (the label is behind the way of success), or an
 * error is returned right behind it.
 */
static bool on_error_path(const struct code_function *fn, int map_line, int unmap_line)
{
	const struct code_fact *before = NULL, *behind = NULL;

	int checked = 0;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->kind == FACT_CALL && strstr(f->a, "dma_mapping_error"))
			checked = f->line;
		if ((f->kind != FACT_RETURN && f->kind != FACT_GOTO) || f->line < map_line)
			continue;
		if (f->line > unmap_line)
			behind = behind ?: f;
		else if (f->kind == FACT_RETURN && (!checked || f->line > checked + NEAR_LINES))
			before = f;
	}
	if (before && !is_error(before->a))
		return true;
	if (!behind)
		return false;
	if (behind->kind == FACT_GOTO)
		return behind->line - unmap_line <= NEAR_LINES;
	return is_error(behind->a);
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

static void add_unmaps_near(struct evidence *e, const struct uses *unmaps, enum nearness near)
{
	for (size_t i = 0; i < unmaps->n; i++)
		if (nearness(e, &unmaps->use[i]) == near)
			add_fact(&e->site->unmaps, &e->site->n_unmaps, unmaps->use[i].call);
}

/* Does the mapping function itself unmap, on its way of success? */
static bool ends_here(const struct evidence *e)
{
	for (size_t i = 0; i < e->site->n_unmaps; i++) {
		const struct code_fact *u = e->site->unmaps[i];

		if (u->function == e->function && u->line > e->site->line &&
		    !on_error_path(e->function, e->site->line, u->line))
			return true;
	}
	return false;
}

static void find_unmaps(struct evidence *e, const struct uses *unmaps)
{
	struct site *s = e->site;

	add_unmaps_near(e, unmaps, SAME_OBJECT);
	if (!s->n_unmaps) {
		add_unmaps_near(e, unmaps, SAME_FOLDER);
		keep_counterpart(e);
	}
	/* A local handle: only unmaps of the function itself can be its. */
	for (size_t i = 0; !s->n_unmaps && i < unmaps->n; i++)
		if (same_local(e, &unmaps->use[i]))
			add_fact(&s->unmaps, &s->n_unmaps, unmaps->use[i].call);
	/* No name in common: those of the same family in this file. */
	if (e->handle.n || ends_here(e))
		return;
	for (size_t i = 0; i < unmaps->n; i++)
		if (in_file(e, &unmaps->use[i]))
			add_fact(&s->unmaps, &s->n_unmaps, unmaps->use[i].call);
	keep_counterpart(e);
}

static void weigh_unmaps(struct evidence *e)
{
	bool elsewhere = false;

	for (size_t i = 0; i < e->site->n_unmaps; i++) {
		const struct code_fact *u = e->site->unmaps[i];
		struct role r;

		if (u->function == e->function)
			continue;
		elsewhere = true;
		r = role_of(u->function);
		/* A regular end beside the one that comes with the object. */
		e->regular_end |= !r.life && r.weak_transfer;
		role_add(&e->unmap, r);
	}
	e->unmapped_here = !elsewhere && ends_here(e);
}

static bool registered_as(const struct code_function *fn, const char *name)
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

/* The users of a helper sync what they use of it: that helps no other user. */
static bool is_far(const struct site *s, const struct code_fact *call)
{
	const char *path = call->function->file->path;

	return !same_folder(call->function->file, s->file) && strncmp(path, "include/", 8);
}

static void find_syncs(struct evidence *e, const struct uses *syncs)
{
	struct site *s = e->site;

	for (size_t i = 0; i < syncs->n; i++) {
		const struct use *u = &syncs->use[i];

		if (!nearness(e, u) && !same_local(e, u))
			continue;
		add_fact(&s->syncs, &s->n_syncs, u->call);
		if (is_far(s, u->call) || is_for_importer(u->call->function, 0))
			continue;
		e->synced = true;
		e->recycled |= u->call->function != e->function &&
			       strstr(u->call->a, "for_device");
	}
}

static bool is_listed(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static bool is_test_word(const char *word, void *arg)
{
	static const char *const test[] = {
		"test", "tests", "selftest", "selftests", "kunit", "benchmark", "mock", "dmatest",
	};

	(void)arg;
	return is_listed(word, test, ARRAY_SIZE(test));
}

/* A map_dma_buf callback, or a helper that only such callbacks call. */
static bool exports(const struct code_function *fn, int steps)
{
	if (registered_as(fn, "map_dma_buf"))
		return true;
	if (!fn->n_callers || fn->n_aliases || steps > 3)
		return false;
	for (size_t i = 0; !steps && i < fn->n_callers; i++)
		if (fn->callers[i]->function->file == fn->file &&
		    registered_as(fn->callers[i]->function, "map_dma_buf"))
			return true;
	for (size_t i = 0; i < fn->n_callers; i++)
		if (!exports(fn->callers[i]->function, steps + 1))
			return false;
	return true;
}

static bool is_firmware_word(const char *word, void *arg)
{
	(void)arg;
	return !strcmp(word, "firmware") || !strcmp(word, "ucode") ||
	       !strcmp(word, "microcode");
}

static bool is_idle_word(const char *word, void *arg)
{
	static const char *const idle[] = {
		"zero", "dummy", "scratch", "trash", "drop", "overrun", "discard", "blank",
		"blanking", "pad", "garbage", "silence", "flush",
	};

	if (is_firmware_word(word, arg))
		return true;
	return is_listed(word, idle, ARRAY_SIZE(idle));
}

/* The function allocates memory that the kernel cannot even address. */
static bool is_hidden(const struct code_function *fn)
{
	bool hidden = false, allocated = false;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->kind == FACT_CALL && !strcmp(f->a, "dma_alloc_attrs"))
			allocated = true;
		if ((f->kind == FACT_CALL && !f->api) || f->kind == FACT_ASSIGN)
			hidden |= expr_has_word(f->b, "DMA_ATTR_NO_KERNEL_MAPPING");
	}
	return hidden && allocated;
}

/* Memory whose content the CPU does not care for, by its name. */
static bool is_device_only(const struct evidence *e)
{
	const char *buffer = code_argument(e->site->call->b, e->site->api->buffer) ?: "";

	if (name_words(buffer, is_idle_word, NULL) || is_hidden(e->function))
		return true;
	if (name_words(e->function->name, is_firmware_word, NULL))
		return true;
	for (size_t i = 0; i < e->handle.n; i++)
		if (!name_words(e->handle.keys[i].member, is_idle_word, NULL))
			return false;
	return e->handle.n;
}

static bool is_transfer_word(const char *word, void *arg)
{
	static const char *const transfer[] = {
		"skb", "cmd", "scmd", "req", "request", "urb", "bio", "sense", "rq", "xfer",
		"transfer", "scsi", "frag", "src", "dst",
	};

	(void)arg;
	return is_listed(word, transfer, ARRAY_SIZE(transfer));
}

static void decide(struct evidence *e, enum verdict v, enum confidence c, const char *reason)
{
	e->site->verdict = v;
	e->site->confidence = c;
	e->site->reason = reason;
}

/* What can be said without knowing how long the mapping lives. */
static bool judge_kind(struct evidence *e)
{
	const struct site *s = e->site;
	const struct family *family = family_find(s->function);

	if (family) {
		decide(e, family->verdict, CONFIDENCE_HIGH, family->reason);
		return true;
	}
	if (api_find(s->function, strlen(s->function))) {
		decide(e, OTHER, CONFIDENCE_HIGH, "a layer of the DMA API itself: its callers decide");
		return true;
	}
	if (name_words(s->file->path, is_test_word, NULL) ||
	    name_words(s->function, is_test_word, NULL)) {
		decide(e, OTHER, CONFIDENCE_HIGH, "test code");
		return true;
	}
	if (!strcmp(s->api->name, "dma_map_resource") || strstr(s->attrs, "DMA_ATTR_MMIO")) {
		decide(e, OTHER, CONFIDENCE_HIGH, "MMIO or peer memory, which is never bounced");
		return true;
	}
	return false;
}

/* A structure that stands for one transfer, by the name of its type. */
static bool is_transfer_type_word(const char *word, void *arg)
{
	static const char *const transfer[] = {
		"request", "req", "reqctx", "iod", "task", "transfer", "xfer", "cmd", "cmnd",
		"command", "scsi", "buff", "skb", "urb", "bio", "srb", "message", "unmap", "frame",
		"inst",
	};

	(void)arg;
	return is_listed(word, transfer, ARRAY_SIZE(transfer));
}

static bool is_for_transfer(const struct evidence *e)
{
	const char *p;

	for (size_t i = 0; i < e->handle.n; i++)
		if (e->handle.keys[i].type &&
		    name_words(e->handle.keys[i].type, is_transfer_type_word, NULL))
			return true;
	for (int i = 0; (p = code_argument(e->function->parameters, i)); i++)
		if (strstr(p, "struct ") && strchr(p, '*') && name_words(p, is_transfer_type_word, NULL))
			return true;
	return false;
}

/* Positive: it lives long; negative: one transfer. */
static int lifetime(const struct evidence *e)
{
	const char *buffer = code_argument(e->site->call->b, e->site->api->buffer) ?: "";
	int score = 0;

	if (e->unmap.transfer)
		score -= 4;
	else if (e->unmap.life)
		score += e->regular_end ? -3 : 3;
	else if (e->unmap.weak_transfer)
		score -= 2;
	else if (e->unmap.weak_life)
		score += 1;
	if (e->map.transfer)
		score -= 2;
	else if (e->map.life)
		score += 2;
	else if (e->map.weak_transfer)
		score -= 1;
	else if (e->map.weak_life)
		score += 1;
	if (name_words(buffer, is_transfer_word, NULL))
		score -= 2;
	if (is_for_transfer(e))
		score -= 3;
	if (expr_has_word(e->site->call->b, "DMA_BIDIRECTIONAL"))
		score += 1;
	return score;
}

static void judge_site(struct evidence *e)
{
	struct role own = role_of_name(e->function);
	enum confidence confidence = CONFIDENCE_LOW;
	int score;

	if (exports(e->function, 0)) {
		decide(e, DMABUF_EXPORT, CONFIDENCE_HIGH,
		       "maps for the importer of a dma-buf, who decides the lifetime");
		return;
	}
	if (e->unmapped_here) {
		decide(e, TRANSIENT, CONFIDENCE_HIGH, "unmapped by the function that maps");
		return;
	}
	score = lifetime(e);
	if (score > 3 || score < -3)
		confidence = CONFIDENCE_HIGH;
	else if (score > 1 || score < -1)
		confidence = CONFIDENCE_MODERATE;
	if (score < 0 && e->recycled && (own.life || own.weak_life)) {
		decide(e, PERSISTENT_SYNCED, confidence, "recycled between transfers with syncs");
		return;
	}
	if (score < 0) {
		decide(e, TRANSIENT, confidence, "unmapped where a transfer ends");
		return;
	}
	if (!score && !e->site->n_unmaps) {
		decide(e, UNKNOWN, CONFIDENCE_LOW, "no unmap is known, and no name tells the lifetime");
		return;
	}
	if (e->synced)
		decide(e, PERSISTENT_SYNCED, confidence, "long lived, with syncs of the same object");
	else if (is_device_only(e))
		decide(e, DEVICE_ONLY, confidence, "long lived, and its name says that the CPU does not use it");
	else
		decide(e, PERSISTENT_NOSYNC, confidence, "long lived, and nothing syncs it");
}

static const char *object_of(const struct handle *h)
{
	if (h->n) {
		char *text = xasprintf("%s.%s", h->keys[0].type ?: "?", h->keys[0].member);
		const char *object = intern(text);

		free(text);
		return object;
	}
	if (h->returned)
		return "returned";
	if (h->out_parameter)
		return "out parameter";
	return h->parameter ? "parameter" : h->local ? "local variable" : "none";
}

static const char *fix_of(const struct site *s)
{
	if (s->verdict != PERSISTENT_NOSYNC && s->verdict != DMABUF_EXPORT)
		return "none";
	return s->api->attrs >= 0 ? "attribute" : "rename to _attrs form";
}

void judge(const struct code *code, struct sites *sites)
{
	struct uses unmaps = { NULL }, syncs = { NULL };

	add_uses(code, &unmaps, API_UNMAP);
	add_uses(code, &syncs, API_SYNC);
	for (size_t i = 0; i < sites->n; i++) {
		struct evidence e = { .site = &sites->sites[i] };

		if (judge_kind(&e) || !e.site->call)
			continue;
		e.function = e.site->call->function;
		handle_of_map(code, e.site->call, &e.handle);
		e.site->object = object_of(&e.handle);
		find_unmaps(&e, &unmaps);
		weigh_unmaps(&e);
		find_syncs(&e, &syncs);
		e.map = role_of(e.function);
		judge_site(&e);
		e.site->fix = fix_of(e.site);
	}
	free(unmaps.use);
	free(syncs.use);
}
