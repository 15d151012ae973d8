/* SPDX-License-Identifier: GPL-2.0 */
/* Writes a run's results. */
#ifndef IOBOUNCE_VM_REPORT_H
#define IOBOUNCE_VM_REPORT_H

struct run;

struct report {
	const char *dir, *flavour;
	char **info;		/* NULL-terminated, "key=value" each */
};

/*
 * Into report->dir: MACHINE.json, MACHINE.ktap, MACHINE.console and per job
 * MACHINE.JOB.log, each whole or not at all. Dies when one can't be written.
 */
void report_write(const struct report *report, const struct run *run);

#endif
