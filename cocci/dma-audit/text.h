/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cheap search: which names of the DMA API stand in a C file, and where. It
 * chooses the files that spatch has to read, and it is the check on what spatch
 * found in them.
 */
#ifndef DMA_AUDIT_TEXT_H
#define DMA_AUDIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "api.h"

/* To be raised when text_scan() begins to find something else. */
#define TEXT_VERSION 1

/* Where a name followed by '(' stands. */
enum text_context {
	TEXT_CALL,		/* in the body of a function */
	TEXT_MACRO,		/* in the body of a macro */
	TEXT_DECLARED,		/* outside of every body: declared or defined */
	TEXT_MEMBER,		/* behind "->" or ".": a function pointer of that name */
	TEXT_DISABLED,		/* under #if 0 */
	TEXT_COMMENT,
	TEXT_STRING,
};

struct text_call {
	const struct api *api;
	int line;
	char *function;		/* "" outside of functions */
	enum text_context context;
};

struct text {
	struct text_call *calls;	/* those that map, in the order of the file */
	size_t n;
	bool used;		/* code or a macro maps, unmaps or syncs */
};

/* @data has @len characters and a NUL behind them. */
void text_scan(const char *data, size_t len, struct text *text);
void text_free(struct text *text);

/* Is it worth a text_scan()? */
bool text_may_use_dma(const char *data, size_t len);

#endif
