// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmp.h"
#include "screen.h"
#include "util.h"

/* Seconds. */
#define SHOW_LIMIT 10
#define PAUSE_US 100000

bool screen_parse(const char *line, struct screen *asked)
{
	return sscanf(line, "screen %ux%u %" SCNx64, &asked->width, &asked->height,
		      &asked->hash) == 3;
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
	char *arguments;
	bool good;

	if (fd < 0)
		die("cannot make %s: %s (TMPDIR chooses another folder)", path, strerror(errno));
	close(fd);
	arguments = xasprintf("{\"filename\": \"%s\"}", path);
	good = qmp_execute(qmp, "screendump", arguments) && read_ppm(path, s);
	free(arguments);
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
