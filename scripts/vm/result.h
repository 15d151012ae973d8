/* SPDX-License-Identifier: GPL-2.0 */
/* What came of a job. The parsers fill it, report.c writes it. */
#ifndef IOBOUNCE_VM_RESULT_H
#define IOBOUNCE_VM_RESULT_H

#include <stddef.h>
#include <stdio.h>

#include "job.h"
#include "text.h"
#include "trace.h"

/* In rising weight, but for the first. */
enum status { STATUS_NONE, STATUS_PASS, STATUS_SKIP, STATUS_FAIL, STATUS_ERROR };

struct test {
	char *name;
	enum status status;
	enum status seen;	/* before it was compared with what must be */
	char *why;		/* NULL: nothing to say */
};

struct fio {
	long long ios;		/* completed reads and writes */
	long long bytes;
	double iops, bytes_per_second;
	int error;		/* errno of fio's first error, 0: none */
};

/* What a job says of itself in a line "figure: NAME VALUE". */
struct figure {
	char *name;
	double value;
};

struct result {
	const struct job *job;
	enum status status;
	char *why;		/* NULL: nothing to say */
	unsigned int tries;	/* of which this is the last */
	double seconds;
	struct test *tests;	/* kinds ktap and igt */
	size_t n_tests;
	struct fio fio;		/* kind fio */
	struct figure *figures;
	size_t n_figures;
	struct counts iommu;
	long long counted_ios;	/* reads and writes of fio's that made them */
	struct text output;	/* all that the job printed */
};

const char *status_name(enum status status);
/* Takes over @why, which may be NULL. */
void result_set(struct result *r, enum status status, char *why);
/* Copies its strings; @why may be NULL. */
void result_add_test(struct result *r, const char *name, enum status status, const char *why);
size_t result_count(const struct result *r, enum status status);
/* "N passed, N failed, N skipped" */
void result_print_counts(const struct result *r, FILE *f);
/* How many ended so, whatever they must. */
size_t result_count_seen(const struct result *r, enum status status);
/*
 * Fails the tests that must pass and were skipped, that must fail or be skipped
 * and were not, and that are not declared though all must be; passes those that
 * fail as they must, and adds those that are absent; then status out of the
 * tests: fail if one failed, skip if all skipped, error if there are none.
 */
void result_sum_up(struct result *r);
void result_free(struct result *r);

/*
 * These read the output and set status, why and tests or figures. @end is
 * init's word on how the job ended ("exited 0").
 */
void result_parse(struct result *r, const char *end);
void ktap_parse(struct result *r, int exit_code);
void igt_parse(struct result *r, int exit_code);
void fio_parse(struct result *r, int exit_code);

/* Where a line that libigt prints says why a test ended so; NULL: it doesn't. */
const char *igt_reason(const char *line);

#endif
