// SPDX-License-Identifier: GPL-2.0
/*
 * native: how fast the pools are on this machine, outside any emulation.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "benches.h"
#include "util.h"

static const struct bench {
	const char *name;
	bool (*run)(const struct options *options);
	const char *what;
} benches[] = {
	{ "goals", bench_goals, "what the pool promises: ends with 1 where it is missed" },
	{ "speed", bench_speed, "ns per map and unmap, by way, size and threads" },
	{ "crossover", bench_crossover, "the size up to which bouncing pays, from speed.tsv" },
	{ "model", bench_model, "what a disk gains, beside published figures, from speed.tsv" },
	{ "auto", bench_auto, "the policy beside always direct and always bounced" },
	{ "cliff", bench_cliff, "more mappings in flight than slots" },
	{ "memory", bench_memory, "what a pool holds under load and idle" },
};

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "Usage: native [--out DIR] [--rounds N] [--seed N] [--quick] [BENCH...]\n\n"
		"Measures the pools of bounce buffers in user space and writes DIR/BENCH.tsv.\n\n"
		"  --out DIR    where to write (default: out/native)\n"
		"  --rounds N   how often each figure is taken, in random order (default: 9)\n"
		"  --seed N     of that order (default: the time; written to DIR/machine.tsv)\n"
		"  --quick      fewer sizes and costs\n\n");
	for (i = 0; i < ARRAY_SIZE(benches); i++)
		fprintf(f, "  %-12s %s\n", benches[i].name, benches[i].what);
}

static uint64_t number(const char *text, const char *what, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || value < least || value > most)
		die("%s '%s' is no number from %lu to %lu", what, text, (unsigned long)least,
		    (unsigned long)most);
	return value;
}

/* The first line of @path that begins with @key, from its value on; to be freed. */
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

static void machine_table(const struct options *options)
{
	char *cpu = value_in("/proc/cpuinfo", "model name"), *load = value_in("/proc/loadavg", "");
	time_t now = time(NULL);
	struct utsname name;
	char date[32];
	FILE *f;

	uname(&name);
	strftime(date, sizeof(date), "%FT%TZ", gmtime(&now));
	f = table_begin(options, "machine", "key\tvalue");
	fprintf(f, "cpu\t%s\nkernel\t%s %s\nlast_level_cache\t%zu\ndate\t%s\nload\t%s\n"
		"seed\t%lu\nrounds\t%u\ncompiler\t%s\n", cpu, name.release, name.machine,
		last_level_cache(), date, load, (unsigned long)options->seed, options->rounds,
		__VERSION__);
	table_end(f, options, "machine");
	free(cpu);
	free(load);
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
	static const struct option longs[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "quick", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct options options = { .out = "out/native", .rounds = 9, .seed = time(NULL) };
	bool met = true;
	int option, i;

	progname = "native";
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (option) {
		case 'o':
			options.out = optarg;
			break;
		case 'r':
			options.rounds = number(optarg, "--rounds", 1, MAX_ROUNDS);
			break;
		case 's':
			options.seed = number(optarg, "--seed", 0, UINT64_MAX);
			break;
		case 'q':
			options.quick = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			die("see native --help");
		}
	}
	for (i = optind; i < argc; i++)
		bench_named(argv[i]);
	machine_table(&options);
	for (i = optind; i < argc; i++)
		met &= bench_named(argv[i])->run(&options);
	for (i = 0; optind == argc && i < (int)ARRAY_SIZE(benches); i++)
		met &= benches[i].run(&options);
	return !met;
}
