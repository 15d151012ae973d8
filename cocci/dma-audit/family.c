// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "family.h"
#include "util.h"

static const struct family families[] = {
	{ "blk_dma_map_", TRANSIENT,
	  "the block layer maps a request's data until the request completes" },
	{ "blk_rq_dma_map_", TRANSIENT,
	  "the block layer maps a request's data until the request completes" },
	{ "page_pool_", PERSISTENT_SYNCED,
	  "the page pool syncs for the device when it recycles, its users sync for the CPU" },
	{ "rdma_rw_", TRANSIENT, "the RDMA core maps the data of one read or write" },
	{ "scsi_dma_map", TRANSIENT,
	  "the SCSI layer maps a command's data until the command completes" },
	{ "spi_map_", TRANSIENT, "the SPI core maps a message's buffers for its transfers" },
	{ "tso_dma_", TRANSIENT, "the payload of one socket buffer, until it is sent" },
	{ "usb_gadget_map_request", TRANSIENT,
	  "the gadget core maps a request until it completes" },
	{ "usb_hcd_map_urb", TRANSIENT, "the USB core maps an URB until it completes" },
	{ "virtqueue_map_", PERSISTENT_SYNCED,
	  "users of premapped buffers sync through virtqueue_map_sync_*()" },
	{ "xp_dma_map", PERSISTENT_SYNCED,
	  "AF_XDP drivers sync each descriptor through xsk_buff_*_sync_*()" },
};

const struct family *family_find(const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strncmp(function, families[i].prefix, strlen(families[i].prefix)))
			return &families[i];
	return NULL;
}
