#include <math.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/sum.h"
#include "workload/lengths.h"
#include "workload/trace_file.h"

static struct su_lengths made(struct su_arena *arena, const char *text)
{
    struct su_lengths l;
    struct su_err err = {0};
    assert_ok(su_lengths_init(arena, text, "--isl-dist", &l, &err), err);
    return l;
}

struct moments {
    double mean;
    double cv;
    uint32_t low;
    uint32_t high;
};

static struct moments draw(const struct su_lengths *l, uint32_t n)
{
    struct su_rng rng;
    struct su_sum sum = {0};
    struct su_sum square = {0};
    struct moments m = {.low = UINT32_MAX};
    su_rng_init(&rng, 3, "test", 0);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = su_lengths_draw(l, su_rng_u64(&rng));
        su_sum_add(&sum, v);
        su_sum_add(&square, (double)v * v);
        m.low = v < m.low ? v : m.low;
        m.high = v > m.high ? v : m.high;
    }
    m.mean = su_sum_value(&sum) / n;
    m.cv = sqrt(su_sum_value(&square) / n - m.mean * m.mean) / m.mean;
    return m;
}

static void a_constant_is_always_itself(void **state)
{
    struct su_lengths l = made(*state, "const:1000");
    struct moments m = draw(&l, 1000);
    assert_true(m.low == 1000 && m.high == 1000 && l.mean == 1000);
}

/* Mean and cv are those asked for, after rounding and truncation at 1: n = 1e6, so 5 standard
 * errors of the mean are 5 cv/1000; of the cv itself several times that for the long tails. The
 * last two are wide enough for bins of several values. */
static void a_lognormal_has_the_mean_and_cv_it_was_asked_for(void **state)
{
    static const struct {
        const char *text;
        double mean;
        double cv;
        double cv_rel;
    } cases[] = {
        {"lognormal:mean=1000,cv=0.5", 1000, 0.5, 0.01},
        {"lognormal:cv=1, mean=200", 200, 1, 0.02},
        {"lognormal:mean=4,cv=0.8", 4, 0.8, 0.02},
        {"lognormal:mean=1.5,cv=0.6", 1.5, 0.6, 0.02},
        {"lognormal:mean=20000,cv=0.7", 20000, 0.7, 0.02},
        {"lognormal:mean=100000,cv=2", 100000, 2, 0.1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_lengths l = made(*state, cases[i].text);
        struct moments m = draw(&l, 1000000);
        assert_near(l.mean, cases[i].mean, 1e-4);
        assert_near(m.mean, cases[i].mean, 5e-3 * cases[i].cv);
        assert_near(m.cv, cases[i].cv, cases[i].cv_rel);
        assert_true(m.low >= 1 && m.high <= SU_REQUEST_TOKENS_MAX);
    }
}

/* A share of 1e6 draws below a bound: within 5 standard errors, at most 0.25 %. */
static void a_lognormal_has_its_shape(void **state)
{
    struct su_lengths l = made(*state, "lognormal:mean=1000,cv=0.5");
    double sigma = sqrt(log(1.25));
    double mu = log(1000) - sigma * sigma / 2;
    static const double bounds[] = {300, 700, 894, 1500, 3000};
    for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++) {
        struct su_rng rng;
        su_rng_init(&rng, 5, "test", b);
        uint32_t below = 0;
        for (uint32_t i = 0; i < 1000000; i++)
            below += su_lengths_draw(&l, su_rng_u64(&rng)) <= bounds[b];
        double expected = 0.5 * erfc(-(log(bounds[b] + 0.5) - mu) / sigma / sqrt(2));
        double error = fabs(below / 1e6 - expected);
        assert_true(error < 5 * sqrt(expected * (1 - expected) / 1e6));
    }
}

static void a_tiny_spread_is_one_value(void **state)
{
    struct su_lengths l = made(*state, "lognormal:mean=1000,cv=0");
    assert_true(draw(&l, 100).low == 1000);
}

/* Zipf with s = 1.1 on 1..4096: mean = sum k^-0.1 / sum k^-1.1. */
static void zipf_follows_its_sums(void **state)
{
    struct su_lengths l = made(*state, "zipf:n=4096,s=1.1");
    double top = 0;
    double bottom = 0;
    for (int k = 1; k <= 4096; k++) {
        top += pow(k, -0.1);
        bottom += pow(k, -1.1);
    }
    assert_near(l.mean, top / bottom, 1e-12);
    struct moments m = draw(&l, 1000000);
    assert_near(m.mean, top / bottom, 5e-3 * m.cv);
    assert_true(m.low == 1 && m.high <= 4096);
    /* Bins of several values: the mean of 1..1e6 with s = 1 is 1e6/H, H = ln(1e6) + 0.5772. */
    l = made(*state, "zipf:n=1000000,s=1");
    assert_near(l.mean, 1e6 / (log(1e6) + 0.5772156649 + 0.5e-6), 1e-6);
    assert_near(draw(&l, 1000000).mean, l.mean, 5e-3 * 2.45);
}

static void uniform_reaches_both_ends(void **state)
{
    struct su_lengths l = made(*state, "uniform:low=10,high=100");
    struct moments m = draw(&l, 100000);
    assert_true(m.low == 10 && m.high == 100 && l.mean == 55);
    assert_near(m.mean, 55, 0.01);
}

static void rows_of_a_file_are_drawn_alike(void **state)
{
    struct su_arena *arena = *state;
    static const char *const texts[] = {"tokens\n5\n7\n\n12\n", "5\r\n7\r\n12"};
    for (size_t i = 0; i < 2; i++) {
        struct trace_file f = write_text(texts[i]);
        struct su_lengths l = made(arena, su_fmt(arena, "file:%s", f.path));
        struct moments m = draw(&l, 100000);
        assert_near(l.mean, 8, 1e-12);
        assert_near(m.mean, 8, 0.01);
        assert_true(m.low == 5 && m.high == 12);
        remove(f.path);
    }
}

/* Every share of an alias table, added up slot by slot, is the weight it was made from. */
static void an_alias_table_holds_its_weights(void **state)
{
    struct su_arena *arena = *state;
    static const double weights[] = {0.5, 0, 3, 1e-9, 2, 7.25, 0.125};
    static const uint32_t first[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct su_lengths l;
    su_lengths_from_weights(arena, arena, weights, first, 7, &l);
    double sum = 0;
    double got[8] = {0};
    for (int i = 0; i < 7; i++)
        sum += weights[i];
    uint32_t n_slots = 1u << l.slot_bits;
    for (uint32_t i = 0; i < n_slots; i++) {
        double keep = (l.slots[i].keep + 1.0) / 0x1p32;
        if (i < 7)
            got[i] += keep / n_slots;
        else
            assert_true(keep < 1e-9);
        got[l.slots[i].other] += (1 - keep) / n_slots;
    }
    for (int i = 0; i < 7; i++)
        assert_true(fabs(got[i] - weights[i] / sum) < 1e-9);
}

static void other_texts_are_refused_with_the_forms(void **state)
{
    struct su_arena *arena = *state;
    static const char *const texts[] = {"",
                                        "1000",
                                        "const:",
                                        "const:0",
                                        "const:1.5",
                                        "const:200000000",
                                        "lognormal:mean=1000",
                                        "lognormal:mean=1000,cv=-1",
                                        "lognormal:mean=0.5,cv=1",
                                        "lognormal:mean=1000,cv=1,cv=2",
                                        "lognormal:mean=1000,sd=2",
                                        "zipf:n=0,s=1",
                                        "zipf:n=10,s=-1",
                                        "uniform:low=5,high=4",
                                        "normal:mean=4,cv=1",
                                        "file:",
                                        "file:/no/such/file"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct su_err err = {0};
        double mean = 0;
        assert_int_equal(su_lengths_check(arena, texts[i], "--isl-dist", &mean, &err),
                         SU_ERR_INPUT);
        assert_true(err.message[0] != '\0');
    }
    static const char *const files[] = {"5\nsix\n", "tokens\n", "5\n0\n", "5\n-1\n",
                                        "5\n1000000001\n"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct trace_file f = write_text(files[i]);
        struct su_err err = {0};
        double mean = 0;
        assert_int_equal(su_lengths_check(arena, su_fmt(arena, "file:%s", f.path), "", &mean, &err),
                         SU_ERR_INPUT);
        remove(f.path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_constant_is_always_itself),
        ARENA_TEST(a_lognormal_has_the_mean_and_cv_it_was_asked_for),
        ARENA_TEST(a_lognormal_has_its_shape),
        ARENA_TEST(a_tiny_spread_is_one_value),
        ARENA_TEST(zipf_follows_its_sums),
        ARENA_TEST(uniform_reaches_both_ends),
        ARENA_TEST(rows_of_a_file_are_drawn_alike),
        ARENA_TEST(an_alias_table_holds_its_weights),
        ARENA_TEST(other_texts_are_refused_with_the_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
