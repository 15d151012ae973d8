// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "machine.h"
#include "util.h"

static const char *const keys[] = {
	"like", "describe", "qemu", "platform", "tcg", "kvm", "iommu", "devices",
	"disk", "drive", "acpi-table", "device-tree-without", "append", "map-events",
	"unmap-events", "invalidate-events", "requests", NULL
};

static const struct conf_section *parent(const struct conf *conf, const struct conf_section *s)
{
	const char *like = conf_get(s, "like", NULL);

	return like ? conf_find(conf, like) : NULL;
}

/* False when @text is no value of "requests". */
static bool requests_parse(const char *text, enum requests *requests, double *few)
{
	char *end;

	*few = 0;
	*requests = !*text ? REQUESTS_ANY : !strcmp(text, "some") ? REQUESTS_SOME :
		    !strcmp(text, "none") ? REQUESTS_NONE : REQUESTS_FEW;
	if (*requests != REQUESTS_FEW)
		return true;
	*few = strtod(text, &end);
	return end != text && !*end && *few > 0 && *few < 1;
}

static bool is_base(const struct conf_section *s)
{
	return s->name[0] == '.';
}

static const char *get(const struct conf *conf, const struct conf_section *s, const char *key,
		       const char *fallback)
{
	for (; s; s = parent(conf, s)) {
		const char *value = conf_get(s, key, NULL);

		if (value)
			return value;
	}
	return fallback;
}

static bool counts_requests(const struct conf *conf, const struct conf_section *s)
{
	return *get(conf, s, "map-events", "") || *get(conf, s, "unmap-events", "") ||
	       *get(conf, s, "invalidate-events", "");
}

static bool counts_instructions(const struct conf *conf, const struct conf_section *s)
{
	return strstr(get(conf, s, "map-events", ""), INSN_EVENT) ||
	       strstr(get(conf, s, "unmap-events", ""), INSN_EVENT) ||
	       strstr(get(conf, s, "invalidate-events", ""), INSN_EVENT);
}

struct conf *machines_read(const char *path)
{
	struct conf *conf = conf_read(path, keys);

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		const struct conf_section *base = parent(conf, s);
		enum requests requests;
		double few;

		if (conf_get(s, "like", NULL) && !base)
			die("%s:%d: [%s] is like a machine that isn't there", path, s->line,
			    s->name);
		/* So that no chain runs in a circle. */
		if (base && base->line >= s->line)
			die("%s:%d: [%s] must stand behind [%s]", path, s->line, s->name,
			    base->name);
		if (!requests_parse(conf_get(s, "requests", ""), &requests, &few))
			die("%s:%d: [%s]: requests = %s: some, none or a number below 1 expected",
			    path, s->line, s->name, conf_get(s, "requests", ""));
		if (conf_get(s, "requests", NULL) && !counts_requests(conf, s))
			die("%s:%d: [%s]: requests need events that are counted", path, s->line,
			    s->name);
		if (!base && !(conf_get(s, "qemu", NULL) && conf_get(s, "platform", NULL) &&
			       conf_get(s, "tcg", NULL) && conf_get(s, "disk", NULL)))
			die("%s:%d: [%s] needs qemu, platform, tcg and disk", path, s->line,
			    s->name);
		if (*get(conf, s, "kvm", "") && counts_instructions(conf, s))
			die("%s:%d: [%s]: only TCG can count instructions (insn:), not kvm", path,
			    s->line, s->name);
	}
	return conf;
}

static char *join(const struct conf *conf, const struct conf_section *s, const char *key)
{
	char *before, *all;

	if (!s)
		return xstrdup("");
	before = join(conf, parent(conf, s), key);
	all = xasprintf("%s %s", before, conf_get(s, key, ""));
	free(before);
	return all;
}

struct machine *machine_find(const struct conf *conf, const char *name)
{
	const struct conf_section *s = conf_find(conf, name);
	struct machine *m;

	if (!s || is_base(s))
		return NULL;
	m = xcalloc(1, sizeof(*m));
	*m = (struct machine){
		.name = s->name,
		.describe = get(conf, s, "describe", ""),
		.qemu = get(conf, s, "qemu", NULL),
		.platform = get(conf, s, "platform", NULL),
		.tcg = get(conf, s, "tcg", NULL),
		.kvm = get(conf, s, "kvm", ""),
		.iommu = get(conf, s, "iommu", ""),
		.devices = get(conf, s, "devices", ""),
		.acpi_table = get(conf, s, "acpi-table", NULL),
		.tree_without = get(conf, s, "device-tree-without", NULL),
		.disk = get(conf, s, "disk", NULL),
		.drive = get(conf, s, "drive", ""),
		.map_events = get(conf, s, "map-events", ""),
		.unmap_events = get(conf, s, "unmap-events", ""),
		.invalidate_events = get(conf, s, "invalidate-events", ""),
		.append = join(conf, s, "append"),
	};
	requests_parse(get(conf, s, "requests", ""), &m->requests, &m->few);
	return m;
}

void machine_free(struct machine *m)
{
	free(m->append);
	free(m);
}

void machines_list(const struct conf *conf, FILE *to, const char *between)
{
	const char *gap = "";

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		if (is_base(s))
			continue;
		fprintf(to, "%s%s", gap, s->name);
		gap = between;
	}
}
