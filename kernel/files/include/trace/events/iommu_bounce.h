/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounce buffers of DMA domains.
 *
 * The values of the enums are those of drivers/iommu/iommu-bounce.h.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iommu_bounce

#if !defined(_TRACE_IOMMU_BOUNCE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IOMMU_BOUNCE_H

#include <linux/dma-direction.h>
#include <linux/tracepoint.h>

struct iommu_domain;

TRACE_DEFINE_ENUM(DMA_BIDIRECTIONAL);
TRACE_DEFINE_ENUM(DMA_TO_DEVICE);
TRACE_DEFINE_ENUM(DMA_FROM_DEVICE);

#define iommu_bounce_print_dir(dir) \
	__print_symbolic(dir, \
		{ DMA_BIDIRECTIONAL, "bidirectional" }, \
		{ DMA_TO_DEVICE, "to-device" }, \
		{ DMA_FROM_DEVICE, "from-device" })

TRACE_DEFINE_ENUM(IOMMU_BOUNCE_WHY_SIZE);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_WHY_PROT);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_WHY_WINDOW);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_WHY_EMPTY);

#define iommu_bounce_print_why(why) \
	__print_symbolic(why, \
		{ IOMMU_BOUNCE_WHY_SIZE, "size" }, \
		{ IOMMU_BOUNCE_WHY_PROT, "prot" }, \
		{ IOMMU_BOUNCE_WHY_WINDOW, "window" }, \
		{ IOMMU_BOUNCE_WHY_EMPTY, "empty" })

TRACE_DEFINE_ENUM(IOMMU_BOUNCE_NO_MEMORY);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_NO_IOVA);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_MAP_FAILED);
TRACE_DEFINE_ENUM(IOMMU_BOUNCE_INVALID);

#define iommu_bounce_print_result(result) \
	__print_symbolic(result, \
		{ IOMMU_BOUNCE_NO_MEMORY, "no-memory" }, \
		{ IOMMU_BOUNCE_NO_IOVA, "no-iova" }, \
		{ IOMMU_BOUNCE_MAP_FAILED, "map-failed" }, \
		{ IOMMU_BOUNCE_INVALID, "invalid" })

#define iommu_bounce_print_prot(prot) \
	__print_flags(prot, "|", \
		{ IOMMU_READ, "read" }, \
		{ IOMMU_WRITE, "write" }, \
		{ IOMMU_CACHE, "cache" }, \
		{ IOMMU_PRIV, "priv" })

#define iommu_bounce_print_need(mandatory) \
	((mandatory) ? "mandatory" : "optional")

/* A buffer was copied into a slot. */
TRACE_EVENT(iommu_bounce_map,
	    TP_PROTO(const struct iommu_domain *domain, u32 owner, phys_addr_t phys,
		     size_t size, dma_addr_t addr, int prot, bool mandatory),
	    TP_ARGS(domain, owner, phys, size, addr, prot, mandatory),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(u32, owner)
			     __field(u64, phys)
			     __field(u64, addr)
			     __field(size_t, size)
			     __field(int, prot)
			     __field(bool, mandatory)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->owner = owner;
			   __entry->phys = phys;
			   __entry->addr = addr;
			   __entry->size = size;
			   __entry->prot = prot;
			   __entry->mandatory = mandatory;
	    ),
	    TP_printk("domain=%p owner=%u phys=0x%llx size=%zu addr=0x%llx prot=%s %s",
		      __entry->domain, __entry->owner, __entry->phys, __entry->size,
		      __entry->addr, iommu_bounce_print_prot(__entry->prot),
		      iommu_bounce_print_need(__entry->mandatory))
);

/* A slot was handed out, to be filled from several buffers. */
TRACE_EVENT(iommu_bounce_alloc,
	    TP_PROTO(const struct iommu_domain *domain, u32 owner, size_t size,
		     dma_addr_t addr, int prot, bool mandatory),
	    TP_ARGS(domain, owner, size, addr, prot, mandatory),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(u32, owner)
			     __field(u64, addr)
			     __field(size_t, size)
			     __field(int, prot)
			     __field(bool, mandatory)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->owner = owner;
			   __entry->addr = addr;
			   __entry->size = size;
			   __entry->prot = prot;
			   __entry->mandatory = mandatory;
	    ),
	    TP_printk("domain=%p owner=%u size=%zu addr=0x%llx prot=%s %s",
		      __entry->domain, __entry->owner, __entry->size, __entry->addr,
		      iommu_bounce_print_prot(__entry->prot),
		      iommu_bounce_print_need(__entry->mandatory))
);

/* A bounced mapping is gone, and what the device wrote is copied out. */
TRACE_EVENT(iommu_bounce_unmap,
	    TP_PROTO(const struct iommu_domain *domain, dma_addr_t addr, size_t size,
		     enum dma_data_direction dir),
	    TP_ARGS(domain, addr, size, dir),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(u64, addr)
			     __field(size_t, size)
			     __field(int, dir)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->addr = addr;
			   __entry->size = size;
			   __entry->dir = dir;
	    ),
	    TP_printk("domain=%p addr=0x%llx size=%zu dir=%s", __entry->domain,
		      __entry->addr, __entry->size,
		      iommu_bounce_print_dir(__entry->dir))
);

/*
 * No slot of the window served a request.  An optional one is mapped directly,
 * a mandatory one goes on to a slot of its own and to the reserve.
 */
TRACE_EVENT(iommu_bounce_fallback,
	    TP_PROTO(const struct iommu_domain *domain, u32 owner, size_t size,
		     unsigned int why, bool mandatory),
	    TP_ARGS(domain, owner, size, why, mandatory),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(u32, owner)
			     __field(size_t, size)
			     __field(unsigned int, why)
			     __field(bool, mandatory)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->owner = owner;
			   __entry->size = size;
			   __entry->why = why;
			   __entry->mandatory = mandatory;
	    ),
	    TP_printk("domain=%p owner=%u size=%zu why=%s %s", __entry->domain,
		      __entry->owner, __entry->size,
		      iommu_bounce_print_why(__entry->why),
		      iommu_bounce_print_need(__entry->mandatory))
);

/* A mandatory request failed, and so does the driver's. */
TRACE_EVENT(iommu_bounce_failed,
	    TP_PROTO(const struct iommu_domain *domain, size_t size,
		     unsigned int result),
	    TP_ARGS(domain, size, result),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(size_t, size)
			     __field(unsigned int, result)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->size = size;
			   __entry->result = result;
	    ),
	    TP_printk("domain=%p size=%zu why=%s", __entry->domain, __entry->size,
		      iommu_bounce_print_result(__entry->result))
);

/* From now on mappings of up to @size bytes are made the other way by `auto`. */
TRACE_EVENT(iommu_bounce_choice,
	    TP_PROTO(const struct iommu_domain *domain, size_t size, bool copies_back,
		     bool bounced, u32 direct_ns, u32 bounced_ns),
	    TP_ARGS(domain, size, copies_back, bounced, direct_ns, bounced_ns),
	    TP_STRUCT__entry(__field(const void *, domain)
			     __field(size_t, size)
			     __field(u32, direct_ns)
			     __field(u32, bounced_ns)
			     __field(bool, copies_back)
			     __field(bool, bounced)
	    ),
	    TP_fast_assign(__entry->domain = domain;
			   __entry->size = size;
			   __entry->direct_ns = direct_ns;
			   __entry->bounced_ns = bounced_ns;
			   __entry->copies_back = copies_back;
			   __entry->bounced = bounced;
	    ),
	    TP_printk("domain=%p size=%zu dir=%s way=%s direct=%uns bounced=%uns",
		      __entry->domain, __entry->size,
		      __entry->copies_back ? "from-device" : "to-device",
		      __entry->bounced ? "bounced" : "direct",
		      __entry->direct_ns, __entry->bounced_ns)
);

DECLARE_EVENT_CLASS(iommu_bounce_slot,
		    TP_PROTO(const struct iommu_domain *domain, dma_addr_t iova,
			     size_t size, int prot),
		    TP_ARGS(domain, iova, size, prot),
		    TP_STRUCT__entry(__field(const void *, domain)
				     __field(u64, iova)
				     __field(size_t, size)
				     __field(int, prot)
		    ),
		    TP_fast_assign(__entry->domain = domain;
				   __entry->iova = iova;
				   __entry->size = size;
				   __entry->prot = prot;
		    ),
		    TP_printk("domain=%p iova=0x%llx size=%zu prot=%s",
			      __entry->domain, __entry->iova, __entry->size,
			      iommu_bounce_print_prot(__entry->prot))
);

/* The pool has one slot more. */
DEFINE_EVENT(iommu_bounce_slot, iommu_bounce_grow,
	     TP_PROTO(const struct iommu_domain *domain, dma_addr_t iova,
		      size_t size, int prot),
	     TP_ARGS(domain, iova, size, prot)
);

/* The memory of a slot was given back. */
DEFINE_EVENT(iommu_bounce_slot, iommu_bounce_evict,
	     TP_PROTO(const struct iommu_domain *domain, dma_addr_t iova,
		      size_t size, int prot),
	     TP_ARGS(domain, iova, size, prot)
);

/* A granule in a range of the caller's is bounced, */
DEFINE_EVENT(iommu_bounce_slot, iommu_bounce_link,
	     TP_PROTO(const struct iommu_domain *domain, dma_addr_t iova,
		      size_t size, int prot),
	     TP_ARGS(domain, iova, size, prot)
);

/* and no longer. */
DEFINE_EVENT(iommu_bounce_slot, iommu_bounce_unlink,
	     TP_PROTO(const struct iommu_domain *domain, dma_addr_t iova,
		      size_t size, int prot),
	     TP_ARGS(domain, iova, size, prot)
);

#endif /* _TRACE_IOMMU_BOUNCE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
