/* Does the deployment keep up? The queue at the last arrival against the queue half way there. Work
 * that just matches the capacity makes the queue a random walk: over N/2 arrivals and as many
 * services its end is off by about sqrt(N) requests. A queue that grew by more than three times
 * that grows for a reason. docs/theory/verdict.md */
#include <math.h>

#include "app/sim.h"

#define FIRST_WIDTH_PS INT64_C(1000000) /* 1 us */
#define SIGMAS 3.0
/* Fewer bins than this between first and last arrival: they came at once, as far as the run goes.
 */
#define BINS_MIN 8

static void widen(struct su_sim_trend *trend)
{
    int64_t *all[] = {trend->arrived, trend->seated, trend->left};
    for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
        for (size_t i = 0; i < SU_SIM_TREND_BINS / 2; i++)
            all[k][i] = all[k][2 * i] + all[k][2 * i + 1];
        for (size_t i = SU_SIM_TREND_BINS / 2; i < SU_SIM_TREND_BINS; i++)
            all[k][i] = 0;
    }
    trend->width_ps *= 2;
}

static void count(struct su_sim_trend *trend, int64_t *bins, int64_t t_ps)
{
    while (t_ps / trend->width_ps >= SU_SIM_TREND_BINS)
        widen(trend);
    bins[t_ps / trend->width_ps]++;
}

void su_sim_trend_add(struct su_sim_trend *trend, const struct su_request_record *record)
{
    if (trend->width_ps == 0)
        trend->width_ps = FIRST_WIDTH_PS;
    count(trend, trend->arrived, record->arrival_ps);
    count(trend, trend->seated, record->refused ? record->arrival_ps : record->scheduled_ps);
    count(trend, trend->left, record->refused ? record->arrival_ps : record->done_ps);
    if (record->arrival_ps > trend->last_arrival_ps)
        trend->last_arrival_ps = record->arrival_ps;
}

/* Arrived less gone by the end of bin `last`. */
static double held(const int64_t *arrived, const int64_t *gone, int64_t last)
{
    int64_t n = 0;
    for (int64_t i = 0; i <= last; i++)
        n += arrived[i] - gone[i];
    return (double)n;
}

struct su_sim_verdict su_sim_verdict_of(const struct su_serve_result *result,
                                        const struct su_sim_trend *trend, bool closed_loop)
{
    struct su_sim_verdict v = {.state = SU_SIM_STABLE};
    double n = (double)result->n_arrived;
    if (result->waiting_max > SU_SERVE_WAITING_MAX) {
        double span_s = (double)(result->end_ps - result->start_ps) / SU_PS_PER_S;
        v.state = SU_SIM_UNSTABLE;
        v.offered_req_s = n / span_s;
        v.growth_req_s = (double)result->waiting_max / span_s;
        return v;
    }
    double span_s = (double)(trend->last_arrival_ps - result->start_ps) / SU_PS_PER_S;
    if (result->interrupted || n < 2 || trend->width_ps == 0) {
        v.state = SU_SIM_UNSETTLED;
        return v;
    }
    if (closed_loop)
        return v;
    int64_t first = result->start_ps / trend->width_ps;
    int64_t last = trend->last_arrival_ps / trend->width_ps;
    if (last - first < BINS_MIN) {
        v.state = SU_SIM_UNSETTLED;
        return v;
    }
    v.offered_req_s = (n - 1) / span_s;
    int64_t mid = first + (last - first) / 2;
    double noise = SIGMAS * sqrt(n);
    double half_s = (double)((last - mid) * trend->width_ps) / SU_PS_PER_S;
    double grown =
        held(trend->arrived, trend->seated, last) - held(trend->arrived, trend->seated, mid);
    if (grown > noise) {
        v.state = SU_SIM_UNSTABLE;
        v.growth_req_s = grown / half_s;
        return v;
    }
    if (held(trend->arrived, trend->left, last) - held(trend->arrived, trend->left, mid) > noise)
        v.state = SU_SIM_UNSETTLED;
    return v;
}

const char *su_sim_state_name(enum su_sim_state state)
{
    static const char *const names[] = {"stable", "unstable", "unsettled"};
    return names[state];
}
