// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "util.h"

static bool same_name(const char *name, size_t len, const char *module)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i] == '-' ? '_' : name[i];

		if (c != (module[i] == '-' ? '_' : module[i]))
			return false;
	}
	return !module[len];
}

static void add_file(struct driver_files *files, const char *dir, const char *object, size_t len)
{
	char *path = xasprintf("%s/%.*s.c", dir, (int)len, object);
	const char *known = intern(path);

	free(path);
	for (size_t i = 0; i < files->n; i++)
		if (files->paths[i] == known)
			return;
	files->paths = xrealloc(files->paths, (files->n + 1) * sizeof(*files->paths));
	files->paths[files->n++] = known;
}

/* A backslash at the end of a line joins it to the next. */
static void join_lines(char *text)
{
	while ((text = strstr(text, "\\\n")))
		memset(text, ' ', 2);
}

/*
 * One assignment, "name-y += a.o b.o": the objects of @module, or, where it is
 * one of the objects of "obj-...", itself.
 */
static void read_assignment(char *line, const char *dir, const char *module,
			    struct driver_files *files)
{
	char *value = strchr(line, '='), *suffix, *word;
	bool whole;

	line[strcspn(line, "#")] = '\0';
	if (!value || !*value || *line == '\t')
		return;
	*value++ = '\0';
	suffix = strstr(line, "-$(") ?: strrchr(line, '-');
	if (!suffix)
		return;
	whole = same_name(line, suffix - line, module);
	if (!whole && strncmp(line, "obj-", 4))
		return;
	while ((word = strsep(&value, " \t"))) {
		size_t len = strlen(word);

		if (len < 3 || strcmp(word + len - 2, ".o"))
			continue;
		if (whole || same_name(word, len - 2, module))
			add_file(files, dir, word, len - 2);
	}
}

static void read_makefile(const char *tree, const char *dir, const char *module,
			  struct driver_files *files)
{
	static const char *const names[] = { "Kbuild", "Makefile" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xasprintf("%s/%s/%s", tree, dir, names[i]), *text, *next, *line;

		text = read_file(path, NULL);
		free(path);
		if (!text)
			continue;
		join_lines(text);
		next = text;
		while ((line = strsep(&next, "\n")))
			read_assignment(line, dir, module, files);
		free(text);
	}
}

/* The files come in the order of their paths, so a folder's are together. */
struct driver_files driver_files(const struct code *code, const char *tree, const char *module)
{
	struct driver_files files = { NULL };
	const char **seen = NULL;
	size_t n_seen = 0;

	for (size_t i = 0; i < code->n; i++) {
		char *dir = xstrdup(code->files[i].path), *slash;

		while ((slash = strrchr(dir, '/'))) {
			const char *name;
			size_t k;

			*slash = '\0';
			name = intern(dir);
			for (k = n_seen; k && seen[k - 1] != name; k--)
				;
			if (k)
				break;
			seen = xrealloc(seen, (n_seen + 1) * sizeof(*seen));
			seen[n_seen++] = name;
			read_makefile(tree, name, module, &files);
		}
		free(dir);
	}
	free(seen);
	return files;
}
