/* SPDX-License-Identifier: GPL-2.0 */
/* Writes KTAP, which ktap.c reads (the kernel's Documentation/dev-tools/ktap.rst). */
#ifndef IOBOUNCE_VM_TAP_H
#define IOBOUNCE_VM_TAP_H

#include <stdio.h>

#include "result.h"

/* One result; a failure's @why, if there is one, stands in a line before it. */
void tap_line(FILE *f, const char *indent, size_t number, const char *name, enum status status,
	      const char *why);
/* The tests of a job, one level down; nothing when it has none. */
void tap_tests(FILE *f, const struct result *r);

#endif
