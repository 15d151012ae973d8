/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which source files a driver is made of, as far as the makefiles of kbuild
 * say (Documentation/kbuild/makefiles.rst): "module-y := a.o b.o" and
 * "obj-... += module.o". The lists that a makefile computes are not understood.
 */
#ifndef DMA_AUDIT_DRIVER_H
#define DMA_AUDIT_DRIVER_H

#include "code.h"

/* Source files, by path from the tree's root; interned. */
struct driver_files {
	const char **paths;
	size_t n;
};

/*
 * The files of @module, where '-' and '_' are the same, in the folders of
 * @code's files and those above; none when no makefile there names it.
 */
struct driver_files driver_files(const struct code *code, const char *tree, const char *module);

#endif
