// SPDX-License-Identifier: GPL-2.0-only
/*
 * swiotlb's way of finding room, as Linux 7.3 has it (kernel/dma/swiotlb.c), written
 * anew for comparison: one range of slots of 2 KiB, cut into an area for each CPU,
 * each with its lock and the place where its next search begins.  Each slot knows how
 * many free ones begin with it, up to the end of its segment of 128.  A search goes
 * through the area slot by slot, or page by page for what is as large as a page;
 * what it takes and gives back changes the numbers of all free slots before it in
 * the segment.  Copies are made page by page and in both directions, as there.
 *
 * Left out: alignment to a device's mask, segment boundaries, dynamic pools, and the
 * checks for mappings that are no bounce.
 */
#include "machine.h"
#include "swiotlb.h"

#define SLOT_SHIFT	11
#define SEGMENT		128U

struct slot {
	phys_addr_t origin;
	u32 free;		/* slots from here on, in this segment */
};

struct area {
	spinlock_t lock;	/* of the slots */
	unsigned int index;
	unsigned int used;
} ____cacheline_aligned;

static struct slot *slots;
static struct area *areas;
static unsigned int nr_areas, area_slots;
static phys_addr_t start;

void swiotlb_init(size_t size, unsigned int nr)
{
	unsigned int i, nr_slots = size >> SLOT_SHIFT;

	start = machine_buffer(size);
	slots = calloc(nr_slots, sizeof(*slots));
	areas = aligned_alloc(64, nr * sizeof(*areas));
	if (!slots || !areas)
		shim_die("out of memory");
	nr_areas = nr;
	area_slots = nr_slots / nr;
	for (i = 0; i < nr; i++) {
		spin_lock_init(&areas[i].lock);
		areas[i].index = 0;
		areas[i].used = 0;
	}
	for (i = 0; i < nr_slots; i++)
		slots[i].free = SEGMENT - i % SEGMENT;
}

/* The number of @nr slots in a row within @area, or -1; the lock is held. */
static int search(struct area *area, unsigned int nr, unsigned int stride)
{
	unsigned int base = (area - areas) * area_slots;
	unsigned int index = ALIGN(area->index, stride), tried, i;

	if (nr > area_slots - area->used)
		return -1;
	for (tried = 0; tried < area_slots; tried += stride, index += stride) {
		if (index >= area_slots)
			index = 0;
		if (slots[base + index].free >= nr)
			break;
	}
	if (tried >= area_slots)
		return -1;
	for (i = index; i < index + nr; i++)
		slots[base + i].free = 0;
	/* The free ones before it reach no further than here now. */
	for (; index % SEGMENT && slots[base + index - 1].free; index--)
		slots[base + index - 1].free = i - nr - (index - 1);
	area->index = i < area_slots ? i : 0;
	area->used += nr;
	return base + i - nr;
}

static void copy(phys_addr_t bounce, phys_addr_t phys, size_t size, bool in)
{
	size_t len;

	for (; size; size -= len, bounce += len, phys += len) {
		len = min_t(size_t, size, PAGE_SIZE - offset_in_page(phys));
		if (in)
			memcpy(phys_to_virt(bounce), phys_to_virt(phys), len);
		else
			memcpy(phys_to_virt(phys), phys_to_virt(bounce), len);
	}
}

phys_addr_t swiotlb_map(phys_addr_t phys, size_t size, unsigned int cpu)
{
	unsigned int nr = DIV_ROUND_UP(size, 1U << SLOT_SHIFT), i, j;
	unsigned int stride = size >= PAGE_SIZE ? PAGE_SIZE >> SLOT_SHIFT : 1;
	phys_addr_t bounce;
	struct area *area;
	int index = -1;

	for (i = 0; i < nr_areas && index < 0; i++) {
		area = &areas[(cpu + i) % nr_areas];
		shim_lock(&area->lock);
		index = search(area, nr, stride);
		shim_unlock(&area->lock);
	}
	if (index < 0)
		return 0;
	for (j = 0; j < nr; j++)
		slots[index + j].origin = phys + (j << SLOT_SHIFT);
	bounce = start + ((phys_addr_t)index << SLOT_SHIFT);
	copy(bounce, phys, size, true);
	return bounce;
}

void swiotlb_unmap(phys_addr_t bounce, size_t size, bool out)
{
	unsigned int nr = DIV_ROUND_UP(size, 1U << SLOT_SHIFT);
	unsigned int first = (bounce - start) >> SLOT_SHIFT, i = first + nr, free = 0;
	struct area *area = &areas[first / area_slots];

	if (out)
		copy(bounce, slots[first].origin, size, false);
	shim_lock(&area->lock);
	if (i % SEGMENT)
		free = slots[i].free;
	while (i-- > first) {
		slots[i].free = ++free;
		slots[i].origin = 0;
	}
	for (; (i + 1) % SEGMENT && slots[i].free; i--)
		slots[i].free = ++free;
	area->used -= nr;
	shim_unlock(&area->lock);
}
