#include <math.h>
#include <string.h>

#include "base/sum.h"
#include "workload/drain.h"

static struct su_workload_spec plain(uint64_t n)
{
    return (struct su_workload_spec){.rate_req_s = 5,
                                     .n_requests = n,
                                     .input_dist = "lognormal:mean=1000,cv=0.5",
                                     .output_dist = "const:200",
                                     .seed = 7};
}

/* Gaps of a Poisson process of rate 5: mean 0.2 s, cv 1. n = 2e5: both within 5/sqrt(n) = 1.1 %
 * (the cv's own error is sqrt(2/n)). */
static void poisson_gaps_have_the_mean_and_spread_of_an_exponential(void **state)
{
    struct su_arena *arena = *state;
    enum { N = 200000 };
    struct su_workload_spec spec = plain(N);
    struct su_workload *w = open_ok(arena, &spec);
    struct su_arrival a;
    struct su_sum sum = {0};
    struct su_sum square = {0};
    int64_t last_ps = 0;
    for (uint64_t i = 0; i < N; i++) {
        assert_true(next_arrival(w, &a));
        assert_true(a.index == i && a.session == i && a.n_runs == 0);
        double gap_s = (double)(a.arrival_ps - last_ps) / 1e12;
        su_sum_add(&sum, gap_s);
        su_sum_add(&square, gap_s * gap_s);
        last_ps = a.arrival_ps;
    }
    assert_false(next_arrival(w, &a));
    double mean = su_sum_value(&sum) / N;
    double variance = su_sum_value(&square) / N - mean * mean;
    assert_near(mean, 0.2, 0.011);
    assert_near(sqrt(variance) / mean, 1, 0.011);
    su_workload_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(poisson_gaps_have_the_mean_and_spread_of_an_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
