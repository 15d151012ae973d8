// SPDX-License-Identifier: GPL-2.0
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "util.h"

#define FIELDS 7

char *facts_rules(const char *dir)
{
	char *pattern = xasprintf("%s/*.cocci", dir);
	char *all = xstrdup("");
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		die("no fact rules in %s: name the folder with --facts", dir);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *one = read_file(found.gl_pathv[i], NULL), *more;

		if (!one)
			die("cannot read %s", found.gl_pathv[i]);
		more = xasprintf("%s%s\n", all, one);
		free(all);
		free(one);
		all = more;
	}
	globfree(&found);
	free(pattern);
	return all;
}

/* Cuts @line at tabs; fields that it lacks are "". */
static void cut(char *line, char *field[FIELDS])
{
	for (int i = 0; i < FIELDS; i++)
		field[i] = i < FIELDS - 1 ? strsep(&line, "\t") ?: "" : line ?: "";
}

void facts_read(char *output, bool (*file_is)(void *arg, const char *path),
		void (*each)(void *arg, const struct fact *fact), void *arg)
{
	char *line, *field[FIELDS];
	bool wanted = false;

	while ((line = strsep(&output, "\n"))) {
		cut(line, field);
		if (field[0][0] == '@') {
			wanted = file_is(arg, field[1]);
		} else if (field[0][0] && wanted) {
			struct fact fact = {
				.kind = field[0][0],
				.function = field[1],
				.line = atoi(field[2]),
				.column = atoi(field[3]),
				.a = field[4],
				.b = field[5],
				.c = field[6],
			};

			each(arg, &fact);
		}
	}
}
