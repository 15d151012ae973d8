// SPDX-License-Identifier: GPL-2.0
/*
 * summary: what the guests and the audit found, as one table on stdout and as
 * one JSON file.
 *
 * It reads the RESULTS/<flavour>/<machine>.json that vm-run wrote of each guest
 * that the plan has for the road, and what dma-audit found; it judges nothing
 * itself, except that it exits with 1 when a guest or the audit has no result,
 * or a guest's verdict is not "pass".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include "json.h"
#include "options.h"
#include "util.h"

static const char usage[] =
	"usage: summary --plan FILE --road NAME --results DIR [--audit DIR]\n"
	"               [--stages FILE] --out FILE\n";

/* The block sizes of the 2021 series; a job fio-read-SIZE gives a line each. */
static const char *const block_sizes[] = { "4k", "16k", "64k", "128k" };

/* The columns before fio's. */
#define LEFT_WIDTH	79

/* The string @key of @object, "?" when there is none. */
static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "?";
}

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

struct counts {
	json_int_t passed, failed, skipped;
	bool any;
};

/* Numbers of every job of one kind; a job that never reported counts as failed. */
static struct counts count_tests(const json_t *guest, const char *kind)
{
	struct counts c = { 0 };
	json_t *job, *tests;
	size_t i;

	json_array_foreach(json_object_get(guest, "jobs"), i, job) {
		if (strcmp(text(job, "kind"), kind))
			continue;
		c.any = true;
		tests = json_object_get(job, "tests");
		c.passed += json_integer_value(json_object_get(tests, "passed"));
		c.failed += json_integer_value(json_object_get(tests, "failed"));
		c.skipped += json_integer_value(json_object_get(tests, "skipped"));
		if (!strcmp(text(job, "status"), "error"))
			c.failed++;
	}
	return c;
}

static const json_t *find_job(const json_t *guest, const char *name)
{
	json_t *job;
	size_t i;

	json_array_foreach(json_object_get(guest, "jobs"), i, job)
		if (!strcmp(text(job, "name"), name))
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

/* A kind of request that the machine does not count is null. */
static void print_per_io(const json_t *iommu, const char *request, double ios)
{
	const json_t *n = json_object_get(iommu, request);

	if (json_is_integer(n))
		printf(" %7.2f", json_integer_value(n) / ios);
	else
		printf(" %7s", "-");
}

/* IOPS, MB/s and IOMMU requests per I/O of one fio job. */
static void print_fio(const json_t *job, const char *size)
{
	const json_t *fio = json_object_get(job, "fio");
	const json_t *iommu = json_object_get(job, "iommu");
	double ios = json_integer_value(json_object_get(iommu, "ios"));

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
	const char *verdict = text(guest, "verdict");
	const json_t *verify = find_job(guest, "fio-verify");
	const char *data = json_string_value(json_object_get(verify, "status")) ?: "-";
	bool boots = json_is_true(json_object_get(json_object_get(guest, "boot"), "ok"));
	size_t shown = 0;

	printf("%-5s %-26s %-5s", text(guest, "flavour"),
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

/* The guests of @road in the plan's order; one that left no result has no verdict. */
static json_t *read_guests(const char *plan, const char *road, const char *results)
{
	char *data = read_file(plan, NULL), *next = data, *line;
	char in[32], flavour[32], machine[64];
	json_t *guests = json_array();

	if (!data)
		die("cannot read %s: %s", plan, strerror(errno));
	while ((line = strsep(&next, "\n"))) {
		char *path;

		if (sscanf(line, "%31s %31s %63s", in, flavour, machine) != 3 || strcmp(in, road))
			continue;
		path = xasprintf("%s/%s/%s.json", results, flavour, machine);
		json_array_append_new(guests, access(path, F_OK)
						      ? json_pack("{s:s, s:s}", "flavour", flavour,
								  "machine", machine)
						      : read_json(path));
		free(path);
	}
	if (!json_array_size(guests))
		die("%s has no guest for '%s'", plan, road);
	free(data);
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

/* The objects of a JSON Lines file. */
static json_t *read_lines(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), *line = NULL;
	json_t *all = json_array(), *object;
	FILE *f = fopen(path, "re");
	json_error_t err;
	size_t room = 0;

	if (!f)
		die("cannot read %s: %s", path, strerror(errno));
	while (getline(&line, &room, f) > 0) {
		object = json_loads(line, 0, &err);
		if (!object)
			die("%s:%zu: %s", path, json_array_size(all) + 1, err.text);
		json_array_append_new(all, object);
	}
	fclose(f);
	free(line);
	free(path);
	return all;
}

/* How often @field has each of its values. */
static json_t *count_values(const json_t *objects, const char *field)
{
	json_t *counts = json_object(), *object;
	size_t i;

	json_array_foreach(objects, i, object) {
		const char *value = text(object, field);
		json_int_t n = json_integer_value(json_object_get(counts, value));

		json_object_set_new(counts, value, json_integer(n + 1));
	}
	return counts;
}

/* NULL when the audit ended without findings. */
static json_t *read_audit(const char *dir)
{
	json_t *sites, *unparsed, *files, *object, *audit;
	json_int_t calls = 0;
	size_t i;

	if (access(dir, F_OK))
		return NULL;
	sites = read_lines(dir, "sites.jsonl");
	/* A file has a line for each function that could not be read. */
	unparsed = read_lines(dir, "unparsed.jsonl");
	files = count_values(unparsed, "file");
	json_array_foreach(unparsed, i, object)
		calls += json_array_size(json_object_get(object, "calls"));
	audit = json_pack("{s:I, s:{s:I, s:I}, s:o}", "sites", (json_int_t)json_array_size(sites),
			  "unparsed", "files", (json_int_t)json_object_size(files), "calls", calls,
			  "verdicts", count_values(sites, "verdict"));
	json_decref(files);
	json_decref(unparsed);
	json_decref(sites);
	return audit;
}

static void print_audit(const json_t *audit)
{
	const json_t *unparsed = json_object_get(audit, "unparsed");
	const char *verdict, *separator = "";
	json_t *n;

	printf("audit: %lld mapping sites, %lld calls in %lld files not parsed; ",
	       (long long)json_integer_value(json_object_get(audit, "sites")),
	       (long long)json_integer_value(json_object_get(unparsed, "calls")),
	       (long long)json_integer_value(json_object_get(unparsed, "files")));
	json_object_foreach(json_object_get(audit, "verdicts"), verdict, n) {
		printf("%s%s %lld", separator, verdict, (long long)json_integer_value(n));
		separator = ", ";
	}
	putchar('\n');
}

/* Of the first guest that has a result: what was built, and when; else NULL. */
static json_t *find_info(const json_t *guests)
{
	json_t *guest;
	size_t i;

	json_array_foreach(guests, i, guest)
		if (json_object_get(guest, "info"))
			return json_object_get(guest, "info");
	return NULL;
}

/* What was measured, and on what. */
static void print_head(const json_t *guests, const json_t *host)
{
	json_t *accels = count_values(guests, "accel"), *n;
	const json_t *info = find_info(guests);
	const char *accel;

	printf("Linux %s, series %.12s; %s, %lld cores, %.1f GiB;", text(info, "kernel"),
	       text(info, "series"), text(host, "cpu"),
	       (long long)json_integer_value(json_object_get(host, "cores")),
	       json_number_value(json_object_get(host, "memory_gib")));
	json_object_foreach(accels, accel, n)
		if (strcmp(accel, "?"))
			printf(" %s", accel);
	puts("\n");
	json_decref(accels);
}

static bool print_guests(const json_t *guests)
{
	const json_t *guest;
	bool good = true;
	size_t i;

	printf("%*s %-21s IOMMU requests per I/O\n", LEFT_WIDTH, "", "fio read, QD64");
	printf("%-5s %-26s %-5s %-11s %-11s %-6s %6s %-7s %-5s %8s %7s %7s %7s %7s\n", "",
	       "machine", "boots", "KUnit p/f/s", "IGT p/f/s", "verify", "splats", "verdict",
	       "block", "IOPS", "MB/s", "map", "unmap", "inval");
	json_array_foreach(guests, i, guest) {
		if (!json_object_get(guest, "verdict")) {
			printf("%-5s %-26s no result\n", text(guest, "flavour"),
			       text(guest, "machine"));
			good = false;
			continue;
		}
		print_guest(guest);
		if (strcmp(text(guest, "verdict"), "pass"))
			good = false;
	}
	return good;
}

/* The GPU tests without and with the attribute; their outcomes may be failures. */
static void print_matrix(const json_t *guests)
{
	const json_t *guest, *job, *cell;
	bool any = false;
	size_t i, j;

	json_array_foreach(guests, i, guest) {
		json_array_foreach(json_object_get(guest, "jobs"), j, job) {
			cell = json_object_get(job, "cell");
			if (!cell)
				continue;
			if (!any)
				printf("\n%-5s %-26s %-22s %-9s %6s %6s %7s  %s\n", "", "machine",
				       "test", "attribute", "passed", "failed", "skipped",
				       "as declared");
			any = true;
			printf("%-5s %-26s %-22s %-9s %6lld %6lld %7lld  %s\n",
			       text(guest, "flavour"), text(guest, "machine"), text(cell, "test"),
			       text(cell, "attribute"), number(cell, "passed"),
			       number(cell, "failed"), number(cell, "skipped"),
			       strcmp(text(job, "status"), "pass") &&
			       strcmp(text(job, "status"), "skip") ? "NO" : "yes");
		}
	}
	if (any)
		putchar('\n');
}

static void print_failures(const json_t *guests)
{
	const json_t *guest, *job, *failure, *splat;
	size_t i, j, k;

	json_array_foreach(guests, i, guest) {
		char *name = xasprintf("%s %s", text(guest, "flavour"), text(guest, "machine"));

		json_array_foreach(json_object_get(guest, "jobs"), j, job) {
			const char *why = json_string_value(json_object_get(job, "why"));
			const char *status = text(job, "status");

			if (!strcmp(status, "pass"))
				continue;
			printf("%s: %s: %s: %s\n", name, text(job, "name"), status, why ?: "");
			json_array_foreach(json_object_get(job, "failures"), k, failure)
				printf("  %s\n", json_string_value(failure));
		}
		json_array_foreach(json_object_get(guest, "splats"), j, splat)
			printf("%s: splat: %s\n", name, text(splat, "text"));
		free(name);
	}
}

int main(int argc, char **argv)
{
	const char *plan = NULL, *road = NULL, *results = NULL;
	const char *audit = NULL, *stages = NULL, *out = NULL;
	const struct opt known[] = {
		{ "plan", .text = &plan },
		{ "road", .text = &road },
		{ "results", .text = &results },
		{ "audit", .text = &audit },
		{ "stages", .text = &stages },
		{ "out", .text = &out },
	};
	json_t *all = json_object(), *guests, *host, *findings;
	bool good;
	FILE *f;

	progname = "summary";
	if (options_read(argc, argv, known, ARRAY_SIZE(known), usage) != argc ||
	    !plan || !road || !results || !out) {
		fputs(usage, stderr);
		return 2;
	}

	guests = read_guests(plan, road, results);
	host = machine_description();
	print_head(guests, host);
	good = print_guests(guests);
	print_matrix(guests);
	print_failures(guests);

	json_object_set_new(all, "host", host);
	json_object_set(all, "info", find_info(guests));
	json_object_set_new(all, "guests", guests);
	if (audit) {
		findings = read_audit(audit);
		json_object_set_new(all, "audit", findings ?: json_null());
		if (findings)
			print_audit(findings);
		else
			puts("audit: no result");
		good &= !!findings;
	}
	if (stages)
		json_object_set_new(all, "stages", read_stages(stages));
	f = file_begin(out);
	json_dumpf(all, f, JSON_INDENT(1));
	file_commit(f, out);
	json_decref(all);
	return good ? 0 : 1;
}
