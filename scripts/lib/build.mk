# SPDX-License-Identifier: GPL-2.0
LIB_OBJECTS := conf.o json.o options.o random.o stats.o util.o

$(LIB): $(addprefix $(OUT)/lib/,$(LIB_OBJECTS))
	$(AR) rcs $@ $^

$(LIB_SANITIZED): $(addprefix $(OUT)/asan/lib/,$(LIB_OBJECTS))
	$(AR) rcs $@ $^

$(OUT)/lib/%.o: scripts/lib/%.c $(wildcard scripts/lib/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(OUT)/asan/lib/%.o: scripts/lib/%.c $(wildcard scripts/lib/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -c $< -o $@

$(OUT)/bin/build-progress: scripts/lib/build-progress.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -o $@
