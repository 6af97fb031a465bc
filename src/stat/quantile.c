/* Quantiles of arrays (sort, then index) and of the standard normal distribution. Arrays here have
 * thousands of entries at most (Monte Carlo, bootstrap); streams of latencies go to the histogram.
 */
#include "stat/stat.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double su_quantile_sorted(const double *sorted, size_t n, double p)
{
    assert(n >= 1 && p >= 0 && p <= 1);
    double h = (double)(n - 1) * p;
    size_t i = (size_t)h;
    if (i + 1 >= n)
        return sorted[n - 1];
    double frac = h - (double)i;
    /* An infinite neighbour must not turn a value that is hit exactly into inf - inf. */
    return frac == 0 ? sorted[i] : sorted[i] + frac * (sorted[i + 1] - sorted[i]);
}

double su_quantile(struct su_arena *scratch, const double *values, size_t n, double p)
{
    size_t mark = su_arena_mark(scratch);
    double *sorted = SU_NEW_ARRAY(scratch, n, double);
    memcpy(sorted, values, n * sizeof(values[0]));
    qsort(sorted, n, sizeof(sorted[0]), by_value);
    double value = su_quantile_sorted(sorted, n, p);
    su_arena_rewind(scratch, mark);
    return value;
}

struct weighted {
    double value; /* first, so that by_value sorts these too */
    double weight;
};

double su_quantile_weighted(struct su_arena *scratch, const double *values, const double *weights,
                            size_t n, double p)
{
    assert(n >= 1 && p >= 0 && p <= 1);
    size_t mark = su_arena_mark(scratch);
    struct weighted *w = SU_NEW_ARRAY(scratch, n, struct weighted);
    struct su_sum total = {0};
    for (size_t i = 0; i < n; i++) {
        w[i] = (struct weighted){values[i], weights[i]};
        su_sum_add(&total, weights[i]);
    }
    qsort(w, n, sizeof(w[0]), by_value);
    double needed = p * su_sum_value(&total);
    struct su_sum reached = {0};
    double value = w[n - 1].value;
    for (size_t i = 0; i < n; i++) {
        su_sum_add(&reached, w[i].weight);
        if (w[i].weight > 0 && su_sum_value(&reached) >= needed) {
            value = w[i].value;
            break;
        }
    }
    su_arena_rewind(scratch, mark);
    return value;
}

static double polynomial(const double *coefs, double x)
{
    double y = coefs[7];
    for (int i = 6; i >= 0; i--)
        y = y * x + coefs[i];
    return y;
}

/* Coefficients a/b (centre), c/d (shoulder) and e/f (tail) of AS 241, lowest power first. */
double su_quantile_normal(double p)
{
    static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                1.9715909503065514427e3, 1.3731693765509461125e4,
                                4.5921953931549871457e4, 6.7265770927008700853e4,
                                3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[8] = {1.0,
                                4.2313330701600911252e1,
                                6.8718700749205790830e2,
                                5.3941960214247511077e3,
                                2.1213794301586595867e4,
                                3.9307895800092710610e4,
                                2.8729085735721942674e4,
                                5.2264952788528545610e3};
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    assert(p > 0 && p < 1);
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
                      : polynomial(e, r - 5) / polynomial(f, r - 5);
    return q < 0 ? -x : x;
}
