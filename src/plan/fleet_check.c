/* What a fleet problem must be, and the list of its limits by name. */
#include "plan/fleet_model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* 1e8 entries of a program would still fit; a fleet is a thousand times smaller. */
#define THINGS_MAX 100000u
#define CARDS_MAX 1000000u
#define SERVER_CARDS_MAX 1024u

const char *su_fleet_verdict_name(enum su_fleet_verdict v)
{
    static const char *const names[] = {"optimal", "feasible", "infeasible", "time_out"};
    return names[v];
}

const char *su_fleet_limit_kind_name(enum su_fleet_limit_kind k)
{
    static const char *const names[] = {"spare", "delivery", "stock", "supply",
                                        "rack",  "power",    "budget"};
    return names[k];
}

static enum su_status fail(struct su_err *err, const char *kind, const char *name, const char *what)
{
    char where[256];
    snprintf(where, sizeof(where), "fleet: %s %.200s", kind, name);
    return SU_FAIL(err, SU_ERR_INPUT, where, "%s", what);
}

static bool is_amount(double v)
{
    return isfinite(v) && v >= 0;
}

static bool is_price(const struct su_fleet_problem *p, struct su_money m)
{
    return m.micro == 0 || (m.micro > 0 && m.currency == p->currency);
}

static enum su_status check_frame(const struct su_fleet_problem *p, struct su_err *err)
{
    if (p->n_stages < 1 || p->n_stages > SU_FLEET_STAGES_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, "fleet: stages", "are %u, expected 1..%u", p->n_stages,
                       SU_FLEET_STAGES_MAX);
    uint64_t n = (uint64_t)p->n_classes + p->n_chips + p->n_servers + p->n_sources + p->n_options;
    if (n > THINGS_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, "fleet", "has %llu parts, expected at most %u",
                       (unsigned long long)n, THINGS_MAX);
    for (uint32_t t = 0; t < p->n_stages; t++) {
        if (p->stage_months[t] < 1 || p->stage_months[t] > 1200)
            return SU_FAIL(err, SU_ERR_INPUT, "fleet: stages",
                           "one has %u months, expected 1..1200", p->stage_months[t]);
        if (p->power_w_max != NULL && !is_amount(p->power_w_max[t]))
            return fail(err, "limit", "power", "expected 0 W or more");
    }
    if (p->budget_known && !is_price(p, p->budget))
        return fail(err, "limit", "budget", "expected 0 or more in the fleet's currency");
    if (!(p->discount_frac_year >= 0 && p->discount_frac_year <= 1))
        return fail(err, "rate", "discount", "expected 0..1 a year");
    if (!(p->gap_frac >= 0 && p->gap_frac <= 1) || !is_amount(p->seconds_max))
        return fail(err, "effort", "gap and seconds", "expected a gap of 0..1 and seconds >= 0");
    return SU_OK;
}

static enum su_status check_sources(const struct su_fleet_problem *p, struct su_err *err)
{
    for (uint32_t j = 0; j < p->n_sources; j++) {
        const struct su_fleet_source *s = &p->sources[j];
        assert(s->server < p->n_servers);
        if (!is_price(p, s->capital) || !is_price(p, s->running_month) ||
            !is_price(p, s->rent_month))
            return fail(err, "source", s->name,
                        "expected prices of 0 or more in the fleet's currency");
        if (s->channel == SU_FLEET_EXISTING && !s->count_known)
            return fail(err, "source", s->name, "expected the number of existing servers");
    }
    return SU_OK;
}

static enum su_status check_options(const struct su_fleet_problem *p, struct su_err *err)
{
    for (uint32_t o = 0; o < p->n_options; o++) {
        const struct su_fleet_option *opt = &p->options[o];
        assert(opt->klass < p->n_classes && opt->server < p->n_servers);
        if (opt->n_cards < 1 || opt->n_cards > CARDS_MAX)
            return fail(err, "option", opt->name, "expected 1 to a million cards in a replica");
        if (!(isfinite(opt->capacity_req_s) && opt->capacity_req_s > 0))
            return fail(err, "option", opt->name, "expected a capacity above 0 requests/s");
        for (uint32_t t = 0; t < p->n_stages; t++) {
            if (su_fleet_replicas_full(p, o, t) > SU_FLEET_REPLICAS_MAX)
                return SU_FAIL(err, SU_ERR_LIMIT, opt->name,
                               "would need more than %u replicas of it to serve its class",
                               SU_FLEET_REPLICAS_MAX);
        }
    }
    return SU_OK;
}

enum su_status su_fleet_check(const struct su_fleet_problem *p, struct su_err *err)
{
    SU_TRY(check_frame(p, err));
    for (uint32_t c = 0; c < p->n_classes; c++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            if (!is_amount(p->classes[c].demand_req_s[t]))
                return fail(err, "class", p->classes[c].name, "expected 0 requests/s or more");
        }
    }
    for (uint32_t k = 0; k < p->n_chips; k++) {
        const uint32_t *supply = p->chips[k].supply_cards;
        for (uint32_t t = 1; supply != NULL && t < p->n_stages; t++) {
            if (supply[t] < supply[t - 1])
                return fail(err, "chip", p->chips[k].name, "expected a cumulative supply");
        }
    }
    for (uint32_t k = 0; k < p->n_servers; k++) {
        const struct su_fleet_server *s = &p->servers[k];
        assert(s->chip < p->n_chips);
        if (s->n_cards < 1 || s->n_cards > SERVER_CARDS_MAX || !is_amount(s->power_w))
            return fail(err, "server", s->name, "expected 1 to 1024 cards and 0 W or more");
    }
    SU_TRY(check_sources(p, err));
    return check_options(p, err);
}

double su_fleet_replicas_full(const struct su_fleet_problem *p, uint32_t option, uint32_t stage)
{
    const struct su_fleet_option *o = &p->options[option];
    double demand = p->classes[o->klass].demand_req_s[stage];
    /* 3.0000000001 replicas are three: the demand is not known to ten digits */
    return ceil(demand / o->capacity_req_s * (1 - 1e-9));
}

static void add_limit(struct su_arena *arena, struct su_fleet_limits *limits,
                      enum su_fleet_limit_kind kind, uint32_t index, const char *name)
{
    struct su_fleet_limit *limit = SU_VEC_PUSH(arena, &limits->list);
    limit->kind = kind;
    limit->index = index;
    limit->name = name;
}

void su_fleet_limits_list(struct su_arena *arena, const struct su_fleet_problem *p,
                          struct su_fleet_limits *limits)
{
    *limits = (struct su_fleet_limits){0};
    if (p->spare)
        add_limit(arena, limits, SU_FLEET_LIMIT_SPARE, 0, NULL);
    for (uint32_t j = 0; j < p->n_sources; j++) {
        if (p->sources[j].stage_min > 0)
            add_limit(arena, limits, SU_FLEET_LIMIT_DELIVERY, j, p->sources[j].name);
    }
    for (uint32_t j = 0; j < p->n_sources; j++) {
        if (p->sources[j].count_known)
            add_limit(arena, limits, SU_FLEET_LIMIT_STOCK, j, p->sources[j].name);
    }
    for (uint32_t k = 0; k < p->n_chips; k++) {
        if (p->chips[k].supply_cards != NULL)
            add_limit(arena, limits, SU_FLEET_LIMIT_SUPPLY, k, p->chips[k].name);
    }
    if (p->rack_units_max != NULL)
        add_limit(arena, limits, SU_FLEET_LIMIT_RACK, 0, NULL);
    if (p->power_w_max != NULL)
        add_limit(arena, limits, SU_FLEET_LIMIT_POWER, 0, NULL);
    if (p->budget_known)
        add_limit(arena, limits, SU_FLEET_LIMIT_BUDGET, 0, NULL);
}
