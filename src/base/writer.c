#include "base/writer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define BUFFER_BYTES ((size_t)1 << 18)

static void note(struct su_writer *writer)
{
    if (writer->error == 0)
        writer->error = errno == 0 ? EIO : errno;
}

enum su_status su_writer_open(struct su_writer *writer, struct su_arena *arena, const char *path,
                              struct su_err *err)
{
    *writer = (struct su_writer){.path = path};
    if (su_file_is_dir(path))
        return SU_FAIL(err, SU_ERR_INPUT, path, "is a directory, expected a file to write");
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, path, "cannot be written: %s", strerror(errno));
    setvbuf(f, su_arena_alloc(arena, BUFFER_BYTES), _IOFBF, BUFFER_BYTES);
    writer->file = f;
    return SU_OK;
}

void su_writer_add(struct su_writer *writer, const char *bytes, size_t n)
{
    if (writer->file != NULL && writer->error == 0 && fwrite(bytes, 1, n, writer->file) != n)
        note(writer);
}

void su_writer_printf(struct su_writer *writer, const char *fmt, ...)
{
    if (writer->file == NULL || writer->error != 0)
        return;
    va_list args;
    va_start(args, fmt);
    int n = vfprintf(writer->file, fmt, args);
    va_end(args);
    if (n < 0)
        note(writer);
}

void su_writer_fixed(struct su_writer *writer, int64_t value, unsigned digits)
{
    char text[48];
    size_t at = sizeof(text);
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    bool tail = true;
    for (unsigned i = 0; i < digits || v > 0 || i == digits; i++) {
        if (i == digits && !tail)
            text[--at] = '.';
        char digit = (char)('0' + v % 10);
        v /= 10;
        tail = tail && i < digits && digit == '0';
        if (!tail)
            text[--at] = digit;
    }
    if (value < 0)
        text[--at] = '-';
    su_writer_add(writer, text + at, sizeof(text) - at);
}

bool su_writer_failed(const struct su_writer *writer)
{
    return writer->error != 0;
}

enum su_status su_writer_close(struct su_writer *writer, struct su_err *err)
{
    if (writer->file == NULL)
        return SU_OK;
    if (fclose(writer->file) != 0)
        note(writer);
    writer->file = NULL;
    if (writer->error != 0)
        return SU_FAIL(err, SU_ERR_IO, writer->path, "cannot be written: %s",
                       strerror(writer->error));
    return SU_OK;
}
