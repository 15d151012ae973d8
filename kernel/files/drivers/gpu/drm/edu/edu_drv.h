/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __EDU_DRV_H__
#define __EDU_DRV_H__

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_gem.h>

struct drm_file;

struct edu_device {
	struct drm_device drm;
	/* The registers; only between drm_dev_enter() and drm_dev_exit() */
	void __iomem *mmio;
	/* Width of the addresses that the device reaches */
	unsigned int dma_bits;

	/* Held while the device moves bytes; fences wait for it, so no page fault within */
	struct mutex engine_lock;
	/* The device did not answer and may do anything; protected by it */
	bool dead;
	/* The device has interrupted */
	struct completion done;
	/* Memory of one transfer, for hostile accesses, protected by it, and its DMA address */
	void *scratch;
	dma_addr_t scratch_addr;

	/* Protects @bos; who takes a buffer from it unmaps the buffer, without the lock */
	struct mutex bos_lock;
	/* All buffers that are mapped */
	struct list_head bos;
	/* How many they are, with those that are being unmapped */
	atomic_t mapped;

	/* Does one copy at a time, in order */
	struct workqueue_struct *queue;
	/* Frees what copies held */
	struct workqueue_struct *free_queue;
	/* Copies that have not ended; incremented under submit_lock */
	atomic_t queued;
	u64 fence_context;
	/* Fences get their numbers, protected by it, in the order of the queue */
	struct mutex submit_lock;
	u64 fence_seqno;
};

/**
 * struct edu_bo - a buffer, made here or imported
 * @base: base
 * @entry: in &edu_device.bos while mapped, else empty
 * @head: bytes at the beginning that are not mapped
 * @tail: bytes at the end that are not mapped
 * @pages: of a buffer made here
 * @sgt: its mapping, NULL when the device has gone
 * @attach: of an imported buffer
 * @addrs: DMA address of the beginning of each page, whether that is mapped or not
 * @dir: what the device may do
 * @attrs: with which @sgt was mapped
 * @error: of the last copy into it, 0 or negative
 */
struct edu_bo {
	struct drm_gem_object base;
	struct list_head entry;
	u32 head;
	u32 tail;
	struct page **pages;
	struct sg_table *sgt;
	struct dma_buf_attachment *attach;
	dma_addr_t *addrs;
	enum dma_data_direction dir;
	unsigned long attrs;
	int error;
};

static inline struct edu_device *to_edu(struct drm_device *drm)
{
	return container_of(drm, struct edu_device, drm);
}

static inline struct edu_bo *to_edu_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct edu_bo, base);
}

/* Is the device to find all of a range that is not empty? */
static inline bool edu_bo_has_range(const struct edu_bo *bo, u64 offset, u64 size)
{
	u64 end = bo->base.size - bo->tail;

	return offset >= bo->head && offset < end && size <= end - offset;
}

static inline dma_addr_t edu_bo_address(const struct edu_bo *bo, u64 offset)
{
	return bo->addrs[offset >> PAGE_SHIFT] + offset_in_page(offset);
}

/* edu_gem.c */
struct drm_gem_object *edu_gem_import_sg_table(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt);
void edu_gem_unmap_all(struct edu_device *edu);
int edu_ioctl_create(struct drm_device *drm, void *data, struct drm_file *file);
int edu_ioctl_address(struct drm_device *drm, void *data, struct drm_file *file);
bool edu_gem_persistent(void);

/* edu_copy.c */
int edu_copy_init(struct edu_device *edu);
void edu_copy_finish(struct edu_device *edu);
int edu_ioctl_copy(struct drm_device *drm, void *data, struct drm_file *file);
int edu_ioctl_wait(struct drm_device *drm, void *data, struct drm_file *file);

/* edu_drv.c: the engine, and who may misuse it */
/* Of the 4 KiB that the device has room for, QEMU 7.2 takes all but the last byte. */
#define EDU_TRANSFER_MAX	2048

int edu_load(struct edu_device *edu, dma_addr_t from, size_t size);
int edu_store(struct edu_device *edu, dma_addr_t to, size_t size);
bool edu_hostile(void);

#endif
