// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "findings.h"
#include "util.h"

/* The members of a site that can change. */
static const char *const judged[] = { "verdict", "confidence", "fix" };

/* What two sites must have in common to be the same, the surest first. */
static const struct pass {
	const char *members[8];
	bool anywhere;		/* in files of any name: what tells nothing is left out */
} passes[] = {
	{ .members = { "file", "function", "api", "object", "verdict", "confidence", "fix" } },
	{ .members = { "file", "function", "api", "object" } },
	{ .members = { "function", "api", "object", "verdict", "confidence", "fix" },
	  .anywhere = true },
	{ .members = { "function", "api", "object" }, .anywhere = true },
};

struct entry {
	json_t *site;
	struct entry *other;	/* the same in the other list */
	size_t number;		/* in its list */
};

struct list {
	struct entry *entries;
	size_t n;
};

static const char *member(const json_t *site, const char *name)
{
	return json_string_value(json_object_get(site, name));
}

static long long line_of(const json_t *site)
{
	return json_integer_value(json_object_get(site, "line"));
}

json_t *diff_sites(const struct sites *sites)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sites->n; i++)
		json_array_append_new(list, site_json(&sites->sites[i]));
	return list;
}

static bool is_site(const json_t *o)
{
	for (size_t i = 0; passes[0].members[i]; i++)
		if (!member(o, passes[0].members[i]))
			return false;
	return json_is_integer(json_object_get(o, "line"));
}

json_t *diff_read(const char *path, const char *only)
{
	json_t *list = json_array();
	char *data = read_file(path, NULL), *rest = data, *text;

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	for (int line = 1; (text = strsep(&rest, "\n")); line++) {
		json_t *site = json_loads(text, 0, NULL);

		if (!*text && !rest)
			break;
		if (!is_site(site))
			die("%s:%d: this is no line of sites.jsonl", path, line);
		if (path_is_under(member(site, "file"), only))
			json_array_append(list, site);
		json_decref(site);
	}
	free(data);
	return list;
}

static struct list list_of(const json_t *sites)
{
	struct list list = { .n = json_array_size(sites) };

	list.entries = xcalloc(list.n, sizeof(*list.entries));
	for (size_t i = 0; i < list.n; i++)
		list.entries[i] = (struct entry) { .site = json_array_get(sites, i), .number = i };
	return list;
}

static int compare(const struct entry *a, const struct entry *b, const struct pass *pass)
{
	int order = 0;

	for (size_t i = 0; !order && pass->members[i]; i++)
		order = strcmp(member(a->site, pass->members[i]),
			       member(b->site, pass->members[i]));
	return order;
}

static int by_pass(const void *a, const void *b, void *pass)
{
	const struct entry *const *x = a, *const *y = b;

	return compare(*x, *y, pass) ?: (*x)->number < (*y)->number ? -1 : 1;
}

/* An object that no other driver has: a member of a type that is known. */
static bool is_telling(const json_t *site)
{
	const char *object = member(site, "object");

	return strchr(object, '.') && object[0] != '?';
}

/* The entries without partner, sorted; NULL behind the last. To be freed. */
static struct entry **left_over(const struct list *list, const struct pass *pass)
{
	struct entry **left = xcalloc(list->n + 1, sizeof(*left));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!list->entries[i].other &&
		    (!pass->anywhere || is_telling(list->entries[i].site)))
			left[n++] = &list->entries[i];
	qsort_r(left, n, sizeof(*left), by_pass, (void *)pass);
	return left;
}

static void pair(const struct list *before, const struct list *after, const struct pass *pass)
{
	struct entry **old = left_over(before, pass), **new = left_over(after, pass);
	struct entry **a = old, **b = new;

	while (*a && *b) {
		int order = compare(*a, *b, pass);

		if (!order) {
			(*a)->other = *b;
			(*b)->other = *a;
		}
		a += order <= 0;
		b += order >= 0;
	}
	free(old);
	free(new);
}

static bool differs(const json_t *before, const json_t *after)
{
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++)
		if (strcmp(member(before, judged[i]), member(after, judged[i])))
			return true;
	return false;
}

static void put_place(const char *change, const json_t *site, FILE *f)
{
	fprintf(f, "%-8s %s:%lld %s() %s, %s:", change, member(site, "file"), line_of(site),
		member(site, "function"), member(site, "api"), member(site, "object"));
}

/* One side of the change is NULL when the mapping is new or gone. */
static void put_text(const char *change, const json_t *before, const json_t *after, FILE *f)
{
	const json_t *site = after ?: before;
	const char *sep = " ";

	put_place(change, site, f);
	if (!before || !after) {
		fprintf(f, " %s (%s), fix: %s\n", member(site, "verdict"),
			member(site, "confidence"), member(site, "fix"));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		const char *was = member(before, judged[i]), *is = member(after, judged[i]);

		if (!strcmp(was, is))
			continue;
		fprintf(f, "%s%s: %s -> %s", sep, judged[i], was, is);
		sep = "; ";
	}
	fputc('\n', f);
}

static void put_json(const char *change, json_t *before, json_t *after, FILE *f)
{
	json_t *o = json_pack("{s:s, s:O*, s:O*}", "change", change, "before", before, "after",
			      after);

	json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', f);
	json_decref(o);
}

static void put(const char *change, json_t *before, json_t *after, bool lines, FILE *f)
{
	if (lines)
		put_json(change, before, after, f);
	else
		put_text(change, before, after, f);
}

/* The sites of @list that the other has not. */
static size_t put_alone(const struct list *list, const char *change, bool is_after, bool lines,
			FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		json_t *site = list->entries[i].site;

		if (list->entries[i].other)
			continue;
		put(change, is_after ? NULL : site, is_after ? site : NULL, lines, f);
		n++;
	}
	return n;
}

static size_t put_changed(const struct list *after, bool lines, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < after->n; i++) {
		const struct entry *e = &after->entries[i];

		if (!e->other || !differs(e->other->site, e->site))
			continue;
		put("changed", e->other->site, e->site, lines, f);
		n++;
	}
	return n;
}

size_t diff_write(const json_t *before, const json_t *after, bool lines, FILE *f)
{
	struct list a = list_of(before), b = list_of(after);
	size_t new, gone, changed;

	for (size_t i = 0; i < ARRAY_SIZE(passes); i++)
		pair(&a, &b, &passes[i]);
	new = put_alone(&b, "new", true, lines, f);
	gone = put_alone(&a, "gone", false, lines, f);
	changed = put_changed(&b, lines, f);
	if (!lines)
		fprintf(f, "%zu new, %zu gone, %zu changed, %zu as before\n", new, gone, changed,
			b.n - new - changed);
	free(a.entries);
	free(b.entries);
	return new + gone + changed;
}
