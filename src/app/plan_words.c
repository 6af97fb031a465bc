/* The words of a plan: why it is so, why others are not, how it is launched. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"

const char *su_plan_cut_text(struct su_arena *arena, const struct su_plan *plan)
{
    const char *text = su_fmt(arena, "TP%u", plan->par.tp);
    if (plan->par.dp > 1)
        text = su_fmt(arena, "%s DP%u", text, plan->par.dp);
    if (plan->par.ep > 1)
        text = su_fmt(arena, "%s EP%u", text, plan->par.ep);
    return text;
}

/* What most of a step's time goes to. */
enum su_msg su_plan_bottleneck(const struct su_step_cost *c, double *share_frac)
{
    const struct {
        double s;
        enum su_msg msg;
    } parts[] = {{c->memory_s, SU_MSG_bound_memory},
                 {c->compute_s, SU_MSG_bound_compute},
                 {c->network_s, SU_MSG_bound_network},
                 {c->overhead_s, SU_MSG_bound_latency}};
    size_t best = 0;
    for (size_t i = 1; i < 4; i++) {
        if (parts[i].s > parts[best].s)
            best = i;
    }
    *share_frac = parts[best].s / c->total_s;
    return parts[best].msg;
}

static const char *percent(struct su_arena *arena, double frac)
{
    return su_fmt(arena, "%.0f %%", frac * 100);
}

/* Two sentences: Chinese puts no space between them. */
static const char *join(const struct su_plan_words *w, const char *a, const char *b)
{
    return su_fmt(w->arena, "%s%s%s", a, w->view->lang == SU_LANG_ZH ? "" : " ", b);
}

/* fp8 is quantised on load; narrower or integer weights must have been prepared. */
static bool needs_quantised_checkpoint(const struct su_plan_words *w, const struct su_plan *plan)
{
    enum su_dtype d = plan->weight_dtype;
    return d != w->request->graph->model->checkpoint_dtype && d != SU_DTYPE_fp8 &&
           su_dtype_bits(d) < 16;
}

static const char *verified_sentence(const struct su_plan_words *w, const struct su_plan *plan,
                                     const char *text)
{
    struct su_arena *a = w->arena;
    const struct su_verified *v = &plan->verified;
    if (!v->known || w->prefills || w->decodes)
        return text;
    return join(w, text,
                su_text_fill(a, w->view->lang,
                             v->n_failed == 0 ? SU_MSG_plan_simulated : SU_MSG_plan_simulated_least,
                             "n", su_number_int(a, v->n_requests), "replicas",
                             su_fmt(a, "%u", plan->n_replicas), "fewer",
                             su_fmt(a, "%u", v->n_failed), NULL));
}

const char *su_plan_reason(const struct su_plan_words *w, const struct su_plan *plan)
{
    struct su_arena *a = w->arena;
    double decode_frac = 0;
    double prefill_frac = 0;
    enum su_msg decode = su_plan_bottleneck(&plan->decode_cost, &decode_frac);
    enum su_msg prefill = su_plan_bottleneck(&plan->prefill_cost, &prefill_frac);
    enum su_msg msg = w->prefills  ? SU_MSG_prefill_reason
                      : w->decodes ? SU_MSG_decode_reason
                                   : SU_MSG_plan_reason;
    const char *text = su_text_fill(
        a, w->view->lang, msg, "decode", su_text(w->view->lang, decode), "decode_pct",
        percent(a, decode_frac), "prefill", su_text(w->view->lang, prefill), "prefill_pct",
        percent(a, prefill_frac), "cards", su_fmt(a, "%u", plan->par.tp * plan->par.dp), "max",
        su_number(a, plan->rate_max_req_s), "peak", su_number(a, w->result->peak_rate_req_s),
        "replicas", su_fmt(a, "%u", plan->n_replicas), "load",
        percent(a, w->result->peak_rate_req_s / plan->n_replicas / plan->rate_max_req_s), NULL);
    text = verified_sentence(w, plan, text);
    uint32_t idle = plan->n_servers * plan->n_cards_server - plan->n_cards;
    if (idle > 0 && !w->part)
        text = join(w, text,
                    su_text_fill(a, w->view->lang, SU_MSG_plan_idle_cards, "idle",
                                 su_fmt(a, "%u", idle), NULL));
    if (needs_quantised_checkpoint(w, plan))
        text = join(w, text,
                    su_text_fill(a, w->view->lang, SU_MSG_plan_quantised, "dtype",
                                 su_dtype_name(plan->weight_dtype), NULL));
    if (plan->tie)
        text = join(w, text, su_text(w->view->lang, SU_MSG_plan_tie));
    if (strcmp(plan->accel->market, "consumer") == 0)
        text = join(w, text, su_text(w->view->lang, SU_MSG_plan_consumer));
    if (plan->fp16_for_bf16)
        text = join(w, text, su_text(w->view->lang, SU_MSG_approx_fp16));
    if (plan->engine_support != SU_SUPPORT_NATIVE)
        text = join(w, text,
                    su_text_fill(a, w->view->lang, SU_MSG_plan_engine_support, "engine",
                                 su_engine_text(w->view, w->request->engine_component), "stack",
                                 plan->accel->stack, "level",
                                 su_support_text(w->view, plan->engine_support), NULL));
    const struct su_offer *offer = &plan->offers.items[plan->offer];
    if (offer->compliance.status > SU_COMPLIANCE_FREE)
        text = join(w, text, su_compliance_text(w, offer));
    return text;
}

const char *su_constraint_text(const struct su_plan_words *w, enum su_constraint c)
{
    static const enum su_msg msgs[] = {
        SU_MSG_constraint_vendor, SU_MSG_constraint_market,   SU_MSG_constraint_release,
        SU_MSG_constraint_export, SU_MSG_constraint_software, SU_MSG_constraint_facts,
        SU_MSG_constraint_dtype,  SU_MSG_constraint_memory,   SU_MSG_constraint_slo,
        SU_MSG_constraint_power,  SU_MSG_constraint_budget,   SU_MSG_constraint_price};
    return su_text(w->view->lang, msgs[c]);
}

static const char *export_reason(const struct su_plan_words *w, const struct su_exclusion *x)
{
    struct su_arena *a = w->arena;
    if (x->export.klass == SU_EXPORT_UNKNOWN)
        return su_text_fill(a, w->view->lang, SU_MSG_reason_export_unknown, "date",
                            w->request->date.text, NULL);
    static const enum su_msg policies[] = {SU_MSG_policy_none, SU_MSG_policy_case_by_case,
                                           SU_MSG_policy_denial};
    const char *figure =
        x->export.tpp > 0 && strcmp(x->unit, "TPP") == 0
            ? su_fmt(a, "TPP %.0f = %g × %.0f bit (%s)", x->export.tpp, x->export.tpp_rate,
                     x->export.tpp / x->export.tpp_rate, x->export.tpp_format)
            : su_fmt(a, "%.0f %s", x->value, x->unit);
    return su_text_fill(
        a, w->view->lang, SU_MSG_reason_export, "rule", x->what == NULL ? "" : x->what, "figure",
        figure, "limit", su_number(a, x->limit), "class",
        su_text(w->view->lang,
                x->export.klass == SU_EXPORT_NAC ? SU_MSG_class_nac : SU_MSG_class_licence),
        "policy", su_text(w->view->lang, policies[x->export.policy]), "date", w->request->date.text,
        NULL);
}

static const char *money_text(const struct su_plan_words *w, double amount)
{
    struct su_money m = {0};
    if (su_money_make(amount, w->request->currency, &m, NULL) != SU_OK)
        return su_number(w->arena, amount);
    return su_number_money(w->arena, w->view->lang, m);
}

const char *su_exclusion_reason(const struct su_plan_words *w, const struct su_exclusion *x)
{
    struct su_arena *a = w->arena;
    enum su_lang lang = w->view->lang;
    const char *value = su_number(a, x->value);
    const char *limit = su_number(a, x->limit);
    const char *what = x->what == NULL ? "" : x->what;
    switch (x->constraint) {
    case SU_CONSTRAINT_VENDOR:
        return su_text_fill(a, lang, SU_MSG_reason_vendor, "vendor", what, NULL);
    case SU_CONSTRAINT_MARKET:
        return x->accel->cloud_only       ? su_text(lang, SU_MSG_reason_cloud_only)
               : strcmp(what, "cpu") == 0 ? su_text(lang, SU_MSG_reason_cpu)
                                          : su_text_fill(a, lang, SU_MSG_reason_market, "market",
                                                         su_market_text(w->view, what), NULL);
    case SU_CONSTRAINT_RELEASE:
        return su_text_fill(a, lang, SU_MSG_reason_release, "release", what, "date",
                            w->request->date.text, NULL);
    case SU_CONSTRAINT_EXPORT:
        return export_reason(w, x);
    case SU_CONSTRAINT_SOFTWARE:
        return su_text_fill(a, lang,
                            strcmp(what, "none") == 0 ? SU_MSG_reason_software_none
                                                      : SU_MSG_reason_software_unknown,
                            "engine", su_engine_text(w->view, w->request->engine_component),
                            "stack", x->accel->stack, NULL);
    case SU_CONSTRAINT_FACTS:
        return su_text_fill(a, lang, SU_MSG_reason_facts, "fact", what, NULL);
    case SU_CONSTRAINT_DTYPE:
        return su_text(lang, SU_MSG_reason_dtype);
    case SU_CONSTRAINT_MEMORY:
        return su_text_fill(a, lang, SU_MSG_reason_memory, "value", value, "limit", limit, NULL);
    case SU_CONSTRAINT_SLO:
        if (!x->has_value || x->value <= x->limit)
            return su_text(lang, su_accel_link_bytes_per_s(x->accel) > 0 ? SU_MSG_reason_slo_load
                                                                         : SU_MSG_reason_no_link);
        return su_text_fill(a, lang, SU_MSG_reason_slo, "level", what, "value", value, "limit",
                            limit, NULL);
    case SU_CONSTRAINT_PRICE:
        return su_text(lang, SU_MSG_reason_price);
    case SU_CONSTRAINT_POWER:
    case SU_CONSTRAINT_BUDGET:
        if (!x->has_value)
            return su_text(lang, SU_MSG_reason_budget_unpriced);
        break;
    }
    bool budget = x->constraint == SU_CONSTRAINT_BUDGET;
    return su_text_fill(
        a, lang, SU_MSG_reason_limit, "what", su_constraint_text(w, x->constraint), "value",
        budget ? money_text(w, x->value) : su_fmt(a, "%s %s", value, x->unit), "limit",
        budget ? money_text(w, x->limit) : su_fmt(a, "%s %s", limit, x->unit), NULL);
}
