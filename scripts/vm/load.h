/* SPDX-License-Identifier: GPL-2.0 */
/* What else the host did, as that is in the figures. */
#ifndef IOBOUNCE_VM_LOAD_H
#define IOBOUNCE_VM_LOAD_H

/* Seconds of its processors, up to now. */
struct load {
	double others;	/* of what is neither this process nor its children that were waited for */
	double steal;	/* that the host of the host took */
};

struct load load_now(void);
struct load load_since(struct load then);

#endif
