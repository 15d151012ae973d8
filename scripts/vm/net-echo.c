// SPDX-License-Identifier: GPL-2.0
/*
 * net-echo ADDRESS PORT MIB: in a guest, sends so many MiB by TCP and compares what
 * comes back, both at once.
 *
 * No part of what is sent repeats, so that bytes which are lost, late or in the wrong
 * place are noticed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "random.h"
#include "util.h"

#define BLOCK 65536
/* A busy host may let a guest wait. */
#define PATIENCE_MS 60000

/* What is sent, or has to come back. */
struct stream {
	uint64_t seed;
	uint64_t done;			/* bytes */
	uint64_t block[BLOCK / 8];	/* that the next byte is in */
};

static void next_block(struct stream *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->block); i++)
		s->block[i] = random_next(&s->seed);
}

/* From the next byte to the end of the block. */
static const char *rest(const struct stream *s, size_t *len)
{
	*len = BLOCK - s->done % BLOCK;
	return (const char *)s->block + s->done % BLOCK;
}

static void advance(struct stream *s, size_t len)
{
	s->done += len;
	if (s->done % BLOCK == 0)
		next_block(s);
}

static void send_some(int fd, struct stream *s)
{
	size_t len;
	const char *bytes = rest(s, &len);
	ssize_t n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		advance(s, n);
	else if (errno != EAGAIN)
		die("sent %llu bytes, then: %s", (unsigned long long)s->done, strerror(errno));
}

static void receive_some(int fd, struct stream *s)
{
	char got[BLOCK];
	size_t len;
	const char *expected = rest(s, &len);
	ssize_t n = recv(fd, got, len, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("%llu bytes came back, then: %s", (unsigned long long)s->done,
		    n ? strerror(errno) : "the end");
	for (ssize_t i = 0; i < n; i++)
		if (got[i] != expected[i])
			die("byte %llu came back as %#04x and was sent as %#04x",
			    (unsigned long long)s->done + i, (unsigned char)got[i],
			    (unsigned char)expected[i]);
	advance(s, n);
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!inet_aton(address, &to.sin_addr) || !to.sin_port)
		die("%s port %s: an IPv4 address and a number expected", address, port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("%s port %s: %s", address, port, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	uint64_t total = argc == 4 ? strtoull(argv[3], NULL, 10) << 20 : 0;
	static struct stream sent, back;
	int fd;

	progname = "net-echo";
	if (!total)
		die("usage: net-echo ADDRESS PORT MIB");
	fd = connect_to(argv[1], argv[2]);
	next_block(&sent);
	next_block(&back);
	while (back.done < total) {
		struct pollfd ready = { fd, POLLIN | (sent.done < total ? POLLOUT : 0), 0 };

		if (poll(&ready, 1, PATIENCE_MS) != 1)
			die("sent %llu bytes, %llu came back, and no more",
			    (unsigned long long)sent.done, (unsigned long long)back.done);
		if (ready.revents & POLLOUT)
			send_some(fd, &sent);
		if (ready.revents & ~POLLOUT)
			receive_some(fd, &back);
	}
	close(fd);
	return 0;
}
