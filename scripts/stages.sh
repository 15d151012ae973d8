# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The stages of `make run` and `make check`: each is announced, timed and set
# beside its budget. Sourced.

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

stages=$top/out/stages.tsv
failed=0

# What the last road showed is gone at once: nothing old may be shown as new.
stages_begin() {
	mkdir -p "$top/out"
	exec 9<"$top/out"
	flock -n 9 || die "another make run, check or bench is at work in this checkout: wait for it"
	rm -rf "$top"/out/{summary.json,summary.txt,results,audit}
	printf 'stage\tbudget_s\tused_s\tresult\n' >"$stages"
	trap 'say "interrupted: what is done is kept, run it again"; exit 130' INT TERM
}

# stage NAME BUDGET-MINUTES COMMAND...: a failure is remembered, not final; the
# stage's own is in $result.
stage() {
	local name=$1 budget=$2 began=$SECONDS
	shift 2
	result=ok
	say "== $name"
	# What a command leaves in the background must not hold the lock.
	"$@" 9<&- || result=failed
	[ $result = ok ] || failed=1
	printf '%s\t%d\t%d\t%s\n' "$name" $((budget * 60)) $((SECONDS - began)) $result >>"$stages"
}

# need NAME BUDGET COMMAND...: what nothing after it can do without.
need() {
	stage "$@"
	[ $result = ok ] || stages_end
}

# stages_end [AUDIT]: the tables, out/summary.json, and the verdict; AUDIT is the
# folder of the audit's findings.
stages_end() {
	if [ $# -gt 0 ]; then
		say ""
		"$top/out/bin/summary" --plan "$top/scripts/guests.plan" --road "${0##*/}" \
			--results "$top/out/results" --audit "$1" --stages "$stages" \
			--out "$top/out/summary.json" | tee "$top/out/summary.txt" || failed=1
	fi
	say ""
	awk -F '\t' 'function row(name, budget, used, result) {
			printf "%-20s %7ds %7ds  %s%s\n", name, budget, used, result, (used > budget ? " (over)" : "")
		}
		NR == 1 { printf "%-20s %8s %8s  %s\n", "stage", "budget", "used", "result"; next }
		{ row($1, $2, $3, $4); budget += $2; used += $3; ok += $4 == "ok" }
		END { row("all", budget, used, "")
		      if (used > budget) printf "slower than planned: %d s over the budget\n", used - budget
		      printf "stages: %d passed, %d failed\n", ok, NR - 1 - ok }' "$stages" >&2
	exit $failed
}

# Two stages that hand a value on: the kernel's folder, and the path of
# vmlinux by flavour.
linux=
declare -A vmlinux
: "${vmlinux[@]}" # set by kernel_build, used by who sources this

# A kernel that the series is not for is refused before it is fetched.
kernel_source_with_series() {
	[ -n "${KDIR:-}${TARBALL:-}" ] || "$top/scripts/series/series" has "${KERNEL:-7.3}" || return
	kernel_source
}

kernel_source() {
	linux=$("$top/scripts/kernel-source") && say "Linux $(version_of "$linux/base") in $linux"
}

kernel_build() {
	vmlinux[$1]=$("$top/scripts/kernel-build" "$linux/iobounce" "$1")
}
