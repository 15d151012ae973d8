/* SPDX-License-Identifier: GPL-2.0 */
/* The long options of a command line, read into variables. */
#ifndef IOBOUNCE_OPTIONS_H
#define IOBOUNCE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* "--NAME", and the one place where it goes. */
struct opt {
	const char *name;
	bool *flag;		/* set; the option has no value */
	const char **text;	/* the value */
	char **pairs;		/* a value KEY=VALUE more, in an array of NULLs that has room */
	unsigned long *number;	/* the value, a decimal number from @least to @most */
	unsigned long least, most;
};

/*
 * Reads the options of @argv that are among the @n of @known, wherever they stand,
 * and moves what else there is to the end. Prints @usage and exits with 0 at --help;
 * dies at a bad value.
 *
 * Return: the place of the first argument behind the options; -1, when it has told of
 * an option that it doesn't know or that has no value.
 */
int options_read(int argc, char **argv, const struct opt *known, size_t n, const char *usage);

/* @text, which "@what" in a message is, as a number from @least to @most, or it dies. */
unsigned long number_in(const char *what, const char *text, unsigned long least,
			unsigned long most);

#endif
