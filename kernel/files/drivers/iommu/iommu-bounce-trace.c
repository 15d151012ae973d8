// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints of the bounce buffers.
 */
#include "iommu-bounce.h"

#define CREATE_TRACE_POINTS
#include <trace/events/iommu_bounce.h>
