// SPDX-License-Identifier: GPL-2.0-only
/* The model, see model.h. */
#include "model.h"

/*
 * The upper bits of a byte say whose it is, so a byte in the wrong place shows
 * where it comes from.  Nobody's are the bytes around a buffer; pads are 0.
 */
#define TAG_SHIFT	5
#define TAG_NOBODY	7
/* So many of them around a buffer are there, and looked at. */
#define GUARD		256u

#define expect(cond, ...) do { \
	if (!(cond)) { \
		fprintf(stderr, __VA_ARGS__); \
		shim_die("expected: " #cond); \
	} \
} while (0)

static void fill(struct model *model, u8 *data, size_t size, unsigned int tag)
{
	const u64 each = 0x0101010101010101ULL;
	u64 bytes;

	for (; size; size -= min_t(size_t, size, 8), data += 8) {
		bytes = (noise(model->source) & (each * (BIT(TAG_SHIFT) - 1))) |
			each * (tag << TAG_SHIFT);
		memcpy(data, &bytes, min_t(size_t, size, 8));
	}
}

static bool from_device(enum dma_data_direction dir)
{
	return dir != DMA_TO_DEVICE;
}

static bool to_device(enum dma_data_direction dir)
{
	return dir != DMA_FROM_DEVICE;
}

void model_init(struct model *model, const struct model_config *config, struct source *source)
{
	unsigned int i;

	memset(model, 0, sizeof(*model));
	memset(&shim, 0, sizeof(shim));
	shim.noncoherent = config->noncoherent;
	model->config = *config;
	model->source = source;
	model->domain = shim_domain_new(&model->iovad, config->granule, config->start, config->end);
	model->pool = iommu_bounce_pool_create(model->domain, &model->iovad, SHIM_NODE);
	expect(model->pool, "no pool\n");
	model->mappings = calloc(config->max_mappings, sizeof(*model->mappings));
	/* A plain device, an untrusted one, one like NVMe, one with a small mask. */
	for (i = 0; i < MODEL_DEVICES; i++) {
		model->devices[i].owner = i + 1;
		model->devices[i].limit = config->end;
		model->extra[i] = config->noncoherent ? 0 : IOMMU_CACHE;
	}
	model->devices[1].untrusted = true;
	model->devices[2].min_align_mask = 4095;
	model->extra[2] |= IOMMU_PRIV;
	model->devices[3].limit = config->start + (config->end - config->start) / 16;
	if (config->reserve)
		expect(!iommu_bounce_reserve_fill(model->pool, model->extra[1],
						  IOMMU_BOUNCE_RESERVE_SIZE), "no reserve\n");
}

void model_finish(struct model *model)
{
	unsigned int i;

	for (i = 0; i < model->config.max_mappings; i++)
		if (model->mappings[i].live)
			model_unmap(model, &model->mappings[i], false);
	shim.detached = true;
	iommu_bounce_pool_destroy(model->pool);
	shim_rcu_drain();
	expect(!shim.pages && !shim.objects && (!shim.granules || shim.refused) &&
	       shim.entries == shim.refused && !shim.kmaps,
	       "left: %ld pages, %ld objects, %ld granules, %ld entries, %ld kmaps\n",
	       shim.pages, shim.objects, shim.granules, shim.entries, shim.kmaps);
	shim_domain_free(model->domain, &model->iovad);
	free(model->mappings);
}

/* A buffer for a segment, with nobody's bytes around it. */
static void segment_new(struct model *model, struct model_mapping *mapping, u32 offset, u32 size,
			u32 buffer_offset)
{
	struct model_segment *segment = &mapping->segments[mapping->nr_segments++];
	u8 guard[GUARD];

	segment->offset = offset;
	segment->size = size;
	segment->buffer_offset = buffer_offset;
	segment->buffer_size = ALIGN(buffer_offset + size, (u32)PAGE_SIZE);
	segment->buffer = shim_buffer_new(segment->buffer_size);
	segment->before = min(GUARD, buffer_offset);
	segment->after = min(GUARD, segment->buffer_size - (buffer_offset + size));
	memset(guard, TAG_NOBODY << TAG_SHIFT, sizeof(guard));
	fill(model, mapping->cpu + offset, size, model->devices[mapping->device].owner);
	memcpy(mapping->dev + offset, mapping->cpu + offset, size);
	shim_cpu_write(segment->buffer + buffer_offset - segment->before, guard, segment->before);
	shim_cpu_write(segment->buffer + buffer_offset, mapping->cpu + offset, size);
	shim_cpu_write(segment->buffer + buffer_offset + size, guard, segment->after);
}

static phys_addr_t segment_phys(const struct model_segment *segment)
{
	return segment->buffer + segment->buffer_offset;
}

static void mapping_new(struct model *model, struct model_mapping *mapping, unsigned int device,
			enum dma_data_direction dir, u32 size)
{
	memset(mapping, 0, sizeof(*mapping));
	mapping->device = device;
	mapping->dir = dir;
	mapping->size = size;
	mapping->prot = model->extra[device] | (to_device(dir) ? IOMMU_READ : 0) |
			(from_device(dir) ? IOMMU_WRITE : 0);
	mapping->cpu = calloc(1, size);
	mapping->dev = calloc(1, size);
}

static void mapping_free(struct model_mapping *mapping)
{
	unsigned int i;

	for (i = 0; i < mapping->nr_segments; i++)
		shim_buffer_free(mapping->segments[i].buffer, mapping->segments[i].buffer_size);
	free(mapping->cpu);
	free(mapping->dev);
	mapping->live = false;
}

/* What dma-iommu does when the pool says so. */
static bool map_direct(struct model *model, struct model_mapping *mapping)
{
	u32 granule = model->config.granule;
	phys_addr_t phys = segment_phys(&mapping->segments[0]);
	u32 offset = phys & (granule - 1);
	size_t size = ALIGN(offset + mapping->size, granule);
	unsigned long pfn = alloc_iova_fast(&model->iovad, size / granule,
					    model->devices[mapping->device].limit / granule, true);
	bool refuse_undo = shim.refuse_undo;
	int error;

	if (!pfn)
		return false;
	mapping->addr = (dma_addr_t)pfn * granule + offset;
	/* What is left of these is not the pool's. */
	shim.refuse_undo = false;
	error = iommu_map(model->domain, mapping->addr - offset, phys - offset, size, mapping->prot,
			  IOMMU_BOUNCE_GFP_ATOMIC);
	shim.refuse_undo = refuse_undo;
	if (error) {
		free_iova_fast(&model->iovad, pfn, size / granule);
		return false;
	}
	mapping->direct = true;
	return true;
}

static void unmap_direct(struct model *model, struct model_mapping *mapping)
{
	u32 granule = model->config.granule;
	u32 offset = mapping->addr & (granule - 1);
	size_t size = ALIGN(offset + mapping->size, granule);
	struct shim knobs = shim;

	/* These are not the pool's. */
	shim.refuse_unmap = false;
	shim.refuse_at = 0;
	iommu_unmap(model->domain, mapping->addr - offset, size);
	shim.refuse_unmap = knobs.refuse_unmap;
	shim.refuse_at = knobs.refuse_at;
	free_iova_fast(&model->iovad, mapping->addr / granule, size / granule);
}

/* No byte of IOVA may belong to two mappings. */
static void check_overlap(struct model *model, struct model_mapping *mapping)
{
	struct model_mapping *other;
	unsigned int i;

	for (i = 0; i < model->config.max_mappings; i++) {
		other = &model->mappings[i];
		if (!other->live || other == mapping)
			continue;
		expect(mapping->addr + mapping->size <= other->addr ||
		       other->addr + other->size <= mapping->addr,
		       "mappings overlap at %#lx\n", (unsigned long)mapping->addr);
	}
}

static enum iommu_bounce_result mapped(struct model *model, struct model_mapping *mapping,
				       enum iommu_bounce_result result, unsigned int flags)
{
	const struct iommu_bounce_dev *dev = &model->devices[mapping->device];

	model->mapped++;
	if (!result) {
		model->bounced++;
		expect(((mapping->addr ^ segment_phys(&mapping->segments[0])) &
			dev->min_align_mask) == 0, "low bits of the address differ\n");
	} else if (result == IOMMU_BOUNCE_DIRECT && mapping->nr_segments == 1 &&
		   map_direct(model, mapping)) {
		expect(!(flags & IOMMU_BOUNCE_MANDATORY) || flags & IOMMU_BOUNCE_ENDS,
		       "mandatory bounce went direct\n");
	} else {
		expect(result == IOMMU_BOUNCE_DIRECT || flags & IOMMU_BOUNCE_MANDATORY,
		       "optional bounce failed with %d\n", result);
		model->failed++;
		mapping_free(mapping);
		return result;
	}
	mapping->live = true;
	expect(mapping->addr + mapping->size - 1 <= dev->limit, "device does not reach %#lx\n",
	       (unsigned long)mapping->addr);
	check_overlap(model, mapping);
	model_check(model, mapping);
	return result;
}

enum iommu_bounce_result model_map(struct model *model, struct model_mapping *mapping,
				   unsigned int device, enum dma_data_direction dir, u32 offset,
				   u32 size, unsigned int flags)
{
	enum iommu_bounce_result result;
	struct iommu_bounce_slot *slot;

	mapping_new(model, mapping, device, dir, size);
	segment_new(model, mapping, 0, size, offset);
	shim_atomic++;
	result = iommu_bounce_map(model->pool, &model->devices[device],
				  segment_phys(&mapping->segments[0]), size, mapping->prot, flags,
				  &mapping->addr);
	shim_atomic--;
	if (!result) {
		slot = iommu_bounce_find(model->pool, mapping->addr, size);
		expect(slot, "mapping not found\n");
		mapping->ends = slot->flags & IOMMU_BOUNCE_SLOT_SINGLE &&
				iommu_bounce_to_single(slot)->ends;
	}
	return mapped(model, mapping, result, flags);
}

enum iommu_bounce_result model_map_list(struct model *model, struct model_mapping *mapping,
					unsigned int device, enum dma_data_direction dir,
					unsigned int nr, u32 size, unsigned int flags)
{
	u32 granule = model->config.granule, step = ALIGN(size, granule), offset;
	enum iommu_bounce_result result;
	unsigned int i;

	/* Each segment begins in a granule of its own, at an offset of its own. */
	mapping_new(model, mapping, device, dir, nr * step);
	for (i = 0; i < nr; i++) {
		offset = i && size < step ? choose(model->source, step - size) : 0;
		segment_new(model, mapping, i * step + offset, size, 0);
	}
	shim_atomic++;
	result = iommu_bounce_alloc(model->pool, &model->devices[device], mapping->size,
				    mapping->prot, flags, &mapping->addr);
	for (i = 0; !result && i < nr; i++)
		expect(!iommu_bounce_link(model->pool,
					  mapping->addr + mapping->segments[i].offset,
					  segment_phys(&mapping->segments[i]), size),
		       "link failed\n");
	shim_atomic--;
	return mapped(model, mapping, result, flags);
}

/* As dma-iommu does with a range of the two-step API; what stays mapped keeps its IOVA. */
static void unmap_range(struct model *model, dma_addr_t addr, u32 linked, u32 size)
{
	bool unmapped = !linked || iommu_unmap(model->domain, addr, linked) == linked;
	u8 byte;

	iommu_bounce_unlink(model->pool, addr, linked, unmapped);
	/* Nor may the granule be mapped at which linking failed. */
	if (unmapped &&
	    (linked == size || !shim_device_peek(model->domain, addr + linked, &byte, 1)))
		free_iova_fast(&model->iovad, addr / model->config.granule,
			       size / model->config.granule);
}

enum iommu_bounce_result model_map_range(struct model *model, struct model_mapping *mapping,
					 unsigned int device, enum dma_data_direction dir,
					 unsigned int nr, u32 size)
{
	enum iommu_bounce_result result = IOMMU_BOUNCE_DONE;
	u32 granule = model->config.granule;
	unsigned long pfn;
	unsigned int i;

	mapping_new(model, mapping, device, dir, nr * granule);
	for (i = 0; i < nr; i++)
		segment_new(model, mapping, i * granule + choose(model->source, granule - size + 1),
			    size, choose(model->source, 512));
	shim_atomic++;
	pfn = alloc_iova_fast(&model->iovad, nr, model->devices[device].limit / granule, true);
	mapping->addr = (dma_addr_t)pfn * granule;
	mapping->range = true;
	for (i = 0; pfn && !result && i < nr; i++)
		result = iommu_bounce_link_granule(model->pool,
						   mapping->addr + mapping->segments[i].offset,
						   segment_phys(&mapping->segments[i]), size,
						   mapping->prot);
	if (!pfn) {
		result = IOMMU_BOUNCE_NO_IOVA;
	} else if (result) {
		unmap_range(model, mapping->addr, (i - 1) * granule, mapping->size);
	} else if (iommu_sync_map(model->domain, mapping->addr, mapping->size)) {
		unmap_range(model, mapping->addr, mapping->size, mapping->size);
		result = IOMMU_BOUNCE_MAP_FAILED;
	}
	shim_atomic--;
	return mapped(model, mapping, result, IOMMU_BOUNCE_MANDATORY);
}

/* The slot of a window or single mapping; NULL where only ends are bounced. */
static struct iommu_bounce_slot *slot_of(struct model *model, struct model_mapping *mapping)
{
	if (mapping->direct || mapping->ends || mapping->range)
		return NULL;
	return iommu_bounce_find(model->pool, mapping->addr, mapping->size);
}

/* Are these bytes such that the device may see them where it has no mapping? */
static void check_pad(struct model *model, struct model_mapping *mapping, dma_addr_t iova,
		      const u8 *data, size_t size)
{
	const struct iommu_bounce_dev *dev = &model->devices[mapping->device];
	size_t i;

	/* All zeros, most often. */
	if (!size || (!data[0] && !memcmp(data, data + 1, size - 1)))
		return;
	for (i = 0; i < size; i++)
		expect(!data[i] || (!dev->untrusted && data[i] >> TAG_SHIFT == dev->owner),
		       "device %u finds %#x of %u beyond its mapping, at %#lx\n", dev->owner,
		       data[i], data[i] >> TAG_SHIFT, (unsigned long)(iova + i));
}

/* @found ought to be @right, @size bytes at byte @at of a mapping. */
static void check_same(const char *who, const struct model_mapping *mapping, long at,
		       const u8 *found, const u8 *right, size_t size)
{
	size_t i;

	if (!memcmp(found, right, size))
		return;
	for (i = 0; found[i] == right[i]; i++)
		;
	fprintf(stderr, "%s finds %#x instead of %#x at byte %ld of %u\n", who, found[i],
		right[i], at + (long)i, mapping->size);
	shim_die("wrong byte");
}

static void check_device_view(struct model *model, struct model_mapping *mapping)
{
	u32 granule = model->config.granule, from, pad = 0, i;
	struct iommu_bounce_slot *slot = slot_of(model, mapping);
	dma_addr_t start = ALIGN_DOWN(mapping->addr, granule);
	size_t size = ALIGN(mapping->addr + mapping->size, granule) - start;
	u8 *view;

	if (slot) {
		start = slot->iova;
		size = slot->size;
	}
	from = mapping->addr - start;
	view = malloc(size);
	expect(shim_device_peek(model->domain, start, view, size), "mapping not in the IOMMU\n");
	/* Segments are in order; what lies between them is a pad. */
	for (i = 0; i < mapping->nr_segments; i++) {
		struct model_segment *segment = &mapping->segments[i];
		u32 at = from + segment->offset;

		check_pad(model, mapping, start + pad, view + pad, at - pad);
		check_same("device", mapping, segment->offset, view + at,
			   mapping->dev + segment->offset, segment->size);
		pad = at + segment->size;
	}
	check_pad(model, mapping, start + pad, view + pad, size - pad);
	free(view);
}

static void check_permissions(struct model *model, struct model_mapping *mapping)
{
	u8 byte;

	expect(shim_device_read(model->domain, mapping->addr, &byte, 1) == to_device(mapping->dir),
	       "wrong permission to read\n");
	if (!from_device(mapping->dir))
		expect(!shim_device_write(model->domain, mapping->addr, &byte, 1),
		       "wrong permission to write\n");
}

/* Is byte @at of the device's view the origin's own memory? */
static bool is_direct(struct model *model, struct model_mapping *mapping, u32 at)
{
	u32 granule = model->config.granule;
	dma_addr_t base = ALIGN_DOWN(mapping->addr + at, (dma_addr_t)granule);

	if (!mapping->ends)
		return mapping->direct;
	return base >= mapping->addr && base + granule <= mapping->addr + mapping->size;
}

static void check_cpu_view(struct model *model, struct model_mapping *mapping)
{
	struct model_segment *segment;
	u32 i, size, before;
	u8 *data, *right;
	unsigned int s;

	for (s = 0; s < mapping->nr_segments; s++) {
		segment = &mapping->segments[s];
		before = segment->before;
		size = before + segment->size + segment->after;
		data = malloc(size);
		right = malloc(size);
		shim_cpu_read(segment_phys(segment) - before, data, size);
		memset(right, TAG_NOBODY << TAG_SHIFT, size);
		memcpy(right + before, mapping->cpu + segment->offset, segment->size);
		/* Mapped directly, the device's bytes are there at once. */
		for (i = 0; mapping->ends && i < segment->size; i++)
			if (is_direct(model, mapping, i))
				right[before + i] = data[before + i];
		check_same("CPU", mapping, (long)segment->offset - before, data, right, size);
		free(data);
		free(right);
	}
}

void model_check(struct model *model, struct model_mapping *mapping)
{
	struct iommu_bounce_slot *slot = slot_of(model, mapping);
	u32 i;

	if (mapping->direct) {
		expect(!iommu_bounce_owns(model->pool, mapping->addr, mapping->size),
		       "direct mapping taken for a bounced one\n");
		return;
	}
	for (i = 0; slot && i < mapping->size; i += model->config.granule)
		expect(iommu_bounce_find(model->pool, mapping->addr + i, 1) == slot &&
		       mapping->addr + i >= slot->iova &&
		       mapping->addr + i - slot->iova < slot->size,
		       "address %#lx leads to another slot\n", (unsigned long)(mapping->addr + i));
	check_permissions(model, mapping);
	check_device_view(model, mapping);
	check_cpu_view(model, mapping);
}

static enum iommu_bounce_result unlink_range(struct model *model, struct model_mapping *mapping,
					     bool skip_sync)
{
	enum iommu_bounce_result result = IOMMU_BOUNCE_DONE;

	if (!skip_sync)
		result = iommu_bounce_sync_for_cpu(model->pool, mapping->addr, mapping->size,
						   mapping->dir);
	unmap_range(model, mapping->addr, mapping->size, mapping->size);
	return result;
}

void model_unmap(struct model *model, struct model_mapping *mapping, bool skip_sync)
{
	enum iommu_bounce_result result;

	shim_atomic++;
	if (mapping->range)
		result = unlink_range(model, mapping, skip_sync);
	else
		result = iommu_bounce_unmap(model->pool, mapping->addr, mapping->size,
					    mapping->dir, skip_sync ? DMA_ATTR_SKIP_CPU_SYNC : 0);
	shim_atomic--;
	if (mapping->direct) {
		expect(result == IOMMU_BOUNCE_DIRECT, "direct mapping taken for a bounced one\n");
		unmap_direct(model, mapping);
	} else {
		expect(!result, "unmap failed with %d\n", result);
		if (from_device(mapping->dir) && !skip_sync)
			memcpy(mapping->cpu, mapping->dev, mapping->size);
		mapping->ends = false;
		check_cpu_view(model, mapping);
	}
	mapping_free(mapping);
}

/* Applies @op to the parts of @from to @to that have an origin. */
static void for_segments(struct model *model, struct model_mapping *mapping, u32 from, u32 to,
			 void (*op)(struct model *model, struct model_mapping *mapping,
				    struct model_segment *segment, u32 from, u32 to))
{
	unsigned int i;

	for (i = 0; i < mapping->nr_segments; i++) {
		struct model_segment *segment = &mapping->segments[i];
		u32 start = max(from, segment->offset);
		u32 end = min(to, segment->offset + segment->size);

		if (start < end)
			op(model, mapping, segment, start, end);
	}
}

static void device_write(struct model *model, struct model_mapping *mapping,
			 struct model_segment *segment, u32 from, u32 to)
{
	(void)segment;
	fill(model, mapping->dev + from, to - from, model->devices[mapping->device].owner);
	expect(shim_device_write(model->domain, mapping->addr + from, mapping->dev + from,
				 to - from), "device cannot write\n");
}

void model_device_write(struct model *model, struct model_mapping *mapping, u32 from, u32 to)
{
	for_segments(model, mapping, from, to, device_write);
}

/* The device writes where it may and should not, and nobody must suffer. */
void model_device_pads(struct model *model, struct model_mapping *mapping)
{
	const struct iommu_bounce_dev *dev = &model->devices[mapping->device];
	struct iommu_bounce_slot *slot = slot_of(model, mapping);
	dma_addr_t end = mapping->addr + mapping->size;
	u8 data[64];

	/* What an untrusted one writes is a pad that is not zero: not while checked. */
	if (!slot || dev->untrusted || !from_device(mapping->dir))
		return;
	fill(model, data, sizeof(data), dev->owner);
	shim_device_write(model->domain, slot->iova, data,
			  min_t(u64, sizeof(data), mapping->addr - slot->iova));
	shim_device_write(model->domain, end, data,
			  min_t(u64, sizeof(data), slot->iova + slot->size - end));
}

static void cpu_write(struct model *model, struct model_mapping *mapping,
		      struct model_segment *segment, u32 from, u32 to)
{
	fill(model, mapping->cpu + from, to - from, model->devices[mapping->device].owner);
	shim_cpu_write(segment_phys(segment) + (from - segment->offset), mapping->cpu + from,
		       to - from);
}

void model_cpu_write(struct model *model, struct model_mapping *mapping, u32 from, u32 to)
{
	for_segments(model, mapping, from, to, cpu_write);
}

static void take_over_cpu(struct model *model, struct model_mapping *mapping,
			  struct model_segment *segment, u32 from, u32 to)
{
	u8 *data = malloc(to - from);

	(void)model;
	memcpy(mapping->cpu + from, mapping->dev + from, to - from);
	shim_cpu_read(segment_phys(segment) + (from - segment->offset), data, to - from);
	expect(!memcmp(data, mapping->cpu + from, to - from), "CPU finds old bytes after sync\n");
	free(data);
}

/* What dma-iommu does where nothing is bounced. */
static void sync_direct(struct model *model, struct model_mapping *mapping, u32 from, u32 to,
			bool for_cpu)
{
	phys_addr_t phys = segment_phys(&mapping->segments[0]) + from;

	expect(is_direct(model, mapping, from) && is_direct(model, mapping, to - 1),
	       "bounced range not synced\n");
	if (for_cpu)
		arch_sync_dma_for_cpu(phys, to - from, mapping->dir);
	else
		arch_sync_dma_for_device(phys, to - from, mapping->dir);
	arch_sync_dma_flush();
}

void model_sync_for_cpu(struct model *model, struct model_mapping *mapping, u32 from, u32 to)
{
	enum iommu_bounce_result result;

	shim_atomic++;
	result = iommu_bounce_sync_for_cpu(model->pool, mapping->addr + from, to - from,
					   mapping->dir);
	shim_atomic--;
	if (result == IOMMU_BOUNCE_DIRECT)
		sync_direct(model, mapping, from, to, true);
	else
		expect(!result, "sync failed with %d\n", result);
	if (from_device(mapping->dir))
		for_segments(model, mapping, from, to, take_over_cpu);
}

static void take_over_device(struct model *model, struct model_mapping *mapping,
			     struct model_segment *segment, u32 from, u32 to)
{
	(void)model;
	(void)segment;
	memcpy(mapping->dev + from, mapping->cpu + from, to - from);
}

void model_sync_for_device(struct model *model, struct model_mapping *mapping, u32 from, u32 to)
{
	enum iommu_bounce_result result;

	shim_atomic++;
	result = iommu_bounce_sync_for_device(model->pool, mapping->addr + from, to - from,
					      mapping->dir);
	shim_atomic--;
	if (result == IOMMU_BOUNCE_DIRECT)
		sync_direct(model, mapping, from, to, false);
	else
		expect(!result, "sync failed with %d\n", result);
	if (to_device(mapping->dir))
		for_segments(model, mapping, from, to, take_over_device);
}

/*
 * A part of the mapping.  With caches apart it consists of whole lines: what
 * shares a line belongs to CPU or device together, as for any DMA.
 */
static void choose_range(struct model *model, struct model_mapping *mapping, u32 *from, u32 *to)
{
	u32 skew = mapping->addr % SHIM_LINE, end;

	*from = choose(model->source, mapping->size);
	end = *from + 1 + choose(model->source, mapping->size - *from);
	if (model->config.noncoherent) {
		*from = *from + skew >= SHIM_LINE ? ALIGN_DOWN(*from + skew, SHIM_LINE) - skew : 0;
		end = ALIGN(end + skew, SHIM_LINE) - skew;
	}
	*to = min(end, mapping->size);
}

static u32 choose_size(struct model *model)
{
	switch (choose(model->source, 32)) {
	case 0:
		return 1 + choose(model->source, 3 * model->config.granule);
	case 1:
		return choose(model->source, 4) ? 4096 : 1 + choose(model->source, 40 * 4096);
	case 2:
		return choose(model->source, 16) ? 512 :
		       1 + choose(model->source, 160 * model->config.granule);
	case 3 ... 12:
		return 512 * (1 + choose(model->source, 16));
	default:
		return 1 + choose(model->source, 1024);
	}
}

static void step_map(struct model *model, struct model_mapping *mapping)
{
	unsigned int device = choose(model->source, MODEL_DEVICES);
	enum dma_data_direction dir = choose(model->source, 3);
	unsigned int flags = 0;
	u32 size = choose_size(model), offset;

	switch (choose(model->source, 8)) {
	case 0:
		offset = choose(model->source, PAGE_SIZE);
		break;
	case 1:
		offset = 0;
		break;
	default:
		offset = choose(model->source, PAGE_SIZE / 512) * 512;
	}
	if (model->devices[device].untrusted || choose(model->source, 4) == 0)
		flags |= IOMMU_BOUNCE_MANDATORY;
	if (flags && choose(model->source, 2))
		flags |= IOMMU_BOUNCE_ENDS;
	if (size <= 2 * model->config.granule && !model->devices[device].min_align_mask &&
	    choose(model->source, 8) == 0) {
		if (flags && size <= model->config.granule && choose(model->source, 2))
			model_map_range(model, mapping, device, dir,
					1 + choose(model->source, MODEL_SEGMENTS), size);
		else
			model_map_list(model, mapping, device, dir,
				       1 + choose(model->source, MODEL_SEGMENTS), size, flags);
	} else {
		model_map(model, mapping, device, dir, offset, size, flags);
	}
}

static void step_use(struct model *model, struct model_mapping *mapping)
{
	u32 from, to;

	choose_range(model, mapping, &from, &to);
	switch (choose(model->source, 8)) {
	case 0 ... 2:
		if (from_device(mapping->dir))
			model_device_write(model, mapping, from, to);
		break;
	case 3:
		model_device_pads(model, mapping);
		break;
	case 4:
		if (to_device(mapping->dir))
			model_cpu_write(model, mapping, from, to);
		model_sync_for_device(model, mapping, from, to);
		break;
	case 5 ... 6:
		model_sync_for_cpu(model, mapping, from, to);
		break;
	default:
		model_check(model, mapping);
	}
}

static u32 evict_random(void *state)
{
	return source_u32(state);
}

static void step_world(struct model *model)
{
	struct iommu_bounce_stats stats;

	switch (choose(model->source, 8)) {
	case 0:
		shim_pass(choose(model->source, 2 * IOMMU_BOUNCE_INTERVAL));
		break;
	case 1:
		iommu_bounce_shrink_scan(model->pool, 1 + choose(model->source, 64));
		break;
	case 2:
		shim_cpu = choose(model->source, SHIM_CPUS);
		break;
	case 3:
		iommu_bounce_get_stats(model->pool, &stats);
		expect(stats.cached_pages == iommu_bounce_shrink_count(model->pool),
		       "two numbers of cached pages\n");
		break;
	case 4:
		if (model->config.noncoherent)
			shim_cache_evict(evict_random, model->source);
		break;
	default:
		shim_run_work();
	}
}

void model_step(struct model *model)
{
	struct model_mapping *mapping;

	model->ops++;
	if (choose(model->source, 64) == 0) {
		step_world(model);
		return;
	}
	mapping = &model->mappings[choose(model->source, model->config.max_mappings)];
	if (!mapping->live)
		step_map(model, mapping);
	else if (mapping->direct || choose(model->source, 2))
		model_unmap(model, mapping, !mapping->ends && choose(model->source, 16) == 0);
	else
		step_use(model, mapping);
}
