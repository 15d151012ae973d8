// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xf86drm.h>

#include "igt.h"
#include "intel.h"

/* The headers of older distributions and of their libdrm do not know xe. */
#if __has_include(<xe_drm.h>)
#include <xe_drm.h>

/* The answer to @query, of the size that xe says it has; never freed. */
static void *answer(int drm, uint32_t query)
{
	struct drm_xe_device_query arg = { .query = query };
	void *data;

	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_XE_DEVICE_QUERY, &arg),
		     "DRM_IOCTL_XE_DEVICE_QUERY %u: %s\n", query, strerror(errno));
	data = calloc(1, arg.size);
	igt_assert(data);
	arg.data = (uintptr_t)data;
	igt_assert_f(!drmIoctl(drm, DRM_IOCTL_XE_DEVICE_QUERY, &arg),
		     "DRM_IOCTL_XE_DEVICE_QUERY %u: %s\n", query, strerror(errno));
	return data;
}

/*
 * The index of memory that is written back and coherent with the CPU's caches:
 * the table of page attributes in the PRMs of Tiger Lake, Meteor Lake and Lunar
 * Lake, in the volume of memory views.
 */
static uint16_t coherent_index(const struct drm_xe_gt *gt)
{
	if (gt->ip_ver_major >= 20)
		return 2;
	return gt->ip_ver_minor >= 60 ? 3 : 0;
}

static void find_gt(struct intel_gpu *gpu)
{
	const struct drm_xe_query_gt_list *list = answer(gpu->drm, DRM_XE_DEVICE_QUERY_GT_LIST);
	uint32_t i;

	for (i = 0; i < list->num_gt && !gpu->version; i++) {
		if (list->gt_list[i].type != DRM_XE_QUERY_GT_TYPE_MAIN)
			continue;
		gpu->version = list->gt_list[i].ip_ver_major;
		gpu->pat_index = coherent_index(&list->gt_list[i]);
	}
}

static void find_memory(struct intel_gpu *gpu)
{
	const struct drm_xe_query_mem_regions *list =
		answer(gpu->drm, DRM_XE_DEVICE_QUERY_MEM_REGIONS);
	uint32_t i;

	for (i = 0; i < list->num_mem_regions; i++)
		if (list->mem_regions[i].mem_class == DRM_XE_MEM_REGION_CLASS_SYSMEM)
			gpu->memory = 1u << list->mem_regions[i].instance;
	igt_assert_f(gpu->memory, "xe lists no memory of the machine\n");
}

static void xe_open(struct intel_gpu *gpu)
{
	const struct drm_xe_query_engines *list = answer(gpu->drm, DRM_XE_DEVICE_QUERY_ENGINES);
	struct drm_xe_exec_queue_create queue = { .width = 1, .num_placements = 1 };
	struct drm_xe_vm_create vm = {};
	uint32_t i;

	for (i = 0; i < list->num_engines && !queue.instances; i++)
		if (list->engines[i].instance.engine_class == DRM_XE_ENGINE_CLASS_COPY)
			queue.instances = (uintptr_t)&list->engines[i].instance;
	igt_require_f(queue.instances, "the GPU has no copy engine\n");
	find_gt(gpu);
	find_memory(gpu);

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_VM_CREATE, &vm),
		     "DRM_IOCTL_XE_VM_CREATE: %s\n", strerror(errno));
	gpu->vm = vm.vm_id;
	queue.vm_id = vm.vm_id;
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &queue),
		     "DRM_IOCTL_XE_EXEC_QUEUE_CREATE: %s\n", strerror(errno));
	gpu->queue = queue.exec_queue_id;
}

static void xe_close(struct intel_gpu *gpu)
{
	struct drm_xe_exec_queue_destroy queue = { .exec_queue_id = gpu->queue };
	struct drm_xe_vm_destroy vm = { .vm_id = gpu->vm };

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_EXEC_QUEUE_DESTROY, &queue),
		     "DRM_IOCTL_XE_EXEC_QUEUE_DESTROY: %s\n", strerror(errno));
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_VM_DESTROY, &vm),
		     "DRM_IOCTL_XE_VM_DESTROY: %s\n", strerror(errno));
}

static struct drm_xe_sync signal_new(int drm)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ, .flags = DRM_XE_SYNC_FLAG_SIGNAL
	};

	igt_assert_f(!drmSyncobjCreate(drm, 0, &sync.handle),
		     "DRM_IOCTL_SYNCOBJ_CREATE: %s\n", strerror(errno));
	return sync;
}

static void signal_wait(int drm, struct drm_xe_sync *sync, const char *what)
{
	struct timespec now;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &now);
	err = drmSyncobjWait(drm, &sync->handle, 1,
			     now.tv_sec * 1000000000ll + now.tv_nsec + INTEL_COPY_LIMIT_NS,
			     0, NULL);
	igt_assert_f(!err, "waiting for a %s: %s\n", what, strerror(-err));
	drmSyncobjDestroy(drm, sync->handle);
}

static void bind(struct intel_gpu *gpu, const struct intel_buffer *b, uint32_t op)
{
	struct drm_xe_sync sync = signal_new(gpu->drm);
	struct drm_xe_vm_bind arg = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = { .addr = b->address, .range = b->size, .op = op },
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	if (op != DRM_XE_VM_BIND_OP_UNMAP) {
		arg.bind.pat_index = gpu->pat_index;
		arg.bind.obj = b->handle;
	}
	if (op == DRM_XE_VM_BIND_OP_MAP_USERPTR)
		arg.bind.userptr = (uintptr_t)b->cpu;
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_VM_BIND, &arg),
		     "DRM_IOCTL_XE_VM_BIND of %zu bytes: %s\n", b->size, strerror(errno));
	signal_wait(gpu->drm, &sync, "bind");
}

static void create_object(struct intel_gpu *gpu, struct intel_buffer *b)
{
	struct drm_xe_gem_create create = {
		.size = b->size,
		.placement = gpu->memory,
		.cpu_caching = b->kind == INTEL_WC ? DRM_XE_GEM_CPU_CACHING_WC :
						     DRM_XE_GEM_CPU_CACHING_WB,
	};
	struct drm_xe_gem_mmap_offset map = {};

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_GEM_CREATE, &create),
		     "DRM_IOCTL_XE_GEM_CREATE of %zu bytes: %s\n", b->size, strerror(errno));
	b->handle = create.handle;
	map.handle = b->handle;
	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_GEM_MMAP_OFFSET, &map),
		     "DRM_IOCTL_XE_GEM_MMAP_OFFSET: %s\n", strerror(errno));
	intel_mmap(gpu, b, map.offset);
}

/* Bound until it is destroyed: that is how long it stays mapped for DMA. */
static void xe_create(struct intel_gpu *gpu, struct intel_buffer *b)
{
	if (b->kind == INTEL_USERPTR) {
		bind(gpu, b, DRM_XE_VM_BIND_OP_MAP_USERPTR);
	} else {
		create_object(gpu, b);
		bind(gpu, b, DRM_XE_VM_BIND_OP_MAP);
	}
}

static void xe_destroy(struct intel_gpu *gpu, struct intel_buffer *b)
{
	bind(gpu, b, DRM_XE_VM_BIND_OP_UNMAP);
}

static void xe_run(struct intel_gpu *gpu, const struct intel_buffer *batch,
		   const struct intel_buffer *dst, const struct intel_buffer *src)
{
	struct drm_xe_sync sync = signal_new(gpu->drm);
	struct drm_xe_exec exec = {
		.exec_queue_id = gpu->queue,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = batch->address,
		.num_batch_buffer = 1,
	};

	igt_assert_f(!drmIoctl(gpu->drm, DRM_IOCTL_XE_EXEC, &exec),
		     "DRM_IOCTL_XE_EXEC from %#llx to %#llx: %s\n",
		     (unsigned long long)src->address, (unsigned long long)dst->address,
		     strerror(errno));
	signal_wait(gpu->drm, &sync, "copy");
}

const struct intel_kmd xe_driver = {
	.name = "xe",
	.open = xe_open,
	.close = xe_close,
	.create = xe_create,
	.destroy = xe_destroy,
	.run = xe_run,
};
#else
static void xe_open(struct intel_gpu *gpu)
{
	(void)gpu;
	igt_require_f(false, "built without xe_drm.h\n");
}

const struct intel_kmd xe_driver = { .name = "xe", .open = xe_open };
#endif
