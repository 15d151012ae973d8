/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source file as lines, the edits that convert makes in it, and the unified
 * diff of those that belong to one patch.
 */
#ifndef DMA_AUDIT_SOURCE_H
#define DMA_AUDIT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Lines @line to @line + @n_old - 1 of the file as it was read become @text. */
struct edit {
	int line, n_old;
	char **text;
	int n_new;
	int patch;		/* number of the patch that makes it */
};

struct source_text {
	const char *path;	/* inside the tree */
	char **lines;		/* without newline; [0] is line 1 */
	int n;
	struct edit *edits;	/* by line */
	int n_edits;
};

/* Each file once, read when first asked for; die()s when it can't be read. */
struct source_text *source_get(const char *root, const char *path);

/* Adds @edit; false: another one changes the same lines already. */
bool source_add_edit(struct source_text *s, const struct edit *edit);

/* The diff of the edits of @patch, on top of those with a lower number. */
void source_diff(const struct source_text *s, int patch, FILE *f);

#endif
