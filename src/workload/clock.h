/* When requests arrive: a renewal process of unit mean, stretched by the rate of the moment. */
#ifndef SU_WORKLOAD_CLOCK_H
#define SU_WORKLOAD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

#define SU_PS_PER_S 1e12
/* Last time a stream can reach: 106 days. */
#define SU_WORKLOAD_PS_MAX INT64_C(9200000000000000000)

struct su_clock {
    struct su_rng rng;
    double rate_req_s;
    double ps_per_req; /* of a steady rate; 0 when the rate changes with time */
    double burstiness; /* 1 Poisson, INFINITY constant */
    double ramp_to_req_s;
    double ramp_s;
    const double *hour_factors; /* 24 or NULL */
    int64_t now_ps;
};

/** The next arrival. INT64_MAX when the rate has gone to 0 for good, or the arrival would be after
 * SU_WORKLOAD_PS_MAX: *beyond tells which. */
int64_t su_clock_next(struct su_clock *clock, bool *beyond);

#endif
