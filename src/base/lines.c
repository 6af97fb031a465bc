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
    if (st == SU_OK && l->at == l->n && l->ended)
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
