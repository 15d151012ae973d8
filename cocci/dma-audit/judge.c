// SPDX-License-Identifier: GPL-2.0
#include "judge.h"

void judge(const struct code *code, struct sites *sites)
{
	(void)code;
	for (size_t i = 0; i < sites->n; i++)
		if (!*sites->sites[i].reason)
			sites->sites[i].reason = "the lifetime is not known";
}
