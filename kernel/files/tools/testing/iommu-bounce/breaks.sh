#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Puts each bug of breaks.txt into a copy of the sources and demands that the
# tests fail; run by make check-breaks.  Usage: breaks.sh [NAME...]; PARTS names
# the source files, copies and logs go to $O/breaks.
set -eu

cd "$(dirname "$0")"
src=../../../drivers/iommu
out=$(realpath -m "${O:-out}/breaks")
flags=(-std=gnu11 -O1 -w -D_GNU_SOURCE -I. -include iommu-bounce-internal.h)
read -ra parts <<<"${PARTS:?is not set: run make check-breaks}"
parts=("${parts[@]/%/.c}")
missed=0

build() {	# program directory
	local files=(shim.c model.c)
	[ "$1" = threads ] && files=(-fsanitize=thread shim.c)
	"${CC:-gcc}" "${flags[@]}" -I"$2" -o "$2/test" "test-$1.c" "${files[@]}" \
		"${parts[@]/#/$2/iommu-bounce-}" -lpthread
}

run() {	# program directory
	case $1 in
	cases) timeout 120 "$2/test" ;;
	random) timeout 120 "$2/test" 40000 1 ;;
	auto) timeout 120 "$2/test" ;;
	# Whether threads meet is a matter of luck.
	threads) for seed in 1 2 3 4 5; do timeout 120 "$2/test" 10000 $seed || return; done ;;
	esac
}

while IFS=$'\t' read -r name program file script; do
	case $name in '' | '#'*) continue ;; esac
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	dir=$out/$name
	mkdir -p "$dir"
	cp "$src"/iommu-bounce* "$dir"
	[[ $file == *.h ]] || file=$file.c # a header has its ending
	sed -E -i "$script" "$dir/iommu-bounce-$file"
	if cmp -s {"$dir","$src"}/"iommu-bounce-$file" || ! build "$program" "$dir"; then
		echo "break $name: adapt breaks.txt"
		missed=1
	elif run "$program" "$dir" >"$dir/log" 2>&1; then
		echo "break $name: not noticed, see $dir/log"
		missed=1
	else
		echo "break $name: $(grep -aE '^(auto: [a-z_]+|case):' "$dir/log" | tail -1 |
			sed 's/.*: //')" \
			"$(grep -aE 'shim:|SUMMARY' "$dir/log" | head -1)"
		rm -r "$dir"
	fi
done <breaks.txt
exit $missed
