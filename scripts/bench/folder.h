/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A folder of results: bench.json, which says what is to be measured and on what,
 * and what vm-run wrote of each boot, REPEAT/CONFIGURATION/MACHINE.json; lost-N/MACHINE.json
 * of guests that died, or ran on a busy host.
 */
#ifndef IOBOUNCE_BENCH_FOLDER_H
#define IOBOUNCE_BENCH_FOLDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

struct metric {
	const char *name, *unit;
	bool more_is_better;
	const char *leads;	/* jobs that are run again until it is known, fnmatch(3) */
	bool of_fio;		/* a job of fio has it, and stands in one line with the others */
	bool is_shown_only;	/* says something of how others were measured; never judged */
	double floor;		/* of interval_counts() */
	double lost;		/* what a value may have lost, rounded down, in its unit */
};

/* One figure of a job on a configuration. */
struct cell {
	const char *configuration, *job;
	const struct metric *metric;
	double *v;
	int *repeats;		/* which each value is of */
	struct interval interval;
	size_t order;		/* its place in the plan */
};

struct folder {
	const char *path;
	json_t *bench;
	struct cell *cells;
	size_t n_cells;
	bool emulated;		/* by QEMU's TCG, not on a machine or under KVM */
	size_t boots;
	size_t runs;		/* jobs that ran, whatever came of them */
	bool watched;		/* while they ran, as follows */
	/* Most in a boot, as a part of its time: processors' time of others on the host */
	double others, steal;
	json_t *failures;	/* "CONFIGURATION JOB" to why it failed, once for each time */
};

/* Dies when it is none, or one of its files is broken. */
void folder_read(struct folder *f, const char *path);
void folder_free(struct folder *f);

/* The result of a boot, to be freed; NULL: none yet. Dies when it is broken. */
json_t *boot_read(const char *path, int repeat, const json_t *configuration);
/* Its folder, to be freed. */
char *boot_path(const char *path, int repeat, const json_t *configuration);

/* NULL when nothing was measured of it. */
const struct cell *cell_find(const struct folder *f, const char *configuration, const char *job,
			     const char *metric);
/* "N times: CONFIGURATION JOB: WHY" of all failures, jobs, splats and guests that died. */
json_t *failure_lines(const struct folder *f);
bool cell_counts(const struct cell *c);
/* False where no number of repeats can make it count: its values are too coarse. */
bool cell_may_count(const struct cell *c);
/* The @i th figure that leads in @job; NULL: it has no more. */
const struct metric *leading(const char *job, size_t i);

/* The string or the number @key of @object; bench.json has it, or this dies. */
const char *text_of(const json_t *object, const char *key);
json_int_t number_of(const json_t *object, const char *key);

#endif
