#include <math.h>

#include "stat/stat.h"
#include "su_test_arena.h"

static void equal_values_have_no_spread(void **state)
{
    static const double v[] = {3, 3, 3, 3};
    double low = 0;
    double high = 0;
    su_boot_interval(*state, v, 4, su_boot_mean, NULL, 50, 0.8, 1, "boot", &low, &high);
    assert_true(low == 3 && high == 3);
    su_boot_interval(*state, v, 1, su_boot_mean, NULL, 1, 0.8, 1, "boot", &low, &high);
    assert_true(low == 3 && high == 3);
}

/* For a mean the bootstrap tends to mean +- z * sd / sqrt(n), sd with divisor n. */
static void the_interval_of_a_mean_matches_the_normal_one(void **state)
{
    double v[400];
    struct su_rng rng;
    su_rng_init(&rng, 8, "sample", 0);
    double mean = 0;
    double variance = 0;
    for (size_t i = 0; i < 400; i++) {
        v[i] = su_dist_normal(&rng, 50, 10);
        mean += v[i] / 400;
    }
    for (size_t i = 0; i < 400; i++)
        variance += (v[i] - mean) * (v[i] - mean) / 400;
    double low = 0;
    double high = 0;
    su_boot_interval(*state, v, 400, su_boot_mean, NULL, 4000, 0.9, 1, "boot", &low, &high);
    double half = 1.6448536269514722 * sqrt(variance / 400);
    assert_near(low, mean - half, 0.002);
    assert_near(high, mean + half, 0.002);
    assert_near(high - low, 2 * half, 0.06);
}

static void a_higher_level_gives_a_wider_interval(void **state)
{
    static const double v[] = {1, 2, 3, 4, 5, 6, 7, 20};
    double last_low = 1e9;
    double last_high = -1e9;
    for (int k = 0; k <= 10; k++) {
        double low = 0;
        double high = 0;
        su_boot_interval(*state, v, 8, su_boot_mean, NULL, 300, k / 10.0, 1, "boot", &low, &high);
        assert_true(low <= high && low <= last_low && high >= last_high);
        assert_true(low >= 1 && high <= 20);
        last_low = low;
        last_high = high;
    }
}

/* Coverage over independent samples: 80 % intervals of 30 normal values hold the true mean about
 * 80 % of the time (a little less: the percentile interval is narrow for small samples). */
static void about_the_stated_share_of_intervals_holds_the_truth(void **state)
{
    struct su_arena *arena = *state;
    int n_inside = 0;
    for (uint64_t s = 0; s < 500; s++) {
        struct su_rng rng;
        su_rng_init(&rng, 6, "coverage", s);
        double v[30];
        for (size_t i = 0; i < 30; i++)
            v[i] = su_dist_normal(&rng, 5, 3);
        double low = 0;
        double high = 0;
        su_boot_interval(arena, v, 30, su_boot_mean, NULL, 200, 0.8, s, "boot", &low, &high);
        n_inside += low <= 5 && 5 <= high;
    }
    assert_in_range(n_inside, 355, 435); /* 0.71..0.87 */
}

static double largest(double *values, size_t n, void *ctx)
{
    (*(size_t *)ctx)++;
    double most = values[0];
    for (size_t i = 1; i < n; i++)
        most = fmax(most, values[i]);
    return most;
}

static void any_statistic_is_called_once_per_resample(void **state)
{
    struct su_arena *arena = *state;
    static const double v[] = {1, 2, 3};
    size_t n_calls = 0;
    double low = 0;
    double high = 0;
    size_t used = su_arena_used(arena);
    su_boot_interval(arena, v, 3, largest, &n_calls, 123, 0.8, 1, "boot", &low, &high);
    assert_int_equal(n_calls, 123);
    assert_true(high == 3 && low >= 1);
    assert_int_equal(su_arena_used(arena), used);
}

static void the_same_stream_gives_the_same_interval(void **state)
{
    static const double v[] = {1, 2, 3, 9, 14};
    double low[3];
    double high[3];
    for (size_t i = 0; i < 3; i++)
        su_boot_interval(*state, v, 5, su_boot_mean, NULL, 99, 0.8, i < 2 ? 1 : 2, "boot", &low[i],
                         &high[i]);
    assert_true(low[0] == low[1] && high[0] == high[1]);
    assert_true(low[0] != low[2] || high[0] != high[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(equal_values_have_no_spread),
        ARENA_TEST(the_interval_of_a_mean_matches_the_normal_one),
        ARENA_TEST(a_higher_level_gives_a_wider_interval),
        ARENA_TEST(about_the_stated_share_of_intervals_holds_the_truth),
        ARENA_TEST(any_statistic_is_called_once_per_resample),
        ARENA_TEST(the_same_stream_gives_the_same_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
