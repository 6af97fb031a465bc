/* A fleet for several classes as JSON (docs/api/plan.md). */
#include <math.h>

#include "app/mix_parts.h"

static void put_cost(struct su_arena *a, struct su_doc *doc, const struct su_cost *c)
{
    su_doc_put_money(a, doc, "servers", c->servers);
    su_doc_put_money(a, doc, "network", c->network);
    su_doc_put_money(a, doc, "electricity", c->electricity);
    su_doc_put_money(a, doc, "hosting", c->hosting);
    su_doc_put_money(a, doc, "upkeep", c->upkeep);
    su_doc_put_money(a, doc, "total", c->total);
}

static void put_part(const struct su_mix_words *w, struct su_doc *parts,
                     const struct su_mix_part *part)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_push_obj(a, parts);
    static const char *const roles[] = {"aggregated", "prefill", "decode"};
    su_doc_put_str(a, doc, "class", w->question->request.classes[part->klass].name);
    su_doc_put_str(a, doc, "role", roles[part->role]);
    su_doc_put_real(a, doc, "share_frac", part->share_frac);
    su_doc_put_int(a, doc, "spare_replicas", part->n_spare);
    struct su_plan_words words = su_mix_part_words(w, part);
    su_plan_put_one(&words, doc, &part->plan);
}

static void put_servers(const struct su_mix_words *w, struct su_doc *list,
                        const struct su_mix_servers *s)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_push_obj(a, list);
    su_doc_put_str(a, doc, "chip", s->accel->id);
    if (s->server != NULL)
        su_doc_put_str(a, doc, "server", s->server->id);
    su_doc_put_int(a, doc, "cards_per_server", s->n_cards_server);
    su_doc_put_bool(a, doc, "existing", s->existing);
    su_doc_put_int(a, doc, "bought", s->n_bought);
    struct su_doc *stages = su_doc_put_arr(a, doc, "servers_by_stage");
    for (uint32_t t = 0; t < w->result->n_stages; t++)
        su_doc_push(a, stages, su_doc_new_int(a, s->n_servers[t]));
}

static void put_fleet(const struct su_mix_words *w, struct su_doc *plans, size_t i)
{
    struct su_arena *a = w->arena;
    const struct su_mix_fleet *f = &w->result->fleets[i];
    struct su_doc *doc = su_doc_push_obj(a, plans);
    su_doc_put_int(a, doc, "rank", (int64_t)i + 1);
    su_doc_put_str(a, doc, "chip", f->only == NULL ? "mixed" : f->only->id);
    su_doc_put_int(a, doc, "count", f->n_cards);
    su_doc_put_int(a, doc, "servers", f->n_servers);
    su_doc_put_real(a, doc, "output_tok_s", f->output_tok_s);
    su_doc_put_real(a, doc, "power_kw", f->power_kw);
    put_cost(a, su_doc_put_obj(a, doc, "cost"), &f->cost);
    struct su_doc *unit = su_doc_put_obj(a, doc, "cost_per_mtok_output");
    su_doc_put_real(a, unit, "amount", f->cost_per_mtok);
    su_doc_put_str(a, unit, "currency", su_currency_code(f->cost.total.currency));
    su_doc_put_real(a, doc, "gap_frac", f->gap_frac);
    if (f->bound_known)
        su_doc_put_money(a, doc, "bound", f->bound);
    su_doc_put_str(a, doc, "reason", su_mix_reason(w, f));
    struct su_doc *servers = su_doc_put_arr(a, doc, "fleet");
    for (size_t k = 0; k < f->n_kinds; k++)
        put_servers(w, servers, &f->servers[k]);
    struct su_doc *parts = su_doc_put_arr(a, doc, "parts");
    for (size_t k = 0; k < f->n_parts; k++)
        put_part(w, parts, &f->parts[k]);
}

static void put_exclusion(const struct su_mix_words *w, struct su_doc *list,
                          const struct su_mix_exclusion *x)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_push_obj(a, list);
    su_doc_put_str(a, doc, "chip", x->accel->id);
    if (x->n_limits == 0 && x->exclusion.constraint >= SU_CONSTRAINT_DTYPE &&
        x->exclusion.constraint != SU_CONSTRAINT_PRICE)
        su_doc_put_str(a, doc, "class", w->question->request.classes[x->klass].name);
    su_doc_put_str(a, doc, "constraint", su_mix_constraint_name(x));
    su_doc_put_str(a, doc, "reason", su_mix_exclusion_reason(w, x));
    if (x->n_limits > 0 || !x->exclusion.has_value)
        return;
    su_doc_put_real(a, doc, "value", x->exclusion.value);
    su_doc_put_real(a, doc, "limit", x->exclusion.limit);
    su_doc_put_str(a, doc, "unit", x->exclusion.unit);
}

static void put_classes(const struct su_mix_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    struct su_doc *classes = su_doc_put_arr(a, doc, "classes");
    for (size_t c = 0; c < w->question->request.n_classes; c++) {
        const struct su_mix_class *k = &w->question->request.classes[c];
        struct su_doc *item = su_doc_push_obj(a, classes);
        su_doc_put_str(a, item, "name", k->name);
        su_doc_put_str(a, item, "model", k->request.graph->model->name);
        su_doc_put_real(a, item, "isl", k->request.load.isl);
        su_doc_put_real(a, item, "osl", k->request.load.osl);
        su_doc_put_real(a, item, "request_rate_s", k->request.rate_req_s);
        su_doc_put_real(a, item, "request_rate_peak_s", w->result->classes[c].peak_rate_req_s);
    }
    struct su_doc *stages = su_doc_put_arr(a, doc, "stages");
    for (uint32_t t = 0; t < w->result->n_stages; t++) {
        struct su_doc *item = su_doc_push_obj(a, stages);
        su_doc_put_int(a, item, "months", w->result->stage_months[t]);
        su_doc_put_real(a, item, "growth", w->result->growth[t]);
    }
}

/* Mean time per token of a fleet, by the tokens of its parts. */
static double tpot_s(const struct su_mix_fleet *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->n_parts; i++) {
        struct su_plan_figures figures = su_plan_figures(&f->parts[i].plan);
        sum += figures.tpot_s * figures.output_tok_s;
    }
    return f->output_tok_s > 0 ? sum / f->output_tok_s : 0;
}

static void put_pareto(const struct su_mix_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    struct su_doc *pareto = su_doc_put_arr(a, doc, "pareto");
    double fastest_s = INFINITY;
    for (size_t i = 0; i < w->result->n_fleets; i++) {
        const struct su_mix_fleet *f = &w->result->fleets[i];
        double s = tpot_s(f);
        if (s >= fastest_s)
            continue;
        fastest_s = s;
        struct su_doc *point = su_doc_push_obj(a, pareto);
        su_doc_put_int(a, point, "rank", (int64_t)i + 1);
        su_doc_put_str(a, point, "chip", f->only == NULL ? "mixed" : f->only->id);
        su_doc_put_real(a, point, "cost_per_mtok_output", f->cost_per_mtok);
        if (s > 0)
            su_doc_put_real(a, point, "tok_s_per_user", 1 / s);
    }
}

void su_mix_put(const struct su_mix_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    const struct su_plan_request *common = w->question->request.common;
    put_classes(w, doc);
    su_doc_put_str(a, doc, "region", common->region);
    su_doc_put_str(a, doc, "as_of", common->date.text);
    su_doc_put_real(a, doc, "horizon_months", common->horizon_months);
    su_doc_put_real(a, doc, "output_mtok", w->result->mtok_output);
    su_doc_put_bool(a, doc, "feasible", w->why == NULL);
    if (w->why != NULL)
        su_doc_put_str(a, doc, "why", w->why);
    struct su_doc *plans = su_doc_put_arr(a, doc, "plans");
    for (size_t i = 0; i < w->result->n_fleets; i++)
        put_fleet(w, plans, i);
    struct su_doc *excluded = su_doc_put_arr(a, doc, "excluded");
    for (size_t i = 0; i < w->result->n_excluded; i++)
        put_exclusion(w, excluded, &w->result->excluded[i]);
    put_pareto(w, doc);
    su_plan_put_search(a, doc, w->result->classes, w->question->request.n_classes);
}
