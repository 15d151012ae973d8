/* SPDX-License-Identifier: GPL-2.0 */
/* One boot of one machine, from power on to power off, with its jobs. */
#ifndef IOBOUNCE_VM_RUN_H
#define IOBOUNCE_VM_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "load.h"
#include "result.h"
#include "splat.h"

struct machine;

struct run {
	/* Given. */
	const struct machine *machine;
	const char *kernel, *image;
	const struct job *jobs;
	const char *append;	/* kernel parameters besides the machine's and the jobs' */
	double patience;	/* factor on every time limit */
	int signals;		/* signalfd(2) of what interrupts the run */

	/* Found. */
	const char *accel;
	bool booted;
	double boot_seconds;
	double seconds;		/* from QEMU's start to its end */
	struct load load;	/* meanwhile */
	char *error;		/* what went wrong with the guest itself; NULL: nothing */
	struct result *results;	/* one per job, in order */
	size_t n_results;
	struct text console;
	struct splats splats;
};

/* False when it was interrupted; there are no results then. */
bool run_machine(struct run *run);
bool run_passed(const struct run *run);
void run_free(struct run *run);

#endif
