/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The matrix of igt-tests/matrix.txt: what comes of each subtest on each machine,
 * with the attribute off, on, and on for edu alone. The file says how it is written.
 */
#ifndef IOBOUNCE_VM_MATRIX_H
#define IOBOUNCE_VM_MATRIX_H

struct job;
struct matrix;

/* Dies when the file is wrong. */
struct matrix *matrix_read(const char *path);
void matrix_free(struct matrix *m);
/*
 * Demands of each job that has an attribute what its cells say; of a machine
 * without a column nothing is demanded.
 */
void matrix_demand(const struct matrix *m, const char *machine, struct job *jobs);

#endif
