// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "recording.h"
#include "util.h"

/* More processors than any guest has. */
#define CPUS 256

struct reader {
	struct recording *r;
	const char *path;
	int line;
	enum { IN_PLAIN, IN_DUMP, IN_TRACE } part;
	size_t last[CPUS];	/* number + 1 of the event whose stack may follow */
	size_t current;		/* number + 1 of the event whose stack this is */
};

static void add_dump(struct reader *in, double at)
{
	struct recording *r = in->r;

	r->dumps = xrealloc(r->dumps, (r->n_dumps + 1) * sizeof(*r->dumps));
	r->dumps[r->n_dumps++] = (struct dump) { .path = in->path, .line = in->line, .at = at };
}

/* Cuts the last word off @s. */
static char *last_word(char *s)
{
	char *space = strrchr(s, ' ');

	if (!space)
		return NULL;
	*space = '\0';
	return space + 1;
}

/*
 * "DRIVER DEVICE TYPE idx N P=0x.. D=.. L=.. cln=0x.. DIRECTION the error check
 * attrs=0x..", see dump_show(). A driver's name may hold blanks.
 */
static bool parse_mapping(char *line, struct mapping *m)
{
	char *rest = strstr(line, " idx "), *device, *type, direction[32];
	const char *attrs;

	if (!rest)
		return false;
	*rest = '\0';
	rest += strlen(" idx ");
	type = last_word(line);
	device = last_word(line);
	if (!device || !*line ||
	    sscanf(rest, "%*d P=%" SCNx64 " D=%" SCNx64 " L=%" SCNx64 " cln=%*x %31s", &m->phys,
		   &m->addr, &m->size, direction) != 4 ||
	    strncmp(direction, "DMA_", 4))
		return false;
	attrs = strstr(rest, " attrs=");
	m->attrs = attrs ? strtoull(attrs + strlen(" attrs="), NULL, 16) : 0;
	m->unchecked = strstr(rest, "error not checked");
	m->direction = intern(direction + 4);
	m->driver = intern(line);
	m->device = intern(device);
	m->type = intern(type);
	return true;
}

static void read_mapping(struct reader *in, char *line)
{
	struct dump *d;
	struct mapping m;
	char *shown = xstrdup(line);

	if (!parse_mapping(line, &m))
		die("%s:%d: this is no line of dma-debug's dump: %.60s", in->path, in->line, shown);
	free(shown);
	if (in->part == IN_PLAIN) {
		add_dump(in, -1);
		in->part = IN_DUMP;
	}
	d = &in->r->dumps[in->r->n_dumps - 1];
	d->mappings = xrealloc(d->mappings, (d->n + 1) * sizeof(*d->mappings));
	d->mappings[d->n++] = m;
}

static void add_addr(struct map_event *e, uint64_t addr)
{
	e->addrs = xrealloc(e->addrs, (e->n_addrs + 1) * sizeof(*e->addrs));
	e->addrs[e->n_addrs++] = addr;
}

/* "dma_addr=1234" of one segment, "dma_addrs={0x12,0x34}" of several. */
static void read_addrs(struct map_event *e, const char *text)
{
	const char *p = strstr(text, " dma_addr");
	char *end;

	p = p ? strchr(p, '=') : NULL;
	while (p && (*p == '=' || *p == ',' || *p == '{')) {
		p += 1 + (p[1] == '{');
		add_addr(e, strtoull(p, &end, 16));
		p = end;
	}
}

/* The number of the processor in "comm-12  [001] ....."; -1: there is none. */
static int processor(const char *line)
{
	const char *p = line;
	int cpu;

	while ((p = strchr(p, '['))) {
		if (sscanf(p++, "[%d]", &cpu) == 1 && cpu >= 0 && cpu < CPUS)
			return cpu;
	}
	return -1;
}

static void read_event(struct reader *in, int cpu, const char *type, const char *text)
{
	struct recording *r = in->r;
	struct map_event *e;

	r->events = xrealloc(r->events, (r->n_events + 1) * sizeof(*r->events));
	e = &r->events[r->n_events++];
	*e = (struct map_event) {
		.device = intern_n(text, strcspn(text, " ")),
		.type = intern(type),
	};
	read_addrs(e, text);
	in->last[cpu] = r->n_events;
}

static void read_frame(struct reader *in, const char *name)
{
	struct map_event *e;

	if (!in->current)
		return;
	e = &in->r->events[in->current - 1];
	e->frames = xrealloc(e->frames, (e->n_frames + 1) * sizeof(*e->frames));
	/* What the compiler makes of a function: probe.cold, map.isra.0 */
	e->frames[e->n_frames++] = intern_n(name, strcspn(name, ". +"));
}

/* An event, then its stack; the same processor's, or another's in between. */
static void read_trace(struct reader *in, const char *line)
{
	static const struct {
		const char *text, *type;
	} events[] = {
		{ ": dma_map_phys: ", "phy" },
		{ ": dma_map_sg: ", "scatter-gather" },
	};
	const char *frame = strstr(line, "=> ");
	int cpu;

	if (!strncmp(line, " =>", 3) && frame) {
		read_frame(in, frame + 3);
		return;
	}
	in->current = 0;
	cpu = processor(line);
	if (cpu < 0)
		return;
	if (strstr(line, "<stack trace>")) {
		in->current = in->last[cpu];
		in->last[cpu] = 0;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		const char *at = strstr(line, events[i].text);

		if (at)
			read_event(in, cpu, events[i].type, at + strlen(events[i].text));
	}
}

static void read_head(struct reader *in, const char *line)
{
	struct recording *r = in->r;
	char driver[128], module[128];
	double at;

	if (sscanf(line, "# dump at %lf s", &at) == 1) {
		add_dump(in, at);
		in->part = IN_DUMP;
	} else if (!strcmp(line, "# trace")) {
		in->part = IN_TRACE;
	} else if (sscanf(line, "# module %127s %127s", driver, module) == 2) {
		r->modules = xrealloc(r->modules, (r->n_modules + 1) * sizeof(*r->modules));
		r->modules[r->n_modules++] = (struct driver_module) {
			intern(driver), intern(module)
		};
	}
}

void recording_read(struct recording *r, const char *path)
{
	struct reader in = { .r = r, .path = path };
	size_t before = r->n_dumps;
	char *data = read_file(path, NULL), *next, *line;

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	next = data;
	while ((line = strsep(&next, "\n"))) {
		in.line++;
		line[strcspn(line, "\r")] = '\0';
		if (*line == '#')
			read_head(&in, line);
		else if (in.part == IN_TRACE)
			read_trace(&in, line);
		else if (*line)
			read_mapping(&in, line);
	}
	free(data);
	if (r->n_dumps == before)
		die("%s holds no dump of dma-debug", path);
}
