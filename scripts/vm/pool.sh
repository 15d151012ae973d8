# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# What scripts in a guest share that look at pools of bounce buffers; sourced.
set -eu

fail() {
	echo "$*"
	exit 1
}

# Something is, about the pool.
wrong() {
	cat "$pool"
	fail "$*"
}

# pool_of PATH: from here on $device is the PCI device that PATH of sysfs belongs to,
# $group its IOMMU group, and $pool the file with the figures of the group's pool.
pool_of() {
	device=$(readlink -f "$1" | grep -o '[0-9a-f]*:[0-9a-f]*:[0-9a-f]*\.[0-7]' | tail -n 1)
	group=$(readlink -f "/sys/bus/pci/devices/$device/iommu_group")
	pool=/sys/kernel/debug/iommu_bounce/${group##*/}
	[ -e "$pool" ] || fail "$1 is behind no IOMMU, or the kernel has no pools"
}

# figure NAME: of the pool, 0 as long as there is none.
figure() {
	awk -v name="$1" '$1 == name { found = $2 } END { print found ? found : 0 }' "$pool"
}

# sum NAME: of the size classes.
sum() {
	awk -v name="$1" '
		$1 == "#" { for (i = 2; i <= NF; i++) if ($i == name) column = i }
		$1 == "class" { n += $column }
		END { print n + 0 }' "$pool"
}

# Slots that belong to a mapping, with those that exist for it alone.
in_use() {
	echo $(($(sum in_use) + $(figure singles)))
}

# Nothing is in flight any more: no slot of any pool is in use, and ten seconds later none
# has memory but those of the reserve.
must_be_idle() {
	this=$pool
	for pool in /sys/kernel/debug/iommu_bounce/*; do
		[ "$(in_use)" = 0 ] || wrong "slots are in use, and there is no mapping"
	done
	sleep 10
	for pool in /sys/kernel/debug/iommu_bounce/*; do
		[ "$(figure cached_pages)" = 0 ] || wrong "pages are still held"
	done
	pool=$this
}

# load NAME DISK OPTION...: writes of DISK, read back and compared.
load() {
	name=$1 of=$2
	shift 2
	fio --name="$name" --filename="$of" --direct=1 --rw=randwrite --ioengine=libaio --thread \
		--verify=crc32c --verify_fatal=1 --verify_state_save=0 "$@" >"/tmp/$name.log" 2>&1 ||
		{ cat "/tmp/$name.log"; fail "$name: data is wrong, or fio has failed"; }
}

# keep_loading NAME DISK OPTION...: such loads, one after the other, until enough.
keep_loading() {
	rm -f /tmp/enough
	while [ ! -e /tmp/enough ]; do load "$@"; done &
	loader=$!
}

enough() {
	touch /tmp/enough
	wait "$loader"
}
