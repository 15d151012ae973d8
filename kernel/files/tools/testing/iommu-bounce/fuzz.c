// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer's target: its bytes are the choices of the random test. */
#include "model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct source source = { .state = 1, .data = data, .left = size };
	struct model_config config = { .max_mappings = 12 };
	struct model model;

	config.granule = 4096U << (2 * choose(&source, 3));
	config.noncoherent = choose(&source, 2);
	config.reserve = choose(&source, 2);
	config.start = choose(&source, 2) ? 0x200000000ULL : 0;
	config.end = config.start + 0x0fffffff;
	model_init(&model, &config, &source);
	if (choose(&source, 4) == 0)
		shim.fail_at = shim.calls + 1 + choose(&source, 256);
	while (!source_empty(&source))
		model_step(&model);
	shim.fail_at = 0;
	model_finish(&model);
	return 0;
}
