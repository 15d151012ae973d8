// SPDX-License-Identifier: GPL-2.0
/*
 * summary: what the guests and the audit found, as one table on stdout and as
 * one JSON file.
 *
 * It reads every RESULTS/<flavour>/<machine>.json that vm-run wrote and what
 * dma-audit found; it judges nothing itself, except that it exits with 1 when
 * a verdict in what it read is not "pass".
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include "util.h"

static const char usage[] =
	"usage: summary --results DIR [--audit DIR] [--stages FILE] --out FILE\n";

/* The seed's block sizes; a job fio-read-SIZE gives a line each. */
static const char *const block_sizes[] = { "4k", "16k", "64k", "128k" };

/* The columns before fio's. */
#define LEFT_WIDTH	79

struct counts {
	json_int_t passed, failed, skipped;
	bool any;
};

static json_t *read_json(const char *path)
{
	json_error_t err;
	json_t *json = json_load_file(path, 0, &err);

	if (!json)
		die("%s:%d: %s", path, err.line, err.text);
	return json;
}

/* Numbers of every job of one kind; a job that never reported counts as failed. */
static struct counts count_tests(const json_t *guest, const char *kind)
{
	struct counts c = { 0 };
	json_t *job, *tests;
	size_t i;

	json_array_foreach(json_object_get(guest, "jobs"), i, job) {
		if (strcmp(json_string_value(json_object_get(job, "kind")) ?: "", kind))
			continue;
		c.any = true;
		tests = json_object_get(job, "tests");
		c.passed += json_integer_value(json_object_get(tests, "passed"));
		c.failed += json_integer_value(json_object_get(tests, "failed"));
		c.skipped += json_integer_value(json_object_get(tests, "skipped"));
		if (!strcmp(json_string_value(json_object_get(job, "status")) ?: "", "error"))
			c.failed++;
	}
	return c;
}

static const json_t *find_job(const json_t *guest, const char *name)
{
	json_t *job;
	size_t i;

	json_array_foreach(json_object_get(guest, "jobs"), i, job)
		if (!strcmp(json_string_value(json_object_get(job, "name")) ?: "", name))
			return job;
	return NULL;
}

static void print_counts(struct counts c)
{
	char text[64] = "-";

	if (c.any)
		snprintf(text, sizeof(text), "%lld/%lld/%lld", (long long)c.passed,
			 (long long)c.failed, (long long)c.skipped);
	printf(" %-11s", text);
}

static void print_per_io(const json_t *iommu, const char *request, double ios)
{
	printf(" %7.2f", json_integer_value(json_object_get(iommu, request)) / ios);
}

/* IOPS, MB/s and IOMMU requests per I/O of one fio job. */
static void print_fio(const json_t *job, const char *size)
{
	const json_t *fio = json_object_get(job, "fio");
	const json_t *iommu = json_object_get(job, "iommu");
	double ios = json_integer_value(json_object_get(fio, "ios"));

	printf(" %-5s %8.0f %7.1f", size, json_number_value(json_object_get(fio, "iops")),
	       json_number_value(json_object_get(fio, "bytes_per_second")) / 1e6);
	if (ios > 0) {
		print_per_io(iommu, "map", ios);
		print_per_io(iommu, "unmap", ios);
		print_per_io(iommu, "invalidate", ios);
	}
}

static void print_guest(const json_t *guest)
{
	const char *verdict = json_string_value(json_object_get(guest, "verdict")) ?: "?";
	const json_t *verify = find_job(guest, "fio-verify");
	const char *data = json_string_value(json_object_get(verify, "status")) ?: "-";
	bool boots = json_is_true(json_object_get(json_object_get(guest, "boot"), "ok"));
	size_t shown = 0;

	printf("%-5s %-26s %-5s", json_string_value(json_object_get(guest, "flavour")) ?: "?",
	       json_string_value(json_object_get(guest, "machine")), boots ? "yes" : "NO");
	print_counts(count_tests(guest, "ktap"));
	print_counts(count_tests(guest, "igt"));
	printf(" %-6s %6zu %-7s", data, json_array_size(json_object_get(guest, "splats")), verdict);
	for (size_t i = 0; i < ARRAY_SIZE(block_sizes); i++) {
		char *name = xasprintf("fio-read-%s", block_sizes[i]);
		const json_t *job = find_job(guest, name);

		if (job) {
			if (shown++)
				printf("\n%*s", LEFT_WIDTH, "");
			print_fio(job, block_sizes[i]);
		}
		free(name);
	}
	putchar('\n');
}

static int is_result(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && !strcmp(e->d_name + len - 5, ".json");
}

static int is_folder(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static json_t *read_guests(const char *results)
{
	struct dirent **flavours, **files;
	json_t *guests = json_array();
	int nr_flavours, nr_files;

	nr_flavours = scandir(results, &flavours, is_folder, alphasort);
	if (nr_flavours < 0)
		die("cannot read %s: %s", results, strerror(errno));
	for (int i = nr_flavours - 1; i >= 0; i--) {
		char *dir = xasprintf("%s/%s", results, flavours[i]->d_name);

		nr_files = scandir(dir, &files, is_result, alphasort);
		for (int j = 0; j < nr_files; j++) {
			char *path = xasprintf("%s/%s", dir, files[j]->d_name);

			json_array_append_new(guests, read_json(path));
			free(path);
			free(files[j]);
		}
		if (nr_files >= 0)
			free(files);
		free(dir);
		free(flavours[i]);
	}
	free(flavours);
	return guests;
}

static json_t *machine_description(void)
{
	char *cpuinfo = read_file("/proc/cpuinfo", NULL), *model = NULL, *line, *next = cpuinfo;
	struct utsname host;
	json_t *machine;

	while ((line = strsep(&next, "\n")))
		if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
			model = strchr(line, ':') + 2;
			break;
		}
	uname(&host);
	machine = json_pack("{s:s, s:i, s:f, s:s, s:s}", "cpu", model ?: host.machine, "cores",
			    (int)sysconf(_SC_NPROCESSORS_ONLN), "memory_gib",
			    sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1 << 30),
			    "kernel", host.release, "arch", host.machine);
	free(cpuinfo);
	return machine;
}

/* stages.tsv: stage, budget in s, used in s, result; the first line is the heading. */
static json_t *read_stages(const char *path)
{
	char *data = read_file(path, NULL), *next = data, *line;
	json_t *stages = json_array();

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	strsep(&next, "\n");
	while ((line = strsep(&next, "\n")) && *line) {
		char *name = strsep(&line, "\t"), *budget = strsep(&line, "\t");
		char *used = strsep(&line, "\t");

		if (!line)
			die("%s: a line has less than four columns", path);
		json_array_append_new(stages, json_pack("{s:s, s:i, s:i, s:s}", "stage", name,
							"budget_seconds", atoi(budget), "seconds",
							atoi(used), "result", line));
	}
	free(data);
	return stages;
}

/* Adds one to @object's number @key. */
static void count(json_t *object, const char *key)
{
	json_t *n = json_object_get(object, key);

	json_object_set_new(object, key, json_integer(json_integer_value(n) + 1));
}

/*
 * How many objects a JSON Lines file holds; @counts, if wanted, gets a number
 * for each value of @field.
 */
static size_t read_lines(const char *dir, const char *name, json_t *counts, const char *field)
{
	char *path = xasprintf("%s/%s", dir, name), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0, n = 0;
	json_error_t err;
	json_t *object;

	if (!f)
		die("cannot read %s: %s", path, strerror(errno));
	while (getline(&line, &room, f) > 0) {
		object = json_loads(line, 0, &err);
		if (!object)
			die("%s:%zu: %s", path, n + 1, err.text);
		if (counts)
			count(counts, json_string_value(json_object_get(object, field)) ?: "?");
		json_decref(object);
		n++;
	}
	fclose(f);
	free(line);
	free(path);
	return n;
}

static json_t *read_audit(const char *dir)
{
	json_t *verdicts = json_object();
	size_t sites = read_lines(dir, "sites.jsonl", verdicts, "verdict");

	return json_pack("{s:I, s:I, s:o}", "sites", (json_int_t)sites, "unparsed_files",
			 (json_int_t)read_lines(dir, "unparsed.jsonl", NULL, NULL), "verdicts",
			 verdicts);
}

static void print_audit(const json_t *audit)
{
	const char *verdict, *separator = "";
	json_t *n;

	printf("audit: %lld mapping sites, %lld files not parsed; ",
	       (long long)json_integer_value(json_object_get(audit, "sites")),
	       (long long)json_integer_value(json_object_get(audit, "unparsed_files")));
	json_object_foreach(json_object_get(audit, "verdicts"), verdict, n) {
		printf("%s%s %lld", separator, verdict, (long long)json_integer_value(n));
		separator = ", ";
	}
	putchar('\n');
}

static bool print_guests(const json_t *guests)
{
	const json_t *guest;
	bool good = true;
	size_t i;

	printf("%*s %-21s IOMMU requests per I/O\n", LEFT_WIDTH, "", "fio read, QD64");
	printf("%-5s %-26s %-5s %-11s %-11s %-6s %6s %-7s %-5s %8s %7s %7s %7s %7s\n", "", "machine",
	       "boots", "KUnit p/f/s", "IGT p/f/s", "verify", "splats", "verdict", "block", "IOPS",
	       "MB/s", "map", "unmap", "inval");
	json_array_foreach(guests, i, guest) {
		print_guest(guest);
		if (strcmp(json_string_value(json_object_get(guest, "verdict")) ?: "", "pass"))
			good = false;
	}
	return good;
}

static void print_failures(const json_t *guests)
{
	const json_t *guest, *job, *failure, *splat;
	size_t i, j, k;

	json_array_foreach(guests, i, guest) {
		const char *machine = json_string_value(json_object_get(guest, "machine"));

		json_array_foreach(json_object_get(guest, "jobs"), j, job) {
			const char *why = json_string_value(json_object_get(job, "why"));
			const char *status = json_string_value(json_object_get(job, "status"));

			if (!strcmp(status ?: "", "pass"))
				continue;
			printf("%s: %s: %s: %s\n", machine,
			       json_string_value(json_object_get(job, "name")), status, why ?: "");
			json_array_foreach(json_object_get(job, "failures"), k, failure)
				printf("  %s\n", json_string_value(failure));
		}
		json_array_foreach(json_object_get(guest, "splats"), j, splat)
			printf("%s: splat: %s\n", machine,
			       json_string_value(json_object_get(splat, "text")));
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "results", required_argument, NULL, 'r' },
		{ "audit", required_argument, NULL, 'a' },
		{ "stages", required_argument, NULL, 's' },
		{ "out", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *results = NULL, *audit = NULL, *stages = NULL, *out = NULL;
	json_t *all = json_object(), *guests;
	bool good;
	FILE *f;
	int opt;

	progname = "summary";
	while ((opt = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (opt) {
		case 'r':
			results = optarg;
			break;
		case 'a':
			audit = optarg;
			break;
		case 's':
			stages = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!results || !out || optind < argc) {
		fputs(usage, stderr);
		return 2;
	}

	guests = read_guests(results);
	good = print_guests(guests);
	print_failures(guests);

	json_object_set_new(all, "host", machine_description());
	json_object_set(all, "info", json_object_get(json_array_get(guests, 0), "info"));
	json_object_set_new(all, "guests", guests);
	if (audit) {
		json_object_set_new(all, "audit", read_audit(audit));
		print_audit(json_object_get(all, "audit"));
	}
	if (stages)
		json_object_set_new(all, "stages", read_stages(stages));
	f = file_begin(out);
	json_dumpf(all, f, JSON_INDENT(1));
	file_commit(f, out);
	json_decref(all);
	return good ? 0 : 1;
}
