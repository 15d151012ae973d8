/* SPDX-License-Identifier: GPL-2.0 */
/* Results as JUnit's XML, for CI systems that read that. */
#ifndef IOBOUNCE_IGT_RUN_JUNIT_H
#define IOBOUNCE_IGT_RUN_JUNIT_H

struct suite;

/* A <testsuite> a program, in one <testsuites> that bears @name, to the file @path. */
void junit_write(const char *path, const char *name, const struct suite *s);

#endif
