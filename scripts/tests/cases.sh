# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Runs cases written as functions test_*, each in an empty folder of its own;
# sourced by who sets work, a folder. A case fails at its first command that
# fails.

passed=0 failed=0 work=${work:?}

# run_case NAME FOLDER
run_case() {
	local status

	# Not as a condition: there, set -e would be off inside.
	set +e
	(set -e; cd "$2"; "$1") >"$work/log" 2>&1
	status=$?
	set -e
	if [ $status = 0 ]; then
		passed=$((passed + 1))
		echo "ok - ${1//_/ }"
	else
		failed=$((failed + 1))
		echo "not ok - ${1//_/ }"
		sed 's/^/# /' "$work/log"
	fi
}

# The cases with WORD in their name, or all.
cases() {
	declare -F | awk -v word="${1:-}" '$3 ~ /^test_/ && $3 ~ word { print $3 }'
}

cases_end() {
	echo "$passed passed, $failed failed"
	[ $((passed + failed)) != 0 ] || echo "no case has that word in its name"
	[ $failed = 0 ] && [ $passed != 0 ]
}

# Under set -e, `! command` would pass in any case.
fails() {
	if "$@"; then
		echo "$* succeeded"
		return 1
	fi
}

# refused TEXT COMMAND...: it fails with TEXT in its only line on stderr, but
# for lines of progress and of waiting.
refused() {
	local text=$1 status=0

	shift
	"$@" >/dev/null 2>"$work/err" || status=$?
	cat "$work/err"
	[ $status = 1 ]
	[ "$(grep -vcE '^source: | is in use; waiting$' "$work/err")" = 1 ]
	grep -qF -- "$text" "$work/err"
}

# intercept PROGRAM LINES: PATH begins with a PROGRAM that runs the shell LINES
# and then, unless they exit, the real one.
intercept() {
	mkdir -p "$PWD/bin"
	printf '#!/bin/bash\n%s\nexec %s "$@"\n' "$2" "$(command -v "$1")" >"$PWD/bin/$1"
	chmod +x "$PWD/bin/$1"
	[[ $PATH == "$PWD/bin:"* ]] || PATH=$PWD/bin:$PATH
}

# namespace -n|-m COMMAND...: without a network, or with mounts of its own.
namespace() {
	[ "$(id -u)" = 0 ] || set -- -r "$@"
	unshare "$@"
}
