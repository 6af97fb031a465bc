/* Files that are written as they come, row by row. The first failure is kept and reported at the
 * end, so that callers in a hot loop need not check each row. */
#ifndef SU_BASE_WRITER_H
#define SU_BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct su_writer {
    void *file; /* NULL: closed, or never opened */
    const char *path;
    int error; /* errno of the first failure */
};

/** Makes path empty, or a new file, with a buffer in arena. SU_ERR_INPUT when it cannot be. */
SU_MUST_CHECK enum su_status su_writer_open(struct su_writer *writer, struct su_arena *arena,
                                            const char *path, struct su_err *err);
/** Safe on a zeroed writer: nothing happens. */
void su_writer_add(struct su_writer *writer, const char *bytes, size_t n);
void su_writer_printf(struct su_writer *writer, const char *fmt, ...) SU_PRINTF(2, 3);
/** value / 10^digits with all its digits, trailing zeros dropped: 1500000000000 at 12 is 1.5. */
void su_writer_fixed(struct su_writer *writer, int64_t value, unsigned digits);
bool su_writer_failed(const struct su_writer *writer);
/** Closes. SU_ERR_IO when anything since the opening could not be written. Safe on a zeroed writer.
 */
SU_MUST_CHECK enum su_status su_writer_close(struct su_writer *writer, struct su_err *err);

#endif
