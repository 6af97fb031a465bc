/* One simulation: prices and stream are made, run, and let go. */
#include <math.h>

#include "app/sim.h"
#include "serve/price_perf.h"

static enum su_status price(struct su_arena *arena, const struct su_setup *setup,
                            const struct su_serve_engine *engine, struct su_pricer *pricer,
                            struct su_err *err)
{
    struct su_price_limits limits = {
        .max_num_seqs = engine->max_num_seqs,
        .max_num_batched_tokens = engine->max_num_batched_tokens,
        .decode_overhead_s = setup->deployment.eff.overhead_s,
        .mixed_overhead_s = setup->deployment.eff.overhead_s,
    };
    return su_pricer_perf(arena, &setup->deployment, &limits, pricer, err);
}

struct observer {
    const struct su_sim *sim;
    struct su_sim_run *run;
    struct su_sim_files *files;
    const struct su_sim_watcher *watcher;
};

static void see_request(void *ctx, const struct su_request_record *record)
{
    struct observer *o = ctx;
    su_sim_trend_add(&o->run->trend, record);
    uint64_t tokens = (uint64_t)record->input_tokens + record->output_tokens;
    if (tokens > o->run->tokens_max)
        o->run->tokens_max = tokens;
    if (o->files != NULL)
        su_sim_files_request(o->files, record);
}

static void see_step(void *ctx, const struct su_step_record *step)
{
    struct observer *o = ctx;
    su_sim_files_step(o->files, step);
}

static bool go_on(void *ctx, int64_t now_ps, uint64_t n_done)
{
    struct observer *o = ctx;
    if (o->files != NULL && su_sim_files_failed(o->files))
        return false;
    if (o->watcher == NULL || o->watcher->going_on == NULL)
        return true;
    struct su_progress p = {-1, n_done, (double)now_ps / SU_PS_PER_S};
    uint64_t total = o->watcher->n_total > 0 ? o->watcher->n_total : o->sim->spec.n_requests;
    if (total > 0)
        p.done_frac = fmin((double)n_done / (double)total, 1);
    if (o->sim->spec.duration_s > 0)
        p.done_frac = fmax(p.done_frac, fmin(p.simulated_s / o->sim->spec.duration_s, 1));
    return o->watcher->going_on(o->watcher->ctx, &p);
}

enum su_status su_sim_run(struct su_arena *arena, const struct su_sim *sim,
                          struct su_sim_files *files, const struct su_sim_watcher *watcher,
                          struct su_sim_run *run, struct su_err *err)
{
    *run = (struct su_sim_run){0};
    struct su_serve_config config = sim->config;
    struct su_pricer pricers[2];
    SU_TRY(price(arena, &sim->setup, &config.engine, &pricers[0], err));
    config.pricer = &pricers[0];
    if (config.n_prefill > 0) {
        SU_TRY(price(arena, &sim->prefill, &config.prefill_engine, &pricers[1], err));
        config.prefill_pricer = &pricers[1];
    }
    struct observer o = {sim, run, files, watcher};
    struct su_serve_watch watch = {
        .ctx = &o,
        .request = see_request,
        .step = files == NULL ? NULL : see_step,
        .going_on = go_on,
    };
    struct su_workload *workload = NULL;
    SU_TRY(su_workload_open(arena, &sim->spec, &workload, err));
    enum su_status st =
        su_serve_run(arena, &config, workload, &sim->levels, &watch, &run->result, err);
    run->facts = su_workload_facts(workload);
    run->closed_loop = sim->spec.turns_mean == 0 && su_workload_has_feedback(workload);
    su_workload_close(workload);
    if (st == SU_OK)
        run->verdict = su_sim_verdict_of(&run->result, &run->trend, run->closed_loop);
    return st;
}

enum su_status su_sim_count(const struct su_sim *sim, uint64_t *n, struct su_err *err)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_workload *workload = NULL;
    enum su_status st = su_workload_open(&arena, &sim->spec, &workload, err);
    int64_t at_ps = 0;
    while (st == SU_OK && at_ps != INT64_MAX) {
        st = su_workload_peek(workload, &at_ps, err);
        struct su_arrival arrival;
        if (st == SU_OK && at_ps != INT64_MAX)
            su_workload_take(workload, &arrival);
    }
    *n = st == SU_OK ? su_workload_facts(workload).n_taken : 0;
    su_workload_close(workload);
    su_arena_release(&arena);
    return st;
}

void su_sim_levels(const struct su_slo_levels *slo, const struct su_serve_result *result,
                   struct su_sim_level levels[SU_SIM_LEVELS])
{
    const struct {
        const char *name;
        double limit_s;
        const struct su_hist *hist;
        bool mean;
    } rows[SU_SIM_LEVELS] = {{"ttft_p99", slo->ttft_p99_s, &result->ttft, false},
                             {"ttft_mean", slo->ttft_mean_s, &result->ttft, true},
                             {"tpot_p99", slo->tpot_p99_s, &result->tpot, false},
                             {"tpot_mean", slo->tpot_mean_s, &result->tpot, true},
                             {"e2e_p99", slo->e2e_p99_s, &result->e2e, false},
                             {"e2e_mean", slo->e2e_mean_s, &result->e2e, true}};
    for (size_t i = 0; i < SU_SIM_LEVELS; i++) {
        double ps = rows[i].mean ? su_hist_mean(rows[i].hist)
                                 : (double)su_hist_quantile(rows[i].hist, 0.99);
        levels[i] = (struct su_sim_level){rows[i].name, rows[i].limit_s,
                                          rows[i].hist->n > 0 ? ps / SU_PS_PER_S : NAN};
    }
}

bool su_sim_meets(const struct su_sim *sim, const struct su_sim_run *run)
{
    struct su_sim_level levels[SU_SIM_LEVELS];
    su_sim_levels(&sim->slo, &run->result, levels);
    bool met = run->verdict.state != SU_SIM_UNSTABLE && run->result.n_refused == 0 &&
               run->result.n_done > 0;
    for (size_t i = 0; i < SU_SIM_LEVELS; i++)
        met = met && !(levels[i].limit_s > 0 && levels[i].value_s > levels[i].limit_s);
    return met;
}

enum su_basis su_sim_basis(const struct su_sim *sim, const struct su_sim_run *run,
                           double *decode_tokens)
{
    const struct su_serve_result *r = &run->result;
    const struct su_deployment *d = &sim->setup.deployment;
    double span_ps = fmax((double)(r->end_ps - r->start_ps), 1);
    double ranks = (double)sim->config.n_replicas * d->par.dp;
    double seqs = fmax((double)r->running_ps / span_ps / ranks, 1);
    double kv = r->running_ps > 0 ? (double)r->kv_token_ps / (double)r->running_ps : 1;
    double prompts = r->n_steps > 0 ? (double)r->computed_tokens / (double)r->n_steps : 1;
    struct su_step step = {
        .prefill_tokens = fmax(prompts, 1),
        .prefill_seqs = 1,
        .prefill_kv_tokens = fmax(kv, fmax(prompts, 1)),
        .decode_seqs = seqs,
        .decode_kv_tokens = fmax(kv, 1),
    };
    struct su_step_cost cost;
    su_step_explain(d, &step, &cost);
    *decode_tokens = seqs * (1.0 + d->drafting.n_drafts);
    return cost.basis;
}
