// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "except.h"
#include "message.h"
#include "retag.h"
#include "source.h"
#include "util.h"

/* Of a file name, without number and ".patch", as git format-patch has it. */
#define NAME_LENGTH 52

struct author {
	const char *from, *date;	/* the header lines' values */
};

struct plan {
	const struct group *group;
	struct unit unit;
	const char *why;	/* it is left out; NULL: it is not */
	bool asked;
};

struct left_out {
	const struct site *site;
	const char *why;
};

struct converter {
	const struct convert_options *o;
	const struct sites *all;
	struct exception **exceptions;	/* by number of the site; NULL: none */
	struct author author;
	struct plan *plans;
	size_t n;
	struct left_out *left;
	size_t n_left;
	int patches;
	size_t sites, files;
};

static const char *intern_free(char *text)
{
	const char *s = intern(text);

	free(text);
	return s;
}

static const char *header_of(const char *mail, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; *p && *p != '\n'; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, name, len) && !strncmp(p + len, ": ", 2))
			return intern_n(p + len + 2, strcspn(p + len + 2, "\n"));
	die("%s: no mail with a %s line at its head", mail, name);
}

static struct author author_of(const char *mail)
{
	char *text = read_file(mail, NULL);
	struct author a;

	if (!text)
		die("cannot read %s: %s", mail, strerror(errno));
	a.from = header_of(mail, text, "From");
	a.date = header_of(mail, text, "Date");
	free(text);
	return a;
}

static bool is_under(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	while (len && folder[len - 1] == '/')
		len--;
	return !strncmp(path, folder, len) && (!path[len] || path[len] == '/');
}

static bool is_asked(const struct converter *c, const struct site *s)
{
	for (int i = 0; i < c->o->n_under; i++)
		if (is_under(s->file->path, c->o->under[i]))
			return true;
	return !c->o->n_under;
}

static bool breaks_under_bouncing(const struct site *s)
{
	return s->verdict == PERSISTENT_NOSYNC || s->verdict == DMABUF_EXPORT;
}

static void leave_out(struct converter *c, const struct site *s, const char *why)
{
	c->left = xrealloc(c->left, (c->n_left + 1) * sizeof(*c->left));
	c->left[c->n_left++] = (struct left_out) { s, why };
}

static const struct exception *exception(const struct converter *c, const struct site *s)
{
	return c->exceptions[s - c->all->sites];
}

/* Why this mapping gets no attribute, on its own; NULL: it may. */
static const char *why_not(const struct site *s)
{
	if (!breaks_under_bouncing(s))
		return intern_free(xasprintf("shares an unmap with %s:%d, which is %s",
					     s->file->path, s->line, verdict_name(s->verdict)));
	if (is_tagged(s->call))
		return NULL;
	if (!strcmp(s->fix, "none"))
		return "its exporter syncs each attachment";
	if (!strcmp(s->fix, "coherent allocation"))
		return "coherent memory is the better answer, and needs a hand";
	return NULL;
}

/*
 * Attributes that say how one call is done; map and unmap may differ in them.
 * All others have to be the same (DMA_ATTR_UNMAP_VALID in kernel/dma/debug.c).
 */
static bool is_of_call(const char *attr, size_t len)
{
	static const char *const words[] = {
		ATTRIBUTE, "DMA_ATTR_SKIP_CPU_SYNC", "DMA_ATTR_NO_WARN", "|", "(", ")", "0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i]) == len && !strncmp(attr, words[i], len))
			return true;
	return false;
}

/* What a call says about the mapping, in the order in which it says it. */
static const char *mapping_attrs(const struct code_fact *call)
{
	const char *p = call->api->attrs < 0 ? NULL : code_argument(call->b, call->api->attrs);
	char *kept = xstrdup("");

	for (size_t len; p && *p; p += len, p += *p == ' ') {
		len = strcspn(p, " ");
		if (!is_of_call(p, len)) {
			char *more = xasprintf("%s%.*s ", kept, (int)len, p);

			free(kept);
			kept = more;
		}
	}
	return intern_free(kept);
}

static const char *why_disagree(const struct group *g)
{
	const char *attrs = mapping_attrs(g->sites[0]->call);

	for (size_t i = 1; i < g->n_sites + g->n_unmaps; i++) {
		const struct code_fact *call = i < g->n_sites ? g->sites[i]->call :
								g->unmaps[i - g->n_sites];

		if (mapping_attrs(call) != attrs)
			return intern_free(xasprintf("%s:%d and %s:%d disagree "
						     "about the mapping's attributes: "
						     "settle that first",
						     g->sites[0]->file->path, g->sites[0]->line,
						     call->function->file->path, call->line));
	}
	return NULL;
}

static const char *why_not_group(const struct converter *c, const struct group *g)
{
	const char *why = NULL;

	for (size_t i = 0; i < g->n_sites && !why; i++)
		if (exception(c, g->sites[i]))
			why = exception(c, g->sites[i])->reason;
	for (size_t i = 0; i < g->n_sites && !why; i++)
		why = why_not(g->sites[i]);
	if (!why && !g->n_unmaps)
		return "no unmap of it is known";
	if (!why && g->stray)
		why = intern_free(xasprintf("nothing tells what %s:%d unmaps",
					    g->stray->function->file->path, g->stray->line));
	return why ?: why_disagree(g);
}

/* A helper that takes part gives the patch its name, else the first driver. */
static struct unit unit_of_group(const char *root, const struct group *g)
{
	struct unit unit = unit_of(root, g->sites[0]->file->path), other;

	for (size_t i = 1; i < g->n_sites && !unit.helper; i++) {
		other = unit_of(root, g->sites[i]->file->path);
		if (other.helper)
			unit = other;
	}
	return unit;
}

static void add_plan(struct converter *c, const struct group *g)
{
	struct plan plan = { .group = g };

	for (size_t i = 0; i < g->n_sites; i++)
		plan.asked |= breaks_under_bouncing(g->sites[i]) && is_asked(c, g->sites[i]);
	if (!plan.asked)
		return;
	plan.unit = unit_of_group(c->o->root, g);
	plan.why = why_not_group(c, g);
	c->plans = xrealloc(c->plans, (c->n + 1) * sizeof(*c->plans));
	c->plans[c->n++] = plan;
}

/* Helpers first, then by path; the groups of a unit stay in their order. */
static int by_unit(const void *a, const void *b)
{
	const struct plan *x = a, *y = b;

	if (x->unit.helper != y->unit.helper)
		return x->unit.helper ? -1 : 1;
	return strcmp(x->unit.path, y->unit.path) ?:
	       (x->group < y->group ? -1 : x->group > y->group);
}

static const char *edit_call(const char *root, const struct code_fact *call, int patch)
{
	struct source_text *s = source_get(root, call->function->file->path);
	struct edit edit;
	const char *why;

	if (is_tagged(call))
		return NULL;
	why = retag(s, call, &edit);
	if (why)
		return intern_free(xasprintf("%s:%d: %s", s->path, call->line, why));
	if (!patch)
		return NULL;
	edit.patch = patch;
	return source_add_edit(s, &edit) ? NULL :
	       intern_free(xasprintf("%s:%d: two calls stand on one line", s->path, call->line));
}

/* Edits every call of a group, as number @patch; 0: only tries. */
static const char *edit_group(const char *root, const struct group *g, int patch)
{
	const char *why = NULL;

	for (size_t i = 0; i < g->n_sites && !why; i++)
		why = edit_call(root, g->sites[i]->call, patch);
	for (size_t i = 0; i < g->n_unmaps && !why; i++)
		why = edit_call(root, g->unmaps[i], patch);
	return why;
}

static bool is_done(const struct group *g)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (!is_tagged(g->sites[i]->call))
			return false;
	for (size_t i = 0; i < g->n_unmaps; i++)
		if (!is_tagged(g->unmaps[i]))
			return false;
	return true;
}

static char *mail_path(const struct converter *c, const struct patch *p, const char *subject)
{
	char *title = xasprintf("%s-%s", p->unit.prefix, subject), *path, *to = title;

	for (const char *from = title; *from; from++) {
		if (isalnum((unsigned char)*from) || *from == '_' || *from == '.')
			*to++ = *from;
		else if (to > title && to[-1] != '-')
			*to++ = '-';
	}
	*to = '\0';
	path = xasprintf("%s/%04d-%.*s.patch", c->o->out, p->number, NAME_LENGTH, title);
	free(title);
	return path;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths that a patch changes, sorted, each once. */
static size_t paths_of(const struct patch *p, const char ***paths)
{
	const char **all = NULL;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct group *g = p->groups[i];

		all = xrealloc(all, (n + g->n_sites + g->n_unmaps) * sizeof(*all));
		for (size_t k = 0; k < g->n_sites; k++)
			all[n++] = g->sites[k]->file->path;
		for (size_t k = 0; k < g->n_unmaps; k++)
			all[n++] = g->unmaps[k]->function->file->path;
	}
	qsort(all, n, sizeof(*all), by_path);
	for (size_t i = 0; i < n; i++)
		if (!i || all[i] != all[i - 1])
			all[kept++] = all[i];
	*paths = all;
	return kept;
}

static void write_mail(struct converter *c, const struct patch *p)
{
	const char *subject = message_subject(p), **paths;
	char *path = mail_path(c, p, subject);
	FILE *f = file_begin(path);
	size_t n = paths_of(p, &paths);

	fprintf(f, "From: %s\nDate: %s\nSubject: [PATCH] %s: %s\n\n", c->author.from,
		c->author.date, p->unit.prefix, subject);
	message_body(p, c->o->root, f);
	fprintf(f, "\nSigned-off-by: %s\n---\n", c->author.from);
	for (size_t i = 0; i < n; i++)
		source_diff(source_get(c->o->root, paths[i]), p->number, f);
	file_commit(f, path);
	c->files += n;
	free(paths);
	free(path);
}

static void add_group(struct patch *p, const struct group *g)
{
	p->groups = xrealloc(p->groups, (p->n + 1) * sizeof(*p->groups));
	p->groups[p->n++] = g;
}

/* The plans from number @from on that belong to one unit; where the next begins. */
static size_t convert_unit(struct converter *c, size_t from)
{
	struct patch p = { .number = c->patches + 1, .unit = c->plans[from].unit };
	size_t i;

	for (i = from; i < c->n && c->plans[i].unit.path == p.unit.path; i++) {
		struct plan *plan = &c->plans[i];

		if (plan->why || is_done(plan->group))
			continue;
		plan->why = edit_group(c->o->root, plan->group, 0) ?:
			    edit_group(c->o->root, plan->group, p.number);
		if (plan->why)
			continue;
		add_group(&p, plan->group);
		c->sites += plan->group->n_sites;
	}
	if (p.n) {
		write_mail(c, &p);
		c->patches++;
	}
	free(p.groups);
	return i;
}

/* Mails of an earlier run would be applied with those of this one. */
static void clear_folder(const char *dir)
{
	char *pattern = xasprintf("%s/[0-9][0-9][0-9][0-9]-*.patch", dir);
	glob_t old;

	make_dirs(dir);
	if (!glob(pattern, 0, NULL, &old)) {
		for (size_t i = 0; i < old.gl_pathc; i++)
			if (unlink(old.gl_pathv[i]))
				die("cannot remove %s: %s", old.gl_pathv[i], strerror(errno));
		globfree(&old);
	}
	free(pattern);
}

static int by_place(const void *a, const void *b)
{
	const struct left_out *x = a, *y = b;

	return x->site < y->site ? -1 : x->site > y->site;
}

static void write_left_out(struct converter *c)
{
	char *path = xasprintf("%s/left-out.txt", c->o->out);
	FILE *f = file_begin(path);

	if (c->n_left)
		qsort(c->left, c->n_left, sizeof(*c->left), by_place);
	for (size_t i = 0; i < c->n_left; i++)
		fprintf(f, "%s:%d %s\t%s\n", c->left[i].site->file->path, c->left[i].site->line,
			c->left[i].site->function, c->left[i].why);
	file_commit(f, path);
	free(path);
}

/* What is done by hand, and what only the text search has seen, takes no part. */
static bool *find_skipped(struct converter *c, struct exceptions *list)
{
	bool *skip = xcalloc(c->all->n + 1, sizeof(*skip));

	c->exceptions = xcalloc(c->all->n + 1, sizeof(*c->exceptions));
	for (size_t i = 0; i < c->all->n; i++) {
		const struct site *s = &c->all->sites[i];
		struct exception *e = exception_of(list, s);

		c->exceptions[i] = e;
		skip[i] = !s->call || (e && e->by_hand);
		if (skip[i] && e && breaks_under_bouncing(s) && is_asked(c, s))
			leave_out(c, s, intern_free(xasprintf("by hand: %s", e->reason)));
	}
	return skip;
}

void convert(const struct code *code, const struct sites *sites, const struct convert_options *o)
{
	struct converter c = { .o = o, .all = sites, .author = author_of(o->like) };
	struct exceptions *exceptions = exceptions_read(o->except);
	bool *skip = find_skipped(&c, exceptions);
	struct groups *groups = groups_find(code, sites, skip, o->root);

	exceptions_warn(exceptions);
	for (size_t i = 0; i < groups->n; i++)
		add_plan(&c, &groups->groups[i]);
	if (c.n)
		qsort(c.plans, c.n, sizeof(*c.plans), by_unit);
	clear_folder(o->out);
	for (size_t i = 0; i < c.n; )
		i = convert_unit(&c, i);
	for (size_t i = 0; i < c.n; i++)
		for (size_t k = 0; c.plans[i].why && k < c.plans[i].group->n_sites; k++)
			if (breaks_under_bouncing(c.plans[i].group->sites[k]))
				leave_out(&c, c.plans[i].group->sites[k], c.plans[i].why);
	write_left_out(&c);
	printf("%d patches: %zu mappings in %zu files; %zu left out (left-out.txt)\n", c.patches,
	       c.sites, c.files, c.n_left);
	free(skip);
	free(c.exceptions);
}
