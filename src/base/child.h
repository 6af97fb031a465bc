/* Helper programs: found beside the running one, started, fed and read within a time limit. */
#ifndef SU_BASE_CHILD_H
#define SU_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct su_child {
    const char *const *argv; /* [0] is the program; a name without '/' is looked for in PATH */
    struct su_str input;     /* its standard input */
    double seconds_max;      /* wall clock; 0 = no limit. Past it the child is killed */
    size_t output_bytes_max;
};

struct su_child_result {
    struct su_str output;    /* its standard output, NUL-terminated */
    struct su_str complaint; /* the first line of its standard error */
    int exit_code;           /* -1 when a signal ended it */
    int signal;              /* 0 when it exited */
    bool timed_out;
};

/**
 * The path of a helper: what the environment variable says, else the file beside the running
 * program, else beside its folder (a test's build tree), else the bare name, for PATH.
 */
const char *su_child_find(struct su_arena *arena, const char *name, const char *variable);

/** Runs a child to its end. How it ended is a result; SU_ERR_IO when it cannot be started (the
 * message names the program) and SU_ERR_LIMIT when it writes more than output_bytes_max. */
SU_MUST_CHECK enum su_status su_child_run(struct su_arena *arena, const struct su_child *child,
                                          struct su_child_result *result, struct su_err *err);

#endif
