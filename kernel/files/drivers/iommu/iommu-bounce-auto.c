// SPDX-License-Identifier: GPL-2.0-only
/*
 * How `auto` learns.
 *
 * Of the way in use, one mapping in about four hundred is a sample, and after it
 * one unmapping; both feed moving averages.  Of the other way nothing is known but
 * by trying, and trying costs: so a probe is the rarer, the dearer the other way
 * is.  Once both costs are known, a probe that does not change the decision costs at
 * most 1/1024 of the time spent by all others, whatever the two costs are.
 *
 * The way changes when the first probe of the other one, or later two in a row, found
 * that cheaper.  Where the
 * two are as good as equal it does not matter which is taken, but each change makes
 * the next one wait longer.
 *
 * Averages are of all samples, but one of more than eight times the average counts
 * as eight times, as an interrupt says nothing of either way.  The flush that
 * lazy mode does for some hundred unmappings at a time would be taken for one:
 * it is timed by itself, and each unmapping has its share.
 */
#include "iommu-bounce-auto.h"

/*
 * Mappings of a CPU from sample to sample: this many and up to as many again, at
 * random; and as many times more as there are eights of CPUs, since each sample
 * changes what all of them look at.
 */
#define AUTO_PERIOD		256U
#define AUTO_PERIOD_CPUS	8U
#define AUTO_FRACTION		4	/* bits of a ns */
#define AUTO_NS_MAX		BIT(26)
/* A sample moves an average by a part of 1 << AUTO_WEIGHT. */
#define AUTO_WEIGHT		6
/* A sample counts as at most 1 << AUTO_CLIP times the average, which has some samples. */
#define AUTO_CLIP		3
#define AUTO_CLIP_FROM		4U
/* The other way must be cheaper by a part of 1 << AUTO_MARGIN, twice. */
#define AUTO_MARGIN		7
#define AUTO_VOTES		2
/* Part of the time that probes may take, as a shift. */
#define AUTO_BUDGET		10
/* Samples from probe to probe at least; times 1 << calm after changes. */
#define AUTO_WAIT		16U
/* Probes of a cell before its averages are taken for certain. */
#define AUTO_YOUNG		4U
#define AUTO_CALM_MAX		6
/* Mappings of a probe: few where the ways differ much, as then few are enough. */
#define AUTO_BURST_NEAR		64U
#define AUTO_BURST		8U
#define AUTO_BURST_FAR		2U
#define AUTO_BURST_FIRST	5U
/* A probe that finds no slot ends after this many mappings more than it has. */
#define AUTO_MISSES		64U
/* So many samples in a row found no slot: there are none. */
#define AUTO_EMPTY		8U
/* Mappings that are not unmapped after this many others are kept for long. */
#define AUTO_WATCHED		4096U
#define AUTO_WAITED		8U	/* samples */
#define AUTO_FAILURES_MAX	8

/* A first guess of what bouncing takes: to find a slot, and each copy 16 bytes a ns. */
#define AUTO_GUESS_SLOT		64U
#define AUTO_GUESS_SHIFT	4

static enum iommu_bounce_way other(enum iommu_bounce_way way)
{
	return way == IOMMU_BOUNCE_WAY_DIRECT ? IOMMU_BOUNCE_WAY_BOUNCED : IOMMU_BOUNCE_WAY_DIRECT;
}

static size_t cell_size(unsigned int nr)
{
	return (size_t)SZ_512 << (nr / 2);
}

static bool known(const struct iommu_bounce_auto_cell *cell, enum iommu_bounce_way way)
{
	return cell->cost[way].maps && cell->cost[way].unmaps;
}

/*
 * What a mapping takes by @way as far as it is known; else what bouncing one may
 * take, or 0.
 */
static u32 cost_of(struct iommu_bounce_auto *policy, const struct iommu_bounce_auto_cell *cell,
		   enum iommu_bounce_way way)
{
	unsigned int nr = cell - policy->cells;

	if (cell->cost[way].maps)
		return max(cell->cost[way].map + cell->cost[way].unmap +
			   (way == IOMMU_BOUNCE_WAY_DIRECT ? policy->flush : 0), 1U);
	if (way == IOMMU_BOUNCE_WAY_DIRECT)
		return 0;
	return (AUTO_GUESS_SLOT + (cell_size(nr) >> AUTO_GUESS_SHIFT) * (1 + nr % 2)) <<
	       AUTO_FRACTION;
}

static void average(u32 *mean, u16 *nr, u64 ns)
{
	u32 sample = min_t(u64, ns, AUTO_NS_MAX) << AUTO_FRACTION;
	unsigned int shift = min(*nr ? ilog2(*nr) + 1 : 0, AUTO_WEIGHT);

	/* One ns more, or an average of 0 would stay one. */
	if (*nr >= AUTO_CLIP_FROM)
		sample = min_t(u64, sample, ((u64)*mean + (1 << AUTO_FRACTION)) << AUTO_CLIP);
	*mean += ((s32)(sample - *mean) + (1 << shift >> 1)) >> shift;
	if (*nr < U16_MAX)
		(*nr)++;
}

/* A probe's mean: taken as it is if costs seem to have changed, else averaged. */
static void average_probe(u32 *mean, u16 *nr, const struct iommu_bounce_auto_probe *probe)
{
	u32 sample;
	u64 sum = probe->sum;
	u32 counted = probe->nr;

	if (!counted)
		return;
	/* The longest may have been interrupted. */
	if (counted >= 2) {
		sum -= probe->longest;
		counted--;
	}
	sample = min_t(u64, div_u64(sum << AUTO_FRACTION, counted), AUTO_NS_MAX << AUTO_FRACTION);
	if (!*nr || abs_diff(sample, *mean) > *mean >> 2)
		*mean = sample;
	else
		*mean += (s32)(sample - *mean) >> 2;
	*nr = min_t(u32, *nr + probe->nr, U16_MAX);
}

static void set_mode(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell,
		     enum iommu_bounce_way way, u8 mode)
{
	if (way == IOMMU_BOUNCE_WAY_BOUNCED)
		mode |= IOMMU_BOUNCE_AUTO_BOUNCE;
	if (cell->way == IOMMU_BOUNCE_WAY_BOUNCED &&
	    cost_of(policy, cell, IOMMU_BOUNCE_WAY_BOUNCED) <
	    cell->cost[IOMMU_BOUNCE_WAY_DIRECT].map)
		mode |= IOMMU_BOUNCE_AUTO_PARTS;
	WRITE_ONCE(policy->mode[cell - policy->cells], mode);
}

static u32 burst_of(const struct iommu_bounce_auto_cell *cell, u32 cost, u32 others)
{
	u32 cheap = min(cost, others), dear = max(cost, others);

	if (!cheap)
		return AUTO_BURST_FIRST;
	/* What is only guessed, or was only glanced at, is soon looked at again. */
	if (dear < 2 * (u64)cheap && cell->probes > AUTO_YOUNG)
		return AUTO_BURST_NEAR;
	return dear < 16 * (u64)cheap ? AUTO_BURST : AUTO_BURST_FAR;
}

static void probe_begin(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell,
			enum iommu_bounce_way way)
{
	u32 others = cost_of(policy, cell, other(cell->way));
	u32 cost = cost_of(policy, cell, cell->way);

	cell->probed = way;
	cell->burst = burst_of(cell, cost, others);
	cell->asked = 0;
	cell->served = 0;
	cell->watched = 0;
	cell->waited = 0;
	memset(&cell->map, 0, sizeof(cell->map));
	memset(&cell->unmap, 0, sizeof(cell->unmap));
	cell->probes++;
	set_mode(policy, cell, way, IOMMU_BOUNCE_AUTO_SAMPLE | IOMMU_BOUNCE_AUTO_WATCH);
}

/* Mappings of a CPU from sample to sample at least. */
static u32 period(void)
{
	return AUTO_PERIOD * DIV_ROUND_UP(num_online_cpus(), AUTO_PERIOD_CPUS);
}

/* Samples that a probe of the other way is worth. */
static u32 wait_for(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell)
{
	u32 others = cost_of(policy, cell, other(cell->way));
	u32 cost = cost_of(policy, cell, cell->way);
	u32 least = (cell->probes > AUTO_YOUNG ? AUTO_WAIT : cell->probes) << cell->calm;
	u64 loss = others > cost ? burst_of(cell, cost, others) * (u64)(others - cost) : 0;
	/* Not 0, as a way is timed before it is used; only, this divides. */
	u64 mappings = div_u64(loss << AUTO_BUDGET, max(cost, 1U));

	/* Of each mapping until then the cost is its share in what the probe loses. */
	return clamp_t(u64, div_u64(mappings, period() + period() / 2), least, U32_MAX);
}

static void change_way(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell)
{
	unsigned int nr = cell - policy->cells;

	cell->way = other(cell->way);
	cell->switches++;
	cell->calm = min(cell->calm + 1, AUTO_CALM_MAX);
	trace_iommu_bounce_choice(policy->domain, cell_size(nr), nr % 2,
				  cell->way == IOMMU_BOUNCE_WAY_BOUNCED,
				  cost_of(policy, cell, IOMMU_BOUNCE_WAY_DIRECT) >> AUTO_FRACTION,
				  cost_of(policy, cell, IOMMU_BOUNCE_WAY_BOUNCED) >> AUTO_FRACTION);
}

static void probe_end(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell)
{
	struct iommu_bounce_auto_cost *cost = &cell->cost[cell->probed];
	bool first = !known(cell, cell->probed);
	u32 now, then;

	cell->burst = 0;
	average_probe(&cost->map, &cost->maps, &cell->map);
	average_probe(&cost->unmap, &cost->unmaps, &cell->unmap);
	if (!cell->map.nr || !cell->unmap.nr) {
		/* No slot, or mappings that are kept: it is as before. */
		cell->failures = min(cell->failures + 1, AUTO_FAILURES_MAX);
		cell->wait = 1U << cell->failures;
		cell->votes = 0;
		goto done;
	}
	cell->failures = 0;

	now = cost_of(policy, cell, cell->way);
	then = cost_of(policy, cell, other(cell->way));
	if (!known(cell, other(cell->way))) {
		if (then < now) {
			probe_begin(policy, cell, other(cell->way));
			return;
		}
		cell->wait = wait_for(policy, cell);
	} else if (then + (then >> AUTO_MARGIN) >= now) {
		cell->votes = 0;
		if (then - (then >> 2) > now)
			cell->calm = 0;
		cell->wait = wait_for(policy, cell);
	} else if (!first && ++cell->votes < AUTO_VOTES) {
		cell->wait = 1U << cell->calm;
	} else {
		cell->votes = 0;
		change_way(policy, cell);
		cell->wait = wait_for(policy, cell);
	}
done:
	set_mode(policy, cell, cell->way, 0);
}

static void probe_sample(struct iommu_bounce_auto_probe *probe, u64 ns)
{
	ns = min_t(u64, ns, AUTO_NS_MAX);
	if (probe->nr)
		ns = min(ns, (div_u64(probe->sum, probe->nr) + 1) << AUTO_CLIP);
	probe->nr++;
	probe->sum += ns;
	probe->longest = max_t(u32, probe->longest, ns);
}

/*
 * Until the probe's mappings are unmapped nothing is certain.  What was never tried
 * before and looks good is gone on with: with many mappings in flight, and a way that
 * is much dearer, going back for so long would cost more than all that follows.
 */
static bool promising(const struct iommu_bounce_auto_cell *cell)
{
	return !known(cell, cell->probed) && !cell->failures && cell->map.nr &&
	       cell->map.sum << AUTO_FRACTION < (u64)cell->cost[cell->way].map * cell->map.nr;
}

/* To map directly takes longer already than to bounce may take in all: try that. */
static void first_glance(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell)
{
	struct iommu_bounce_auto_cost *cost = &cell->cost[cell->way];

	average_probe(&cost->map, &cost->maps, &cell->map);
	average_probe(&cost->unmap, &cost->unmaps, &cell->unmap);
	probe_begin(policy, cell, other(cell->way));
}

/* One mapping of the probe is made, or was to be made and found no slot. */
static void probe_mapped(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell,
			 enum iommu_bounce_way way, u64 ns)
{
	cell->asked++;
	if (way == cell->probed) {
		cell->served++;
		/* The first few pay for what the cache has forgotten. */
		if (cell->served > cell->burst / 4 || cell->burst == AUTO_BURST_FAR)
			probe_sample(&cell->map, ns);
	}
	if (cell->served < cell->burst && cell->asked < cell->burst + AUTO_MISSES)
		return;
	if (!cell->served)
		probe_end(policy, cell);
	else if (cell->probed != cell->way)
		set_mode(policy, cell, promising(cell) ? cell->probed : cell->way,
			 IOMMU_BOUNCE_AUTO_WATCH);
	else if (cell->map.sum << AUTO_FRACTION >
		 (u64)cost_of(policy, cell, other(cell->way)) * cell->map.nr)
		first_glance(policy, cell);
	else
		set_mode(policy, cell, cell->way, IOMMU_BOUNCE_AUTO_WATCH);
}

/* Slots ran out: map directly until a probe finds some. */
static void leave(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell)
{
	cell->empty = 0;
	cell->votes = 0;
	change_way(policy, cell);
	cell->wait = AUTO_WAIT << cell->calm;
	set_mode(policy, cell, cell->way, 0);
}

/* A mapping that is a sample of the way in use and was made by @way. */
static void sampled(struct iommu_bounce_auto *policy, struct iommu_bounce_auto_cell *cell,
		    enum iommu_bounce_way way)
{
	u32 now = cost_of(policy, cell, cell->way), then = cost_of(policy, cell, other(cell->way));

	cell->empty = way == cell->way ? 0 : cell->empty + 1;
	if (cell->empty >= AUTO_EMPTY) {
		leave(policy, cell);
		return;
	}
	/* What became dearer than the other, if there is that, is worth an early look. */
	if (!cell->failures && known(cell, other(cell->way)) && then + (then >> AUTO_MARGIN) < now)
		cell->wait = min(cell->wait, 4U << cell->calm);
	if (cell->wait > 1) {
		cell->wait--;
		set_mode(policy, cell, cell->way, IOMMU_BOUNCE_AUTO_WATCH);
	} else {
		probe_begin(policy, cell, other(cell->way));
	}
}

/**
 * iommu_bounce_auto_mapped - a mapping was made that is a sample
 * @policy: the domain's policy
 * @size: its bytes
 * @dir: who writes to them
 * @choice: what iommu_bounce_auto_choose() said
 * @way: how it was made; directly also if a bounce found no slot
 * @ns: how long it took
 *
 * Any context.  Waits for nobody: while another CPU tells the same, what this one
 * has to say is left out.
 */
void iommu_bounce_auto_mapped(struct iommu_bounce_auto *policy, size_t size,
			      enum dma_data_direction dir, unsigned int choice,
			      enum iommu_bounce_way way, u64 ns)
{
	struct iommu_bounce_auto_cell *cell = &policy->cells[iommu_bounce_auto_cell(size, dir)];
	enum iommu_bounce_way chosen = choice & IOMMU_BOUNCE_AUTO_BOUNCE ?
				       IOMMU_BOUNCE_WAY_BOUNCED : IOMMU_BOUNCE_WAY_DIRECT;
	unsigned long flags;
	bool asking;

	if (!spin_trylock_irqsave(&policy->lock, flags))
		return;
	asking = READ_ONCE(policy->mode[cell - policy->cells]) & IOMMU_BOUNCE_AUTO_SAMPLE;
	if (cell->burst && chosen == cell->probed && asking) {
		probe_mapped(policy, cell, way, ns);
	} else {
		average(&cell->cost[way].map, &cell->cost[way].maps, ns);
		if (!cell->burst && chosen == cell->way)
			sampled(policy, cell, way);
		else if (cell->burst && !asking && ++cell->waited >= AUTO_WAITED)
			probe_end(policy, cell);
	}
	spin_unlock_irqrestore(&policy->lock, flags);
}

/**
 * iommu_bounce_auto_unmapped - an unmapping was made that was watched
 * @policy: the domain's policy
 * @size: its bytes
 * @dir: who wrote to them
 * @way: how it was mapped
 * @ns: how long it took
 *
 * Any context.  Waits for nobody.
 */
void iommu_bounce_auto_unmapped(struct iommu_bounce_auto *policy, size_t size,
				enum dma_data_direction dir, enum iommu_bounce_way way, u64 ns)
{
	struct iommu_bounce_auto_cell *cell = &policy->cells[iommu_bounce_auto_cell(size, dir)];
	bool asking;
	unsigned long flags;

	if (!spin_trylock_irqsave(&policy->lock, flags))
		return;
	asking = READ_ONCE(policy->mode[cell - policy->cells]) & IOMMU_BOUNCE_AUTO_SAMPLE;
	if (cell->burst && way == cell->probed)
		probe_sample(&cell->unmap, ns);
	else
		average(&cell->cost[way].unmap, &cell->cost[way].unmaps, ns);
	if (!cell->burst) {
		set_mode(policy, cell, cell->way, 0);
	} else if (!asking && (cell->unmap.nr >= DIV_ROUND_UP(cell->served, 2) ||
			       ++cell->watched >= AUTO_WATCHED)) {
		probe_end(policy, cell);
	}
	spin_unlock_irqrestore(&policy->lock, flags);
}

/**
 * iommu_bounce_auto_flushed - the IOTLB was flushed for what was unmapped directly before
 * @policy: the domain's policy
 * @ns: how long it took
 * @nr: for how many unmappings
 *
 * Any context.  Waits for nobody.
 */
void iommu_bounce_auto_flushed(struct iommu_bounce_auto *policy, u64 ns, unsigned int nr)
{
	unsigned long flags;

	if (!spin_trylock_irqsave(&policy->lock, flags))
		return;
	average(&policy->flush, &policy->flushes, div_u64(ns, nr));
	spin_unlock_irqrestore(&policy->lock, flags);
}

/**
 * iommu_bounce_auto_period - how many mappings of this CPU are no samples now
 * @policy: the domain's policy
 *
 * At random, so that it does not fall in step with what the driver does.
 *
 * Return: that number and one.
 */
s32 iommu_bounce_auto_period(struct iommu_bounce_auto *policy)
{
	/* The generator of Numerical Recipes, which is good enough in its high bits. */
	u32 random = this_cpu_read(policy->cpu->random) * 1664525U + 1013904223U;

	this_cpu_write(policy->cpu->random, random);
	return period() + ((u64)random * period() >> 32);
}

/**
 * iommu_bounce_auto_get_info - what a cell has learned
 * @policy: the domain's policy
 * @cell: its number, less than IOMMU_BOUNCE_AUTO_CELLS
 * @info: where to store it
 *
 * Return: false if nothing was mapped yet that would have fallen into it.
 */
bool iommu_bounce_auto_get_info(struct iommu_bounce_auto *policy, unsigned int cell,
				struct iommu_bounce_auto_info *info)
{
	struct iommu_bounce_auto_cell *c = &policy->cells[cell];
	enum iommu_bounce_way way;
	unsigned long flags;

	memset(info, 0, sizeof(*info));
	spin_lock_irqsave(&policy->lock, flags);
	info->size = cell_size(cell);
	info->copies_back = cell % 2;
	info->way = c->way;
	for (way = 0; way < IOMMU_BOUNCE_WAYS; way++) {
		info->samples[way] = c->cost[way].maps;
		if (known(c, way))
			info->ns[way] = cost_of(policy, c, way) >> AUTO_FRACTION;
	}
	info->probes = c->probes;
	info->switches = c->switches;
	spin_unlock_irqrestore(&policy->lock, flags);
	return info->samples[IOMMU_BOUNCE_WAY_DIRECT];
}

/**
 * iommu_bounce_auto_create - a policy that has learned nothing yet
 * @domain: whose it is, for tracing
 *
 * May sleep.
 *
 * Return: the policy, or NULL if there is no memory.
 */
struct iommu_bounce_auto *iommu_bounce_auto_create(const struct iommu_domain *domain)
{
	struct iommu_bounce_auto *policy = kvzalloc_obj(*policy, GFP_KERNEL);
	struct iommu_bounce_auto_cpu *this;
	unsigned int nr, cpu;

	if (!policy)
		return NULL;
	policy->cpu = alloc_percpu_gfp(struct iommu_bounce_auto_cpu, GFP_KERNEL);
	if (!policy->cpu) {
		kvfree(policy);
		return NULL;
	}
	for_each_possible_cpu(cpu) {
		this = per_cpu_ptr(policy->cpu, cpu);
		this->random = cpu;
		this->left = period();
	}
	policy->domain = domain;
	spin_lock_init(&policy->lock);
	/* What is mapped first is mapped directly, and its time is taken. */
	for (nr = 0; nr < IOMMU_BOUNCE_AUTO_CELLS; nr++)
		probe_begin(policy, &policy->cells[nr], IOMMU_BOUNCE_WAY_DIRECT);
	return policy;
}

/**
 * iommu_bounce_auto_destroy - undo iommu_bounce_auto_create()
 * @policy: the policy, NULL is fine; nobody uses it any more
 */
void iommu_bounce_auto_destroy(struct iommu_bounce_auto *policy)
{
	if (!policy)
		return;
	free_percpu(policy->cpu);
	kvfree(policy);
}
