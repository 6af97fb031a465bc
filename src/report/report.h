/* Tables as text and CSV. Knows no module of the product: app fills in words and numbers. */
#ifndef SU_REPORT_REPORT_H
#define SU_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

enum su_align { SU_ALIGN_LEFT, SU_ALIGN_RIGHT };

struct su_table_col {
    const char *title;
    enum su_align align;
    bool wrap; /* the column that gives way when the table is wider than the terminal */
};

/* Cells are UTF-8 text owned by the arena. */
struct su_table {
    struct su_arena *arena;
    struct su_table_col *cols;
    size_t n_cols;
    const char **cells; /* n_rows * n_cols, row by row */
    size_t n_rows;
    size_t cap_rows;
};

void su_table_init(struct su_table *table, struct su_arena *arena);
/** Columns first, then rows. */
void su_table_col(struct su_table *table, const char *title, enum su_align align, bool wrap);
/** Adds a row; cells: n_cols pointers, copied; NULL shows as "-". */
void su_table_row(struct su_table *table, const char *const *cells);

/** Aligned by display width, title row and a rule below it; wrapped columns share what is left of
 * width columns (0 = no limit), breaking at spaces or between CJK characters. */
void su_table_write_text(struct su_buf *out, const struct su_table *table, size_t width);
/** RFC 4180 with a UTF-8 byte-order mark, so that Excel keeps Chinese. */
void su_table_write_csv(struct su_buf *out, const struct su_table *table);

/** Paragraph wrapped at width columns (0 = none), every line indented. */
void su_report_paragraph(struct su_buf *out, const char *text, size_t indent, size_t width);
/** "Title" underlined by its display width. */
void su_report_heading(struct su_buf *out, const char *title);

#endif
