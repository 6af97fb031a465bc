/* Small traces written for one test, plain or gzip. */
#ifndef TESTS_WORKLOAD_TRACE_FILE_H
#define TESTS_WORKLOAD_TRACE_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "workload/drain.h"

struct trace_file {
    char path[64];
};

static inline struct trace_file write_bytes(const void *bytes, size_t n)
{
    struct trace_file f = {"/tmp/suanli-test-XXXXXX"};
    int fd = mkstemp(f.path);
    assert_true(fd >= 0);
    assert_true(write(fd, bytes, n) == (ssize_t)n);
    close(fd);
    return f;
}

static inline struct trace_file write_text(const char *text)
{
    return write_bytes(text, strlen(text));
}

static inline struct trace_file write_gzip(const char *text)
{
    struct trace_file f = write_text("");
    gzFile gz = gzopen(f.path, "wb");
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(gz), Z_OK);
    return f;
}

/* Reads all of a file; the status of the first failure, with err filled. */
static inline enum su_status read_all(struct su_arena *arena, const struct su_workload_spec *spec,
                                      struct su_arrival *rows, size_t max, size_t *n,
                                      struct su_workload_facts *facts, struct su_err *err)
{
    struct su_workload *w = NULL;
    int64_t t_ps = 0;
    *n = 0;
    SU_TRY(su_workload_open(arena, spec, &w, err));
    enum su_status st = SU_OK;
    for (;;) {
        st = su_workload_peek(w, &t_ps, err);
        if (st != SU_OK || t_ps == INT64_MAX)
            break;
        struct su_arrival a;
        su_workload_take(w, &a);
        if (*n < max) {
            struct su_prefix_run *runs = SU_NEW_ARRAY(arena, a.n_runs, struct su_prefix_run);
            if (a.n_runs > 0)
                memcpy(runs, a.runs, a.n_runs * sizeof(*runs));
            rows[*n] = a;
            rows[*n].runs = runs;
        }
        (*n)++;
        if (su_workload_has_feedback(w))
            su_workload_done(w, a.index, a.session, a.arrival_ps);
    }
    *facts = su_workload_facts(w);
    su_workload_close(w);
    return st;
}

#endif
