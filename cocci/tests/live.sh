# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Cases of `dma-audit compare`, over a small tree and a recording made for it;
# sourced by run after audit.sh.

# compare DUMP... [OPTION...]: what it prints is in said.
compare() {
	cp -rn "${here:?}/live/tree" tree
	[ -e facts.db ] || audit scan
	audit compare --out found "$@" >said
}

# plain N: dump number N of the recording, as debugfs has it; its driver goes by
# the name of its module, as most do.
plain() {
	awk -v n="$1" '/^# dump/ { d++; on = d == n; next } /^#/ { on = 0 } on' "$here/live/recording" |
		sed s/^demo_pci/demo-drv/
}

test_compare_reads_a_recording() {
	compare "$here/live/recording" --older-than 10
	expect "$here/live/recording.text" <said
	expect "$here/live/recording.jsonl" <found/live.jsonl
}

test_compare_reads_plain_dumps() {
	plain 1 >early
	plain 2 >late
	compare early late --older-than 10
	expect "$here/live/plain.text" <said
	# Without seconds, none are claimed.
	compare early late
	fails grep 'longer than [0-9]' said
}

# A dump that no stack explains tells less, and never more.
test_compare_without_a_stack_agrees_to_nothing() {
	sed '/^# trace$/,/LOST/d' "$here/live/recording" >short
	compare short
	jq -es 'map(select(.kind == "live")) | map(.agrees) | index(true) | not' found/live.jsonl
}

test_compare_takes_two_dumps() {
	plain 1 >early
	refused "compare takes two dumps, and early holds 1" compare early
	cat "$here/live/recording" >twice
	refused "compare takes two dumps, and early and the others hold 3" compare early twice
}

test_compare_refuses_what_is_no_dump() {
	plain 1 >early
	: >nothing
	refused "nothing holds no dump of dma-debug" compare early nothing
	refused "cannot read nowhere: No such file or directory" compare early nowhere
	sed '3s/D=[0-9a-f]*//' early >damaged
	refused "damaged:3: this is no line of dma-debug's dump: demo-drv 0000:00:01.0 phy idx" compare early damaged
}

test_compare_refuses_the_wrong_time() {
	refused "the dumps are 10.5 s apart and --older-than wants 11" compare "$here/live/recording" --older-than 11
	sed 's/^# dump at 31.00/# dump at 3.00/' "$here/live/recording" >back
	refused ":45: the dump before this one is 17.5 s younger" compare back
}

# live_guest GPU DISK: dma-live for a second in what stands for a guest: /sys is
# a folder, the GPU test and fio are these shell lines, and all ends with it.
live_guest() {
	mkdir -p sys/kernel/debug/dma-api sys/kernel/tracing sys/bus/pci/drivers/demo_pci sys/module/demo_drv
	ln -sfn ../../../../module/demo_drv sys/bus/pci/drivers/demo_pci/module
	echo N >sys/kernel/debug/dma-api/disabled
	sed -n '/^# trace$/,/LOST/p' "$here/live/recording" | sed 1d >sys/kernel/tracing/trace
	plain 2 | sed s/^demo-drv/demo_pci/ >sys/kernel/debug/dma-api/dump
	intercept prime_bounce "$1"
	intercept fio "$2"
	# shellcheck disable=SC2016 # expanded inside
	namespace -m -p -f --kill-child --mount-proc sh -c \
		'mount --bind sys /sys && exec busybox sh "$0" 1' "${top:?}/scripts/vm/dma-live" >recorded
}

# shellcheck disable=SC2016 # the stand-in expands it
# Maps a while after it has begun, and not for long, unless it is stopped.
gpu_test='sleep 0.5; dump=/sys/kernel/debug/dma-api/dump; was=$(cat $dump)
	echo "virtio-pci 0000:00:04.0 scatter-gather idx 8 P=0x1000 D=1000 L=1000 cln=0x40" \
		"DMA_BIDIRECTIONAL dma map error check not applicable attrs=0x0" >>$dump
	sleep 1; echo "$was" >$dump; exit'

test_compare_reads_what_a_guest_records() {
	live_guest "$gpu_test" 'exec sleep 60'
	[ "$(cat sys/kernel/tracing/tracing_on)" = 0 ]
	compare recorded --older-than 2
	cat said
	jq -es 'map(select(.kind == "live")) |
		any(.driver == "virtio-pci" and .mappings == 1) and
		any(.driver == "demo_pci" and .function == "ring_init" and .agrees)' found/live.jsonl
}

test_a_guest_records_nothing_without_its_devices() {
	fails live_guest 'exit 1' 'exec sleep 60'
	cat recorded
	tail -n 1 recorded | grep -qx 'no buffer of virtio-gpu was ever mapped'
	fails live_guest "$gpu_test" 'echo no such disk; exit 1'
	cat recorded
	tail -n 2 recorded | tr '\n' ' ' | grep -qx 'no such disk fio ended early '
}
