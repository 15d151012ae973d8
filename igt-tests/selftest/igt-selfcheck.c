// SPDX-License-Identifier: MIT
/*
 * Not a test of anything but the harness: one subtest of each outcome, so that
 * what reads libigt's results can be seen to tell them apart.
 */
#include "igt.h"

IGT_TEST_DESCRIPTION("One passing, one failing and one skipping subtest.");

/**
 * TEST: igt-selfcheck
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: IGT
 * Functionality: results
 * Description: One passing, one failing and one skipping subtest.
 *
 * SUBTEST: pass
 * Description: Passes.
 *
 * SUBTEST: fail
 * Description: Fails.
 *
 * SUBTEST: skip
 * Description: Skips.
 */

static const int one = 1;

igt_main
{
	igt_describe("Passes.");
	igt_subtest("pass")
		igt_assert(one == 1);

	igt_describe("Fails.");
	igt_subtest("fail")
		igt_assert_f(one == 2, "this subtest fails on purpose\n");

	igt_describe("Skips.");
	igt_subtest("skip")
		igt_require_f(one == 2, "this subtest skips on purpose\n");
}
