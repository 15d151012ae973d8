# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree, objects, here and work: series-test
# SPDX-License-Identifier: GPL-2.0
# A repository with scripts/series, a "kernel" of a few files, three commits
# on it, and helpers of the cases.

# repo/ (scripts, kernel/) and tree/ (base, the series applied), right here
make_fixture() {
	repo=$PWD/repo tree=$PWD/tree
	mkdir -p "$repo/scripts" "$repo/kernel/series/7.3" "$tree/scripts" "$tree/tools/docs"
	cp -r "$here/../series" "$here/../common.sh" "$repo/scripts"
	printf 'pool: a pool\n\nWhat it is for.\n' >"$repo/kernel/series/7.3/cover.txt"
	repo_git init -q --template=

	make_base
	commit_series
	series refresh
	repo_git add kernel
	repo_git commit -q -m series
}

make_base() {
	printf 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\n' >"$tree/Makefile"
	cat >>"$tree/Makefile" <<-'END'
	CHECKFLAGS     := -Wbitwise \
			  -Wno-return-void $(CF)
	END
	seq -f 'extern int line%g;' 40 >"$tree/core.c"
	printf 'one\r\ntwo\r\n' >"$tree/dos.txt"
	echo 'tracked all the same' >"$tree/kept.o"
	echo '*.o' >"$tree/.gitignore"
	seq 9 >"$tree/other"
	cat >"$tree/scripts/Makefile.warn" <<-'END'
	ifneq ($(findstring 1, $(KBUILD_EXTRA_WARN)),)
	KBUILD_CFLAGS += -Wmissing-prototypes
	else
	KBUILD_CFLAGS += -Wno-unused-const-variable
	endif
	END
	# Stand-ins that find one thing each
	cat >"$tree/scripts/checkpatch.pl" <<-'END'
	#!/bin/sh
	! grep -Hn BADSTYLE "$6"
	END
	cat >"$tree/scripts/get_maintainer.pl" <<-'END'
	#!/bin/sh
	grep -q '^+++ b/pool/' && cat "$2"
	echo 'THE REST'
	END
	echo 'POOL' >"$tree/MAINTAINERS"
	cat >"$tree/tools/docs/kernel-doc" <<-'END'
	#!/bin/sh
	! grep -Hn 'warning: doc' "$2"
	END
	chmod +x "$tree"/scripts/*.pl "$tree/tools/docs/kernel-doc"
	tree_git init -q --template= -b base
	tree_git add -f .
	tree_git commit -q -m base
}

# Two commits that touch core.c, the second but one adding files
commit_series() {
	tree_git checkout -q -b iobounce
	edit core.c 's/line5;/five;/'
	edit kept.o 's/all/just/'
	save 'core: five' $'A reason, à la kernel.\n\nSigned-off-by: Jérôme <j@example.org>'
	mkdir "$tree/pool"
	printf 'extern int pool;\t \n' >"$tree/pool/pool.c"
	printf '#!/bin/sh\n' >"$tree/pool/run"
	chmod +x "$tree/pool/run"
	save 'pool: add it' 'New files only.'
	edit core.c 's/line30;/thirty;  /'
	edit dos.txt 's/two/zwei/'
	save 'core: thirty' 'Trailing blanks and line ends stay.'
}

tree_git() {
	git -C "$tree" -c user.name=Jérôme -c user.email=j@example.org "$@"
}

repo_git() {
	git -C "$repo" -c user.name=Jérôme -c user.email=j@example.org "$@"
}

series() {
	"$repo/scripts/series/series" "$@" --tree "$tree"
}

edit() {
	sed -i "$2" "$tree/$1"
}

# Commit all that differs with subject $1 and text $2
save() {
	tree_git add -f .
	tree_git commit -q -m "$1" -m "${2:-}"
}

mail() {
	echo "$repo"/kernel/series/7.3/"$1"-*.patch
}

id() {
	tree_git rev-parse "$1"
}

tree_is_clean() {
	[ -z "$(tree_git status --porcelain)" ]
}

repo_is_clean() {
	[ -z "$(repo_git status --porcelain kernel)" ]
}
