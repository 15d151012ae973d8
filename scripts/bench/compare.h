/* SPDX-License-Identifier: GPL-2.0 */
/* Is B as good as A? */
#ifndef IOBOUNCE_BENCH_COMPARE_H
#define IOBOUNCE_BENCH_COMPARE_H

#include "folder.h"

enum verdict { VERDICT_SAME, VERDICT_BETTER, VERDICT_UNDECIDED, VERDICT_WORSE };

/*
 * Prints every figure of both folders, and what came of it: better or worse when
 * the intervals do not overlap and the medians differ by @least, a part of the smaller one,
 * and by the metric's floor, the same when that is not so and both count, else undecided. A
 * figure that one folder lacks is undecided. More failures in B are worse, none where A had
 * some is better, else they are undecided. Gives the last of these, in the order above, that
 * any figure has; dies when no figure is in both, and nothing is worse.
 */
enum verdict compare(const struct folder *a, const struct folder *b, double least);

#endif
