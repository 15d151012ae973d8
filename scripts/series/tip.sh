# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
. "$root/scripts/series/build.sh"

build_series "$series" "$files"
echo "$tip"
