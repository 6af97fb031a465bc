/* Statistics of simulations and Monte Carlo: histogram, quantiles, random draws, bootstrap.
 * Draws take a named stream of base/rng, so a run repeats bit for bit on one machine. Across
 * machines the last digit may differ with the C library's log, exp and pow. */
#ifndef SU_STAT_STAT_H
#define SU_STAT_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rng.h"

/* ---- histogram of integers: latencies in ps, lengths in tokens ---- */

/* Log-linear: each power of two is cut into 2^sub_bits equal buckets, and values below 2^sub_bits
 * have one each. The shape is that of HdrHistogram (G. Tene). Whoever reads n, min and max may do
 * so directly; the rest is private. */
struct su_hist {
    uint32_t sub_bits;
    size_t n_buckets;
    uint64_t *counts;
    uint64_t n;   /* total weight */
    uint64_t min; /* UINT64_MAX while empty */
    uint64_t max; /* 0 while empty */
    unsigned __int128 sum;
};

#define SU_HIST_BITS_MAX 14u

/**
 * An empty histogram whose counts live in arena: (65 - sub_bits) * 2^sub_bits * 8 bytes, 58 KiB
 * at 7. sub_bits: 1..SU_HIST_BITS_MAX, a quantile is off by at most 2^-(sub_bits+1) of itself.
 */
void su_hist_init(struct su_hist *hist, struct su_arena *arena, uint32_t sub_bits);

/** Forgets every value, keeps the memory. */
void su_hist_reset(struct su_hist *hist);

/** Counts value weight times (a run of equal latencies is one call). The total weight must stay
 * below 2^64. Constant time, no allocation. */
void su_hist_add(struct su_hist *hist, uint64_t value, uint64_t weight);

/** Counts first, first + delta, … n values, each weight times: the same as adding them one by one,
 * in the time of the buckets they touch. The last must stay below 2^64. */
void su_hist_add_line(struct su_hist *hist, uint64_t first, uint64_t delta, uint64_t n,
                      uint64_t weight);

/** Adds all of from to into; both must have the same sub_bits. The result does not depend on the
 * order of merging. */
void su_hist_merge(struct su_hist *into, const struct su_hist *from);

/**
 * The value at rank ceil(q * n) of the sorted values (nearest rank, no interpolation), as the
 * middle of its bucket, never outside min..max. q: 0..1; q = 0 gives min, q = 1 max, both exact.
 * Returns 0 when empty.
 */
uint64_t su_hist_quantile(const struct su_hist *hist, double q);

/** Mean of the values as they were added, not of the buckets: exact up to the last rounding.
 * Returns 0 when empty. */
double su_hist_mean(const struct su_hist *hist);

/* ---- quantiles of an array ---- */

/**
 * Quantile p of sorted[0..n), ascending, n >= 1, p: 0..1: linear between the values at floor(h)
 * and floor(h)+1 with h = (n-1)p.
 * Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), type 7, the default of
 * R and NumPy.
 */
double su_quantile_sorted(const double *sorted, size_t n, double p);

/** The same of values in any order, none of them NaN; a sorted copy is made in scratch. */
double su_quantile(struct su_arena *scratch, const double *values, size_t n, double p);

/**
 * Smallest value whose share of the total weight, with all smaller values, reaches p (inverse of
 * the weighted distribution function). values, weights: n >= 1 each; weights >= 0, one positive.
 */
double su_quantile_weighted(struct su_arena *scratch, const double *values, const double *weights,
                            size_t n, double p);

/**
 * Quantile p of the standard normal distribution, 0 < p < 1, to about 15 digits.
 * Source: M. J. Wichura, Algorithm AS 241 (1988), PPND16.
 */
double su_quantile_normal(double p);

/* ---- draws ---- */

/* Uniform, normal, lognormal, exponential and triangular spend exactly one uniform and grow with
 * it: two alternatives that draw from the same stream get common random numbers. The others spend
 * as many as they need. */

/** Uniform in low..high, low <= high. */
double su_dist_uniform(struct su_rng *rng, double low, double high);

/** Uniform index in 0..n-1, n >= 1; the bias of n/2^64 is below what any test can see. */
uint64_t su_dist_index(struct su_rng *rng, uint64_t n);

/** Normal with the given mean and standard deviation sd >= 0. */
double su_dist_normal(struct su_rng *rng, double mean, double sd);

/** Lognormal whose own mean is mean > 0 and coefficient of variation cv >= 0 (standard deviation
 * over mean): sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2/2. cv = 0 gives mean. */
double su_dist_lognormal(struct su_rng *rng, double mean, double cv);

/** Exponential, mean > 0 (the time between Poisson arrivals). */
double su_dist_exponential(struct su_rng *rng, double mean);

/** Triangular on low..high with its peak at mode, low <= mode <= high. */
double su_dist_triangular(struct su_rng *rng, double low, double mode, double high);

/**
 * Gamma, shape > 0, scale > 0: mean shape*scale, variance shape*scale^2.
 * Source: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000).
 */
double su_dist_gamma(struct su_rng *rng, double shape, double scale);

/**
 * Poisson count, mean: 0..1e12.
 * Source: inversion below 10; W. Hörmann, The transformed rejection method for generating Poisson
 * random variables (1993), PTRS, above.
 */
uint64_t su_dist_poisson(struct su_rng *rng, double mean);

/**
 * Zipf rank in 1..n: rank k has probability proportional to k^-s. n: 1..2^53, s > 0.
 * Source: Hörmann and Derflinger, Rejection-inversion to generate variates from monotone discrete
 * distributions (1996).
 */
uint64_t su_dist_zipf(struct su_rng *rng, uint64_t n, double s);

/* ---- bootstrap ---- */

/* A statistic of values[0..n); it may reorder values. */
typedef double su_boot_statistic(double *values, size_t n, void *ctx);

/**
 * Percentile bootstrap interval of a statistic: n_resamples samples with replacement of
 * values[0..n), n >= 1; low and high are the (1-level)/2 and (1+level)/2 quantiles of the
 * statistic over them. n_resamples >= 1, level in 0..1. Resample r draws from the stream (seed,
 * stream, r), so more resamples leave the earlier ones as they are.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 */
void su_boot_interval(struct su_arena *scratch, const double *values, size_t n,
                      su_boot_statistic *statistic, void *ctx, size_t n_resamples, double level,
                      uint64_t seed, const char *stream, double *low, double *high);

/** The mean, as a statistic for su_boot_interval; ctx is not used. */
double su_boot_mean(double *values, size_t n, void *ctx);

#endif
