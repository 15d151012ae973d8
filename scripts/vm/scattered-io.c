// SPDX-License-Identifier: GPL-2.0
/*
 * scattered-io read|write|randread-KIBk COUNT DISK: in a guest, so many direct I/Os, 64
 * in flight, of which each page has to be mapped by itself.
 *
 * A buffer is one and the same page over and over. So no page of it has the one before
 * as its neighbour in memory, which would save a request to the IOMMU, and how many
 * requests an I/O takes is no matter of luck. What is read is not looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "random.h"
#include "util.h"

#define DEPTH 64
/* As many pages as an NVMe of QEMU takes at once. */
#define MAX_PAGES 128

struct pattern {
	bool write, random;
	size_t size;		/* bytes */
};

static struct pattern parse(const char *name)
{
	char rw[16], after;
	unsigned int kib;
	size_t page = sysconf(_SC_PAGESIZE);
	struct pattern p;

	if (sscanf(name, "%15[a-z]-%uk%c", rw, &kib, &after) != 2 ||
	    (strcmp(rw, "read") && strcmp(rw, "write") && strcmp(rw, "randread")))
		die("%s: read, write or randread, and a size like -16k expected", name);
	p = (struct pattern){ !strcmp(rw, "write"), !strcmp(rw, "randread"), (size_t)kib << 10 };
	if (!p.size || p.size % page || p.size > MAX_PAGES * page)
		die("%s: a multiple of %zu bytes up to %zu expected", name, page, MAX_PAGES * page);
	return p;
}

static void submit(aio_context_t context, struct iocb *iocb, const struct pattern *p,
		   uint64_t blocks, uint64_t number)
{
	static uint64_t seed;
	uint64_t block = p->random ? random_next(&seed) : number;

	iocb->aio_offset = block % blocks * p->size;
	if (syscall(SYS_io_submit, context, 1, &iocb) != 1)
		die("io_submit: %s", strerror(errno));
}

/* Waits for one; its iocb. */
static struct iocb *wait_for_one(aio_context_t context, const struct pattern *p)
{
	struct io_event event;

	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		die("io_getevents: %s", strerror(errno));
	if (event.res != (long long)p->size)
		die("an I/O did %lld of %zu bytes", (long long)event.res, p->size);
	return (struct iocb *)(uintptr_t)event.obj;
}

int main(int argc, char **argv)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	struct iovec buffer[MAX_PAGES];
	struct iocb iocbs[DEPTH];
	aio_context_t context = 0;
	uint64_t count, bytes;
	struct pattern p;
	void *memory;
	int fd;

	progname = "scattered-io";
	count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
	if (count < DEPTH)
		die("usage: scattered-io read|write|randread-KIBk COUNT DISK; COUNT is at least %d",
		    DEPTH);
	p = parse(argv[1]);
	fd = open(argv[3], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		die("%s: %s", argv[3], strerror(errno));
	if (bytes < p.size)
		die("%s: it has only %llu bytes", argv[3], (unsigned long long)bytes);
	memory = aligned_alloc(page, page);
	if (!memory || syscall(SYS_io_setup, DEPTH, &context))
		die("%s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(buffer); i++)
		buffer[i] = (struct iovec){ memory, page };
	for (uint64_t i = 0; i < count + DEPTH; i++) {
		struct iocb *iocb = i < DEPTH ? &iocbs[i] : wait_for_one(context, &p);

		if (i < DEPTH)
			*iocb = (struct iocb){
				.aio_lio_opcode = p.write ? IOCB_CMD_PWRITEV : IOCB_CMD_PREADV,
				.aio_fildes = fd,
				.aio_buf = (uintptr_t)buffer,
				.aio_nbytes = p.size / page,
			};
		if (i < count)
			submit(context, iocb, &p, bytes / p.size, i);
	}
	printf("figure: ios %llu\n", (unsigned long long)count);
	return 0;
}
