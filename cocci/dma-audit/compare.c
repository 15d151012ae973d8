// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "origin.h"
#include "util.h"

/* Sites that the text names; live.jsonl has them all. */
#define SITES_SHOWN 3

/* In the order of their index. */
enum finding { AGREES, DISAGREES, UNDECIDED };

/* Mappings of one device that come from one place and live long. */
struct group {
	struct mapping first;
	const struct map_event *event;	/* NULL: not in the trace */
	struct origin origin;
	size_t n, unchecked;
	uint64_t bytes;
	enum finding finding;
	char *says;
};

/* Judged persistent, seen to map, and nothing of it lived long. */
struct absence {
	const char *driver;		/* NULL when the stacks tell */
	const struct site **sites;
	size_t n, mapped;		/* calls seen */
	char *says;
};

struct comparison {
	const struct code *code;
	const struct sites *sites;
	const struct compare_options *o;
	struct recording r;
	const struct dump *early, *late;
	char *age;			/* "10.2 s" */
	struct mapping *live;		/* in both dumps */
	size_t n_live, n_streaming;
	struct origin *origins;		/* of the events */
	struct group *groups;
	size_t n_groups;
	struct absence *absences;
	size_t n_absences;
};

/* All that dma-debug knows of a mapping: there is no better identity. */
static int by_identity(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int order = strcmp(x->driver, y->driver);

	order = order ?: strcmp(x->device, y->device);
	order = order ?: strcmp(x->type, y->type);
	order = order ?: strcmp(x->direction, y->direction);
	order = order ?: (x->attrs > y->attrs) - (x->attrs < y->attrs);
	order = order ?: (x->addr > y->addr) - (x->addr < y->addr);
	order = order ?: (x->phys > y->phys) - (x->phys < y->phys);
	return order ?: (x->size > y->size) - (x->size < y->size);
}

static bool is_streaming(const struct mapping *m)
{
	return strcmp(m->type, "coherent") && strcmp(m->type, "noncoherent");
}

/* A buffer that was mapped twice at first and once at last counts once. */
static void find_live(struct comparison *c)
{
	const struct dump *a = c->early, *b = c->late;
	size_t i = 0, k = 0;

	if (a->n)
		qsort(a->mappings, a->n, sizeof(*a->mappings), by_identity);
	if (b->n)
		qsort(b->mappings, b->n, sizeof(*b->mappings), by_identity);
	c->live = xcalloc(a->n, sizeof(*c->live));
	while (i < a->n && k < b->n) {
		int order = by_identity(&a->mappings[i], &b->mappings[k]);

		if (!order) {
			c->n_streaming += is_streaming(&b->mappings[k]);
			c->live[c->n_live++] = b->mappings[k];
		}
		i += order <= 0;
		k += order >= 0;
	}
}

static void choose_dumps(struct comparison *c)
{
	const struct dump *a, *b;
	double apart;

	for (int i = 0; i < c->o->n_paths; i++)
		recording_read(&c->r, c->o->paths[i]);
	if (c->r.n_dumps != 2)
		die("compare takes two dumps, and %s%s hold%s %zu", c->o->paths[0],
		    c->o->n_paths > 1 ? " and the others" : "", c->o->n_paths > 1 ? "" : "s",
		    c->r.n_dumps);
	a = &c->r.dumps[0];
	b = &c->r.dumps[1];
	c->early = a;
	c->late = b;
	if (a->at < 0 || b->at < 0) {
		c->age = c->o->seconds ? xasprintf("%d s", c->o->seconds) : xstrdup("some time");
		return;
	}
	apart = b->at - a->at;
	if (apart < 0)
		die("%s:%d: the dump before this one is %.1f s younger: give the older one first",
		    b->path, b->line, -apart);
	if (apart < c->o->seconds)
		die("the dumps are %.1f s apart and --older-than wants %d: take them farther apart",
		    apart, c->o->seconds);
	c->age = xasprintf("%.1f s", apart);
}

/* The last call that gave @m its address; NULL: none was seen. */
static size_t event_of(const struct recording *r, const struct mapping *m)
{
	for (size_t i = r->n_events; i; i--) {
		const struct map_event *e = &r->events[i - 1];

		if (e->device != m->device)
			continue;
		for (size_t k = 0; k < e->n_addrs; k++)
			if (e->addrs[k] == m->addr)
				return i;
	}
	return 0;
}

static struct driver_files files_of(const struct comparison *c, const char *driver)
{
	for (size_t i = 0; i < c->r.n_modules; i++)
		if (c->r.modules[i].driver == driver)
			return driver_files(c->code, c->o->tree, c->r.modules[i].module);
	return driver_files(c->code, c->o->tree, driver);
}

static bool same_group(const struct group *g, const struct mapping *m, const struct origin *o)
{
	return g->first.driver == m->driver && g->first.device == m->device &&
	       g->first.type == m->type && g->first.direction == m->direction &&
	       g->first.attrs == m->attrs && g->origin.function == o->function &&
	       g->origin.n == o->n && (!o->n || g->origin.sites[0] == o->sites[0]);
}

static struct group *group_for(struct comparison *c, const struct mapping *m, size_t event)
{
	struct origin none = { .basis = BASIS_NONE };
	const struct origin *o = event ? &c->origins[event - 1] : &none;
	struct group *g;

	for (size_t i = 0; i < c->n_groups; i++)
		if (same_group(&c->groups[i], m, o))
			return &c->groups[i];
	c->groups = xrealloc(c->groups, (c->n_groups + 1) * sizeof(*c->groups));
	g = &c->groups[c->n_groups++];
	*g = (struct group) {
		.first = *m, .event = event ? &c->r.events[event - 1] : NULL, .origin = *o,
	};
	return g;
}

static void make_groups(struct comparison *c)
{
	for (size_t i = 0; i < c->n_live; i++) {
		const struct mapping *m = &c->live[i];
		struct group *g;

		if (!is_streaming(m))
			continue;
		g = group_for(c, m, event_of(&c->r, m));
		g->n++;
		g->bytes += m->size;
		g->unchecked += m->unchecked;
	}
	/* Where no stack tells, the driver's own files may. */
	for (size_t i = 0; i < c->n_groups; i++) {
		struct group *g = &c->groups[i];
		struct driver_files files;

		if (g->origin.basis != BASIS_NONE || g->event)
			continue;
		files = files_of(c, g->first.driver);
		g->origin = origin_of_driver(c->sites, &files, g->first.type);
		free(files.paths);
	}
}

static bool is_long_lived(const struct site *s)
{
	return s->verdict == PERSISTENT_NOSYNC || s->verdict == PERSISTENT_SYNCED ||
	       s->verdict == DEVICE_ONLY || s->verdict == DMABUF_EXPORT;
}

static bool is_persistent(const struct site *s)
{
	return s->verdict == PERSISTENT_NOSYNC || s->verdict == PERSISTENT_SYNCED;
}

static void judge_group(const struct comparison *c, struct group *g)
{
	const struct origin *o = &g->origin;
	bool transient = o->n, lives = false;
	const char *says;

	for (size_t i = 0; i < o->n; i++) {
		transient &= o->sites[i]->verdict == TRANSIENT;
		lives |= is_long_lived(o->sites[i]);
	}
	g->finding = UNDECIDED;
	if (!o->n) {
		says = g->event ? "no function on the stack maps, as far as the audit knows" :
		       "no stack, and no file of the driver's own maps so";
	} else if (transient) {
		g->finding = DISAGREES;
		says = o->basis == BASIS_STACK ? "judged transient" :
		       "all that the driver's own files map is judged transient";
	} else if (o->basis == BASIS_DRIVER) {
		says = "no stack tells which of the driver's own calls it is";
	} else if (lives) {
		g->finding = AGREES;
		says = "as judged";
	} else {
		says = "the audit does not say how long";
	}
	g->says = xasprintf("lives longer than %s: %s", c->age, says);
}

static bool has_site(const struct origin *o, const struct site *s)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->sites[i] == s)
			return true;
	return false;
}

static bool lives(const struct comparison *c, const struct site *s)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (has_site(&c->groups[i].origin, s))
			return true;
	return false;
}

static void add_absence(struct comparison *c, const struct absence *a)
{
	c->absences = xrealloc(c->absences, (c->n_absences + 1) * sizeof(*c->absences));
	c->absences[c->n_absences++] = *a;
}

static size_t times_mapped(const struct comparison *c, const struct site *s)
{
	size_t n = 0;

	for (size_t i = 0; i < c->r.n_events; i++)
		n += has_site(&c->origins[i], s);
	return n;
}

/* What was seen to map and did not stay. */
static void find_absent_sites(struct comparison *c)
{
	for (size_t i = 0; i < c->sites->n; i++) {
		const struct site *s = &c->sites->sites[i];
		struct absence a = { .n = 1 };

		if (!is_persistent(s) || lives(c, s))
			continue;
		a.mapped = times_mapped(c, s);
		if (!a.mapped)
			continue;
		a.sites = xcalloc(1, sizeof(*a.sites));
		a.sites[0] = s;
		a.says = xasprintf("judged persistent; seen to map (calls: %zu), and nothing "
				   "lived for %s", a.mapped, c->age);
		add_absence(c, &a);
	}
}

/* A driver at work of which nothing at all stays. */
static void find_absent_driver(struct comparison *c, const char *driver)
{
	struct driver_files files = files_of(c, driver);
	struct absence a = { .driver = driver };
	bool present = false;

	for (size_t i = 0; i < c->n_groups; i++)
		present |= c->groups[i].first.driver == driver;
	for (size_t i = 0; i < c->sites->n && !present; i++) {
		const struct site *s = &c->sites->sites[i];

		for (size_t k = 0; k < files.n; k++) {
			if (s->file->path != files.paths[k] || !is_persistent(s) ||
			    !site_is_seen(s))
				continue;
			present |= times_mapped(c, s) != 0;
			a.sites = xrealloc(a.sites, (a.n + 1) * sizeof(*a.sites));
			a.sites[a.n++] = s;
		}
	}
	free(files.paths);
	if (present || !a.n) {
		free(a.sites);
		return;
	}
	a.says = xasprintf("judged persistent; no streaming mapping of the driver lived for %s",
			   c->age);
	add_absence(c, &a);
}

static void find_absent_drivers(struct comparison *c)
{
	const struct dump *d = c->early;

	/* Sorted by driver. */
	for (size_t i = 0; i < d->n; i++)
		if (!i || d->mappings[i].driver != d->mappings[i - 1].driver)
			find_absent_driver(c, d->mappings[i].driver);
}

static json_t *sites_json(const struct site *const *sites, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct site *s = sites[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}",
			"file", s->file->path, "line", s->line, "function", s->function, "api",
			s->api->name, "verdict", verdict_name(s->verdict), "confidence",
			confidence_name(s->confidence)));
	}
	return list;
}

static json_t *finding_json(enum finding f)
{
	return f == UNDECIDED ? json_null() : json_boolean(f == AGREES);
}

static json_t *group_json(const struct group *g)
{
	const struct mapping *m = &g->first;
	json_t *stack = json_array();
	char attrs[24];

	for (size_t i = 0; g->event && i < g->event->n_frames; i++)
		json_array_append_new(stack, json_string(g->event->frames[i]));
	snprintf(attrs, sizeof(attrs), "0x%" PRIx64, m->attrs);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s?, s:o, s:o, s:o,"
			 " s:s}",
			 "kind", "live", "driver", m->driver, "device", m->device, "type", m->type,
			 "direction", m->direction, "attrs", attrs, "mappings", (json_int_t)g->n,
			 "bytes", (json_int_t)g->bytes, "unchecked", (json_int_t)g->unchecked,
			 "basis", basis_name(g->origin.basis), "function", g->origin.function,
			 "stack", stack, "sites", sites_json(g->origin.sites, g->origin.n),
			 "agrees", finding_json(g->finding), "says", g->says);
}

static void put_line(FILE *f, json_t *o)
{
	json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', f);
	json_decref(o);
}

static void write_json(const struct comparison *c)
{
	char *path = xasprintf("%s/live.jsonl", c->o->out);
	FILE *f = file_begin(path);

	for (size_t i = 0; i < c->n_groups; i++)
		put_line(f, group_json(&c->groups[i]));
	for (size_t i = 0; i < c->n_absences; i++) {
		const struct absence *a = &c->absences[i];

		put_line(f, json_pack("{s:s, s:s?, s:I, s:o, s:b, s:s}", "kind", "absent",
				      "driver", a->driver, "mapped", (json_int_t)a->mapped,
				      "sites", sites_json(a->sites, a->n), "agrees", 0, "says",
				      a->says));
	}
	file_commit(f, path);
	free(path);
}

static void put_sites(const struct site *const *sites, size_t n, FILE *f)
{
	for (size_t i = 0; i < n && i < SITES_SHOWN; i++)
		fprintf(f, "    %s:%d %s in %s(): %s (%s)\n", sites[i]->file->path, sites[i]->line,
			sites[i]->api->name, sites[i]->function, verdict_name(sites[i]->verdict),
			confidence_name(sites[i]->confidence));
	if (n > SITES_SHOWN)
		fprintf(f, "    and %zu more\n", n - SITES_SHOWN);
}

static void put_group(const struct group *g, FILE *f)
{
	const struct mapping *m = &g->first;

	fprintf(f, "%s %s %s %s: %zu (%" PRIu64 " bytes)", m->driver, m->device, m->type,
		m->direction, g->n, g->bytes);
	if (g->origin.function)
		fprintf(f, ", by %s()", g->origin.function);
	if (g->unchecked)
		fprintf(f, ", %zu never checked for an error", g->unchecked);
	fprintf(f, "\n  %s\n", g->says);
	put_sites(g->origin.sites, g->origin.n, f);
}

static void put_groups(const struct comparison *c, enum finding finding, const char *head, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_groups; i++)
		n += c->groups[i].finding == finding;
	fprintf(f, "\n%s: %zu\n", head, n);
	for (size_t i = 0; i < c->n_groups; i++)
		if (c->groups[i].finding == finding)
			put_group(&c->groups[i], f);
}

static void write_text(const struct comparison *c, FILE *f)
{
	fprintf(f, "mappings: %zu, %s later %zu; %zu in both, %zu of them streaming\n", c->early->n,
		c->age, c->late->n, c->n_live, c->n_streaming);
	put_groups(c, DISAGREES, "judged transient, lives long", f);
	fprintf(f, "\njudged persistent, not seen to live long: %zu\n", c->n_absences);
	for (size_t i = 0; i < c->n_absences; i++) {
		const struct absence *a = &c->absences[i];

		fprintf(f, "%s%s%s\n", a->driver ?: "", a->driver ? ": " : "", a->says);
		put_sites(a->sites, a->n, f);
	}
	put_groups(c, AGREES, "lives long, as judged", f);
	put_groups(c, UNDECIDED, "lives long, undecided", f);
}

void compare(const struct code *code, const struct sites *sites, const struct compare_options *o,
	     FILE *f)
{
	struct comparison c = { .code = code, .sites = sites, .o = o };

	choose_dumps(&c);
	find_live(&c);
	c.origins = xcalloc(c.r.n_events, sizeof(*c.origins));
	for (size_t i = 0; i < c.r.n_events; i++)
		c.origins[i] = origin_of_stack(code, sites, &c.r.events[i],
					       c.r.events[i].type);
	make_groups(&c);
	for (size_t i = 0; i < c.n_groups; i++)
		judge_group(&c, &c.groups[i]);
	find_absent_sites(&c);
	find_absent_drivers(&c);
	make_dirs(o->out);
	write_json(&c);
	write_text(&c, f);
}
