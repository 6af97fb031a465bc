/* embed DATA_DIR OUT_DIR: checks data/ and writes it as constant C tables, so that the program
 * parses nothing when it starts. */
#include "embed.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

void embed_string(struct su_buf *out, const char *s)
{
    if (s == NULL) {
        su_buf_puts(out, "NULL");
        return;
    }
    su_buf_putc(out, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            su_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f || c == '?')
            su_buf_printf(out, "\\%03o", c); /* "??=" would be a trigraph */
        else
            su_buf_putc(out, (char)c);
    }
    su_buf_putc(out, '"');
}

void embed_number(struct su_buf *out, double v)
{
    if (isnan(v)) {
        su_buf_puts(out, "NAN");
    } else if (isinf(v)) {
        su_buf_puts(out, v > 0 ? "INFINITY" : "-INFINITY");
    } else {
        char text[40];
        snprintf(text, sizeof(text), "%.15g", v);
        if (strtod(text, NULL) != v)
            snprintf(text, sizeof(text), "%.17g", v);
        su_buf_puts(out, text);
    }
}

static enum su_status write_file(const char *path, const struct su_buf *text, struct su_err *err)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return SU_FAIL(err, SU_ERR_IO, path, "cannot be written: %s", strerror(errno));
    bool ok = fwrite(text->p, 1, text->n, f) == text->n;
    ok = fclose(f) == 0 && ok;
    return ok ? SU_OK : SU_FAIL(err, SU_ERR_IO, path, "cannot be written: %s", strerror(errno));
}

enum su_status embed_write(struct su_arena *arena, const char *out_dir, const char *name,
                           const struct su_buf *text, struct su_err *err)
{
    const char *path = su_fmt(arena, "%s/%s", out_dir, name);
    struct su_str old = {0};
    if (su_file_exists(path))
        SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &old, err));
    if (old.p != NULL && su_str_eq(old, (struct su_str){text->p, text->n}))
        return SU_OK;
    const char *temporary = su_fmt(arena, "%s.tmp", path);
    SU_TRY(write_file(temporary, text, err));
    if (rename(temporary, path) != 0)
        return SU_FAIL(err, SU_ERR_IO, path, "cannot be written: %s", strerror(errno));
    return SU_OK;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: embed DATA_DIR OUT_DIR\n", stderr);
        return 2;
    }
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_err err = {0};
    enum su_status st = embed_catalog(&arena, argv[1], argv[2], &err);
    if (st == SU_OK)
        st = embed_models(&arena, argv[1], argv[2], &err);
    if (st == SU_OK)
        st = embed_messages(&arena, argv[1], argv[2], &err);
    if (st == SU_OK)
        st = embed_efficiency(&arena, argv[1], argv[2], &err);
    if (st == SU_OK)
        st = embed_measured(&arena, argv[1], argv[2], &err);
    if (st == SU_OK)
        st = embed_engines(&arena, argv[1], argv[2], &err);
    if (st != SU_OK)
        fprintf(stderr, "embed: %s: %s\n", err.where, err.message);
    su_arena_release(&arena);
    return st == SU_OK ? 0 : 1;
}
