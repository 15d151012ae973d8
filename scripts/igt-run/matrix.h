/* SPDX-License-Identifier: GPL-2.0 */
/* configurations.conf: the kernel command lines that are compared. */
#ifndef IOBOUNCE_IGT_RUN_MATRIX_H
#define IOBOUNCE_IGT_RUN_MATRIX_H

#include <stdbool.h>

struct conf;
struct conf_section;

/* Dies when the file is wrong. */
struct conf *matrix_read(const char *path);
/* The section whose parameters @cmdline has, and none of the others'; NULL: none. */
const struct conf_section *matrix_current(const struct conf *conf, const char *cmdline);
/* @cmdline changed so that @s is current after a boot with it, to be freed. */
char *matrix_cmdline(const struct conf *conf, const struct conf_section *s, const char *cmdline);

#endif
