// SPDX-License-Identifier: GPL-2.0
/* Feeds vm-run's parsers with text as programs, kernels and QEMU print it. */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "guest.h"
#include "load.h"
#include "machine.h"
#include "matrix.h"
#include "result.h"
#include "splat.h"
#include "tree.h"
#include "util.h"

static int passed, failed;

#define check(what, condition) check_at(__LINE__, what, condition)

static void check_at(int line, const char *what, bool good)
{
	printf("%s - %s\n", good ? "ok" : "not ok", what);
	passed += good;
	failed += !good;
	if (!good)
		printf("# line %d\n", line);
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void check_text(const char *what, const char *got, const char *expected)
{
	check(what, same(got, expected));
	if (!same(got, expected))
		printf("# got \"%s\"\n# not \"%s\"\n", got ?: "", expected ?: "");
}

/* A configuration file of the given text; the name is gone when it is read. */
static struct conf *conf_of(struct conf *(*read)(const char *path), const char *text)
{
	char path[] = "/tmp/vm-test-XXXXXX";
	int fd = mkstemp(path);
	struct conf *conf;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("%s: %s", path, strerror(errno));
	close(fd);
	conf = read(path);
	unlink(path);
	return conf;
}

static struct job job = { .name = "job" };

static struct result parse(enum job_kind kind, const char *output, const char *end)
{
	struct result r = { .job = &job };

	job.kind = kind;
	text_add(&r.output, output, strlen(output));
	result_parse(&r, end);
	return r;
}

#define SUITE "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: suite\n"
#define FIO_JSON(error, ios) \
	"{\n\"jobs\": [{\"error\": " error ", \"read\": {\"total_ios\": " ios ", \"iops\": 2.5, " \
	"\"bw_bytes\": 10240, \"io_bytes\": 28672}, \"write\": {\"total_ios\": 1, " \
	"\"iops\": 0.5, \"bw_bytes\": 2048, \"io_bytes\": 4096}}]}\n"

/* What a job comes to: "passed/failed/skipped status: why". */
static const struct {
	const char *what;
	enum job_kind kind;
	const char *output, *end, *expected;
} ends[] = {
	{ "ktap: two documents", JOB_KTAP,
	  SUITE "    1..1\n    ok 1 a\nok 1 suite\n" SUITE "    1..1\n    ok 1 a\nok 1 suite\n",
	  "exited 0", "2/0/0 pass" },
	{ "ktap: nothing", JOB_KTAP, "",
	  "exited 0", "0/0/0 error: the output holds no test result" },
	{ "ktap: results missing", JOB_KTAP, SUITE "    1..3\n    ok 1 a\nok 1 suite\n",
	  "exited 0", "1/1/0 fail: 1 of 2 tests failed" },
	{ "ktap: cut off", JOB_KTAP, SUITE "    1..2\n    ok 1 a\n",
	  "exited 0", "1/2/0 fail: 2 of 3 tests failed" },
	{ "ktap: a planned suite that ran nothing", JOB_KTAP, SUITE "    1..2\nok 1 suite\n",
	  "exited 0", "0/1/0 fail: 1 of 1 tests failed" },
	{ "ktap: the suite itself fails", JOB_KTAP,
	  SUITE "    1..1\n    ok 1 a\nnot ok 1 suite\n",
	  "exited 0", "1/1/0 fail: 1 of 2 tests failed" },
	{ "ktap: all skipped", JOB_KTAP, SUITE "    1..1\n    ok 1 a # SKIP b\nok 1 suite\n",
	  "exited 0", "0/0/1 skip: every test was skipped" },
	{ "ktap: the reader failed", JOB_KTAP, "KTAP version 1\n1..1\nok 1 a\n",
	  "exited 1", "1/0/0 error: exit status 1" },
	{ "ktap: over the limit", JOB_KTAP, "",
	  "timeout", "0/0/0 fail: time limit exceeded" },

	{ "igt: no subtests", JOB_IGT, "SUCCESS (0.010s)\n",
	  "exited 0", "1/0/0 pass" },
	{ "igt: skip before any subtest", JOB_IGT, "Test requirement: root\n",
	  "exited 77", "0/0/0 skip: Test requirement: root" },
	{ "igt: skip that says why", JOB_IGT, "Test requirement: fd >= 0\nno card\nLast errno: 2\n",
	  "exited 77", "0/0/0 skip: no card" },
	{ "igt: skip with an error only", JOB_IGT, "Test requirement: fd >= 0\nLast errno: 2, No\n",
	  "exited 77", "0/0/0 skip: Test requirement: fd >= 0" },
	{ "igt: every subtest skipped", JOB_IGT, "Subtest a: SKIP (0.000s)\n",
	  "exited 77", "0/0/1 skip: every test was skipped" },
	{ "igt: dies in a subtest", JOB_IGT, "Starting subtest: a\n",
	  "exited 139", "0/1/0 fail: 1 of 1 tests failed" },
	{ "igt: crash", JOB_IGT, "Subtest a: CRASH (0.1s)\n",
	  "exited 98", "0/1/0 fail: 1 of 1 tests failed" },
	{ "igt: fails beside its tests", JOB_IGT, "Subtest a: SUCCESS (0.1s)\n",
	  "exited 112", "1/0/0 error: exit status 112 without a failed test" },
	{ "igt: no such program", JOB_IGT, "/igt/x: No such file or directory\n",
	  "exited 127", "0/0/0 error: exit status 127 without a failed test" },

	{ "fio: wrong data", JOB_FIO, "note: it starts\nverify: bad header\n" FIO_JSON("84", "7"),
	  "exited 1", "0/0/0 fail: wrong data: verify: bad header" },
	{ "fio: another error", JOB_FIO, FIO_JSON("5", "7"),
	  "exited 1", "0/0/0 fail: Input/output error: fio gives no detail" },
	{ "fio: nothing done", JOB_FIO, "{\n\"jobs\": [{\"error\": 0}]}\n",
	  "exited 0", "0/0/0 fail: not a single I/O was done" },
	{ "fio: no JSON", JOB_FIO, "fio: engine unknown\n",
	  "exited 1", "0/0/0 fail: exit status 1 and no JSON: fio: engine unknown" },
	{ "fio: broken JSON", JOB_FIO, "{\n\"jobs\": [",
	  "exited 0", "0/0/0 error: exit status 0 and no JSON: {" },

	{ "command: pass", JOB_COMMAND, "x\n",
	  "exited 0", "0/0/0 pass" },
	{ "command: skip", JOB_COMMAND, "x\nno device\n\n",
	  "exited 4", "0/0/0 skip: no device" },
	{ "command: fail", JOB_COMMAND, "",
	  "exited 3", "0/0/0 fail: exit status 3: " },
	{ "command: killed", JOB_COMMAND, "",
	  "killed 11", "0/0/0 fail: died: killed 11" },
};

static void test_ends(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct result r = parse(ends[i].kind, ends[i].output, ends[i].end);
		char *got = xasprintf("%zu/%zu/%zu %s%s%s", result_count(&r, STATUS_PASS),
				      result_count(&r, STATUS_FAIL), result_count(&r, STATUS_SKIP),
				      status_name(r.status), r.why ? ": " : "", r.why ?: "");

		check_text(ends[i].what, got, ends[i].expected);
		free(got);
		result_free(&r);
	}
}

/* The same for jobs with must-pass = suite.a suite.b, and with must-fail = suite.a suite.b */
struct demand {
	const char *what;
	enum job_kind kind;
	const char *output, *end, *expected;
};

static const struct demand must_pass[] = {
	{ "must pass: all do", JOB_KTAP,
	  SUITE "    1..3\n    ok 1 a1\n    ok 2 b\n    ok 3 c # SKIP x\nok 1 suite\n",
	  "exited 0", "2/0/1 pass" },
	{ "must pass: one is skipped", JOB_KTAP,
	  SUITE "    1..3\n    ok 1 a1\n    ok 2 a2 # SKIP x\n    ok 3 b\nok 1 suite\n",
	  "exited 0", "2/1/0 fail: suite.a2: must pass and was skipped: x" },
	{ "must pass: one is absent", JOB_KTAP, SUITE "    1..1\n    ok 1 a1\nok 1 suite\n",
	  "exited 0", "1/1/0 fail: suite.b: must pass and there is no such test" },
	{ "must pass: none ran", JOB_IGT, "Test requirement: root\n",
	  "exited 77", "0/2/0 fail: suite.a: must pass and there is no such test" },
};

static const struct demand must_fail[] = {
	{ "must fail: all do", JOB_KTAP,
	  SUITE "    1..3\n    not ok 1 a1\n    not ok 2 b\n    ok 3 c\nnot ok 1 suite\n",
	  "exited 0", "3/0/0 pass" },
	{ "must fail: one passes", JOB_KTAP,
	  SUITE "    1..3\n    not ok 1 a1\n    ok 2 a2\n    not ok 3 b\nnot ok 1 suite\n",
	  "exited 0", "2/1/0 fail: suite.a2: must fail and its result is pass" },
	{ "must fail: one is skipped", JOB_KTAP,
	  SUITE "    1..2\n    not ok 1 a1\n    ok 2 b # SKIP x\nnot ok 1 suite\n",
	  "exited 0", "1/1/0 fail: suite.b: must fail and its result is skip: x" },
	{ "must fail: another one does", JOB_KTAP,
	  SUITE "    1..3\n    not ok 1 a1\n    not ok 2 b\n    not ok 3 c\nnot ok 1 suite\n",
	  "exited 0", "2/1/0 fail: suite.c: " },
};

/* And for a line "t a pass/fail", a line "t b skip/skip" and nothing else. */
static const struct demand declared[] = {
	{ "matrix: as declared", JOB_IGT, "Subtest a1: FAIL (0s)\nSubtest b: SKIP (0s)\n",
	  "exited 98", "1/0/1 pass" },
	{ "matrix: passes and must fail", JOB_IGT,
	  "Subtest a1: SUCCESS (0s)\nSubtest b: SKIP (0s)\n",
	  "exited 0", "0/1/1 fail: a1: must fail and its result is pass" },
	{ "matrix: passes and must be skipped", JOB_IGT,
	  "Subtest a1: FAIL (0s)\nSubtest b: SUCCESS (0s)\n",
	  "exited 98", "1/1/0 fail: b: must skip and its result is pass" },
	{ "matrix: is not declared", JOB_IGT,
	  "Subtest a1: FAIL (0s)\nSubtest b: SKIP (0s)\nSubtest c: SUCCESS (0s)\n",
	  "exited 98", "1/1/1 fail: c: pass, and no line of the matrix is for it" },
	{ "matrix: is not there", JOB_IGT, "Subtest a1: FAIL (0s)\n",
	  "exited 98", "1/1/0 fail: b: must skip and there is no such test" },
};

static void test_demand(const struct demand *d)
{
	struct result r = parse(d->kind, d->output, d->end);
	const struct test *first = NULL;
	char *got;

	for (size_t i = r.n_tests; i-- > 0;)
		if (r.tests[i].status == STATUS_FAIL)
			first = &r.tests[i];
	got = xasprintf("%zu/%zu/%zu %s%s%s%s%s", result_count(&r, STATUS_PASS),
			result_count(&r, STATUS_FAIL), result_count(&r, STATUS_SKIP),
			status_name(r.status), first ? ": " : "", first ? first->name : "",
			first ? ": " : "", first && first->why ? first->why : "");
	check_text(d->what, got, d->expected);
	free(got);
	result_free(&r);
}

static void test_demands(void)
{
	char *names[] = { "suite.a", "suite.b", NULL };

	job.must_pass = names;
	for (size_t i = 0; i < ARRAY_SIZE(must_pass); i++)
		test_demand(&must_pass[i]);
	job.must_pass = NULL;
	job.must_fail = names;
	for (size_t i = 0; i < ARRAY_SIZE(must_fail); i++)
		test_demand(&must_fail[i]);
	job.must_fail = NULL;
}

#define MATRIX "# what it is\ntest subtest m1 m2\nt a fail/pass pass/fail/pass\nt b pass/pass skip/skip\n"

static void test_matrix(void)
{
	char path[] = "/tmp/vm-test-XXXXXX";
	int fd = mkstemp(path);
	struct job other = { .test = "u", .attribute = "on", .must_pass = words_split(""),
			     .must_fail = words_split(""), .must_skip = words_split("") };
	struct job edu = { .test = "t", .attribute = "edu", .must_pass = words_split(""),
			   .must_fail = words_split(""), .must_skip = words_split("") };
	struct job none = { .test = "t" };
	struct matrix *m;

	if (fd < 0 || write(fd, MATRIX, strlen(MATRIX)) != (ssize_t)strlen(MATRIX))
		die("%s: %s", path, strerror(errno));
	close(fd);
	m = matrix_read(path);
	unlink(path);
	job.test = "t";
	job.attribute = "on";
	job.must_pass = words_split("");
	job.must_fail = words_split("");
	job.must_skip = words_split("");
	job.next = &other;
	other.next = &edu;
	edu.next = &none;
	matrix_demand(m, "m3", &job);
	check("matrix: a machine without a column", !job.declared && !*job.must_pass);
	matrix_demand(m, "m2", &job);
	check("matrix: another test", other.declared && !*other.must_pass);
	check("matrix: a job without an attribute", !none.declared);
	check("matrix: a third outcome",
	      same(edu.must_pass[0], "a") && !edu.must_pass[1] && !*edu.must_fail);
	check("matrix: no third outcome", same(edu.must_skip[0], "b") && !edu.must_skip[1]);
	for (size_t i = 0; i < ARRAY_SIZE(declared); i++)
		test_demand(&declared[i]);
	for (struct job *j = &job; j != &none; j = j->next) {
		words_free(j->must_pass);
		words_free(j->must_fail);
		words_free(j->must_skip);
	}
	job = (struct job){ .name = "job" };
	matrix_free(m);
}

static bool test_is(const struct result *r, size_t i, const char *name, enum status status,
		    const char *why)
{
	const struct test *t = &r->tests[i];

	if (i < r->n_tests && same(t->name, name) && t->status == status && same(t->why, why))
		return true;
	if (i < r->n_tests)
		printf("# got \"%s\", %s, \"%s\"\n", t->name, status_name(t->status), t->why ?: "");
	return false;
}

static void test_ktap(void)
{
	static const char nested[] = SUITE
		"    1..3\n"
		"    ok 1 plain\n"
		"        KTAP version 1\n"
		"        # Subtest: with\n"
		"        ok 1 one\n"
		"    # with: EXPECTATION FAILED at file.c:3\n"
		"    Expected 1 == 2\n"
		"        not ok 2 two\n"
		"    # with: pass:1 fail:1 skip:0 total:2\n"
		"    not ok 2 with\n"
		"    ok 3 - absent # SKIP no device\n"
		"not ok 1 suite\n";
	static const char why[] = "with: EXPECTATION FAILED at file.c:3; Expected 1 == 2";
	struct result r = parse(JOB_KTAP, nested, "exited 0");

	check("ktap: only the bottom counts", r.n_tests == 4);
	check("ktap: a case", test_is(&r, 0, "suite.plain", STATUS_PASS, NULL));
	check("ktap: a parameter", test_is(&r, 1, "suite.with.one", STATUS_PASS, NULL));
	check("ktap: a failure", test_is(&r, 2, "suite.with.two", STATUS_FAIL, why));
	check("ktap: a skip", test_is(&r, 3, "suite.absent", STATUS_SKIP, "no device"));
	result_free(&r);

	r = parse(JOB_KTAP, "# of the boot\nKTAP version 1\n1..1\n# of it\nnot ok 1 a\n",
		  "exited 0");
	check("ktap: not what stands before", test_is(&r, 0, "a", STATUS_FAIL, "of it"));
	result_free(&r);
}

static void test_igt(void)
{
	static const char output[] =
		"IGT-Version: 1.27.1 (x86_64) (Linux: 7.3.4 x86_64)\n"
		"Starting subtest: good\n"
		"Subtest good: SUCCESS (0.001s)\n"
		"Starting subtest: bad\n"
		"(t:1) CRITICAL: Failed assertion: a == b\n"
		"Subtest bad: FAIL (0.100s)\n"
		"Starting subtest: absent\n"
		"Test requirement: fd >= 0\n"
		"Subtest absent: SKIP (0.000s)\n"
		"Starting subtest: many\n"
		"Starting dynamic subtest: one\n"
		"Dynamic subtest one: SUCCESS (0.000s)\n"
		"Starting dynamic subtest: two\n"
		"Dynamic subtest two: FAIL (0.000s)\n"
		"Subtest many: FAIL (0.001s)\n";
	struct result r = parse(JOB_IGT, output, "exited 98");

	check("igt: every subtest once", r.n_tests == 5);
	check("igt: success", test_is(&r, 0, "good", STATUS_PASS, NULL));
	check("igt: failure", test_is(&r, 1, "bad", STATUS_FAIL, "Failed assertion: a == b"));
	check("igt: skip", test_is(&r, 2, "absent", STATUS_SKIP, "Test requirement: fd >= 0"));
	check("igt: dynamic success", test_is(&r, 3, "many@one", STATUS_PASS, NULL));
	check("igt: dynamic failure", test_is(&r, 4, "many@two", STATUS_FAIL, NULL));
	result_free(&r);
}

static void test_fio(void)
{
	struct result r = parse(JOB_FIO, "note: two lines\n" FIO_JSON("0", "7"), "exited 0");

	check("fio: ios", r.fio.ios == 8 && r.fio.bytes == 32768);
	check("fio: rates", r.fio.iops == 3.0 && r.fio.bytes_per_second == 12288.0);
	check("fio: pass", r.status == STATUS_PASS);
	result_free(&r);
}

static void test_figures(void)
{
	struct result r = parse(JOB_COMMAND, "figure: a-1 2.5\nfigure: no number\n"
				"a figure: b 1\nfigure: c 7\n", "exited 0");

	check("figures: two of four lines", r.n_figures == 2);
	check("figures: names", r.n_figures == 2 && !strcmp(r.figures[0].name, "a-1") &&
	      !strcmp(r.figures[1].name, "c"));
	check("figures: values", r.n_figures == 2 && r.figures[0].value == 2.5 &&
	      r.figures[1].value == 7);
	result_free(&r);
}

/* True when the line @text, alone on a console, is a splat. */
static bool is_splat(const struct conf *allow, const char *text)
{
	char *console = xasprintf("[    1.000000] harmless\r\n[    1.500000] %s\r\n", text);
	struct splats s = splats_find(console, allow);
	bool found = s.n == 1 && s.v[0].line == 2 && same(s.v[0].text, text) &&
		     splats_bad(&s) == 1;

	splats_free(&s);
	free(console);
	return found;
}

static void test_splats(void)
{
	static const char *const splats[] = {
		"BUG: KASAN: slab-out-of-bounds in f+0x1/0x2",
		"BUG: KCSAN: data-race in f / g",
		"BUG: sleeping function called from invalid context at f.c:1",
		"watchdog: BUG: soft lockup - CPU#0 stuck for 26s!",
		"kernel BUG at mm/slub.c:1!",
		"BUG task_struct (Not tainted): Redzone overwritten",
		"virtio_iommu virtio0: page fault from EP 8 at 0x1000 [r]",
		"DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr 0x1000",
		"nvme 0000:00:04.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0001 "
		"address=0x1000 flags=0x0030]",
		"WARNING: mm/slub.c:1 at f+0x1/0x2, CPU#1: t/1",
		"WARNING: possible circular locking dependency detected",
		"UBSAN: array-index-out-of-bounds in f.c:1:2",
		"INFO: task fio:1 blocked for more than 120 seconds.",
		"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
		"kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
		"DMA-API: debugging out of memory - disabling",
		"DMA-API: cacheline tracking ENOMEM, dma-debug disabled",
		"kmemleak: Kernel memory leak detector disabled",
		"Oops: general protection fault, 0000 [#1] SMP",
		"Kernel panic - not syncing: Fatal exception",
	};
	static const char *const harmless[] = {
		"Initialized debugging", "DMA-API: preallocated 65536 debug entries",
		"kmemleak: Kernel memory leak detector initialized "
		"(mem pool available: 15000)",
		"kmemleak: Automatic memory scanning thread started",
	};
	struct conf *allow =
		conf_of(allow_read, "[a]\nmatch = ^WARNING: known\njob = two\nreason = r\n"
				    "[b]\nmatch = ^Oops\nsuite = s\njob = kunit\nreason = q\n");
	static const char console[] =
		"[    0.100000] WARNING: known\n"
		"[    0.200000] KTAP version 1\n"
		"[    0.210000]     # Subtest: s\n"
		"[    0.220000] Oops: 1\n"
		"[    0.230000] ok 1 s\n"
		"[    0.240000] Oops: 2\n"
		"[    1.000000][    T1] iobounce-job: one\n"
		"[    1.100000][    T1] WARNING: known\n"
		"[    2.000000][    T1] iobounce-job: two\n"
		"[    2.100000][    T1] WARNING: known\n";
	struct splats s = splats_find(console, allow);

	for (size_t i = 0; i < ARRAY_SIZE(splats); i++)
		check(splats[i], is_splat(allow, splats[i]));
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		check(harmless[i], !is_splat(allow, harmless[i]));
	check("splats: all found", s.n == 5);
	check("splats: two allowed", splats_bad(&s) == 3);
	check("splats: boot", same(s.v[0].job, "boot") && !s.v[0].reason);
	check("splats: suite", same(s.v[1].suite, "s") && same(s.v[1].reason, "q"));
	check("splats: behind the suite", same(s.v[2].suite, "") && !s.v[2].reason);
	check("splats: another job", same(s.v[3].job, "one") && !s.v[3].reason);
	check("splats: the job", same(s.v[4].job, "two") && same(s.v[4].reason, "r"));
	splats_free(&s);
	conf_free(allow);
}

static void test_machines(void)
{
	struct conf *conf = conf_of(machines_read,
		"[.base]\nqemu = q\nplatform = p\ntcg = t\ndisk = /dev/x\nappend = one\ndevices = d\n"
		"drive = r\n"
		"[m]\nlike = .base\nappend = two\nplatform = other\nunmap-events = unmap\nrequests = none\n"
		"[n]\nlike = m\nappend = three\nmap-events = map\n"
		"[o]\nlike = m\nrequests = 0.02\ndevice-tree-without = x y\n");
	struct machine *m = machine_find(conf, "n"), *few = machine_find(conf, "o");

	check("machine: inherits",
	      same(m->qemu, "q") && same(m->devices, "d") && same(m->disk, "/dev/x") &&
	      same(m->drive, "r"));
	check("machine: overrides", same(m->platform, "other"));
	check("machine: adds up the parameters", same(m->append, " one two three"));
	check("machine: no KVM unless given", !*m->kvm);
	check("machine: requests", m->requests == REQUESTS_NONE);
	check("machine: a few requests", few->requests == REQUESTS_FEW && few->few == 0.02);
	check("machine: QEMU's device tree, or less",
	      !m->tree_without && same(few->tree_without, "x y"));
	check("machine: a base is none", !machine_find(conf, ".base"));
	check("machine: unknown", !machine_find(conf, "x"));
	machine_free(few);
	machine_free(m);
	conf_free(conf);
}

/* A node in another, and a property of the same name in both. */
static void test_trees(void)
{
	char tree[512];
	int length = 0, dropped;

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property(tree, "coherent", NULL, 0);
	fdt_begin_node(tree, "bus");
	fdt_property_string(tree, "name", "x");
	fdt_property(tree, "coherent", NULL, 0);
	fdt_property_u32(tree, "last", 3);
	fdt_end_node(tree);
	fdt_end_node(tree);
	check("tree: made", !fdt_finish(tree));

	dropped = tree_drop(tree, "coherent");
	int bus = fdt_subnode_offset(tree, 0, "bus");

	check("tree: both nodes lose it", dropped == 2 && !fdt_getprop(tree, 0, "coherent", NULL) &&
	      !fdt_getprop(tree, bus, "coherent", NULL));
	check("tree: the rest stays", same(fdt_getprop(tree, bus, "name", NULL), "x") &&
	      fdt_getprop(tree, bus, "last", &length) && length == 4);
	check("tree: nothing to lose", !tree_drop(tree, "coherent"));
}

static bool unknown_job(const struct conf *conf, const char *names, const char *which)
{
	char *unknown = NULL;
	struct job *jobs = jobs_find(conf, names, "/dev/x", &unknown);
	bool good = !jobs && same(unknown, which);

	free(unknown);
	jobs_free(jobs);
	return good;
}

/* Of the jobs "a" with @a, "b", which wants nothing, and "c" with @c. */
static bool conflict(const char *a, const char *c, const char *why)
{
	struct job jobs[] = {
		{ .name = "a", .append = a, .next = &jobs[1] },
		{ .name = "b", .append = "", .next = &jobs[2] },
		{ .name = "c", .append = c },
	};
	char *got = jobs_conflict(jobs);
	bool good = why ? got && same(got, why) : !got;

	free(got);
	return good;
}

static void test_conflicts(void)
{
	check("job: another value", conflict("quiet x=1 y=2", "y=3 x=1",
					     "jobs 'a' and 'c' want y=2 and y=3"));
	check("job: the same value", conflict("x=1 quiet", "quiet x=1", NULL));
	check("job: a longer name", conflict("x=1", "xx=2 x.y=2 x", NULL));
}

static void test_jobs(void)
{
	struct conf *conf = conf_of(jobs_read,
		"[one]\nkind = command\ncommand = a * 'b c' if=%disk:%disk\n"
		"[read-*]\nkind = fio\nvalues = 4k 16k\n"
		"command = fio --bs=* x\nwarm-up = w *\ncount = c *\nlimit = 7\n"
		"[igt-*]\nkind = igt\ncommand = /igt/*\ncount =\nmust-pass = a b-\n");
	char *unknown = NULL;
	struct job *jobs = jobs_find(conf, "read-16k,one,igt-a_b", "/dev/x", &unknown);
	struct job *one = jobs->next;

	check("job: value filled in",
	      same(jobs->command[1], "--bs=16k") && same(jobs->warm_up[1], "16k"));
	check("job: requests counted apart", same(jobs->count[1], "16k") && !one->count);
	check("job: requests never counted", one->next->count && !*one->next->count);
	check("job: limits", jobs->limit == 7 && jobs->boot_limit == 120);
	check("job: order and fixed name", same(one->name, "one") && same(one->command[1], "*"));
	check("job: quotes", same(one->command[2], "b c") && !one->warm_up);
	check("job: the machine's disk", same(one->command[3], "if=/dev/x:/dev/x"));
	check("job: any value", same(one->next->command[0], "/igt/a_b") && !one->next->next);
	check("job: must pass", same(one->next->must_pass[1], "b-") && !one->must_pass[0]);
	jobs_free(jobs);

	check("job: unknown", unknown_job(conf, "one,two", "two"));
	check("job: value not listed", unknown_job(conf, "read-8k", "read-8k"));
	check("job: no value", unknown_job(conf, "igt-", "igt-"));
	check("job: no path", unknown_job(conf, "igt-../x", "igt-../x"));
	conf_free(conf);
}

static void test_trace(void)
{
	static const char log[] =
		"map a=1 b=2\nunmap x\nmap_done y\nunmap\nmap c\ninv q\nother map\n";
	const struct machine m = {
		.map_events = "map", .unmap_events = "unmap", .invalidate_events = "inv flush"
	};
	struct trace t;
	int wrong = 0;

	/* Cut at every place. */
	for (size_t cut = 0; cut < sizeof(log); cut++) {
		trace_init(&t, &m);
		trace_add(&t, log, cut);
		trace_add(&t, log + cut, sizeof(log) - 1 - cut);
		wrong += t.counts.map != 2 || t.counts.unmap != 2 || t.counts.invalidate != 1;
		trace_free(&t);
	}
	check("trace: counted wherever it is cut", !wrong);
}

/* What counts say against a machine that counts maps and invalidations. */
static void test_requests(void)
{
	static const struct {
		const char *what;
		enum requests requests;
		long long ios;
		struct counts counts;
		const char *expected;
	} rows[] = {
		{ "requests: some", REQUESTS_SOME, 0, { .map = 1, .invalidate = 1 }, NULL },
		{ "requests: a kind is missing", REQUESTS_SOME, 0, { .map = 1 },
		  "no invalidate request reached the IOMMU" },
		{ "requests: none", REQUESTS_NONE, 0, {}, NULL },
		{ "requests: too many", REQUESTS_NONE, 0, { .map = 3 },
		  "3 map requests reached the IOMMU, none expected" },
		{ "requests: any", REQUESTS_ANY, 0, {}, NULL },
		{ "requests: few", REQUESTS_FEW, 200, { .map = 1, .invalidate = 1 }, NULL },
		{ "requests: more than a few", REQUESTS_FEW, 200, { .map = 2, .invalidate = 1 },
		  "3 requests reached the IOMMU for 200 I/Os, at most 0.01 for each expected" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct machine m = {
			.map_events = "map", .unmap_events = "", .invalidate_events = "inv",
			.requests = rows[i].requests, .few = 0.01
		};
		char *got = counts_contradict(rows[i].counts, rows[i].ios, &m);

		check_text(rows[i].what, got, rows[i].expected);
		free(got);
	}
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Keeps a processor busy for half a second, a millisecond at a time, and ends. */
static void burn(void)
{
	double until = 0;

	while (until < 0.5) {
		until += 0.001;
		while (cpu_seconds() < until)
			;
		usleep(1000);
	}
	_exit(0);
}

/* What a process does that is nobody's child, or else ours, and is told by closing @ends. */
static void burn_as(bool orphan, const int ends[2])
{
	char nothing;
	pid_t pid = fork();

	if (!pid && orphan && fork())
		_exit(0);
	if (!pid)
		burn();
	close(ends[1]);
	waitpid(pid, NULL, 0);
	if (read(ends[0], &nothing, 1))
		die("somebody writes to a pipe of ours");
	close(ends[0]);
}

/* Whatever else runs here meanwhile only makes it more. */
static void test_load(void)
{
	for (int orphan = 0; orphan < 2; orphan++) {
		struct load before = load_now();
		int ends[2];

		if (pipe(ends))
			die("pipe: %s", strerror(errno));
		burn_as(orphan, ends);
		check(orphan ? "load: a process of others counts" :
			       "load: a child of ours takes nothing off it",
		      load_since(before).others >= (orphan ? 0.45 : -0.05));
	}
}

int main(void)
{
	progname = "vm-test";
	test_ends();
	test_demands();
	test_matrix();
	test_ktap();
	test_igt();
	test_fio();
	test_figures();
	test_splats();
	test_machines();
	test_trees();
	test_jobs();
	test_conflicts();
	test_trace();
	test_requests();
	test_load();
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
