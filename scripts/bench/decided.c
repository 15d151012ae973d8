// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "decided.h"
#include "util.h"

static char *why(const struct cell *c)
{
	if (!c)
		return xstrdup("not measured");
	if (!c->interval.known)
		return xasprintf("%zu values", c->interval.n);
	return xasprintf("half the interval is %.1f %% of the median of %zu",
			 100 * interval_half(&c->interval), c->interval.n);
}

/* To @lines, if it is undecided. */
static void add(json_t *lines, const struct folder *f, const char *configuration,
		const char *job, const struct metric *m)
{
	const struct cell *c = cell_find(f, configuration, job, m->name);
	char *reason, *line;

	if (c && cell_counts(c))
		return;
	reason = why(c);
	line = xasprintf("%s %s %s: %s", configuration, job, m->name, reason);
	json_array_append_new(lines, json_string(line));
	free(line);
	free(reason);
}

static bool leads(const struct cell *c)
{
	const struct metric *m;

	for (size_t i = 0; (m = leading(c->job, i)); i++)
		if (m == c->metric)
			return true;
	return false;
}

/* What is too coarse to be decided ever is told with the other figures. */
static void add_leading(struct decided *d, const struct folder *f, const char *configuration,
			const char *job, const struct metric *m)
{
	const struct cell *c = cell_find(f, configuration, job, m->name);
	bool may_count = !c || cell_counts(c) || cell_may_count(c);

	d->cells += may_count;
	d->others += !may_count;
	add(may_count ? d->undecided : d->others_undecided, f, configuration, job, m);
}

void decided_count(struct decided *d, const struct folder *f)
{
	const json_t *c, *job;
	const struct metric *m;
	size_t i, j, k;

	*d = (struct decided){ .undecided = json_array(), .others_undecided = json_array() };
	json_array_foreach(json_object_get(f->bench, "configurations"), i, c) {
		json_array_foreach(json_object_get(c, "jobs"), j, job) {
			for (k = 0; (m = leading(json_string_value(job), k)); k++)
				add_leading(d, f, text_of(c, "name"), json_string_value(job), m);
		}
	}
	for (i = 0; i < f->n_cells; i++) {
		const struct cell *other = &f->cells[i];

		if (leads(other) || other->metric->is_shown_only)
			continue;
		d->others++;
		add(d->others_undecided, f, other->configuration, other->job, other->metric);
	}
}

void decided_free(struct decided *d)
{
	json_decref(d->undecided);
	json_decref(d->others_undecided);
}

json_t *decided_lines(const struct decided *d)
{
	json_t *lines = json_copy(d->undecided);
	const json_t *line;
	size_t i;

	json_array_foreach(d->others_undecided, i, line)
		json_array_append_new(lines, json_sprintf("other figure: %s",
							  json_string_value(line)));
	return lines;
}

bool decided_enough(const struct decided *d)
{
	return json_array_size(d->undecided) * 10 <= d->cells;
}

char *decided_text(const struct decided *d)
{
	return xasprintf("%zu of %zu cells%s and %zu of %zu other figures are undecided",
			 json_array_size(d->undecided), d->cells,
			 decided_enough(d) ? "" : ", more than one in ten,",
			 json_array_size(d->others_undecided), d->others);
}
