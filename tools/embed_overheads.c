/* data/measured/overheads.csv → embedded_overheads.c: su_engine_overheads. */
#include "embed.h"

#include "base/csv.h"
#include "base/date.h"
#include "base/file.h"
#include "base/str.h"

/* A step that takes longer beside its kernels was typed in another unit. */
#define OVERHEAD_MAX_S 0.1

enum column { ENGINE, VERSION, DECODE_S, MIXED_S, N_REQUESTS, SOURCE, AS_OF, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {"engine",     "version", "decode_s", "mixed_s",
                                               "n_requests", "source",  "as_of"};

static enum su_status put_number(struct su_arena *arena, const struct su_csv *csv,
                                 const struct su_csv_row *row, const char *cell, const char *name,
                                 double max, struct su_buf *out, struct su_err *err)
{
    double v = 0;
    if (!su_str_to_double(su_str_c(cell), &v) || !(v >= 0 && v <= max))
        return SU_FAIL(err, SU_ERR_INPUT, su_csv_where(arena, csv, row),
                       "%s is \"%s\", expected 0..%g", name, cell, max);
    su_buf_printf(out, " .%s = ", name);
    embed_number(out, v);
    su_buf_puts(out, ",");
    return SU_OK;
}

static enum su_status put_row(struct su_arena *arena, const struct su_csv *csv,
                              const struct su_csv_row *row, const size_t *at, struct su_buf *out,
                              struct su_err *err)
{
    struct su_date date;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (row->cells[at[i]][0] == '\0')
            return SU_FAIL(err, SU_ERR_INPUT, su_csv_where(arena, csv, row), "%s is empty",
                           columns[i]);
    }
    if (!su_date_parse(su_str_c(row->cells[at[AS_OF]]), &date))
        return SU_FAIL(err, SU_ERR_INPUT, su_csv_where(arena, csv, row),
                       "as_of is \"%s\", expected YYYY-MM-DD", row->cells[at[AS_OF]]);
    su_buf_puts(out, "    {");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const char *cell = row->cells[at[i]];
        if (i >= DECODE_S && i <= N_REQUESTS) {
            SU_TRY(put_number(arena, csv, row, cell, columns[i],
                              i == N_REQUESTS ? 1e9 : OVERHEAD_MAX_S, out, err));
            continue;
        }
        su_buf_printf(out, " .%s = ", columns[i]);
        embed_string(out, cell);
        su_buf_puts(out, ",");
    }
    su_buf_puts(out, "},\n");
    return SU_OK;
}

static enum su_status put_table(struct su_arena *arena, const char *path, struct su_buf *out,
                                struct su_err *err)
{
    struct su_str text;
    struct su_csv csv;
    size_t at[N_COLUMNS];
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    SU_TRY(su_csv_parse(arena, text, path, &csv, err));
    for (size_t i = 0; i < N_COLUMNS; i++)
        SU_TRY(su_csv_col(&csv, columns[i], &at[i], err));
    su_buf_puts(out, "/* Made by tools/embed from data/measured/overheads.csv. Do not edit. */\n"
                     "#include \"serve/overhead.h\"\n\n"
                     "const struct su_engine_overhead su_engine_overheads[] = {\n");
    for (size_t i = 0; i < csv.n_rows; i++)
        SU_TRY(put_row(arena, &csv, &csv.rows[i], at, out, err));
    su_buf_printf(out, "};\nconst size_t su_n_engine_overheads = %zu;\n", csv.n_rows);
    return SU_OK;
}

enum su_status embed_overheads(struct su_arena *arena, const char *data_dir, const char *out_dir,
                               struct su_err *err)
{
    struct su_buf out;
    su_buf_init(&out);
    enum su_status st =
        put_table(arena, su_fmt(arena, "%s/measured/overheads.csv", data_dir), &out, err);
    if (st == SU_OK)
        st = embed_write(arena, out_dir, "embedded_overheads.c", &out, err);
    su_buf_release(&out);
    return st;
}
