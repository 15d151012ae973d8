# shellcheck shell=bash
# shellcheck disable=SC2034 # used where it is sourced
# SPDX-License-Identifier: GPL-2.0
# What the scripts share; sourced, never run.

set -eu -o pipefail
shopt -s inherit_errexit

# Nothing of the caller's may change what is built or how messages read: no
# locale, no repository and configuration of git, no settings of kbuild, kconfig
# and ccache, no options of a make around it. A checkout or a kernel tree may
# belong to another user (a container's, say), so git is to trust any folder.
export LC_ALL=C
# shellcheck disable=SC2046 # one word a variable; git may still be missing
unset CDPATH $(git rev-parse --local-env-vars 2>/dev/null)
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
unset ARCH SUBARCH CROSS_COMPILE LLVM LLVM_IAS KCPPFLAGS KCFLAGS KAFLAGS KRUSTFLAGS
unset "${!KBUILD_@}" "${!KCONFIG_@}" "${!CCACHE_@}" MAKEFLAGS GNUMAKEFLAGS MFLAGS MAKELEVEL

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

say() {
	echo "$*" >&2
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# util.c's cache_dir() finds the same folder.
if [ -z "${IOBOUNCE_CACHE:-}" ]; then
	cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
	[ -n "$cache" ] || die "HOME is not set: set IOBOUNCE_CACHE to the folder for sources and objects"
	IOBOUNCE_CACHE=$cache/iobounce
fi
cache=$(realpath -m -- "$IOBOUNCE_CACHE")
[[ $cache != *[[:space:]:]* ]] ||
	die "IOBOUNCE_CACHE=$cache: the kernel's make takes no path with blanks or colons: name another folder"
export IOBOUNCE_CACHE=$cache
export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$cache CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=6G

# need_space DIR GIB: a build that dies of a full disk after half an hour is
# worse than one that never began.
need_space() {
	local free elsewhere=""

	mkdir -p "$1" 2>/dev/null || die "cannot make $1: set IOBOUNCE_CACHE to a folder that can be written"
	free=$(df --output=avail -k "$1" | tail -n 1)
	[[ $1 != "$cache"* ]] || elsewhere=", or set IOBOUNCE_CACHE to a folder on another disk"
	[ "$free" -ge $(($2 << 20)) ] ||
		die "$1 has $((free >> 10)) MiB free and $2 GiB are needed: make room$elsewhere"
}

# alone DIR: from here to its end, this script has DIR to itself.
alone() {
	local lock

	exec {lock}<"$1"
	flock -n "$lock" && return
	say "${0##*/}: $1 is in use; waiting"
	flock "$lock"
}

# commits_tree LINUX: print a work tree in which any commit of LINUX can be checked
# out; the caller is alone with it. It lies as LINUX/iobounce does, but below a
# folder of its own: paths from the objects to the source are the same, and the
# compiler cache knows what does not differ.
commits_tree() {
	local tree=$cache/commits/linux/${1##*/}/iobounce

	git -C "$tree" rev-parse -q --verify HEAD >/dev/null 2>&1 || {
		rm -rf "$tree"
		git -C "$1/base" worktree add -q -f -f --detach --no-checkout "$tree" base
	}
	rm -f "$(git -C "$tree" rev-parse --absolute-git-dir)/index.lock" # of a killed run
	echo "$tree"
}

# flavour NAME: its line of kernel/config/flavours, without the name.
flavour() {
	awk -v f="$1" '$1 == f { $1 = ""; print; found = 1 } END { exit !found }' "$top/kernel/config/flavours" ||
		die "unknown flavour '$1': kernel/config/flavours has $(awk '!/^#/ { print $1 }' "$top/kernel/config/flavours" | xargs)"
}

# asked_of FLAVOUR: what it asks of the kernel's configuration, whichever of its
# fragments does.
asked_of() {
	local line fragments

	line=$(flavour "$1")
	read -r _ _ _ _ fragments <<<"$line"
	# shellcheck disable=SC2086 # one word a fragment
	(cd "$top/kernel/config" && printf '%s.config\n' $fragments | xargs grep -h '^CONFIG' | sort)
}

# release_of: 7.3, of a kernel's Makefile that comes in.
release_of() {
	awk '/^VERSION = / { v = $3 } /^PATCHLEVEL = / { print v "." $3 }'
}

# version_of TREE: 7.3.4, from the four first lines of the Makefile.
version_of() {
	awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { p = $3 } $1 == "SUBLEVEL" { s = $3 }
	     $1 == "EXTRAVERSION" { if (p == "") exit 1; print v "." p "." s $3; exit }' \
		"$1/Makefile" 2>/dev/null
}
