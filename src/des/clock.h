/* The simulator's clock: integer picoseconds, so that ties are exact and sums do not depend on
 * their order. int64 holds 106 days. */
#ifndef SU_DES_CLOCK_H
#define SU_DES_CLOCK_H

#include <math.h>
#include <stdint.h>

#define SU_PS_PER_S_I INT64_C(1000000000000)
#define SU_NEVER_PS INT64_MAX

/** Nearest picosecond; SU_NEVER_PS when s is beyond the clock. */
static inline int64_t su_ps_of_s(double s)
{
    double ps = s * 1e12;
    return ps >= 9.2e18 ? SU_NEVER_PS : (int64_t)llrint(ps);
}

static inline double su_s_of_ps(int64_t ps)
{
    return (double)ps / 1e12;
}

/** first + (first + delta) + … n terms, exact. */
static inline int64_t su_progression_ps(int64_t first_ps, int64_t delta_ps, uint64_t n)
{
    /* Modulo 2^64, which is exact for a sum that fits; n (n - 1) / 2 with the even one halved. */
    uint64_t pairs = n / 2 * (n - 1 + n % 2);
    return (int64_t)(n * (uint64_t)first_ps + pairs * (uint64_t)delta_ps);
}

/** The largest n with su_progression_ps(first, delta, n) < limit_ps; limit_ps > 0, first_ps > 0,
 * delta_ps >= 0. At most n_max. */
uint64_t su_progression_before(int64_t first_ps, int64_t delta_ps, int64_t limit_ps,
                               uint64_t n_max);

#endif
