# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# apt with a configuration of its own, so that neither the system's sources nor
# its lists change and no root is needed; the mirrors are those that the machine
# itself uses. One at a time. Sourced, behind common.sh.

# _mirror SUITE: whence the machine takes it; its own lists may still be missing.
_mirror() {
	apt-get --print-uris update | sed -n "s,^'\(.*\)/dists/$1/InRelease'.*,\1,p" | sed -n 1p
}

# apt_begin ELSE [ARCHITECTURE]: fetch the lists. $apt is the folder that holds them,
# archives and a log, $apt_options what every call of apt needs. ELSE is what an error
# says besides, of how to do without.
apt_begin() {
	local main security key='signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'

	# shellcheck disable=SC2154 # common.sh's
	apt=$cache/apt${2:+-$2}
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	main=$(_mirror bookworm)
	security=$(_mirror bookworm-security)
	[ -n "$main" ] || die "apt knows no mirror of Debian's bookworm on this machine: see sources.list(5); $1"
	{
		[ -n "${2:-}" ] || echo "deb [$key] $main trixie-backports main" # the newest kernel
		[ -z "$security" ] || echo "deb [$key] $security bookworm-security main"
		echo "deb [$key] $main bookworm main"
	} >"$apt/sources.list"
	apt_options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
		-o Dir::State::status=/dev/null -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives"
		-o APT::Sandbox::User= -o APT::Get::AllowUnauthenticated=false
		${2:+-o "APT::Architecture=$2" -o "APT::Architectures=$2"})
	apt-get "${apt_options[@]}" update --error-on=any >"$apt/log" 2>&1 ||
		die "the Debian mirror did not answer ($(grep -m 1 '^[EW]:' "$apt/log")): is there a network? $1"
}
