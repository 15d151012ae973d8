// SPDX-License-Identifier: MIT
/*
 * What virtio-gpu shows is what was painted. A 2D device gives nothing back, so
 * whoever runs the guest looks at its screen from outside: the test says what it
 * painted, as "screen WIDTHxHEIGHT HASH" on its standard output, and waits for the
 * answer in a file, "same" or what is shown instead.
 */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "igt.h"
#include "pattern.h"
#include "share.h"

IGT_TEST_DESCRIPTION("The picture of virtio-gpu, seen from outside of the guest.");

/**
 * TEST: virtio_gpu_screen
 * Category: Display
 * Mega feature: General Display Features
 * Sub-category: DMA
 * Functionality: mapping
 * Feature: swiotlb, iommu
 * Test category: functionality test
 * Description: The picture of virtio-gpu, seen from outside of the guest.
 *
 * SUBTEST: painted
 * Description: A picture that was painted before it is shown.
 *
 * SUBTEST: repainted
 * Description: The picture that is shown is painted again, several times.
 *
 * SUBTEST: partly-repainted
 * Description: A rectangle of the picture that is shown is painted again.
 *
 * SUBTEST: flipped
 * Description: Two pictures are shown by turns, each painted while the other one is.
 */

/* The one who looks has time to do so, on a busy host, too. */
#define ANSWER_MS 60000
#define PASSES 3
/* Characters of "features" in sysfs: VIRTIO_F_ACCESS_PLATFORM of virtio 1.2, 6 */
#define ACCESS_PLATFORM 33

struct framebuffer {
	uint32_t handle, id;
	size_t pitch, size;
	uint8_t *cpu;
};

static struct {
	int drm;
	uint32_t crtc, connector;
	drmModeModeInfo mode;
} output = { .drm = -1 };

static uint64_t seed;

/* The device's addresses go through the DMA API, else there is nothing to see. */
static void require_dma_api(void)
{
	char path[128], features[128] = "";
	glob_t paths = {};
	struct stat st;
	FILE *f;

	igt_assert_f(!fstat(output.drm, &st), "fstat: %s\n", strerror(errno));
	/* The virtio device, or the PCI device whose child that is. */
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/{,virtio*/}features",
		 major(st.st_rdev), minor(st.st_rdev));
	f = glob(path, GLOB_BRACE, NULL, &paths) ? NULL : fopen(paths.gl_pathv[0], "re");
	igt_assert_f(f && fgets(features, sizeof(features), f), "%s: %s\n", path, strerror(errno));
	fclose(f);
	globfree(&paths);
	igt_assert_f(strlen(features) > ACCESS_PLATFORM && features[ACCESS_PLATFORM] == '1',
		     "the device's memory is not mapped: iommu_platform=on is missing\n");
}

static void find_output(void)
{
	drmModeConnectorPtr connector;
	drmModeResPtr res;
	int i;

	igt_require_f(getenv("HOST_ANSWER"), "nobody looks at the screen from outside\n");
	output.drm = drm_device("virtio_gpu");
	igt_require_f(output.drm >= 0, "no DRM device of virtio_gpu\n");
	igt_require_f(drmIsMaster(output.drm), "another program is master of virtio_gpu\n");
	require_dma_api();
	res = drmModeGetResources(output.drm);
	igt_assert_f(res && res->count_crtcs, "virtio_gpu has no CRTC\n");
	output.crtc = res->crtcs[0];
	for (i = 0; i < res->count_connectors; i++) {
		connector = drmModeGetConnector(output.drm, res->connectors[i]);
		if (connector && connector->connection == DRM_MODE_CONNECTED &&
		    connector->count_modes && !output.connector) {
			output.connector = connector->connector_id;
			output.mode = connector->modes[0];
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
	igt_assert_f(output.connector, "virtio_gpu has no connected output\n");
}

static void create(struct framebuffer *fb)
{
	struct drm_mode_create_dumb dumb = {
		.width = output.mode.hdisplay, .height = output.mode.vdisplay, .bpp = 32
	};
	struct drm_mode_map_dumb map = {};

	igt_assert_f(!drmIoctl(output.drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb),
		     "DRM_IOCTL_MODE_CREATE_DUMB: %s\n", strerror(errno));
	*fb = (struct framebuffer){
		.handle = dumb.handle, .pitch = dumb.pitch, .size = dumb.size
	};
	map.handle = fb->handle;
	igt_assert_f(!drmIoctl(output.drm, DRM_IOCTL_MODE_MAP_DUMB, &map),
		     "DRM_IOCTL_MODE_MAP_DUMB: %s\n", strerror(errno));
	fb->cpu = mmap(NULL, fb->size, PROT_READ | PROT_WRITE, MAP_SHARED, output.drm, map.offset);
	igt_assert_f(fb->cpu != MAP_FAILED, "mmap: %s\n", strerror(errno));
	igt_assert_f(!drmModeAddFB(output.drm, dumb.width, dumb.height, 24, 32, dumb.pitch,
				   dumb.handle, &fb->id),
		     "drmModeAddFB: %s\n", strerror(errno));
}

static void destroy(struct framebuffer *fb)
{
	drmModeRmFB(output.drm, fb->id);
	munmap(fb->cpu, fb->size);
	handle_close(output.drm, fb->handle);
}

static void paint(struct framebuffer *fb, size_t x, size_t y, size_t width, size_t height)
{
	size_t line;

	for (line = y; line < y + height; line++)
		pattern_fill(fb->cpu + line * fb->pitch + 4 * x, 4 * width, ++seed);
}

static void paint_all(struct framebuffer *fb)
{
	paint(fb, 0, 0, output.mode.hdisplay, output.mode.vdisplay);
}

static void show(const struct framebuffer *fb)
{
	igt_assert_f(!drmModeSetCrtc(output.drm, output.crtc, fb->id, 0, 0, &output.connector, 1,
				     &output.mode),
		     "drmModeSetCrtc: %s\n", strerror(errno));
}

static void show_again(const struct framebuffer *fb, size_t x, size_t y, size_t width,
		       size_t height)
{
	drmModeClip clip = { .x1 = x, .y1 = y, .x2 = x + width, .y2 = y + height };

	igt_assert_f(!drmModeDirtyFB(output.drm, fb->id, &clip, 1), "drmModeDirtyFB: %s\n",
		     strerror(errno));
}

/* FNV-1a over red, green and blue: the fourth byte of a pixel is not shown. */
static uint64_t hash(const struct framebuffer *fb)
{
	uint64_t sum = 0xcbf29ce484222325;
	const uint8_t *pixel;
	size_t x, y;
	int colour;

	for (y = 0; y < output.mode.vdisplay; y++)
		for (x = 0; x < output.mode.hdisplay; x++) {
			pixel = fb->cpu + y * fb->pitch + 4 * x;
			for (colour = 2; colour >= 0; colour--)
				sum = (sum ^ pixel[colour]) * 0x100000001b3;
		}
	return sum;
}

static void must_be_shown(const struct framebuffer *fb)
{
	const char *path = getenv("HOST_ANSWER");
	char answer[64] = "";
	FILE *f = NULL;
	int ms;

	unlink(path);
	printf("screen %ux%u %016" PRIx64 "\n", output.mode.hdisplay, output.mode.vdisplay,
	       hash(fb));
	fflush(stdout);
	for (ms = 0; !f && ms < ANSWER_MS; ms++) {
		usleep(1000);
		f = fopen(path, "re");
	}
	igt_assert_f(f && fgets(answer, sizeof(answer), f), "nobody said what is shown\n");
	fclose(f);
	unlink(path);
	igt_assert_f(!strcmp(answer, "same"), "the screen shows %s\n", answer);
}

static void test_painted(void)
{
	struct framebuffer fb;
	int pass;

	find_output();
	for (pass = 0; pass < PASSES; pass++) {
		create(&fb);
		paint_all(&fb);
		show(&fb);
		must_be_shown(&fb);
		destroy(&fb);
	}
}

static void test_repainted(void)
{
	struct framebuffer fb;
	int pass;

	find_output();
	create(&fb);
	show(&fb);
	for (pass = 0; pass < PASSES; pass++) {
		paint_all(&fb);
		show_again(&fb, 0, 0, output.mode.hdisplay, output.mode.vdisplay);
		must_be_shown(&fb);
	}
	destroy(&fb);
}

static void test_partly_repainted(void)
{
	struct framebuffer fb;
	int pass;

	find_output();
	create(&fb);
	paint_all(&fb);
	show(&fb);
	for (pass = 0; pass < PASSES; pass++) {
		paint(&fb, 100 * pass, 33 * pass, 123, 45);
		show_again(&fb, 100 * pass, 33 * pass, 123, 45);
		must_be_shown(&fb);
	}
	destroy(&fb);
}

static void test_flipped(void)
{
	struct framebuffer fb[2];
	int pass;

	find_output();
	create(&fb[0]);
	create(&fb[1]);
	for (pass = 0; pass < 2 * PASSES; pass++) {
		paint_all(&fb[pass & 1]);
		show(&fb[pass & 1]);
		must_be_shown(&fb[pass & 1]);
	}
	destroy(&fb[0]);
	destroy(&fb[1]);
}

igt_main
{
	igt_describe("Painted, then shown.");
	igt_subtest("painted")
		test_painted();

	igt_describe("Painted while it is shown.");
	igt_subtest("repainted")
		test_repainted();

	igt_describe("A part of it painted while it is shown.");
	igt_subtest("partly-repainted")
		test_partly_repainted();

	igt_describe("Two of them, shown by turns.");
	igt_subtest("flipped")
		test_flipped();
}
