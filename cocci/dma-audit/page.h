/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_PAGE_H
#define DMA_AUDIT_PAGE_H

#include "site.h"
#include "excerpt.h"

/*
 * Writes the findings to @path as one HTML page that needs nothing else: page.html
 * with page.css, page.js and the data in it. @only is the part of the tree that
 * was asked for, "" for all.
 */
void page_write(const struct code *code, const struct sites *sites, struct sources *sources,
		const char *root, const char *only, const char *path);

#endif
