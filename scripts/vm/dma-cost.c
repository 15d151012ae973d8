// SPDX-License-Identifier: GPL-2.0
/*
 * In a guest: what it takes to map and unmap a buffer for DMA, by the kernel's own
 * benchmark (kernel/dma/map_benchmark.c), which takes the place of the first edu's
 * driver meanwhile.
 *
 * Usage: dma-cost SECONDS MODE:PAGES...; MODE is single or list.
 *
 * Prints a line for each, "MODE PAGES map NS unmap NS", where NS is the mean time in
 * nanoseconds by the guest's clock: a number of instructions under QEMU's -icount.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"
#define DRIVER "dma_map_benchmark"
#define BENCHMARK "/sys/kernel/debug/dma_map_benchmark"

/* The kernel's ABI since 6.19, include/uapi/linux/map_benchmark.h. */
struct benchmark {
	__u64 map, map_deviation, unmap, unmap_deviation;	/* 100 ns each */
	__u32 threads, seconds;
	__s32 node;						/* -1: any */
	__u32 address_bits, direction, wait_ns, pages;
	__u8 mode, reserved[75];
};

#define RUN _IOWR('d', 1, struct benchmark)
#define FROM_DEVICE 2

static const char *const modes[] = { "single", "list" };

static void die(const char *what, ...) __attribute__((format(printf, 1, 2), noreturn));
static void die(const char *what, ...)
{
	va_list args;

	fprintf(stderr, "dma-cost: ");
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

static void path_of(char path[512], const char *device, const char *file)
{
	snprintf(path, 512, DEVICES "/%s/%s", device, file);
}

static unsigned int id_of(const char *device, const char *file)
{
	unsigned int id = 0;
	char path[512];
	FILE *f;

	path_of(path, device, file);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%x", &id) != 1)
		die("%s: %s", path, f ? "no number" : strerror(errno));
	fclose(f);
	return id;
}

/* The first device that is an edu of QEMU. */
static const char *find_edu(void)
{
	struct dirent **entries;
	int n = scandir(DEVICES, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] != '.' && id_of(name, "vendor") == 0x1234 &&
		    id_of(name, "device") == 0x11e8)
			return name;
	}
	die("this machine has no edu");
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("'%s' to %s: %s", text, path, strerror(errno));
	close(fd);
}

/* The driver that sysfs calls @driver shall have @device; "" : whichever wants it. */
static void give(const char *device, const char *driver)
{
	char path[512], name[64];

	path_of(path, device, "driver/unbind");
	if (!access(path, W_OK))
		put(path, device);
	path_of(path, device, "driver_override");
	snprintf(name, sizeof(name), "%s\n", driver);
	put(path, name);
	put("/sys/bus/pci/drivers_probe", device);
}

static void run(int fd, unsigned int seconds, const char *what)
{
	struct benchmark b = {
		.threads = 1, .seconds = seconds, .node = -1, .address_bits = 64,
		.direction = FROM_DEVICE
	};
	char mode[16], after;

	if (sscanf(what, "%15[a-z]:%u%c", mode, &b.pages, &after) != 2)
		die("%s: MODE:PAGES expected", what);
	while (b.mode < 2 && strcmp(mode, modes[b.mode]))
		b.mode++;
	if (b.mode == 2)
		die("%s: single or list expected", what);
	if (ioctl(fd, RUN, &b))
		die("%s: %s", what, strerror(errno));
	printf("%s %u map %llu unmap %llu\n", mode, b.pages, 100 * (unsigned long long)b.map,
	       100 * (unsigned long long)b.unmap);
}

int main(int argc, char **argv)
{
	int seconds = argc > 2 ? atoi(argv[1]) : 0, fd;
	const char *device;

	if (seconds < 1)
		die("usage: dma-cost SECONDS MODE:PAGES...");
	device = find_edu();
	give(device, DRIVER);
	fd = open(BENCHMARK, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(BENCHMARK ": %s", strerror(errno));
	for (int i = 2; i < argc; i++)
		run(fd, seconds, argv[i]);
	close(fd);
	give(device, "");
	return 0;
}
