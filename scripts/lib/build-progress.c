// SPDX-License-Identifier: GPL-2.0
/*
 * build-progress WHAT FILES LOG: reads what a kernel build prints, keeps it in
 * LOG and shows how many files are compiled. Succeeds when the build's last
 * line is "  DONE", which the caller prints only after success.
 */
#include <stdlib.h>
#include <string.h>

#include "util.h"

int main(int argc, char **argv)
{
	char *line = NULL;
	struct progress p;
	bool done = false;
	size_t room = 0, compiled = 0;
	FILE *log;

	progname = "build-progress";
	if (argc != 4)
		die("usage: build-progress WHAT FILES LOG");
	log = file_begin(argv[3]);
	progress_start(&p, argv[1], strtoul(argv[2], NULL, 10));
	while (getline(&line, &room, stdin) > 0) {
		fputs(line, log);
		done = !strcmp(line, "  DONE\n");
		if (!strncmp(line, "  CC ", 5) && ++compiled > p.total)
			p.total = 0;
		progress_show(&p, compiled);
	}
	progress_end(&p, compiled);
	free(line);
	file_commit(log, argv[3]);
	return done ? 0 : 1;
}
