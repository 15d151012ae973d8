/* SPDX-License-Identifier: GPL-2.0 */
/* jobs.conf: what can run in a guest. The file says what each key means. */
#ifndef IOBOUNCE_VM_JOB_H
#define IOBOUNCE_VM_JOB_H

#include <stdbool.h>
#include <stdio.h>

struct conf;

enum job_kind { JOB_COMMAND, JOB_KTAP, JOB_IGT, JOB_FIO };

struct job {
	struct job *next;
	char *name;
	enum job_kind kind;
	char **command;
	char **warm_up;		/* NULL: none */
	char **count;		/* NULL: requests are counted during the command; empty: never */
	const char *append;
	char **must_pass, **must_fail, **must_skip;	/* prefixes of tests */
	char *test;		/* what '*' stands for */
	const char *attribute;	/* "off", "on", "edu"; NULL: the matrix says nothing of it */
	bool declared;		/* each test must be one of the prefixes */
	double limit, boot_limit;	/* s */
};

const char *job_kind_name(enum job_kind kind);
/* The place of "off", "on" and "edu" in a cell of the matrix, from 0; -1: none of them. */
int job_attribute(const char *name);

/* Dies when the file is wrong. */
struct conf *jobs_read(const char *path);
/*
 * The jobs that @names lists with commas between them, in that order; NULL, with
 * the one that does not exist in *@unknown (to be freed). @disk is the name of
 * the machine's disk in the guest. The conf must outlive the jobs.
 */
struct job *jobs_find(const struct conf *conf, const char *names, const char *disk,
		      char **unknown);
/*
 * Two jobs that cannot share a boot, as each gives a kernel parameter another value, in
 * words, to be freed; NULL: there are none. Of such a parameter the last would hold for both.
 */
char *jobs_conflict(const struct job *jobs);
void jobs_free(struct job *jobs);
/* The names, separated by @between. */
void jobs_list(const struct conf *conf, FILE *to, const char *between);

#endif
