/* SPDX-License-Identifier: GPL-2.0 */
/* A disk of this machine and its IOMMU group, with what must not be done to them. */
#ifndef IOBOUNCE_BENCH_DISK_H
#define IOBOUNCE_BENCH_DISK_H

#include <stdbool.h>

struct disk {
	char *path;
	bool is_file;		/* a regular file, which has no group */
	char *group;		/* folder in sysfs; NULL: no IOMMU */
	char *pci;		/* folder of the PCI device in sysfs; NULL: none is found */
};

/* Dies when @path is neither a block device nor a regular file. */
void disk_open(struct disk *d, const char *path);
void disk_close(struct disk *d);

/* Dies unless nothing would be lost: nobody uses it and it holds nothing known. */
void disk_guard_write(const struct disk *d);

/*
 * What of the IOMMU it is under now, to be freed: "strict", "lazy", "passthrough", "bounce"
 * and "auto" (strict, with pools); "none" without one; else its type and what it bounces, as
 * "DMA-FQ-on".
 */
char *disk_state(const struct disk *d);
/* Whether disk_change() knows it. */
bool disk_can_be(const char *state);
/* Dies when there is no such state, or this kernel's group cannot have it. */
void disk_guard_state(const struct disk *d, const char *state);
/*
 * Brings the group to such a state. Its type changes only while no driver is bound: so
 * this dies, before it does anything, when the group has other devices or a disk of this
 * one is in use. Waits for the disk to come back, up to 30 s.
 */
void disk_change(const struct disk *d, const char *state);

/* Model and size, to be freed. */
char *disk_describe(const struct disk *d);
/* The largest mapping that its group bounces, to be freed; NULL: the kernel has no pools. */
char *disk_bounce_limit(const struct disk *d);

#endif
