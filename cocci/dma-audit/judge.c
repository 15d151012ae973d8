// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "expr.h"
#include "family.h"
#include "judge.h"
#include "private.h"
#include "tell.h"
#include "util.h"

static bool is_test_word(const char *word, void *arg)
{
	static const char *const test[] = {
		"test", "tests", "selftest", "selftests", "kunit", "benchmark", "mock", "dmatest",
	};

	(void)arg;
	return word_is_listed(word, test, ARRAY_SIZE(test));
}

/* A map_dma_buf callback, or a helper that only such callbacks call. */
static bool exports(const struct code_function *fn, int steps)
{
	if (registered_as(fn, "map_dma_buf"))
		return true;
	if (!fn->n_callers || fn->n_aliases || steps > 3)
		return false;
	for (size_t i = 0; !steps && i < fn->n_callers; i++)
		if (fn->callers[i]->function->file == fn->file &&
		    registered_as(fn->callers[i]->function, "map_dma_buf"))
			return true;
	for (size_t i = 0; i < fn->n_callers; i++)
		if (!exports(fn->callers[i]->function, steps + 1))
			return false;
	return true;
}

static bool is_transfer_word(const char *word, void *arg)
{
	static const char *const transfer[] = {
		"skb", "cmd", "scmd", "req", "request", "urb", "bio", "sense", "rq", "xfer",
		"transfer", "scsi", "frag", "src", "dst",
	};

	(void)arg;
	return word_is_listed(word, transfer, ARRAY_SIZE(transfer));
}

static void decide(struct site *s, enum verdict v, enum confidence c, const char *reason)
{
	s->verdict = v;
	s->confidence = c;
	s->reason = reason;
}

/* What can be said without knowing how long the mapping lives. */
static bool judge_kind(struct site *s)
{
	const struct family *family = family_find(s->function);

	if (family) {
		decide(s, family->verdict, CONFIDENCE_HIGH, family->reason);
		return true;
	}
	if (api_find(s->function, strlen(s->function))) {
		decide(s, OTHER, CONFIDENCE_HIGH,
		       "a layer of the DMA API itself: its callers decide");
		return true;
	}
	if (name_words(s->file->path, is_test_word, NULL) ||
	    name_words(s->function, is_test_word, NULL)) {
		decide(s, OTHER, CONFIDENCE_HIGH, "test code");
		return true;
	}
	if (!strcmp(s->api->name, "dma_map_resource") || strstr(s->attrs, "DMA_ATTR_MMIO")) {
		decide(s, OTHER, CONFIDENCE_HIGH, "MMIO or peer memory, which is never bounced");
		return true;
	}
	return false;
}

/* A structure that stands for one transfer, by the name of its type. */
static bool is_transfer_type_word(const char *word, void *arg)
{
	static const char *const transfer[] = {
		"request", "req", "reqctx", "iod", "task", "transfer", "xfer", "cmd", "cmnd",
		"command", "pointer", "buff", "skb", "urb", "bio", "srb", "message", "unmap",
		"frame", "inst",
	};

	(void)arg;
	return word_is_listed(word, transfer, ARRAY_SIZE(transfer));
}

static bool is_kept_in_transfer(const struct evidence *e)
{
	for (size_t i = 0; i < e->handle.n; i++)
		if (e->handle.keys[i].type &&
		    name_words(e->handle.keys[i].type, is_transfer_type_word, NULL))
			return true;
	return false;
}

static bool is_given_transfer(const struct evidence *e)
{
	const char *p;

	for (int i = 0; (p = code_argument(e->function->parameters, i)); i++)
		if (strchr(p, '*') && name_words(p, is_transfer_type_word, NULL))
			return true;
	return false;
}

static bool is_packet_word(const char *word, void *arg)
{
	static const char *const packet[] = {
		"rx", "rcv", "recv", "skb", "rxskb", "buf", "bufs", "rxbufs", "rbuf", "buffer",
		"buffers", "frag", "data", "bd", "bds", "desc", "fraginfo", "list",
	};

	(void)arg;
	return word_is_listed(word, packet, ARRAY_SIZE(packet));
}

static bool is_packet(const struct evidence *e)
{
	const char *buffer = code_argument(e->site->call->b, e->site->api->buffer) ?: "";

	return name_words(buffer, is_packet_word, NULL) ||
	       name_words(e->function->name, is_packet_word, NULL);
}

/* Positive: it lives long; negative: one transfer. */
static int lifetime(const struct evidence *e)
{
	const char *buffer = code_argument(e->site->call->b, e->site->api->buffer) ?: "";
	struct role own = role_of_name(e->function);
	int score = 0;

	if (e->unmap.transfer)
		score -= 4;
	else if (e->unmap.life || e->unmap.far_life)
		score += e->regular_end ? -3 : e->unmap.life ? 3 : 2;
	else if (e->unmap.weak_transfer)
		score -= 2;
	else if (e->unmap.weak_life)
		score += 1;
	if (e->map.transfer)
		score -= 2;
	else if (e->map.life)
		score += 2;
	else if (e->map.far_life)
		score += 1;
	else if (e->map.weak_transfer)
		score -= 1;
	else if (e->map.weak_life)
		score += 1;
	if (name_words(buffer, is_transfer_word, NULL))
		score -= 2;
	if (is_kept_in_transfer(e))
		score -= 4;
	if (is_given_transfer(e))
		score -= 5;
	if (e->exchanged && (own.transfer || own.weak_transfer))
		score -= 4;
	if (expr_has_word(e->site->call->b, "DMA_BIDIRECTIONAL"))
		score += 1;
	return score;
}

static void judge_site(const char *root, struct evidence *e)
{
	struct role own = role_of_name(e->function);
	struct site *s = e->site;
	enum confidence confidence = CONFIDENCE_LOW;
	int score;

	if (exports(e->function, 0)) {
		decide(s, DMABUF_EXPORT, CONFIDENCE_HIGH,
		       "maps for the importer of a dma-buf, who decides the lifetime");
		return;
	}
	if (e->unmapped_here) {
		decide(s, TRANSIENT, CONFIDENCE_HIGH,
		       "lives for one call of the function that maps");
		return;
	}
	if (e->bracketed) {
		decide(s, TRANSIENT, CONFIDENCE_MODERATE,
		       "each caller maps and unmaps around one use");
		return;
	}
	score = lifetime(e);
	if (score > 3 || score < -3)
		confidence = CONFIDENCE_HIGH;
	else if (score > 1 || score < -1)
		confidence = CONFIDENCE_MODERATE;
	if (score < 0 && e->recycled && (own.life || own.weak_life)) {
		decide(s, PERSISTENT_SYNCED, confidence, "recycled between transfers with syncs");
		return;
	}
	if (score < 0) {
		decide(s, TRANSIENT, confidence, "lives for one transfer");
		return;
	}
	if (!score && !s->n_unmaps) {
		decide(s, UNKNOWN, CONFIDENCE_LOW,
		       "no unmap is known, and no name tells the lifetime");
		return;
	}
	if (e->synced)
		decide(s, PERSISTENT_SYNCED, confidence,
		       "long lived, with syncs of the same object");
	else if (is_private(root, e))
		decide(s, DEVICE_ONLY, confidence,
		       "long lived, and the CPU does not use what it holds");
	else if (e->orphan_transfer && is_packet(e))
		decide(s, TRANSIENT, CONFIDENCE_LOW,
		       "a packet buffer, in a file that unmaps under another name where transfers end");
	else
		decide(s, PERSISTENT_NOSYNC, confidence,
		       s->n_syncs ? "long lived, and synced for some of its uses only" :
		       "long lived, and nothing syncs it");
}

void judge(const char *root, const struct code *code, struct sites *sites)
{
	bool *wanted = xcalloc(sites->n, sizeof(*wanted));
	struct evidence *evidence;

	for (size_t i = 0; i < sites->n; i++)
		wanted[i] = !judge_kind(&sites->sites[i]) && sites->sites[i].call;
	evidence = evidence_gather(code, sites, wanted);
	for (size_t i = 0; i < sites->n; i++) {
		if (!wanted[i])
			continue;
		judge_site(root, &evidence[i]);
		tell(&evidence[i]);
	}
	free(evidence);
	free(wanted);
}
