// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's trace backend "log" writes a line per event, "name key value ...";
 * only the name matters here.
 */
#include <string.h>

#include "conf.h"
#include "machine.h"
#include "trace.h"
#include "util.h"

void trace_init(struct trace *t, const struct machine *m)
{
	*t = (struct trace){ .events = {
		words_split(m->map_events),
		words_split(m->unmap_events),
		words_split(m->invalidate_events),
	} };
}

void trace_free(struct trace *t)
{
	for (int i = 0; i < 3; i++)
		words_free(t->events[i]);
}

static bool is_one_of(const char *name, char **names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

static void count(struct trace *t)
{
	t->word[t->len] = '\0';
	t->counts.map += is_one_of(t->word, t->events[0]);
	t->counts.unmap += is_one_of(t->word, t->events[1]);
	t->counts.invalidate += is_one_of(t->word, t->events[2]);
	t->len = 0;
}

void trace_add(struct trace *t, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		if (t->skip) {
			s = memchr(s, '\n', end - s);
			if (!s)
				return;
			t->skip = false;
			s++;
		} else if (*s == ' ' || *s == '\n') {
			count(t);
			t->skip = *s++ == ' ';
		} else if (t->len < sizeof(t->word) - 1) {
			t->word[t->len++] = *s++;
		} else {
			/* Longer than any event's name. */
			t->len = 0;
			t->skip = true;
		}
	}
}

struct counts counts_since(struct counts now, struct counts then)
{
	return (struct counts){
		now.map - then.map,
		now.unmap - then.unmap,
		now.invalidate - then.invalidate,
	};
}

char *counts_contradict(struct counts c, long long ios, const struct machine *m)
{
	const struct {
		const char *kind, *events;
		unsigned long n;
	} counted[] = {
		{ "map", m->map_events, c.map },
		{ "unmap", m->unmap_events, c.unmap },
		{ "invalidate", m->invalidate_events, c.invalidate },
	};

	unsigned long all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
		if (!*counted[i].events)
			continue;
		if (m->requests == REQUESTS_SOME && !counted[i].n)
			return xasprintf("no %s request reached the IOMMU", counted[i].kind);
		if (m->requests == REQUESTS_NONE && counted[i].n)
			return xasprintf("%lu %s requests reached the IOMMU, none expected",
					 counted[i].n, counted[i].kind);
		all += counted[i].n;
	}
	if (m->requests == REQUESTS_FEW && all > m->few * ios)
		return xasprintf("%lu requests reached the IOMMU for %lld I/Os, "
				 "at most %g for each expected", all, ios, m->few);
	return NULL;
}
