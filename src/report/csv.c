/* Tables for spreadsheets. The byte-order mark is what makes Excel read UTF-8; rows end in CRLF as
 * RFC 4180 has it. A cell without a value is empty here: "-" would be text in a column of numbers.
 */
#include "base/csv.h"
#include "report/report.h"

static void write_row(struct su_buf *out, const struct su_table *table, const char *const *cells)
{
    for (size_t c = 0; c < table->n_cols; c++) {
        const char *text = cells == NULL ? table->cols[c].title : cells[c];
        if (c > 0)
            su_buf_putc(out, ',');
        su_csv_write_cell(out, text == NULL ? "" : text);
    }
    su_buf_puts(out, "\r\n");
}

void su_table_write_csv(struct su_buf *out, const struct su_table *table)
{
    su_buf_puts(out, "\xef\xbb\xbf");
    write_row(out, table, NULL);
    for (size_t r = 0; r < table->n_rows; r++)
        write_row(out, table, table->cells + r * table->n_cols);
}
