// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "igt.h"
#include "picture.h"
#include "share.h"

#define WRITEBACK_TIMEOUT_MS 20000
/* Slow enough for an emulated CPU to compose a picture in each period. */
#define REFRESH_HZ 50

/* Kept over subtests, for one that fails can't give it back. */
static struct {
	int drm;
	uint32_t crtc, plane, connector;
} vkms = { .drm = -1 };

static uint32_t property_id(uint32_t object, uint32_t type, const char *name)
{
	drmModeObjectPropertiesPtr props = drmModeObjectGetProperties(vkms.drm, object, type);
	drmModePropertyPtr prop;
	uint32_t i, id = 0;

	for (i = 0; props && i < props->count_props; i++) {
		prop = drmModeGetProperty(vkms.drm, props->props[i]);
		if (prop && !strcmp(prop->name, name))
			id = prop->prop_id;
		drmModeFreeProperty(prop);
	}
	drmModeFreeObjectProperties(props);
	igt_assert_f(id, "vkms has no property %s\n", name);
	return id;
}

static uint32_t find_writeback(drmModeResPtr res)
{
	drmModeConnectorPtr connector;
	uint32_t id = 0;
	int i;

	for (i = 0; i < res->count_connectors; i++) {
		connector = drmModeGetConnector(vkms.drm, res->connectors[i]);
		if (connector && connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			id = connector->connector_id;
		drmModeFreeConnector(connector);
	}
	return id;
}

/* Whatever planes vkms was asked for, it makes the primary one first. */
static uint32_t find_plane(void)
{
	drmModePlaneResPtr planes = drmModeGetPlaneResources(vkms.drm);
	uint32_t id = planes && planes->count_planes ? planes->planes[0] : 0;

	drmModeFreePlaneResources(planes);
	return id;
}

void picture_require(void)
{
	drmModeResPtr res;

	vkms.drm = drm_device("vkms");
	igt_require_f(vkms.drm >= 0, "no DRM device of vkms\n");
	igt_require_f(!drmSetClientCap(vkms.drm, DRM_CLIENT_CAP_ATOMIC, 1) &&
			      !drmSetClientCap(vkms.drm, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1),
		      "vkms knows no atomic writeback\n");
	igt_require_f(drmIsMaster(vkms.drm), "another program is master of vkms\n");

	res = drmModeGetResources(vkms.drm);
	igt_assert_f(res && res->count_crtcs, "vkms has no CRTC\n");
	vkms.crtc = res->crtcs[0];
	vkms.connector = find_writeback(res);
	vkms.plane = find_plane();
	drmModeFreeResources(res);
	igt_require_f(vkms.connector, "vkms has no writeback connector (enable_writeback)\n");
}

/* References to a framebuffer, from DRM's debugfs; 0 when it can't be read. */
static unsigned int references(uint32_t fb)
{
	unsigned int id = 0, count = 0;
	char path[256], line[128];
	struct stat st;
	FILE *f;

	igt_assert_f(!fstat(vkms.drm, &st), "vkms: fstat: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "%s/dri/%u/framebuffer", igt_debugfs_mount(),
		 minor(st.st_rdev));
	f = fopen(path, "r");
	while (f && !count && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "framebuffer[%u]", &id) != 1 && id == fb &&
		    sscanf(line, " refcount=%u", &count) == 1)
			break;
	}
	if (f)
		fclose(f);
	return count;
}

void picture_create(struct picture *p, uint32_t handle, size_t size)
{
	const uint32_t width = size < 65536 ? 32 : 1024;
	const uint32_t handles[4] = { handle }, pitches[4] = { width * 4 }, offsets[4] = {};
	int err;

	p->width = width;
	p->height = size / pitches[0];
	err = drmModeAddFB2(vkms.drm, p->width, p->height, DRM_FORMAT_XRGB8888, handles, pitches,
			    offsets, &p->fb, 0);
	igt_assert_f(!err, "vkms: DRM_IOCTL_MODE_ADDFB2 %ux%u: %s\n", p->width, p->height,
		     strerror(errno));
	p->references = references(p->fb);
	igt_require_f(p->references, "no framebuffers of vkms in debugfs\n");
}

void picture_destroy(struct picture *p)
{
	igt_assert_f(!drmModeRmFB(vkms.drm, p->fb), "vkms: DRM_IOCTL_MODE_RMFB: %s\n",
		     strerror(errno));
}

static uint32_t mode_blob(uint16_t width, uint16_t height)
{
	const uint16_t htotal = width + 40, vtotal = height + 40;
	drmModeModeInfo mode = {
		.clock = htotal * vtotal * REFRESH_HZ / 1000,
		.vrefresh = REFRESH_HZ,
		.hdisplay = width,
		.hsync_start = width + 10,
		.hsync_end = width + 20,
		.htotal = htotal,
		.vdisplay = height,
		.vsync_start = height + 10,
		.vsync_end = height + 20,
		.vtotal = vtotal,
		.name = "copy",
	};
	uint32_t id;

	igt_assert_f(!drmModeCreatePropertyBlob(vkms.drm, &mode, sizeof(mode), &id),
		     "vkms: mode of %ux%u: %s\n", width, height, strerror(errno));
	return id;
}

static void set(drmModeAtomicReqPtr req, uint32_t object, uint32_t type, const char *name,
		uint64_t value)
{
	igt_assert(drmModeAtomicAddProperty(req, object, property_id(object, type, name), value) >
		   0);
}

/*
 * The fence signals before vkms is through with the job: cleaning up, it
 * switches its composer off, even if the next job has just switched it on, and
 * that job then waits for ever. The last thing dropped is the framebuffer.
 */
static void wait_for_cleanup(const struct picture *p)
{
	int ms;

	for (ms = 0; ms < WRITEBACK_TIMEOUT_MS && references(p->fb) > p->references; ms++)
		usleep(1000);
	igt_assert_f(references(p->fb) == p->references, "vkms keeps a picture that it wrote\n");
}

void picture_copy(const struct picture *from, const struct picture *to)
{
	drmModeAtomicReqPtr req = drmModeAtomicAlloc();
	uint32_t mode = mode_blob(from->width, from->height);
	struct pollfd done = { .fd = -1, .events = POLLIN };
	int err;

	igt_assert(req);
	set(req, vkms.crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 1);
	set(req, vkms.crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", mode);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID", vkms.crtc);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "FB_ID", from->fb);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "SRC_X", 0);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "SRC_Y", 0);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "SRC_W", from->width << 16);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "SRC_H", from->height << 16);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "CRTC_X", 0);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "CRTC_Y", 0);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "CRTC_W", from->width);
	set(req, vkms.plane, DRM_MODE_OBJECT_PLANE, "CRTC_H", from->height);
	set(req, vkms.connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", vkms.crtc);
	set(req, vkms.connector, DRM_MODE_OBJECT_CONNECTOR, "WRITEBACK_FB_ID", to->fb);
	set(req, vkms.connector, DRM_MODE_OBJECT_CONNECTOR, "WRITEBACK_OUT_FENCE_PTR",
	    (uintptr_t)&done.fd);

	err = drmModeAtomicCommit(vkms.drm, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	igt_assert_f(!err, "vkms: atomic commit: %s\n", strerror(-err));
	igt_assert_f(poll(&done, 1, WRITEBACK_TIMEOUT_MS) == 1,
		     "vkms wrote nothing back in %d ms\n", WRITEBACK_TIMEOUT_MS);
	close(done.fd);
	wait_for_cleanup(to);
	drmModeAtomicFree(req);
	drmModeDestroyPropertyBlob(vkms.drm, mode);
}
