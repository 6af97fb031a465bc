/* CSV as RFC 4180 has it: quoted cells, doubled quotes, LF or CRLF. First row is the header. */
#ifndef SU_BASE_CSV_H
#define SU_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct su_csv_row {
    const char **cells; /* n_cols of the table, NUL-terminated */
    uint32_t line;      /* 1-based line of its first cell */
};

struct su_csv {
    const char *name; /* file name for messages */
    const char **cols;
    size_t n_cols;
    struct su_csv_row *rows;
    size_t n_rows;
};

/** Parses text; SU_ERR_INPUT with "name:line" when a row has another number of cells than the
 * header, a quote is open at the end, or a NUL byte is inside. */
SU_MUST_CHECK enum su_status su_csv_parse(struct su_arena *arena, struct su_str text,
                                          const char *name, struct su_csv *csv, struct su_err *err);

/** Index of a column; SU_ERR_INPUT naming the columns present when it is missing. */
SU_MUST_CHECK enum su_status su_csv_col(const struct su_csv *csv, const char *col, size_t *index,
                                        struct su_err *err);

/** "file:line" of a row, for messages. */
const char *su_csv_where(struct su_arena *arena, const struct su_csv *csv,
                         const struct su_csv_row *row);

/**
 * Splits one row that is all of line into views of it, for files that are streamed: a quoted cell
 * loses its outer quotes and keeps inner ones doubled. Gives the number of cells, which may exceed
 * max (only so many are filled). False when a quote is not closed or text follows it.
 */
bool su_csv_split(struct su_str line, struct su_str *cells, size_t max, size_t *n);

/** Writes one cell, quoted when it must be. */
void su_csv_write_cell(struct su_buf *out, const char *cell);

#endif
