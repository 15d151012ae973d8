/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.bounce=auto: which mappings are cheaper bounced than mapped directly is
 * learned from what both cost in this domain.
 *
 * cell    mappings of like cost: of one range of sizes, and with or without a copy
 *         back to the CPU
 * way     how a mapping is made: directly or bounced
 * sample  a mapping or an unmapping whose time is taken
 * probe   a short series of samples of the way that is not in use
 *
 * A mapping that is no sample costs a look at its cell's mode and a counter of
 * this CPU; an unmapping the look only, and of a list a walk over it for its size.
 */
#ifndef __IOMMU_BOUNCE_AUTO_H
#define __IOMMU_BOUNCE_AUTO_H

#include "iommu-bounce-internal.h"

/* Sizes up to 512 bytes, 1K and so on to 4M; what is larger is in the last cell, too. */
#define IOMMU_BOUNCE_AUTO_SHIFT		9
#define IOMMU_BOUNCE_AUTO_SIZES		14
#define IOMMU_BOUNCE_AUTO_LARGEST	((size_t)SZ_512 << (IOMMU_BOUNCE_AUTO_SIZES - 1))
#define IOMMU_BOUNCE_AUTO_CELLS		(2 * IOMMU_BOUNCE_AUTO_SIZES)

struct seq_file;

enum iommu_bounce_way {
	IOMMU_BOUNCE_WAY_DIRECT,
	IOMMU_BOUNCE_WAY_BOUNCED,
	IOMMU_BOUNCE_WAYS,
};

/*
 * Of each CPU so many ranges are made in parts to learn how that is, and of those
 * after them one in so many.
 */
#define IOMMU_BOUNCE_AUTO_RANGES	1024U

/* What iommu_bounce_auto_choose() says; the first two are also a cell's mode. */
#define IOMMU_BOUNCE_AUTO_BOUNCE	BIT(0)	/* bounce it, if there is a slot */
#define IOMMU_BOUNCE_AUTO_SAMPLE	BIT(1)	/* take the time of mapping it */
#define IOMMU_BOUNCE_AUTO_WATCH		BIT(2)	/* a cell's: of each unmapping as well */
#define IOMMU_BOUNCE_AUTO_PARTS		BIT(3)	/* a cell's: see iommu_bounce_auto_parts() */

struct iommu_bounce_auto_cpu {
	/* Mappings until the next sample.  A task that moves on may leave behind 0. */
	s32 left;
	u32 random;
	u32 ranges;			/* asked for, see iommu_bounce_auto_parts() */
};

/* Of one way in one cell; times in sixteenths of a ns. */
struct iommu_bounce_auto_cost {
	u32 map;
	u32 unmap;
	u16 maps;			/* samples so far, at most U16_MAX */
	u16 unmaps;
};

/* Samples of a probe, in ns. */
struct iommu_bounce_auto_probe {
	u64 sum;
	u32 longest;
	u32 nr;
};

struct iommu_bounce_auto_cell {
	struct iommu_bounce_auto_cost cost[IOMMU_BOUNCE_WAYS];
	enum iommu_bounce_way way;
	/* The probe that is under way, or none if @burst is 0 */
	enum iommu_bounce_way probed;
	u32 burst;			/* mappings it is to have */
	u32 asked;			/* mappings it had */
	u32 served;			/* of these, made the way that is probed */
	u32 watched;			/* unmappings that were watched for it */
	u32 waited;			/* samples since its last mapping */
	struct iommu_bounce_auto_probe map, unmap;
	/* Samples until the next probe */
	u32 wait;
	u8 votes;			/* probes in a row that were for the other way */
	u8 calm;			/* log2 of how much longer to wait after a switch */
	u8 failures;			/* probes in a row that found no slot */
	u8 empty;			/* samples in a row that did, while it bounces */
	u32 probes;
	u32 switches;
};

struct iommu_bounce_auto {
	u8 mode[IOMMU_BOUNCE_AUTO_CELLS];
	struct iommu_bounce_auto_cpu __percpu *cpu;
	const struct iommu_domain *domain;
	/* Of all that follows, and of changes to @mode */
	spinlock_t lock ____cacheline_aligned;
	/* An unmapping's share in a flush, in sixteenths of a ns */
	u32 flush;
	u16 flushes;			/* samples of it so far, at most U16_MAX */
	struct iommu_bounce_auto_cell cells[IOMMU_BOUNCE_AUTO_CELLS];
};

/**
 * struct iommu_bounce_auto_info - what is known of a cell
 * @size: the largest mapping of the cell in bytes
 * @copies_back: whether the device writes, so that a bounce copies twice
 * @way: the way in use
 * @ns: what mapping and unmapping takes by either way, 0 if that is not known
 * @samples: mappings of either way whose time was taken, at most 65535
 * @probes: series of samples that were begun, the first one of a way in use included
 * @switches: how often the way changed
 */
struct iommu_bounce_auto_info {
	size_t size;
	bool copies_back;
	enum iommu_bounce_way way;
	u32 ns[IOMMU_BOUNCE_WAYS];
	u32 samples[IOMMU_BOUNCE_WAYS];
	u32 probes;
	u32 switches;
};

struct iommu_bounce_auto *iommu_bounce_auto_create(const struct iommu_domain *domain);
void iommu_bounce_auto_destroy(struct iommu_bounce_auto *policy);
s32 iommu_bounce_auto_period(struct iommu_bounce_auto *policy);
void iommu_bounce_auto_mapped(struct iommu_bounce_auto *policy, size_t size,
			      enum dma_data_direction dir, unsigned int choice,
			      enum iommu_bounce_way way, u64 ns);
void iommu_bounce_auto_unmapped(struct iommu_bounce_auto *policy, size_t size,
				enum dma_data_direction dir, enum iommu_bounce_way way, u64 ns);
void iommu_bounce_auto_flushed(struct iommu_bounce_auto *policy, u64 ns, unsigned int nr);
bool iommu_bounce_auto_get_info(struct iommu_bounce_auto *policy, unsigned int cell,
				struct iommu_bounce_auto_info *info);
void iommu_bounce_auto_print(struct seq_file *file, struct iommu_bounce_auto *policy);

static inline unsigned int iommu_bounce_auto_cell(size_t size, enum dma_data_direction dir)
{
	unsigned int nr = size > SZ_512 ? ilog2(size - 1) - IOMMU_BOUNCE_AUTO_SHIFT + 1 : 0;

	return 2 * min(nr, IOMMU_BOUNCE_AUTO_SIZES - 1U) + (dir != DMA_TO_DEVICE);
}

/**
 * iommu_bounce_auto_choose - how to make a mapping
 * @policy: the domain's policy
 * @size: bytes to map
 * @dir: who writes to them
 *
 * Any context.
 *
 * Return: IOMMU_BOUNCE_AUTO_BOUNCE or not, with IOMMU_BOUNCE_AUTO_SAMPLE if
 * iommu_bounce_auto_mapped() is to be told what it took.
 */
static inline unsigned int iommu_bounce_auto_choose(struct iommu_bounce_auto *policy,
						    size_t size, enum dma_data_direction dir)
{
	unsigned int mode = READ_ONCE(policy->mode[iommu_bounce_auto_cell(size, dir)]);

	if (unlikely(this_cpu_dec_return(policy->cpu->left) <= 0)) {
		this_cpu_write(policy->cpu->left, iommu_bounce_auto_period(policy));
		mode |= IOMMU_BOUNCE_AUTO_SAMPLE;
	}
	return mode;
}

/**
 * iommu_bounce_auto_watches - is iommu_bounce_auto_unmapped() to be told of an unmapping?
 * @policy: the domain's policy
 * @size: its bytes, as they were mapped
 * @dir: who wrote to them
 *
 * Return: whether to take its time.
 */
static inline bool iommu_bounce_auto_watches(const struct iommu_bounce_auto *policy,
					     size_t size, enum dma_data_direction dir)
{
	return unlikely(READ_ONCE(policy->mode[iommu_bounce_auto_cell(size, dir)]) &
			IOMMU_BOUNCE_AUTO_WATCH);
}

/**
 * iommu_bounce_auto_parts - is a range to be mapped in parts, so that each can be bounced?
 * @policy: the domain's policy
 * @size: bytes of a part
 *
 * Of a range that is mapped directly the parts are mapped one by one, but it is
 * unmapped at once.  So parts pay where bouncing one costs less than mapping it
 * directly alone, in both directions, as that of the range is not known here; one
 * of which nothing is known does not count.  As long as that is both, some ranges
 * are made in parts to find out, and later one now and then.
 *
 * Return: whether to do so.
 */
static inline bool iommu_bounce_auto_parts(struct iommu_bounce_auto *policy, size_t size)
{
	unsigned int to = READ_ONCE(policy->mode[iommu_bounce_auto_cell(size, DMA_TO_DEVICE)]);
	unsigned int from = READ_ONCE(policy->mode[iommu_bounce_auto_cell(size, DMA_FROM_DEVICE)]);
	const unsigned int pays = IOMMU_BOUNCE_AUTO_PARTS, may = pays | IOMMU_BOUNCE_AUTO_SAMPLE;
	u32 asked;

	if ((to | from) & pays && to & may && from & may)
		return true;
	asked = this_cpu_inc_return(policy->cpu->ranges);
	return !(asked % IOMMU_BOUNCE_AUTO_RANGES) ||
	       (to & from & IOMMU_BOUNCE_AUTO_SAMPLE && asked < IOMMU_BOUNCE_AUTO_RANGES);
}

#endif /* __IOMMU_BOUNCE_AUTO_H */
