/* SPDX-License-Identifier: GPL-2.0 */
/* Finds what a kernel prints when something is wrong with it. */
#ifndef IOBOUNCE_VM_SPLAT_H
#define IOBOUNCE_VM_SPLAT_H

#include <stddef.h>

struct splat {
	int line;		/* in the console, from 1 */
	char *text;		/* the line without its time stamp */
	char *job;		/* the last that began, "boot" before the first */
	char *suite;		/* KUnit suite that was running, "" for none */
	const char *reason;	/* why it is allowed; NULL: it isn't */
};

struct splats {
	struct splat *v;
	size_t n;
};

struct conf;

/* splats.allow; dies when it is wrong. */
struct conf *allow_read(const char *path);
/*
 * Every splat in a console's text, with the job that ran as the marks of
 * proto.h tell it. The reasons are those of @allow, which must outlive them.
 */
struct splats splats_find(const char *console, const struct conf *allow);
size_t splats_bad(const struct splats *s);
void splats_free(struct splats *s);

#endif
