/* Compensated sum (Neumaier): the error does not grow with the number of terms. */
#ifndef SU_BASE_SUM_H
#define SU_BASE_SUM_H

#include <math.h>

struct su_sum {
    double sum;
    double rest;
};

static inline void su_sum_add(struct su_sum *s, double x)
{
    double t = s->sum + x;
    if (fabs(s->sum) >= fabs(x))
        s->rest += (s->sum - t) + x;
    else
        s->rest += (x - t) + s->sum;
    s->sum = t;
}

static inline double su_sum_value(const struct su_sum *s)
{
    return s->sum + s->rest;
}

#endif
