# SPDX-License-Identifier: GPL-2.0
# vm-run, the guest's init and the guest's image; the harness's own tests.
PROGRAMS += $(OUT)/bin/vm-run $(OUT)/bin/insn.so $(OUT)/guest.cpio

# Programs that jobs run.
IN_GUEST := map-bench net-echo scattered-io trace-maps

VM_PARTS := $(filter-out $(addprefix scripts/vm/,$(addsuffix .c,$(IN_GUEST) init insn vm-run)), \
	$(wildcard scripts/vm/*.c))

$(OUT)/bin/vm-run: $(call objects,scripts/vm/vm-run.c $(VM_PARTS)) $(LIB)
	$(call link,-ljansson -lfdt)

# vm-run looks for it beside itself.
$(OUT)/bin/insn.so: scripts/vm/insn.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -fvisibility=hidden -shared $< -o $@

$(OUT)/guest/init: scripts/vm/init.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static $< -o $@

$(addprefix $(OUT)/guest/,$(IN_GUEST)): $(OUT)/guest/%: scripts/vm/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(filter %.c %.a,$^) -o $@

# Asked for every time, because the host's libraries belong to it, too; the
# script leaves an image alone that would not change.
.PHONY: guest-image
$(OUT)/guest.cpio: $(addprefix $(OUT)/guest/,init $(IN_GUEST)) $(OUT)/bin/igt-run igt guest-image
	scripts/vm/guest-image $@ $(OUT)/guest/init \
		$(foreach script,dma-live dma-time failing fio-job i915-mock learned pool-memory pool.sh pools stress,scripts/vm/$(script):/bin/$(script)) \
		$(foreach program,$(IN_GUEST),$(OUT)/guest/$(program):/bin/$(program)) \
		$(OUT)/bin/igt-run:/bin/igt-run \
		scripts/igt-run/configurations.conf:/etc/igt-run.conf $(IGT_TESTS)

# The image of another architecture, for the check that boots it (out/guest-s390x.cpio):
# what a disk needs. The flavour of that name has its compiler.
FOREIGN := s390x arm64

$(FOREIGN:%=$(OUT)/guest-%/init): $(OUT)/guest-%/init: scripts/vm/init.c
	@mkdir -p $(@D)
	$(shell awk '$$1 == "$*" { print $$3 }' kernel/config/flavours) $(CFLAGS) -static $< -o $@

$(FOREIGN:%=$(OUT)/guest-%.cpio): $(OUT)/guest-%.cpio: $(OUT)/guest-%/init guest-image
	folder=$$(scripts/guest-packages $*) && scripts/vm/guest-image --from "$$folder" $@ $< \
		$(foreach script,fio-job non-coherent pool.sh pools,scripts/vm/$(script):/bin/$(script))

PROGRAMS += $(patsubst scripts/vm/%.asl,$(OUT)/%.aml,$(wildcard scripts/vm/*.asl))

$(OUT)/%.aml: scripts/vm/%.asl
	@mkdir -p $(@D)
	iasl -p $@ $< >$@.log || { cat $@.log >&2; exit 1; }

# What scripts/tests/vm-selftest puts into a guest to break it.
PROGRAMS += $(OUT)/guest/fault

$(OUT)/guest/fault: scripts/tests/vm/fault.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static $< -o $@

# The parsers, fed by hand, under the sanitizers.
PROGRAMS += $(OUT)/asan/vm-test

$(OUT)/asan/obj/scripts/tests/vm/%.o: FOLDER_CFLAGS := -Iscripts/vm

$(OUT)/asan/vm-test: $(call sanitized,scripts/tests/vm/vm-test.c $(VM_PARTS)) $(LIB_SANITIZED)
	$(call link,$(SANITIZE) -ljansson -lfdt)
