/* Arrivals at a rate that may change: a gap of a process with rate one is what the integral of the
 * rate must grow by until the next arrival (inversion of the integrated rate). Exponential gaps
 * give the (non-homogeneous) Poisson process exactly; gamma gaps of the same mean are vLLM's
 * bursts. Within an hour of the day and on one side of a ramp's end the rate is linear in time, so
 * each piece is a quadratic. Time is summed in whole picoseconds: no drift.
 * Source: Çınlar, Introduction to Stochastic Processes (1975), section 4.7; docs/theory/workload.md
 */
#include "workload/clock.h"

#include <math.h>

#include "stat/stat.h"

#define PS_PER_HOUR INT64_C(3600000000000000)
#define HOURS_PER_DAY 24
/* A day of hours without any rate and a flat ramp: nothing will come any more. */
#define N_IDLE_PIECES_MAX 48

static double unit_gap(struct su_clock *clock)
{
    if (clock->burstiness == 1)
        return su_dist_exponential(&clock->rng, 1);
    if (isinf(clock->burstiness))
        return 1;
    return su_dist_gamma(&clock->rng, clock->burstiness, 1 / clock->burstiness);
}

/* The piece of linear rate that starts at t_ps: its length, the rate at its start, its slope. */
struct piece {
    double length_s; /* INFINITY: for ever */
    double rate_req_s;
    double slope_req_s2;
};

static struct piece piece_at(const struct su_clock *c, int64_t t_ps)
{
    double t_s = (double)t_ps / SU_PS_PER_S;
    bool ramping = t_s < c->ramp_s;
    struct piece p = {INFINITY, c->ramp_s > 0 ? c->ramp_to_req_s : c->rate_req_s, 0};
    if (ramping) {
        p.slope_req_s2 = (c->ramp_to_req_s - c->rate_req_s) / c->ramp_s;
        p.rate_req_s = c->rate_req_s + p.slope_req_s2 * t_s;
        p.length_s = c->ramp_s - t_s;
    }
    if (c->hour_factors != NULL) {
        int64_t hour = t_ps / PS_PER_HOUR;
        double factor = c->hour_factors[hour % HOURS_PER_DAY];
        p.rate_req_s *= factor;
        p.slope_req_s2 *= factor;
        p.length_s = fmin(p.length_s, (double)((hour + 1) * PS_PER_HOUR - t_ps) / SU_PS_PER_S);
    }
    return p;
}

/* Time until the integral of rate + slope*t reaches need; the form that loses no digits when the
 * slope is small. The piece holds that much, so the root is real but for rounding. */
static double time_to(const struct piece *p, double need)
{
    double root = sqrt(fmax(p->rate_req_s * p->rate_req_s + 2 * p->slope_req_s2 * need, 0));
    return 2 * need / (p->rate_req_s + root);
}

int64_t su_clock_next(struct su_clock *clock, bool *beyond)
{
    double need = unit_gap(clock);
    *beyond = false;
    if (clock->ps_per_req > 0) {
        double gap_ps = need * clock->ps_per_req;
        *beyond = gap_ps >= (double)(SU_WORKLOAD_PS_MAX - clock->now_ps);
        if (*beyond)
            return INT64_MAX;
        clock->now_ps += (int64_t)(gap_ps + 0.5);
        return clock->now_ps;
    }
    int64_t t_ps = clock->now_ps;
    for (int n_idle = 0; n_idle < N_IDLE_PIECES_MAX;) {
        struct piece p = piece_at(clock, t_ps);
        double held = isinf(p.length_s)
                          ? (p.rate_req_s > 0 ? INFINITY : 0)
                          : p.length_s * (p.rate_req_s + p.slope_req_s2 * p.length_s / 2);
        double step_s = held >= need ? time_to(&p, need) : p.length_s;
        n_idle = held > 0 ? 0 : n_idle + 1;
        *beyond = step_s * SU_PS_PER_S >= (double)(SU_WORKLOAD_PS_MAX - t_ps);
        if (*beyond) {
            *beyond = held > 0;
            return INT64_MAX;
        }
        /* At least a picosecond, or rounding could stay before a piece's end for ever. */
        int64_t step_ps = (int64_t)(step_s * SU_PS_PER_S + 0.5);
        if (held >= need) {
            clock->now_ps = t_ps + step_ps;
            return clock->now_ps;
        }
        t_ps += step_ps > 0 ? step_ps : 1;
        need -= held;
    }
    return INT64_MAX;
}
