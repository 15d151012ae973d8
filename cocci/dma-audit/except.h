/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of what convert leaves out, with the reasons: one path a line, a word
 * before it and a reason behind it, with tabs between. The word is "hand" for
 * what is converted by hand, "leave" for what is not to be converted. The path
 * is a folder, a file, or FILE:FUNCTION.
 */
#ifndef DMA_AUDIT_EXCEPT_H
#define DMA_AUDIT_EXCEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "site.h"

struct exception {
	bool by_hand;
	const char *path, *reason;
	int line;
	bool used;
};

struct exceptions {
	const char *file;
	struct exception *list;
	size_t n;
};

/* die()s at a line of no known form, with file and line. NULL: an empty list. */
struct exceptions *exceptions_read(const char *file);

/* The first that covers @site; NULL: none. */
struct exception *exception_of(struct exceptions *all, const struct site *site);

/* Warns of those that cover no mapping. */
void exceptions_warn(const struct exceptions *all);

#endif
