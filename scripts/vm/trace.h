/* SPDX-License-Identifier: GPL-2.0 */
/* Counts the requests to the emulated IOMMU in QEMU's trace log. */
#ifndef IOBOUNCE_VM_TRACE_H
#define IOBOUNCE_VM_TRACE_H

#include <stdbool.h>
#include <stddef.h>

struct machine;

struct counts {
	unsigned long map, unmap, invalidate;
};

struct trace {
	struct counts counts;
	char **events[3];	/* names of the map, unmap and invalidate events */
	char word[64];		/* first word of the line that is being read */
	size_t len;
	bool skip;		/* the word is over, the line is not */
};

void trace_init(struct trace *t, const struct machine *m);
/* The log's next @len bytes, cut anywhere. */
void trace_add(struct trace *t, const char *s, size_t len);
void trace_free(struct trace *t);

struct counts counts_since(struct counts now, struct counts then);
/*
 * What @c, counted during @ios reads and writes, says against the machine's
 * "requests", to be freed; NULL: nothing. Only kinds of request that the
 * machine counts are looked at.
 */
char *counts_contradict(struct counts c, long long ios, const struct machine *m);

#endif
