/* Best of N runs and their spread: on a shared machine the best is the least disturbed. */
#ifndef SU_BENCH_H
#define SU_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_RUNS 9

static inline double bench_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Prints best and median of the samples, which are sorted in place. */
static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline void bench_print(const char *name, const char *metric, double *samples, size_t n,
                               const char *unit)
{
    qsort(samples, n, sizeof(samples[0]), bench_by_value);
    printf("%s,%s_best,%.6g,%s\n", name, metric, samples[0], unit);
    printf("%s,%s_median,%.6g,%s\n", name, metric, samples[n / 2], unit);
}

#endif
