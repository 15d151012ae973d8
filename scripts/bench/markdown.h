/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of a folder of results as a page of the documentation. */
#ifndef IOBOUNCE_BENCH_MARKDOWN_H
#define IOBOUNCE_BENCH_MARKDOWN_H

#include <stdio.h>

#include "folder.h"
#include "plots.h"

/* With links to the pictures that @plots names. */
void markdown_print(const struct folder *f, const struct plot *plots, FILE *to);

#endif
