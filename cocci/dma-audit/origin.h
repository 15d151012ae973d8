/* SPDX-License-Identifier: GPL-2.0 */
/* Which sites of the audit a mapping of a running kernel may come from. */
#ifndef DMA_AUDIT_ORIGIN_H
#define DMA_AUDIT_ORIGIN_H

#include "driver.h"
#include "recording.h"
#include "site.h"

enum basis {
	BASIS_NONE,		/* nothing tells */
	BASIS_STACK,		/* a function on the stack of the call */
	BASIS_DRIVER,		/* only the driver's name: its own files */
};

struct origin {
	enum basis basis;
	const char *function;	/* on the stack; NULL unless BASIS_STACK */
	const struct site **sites;
	size_t n;
};

const char *basis_name(enum basis b);

/* dma-debug and the tracer know nothing of dma_iova_link() (drivers/iommu/dma-iommu.c). */
bool site_is_seen(const struct site *s);

/*
 * Goes outwards until a function maps by itself, or by a function of its file
 * that the compiler may have put into it.
 */
struct origin origin_of_stack(const struct code *code, const struct sites *sites,
			      const struct map_event *event, const char *type);
struct origin origin_of_driver(const struct sites *sites, const struct driver_files *files,
			       const char *type);

#endif
