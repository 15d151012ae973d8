/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of a folder of results as a page of the documentation. */
#ifndef IOBOUNCE_BENCH_MARKDOWN_H
#define IOBOUNCE_BENCH_MARKDOWN_H

#include <stdio.h>

#include "folder.h"

void markdown_print(const struct folder *f, FILE *to);

#endif
