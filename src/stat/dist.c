/* Random draws. Where a distribution has an inverse, one uniform goes through it (see the header on
 * common random numbers); gamma, Poisson and Zipf are rejection methods with the sources named in
 * the header. Not here: truncation, correlation between draws. */
#include "stat/stat.h"

#include <assert.h>
#include <math.h>

double su_dist_uniform(struct su_rng *rng, double low, double high)
{
    assert(low <= high);
    return low + (high - low) * su_rng_uniform(rng);
}

uint64_t su_dist_index(struct su_rng *rng, uint64_t n)
{
    assert(n >= 1);
    return (uint64_t)(((unsigned __int128)su_rng_u64(rng) * n) >> 64);
}

double su_dist_normal(struct su_rng *rng, double mean, double sd)
{
    return mean + sd * su_quantile_normal(su_rng_uniform(rng));
}

double su_dist_lognormal(struct su_rng *rng, double mean, double cv)
{
    assert(mean > 0 && cv >= 0);
    double variance = log1p(cv * cv);
    return mean * exp(su_dist_normal(rng, -0.5 * variance, sqrt(variance)));
}

/* 1 - u, so that the draw grows with the uniform like the others; log1p keeps small u exact. */
double su_dist_exponential(struct su_rng *rng, double mean)
{
    assert(mean > 0);
    return -mean * log1p(-su_rng_uniform(rng));
}

double su_dist_triangular(struct su_rng *rng, double low, double mode, double high)
{
    assert(low <= mode && mode <= high);
    double u = su_rng_uniform(rng);
    double width = high - low;
    if (u * width < mode - low)
        return low + sqrt(u * width * (mode - low));
    return high - sqrt((1 - u) * width * (high - mode));
}

double su_dist_gamma(struct su_rng *rng, double shape, double scale)
{
    assert(shape > 0 && scale > 0);
    /* Below 1 the method needs shape + 1 and a power of one more uniform (section 6 there). */
    double boost = shape < 1 ? pow(su_rng_uniform(rng), 1 / shape) : 1;
    double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
    double c = 1 / sqrt(9 * d);
    for (;;) {
        double x = su_dist_normal(rng, 0, 1);
        double t = 1 + c * x;
        if (t <= 0)
            continue;
        double v = t * t * t;
        if (log(su_rng_uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return scale * boost * d * v;
    }
}

/* ln k!. Not lgamma(): that writes the global signgam. Stirling's series, whose first term left
 * out is below 1e-13 from 16 on; smaller k are summed. */
static double log_factorial(double k)
{
    if (k < 16) {
        double product = 1;
        for (int i = 2; i <= (int)k; i++)
            product *= i;
        return log(product);
    }
    double x = k + 1;
    double x2 = x * x;
    return (x - 0.5) * log(x) - x + 0.918938533204672742 /* ln(2 pi)/2 */ + 1 / (12 * x) -
           1 / (360 * x * x2) + 1 / (1260 * x * x2 * x2) - 1 / (1680 * x * x2 * x2 * x2);
}

static uint64_t poisson_small(struct su_rng *rng, double mean)
{
    double u = su_rng_uniform(rng);
    double term = exp(-mean);
    double below = term;
    uint64_t k = 0;
    while (u > below) {
        k++;
        term *= mean / (double)k;
        /* The sum of all terms can round to just under u. */
        if ((double)k > mean && below + term == below)
            break;
        below += term;
    }
    return k;
}

/* PTRS; the constants are those of the paper's table. */
static uint64_t poisson_large(struct su_rng *rng, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double inv_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double v_r = 0.9277 - 3.6224 / (b - 2);
    double log_mean = log(mean);
    for (;;) {
        double u = su_rng_uniform(rng) - 0.5;
        double v = su_rng_uniform(rng);
        double u_s = 0.5 - fabs(u);
        double k = floor((2 * a / u_s + b) * u + mean + 0.43);
        if (u_s >= 0.07 && v <= v_r)
            return (uint64_t)k;
        if (k < 0 || (u_s < 0.013 && v > u_s))
            continue;
        if (log(v * inv_alpha / (a / (u_s * u_s) + b)) <= k * log_mean - mean - log_factorial(k))
            return (uint64_t)k;
    }
}

uint64_t su_dist_poisson(struct su_rng *rng, double mean)
{
    assert(mean >= 0 && mean <= 1e12);
    return mean < 10 ? poisson_small(rng, mean) : poisson_large(rng, mean);
}

/* (exp(x) - 1)/x and log(1 + x)/x with their limits at 0, where s is close to 1. */
static double expm1_over(double x)
{
    return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2;
}

static double log1p_over(double x)
{
    return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x / 2;
}

/* H(x), the integral of t^-s from 1 to x, and its inverse. */
static double zipf_area(double s, double x)
{
    double log_x = log(x);
    return log_x * expm1_over((1 - s) * log_x);
}

static double zipf_area_inverse(double s, double area)
{
    double t = area * (1 - s);
    /* Rounding can push the argument of log1p a hair below -1. */
    if (t < -1)
        t = -1;
    return exp(log1p_over(t) * area);
}

uint64_t su_dist_zipf(struct su_rng *rng, uint64_t n, double s)
{
    assert(n >= 1 && n <= (uint64_t)1 << 53 && s > 0);
    double area_low = zipf_area(s, 1.5) - 1;
    double area_high = zipf_area(s, (double)n + 0.5);
    double sure = 2 - zipf_area_inverse(s, zipf_area(s, 2.5) - pow(2, -s));
    for (;;) {
        double area = area_high + su_rng_uniform(rng) * (area_low - area_high);
        double x = zipf_area_inverse(s, area);
        double k = floor(x + 0.5);
        if (k < 1)
            k = 1;
        if (k > (double)n)
            k = (double)n;
        if (k - x <= sure || area >= zipf_area(s, k + 0.5) - pow(k, -s))
            return (uint64_t)k;
    }
}
