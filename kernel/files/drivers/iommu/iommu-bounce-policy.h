/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which mappings of an IOMMU group are bounced though they need not be.
 */
#ifndef __IOMMU_BOUNCE_POLICY_H
#define __IOMMU_BOUNCE_POLICY_H

#include <linux/types.h>

struct device;
struct iommu_domain;

/**
 * enum iommu_bounce_policy_state - what became of a group's policy
 * @IOMMU_BOUNCE_ACTIVE: mappings up to the limit are bounced, or may be if `auto`
 *	finds that it pays
 * @IOMMU_BOUNCE_OFF: switched off
 * @IOMMU_BOUNCE_NOT_COSTLY: the IOMMU driver does not hint that it pays
 * @IOMMU_BOUNCE_UNTRANSLATED: the default domain has no mappings to save
 * @IOMMU_BOUNCE_ENCRYPTED: the pages of the pools are no good for a device
 */
enum iommu_bounce_policy_state {
	IOMMU_BOUNCE_ACTIVE,
	IOMMU_BOUNCE_OFF,
	IOMMU_BOUNCE_NOT_COSTLY,
	IOMMU_BOUNCE_UNTRANSLATED,
	IOMMU_BOUNCE_ENCRYPTED,
};

enum iommu_bounce_mode {
	IOMMU_BOUNCE_MODE_OFF,
	IOMMU_BOUNCE_MODE_ON,
	IOMMU_BOUNCE_MODE_AUTO,
};

/**
 * struct iommu_bounce_policy - what was asked for
 * @mode: whether to bounce
 * @limit: the largest mapping to bounce, in bytes; 0: none
 */
struct iommu_bounce_policy {
	enum iommu_bounce_mode mode;
	size_t limit;
};

void iommu_bounce_policy_init(struct iommu_bounce_policy *policy);
int iommu_bounce_policy_set_mode(struct iommu_bounce_policy *policy, const char *text);
int iommu_bounce_policy_set_limit(struct iommu_bounce_policy *policy, const char *text);
const char *iommu_bounce_policy_mode(const struct iommu_bounce_policy *policy);

enum iommu_bounce_policy_state
iommu_bounce_policy_check(const struct iommu_bounce_policy *policy,
			  struct iommu_domain *domain, struct device *dev);
const char *iommu_bounce_policy_state_name(enum iommu_bounce_policy_state state);
bool iommu_bounce_policy_cut(struct iommu_bounce_policy *policy,
			     const struct iommu_domain *domain);

#endif /* __IOMMU_BOUNCE_POLICY_H */
