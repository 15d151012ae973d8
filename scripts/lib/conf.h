/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files: [section] lines, "key = value" lines, '#' comments; a
 * line that begins with white space continues the value before it.
 */
#ifndef IOBOUNCE_CONF_H
#define IOBOUNCE_CONF_H

struct conf_entry {
	struct conf_entry *next;
	char *key, *value;
	int line;
};

struct conf_section {
	struct conf_section *next;
	char *name;
	struct conf_entry *entries;
	int line;
};

struct conf {
	char *path;
	struct conf_section *sections;
};

/*
 * Reads @path. @keys is a NULL-terminated list of the keys that a section may
 * have; any other key, a duplicate section or a line of no known form makes it
 * die() with file and line.
 */
struct conf *conf_read(const char *path, const char *const *keys);
void conf_free(struct conf *conf);

/* NULL when there is no such section. */
const struct conf_section *conf_find(const struct conf *conf, const char *name);
/* The value, or @fallback when the section has no such key. */
const char *conf_get(const struct conf_section *s, const char *key, const char *fallback);

/*
 * A value cut at white space into a NULL-terminated array; single quotes keep
 * white space together. Free each string and the array with words_free().
 */
char **words_split(const char *value);
void words_free(char **words);

#endif
