/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The source lines beside the findings, read from the tree when they are asked
 * for.
 */
#ifndef DMA_AUDIT_EXCERPT_H
#define DMA_AUDIT_EXCERPT_H

#include "site.h"

struct sources;

struct sources *sources_open(const char *root, const struct code *code);

/* Line @line (from 1); NULL when the file is shorter or can't be read. */
const char *source_line(struct sources *s, const struct code_file *file, int line);

/*
 * The lines around a mapping, with newlines between them, and the number of the
 * first; NULL when the mapping is no longer where the scan has seen it.
 */
char *source_around(struct sources *s, const struct site *site, int *first);

/* How many files couldn't be read, with a warning for each. */
size_t sources_unreadable(const struct sources *s);

#endif
