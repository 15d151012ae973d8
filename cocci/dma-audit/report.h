/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the audit found, as text.
 */
#ifndef DMA_AUDIT_REPORT_H
#define DMA_AUDIT_REPORT_H

#include <stdio.h>

#include "site.h"

/* How many calls have which verdict, by subsystem, and what was not parsed. */
void report_summary(const struct code *code, const struct sites *sites, FILE *f);

/* One line for each mapping, as compilers write them. */
void report_lines(const struct sites *sites, FILE *f);

/* The evidence for each mapping at this line; false: there is none. */
bool report_explain(const struct sites *sites, const char *file, int line, FILE *f);

#endif
