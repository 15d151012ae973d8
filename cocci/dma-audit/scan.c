// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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
	struct spatch_file *files;
	size_t n;
};

/* One group's results on their way into the store. */
struct intake {
	struct store *store;
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
	if (source->state != CONTENT_PENDING || is_listed(p, source->content))
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
	facts_read(output, file_is, take_fact, in);
	for (size_t i = 0; i < n; i++) {
		store_content_state(in->store, files[i].id,
				    reasons[i] ? CONTENT_FAILED : CONTENT_PARSED, reasons[i]);
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

/* True: all that was pending is done. */
static bool parse(struct store *store, const struct scan_options *o, const char *rules,
		  const struct pending *pending)
{
	struct intake in = { .store = store };
	struct spatch_options options = {
		.program = o->spatch,
		.jobs = o->jobs,
		.seconds = o->seconds,
	};
	struct spatch_results results = { .group = take_group, .arg = &in };
	char *dir = make_workdir(o->db, rules);
	char *path = xasprintf("%s/facts.cocci", dir);
	bool whole;

	options.workdir = dir;
	options.rules = path;
	progress_start(&in.progress, "parsed", pending->n);
	whole = spatch_run(&options, pending->files, pending->n, &results, &stop);
	progress_end(&in.progress, in.done);
	if (in.failed)
		warn("%zu file%s could not be parsed: see the report", in.failed,
		     in.failed == 1 ? "" : "s");
	if (!whole)
		warn("interrupted with %zu of %zu files parsed: run it again to go on", in.done,
		     pending->n);
	free(path);
	remove_workdir(dir);
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

int scan(const struct scan_options *o)
{
	char *rules = facts_rules(o->facts), *version = spatch_version(o->spatch);
	char *key = rules_key(rules, version);
	struct pending pending = { .o = o };
	struct store *store;
	int unreadable = 0;
	bool whole = true;
	int64_t tree;

	catch_signals();
	store = store_open(o->db, key);
	tree = store_tree(store, o->tree);
	if (o->retry)
		store_retry(store);
	tree_scan(store, tree, o->tree, o->only, &stop, &unreadable);
	store_sources(store, tree, o->only, collect, &pending);
	if (stop)
		warn("interrupted before the first file was parsed: run it again to go on");
	else if (pending.n)
		whole = parse(store, o, rules, &pending);
	for (size_t i = 0; i < pending.n; i++)
		free(pending.files[i].path);
	free(pending.files);
	store_close(store);
	free(key);
	free(version);
	free(rules);
	return stop || !whole || unreadable ? 1 : 0;
}
