/* What the CSV files have in common: exactly the known columns, and cells checked one by one so
 * that a message names file, line and column. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "catalog/read.h"

/* Far above any price history; keeps the row-against-row checks short. */
#define TABLE_ROWS_MAX 20000

/* A column written "?name" may be absent. */
static const char *name_of(const char *col)
{
    return col[0] == '?' ? col + 1 : col;
}

static bool has_column(const struct su_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->n_cols; i++) {
        if (strcmp(csv->cols[i], name) == 0)
            return true;
    }
    return false;
}

static enum su_status check_columns(const struct su_csv *csv, const char *const *cols,
                                    size_t n_cols, struct su_err *err)
{
    for (size_t i = 0; i < csv->n_cols; i++) {
        size_t k = 0;
        while (k < n_cols && strcmp(name_of(cols[k]), csv->cols[i]) != 0)
            k++;
        if (k == n_cols) {
            const char *near = su_str_nearest(csv->cols[i], cols, n_cols);
            return SU_FAIL(err, SU_ERR_INPUT, csv->name,
                           "column \"%s\" is not a known column%s%s%s", csv->cols[i],
                           near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                           near == NULL ? "" : "\"?");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(csv->cols[j], csv->cols[i]) == 0)
                return SU_FAIL(err, SU_ERR_INPUT, csv->name, "column \"%s\" stands twice",
                               csv->cols[i]);
        }
    }
    return SU_OK;
}

enum su_status su_catalog_table_read(struct su_arena *arena, const char *path,
                                     const char *const *cols, size_t n_cols,
                                     struct su_catalog_table *table, struct su_err *err)
{
    struct su_str text;
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    *table = (struct su_catalog_table){.arena = arena, .cols = cols};
    SU_TRY(su_csv_parse(arena, text, path, &table->csv, err));
    if (table->csv.n_rows > TABLE_ROWS_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, path, "has %zu rows, the limit is %d", table->csv.n_rows,
                       TABLE_ROWS_MAX);
    SU_TRY(check_columns(&table->csv, cols, n_cols, err));
    for (size_t i = 0; i < n_cols; i++) {
        table->at[i] = SU_CATALOG_NO_COLUMN;
        if (cols[i][0] != '?' || has_column(&table->csv, name_of(cols[i])))
            SU_TRY(su_csv_col(&table->csv, name_of(cols[i]), &table->at[i], err));
    }
    return SU_OK;
}

const char *su_catalog_cell(struct su_catalog_row row, size_t col)
{
    size_t at = row.table->at[col];
    return at == SU_CATALOG_NO_COLUMN ? "" : row.row->cells[at];
}

enum su_status su_catalog_cell_fail(struct su_catalog_row row, size_t col, struct su_err *err,
                                    const char *fmt, ...)
{
    char message[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    const char *where = su_fmt(row.table->arena, "%s:%u: %s", row.table->csv.name, row.row->line,
                               name_of(row.table->cols[col]));
    return SU_FAIL(err, SU_ERR_INPUT, where, "%s", message);
}

/* True when the cell holds something; an empty required one is an error. */
static enum su_status check_present(struct su_catalog_row row, size_t col, enum su_doc_need need,
                                    bool *present, struct su_err *err)
{
    *present = su_catalog_cell(row, col)[0] != '\0';
    if (!*present && need == SU_DOC_REQUIRED)
        return su_catalog_cell_fail(row, col, err, "is empty, but is required");
    return SU_OK;
}

enum su_status su_catalog_cell_text(struct su_catalog_row row, size_t col, enum su_doc_need need,
                                    const char **out, struct su_err *err)
{
    bool present = false;
    SU_TRY(check_present(row, col, need, &present, err));
    const char *text = su_catalog_cell(row, col);
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return su_catalog_cell_fail(
                row, col, err, "holds a line break or control character, expected one line");
    }
    *out = text;
    return SU_OK;
}

enum su_status su_catalog_cell_number(struct su_catalog_row row, size_t col, enum su_doc_need need,
                                      double min, double max, double *out, struct su_err *err)
{
    bool present = false;
    SU_TRY(check_present(row, col, need, &present, err));
    if (!present)
        return SU_OK;
    double v = 0;
    const char *text = su_catalog_cell(row, col);
    if (!su_str_to_double(su_str_c(text), &v))
        return su_catalog_cell_fail(row, col, err, "is \"%s\", expected a number", text);
    if (!(v >= min && v <= max))
        return su_catalog_cell_fail(row, col, err, "is %g, expected %g..%g", v, min, max);
    *out = v;
    return SU_OK;
}

enum su_status su_catalog_cell_date(struct su_catalog_row row, size_t col, enum su_doc_need need,
                                    struct su_date *out, struct su_err *err)
{
    bool present = false;
    SU_TRY(check_present(row, col, need, &present, err));
    const char *text = su_catalog_cell(row, col);
    if (!present || su_date_parse(su_str_c(text), out))
        return SU_OK;
    return su_catalog_cell_fail(
        row, col, err, "is \"%s\", expected a date like 2026-05-01, 2026-05, 2026-Q2 or 2026",
        text);
}

enum su_status su_catalog_cell_word(struct su_catalog_row row, size_t col, enum su_doc_need need,
                                    const struct su_catalog_words *words, size_t *index,
                                    struct su_err *err)
{
    bool present = false;
    SU_TRY(check_present(row, col, need, &present, err));
    const char *text = su_catalog_cell(row, col);
    if (!present || su_catalog_words_find(words, text, index))
        return SU_OK;
    char list[256];
    su_catalog_words_list(words, list, sizeof(list));
    return su_catalog_cell_fail(row, col, err, "is \"%s\", expected one of %s", text, list);
}
