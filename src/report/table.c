/* Tables for a terminal: every cell becomes lines, every column gets a width, then rows are printed
 * line by line. Padding is written only in front of text, so no line ends in spaces. */
#include "report/report.h"

#include <assert.h>
#include <string.h>

#include "base/vec.h"
#include "i18n/i18n.h"
#include "report/wrap.h"

#define GAP 2           /* spaces between columns */
#define WRAPPED_MIN 12u /* columns that a wrapping column keeps however narrow the terminal is */

void su_table_init(struct su_table *table, struct su_arena *arena)
{
    *table = (struct su_table){.arena = arena};
}

void su_table_col(struct su_table *table, const char *title, enum su_align align, bool wrap)
{
    assert(table->n_rows == 0);
    struct su_table_col *cols = SU_NEW_ARRAY(table->arena, table->n_cols + 1, struct su_table_col);
    if (table->n_cols > 0)
        memcpy(cols, table->cols, table->n_cols * sizeof(cols[0]));
    cols[table->n_cols++] = (struct su_table_col){title, align, wrap};
    table->cols = cols;
}

void su_table_row(struct su_table *table, const char *const *cells)
{
    size_t n = table->n_cols;
    if (n == 0)
        return;
    table->cells = su_vec_grown(table->arena, table->cells, table->n_rows, &table->cap_rows,
                                n * sizeof(table->cells[0]));
    memcpy(table->cells + table->n_rows * n, cells, n * sizeof(cells[0]));
    table->n_rows++;
}

/* Text of a cell; 0 is the title row. */
static const char *cell_text(const struct su_table *table, size_t row_plus_1, size_t col)
{
    const char *text = row_plus_1 == 0 ? table->cols[col].title
                                       : table->cells[(row_plus_1 - 1) * table->n_cols + col];
    return text == NULL ? "-" : text;
}

static size_t natural_width(const struct su_table *table, size_t col)
{
    size_t widest = 0;
    for (size_t r = 0; r <= table->n_rows; r++) {
        size_t mark = su_arena_mark(table->arena);
        struct su_wrap lines;
        su_wrap_text(table->arena, cell_text(table, r, col), 0, &lines);
        for (size_t i = 0; i < lines.n; i++) {
            if (lines.items[i].width > widest)
                widest = lines.items[i].width;
        }
        su_arena_rewind(table->arena, mark);
    }
    return widest;
}

/* Gives the wrapping columns what is left, in equal parts, except that one which needs less than
 * its part leaves the rest to the others: smallest first, so one pass is enough. */
static void share(const struct su_table *table, size_t *widths, size_t left)
{
    size_t n_open = 0;
    bool *done = SU_NEW_ARRAY(table->arena, table->n_cols, bool);
    for (size_t c = 0; c < table->n_cols; c++) {
        done[c] = !table->cols[c].wrap;
        n_open += table->cols[c].wrap ? 1 : 0;
    }
    for (; n_open > 0; n_open--) {
        size_t best = SIZE_MAX;
        for (size_t c = 0; c < table->n_cols; c++) {
            if (!done[c] && (best == SIZE_MAX || widths[c] < widths[best]))
                best = c;
        }
        size_t part = left / n_open;
        if (part < WRAPPED_MIN)
            part = WRAPPED_MIN;
        if (widths[best] > part)
            widths[best] = part;
        left = left > widths[best] ? left - widths[best] : 0;
        done[best] = true;
    }
}

/* Widths of all columns; returns the width of the whole table. */
static size_t lay_out(const struct su_table *table, size_t *widths, size_t limit)
{
    size_t total = GAP * (table->n_cols - 1);
    size_t wrapping = 0;
    for (size_t c = 0; c < table->n_cols; c++) {
        widths[c] = natural_width(table, c);
        total += widths[c];
        wrapping += table->cols[c].wrap ? widths[c] : 0;
    }
    if (limit == 0 || total <= limit || wrapping == 0)
        return total;
    size_t fixed = total - wrapping;
    share(table, widths, limit > fixed ? limit - fixed : 0);
    total = fixed;
    for (size_t c = 0; c < table->n_cols; c++)
        total += table->cols[c].wrap ? widths[c] : 0;
    return total;
}

static void write_row(struct su_buf *out, const struct su_table *table, const size_t *widths,
                      size_t row_plus_1)
{
    struct su_wrap *cells = SU_NEW_ARRAY(table->arena, table->n_cols, struct su_wrap);
    size_t n_lines = 0;
    for (size_t c = 0; c < table->n_cols; c++) {
        size_t limit = table->cols[c].wrap ? widths[c] : 0;
        su_wrap_text(table->arena, cell_text(table, row_plus_1, c), limit, &cells[c]);
        if (cells[c].n > n_lines)
            n_lines = cells[c].n;
    }
    for (size_t i = 0; i < n_lines; i++) {
        size_t pending = 0;
        for (size_t c = 0; c < table->n_cols; c++) {
            struct su_wrap_line line = {0};
            if (i < cells[c].n)
                line = cells[c].items[i];
            size_t blank = widths[c] > line.width ? widths[c] - line.width : 0;
            bool right = table->cols[c].align == SU_ALIGN_RIGHT;
            pending += right ? blank : 0;
            if (line.n > 0) {
                su_buf_pad(out, ' ', pending);
                su_buf_add(out, line.p, line.n);
                pending = 0;
            }
            pending += (right ? 0 : blank) + GAP;
        }
        su_buf_putc(out, '\n');
    }
}

void su_table_write_text(struct su_buf *out, const struct su_table *table, size_t width)
{
    if (table->n_cols == 0)
        return;
    size_t mark = su_arena_mark(table->arena);
    size_t *widths = SU_NEW_ARRAY(table->arena, table->n_cols, size_t);
    size_t total = lay_out(table, widths, width);
    for (size_t r = 0; r <= table->n_rows; r++) {
        size_t row_mark = su_arena_mark(table->arena);
        write_row(out, table, widths, r);
        su_arena_rewind(table->arena, row_mark);
        for (size_t i = 0; r == 0 && i <= total; i++)
            su_buf_puts(out, i < total ? "─" : "\n");
    }
    su_arena_rewind(table->arena, mark);
}
