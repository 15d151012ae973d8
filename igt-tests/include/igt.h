/* SPDX-License-Identifier: MIT */
/*
 * The part of libigt's interface that these tests use, for machines that have
 * the library (package intel-gpu-tools, 1.27.1 or later) but not its headers.
 * In an IGT tree this file stays behind: "igt.h" is IGT's own there.
 *
 * Only names and signatures of exported functions are stated here; the build
 * checks that the installed library exports each of them (check-symbols).
 *
 * libigt leaves a subtest with siglongjmp(): a variable that one writes
 * and others read must not be local to the test's main.
 */
#ifndef IGT_H
#define IGT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define IGT_LOG_DOMAIN "igt"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define __igt_printf(a, b) __attribute__((format(printf, a, b)))
#define __igt_noreturn __attribute__((noreturn))

enum igt_log_level {
	IGT_LOG_DEBUG,
	IGT_LOG_INFO,
	IGT_LOG_WARN,
	IGT_LOG_CRITICAL,
	IGT_LOG_NONE,
};

struct option;

extern jmp_buf igt_subtest_jmpbuf;

int igt_subtest_init_parse_opts(int *argc, char **argv, const char *extra_short_opts,
				const struct option *extra_long_opts, const char *help_str,
				int (*extra_opt_handler)(int opt, int index, void *data),
				void *handler_data);
void igt_exit(void) __igt_noreturn;

bool __igt_run_subtest(const char *name, const char *file, const int line);
void igt_success(void);
void igt_describe_f(const char *fmt, ...) __igt_printf(1, 2);

void __igt_skip_check(const char *file, const int line, const char *func, const char *check,
		      const char *fmt, ...) __igt_printf(5, 6) __igt_noreturn;
void __igt_fail_assert(const char *domain, const char *file, const int line, const char *func,
		       const char *assertion, const char *fmt, ...)
	__igt_printf(6, 7) __igt_noreturn;
void igt_log(const char *domain, enum igt_log_level level, const char *fmt, ...) __igt_printf(3, 4);

/* Where debugfs is mounted; mounts it when it isn't. */
const char *igt_debugfs_mount(void);

/* The library prints it under --help-description when the test defines it. */
#define IGT_TEST_DESCRIPTION(text) const char *__igt_test_description = text

#define __igt_paste2(a, b) a##b
#define __igt_paste(a, b) __igt_paste2(a, b)
#define __igt_local(name) __igt_paste(__igt_##name, __LINE__)

#define igt_main                                                                                   \
	static void igt_test_main(void);                                                           \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		igt_subtest_init_parse_opts(&argc, argv, NULL, NULL, NULL, NULL, NULL);            \
		igt_test_main();                                                                   \
		igt_exit();                                                                        \
	}                                                                                          \
	static void igt_test_main(void)

/* igt_success() does not return here: it jumps, and the condition ends the loop. */
#define igt_subtest(name)                                                                          \
	for (; __igt_run_subtest(name, __FILE__, __LINE__) && !sigsetjmp(igt_subtest_jmpbuf, 1);   \
	     igt_success())

#define igt_subtest_f(fmt...)                                                                      \
	for (char __igt_local(name)[256];                                                          \
	     snprintf(__igt_local(name), sizeof(__igt_local(name)), fmt),                          \
	     __igt_run_subtest(__igt_local(name), __FILE__, __LINE__) &&                           \
		     !sigsetjmp(igt_subtest_jmpbuf, 1);                                            \
	     igt_success())

#define igt_describe(text) igt_describe_f("%s", text)

#define igt_require_f(cond, fmt...)                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			__igt_skip_check(__FILE__, __LINE__, __func__, #cond, fmt);                \
	} while (0)

#define igt_assert_f(cond, fmt...)                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			__igt_fail_assert(IGT_LOG_DOMAIN, __FILE__, __LINE__, __func__, #cond,     \
					  fmt);                                                    \
	} while (0)
#define igt_assert(cond) igt_assert_f(cond, NULL)

#define igt_info(fmt...) igt_log(IGT_LOG_DOMAIN, IGT_LOG_INFO, fmt)

#endif
