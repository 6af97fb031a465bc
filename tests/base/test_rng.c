#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/sum.h"
#include "su_test.h"

/* philox4x32-10 with counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
 * Source: Random123, kat_vectors. Words come out in pairs, the first pair first. */
static void the_block_function_gives_the_published_answer(void **state)
{
    (void)state;
    struct su_rng rng = {0};
    assert_true(su_rng_u64(&rng) == UINT64_C(0xe169c58d6627e8d5));
    assert_true(su_rng_u64(&rng) == UINT64_C(0x9b00dbd8bc57ac4c));
    assert_int_equal(rng.counter, 1);
}

/* counter ffffffff x4, key ffffffff x2: 408f276d 41c83b0e a20bc7c6 6d5451fd. */
static void the_counter_and_key_reach_every_word(void **state)
{
    (void)state;
    struct su_rng rng = {
        .key = {UINT32_MAX, UINT32_MAX}, .index = UINT64_MAX, .counter = UINT64_MAX};
    assert_true(su_rng_u64(&rng) == UINT64_C(0x41c83b0e408f276d));
    assert_true(su_rng_u64(&rng) == UINT64_C(0x6d5451fda20bc7c6));
}

static void one_stream_gives_the_same_numbers_again(void **state)
{
    (void)state;
    struct su_rng a;
    struct su_rng b;
    su_rng_init(&a, 42, "arrivals", 3);
    su_rng_init(&b, 42, "arrivals", 3);
    for (int i = 0; i < 1000; i++)
        assert_true(su_rng_u64(&a) == su_rng_u64(&b));
}

/* Written down, so that an update of the library or of this file cannot change results unseen. */
static void the_first_numbers_of_a_stream_are_pinned(void **state)
{
    (void)state;
    struct su_rng rng;
    su_rng_init(&rng, 42, "arrivals", 0);
    assert_true(su_rng_u64(&rng) == UINT64_C(0x96d9eb323e2f6391));
    assert_true(su_rng_u64(&rng) == UINT64_C(0x4c2a944e80b33702));
    assert_true(su_rng_u64(&rng) == UINT64_C(0x00eda9248ccfba67));
}

static void seed_name_and_index_each_make_another_stream(void **state)
{
    (void)state;
    enum { N = 64 };
    static const char *const names[] = {"a", "b", "ab", "ba", ""};
    uint64_t first[5 * 4 * 4];
    size_t n = 0;
    for (size_t name = 0; name < 5; name++) {
        for (uint64_t seed = 0; seed < 4; seed++) {
            for (uint64_t index = 0; index < 4; index++) {
                struct su_rng rng;
                su_rng_init(&rng, seed, names[name], index);
                first[n++] = su_rng_u64(&rng);
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            assert_true(first[i] != first[k]);
    }
}

/* Correlation of neighbouring streams: |r| of n pairs is below 5/sqrt(n) if they are independent.
 */
static void neighbouring_streams_do_not_correlate(void **state)
{
    (void)state;
    enum { N = 100000 };
    for (uint64_t index = 0; index < 4; index++) {
        struct su_rng a;
        struct su_rng b;
        su_rng_init(&a, 1, "x", index);
        su_rng_init(&b, index == 3 ? 2 : 1, "x", index == 3 ? 3 : index + 1);
        struct su_sum product = {0};
        for (int i = 0; i < N; i++)
            su_sum_add(&product, (su_rng_uniform(&a) - 0.5) * (su_rng_uniform(&b) - 0.5));
        double r = su_sum_value(&product) / N * 12;
        assert_true(fabs(r) < 5 / sqrt(N));
    }
}

static void drawing_from_one_stream_moves_no_other(void **state)
{
    (void)state;
    struct su_rng a;
    struct su_rng b;
    struct su_rng other;
    su_rng_init(&a, 9, "lengths", 0);
    su_rng_init(&b, 9, "lengths", 0);
    su_rng_init(&other, 9, "arrivals", 0);
    for (int i = 0; i < 100; i++) {
        su_rng_u64(&other);
        assert_true(su_rng_u64(&a) == su_rng_u64(&b));
    }
}

/* Mean 1/2, variance 1/12, within 5 standard errors; no value at the ends; 64 equal bins by
 * chi-square: 63 degrees of freedom, 99.9999 % point 124. */
static void uniforms_have_the_moments_of_a_uniform(void **state)
{
    (void)state;
    enum { N = 1000000, BINS = 64 };
    struct su_rng rng;
    su_rng_init(&rng, 5, "uniform", 0);
    struct su_sum sum = {0};
    struct su_sum squares = {0};
    double bins[BINS] = {0};
    for (int i = 0; i < N; i++) {
        double u = su_rng_uniform(&rng);
        assert_true(u > 0 && u < 1);
        su_sum_add(&sum, u);
        su_sum_add(&squares, (u - 0.5) * (u - 0.5));
        bins[(size_t)(u * BINS)]++;
    }
    assert_true(fabs(su_sum_value(&sum) / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    /* the variance of (u - 1/2)^2 is 1/180 */
    assert_true(fabs(su_sum_value(&squares) / N - 1.0 / 12) < 5 * sqrt(1.0 / 180 / N));
    double chi2 = 0;
    for (int i = 0; i < BINS; i++)
        chi2 += (bins[i] - (double)N / BINS) * (bins[i] - (double)N / BINS) / ((double)N / BINS);
    assert_true(chi2 < 124);
}

static void the_ends_of_the_uniform_are_inside_the_interval(void **state)
{
    (void)state;
    struct su_rng rng = {.spare = {UINT64_MAX, 0}, .n_spare = 2};
    double low = su_rng_uniform(&rng);
    double high = su_rng_uniform(&rng);
    assert_true(low > 0 && low < 1e-15);
    assert_true(high < 1 && high > 1 - 1e-15);
}

static void a_place_is_the_first_number_of_its_block(void **state)
{
    (void)state;
    struct su_rng rng;
    su_rng_init(&rng, 42, "arrivals", 0);
    for (uint64_t index = 0; index < 4; index++) {
        struct su_rng walk;
        su_rng_init(&walk, 42, "arrivals", index);
        for (uint64_t counter = 0; counter < 4; counter++) {
            assert_true(su_rng_u64_at(&rng, index, counter) == su_rng_u64(&walk));
            struct su_rng after = walk;
            after.n_spare = 0;
            double u = su_rng_uniform(&after);
            assert_true(su_rng_uniform_at(&rng, index, counter + 1) == u);
            (void)su_rng_u64(&walk);
        }
    }
    assert_int_equal(rng.counter, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_function_gives_the_published_answer),
        cmocka_unit_test(the_counter_and_key_reach_every_word),
        cmocka_unit_test(one_stream_gives_the_same_numbers_again),
        cmocka_unit_test(the_first_numbers_of_a_stream_are_pinned),
        cmocka_unit_test(seed_name_and_index_each_make_another_stream),
        cmocka_unit_test(neighbouring_streams_do_not_correlate),
        cmocka_unit_test(drawing_from_one_stream_moves_no_other),
        cmocka_unit_test(uniforms_have_the_moments_of_a_uniform),
        cmocka_unit_test(a_place_is_the_first_number_of_its_block),
        cmocka_unit_test(the_ends_of_the_uniform_are_inside_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
