/* SPDX-License-Identifier: GPL-2.0 */
/* Text that grows: what came from a pipe, what a parser collects. */
#ifndef IOBOUNCE_VM_TEXT_H
#define IOBOUNCE_VM_TEXT_H

#include <stddef.h>

struct text {
	char *s;		/* always with a NUL behind; NULL while empty */
	size_t len, room;
};

/* Dies when memory is out. */
void text_add(struct text *t, const char *s, size_t len);
/* Takes @len bytes away from the front. */
void text_cut(struct text *t, size_t len);
void text_free(struct text *t);

/*
 * The line at *@next, ended in place and without its CR, *@next behind it;
 * NULL when there is none left.
 */
char *text_line(char **next);

#endif
