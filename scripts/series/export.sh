# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Write the series as mails into a folder, which appears whole or not at all.
. "$top/scripts/series/build.sh"
. "$top/scripts/series/mails.sh"

[ -n "$folder" ] || die "export: which folder shall the mails go to?"
folder=$(realpath -ms -- "$folder")
if [ -e "$folder" ]; then
	other=$(find "$folder" -mindepth 1 ! -name '[0-9]*.patch' -print -quit)
	{ [ -d "$folder" ] && [ -z "$other" ]; } ||
		die "$folder holds more than mails (${other:-it is a file}): name another folder"
fi
build_series "$series" "$files"
mkdir "$tmp/mails"
write_mails "$tmp/mails"
mkdir -p "$(dirname "$folder")"
part=$(mktemp -d -p "$(dirname "$folder")" mails.XXXXXX)
trap 'rm -rf "$tmp" "$part"' EXIT
cp -r "$tmp/mails/." "$part"
chmod "$(printf %o $((0777 & ~$(umask))))" "$part"
rm -rf "$folder"
mv "$part" "$folder"
echo "$folder: $(find "$folder" -name '[0-9]*.patch' | wc -l) mails"
