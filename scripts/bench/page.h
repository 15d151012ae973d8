/* SPDX-License-Identifier: GPL-2.0 */
/* FOLDER/report.html: all that a folder of results says, in one file. */
#ifndef IOBOUNCE_BENCH_PAGE_H
#define IOBOUNCE_BENCH_PAGE_H

#include "folder.h"
#include "plots.h"

/*
 * Holds the pictures that @plots names, and those of the files @others, which ends with
 * NULL. Dies when it can't be written.
 */
void page_write(const struct folder *f, const struct plot *plots, char **others);

#endif
