/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest shows, seen from outside. */
#ifndef IOBOUNCE_VM_SCREEN_H
#define IOBOUNCE_VM_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/* FNV-1a, 64 bits, over red, green and blue of each pixel, line by line. */
struct screen {
	unsigned int width, height;
	uint64_t hash;
};

/* Reads "screen WIDTHxHEIGHT HASH", by which a job asks whether it is shown. */
bool screen_parse(const char *line, struct screen *asked);
/*
 * Asks QEMU by its QMP socket until it shows @asked, for some seconds. What was
 * shown at last is in *@seen; its width is 0 when QEMU gave no picture.
 */
bool screen_shows(int qmp, const struct screen *asked, struct screen *seen);

#endif
