// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "accel.h"
#include "conf.h"
#include "guest.h"
#include "machine.h"
#include "run.h"
#include "screen.h"
#include "util.h"

/* Seconds. */
#define KVM_PROBE_LIMIT 20
#define POWER_OFF_LIMIT 60
/* For init to kill a job that is over its limit, and to say so. */
#define JOB_GRACE 20
/* Of a job that makes more requests to the IOMMU than it may. */
#define TRIES 3
/* More than any job prints; one that never stops must not eat the host's memory. */
#define OUTPUT_MAX (64UL << 20)

struct session {
	struct run *run;
	struct guest guest;
	struct text body;
	bool interrupted;
};

/*
 * Waits for a message of @type, @limit seconds at most. Any other end is the
 * guest's death and is written to run->error.
 */
static bool expect(struct session *s, enum vm_type type, double limit)
{
	enum vm_type got = 0;
	enum guest_event event = guest_wait(&s->guest, now_seconds() + limit, &got, &s->body);

	if (event == GUEST_MESSAGE && got == type)
		return true;
	if (event == GUEST_INTERRUPTED)
		s->interrupted = true;
	else
		s->run->error = guest_obituary(&s->guest, event, limit);
	return false;
}

static bool boot(struct session *s, const char *accel, double limit)
{
	struct run *run = s->run;
	char *append = xasprintf("%s %s", run->machine->append, run->append);
	double start = now_seconds();

	for (const struct job *job = run->jobs; job; job = job->next) {
		char *longer = xasprintf("%s %s", append, job->append);

		free(append);
		append = longer;
		limit = job->boot_limit > limit ? job->boot_limit : limit;
	}
	guest_start(&s->guest, run->signals, run->machine, accel, run->kernel, run->image, append);
	free(append);
	run->accel = accel;
	run->booted = expect(s, VM_HELLO, limit * run->patience);
	run->boot_seconds = now_seconds() - start;
	/* QEMU only warns, and nothing would be counted. */
	if (run->booted && guest_lacks_event(&s->guest)) {
		run->booted = false;
		run->error = xstrdup("QEMU does not know one of the trace events in machines.conf");
	}
	return run->booted;
}

static void add_words(struct text *body, char **words)
{
	for (char **w = words; *w; w++)
		text_add(body, *w, strlen(*w) + 1);
}

static void send_job(struct session *s, const char *name, char **command, double limit)
{
	struct text body = {};
	char *seconds = xasprintf("%.0f", limit);

	text_add(&body, name, strlen(name) + 1);
	text_add(&body, seconds, strlen(seconds) + 1);
	add_words(&body, command);
	guest_send(&s->guest, VM_JOB, &body);
	free(seconds);
	text_free(&body);
}

/* Whether the screen shows what the job says, to be freed. */
static char *compare_screen(struct session *s, const struct screen *asked)
{
	struct screen seen = {};

	if (screen_shows(s->guest.qemu.qmp, asked, &seen))
		return xstrdup("same");
	return xasprintf("%ux%u %016llx", seen.width, seen.height, (unsigned long long)seen.hash);
}

/* Answers @line of a job's output if it is a question. */
static void answer(struct session *s, const char *line)
{
	struct text body = {};
	struct screen asked;
	char *said;

	if (screen_parse(line, &asked))
		said = compare_screen(s, &asked);
	else if (!strncmp(line, VM_CPU_QUESTION "\n", strlen(VM_CPU_QUESTION "\n")))
		said = xasprintf("%.3f", qemu_cpu_seconds(&s->guest.qemu));
	else
		return;
	text_add(&body, said, strlen(said));
	guest_send(&s->guest, VM_ANSWER, &body);
	text_free(&body);
	free(said);
}

/* Looks for questions in the lines of @output from *@from on, which goes ahead. */
static void answer_all(struct session *s, const struct text *output, size_t *from)
{
	const char *end;

	while ((end = memchr(output->s + *from, '\n', output->len - *from))) {
		answer(s, output->s + *from);
		*from = end + 1 - output->s;
	}
}

/* One command in the guest; its last word is in s->body. False when the guest died. */
static bool execute(struct session *s, const char *name, char **command, double limit,
		    struct text *output)
{
	double patience = limit + JOB_GRACE * s->run->patience;
	double deadline = now_seconds() + patience;
	enum vm_type type;
	enum guest_event event;
	size_t read = 0;

	send_job(s, name, command, limit);
	while ((event = guest_wait(&s->guest, deadline, &type, &s->body)) == GUEST_MESSAGE) {
		if (type == VM_EXIT)
			return true;
		if (type != VM_OUTPUT)
			break;
		if (output->len < OUTPUT_MAX) {
			text_add(output, s->body.s, s->body.len);
			answer_all(s, output, &read);
		}
	}
	if (event == GUEST_INTERRUPTED)
		s->interrupted = true;
	else
		s->run->error = guest_obituary(&s->guest, event, patience);
	return false;
}

static bool warm_up(struct session *s, const struct job *job, double limit, struct result *r)
{
	if (!execute(s, job->name, job->warm_up, limit, &r->output))
		return false;
	if (strcmp(s->body.s, "exited 0"))
		result_set(r, STATUS_ERROR, xasprintf("warm-up: %s", s->body.s));
	else
		text_free(&r->output);
	return true;
}

/*
 * Without this, a device that goes past its IOMMU would look like a fast one. False when
 * it is not as the machine says.
 */
static bool check_requests(struct result *r, const struct machine *m)
{
	char *why;

	if (r->job->kind != JOB_FIO || r->status != STATUS_PASS)
		return true;
	/* Before a warm-up there is nothing yet to be used again. */
	if (m->requests == REQUESTS_FEW && !r->job->warm_up)
		return true;
	why = counts_contradict(r->iommu, r->counted_ios, m);
	if (why)
		result_set(r, STATUS_FAIL, why);
	return !why;
}

/* @command in the guest, and what it says; requests are counted if @count. */
static bool measure(struct session *s, char **command, bool count, struct result *r)
{
	double limit = r->job->limit * s->run->patience, start;
	struct counts before;
	bool alive;

	if (!guest_count(&s->guest, count)) {
		result_set(r, STATUS_ERROR, xstrdup("QEMU's trace cannot be switched"));
		return true;
	}
	before = guest_counts(&s->guest);
	start = now_seconds();
	alive = execute(s, r->job->name, command, limit, &r->output);
	r->seconds = now_seconds() - start;
	r->iommu = counts_since(guest_counts(&s->guest), before);
	if (!alive)
		return false;
	if (r->output.len < OUTPUT_MAX)
		result_parse(r, s->body.s);
	else
		result_set(r, STATUS_ERROR,
			   xasprintf("more than %lu MiB of output", OUTPUT_MAX >> 20));
	r->counted_ios = r->fio.ios;
	return true;
}

/*
 * The requests of @r's job, by a command of its own: each is a line of QEMU's log, for
 * which the CPU that makes it waits.
 */
static bool count_requests(struct session *s, struct result *r)
{
	struct result counted = { .job = r->job };
	bool alive = measure(s, r->job->count, true, &counted);

	r->iommu = counted.iommu;
	r->counted_ios = counted.counted_ios;
	if (alive && counted.status != STATUS_PASS)
		result_set(r, counted.status,
			   xasprintf("while requests were counted: %s", counted.why));
	result_free(&counted);
	return alive;
}

/* False when the guest died. @again: requests contradict what the machine says. */
static bool run_once(struct session *s, struct result *r, bool *again)
{
	const struct job *job = r->job;

	if (job->warm_up && !warm_up(s, job, job->limit * s->run->patience, r))
		return false;
	if (r->status)
		return true;
	if (!measure(s, job->command, !job->count, r))
		return false;
	if (job->count && *job->count && r->status == STATUS_PASS && !count_requests(s, r))
		return false;
	*again = !check_requests(r, s->run->machine);
	return true;
}

/*
 * False when the guest died. A host with other work holds a guest up at times, and more is
 * in flight than in the warm-up, for which pools have no slots yet: too many requests
 * count when they come each time.
 */
static bool run_job(struct session *s, const struct job *job, struct result *r)
{
	unsigned int most = s->run->machine->requests == REQUESTS_FEW ? TRIES : 1, n = 1;
	bool again = false, alive = run_once(s, r, &again);

	while (alive && again && n++ < most) {
		printf("%s: %s: again, as %s\n", s->run->machine->name, job->name, r->why);
		fflush(stdout);
		result_free(r);
		*r = (struct result){ .job = job, .tries = n };
		again = false;
		alive = run_once(s, r, &again);
	}
	return alive;
}

static void show(const struct run *run, const struct result *r)
{
	printf("%s: %s: %s", run->machine->name, r->job->name, status_name(r->status));
	if (r->n_tests) {
		fputs(" (", stdout);
		result_print_counts(r, stdout);
		fputs(")", stdout);
	}
	if (r->fio.ios)
		printf(" (%.0f IOPS, %.1f MB/s)", r->fio.iops, r->fio.bytes_per_second / 1e6);
	printf("%s%s, %.1f s\n", r->why ? ": " : "", r->why ?: "", r->seconds);
	fflush(stdout);
}

static void run_jobs(struct session *s)
{
	struct run *run = s->run;
	bool alive = run->booted;
	size_t i = 0;

	for (const struct job *job = run->jobs; job; job = job->next)
		run->n_results++;
	run->results = xcalloc(run->n_results, sizeof(*run->results));
	for (const struct job *job = run->jobs; job; job = job->next) {
		struct result *r = &run->results[i++];
		bool ran = alive;

		*r = (struct result){ .job = job, .tries = 1 };
		if (alive)
			alive = run_job(s, job, r);
		if (s->interrupted)
			return;
		if (!alive)
			result_set(r, STATUS_ERROR,
				   xasprintf("%s%s", ran ? "" : "not run: ", run->error));
		show(run, r);
	}
}

/* Only a guest that says goodbye and then ends QEMU by itself is fine. */
static void power_off(struct session *s)
{
	double limit = POWER_OFF_LIMIT * s->run->patience;
	enum guest_event event;
	enum vm_type type;

	guest_send(&s->guest, VM_OFF, NULL);
	if (!expect(s, VM_BYE, limit))
		return;
	event = guest_wait(&s->guest, now_seconds() + limit, &type, &s->body);
	if (event == GUEST_INTERRUPTED)
		s->interrupted = true;
	else if (event != GUEST_ENDED || s->guest.status || guest_panicked(&s->guest))
		s->run->error = guest_obituary(&s->guest, event, limit);
}

static void session_end(struct session *s)
{
	guest_stop(&s->guest);
	guest_free(&s->guest);
}

/* Whether a guest without jobs comes up under KVM. */
static bool kvm_boots(struct session *s)
{
	const struct job *jobs = s->run->jobs;
	bool boots;

	s->run->jobs = NULL;
	boots = boot(s, "kvm", KVM_PROBE_LIMIT);
	s->run->jobs = jobs;
	session_end(s);
	free(s->run->error);
	s->run->error = NULL;
	return boots;
}

static const char *choose_accel(struct session *s)
{
	const struct machine *m = s->run->machine;
	const char *accel = accel_may_be_kvm(m) ? accel_recall(m) : "tcg";

	if (accel)
		return accel;
	printf("%s: does KVM boot a guest here?\n", m->name);
	fflush(stdout);
	accel = kvm_boots(s) ? "kvm" : "tcg";
	printf("%s: %s\n", m->name, strcmp(accel, "kvm") ? "no, emulating (TCG)" : "yes");
	return accel;
}

bool run_machine(struct run *run)
{
	struct session s = { .run = run };
	const char *accel = choose_accel(&s);
	struct load before = load_now();
	double start = now_seconds();

	if (s.interrupted)
		return false;
	if (boot(&s, accel, 0)) {
		if (accel_may_be_kvm(run->machine) && !accel_recall(run->machine))
			accel_remember(run->machine, accel);
		printf("%s: booted under %s, %.1f s\n", run->machine->name, accel,
		       run->boot_seconds);
		fflush(stdout);
	}
	if (!s.interrupted)
		run_jobs(&s);
	if (!s.interrupted && !run->error)
		power_off(&s);
	guest_stop(&s.guest);
	run->load = load_since(before);
	run->seconds = now_seconds() - start;
	text_add(&run->console, s.guest.console.s ?: "", s.guest.console.len);
	guest_free(&s.guest);
	text_free(&s.body);
	return !s.interrupted;
}

bool run_passed(const struct run *run)
{
	for (size_t i = 0; i < run->n_results; i++)
		if (run->results[i].status >= STATUS_FAIL)
			return false;
	return run->booted && !run->error && !splats_bad(&run->splats);
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->n_results; i++)
		result_free(&run->results[i]);
	free(run->results);
	free(run->error);
	text_free(&run->console);
	splats_free(&run->splats);
}
