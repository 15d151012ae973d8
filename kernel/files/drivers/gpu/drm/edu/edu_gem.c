// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of shmem pages, mapped for the device from the beginning to the end.
 * CPU and device use them by turns, and nothing ever syncs them, as with the
 * buffers of many GPUs. That is right only as long as the mapping is direct.
 */
#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait_bit.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_prime.h>
#include <drm/edu_drm.h>

#include "edu_drv.h"

static bool persistent = true;
module_param(persistent, bool, 0644);
MODULE_PARM_DESC(persistent, "Map new buffers with DMA_ATTR_PERSISTENT_STREAMING (default: on); without it bouncing loses data");

bool edu_gem_persistent(void)
{
	return READ_ONCE(persistent);
}

static size_t nr_pages(const struct edu_bo *bo)
{
	return bo->base.size >> PAGE_SHIFT;
}

/*
 * By who took it off &edu_device.bos, and without a lock of ours, as the exporter
 * of an import takes locks of its own.
 */
static void edu_bo_unmap(struct edu_bo *bo)
{
	if (bo->attach) {
		dma_buf_unmap_attachment_unlocked(bo->attach, bo->sgt, DMA_BIDIRECTIONAL);
	} else {
		dma_unmap_sgtable(bo->base.dev->dev, bo->sgt, bo->dir, bo->attrs);
		sg_free_table(bo->sgt);
		kfree(bo->sgt);
	}
	bo->sgt = NULL;
	atomic_dec_and_wake_up(&to_edu(bo->base.dev)->mapped);
}

/**
 * edu_gem_unmap_all - take every buffer from a device that goes away
 * @edu: the device, after drm_dev_unplug() and with its queue idle
 *
 * Userspace may keep the buffers, and what is in them.
 */
void edu_gem_unmap_all(struct edu_device *edu)
{
	struct edu_bo *bo, *next;
	LIST_HEAD(mine);

	mutex_lock(&edu->bos_lock);
	list_for_each_entry_safe(bo, next, &edu->bos, entry)
		if (kref_get_unless_zero(&bo->base.refcount))
			list_move_tail(&bo->entry, &mine);
	mutex_unlock(&edu->bos_lock);

	list_for_each_entry_safe(bo, next, &mine, entry) {
		list_del_init(&bo->entry);
		edu_bo_unmap(bo);
		drm_gem_object_put(&bo->base);
	}
	/* The others are being freed. */
	wait_var_event(&edu->mapped, !atomic_read(&edu->mapped));
}

static void edu_gem_free(struct drm_gem_object *obj)
{
	struct edu_device *edu = to_edu(obj->dev);
	struct edu_bo *bo = to_edu_bo(obj);
	bool mapped;

	mutex_lock(&edu->bos_lock);
	mapped = !list_empty(&bo->entry);
	list_del_init(&bo->entry);
	mutex_unlock(&edu->bos_lock);
	if (mapped)
		edu_bo_unmap(bo);

	if (bo->attach)
		drm_prime_gem_destroy(obj, NULL);
	else if (bo->pages)
		drm_gem_put_pages(obj, bo->pages, true, true);
	kvfree(bo->addrs);
	drm_gem_object_release(obj);
	kfree(bo);
}

static struct sg_table *edu_gem_get_sg_table(struct drm_gem_object *obj)
{
	struct edu_bo *bo = to_edu_bo(obj);

	return drm_prime_pages_to_sg(obj->dev, bo->pages, nr_pages(bo));
}

static int edu_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct edu_bo *bo = to_edu_bo(obj);
	void *vaddr;

	vaddr = vmap(bo->pages, nr_pages(bo), VM_MAP, PAGE_KERNEL);
	if (!vaddr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, vaddr);
	return 0;
}

static void edu_gem_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	vunmap(map->vaddr);
}

static vm_fault_t edu_gem_fault(struct vm_fault *vmf)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	pgoff_t index = vmf->pgoff - drm_vma_node_start(&obj->vma_node);
	struct edu_bo *bo = to_edu_bo(obj);

	if (index >= nr_pages(bo))
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(bo->pages[index]));
}

static const struct vm_operations_struct edu_gem_vm_ops = {
	.fault = edu_gem_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static int edu_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	/* The CPU's own copy would be no page of the buffer, and VM_PFNMAP has none. */
	if (vma_is_cow_mapping(vma))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

static const struct drm_gem_object_funcs edu_gem_funcs = {
	.free = edu_gem_free,
	.get_sg_table = edu_gem_get_sg_table,
	.vmap = edu_gem_vmap,
	.vunmap = edu_gem_vunmap,
	.mmap = edu_gem_mmap,
	.vm_ops = &edu_gem_vm_ops,
};

/* The CPU has it through its exporter. */
static const struct drm_gem_object_funcs edu_gem_import_funcs = {
	.free = edu_gem_free,
};

static struct edu_bo *bo_alloc(size_t size, const struct drm_gem_object_funcs *funcs)
{
	struct edu_bo *bo = kzalloc_obj(*bo);

	if (!bo)
		return NULL;
	bo->addrs = kvcalloc(size >> PAGE_SHIFT, sizeof(*bo->addrs), GFP_KERNEL);
	if (!bo->addrs) {
		kfree(bo);
		return NULL;
	}
	INIT_LIST_HEAD(&bo->entry);
	bo->base.funcs = funcs;
	bo->dir = DMA_BIDIRECTIONAL;
	return bo;
}

/*
 * The pages of the mapping, which may leave out the head of the first one and the
 * tail of the last. All others must be whole, and there must be no more of them.
 */
static int edu_bo_get_addresses(struct edu_bo *bo)
{
	u64 offset = bo->head, end;
	struct scatterlist *sg;
	dma_addr_t addr;
	size_t page;
	int i;

	for_each_sgtable_dma_sg(bo->sgt, sg, i) {
		end = offset + sg_dma_len(sg);
		if (end > bo->base.size || (i && offset_in_page(offset)))
			return -EINVAL;
		addr = sg_dma_address(sg) - offset_in_page(offset);
		for (page = offset >> PAGE_SHIFT; (u64)page << PAGE_SHIFT < end; page++) {
			bo->addrs[page] = addr;
			addr += PAGE_SIZE;
		}
		offset = end;
	}
	return offset == bo->base.size - bo->tail ? 0 : -EINVAL;
}

/*
 * From here on edu_gem_unmap_all() takes care of the mapping. Between
 * drm_dev_enter() and drm_dev_exit(), so that it cannot have run already.
 */
static int edu_bo_track(struct edu_bo *bo)
{
	struct edu_device *edu = to_edu(bo->base.dev);
	int ret;

	ret = edu_bo_get_addresses(bo);
	if (ret)
		return ret;
	mutex_lock(&edu->bos_lock);
	list_add_tail(&bo->entry, &edu->bos);
	atomic_inc(&edu->mapped);
	mutex_unlock(&edu->bos_lock);
	return 0;
}

/**
 * edu_gem_import_sg_table - a buffer for a dma-buf that is attached and mapped
 * @drm: the device
 * @attach: attachment
 * @sgt: its mapping; the caller keeps it when this fails
 *
 * Return: the buffer, or an error pointer: -ENODEV when the device is gone,
 * -ENOMEM, -EINVAL when the mapping is not of the dma-buf's pages, all of them.
 */
struct drm_gem_object *edu_gem_import_sg_table(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt)
{
	struct edu_bo *bo;
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return ERR_PTR(-ENODEV);
	bo = bo_alloc(PAGE_ALIGN(attach->dmabuf->size), &edu_gem_import_funcs);
	if (!bo) {
		ret = -ENOMEM;
		goto exit;
	}
	drm_gem_private_object_init(drm, &bo->base, PAGE_ALIGN(attach->dmabuf->size));
	bo->sgt = sgt;
	ret = edu_bo_track(bo);
	if (ret) {
		drm_gem_object_release(&bo->base);
		kvfree(bo->addrs);
		kfree(bo);
		goto exit;
	}
	bo->attach = attach;
exit:
	drm_dev_exit(idx);
	return ret ? ERR_PTR(ret) : &bo->base;
}

static int write_pages(struct edu_bo *bo, const void __user *data)
{
	size_t i;

	for (i = 0; i < nr_pages(bo); i++)
		if (copy_from_user(page_address(bo->pages[i]), data + i * PAGE_SIZE, PAGE_SIZE))
			return -EFAULT;
	return 0;
}

/* Leave out what the device is not to have. */
static void edu_bo_trim(struct sg_table *sgt, u32 head, u32 tail)
{
	struct scatterlist *sg;
	int i;

	sgt->sgl->offset += head;
	sgt->sgl->length -= head;
	for_each_sgtable_sg(sgt, sg, i)
		if (sg_is_last(sg))
			sg->length -= tail;
}

/* Between drm_dev_enter() and drm_dev_exit(). */
static int edu_bo_map(struct edu_bo *bo)
{
	struct device *dev = bo->base.dev->dev;
	struct sg_table *sgt = drm_prime_pages_to_sg(bo->base.dev, bo->pages, nr_pages(bo));
	int ret;

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	edu_bo_trim(sgt, bo->head, bo->tail);
	bo->attrs = edu_gem_persistent() ? DMA_ATTR_PERSISTENT_STREAMING : 0;
	ret = dma_map_sgtable(dev, sgt, bo->dir, bo->attrs);
	if (ret)
		goto free;
	bo->sgt = sgt;
	ret = edu_bo_track(bo);
	if (!ret)
		return 0;
	bo->sgt = NULL;
	dma_unmap_sgtable(dev, sgt, bo->dir, bo->attrs);
free:
	sg_free_table(sgt);
	kfree(sgt);
	return ret;
}

static struct edu_bo *bo_create(struct drm_device *drm, const struct drm_edu_create *args,
				enum dma_data_direction dir)
{
	size_t size = PAGE_ALIGN(args->size);
	struct edu_bo *bo = bo_alloc(size, &edu_gem_funcs);
	struct page **pages;
	int ret, idx;

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->dir = dir;
	bo->head = args->head;
	bo->tail = args->tail;
	ret = drm_gem_object_init(drm, &bo->base, size);
	if (ret) {
		kvfree(bo->addrs);
		kfree(bo);
		return ERR_PTR(ret);
	}
	/* What the device cannot reach would have to be bounced, whatever the attributes. */
	if (to_edu(drm)->dma_bits < 64)
		mapping_set_gfp_mask(bo->base.filp->f_mapping, GFP_USER | __GFP_DMA32);
	pages = drm_gem_get_pages(&bo->base);
	if (IS_ERR(pages)) {
		ret = PTR_ERR(pages);
		goto put;
	}
	bo->pages = pages;
	if (args->data)
		ret = write_pages(bo, u64_to_user_ptr(args->data));
	if (ret)
		goto put;
	/* Not before, as the caller's memory may fault, and unplugging waits for drm_dev_exit(). */
	if (!drm_dev_enter(drm, &idx)) {
		ret = -ENODEV;
		goto put;
	}
	ret = edu_bo_map(bo);
	drm_dev_exit(idx);
	if (!ret)
		ret = drm_gem_create_mmap_offset(&bo->base);
	if (!ret)
		return bo;
put:
	drm_gem_object_put(&bo->base);
	return ERR_PTR(ret);
}

int edu_ioctl_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_edu_create *args = data;
	enum dma_data_direction dir;
	struct edu_bo *bo;
	int ret;

	switch (args->flags) {
	case 0:
		dir = DMA_BIDIRECTIONAL;
		break;
	case DRM_EDU_CREATE_READ_ONLY:
		dir = DMA_TO_DEVICE;
		break;
	case DRM_EDU_CREATE_WRITE_ONLY:
		dir = DMA_FROM_DEVICE;
		break;
	default:
		return -EINVAL;
	}
	if (!args->size || args->size > SZ_1G)
		return -EINVAL;
	if (args->head >= PAGE_SIZE || args->tail >= PAGE_SIZE ||
	    args->head + args->tail >= PAGE_ALIGN(args->size))
		return -EINVAL;
	bo = bo_create(drm, args, dir);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	ret = drm_gem_handle_create(file, &bo->base, &args->handle);
	args->size = bo->base.size;
	args->offset = drm_vma_node_offset_addr(&bo->base.vma_node);
	drm_gem_object_put(&bo->base);
	return ret;
}

int edu_ioctl_address(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_edu_address *args = data;
	struct drm_gem_object *obj;
	int ret = 0;

	if (!edu_hostile())
		return -EPERM;
	if (args->pad)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	if (edu_bo_has_range(to_edu_bo(obj), args->offset, 1))
		args->address = edu_bo_address(to_edu_bo(obj), args->offset);
	else
		ret = -EINVAL;
	drm_gem_object_put(obj);
	return ret;
}
