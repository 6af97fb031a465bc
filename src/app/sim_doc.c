/* A simulation as JSON (docs/api/sim.md), and the same figures as a table for spreadsheets. */
#include <math.h>

#include "app/plan_parts.h"
#include "app/sim.h"

#define MS_PER_PS 1e-9

static double seconds(int64_t ps)
{
    return (double)ps / SU_PS_PER_S;
}

static double span_s(const struct su_serve_result *r)
{
    return seconds(r->end_ps - r->start_ps);
}

static double per(double amount, double by)
{
    return by > 0 ? amount / by : 0;
}

static void put_known(struct su_arena *a, struct su_doc *doc, const char *key, double v)
{
    su_doc_put(a, doc, key, isfinite(v) ? su_doc_new_real(a, v) : su_doc_new(a, SU_DOC_NULL));
}

static void put_hist(struct su_arena *a, struct su_doc *doc, const char *key,
                     const struct su_hist *h)
{
    static const struct {
        const char *key;
        double q;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}};
    struct su_doc *o = su_doc_put_obj(a, doc, key);
    put_known(a, o, "mean", h->n > 0 ? su_hist_mean(h) * MS_PER_PS : NAN);
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
        put_known(a, o, quantiles[i].key,
                  h->n > 0 ? (double)su_hist_quantile(h, quantiles[i].q) * MS_PER_PS : NAN);
}

static void put_verdict(struct su_arena *a, struct su_doc *doc, const struct su_sim_verdict *v)
{
    struct su_doc *o = su_doc_put_obj(a, doc, "verdict");
    su_doc_put_str(a, o, "state", su_sim_state_name(v->state));
    if (v->offered_req_s > 0)
        su_doc_put_real(a, o, "offered_req_s", v->offered_req_s);
    if (v->state == SU_SIM_UNSTABLE)
        su_doc_put_real(a, o, "growth_req_s", v->growth_req_s);
}

static void put_levels(struct su_arena *a, struct su_doc *doc,
                       const struct su_sim_level levels[SU_SIM_LEVELS])
{
    struct su_doc *list = su_doc_put_arr(a, doc, "slo");
    for (size_t i = 0; i < SU_SIM_LEVELS; i++) {
        const struct su_sim_level *l = &levels[i];
        if (!(l->limit_s > 0))
            continue;
        struct su_doc *o = su_doc_push_obj(a, list);
        su_doc_put_str(a, o, "level", l->name);
        su_doc_put_real(a, o, "limit_ms", l->limit_s * 1e3);
        put_known(a, o, "value_ms", l->value_s * 1e3);
        su_doc_put_bool(a, o, "met", l->value_s <= l->limit_s);
    }
}

static void put_mean_max(struct su_arena *a, struct su_doc *doc, const char *key,
                         const char *max_key, double mean, double max)
{
    struct su_doc *o = su_doc_put_obj(a, doc, key);
    su_doc_put_real(a, o, "mean", mean);
    su_doc_put_real(a, o, max_key, max);
}

static void put_occupancy(struct su_arena *a, struct su_doc *doc, const struct su_sim *sim,
                          const struct su_serve_result *r)
{
    const struct su_serve_config *c = &sim->config;
    double span_ps = (double)(r->end_ps - r->start_ps);
    double decode = (double)c->engine.n_blocks * c->engine.n_ranks;
    double prefill = (double)c->prefill_engine.n_blocks * c->prefill_engine.n_ranks;
    double tokens = (decode * c->n_replicas + prefill * c->n_prefill) * c->engine.block_tokens;
    /* The fullest rank of any replica; of the two sizes of a split fleet the smaller bounds it. */
    double one = (double)c->engine.n_blocks;
    if (c->n_prefill > 0)
        one = fmin(one, (double)c->prefill_engine.n_blocks);
    su_doc_put_real(a, doc, "utilization_frac",
                    per((double)r->busy_ps, span_ps * su_sim_replicas(sim)));
    put_mean_max(a, doc, "kv_used_frac", "peak", per((double)r->kv_token_ps, span_ps * tokens),
                 fmin(per((double)r->blocks_max, one), 1));
    put_mean_max(a, doc, "running", "max", per((double)r->running_ps, span_ps),
                 (double)r->running_max);
    put_mean_max(a, doc, "waiting", "max", per((double)r->waiting_ps, span_ps),
                 (double)r->waiting_max);
}

static void put_counts(struct su_arena *a, struct su_doc *doc, const struct su_serve_result *r)
{
    su_doc_put_int(a, doc, "requests", (int64_t)r->n_arrived);
    su_doc_put_int(a, doc, "completed", (int64_t)r->n_done);
    su_doc_put_int(a, doc, "rejected", (int64_t)r->n_refused);
    su_doc_put_int(a, doc, "input_tokens", (int64_t)r->input_tokens);
    su_doc_put_int(a, doc, "output_tokens", (int64_t)r->output_tokens);
    su_doc_put_real(a, doc, "makespan_s", span_s(r));
    su_doc_put_real(a, doc, "request_rate_s", per((double)r->n_done, span_s(r)));
    su_doc_put_real(a, doc, "output_tok_s", per((double)r->output_tokens, span_s(r)));
    su_doc_put_real(a, doc, "total_tok_s",
                    per((double)r->input_tokens + (double)r->output_tokens, span_s(r)));
    su_doc_put_real(a, doc, "goodput_req_s", per((double)r->n_good, span_s(r)));
    su_doc_put_real(a, doc, "attainment_frac", per((double)r->n_good, (double)r->n_arrived));
    su_doc_put_int(a, doc, "preemptions", (int64_t)r->n_preempted);
    su_doc_put_real(a, doc, "prefix_hit_frac", per((double)r->hit_tokens, (double)r->input_tokens));
}

static void put_engine(struct su_arena *a, struct su_doc *doc, const struct su_sim *sim,
                       const struct su_sim_run *run)
{
    const struct su_serve_engine *e = &sim->config.engine;
    struct su_doc *o = su_doc_put_obj(a, doc, "engine");
    su_doc_put_str(a, o, "name", e->sched->engine);
    su_doc_put_str(a, o, "version_from", e->sched->version);
    su_doc_put_bool(a, o, "async", e->sched->async && e->n_drafts == 0);
    su_doc_put_bool(a, o, "whole_prompt_fits", e->sched->whole_prompt_fits);
    su_doc_put_bool(a, o, "prefix_caching", e->prefix_caching);
    su_doc_put_int(a, o, "block_tokens", e->block_tokens);
    su_doc_put_int(a, o, "num_gpu_blocks", (int64_t)e->n_blocks);
    su_doc_put_int(a, o, "max_num_seqs", e->max_num_seqs);
    su_doc_put_int(a, o, "max_num_batched_tokens", e->max_num_batched_tokens);
    su_doc_put_str(a, o, "router", su_router_name(sim->config.router));
    struct su_doc *s = su_doc_put_obj(a, doc, "simulator");
    su_doc_put_int(a, s, "steps", (int64_t)run->result.n_steps);
    su_doc_put_int(a, s, "events", (int64_t)run->result.n_events);
    su_doc_put_bool(a, s, "step_by_step", run->result.stepped);
    if (run->result.stepped && run->result.stepped_why != NULL)
        su_doc_put_str(a, s, "why", run->result.stepped_why);
}

static void put_workload(struct su_arena *a, struct su_doc *doc, const struct su_sim_run *run)
{
    struct su_doc *o = su_doc_put_obj(a, doc, "workload");
    su_doc_put_str(a, o, "format", run->facts.format);
    su_doc_put_int(a, o, "skipped", (int64_t)run->facts.n_skipped);
}

static void put_cost(struct su_arena *a, struct su_doc *doc, const struct su_sim_cost *c)
{
    if (c->energy_known) {
        su_doc_put_real(a, doc, "energy_j", c->energy_j);
        su_doc_put_real(a, doc, "energy_j_per_output_token", c->energy_j_per_token);
    }
    if (!c->known)
        return;
    su_put_cost(a, doc, &c->quote, &c->cost, c->per_mtok_output);
    su_doc_put_str(a, doc, "channel", su_channel_name(c->quote.channel));
    su_doc_put_str(a, doc, "region", c->region);
    su_doc_put_real(a, doc, "horizon_months", c->horizon_months);
    su_doc_put_int(a, doc, "servers", c->n_servers);
}

static void put_at(const struct su_sim_answer *w, struct su_doc *doc, double at)
{
    struct su_arena *a = w->arena;
    if (w->found->what == SU_SIM_FIND_REPLICAS)
        su_doc_put_int(a, doc, "replicas", (int64_t)at);
    else
        su_doc_put_real(a, doc, w->sim->scales_trace ? "rate_scale" : "rate_req_s", at);
}

static void put_point(const struct su_sim_answer *w, struct su_doc *doc,
                      const struct su_sim_point *p)
{
    struct su_arena *a = w->arena;
    put_at(w, doc, p->at);
    su_doc_put_bool(a, doc, "met", p->met);
    su_doc_put_str(a, doc, "state", su_sim_state_name(p->state));
    su_doc_put_real(a, doc, "output_tok_s", p->output_tok_s);
    su_doc_put_real(a, doc, "attainment_frac", p->attainment_frac);
    put_levels(a, doc, p->levels);
}

static void put_found(const struct su_sim_answer *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    const struct su_sim_found *f = w->found;
    struct su_doc *o = su_doc_put_obj(a, doc, "find");
    su_doc_put_str(a, o, "what", f->what == SU_SIM_FIND_RATE ? "rate" : "replicas");
    if (f->best != NULL)
        put_at(w, o, f->best->at);
    if (f->next != NULL)
        put_point(w, su_doc_put_obj(a, o, "next"), f->next);
    su_doc_put_bool(a, o, "monotone", f->monotone);
    struct su_doc *list = su_doc_put_arr(a, o, "checked");
    for (size_t i = 0; i < f->n_points; i++)
        put_point(w, su_doc_push_obj(a, list), &f->points[i]);
}

void su_sim_put(const struct su_sim_answer *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    const struct su_setup *setup = &w->sim->setup;
    su_doc_put_str(a, doc, "model", setup->model->name);
    su_doc_put_str(a, doc, "chip", setup->accel->id);
    su_doc_put_str(a, doc, "as_of", setup->facts.date.text);
    su_doc_put_bool(a, doc, "feasible", w->why == NULL);
    if (w->why != NULL)
        su_doc_put_str(a, doc, "why", w->why);
    su_doc_put_int(a, doc, "cards", setup->n_cards);
    su_doc_put_int(a, doc, "replicas", setup->n_replicas);
    if (w->sim->config.n_prefill > 0)
        su_doc_put_int(a, doc, "prefill_replicas", w->sim->config.n_prefill);
    if (w->found != NULL)
        put_found(w, doc);
    bool stopped = w->found != NULL && w->found->interrupted;
    if (w->run != NULL) {
        const struct su_serve_result *r = &w->run->result;
        stopped = stopped || r->interrupted;
        put_verdict(a, doc, &w->run->verdict);
        put_counts(a, doc, r);
        put_hist(a, doc, "ttft_ms", &r->ttft);
        put_hist(a, doc, "tpot_ms", &r->tpot);
        put_hist(a, doc, "itl_ms", &r->itl);
        put_hist(a, doc, "e2e_ms", &r->e2e);
        put_hist(a, doc, "queue_ms", &r->queue);
        struct su_sim_level levels[SU_SIM_LEVELS];
        su_sim_levels(&w->sim->slo, r, levels);
        put_levels(a, doc, levels);
        put_occupancy(a, doc, w->sim, r);
        put_cost(a, doc, w->cost);
        put_engine(a, doc, w->sim, w->run);
        put_workload(a, doc, w->run);
    }
    su_doc_put_bool(a, doc, "interrupted", stopped);
    su_put_memory(a, doc, &setup->memory);
}

/* ---- for spreadsheets ---- */

static void add_row(struct su_table *table, const char *key, const struct su_doc *v)
{
    struct su_arena *a = table->arena;
    const char *text = v->kind == SU_DOC_REAL   ? su_fmt(a, "%.12g", v->u.real)
                       : v->kind == SU_DOC_INT  ? su_fmt(a, "%lld", (long long)v->u.integer)
                       : v->kind == SU_DOC_STR  ? v->u.str.p
                       : v->kind == SU_DOC_BOOL ? (v->u.boolean ? "true" : "false")
                                                : NULL;
    const char *cells[] = {key, text};
    su_table_row(table, cells);
}

struct su_table *su_sim_table(const struct su_sim_answer *w)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_new(a, SU_DOC_OBJ);
    su_sim_put(w, doc);
    struct su_table *table = SU_NEW(a, struct su_table);
    su_table_init(table, a);
    su_table_col(table, su_text(w->view->lang, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(w->view->lang, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const struct su_doc_member *m = &doc->u.obj.items[i];
        if (m->value->kind == SU_DOC_ARR)
            continue;
        if (m->value->kind != SU_DOC_OBJ) {
            add_row(table, m->key, m->value);
            continue;
        }
        for (size_t k = 0; k < m->value->u.obj.n; k++) {
            const struct su_doc_member *inner = &m->value->u.obj.items[k];
            if (inner->value->kind != SU_DOC_ARR && inner->value->kind != SU_DOC_OBJ)
                add_row(table, su_fmt(a, "%s.%s", m->key, inner->key), inner->value);
        }
    }
    return table;
}
