// SPDX-License-Identifier: GPL-2.0-only
/* Copies between buffers, done by the device in the order of the calls. */
#include <linux/atomic.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_exec.h>
#include <drm/drm_file.h>
#include <drm/drm_managed.h>
#include <drm/edu_drm.h>

#include "edu_drv.h"

/* Copies at once, each of up to DRM_EDU_COPY_MAX bytes: about two minutes. */
#define EDU_QUEUED_MAX		16

/* Owns a reference to each buffer and fence. */
struct edu_copy {
	struct work_struct work;	/* copies */
	struct work_struct free;	/* and then ends */
	struct dma_fence *fence;
	struct dma_fence *after[2];	/* NULL: nothing to wait for */
	struct edu_bo *src;
	struct edu_bo *dst;
	u64 src_offset;
	u64 dst_offset;
	u64 size;
};

static const char *edu_fence_driver_name(struct dma_fence *fence)
{
	return "edu";
}

static const char *edu_fence_timeline_name(struct dma_fence *fence)
{
	return "copies";
}

static const struct dma_fence_ops edu_fence_ops = {
	.get_driver_name = edu_fence_driver_name,
	.get_timeline_name = edu_fence_timeline_name,
};

/* Up to the end of either page, as the next one may be anywhere. */
static size_t next_piece(const struct edu_copy *copy, u64 done)
{
	u64 piece = min_t(u64, copy->size - done, EDU_TRANSFER_MAX);

	piece = min_t(u64, piece, PAGE_SIZE - offset_in_page(copy->src_offset + done));
	return min_t(u64, piece, PAGE_SIZE - offset_in_page(copy->dst_offset + done));
}

static int copy_bytes(struct edu_device *edu, const struct edu_copy *copy)
{
	dma_addr_t from, to;
	size_t piece;
	int ret, idx;
	u64 done;

	for (done = 0; done < copy->size; done += piece) {
		piece = next_piece(copy, done);
		/* For each piece, so that an unplug waits for no more than that. */
		if (!drm_dev_enter(&edu->drm, &idx))
			return -ENODEV;
		mutex_lock(&edu->engine_lock);
		from = edu_bo_address(copy->src, copy->src_offset + done);
		to = edu_bo_address(copy->dst, copy->dst_offset + done);
		ret = edu_load(edu, from, piece) ?: edu_store(edu, to, piece);
		mutex_unlock(&edu->engine_lock);
		drm_dev_exit(idx);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Apart from the copying, on which fences depend: the last reference to a buffer
 * takes locks of its reservation, whose holder may wait for a fence.
 */
static void copy_free(struct work_struct *work)
{
	struct edu_copy *copy = container_of(work, struct edu_copy, free);

	dma_fence_put(copy->after[0]);
	dma_fence_put(copy->after[1]);
	dma_fence_put(copy->fence);
	drm_gem_object_put(&copy->src->base);
	drm_gem_object_put(&copy->dst->base);
	kfree(copy);
}

/*
 * The device does one copy at a time, so there is one queue, and all wait when a
 * copy waits for the fence of another device: as long as that may take, by the
 * rules of dma-fence a limited time.
 */
static void copy_work(struct work_struct *work)
{
	struct edu_copy *copy = container_of(work, struct edu_copy, work);
	struct edu_device *edu = to_edu(copy->src->base.dev);
	bool cookie;
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(copy->after); i++)
		if (copy->after[i])
			dma_fence_wait(copy->after[i], false);
	cookie = dma_fence_begin_signalling();
	ret = copy_bytes(edu, copy);
	WRITE_ONCE(copy->dst->error, ret);
	if (ret)
		dma_fence_set_error(copy->fence, ret);
	atomic_dec(&edu->queued);
	dma_fence_signal(copy->fence);
	dma_fence_end_signalling(cookie);
	queue_work(edu->free_queue, &copy->free);
}

/* With both buffers locked, each with room for a fence. */
static int edu_copy_submit(struct edu_device *edu, struct edu_copy *copy)
{
	struct dma_resv *src = copy->src->base.resv, *dst = copy->dst->base.resv;
	int ret;

	ret = dma_resv_get_singleton(src, dma_resv_usage_rw(false), &copy->after[0]);
	if (!ret)
		ret = dma_resv_get_singleton(dst, dma_resv_usage_rw(true), &copy->after[1]);
	if (ret)
		return ret;

	mutex_lock(&edu->submit_lock);
	if (atomic_read(&edu->queued) == EDU_QUEUED_MAX) {
		ret = -EBUSY;
		goto unlock;
	}
	atomic_inc(&edu->queued);
	dma_fence_init(copy->fence, &edu_fence_ops, NULL, edu->fence_context, ++edu->fence_seqno);
	if (src != dst)
		dma_resv_add_fence(src, copy->fence, DMA_RESV_USAGE_READ);
	dma_resv_add_fence(dst, copy->fence, DMA_RESV_USAGE_WRITE);
	queue_work(edu->queue, &copy->work);
unlock:
	mutex_unlock(&edu->submit_lock);
	return ret;
}

static int edu_copy_lock_and_submit(struct edu_device *edu, struct edu_copy *copy)
{
	struct drm_exec exec;
	int ret = 0;

	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES, 2);
	drm_exec_until_all_locked(&exec) {
		ret = drm_exec_prepare_obj(&exec, &copy->src->base, 1);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
		ret = drm_exec_prepare_obj(&exec, &copy->dst->base, 1);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
	}
	if (!ret)
		ret = edu_copy_submit(edu, copy);
	drm_exec_fini(&exec);
	return ret;
}

static int edu_copy_check(const struct edu_copy *copy)
{
	if (!copy->size || !edu_bo_has_range(copy->src, copy->src_offset, copy->size) ||
	    !edu_bo_has_range(copy->dst, copy->dst_offset, copy->size))
		return -EINVAL;
	if (copy->size > DRM_EDU_COPY_MAX)
		return -E2BIG;
	if (copy->src->dir == DMA_FROM_DEVICE || copy->dst->dir == DMA_TO_DEVICE)
		return -EINVAL;
	if (copy->src == copy->dst && copy->src_offset < copy->dst_offset + copy->size &&
	    copy->dst_offset < copy->src_offset + copy->size)
		return -EINVAL;
	return 0;
}

int edu_ioctl_copy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct edu_device *edu = to_edu(drm);
	const struct drm_edu_copy *args = data;
	struct drm_gem_object *src, *dst;
	struct edu_copy *copy;
	int ret, idx;

	src = drm_gem_object_lookup(file, args->src);
	if (!src)
		return -ENOENT;
	dst = drm_gem_object_lookup(file, args->dst);
	if (!dst) {
		ret = -ENOENT;
		goto put_src;
	}
	copy = kzalloc_obj(*copy);
	if (!copy) {
		ret = -ENOMEM;
		goto put_dst;
	}
	copy->fence = kzalloc_obj(*copy->fence);
	if (!copy->fence) {
		ret = -ENOMEM;
		goto free;
	}
	INIT_WORK(&copy->work, copy_work);
	INIT_WORK(&copy->free, copy_free);
	copy->src = to_edu_bo(src);
	copy->dst = to_edu_bo(dst);
	copy->src_offset = args->src_offset;
	copy->dst_offset = args->dst_offset;
	copy->size = args->size;

	ret = edu_copy_check(copy);
	if (ret)
		goto free_fence;
	/* Nothing is queued once the device has gone, and what is queued is done before. */
	if (!drm_dev_enter(drm, &idx)) {
		ret = -ENODEV;
		goto free_fence;
	}
	ret = edu_copy_lock_and_submit(edu, copy);
	drm_dev_exit(idx);
	if (!ret)
		return 0;

	dma_fence_put(copy->after[0]);
	dma_fence_put(copy->after[1]);
free_fence:
	/* It is no fence yet. */
	kfree(copy->fence);
free:
	kfree(copy);
put_dst:
	drm_gem_object_put(dst);
put_src:
	drm_gem_object_put(src);
	return ret;
}

int edu_ioctl_wait(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct drm_edu_wait *args = data;
	struct drm_gem_object *obj;
	long left;
	int ret;

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	left = dma_resv_wait_timeout(obj->resv, dma_resv_usage_rw(true), true,
				     msecs_to_jiffies(args->timeout_ms));
	if (left < 0)
		ret = left;
	else if (!left)
		ret = -ETIME;
	else
		ret = READ_ONCE(to_edu_bo(obj)->error);
	drm_gem_object_put(obj);
	return ret;
}

static void queue_destroy(struct drm_device *drm, void *queue)
{
	destroy_workqueue(queue);
}

/**
 * edu_copy_init - make the queues of a device
 * @edu: the device; the queues go when it does
 *
 * Return: 0 or -ENOMEM.
 */
int edu_copy_init(struct edu_device *edu)
{
	int ret;

	ret = drmm_mutex_init(&edu->drm, &edu->submit_lock);
	if (ret)
		return ret;
	edu->fence_context = dma_fence_context_alloc(1);
	edu->free_queue = alloc_ordered_workqueue("edu-free", 0);
	if (!edu->free_queue)
		return -ENOMEM;
	ret = drmm_add_action_or_reset(&edu->drm, queue_destroy, edu->free_queue);
	if (ret)
		return ret;
	edu->queue = alloc_ordered_workqueue("edu", WQ_MEM_RECLAIM);
	if (!edu->queue)
		return -ENOMEM;
	return drmm_add_action_or_reset(&edu->drm, queue_destroy, edu->queue);
}

/**
 * edu_copy_finish - end what is queued
 * @edu: the device, after drm_dev_unplug(): nothing can follow
 */
void edu_copy_finish(struct edu_device *edu)
{
	flush_workqueue(edu->queue);
	flush_workqueue(edu->free_queue);
}
