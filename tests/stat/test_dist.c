/* Draws against the distributions they claim: moments within 5 standard errors, distribution
 * functions by Kolmogorov-Smirnov, probabilities of integers by chi-square. Seeds are fixed, so a
 * test passes always or never. */
#include <math.h>
#include <stdlib.h>

#include "base/sum.h"
#include "stat/stat.h"
#include "su_test_arena.h"

enum { N = 200000 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* values against mean and variance; kurtosis: fourth central moment over variance squared. */
static void moments_are(const double *values, double mean, double variance, double kurtosis)
{
    struct su_sum sum = {0};
    struct su_sum squares = {0};
    for (size_t i = 0; i < N; i++) {
        su_sum_add(&sum, values[i]);
        su_sum_add(&squares, (values[i] - mean) * (values[i] - mean));
    }
    double m = su_sum_value(&sum) / N;
    double v = su_sum_value(&squares) / N;
    if (fabs(m - mean) > 5 * sqrt(variance / N))
        fail_msg("mean is %g, expected %g +- %g", m, mean, 5 * sqrt(variance / N));
    if (fabs(v - variance) > 5 * variance * sqrt((kurtosis - 1) / N))
        fail_msg("variance is %g, expected %g", v, variance);
}

/* Kolmogorov-Smirnov: sqrt(n) * D exceeds 2.63 once in a million. cdf rises at every draw. */
static void distribution_is(double *values, double (*cdf)(double x))
{
    qsort(values, N, sizeof(values[0]), by_value);
    double d = 0;
    for (size_t i = 0; i < N; i++) {
        double p = cdf(values[i]);
        d = fmax(d, fmax(p - (double)i / N, (double)(i + 1) / N - p));
    }
    if (sqrt(N) * d > 2.63)
        fail_msg("the distribution is off by %g", d);
}

static void the_uniform_fills_its_interval(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "uniform", 0);
    for (size_t i = 0; i < N; i++) {
        v[i] = su_dist_uniform(&rng, -2, 6);
        assert_true(v[i] > -2 && v[i] < 6);
    }
    moments_are(v, 2, 64 / 12.0, 1.8);
    assert_true(su_dist_uniform(&rng, 3, 3) == 3);
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-(x - 10) / 2 / sqrt(2));
}

static void the_normal_has_its_distribution(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "normal", 0);
    for (size_t i = 0; i < N; i++)
        v[i] = su_dist_normal(&rng, 10, 2);
    moments_are(v, 10, 4, 3);
    distribution_is(v, normal_cdf);
    assert_true(su_dist_normal(&rng, 7, 0) == 7);
}

static double exponential_cdf(double x)
{
    return 1 - exp(-x / 3);
}

static void the_exponential_has_its_distribution(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "exponential", 0);
    for (size_t i = 0; i < N; i++)
        v[i] = su_dist_exponential(&rng, 3);
    moments_are(v, 3, 9, 9);
    distribution_is(v, exponential_cdf);
}

/* mean 100, cv 0.5: sigma^2 = ln 1.25, median = 100 / sqrt(1.25) */
static double lognormal_cdf(double x)
{
    double sigma = sqrt(log(1.25));
    return 0.5 * erfc(-(log(x / 100) + 0.5 * sigma * sigma) / sigma / sqrt(2));
}

static void the_lognormal_has_the_mean_and_cv_it_was_given(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "lognormal", 0);
    for (size_t i = 0; i < N; i++)
        v[i] = su_dist_lognormal(&rng, 100, 0.5);
    /* kurtosis w^4 + 2w^3 + 3w^2 - 3 with w = 1.25 */
    moments_are(v, 100, 2500, 1.25 * 1.25 * (1.5625 + 2.5 + 3) - 3);
    distribution_is(v, lognormal_cdf);
    assert_true(su_dist_lognormal(&rng, 100, 0) == 100);
}

/* low 1, mode 2, high 5 */
static double triangular_cdf(double x)
{
    return x < 2 ? (x - 1) * (x - 1) / 4 : 1 - (5 - x) * (5 - x) / 12;
}

static void the_triangular_has_its_distribution(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "triangular", 0);
    for (size_t i = 0; i < N; i++) {
        v[i] = su_dist_triangular(&rng, 1, 2, 5);
        assert_true(v[i] >= 1 && v[i] <= 5);
    }
    /* mean (a+b+c)/3, variance (a^2+b^2+c^2-ab-ac-bc)/18, kurtosis 2.4 */
    moments_are(v, 8 / 3.0, (1 + 4 + 25 - 2 - 5 - 10) / 18.0, 2.4);
    distribution_is(v, triangular_cdf);
    assert_true(su_dist_triangular(&rng, 4, 4, 4) == 4);
    assert_true(su_dist_triangular(&rng, 1, 1, 2) > 1);
    assert_true(su_dist_triangular(&rng, 1, 2, 2) < 2);
}

/* Integer shape k: 1 - exp(-x) sum_{i<k} x^i/i! */
static double gamma3_cdf(double x)
{
    return 1 - exp(-x / 2) * (1 + x / 2 + x * x / 8);
}

/* Shape 1/2, scale 2 is the square of a standard normal. */
static double gamma_half_cdf(double x)
{
    return erf(sqrt(x / 2));
}

static void the_gamma_has_its_distribution_above_and_below_shape_one(void **state)
{
    double *v = SU_NEW_ARRAY((struct su_arena *)*state, N, double);
    struct su_rng rng;
    su_rng_init(&rng, 1, "gamma", 0);
    for (size_t i = 0; i < N; i++)
        v[i] = su_dist_gamma(&rng, 3, 2);
    moments_are(v, 6, 12, 3 + 6 / 3.0);
    distribution_is(v, gamma3_cdf);
    for (size_t i = 0; i < N; i++)
        v[i] = su_dist_gamma(&rng, 0.5, 2);
    moments_are(v, 1, 2, 3 + 6 / 0.5);
    distribution_is(v, gamma_half_cdf);
}

/* Chi-square of integer draws against p[k], the last cell taking all beyond: below the 1e-6 point
 * of the Wilson-Hilferty approximation. */
static void probabilities_are(const double *counts, const double *p, size_t n)
{
    double chi2 = 0;
    double dof = -1;
    for (size_t k = 0; k < n; k++) {
        double expected = p[k] * N;
        if (expected < 5) /* too rare for the approximation; the moments cover these */
            continue;
        chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
        dof += 1;
    }
    double t = 2 / (9 * dof);
    double limit = dof * pow(1 - t + 4.75 * sqrt(t), 3);
    if (dof < 1 || chi2 > limit)
        fail_msg("chi-square is %g with %g degrees of freedom, at most %g", chi2, dof, limit);
}

static void the_poisson_has_its_probabilities_on_both_methods(void **state)
{
    struct su_arena *arena = *state;
    static const double means[] = {0.1, 3, 9.99, 10, 12.5, 80, 1000};
    enum { CELLS = 2000 };
    double *v = SU_NEW_ARRAY(arena, N, double);
    double *counts = SU_NEW_ARRAY(arena, CELLS, double);
    double *p = SU_NEW_ARRAY(arena, CELLS, double);
    for (size_t m = 0; m < sizeof(means) / sizeof(means[0]); m++) {
        struct su_rng rng;
        su_rng_init(&rng, 1, "poisson", m);
        for (size_t k = 0; k < CELLS; k++) {
            counts[k] = 0;
            p[k] = exp((double)k * log(means[m]) - means[m] - lgamma((double)k + 1));
        }
        for (size_t i = 0; i < N; i++) {
            uint64_t k = su_dist_poisson(&rng, means[m]);
            assert_true(k < CELLS);
            counts[k]++;
            v[i] = (double)k;
        }
        moments_are(v, means[m], means[m], 3 + 1 / means[m]);
        probabilities_are(counts, p, CELLS);
    }
    struct su_rng rng;
    su_rng_init(&rng, 1, "poisson", 100);
    assert_int_equal(su_dist_poisson(&rng, 0), 0);
    /* the largest mean: within 6 standard deviations */
    assert_true(fabs((double)su_dist_poisson(&rng, 1e12) - 1e12) < 6e6);
}

static void the_zipf_has_its_probabilities(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        uint64_t n;
        double s;
    } cases[] = {{10, 1}, {1000, 1}, {1000, 0.3}, {50, 2.5}, {1000, 1.0000001}, {2, 5}, {1000, 8}};
    enum { CELLS = 1001 };
    double *counts = SU_NEW_ARRAY(arena, CELLS, double);
    double *p = SU_NEW_ARRAY(arena, CELLS, double);
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        double total = 0;
        for (size_t k = 0; k < CELLS; k++) {
            counts[k] = 0;
            p[k] = k >= 1 && k <= cases[c].n ? pow((double)k, -cases[c].s) : 0;
            total += p[k];
        }
        for (size_t k = 0; k < CELLS; k++)
            p[k] /= total;
        struct su_rng rng;
        su_rng_init(&rng, 1, "zipf", c);
        for (size_t i = 0; i < N; i++) {
            uint64_t k = su_dist_zipf(&rng, cases[c].n, cases[c].s);
            assert_true(k >= 1 && k <= cases[c].n);
            counts[k]++;
        }
        probabilities_are(counts, p, CELLS);
    }
    struct su_rng rng;
    su_rng_init(&rng, 1, "zipf", 100);
    assert_int_equal(su_dist_zipf(&rng, 1, 1), 1);
    uint64_t huge = su_dist_zipf(&rng, (uint64_t)1 << 53, 0.5);
    assert_true(huge >= 1 && huge <= (uint64_t)1 << 53);
}

static void an_index_is_uniform_over_its_range(void **state)
{
    (void)state;
    double counts[7] = {0};
    static const double p[7] = {1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0};
    struct su_rng rng;
    su_rng_init(&rng, 1, "index", 0);
    for (size_t i = 0; i < N; i++)
        counts[su_dist_index(&rng, 7)]++;
    probabilities_are(counts, p, 7);
    assert_int_equal(su_dist_index(&rng, 1), 0);
}

/* Common random numbers: the same stream with a larger parameter never gives a smaller draw, and
 * spends one number, so the next draws stay in step. */
static void draws_by_inversion_grow_with_their_parameter(void **state)
{
    (void)state;
    struct su_rng a;
    struct su_rng b;
    su_rng_init(&a, 4, "common", 0);
    su_rng_init(&b, 4, "common", 0);
    for (int i = 0; i < 2000; i++) {
        assert_true(su_dist_exponential(&a, 1) < su_dist_exponential(&b, 1.1));
        assert_true(su_dist_normal(&a, 1, 2) < su_dist_normal(&b, 1.5, 2));
        assert_true(su_dist_lognormal(&a, 10, 0.4) < su_dist_lognormal(&b, 11, 0.4));
        assert_true(su_dist_triangular(&a, 1, 2, 3) < su_dist_triangular(&b, 1, 2.5, 3.5));
        assert_true(su_dist_uniform(&a, 0, 1) < su_dist_uniform(&b, 0.5, 1.5));
        assert_int_equal(a.counter, b.counter);
    }
}

static void the_same_stream_gives_the_same_draws(void **state)
{
    (void)state;
    struct su_rng a;
    struct su_rng b;
    su_rng_init(&a, 4, "repeat", 0);
    su_rng_init(&b, 4, "repeat", 0);
    for (int i = 0; i < 200; i++) {
        assert_true(su_dist_gamma(&a, 0.7, 2) == su_dist_gamma(&b, 0.7, 2));
        assert_true(su_dist_poisson(&a, 40) == su_dist_poisson(&b, 40));
        assert_true(su_dist_zipf(&a, 100, 1.1) == su_dist_zipf(&b, 100, 1.1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(the_uniform_fills_its_interval),
        ARENA_TEST(the_normal_has_its_distribution),
        ARENA_TEST(the_exponential_has_its_distribution),
        ARENA_TEST(the_lognormal_has_the_mean_and_cv_it_was_given),
        ARENA_TEST(the_triangular_has_its_distribution),
        ARENA_TEST(the_gamma_has_its_distribution_above_and_below_shape_one),
        ARENA_TEST(the_poisson_has_its_probabilities_on_both_methods),
        ARENA_TEST(the_zipf_has_its_probabilities),
        cmocka_unit_test(an_index_is_uniform_over_its_range),
        cmocka_unit_test(draws_by_inversion_grow_with_their_parameter),
        cmocka_unit_test(the_same_stream_gives_the_same_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
