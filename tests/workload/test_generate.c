#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "workload/drain.h"

static struct su_workload_spec plain(uint64_t n)
{
    return (struct su_workload_spec){.rate_req_s = 5,
                                     .n_requests = n,
                                     .input_dist = "lognormal:mean=1000,cv=0.5",
                                     .output_dist = "uniform:low=1,high=400",
                                     .seed = 7};
}

struct gaps {
    double mean_s;
    double cv;
    int64_t last_ps;
};

static struct gaps gaps_of(struct su_arena *arena, const struct su_workload_spec *spec)
{
    struct su_workload *w = open_ok(arena, spec);
    struct su_arrival a;
    struct su_sum sum = {0};
    struct su_sum square = {0};
    struct gaps g = {0};
    uint64_t n = 0;
    for (; next_arrival(w, &a); n++) {
        assert_true(a.index == n && a.session == n && a.n_runs == 0);
        double gap_s = (double)(a.arrival_ps - g.last_ps) / 1e12;
        su_sum_add(&sum, gap_s);
        su_sum_add(&square, gap_s * gap_s);
        g.last_ps = a.arrival_ps;
    }
    assert_true(n == spec->n_requests);
    g.mean_s = su_sum_value(&sum) / (double)n;
    g.cv = sqrt(su_sum_value(&square) / (double)n - g.mean_s * g.mean_s) / g.mean_s;
    su_workload_close(w);
    return g;
}

/* Gaps of shape k: mean 1/rate, cv 1/sqrt(k). n = 2e5: the mean within 5 cv/sqrt(n); the cv's own
 * standard error is sqrt((kurtosis-ish) 2 + 6/k)/(2 sqrt(n)), 5 of it below 2.5 % for k >= 0.25. */
static void gaps_have_the_mean_and_spread_of_their_gamma(void **state)
{
    static const double shapes[] = {0, 1, 0.25, 0.5, 4};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct su_workload_spec spec = plain(200000);
        spec.burstiness = shapes[i];
        struct gaps g = gaps_of(*state, &spec);
        double cv = 1 / sqrt(shapes[i] == 0 ? 1 : shapes[i]);
        assert_near(g.mean_s, 0.2, 0.011 * cv);
        assert_near(g.cv, cv, 0.03);
    }
}

static void constant_gaps_do_not_drift(void **state)
{
    struct su_workload_spec spec = plain(100000);
    spec.burstiness = INFINITY;
    struct gaps g = gaps_of(*state, &spec);
    assert_int_equal(g.last_ps, INT64_C(20000) * INT64_C(1000000000000));
}

/* Constant gaps make the count exact: from 2 to 6 requests a second in 100 s is 400 requests, the
 * k-th where 2t + 0.02 t^2 = k; then 6 a second. */
static void a_ramp_follows_its_integral(void **state)
{
    struct su_workload_spec spec = plain(1000);
    spec.rate_req_s = 2;
    spec.ramp_to_req_s = 6;
    spec.ramp_s = 100;
    spec.burstiness = INFINITY;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    for (int k = 1; k <= 1000; k++) {
        assert_true(next_arrival(w, &a));
        double t_s = k <= 400 ? (-2 + sqrt(4 + 0.08 * k)) / 0.04 : 100 + (k - 400) / 6.0;
        assert_near((double)a.arrival_ps / 1e12, t_s, 1e-11);
    }
    su_workload_close(w);
}

/* From nothing: 0 to 2 a second in 100 s, the k-th where 0.01 t^2 = k. */
static void a_ramp_may_start_at_nothing(void **state)
{
    struct su_workload_spec spec = plain(100);
    spec.rate_req_s = 0;
    spec.ramp_to_req_s = 2;
    spec.ramp_s = 100;
    spec.burstiness = INFINITY;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    for (int k = 1; k <= 100; k++) {
        assert_true(next_arrival(w, &a));
        assert_near((double)a.arrival_ps / 1e12, sqrt(100 * k), 1e-11);
    }
    su_workload_close(w);
}

/* Down to nothing: 2 a second falling to 0 in 100 s is 100 requests, the last at the very end. */
static void a_ramp_to_nothing_ends_the_stream(void **state)
{
    struct su_workload_spec spec = plain(1000);
    spec.rate_req_s = 2;
    spec.ramp_s = 100;
    spec.burstiness = INFINITY;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    int n = 0;
    while (next_arrival(w, &a))
        n++;
    assert_true(n == 99 || n == 100);
    assert_true(a.arrival_ps <= INT64_C(100000000000000));
    su_workload_close(w);
}

/* Poisson over three days, all of it from 8 to 20 o'clock: 2 * 5 * 3600 a full hour; each hour's
 * count is within 5 standard deviations. */
static void hours_of_the_day_shape_the_rate(void **state)
{
    double factors[24] = {0};
    for (int h = 8; h < 20; h++)
        factors[h] = h < 10 ? 1 : 2.2;
    struct su_workload_spec spec = plain(0);
    spec.duration_s = 3 * 86400;
    spec.hour_factors = factors;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    uint64_t counts[72] = {0};
    while (next_arrival(w, &a))
        counts[a.arrival_ps / INT64_C(3600000000000000)]++;
    for (int h = 0; h < 72; h++) {
        double expected = 5 * 3600 * factors[h % 24];
        assert_true(fabs((double)counts[h] - expected) <= 5 * sqrt(expected));
    }
    su_workload_close(w);
}

static void same(const struct su_arrival *a, const struct su_arrival *b)
{
    assert_true(a->arrival_ps == b->arrival_ps && a->session == b->session);
    assert_true(a->input_tokens == b->input_tokens && a->output_tokens == b->output_tokens);
    assert_true(a->n_runs == b->n_runs);
    if (a->n_runs > 0)
        assert_memory_equal(a->runs, b->runs, a->n_runs * sizeof(*a->runs));
}

static void a_seed_gives_the_same_stream_again_and_another_another(void **state)
{
    struct su_workload_spec spec = plain(5000);
    spec.n_system_prompts = 10;
    spec.system_tokens = 100;
    spec.system_zipf = 1;
    struct su_workload *a = open_ok(*state, &spec);
    struct su_workload *b = open_ok(*state, &spec);
    spec.seed = 8;
    struct su_workload *c = open_ok(*state, &spec);
    struct su_arrival x;
    struct su_arrival y;
    struct su_arrival z;
    int differ = 0;
    while (next_arrival(a, &x)) {
        assert_true(next_arrival(b, &y) && next_arrival(c, &z));
        same(&x, &y);
        differ += x.arrival_ps != z.arrival_ps && x.input_tokens != z.input_tokens;
    }
    assert_true(differ > 4900);
}

/* Common random numbers: another rate has the same requests, its gaps scaled; another output
 * distribution has the same arrivals and prompts. */
static void a_change_in_one_thing_moves_no_other(void **state)
{
    struct su_workload_spec spec = plain(5000);
    struct su_workload *a = open_ok(*state, &spec);
    spec.rate_req_s = 10;
    struct su_workload *b = open_ok(*state, &spec);
    spec.rate_req_s = 5;
    spec.output_dist = "const:1";
    struct su_workload *c = open_ok(*state, &spec);
    struct su_arrival x;
    struct su_arrival y;
    struct su_arrival z;
    for (int64_t n = 1; next_arrival(a, &x); n++) {
        assert_true(next_arrival(b, &y) && next_arrival(c, &z));
        assert_true(x.input_tokens == y.input_tokens && x.output_tokens == y.output_tokens);
        assert_true(llabs(x.arrival_ps - 2 * y.arrival_ps) <= 2 * n);
        assert_true(x.arrival_ps == z.arrival_ps && x.input_tokens == z.input_tokens);
        assert_int_equal(z.output_tokens, 1);
    }
}

static void a_duration_ends_the_stream(void **state)
{
    struct su_workload_spec spec = plain(0);
    spec.duration_s = 10;
    spec.burstiness = INFINITY;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    int n = 0;
    while (next_arrival(w, &a))
        n++;
    assert_int_equal(n, 50);
    assert_false(su_workload_has_feedback(w));
}

/* Popularity (k+1)^-1 over 4 prompts: 12/25 of all for the first. */
static void system_prompts_are_shared_by_popularity(void **state)
{
    struct su_workload_spec spec = plain(100000);
    spec.n_system_prompts = 4;
    spec.system_tokens = 321;
    spec.system_zipf = 1;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_workload_spec bare = plain(100000);
    struct su_workload *without = open_ok(*state, &bare);
    struct su_arrival a;
    struct su_arrival b;
    double counts[4] = {0};
    while (next_arrival(w, &a)) {
        assert_true(next_arrival(without, &b));
        assert_int_equal(a.n_runs, 1);
        assert_int_equal(a.runs[0].n_tokens, 321);
        assert_int_equal(a.input_tokens, b.input_tokens + 321);
        assert_true(a.runs[0].id < 4);
        counts[a.runs[0].id]++;
    }
    for (int k = 0; k < 4; k++)
        assert_near(counts[k] / 100000, 12.0 / 25 / (k + 1), 0.05);
}

static void fails(struct su_arena *arena, struct su_workload_spec spec, const char *words)
{
    struct su_workload *w = NULL;
    struct su_err err = {0};
    assert_int_equal(su_workload_open(arena, &spec, &w, &err), SU_ERR_INPUT);
    if (strstr(err.message, words) == NULL)
        fail_msg("%s: %s; expected \"%s\"", err.where, err.message, words);
}

static void what_cannot_be_is_refused(void **state)
{
    struct su_arena *arena = *state;
    double flat[24];
    for (int h = 0; h < 24; h++)
        flat[h] = 1.1;
    struct su_workload_spec s = plain(10);
    s.concurrency = 5;
    fails(arena, s, "found both");
    s.concurrency = 0;
    s.rate_req_s = -1;
    fails(arena, s, "found neither");
    s.rate_req_s = NAN;
    fails(arena, s, "found neither");
    s = plain(0);
    fails(arena, s, "a number of requests or a duration");
    s = plain(10);
    s.burstiness = -1;
    fails(arena, s, "0.001 or more");
    s = plain(10);
    s.ramp_s = INFINITY;
    fails(arena, s, "0 seconds or more");
    s = plain(10);
    s.hour_factors = flat;
    fails(arena, s, "is 1.1, expected 1");
    s = plain(10);
    s.turns_mean = 0.5;
    fails(arena, s, "1..10000");
    s = plain(10);
    s.n_system_prompts = 4;
    fails(arena, s, "1..100000000");
    s = plain(10);
    s.input_dist = NULL;
    fails(arena, s, "expected const:N");
    s = plain(10);
    s.prefix_blocks_path = "x";
    fails(arena, s, "belong to a trace");
}

/* The clock ends after 106 days; a stream that wants to go on says so. */
static void time_that_cannot_be_reached_is_an_error(void **state)
{
    struct su_workload_spec spec = plain(10);
    spec.rate_req_s = 2e-7;
    spec.burstiness = INFINITY;
    double factors[24];
    for (int h = 0; h < 24; h++)
        factors[h] = 1;
    for (int i = 0; i < 2; i++) {
        spec.hour_factors = i == 0 ? NULL : factors;
        struct su_workload *w = open_ok(*state, &spec);
        struct su_arrival a;
        struct su_err err = {0};
        int64_t t_ps = 0;
        assert_true(next_arrival(w, &a));
        assert_int_equal(su_workload_peek(w, &t_ps, &err), SU_ERR_LIMIT);
    }
}

/* A stream of any length needs no more memory than at its start. */
static void memory_does_not_grow_with_the_number_of_requests(void **state)
{
    struct su_arena *arena = *state;
    struct su_workload_spec spec = plain(300000);
    spec.n_system_prompts = 4;
    spec.system_tokens = 10;
    struct su_workload *w = open_ok(arena, &spec);
    struct su_arrival a;
    for (int i = 0; i < 1000; i++)
        assert_true(next_arrival(w, &a));
    size_t used = su_arena_used(arena);
    while (next_arrival(w, &a))
        ;
    assert_int_equal(su_arena_used(arena), used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(gaps_have_the_mean_and_spread_of_their_gamma),
        ARENA_TEST(constant_gaps_do_not_drift),
        ARENA_TEST(a_ramp_follows_its_integral),
        ARENA_TEST(a_ramp_may_start_at_nothing),
        ARENA_TEST(a_ramp_to_nothing_ends_the_stream),
        ARENA_TEST(hours_of_the_day_shape_the_rate),
        ARENA_TEST(a_seed_gives_the_same_stream_again_and_another_another),
        ARENA_TEST(a_change_in_one_thing_moves_no_other),
        ARENA_TEST(a_duration_ends_the_stream),
        ARENA_TEST(system_prompts_are_shared_by_popularity),
        ARENA_TEST(what_cannot_be_is_refused),
        ARENA_TEST(time_that_cannot_be_reached_is_an_error),
        ARENA_TEST(memory_does_not_grow_with_the_number_of_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
