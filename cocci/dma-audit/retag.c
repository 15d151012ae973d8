// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "retag.h"
#include "util.h"

#define TAB 8
#define WIDTH 80	/* columns that the coding style prefers */
#define WIDEST 100	/* columns that checkpatch lets pass */

/* Lines that one call may have. */
#define MAX_LINES 40

/* What is never broken: an argument, or a part of the attributes. */
struct atom {
	char *text;		/* with the comma or '|' behind it */
	bool breaks;		/* began a line in the old text */
	bool added;
};

struct call_text {
	char *head;		/* the first line before the name */
	char *name;
	char *tail;		/* of the last line, from the closing bracket on */
	char **args;
	bool *breaks;		/* the argument began a line */
	int n_args;
	int n_lines;
	int widest;		/* columns of its widest line */
};

struct layout {
	char **lines;
	int n, column;
};

static int width_of(const char *text, int from)
{
	for (; *text; text++)
		from += *text == '\t' ? TAB - from % TAB : 1;
	return from;
}

/* The form of @api that takes attributes: itself, its _attrs form, or NULL. */
static const struct api *api_with_attrs(const struct api *api)
{
	char *name;
	const struct api *form;

	if (api->attrs >= 0)
		return api;
	name = xasprintf("%s_attrs", api->name);
	form = api_find(name, strlen(name));
	free(name);
	return form;
}

bool is_tagged(const struct code_fact *call)
{
	return expr_has_word(call->b, ATTRIBUTE);
}

/* The lines from @line on as one text, each ending in a newline. */
static char *join(const struct source_text *s, int line)
{
	char *all = xstrdup("");

	for (int i = line; i <= s->n && i < line + MAX_LINES; i++) {
		char *more = xasprintf("%s%s\n", all, s->lines[i - 1]);

		free(all);
		all = more;
	}
	return all;
}

/* An argument with one blank where it had white space. */
static char *squeeze(const char *from, const char *to)
{
	char *text = xcalloc(to - from + 1, 1), *p = text;

	while (from < to && isspace((unsigned char)*from))
		from++;
	for (; from < to; from++) {
		if (!isspace((unsigned char)*from))
			*p++ = *from;
		else if (p > text && p[-1] != ' ')
			*p++ = ' ';
	}
	while (p > text && p[-1] == ' ')
		p--;
	*p = '\0';
	return text;
}

static void add_argument(struct call_text *t, const char *from, const char *to)
{
	const char *p = from;

	while (p < to && (*p == ' ' || *p == '\t'))
		p++;
	t->args = xrealloc(t->args, (t->n_args + 1) * sizeof(*t->args));
	t->breaks = xrealloc(t->breaks, (t->n_args + 1) * sizeof(*t->breaks));
	t->breaks[t->n_args] = t->n_args && *p == '\n';
	t->args[t->n_args++] = squeeze(from, to);
}

/* Cuts the arguments behind the bracket at @p; the closing bracket, or NULL. */
static const char *cut_arguments(struct call_text *t, const char *p)
{
	const char *from = ++p;
	int depth = 0;

	for (; *p; p++) {
		if (*p == '#' || *p == '\\' || *p == '"' || *p == '\'' ||
		    (*p == '/' && (p[1] == '*' || p[1] == '/')))
			return NULL;
		if (*p == '(' || *p == '[' || *p == '{') {
			depth++;
		} else if ((*p == ')' || *p == ']' || *p == '}') && !depth--) {
			break;
		} else if (*p == ',' && !depth) {
			add_argument(t, from, p);
			from = p + 1;
		}
	}
	if (!*p)
		return NULL;
	add_argument(t, from, p);
	return p;
}

static const char *parse(const struct source_text *s, const struct code_fact *call,
			 struct call_text *t)
{
	char *all = join(s, call->line);
	const char *name = all + call->column - 1, *p, *end;
	size_t len = strlen(call->api->name);

	if (call->line > s->n || strlen(s->lines[call->line - 1]) < call->column - 1 + len ||
	    strncmp(name, call->api->name, len))
		return "the source is not the one that was scanned: run dma-audit scan again";
	p = name + len;
	p += strspn(p, " ");
	end = *p == '(' ? cut_arguments(t, p) : NULL;
	if (!end)
		return "the call holds more than plain arguments";
	t->head = xasprintf("%.*s", (int)(name - all), all);
	t->name = xstrdup(call->api->name);
	t->tail = xasprintf("%.*s", (int)strcspn(end, "\n"), end);
	t->n_lines = 1;
	for (p = all; p < end; p++)
		t->n_lines += *p == '\n';
	for (int i = 0; i < t->n_lines; i++) {
		int width = width_of(s->lines[call->line - 1 + i], 0);

		if (width > t->widest)
			t->widest = width;
	}
	free(all);
	return NULL;
}

static void add_atom(struct atom **atoms, int *n, char *text, bool breaks, bool added)
{
	*atoms = xrealloc(*atoms, (*n + 1) * sizeof(**atoms));
	(*atoms)[(*n)++] = (struct atom) { text, breaks, added };
}

/* The attributes behind ours: none, a sum of flags, or something to be bracketed. */
static void add_attributes(struct atom **atoms, int *n, const char *old, const char *comma)
{
	const char *p, *bar;

	if (!*old || !strcmp(old, "0")) {
		add_atom(atoms, n, xasprintf(ATTRIBUTE "%s", comma), false, true);
		return;
	}
	add_atom(atoms, n, xstrdup(ATTRIBUTE " |"), false, true);
	if (strpbrk(old, "?<>=&^+-") && !strstr(old, "->")) {
		add_atom(atoms, n, xasprintf("(%s)%s", old, comma), false, true);
		return;
	}
	for (p = old; (bar = strstr(p, " | ")); p = bar + 3)
		add_atom(atoms, n, xasprintf("%.*s |", (int)(bar - p), p), false, true);
	add_atom(atoms, n, xasprintf("%s%s", p, comma), false, true);
}

static struct atom *atoms_of(const struct call_text *t, int attrs, int *n)
{
	struct atom *atoms = NULL;
	int last = attrs < t->n_args ? t->n_args - 1 : attrs;

	*n = 0;
	for (int i = 0; i <= last; i++) {
		const char *comma = i < last ? "," : "";

		if (i == attrs)
			add_attributes(&atoms, n, i < t->n_args ? t->args[i] : "", comma);
		else
			add_atom(&atoms, n, xasprintf("%s%s", t->args[i], comma), t->breaks[i],
				 false);
	}
	return atoms;
}

static void append(struct layout *l, const char *text)
{
	char *line = xasprintf("%s%s", l->n ? l->lines[l->n - 1] : "", text);

	if (!l->n) {
		l->lines = xcalloc(1, sizeof(*l->lines));
		l->n = 1;
	}
	free(l->lines[l->n - 1]);
	l->lines[l->n - 1] = line;
	l->column = width_of(line, 0);
}

/* A new line that begins at @column: tabs, then blanks. */
static void new_line(struct layout *l, int column)
{
	l->lines = xrealloc(l->lines, (l->n + 1) * sizeof(*l->lines));
	l->lines[l->n++] = xasprintf("%.*s%*s", column / TAB, "\t\t\t\t\t\t\t\t\t\t\t\t",
				     column % TAB, "");
	l->column = column;
}

static void drop(struct layout *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->lines[i]);
	free(l->lines);
	*l = (struct layout) { NULL };
}

/* The columns of all that is left, on one line. */
static int rest_width(const struct atom *atoms, int n, const char *tail)
{
	int width = width_of(tail, 0) + n - 1;

	for (int i = 0; i < n; i++)
		width += width_of(atoms[i].text, 0);
	return width;
}

/*
 * Behind "name(": the atoms aligned with the bracket. Lines go beyond @wanted
 * columns only where they cannot break, and never beyond @limit. With @keep, they
 * break where they did, and before what was added if need be.
 */
static bool lay_out(struct layout *l, const struct atom *atoms, int n, const char *tail, bool keep,
		    int wanted, int limit)
{
	int bracket = l->column;
	bool first = true;

	for (int i = 0; i < n; i++) {
		const char *end = i == n - 1 ? tail : "";
		int behind = width_of(atoms[i].text, 0) + width_of(end, 0);
		int whole = keep && atoms[i].added ? rest_width(atoms + i, n - i, tail) : behind;
		bool fits = l->column + !first + whole <= wanted;

		if (!first && (keep ? atoms[i].breaks || (atoms[i].added && !fits) : !fits)) {
			new_line(l, bracket);
			first = true;
		}
		if (l->column + !first + behind > limit)
			return false;
		if (!first)
			append(l, " ");
		append(l, atoms[i].text);
		append(l, end);
		first = false;
	}
	return true;
}

/* "lhs = call(...)" with the call on a line of its own. */
static bool move_down(struct layout *l, const char *head)
{
	size_t len = strlen(head);
	char *left;

	if (len < 3 || strcmp(head + len - 3, " = "))
		return false;
	left = xasprintf("%.*s", (int)len - 1, head);
	append(l, left);
	new_line(l, TAB * (int)(strspn(head, "\t") + 1));
	free(left);
	return true;
}

static bool try_layout(struct layout *l, const struct call_text *t, const struct atom *atoms, int n,
		       bool keep, bool moved, int limit)
{
	int wanted = t->widest > WIDTH && limit < WIDEST ? limit : WIDTH;

	drop(l);
	if (!moved)
		append(l, t->head);
	else if (!move_down(l, t->head))
		return false;
	append(l, t->name);
	append(l, "(");
	return lay_out(l, atoms, n, t->tail, keep, wanted, limit);
}

/* Where the old text is wider than it should be, so may be the new one. */
static bool choose_layout(struct layout *l, const struct call_text *t, const struct atom *atoms,
			  int n)
{
	int old = t->widest < WIDTH ? WIDTH : t->widest > WIDEST ? WIDEST : t->widest;

	return try_layout(l, t, atoms, n, true, false, old) ||
	       try_layout(l, t, atoms, n, false, false, WIDTH) ||
	       try_layout(l, t, atoms, n, false, true, WIDTH) ||
	       try_layout(l, t, atoms, n, true, false, WIDEST) ||
	       try_layout(l, t, atoms, n, false, false, WIDEST);
}

/* What stayed as it was, at either end, is no part of the edit. */
static void trim(const struct source_text *s, struct edit *e)
{
	while (e->n_old && e->n_new && !strcmp(s->lines[e->line - 1], e->text[0])) {
		e->line++;
		e->n_old--;
		e->text++;
		e->n_new--;
	}
	while (e->n_old && e->n_new &&
	       !strcmp(s->lines[e->line + e->n_old - 2], e->text[e->n_new - 1])) {
		e->n_old--;
		e->n_new--;
	}
}

const char *retag(const struct source_text *s, const struct code_fact *call, struct edit *edit)
{
	const struct api *form = api_with_attrs(call->api);
	struct call_text t = { NULL };
	struct layout l = { NULL };
	struct atom *atoms;
	const char *why;
	int n;

	if (!form)
		return "the API has no form with attributes";
	why = parse(s, call, &t);
	if (why)
		return why;
	t.name = xstrdup(form->name);
	atoms = atoms_of(&t, form->attrs, &n);
	if (!choose_layout(&l, &t, atoms, n))
		return "the call has no room for the attribute in 100 columns";
	*edit = (struct edit) {
		.line = call->line,
		.n_old = t.n_lines,
		.text = l.lines,
		.n_new = l.n,
	};
	trim(s, edit);
	return NULL;
}
