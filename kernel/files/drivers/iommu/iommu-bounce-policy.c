// SPDX-License-Identifier: GPL-2.0-only
/*
 * When mappings are bounced though they need not be: what the command line and
 * sysfs ask for, and whether a group's domain is one for which it makes sense.
 *
 * Bouncing where it is needed is no matter of policy and not decided here.
 */
#define pr_fmt(fmt)	"iommu: " fmt

#include <linux/cc_platform.h>
#include <linux/ctype.h>
#include <linux/dma-direct.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "iommu-bounce.h"
#include "iommu-bounce-policy.h"

static const char * const modes[] = {
	[IOMMU_BOUNCE_MODE_OFF]		= "off",
	[IOMMU_BOUNCE_MODE_ON]		= "on",
	[IOMMU_BOUNCE_MODE_AUTO]	= "auto",
};

static const char * const states[] = {
	[IOMMU_BOUNCE_ACTIVE]		= "active",
	[IOMMU_BOUNCE_OFF]		= "off",
	[IOMMU_BOUNCE_NOT_COSTLY]	= "not-costly",
	[IOMMU_BOUNCE_UNTRANSLATED]	= "untranslated",
	[IOMMU_BOUNCE_ENCRYPTED]	= "encrypted",
};

/*
 * What a copy costs grows with the size of the mapping, what a request to the
 * IOMMU costs hardly does.  To copy 64K in and out takes about 10 us on a current
 * CPU, the order of what a hypervisor takes to map and unmap it in the host.
 */
static struct iommu_bounce_policy default_policy __ro_after_init = {
	.mode = IOMMU_BOUNCE_MODE_OFF,
	.limit = SZ_64K,
};

/**
 * iommu_bounce_policy_init - the policy of a new group
 * @policy: what to set to what the command line says
 */
void iommu_bounce_policy_init(struct iommu_bounce_policy *policy)
{
	*policy = default_policy;
}

/**
 * iommu_bounce_policy_set_mode - choose whether to bounce
 * @policy: what to change
 * @text: "off", "on" or "auto", maybe with a newline
 *
 * Return: 0, or -EINVAL for any other text.
 */
int iommu_bounce_policy_set_mode(struct iommu_bounce_policy *policy, const char *text)
{
	int mode = sysfs_match_string(modes, text);

	if (mode < 0)
		return mode;
	policy->mode = mode;
	return 0;
}

/**
 * iommu_bounce_policy_set_limit - choose how large a mapping is bounced
 * @policy: what to change
 * @text: a number of bytes, maybe with one of the suffixes that memparse() knows,
 *	and a newline
 *
 * Return: 0, or -EINVAL for any other text.
 */
int iommu_bounce_policy_set_limit(struct iommu_bounce_policy *policy, const char *text)
{
	unsigned long long limit;
	char *end;

	/* A suffix alone would do for memparse(). */
	if (!isdigit(*text))
		return -EINVAL;
	limit = memparse(text, &end);
	if (!sysfs_streq(end, ""))
		return -EINVAL;
	policy->limit = min_t(unsigned long long, limit, SIZE_MAX);
	return 0;
}

/**
 * iommu_bounce_policy_mode - what was asked for
 * @policy: the policy
 *
 * Return: "off", "on" or "auto".
 */
const char *iommu_bounce_policy_mode(const struct iommu_bounce_policy *policy)
{
	return modes[policy->mode];
}

/**
 * iommu_bounce_policy_state_name - a state as the user reads it
 * @state: the state
 *
 * Return: its name.
 */
const char *iommu_bounce_policy_state_name(enum iommu_bounce_policy_state state)
{
	return states[state];
}

/**
 * iommu_bounce_policy_check - does a policy apply to a device?
 * @policy: the policy
 * @domain: the domain that the device's mappings are made in; NULL: none
 * @dev: the device
 *
 * Return: IOMMU_BOUNCE_ACTIVE, or why not.
 */
enum iommu_bounce_policy_state
iommu_bounce_policy_check(const struct iommu_bounce_policy *policy,
			  struct iommu_domain *domain, struct device *dev)
{
	if (!domain || !iommu_is_dma_domain(domain))
		return IOMMU_BOUNCE_UNTRANSLATED;
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT) || force_dma_unencrypted(dev))
		return IOMMU_BOUNCE_ENCRYPTED;
	if (policy->mode == IOMMU_BOUNCE_MODE_OFF || !policy->limit)
		return IOMMU_BOUNCE_OFF;
	if (policy->mode == IOMMU_BOUNCE_MODE_AUTO &&
	    !device_iommu_capable(dev, IOMMU_CAP_COSTLY_MAP))
		return IOMMU_BOUNCE_NOT_COSTLY;
	return IOMMU_BOUNCE_ACTIVE;
}

/**
 * iommu_bounce_policy_cut - cut a policy's limit down to the largest slot
 * @policy: the policy
 * @domain: the domain that it is for
 *
 * Return: whether it was larger.
 */
bool iommu_bounce_policy_cut(struct iommu_bounce_policy *policy,
			     const struct iommu_domain *domain)
{
	size_t largest = iommu_bounce_largest_slot(1UL << __ffs(domain->pgsize_bitmap));

	if (policy->limit <= largest)
		return false;
	policy->limit = largest;
	return true;
}

/* The core would say no more than that a parameter is malformed. */
static int __init mode_setup(char *text)
{
	if (!text || iommu_bounce_policy_set_mode(&default_policy, text))
		pr_err("iommu.bounce=%s is ignored, it is one of off, on and auto\n",
		       text ?: "");
	return 0;
}
early_param("iommu.bounce", mode_setup);

static int __init limit_setup(char *text)
{
	if (!text || iommu_bounce_policy_set_limit(&default_policy, text))
		pr_err("iommu.bounce_limit=%s is ignored, it is a number of bytes like 64K\n",
		       text ?: "");
	return 0;
}
early_param("iommu.bounce_limit", limit_setup);
