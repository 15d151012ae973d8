# shellcheck shell=bash
# shellcheck disable=SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Objects of single files under allmodconfig, for what no kernel of ours has.

# The object of file $1, by the path that kbuild knows it under: a folder without a
# Makefile of its own, or with one for others to include, belongs to a neighbour.
object() {
	local dir=${1%/*} owner

	owner=$(cd "$tree" && grep -lsE "= \.\./${dir##*/}$" "${dir%/*}"/*/Makefile /dev/null | sed -n 1p) || :
	[ -z "$owner" ] || dir=${owner%/Makefile}/../${dir##*/}
	echo "$dir/$(basename "$1" .c).o"
}

# build NAME ARCH PREFIX: the objects of base..$tip that no folder of $builds has yet,
# nor not-built.txt names, in a folder for NAME. What one cannot build another may:
# check_warnings names the files that none has built.
build() {
	local obj=$cache/build/${linux##*/}-$1-$2 objects=() path
	local kmake=(make -C "$tree" O="$obj" ARCH="$2" CROSS_COMPILE="$3" CC="ccache ${3}gcc"
		LOCALVERSION="" -k -j"$(nproc)")

	while read -r path; do
		! grep -sq "^$path	" "$series/not-built.txt" || continue
		[ -n "$(find_build "$path")" ] || objects+=("$(object "$path")")
	done < <(g diff-tree -r --name-only --diff-filter=AM "$base" "$tip" | grep '\.c$' | grep -v '^tools/')
	[ ${#objects[@]} -gt 0 ] || return 0
	mkdir -p "$obj"
	[ -e "$obj/.config" ] || "${kmake[@]}" -s allmodconfig >"$obj/build.log" 2>&1 ||
		die "$2: no allmodconfig: see $obj/build.log"
	say "$2: ${#objects[@]} objects, see $obj/build.log"
	(cd "$obj" && rm -f "${objects[@]}")
	"${kmake[@]}" "${objects[@]}" >"$obj/build.log" 2>&1 || :
	builds+=("$obj")
}
