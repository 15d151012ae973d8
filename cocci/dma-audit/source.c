// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "util.h"

#define CONTEXT 3	/* lines around a change */
#define HEADING_LENGTH 80	/* characters of the line that names a hunk's function, as git's */

/* The files read so far. */
static struct source_text **sources;
static size_t n_sources;

static void add_line(char ***lines, int *n, char *line)
{
	*lines = xrealloc(*lines, (*n + 1) * sizeof(**lines));
	(*lines)[(*n)++] = line;
}

static void read_lines(struct source_text *s, const char *root)
{
	char *file = xasprintf("%s/%s", root, s->path);
	char *data = read_file(file, NULL), *line, *rest = data;

	if (!data)
		die("cannot read %s: %s", file, strerror(errno));
	while (*rest) {
		line = strsep(&rest, "\n");
		if (!rest)
			die("%s: its last line does not end", file);
		add_line(&s->lines, &s->n, line);
	}
	free(file);
}

struct source_text *source_get(const char *root, const char *path)
{
	struct source_text *s;

	for (size_t i = 0; i < n_sources; i++)
		if (!strcmp(sources[i]->path, path))
			return sources[i];
	s = xcalloc(1, sizeof(*s));
	s->path = path;
	read_lines(s, root);
	sources = xrealloc(sources, (n_sources + 1) * sizeof(*sources));
	sources[n_sources++] = s;
	return s;
}

bool source_add_edit(struct source_text *s, const struct edit *edit)
{
	int at = 0;

	for (int i = 0; i < s->n_edits; i++) {
		const struct edit *e = &s->edits[i];

		if (e->line < edit->line + edit->n_old && edit->line < e->line + e->n_old)
			return false;
		if (e->line < edit->line)
			at = i + 1;
	}
	s->edits = xrealloc(s->edits, (s->n_edits + 1) * sizeof(*s->edits));
	memmove(s->edits + at + 1, s->edits + at, (s->n_edits - at) * sizeof(*s->edits));
	s->edits[at] = *edit;
	s->n_edits++;
	return true;
}

/* One version of a file, and where each edit of the patch stands in it. */
struct version {
	char **lines;
	int n;
	int *at;		/* by number of the edit: index of its first line */
};

/* The file with the edits of all patches below @patch. */
static struct version version_before(const struct source_text *s, int patch)
{
	struct version v = { .at = xcalloc(s->n_edits + 1, sizeof(*v.at)) };
	int next = 0;

	for (int i = 0; i < s->n; ) {
		const struct edit *e = next < s->n_edits ? &s->edits[next] : NULL;

		if (!e || e->line != i + 1) {
			add_line(&v.lines, &v.n, s->lines[i++]);
			continue;
		}
		v.at[next++] = v.n;
		for (int k = 0; k < (e->patch < patch ? e->n_new : e->n_old); k++)
			add_line(&v.lines, &v.n, e->patch < patch ? e->text[k] : s->lines[i + k]);
		i += e->n_old;
	}
	return v;
}

/* The last line before @at that begins a function, and no label, as git names it. */
static const char *heading(const struct version *v, int at)
{
	while (at-- > 0)
		if ((isalpha((unsigned char)v->lines[at][0]) || v->lines[at][0] == '_') &&
		    v->lines[at][strlen(v->lines[at]) - 1] != ':')
			return v->lines[at];
	return "";
}

static void put_lines(FILE *f, char sign, char **lines, int from, int to)
{
	while (from < to)
		fprintf(f, "%c%s\n", sign, lines[from++]);
}

static bool in_patch(const struct source_text *s, int edit, int patch)
{
	return edit < s->n_edits && s->edits[edit].patch == patch;
}

static int next_edit(const struct source_text *s, int edit, int patch)
{
	do {
		edit++;
	} while (edit < s->n_edits && !in_patch(s, edit, patch));
	return edit;
}

/* Edits @first to @last of one hunk; the new side is @shift lines further down. */
static int put_hunk(const struct source_text *s, const struct version *v, int patch, int first,
		    int last, int shift, FILE *f)
{
	int begin = v->at[first] > CONTEXT ? v->at[first] - CONTEXT : 0;
	int end = v->at[last] + s->edits[last].n_old + CONTEXT;
	int grows = 0, at = begin;
	const char *title = heading(v, begin);
	int length = strnlen(title, HEADING_LENGTH);

	/* No blank where it is cut. */
	while (length && isspace((unsigned char)title[length - 1]))
		length--;
	if (end > v->n)
		end = v->n;
	for (int i = first; i <= last; i = next_edit(s, i, patch))
		grows += s->edits[i].n_new - s->edits[i].n_old;
	fprintf(f, "@@ -%d,%d +%d,%d @@%s%.*s\n", begin + 1, end - begin, begin + 1 + shift,
		end - begin + grows, length ? " " : "", length, title);
	for (int i = first; i <= last; i = next_edit(s, i, patch)) {
		const struct edit *e = &s->edits[i];

		put_lines(f, ' ', v->lines, at, v->at[i]);
		put_lines(f, '-', v->lines, v->at[i], v->at[i] + e->n_old);
		put_lines(f, '+', e->text, 0, e->n_new);
		at = v->at[i] + e->n_old;
	}
	put_lines(f, ' ', v->lines, at, end);
	return grows;
}

void source_diff(const struct source_text *s, int patch, FILE *f)
{
	struct version v = version_before(s, patch);
	int shift = 0;

	fprintf(f, "diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n", s->path, s->path, s->path,
		s->path);
	for (int first = next_edit(s, -1, patch), last, next; first < s->n_edits; first = next) {
		last = first;
		for (next = next_edit(s, last, patch); next < s->n_edits;
		     next = next_edit(s, last, patch)) {
			if (v.at[next] - v.at[last] - s->edits[last].n_old > 2 * CONTEXT)
				break;
			last = next;
		}
		shift += put_hunk(s, &v, patch, first, last, shift, f);
	}
	free(v.lines);
	free(v.at);
}
