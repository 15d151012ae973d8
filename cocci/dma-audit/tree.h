/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks a kernel tree and brings the store up to date on what its files say in
 * plain text.
 */
#ifndef DMA_AUDIT_TREE_H
#define DMA_AUDIT_TREE_H

#include <stdint.h>

#include "store.h"

/*
 * Visits the .c and .h files of @root under @only ("" for all). A file that
 * can't be read is named in a warning and counted in *unreadable. Stops early,
 * with what it has, when @stop becomes true.
 */
void tree_scan(struct store *s, int64_t tree, const char *root, const char *only,
	       const volatile bool *stop, int *unreadable);

/* "Linux 7.3.4", or the name of the folder when no Makefile tells; to be freed. */
char *tree_name(const char *root);

/* 128 bits of FNV-1a in hexadecimal: names a content, keeps off no attacker. */
void content_hash(const char *data, size_t len, char hex[33]);

#endif
