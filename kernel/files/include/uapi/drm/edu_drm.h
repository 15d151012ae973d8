/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The DRM driver of QEMU's device "edu", which is there for tests only.
 *
 * Sizes and offsets are in bytes. A handle is a GEM handle of the open file.
 * Every call returns 0, or -1 with errno set. ENODEV: the device is gone.
 */
#ifndef _UAPI_EDU_DRM_H_
#define _UAPI_EDU_DRM_H_

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_EDU_INFO			0x00
#define DRM_EDU_CREATE			0x01
#define DRM_EDU_COPY			0x02
#define DRM_EDU_WAIT			0x03
#define DRM_EDU_ADDRESS			0x04
#define DRM_EDU_ACCESS			0x05

/* The parameters of the driver as they are now, for the caller. */
#define DRM_EDU_INFO_PERSISTENT		(1 << 0)
#define DRM_EDU_INFO_HOSTILE		(1 << 1)

/**
 * struct drm_edu_info - what the device and the driver can do
 */
struct drm_edu_info {
	/** @flags: out: DRM_EDU_INFO_* */
	__u32 flags;
	/** @dma_bits: out: width of the addresses that the device reaches */
	__u32 dma_bits;
	/** @transfer: out: most bytes that the device moves at once */
	__u32 transfer;
	/** @pad: out: 0 */
	__u32 pad;
};

/* The device may only read the buffer, or only write it. */
#define DRM_EDU_CREATE_READ_ONLY	(1 << 0)
#define DRM_EDU_CREATE_WRITE_ONLY	(1 << 1)

/**
 * struct drm_edu_create - make a buffer and map it for the device
 *
 * The buffer stays mapped for as long as it lives. Nothing syncs it. The first
 * @head and the last @tail bytes are left out of the mapping: the device has no
 * right to them, though they share pages with what it may access. EINVAL: the
 * size is 0 or more than 1 GiB, @head or @tail is a page or more or nothing is
 * left to be mapped, unknown flags, or both of them; EFAULT: @data is not all
 * there; ENOMEM; EIO: it cannot be mapped.
 */
struct drm_edu_create {
	/** @size: in: rounded up to whole pages; out: the size */
	__u64 size;
	/** @offset: out: to be given to mmap() of the device file */
	__u64 offset;
	/** @flags: in: 0 or one of DRM_EDU_CREATE_* */
	__u32 flags;
	/** @handle: out: GEM handle */
	__u32 handle;
	/** @head: in: bytes at the beginning that are not mapped */
	__u32 head;
	/** @tail: in: bytes at the end that are not mapped */
	__u32 tail;
	/**
	 * @data: in: pointer to what the buffer, with whole pages, holds when it
	 * is mapped; 0: zeros
	 */
	__u64 data;
};

/* The most bytes of a copy: others wait for its fence, and the device is slow. */
#define DRM_EDU_COPY_MAX		(64 * 1024)

/**
 * struct drm_edu_copy - let the device copy from one buffer into another
 *
 * Returns when the copy is queued. It begins after what was queued before for
 * either buffer has ended, on whichever device, and a fence of it is added to
 * both. EINVAL: a range lies outside of what is mapped, or the device may
 * not access the buffer in this way; E2BIG: @size is more than
 * DRM_EDU_COPY_MAX; ENOENT: no such handle; EBUSY: too many copies are queued.
 */
struct drm_edu_copy {
	/** @src: in: handle to read from */
	__u32 src;
	/** @dst: in: handle to write to; may be @src, then ranges may not overlap */
	__u32 dst;
	/** @src_offset: in */
	__u64 src_offset;
	/** @dst_offset: in */
	__u64 dst_offset;
	/** @size: in: 1 to DRM_EDU_COPY_MAX */
	__u64 size;
};

/**
 * struct drm_edu_wait - wait until all that was queued for a buffer has ended
 *
 * ETIME: it did not in time; EIO: the device did not answer during the last
 * copy into the buffer or before, and does nothing more until the driver is
 * bound to it again; ENODEV: it went away.
 */
struct drm_edu_wait {
	/** @handle: in */
	__u32 handle;
	/** @timeout_ms: in */
	__u32 timeout_ms;
};

/**
 * struct drm_edu_address - where the device finds a byte of a buffer
 *
 * EPERM: the driver's parameter "hostile" is off, the caller has no
 * CAP_SYS_RAWIO, or the kernel is locked down.
 */
struct drm_edu_address {
	/** @handle: in */
	__u32 handle;
	/** @pad: in: 0 */
	__u32 pad;
	/** @offset: in: of a byte that is mapped */
	__u64 offset;
	/** @address: out: DMA address */
	__u64 address;
};

/* The device writes to the address; it reads from there if not given. */
#define DRM_EDU_ACCESS_WRITE		(1 << 0)

/**
 * struct drm_edu_access - let the device access any address
 *
 * The way of a hostile device: nothing is checked but the size. What the IOMMU
 * keeps from the device reads as the bytes that @data had before or as zeros,
 * and the call succeeds. EPERM: as with struct drm_edu_address; EFAULT: @data is
 * not all there; EIO: the device does not answer, or once did not.
 */
struct drm_edu_access {
	/** @address: in: DMA address */
	__u64 address;
	/** @data: in: pointer to the bytes to write, or to where to put what was read */
	__u64 data;
	/** @size: in: 1 to drm_edu_info.transfer */
	__u32 size;
	/** @flags: in: 0 or DRM_EDU_ACCESS_WRITE */
	__u32 flags;
};

#define DRM_IOCTL_EDU_INFO \
	DRM_IOR(DRM_COMMAND_BASE + DRM_EDU_INFO, struct drm_edu_info)
#define DRM_IOCTL_EDU_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDU_CREATE, struct drm_edu_create)
#define DRM_IOCTL_EDU_COPY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDU_COPY, struct drm_edu_copy)
#define DRM_IOCTL_EDU_WAIT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDU_WAIT, struct drm_edu_wait)
#define DRM_IOCTL_EDU_ADDRESS \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_EDU_ADDRESS, struct drm_edu_address)
#define DRM_IOCTL_EDU_ACCESS \
	DRM_IOW(DRM_COMMAND_BASE + DRM_EDU_ACCESS, struct drm_edu_access)

#if defined(__cplusplus)
}
#endif

#endif
