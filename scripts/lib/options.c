// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "util.h"

unsigned long number_in(const char *what, const char *text, unsigned long least,
			unsigned long most)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || *end || n < least || n > most)
		die("%s %s: a number from %lu to %lu expected", what, text, least, most);
	return n;
}

static void take(const struct opt *o, char *value)
{
	char **pair = o->pairs, *what = xasprintf("--%s", o->name);

	if (o->flag)
		*o->flag = true;
	if (o->text)
		*o->text = value;
	if (o->number)
		*o->number = number_in(what, value, o->least, o->most);
	if (pair) {
		if (!strchr(value, '='))
			die("%s %s: KEY=VALUE expected", what, value);
		while (*pair)
			pair++;
		*pair = value;
	}
	free(what);
}

int options_read(int argc, char **argv, const struct opt *known, size_t n, const char *usage)
{
	struct option *longs = xcalloc(n + 2, sizeof(*longs));
	bool good = true;
	int c;

	for (size_t i = 0; i < n; i++)
		longs[i] = (struct option){
			known[i].name, known[i].flag ? no_argument : required_argument, NULL, i
		};
	longs[n] = (struct option){ "help", no_argument, NULL, n };
	while (good && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == (int)n) {
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		}
		good = c != '?';
		if (good)
			take(&known[c], optarg);
	}
	free(longs);
	return good ? optind : -1;
}
