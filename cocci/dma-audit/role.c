// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "role.h"
#include "util.h"

/* Calls between a function and one whose name decides. */
#define MAX_STEPS 3

enum meaning {
	TRANSFER,
	LIFE,
	WEAK_TRANSFER,
	WEAK_LIFE,
};

/* In the order of strcmp(): meaning_of() halves the table. */
static const struct word {
	const char *word;
	enum meaning meaning;
} words[] = {
	{ "ahash", TRANSFER },
	{ "alloc", WEAK_LIFE },
	{ "allocate", WEAK_LIFE },
	{ "attach", LIFE },
	{ "bind", LIFE },
	{ "callback", TRANSFER },
	{ "cb", TRANSFER },
	{ "cipher", TRANSFER },
	{ "clean", WEAK_LIFE },
	{ "cleanup", WEAK_LIFE },
	{ "close", LIFE },
	{ "cmd", WEAK_TRANSFER },
	{ "command", WEAK_TRANSFER },
	{ "compl", TRANSFER },
	{ "complete", TRANSFER },
	{ "completed", TRANSFER },
	{ "completion", TRANSFER },
	{ "connect", LIFE },
	{ "copy", TRANSFER },
	{ "create", LIFE },
	{ "crypt", TRANSFER },
	{ "ctor", LIFE },
	{ "data", WEAK_TRANSFER },
	{ "deinit", LIFE },
	{ "del", LIFE },
	{ "dequeue", TRANSFER },
	{ "dereg", LIFE },
	{ "desc", WEAK_TRANSFER },
	{ "destroy", LIFE },
	{ "destructor", LIFE },
	{ "detach", LIFE },
	{ "disconnect", LIFE },
	{ "done", TRANSFER },
	{ "dtor", LIFE },
	{ "enqueue", TRANSFER },
	{ "evict", LIFE },
	{ "exec", TRANSFER },
	{ "exit", LIFE },
	{ "fini", LIFE },
	{ "finish", WEAK_TRANSFER },
	{ "finished", TRANSFER },
	{ "frame", WEAK_TRANSFER },
	{ "free", LIFE },
	{ "freed", LIFE },
	{ "handler", TRANSFER },
	{ "hash", TRANSFER },
	{ "init", LIFE },
	{ "interrupt", TRANSFER },
	{ "intr", TRANSFER },
	{ "io", WEAK_TRANSFER },
	{ "irq", TRANSFER },
	{ "isr", TRANSFER },
	{ "migrate", WEAK_TRANSFER },
	{ "msg", WEAK_TRANSFER },
	{ "napi", TRANSFER },
	{ "open", LIFE },
	{ "packet", WEAK_TRANSFER },
	{ "pages", WEAK_LIFE },
	{ "pin", LIFE },
	{ "pkt", WEAK_TRANSFER },
	{ "poll", TRANSFER },
	{ "populate", LIFE },
	{ "post", WEAK_TRANSFER },
	{ "prep", WEAK_TRANSFER },
	{ "probe", LIFE },
	{ "process", TRANSFER },
	{ "put", WEAK_LIFE },
	{ "queuecommand", TRANSFER },
	{ "read", WEAK_TRANSFER },
	{ "reap", TRANSFER },
	{ "receive", TRANSFER },
	{ "recv", TRANSFER },
	{ "reg", LIFE },
	{ "register", LIFE },
	{ "release", LIFE },
	{ "remove", LIFE },
	{ "req", WEAK_TRANSFER },
	{ "request", WEAK_TRANSFER },
	{ "rq", WEAK_TRANSFER },
	{ "rx", WEAK_TRANSFER },
	{ "send", TRANSFER },
	{ "setup", WEAK_LIFE },
	{ "shutdown", LIFE },
	{ "skb", WEAK_TRANSFER },
	{ "start", WEAK_TRANSFER },
	{ "stop", WEAK_LIFE },
	{ "stream", WEAK_LIFE },
	{ "streaming", LIFE },
	{ "submit", TRANSFER },
	{ "tasklet", TRANSFER },
	{ "teardown", LIFE },
	{ "transfer", TRANSFER },
	{ "tx", WEAK_TRANSFER },
	{ "unbind", LIFE },
	{ "uninit", LIFE },
	{ "unload", LIFE },
	{ "unpin", LIFE },
	{ "unpopulate", LIFE },
	{ "unprep", TRANSFER },
	{ "unregister", LIFE },
	{ "urb", WEAK_TRANSFER },
	{ "write", WEAK_TRANSFER },
	{ "xfer", TRANSFER },
	{ "xmit", TRANSFER },
};

static int compare(const void *key, const void *element)
{
	return strcmp(key, ((const struct word *)element)->word);
}

static bool add_word(const char *text, void *arg)
{
	const struct word *w = bsearch(text, words, ARRAY_SIZE(words), sizeof(words[0]), compare);
	struct role *r = arg;

	if (!w)
		return false;
	switch (w->meaning) {
	case TRANSFER:
		r->transfer = true;
		break;
	case LIFE:
		r->life = true;
		break;
	case WEAK_TRANSFER:
		r->weak_transfer = true;
		break;
	case WEAK_LIFE:
		r->weak_life = true;
		break;
	}
	return false;
}

void role_add(struct role *sum, struct role r)
{
	sum->transfer |= r.transfer;
	sum->life |= r.life;
	sum->far_life |= r.far_life;
	sum->weak_transfer |= r.weak_transfer;
	sum->weak_life |= r.weak_life;
}

/* A name says one thing: free_completed_tx() ends a transfer, free_rings() a life. */
static struct role role_of_text(const char *name)
{
	struct role r = { false };

	name_words(name, add_word, &r);
	if (r.transfer) {
		r.life = false;
		r.weak_life = false;
	}
	return r;
}

struct role role_of_name(const struct code_function *fn)
{
	struct role sum = role_of_text(fn->name);

	for (size_t i = 0; i < fn->n_aliases; i++)
		role_add(&sum, role_of_text(fn->aliases[i]));
	return sum;
}

static void climb(const struct code_function *fn, struct role *sum, int steps)
{
	struct role r = role_of_name(fn);

	if (steps) {
		r.far_life = r.life;
		r.life = false;
	}
	role_add(sum, r);
	/* free_tx_buffer() may end a transfer or a ring: who calls it? */
	if (steps == MAX_STEPS || r.transfer || ((r.life || r.far_life) && !r.weak_transfer))
		return;
	for (size_t i = 0; i < fn->n_callers; i++)
		climb(fn->callers[i]->function, sum, steps + 1);
}

struct role role_of(const struct code_function *fn)
{
	struct role sum = { false };

	climb(fn, &sum, 0);
	return sum;
}
