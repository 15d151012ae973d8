// SPDX-License-Identifier: GPL-2.0-only
/*
 * DRM driver of QEMU's device "edu", for tests of the DMA API.
 *
 * The device moves bytes between memory and a small buffer of its own, through
 * the IOMMU if there is one. That makes it a GPU with a copy engine, whose
 * buffers are mapped as those of real ones are, and a device that can be told
 * to misbehave. QEMU, docs/specs/edu.rst, describes its registers.
 */
#include <linux/capability.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/edu_drm.h>

#include "edu_drv.h"

#define EDU_PCI_VENDOR		0x1234
#define EDU_PCI_DEVICE		0x11e8

#define EDU_ID			0x00
#define EDU_ID_MASK		GENMASK(15, 0)
#define EDU_ID_EDU		0x00ed
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_ACK		0x64
#define EDU_IRQ_DMA		BIT(8)
#define EDU_DMA_FROM		0x80
#define EDU_DMA_TO		0x88
#define EDU_DMA_SIZE		0x90
#define EDU_DMA_COMMAND		0x98
#define EDU_DMA_START		BIT(0)
#define EDU_DMA_STORE		BIT(1)
#define EDU_DMA_IRQ		BIT(2)

/* Of the device's own buffer, on its side. */
#define EDU_BUFFER		0x40000

/*
 * A transfer takes a tenth of a second, on a machine that does nothing else. A
 * device that is still at it then gets this time again, so often.
 */
#define EDU_TIMEOUT_MS		10000
#define EDU_TIMEOUTS		6

/* As QEMU makes the device unless told otherwise by its property dma_mask. */
static unsigned int dma_bits = 28;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "Width of the addresses that the device reaches, 20 to 64 (default: 28)");

static bool hostile;
module_param_unsafe(hostile, bool, 0644);
MODULE_PARM_DESC(hostile, "Let who has CAP_SYS_RAWIO have the device access any DMA address (default: off)");

/**
 * edu_hostile - may the device be told to misbehave?
 *
 * That is to program a PCI device, and asks for the same rights.
 *
 * Return: true if the caller may.
 */
bool edu_hostile(void)
{
	return READ_ONCE(hostile) && capable(CAP_SYS_RAWIO) &&
	       !security_locked_down(LOCKDOWN_PCI_ACCESS);
}

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu_device *edu = data;
	u32 status;

	status = readl(edu->mmio + EDU_IRQ_STATUS);
	if (!status)
		return IRQ_NONE;
	writel(status, edu->mmio + EDU_IRQ_ACK);
	if (status & EDU_IRQ_DMA)
		complete(&edu->done);
	return IRQ_HANDLED;
}

/* While a transfer is under way the device ignores what its registers are told. */
static int edu_wait_idle(struct edu_device *edu)
{
	u32 command;

	return readl_poll_timeout(edu->mmio + EDU_DMA_COMMAND, command,
				  !(command & EDU_DMA_START), USEC_PER_MSEC,
				  EDU_TIMEOUT_MS * USEC_PER_MSEC);
}

/*
 * With edu->engine_lock held, and between drm_dev_enter() and drm_dev_exit(). A
 * device that does not answer could do so later, as if to another transfer, and
 * write to what is no longer its own: hence it gets no other one and no memory.
 */
static int edu_transfer(struct edu_device *edu, u64 from, u64 to, size_t size, u32 command)
{
	int i;

	lockdep_assert_held(&edu->engine_lock);

	if (edu->dead)
		return -EIO;
	if (edu_wait_idle(edu))
		goto dead;
	reinit_completion(&edu->done);
	writeq(from, edu->mmio + EDU_DMA_FROM);
	writeq(to, edu->mmio + EDU_DMA_TO);
	writeq(size, edu->mmio + EDU_DMA_SIZE);
	writeq(command | EDU_DMA_START | EDU_DMA_IRQ, edu->mmio + EDU_DMA_COMMAND);
	for (i = 0; i < EDU_TIMEOUTS; i++) {
		if (wait_for_completion_timeout(&edu->done, msecs_to_jiffies(EDU_TIMEOUT_MS)))
			return 0;
		if (!(readl(edu->mmio + EDU_DMA_COMMAND) & EDU_DMA_START))
			break;
	}
dead:
	edu->dead = true;
	pci_clear_master(to_pci_dev(edu->drm.dev));
	drm_err(&edu->drm, "the device did not answer: bind it anew\n");
	return -EIO;
}

/**
 * edu_load - move bytes from memory into the device
 * @edu: the device
 * @from: DMA address
 * @size: 1 to EDU_TRANSFER_MAX bytes
 *
 * Context: process context, &edu_device.engine_lock held, between
 * drm_dev_enter() and drm_dev_exit().
 * Return: 0, or -EIO when the device does not answer, or once did not.
 */
int edu_load(struct edu_device *edu, dma_addr_t from, size_t size)
{
	return edu_transfer(edu, from, EDU_BUFFER, size, 0);
}

/**
 * edu_store - move bytes from the device into memory
 * @edu: the device
 * @to: DMA address
 * @size: 1 to EDU_TRANSFER_MAX bytes
 *
 * Context: as that of edu_load().
 * Return: as that of edu_load().
 */
int edu_store(struct edu_device *edu, dma_addr_t to, size_t size)
{
	return edu_transfer(edu, EDU_BUFFER, to, size, EDU_DMA_STORE);
}

static int edu_ioctl_info(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_edu_info *args = data;

	args->flags = (edu_gem_persistent() ? DRM_EDU_INFO_PERSISTENT : 0) |
		      (edu_hostile() ? DRM_EDU_INFO_HOSTILE : 0);
	args->dma_bits = to_edu(drm)->dma_bits;
	args->transfer = EDU_TRANSFER_MAX;
	args->pad = 0;
	return 0;
}

/* Through the scratch memory, with edu->engine_lock held. */
static int edu_access(struct edu_device *edu, const struct drm_edu_access *args, void *bytes)
{
	int ret;

	memcpy(edu->scratch, bytes, args->size);
	/* For a read, too, so that the device's buffer holds nothing of an earlier transfer. */
	ret = edu_load(edu, edu->scratch_addr, args->size);
	if (ret)
		return ret;
	if (args->flags & DRM_EDU_ACCESS_WRITE)
		return edu_store(edu, args->address, args->size);
	ret = edu_load(edu, args->address, args->size) ?:
	      edu_store(edu, edu->scratch_addr, args->size);
	if (!ret)
		memcpy(bytes, edu->scratch, args->size);
	return ret;
}

static int edu_ioctl_access(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct edu_device *edu = to_edu(drm);
	struct drm_edu_access *args = data;
	void __user *user = u64_to_user_ptr(args->data);
	void *bytes;
	int ret, idx;

	if (!edu_hostile())
		return -EPERM;
	if (!args->size || args->size > EDU_TRANSFER_MAX || args->flags & ~DRM_EDU_ACCESS_WRITE)
		return -EINVAL;
	/* The caller's memory may fault, for as long as it likes: not with the device held. */
	bytes = memdup_user(user, args->size);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	if (!drm_dev_enter(drm, &idx)) {
		ret = -ENODEV;
		goto free;
	}
	mutex_lock(&edu->engine_lock);
	ret = edu_access(edu, args, bytes);
	mutex_unlock(&edu->engine_lock);
	drm_dev_exit(idx);
	if (!ret && !(args->flags & DRM_EDU_ACCESS_WRITE) &&
	    copy_to_user(user, bytes, args->size))
		ret = -EFAULT;
free:
	kfree(bytes);
	return ret;
}

static const struct drm_ioctl_desc edu_ioctls[] = {
	DRM_IOCTL_DEF_DRV(EDU_INFO, edu_ioctl_info, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(EDU_CREATE, edu_ioctl_create, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(EDU_COPY, edu_ioctl_copy, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(EDU_WAIT, edu_ioctl_wait, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(EDU_ADDRESS, edu_ioctl_address, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(EDU_ACCESS, edu_ioctl_access, DRM_RENDER_ALLOW),
};

DEFINE_DRM_GEM_FOPS(edu_fops);

static const struct drm_driver edu_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_RENDER,
	.gem_prime_import_sg_table = edu_gem_import_sg_table,
	.ioctls = edu_ioctls,
	.num_ioctls = ARRAY_SIZE(edu_ioctls),
	.fops = &edu_fops,
	.name = "edu",
	.desc = "QEMU's edu, for tests of the DMA API",
	.major = 1,
	.minor = 0,
};

/* Buffers are not to be bounced because of where they are: see bo_create(). */
static bool reaches_buffers(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return dma_bits >= 32 || (domain && iommu_is_dma_domain(domain)) ||
	       dma_get_required_mask(dev) <= DMA_BIT_MASK(dma_bits);
}

static int init_dma(struct edu_device *edu, struct pci_dev *pdev)
{
	int ret;

	if (dma_bits < 20 || dma_bits > 64)
		return dev_err_probe(&pdev->dev, -EINVAL, "dma_bits=%u: 20 to 64 expected\n",
				     dma_bits);
	edu->dma_bits = dma_bits;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(dma_bits));
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no memory in reach of %u bits\n", dma_bits);
	if (!reaches_buffers(&pdev->dev))
		return dev_err_probe(&pdev->dev, -EIO,
				     "dma_bits=%u does not reach all memory, and no IOMMU translates: 32 or more expected\n",
				     dma_bits);
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	/*
	 * A part of a page is where the page would be, bounced or not. Where pages
	 * are larger, an IOMMU may not keep more than this.
	 */
	dma_set_min_align_mask(&pdev->dev, min(PAGE_SIZE, SZ_4K) - 1);
	edu->scratch = dmam_alloc_coherent(&pdev->dev, EDU_TRANSFER_MAX, &edu->scratch_addr,
					   GFP_KERNEL);
	return edu->scratch ? 0 : -ENOMEM;
}

static int init_irq(struct edu_device *edu, struct pci_dev *pdev)
{
	int ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX | PCI_IRQ_MSI);

	if (ret < 0)
		return ret;
	/* What an earlier driver began. */
	if (edu_wait_idle(edu))
		return dev_err_probe(&pdev->dev, -EIO, "a transfer does not end\n");
	writel(readl(edu->mmio + EDU_IRQ_STATUS), edu->mmio + EDU_IRQ_ACK);
	init_completion(&edu->done);
	return devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), edu_irq, IRQF_SHARED, "edu",
				edu);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_device *edu;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	edu = devm_drm_dev_alloc(&pdev->dev, &edu_drm_driver, struct edu_device, drm);
	if (IS_ERR(edu))
		return PTR_ERR(edu);
	edu->mmio = pcim_iomap_region(pdev, 0, "edu");
	if (IS_ERR(edu->mmio))
		return PTR_ERR(edu->mmio);
	if ((readl(edu->mmio + EDU_ID) & EDU_ID_MASK) != EDU_ID_EDU)
		return -ENODEV;

	INIT_LIST_HEAD(&edu->bos);
	ret = drmm_mutex_init(&edu->drm, &edu->bos_lock) ?:
	      drmm_mutex_init(&edu->drm, &edu->engine_lock) ?:
	      edu_copy_init(edu) ?: init_dma(edu, pdev) ?: init_irq(edu, pdev);
	if (ret)
		return ret;
	pci_set_master(pdev);
	pci_set_drvdata(pdev, edu);
	return drm_dev_register(&edu->drm, 0);
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu_device *edu = pci_get_drvdata(pdev);

	drm_dev_unplug(&edu->drm);
	edu_copy_finish(edu);
	pci_clear_master(pdev);
	edu_gem_unmap_all(edu);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(EDU_PCI_VENDOR, EDU_PCI_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_pci_driver = {
	.name = "edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_pci_driver);

MODULE_DESCRIPTION("DRM driver of QEMU's edu device, for tests of the DMA API");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
