// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of a pool of bounce buffers as text: a name and a value in each
 * line, then a table with a line for each size class; and what the policy auto has
 * learned, in a table with a line for each cell that was used.
 */
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "iommu-bounce.h"
#include "iommu-bounce-auto.h"

static const char * const whys[] = {
	[IOMMU_BOUNCE_WHY_SIZE]		= "fallback_size",
	[IOMMU_BOUNCE_WHY_PROT]		= "fallback_prot",
	[IOMMU_BOUNCE_WHY_WINDOW]	= "fallback_window",
	[IOMMU_BOUNCE_WHY_EMPTY]	= "fallback_empty",
};

static void print_class(struct seq_file *file, const struct iommu_bounce_class_stats *s)
{
	seq_printf(file, "class %8zu %8lu %8lu %8lu %8lu %12lu %10lu %10lu %10lu %8lu %8lu\n",
		   s->size, s->slots, s->in_use, s->cached, s->held, s->hits, s->misses,
		   s->grown, s->evicted, s->reserve, s->reserve_target);
}

/**
 * iommu_bounce_stats_print - print what a pool holds and what it did
 * @file: where to
 * @pool: the pool
 */
void iommu_bounce_stats_print(struct seq_file *file, struct iommu_bounce_pool *pool)
{
	struct iommu_bounce_stats stats;
	unsigned int i;

	static_assert(ARRAY_SIZE(whys) == IOMMU_BOUNCE_WHYS);

	iommu_bounce_get_stats(pool, &stats);
	seq_printf(file, "window_base      %#llx\n", (u64)stats.window_base);
	seq_printf(file, "window_size      %zu\n", stats.window_size);
	seq_printf(file, "chunks           %lu\n", stats.chunks);
	seq_printf(file, "cached_pages     %lu\n", stats.cached_pages);
	seq_printf(file, "singles          %lu\n", stats.singles);
	seq_printf(file, "spares           %lu\n", stats.spares);
	seq_printf(file, "idle             %lu\n", stats.idle);
	seq_printf(file, "bytes_in         %llu\n", stats.bytes_in);
	seq_printf(file, "bytes_out        %llu\n", stats.bytes_out);
	for (i = 0; i < IOMMU_BOUNCE_WHYS; i++)
		seq_printf(file, "%-16s %lu\n", whys[i], stats.fallback[i]);
	seq_printf(file, "from_reserve     %lu\n", stats.from_reserve);
	seq_printf(file, "failed           %lu\n", stats.failed);
	seq_printf(file, "lost             %lu\n", stats.lost);
	seq_printf(file, "invalid          %lu\n", stats.invalid);
	seq_printf(file, "#     %8s %8s %8s %8s %8s %12s %10s %10s %10s %8s %8s\n",
		   "size", "slots", "in_use", "cached", "held", "hits", "misses", "grown",
		   "evicted", "reserve", "target");
	for (i = 0; i < IOMMU_BOUNCE_CLASSES && stats.class[i].size; i++)
		print_class(file, &stats.class[i]);
}

/**
 * iommu_bounce_auto_print - print what the policy auto has learned
 * @file: where to
 * @policy: the policy
 */
void iommu_bounce_auto_print(struct seq_file *file, struct iommu_bounce_auto *policy)
{
	struct iommu_bounce_auto_info info;
	unsigned int cell;

	seq_printf(file, "#     %8s %-11s %-7s %10s %10s %8s %8s %8s %8s\n", "size", "dir", "way",
		   "direct_ns", "bounced_ns", "direct", "bounced", "probes", "switches");
	for (cell = 0; cell < IOMMU_BOUNCE_AUTO_CELLS; cell++) {
		if (!iommu_bounce_auto_get_info(policy, cell, &info))
			continue;
		seq_printf(file, "auto  %8zu %-11s %-7s %10u %10u %8u %8u %8u %8u\n", info.size,
			   info.copies_back ? "from-device" : "to-device",
			   info.way == IOMMU_BOUNCE_WAY_BOUNCED ? "bounced" : "direct",
			   info.ns[IOMMU_BOUNCE_WAY_DIRECT], info.ns[IOMMU_BOUNCE_WAY_BOUNCED],
			   info.samples[IOMMU_BOUNCE_WAY_DIRECT],
			   info.samples[IOMMU_BOUNCE_WAY_BOUNCED], info.probes, info.switches);
	}
}
