/* The tables of data/measured → embedded_measured.c. The rows stay CSV text, which only `validate`
 * parses, by the same code that reads a user's file. */
#include "embed.h"

#include "base/csv.h"
#include "base/file.h"

static enum su_status put(struct su_arena *arena, const char *dir, const char *file,
                          const char *variable, struct su_buf *out, struct su_err *err)
{
    const char *path = su_fmt(arena, "%s/measured/%s", dir, file);
    struct su_str text;
    struct su_csv csv;
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    SU_TRY(su_csv_parse(arena, text, path, &csv, err));
    su_buf_printf(out, "const char %s[] =\n", variable);
    /* A line a literal: one literal of a hundred kB is more than C promises to take. */
    size_t start = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\n' && i + 1 < text.n)
            continue;
        su_buf_puts(out, "    ");
        embed_string(out, su_str_dup(arena, (struct su_str){text.p + start, i + 1 - start}));
        su_buf_putc(out, '\n');
        start = i + 1;
    }
    su_buf_puts(out, "    ;\n");
    return SU_OK;
}

enum su_status embed_measured(struct su_arena *arena, const char *data_dir, const char *out_dir,
                              struct su_err *err)
{
    struct su_buf out;
    su_buf_init(&out);
    su_buf_puts(&out, "/* Made by tools/embed from data/measured. Do not edit. */\n"
                      "extern const char su_measured_csv[];\n"
                      "extern const char su_measured_models_csv[];\n");
    enum su_status st = put(arena, data_dir, "published.csv", "su_measured_csv", &out, err);
    if (st == SU_OK)
        st = put(arena, data_dir, "models.csv", "su_measured_models_csv", &out, err);
    if (st == SU_OK)
        st = embed_write(arena, out_dir, "embedded_measured.c", &out, err);
    su_buf_release(&out);
    return st;
}
