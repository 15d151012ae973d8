/* SPDX-License-Identifier: GPL-2.0 */
/* The tests of a list, and how they are run. */
#ifndef IOBOUNCE_IGT_RUN_SUITE_H
#define IOBOUNCE_IGT_RUN_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

/* A program of the list with its subtests. */
struct program {
	struct job job;			/* its name; result.job points here */
	char *path;
	char *subtests;			/* patterns with commas between; NULL: all */
	struct result result;
};

struct suite {
	struct program *v;
	size_t n;
};

/*
 * Reads a list in the form of igt_runner's --test-list: a line is
 * igt@PROGRAM or igt@PROGRAM@SUBTEST, '#' begins a comment. Programs are
 * looked for in @dirs, folders with ':' between. NULL as @list: every program
 * of the first folder. Dies when there is nothing to run.
 */
void suite_read(struct suite *s, const char *list, const char *dirs);
/*
 * Runs it; what a program prints goes to @logs/PROGRAM.log, how it ended to
 * PROGRAM.end. A program that has both is not run again. One that runs longer
 * than @limit seconds is killed. False when a signal to this process ended it.
 */
bool suite_run(struct suite *s, const char *logs, unsigned int limit);
/* The same by igt_runner, whose path is @runner. */
bool runner_run(struct suite *s, const char *runner, const char *logs, unsigned int limit);
void suite_free(struct suite *s);

#endif
