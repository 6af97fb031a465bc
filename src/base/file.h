/* Whole files in, with a limit checked before memory is spent. */
#ifndef SU_BASE_FILE_H
#define SU_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Larger than any config, brief or price table; guards against a wrong path to a weights file. */
#define SU_FILE_BYTES_MAX ((size_t)16 * 1024 * 1024)

/** Reads all of path into the arena (NUL-terminated). A missing or unreadable file or a directory
 * is SU_ERR_INPUT (the user named it), one over max_bytes SU_ERR_LIMIT. */
SU_MUST_CHECK enum su_status su_file_read(struct su_arena *arena, const char *path,
                                          size_t max_bytes, struct su_str *text,
                                          struct su_err *err);

/** Reads all of standard input the same way, named "stdin" in messages. */
SU_MUST_CHECK enum su_status su_file_read_stdin(struct su_arena *arena, size_t max_bytes,
                                                struct su_str *text, struct su_err *err);

bool su_file_is_dir(const char *path);
bool su_file_exists(const char *path);

/** Names of the entries of dir with the given suffix ("" for all), sorted by byte value. */
SU_MUST_CHECK enum su_status su_file_list(struct su_arena *arena, const char *dir,
                                          const char *suffix, const char ***names, size_t *n_names,
                                          struct su_err *err);

#endif
