#include <math.h>
#include <stdlib.h>

#include "stat/stat.h"
#include "su_test_arena.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void small_values_are_exact(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 5);
    for (uint64_t v = 0; v < 64; v++)
        su_hist_add(&h, v, 1);
    /* 2^5 exact ones and the next power of two, whose buckets are one wide as well */
    for (uint64_t v = 0; v < 64; v++)
        assert_int_equal(su_hist_quantile(&h, (double)(v + 1) / 64), v);
}

static void the_mean_and_the_ends_carry_no_bucket_error(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 1);
    su_hist_add(&h, 1000003, 1);
    su_hist_add(&h, 999983, 2);
    assert_near(su_hist_mean(&h), (1000003 + 2 * 999983) / 3.0, 1e-15);
    assert_int_equal(su_hist_quantile(&h, 0), 999983);
    assert_int_equal(su_hist_quantile(&h, 1), 1000003);
    assert_int_equal(h.max, 1000003);
    assert_int_equal(h.n, 3);
}

/* 64-bit values times 64-bit weights need 128 bits. */
static void the_largest_values_do_not_overflow(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, SU_HIST_BITS_MAX);
    su_hist_add(&h, UINT64_MAX, UINT64_MAX - 1);
    su_hist_add(&h, 0, 1);
    assert_near(su_hist_mean(&h), 0x1p64, 1e-12);
    assert_true(su_hist_quantile(&h, 0.5) == UINT64_MAX || su_hist_quantile(&h, 0.5) > 0x1p63);
    assert_int_equal(su_hist_quantile(&h, 0), 0);
}

static void an_empty_histogram_answers_zero(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 7);
    assert_int_equal(su_hist_quantile(&h, 0.5), 0);
    assert_true(su_hist_mean(&h) == 0);
    su_hist_add(&h, 5, 0);
    assert_int_equal(h.n, 0);
    assert_true(h.min == UINT64_MAX);
}

static void a_weight_is_that_many_values(void **state)
{
    struct su_hist a;
    struct su_hist b;
    su_hist_init(&a, *state, 6);
    su_hist_init(&b, *state, 6);
    for (uint64_t v = 1; v < 2000; v += 37) {
        su_hist_add(&a, v * v, v);
        for (uint64_t i = 0; i < v; i++)
            su_hist_add(&b, v * v, 1);
    }
    assert_int_equal(a.n, b.n);
    assert_true(a.sum == b.sum);
    assert_memory_equal(a.counts, b.counts, a.n_buckets * sizeof(a.counts[0]));
}

/* The sorted array is the oracle, the rank is integer arithmetic. Values spread over 40 powers of
 * two, so every part of the scale is met. */
static void quantiles_are_within_the_stated_error_of_the_sorted_values(void **state)
{
    struct su_arena *arena = *state;
    enum { N = 5000 };
    uint64_t *values = SU_NEW_ARRAY(arena, N, uint64_t);
    for (uint32_t bits = 1; bits <= 12; bits++) {
        struct su_hist h;
        su_hist_init(&h, arena, bits);
        struct su_rng rng;
        su_rng_init(&rng, bits, "hist", 0);
        for (size_t i = 0; i < N; i++) {
            values[i] = su_rng_u64(&rng) >> (20 + su_dist_index(&rng, 40));
            su_hist_add(&h, values[i], 1);
        }
        qsort(values, N, sizeof(values[0]), by_value);
        double bound = ldexp(1, -(int)bits - 1);
        for (uint64_t k = 0; k <= 100; k++) {
            uint64_t rank = (k * N + 99) / 100;
            double exact = (double)values[rank == 0 ? 0 : rank - 1];
            double got = (double)su_hist_quantile(&h, (double)k / 100);
            if (fabs(got - exact) > bound * exact)
                fail_msg("bits %u, q %d %%: %g, exactly %g", bits, (int)k, got, exact);
        }
    }
}

static void quantiles_never_fall_as_q_grows(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 3);
    struct su_rng rng;
    su_rng_init(&rng, 1, "hist", 1);
    for (int i = 0; i < 300; i++)
        su_hist_add(&h, su_rng_u64(&rng) >> (su_rng_u64(&rng) % 64), 1 + su_rng_u64(&rng) % 9);
    uint64_t last = 0;
    for (int k = 0; k <= 10000; k++) {
        uint64_t q = su_hist_quantile(&h, k / 10000.0);
        assert_true(q >= last && q >= h.min && q <= h.max);
        last = q;
    }
}

/* ceil(0.07 * 100) is 8 in floating point; the 7 % point of 1..100 is 7. */
static void ranks_of_decimal_fractions_are_exact(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 7);
    for (uint64_t v = 1; v <= 100; v++)
        su_hist_add(&h, v, 1);
    for (uint64_t k = 1; k <= 100; k++)
        assert_int_equal(su_hist_quantile(&h, (double)k / 100), k);
}

static void merging_is_the_same_as_adding_everything_to_one(void **state)
{
    struct su_hist all;
    struct su_hist part[3];
    su_hist_init(&all, *state, 7);
    for (size_t p = 0; p < 3; p++)
        su_hist_init(&part[p], *state, 7);
    struct su_rng rng;
    su_rng_init(&rng, 3, "hist", 0);
    for (size_t i = 0; i < 3000; i++) {
        uint64_t v = su_rng_u64(&rng) >> 30;
        su_hist_add(&all, v, 1);
        su_hist_add(&part[i % 2], v, 1); /* the third stays empty */
    }
    su_hist_merge(&part[2], &part[1]);
    su_hist_merge(&part[2], &part[0]);
    assert_memory_equal(all.counts, part[2].counts, all.n_buckets * sizeof(all.counts[0]));
    assert_true(all.sum == part[2].sum && all.n == part[2].n);
    assert_true(all.min == part[2].min && all.max == part[2].max);
}

static void reset_forgets_everything(void **state)
{
    struct su_hist h;
    su_hist_init(&h, *state, 7);
    su_hist_add(&h, 123456, 7);
    su_hist_reset(&h);
    assert_int_equal(su_hist_quantile(&h, 0.5), 0);
    su_hist_add(&h, 10, 1);
    assert_int_equal(su_hist_quantile(&h, 0.5), 10);
    assert_true(su_hist_mean(&h) == 10);
}

/* Lines that stay in a bucket, cross edges, skip buckets, and end at the largest value. */
static void a_line_of_values_is_the_values_one_by_one(void **state)
{
    static const uint64_t lines[][3] = {
        {0, 1, 200}, {5, 0, 7}, {1000, 3, 1000}, {77, 100000, 50}, {UINT64_MAX - 990, 99, 11},
        {9, 9, 0}};
    for (uint32_t bits = 1; bits <= 10; bits += 3) {
        struct su_hist line;
        struct su_hist single;
        su_hist_init(&line, *state, bits);
        su_hist_init(&single, *state, bits);
        for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
            su_hist_add_line(&line, lines[k][0], lines[k][1], lines[k][2], k);
            for (uint64_t i = 0; i < lines[k][2]; i++)
                su_hist_add(&single, lines[k][0] + i * lines[k][1], k);
        }
        assert_true(line.n == single.n && line.sum == single.sum);
        assert_true(line.min == single.min && line.max == single.max);
        assert_memory_equal(line.counts, single.counts, line.n_buckets * sizeof(line.counts[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(small_values_are_exact),
        ARENA_TEST(the_mean_and_the_ends_carry_no_bucket_error),
        ARENA_TEST(the_largest_values_do_not_overflow),
        ARENA_TEST(an_empty_histogram_answers_zero),
        ARENA_TEST(a_weight_is_that_many_values),
        ARENA_TEST(quantiles_are_within_the_stated_error_of_the_sorted_values),
        ARENA_TEST(quantiles_never_fall_as_q_grows),
        ARENA_TEST(ranks_of_decimal_fractions_are_exact),
        ARENA_TEST(merging_is_the_same_as_adding_everything_to_one),
        ARENA_TEST(a_line_of_values_is_the_values_one_by_one),
        ARENA_TEST(reset_forgets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
