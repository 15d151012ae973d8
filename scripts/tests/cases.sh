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
	(set -e; cd "$2"; [ -z "${TRACE:-}" ] || set -x; "$1") >"$work/log" 2>&1
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
	[ $failed = 0 ] && [ $passed != 0 ]
}
