#include <math.h>

#include "stat/stat.h"
#include "su_test_arena.h"

/* NumPy: np.quantile([1, 2, 4, 8], p). h = 3p: 0.25 -> h = 0.75 -> 1 + 0.75 * (2 - 1). */
static void type_seven_matches_hand_worked_values(void **state)
{
    static const double v[] = {8, 1, 4, 2};
    assert_near(su_quantile(*state, v, 4, 0.25), 1.75, 1e-15);
    assert_near(su_quantile(*state, v, 4, 0.5), 3, 1e-15);
    assert_near(su_quantile(*state, v, 4, 0.9), 6.8, 1e-15);
    assert_near(su_quantile(*state, v, 4, 0), 1, 0);
    assert_near(su_quantile(*state, v, 4, 1), 8, 0);
    assert_near(su_quantile(*state, v, 1, 0.3), 8, 0);
    assert_true(v[0] == 8 && v[1] == 1); /* the caller's order is kept */
}

static void an_infinite_neighbour_does_not_spoil_a_value(void **state)
{
    static const double v[] = {1, 2, INFINITY};
    assert_near(su_quantile(*state, v, 3, 0.5), 2, 0);
    assert_true(isinf(su_quantile(*state, v, 3, 1)));
}

static void quantiles_shift_and_scale_with_the_values(void **state)
{
    struct su_arena *arena = *state;
    double v[101];
    double w[101];
    struct su_rng rng;
    su_rng_init(&rng, 2, "quantile", 0);
    for (size_t i = 0; i < 101; i++) {
        v[i] = su_dist_normal(&rng, 0, 1);
        w[i] = 10 - 3 * v[i];
    }
    double last = -INFINITY;
    for (int k = 0; k <= 100; k++) {
        double p = k / 100.0;
        double q = su_quantile(arena, v, 101, p);
        assert_true(q >= last);
        last = q;
        assert_true(fabs(su_quantile(arena, w, 101, 1 - p) - (10 - 3 * q)) < 1e-12);
    }
}

static void a_weighted_quantile_is_that_of_the_repeated_values(void **state)
{
    struct su_arena *arena = *state;
    /* 3 once, 1 five times, 2 four times: half of the weight lies at 1 */
    static const double v[] = {3, 1, 2, 9};
    static const double w[] = {1, 5, 4, 0};
    assert_near(su_quantile_weighted(arena, v, w, 4, 0), 1, 0);
    assert_near(su_quantile_weighted(arena, v, w, 4, 0.5), 1, 0);
    assert_near(su_quantile_weighted(arena, v, w, 4, 0.51), 2, 0);
    assert_near(su_quantile_weighted(arena, v, w, 4, 0.9), 2, 0);
    assert_near(su_quantile_weighted(arena, v, w, 4, 0.95), 3, 0);
    assert_near(su_quantile_weighted(arena, v, w, 4, 1), 3, 0);
    /* a value without weight is no answer, not even for p = 0 */
    static const double none_first[] = {0, 1, 0, 0};
    assert_near(su_quantile_weighted(arena, v, none_first, 4, 0), 1, 0);
    static const double none_last[] = {1, 0, 0, 0};
    assert_near(su_quantile_weighted(arena, v, none_last, 4, 0), 3, 0);
}

/* The C library's erfc is the oracle, in both tails to 1e-300. */
static void the_normal_quantile_inverts_the_normal_distribution(void **state)
{
    (void)state;
    for (int k = 1; k < 1000; k++) {
        double p = k / 1000.0;
        assert_near(0.5 * erfc(-su_quantile_normal(p) / sqrt(2)), p, 1e-14);
    }
    for (double p = 1e-300; p < 0.1; p *= 7) {
        double x = su_quantile_normal(p);
        /* an error d of x moves p by d * x of itself */
        assert_near(0.5 * erfc(-x / sqrt(2)), p, 1e-13 + 1e-14 * x * x);
    }
}

/* Abramowitz and Stegun, table 26.5 and the usual ones of statistics. */
static void the_normal_quantile_matches_the_tables(void **state)
{
    (void)state;
    assert_true(su_quantile_normal(0.5) == 0);
    assert_near(su_quantile_normal(0.9), 1.2815515655446004, 1e-15);
    assert_near(su_quantile_normal(0.975), 1.959963984540054, 1e-15);
    assert_near(su_quantile_normal(0.995), 2.5758293035489004, 1e-15);
    assert_near(su_quantile_normal(0.025), -1.959963984540054, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(type_seven_matches_hand_worked_values),
        ARENA_TEST(an_infinite_neighbour_does_not_spoil_a_value),
        ARENA_TEST(quantiles_shift_and_scale_with_the_values),
        ARENA_TEST(a_weighted_quantile_is_that_of_the_repeated_values),
        cmocka_unit_test(the_normal_quantile_inverts_the_normal_distribution),
        cmocka_unit_test(the_normal_quantile_matches_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
