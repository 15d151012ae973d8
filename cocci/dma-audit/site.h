/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mapping site: one call that maps, and what the audit says of it.
 */
#ifndef DMA_AUDIT_SITE_H
#define DMA_AUDIT_SITE_H

#include "code.h"

enum verdict {
	PERSISTENT_NOSYNC,
	PERSISTENT_SYNCED,
	DEVICE_ONLY,
	TRANSIENT,
	DMABUF_EXPORT,
	OTHER,
	UNKNOWN,
	VERDICTS,
};

enum confidence {
	CONFIDENCE_LOW,
	CONFIDENCE_MODERATE,
	CONFIDENCE_HIGH,
};

struct site {
	const struct code_file *file;
	int line;
	const char *function;
	const struct api *api;
	/* NULL when only the text search has seen the call. */
	const struct code_fact *call;
	enum verdict verdict;
	enum confidence confidence;
	const char *object;		/* "struct type.field", or how the handle is held */
	const char *attrs;		/* of the call; "" when the form has none */
	const struct code_fact **unmaps, **syncs;
	size_t n_unmaps, n_syncs;
	const char *reason;		/* one sentence */
	const char *fix;
};

/* A name that the text search has seen and that is no site, and why. */
struct missed {
	const struct code_file *file;
	const struct text_call *text;
	const char *reason;
};

struct sites {
	struct site *sites;		/* by file, then by line */
	size_t n;
	struct missed *missed;
	size_t n_missed;
};

const char *verdict_name(enum verdict v);
/* What it says of a mapping, in a few words. */
const char *verdict_meaning(enum verdict v);
const char *confidence_name(enum confidence c);

/*
 * Characters of a path that name its subsystem: drivers/gpu, sound/soc,
 * arch/s390; one level where there are no more.
 */
size_t subsystem_length(const char *path);

/* Every mapping call in the files that are asked for once, with no verdict yet. */
struct sites *sites_collect(const struct code *code);

#endif
