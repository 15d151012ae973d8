/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one patch is for: a driver, which is a folder with a Kconfig of its own,
 * or a helper, which lies in the folder of a whole subsystem.
 */
#ifndef DMA_AUDIT_UNIT_H
#define DMA_AUDIT_UNIT_H

#include <stdbool.h>

struct unit {
	const char *path;	/* folder or file, interned */
	const char *prefix;	/* of a subject, like drm/ttm */
	bool helper;
};

/* Of the file @path in the tree @root. */
struct unit unit_of(const char *root, const char *path);

#endif
