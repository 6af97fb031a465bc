/* Counts what replicas report. Nothing here depends on the order of the reports: sums, counts,
 * maxima and histograms only. */
#include "serve/metrics.h"

void su_metrics_gaps(struct su_metrics *metrics, int64_t first_ps, int64_t delta_ps, uint64_t n,
                     uint64_t weight)
{
    su_hist_add_line(&metrics->result->itl, (uint64_t)first_ps, (uint64_t)delta_ps, n, weight);
}

static bool within(double value_ps, double level_s)
{
    return level_s <= 0 || value_ps <= level_s * SU_PS_PER_S;
}

static bool is_good(const struct su_serve_levels *levels, const struct su_request_record *r)
{
    if (levels == NULL)
        return true;
    double n_gaps = r->output_tokens > 1 ? (double)(r->output_tokens - 1) : 1;
    return within((double)(r->first_ps - r->arrival_ps), levels->ttft_s) &&
           within((double)(r->done_ps - r->first_ps), levels->tpot_s * n_gaps) &&
           within((double)(r->done_ps - r->arrival_ps), levels->e2e_s);
}

static void count_done(struct su_metrics *metrics, const struct su_request_record *r)
{
    struct su_serve_result *result = metrics->result;
    su_hist_add(&result->ttft, (uint64_t)(r->first_ps - r->arrival_ps), 1);
    su_hist_add(&result->e2e, (uint64_t)(r->done_ps - r->arrival_ps), 1);
    su_hist_add(&result->queue, (uint64_t)(r->scheduled_ps - r->arrival_ps), 1);
    if (r->output_tokens > 1)
        su_hist_add(&result->tpot, (uint64_t)(r->done_ps - r->first_ps) / (r->output_tokens - 1),
                    1);
    result->n_done++;
    result->n_good += is_good(metrics->levels, r);
    result->input_tokens += r->input_tokens;
    result->output_tokens += r->output_tokens;
    if (r->done_ps > result->end_ps)
        result->end_ps = r->done_ps;
}

void su_metrics_request(struct su_metrics *metrics, const struct su_request_record *record,
                        uint64_t session)
{
    bool first_half = !record->refused && record->done_ps == 0;
    if (!first_half) {
        if (record->refused)
            metrics->result->n_refused++;
        else
            count_done(metrics, record);
        if (metrics->watch != NULL && metrics->watch->request != NULL)
            metrics->watch->request(metrics->watch->ctx, record);
    }
    if (metrics->done != NULL)
        metrics->done(metrics->done_ctx, record, session);
}

void su_metrics_step(struct su_metrics *metrics, const struct su_step_record *step,
                     unsigned __int128 kv_token_ps)
{
    if (step->rank == 0)
        su_metrics_count_steps(metrics, step->n_steps, step->t1_ps - step->t0_ps, kv_token_ps);
    else
        metrics->result->kv_token_ps += kv_token_ps;
    if (su_metrics_watches_steps(metrics))
        metrics->watch->step(metrics->watch->ctx, step);
}
