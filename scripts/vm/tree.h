/* SPDX-License-Identifier: GPL-2.0 */
/* The device tree of a guest, where it is to be another than QEMU's. */
#ifndef IOBOUNCE_VM_TREE_H
#define IOBOUNCE_VM_TREE_H

/* How many nodes of the flattened device tree @tree lost @property. */
int tree_drop(void *tree, const char *property);
/*
 * Has QEMU, with the arguments @qemu, write the device tree of its machine, which
 * loses each of the @properties (words) and goes into a file without a name. Dies when
 * there is none, or no node has a property. The file, closed on exec.
 */
int tree_without(char **qemu, const char *properties);

#endif
