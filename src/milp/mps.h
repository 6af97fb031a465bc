/* A mixed-integer linear program as read from free-format MPS text. */
#ifndef SU_MILP_MPS_H
#define SU_MILP_MPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Guards against a wrong file; far above any fleet. */
#define SU_MPS_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define SU_MPS_COLS_MAX ((size_t)4 * 1000 * 1000)
#define SU_MPS_ROWS_MAX ((size_t)4 * 1000 * 1000)
#define SU_MPS_NONZEROS_MAX ((size_t)64 * 1000 * 1000)

/* min or max of objective + offset, subject to row_lower <= A x <= row_upper and bounds; A is held
 * by columns. Infinite bounds are ±INFINITY. */
struct su_mps {
    bool maximise;
    double offset;
    size_t n_rows;
    size_t n_cols;
    const char **col_names;
    int *col_starts; /* [n_cols + 1] into rows and values */
    int *rows;
    double *values;
    double *objective; /* [n_cols] */
    double *col_lower;
    double *col_upper;
    bool *is_integer;
    double *row_lower; /* [n_rows] */
    double *row_upper;
};

/**
 * Reads MPS: fields separated by blanks, sections NAME, OBJSENSE, ROWS, COLUMNS (with integer
 * markers), RHS, RANGES, BOUNDS, ENDATA; comment lines start with '*'. A variable without bounds is
 * 0 <= x < infinity, an integer one too (some programs take 0..1 there: write the bounds). A right
 * side given for the objective row is minus the constant, as usual. Rows of kind N after the first
 * are ignored. Everything returned lives in arena. SU_ERR_INPUT with "name:line".
 */
SU_MUST_CHECK enum su_status su_mps_read(struct su_arena *arena, struct su_str text,
                                         const char *name, struct su_mps *mps, struct su_err *err);

#endif
