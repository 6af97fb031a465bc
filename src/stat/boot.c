/* Percentile bootstrap. Plain resampling of independent values: for the autocorrelated latencies
 * of one run the interval is too narrow, so bootstrap over runs or batches instead. No bias
 * correction (BCa): our statistics are means and ratios near symmetry. */
#include "stat/stat.h"

#include <assert.h>

#include "base/sum.h"

double su_boot_mean(double *values, size_t n, void *ctx)
{
    (void)ctx;
    struct su_sum sum = {0};
    for (size_t i = 0; i < n; i++)
        su_sum_add(&sum, values[i]);
    return su_sum_value(&sum) / (double)n;
}

void su_boot_interval(struct su_arena *scratch, const double *values, size_t n,
                      su_boot_statistic *statistic, void *ctx, size_t n_resamples, double level,
                      uint64_t seed, const char *stream, double *low, double *high)
{
    assert(n >= 1 && n_resamples >= 1 && level >= 0 && level <= 1);
    size_t mark = su_arena_mark(scratch);
    double *sample = SU_NEW_ARRAY(scratch, n, double);
    double *results = SU_NEW_ARRAY(scratch, n_resamples, double);
    for (size_t r = 0; r < n_resamples; r++) {
        struct su_rng rng;
        su_rng_init(&rng, seed, stream, r);
        for (size_t i = 0; i < n; i++)
            sample[i] = values[su_dist_index(&rng, n)];
        results[r] = statistic(sample, n, ctx);
    }
    *low = su_quantile(scratch, results, n_resamples, 0.5 - level / 2);
    *high = su_quantile(scratch, results, n_resamples, 0.5 + level / 2);
    su_arena_rewind(scratch, mark);
}
