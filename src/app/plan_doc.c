/* A plan as JSON (docs/api/plan.md). */
#include <math.h>

#include "app/plan_parts.h"

void su_put_cost(struct su_arena *a, struct su_doc *doc, const struct su_quote *quote,
                 const struct su_cost *c, double per_mtok_output)
{
    struct su_doc *cost = su_doc_put_obj(a, doc, "cost");
    su_doc_put_money(a, cost, "servers", c->servers);
    su_doc_put_money(a, cost, "network", c->network);
    su_doc_put_money(a, cost, "electricity", c->electricity);
    su_doc_put_money(a, cost, "hosting", c->hosting);
    su_doc_put_money(a, cost, "upkeep", c->upkeep);
    su_doc_put_money(a, cost, "rent", c->rent);
    su_doc_put_money(a, cost, "total", c->total);
    if (quote->known)
        su_put_quote(a, cost, quote);
    struct su_doc *unit = su_doc_put_obj(a, doc, "cost_per_mtok_output");
    su_doc_put_real(a, unit, "amount", per_mtok_output);
    su_doc_put_str(a, unit, "currency", su_currency_code(c->total.currency));
}

static void put_cost(struct su_arena *a, struct su_doc *doc, const struct su_plan *p)
{
    if (p->quote.known || p->cost.total.micro > 0) {
        su_put_cost(a, doc, &p->quote, &p->cost, p->cost_per_mtok);
        return;
    }
    su_doc_put_null(a, doc, "cost");
    su_doc_put_null(a, doc, "cost_per_mtok_output");
    if (p->price_to_win_known)
        su_doc_put_money(a, doc, "price_to_win", p->price_to_win);
}

/* Simulated where that was done; the steady state's beside them. */
static void put_figures(struct su_arena *a, struct su_doc *doc, const struct su_plan *p)
{
    struct su_plan_figures f = su_plan_figures(p);
    su_doc_put_real(a, doc, "ttft_ms", f.ttft_s * 1e3);
    su_doc_put_real(a, doc, "ttft_p99_ms", f.ttft_p99_s * 1e3);
    su_doc_put_real(a, doc, "tpot_ms", f.tpot_s * 1e3);
    su_doc_put_real(a, doc, "tpot_p99_ms", f.tpot_p99_s * 1e3);
    su_doc_put_real(a, doc, "output_tok_s", f.output_tok_s);
    su_doc_put_bool(a, doc, "verified", p->verified.known);
    if (!p->verified.known)
        return;
    const struct su_steady *s = &p->screened;
    struct su_doc *screened = su_doc_put_obj(a, doc, "screened");
    su_doc_put_int(a, screened, "replicas", p->screened_replicas);
    su_doc_put_real(a, screened, "ttft_ms", s->ttft_s * 1e3);
    su_doc_put_real(a, screened, "ttft_p99_ms", s->ttft_p99_s * 1e3);
    su_doc_put_real(a, screened, "tpot_ms", s->tpot_s * 1e3);
    su_doc_put_real(a, screened, "tpot_p99_ms", s->tpot_p99_s * 1e3);
    su_doc_put_real(a, screened, "output_tok_s", s->output_tok_s * p->screened_replicas);
}

void su_plan_put_one(const struct su_plan_words *w, struct su_doc *doc, const struct su_plan *p)
{
    struct su_arena *a = w->arena;
    su_doc_put_str(a, doc, "chip", p->accel->id);
    su_doc_put_int(a, doc, "count", p->n_cards);
    su_doc_put_int(a, doc, "servers", p->n_servers);
    su_doc_put_int(a, doc, "cards_per_server", p->n_cards_server);
    if (p->server != NULL)
        su_doc_put_str(a, doc, "server", p->server->id);
    su_doc_put_str(a, doc, "dtype", su_dtype_name(p->weight_dtype));
    su_doc_put_str(a, doc, "kv_dtype", su_dtype_name(p->kv_dtype));
    su_doc_put_int(a, doc, "tp", p->par.tp);
    su_doc_put_int(a, doc, "pp", p->par.pp);
    su_doc_put_int(a, doc, "dp", p->par.dp);
    su_doc_put_int(a, doc, "ep", p->par.ep);
    su_doc_put_int(a, doc, "replicas", p->n_replicas);
    su_doc_put_str(a, doc, "engine",
                   su_request_has(w->asked, SU_OPTION_engine) ? w->asked->engine : "vllm");
    su_doc_put_str(a, doc, "engine_support", su_support_level_name(p->engine_support));
    su_put_offers(w, doc, p);
    put_figures(a, doc, p);
    su_doc_put_real(a, doc, "request_rate_max_s", p->rate_max_req_s * p->n_replicas);
    su_doc_put_real(a, doc, "power_kw", p->power.server_w * p->n_servers / 1e3);
    su_put_memory(a, doc, &p->memory);
    put_cost(a, doc, p);
    struct su_doc *interval = su_doc_put_obj(a, doc, "interval");
    su_put_interval(a, interval, "ttft_ms", p->ttft_s.low * 1e3, p->ttft_s.high * 1e3);
    su_put_interval(a, interval, "tpot_ms", p->tpot_s.low * 1e3, p->tpot_s.high * 1e3);
    su_put_interval(a, interval, "output_tok_s_max", p->output_tok_s_max.low,
                    p->output_tok_s_max.high);
    if (p->quote.known && p->cost_per_mtok_range.high > 0)
        su_put_interval(a, interval, "cost_per_mtok_output", p->cost_per_mtok_range.low,
                        p->cost_per_mtok_range.high);
    su_doc_put_str(a, doc, "basis", su_basis_name(p->basis));
    su_doc_put_str(a, doc, "reason", su_plan_reason(w, p));
    const char *launch = su_plan_launch(w, p);
    if (launch == NULL)
        su_doc_put_null(a, doc, "launch");
    else
        su_doc_put_str(a, doc, "launch", launch);
}

static void put_plan(const struct su_plan_words *w, struct su_doc *plans, size_t rank)
{
    struct su_arena *a = w->arena;
    const struct su_plan *p = &w->result->plans[rank];
    struct su_doc *doc = su_doc_push_obj(a, plans);
    su_doc_put_int(a, doc, "rank", (int64_t)rank + 1);
    su_plan_put_one(w, doc, p);
    su_doc_put_bool(a, doc, "tie", p->tie);
    if (p->quote.known)
        su_doc_put_real(a, doc, "p_best", p->p_best);
    su_verdict_put_plan(w, doc, rank);
}

static void put_exclusion(const struct su_plan_words *w, struct su_doc *excluded,
                          const struct su_exclusion *x)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_push_obj(a, excluded);
    su_doc_put_str(a, doc, "chip", x->accel->id);
    su_doc_put_str(a, doc, "constraint", su_constraint_name(x->constraint));
    su_doc_put_str(a, doc, "reason", su_exclusion_reason(w, x));
    if (!x->has_value)
        return;
    su_doc_put_real(a, doc, "value", x->value);
    su_doc_put_real(a, doc, "limit", x->limit);
    su_doc_put_str(a, doc, "unit", x->unit);
}

/* Plans that no other one beats in both cost per token and speed per user. */
static void put_pareto(const struct su_plan_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    const struct su_plan_result *r = w->result;
    struct su_doc *pareto = su_doc_put_arr(a, doc, "pareto");
    double fastest_s = INFINITY; /* plans come cheapest first */
    for (size_t i = 0; i < r->n_priced; i++) {
        const struct su_plan *p = &r->plans[i];
        double tpot_s = su_plan_figures(p).tpot_s;
        if (tpot_s >= fastest_s)
            continue;
        fastest_s = tpot_s;
        struct su_doc *point = su_doc_push_obj(a, pareto);
        su_doc_put_int(a, point, "rank", (int64_t)i + 1);
        su_doc_put_str(a, point, "chip", p->accel->id);
        su_doc_put_real(a, point, "cost_per_mtok_output", p->cost_per_mtok);
        if (tpot_s > 0)
            su_doc_put_real(a, point, "tok_s_per_user", 1 / tpot_s);
    }
}

void su_plan_put_search(struct su_arena *arena, struct su_doc *doc,
                        const struct su_plan_result *results, size_t n)
{
    uint64_t priced = 0;
    uint64_t bounded = 0;
    uint64_t runs = 0;
    for (size_t i = 0; i < n; i++) {
        priced += results[i].n_searched;
        bounded += results[i].n_bounded;
        runs += results[i].n_runs;
    }
    struct su_doc *search = su_doc_put_obj(arena, doc, "search");
    su_doc_put_int(arena, search, "priced", (int64_t)priced);
    su_doc_put_int(arena, search, "bounded", (int64_t)bounded);
    su_doc_put_int(arena, search, "simulated", (int64_t)runs);
}

void su_plan_put(const struct su_plan_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    su_doc_put_str(a, doc, "model", w->request->graph->model->name);
    su_doc_put_str(a, doc, "region", w->request->region);
    su_doc_put_str(a, doc, "as_of", w->request->date.text);
    su_doc_put_real(a, doc, "request_rate_s", w->request->rate_req_s);
    su_doc_put_real(a, doc, "request_rate_peak_s", w->result->peak_rate_req_s);
    su_doc_put_real(a, doc, "horizon_months", w->request->horizon_months);
    su_doc_put_real(a, doc, "output_mtok", w->result->mtok_output);
    su_doc_put_bool(a, doc, "feasible", w->why == NULL);
    if (w->why != NULL)
        su_doc_put_str(a, doc, "why", w->why);
    struct su_doc *plans = su_doc_put_arr(a, doc, "plans");
    for (size_t i = 0; i < w->result->n_plans; i++)
        put_plan(w, plans, i);
    struct su_doc *excluded = su_doc_put_arr(a, doc, "excluded");
    for (size_t i = 0; i < w->result->n_excluded; i++)
        put_exclusion(w, excluded, &w->result->excluded[i]);
    put_pareto(w, doc);
    su_verdict_put(w, doc);
    if (w->verdict->compare != NULL)
        su_doc_put(a, doc, "compare", w->verdict->compare);
    su_plan_put_search(a, doc, w->result, 1);
}
