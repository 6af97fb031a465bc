/* data/models/<preset>/config.json and INDEX.csv → embedded_models.c. The configs stay JSON text:
 * only the one that is asked for is parsed, by the same code that reads a user's file. */
#include "embed.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/doc.h"
#include "base/file.h"

struct preset {
    const char *name;
    const char *hf_id;
    const char *origin;
    const char *json;
};

/* Leaves out the white space between tokens. text is JSON that was parsed before. */
static const char *minified(struct su_arena *arena, struct su_str text)
{
    char *out = su_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"')
            in_string = !in_string;
        if (in_string || strchr(" \t\r\n", c) == NULL)
            out[n++] = c;
        if (in_string && c == '\\')
            out[n++] = text.p[++i]; /* the escaped character, which may be a quote */
    }
    out[n] = '\0';
    return out;
}

static enum su_status read_index(struct su_arena *arena, const char *path, struct preset **presets,
                                 size_t *n, struct su_err *err)
{
    struct su_str text;
    struct su_csv csv;
    size_t name = 0;
    size_t hf_id = 0;
    size_t kind = 0;
    size_t source = 0;
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    SU_TRY(su_csv_parse(arena, text, path, &csv, err));
    SU_TRY(su_csv_col(&csv, "preset", &name, err));
    SU_TRY(su_csv_col(&csv, "hf_id", &hf_id, err));
    SU_TRY(su_csv_col(&csv, "kind", &kind, err));
    SU_TRY(su_csv_col(&csv, "source", &source, err));
    *presets = SU_NEW_ARRAY(arena, csv.n_rows, struct preset);
    *n = csv.n_rows;
    for (size_t i = 0; i < csv.n_rows; i++) {
        const char *const *cells = csv.rows[i].cells;
        const char *where = su_csv_where(arena, &csv, &csv.rows[i]);
        if (strcmp(cells[kind], "verbatim") != 0 && strcmp(cells[kind], "assembled") != 0)
            return SU_FAIL(err, SU_ERR_INPUT, where,
                           "kind is \"%s\", expected verbatim or assembled", cells[kind]);
        if (cells[name][0] == '\0' || cells[hf_id][0] == '\0' || cells[source][0] == '\0')
            return SU_FAIL(err, SU_ERR_INPUT, where, "preset, hf_id or source is empty");
        (*presets)[i].hf_id = cells[hf_id];
        (*presets)[i].name = cells[name];
        (*presets)[i].origin = su_fmt(arena, "%s: %s", cells[kind], cells[source]);
    }
    return SU_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct preset *)a)->name, ((const struct preset *)b)->name);
}

/* A folder without a row would be a model whose origin nobody knows. */
static enum su_status check_folders(struct su_arena *arena, const char *dir,
                                    const struct preset *presets, size_t n, struct su_err *err)
{
    const char **names = NULL;
    size_t n_names = 0;
    SU_TRY(su_file_list(arena, dir, "", &names, &n_names, err));
    for (size_t i = 0; i < n_names; i++) {
        struct preset key = {.name = names[i]};
        const char *path = su_fmt(arena, "%s/%s", dir, names[i]);
        if (su_file_is_dir(path) && bsearch(&key, presets, n, sizeof(presets[0]), by_name) == NULL)
            return SU_FAIL(err, SU_ERR_INPUT, path, "has no row in INDEX.csv");
    }
    return SU_OK;
}

static void put_presets(struct su_buf *out, const struct preset *presets, size_t n)
{
    su_buf_puts(out, "/* Made by tools/embed from data/models. Do not edit. */\n"
                     "#include \"model/model.h\"\n\n"
                     "const struct su_model_preset su_model_presets[] = {\n");
    for (size_t i = 0; i < n; i++) {
        su_buf_puts(out, "    {");
        embed_string(out, presets[i].name);
        su_buf_puts(out, ",\n     ");
        embed_string(out, presets[i].hf_id);
        su_buf_puts(out, ",\n     ");
        embed_string(out, presets[i].json);
        su_buf_puts(out, ",\n     ");
        embed_string(out, presets[i].origin);
        su_buf_puts(out, "},\n");
    }
    su_buf_printf(out, "};\nconst size_t su_model_n_presets = %zu;\n", n);
}

enum su_status embed_models(struct su_arena *arena, const char *data_dir, const char *out_dir,
                            struct su_err *err)
{
    const char *dir = su_fmt(arena, "%s/models", data_dir);
    const char *index = su_fmt(arena, "%s/INDEX.csv", dir);
    struct preset *presets = NULL;
    size_t n = 0;
    SU_TRY(read_index(arena, index, &presets, &n, err));
    if (n == 0)
        return SU_FAIL(err, SU_ERR_INPUT, index, "has no rows, expected a model at least");
    qsort(presets, n, sizeof(presets[0]), by_name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && by_name(&presets[i - 1], &presets[i]) == 0)
            return SU_FAIL(err, SU_ERR_INPUT, index, "\"%s\" stands twice", presets[i].name);
        const char *path = su_fmt(arena, "%s/%s/config.json", dir, presets[i].name);
        struct su_str text;
        struct su_doc *doc = NULL;
        SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
        SU_TRY(su_doc_parse_json(arena, text, path, &doc, err));
        presets[i].json = minified(arena, text);
    }
    SU_TRY(check_folders(arena, dir, presets, n, err));
    struct su_buf out;
    su_buf_init(&out);
    put_presets(&out, presets, n);
    enum su_status st = embed_write(arena, out_dir, "embedded_models.c", &out, err);
    su_buf_release(&out);
    return st;
}
