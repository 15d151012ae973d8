# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Warnings of the compiler at W=1, of sparse and of kernel-doc that a file of
# the series has and the same file in base has not. Each file is compiled by the
# command that kbuild left beside its object, into nothing, so that neither the
# tree nor the object folder changes.

check_warnings() {
	local path build bad=0

	for build in "${builds[@]}"; do
		[ -f "$build/include/generated/autoconf.h" ] ||
			die "--build $build: not a folder of built kernel objects"
	done
	g update-index -q --refresh >/dev/null || :
	{ [ "$(g rev-parse HEAD)" = "$tip" ] && g diff-index --quiet HEAD; } ||
		die "$tree: --build needs the series as it is now in the tree: run series apply"
	command -v sparse >/dev/null || die "sparse is missing: apt-get install sparse"
	extra_flags
	find_files
	for path in "${built[@]}"; do
		build=$(find_build "$path")
		new_warnings "$path" >"$tmp/new"
		[ -s "$tmp/new" ] || continue
		cat "$tmp/new" >&2
		bad=$((bad + 1))
	done
	[ $bad = 0 ] || die "new warnings in $bad of ${#built[@]} files"
	echo "W=1, sparse, kernel-doc: no new warning in ${#built[@]} files"
}

# $built, the files of the series that have an object. One that has none
# because no configuration gives it one is in not-built.txt, with the reason.
find_files() {
	local path why missing=()

	built=()
	while read -r path; do
		why=""
		[ ! -e "$series/not-built.txt" ] ||
			why=$(awk -F '\t+' -v path="$path" '$1 == path { print $2 }' "$series/not-built.txt")
		if [ -n "$(find_build "$path")" ]; then
			[ -z "$why" ] || die "$path: not-built.txt names it, and it is built"
			built+=("$path")
		elif [ -n "$why" ]; then
			echo "not built: $path: $why"
		else
			missing+=("$path")
		fi
	done < <(g diff-tree -r --no-renames --name-only --diff-filter=AM "$base" "$tip" |
		grep '\.c$' | grep -v '^tools/')
	[ ${#missing[@]} = 0 ] || die "no --build folder has an object of ${missing[*]}" \
		"(kernel/series/$version/not-built.txt is for what no configuration builds)"
}

# The first object folder in which kbuild compiled this tree's file $1
find_build() {
	local build cmd source

	cmd=$(dirname "$1")/.$(basename "$1" .c).o.cmd
	for build in "${builds[@]}"; do
		# ccache writes the path as seen from the object folder.
		source=$(sed -n 's/^source_.* := //p' "$build/$cmd" 2>/dev/null) || continue
		[ "$(cd "$build" && realpath -m "$source")" = "$tree/$1" ] || continue
		echo "$build"
		break
	done
}

# $w1_on and $w1_off, the options that W=1 adds and takes away, and $sparse_flags,
# those of C=1, from the tree's own makefiles.
extra_flags() {
	# shellcheck disable=SC2016 # awk's dollars
	local block='
		/^ifneq .*findstring 1,.*KBUILD_EXTRA_WARN/ { part = "on"; next }
		part && /^if/ { depth++ }
		part && /^endif/ && depth-- == 0 { exit }
		part && /^else/ && depth == 0 { part = "off" }
		part == want { while (match($0, /-[WD][A-Za-z0-9_=-]+/)) {
			print substr($0, RSTART, RLENGTH)
			$0 = substr($0, RSTART + RLENGTH) } }'

	w1_on=$(awk -v want=on "$block" "$tree/scripts/Makefile.warn" | paste -sd' ')
	w1_off=$(awk -v want=off "$block" "$tree/scripts/Makefile.warn" | sed 's/.*/ & /')
	{ [ -n "$w1_on" ] && [ -n "$w1_off" ]; } ||
		die "$tree/scripts/Makefile.warn: the options of W=1 were not found"
	# sparse 0.6.4 doesn't know this operator of gcc 14, nor that the length of a
	# literal is constant (MODULE_INFO() asserts something about it).
	sparse_flags="-D__typeof_unqual__=__typeof__ '-D__builtin_strlen(s)=(sizeof(s)-1)' $(sed -n \
		'/^CHECKFLAGS .*:=/,/[^\\]$/{s/.*:=//;s/\\$//;s/[$](CF)//;p}' "$tree/Makefile" | paste -sd' ')"
}

# Print the warnings that file $1, compiled as in $build, has and had not in
# base. What moved to another line is not new.
new_warnings() {
	local old=$tmp/base/$1 object=$build/${1%.c}.o

	warnings "$object" "$tree/$1" >"$tmp/tip.txt"
	[ -s "$tmp/tip.txt" ] || return 0
	: >"$tmp/base.txt"
	if g cat-file -e "$base:$1" 2>/dev/null; then
		mkdir -p "$(dirname "$old")"
		g cat-file blob "$base:$1" >"$old"
		# Its headers stay where they are, and come before others of their name.
		warnings "$object" "$old" "-I$(dirname "$tree/$1")" >"$tmp/base.txt"
	fi
	# What could not be looked at is not as it was in base.
	awk 'FILENAME == ARGV[2] && /: error: (not compiled|sparse was killed)$/ { print; next }
		{ text = $0; gsub(/[^ ]*\//, "", text); gsub(/:[0-9]+/, "", text) }
		FILENAME == ARGV[1] { seen[text]++; next }
		seen[text]-- <= 0' "$tmp/base.txt" "$tmp/tip.txt"
}

# Only what is said of a file that the series touches: a header of the kernel
# that sparse dislikes is not ours to mend.
of_series() {
	g diff-tree -r --no-renames --name-only "$base" "$tip" >"$tmp/touched"
	sed "s,^$tree/,,; s,^$tmp/base/,," | awk -F: 'NR == FNR { ours[$1]; next } $1 in ours' "$tmp/touched" -
}

# All warnings of source $2 by the command that made object $1, with option $3 first
warnings() {
	local command flag

	command=$(sed -n '1{s/^savedcmd_[^ ]* := //;s/ -Wp,-MMD,[^ ]*//;s/ -c -o .*//;p}' \
		"${1%/*}/.${1##*/}.cmd")
	command="${command%% -*} ${3:-} -${command#* -} "
	for flag in -Werror $w1_off; do
		command=${command// $flag / }
	done
	(
		cd "$build"
		export CCACHE_DISABLE=1 PYTHONDONTWRITEBYTECODE=1
		eval "$command $w1_on -S -o /dev/null $2" 2>&1 || echo "$2: error: not compiled"
		eval "sparse $sparse_flags -${command#* -} $2" 2>&1 || [ $? -lt 128 ] ||
			echo "$2: error: sparse was killed"
		"$tree/tools/docs/kernel-doc" -none "$2" 2>&1 || echo "$2: error: kernel-doc failed"
	) | grep -iE '(warning|error): ' | of_series || :
}
