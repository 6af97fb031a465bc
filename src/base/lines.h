/* Lines of a file, plain or gzip, through one buffer: a file of any size needs the memory of its
 * longest line. The only place that calls zlib. */
#ifndef SU_BASE_LINES_H
#define SU_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* A request with a million tokens of prefix ids, or a conversation of some books. */
#define SU_LINE_BYTES_MAX ((size_t)8 * 1024 * 1024)

struct su_lines;

/** Opens path; a byte order mark is skipped. A missing, unreadable or empty file or a directory is
 * SU_ERR_INPUT. Everything lives in arena; su_lines_close must be called before it goes. */
SU_MUST_CHECK enum su_status su_lines_open(struct su_arena *arena, const char *path,
                                           struct su_lines **lines, struct su_err *err);
void su_lines_close(struct su_lines *lines); /* NULL-safe */

/** The next line without its end (LF or CRLF), valid until the next call; *more is false at the
 * end of the file. SU_ERR_LIMIT for a line over SU_LINE_BYTES_MAX, SU_ERR_INPUT when the
 * compressed stream is damaged or cut off, or the line has a NUL byte. */
SU_MUST_CHECK enum su_status su_lines_next(struct su_lines *lines, struct su_str *line, bool *more,
                                           struct su_err *err);

/** The next object of a file that is one JSON array, however it is broken into lines: only its
 * extent is found, the caller reads it. su_lines_number is the line where it starts. The limits
 * are those of a line; anything but objects between the brackets, or text after them, is
 * SU_ERR_INPUT. */
SU_MUST_CHECK enum su_status su_lines_json_object(struct su_lines *lines, struct su_str *object,
                                                  bool *more, struct su_err *err);

/** What the buffer holds of the text not yet read, at least n bytes unless the file ends before:
 * to recognise a format. Valid until the next call. */
SU_MUST_CHECK enum su_status su_lines_ahead(struct su_lines *lines, size_t n, struct su_str *text,
                                            struct su_err *err);

/** Number of the line last read, from 1; 0 before. */
uint64_t su_lines_number(const struct su_lines *lines);
/** "file:line" of the line last read (the first when none was), valid until the next call. */
const char *su_lines_where(struct su_lines *lines);

#endif
