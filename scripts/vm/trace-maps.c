// SPDX-License-Identifier: GPL-2.0
/*
 * trace-maps COMMAND...: in a guest, the time that the kernel spends in mapping and in
 * unmapping for DMA while the command runs, by kprobes at the functions of the DMA API.
 *
 * Prints "map SECONDS CALLS" and "unmap SECONDS CALLS". What the tracing adds between the
 * two time stamps of a call, measured at a system call that does next to nothing, is taken
 * off, and so is what interrupts a call: an interrupt handler, or the calls that it makes.
 * A call in an interrupt of a probe is not traced, but counted, and taken to be as long as
 * others.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define TRACING "/sys/kernel/tracing/"
#define GROUP "trace_maps/"
/* Of each CPU. A call takes 50 bytes. */
#define BUFFER_KIB "65536"
#define BATCHES 10
#define BATCH 2000
/* Calls whose beginning or end is missing, of a thousand. */
#define LOST_MOST 10

enum what { MAP, UNMAP, EMPTY, OTHER };

/* The place of the system call. */
#define SPAN_EMPTY 0

/* What has a beginning and an end: a function, or an event that is such a pair. */
static const struct span {
	enum what what;
	const char *name;	/* of the function; OTHER: of the event, without _entry or _exit */
} spans[] = {
	[SPAN_EMPTY] = { EMPTY, "__x64_sys_getppid" },
	{ MAP, "dma_map_phys" },
	{ MAP, "dma_map_sg_attrs" },
	{ MAP, "dma_map_sgtable" },
	{ MAP, "dma_iova_try_alloc" },
	{ MAP, "dma_iova_link" },
	{ MAP, "dma_iova_sync" },
	{ UNMAP, "dma_unmap_phys" },
	{ UNMAP, "dma_unmap_sg_attrs" },
	{ UNMAP, "dma_iova_unlink" },
	{ UNMAP, "dma_iova_destroy" },
	{ UNMAP, "dma_iova_free" },
	{ OTHER, "irq/irq_handler" },
	{ OTHER, "irq/softirq" },
	{ OTHER, "irq_vectors/local_timer" },
	{ OTHER, "irq_vectors/reschedule" },
	{ OTHER, "irq_vectors/call_function_single" },
};

/* An event's number to 1 + 2 * its span, and one more if it is the end; 0: another event. */
static uint8_t meanings[1 << 16];

/* A span that has begun. */
struct open_span {
	size_t span;
	int32_t pid;
	uint64_t start, within;	/* ns; within: of what interrupted it, or was called by it */
};

struct cpu {
	struct open_span open[32];
	size_t n;
};

struct sums {
	struct {
		double ns;
		unsigned long calls;
	} of[ARRAY_SIZE(spans)];
	unsigned long lost;
};

/* ns of tracing a call, between its two time stamps and beside them. */
struct cost {
	double inside, beside;
};

static void put(const char *file, const char *text, int flags)
{
	char *path = xasprintf(TRACING "%s", file);
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("'%s' to %s: %s", text, path, strerror(errno));
	close(fd);
	free(path);
}

/* The event @group@name@end. */
static void enable(const char *group, const char *name, const char *end, uint8_t meaning)
{
	char *event = xasprintf("events/%s%s%s", group, name, end);
	char *path = xasprintf(TRACING "%s/id", event), *id = read_file(path, NULL);
	char *file = xasprintf("%s/enable", event);

	if (!id)
		die("%s: %s", path, strerror(errno));
	meanings[(uint16_t)atoi(id)] = meaning;
	put(file, "1", 0);
	free(file);
	free(id);
	free(path);
	free(event);
}

/* At the beginning ('p') or the end ('r') of a function. */
static void probe(char type, const char *function, const char *end)
{
	char *line = xasprintf("%c:" GROUP "%s%s %s\n", type, function, end, function);

	put("kprobe_events", line, O_APPEND);
	free(line);
}

static void set_up(void)
{
	put("tracing_on", "0", 0);
	put("trace_clock", "local", 0);
	put("options/overwrite", "0", 0);
	put("buffer_size_kb", BUFFER_KIB, 0);
	put("events/enable", "0", 0);
	put("kprobe_events", "", O_TRUNC);
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		const char *name = spans[i].name;

		if (spans[i].what == OTHER) {
			enable("", name, "_entry", 1 + 2 * i);
			enable("", name, "_exit", 2 + 2 * i);
		} else {
			probe('p', name, "");
			probe('r', name, "_end");
			enable(GROUP, name, "", 1 + 2 * i);
			enable(GROUP, name, "_end", 2 + 2 * i);
		}
	}
	/* The kernel makes jumps of breakpoints, which take longer, a little later. */
	sleep(1);
}

static void begin(struct cpu *cpu, size_t span, int32_t pid, uint64_t now)
{
	/* The oldest one has lost its end. */
	if (cpu->n == ARRAY_SIZE(cpu->open))
		memmove(cpu->open, cpu->open + 1, --cpu->n * sizeof(*cpu->open));
	cpu->open[cpu->n++] = (struct open_span){ span, pid, now, 0 };
}

static void end(struct cpu *cpu, size_t span, int32_t pid, uint64_t now, const struct cost *cost,
		struct sums *sums)
{
	const struct open_span *o;
	bool probed = spans[span].what != OTHER;
	size_t i = cpu->n;
	double ns;

	while (i && (cpu->open[i - 1].span != span || cpu->open[i - 1].pid != pid))
		i--;
	if (!i) {
		sums->lost += probed;
		return;
	}
	/* Those above it have lost their ends, or go on on another CPU. */
	sums->lost += cpu->n - i;
	cpu->n = i - 1;
	o = &cpu->open[i - 1];
	ns = now - o->start;
	if (i > 1)
		cpu->open[i - 2].within += ns + (probed ? cost->beside : 0);
	sums->of[span].ns += ns - o->within - (probed ? cost->inside : 0);
	sums->of[span].calls++;
}

static uint32_t word(const unsigned char *at)
{
	uint32_t w;

	memcpy(&w, at, sizeof(w));
	return w;
}

/*
 * The events of a page of the ring buffer (the kernel's events/header_page and
 * header_event describe it): a time, a length, then events of a word with the kind in 5
 * bits and the time since the last one in 27, and their data.
 */
static void add_page(const unsigned char *page, struct cpu *cpu, const struct cost *cost,
		     struct sums *sums)
{
	enum { KIND_LONG, KIND_PADDING = 29, KIND_TIME, KIND_STAMP };
	const unsigned char *at = page + 16, *stop = at + (word(page + 8) & 0x3fffffff);
	uint64_t now;

	memcpy(&now, page, sizeof(now));
	while (at < stop) {
		unsigned int kind = word(at) & 31, meaning;
		uint64_t delta = word(at) >> 5;

		at += 4;
		if (kind == KIND_PADDING && !delta)
			break;
		if (kind == KIND_STAMP) {
			now = (now & ~0ULL << 59) | (uint64_t)word(at) << 27 | delta;
			at += 4;
			continue;
		}
		now += delta;
		if (kind == KIND_TIME) {
			now += (uint64_t)word(at) << 27;
			at += 4;
			continue;
		}
		if (kind == KIND_PADDING) {
			at += word(at);
			continue;
		}
		const unsigned char *data = kind == KIND_LONG ? at + 4 : at;

		at += kind == KIND_LONG ? word(at) : 4 * kind;
		meaning = meanings[word(data) & 0xffff];
		if (meaning % 2)
			begin(cpu, meaning / 2, word(data + 4), now);
		else if (meaning)
			end(cpu, meaning / 2 - 1, word(data + 4), now, cost, sums);
	}
}

/* The number behind @key in the statistics of a CPU's trace. */
static unsigned long stat_of(int cpu, const char *key)
{
	char *path = xasprintf(TRACING "per_cpu/cpu%d/stats", cpu), *text = read_file(path, NULL);
	const char *found = text ? strstr(text, key) : NULL;
	unsigned long n;

	if (!found)
		die("%s has no '%s'", path, key);
	n = strtoul(found + strlen(key), NULL, 10);
	free(text);
	free(path);
	return n;
}

/* Takes all that was traced. */
static struct sums collect(const struct cost *cost)
{
	const size_t page_size = sysconf(_SC_PAGESIZE);
	unsigned char *page = xcalloc(1, page_size);
	struct sums sums = { };

	for (int i = 0; i < sysconf(_SC_NPROCESSORS_CONF); i++) {
		char *path = xasprintf(TRACING "per_cpu/cpu%d/trace_pipe_raw", i);
		int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		struct cpu cpu = { };

		if (fd < 0)
			die("%s: %s", path, strerror(errno));
		if (stat_of(i, "dropped events:"))
			die("the trace of CPU %d is full", i);
		while (read(fd, page, page_size) > 0)
			add_page(page, &cpu, cost, &sums);
		close(fd);
		free(path);
	}
	free(page);
	return sums;
}

/* Adds @sign times how many calls of each function were not traced. */
static void add_missed(long *missed, int sign)
{
	char *text = read_file(TRACING "kprobe_profile", NULL), *next = text, *line, event[64];
	unsigned long n;

	if (!text)
		die(TRACING "kprobe_profile: %s", strerror(errno));
	while ((line = strsep(&next, "\n")))
		for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
			if (sscanf(line, "%63s %*u %lu", event, &n) == 2 &&
			    !strcmp(event, spans[i].name))
				missed[i] += sign * (long)n;
	free(text);
}

/* Prints all calls of a kind, with those that were missed; gives their number. */
static unsigned long print(const char *name, enum what what, const struct sums *sums,
			   const long *missed)
{
	unsigned long all = 0;
	double ns = 0;

	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		unsigned long calls = sums->of[i].calls;

		if (spans[i].what != what || !calls)
			continue;
		all += calls + missed[i];
		ns += sums->of[i].ns * (calls + missed[i]) / calls;
	}
	printf("%s %.6f %lu\n", name, ns / 1e9, all);
	return all;
}

/* ns of a getppid(), by a batch of them. */
static double time_empty_call(void)
{
	double start = now_seconds();

	for (int i = 0; i < BATCH; i++)
		syscall(SYS_getppid);
	return (now_seconds() - start) * 1e9 / BATCH;
}

static void keep_least(double *least, double ns)
{
	if (ns < *least)
		*least = ns;
}

/* Of the fastest batches, for a host may have other work, too. */
static struct cost measure_cost(void)
{
	double untraced = INFINITY, traced = INFINITY, inside = INFINITY;
	const struct cost none = { };

	for (int batch = 0; batch < BATCHES; batch++)
		keep_least(&untraced, time_empty_call());
	set_up();
	for (int batch = 0; batch < BATCHES; batch++) {
		struct sums sums;

		put("tracing_on", "1", 0);
		keep_least(&traced, time_empty_call());
		put("tracing_on", "0", 0);
		sums = collect(&none);
		if (sums.of[SPAN_EMPTY].calls < BATCH * 9 / 10)
			die("%lu of %d calls of getppid() were traced",
			    sums.of[SPAN_EMPTY].calls, BATCH);
		keep_least(&inside, sums.of[SPAN_EMPTY].ns / sums.of[SPAN_EMPTY].calls);
	}
	return (struct cost){ inside, traced - untraced - inside };
}

static void run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		execvp(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("%s failed", command[0]);
}

int main(int argc, char **argv)
{
	long missed[ARRAY_SIZE(spans)] = { };
	unsigned long calls;
	struct cost cost;
	struct sums sums;

	progname = "trace-maps";
	if (argc < 2)
		die("usage: trace-maps COMMAND...");
	cost = measure_cost();
	add_missed(missed, -1);
	put("tracing_on", "1", 0);
	run(argv + 1);
	put("tracing_on", "0", 0);
	add_missed(missed, 1);
	sums = collect(&cost);
	put("events/enable", "0", 0);
	calls = print("map", MAP, &sums, missed);
	calls += print("unmap", UNMAP, &sums, missed);
	if (!calls || sums.lost * 1000 > calls * LOST_MOST)
		die("beside %lu calls %lu have lost one of their ends", calls, sums.lost);
}
