# SPDX-License-Identifier: GPL-2.0
# The pools' own source, and `auto`, in user space: for speed.
NATIVE := scripts/native
POOL_SOURCE := kernel/files/drivers/iommu
POOL_TESTS := kernel/files/tools/testing/iommu-bounce
# A copy is a call, as in the kernel, and the same one for all ways of mapping.
NATIVE_CFLAGS := $(CFLAGS) -fno-builtin-memcpy -I$(POOL_SOURCE) -I$(POOL_TESTS)
NATIVE_POOL := $(addprefix iommu-bounce-,$(addsuffix .o,auto copy ends magazine map pool reclaim reserve single slot))
NATIVE_KERNEL := $(NATIVE_POOL) machine.o swiotlb.o ways.o
NATIVE_USER := auto-bench.o cliff.o goals.o model.o native.o series.o speed.o

PROGRAMS += $(OUT)/bin/native

$(OUT)/bin/native: $(addprefix $(OUT)/native/,$(NATIVE_KERNEL) $(NATIVE_USER) shim.o) $(LIB)
	@mkdir -p $(@D)
	$(CC) $^ -lpthread -lm -o $@

$(addprefix $(OUT)/native/,$(NATIVE_POOL)): $(OUT)/native/%.o: $(POOL_SOURCE)/%.c
	@mkdir -p $(@D)
	$(CC) $(NATIVE_CFLAGS) -include $(NATIVE)/internal.h -c $< -o $@

$(addprefix $(OUT)/native/,$(filter-out $(NATIVE_POOL),$(NATIVE_KERNEL))): $(OUT)/native/%.o: $(NATIVE)/%.c
	@mkdir -p $(@D)
	$(CC) $(NATIVE_CFLAGS) -include $(NATIVE)/internal.h -c $< -o $@

$(addprefix $(OUT)/native/,$(NATIVE_USER)): $(OUT)/native/%.o: $(NATIVE)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

# Memory and IOMMU of the tests give way to those of machine.c.
$(OUT)/native/shim.o: $(POOL_TESTS)/shim.c
	@mkdir -p $(@D)
	$(CC) $(NATIVE_CFLAGS) -include $(POOL_TESTS)/iommu-bounce-internal.h -c $< -o $@
	objcopy --weaken $@
