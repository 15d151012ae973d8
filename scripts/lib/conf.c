// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "util.h"

static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s;
}

static struct conf_section *section_add(struct conf *conf, char *text, int line)
{
	struct conf_section *s = xcalloc(1, sizeof(*s)), **tail = &conf->sections;
	size_t len = strlen(text);

	if (text[len - 1] != ']' || len < 3)
		die("%s:%d: a section is '[name]'", conf->path, line);
	text[len - 1] = '\0';
	s->name = xstrdup(trim(text + 1));
	s->line = line;
	if (conf_find(conf, s->name))
		die("%s:%d: section [%s] stands twice", conf->path, line, s->name);
	while (*tail)
		tail = &(*tail)->next;
	return *tail = s;
}

static struct conf_entry *entry_add(const struct conf *conf, struct conf_section *s, char *text,
				    int line, const char *const *keys)
{
	struct conf_entry *e = xcalloc(1, sizeof(*e)), **tail = &s->entries;
	char *value = strchr(text, '=');

	if (!value)
		die("%s:%d: expected 'key = value'", conf->path, line);
	*value++ = '\0';
	e->key = xstrdup(trim(text));
	e->value = xstrdup(trim(value));
	e->line = line;
	while (*keys && strcmp(*keys, e->key))
		keys++;
	if (!*keys)
		die("%s:%d: unknown key '%s'", conf->path, line, e->key);
	if (conf_get(s, e->key, NULL))
		die("%s:%d: key '%s' stands twice in [%s]", conf->path, line, e->key, s->name);
	while (*tail)
		tail = &(*tail)->next;
	return *tail = e;
}

struct conf *conf_read(const char *path, const char *const *keys)
{
	struct conf *conf = xcalloc(1, sizeof(*conf));
	struct conf_section *section = NULL;
	struct conf_entry *entry = NULL;
	char *data, *next, *text, *line;
	int number = 0;

	data = read_file(path, NULL);
	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	conf->path = xstrdup(path);

	for (next = data; (line = strsep(&next, "\n"));) {
		bool continues = isspace((unsigned char)*line);

		number++;
		text = trim(line);
		if (!*text || *text == '#')
			continue;
		if (continues) {
			if (!entry)
				die("%s:%d: nothing to continue here", path, number);
			text = xasprintf("%s %s", entry->value, text);
			free(entry->value);
			entry->value = text;
		} else if (*text == '[') {
			section = section_add(conf, text, number);
			entry = NULL;
		} else {
			if (!section)
				die("%s:%d: no [section] before the first key", path, number);
			entry = entry_add(conf, section, text, number, keys);
		}
	}
	free(data);
	return conf;
}

void conf_free(struct conf *conf)
{
	struct conf_section *s;
	struct conf_entry *e;

	while ((s = conf->sections)) {
		conf->sections = s->next;
		while ((e = s->entries)) {
			s->entries = e->next;
			free(e->key);
			free(e->value);
			free(e);
		}
		free(s->name);
		free(s);
	}
	free(conf->path);
	free(conf);
}

const struct conf_section *conf_find(const struct conf *conf, const char *name)
{
	const struct conf_section *s;

	for (s = conf->sections; s; s = s->next)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

const char *conf_get(const struct conf_section *s, const char *key, const char *fallback)
{
	const struct conf_entry *e;

	for (e = s->entries; e; e = e->next)
		if (!strcmp(e->key, key))
			return e->value;
	return fallback;
}

char **words_split(const char *value)
{
	char **words = xcalloc(1, sizeof(*words)), *word, *out;
	size_t n = 0;

	for (;;) {
		bool quoted = false;

		while (isspace((unsigned char)*value))
			value++;
		if (!*value)
			return words;
		word = xcalloc(1, strlen(value) + 1);
		out = word;
		for (; *value && (quoted || !isspace((unsigned char)*value)); value++) {
			if (*value == '\'')
				quoted = !quoted;
			else
				*out++ = *value;
		}
		words = xrealloc(words, (n + 2) * sizeof(*words));
		words[n++] = word;
		words[n] = NULL;
	}
}

void words_free(char **words)
{
	for (char **w = words; *w; w++)
		free(*w);
	free(words);
}
