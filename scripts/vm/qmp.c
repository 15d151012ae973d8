// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qmp.h"
#include "text.h"
#include "util.h"

/* Seconds. */
#define LIMIT 20

#define ID "\"id\": \"iobounce\""
#define DONE "{\"return\": {}, " ID "}"

/* QEMU's answer to the command called ID; all before it is of no interest. */
static bool wait_for_answer(int qmp)
{
	double deadline = now_seconds() + LIMIT;
	struct text answer = {};
	bool done = false;
	char buf[4096];
	ssize_t n;

	while (!done && now_seconds() < deadline) {
		poll(&(struct pollfd){ qmp, POLLIN, 0 }, 1, 1000);
		n = read(qmp, buf, sizeof(buf));
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		if (n > 0)
			text_add(&answer, buf, n);
		done = answer.len && strstr(answer.s, ID);
	}
	done = done && strstr(answer.s, DONE);
	text_free(&answer);
	return done;
}

bool qmp_execute(int qmp, const char *command, const char *arguments)
{
	/* QEMU wants the first command once; it answers that the second time is wrong. */
	dprintf(qmp, "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"%s\", "
		"\"arguments\": %s, " ID "}\n", command, arguments);
	return wait_for_answer(qmp);
}
