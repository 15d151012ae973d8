/* SPDX-License-Identifier: GPL-2.0 */
/* The same jobs on a disk of this machine. */
#ifndef IOBOUNCE_BENCH_HOST_H
#define IOBOUNCE_BENCH_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct host_options {
	const char *device, *fio_job, *path;
	const char *states;	/* of disk.h, with ',' between; NULL: as it is */
	const char *jobs;	/* with ',' between; NULL: reads */
	int repeats;
	int fio_seconds;	/* that a job runs */
	unsigned long seed;
	bool write;
};

/*
 * Measures into the folder @path, which `bench table`, `report` and `compare` read. What
 * the folder has is not measured again; the results of another boot are added as
 * configurations of their own, named after the kernel and the state of the group. Dies
 * when the device may not be used so; the group is left in the state it was in. False when
 * it was interrupted.
 */
bool host_measure(const struct host_options *o);

#endif
