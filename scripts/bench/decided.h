/* SPDX-License-Identifier: GPL-2.0 */
/* How much of what was to be measured is known. */
#ifndef IOBOUNCE_BENCH_DECIDED_H
#define IOBOUNCE_BENCH_DECIDED_H

#include "folder.h"

/*
 * A cell is a figure that leads in a job on a configuration, as planned: what was not
 * measured is not decided. Other figures are those that there are, but for those that are
 * only shown.
 */
struct decided {
	size_t cells, others;
	/* "CONFIGURATION JOB FIGURE: WHY" of each that is undecided */
	json_t *undecided, *others_undecided;
};

void decided_count(struct decided *d, const struct folder *f);
void decided_free(struct decided *d);

/* At most one cell in ten is undecided. */
bool decided_enough(const struct decided *d);
/* Each that is, the cells first, then "other figure: ..."; to be freed. */
json_t *decided_lines(const struct decided *d);
/* How many are undecided, in one line; to be freed. */
char *decided_text(const struct decided *d);

#endif
