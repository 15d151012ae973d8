# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
. "$top/scripts/series/build.sh"

build_series "$series" "$files"
echo "$tip"
