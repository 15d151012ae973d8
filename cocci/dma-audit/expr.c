// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <string.h>

#include "code.h"
#include "expr.h"

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *token_end(const char *p)
{
	return p + strcspn(p, " ");
}

static const char *next_token(const char *p)
{
	p = token_end(p);
	return p + strspn(p, " ");
}

static bool is(const char *token, const char *text)
{
	size_t len = strlen(text);

	return !strncmp(token, text, len) && (!token[len] || token[len] == ' ');
}

/* Behind the bracket that closes the one at @p. */
static const char *skip_bracket(const char *p)
{
	int depth = 0;

	for (; *p; p = next_token(p)) {
		if (*p == '(' || *p == '[')
			depth++;
		else if ((*p == ')' || *p == ']') && !--depth)
			return next_token(p);
	}
	return p;
}

static bool is_cast(const char *p)
{
	const char *inside = next_token(p), *behind = skip_bracket(p);

	/* "( x ) -> y" is none, and nor is "( & x )". */
	return word_char(*inside) && (word_char(*behind) || *behind == '(' || *behind == '&');
}

struct expr_ref expr_ref(const char *expr)
{
	struct expr_ref ref = { NULL };
	const char *p = expr;
	bool member = false;

	while (*p) {
		if (*p == '[') {
			p = skip_bracket(p);
			continue;
		}
		if (*p == '(' && ref.variable && !member)
			return (struct expr_ref) { NULL };	/* a call */
		if (*p == '(' && is_cast(p)) {
			p = skip_bracket(p);
			continue;
		}
		if (is(p, "->") || is(p, ".")) {
			member = true;
		} else if (word_char(*p)) {
			size_t len = token_end(p) - p;

			if (!ref.variable) {
				ref.variable = intern_n(p, len);
			} else if (!member) {
				return (struct expr_ref) { NULL };
			} else if (len != 3 || strncmp(p, "sgl", len)) {
				ref.member = intern_n(p, len);
				ref.depth++;
			}
			member = false;
		} else if (!ref.variable) {
			if (is(p, "*"))
				ref.deref = true;
			else if (*p != '&' && *p != '(')
				return (struct expr_ref) { NULL };
		} else if (*p != ')') {
			break;		/* an offset, a shift */
		}
		p = next_token(p);
	}
	if (ref.variable && isdigit((unsigned char)*ref.variable))
		ref.variable = NULL;
	return ref;
}

bool expr_has_word(const char *expr, const char *word)
{
	for (const char *p = expr; *p; p = next_token(p))
		if (is(p, word))
			return true;
	return false;
}

bool expr_call(const char *expr, const char **name, const char **arguments)
{
	for (const char *p = expr; *p; p = next_token(p)) {
		const char *open = next_token(p), *close, *from;

		if (!word_char(*p) || !is(open, "("))
			continue;
		close = skip_bracket(open);
		from = next_token(open);
		while (close > from && close[-1] == ' ')
			close--;
		if (close > from && close[-1] == ')')
			close--;
		while (close > from && close[-1] == ' ')
			close--;
		*name = intern_n(p, token_end(p) - p);
		*arguments = intern_n(from, close > from ? close - from : 0);
		return true;
	}
	return false;
}

bool name_words(const char *name, bool (*each)(const char *word, void *arg), void *arg)
{
	char word[64];
	size_t n = 0;

	for (const char *p = name; ; p++) {
		bool letter = isalpha((unsigned char)*p);
		bool hump = n && isupper((unsigned char)*p) && islower((unsigned char)p[-1]);

		if (n && (!letter || hump || n == sizeof(word) - 1)) {
			word[n] = '\0';
			n = 0;
			if (each(word, arg))
				return true;
		}
		if (letter)
			word[n++] = tolower((unsigned char)*p);
		if (!*p)
			return false;
	}
}

bool word_is_listed(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}
