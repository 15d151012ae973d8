// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"
#include "text.h"
#include "util.h"

/* Seconds. */
#define QMP_LIMIT 20
#define SHOW_LIMIT 10
#define PAUSE_US 100000

#define DONE "{\"return\": {}, \"id\": \"screen\"}"

bool screen_parse(const char *line, struct screen *asked)
{
	return sscanf(line, "screen %ux%u %" SCNx64, &asked->width, &asked->height,
		      &asked->hash) == 3;
}

/* QEMU's answer to the command called "screen"; all before it is of no interest. */
static bool wait_for_answer(int qmp)
{
	double deadline = now_seconds() + QMP_LIMIT;
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
		done = answer.len && strstr(answer.s, "\"id\": \"screen\"");
	}
	done = done && strstr(answer.s, DONE);
	text_free(&answer);
	return done;
}

/* A picture as QEMU writes it: PPM with 8 bits a colour, without comments. */
static bool read_ppm(const char *path, struct screen *s)
{
	size_t len, head, i;
	char *data = read_file(path, &len), *maximum;
	bool good = data && sscanf(data, "P6 %u %u", &s->width, &s->height) == 2 &&
		    (maximum = strstr(data, "\n255\n"));

	head = good ? (size_t)(maximum - data) + strlen("\n255\n") : 0;
	good = good && len - head == 3UL * s->width * s->height;
	s->hash = 0xcbf29ce484222325;
	for (i = head; good && i < len; i++)
		s->hash = (s->hash ^ (unsigned char)data[i]) * 0x100000001b3;
	free(data);
	return good;
}

static bool take(int qmp, struct screen *s)
{
	char *path = xasprintf("%s/iobounce-screen-XXXXXX", getenv("TMPDIR") ?: "/var/tmp");
	int fd = mkstemp(path);
	bool good;

	if (fd < 0)
		die("cannot make %s: %s (TMPDIR chooses another folder)", path, strerror(errno));
	close(fd);
	/* QMP wants the first command once; it answers that the second time is wrong. */
	dprintf(qmp, "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"screendump\", "
		"\"arguments\": {\"filename\": \"%s\"}, \"id\": \"screen\"}\n", path);
	good = wait_for_answer(qmp) && read_ppm(path, s);
	unlink(path);
	free(path);
	return good;
}

bool screen_shows(int qmp, const struct screen *asked, struct screen *seen)
{
	double deadline = now_seconds() + SHOW_LIMIT;

	do {
		if (!take(qmp, seen)) {
			seen->width = 0;
			return false;
		}
		if (seen->width == asked->width && seen->height == asked->height &&
		    seen->hash == asked->hash)
			return true;
		usleep(PAUSE_US);
	} while (now_seconds() < deadline);
	return false;
}
