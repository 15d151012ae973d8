/* SPDX-License-Identifier: GPL-2.0 */
struct user_object {
	struct sub_pages base;	/* first */
	dma_addr_t cookie;
};
