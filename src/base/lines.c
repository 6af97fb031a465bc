#include "base/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"

#define FIRST_BYTES ((size_t)64 * 1024)
#define GZ_BUFFER_BYTES 65536

struct su_lines {
    struct su_arena *arena;
    const char *path;
    gzFile file;
    char *buf;
    size_t cap;
    size_t at; /* of what is not yet read */
    size_t n;  /* bytes in buf */
    bool ended;
    uint64_t number;
    uint64_t n_passed; /* newlines before at, while reading an array */
    bool in_array;
    bool after_object;
    char where[512];
};

static enum su_status fail(struct su_lines *lines, enum su_status st, const char *what,
                           struct su_err *err)
{
    return SU_FAIL(err, st, su_lines_where(lines), "%s", what);
}

/* Moves the rest to the front and reads behind it; grows when the rest fills the buffer. */
static enum su_status fill(struct su_lines *l, struct su_err *err)
{
    if (l->at > 0) {
        memmove(l->buf, l->buf + l->at, l->n - l->at);
        l->n -= l->at;
        l->at = 0;
    }
    if (l->n == l->cap) {
        char *larger = su_arena_alloc(l->arena, l->cap * 2);
        memcpy(larger, l->buf, l->n);
        l->buf = larger;
        l->cap *= 2;
    }
    int got = gzread(l->file, l->buf + l->n, (unsigned)(l->cap - l->n));
    int code = Z_OK;
    const char *text = gzerror(l->file, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
        if (code == Z_ERRNO)
            return SU_FAIL(err, SU_ERR_INPUT, l->path, "cannot be read: %s", strerror(errno));
        return SU_FAIL(err, SU_ERR_INPUT, l->path,
                       "the gzip stream is %s after line %" PRIu64 "%s%s",
                       code == Z_BUF_ERROR ? "cut off" : "damaged", l->number,
                       code == Z_BUF_ERROR ? "" : ": ", code == Z_BUF_ERROR ? "" : text);
    }
    l->ended = got == 0;
    l->n += (size_t)got;
    return SU_OK;
}

enum su_status su_lines_ahead(struct su_lines *lines, size_t n, struct su_str *text,
                              struct su_err *err)
{
    while (lines->n - lines->at < n && !lines->ended)
        SU_TRY(fill(lines, err));
    *text = (struct su_str){lines->buf + lines->at, lines->n - lines->at};
    return SU_OK;
}

enum su_status su_lines_open(struct su_arena *arena, const char *path, struct su_lines **lines,
                             struct su_err *err)
{
    if (su_file_is_dir(path))
        return SU_FAIL(err, SU_ERR_INPUT, path, "is a directory, expected a file");
    gzFile file = gzopen(path, "rb");
    if (file == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, path, "cannot be opened: %s", strerror(errno));
    gzbuffer(file, GZ_BUFFER_BYTES);
    struct su_lines *l = SU_NEW(arena, struct su_lines);
    *l = (struct su_lines){.arena = arena, .path = su_str_dup_c(arena, path), .file = file};
    l->cap = FIRST_BYTES;
    l->buf = su_arena_alloc(arena, l->cap);
    struct su_str text;
    enum su_status st = su_lines_ahead(l, 3, &text, err);
    if (st == SU_OK && text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        l->at = 3;
    if (st == SU_OK)
        st = su_lines_ahead(l, 1, &text, err);
    if (st == SU_OK && text.n == 0)
        st = SU_FAIL(err, SU_ERR_INPUT, path, "is empty");
    if (st != SU_OK) {
        su_lines_close(l);
        return st;
    }
    *lines = l;
    return SU_OK;
}

void su_lines_close(struct su_lines *lines)
{
    if (lines == NULL || lines->file == NULL)
        return;
    gzclose(lines->file);
    lines->file = NULL;
}

enum su_status su_lines_next(struct su_lines *lines, struct su_str *line, bool *more,
                             struct su_err *err)
{
    size_t seen = 0;
    const char *end = NULL;
    for (;;) {
        end = memchr(lines->buf + lines->at + seen, '\n', lines->n - lines->at - seen);
        if (end != NULL || lines->ended)
            break;
        seen = lines->n - lines->at;
        if (seen > SU_LINE_BYTES_MAX)
            break;
        SU_TRY(fill(lines, err));
    }
    size_t n = end != NULL ? (size_t)(end - lines->buf) - lines->at : lines->n - lines->at;
    *more = end != NULL || n > 0;
    if (!*more)
        return SU_OK;
    lines->number++;
    if (n > SU_LINE_BYTES_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, su_lines_where(lines),
                       "a line is longer than %zu bytes, the limit here", SU_LINE_BYTES_MAX);
    *line = (struct su_str){lines->buf + lines->at, n};
    lines->at += n + (end != NULL);
    if (memchr(line->p, '\0', n) != NULL)
        return fail(lines, SU_ERR_INPUT, "a NUL byte is in the text", err);
    if (n > 0 && line->p[n - 1] == '\r')
        line->n--;
    return SU_OK;
}

/* ---- one JSON array ---- */

/* Passes white space and gives the character after it, 0 at the end of the file. */
static enum su_status next_mark(struct su_lines *l, char *mark, struct su_err *err)
{
    for (;;) {
        for (; l->at < l->n; l->at++) {
            char c = l->buf[l->at];
            l->n_passed += c == '\n';
            if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
                *mark = c;
                l->number = l->n_passed + 1;
                return SU_OK;
            }
        }
        *mark = '\0';
        if (l->ended)
            return SU_OK;
        SU_TRY(fill(l, err));
    }
}

/* Where brackets and strings stand, byte by byte. */
struct extent {
    size_t n;
    size_t depth;
    bool in_string;
    bool escaped;
};

/* True at the bracket that closes the object. */
static bool extend(struct extent *e, char c)
{
    e->n++;
    if (e->in_string) {
        e->in_string = c != '"' || e->escaped;
        e->escaped = c == '\\' && !e->escaped;
        return false;
    }
    e->in_string = c == '"';
    e->depth += c == '{' || c == '[';
    e->depth -= c == '}' || c == ']';
    return e->depth == 0;
}

static enum su_status whole_object(struct su_lines *l, struct su_str *object, struct su_err *err)
{
    struct extent e = {0};
    bool done = false;
    while (!done) {
        while (!done && l->at + e.n < l->n) {
            char c = l->buf[l->at + e.n];
            if (c == '\0')
                return fail(l, SU_ERR_INPUT, "a NUL byte is in the text", err);
            l->n_passed += c == '\n';
            done = extend(&e, c);
        }
        if (e.n > SU_LINE_BYTES_MAX)
            return SU_FAIL(err, SU_ERR_LIMIT, su_lines_where(l),
                           "an object is longer than %zu bytes, the limit here", SU_LINE_BYTES_MAX);
        if (!done && l->ended)
            return fail(l, SU_ERR_INPUT, "the file ends inside an object", err);
        if (!done)
            SU_TRY(fill(l, err));
    }
    *object = (struct su_str){l->buf + l->at, e.n};
    l->at += e.n;
    return SU_OK;
}

enum su_status su_lines_json_object(struct su_lines *lines, struct su_str *object, bool *more,
                                    struct su_err *err)
{
    char mark = '\0';
    *more = false;
    SU_TRY(next_mark(lines, &mark, err));
    if (!lines->in_array) {
        if (mark != '[')
            return fail(lines, SU_ERR_INPUT, "expected an array of objects", err);
        lines->in_array = true;
        lines->at++;
        SU_TRY(next_mark(lines, &mark, err));
    } else if (lines->after_object && mark == ',') {
        lines->at++;
        SU_TRY(next_mark(lines, &mark, err));
        if (mark == ']')
            return fail(lines, SU_ERR_INPUT, "expected an object after the comma", err);
    } else if (mark != ']') {
        return fail(lines, SU_ERR_INPUT, "expected a comma or the end of the array", err);
    }
    if (mark == ']') {
        lines->at++;
        SU_TRY(next_mark(lines, &mark, err));
        return mark == '\0' && lines->at == lines->n
                   ? SU_OK
                   : fail(lines, SU_ERR_INPUT, "text follows the array", err);
    }
    if (mark != '{')
        return fail(lines, SU_ERR_INPUT, "expected an object in the array", err);
    lines->after_object = true;
    *more = true;
    return whole_object(lines, object, err);
}

uint64_t su_lines_number(const struct su_lines *lines)
{
    return lines->number;
}

const char *su_lines_where(struct su_lines *lines)
{
    snprintf(lines->where, sizeof(lines->where), "%s:%" PRIu64, lines->path,
             lines->number == 0 ? 1 : lines->number);
    return lines->where;
}
