/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the streaming DMA API: which calls map, unmap and sync, and in
 * which argument the mapped object and the attributes stand.
 * Source: include/linux/dma-mapping.h, include/linux/blkdev.h and
 * include/rdma/ib_verbs.h (Linux 7.3).
 */
#ifndef DMA_AUDIT_API_H
#define DMA_AUDIT_API_H

#include <stddef.h>

enum api_kind {
	API_MAP,
	API_UNMAP,
	API_SYNC,
};

struct api {
	const char *name;
	enum api_kind kind;
	/*
	 * Index of the argument that is the handle, the table or the IOVA
	 * state; -1 when the handle is the value of the call.
	 */
	int object;
	/* Index of the argument that is the buffer; -1: there is none. */
	int buffer;
	/* Index of the attributes; -1: this form has none. */
	int attrs;
};

/* NULL when the @len characters at @name are no name of the API. */
const struct api *api_find(const char *name, size_t len);

#endif
