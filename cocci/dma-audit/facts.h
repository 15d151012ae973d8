/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fact rules (the folder cocci/facts) and the lines that they print:
 * kind, function, line, column, a, b, c, with tabs between; a line of kind '@'
 * names the file of those behind it.
 */
#ifndef DMA_AUDIT_FACTS_H
#define DMA_AUDIT_FACTS_H

#include "store.h"

/* Kinds of a fact, with what a, b and c are. */
enum {
	FACT_FUNCTION = 'F',	/* its name; its parameters */
	FACT_CALL = 'C',	/* the function called; its arguments */
	FACT_MEMBER_CALL = 'M',	/* the member called; the arguments; whose member */
	FACT_ASSIGN = 'A',	/* left side; right side */
	FACT_DECLARE = 'D',	/* type; name; initial value or nothing */
	FACT_RETURN = 'R',	/* the value or nothing */
	FACT_GOTO = 'G',	/* the label */
	FACT_OPS = 'O',		/* struct type; member; value: an initialised table */
	/* what is wrong, or "unchecked"; the buffer, or why; the line of the call */
	FACT_ORDER = 'W',
};

/*
 * All rules of @dir as one semantic patch, in the order of their names; die()s
 * when there is none. To be freed.
 */
char *facts_rules(const char *dir);

/*
 * Reads what a run of spatch has printed. @file_is(arg, path) names the file of
 * the facts that follow and says whether they are wanted.
 */
void facts_read(char *output, bool (*file_is)(void *arg, const char *path),
		void (*each)(void *arg, const struct fact *fact), void *arg);

#endif
