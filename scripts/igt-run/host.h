/* SPDX-License-Identifier: GPL-2.0 */
/* What the machine at hand is: its GPU, its kernel, its IGT. */
#ifndef IOBOUNCE_IGT_RUN_HOST_H
#define IOBOUNCE_IGT_RUN_HOST_H

#include <stdbool.h>

struct conf_section;

struct host {
	char *cmdline;		/* without the end of the line */
	char *options;		/* the kernel's configuration; NULL: not to be found */
	char *card;		/* folder of the GPU's device in sysfs; NULL: no such GPU */
	const char *driver;
	char *group;		/* type of its IOMMU group; "none" without one */
};

/* @driver is the name of a DRM driver (i915). */
void host_find(struct host *h, const char *driver);
void host_free(struct host *h);

/* Why @s can't be booted here, to be freed; NULL: it can, as far as can be seen. */
char *host_lacks(const struct host *h, const struct conf_section *s);
/* What is wrong with the machine now that it runs in @s, to be freed; NULL: nothing. */
char *host_contradicts(const struct host *h, const struct conf_section *s);

#endif
