/* Jobs on threads: each runs once, with an arena of its own. */
#include <stdatomic.h>

#include "su_test.h"

#include "base/pool.h"

#define JOBS 200u

struct seen {
    atomic_int times[JOBS];
    uint64_t result[JOBS];
};

static void work(void *ctx, size_t job, struct su_arena *arena)
{
    struct seen *seen = ctx;
    uint64_t *squares = SU_NEW_ARRAY(arena, job + 1, uint64_t);
    assert_true(su_arena_used(arena) <= (job + 2) * sizeof(uint64_t) + 64);
    for (size_t i = 0; i <= job; i++)
        squares[i] = i * i + (i > 0 ? squares[i - 1] : 0);
    atomic_fetch_add(&seen->times[job], 1);
    seen->result[job] = squares[job];
}

static void every_job_runs_once_on_any_number_of_threads(void **state)
{
    (void)state;
    static const uint32_t threads[] = {0, 1, 2, 7, 64, 1000};
    for (size_t t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
        struct seen seen = {0};
        su_pool_run(threads[t], JOBS, work, &seen);
        for (uint64_t n = 0; n < JOBS; n++) {
            assert_int_equal(atomic_load(&seen.times[n]), 1);
            assert_int_equal(seen.result[n], n * (n + 1) * (2 * n + 1) / 6);
        }
    }
}

static void no_jobs_are_no_work(void **state)
{
    (void)state;
    su_pool_run(4, 0, work, NULL);
    assert_true(su_pool_threads() >= 1 && su_pool_threads() <= 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once_on_any_number_of_threads),
        cmocka_unit_test(no_jobs_are_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
