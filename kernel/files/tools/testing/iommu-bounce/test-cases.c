// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases with a name: what bounce buffers have got wrong before, one by one.  Each
 * runs with every granule, with and without coherence.
 *
 * Usage: test-cases [NAME]
 */
#include "model.h"

static struct model model;
static struct source source;
static struct model_config config;

#define check(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "line %d: ", __LINE__); \
		shim_die(#cond); \
	} \
} while (0)

enum { PLAIN, UNTRUSTED, NVME, SMALL_MASK };	/* the model's devices */

static void begin(bool reserve)
{
	config.reserve = reserve;
	model_init(&model, &config, &source);
}

static struct iommu_bounce_stats stats(void)
{
	struct iommu_bounce_stats stats;

	iommu_bounce_get_stats(model.pool, &stats);
	return stats;
}

static u32 granule(void)
{
	return config.granule;
}

/* Mandatory, so it never goes direct. */
static struct model_mapping *map(unsigned int i, unsigned int device, enum dma_data_direction dir,
				 u32 offset, u32 size)
{
	check(!model_map(&model, &model.mappings[i], device, dir, offset, size,
			 IOMMU_BOUNCE_MANDATORY));
	return &model.mappings[i];
}

static enum iommu_bounce_result map_optional(unsigned int i, enum dma_data_direction dir, u32 size)
{
	return model_map(&model, &model.mappings[i], PLAIN, dir, 0, size, 0);
}

static void unmap_all(void)
{
	unsigned int i;

	for (i = 0; i < config.max_mappings; i++)
		if (model.mappings[i].live)
			model_unmap(&model, &model.mappings[i], false);
}

static void partial_write_keeps_the_rest(void)
{
	struct model_mapping *mapping;
	u32 size = 2 * granule();

	begin(false);
	for (int i = 0; i < 3; i++) {
		mapping = map(0, PLAIN, i == 1 ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE, 512, size);
		model_device_write(&model, mapping, 1024, 1024 + 128);
		model_unmap(&model, mapping, false);
	}
}

static void unwritten_buffer_stays(void)
{
	begin(false);
	for (int i = 0; i < 3; i++)
		model_unmap(&model, map(0, PLAIN, DMA_FROM_DEVICE, 64, 3000), false);
}

static void recycled_slot_shows_nothing_old(void)
{
	static const enum dma_data_direction dirs[] = {
		DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL,
	};
	static const unsigned int others[] = { PLAIN, UNTRUSTED, SMALL_MASK };
	unsigned int dir, i;

	begin(false);
	model.devices[SMALL_MASK].limit = config.end;
	for (dir = 0; dir < 3; dir++) {
		for (i = 0; i < 3; i++) {
			/* model_map() looks at all that the device finds. */
			model_unmap(&model, map(0, PLAIN, dirs[dir], 0, granule()), false);
			model_unmap(&model, map(0, others[i], dirs[dir], 256, 300), false);
			model_unmap(&model, map(0, PLAIN, dirs[dir], 0, 4 * granule()), false);
			model_unmap(&model, map(0, others[i], dirs[dir], 0, 2 * granule() + 1),
				    false);
		}
	}
}

static void pads_of_an_untrusted_device_are_zero(void)
{
	u8 data[64];

	memset(data, UNTRUSTED + 1, sizeof(data));
	begin(false);
	for (u32 size = 1; size <= 3 * granule(); size += granule() / 2 + 17) {
		struct model_mapping *mapping = map(0, UNTRUSTED, DMA_FROM_DEVICE, 512, size);
		struct iommu_bounce_slot *slot = iommu_bounce_find(model.pool, mapping->addr, 1);

		/* Its own bytes in the pad must not be there next time. */
		if (slot->iova + slot->size - (mapping->addr + size) >= sizeof(data))
			shim_device_write(model.domain, slot->iova + slot->size - sizeof(data),
					  data, sizeof(data));
		model_unmap(&model, mapping, false);
		model_unmap(&model, map(0, UNTRUSTED, DMA_FROM_DEVICE, 0, size), false);
	}
}

/* A device that comes later reaches slots that nobody uses. */
static void cached_slot_of_an_untrusted_device_is_zero(void)
{
	struct iommu_bounce_slot *slot;
	u8 *view;

	begin(true);
	view = malloc(4 * granule());
	for (int dir = DMA_BIDIRECTIONAL; dir <= DMA_FROM_DEVICE; dir++) {
		for (u32 size = 700; size <= 4 * granule(); size += granule()) {
			struct model_mapping *mapping = map(0, UNTRUSTED, dir, 512, size);

			slot = iommu_bounce_find(model.pool, mapping->addr, 1);
			if (dir != DMA_TO_DEVICE)
				model_device_write(&model, mapping, 0, size);
			model_unmap(&model, mapping, false);
			check(shim_device_peek(model.domain, slot->iova, view, slot->size));
			check(!view[0] && !memcmp(view, view + 1, slot->size - 1));
		}
	}
	free(view);
}

/* One that joins a group reaches what its other devices left in the cache, and leave. */
static void cached_slot_in_a_group_with_an_untrusted_device_is_zero(void)
{
	struct model_mapping *before, *across;
	struct iommu_bounce_slot *slots[2];
	u8 *view;
	int i;

	begin(true);
	view = malloc(granule());
	before = map(0, PLAIN, DMA_TO_DEVICE, 0, granule());
	across = map(1, PLAIN, DMA_TO_DEVICE, 0, granule());
	slots[0] = iommu_bounce_find(model.pool, before->addr, 1);
	slots[1] = iommu_bounce_find(model.pool, across->addr, 1);
	model_unmap(&model, before, false);
	check(shim_device_peek(model.domain, slots[0]->iova, view, granule()) && view[0]);
	iommu_bounce_distrust(model.pool);
	model_unmap(&model, across, false);
	for (i = 0; i < 2; i++)
		check(!shim_device_peek(model.domain, slots[i]->iova, view, granule()) ||
		      (!view[0] && !memcmp(view, view + 1, granule() - 1)));
	/* They stay, so that the devices go on as fast. */
	check(stats().class[0].cached == 2 && !stats().class[0].evicted);
	free(view);
}

static void map_meanwhile(void)
{
	shim_resched_hook = NULL;
	if (!map_optional(0, DMA_FROM_DEVICE, granule()))
		model_unmap(&model, &model.mappings[0], false);
}

/* Whoever takes a slot while all are wiped takes no other one out of their way. */
static void no_cached_slot_escapes_its_wiping(void)
{
	static const enum dma_data_direction dirs[] = {
		DMA_FROM_DEVICE, DMA_FROM_DEVICE, DMA_TO_DEVICE,
	};
	dma_addr_t iova[ARRAY_SIZE(dirs)];
	unsigned int i;
	u8 *view;

	begin(true);
	view = malloc(granule());
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		iova[i] = map(i, PLAIN, dirs[i], 0, granule())->addr;
	unmap_all();
	shim_resched_hook = map_meanwhile;
	iommu_bounce_distrust(model.pool);
	check(!shim_resched_hook);
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		check(!shim_device_peek(model.domain, iova[i], view, granule()) ||
		      (!view[0] && !memcmp(view, view + 1, granule() - 1)));
	free(view);
}

static struct iommu_bounce_slot *evicting, *wiped;
static unsigned int graces;

static void count_grace(void)
{
	graces++;
}

/* Who took a slot before the cache was wiped is to be waited for behind that. */
static void evict_at_last(void)
{
	u8 byte;

	check(graces == 1);
	check(shim_device_peek(model.domain, wiped->iova, &byte, 1) && !byte);
	check(iommu_bounce_slot_evict(model.pool, evicting));
}

/* IOMMU drivers may sleep in it. */
static void unmap_what_is_evicted(void)
{
	shim_unmap_hook = NULL;
	check(model.pool->housekeeping.holders == 1 && !shim_rcu && !shim_atomic);
}

/* What the worker or a shrinker has taken is unmapped when all are wiped. */
static void no_slot_is_forgotten_in_its_eviction(void)
{
	struct iommu_bounce_slot *slot = NULL;
	struct model_mapping *mapping;
	unsigned int kind, nr = 0;
	dma_addr_t iova;
	u8 *view;

	begin(false);
	view = malloc(granule());
	mapping = map(0, PLAIN, DMA_TO_DEVICE, 0, granule());
	evicting = iommu_bounce_find(model.pool, mapping->addr, 1);
	model_unmap(&model, mapping, false);
	iommu_bounce_magazines_drain(model.pool, false);
	for (kind = 0; kind < IOMMU_BOUNCE_KINDS && !nr; kind++)
		slot = iommu_bounce_depot_get(model.pool, 0, kind, 1, &nr);
	check(slot == evicting);
	iova = evicting->iova;
	mapping = map(0, PLAIN, DMA_TO_DEVICE, 0, granule());
	wiped = iommu_bounce_find(model.pool, mapping->addr, 1);
	model_unmap(&model, mapping, false);
	graces = 0;
	shim_grace_hook = count_grace;
	shim_writer_hook = evict_at_last;
	iommu_bounce_distrust(model.pool);
	shim_grace_hook = NULL;
	shim_writer_hook = NULL;
	check(!shim_device_peek(model.domain, iova, view, granule()));
	free(view);

	model_unmap(&model, map(0, PLAIN, DMA_TO_DEVICE, 0, granule()), false);
	shim_unmap_hook = unmap_what_is_evicted;
	check(iommu_bounce_shrink_scan(model.pool, 1));
	check(!shim_unmap_hook);
	model_unmap(&model, map(0, PLAIN, DMA_TO_DEVICE, 0, granule()), false);
	shim_unmap_hook = unmap_what_is_evicted;
	shim_pass(10 * HZ);
	check(!shim_unmap_hook);
}

static void fail_to_request(void)
{
	check(false);
}

/* Where only the worker may make requests, it gives all back. */
static void worker_shrinks_for_others(void)
{
	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, granule());
	map(1, PLAIN, DMA_FROM_DEVICE, 0, 3 * granule());
	map(2, PLAIN, DMA_FROM_DEVICE, 0, granule());
	model_unmap(&model, &model.mappings[0], false);
	model_unmap(&model, &model.mappings[1], false);
	shim_pass(1);
	shim_unmap_hook = fail_to_request;
	iommu_bounce_shrink_soon(model.pool);
	shim_unmap_hook = NULL;
	check(iommu_bounce_shrink_count(model.pool));
	shim_pass(1);
	check(!iommu_bounce_shrink_count(model.pool));
	model_check(&model, &model.mappings[2]);
	check(!iommu_bounce_ready(model.pool, ~0ULL));
	shim_pass(10 * HZ);
	check(iommu_bounce_ready(model.pool, ~0ULL));
}

/* Who pauses does not wait until a class has grown, or until all is given back. */
static unsigned int requests;

static void pause_soon(void)
{
	if (++requests == 3)
		atomic_inc(&model.pool->paused);
}

static void worker_stops_for_a_pause(void)
{
	unsigned int class, i;

	begin(false);
	/* The largest slots go one by one. */
	class = min(model.pool->nr_classes - 1, 8U);
	for (i = 0; i < 8; i++)
		map(i, PLAIN, DMA_TO_DEVICE, 0, granule() << class);
	unmap_all();
	requests = 0;
	shim_unmap_hook = pause_soon;
	shim_pass(20 * HZ);
	check(requests >= 3 && stats().class[class].evicted < stats().class[class].grown);
	shim_unmap_hook = NULL;
	iommu_bounce_resume(model.pool);
	shim_pass(20 * HZ);
	check(stats().class[class].evicted == stats().class[class].grown);
}

/* What is attached to the domain may change while its pool is paused. */
static void paused_pool_makes_no_requests(void)
{
	unsigned long grown;
	int i;

	begin(false);
	for (i = 0; i < 4; i++)
		map(i, PLAIN, DMA_TO_DEVICE, 0, granule());
	unmap_all();
	grown = stats().class[0].grown;
	iommu_bounce_pause(model.pool);
	iommu_bounce_pause(model.pool);
	shim_unmap_hook = fail_to_request;
	for (i = 0; i < 8; i++)
		map_optional(i, DMA_TO_DEVICE, granule());
	model_unmap(&model, &model.mappings[0], false);
	shim_pass(60 * HZ);
	iommu_bounce_resume(model.pool);
	shim_pass(60 * HZ);
	check(!iommu_bounce_shrink_scan(model.pool, 100));
	check(stats().class[0].grown == grown && !stats().class[0].evicted);
	shim_unmap_hook = NULL;
	iommu_bounce_resume(model.pool);
	shim_pass(2 * HZ);
	check(stats().class[0].grown > grown);
	unmap_all();
	shim_pass(10 * HZ);
	check(!stats().class[0].cached);
	/* One that does nothing begins again by itself. */
	map(0, PLAIN, DMA_TO_DEVICE, 0, granule());
	unmap_all();
	iommu_bounce_pause(model.pool);
	shim_pass(60 * HZ);
	iommu_bounce_resume(model.pool);
	shim_pass(10 * HZ);
	check(!stats().class[0].cached);
}

static void pads_between_segments_are_clean(void)
{
	begin(false);
	for (int i = 0; i < 4; i++) {
		unsigned int device = i & 1 ? UNTRUSTED : PLAIN;

		check(!model_map_list(&model, &model.mappings[0], device, DMA_BIDIRECTIONAL, 4,
				      1000, IOMMU_BOUNCE_MANDATORY));
		model_device_write(&model, &model.mappings[0], 0, model.mappings[0].size);
		model_unmap(&model, &model.mappings[0], false);
		model_unmap(&model, map(0, PLAIN, DMA_BIDIRECTIONAL, 0, 4 * granule()), false);
	}
}

static void low_bits_are_kept_at_512_byte_offsets(void)
{
	begin(false);
	for (u32 offset = 0; offset < 4096; offset += 512)
		for (u32 size = 512; size <= 8192; size += 1536)
			model_unmap(&model, map(0, NVME, DMA_FROM_DEVICE, offset, size), false);
}

static void alignment_larger_than_the_granule(void)
{
	begin(false);
	model.devices[NVME].min_align_mask = 4 * granule() - 1;
	/* The model compares the low bits. */
	for (u32 offset = 0; offset < PAGE_SIZE; offset += PAGE_SIZE / 4)
		model_unmap(&model, map(0, NVME, DMA_TO_DEVICE, offset, 700), false);
}

static void syncs_move_parts(void)
{
	struct model_mapping *mapping;

	begin(false);
	mapping = map(0, PLAIN, DMA_BIDIRECTIONAL, 0, 3 * granule());
	model_device_write(&model, mapping, 0, 3 * granule());
	model_sync_for_cpu(&model, mapping, granule() - 64, granule() + 64);
	model_check(&model, mapping);
	model_cpu_write(&model, mapping, granule() - 64, granule() + 64);
	model_check(&model, mapping);
	model_sync_for_device(&model, mapping, granule() - 64, granule() + 64);
	model_check(&model, mapping);
}

static void device_wrote_what_is_copied_out(void)
{
	begin(false);
	model_unmap(&model, map(0, PLAIN, DMA_BIDIRECTIONAL, 512, 3000), false);
	check(shim.unpoisoned == 3000 && stats().bytes_out == 3000);
}

/* Whatever the driver says: what lies behind belongs to somebody else. */
static void sync_ends_with_its_slot(void)
{
	struct model_mapping *first = NULL, *next = NULL;
	unsigned int i, j;

	begin(false);
	for (i = 0; i < 8; i++)
		map(i, PLAIN, DMA_BIDIRECTIONAL, 0, granule());
	for (i = 0; i < 8; i++)
		for (j = 0; j < 8; j++)
			if (model.mappings[j].addr == model.mappings[i].addr + granule()) {
				first = &model.mappings[i];
				next = &model.mappings[j];
			}
	check(first);
	model_device_write(&model, next, 0, granule());
	check(!iommu_bounce_sync_for_cpu(model.pool, first->addr, 2 * granule(),
					 DMA_BIDIRECTIONAL));
	model_check(&model, next);
	model_sync_for_cpu(&model, next, 0, granule());
	model_cpu_write(&model, next, 0, granule());
	check(!iommu_bounce_sync_for_device(model.pool, first->addr, 2 * granule(),
					    DMA_BIDIRECTIONAL));
	model_check(&model, next);
}

static void unmap_without_sync_copies_nothing(void)
{
	struct model_mapping *mapping;

	begin(false);
	mapping = map(0, PLAIN, DMA_FROM_DEVICE, 0, 2048);
	model_device_write(&model, mapping, 0, 1024);
	model_sync_for_cpu(&model, mapping, 0, 512);
	model_unmap(&model, mapping, true);
}

static void optional_bounce_waits_for_the_worker(void)
{
	unsigned long maps;

	begin(false);
	check(map_optional(0, DMA_TO_DEVICE, 2048) == IOMMU_BOUNCE_DIRECT);
	model_unmap(&model, &model.mappings[0], false);
	shim_pass(1);
	maps = shim.maps;
	for (int i = 0; i < 100; i++) {
		check(map_optional(0, DMA_TO_DEVICE, 2048) == IOMMU_BOUNCE_DONE);
		model_unmap(&model, &model.mappings[0], false);
	}
	/* That is what it is all for. */
	check(shim.maps == maps && stats().class[0].hits == 100);
}

static void class_grows_with_its_misses(void)
{
	unsigned int i, bounced = 0;

	begin(false);
	for (int round = 0; round < 6; round++) {
		for (i = 0, bounced = 0; i < config.max_mappings; i++)
			bounced += map_optional(i, DMA_FROM_DEVICE, 512) == IOMMU_BOUNCE_DONE;
		unmap_all();
		shim_pass(1);
	}
	check(bounced == config.max_mappings);
}

static void window_waits_for_the_first_bounce(void)
{
	begin(true);
	check(!stats().window_size && !shim.granules);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	check(stats().window_size);
}

static void window_lies_in_a_high_aperture(void)
{
	config.start = 0x200000000ULL;
	config.end = config.start + 0x1fffffff;
	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	check(stats().window_base >= config.start);
	check(stats().window_size <= IOMMU_BOUNCE_WINDOW_MAX);
	model_finish(&model);
	config.start = 0;
	config.end = 0x1fffffff;
	begin(false);
}

static void device_below_the_window(void)
{
	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	shim_pass(1);
	check(model_map(&model, &model.mappings[1], SMALL_MASK, DMA_TO_DEVICE, 0, 512, 0) ==
	      IOMMU_BOUNCE_DIRECT);
	map(2, SMALL_MASK, DMA_TO_DEVICE, 0, 512);
	check(model.mappings[2].addr <= model.devices[SMALL_MASK].limit);
	check(stats().singles == 1 && stats().fallback[IOMMU_BOUNCE_WHY_WINDOW] == 2);
	/* No end of a buffer: there is no next use for it. */
	model_unmap(&model, &model.mappings[2], false);
	check(!stats().singles && !stats().idle);
}

static void no_window_is_told(void)
{
	begin(false);
	check(iommu_bounce_ready(model.pool, config.end));
	/* There is not so much IOVA. */
	model.devices[PLAIN].limit = 1000 * granule() - 1;
	check(map_optional(0, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
	check(!iommu_bounce_ready(model.pool, config.end));
	shim_pass(HZ);
	check(iommu_bounce_ready(model.pool, config.end));
	/* Half of all time later that is not a time to come. */
	WRITE_ONCE(shim_jiffies, shim_jiffies + LONG_MAX);
	check(iommu_bounce_ready(model.pool, config.end));
}

/* The last granule ends where the addresses begin again. */
static void end_of_all_addresses(void)
{
	struct model_mapping *mapping;
	u32 size = 256 * granule() - 512 - 100;

	config.start = -0x20000000ULL;
	config.end = -1ULL;
	begin(false);
	/* Nothing else is in the way, as there is no window yet. */
	for (int dir = DMA_BIDIRECTIONAL; dir <= DMA_FROM_DEVICE; dir++) {
		mapping = &model.mappings[dir];
		check(!model_map(&model, mapping, PLAIN, dir, 512, size,
				 IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
		check(mapping->ends && (dir || !(mapping->addr + size + 100)));
		if (dir != DMA_TO_DEVICE)
			model_device_write(&model, mapping, 0, mapping->size);
		model_sync_for_cpu(&model, mapping, 0, mapping->size);
		model_sync_for_device(&model, mapping, 0, mapping->size);
		model_check(&model, mapping);
	}
	unmap_all();
	/* Now the window lies there. */
	mapping = map(0, PLAIN, DMA_BIDIRECTIONAL, 0, 512);
	check(!(stats().window_base + stats().window_size));
	model_device_write(&model, mapping, 0, 512);
	model_sync_for_cpu(&model, mapping, 0, 512);
	model_finish(&model);
	config.start = 0;
	config.end = 0x1fffffff;
	begin(false);
}

static void granules_too_large_for_a_window(void)
{
	begin(false);
	model.iovad.granule = 2 * IOMMU_BOUNCE_GRANULE_MAX;
	check(!iommu_bounce_pool_create(model.domain, &model.iovad, 0));
	model.iovad.granule = granule();
}

static void third_set_of_protection_bits(void)
{
	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	map(1, NVME, DMA_TO_DEVICE, 0, 512);
	check(!stats().singles);
	model.extra[PLAIN] |= 64;
	map(2, PLAIN, DMA_TO_DEVICE, 0, 512);
	check(stats().singles == 1 && stats().fallback[IOMMU_BOUNCE_WHY_PROT] == 1);
	check(map_optional(3, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
}

static void mappings_up_to_the_largest_slot(void)
{
	static const enum dma_data_direction dirs[] = { DMA_TO_DEVICE, DMA_FROM_DEVICE };
	u32 size, largest = iommu_bounce_largest_slot(granule());

	begin(false);
	check(largest >= SZ_4M);
	for (size = SZ_256K; size <= largest; size *= 2) {
		for (int i = 0; i < 2; i++) {
			check(map_optional(0, dirs[i], size) == IOMMU_BOUNCE_DIRECT);
			model_unmap(&model, &model.mappings[0], false);
			shim_pass(1);
			check(map_optional(0, dirs[i], size - 1000) == IOMMU_BOUNCE_DONE);
			/* Mapped on one CPU, unmapped on another, and found there. */
			shim_cpu = 1;
			model_unmap(&model, &model.mappings[0], false);
			if (size > 128 * granule())
				shim_cpu = 0;
			check(map_optional(0, dirs[i], size) == IOMMU_BOUNCE_DONE);
			if (dirs[i] == DMA_FROM_DEVICE)
				model_device_write(&model, &model.mappings[0], 100, size - 100);
			model_sync_for_cpu(&model, &model.mappings[0], size / 2 - 64, size);
			model_unmap(&model, &model.mappings[0], false);
			shim_cpu = 0;
		}
	}
	check(map_optional(0, DMA_TO_DEVICE, largest + 1) == IOMMU_BOUNCE_DIRECT);
	model_unmap(&model, &model.mappings[0], false);
	shim_pass(10 * HZ);
	check(!stats().cached_pages && !stats().chunks && !shim.pages);
}

static void twice_as_many_as_there_are_slots(void)
{
	u32 size = iommu_bounce_largest_slot(granule());
	unsigned int i, nr, bounced = 0;

	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	nr = min(stats().window_size / size, 8UL);
	model.pool->max_places = nr * size >> model.pool->chunk_shift;
	model_unmap(&model, &model.mappings[0], false);
	/* The chunk of the small slot is in the way until it is given back. */
	shim_pass(10 * HZ);
	for (int round = 0; round < 8; round++) {
		for (i = 0, bounced = 0; i < 2 * nr; i++)
			bounced += map_optional(i, DMA_TO_DEVICE, size) == IOMMU_BOUNCE_DONE;
		unmap_all();
		shim_pass(1);
	}
	check(bounced == nr);
	/* Who can choose is told, as long as there is no hope of more. */
	check(!iommu_bounce_ready(model.pool, config.end));
	shim_pass(10 * HZ);
	check(iommu_bounce_ready(model.pool, config.end));
	check(!iommu_bounce_ready(model.pool, model.devices[SMALL_MASK].limit / 2));
}

static void large_slot_needs_places_in_a_row(void)
{
	u32 large = iommu_bounce_largest_slot(granule()), chunk = 128 * granule();
	unsigned int i;

	begin(false);
	if (large == chunk)
		return;
	/* Chunks of small slots in the first half and the second, not in front. */
	for (i = 0; i <= large / chunk + 1; i++)
		map(i, PLAIN, DMA_TO_DEVICE, 0, chunk);
	model.pool->max_places = 2 * large / chunk;
	for (i = 0; i <= large / chunk; i++)
		if (i != 1)
			model_unmap(&model, &model.mappings[i], false);
	shim_pass(10 * HZ);
	check(stats().chunks == 2);
	for (i = 50; i < 52; i++) {
		check(map_optional(i, DMA_TO_DEVICE, large) == IOMMU_BOUNCE_DIRECT);
		shim_pass(2 * HZ);
		model_unmap(&model, &model.mappings[i], false);
	}
	model_unmap(&model, &model.mappings[1], false);
	shim_pass(10 * HZ);
	map_optional(0, DMA_TO_DEVICE, large);
	shim_pass(2 * HZ);
	check(map_optional(50, DMA_TO_DEVICE, large) == IOMMU_BOUNCE_DONE);
}

static void full_window_fails_nothing_mandatory(void)
{
	u32 size = 128 * granule();
	unsigned int i, nr;

	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	/* Chunks for all of the largest class but one. */
	nr = stats().window_size / size - 1;
	if (nr > 8)
		nr = 8;
	model.pool->max_places = nr + 1;
	for (i = 1; i <= 2 * nr; i++)
		map(i, PLAIN, DMA_TO_DEVICE, 0, size - 100);
	check(stats().singles == nr);
	check(map_optional(i, DMA_TO_DEVICE, size - 100) == IOMMU_BOUNCE_DIRECT);
}

static void reserve_serves_when_nothing_else_does(void)
{
	unsigned int i;

	begin(true);
	/* The first bounce makes the window, then the worker maps the reserve. */
	model_unmap(&model, map(0, UNTRUSTED, DMA_TO_DEVICE, 0, 512), false);
	shim_pass(1);
	iommu_bounce_shrink_scan(model.pool, ULONG_MAX);
	shim.fail_atomic = true;
	for (int round = 0; round < 3; round++) {
		for (i = 0; i < IOMMU_BOUNCE_RESERVE_SMALL; i++) {
			map(2 * i, UNTRUSTED, DMA_TO_DEVICE, 512, 512);
			map(2 * i + 1, UNTRUSTED, DMA_FROM_DEVICE, 0, 700);
		}
		map(2 * i, UNTRUSTED, DMA_FROM_DEVICE, 0, SZ_256K);
		check(map_optional(2 * i + 1, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
		check(model_map(&model, &model.mappings[2 * i + 2], UNTRUSTED, DMA_FROM_DEVICE, 0,
				SZ_256K, IOMMU_BOUNCE_MANDATORY) == IOMMU_BOUNCE_NO_MEMORY);
		unmap_all();
	}
	check(stats().failed == 3 && stats().from_reserve == 3 * (2 * i + 1));
	shim.fail_atomic = false;
}

/* Whatever is missing, the rest of the reserve is made. */
static void reserve_is_filled_as_far_as_it_goes(void)
{
	struct iommu_bounce_class_stats *small;
	struct iommu_bounce_stats s;

	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	/* Its chunk takes the only place: it has room for the small slots. */
	model.pool->max_places = 1;
	shim_pass(1);
	check(iommu_bounce_reserve_fill(model.pool, model.extra[UNTRUSTED],
					IOMMU_BOUNCE_RESERVE_SIZE));
	s = stats();
	small = &s.class[0];
	check(small->reserve == small->reserve_target && s.spares == IOMMU_BOUNCE_SPARES);
	/* Room comes, and the worker makes the rest. */
	model.pool->max_places = IOMMU_BOUNCE_CHUNKS_MIN;
	shim_pass(10 * HZ);
	s = stats();
	for (int i = 0; i < IOMMU_BOUNCE_CLASSES; i++)
		check(s.class[i].reserve == s.class[i].reserve_target);
}

static void reserve_is_whole(void)
{
	struct iommu_bounce_stats s = stats();

	for (int i = 0; i < IOMMU_BOUNCE_CLASSES; i++)
		check(s.class[i].reserve == s.class[i].reserve_target);
}

static void reserve_is_there_while_its_filler_sleeps(void)
{
	begin(true);
	shim_sleep_hook = reserve_is_whole;
	/* Makes the window, in which the worker maps the reserve. */
	model_unmap(&model, map(0, UNTRUSTED, DMA_TO_DEVICE, 0, 512), false);
	shim_pass(1);
	shim_sleep_hook = NULL;
	shim.fail_atomic = true;
	map(0, UNTRUSTED, DMA_FROM_DEVICE, 0, SZ_256K);
	shim.fail_atomic = false;
}

static void reserve_is_not_from_reserve_at_the_end(void)
{
	struct iommu_bounce_pool *pool;

	begin(true);
	pool = model.pool;
	check(!atomic_long_read(&pool->from_reserve));
	iommu_bounce_reserve_free(pool);
	iommu_bounce_idle_free(pool, false);
	check(!atomic_long_read(&pool->from_reserve) && !shim.pages);
}

/* For the IOMMU's tables of what must be bounced there are the kernel's own reserves. */
static void reserve_is_mapped_where_memory_is_short(void)
{
	begin(true);
	shim.fail_memory = true;
	/* This makes the window, and the worker has not mapped the slots yet. */
	map(0, UNTRUSTED, DMA_TO_DEVICE, 0, 512);
	check(stats().from_reserve == 1 && stats().spares == IOMMU_BOUNCE_SPARES);
	shim.fail_memory = false;
}

static void reserve_is_not_for_optional_bounces(void)
{
	begin(true);
	model_unmap(&model, map(0, PLAIN, DMA_TO_DEVICE, 0, 512), false);
	shim_pass(10 * HZ);
	check(!stats().cached_pages && stats().class[0].reserve == stats().class[0].reserve_target);
	check(map_optional(0, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
}

static void spares_serve_other_ranges(void)
{
	unsigned long pfn;
	phys_addr_t phys;
	dma_addr_t addr;
	unsigned int i;

	begin(true);
	phys = shim_buffer_new(granule());
	pfn = alloc_iova_fast(&model.iovad, 16, config.end / granule(), true);
	addr = (dma_addr_t)pfn * granule();
	shim.fail_memory = true;
	for (int round = 0; round < 2; round++) {
		for (i = 0; i < IOMMU_BOUNCE_SPARES; i++)
			check(!iommu_bounce_link_granule(model.pool, addr + i * granule() + 512,
							 phys + 512, 100,
							 model.extra[UNTRUSTED] | IOMMU_READ));
		check(iommu_bounce_link_granule(model.pool, addr + i * granule(), phys, 100,
						IOMMU_READ) == IOMMU_BOUNCE_NO_MEMORY);
		iommu_unmap(model.domain, addr, i * granule());
		iommu_bounce_unlink(model.pool, addr, i * granule(), true);
		check(stats().spares == IOMMU_BOUNCE_SPARES && !stats().singles);
	}
	shim.fail_memory = false;
	free_iova_fast(&model.iovad, pfn, 16);
	shim_buffer_free(phys, granule());
}

static void range_with_bounced_ends(void)
{
	u32 size = 200 * granule() + 1234;
	struct model_mapping *mapping;
	long pages;

	begin(false);
	mapping = &model.mappings[0];
	pages = shim.pages;
	check(!model_map(&model, mapping, UNTRUSTED, DMA_BIDIRECTIONAL, 512, size,
			 IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
	check(mapping->ends && shim.pages - pages == 2 * (long)max(1UL, granule() / PAGE_SIZE));
	model_device_write(&model, mapping, 0, size);
	model_sync_for_cpu(&model, mapping, 0, size);
	model_cpu_write(&model, mapping, 0, size);
	model_sync_for_device(&model, mapping, 0, size);
	model_check(&model, mapping);
	model_device_write(&model, mapping, 64, size - 64);
	model_unmap(&model, mapping, false);
	/* One end only, then none: nothing to bounce. */
	check(!model_map(&model, mapping, UNTRUSTED, DMA_TO_DEVICE, 0, size,
			 IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
	model_unmap(&model, mapping, false);
	check(model_map(&model, mapping, UNTRUSTED, DMA_TO_DEVICE, 0, 200 * granule(),
			IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS) == IOMMU_BOUNCE_DIRECT);
}

static void large_buffer_that_must_not_be_seen(void)
{
	u32 size = iommu_bounce_largest_slot(granule()) + 2 * granule();

	begin(false);
	/* Without IOMMU_BOUNCE_ENDS all of it is copied. */
	map(0, UNTRUSTED, DMA_BIDIRECTIONAL, 512, size);
	check(stats().singles == 1 && !model.mappings[0].ends);
	check(map_optional(1, DMA_TO_DEVICE, size) == IOMMU_BOUNCE_DIRECT);
}

static void ends_are_bounced_where_memory_is_short(void)
{
	u32 size = 100 * granule();
	unsigned int i;

	begin(true);
	shim.fail_memory = true;
	for (int round = 0; round < 2; round++) {
		for (i = 0; i < IOMMU_BOUNCE_SPARES / 2; i++) {
			check(!model_map(&model, &model.mappings[i], UNTRUSTED, DMA_BIDIRECTIONAL,
					 512, size, IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
			check(model.mappings[i].ends || size <= SZ_256K);
			model_device_write(&model, &model.mappings[i], 0, size);
		}
		unmap_all();
	}
	check(!stats().failed);
	shim.fail_memory = false;
}

static void sync_for_device_after_the_cpu_has_read(void)
{
	struct model_mapping *mapping;

	begin(false);
	mapping = map(0, PLAIN, DMA_FROM_DEVICE, 0, granule());
	model_sync_for_cpu(&model, mapping, 0, granule());
	shim.for_device = 0;
	model_sync_for_device(&model, mapping, 0, granule());
	/* Else the CPU may read old lines later, where arch_sync_dma_for_cpu() is empty. */
	check(shim.for_device == (config.noncoherent ? granule() : 0));
}

static void granules_in_a_range_of_the_caller(void)
{
	u32 g = granule(), size = 3 * g;
	phys_addr_t phys;
	int prot = IOMMU_READ | IOMMU_WRITE;
	u8 data[64], view[64];
	unsigned long pfn;
	dma_addr_t addr;

	begin(false);
	phys = shim_buffer_new(size);
	prot |= model.extra[PLAIN];
	pfn = alloc_iova_fast(&model.iovad, 4, config.end / g, true);
	addr = (dma_addr_t)pfn * g;
	memset(data, 1, sizeof(data));
	shim_cpu_write(phys + g - 64, data, 64);
	memset(data, 3, sizeof(data));
	shim_cpu_write(phys + 2 * g, data, 64);
	/* The last 64 bytes of one granule, one granule directly, 64 bytes of the next. */
	check(!iommu_bounce_link_granule(model.pool, addr + g - 64, phys + g - 64, 64, prot));
	check(!iommu_map(model.domain, addr + g, ALIGN_DOWN(phys + g, (phys_addr_t)g), g, prot,
			 IOMMU_BOUNCE_GFP_ATOMIC));
	check(!iommu_bounce_link_granule(model.pool, addr + 2 * g, phys + 2 * g, 64, prot));
	check(!iommu_sync_map(model.domain, addr, 3 * g));
	check(iommu_bounce_owns(model.pool, addr + g - 64, g + 128));
	check(!iommu_bounce_owns(model.pool, addr + g, g));
	check(shim_device_read(model.domain, addr + g - 64, view, 64) && view[0] == 1);
	check(shim_device_read(model.domain, addr + 2 * g, view, 64) && view[63] == 3);
	memset(data, 7, sizeof(data));
	shim_device_write(model.domain, addr + g - 64, data, 64);
	shim_device_write(model.domain, addr + 2 * g, data, 64);
	check(!iommu_bounce_sync_for_cpu(model.pool, addr + g - 64, g + 128, DMA_FROM_DEVICE));
	shim_cpu_read(phys + g - 64, view, 64);
	check(!memcmp(view, data, 64));
	shim_cpu_read(phys + 2 * g, view, 64);
	check(!memcmp(view, data, 64));
	iommu_unmap(model.domain, addr, 3 * g);
	iommu_bounce_unlink(model.pool, addr + g - 64, g + 128, true);
	check(!iommu_bounce_owns(model.pool, addr, 3 * g));
	free_iova_fast(&model.iovad, pfn, 4);
	shim_buffer_free(phys, size);
}

static u32 seen_start, seen_end;

/* From the moment that it is mapped, a granule holds its own bytes or zeros. */
static void see_nothing_else(dma_addr_t iova)
{
	u8 *view = malloc(granule());

	check(shim_device_peek(model.domain, iova, view, granule()));
	for (u32 i = 0; i < granule(); i++)
		check(view[i] == (i >= seen_start && i < seen_end ? 0x22 : 0));
	free(view);
}

static void granules_are_used_again(void)
{
	static const int prots[] = {
		IOMMU_READ, IOMMU_READ | IOMMU_WRITE, IOMMU_READ, IOMMU_WRITE,
	};
	u32 g = granule(), offset, size;
	unsigned long pfn;
	phys_addr_t phys;
	dma_addr_t addr;
	long pages = 0;
	u8 *data;

	begin(false);
	data = malloc(g);
	phys = shim_buffer_new(g);
	pfn = alloc_iova_fast(&model.iovad, 1, config.end / g, true);
	addr = (dma_addr_t)pfn * g;
	shim_map_hook = see_nothing_else;
	for (unsigned int i = 0; i < 9; i++) {
		memset(data, 0x22, g);
		shim_cpu_write(phys, data, g);
		offset = i * 64;
		size = i % 2 ? 100 : g - offset;
		seen_start = offset;
		seen_end = offset + size;
		check(!iommu_bounce_link_granule(model.pool, addr + offset, phys + offset, size,
						 model.extra[PLAIN] | prots[i % 4]));
		if (!i)
			pages = shim.pages;
		check(shim.pages == pages && !stats().idle);
		check(!iommu_sync_map(model.domain, addr, g));
		/* Not even its own: what it left there, and bytes it was not given. */
		memset(data, 0x77, g);
		shim_device_write(model.domain, addr, data, g);
		iommu_unmap(model.domain, addr, g);
		iommu_bounce_unlink(model.pool, addr, g, true);
		check(shim.pages == pages && stats().idle == 1);
		/* What is refused must not leave bytes behind that count as forgotten. */
		check(iommu_bounce_link_granule(model.pool, addr + g - 64, phys, 65, IOMMU_READ) ==
		      IOMMU_BOUNCE_INVALID);
	}
	shim_map_hook = NULL;
	free_iova_fast(&model.iovad, pfn, 1);
	shim_buffer_free(phys, g);
	free(data);
}

/* @nr granules at a time, as a load would. */
static void use_granules(dma_addr_t addr, phys_addr_t phys, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		check(!iommu_bounce_link_granule(model.pool, addr + i * granule(), phys, 64,
						 model.extra[PLAIN] | IOMMU_READ));
	iommu_unmap(model.domain, addr, nr * granule());
	iommu_bounce_unlink(model.pool, addr, nr * granule(), true);
}

static void granules_are_kept_while_they_are_used(void)
{
	const u32 block = max_t(u32, granule(), PAGE_SIZE), most = IOMMU_BOUNCE_IDLE / block;
	long pages, all = IOMMU_BOUNCE_IDLE / PAGE_SIZE;
	unsigned long pfn, calls;
	phys_addr_t phys;
	dma_addr_t addr;

	begin(false);
	phys = shim_buffer_new(64);
	pfn = alloc_iova_fast(&model.iovad, 128, config.end / granule(), true);
	addr = (dma_addr_t)pfn * granule();
	pages = shim.pages;
	use_granules(addr, phys, most + 10);
	check(stats().idle == most && shim.pages - pages == all);
	check(stats().cached_pages == (unsigned long)all &&
	      iommu_bounce_shrink_count(model.pool) == (unsigned long)all);
	/* Nothing is allocated but tables of the IOMMU, and nothing synced one by one. */
	for (int second = 0; second < 10; second++) {
		shim_pass(HZ);
		calls = shim.calls;
		use_granules(addr, phys, 2);
		check(shim.calls - calls == 2);
	}
	/* The worker gives them back, where no slot would make it look. */
	shim_pass(10 * HZ);
	check(!stats().idle && !stats().cached_pages && shim.pages == pages);
	/* So does the shrinker, in a pause too: it takes no request. */
	use_granules(addr, phys, most + 10);
	iommu_bounce_pause(model.pool);
	check(iommu_bounce_shrink_scan(model.pool, 1) == (unsigned long)all);
	check(!iommu_bounce_shrink_scan(model.pool, 1));
	iommu_bounce_resume(model.pool);
	check(!stats().idle && shim.pages == pages);
	/* A CPU that uses none keeps none, whatever others do. */
	for (int second = 0; second < 12; second++) {
		for (shim_cpu = 0; shim_cpu < (second < 6 ? 2 : 1); shim_cpu++)
			use_granules(addr, phys, 1);
		shim_pass(HZ);
		check(second != 5 || stats().idle == 2);
	}
	check(stats().idle == 1);
	/* Where there is no memory and no reserve, those of others are better than none. */
	shim_cpu = 1;
	shim.fail_memory = true;
	use_granules(addr, phys, 1);
	shim.fail_memory = false;
	shim_cpu = 0;
	/* Some are left to the pool's end. */
	use_granules(addr, phys, 2);
	free_iova_fast(&model.iovad, pfn, 128);
	shim_buffer_free(phys, 64);
}

static dma_addr_t tree_addr;
static unsigned int tree_steps;

/* The reader stands at the third granule's parent when that moves to the top. */
static void change_tree(void)
{
	if (--tree_steps)
		return;
	shim_rcu_hook = NULL;
	iommu_unmap(model.domain, tree_addr + granule(), granule());
	iommu_bounce_unlink(model.pool, tree_addr + granule(), granule(), true);
}

static void lookup_while_the_tree_changes(void)
{
	static const unsigned int order[] = { 1, 0, 3, 2 };
	unsigned long pfn;
	phys_addr_t phys;
	unsigned int i;

	begin(false);
	phys = shim_buffer_new(64);
	pfn = alloc_iova_fast(&model.iovad, 4, config.end / granule(), true);
	tree_addr = (dma_addr_t)pfn * granule();
	for (i = 0; i < 4; i++)
		check(!iommu_bounce_link_granule(model.pool, tree_addr + order[i] * granule(), phys,
						 64, model.extra[PLAIN] | IOMMU_READ));
	/* Objects live until the reader is done. */
	shim.threads = true;
	tree_steps = 3;
	shim_rcu_hook = change_tree;
	check(iommu_bounce_owns(model.pool, tree_addr + 2 * granule(), 64));
	check(!shim_rcu_hook && !iommu_bounce_owns(model.pool, tree_addr + granule(), 64));
	shim_rcu_drain();
	shim.threads = false;
	for (i = 0; i < 4; i++)
		if (i != 1)
			iommu_unmap(model.domain, tree_addr + i * granule(), granule());
	iommu_bounce_unlink(model.pool, tree_addr, 4 * granule(), true);
	free_iova_fast(&model.iovad, pfn, 4);
	shim_buffer_free(phys, 64);
}

static void unmap_of_what_is_not_mapped(void)
{
	struct model_mapping *mapping;
	dma_addr_t addr;

	begin(false);
	mapping = map(0, PLAIN, DMA_FROM_DEVICE, 0, 512);
	addr = mapping->addr;
	model_unmap(&model, mapping, false);
	check(iommu_bounce_unmap(model.pool, addr, 512, DMA_FROM_DEVICE, 0) ==
	      IOMMU_BOUNCE_INVALID);
	check(iommu_bounce_sync_for_cpu(model.pool, stats().window_base, 1, DMA_FROM_DEVICE) ==
	      IOMMU_BOUNCE_INVALID);
	check(iommu_bounce_unmap(model.pool, stats().window_base - 1, 1, DMA_FROM_DEVICE, 0) ==
	      IOMMU_BOUNCE_DIRECT);
	check(iommu_bounce_unmap(model.pool, stats().window_base + stats().window_size, 1,
				 DMA_FROM_DEVICE, 0) == IOMMU_BOUNCE_DIRECT);
	check(stats().invalid == 2);
}

static void two_origins_for_one_granule(void)
{
	phys_addr_t phys;
	dma_addr_t addr;

	begin(false);
	phys = shim_buffer_new(512);
	check(!iommu_bounce_alloc(model.pool, &model.devices[PLAIN], 2 * granule(),
				  model.extra[PLAIN] | IOMMU_READ, IOMMU_BOUNCE_MANDATORY, &addr));
	check(!iommu_bounce_link(model.pool, addr, phys, 100));
	check(iommu_bounce_link(model.pool, addr + 200, phys, 100) == IOMMU_BOUNCE_INVALID);
	check(iommu_bounce_link(model.pool, addr + 2 * granule() - 10, phys, 100) ==
	      IOMMU_BOUNCE_INVALID);
	check(!iommu_bounce_link(model.pool, addr + granule(), phys, 100));
	check(!iommu_bounce_unmap(model.pool, addr, 2 * granule(), DMA_TO_DEVICE, 0));
	check(!iommu_bounce_alloc(model.pool, &model.devices[PLAIN], 2 * granule(),
				  model.extra[PLAIN] | IOMMU_READ, IOMMU_BOUNCE_MANDATORY, &addr));
	check(!iommu_bounce_unmap(model.pool, addr, 2 * granule(), DMA_TO_DEVICE, 0));
	shim_buffer_free(phys, 512);
}

static void requests_that_make_no_sense(void)
{
	dma_addr_t addr;

	begin(false);
	check(iommu_bounce_map(model.pool, &model.devices[PLAIN], 4096, 0, IOMMU_READ, 0, &addr) ==
	      IOMMU_BOUNCE_INVALID);
	check(iommu_bounce_map(model.pool, &model.devices[NVME], 512, SIZE_MAX, IOMMU_READ, 0,
			       &addr) == IOMMU_BOUNCE_INVALID);
	check(iommu_bounce_map(model.pool, &model.devices[PLAIN], 4096, SIZE_MAX / 2,
			       IOMMU_READ, IOMMU_BOUNCE_MANDATORY, &addr) ==
	      IOMMU_BOUNCE_NO_MEMORY);
	check(iommu_bounce_map(model.pool, &model.devices[PLAIN], 4096, 512, 0, 0, &addr) ==
	      IOMMU_BOUNCE_DIRECT);
	check(iommu_bounce_alloc(model.pool, &model.devices[PLAIN], 0, IOMMU_READ, 0, &addr) ==
	      IOMMU_BOUNCE_INVALID);
}

static void idle_pool_gives_everything_back(void)
{
	unsigned int i;

	begin(false);
	for (i = 0; i < config.max_mappings; i++) {
		shim_cpu = i % SHIM_CPUS;
		map(i, i % 3, i % 3, 0, 1 + i * 800);
	}
	unmap_all();
	check(stats().cached_pages);
	shim_pass(10 * HZ);
	check(!stats().cached_pages && !stats().chunks && !shim.pages);
	/* And it comes back to life. */
	map_optional(0, DMA_TO_DEVICE, 512);
	model_unmap(&model, &model.mappings[0], false);
	shim_pass(1);
	check(map_optional(0, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DONE);
}

static void used_slots_stay_cached(void)
{
	begin(false);
	for (int i = 0; i < 30; i++) {
		model_unmap(&model, map(0, PLAIN, DMA_TO_DEVICE, 0, 512), false);
		shim_pass(HZ);
	}
	check(stats().class[0].misses == 1);
}

/* A load whose peaks are ten seconds apart, and what is left to one without peaks. */
static void peaks_find_their_slots(void)
{
	unsigned long misses = 0;
	unsigned int i;

	begin(false);
	for (int second = 0; second < 100; second++) {
		for (i = 0; i < (second % 10 ? 1 : config.max_mappings); i++)
			map(i, PLAIN, DMA_TO_DEVICE, 0, 512);
		unmap_all();
		shim_pass(HZ);
		if (!second)
			misses = stats().class[0].misses;
	}
	check(stats().class[0].misses == misses);
	for (int second = 0; second < 40; second++) {
		model_unmap(&model, map(0, PLAIN, DMA_TO_DEVICE, 0, 512), false);
		shim_pass(HZ);
	}
	check(stats().class[0].slots <= 2 * iommu_bounce_batch(0));
}

static void shrinker_takes_what_is_not_in_use(void)
{
	struct model_mapping *mapping;
	unsigned long count;
	unsigned int i;

	begin(true);
	for (i = 0; i < 40; i++)
		map(i, PLAIN, DMA_BIDIRECTIONAL, 0, granule());
	shim_pass(1);
	mapping = &model.mappings[17];
	for (i = 0; i < 40; i++)
		if (i != 17)
			model_unmap(&model, &model.mappings[i], false);
	count = iommu_bounce_shrink_count(model.pool);
	check(count >= 39 && iommu_bounce_shrink_scan(model.pool, count) == count);
	check(!iommu_bounce_shrink_count(model.pool) && !stats().cached_pages);
	model_device_write(&model, mapping, 0, 512);
	model_check(&model, mapping);
	/* It does not grow at once, but does a second later. */
	check(map_optional(0, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
	shim_pass(HZ / 2);
	check(map_optional(1, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DIRECT);
	shim_pass(HZ);
	check(map_optional(2, DMA_TO_DEVICE, 512) == IOMMU_BOUNCE_DONE);
}

static void shrink_a_little(void)
{
	shim_sleep_hook = NULL;
	iommu_bounce_shrink_scan(model.pool, 1);
}

static void growth_stops_when_memory_gets_short(void)
{
	begin(false);
	for (int i = 0; i < 40; i++)
		map_optional(i, DMA_TO_DEVICE, 512);
	shim_sleep_hook = shrink_a_little;
	shim_run_work();
	check(!shim_sleep_hook && stats().class[0].grown == 1);
	/* It goes on a second later. */
	shim_pass(2 * HZ);
	unmap_all();
	for (int i = 0; i < 40; i++)
		map_optional(i, DMA_TO_DEVICE, 512);
	shim_run_work();
	check(stats().class[0].grown > 1);
}

static void growth_goes_on_with_other_classes(void)
{
	begin(false);
	map_optional(0, DMA_TO_DEVICE, 512);
	map_optional(1, DMA_TO_DEVICE, 2 * granule());
	shim.fail_at = shim.calls + 1;
	shim_run_work();
	check(!stats().class[0].grown && stats().class[1].grown);
	check(!iommu_bounce_ready(model.pool, config.end));
}

static void misses_beyond_what_grows_are_not_counted_together(void)
{
	unsigned int batch = iommu_bounce_batch(0);
	unsigned int i;

	begin(false);
	for (i = 0; i < 2 * batch; i++) {
		shim_cpu = i % SHIM_CPUS;
		map_optional(i, DMA_TO_DEVICE, 512);
	}
	check(stats().class[0].misses == 2 * batch);
	check(stats().fallback[IOMMU_BOUNCE_WHY_EMPTY] == 2 * batch);
	check((unsigned int)atomic_read(&model.pool->depots[0].wanted[0]) == batch);
	shim_pass(1);
	check(stats().class[0].grown == batch);
}

static void shrinker_finds_an_idle_pool(void)
{
	unsigned long walks;

	begin(false);
	map_optional(0, DMA_TO_DEVICE, 512);
	model_unmap(&model, &model.mappings[0], false);
	shim_pass(10 * HZ);
	/* No slots: nothing to ask each CPU for. */
	walks = shim_cpu_walks;
	check(!iommu_bounce_shrink_count(model.pool) && shim_cpu_walks == walks);
	/* The worker rests, but must end what the shrinker begins. */
	iommu_bounce_shrink_scan(model.pool, 1);
	check(!iommu_bounce_ready(model.pool, config.end));
	shim_pass(2 * HZ);
	check(iommu_bounce_ready(model.pool, config.end));
}

static void slots_move_between_cpus(void)
{
	unsigned int i;

	begin(false);
	/* Mapped on one CPU and unmapped on another, as with interrupts on one CPU. */
	for (int round = 0; round < 20; round++) {
		shim_cpu = 0;
		for (i = 0; i < config.max_mappings; i++)
			map(i, PLAIN, DMA_TO_DEVICE, 0, 512);
		shim_cpu = 1;
		unmap_all();
	}
	/* What the other CPU hoards is all that may have to be made anew. */
	check(stats().class[0].slots <= config.max_mappings + 2 * iommu_bounce_batch(0) + 32);
}

static void slots_held_for_long_are_counted(void)
{
	begin(false);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	check(!stats().class[0].held);
	shim_pass(2 * HZ);
	map(1, PLAIN, DMA_TO_DEVICE, 0, 512);
	check(stats().class[0].held == 1 && stats().class[0].in_use == 2);
}

static void teardown_with_cached_slots(void)
{
	begin(true);
	for (unsigned int i = 0; i < 50; i++) {
		shim_cpu = i % SHIM_CPUS;
		map(i, i % MODEL_DEVICES, i % 3, 0, 512 * (i + 1));
	}
	/* model_finish() unmaps, and counts what is left. */
}

static void teardown_with_forgotten_mappings(void)
{
	struct model_mapping forgotten[4];
	unsigned int i;

	begin(true);
	map(0, PLAIN, DMA_TO_DEVICE, 0, 512);
	map(1, UNTRUSTED, DMA_FROM_DEVICE, 512, 3 * granule());
	map(2, PLAIN, DMA_TO_DEVICE, 0, iommu_bounce_largest_slot(granule()) + 1);
	shim_pass(1);
	iommu_bounce_shrink_scan(model.pool, ULONG_MAX);
	shim.fail_atomic = true;
	map(3, UNTRUSTED, DMA_TO_DEVICE, 512, 512);
	shim.fail_atomic = false;
	for (i = 0; i < 4; i++) {
		forgotten[i] = model.mappings[i];
		model.mappings[i].live = false;
	}
	model_finish(&model);
	for (i = 0; i < 4; i++) {
		shim_buffer_free(forgotten[i].segments[0].buffer,
				 forgotten[i].segments[0].buffer_size);
		free(forgotten[i].cpu);
		free(forgotten[i].dev);
	}
	begin(false);
}

/*
 * Operations, and before them the reserve's making, with each value of a knob of the
 * shim: the call of that number fails, out of @calls.
 */
static void each_fails_in_turn(unsigned long *knob, const unsigned long *calls, bool refuse_undo)
{
	unsigned long at, last = 1;

	config.max_mappings = 24;
	for (at = 0; at <= last; at += 1 + at / 12) {
		source.state = 4711;
		begin(false);
		/* A failure in the set-up is the set-up's. */
		shim.calls = 0;
		*knob = at;
		shim.refuse_undo = refuse_undo;
		shim.refuse_part = at % 2;
		iommu_bounce_reserve_fill(model.pool, model.extra[UNTRUSTED],
					  IOMMU_BOUNCE_RESERVE_SIZE);
		while (model.ops < 150)
			model_step(&model);
		if (!at)
			last = *calls;
		check(!stats().lost == !shim.refused);
		*knob = 0;
		model_finish(&model);
	}
	config.max_mappings = 96;
}

static void every_allocation_fails_in_turn(void)
{
	unsigned long fail_at;

	each_fails_in_turn(&shim.fail_at, &shim.calls, false);
	/* The pool itself: no pool, or a whole one. */
	for (fail_at = 1; fail_at <= 2; fail_at++) {
		begin(false);
		shim.calls = 0;
		shim.fail_at = fail_at;
		check(!iommu_bounce_pool_create(model.domain, &model.iovad, SHIM_NODE));
		shim.fail_at = 0;
		model_finish(&model);
	}
	begin(false);
}

/* Each slot of a load, and then the load goes on with others. */
static void slots_that_stay_mapped_are_given_up(void)
{
	u8 *view = malloc(granule());
	unsigned long lost;
	dma_addr_t iova;
	unsigned int i;

	begin(false);
	for (int round = 0; round < 3; round++) {
		for (i = 0; i < 40; i++)
			map(i, i % 2, DMA_BIDIRECTIONAL, 0, granule());
		iova = model.mappings[38].addr;
		/* One that is in use goes by without notice. */
		for (i = 1; i < 40; i++)
			model_unmap(&model, &model.mappings[i], false);
		shim.refuse_unmap = round < 2;
		lost = stats().lost;
		if (round)
			shim_pass(10 * HZ);
		else
			check(!iommu_bounce_shrink_scan(model.pool, 100000));
		shim.refuse_unmap = false;
		check(stats().class[0].slots == 1 && stats().class[0].in_use == 1);
		check(!stats().cached_pages && !iommu_bounce_shrink_count(model.pool));
		check(round < 2 ? stats().lost >= lost + 39 : stats().lost == lost);
		/* It belonged to a trusted device, and now to nobody. */
		check(shim_device_peek(model.domain, iova, view, granule()) == (round < 2) &&
		      (round == 2 || (!view[0] && !memcmp(view, view + 1, granule() - 1))));
		model_check(&model, &model.mappings[0]);
		model_unmap(&model, &model.mappings[0], false);
	}
	shim_pass(10 * HZ);
	check(stats().chunks && stats().lost == (unsigned long)shim.refused);
	free(view);
}

static void ends_that_stay_mapped_are_given_up(void)
{
	u32 size = 200 * granule() + 1234;
	struct model_mapping *mapping;
	dma_addr_t addr;

	begin(true);
	mapping = &model.mappings[0];
	check(!model_map(&model, mapping, UNTRUSTED, DMA_BIDIRECTIONAL, 512, size,
			 IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
	addr = mapping->addr;
	shim.refuse_unmap = true;
	model_unmap(&model, mapping, false);
	shim.refuse_unmap = false;
	check(stats().lost == 2 && !stats().singles && !iommu_bounce_owns(model.pool, addr, size));
	check(shim.granules == shim.refused && shim.granules == 201 && shim.warned == 1);
	/* The reserve stays complete, and the next range lies elsewhere. */
	check(stats().spares == IOMMU_BOUNCE_SPARES);
	check(!model_map(&model, mapping, UNTRUSTED, DMA_BIDIRECTIONAL, 512, size,
			 IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS));
	check(mapping->addr != addr);
}

static void each_end_fails(bool refuse_part)
{
	struct model_mapping *mapping;
	unsigned long fail_at = 0;

	do {
		begin(false);
		mapping = &model.mappings[0];
		shim.calls = 0;
		shim.fail_at = ++fail_at;
		shim.refuse_undo = true;
		shim.refuse_part = refuse_part;
		model_map(&model, mapping, UNTRUSTED, DMA_BIDIRECTIONAL, 512, 200 * granule(),
			  IOMMU_BOUNCE_MANDATORY | IOMMU_BOUNCE_ENDS);
		check(mapping->live == (shim.calls < fail_at));
		check(!stats().singles == !mapping->live);
		check(!stats().lost == !shim.refused);
		model_finish(&model);
	} while (shim.calls >= fail_at);
}

static void ends_whose_undoing_fails(void)
{
	each_end_fails(false);
	each_end_fails(true);
	begin(false);
}

static void granules_that_stay_mapped_are_given_up(void)
{
	unsigned long pfn;
	phys_addr_t phys;
	dma_addr_t addr;

	begin(true);
	phys = shim_buffer_new(granule());
	pfn = alloc_iova_fast(&model.iovad, 1, config.end / granule(), true);
	addr = (dma_addr_t)pfn * granule();
	shim.fail_memory = true;
	check(!iommu_bounce_link_granule(model.pool, addr + 512, phys + 512, 100,
					 model.extra[UNTRUSTED] | IOMMU_READ));
	shim.fail_memory = false;
	shim.refuse_unmap = true;
	iommu_bounce_unlink(model.pool, addr, granule(),
			    iommu_unmap(model.domain, addr, granule()) == granule());
	shim.refuse_unmap = false;
	check(stats().lost == 1 && stats().spares == IOMMU_BOUNCE_SPARES - 1);
	/* The worker makes up for it, and the memory is nobody's. */
	model_unmap(&model, map(0, UNTRUSTED, DMA_TO_DEVICE, 0, 512), false);
	shim_pass(1);
	check(stats().spares == IOMMU_BOUNCE_SPARES);
	shim_buffer_free(phys, granule());
}

/*
 * What the IOMMU refuses to unmap must not be used for anything else, and all else
 * goes on: the shim notices pages and IOVA that are freed while the device reaches them.
 */
static void every_unmap_fails_in_turn(void)
{
	each_fails_in_turn(&shim.refuse_at, &shim.unmaps, false);
	begin(false);
}

/* Undoing what failed may fail, too. */
static void every_allocation_fails_and_is_not_undone(void)
{
	each_fails_in_turn(&shim.fail_at, &shim.calls, true);
	begin(false);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
#define CASE(name) { #name, name }
	CASE(partial_write_keeps_the_rest),
	CASE(unwritten_buffer_stays),
	CASE(recycled_slot_shows_nothing_old),
	CASE(pads_of_an_untrusted_device_are_zero),
	CASE(cached_slot_of_an_untrusted_device_is_zero),
	CASE(cached_slot_in_a_group_with_an_untrusted_device_is_zero),
	CASE(no_cached_slot_escapes_its_wiping),
	CASE(no_slot_is_forgotten_in_its_eviction),
	CASE(paused_pool_makes_no_requests),
	CASE(worker_shrinks_for_others),
	CASE(worker_stops_for_a_pause),
	CASE(pads_between_segments_are_clean),
	CASE(low_bits_are_kept_at_512_byte_offsets),
	CASE(alignment_larger_than_the_granule),
	CASE(syncs_move_parts),
	CASE(device_wrote_what_is_copied_out),
	CASE(sync_ends_with_its_slot),
	CASE(unmap_without_sync_copies_nothing),
	CASE(optional_bounce_waits_for_the_worker),
	CASE(class_grows_with_its_misses),
	CASE(window_waits_for_the_first_bounce),
	CASE(window_lies_in_a_high_aperture),
	CASE(device_below_the_window),
	CASE(no_window_is_told),
	CASE(end_of_all_addresses),
	CASE(granules_too_large_for_a_window),
	CASE(third_set_of_protection_bits),
	CASE(mappings_up_to_the_largest_slot),
	CASE(twice_as_many_as_there_are_slots),
	CASE(large_slot_needs_places_in_a_row),
	CASE(full_window_fails_nothing_mandatory),
	CASE(reserve_serves_when_nothing_else_does),
	CASE(reserve_is_filled_as_far_as_it_goes),
	CASE(reserve_is_there_while_its_filler_sleeps),
	CASE(reserve_is_not_from_reserve_at_the_end),
	CASE(reserve_is_mapped_where_memory_is_short),
	CASE(reserve_is_not_for_optional_bounces),
	CASE(spares_serve_other_ranges),
	CASE(range_with_bounced_ends),
	CASE(large_buffer_that_must_not_be_seen),
	CASE(ends_are_bounced_where_memory_is_short),
	CASE(sync_for_device_after_the_cpu_has_read),
	CASE(granules_in_a_range_of_the_caller),
	CASE(granules_are_used_again),
	CASE(granules_are_kept_while_they_are_used),
	CASE(lookup_while_the_tree_changes),
	CASE(unmap_of_what_is_not_mapped),
	CASE(two_origins_for_one_granule),
	CASE(requests_that_make_no_sense),
	CASE(idle_pool_gives_everything_back),
	CASE(used_slots_stay_cached),
	CASE(peaks_find_their_slots),
	CASE(shrinker_takes_what_is_not_in_use),
	CASE(growth_stops_when_memory_gets_short),
	CASE(growth_goes_on_with_other_classes),
	CASE(misses_beyond_what_grows_are_not_counted_together),
	CASE(shrinker_finds_an_idle_pool),
	CASE(slots_move_between_cpus),
	CASE(slots_held_for_long_are_counted),
	CASE(teardown_with_cached_slots),
	CASE(teardown_with_forgotten_mappings),
	CASE(every_allocation_fails_in_turn),
	CASE(slots_that_stay_mapped_are_given_up),
	CASE(ends_that_stay_mapped_are_given_up),
	CASE(ends_whose_undoing_fails),
	CASE(granules_that_stay_mapped_are_given_up),
	CASE(every_unmap_fails_in_turn),
	CASE(every_allocation_fails_and_is_not_undone),
};

int main(int argc, char **argv)
{
	static const u32 granules[] = { 4096, 16384, 65536 };
	unsigned int i, g, noncoherent, run = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (argc > 1 && strcmp(argv[1], cases[i].name))
			continue;
		for (g = 0; g < 3; g++) {
			for (noncoherent = 0; noncoherent < 2; noncoherent++) {
				printf("case: page %lu granule %u %s: %s\n", PAGE_SIZE, granules[g],
				       noncoherent ? "noncoherent" : "coherent", cases[i].name);
				fflush(stdout);
				source.state = 1;
				shim_cpu = 0;
				config = (struct model_config){
					.granule = granules[g],
					.noncoherent = noncoherent,
					.end = 0x1fffffff,
					.max_mappings = 96,
				};
				cases[i].run();
				model_finish(&model);
				run++;
			}
		}
	}
	if (!run) {
		fprintf(stderr, "test-cases: no case '%s'\n", argv[1]);
		return 2;
	}
	printf("cases: %u passed\n", run);
	return 0;
}
