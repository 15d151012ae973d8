/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_ACCESS_H
#define DMA_AUDIT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

struct access {
	const char *call;	/* the function that gives the CPU access */
	const char *file;	/* the name of the file that calls it */
};

/*
 * The calls in these files (paths in @root) by which CPU or user space get at
 * pages, each function once, in the order of the files; at most @room of them.
 * A plain text search, outside of comments.
 */
size_t access_find(const char *root, const char *const *files, size_t n, struct access *found,
		   size_t room);

/*
 * Does @file call anything that lets kernel or user space at the content of pages,
 * or does another of its folder that knows @name (NULL: nobody else does)? What
 * cannot be read is taken to do so.
 */
bool access_to_pages(const char *root, const char *file, const char *name);

#endif
