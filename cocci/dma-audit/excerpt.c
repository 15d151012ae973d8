// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "excerpt.h"
#include "util.h"

/* Lines before and behind the one that maps. */
#define AROUND 6

struct source_text {
	bool read;
	char **lines;
	size_t n;
};

struct sources {
	const char *root;
	const struct code *code;
	struct source_text *of;	/* as code->files */
	size_t unreadable;
};

struct sources *sources_open(const char *root, const struct code *code)
{
	struct sources *s = xcalloc(1, sizeof(*s));

	*s = (struct sources) {
		.root = root,
		.code = code,
		.of = xcalloc(code->n, sizeof(*s->of)),
	};
	return s;
}

static void cut_lines(struct source_text *source, char *data)
{
	for (char *line; (line = strsep(&data, "\n")); ) {
		if (!(source->n & (source->n - 1)))
			source->lines = xrealloc(source->lines, (source->n * 2 + 1) *
						 sizeof(*source->lines));
		source->lines[source->n++] = line;
	}
}

static const struct source_text *source_of(struct sources *s, const struct code_file *file)
{
	struct source_text *source = &s->of[file - s->code->files];
	char *path, *data;

	if (source->read)
		return source;
	source->read = true;
	path = xasprintf("%s/%s", s->root, file->path);
	data = read_file(path, NULL);
	if (data) {
		cut_lines(source, data);
	} else {
		warn("cannot read %s: %s: the page shows no source of it", path, strerror(errno));
		s->unreadable++;
	}
	free(path);
	return source;
}

const char *source_line(struct sources *s, const struct code_file *file, int line)
{
	const struct source_text *source = source_of(s, file);

	return line >= 1 && (size_t)line <= source->n ? source->lines[line - 1] : NULL;
}

char *source_around(struct sources *s, const struct site *site, int *first)
{
	const char *line = source_line(s, site->file, site->line);
	const struct code_function *fn = site->call ? site->call->function : NULL;
	char *text, *more;
	int from = site->line > AROUND ? site->line - AROUND : 1;

	if (!line || !strstr(line, site->api->name))
		return NULL;
	if (fn && fn->line > from && fn->line <= site->line)
		from = fn->line;
	text = xstrdup(source_line(s, site->file, from));
	for (int i = from + 1; i <= site->line + AROUND; i++) {
		line = source_line(s, site->file, i);
		if (!line)
			break;
		more = xasprintf("%s\n%s", text, line);
		free(text);
		text = more;
		/* The end of the function. */
		if (i > site->line && line[0] == '}')
			break;
	}
	*first = from;
	return text;
}

size_t sources_unreadable(const struct sources *s)
{
	return s->unreadable;
}
