/* Streams taken whole, for tests. */
#ifndef TESTS_WORKLOAD_DRAIN_H
#define TESTS_WORKLOAD_DRAIN_H

#include "su_test_arena.h"
#include "workload/workload.h"

/* The next request, false at the end. */
static inline bool next_arrival(struct su_workload *w, struct su_arrival *a)
{
    struct su_err err = {0};
    int64_t t_ps = 0;
    assert_ok(su_workload_peek(w, &t_ps, &err), err);
    if (t_ps == INT64_MAX)
        return false;
    su_workload_take(w, a);
    assert_true(a->arrival_ps == t_ps);
    return true;
}

static inline struct su_workload *open_ok(struct su_arena *arena,
                                          const struct su_workload_spec *spec)
{
    struct su_workload *w = NULL;
    struct su_err err = {0};
    assert_ok(su_workload_open(arena, spec, &w, &err), err);
    return w;
}

#endif
