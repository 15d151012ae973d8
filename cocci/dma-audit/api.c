// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "util.h"

#define MAP(name, object, buffer, attrs)	{ name, API_MAP, object, buffer, attrs }
#define UNMAP(name, attrs)			{ name, API_UNMAP, 1, -1, attrs }
#define SYNC(name)				{ name, API_SYNC, 1, -1, -1 }

/* In the order of strcmp(): api_find() halves the table. */
static const struct api apis[] = {
	UNMAP("dma_iova_destroy", 4),
	MAP("dma_iova_link", 1, 2, 6),
	UNMAP("dma_iova_unlink", 5),
	MAP("dma_map_bvec", -1, 1, 3),
	MAP("dma_map_page", -1, 1, -1),
	MAP("dma_map_page_attrs", -1, 1, 5),
	MAP("dma_map_phys", -1, 1, 4),
	MAP("dma_map_resource", -1, 1, 4),
	MAP("dma_map_sg", 1, 1, -1),
	MAP("dma_map_sg_attrs", 1, 1, 4),
	MAP("dma_map_sgtable", 1, 1, 3),
	MAP("dma_map_single", -1, 1, -1),
	MAP("dma_map_single_attrs", -1, 1, 4),
	SYNC("dma_sync_sg_for_cpu"),
	SYNC("dma_sync_sg_for_device"),
	SYNC("dma_sync_sgtable_for_cpu"),
	SYNC("dma_sync_sgtable_for_device"),
	SYNC("dma_sync_single_for_cpu"),
	SYNC("dma_sync_single_for_device"),
	SYNC("dma_sync_single_range_for_cpu"),
	SYNC("dma_sync_single_range_for_device"),
	UNMAP("dma_unmap_bvec", -1),
	UNMAP("dma_unmap_page", -1),
	UNMAP("dma_unmap_page_attrs", 4),
	UNMAP("dma_unmap_phys", 4),
	UNMAP("dma_unmap_resource", 4),
	UNMAP("dma_unmap_sg", -1),
	UNMAP("dma_unmap_sg_attrs", 4),
	UNMAP("dma_unmap_sgtable", 3),
	UNMAP("dma_unmap_single", -1),
	UNMAP("dma_unmap_single_attrs", 4),
	MAP("ib_dma_map_bvec", -1, 1, -1),
	MAP("ib_dma_map_page", -1, 1, -1),
	MAP("ib_dma_map_sg", 1, 1, -1),
	MAP("ib_dma_map_sg_attrs", 1, 1, 4),
	MAP("ib_dma_map_sgtable_attrs", 1, 1, 3),
	MAP("ib_dma_map_single", -1, 1, -1),
	SYNC("ib_dma_sync_sg_for_cpu"),
	SYNC("ib_dma_sync_sg_for_device"),
	SYNC("ib_dma_sync_single_for_cpu"),
	SYNC("ib_dma_sync_single_for_device"),
	UNMAP("ib_dma_unmap_bvec", -1),
	UNMAP("ib_dma_unmap_page", -1),
	UNMAP("ib_dma_unmap_sg", -1),
	UNMAP("ib_dma_unmap_sg_attrs", 4),
	UNMAP("ib_dma_unmap_sgtable_attrs", 3),
	UNMAP("ib_dma_unmap_single", -1),
};

struct key {
	const char *name;
	size_t len;
};

static int compare(const void *k, const void *e)
{
	const struct key *key = k;
	const struct api *api = e;
	int order = strncmp(key->name, api->name, key->len);

	return order ?: (api->name[key->len] ? -1 : 0);
}

const struct api *api_find(const char *name, size_t len)
{
	struct key key = { name, len };

	return bsearch(&key, apis, ARRAY_SIZE(apis), sizeof(apis[0]), compare);
}
