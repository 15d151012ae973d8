/* SPDX-License-Identifier: GPL-2.0 */
/* What a folder of results says, as pictures. */
#ifndef IOBOUNCE_BENCH_PLOTS_H
#define IOBOUNCE_BENCH_PLOTS_H

#include "folder.h"

struct plot {
	const char *name, *title;
};

/*
 * Draws FOLDER/NAME.svg of each picture that the folder has figures for, with
 * gnuplot; dies when that fails. Gives what was drawn, ended by a NULL name, to be
 * freed.
 */
struct plot *plots_draw(const struct folder *f);

#endif
