/* Any bytes as CSV: no crash, an error names its line, and an accepted table that is written again
 * reads back cell by cell. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "%s:\n%s\n", what, text);
    abort();
}

static void write_row(struct su_buf *out, const char *const *cells, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        if (c > 0)
            su_buf_putc(out, ',');
        su_csv_write_cell(out, cells[c]);
    }
    su_buf_puts(out, "\r\n");
}

static void same_row(const char *const *a, const char *const *b, size_t n, const char *text)
{
    for (size_t c = 0; c < n; c++)
        must(strcmp(a[c], b[c]) == 0, "a cell changed", text);
}

static void come_back(struct su_arena *arena, const struct su_csv *csv)
{
    struct su_buf out;
    su_buf_init(&out);
    su_buf_puts(&out, "\xef\xbb\xbf");
    write_row(&out, csv->cols, csv->n_cols);
    for (size_t r = 0; r < csv->n_rows; r++)
        write_row(&out, csv->rows[r].cells, csv->n_cols);
    struct su_csv back;
    struct su_err err = {0};
    must(su_csv_parse(arena, (struct su_str){out.p, out.n}, "out", &back, &err) == SU_OK,
         err.message, out.p);
    must(back.n_cols == csv->n_cols && back.n_rows == csv->n_rows, "the shape changed", out.p);
    same_row(back.cols, csv->cols, csv->n_cols, out.p);
    for (size_t r = 0; r < csv->n_rows; r++)
        same_row(back.rows[r].cells, csv->rows[r].cells, csv->n_cols, out.p);
    su_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_csv csv;
    struct su_err err = {0};
    if (su_csv_parse(&arena, (struct su_str){(const char *)data, size}, "in", &csv, &err) == SU_OK)
        come_back(&arena, &csv);
    else
        must(err.status == SU_ERR_INPUT && strncmp(err.where, "in:", 3) == 0, "no line", err.where);
    su_arena_release(&arena);
    return 0;
}
