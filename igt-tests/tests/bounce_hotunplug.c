// SPDX-License-Identifier: MIT
/*
 * A device goes away while there are buffers of it: mapped, exported, imported,
 * or in the middle of a copy. What they held stays; nothing of the device's is
 * reached through old addresses when it comes back.
 *
 * The device is QEMU's edu. It is unbound from its driver, or removed as if it
 * had been unplugged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xf86drm.h>

#include "edu.h"
#include "igt.h"
#include "iommu.h"
#include "pattern.h"
#include "share.h"

IGT_TEST_DESCRIPTION("Buffers of a device that goes away.");

/**
 * TEST: bounce_hotunplug
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: DMA
 * Functionality: hotplug
 * Feature: iommu, swiotlb
 * Test category: functionality test
 * Description: Buffers of a device that goes away.
 *
 * SUBTEST: %s-with-buffers
 * Description: The device is gone by %arg[1]; the CPU keeps its buffers with all that is in them.
 *
 * arg[1].values: unbind, remove
 */

/**
 * SUBTEST: unbind-with-bounced-buffers
 * Description: What the device wrote to a bounced buffer, and not more, is there for the CPU.
 *
 * SUBTEST: unbind-with-export
 * Description: Another driver goes on using a buffer that it imported.
 *
 * SUBTEST: unbind-while-copying
 * Description: The device is gone in the middle of a copy, and writes no more.
 *
 * SUBTEST: unanswered
 * Description: A device that did not answer gets no memory and no orders until it is bound again.
 *
 * SUBTEST: old-address
 * Description: After it came back the device finds nothing where buffers were mapped before.
 *
 * SUBTEST: again-and-again
 * Description: Unbound and bound several times, always with buffers; none of them stays mapped.
 */

/**
 * SUBTEST: unbind-with-import-%s
 * Description: A buffer of %arg[1] that the device imported keeps what the device wrote.
 *
 * arg[1].values: udmabuf, heap, vgem, virtio-gpu
 */

#define ROUNDS 5
/* Long enough for the second piece of a copy, not for the whole. */
#define MIDWAY_MS 600
#define COPY_PAGES 16
/* After the device was told to end, what it had begun takes no longer. */
#define SILENCE_MS 500
/* The driver gives a device ten seconds to answer, the host a guest its time when it has some. */
#define LOST_MS 3000
#define PATIENCE_MS 60000
/* linux/pci_regs.h: PCI_COMMAND, PCI_COMMAND_MASTER */
#define COMMAND 4
#define COMMAND_MASTER 4
#define HEAD 100
#define TAIL 200

static char address[32];	/* on the PCI bus */
static uint64_t seed;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	igt_assert_f(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s\n",
		     path, strerror(errno));
	close(fd);
}

static bool is_there(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", address, name);
	return !access(path, F_OK);
}

static void write_attribute(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", address, name);
	write_file(path, "1");
}

static void unbind(void)
{
	write_file("/sys/bus/pci/drivers/edu/unbind", address);
}

static void take_away(void)
{
	write_attribute("remove");
}

/* The device's command register, after these bits were set and those cleared. */
static uint16_t change_command(uint16_t set, uint16_t clear)
{
	char path[PATH_MAX];
	uint16_t command;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", address);
	fd = open(path, O_RDWR | O_CLOEXEC);
	igt_assert_f(fd >= 0 && pread(fd, &command, 2, COMMAND) == 2, "%s: %s\n", path,
		     strerror(errno));
	command = (command | set) & ~clear;
	igt_assert_f(!(set | clear) || pwrite(fd, &command, 2, COMMAND) == 2, "%s: %s\n", path,
		     strerror(errno));
	close(fd);
	return command;
}

/* Whatever a subtest that failed left behind. */
static void bring_back(void)
{
	if (!is_there("vendor"))
		write_file("/sys/bus/pci/rescan", "1");
	if (!is_there("driver"))
		write_file("/sys/bus/pci/drivers/edu/bind", address);
}

static void find_address(void)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct stat st;
	ssize_t len;

	igt_assert_f(!fstat(edu_device(), &st), "fstat: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device", major(st.st_rdev),
		 minor(st.st_rdev));
	len = readlink(path, target, sizeof(target) - 1);
	igt_assert_f(len > 0, "%s: %s\n", path, strerror(errno));
	target[len] = '\0';
	snprintf(address, sizeof(address), "%s", strrchr(target, '/') + 1);
}

/* The DRM device of the edu that all of this is about, bound; opened anew each time. */
static int device(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int drm = -1;
	DIR *dir;

	if (!*address)
		find_address();
	bring_back();
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/drm", address);
	dir = opendir(path);
	while (dir && drm < 0 && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "card", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/dri/%s", entry->d_name);
		drm = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	igt_assert_f(drm >= 0, "%s: no DRM device: %s\n", address, strerror(errno));
	return drm;
}

/* How the driver says that the device has gone. */
static void gone(const char *what, int err)
{
	igt_assert_f(err == -ENODEV, "%s: %s\n", what, strerror(-err));
}

static void fill(uint8_t *cpu, size_t size)
{
	pattern_fill(cpu, size, ++seed);
}

/* The device, back again, does what it did before. */
static void must_work(void)
{
	const int drm = device();
	const size_t size = edu_info(drm).transfer;
	struct edu_buffer src, dst;

	edu_create(drm, &src, size, 0);
	edu_create(drm, &dst, size, 0);
	fill(src.cpu, size);
	edu_copy(drm, &dst, 0, &src, 0, size);
	edu_wait(drm, &dst);
	pattern_compare("the copy of the device that came back", dst.cpu, src.cpu, size);
	edu_destroy(drm, &src);
	edu_destroy(drm, &dst);
	close(drm);
}

/* The end of a test whose device went: its buffers are of no use any more. */
static void must_come_back(int drm, struct edu_buffer *src, struct edu_buffer *dst)
{
	edu_forget(src);
	edu_forget(dst);
	close(drm);
	must_work();
}

static void test_with_buffers(void (*away)(void))
{
	const size_t page = sysconf(_SC_PAGESIZE), size = 3 * page;
	const int drm = device();
	struct edu_buffer src, dst;
	uint8_t *expected = calloc(1, size);

	igt_assert(expected);
	edu_create(drm, &src, size, 0);
	edu_create(drm, &dst, size, 0);
	fill(src.cpu, size);
	memcpy(expected + page, src.cpu, 1000);
	edu_copy(drm, &dst, page, &src, 0, 1000);
	edu_wait(drm, &dst);
	away();
	pattern_compare("what the device had written", dst.cpu, expected, size);
	fill(dst.cpu, size);
	gone("a copy", edu_copy_try(drm, &dst, 0, &src, 0, page));
	gone("a wait", edu_wait_try(drm, &dst, 1));
	free(expected);
	must_come_back(drm, &src, &dst);
}

/* Unmapping is the last time that a bounced buffer's bytes come to the CPU. */
static void test_with_bounced(void)
{
	const size_t size = sysconf(_SC_PAGESIZE);
	const int drm = device();
	const struct iommu iommu = iommu_of(drm);
	uint8_t *before = malloc(size), sent[64];
	struct edu_buffer b;

	igt_require_f(iommu.bounces || iommu.untrusted, "no pool bounces mappings of the device\n");
	igt_assert(before);
	edu_set_persistent(false);
	edu_set_hostile(true);
	fill(before, size);
	fill(sent, sizeof(sent));
	edu_create_as(drm, &b, &(struct edu_want){ .size = size, .head = HEAD, .tail = TAIL,
						   .data = before });
	/* Half of it beside the buffer, where the device has no right. */
	edu_poke(drm, edu_address(drm, &b, HEAD) - sizeof(sent) / 2, sent, sizeof(sent));
	edu_poke(drm, edu_address(drm, &b, size - TAIL - 1) + 1 - sizeof(sent) / 2, sent,
		 sizeof(sent));
	pattern_compare("the buffer before the device went", b.cpu, before, size);
	unbind();
	memcpy(before + HEAD, sent + sizeof(sent) / 2, sizeof(sent) / 2);
	memcpy(before + size - TAIL - sizeof(sent) / 2, sent, sizeof(sent) / 2);
	pattern_compare("the buffer afterwards", b.cpu, before, size);
	edu_forget(&b);
	close(drm);
	free(before);
	edu_set_persistent(true);
	must_work();
}

static void test_with_export(void)
{
	const size_t page = sysconf(_SC_PAGESIZE), size = 2 * page;
	const int drm = device();
	struct buffer b = { .size = size };
	struct edu_buffer own;
	uint8_t *written = malloc(size);
	struct import im;

	igt_assert(written);
	edu_set_persistent(true);
	edu_create(drm, &own, size, 0);
	igt_assert_f(!drmPrimeHandleToFD(drm, own.handle, DRM_CLOEXEC | DRM_RDWR, &b.dmabuf),
		     "DRM_IOCTL_PRIME_HANDLE_TO_FD: %s\n", strerror(errno));
	import_create(&im, "vgem", &b);
	fill(own.cpu, page);
	edu_copy(drm, &own, page, &own, 0, 1000);
	edu_wait(drm, &own);
	unbind();
	pattern_compare("what the device wrote, for the importer", im.cpu + page, im.cpu, 1000);
	fill(im.cpu, size);
	memcpy(written, im.cpu, size);
	pattern_compare("what the importer wrote", own.cpu, written, size);
	edu_forget(&own);
	close(drm);
	pattern_compare("the same after the owner has gone", im.cpu, written, size);
	free(written);
	import_destroy(&im);
	close(b.dmabuf);
	must_work();
}

static void test_with_import(enum exporter exporter)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int drm = device();
	struct edu_buffer import, own;
	struct buffer b;

	edu_set_persistent(true);
	buffer_create(&b, exporter, 3);
	edu_create(drm, &own, page, 0);
	fill(own.cpu, page);
	edu_import(drm, &import, &b);
	edu_copy(drm, &import, page, &own, 0, 1000);
	edu_wait(drm, &import);
	unbind();
	memcpy(b.expected + page, own.cpu, 1000);
	cpu_begin(b.dmabuf);
	pattern_compare("what the device wrote", b.cpu, b.expected, b.size);
	cpu_end(b.dmabuf);
	edu_forget(&own);
	close(drm);
	buffer_destroy(&b);
	must_work();
}

static void test_while_copying(void)
{
	const size_t page = sysconf(_SC_PAGESIZE), size = COPY_PAGES * page;
	const int drm = device();
	struct edu_buffer src, dst;
	uint8_t *before = malloc(size);
	size_t i, copied = 0;

	igt_assert(before);
	edu_set_persistent(true);
	edu_create(drm, &src, size, 0);
	edu_create(drm, &dst, size, 0);
	fill(src.cpu, size);
	fill(before, size);
	memcpy(dst.cpu, before, size);
	edu_copy(drm, &dst, 0, &src, 0, size);
	usleep(1000 * MIDWAY_MS);
	unbind();

	while (copied < size && dst.cpu[copied] == src.cpu[copied])
		copied++;
	igt_info("%zu of %zu bytes were copied\n", copied, size);
	igt_assert_f(copied > 0 && copied < size, "the device went after %zu of %zu bytes\n",
		     copied, size);
	pattern_compare("what was not copied", dst.cpu + copied, before + copied, size - copied);
	for (i = 0; i < 2; i++) {
		fill(dst.cpu, size);
		memcpy(before, dst.cpu, size);
		usleep(1000 * SILENCE_MS);
		pattern_compare("the buffer, for the CPU alone", dst.cpu, before, size);
	}
	gone("a wait", edu_wait_try(drm, &dst, 1));
	free(before);
	must_come_back(drm, &src, &dst);
}

/* What the device says in one transfer is lost; then it could answer again. */
static void test_unanswered(void)
{
	const size_t size = sysconf(_SC_PAGESIZE);
	const int drm = device();
	uint8_t *before = malloc(size);
	struct edu_buffer src, dst;
	int pass, err;

	igt_assert(before);
	edu_set_persistent(true);
	edu_create(drm, &src, size, 0);
	edu_create(drm, &dst, size, 0);
	fill(src.cpu, size);
	fill(before, size);
	memcpy(dst.cpu, before, size);
	/* It can neither access memory nor interrupt by a message. */
	change_command(0, COMMAND_MASTER);
	for (pass = 0; pass < 2; pass++) {
		edu_copy(drm, &dst, 0, &src, 0, 1000);
		usleep(1000 * LOST_MS);
		if (!pass)
			change_command(COMMAND_MASTER, 0);
		err = edu_wait_try(drm, &dst, PATIENCE_MS);
		igt_assert_f(err == -EIO, "copy %d: %s\n", pass, strerror(-err));
		igt_assert_f(!(change_command(0, 0) & COMMAND_MASTER),
			     "the device has access to memory\n");
		pattern_compare("what was not copied", dst.cpu, before, size);
	}
	edu_forget(&src);
	edu_forget(&dst);
	unbind();
	close(drm);
	free(before);
	must_work();
}

static void test_old_address(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	int drm = device();
	const struct iommu iommu = iommu_of(drm);
	struct edu_buffer b;
	uint64_t old;
	uint8_t data[8] = {};

	igt_require_f(iommu.translates, "no IOMMU confines the device: it reaches all memory\n");
	edu_set_persistent(true);
	edu_set_hostile(true);
	edu_create(drm, &b, page, 0);
	fill(b.cpu, page);
	old = edu_address(drm, &b, 0);
	edu_peek(drm, old, data, sizeof(data));
	pattern_compare("what the device read at first", data, b.cpu, sizeof(data));
	unbind();
	fill(b.cpu, page);
	close(drm);

	drm = device();
	edu_peek(drm, old, data, sizeof(data));
	igt_assert_f(memcmp(data, b.cpu, sizeof(data)),
		     "the device reads a buffer of its life before at %#llx\n",
		     (unsigned long long)old);
	edu_forget(&b);
	close(drm);
	must_work();
}

static void test_again_and_again(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	struct iommu iommu;
	struct edu_buffer b[4];
	int drm, round;
	size_t i;

	for (round = 0; round < ROUNDS; round++) {
		drm = device();
		edu_set_persistent(round & 1);
		for (i = 0; i < 4; i++) {
			edu_create(drm, &b[i], (i + 1) * page, 0);
			fill(b[i].cpu, b[i].size);
		}
		unbind();
		for (i = 0; i < 4; i++)
			edu_forget(&b[i]);
		close(drm);
	}
	edu_set_persistent(true);
	drm = device();
	iommu = iommu_of(drm);
	igt_assert_f(!iommu_slots_in_use(&iommu), "%lu slots are in use by nobody\n",
		     iommu_slots_in_use(&iommu));
	close(drm);
	must_work();
}

igt_main
{
	enum exporter e;

	igt_describe("Unbound from its driver, with buffers that are mapped.");
	igt_subtest("unbind-with-buffers")
		test_with_buffers(unbind);

	igt_describe("Removed from the bus, with buffers that are mapped.");
	igt_subtest("remove-with-buffers")
		test_with_buffers(take_away);

	igt_describe("Unbound, with a buffer that is bounced.");
	igt_subtest("unbind-with-bounced-buffers")
		test_with_bounced();

	igt_describe("Unbound, with a buffer that another driver uses.");
	igt_subtest("unbind-with-export")
		test_with_export();

	for (e = 0; e < EXPORTERS; e++) {
		igt_describe_f("Unbound, with a buffer of %s.", exporter_name[e]);
		igt_subtest_f("unbind-with-import-%s", exporter_name[e])
			test_with_import(e);
	}

	igt_describe("Unbound in the middle of a copy.");
	igt_subtest("unbind-while-copying")
		test_while_copying();

	igt_describe("An answer that is lost, and what follows.");
	igt_subtest("unanswered")
		test_unanswered();

	igt_describe("Addresses of before, after it came back.");
	igt_subtest("old-address")
		test_old_address();

	igt_describe("Unbound and bound several times.");
	igt_subtest("again-and-again")
		test_again_and_again();
}
