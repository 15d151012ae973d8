#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs each argument, a program of $O with its arguments, and counts; run by
# make check.  Output goes to $O/PROGRAM.log, its end is shown on failure.
set -u

cd "$(dirname "$0")" || exit 2
out=${O:-out}
passed=0
failed=0

for test in "$@"; do
	read -ra words <<<"$test"
	log=$out/${words[0]}.log
	if "$out/${words[0]}" "${words[@]:1}" >"$log" 2>&1; then
		echo "pass $test: $(tail -n 1 "$log")"
		passed=$((passed + 1))
	else
		echo "FAIL $test: see $log, which ends"
		{ grep -aE '^(auto|case|random|replay|threads):|shim:|SUMMARY' "$log" ||
			cat "$log"; } | tail -n 3
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
