# shellcheck shell=bash
# shellcheck disable=SC2034 # used where it is sourced
# What the scripts share; sourced, never run.

set -eu -o pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${IOBOUNCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iobounce}
export IOBOUNCE_CACHE=$cache

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

say() {
	echo "$*" >&2
}

# need_space DIR GIB: a build that dies of a full disk after half an hour is
# worse than one that never began.
need_space() {
	local free

	mkdir -p "$1" || die "cannot make $1: set IOBOUNCE_CACHE to a folder that can be written"
	free=$(df --output=avail -k "$1" | tail -n 1)
	[ "$free" -ge $(($2 << 20)) ] ||
		die "$1 has $((free >> 10)) MiB free and $2 GiB are needed: make room, or set IOBOUNCE_CACHE to a folder on another disk"
}

# version_of TREE: 7.3.4, from the four first lines of the Makefile.
version_of() {
	awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { p = $3 } $1 == "SUBLEVEL" { s = $3 }
	     $1 == "EXTRAVERSION" { if (p == "") exit 1; print v "." p "." s $3; exit }' \
		"$1/Makefile" 2>/dev/null
}
