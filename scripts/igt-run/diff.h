/* SPDX-License-Identifier: GPL-2.0 */
/* Sets results of one test list beside each other. */
#ifndef IOBOUNCE_IGT_RUN_DIFF_H
#define IOBOUNCE_IGT_RUN_DIFF_H

#include <stdbool.h>
#include <stddef.h>

/* The results under one configuration, read from KTAP. */
struct column;

/*
 * Adds the tests of the file @path as the column @name; the first one is the
 * baseline. Dies when the file can't be read or holds no result. Of a test
 * that stands there twice the worse result counts.
 */
void diff_add(struct column **columns, size_t *n, const char *name, const char *path);
/*
 * Prints a table of the tests whose result differs, or of @all, and what each
 * configuration comes to. Only a test that passes in the baseline and fails in
 * a configuration is a regression. False when there is one, or when a test
 * that passed in the baseline was not run at all.
 */
bool diff_print(const struct column *columns, size_t n, bool all);
void diff_free(struct column *columns, size_t n);

#endif
