/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs spatch over many files: a few at a time, small groups to a process, each
 * file with its own time limit, so that one bad file costs nothing but itself.
 */
#ifndef DMA_AUDIT_SPATCH_H
#define DMA_AUDIT_SPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spatch_file {
	char *path;		/* absolute */
	int64_t id;		/* the caller's */
	int64_t size;		/* bytes */
	bool alone;		/* has brought down a group: gets a process for itself */
};

struct spatch_options {
	const char *program;	/* spatch */
	const char *rules;	/* path of the semantic patch */
	const char *mode;	/* a virtual rule to switch on, or NULL */
	const char *workdir;	/* for temporary files; the runs' current folder */
	int jobs;		/* processes at a time */
	int seconds;		/* of processor time for a group, or for one file */
};

struct spatch_results {
	/*
	 * One process has ended. reasons[i] is NULL when files[i] went well; only then
	 * the lines in @output about that file count. @output may be written to.
	 */
	void (*group)(void *arg, const struct spatch_file *files, char *const *reasons, size_t n,
		      char *output);
	void *arg;
};

/*
 * In the order of the files. False: *stop became true; then those that were not
 * reported are still to be done.
 */
bool spatch_run(const struct spatch_options *o, const struct spatch_file *files, size_t n,
		const struct spatch_results *r, const volatile bool *stop);

/* The first line of its --version; die()s when it can't be run. To be freed. */
char *spatch_version(const char *program);

#endif
