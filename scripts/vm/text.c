// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "util.h"

void text_add(struct text *t, const char *s, size_t len)
{
	if (t->len + len + 1 > t->room) {
		t->room = (t->len + len + 1) * 2;
		t->s = xrealloc(t->s, t->room);
	}
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_cut(struct text *t, size_t len)
{
	t->len -= len;
	memmove(t->s, t->s + len, t->len + 1);
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){};
}

char *text_line(char **next)
{
	char *line = strsep(next, "\n");

	if (!line || (!*line && !*next))
		return NULL;
	line[strcspn(line, "\r")] = '\0';
	return line;
}
