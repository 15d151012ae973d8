# SPDX-License-Identifier: MIT
# IGT tests against the distribution's libigt (packages intel-gpu-tools and
# libdrm-dev). Only the real library is ever linked.

IGT_LIBRARY := $(realpath $(shell $(CC) -print-file-name=libigt.so 2>/dev/null))
# IGT, too, compiles its tests without -Wclobbered: a subtest ends in siglongjmp().
IGT_CFLAGS := $(CFLAGS) -Iigt-tests/include -Iigt-tests/lib \
	-Ikernel/files/include/uapi/drm -isystem /usr/include/libdrm -Wno-clobbered
IGT_OBJS := $(patsubst igt-tests/lib/%.c,$(OUT)/igt/obj/%.o,$(wildcard igt-tests/lib/*.c))
IGT_TESTS := $(patsubst igt-tests/tests/%.c,$(OUT)/igt/bin/%,$(wildcard igt-tests/tests/*.c))
IGT_SELFCHECK := $(OUT)/igt/selftest/igt-selfcheck

.PHONY: igt
.SECONDARY: $(IGT_OBJS)
igt: $(IGT_TESTS) $(IGT_SELFCHECK)

# Every symbol that our igt.h declares is one of the installed library's.
$(OUT)/igt/symbols.ok: igt-tests/check-symbols igt-tests/include/igt.h $(IGT_LIBRARY)
	@mkdir -p $(@D)
	igt-tests/check-symbols "$(CC)" igt-tests/include/igt.h "$(IGT_LIBRARY)"
	@touch $@

$(OUT)/igt/obj/%.o: igt-tests/lib/%.c
	@mkdir -p $(@D)
	$(CC) $(IGT_CFLAGS) -c -o $@ $<

$(OUT)/igt/bin/%: igt-tests/tests/%.c $(IGT_OBJS) $(OUT)/igt/symbols.ok
	@mkdir -p $(@D)
	$(CC) $(IGT_CFLAGS) -o $@ $< $(IGT_OBJS) -ligt -ldrm

$(IGT_SELFCHECK): igt-tests/selftest/igt-selfcheck.c $(OUT)/igt/symbols.ok
	@mkdir -p $(@D)
	$(CC) $(IGT_CFLAGS) -o $@ $< -ligt
