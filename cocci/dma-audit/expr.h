/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Expressions as spatch prints them: tokens with one space between.
 */
#ifndef DMA_AUDIT_EXPR_H
#define DMA_AUDIT_EXPR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What an expression refers to. Subscripts, casts, '&', and the list head of a
 * table ("-> sgl") do not count: "& buf -> table [ i ] . sgl" is member "table"
 * of variable "buf". All strings are interned.
 */
struct expr_ref {
	const char *variable;	/* NULL: no plain reference */
	const char *member;	/* NULL: the variable itself */
	size_t depth;		/* members on the way */
	bool deref;		/* "* variable" */
};

struct expr_ref expr_ref(const char *expr);

/* Is @word one of the tokens? */
bool expr_has_word(const char *expr, const char *word);

/* The n-th call inside of @expr, whose value may pass through it: name and arguments. */
bool expr_call(const char *expr, const char **name, const char **arguments);

/*
 * Calls @each for the words of an identifier, in lower case: "free_rxRing2"
 * has free, rx, ring. Stops when @each returns true.
 */
bool name_words(const char *name, bool (*each)(const char *word, void *arg), void *arg);

/* Is @word one of the @n? */
bool word_is_listed(const char *word, const char *const *list, size_t n);

#endif
