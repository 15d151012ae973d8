// SPDX-License-Identifier: GPL-2.0
/*
 * native: how fast the pools are on this machine, outside any emulation.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "benches.h"
#include "options.h"
#include "util.h"

/* die() has 1. */
#define EXIT_UNMET 2

static const struct bench {
	const char *name;
	bool (*run)(const struct options *options);
	const char *what;
	bool derived;			/* from another one's table: it measures nothing */
} benches[] = {
	{ "goals", bench_goals, "what the pool promises", false },
	{ "speed", bench_speed, "ns per map and unmap, by way, size and threads", false },
	{ "crossover", bench_crossover, "the size up to which bouncing pays, from speed.tsv",
	  true },
	{ "model", bench_model, "what a disk gains, beside published figures, from speed.tsv",
	  true },
	{ "auto", bench_auto, "the policy beside always direct and always bounced", false },
	{ "cliff", bench_cliff, "more mappings in flight than slots", false },
	{ "memory", bench_memory, "what a pool holds under load and idle", false },
};

/* To be freed. */
static char *usage(void)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("usage: native [--out DIR] [--rounds N] [--seed N] [--quick] [--source S]\n"
	      "              [BENCH...]\n\n"
	      "Measures the pools of bounce buffers in user space and writes DIR/BENCH.tsv.\n\n"
	      "  --out DIR    where to write (default: out/native)\n"
	      "  --rounds N   how often each figure is taken, in random order (default: 9)\n"
	      "  --seed N     of that order (default: the time; written to DIR/machine.tsv)\n"
	      "  --quick      fewer sizes and costs\n"
	      "  --source S   what source it is built of, for DIR/machine.tsv\n\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(benches); i++)
		fprintf(f, "  %-12s %s\n", benches[i].name, benches[i].what);
	fputs("\nExit status: 0 all that was promised was measured, 2 some was missed or is not\n"
	      "known well enough; 1: bad input.\n", f);
	fclose(f);
	return text;
}

/* What stands behind the first @key of @path, to the end of its line; to be freed. */
static char *value_in(const char *path, const char *key)
{
	char *text = read_file(path, NULL), *line, *value = NULL;

	line = text ? strstr(text, key) : NULL;
	if (line) {
		line += strlen(key);
		line += strspn(line, " \t:");
		value = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
	}
	free(text);
	return value ? value : xstrdup("unknown");
}

/* What @bench is measured on and how, to be freed. */
static char *machine_row(const struct options *options, const struct bench *bench)
{
	char *cpu = value_in("/proc/cpuinfo", "model name"), *load = value_in("/proc/loadavg", "");
	time_t now = time(NULL);
	struct utsname name;
	char date[32], *row;

	uname(&name);
	strftime(date, sizeof(date), "%FT%TZ", gmtime(&now));
	row = xasprintf("%s\t%s\t%s %s\t%zu\t%s\t%s\t%lu\t%u\t%s\t%s\t%s", bench->name, cpu,
			name.release, name.machine, last_level_cache(), date, load, options->seed,
			options->rounds, options->quick ? "yes" : "no", __VERSION__,
			options->source);
	free(cpu);
	free(load);
	return row;
}

/* A row for each bench: the tables of some may be of another day, or of another machine. */
static void machine_add(const struct options *options, const char *row)
{
	static const char header[] = "bench\tcpu\tkernel\tlast_level_cache\tdate\tload\tseed\t"
				     "rounds\tquick\tcompiler\tsource";
	char *path = xasprintf("%s/machine.tsv", options->out), *old = read_file(path, NULL);
	char *next = old, *line = strsep(&next, "\n");
	bool known = line && !strcmp(line, header);
	FILE *f = table_begin(options, "machine", header);

	while (known && (line = strsep(&next, "\n")))
		if (*line && strncmp(line, row, strcspn(row, "\t") + 1))
			fprintf(f, "%s\n", line);
	fprintf(f, "%s\n", row);
	table_end(f, options, "machine");
	free(old);
	free(path);
}

static bool run(const struct options *options, const struct bench *bench)
{
	char *row = machine_row(options, bench);
	bool met = bench->run(options);

	if (!bench->derived)
		machine_add(options, row);
	free(row);
	return met;
}

static const struct bench *bench_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		if (!strcmp(benches[i].name, name))
			return &benches[i];
	die("there is no bench '%s': native --help lists them", name);
}

int main(int argc, char **argv)
{
	struct options options = { .out = "out/native", .seed = time(NULL), .source = "unknown" };
	unsigned long rounds = 9;
	const struct opt known[] = {
		{ "out", .text = &options.out },
		{ "rounds", .number = &rounds, .least = 1, .most = MAX_ROUNDS },
		{ "seed", .number = &options.seed, .most = ULONG_MAX },
		{ "quick", .flag = &options.quick },
		{ "source", .text = &options.source },
	};
	char *help = usage();
	bool met = true;
	int first, i;

	progname = "native";
	first = options_read(argc, argv, known, ARRAY_SIZE(known), help);
	if (first < 0)
		die("see native --help");
	free(help);
	options.rounds = rounds;
	for (i = first; i < argc; i++)
		bench_named(argv[i]);
	for (i = first; i < argc; i++)
		met &= run(&options, bench_named(argv[i]));
	for (i = 0; first == argc && i < (int)ARRAY_SIZE(benches); i++)
		met &= run(&options, &benches[i]);
	return met ? EXIT_SUCCESS : EXIT_UNMET;
}
