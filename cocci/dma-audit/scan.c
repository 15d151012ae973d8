// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "facts.h"
#include "scan.h"
#include "spatch.h"
#include "store.h"
#include "tree.h"
#include "util.h"

static volatile bool stop;

struct pending {
	const struct scan_options *o;
	bool only_pending;
	struct spatch_file *files;
	size_t n;
};

/* One way through the files, with rules of its own. */
struct pass {
	const char *what;	/* it does, for the progress */
	const char *rules, *key;
	const char *mode;	/* the rules' virtual rule to switch on, or NULL */
	/* Before the facts of a content come, and behind them: @reason tells why there are none. */
	void (*begin)(struct store *s, int64_t content, const char *key);
	void (*end)(struct store *s, int64_t content, const char *reason);
};

/* One group's results on their way into the store. */
struct intake {
	struct store *store;
	const struct pass *pass;
	struct progress progress;
	size_t done, failed;
	const struct spatch_file *files;
	char *const *reasons;
	size_t n;
	int64_t content;	/* whose facts are being read */
};

static void interrupted(int signal)
{
	(void)signal;
	stop = true;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupted };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static bool is_listed(const struct pending *p, int64_t content)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->files[i].id == content)
			return true;
	return false;
}

static void collect(void *arg, const struct source *source)
{
	struct pending *p = arg;

	/* Two paths may have one content. */
	if ((p->only_pending && source->state != CONTENT_PENDING) || is_listed(p, source->content))
		return;
	p->files = xrealloc(p->files, (p->n + 1) * sizeof(*p->files));
	p->files[p->n++] = (struct spatch_file) {
		.path = xasprintf("%s/%s", p->o->tree, source->path),
		.id = source->content,
		.size = source->size,
	};
}

static bool file_is(void *arg, const char *path)
{
	struct intake *in = arg;

	for (size_t i = 0; i < in->n; i++) {
		if (!strcmp(in->files[i].path, path)) {
			in->content = in->files[i].id;
			return !in->reasons[i];
		}
	}
	return false;
}

static void take_fact(void *arg, const struct fact *fact)
{
	struct intake *in = arg;

	store_fact(in->store, in->content, fact);
}

static void take_group(void *arg, const struct spatch_file *files, char *const *reasons, size_t n,
		       char *output)
{
	struct intake *in = arg;

	in->files = files;
	in->reasons = reasons;
	in->n = n;
	store_begin(in->store);
	for (size_t i = 0; i < n; i++)
		in->pass->begin(in->store, files[i].id, in->pass->key);
	facts_read(output, file_is, take_fact, in);
	for (size_t i = 0; i < n; i++) {
		in->pass->end(in->store, files[i].id, reasons[i]);
		in->failed += !!reasons[i];
	}
	store_commit(in->store);
	in->done += n;
	progress_show(&in->progress, in->done);
}

/* A folder for spatch to work in, with the rules in it. */
static char *make_workdir(const char *db, const char *rules)
{
	char *made = xasprintf("%s.work.XXXXXX", db), *dir = NULL, *path;
	FILE *f;

	/* spatch runs in the folder: its paths must not depend on ours. */
	if (mkdtemp(made))
		dir = realpath(made, NULL);
	if (!dir)
		die("cannot make a folder %s: %s", made, strerror(errno));
	free(made);
	path = xasprintf("%s/facts.cocci", dir);
	f = file_begin(path);
	fputs(rules, f);
	file_commit(f, path);
	free(path);
	return dir;
}

static void remove_workdir(char *dir)
{
	char *path = xasprintf("%s/facts.cocci", dir);

	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
}

static void forget_nothing(struct store *s, int64_t content, const char *key)
{
	(void)s;
	(void)content;
	(void)key;
}

static void parsed(struct store *s, int64_t content, const char *reason)
{
	store_content_state(s, content, reason ? CONTENT_FAILED : CONTENT_PARSED, reason);
}

static void checked(struct store *s, int64_t content, const char *reason)
{
	const struct fact unchecked = {
		.kind = FACT_ORDER,
		.function = "",
		.a = "unchecked",
		.b = reason,
		.c = "",
	};

	if (reason)
		store_fact(s, content, &unchecked);
}

/* True: all that was pending is done. */
static bool run_pass(struct store *store, const struct scan_options *o, const struct pass *pass,
		     const struct pending *pending)
{
	struct intake in = { .store = store, .pass = pass };
	struct spatch_options options = {
		.program = o->spatch,
		.mode = pass->mode,
		.jobs = o->jobs,
		.seconds = o->seconds,
	};
	struct spatch_results results = { .group = take_group, .arg = &in };
	char *dir = make_workdir(o->db, pass->rules);
	char *path = xasprintf("%s/facts.cocci", dir);
	bool whole;

	options.workdir = dir;
	options.rules = path;
	progress_start(&in.progress, pass->what, pending->n);
	whole = spatch_run(&options, pending->files, pending->n, &results, &stop);
	progress_end(&in.progress, in.done);
	if (in.failed)
		warn("%zu file%s could not be %s: see the report", in.failed,
		     in.failed == 1 ? "" : "s", pass->what);
	if (!whole)
		warn("interrupted with %zu of %zu files %s: run it again to go on", in.done,
		     pending->n, pass->what);
	free(path);
	remove_workdir(dir);
	return whole;
}

static void forget(struct pending *pending)
{
	for (size_t i = 0; i < pending->n; i++)
		free(pending->files[i].path);
	free(pending->files);
}

static bool parse(struct store *store, const struct scan_options *o, int64_t tree,
		  const char *rules)
{
	const struct pass pass = {
		.what = "parsed",
		.rules = rules,
		.begin = forget_nothing,
		.end = parsed,
	};
	struct pending pending = { .o = o, .only_pending = true };
	bool whole = true;

	store_sources(store, tree, o->only, collect, &pending);
	if (stop)
		warn("interrupted before the first file was parsed: run it again to go on");
	else if (pending.n)
		whole = run_pass(store, o, &pass, &pending);
	forget(&pending);
	return whole && !stop;
}

/* The second finding has rules of its own, so that they cost the first one nothing. */
static bool check_order(struct store *store, const struct scan_options *o, int64_t tree,
			const char *rules, const char *key)
{
	const struct pass pass = {
		.what = "checked",
		.rules = rules,
		.key = key,
		.mode = "facts",
		.begin = store_checked,
		.end = checked,
	};
	struct pending pending = { .o = o };
	bool whole = true;

	store_unchecked(store, tree, o->only, key, collect, &pending);
	if (pending.n)
		whole = run_pass(store, o, &pass, &pending);
	forget(&pending);
	return whole;
}

/* Facts are as good as the rules, the spatch and the text search that found them. */
static char *rules_key(const char *rules, const char *version)
{
	char *both = xasprintf("%d %s%s", TEXT_VERSION, rules, version);
	char *key = xcalloc(1, 33);

	content_hash(both, strlen(both), key);
	free(both);
	return key;
}

/*
 * One scan at a time fills a database: two would write each fact twice. The lock
 * ends with the process. Where it cannot be made, opening the database says why.
 */
static void wait_for_others(const char *db)
{
	char *path = xasprintf("%s.lock", db);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);

	free(path);
	if (fd < 0 || !flock(fd, LOCK_EX | LOCK_NB))
		return;
	warn("another scan is at work on %s; waiting", db);
	if (flock(fd, LOCK_EX))
		die("cannot lock %s: %s", db, strerror(errno));
}

int scan(const struct scan_options *o)
{
	char *rules = facts_rules(o->facts), *order = read_file(o->order, NULL);
	char *version = spatch_version(o->spatch), *key, *order_key;
	struct store *store;
	int unreadable = 0;
	int64_t tree;
	bool whole;

	if (!order)
		die("cannot read the rules %s: %s", o->order, strerror(errno));
	key = rules_key(rules, version);
	order_key = rules_key(order, version);
	wait_for_others(o->db);
	catch_signals();
	store = store_open(o->db, key);
	tree = store_tree(store, o->tree);
	if (o->retry)
		store_retry(store);
	tree_scan(store, tree, o->tree, o->only, &stop, &unreadable);
	whole = parse(store, o, tree, rules) && check_order(store, o, tree, order, order_key);
	store_close(store);
	free(order_key);
	free(key);
	free(version);
	free(order);
	free(rules);
	return !whole || unreadable ? 1 : 0;
}
