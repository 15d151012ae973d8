# SPDX-License-Identifier: GPL-2.0
# The pools' own source, and `auto`, in user space: for speed.
NATIVE := scripts/native
POOL_SOURCE := kernel/files/drivers/iommu
POOL_TESTS := kernel/files/tools/testing/iommu-bounce
# A copy is a call, as in the kernel, and the same one for all ways of mapping.
NATIVE_FLAGS := -fno-builtin-memcpy -I$(POOL_SOURCE) -I$(POOL_TESTS)
NATIVE_POOL := $(patsubst %,$(POOL_SOURCE)/iommu-bounce-%.c,auto copy ends magazine map pool reclaim reserve single slot)
# What includes the pools' headers.
NATIVE_KERNEL := $(NATIVE_POOL) $(addprefix $(NATIVE)/,machine.c swiotlb.c ways.c)
NATIVE_SHIM := $(OUT)/obj/native-shim.o

PROGRAMS += $(OUT)/bin/native

$(call objects,$(NATIVE_KERNEL)): FOLDER_CFLAGS := $(NATIVE_FLAGS) -include $(NATIVE)/internal.h
$(call objects,$(POOL_TESTS)/shim.c): FOLDER_CFLAGS := $(NATIVE_FLAGS) -include $(POOL_TESTS)/iommu-bounce-internal.h

$(OUT)/bin/native: $(call objects,$(sort $(wildcard $(NATIVE)/*.c) $(NATIVE_KERNEL))) $(NATIVE_SHIM) $(LIB)
	$(call link,-lpthread -lm)

# Memory and IOMMU of the tests give way to those of machine.c.
$(NATIVE_SHIM): $(call objects,$(POOL_TESTS)/shim.c)
	objcopy --weaken $< $@
