/* Private to serve: where a replica reports what happened. One per run, shared by its replicas;
 * every figure is a sum or a count, so the order of reports does not matter. */
#ifndef SU_SERVE_METRICS_H
#define SU_SERVE_METRICS_H

#include "serve/serve.h"

struct su_metrics {
    struct su_serve_result *result;
    const struct su_serve_levels *levels; /* may be NULL, like the next */
    const struct su_serve_watch *watch;
    /* Arrivals that depend on answers, and the second half of a split deployment: a record that is
     * neither refused nor done is that of a first half. May be NULL. */
    void *done_ctx;
    void (*done)(void *ctx, const struct su_request_record *record, uint64_t session);
};

/* Who fills su_serve_result: su_metrics_request the histograms but itl, n_done, n_refused, n_good,
 * input_tokens, output_tokens and end_ps; su_metrics_step n_steps, n_events, busy_ps and
 * kv_token_ps (a replica of one rank may count by su_metrics_count_steps and report only to a
 * watch); a replica itself hit_tokens, computed_tokens, n_preempted, running_ps, waiting_ps
 * and the maxima; the run that feeds the replicas the rest. */

/** Gaps between tokens: first_ps, first_ps + delta_ps, … n of them, each weight times. The same
 * histogram as adding them one by one. first_ps > 0, delta_ps >= 0. */
void su_metrics_gaps(struct su_metrics *metrics, int64_t first_ps, int64_t delta_ps, uint64_t n,
                     uint64_t weight);
/** A request is finished or refused, or its prompt is computed and goes over a link. */
void su_metrics_request(struct su_metrics *metrics, const struct su_request_record *record,
                        uint64_t session);
/** Counts n_steps steps of busy_ps in all; kv_token_ps: their share of that sum. */
static inline void su_metrics_count_steps(struct su_metrics *metrics, uint64_t n_steps,
                                          int64_t busy_ps, unsigned __int128 kv_token_ps)
{
    struct su_serve_result *result = metrics->result;
    result->n_steps += n_steps;
    result->n_events++;
    result->busy_ps += busy_ps;
    result->kv_token_ps += kv_token_ps;
}
static inline bool su_metrics_watches_steps(const struct su_metrics *metrics)
{
    return metrics->watch != NULL && metrics->watch->step != NULL;
}
/** Steps were scheduled: n_steps of step->t0_ps..t1_ps. kv_token_ps: their share of that sum. Ranks
 * in lockstep report one by one; time and steps count once, by rank 0. */
void su_metrics_step(struct su_metrics *metrics, const struct su_step_record *step,
                     unsigned __int128 kv_token_ps);

#endif
