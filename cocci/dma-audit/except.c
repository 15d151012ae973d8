// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "except.h"
#include "util.h"

static void add_line(struct exceptions *all, char *text, int line)
{
	const char *word = strsep(&text, "\t"), *path, *reason;

	path = strsep(&text, "\t");
	reason = text;
	if (!path || !reason || !*path || !*reason ||
	    (strcmp(word, "hand") && strcmp(word, "leave")))
		die("%s:%d: not of the form hand|leave, path, reason with one tab between",
		    all->file, line);
	all->list = xrealloc(all->list, (all->n + 1) * sizeof(*all->list));
	all->list[all->n++] = (struct exception) {
		.by_hand = !strcmp(word, "hand"),
		.path = path,
		.reason = reason,
		.line = line,
	};
}

struct exceptions *exceptions_read(const char *file)
{
	struct exceptions *all = xcalloc(1, sizeof(*all));
	char *rest, *line;
	int number = 0;

	all->file = file;
	if (!file)
		return all;
	rest = read_file(file, NULL);
	if (!rest)
		die("cannot read %s: %s", file, strerror(errno));
	while ((line = strsep(&rest, "\n"))) {
		number++;
		if (*line && *line != '#')
			add_line(all, line, number);
	}
	return all;
}

static bool covers(const struct exception *e, const struct site *site)
{
	const char *colon = strchr(e->path, ':'), *path = site->file->path;
	size_t len = colon ? (size_t)(colon - e->path) : strlen(e->path);

	if (strncmp(path, e->path, len) || (path[len] && path[len] != '/'))
		return false;
	return !colon || !strcmp(colon + 1, site->function);
}

struct exception *exception_of(struct exceptions *all, const struct site *site)
{
	for (size_t i = 0; i < all->n; i++) {
		if (covers(&all->list[i], site)) {
			all->list[i].used = true;
			return &all->list[i];
		}
	}
	return NULL;
}

void exceptions_warn(const struct exceptions *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!all->list[i].used)
			warn("%s:%d: there is no mapping in %s", all->file, all->list[i].line,
			     all->list[i].path);
}
