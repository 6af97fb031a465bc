#include "base/csv.h"

#include <string.h>

#include "base/vec.h"

struct reader {
    struct su_arena *arena;
    struct su_str text;
    size_t at;
    uint32_t line;
    const char *name;
};

static enum su_status fail(struct reader *r, uint32_t line, struct su_err *err, const char *what)
{
    return SU_FAIL(err, SU_ERR_INPUT, su_fmt(r->arena, "%s:%u", r->name, line), "%s", what);
}

/* Reads one cell; *last tells whether the row ended with it. */
static enum su_status read_cell(struct reader *r, const char **cell, bool *last, struct su_err *err)
{
    uint32_t line = r->line;
    bool quoted = r->at < r->text.n && r->text.p[r->at] == '"';
    char *out = NULL;
    size_t n = 0;
    if (quoted) {
        r->at++;
        size_t start = r->at;
        size_t end = start;
        while (end < r->text.n &&
               (r->text.p[end] != '"' || (end + 1 < r->text.n && r->text.p[end + 1] == '"')))
            end += r->text.p[end] == '"' ? 2 : 1;
        if (end >= r->text.n)
            return fail(r, line, err, "a quoted cell is not closed");
        out = su_arena_alloc(r->arena, end - start + 1);
        for (size_t i = start; i < end; i++) {
            char c = r->text.p[i];
            if (c == '\n')
                r->line++;
            if (c == '"')
                i++;
            out[n++] = c;
        }
        r->at = end + 1;
    } else {
        size_t start = r->at;
        while (r->at < r->text.n && r->text.p[r->at] != ',' && r->text.p[r->at] != '\n')
            r->at++;
        n = r->at - start;
        if (n > 0 && r->text.p[start + n - 1] == '\r')
            n--;
        out = su_str_dup(r->arena, (struct su_str){r->text.p + start, n});
    }
    if (memchr(out, '\0', n) != NULL)
        return fail(r, line, err, "a NUL byte is in the text");
    if (r->at < r->text.n && r->text.p[r->at] == '\r')
        r->at++;
    *last = r->at >= r->text.n || r->text.p[r->at] == '\n';
    if (!*last && r->text.p[r->at] != ',')
        return fail(r, line, err, "text follows a closing quote");
    if (r->at < r->text.n && r->text.p[r->at] == '\n')
        r->line++;
    r->at++;
    *cell = out;
    return SU_OK;
}

static enum su_status read_row(struct reader *r, const char ***cells, size_t *n, struct su_err *err)
{
    SU_VEC(const char *) v = {0};
    bool last = false;
    while (!last) {
        const char *cell = NULL;
        SU_TRY(read_cell(r, &cell, &last, err));
        *SU_VEC_PUSH(r->arena, &v) = cell;
    }
    *cells = v.items;
    *n = v.n;
    return SU_OK;
}

enum su_status su_csv_parse(struct su_arena *arena, struct su_str text, const char *name,
                            struct su_csv *csv, struct su_err *err)
{
    struct reader r = {arena, text, 0, 1, name};
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        r.at = 3;
    *csv = (struct su_csv){.name = name};
    if (r.at >= text.n)
        return fail(&r, 1, err, "is empty, expected a header row");
    SU_TRY(read_row(&r, &csv->cols, &csv->n_cols, err));
    SU_VEC(struct su_csv_row) rows = {0};
    while (r.at < text.n) {
        uint32_t line = r.line;
        const char **cells = NULL;
        size_t n = 0;
        SU_TRY(read_row(&r, &cells, &n, err));
        if (n == 1 && cells[0][0] == '\0')
            continue; /* a blank line */
        if (n != csv->n_cols)
            return SU_FAIL(err, SU_ERR_INPUT, su_fmt(arena, "%s:%u", name, line),
                           "%zu cells, expected %zu as in the header", n, csv->n_cols);
        *SU_VEC_PUSH(arena, &rows) = (struct su_csv_row){cells, line};
    }
    csv->rows = rows.items;
    csv->n_rows = rows.n;
    return SU_OK;
}

enum su_status su_csv_col(const struct su_csv *csv, const char *col, size_t *index,
                          struct su_err *err)
{
    for (size_t i = 0; i < csv->n_cols; i++) {
        if (strcmp(csv->cols[i], col) == 0) {
            *index = i;
            return SU_OK;
        }
    }
    return SU_FAIL(err, SU_ERR_INPUT, csv->name, "has no column \"%s\"", col);
}

const char *su_csv_where(struct su_arena *arena, const struct su_csv *csv,
                         const struct su_csv_row *row)
{
    return su_fmt(arena, "%s:%u", csv->name, row->line);
}

bool su_csv_split(struct su_str line, struct su_str *cells, size_t max, size_t *n)
{
    const char *p = line.p;
    const char *end = line.p + line.n;
    *n = 0;
    for (;;) {
        bool quoted = p < end && *p == '"';
        const char *start = quoted ? ++p : p;
        const char *stop = NULL;
        if (quoted) {
            while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"')))
                p += *p == '"' ? 2 : 1;
            if (p >= end)
                return false;
            stop = p++;
        } else {
            const char *comma = p == end ? NULL : memchr(p, ',', (size_t)(end - p));
            stop = p = comma == NULL ? end : comma;
        }
        if (*n < max)
            cells[*n] = (struct su_str){start, (size_t)(stop - start)};
        (*n)++;
        if (p == end)
            return true;
        if (*p != ',')
            return false;
        p++;
    }
}

void su_csv_write_cell(struct su_buf *out, const char *cell)
{
    if (strpbrk(cell, ",\"\r\n") == NULL) {
        su_buf_puts(out, cell);
        return;
    }
    su_buf_putc(out, '"');
    for (; *cell != '\0'; cell++) {
        if (*cell == '"')
            su_buf_putc(out, '"');
        su_buf_putc(out, *cell);
    }
    su_buf_putc(out, '"');
}
