# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree, objects and work: series-test
# SPDX-License-Identifier: GPL-2.0

# What kbuild leaves beside the objects of files $@
built() {
	local name

	mkdir -p "$objects/include/generated"
	touch "$objects/include/generated/autoconf.h"
	for name; do
		mkdir -p "$objects/$(dirname "$name")"
		cat >"$objects/$(dirname "$name")/.$(basename "$name").o.cmd" <<-END
		savedcmd_$name.o := gcc -Wp,-MMD,$(dirname "$name")/.$(basename "$name").o.d -Wall -Werror -Wno-unused-const-variable -DX='"a b"' -c -o $name.o $tree/$name.c ; touch $objects/objtool

		source_$name.o := ../tree/$name.c
		END
	done
}

test_check_accepts_a_good_series() {
	built core pool/pool
	before=$(id HEAD)
	series check --build "$objects" >log
	cat log
	grep -q "3 commits, tip $before" log
	grep -q 'no new warning in 2 files$' log
	[ "$(find "$objects" -type f | wc -l)" = 3 ]
	[ "$(id HEAD)" = "$before" ]
	tree_is_clean
	repo_is_clean
}

test_check_refuses_bad_style() {
	edit core.c 's/line6;/BADSTYLE;/'
	series refresh
	fails series check 2>err
	cat err
	grep -q '^checkpatch: 0003-core-thirty.patch:[0-9]*:+extern int BADSTYLE;$' err
	grep -q 'complains about 1 mails' err
}

test_check_refuses_a_new_file_without_maintainer() {
	mkdir "$tree/depot"
	echo 'extern int depot;' >"$tree/depot/depot.c"
	save 'depot: add it'
	series refresh
	refused 'MAINTAINERS has no section for depot/depot.c' series check
}

test_check_refuses_another_form() {
	sed -i 's/^index .*/index 0123..4567 100644/' "$(mail 0001)"
	refused 'not in the form that refresh gives' series check
}

test_check_refuses_mails_that_git_am_makes_something_else_of() {
	# shellcheck disable=SC2016
	intercept git 'case "$*" in *" am -q"*) '"$(command -v git)"' "$@"
		cd "$2"; git -c user.name=x -c user.email=x commit -q --amend -m else; exit;; esac'
	refused 'git am makes something else' series check
}

# $1 in core.c is reported as $2 and ends the check.
warned() {
	built core pool/pool
	echo "$1" >>"$tree/core.c"
	series refresh
	fails series check --build "$objects" 2>err
	cat err
	grep -q "core.c:41.*$2" err
	grep -q 'new warnings in 1 of 2 files' err
}

test_check_reports_a_warning_that_w1_adds() {
	warned 'int f(void) { return 1; }' 'no previous prototype'
	fails grep 'not compiled' err
}

test_check_reports_a_warning_that_w1_lets_through() {
	warned 'static const int unused = 1;' 'defined but not used'
}

test_check_reports_what_does_not_compile() {
	warned 'int f(' 'error: expected'
}

test_check_reports_what_sparse_finds() {
	warned 'extern int __attribute__((noderef)) *p; static int g(void) { return *p; } int (*h)(void) = g;' \
		'dereference of noderef expression'
}

test_check_reports_what_kernel_doc_finds() {
	warned '/* warning: doc */' 'warning: doc'
}

test_check_knows_what_base_warns_of() {
	tree_git checkout -q base
	pristine_file='static const int unused = 1;'
	sed -i "1i $pristine_file" "$tree/core.c"
	tree_git commit -q --amend -a -m base
	tree_git checkout -q iobounce
	series apply
	series refresh
	built core pool/pool
	series check --build "$objects"
	echo 'static const int unused2 = 1;' >>"$tree/core.c"
	series refresh
	fails series check --build "$objects" 2>err
	cat err
	grep -q unused2 err
	fails grep -q 'unused[^2]*defined' err
}

# What nobody could look at is not as good as it was.
test_check_reports_what_base_does_not_compile_either() {
	tree_git checkout -q base
	echo 'int f(' >>"$tree/core.c"
	tree_git commit -q --amend -a -m base
	tree_git checkout -q iobounce
	series apply
	series refresh
	built core pool/pool
	fails series check --build "$objects" 2>err
	cat err
	grep -q 'core.c: error: not compiled' err
}

test_check_reports_that_sparse_was_killed() {
	built core pool/pool
	# shellcheck disable=SC2016 # the stand-in expands it
	intercept sparse 'kill -9 $$'
	fails series check --build "$objects" 2>err
	cat err
	grep -q 'core.c: error: sparse was killed' err
}

# What is compared is compiled elsewhere, where its own headers are not beside it.
test_check_compares_with_the_same_headers() {
	tree_git checkout -q base
	mkdir "$tree/sub" "$tree/include"
	echo '#define OWN' >"$tree/sub/priv.h"
	: >"$tree/include/priv.h"
	printf '%s\n' '#include "priv.h"' '#ifdef OWN' 'static const int unused = 1;' '#endif' >"$tree/sub/sub.c"
	tree_git add .
	tree_git commit -q --amend -m base
	tree_git checkout -q iobounce
	series apply
	echo '/* changed */' >>"$tree/sub/sub.c"
	save 'sub: change it'
	series refresh
	built core pool/pool sub/sub
	sed -i "s, -Wall, -I$tree/include&," "$objects/sub/.sub.o.cmd"
	series check --build "$objects"
}

# A header that the series touches is its own, any other is the kernel's.
test_check_reports_a_header_only_if_the_series_touches_it() {
	tree_git checkout -q base
	echo 'int odd(void) { return 1; }' >"$tree/odd.h"
	tree_git add odd.h
	tree_git commit -q --amend -m base
	tree_git checkout -q iobounce
	series apply
	sed -i '1i #include "odd.h"' "$tree/core.c"
	series refresh
	built core pool/pool
	series check --build "$objects"
	echo '/* ours now */' >>"$tree/odd.h"
	save 'odd: touch it'
	series refresh
	fails series check --build "$objects" 2>err
	cat err
	grep -q 'odd.h:1.*no previous prototype' err
}

test_check_wants_every_file_built() {
	built core
	refused 'no --build folder has an object of pool/pool.c (' series check --build "$objects"
	printf '# why\npool/pool.c\tincluded by core.c\n' >"$repo/kernel/series/7.3/not-built.txt"
	series check --build "$objects" >log
	cat log
	grep -qx 'not built: pool/pool.c: included by core.c' log
	grep -q 'no new warning in 1 files$' log
	built pool/pool
	refused 'pool/pool.c: not-built.txt names it, and it is built' series check --build "$objects"
}

test_check_wants_built_objects_of_this_series() {
	refused 'not a folder of built kernel objects' series check --build "$work"
	built core pool/pool
	edit core.c 's/line6;/six;/'
	series check
	refused 'run series apply' series check --build "$objects"
}
