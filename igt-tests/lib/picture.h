/* SPDX-License-Identifier: MIT */
/*
 * vkms as a device that reads one buffer and writes another: it shows the one
 * on its plane and its writeback connector stores what it shows in the other.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>
#include <stdint.h>

struct picture {
	uint32_t fb;
	uint16_t width, height;
	unsigned int references;	/* when nobody uses it */
};

/* Skips unless there is a vkms with a writeback connector. */
void picture_require(void);

/* A picture of 32 bits a pixel over all @size bytes of the import @handle. */
void picture_create(struct picture *p, uint32_t handle, size_t size);
void picture_destroy(struct picture *p);

/*
 * vkms reads @from and writes @to, both of the same size; done on return. The
 * fourth byte of a pixel is padding, which vkms writes as 0xff.
 */
void picture_copy(const struct picture *from, const struct picture *to);

#endif
