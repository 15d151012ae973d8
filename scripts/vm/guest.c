// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "machine.h"
#include "qmp.h"
#include "util.h"

#define PANIC "Kernel panic - "

void guest_start(struct guest *g, int signals, const struct machine *m, const char *accel,
		 const char *kernel, const char *image, const char *append)
{
	*g = (struct guest){ .signals = signals };
	trace_init(&g->trace, m);
	qemu_start(&g->qemu, m, accel, kernel, image, append);
}

static ssize_t read_some(int fd, char *buf, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n;
}

static void drain(int fd, struct text *t)
{
	char buf[16384];
	ssize_t n;

	while ((n = read_some(fd, buf, sizeof(buf))) > 0)
		text_add(t, buf, n);
}

static void drain_trace(struct guest *g)
{
	char buf[65536];
	ssize_t n;

	while ((n = read_some(g->qemu.trace, buf, sizeof(buf))) > 0)
		trace_add(&g->trace, buf, n);
}

/* Takes a whole message out of the inbox, if there is one. */
static bool take_message(struct guest *g, enum vm_type *type, struct text *body)
{
	struct vm_head head;
	size_t len;

	if (g->inbox.len < sizeof(head))
		return false;
	memcpy(&head, g->inbox.s, sizeof(head));
	len = le32toh(head.length);
	if (g->inbox.len < sizeof(head) + len)
		return false;
	*type = le32toh(head.type);
	body->len = 0;
	text_add(body, g->inbox.s + sizeof(head), len);
	text_cut(&g->inbox, sizeof(head) + len);
	return true;
}

enum guest_event guest_wait(struct guest *g, double deadline, enum vm_type *type,
			    struct text *body)
{
	struct pollfd fds[] = {
		{ g->qemu.console, POLLIN, 0 }, { g->qemu.errors, POLLIN, 0 },
		{ g->qemu.trace, POLLIN, 0 },	{ g->qemu.port, POLLIN, 0 },
		{ g->qemu.pidfd, POLLIN, 0 },	{ g->signals, POLLIN, 0 },
	};

	for (;;) {
		double left = deadline - now_seconds();

		if (take_message(g, type, body))
			return GUEST_MESSAGE;
		if (g->ended)
			return GUEST_ENDED;
		if (left <= 0)
			return GUEST_LATE;
		if (poll(fds, ARRAY_SIZE(fds), left * 1000 + 1) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (fds[5].revents)
			return GUEST_INTERRUPTED;
		/* Asked before the pipes are emptied, so that they are complete. */
		g->ended = fds[4].revents;
		drain(g->qemu.port, &g->inbox);
		drain(g->qemu.console, &g->console);
		drain(g->qemu.errors, &g->errors);
		drain_trace(g);
		if (g->ended)
			g->status = qemu_end(&g->qemu);
		/* A pipe at its end would keep poll() from sleeping. */
		for (int i = 0; i < 4; i++)
			if (fds[i].revents == POLLHUP)
				fds[i].fd = -1;
	}
}

void guest_send(struct guest *g, enum vm_type type, const struct text *body)
{
	struct vm_head head = { htole32(type), htole32(body ? body->len : 0) };

	/*
	 * Far less than a socket's buffer, and init reads all it is sent. A send
	 * that fails finds the guest dead, which the next wait reports.
	 */
	send(g->qemu.port, &head, sizeof(head), MSG_NOSIGNAL);
	if (body)
		send(g->qemu.port, body->s, body->len, MSG_NOSIGNAL);
}

struct counts guest_counts(struct guest *g)
{
	if (!g->ended)
		drain_trace(g);
	return g->trace.counts;
}

bool guest_count(struct guest *g, bool count)
{
	bool done = true;

	if (g->uncounted == !count)
		return true;
	for (size_t i = 0; done && i < ARRAY_SIZE(g->trace.events); i++) {
		for (char **event = g->trace.events[i]; done && *event; event++) {
			char *arguments;

			if (!strncmp(*event, INSN_EVENT, strlen(INSN_EVENT)))
				continue;
			arguments = xasprintf("{\"name\": \"%s\", \"enable\": %s}", *event,
					      count ? "true" : "false");
			done = qmp_execute(g->qemu.qmp, "trace-event-set-state", arguments);
			free(arguments);
		}
	}
	g->uncounted = !count;
	return done;
}

/* The line that holds @s, from there on, to be freed; NULL when there is none. */
static char *find_line(const struct text *t, const char *s)
{
	const char *at = t->len ? strstr(t->s, s) : NULL;

	return at ? xasprintf("%.*s", (int)strcspn(at, "\r\n"), at) : NULL;
}

/* The last line of @t that is not empty, to be freed; "" when there is none. */
static char *last_line(const struct text *t)
{
	size_t end = t->len, start;

	if (!end)
		return xstrdup("");
	while (end && strchr("\r\n", t->s[end - 1]))
		end--;
	start = end;
	while (start && t->s[start - 1] != '\n')
		start--;
	return xasprintf("%.*s", (int)(end - start), t->s + start);
}

static char *hang_text(const struct guest *g, double waited)
{
	char *last = last_line(&g->console);
	char *text = xasprintf("guest hangs: no answer within %.0f s, behind '%s'", waited, last);

	free(last);
	return text;
}

bool guest_lacks_event(const struct guest *g)
{
	return g->errors.len && strstr(g->errors.s, "warning: trace event");
}

bool guest_panicked(const struct guest *g)
{
	return g->console.len && strstr(g->console.s, PANIC);
}

char *guest_obituary(const struct guest *g, enum guest_event event, double waited)
{
	char *panic = guest_panicked(g) ? find_line(&g->console, PANIC) : NULL, *why;

	if (panic)
		why = xasprintf("guest panicked: %s", panic);
	else if (event == GUEST_LATE)
		why = hang_text(g, waited);
	else if (event != GUEST_ENDED)
		why = xstrdup("guest broke the protocol");
	else if (WIFSIGNALED(g->status))
		why = xasprintf("QEMU was killed by signal %d", WTERMSIG(g->status));
	else if (WEXITSTATUS(g->status))
		why = xasprintf("QEMU ended with status %d: %.*s", WEXITSTATUS(g->status),
				g->errors.len ? (int)strcspn(g->errors.s, "\n") : 0,
				g->errors.len ? g->errors.s : "");
	else
		why = xstrdup("guest powered off early");
	free(panic);
	return why;
}

void guest_stop(struct guest *g)
{
	if (!g->ended)
		g->status = qemu_end(&g->qemu);
	g->ended = true;
}

void guest_free(struct guest *g)
{
	text_free(&g->console);
	text_free(&g->errors);
	text_free(&g->inbox);
	trace_free(&g->trace);
}
