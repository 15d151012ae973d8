// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "util.h"

/* Nested conditionals deeper than this are read as plain text. */
#define MAX_CONDITIONALS 64

struct conditional {
	int depth;		/* brace depth at the #if: each branch begins there */
	bool disabled;		/* the branch being read is #if 0 */
};

struct scanner {
	const char *p, *end;
	int line;
	int braces, parens;
	int macro_line;		/* line on which the directive being read goes on, or 0 */
	char *macro;		/* the #define being read */
	struct conditional conditional[MAX_CONDITIONALS];
	int conditionals;
	char before[2];		/* the two characters of code before this one */
	char *candidate;	/* name before the first '(' of this declaration */
	char *function;
	struct text *text;
};

static bool in_macro(const struct scanner *s)
{
	return s->macro_line == s->line;
}

static bool disabled(const struct scanner *s)
{
	for (int i = 0; i < s->conditionals && i < MAX_CONDITIONALS; i++)
		if (s->conditional[i].disabled)
			return true;
	return false;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *word_end(const char *p)
{
	while (word_char(*p))
		p++;
	return p;
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(word, name, len);
}

static bool call_follows(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return *p == '(';
}

static void set_name(char **where, const char *name, size_t len)
{
	free(*where);
	*where = len ? xasprintf("%.*s", (int)len, name) : NULL;
}

static void note(struct scanner *s, const char *word, size_t len, enum text_context context)
{
	const struct api *api = api_find(word, len);
	struct text *t = s->text;

	if (!api)
		return;
	if (context == TEXT_CALL || context == TEXT_MACRO)
		t->used = true;
	if (api->kind != API_MAP)
		return;
	t->calls = xrealloc(t->calls, (t->n + 1) * sizeof(*t->calls));
	t->calls[t->n++] = (struct text_call) {
		.api = api,
		.line = s->line,
		.function = xstrdup((context == TEXT_MACRO ? s->macro : s->function) ?: ""),
		.context = context,
	};
}

static enum text_context context_of_code(const struct scanner *s)
{
	if (disabled(s))
		return TEXT_DISABLED;
	if (in_macro(s))
		return TEXT_MACRO;
	if (s->before[1] == '.' || (s->before[0] == '-' && s->before[1] == '>'))
		return TEXT_MEMBER;
	return s->braces && s->function ? TEXT_CALL : TEXT_DECLARED;
}

/* Over text that is no code: names in it are noted with @context. */
static void skip_to(struct scanner *s, const char *stop, enum text_context context)
{
	while (s->p < stop) {
		const char *end = word_end(s->p);

		if (end > s->p) {
			if (call_follows(end))
				note(s, s->p, end - s->p, context);
			s->p = end;
		} else {
			if (*s->p++ == '\n')
				s->line++;
		}
	}
}

static void comment(struct scanner *s)
{
	const char *stop;

	if (s->p[1] == '*') {
		stop = strstr(s->p + 2, "*/");
		stop = stop ? stop + 2 : s->end;
	} else {
		stop = s->p + strcspn(s->p, "\n");
	}
	skip_to(s, stop, TEXT_COMMENT);
}

static void quoted(struct scanner *s)
{
	const char *p = s->p + 1;

	/* A quote that does not close on its line is none (assembler, #error). */
	while (*p && *p != *s->p && *p != '\n')
		p += p[0] == '\\' && p[1] ? 2 : 1;
	skip_to(s, *p == *s->p ? p + 1 : p, TEXT_STRING);
}

static void conditional(struct scanner *s, const char *word, size_t len, const char *rest)
{
	struct conditional *c;

	if (word_is(word, len, "if") || word_is(word, len, "ifdef") ||
	    word_is(word, len, "ifndef")) {
		if (s->conditionals < MAX_CONDITIONALS) {
			c = &s->conditional[s->conditionals];
			c->depth = s->braces;
			c->disabled = len == 2 && word_is(rest, word_end(rest) - rest, "0");
		}
		s->conditionals++;
		return;
	}
	if (!s->conditionals)
		return;
	if (s->conditionals <= MAX_CONDITIONALS) {
		c = &s->conditional[s->conditionals - 1];
		if (word_is(word, len, "else") || word_is(word, len, "elif")) {
			s->braces = c->depth;
			c->disabled = false;
		}
	}
	if (word_is(word, len, "endif"))
		s->conditionals--;
}

/* At '#': takes the directive's name; what follows is read as code. */
static void directive(struct scanner *s)
{
	const char *word = s->p + 1, *end, *rest;

	word += strspn(word, " \t");
	end = word_end(word);
	rest = end + strspn(end, " \t");
	if (word_is(word, end - word, "define")) {
		s->macro_line = s->line;
		s->p = word_end(rest);
		set_name(&s->macro, rest, s->p - rest);
		return;
	}
	conditional(s, word, end - word, rest);
	s->p = end;
	/* A condition is no code: an unmatched bracket in it must not count. */
	s->macro_line = s->line;
}

static void word(struct scanner *s)
{
	const char *end = word_end(s->p);
	bool called = call_follows(end);

	if (called)
		note(s, s->p, end - s->p, context_of_code(s));
	if (called && !s->braces && !s->parens && !s->candidate && !in_macro(s) &&
	    !word_is(s->p, end - s->p, "__attribute__"))
		set_name(&s->candidate, s->p, end - s->p);
	s->p = end;
	s->before[1] = 'a';
}

static void open_brace(struct scanner *s)
{
	if (!s->braces++) {
		set_name(&s->function, s->candidate, s->candidate ? strlen(s->candidate) : 0);
		set_name(&s->candidate, NULL, 0);
	}
}

static void close_brace(struct scanner *s)
{
	if (s->braces && !--s->braces) {
		set_name(&s->function, NULL, 0);
		set_name(&s->candidate, NULL, 0);
		s->parens = 0;
	}
}

static void punctuation(struct scanner *s)
{
	char c = *s->p++;

	if (!in_macro(s) && !disabled(s)) {
		if (c == '{')
			open_brace(s);
		else if (c == '}')
			close_brace(s);
		else if (c == '(')
			s->parens++;
		else if (c == ')' && s->parens)
			s->parens--;
		else if (c == ';' && !s->braces)
			set_name(&s->candidate, NULL, 0);
	}
	s->before[0] = s->before[1];
	s->before[1] = c;
}

void text_scan(const char *data, size_t len, struct text *text)
{
	struct scanner s = { .p = data, .end = data + len, .line = 1, .text = text };
	bool line_start = true;

	memset(text, 0, sizeof(*text));
	while (s.p < s.end) {
		char c = *s.p;

		if (c == '\n') {
			if (in_macro(&s) && s.p > data && s.p[-1] == '\\')
				s.macro_line++;
			s.line++;
			s.p++;
			line_start = true;
			continue;
		}
		if (isspace((unsigned char)c) || c == '\\') {
			s.p++;
			continue;
		}
		if (c == '/' && (s.p[1] == '*' || s.p[1] == '/'))
			comment(&s);
		else if (c == '"' || c == '\'')
			quoted(&s);
		else if (c == '#' && line_start)
			directive(&s);
		else if (word_char(c))
			word(&s);
		else
			punctuation(&s);
		line_start = false;
	}
	free(s.macro);
	free(s.candidate);
	free(s.function);
}

void text_free(struct text *text)
{
	for (size_t i = 0; i < text->n; i++)
		free(text->calls[i].function);
	free(text->calls);
	memset(text, 0, sizeof(*text));
}

bool text_may_use_dma(const char *data, size_t len)
{
	static const char *const stems[] = { "dma_map_", "dma_unmap_", "dma_sync_", "dma_iova_" };

	for (size_t i = 0; i < ARRAY_SIZE(stems); i++)
		if (memmem(data, len, stems[i], strlen(stems[i])))
			return true;
	return false;
}
