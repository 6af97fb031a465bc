/* Exit 3: which constraint binds, and the nearest change that makes the brief feasible. A change is
 * tried before it is named: the search runs again with it, and when another constraint then binds,
 * that one is relaxed too. What cannot be relaxed by a flag gets a sentence instead. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"
#include "base/date.h"

#define TRIES_MAX 24
#define SLO_HEADROOM 1.05 /* over a lone request, which leaves no room for a second one */
#define SLO_STEP 1.5      /* when even that needs more replicas than make sense */

static const char *flag_of(enum su_option_id id)
{
    static const char *const flags[SU_OPTION_COUNT] = {[SU_OPTION_slo] = "--slo",
                                                       [SU_OPTION_budget] = "--budget",
                                                       [SU_OPTION_power_max] = "--power-max",
                                                       [SU_OPTION_channels] = "--channels",
                                                       [SU_OPTION_markets] = "--markets",
                                                       [SU_OPTION_dtype] = "--dtype",
                                                       [SU_OPTION_as_of] = "--as-of"};
    return flags[id];
}

/* A request that is tried, and the options it changes. */
struct trial {
    struct su_arena *arena;
    struct su_plan_request request;
    bool changed[SU_OPTION_COUNT];
};

static void mark(struct trial *t, enum su_option_id id)
{
    t->changed[id] = true;
}

static double *level_of(struct su_slo *slo, const char *name)
{
    return strcmp(name, "ttft_p99") == 0    ? &slo->ttft_p99_s
           : strcmp(name, "ttft_mean") == 0 ? &slo->ttft_mean_s
           : strcmp(name, "tpot_p99") == 0  ? &slo->tpot_p99_s
                                            : &slo->tpot_mean_s;
}

/* Whole milliseconds: the flag shows what was tried. */
static double whole_ms(double s)
{
    return ceil(s * 1e3) / 1e3;
}

static void relax_slo(struct trial *t, const struct su_exclusion *x)
{
    struct su_slo *slo = &t->request.slo;
    mark(t, SU_OPTION_slo);
    if (x->has_value && x->value > x->limit) {
        *level_of(slo, x->what) = whole_ms(x->value / 1e3 * SLO_HEADROOM);
        return;
    }
    double *all[] = {&slo->ttft_p99_s, &slo->ttft_mean_s, &slo->tpot_p99_s, &slo->tpot_mean_s};
    for (size_t i = 0; i < 4; i++)
        *all[i] = whole_ms(*all[i] * SLO_STEP);
}

static bool relax_dtype(struct trial *t)
{
    uint32_t narrow = 1u << SU_DTYPE_int4;
    if ((t->request.dtypes & narrow) != 0)
        return false;
    t->request.dtypes |= narrow;
    mark(t, SU_OPTION_dtype);
    return true;
}

static bool relax_market(struct trial *t, const struct su_accel *accel)
{
    static const char *const all[] = {"datacenter", "workstation", "consumer", NULL};
    if (accel->cloud_only || strcmp(accel->market, "cpu") == 0)
        return false;
    t->request.markets = all;
    mark(t, SU_OPTION_markets);
    return true;
}

static bool relax_export(struct trial *t)
{
    if (t->request.channels.second_hand)
        return false;
    t->request.channels.official = true;
    t->request.channels.second_hand = t->request.channels.grey = true;
    mark(t, SU_OPTION_channels);
    return true;
}

static enum su_status relax_budget(struct trial *t, const struct su_exclusion *x,
                                   struct su_err *err)
{
    mark(t, SU_OPTION_budget);
    return su_money_make(ceil(x->value), t->request.currency, &t->request.budget, err);
}

/* Relaxes what excludes x; *possible is false when no flag does. */
static enum su_status relax(struct trial *t, const struct su_exclusion *x, bool *possible,
                            struct su_err *err)
{
    *possible = true;
    switch (x->constraint) {
    case SU_CONSTRAINT_SLO:
        relax_slo(t, x);
        return SU_OK;
    case SU_CONSTRAINT_BUDGET:
        *possible = x->has_value;
        return x->has_value ? relax_budget(t, x, err) : SU_OK;
    case SU_CONSTRAINT_POWER:
        t->request.power_max_kw = ceil(x->value * 10) / 10;
        mark(t, SU_OPTION_power_max);
        return SU_OK;
    case SU_CONSTRAINT_MEMORY:
    case SU_CONSTRAINT_DTYPE:
        *possible = relax_dtype(t);
        return SU_OK;
    case SU_CONSTRAINT_EXPORT:
        *possible = relax_export(t);
        return SU_OK;
    case SU_CONSTRAINT_MARKET:
        *possible = relax_market(t, x->accel);
        return SU_OK;
    case SU_CONSTRAINT_RELEASE:
        *possible = su_date_parse(su_str_c(x->accel->release), &t->request.date);
        mark(t, SU_OPTION_as_of);
        return SU_OK;
    case SU_CONSTRAINT_VENDOR:
    case SU_CONSTRAINT_SOFTWARE:
    case SU_CONSTRAINT_FACTS:
    case SU_CONSTRAINT_PRICE:
        break;
    }
    *possible = false;
    return SU_OK;
}

static const char *slo_text(struct su_arena *a, const struct su_slo *slo)
{
    const struct {
        const char *name;
        double s;
    } all[] = {{"ttft_p99", slo->ttft_p99_s},
               {"ttft_mean", slo->ttft_mean_s},
               {"tpot_p99", slo->tpot_p99_s},
               {"tpot_mean", slo->tpot_mean_s}};
    const char *text = "";
    for (size_t i = 0; i < 4; i++) {
        if (all[i].s > 0)
            text = su_fmt(a, "%s%s%s=%.0fms", text, text[0] == '\0' ? "" : ",", all[i].name,
                          ceil(all[i].s * 1e3));
    }
    return text;
}

static const char *dtypes_text(struct su_arena *a, uint32_t dtypes)
{
    const char *text = "";
    for (int d = 0; d < SU_DTYPE_COUNT; d++) {
        if ((dtypes >> d & 1) != 0)
            text = su_fmt(a, "%s%s%s", text, text[0] == '\0' ? "" : ",",
                          su_dtype_name((enum su_dtype)d));
    }
    return text;
}

static const char *value_text(struct su_arena *a, const struct su_plan_request *r,
                              enum su_option_id id)
{
    switch ((int)id) {
    case SU_OPTION_slo:
        return slo_text(a, &r->slo);
    case SU_OPTION_budget:
        return su_fmt(a, "%.0f", su_money_amount(r->budget));
    case SU_OPTION_power_max:
        return su_fmt(a, "%.1fkW", r->power_max_kw);
    case SU_OPTION_channels:
        return r->channels.rental ? "official,second_hand,rental" : "official,second_hand";
    case SU_OPTION_markets:
        return "datacenter,workstation,consumer";
    case SU_OPTION_dtype:
        return dtypes_text(a, r->dtypes);
    default:
        return r->date.text;
    }
}

/* "--slo ttft_p99=55ms --budget 120000" */
static const char *flags_text(const struct trial *t)
{
    const char *text = "";
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        if (t->changed[i])
            text = su_fmt(t->arena, "%s%s%s %s", text, text[0] == '\0' ? "" : " ",
                          flag_of((enum su_option_id)i),
                          value_text(t->arena, &t->request, (enum su_option_id)i));
    }
    return text;
}

/* What no flag relaxes, in words. */
static const char *advice(const struct su_plan_words *w, const struct su_exclusion *x)
{
    switch (x->constraint) {
    case SU_CONSTRAINT_SLO:
        return su_text(w->view->lang, SU_MSG_change_load);
    case SU_CONSTRAINT_MEMORY:
        return su_text(w->view->lang, SU_MSG_change_memory);
    case SU_CONSTRAINT_EXPORT:
        return su_text(w->view->lang, SU_MSG_change_export);
    case SU_CONSTRAINT_VENDOR:
        return su_text(w->view->lang, SU_MSG_change_vendor);
    default:
        return su_text(w->view->lang, SU_MSG_change_chips);
    }
}

static enum su_status nearest_change(const struct su_plan_words *w, const char **change,
                                     struct su_err *err)
{
    struct trial t = {.arena = w->arena, .request = *w->request};
    const struct su_exclusion *x = w->result->nearest;
    *change = advice(w, x);
    for (int i = 0; i < TRIES_MAX && x != NULL; i++) {
        bool possible = false;
        SU_TRY(relax(&t, x, &possible, err));
        if (!possible)
            return SU_OK;
        struct su_plan_result result;
        /* Screened first: most changes fail already there. */
        t.request.traffic.sched = NULL;
        SU_TRY(su_plan_search(w->arena, &t.request, &result, err));
        t.request.traffic.sched = w->request->traffic.sched;
        if (result.n_plans > 0)
            SU_TRY(su_plan_search(w->arena, &t.request, &result, err));
        if (result.n_plans > 0) {
            *change =
                su_text_fill(w->arena, w->view->lang, SU_MSG_change_flags, "flags", flags_text(&t),
                             "n", su_fmt(w->arena, "%zu", result.n_plans), NULL);
            return SU_OK;
        }
        x = result.nearest;
    }
    return SU_OK;
}

enum su_status su_plan_infeasible(const struct su_plan_words *w, const char **why,
                                  struct su_err *err)
{
    const struct su_exclusion *x = w->result->nearest;
    *why = su_text(w->view->lang, SU_MSG_infeasible_no_chip);
    if (x == NULL)
        return SU_OK;
    const char *change = NULL;
    SU_TRY(nearest_change(w, &change, err));
    size_t n = 0;
    for (size_t i = 0; i < w->result->n_excluded; i++)
        n += w->result->excluded[i].constraint == x->constraint;
    *why =
        su_text_fill(w->arena, w->view->lang, SU_MSG_infeasible, "constraint",
                     su_constraint_text(w, x->constraint), "n", su_fmt(w->arena, "%zu", n), "chip",
                     x->accel->id, "reason", su_exclusion_reason(w, x), "change", change, NULL);
    return SU_OK;
}
