/* Words of a fleet for several classes. */
#include <math.h>
#include <string.h>

#include "app/mix_parts.h"

static const char *fill_name(const struct su_fleet_limit *l)
{
    return l->name == NULL ? "" : l->name;
}

struct su_plan_words su_mix_part_words(const struct su_mix_words *w, const struct su_mix_part *part)
{
    struct su_plan_result *r = SU_NEW(w->arena, struct su_plan_result);
    *r = w->result->classes[part->klass];
    r->peak_rate_req_s *= w->result->growth[w->result->n_stages - 1] * part->share_frac;
    return (struct su_plan_words){
        .arena = w->arena,
        .view = w->view,
        .request = &w->question->request.classes[part->klass].request,
        .result = r,
        .asked = &w->question->asked[part->klass],
        .part = true,
        .prefills = part->role == SU_FLEET_PREFILL,
        .decodes = part->role == SU_FLEET_DECODE,
    };
}

const char *su_mix_reason(const struct su_mix_words *w, const struct su_mix_fleet *f)
{
    struct su_arena *a = w->arena;
    enum su_lang lang = w->view->lang;
    const char *servers = "";
    for (size_t i = 0; i < f->n_kinds; i++) {
        const struct su_mix_servers *s = &f->servers[i];
        servers =
            su_fmt(a, "%s%s%u × %s%s", servers, i == 0 ? "" : su_text(lang, SU_MSG_list_comma),
                   s->n_servers[w->result->n_stages - 1], s->accel->id,
                   s->existing ? su_text(lang, SU_MSG_mix_existing) : "");
    }
    return su_text_fill(a, lang, f->proven ? SU_MSG_mix_reason : SU_MSG_mix_reason_unproven,
                        "servers", servers, "gap", su_fmt(a, "%.2g %%", f->gap_frac * 100), NULL);
}

static uint32_t cards_of(const struct su_mix_amount *all, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].accel->id, id) == 0)
            return all[i].n_cards;
    }
    return 0;
}

/* As it was asked: cards, units, kW or money. */
static double limit_of(const struct su_mix_words *w, const struct su_fleet_limit *l)
{
    const struct su_mix_request *q = &w->question->request;
    switch (l->kind) {
    case SU_FLEET_LIMIT_SUPPLY:
        return cards_of(q->supply, q->n_supply, l->name);
    case SU_FLEET_LIMIT_RACK:
        return q->rack_units;
    case SU_FLEET_LIMIT_POWER:
        return q->common->power_max_kw;
    case SU_FLEET_LIMIT_BUDGET:
        return su_money_amount(q->common->budget);
    default:
        return 0;
    }
}

static const char *amount_text(struct su_arena *a, enum su_fleet_limit_kind kind, double v)
{
    if (kind == SU_FLEET_LIMIT_POWER)
        return su_fmt(a, "%.1f", ceil(v * 10 - 1e-9) / 10);
    return su_number_int(a, (int64_t)ceil(v - 1e-9));
}

/* "supply of 32 cards of h20_sxm_96g" */
static const char *limit_text(const struct su_mix_words *w, const struct su_fleet_limit *l)
{
    static const enum su_msg msgs[] = {
        [SU_FLEET_LIMIT_SPARE] = SU_MSG_limit_spare,
        [SU_FLEET_LIMIT_DELIVERY] = SU_MSG_limit_delivery,
        [SU_FLEET_LIMIT_STOCK] = SU_MSG_limit_stock,
        [SU_FLEET_LIMIT_SUPPLY] = SU_MSG_limit_supply,
        [SU_FLEET_LIMIT_RACK] = SU_MSG_limit_rack,
        [SU_FLEET_LIMIT_POWER] = SU_MSG_limit_power,
        [SU_FLEET_LIMIT_BUDGET] = SU_MSG_limit_budget,
    };
    struct su_arena *a = w->arena;
    double limit = limit_of(w, l);
    const char *text = su_text_fill(a, w->view->lang, msgs[l->kind], "name", fill_name(l), "limit",
                                    amount_text(a, l->kind, limit), "currency",
                                    su_currency_code(w->question->request.common->currency), NULL);
    if (!l->raise_known)
        return text;
    double unit = l->kind == SU_FLEET_LIMIT_POWER ? 1e3 : 1;
    return su_text_fill(a, w->view->lang, SU_MSG_limit_raise, "limit", text, "enough",
                        amount_text(a, l->kind, limit + l->raise / unit), NULL);
}

static const char *limits_text(const struct su_mix_words *w, const struct su_fleet_limit *limits,
                               size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = su_fmt(w->arena, "%s%s%s", text,
                      i == 0 ? "" : su_text(w->view->lang, SU_MSG_list_semicolon),
                      limit_text(w, &limits[i]));
    return text;
}

const char *su_mix_constraint_name(const struct su_mix_exclusion *x)
{
    return x->n_limits > 0 ? su_fleet_limit_kind_name(x->limits[0].kind)
                           : su_constraint_name(x->exclusion.constraint);
}

const char *su_mix_exclusion_reason(const struct su_mix_words *w, const struct su_mix_exclusion *x)
{
    if (x->n_limits > 0)
        return su_text_fill(w->arena, w->view->lang, SU_MSG_mix_alone_limits, "limits",
                            limits_text(w, x->limits, x->n_limits), NULL);
    struct su_mix_part part = {.klass = x->klass};
    struct su_plan_words words = su_mix_part_words(w, &part);
    const char *reason = su_exclusion_reason(&words, &x->exclusion);
    /* Rules of purchase are the same for all classes. */
    if (x->exclusion.constraint < SU_CONSTRAINT_DTYPE ||
        x->exclusion.constraint == SU_CONSTRAINT_PRICE || w->question->request.n_classes == 1)
        return reason;
    return su_fmt(w->arena, "%s: %s", w->question->request.classes[x->klass].name, reason);
}

/* A class that nothing serves, with the chip that comes nearest. */
static const char *unserved(const struct su_mix_words *w)
{
    const struct su_mix_request *q = &w->question->request;
    const char *name = w->result->unserved == NULL ? q->classes[0].name : w->result->unserved;
    const struct su_exclusion *x = NULL;
    struct su_mix_part part = {0};
    for (uint32_t c = 0; c < q->n_classes; c++) {
        if (strcmp(q->classes[c].name, name) == 0) {
            x = w->result->classes[c].nearest;
            part.klass = c;
        }
    }
    if (x == NULL)
        return su_text_fill(w->arena, w->view->lang, SU_MSG_mix_unserved, "class", name, NULL);
    struct su_plan_words words = su_mix_part_words(w, &part);
    return su_text_fill(w->arena, w->view->lang, SU_MSG_mix_unserved_nearest, "class", name, "chip",
                        x->accel->id, "reason", su_exclusion_reason(&words, x), NULL);
}

const char *su_mix_why(const struct su_mix_words *w)
{
    struct su_arena *a = w->arena;
    enum su_lang lang = w->view->lang;
    const struct su_mix_result *r = w->result;
    if (r->n_conflict > 0)
        return su_text_fill(a, lang,
                            r->n_conflict == 1 ? SU_MSG_mix_one_limit : SU_MSG_mix_conflict,
                            "limits", limits_text(w, r->conflict, r->n_conflict), NULL);
    return unserved(w);
}
