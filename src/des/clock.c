#include "des/clock.h"

#include <stdbool.h>

static bool is_before(int64_t first_ps, int64_t delta_ps, uint64_t n, int64_t limit_ps)
{
    if (n >= (uint64_t)limit_ps) /* a term is at least a picosecond */
        return false;
    __int128 m = (__int128)n;
    return m * first_ps + m * (m - 1) / 2 * delta_ps < limit_ps;
}

uint64_t su_progression_before(int64_t first_ps, int64_t delta_ps, int64_t limit_ps, uint64_t n_max)
{
    if (is_before(first_ps, delta_ps, n_max, limit_ps))
        return n_max;
    double a = 0.5 * (double)delta_ps;
    double b = (double)first_ps - a;
    double guess = 2 * (double)limit_ps / (b + sqrt(b * b + 4 * a * (double)limit_ps));
    uint64_t n = guess < (double)n_max ? (uint64_t)guess : n_max;
    while (n > 0 && !is_before(first_ps, delta_ps, n, limit_ps))
        n--;
    while (n < n_max && is_before(first_ps, delta_ps, n + 1, limit_ps))
        n++;
    return n;
}
