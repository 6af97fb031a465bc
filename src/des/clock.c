#include "des/clock.h"

#include <stdbool.h>

static bool is_before(int64_t first_ps, int64_t delta_ps, uint64_t n, int64_t limit_ps)
{
    if (n >= (uint64_t)limit_ps) /* a term is at least a picosecond */
        return false;
    __int128 m = (__int128)n;
    return m * first_ps + m * (m - 1) / 2 * delta_ps < limit_ps;
}

/* Where n may be so many that a sum is beyond 64 bits. */
static uint64_t before_long(int64_t first_ps, int64_t delta_ps, int64_t limit_ps, uint64_t n_max,
                            uint64_t n)
{
    while (n > 0 && !is_before(first_ps, delta_ps, n, limit_ps))
        n--;
    while (n < n_max && is_before(first_ps, delta_ps, n + 1, limit_ps))
        n++;
    return n;
}

static bool sum_fits(int64_t first_ps, int64_t delta_ps, uint64_t n)
{
    int64_t level_ps;
    int64_t rise_ps;
    int64_t sum_ps;
    return n <= UINT32_MAX && !__builtin_mul_overflow((int64_t)n, first_ps, &level_ps) &&
           !__builtin_mul_overflow((int64_t)(n * (n - 1) / 2), delta_ps, &rise_ps) &&
           !__builtin_add_overflow(level_ps, rise_ps, &sum_ps);
}

uint64_t su_progression_before(int64_t first_ps, int64_t delta_ps, int64_t limit_ps, uint64_t n_max)
{
    bool fits = sum_fits(first_ps, delta_ps, n_max);
    if (fits ? su_progression_ps(first_ps, delta_ps, n_max) < limit_ps
             : is_before(first_ps, delta_ps, n_max, limit_ps))
        return n_max;
    double a = 0.5 * (double)delta_ps;
    double b = (double)first_ps - a;
    double guess = 2 * (double)limit_ps / (b + sqrt(b * b + 4 * a * (double)limit_ps));
    uint64_t n = guess < (double)n_max ? (uint64_t)guess : n_max;
    if (!fits)
        return before_long(first_ps, delta_ps, limit_ps, n_max, n);
    int64_t sum_ps = su_progression_ps(first_ps, delta_ps, n);
    for (; n > 0 && sum_ps >= limit_ps; n--)
        sum_ps -= first_ps + (int64_t)(n - 1) * delta_ps;
    for (; n < n_max; n++) {
        sum_ps += first_ps + (int64_t)n * delta_ps;
        if (sum_ps >= limit_ps)
            break;
    }
    return n;
}
