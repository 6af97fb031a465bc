/* From a solution in floating point back to whole servers and exact money. Nothing is taken from
 * the solver but counts: they are checked against the problem again and priced in integers. */
#include "plan/fleet_model.h"

#include <math.h>

/* The solver's rows hold to 1e-7 of their scale. */
#define DEMAND_TOLERANCE 1e-6

struct tally {
    struct su_arena *arena;
    const struct su_fleet_problem *p;
    const struct su_fleet_model *m;
    const double *x;
    struct su_fleet_result *r;
    struct su_err *err;
};

static size_t at(const struct tally *y, uint32_t thing, uint32_t stage)
{
    return (size_t)thing * y->p->n_stages + stage;
}

static uint32_t count(const struct tally *y, uint32_t var)
{
    return var == SU_FLEET_NONE ? 0 : (uint32_t)llround(y->x[var]);
}

static void read_counts(const struct tally *y)
{
    const struct su_fleet_problem *p = y->p;
    for (uint32_t o = 0; o < p->n_options; o++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            struct su_fleet_deployed *d = &y->r->deployed[at(y, o, t)];
            d->n_serving = count(y, y->m->serving[at(y, o, t)]);
            d->n_spare = d->n_serving > 0 ? count(y, y->m->spare[at(y, o, t)]) : 0;
        }
    }
    for (uint32_t j = 0; j < p->n_sources; j++) {
        uint32_t before = 0;
        for (uint32_t t = 0; t < p->n_stages; t++) {
            struct su_fleet_sourced *s = &y->r->sourced[at(y, j, t)];
            s->n_servers = count(y, y->m->held[at(y, j, t)]);
            if (p->sources[j].channel == SU_FLEET_BUY && s->n_servers > before)
                s->n_bought = s->n_servers - before;
            before = s->n_servers;
        }
    }
}

/* ---- do the counts do the work? ---- */

static double half(const struct tally *y, const struct su_fleet_pair *pair, uint32_t t,
                   enum su_fleet_role role)
{
    double sum = 0;
    for (uint32_t o = 0; o < y->p->n_options; o++) {
        const struct su_fleet_option *opt = &y->p->options[o];
        if (opt->klass == pair->klass && opt->pair == pair->pair && opt->role == role)
            sum += opt->capacity_req_s * y->r->deployed[at(y, o, t)].n_serving;
    }
    return sum;
}

/* What the split deployments of a class can serve, and the share that the solver gave them. */
static double split_req_s(const struct tally *y, uint32_t klass, uint32_t t)
{
    double sum = 0;
    double frac = 0;
    for (uint32_t g = 0; g < y->m->pairs.n; g++) {
        const struct su_fleet_pair *pair = &y->m->pairs.items[g];
        uint32_t var = y->m->split[at(y, g, t)];
        if (pair->klass != klass || var == SU_FLEET_NONE)
            continue;
        sum += fmin(half(y, pair, t, SU_FLEET_PREFILL), half(y, pair, t, SU_FLEET_DECODE));
        frac += y->x[var];
    }
    y->r->split_frac[at(y, klass, t)] = fmin(1, fmax(0, frac));
    return sum;
}

static enum su_status check_demand(const struct tally *y)
{
    const struct su_fleet_problem *p = y->p;
    for (uint32_t c = 0; c < p->n_classes; c++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            double served = split_req_s(y, c, t);
            for (uint32_t o = 0; o < p->n_options; o++) {
                const struct su_fleet_option *opt = &p->options[o];
                if (opt->klass == c && opt->role == SU_FLEET_AGGREGATED)
                    served += opt->capacity_req_s * y->r->deployed[at(y, o, t)].n_serving;
            }
            double demand = p->classes[c].demand_req_s[t];
            if (served < demand * (1 - DEMAND_TOLERANCE))
                return SU_FAIL(y->err, SU_ERR_INTERNAL, "suanli-milp",
                               "its fleet serves %g of %g requests/s of %s", served, demand,
                               p->classes[c].name);
        }
    }
    return SU_OK;
}

static enum su_status check_cards(const struct tally *y)
{
    const struct su_fleet_problem *p = y->p;
    for (uint32_t k = 0; k < p->n_servers; k++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            uint64_t taken = 0;
            uint64_t there = 0;
            for (uint32_t o = 0; o < p->n_options; o++) {
                const struct su_fleet_deployed *d = &y->r->deployed[at(y, o, t)];
                if (p->options[o].server == k)
                    taken += ((uint64_t)d->n_serving + d->n_spare) * y->m->option_units[o];
            }
            for (uint32_t j = 0; j < p->n_sources; j++) {
                if (p->sources[j].server == k)
                    there += (uint64_t)y->r->sourced[at(y, j, t)].n_servers * y->m->server_units[k];
            }
            if (taken > there)
                return SU_FAIL(y->err, SU_ERR_INTERNAL, "suanli-milp",
                               "its fleet puts more replicas on %s than fit", p->servers[k].name);
        }
    }
    return SU_OK;
}

/* ---- money ---- */

/* *sum += n * micro */
static enum su_status pay(const struct tally *y, struct su_money *sum, uint64_t n, int64_t micro)
{
    int64_t part = 0;
    if (__builtin_mul_overflow((int64_t)n, micro, &part) ||
        __builtin_add_overflow(sum->micro, part, &sum->micro))
        return SU_FAIL(y->err, SU_ERR_LIMIT, "fleet: cost", "is beyond 9.2e12 %s",
                       su_currency_code(sum->currency));
    return SU_OK;
}

static enum su_status price(const struct tally *y)
{
    const struct su_fleet_problem *p = y->p;
    struct su_fleet_result *r = y->r;
    struct su_money none = {0, p->currency};
    r->capital = r->running = r->rent = r->total = r->present_value = none;
    for (uint32_t j = 0; j < p->n_sources; j++) {
        const struct su_fleet_source *s = &p->sources[j];
        bool buys = s->channel == SU_FLEET_BUY;
        for (uint32_t t = 0; t < p->n_stages; t++) {
            const struct su_fleet_sourced *n = &r->sourced[at(y, j, t)];
            const struct su_fleet_unit_cost *cost = &y->m->cost[at(y, j, t)];
            uint32_t got = buys ? n->n_bought : n->n_servers;
            uint64_t months = (uint64_t)n->n_servers * p->stage_months[t];
            SU_TRY(pay(y, &r->total, got, cost->cash.micro));
            SU_TRY(pay(y, &r->present_value, got, cost->present.micro));
            SU_TRY(pay(y, &r->running, months, s->running_month.micro));
            if (buys)
                SU_TRY(pay(y, &r->capital, got, s->capital.micro));
            if (s->channel == SU_FLEET_RENT)
                SU_TRY(pay(y, &r->rent, months, s->rent_month.micro));
        }
    }
    return SU_OK;
}

/* ---- what the limits have left ---- */

/* How much of a limit one server of a source takes; 0 when it does not count against it. */
static double taken_by(const struct su_fleet_problem *p, const struct su_fleet_limit *l,
                       uint32_t source)
{
    const struct su_fleet_source *s = &p->sources[source];
    const struct su_fleet_server *server = &p->servers[s->server];
    switch (l->kind) {
    case SU_FLEET_LIMIT_STOCK:
        return source == l->index ? 1 : 0;
    case SU_FLEET_LIMIT_SUPPLY:
        return s->channel == SU_FLEET_BUY && server->chip == l->index ? server->n_cards : 0;
    case SU_FLEET_LIMIT_RACK:
        return s->off_site ? 0 : server->rack_units;
    case SU_FLEET_LIMIT_POWER:
        return s->off_site ? 0 : server->power_w;
    case SU_FLEET_LIMIT_SPARE:
    case SU_FLEET_LIMIT_DELIVERY:
    case SU_FLEET_LIMIT_BUDGET:
        break;
    }
    return 0;
}

static double limit_at(const struct su_fleet_problem *p, const struct su_fleet_limit *l, uint32_t t)
{
    switch (l->kind) {
    case SU_FLEET_LIMIT_STOCK:
        return p->sources[l->index].n_servers_max;
    case SU_FLEET_LIMIT_SUPPLY:
        return p->chips[l->index].supply_cards[t];
    case SU_FLEET_LIMIT_RACK:
        return p->rack_units_max[t];
    case SU_FLEET_LIMIT_POWER:
        return p->power_w_max[t];
    case SU_FLEET_LIMIT_SPARE:
    case SU_FLEET_LIMIT_DELIVERY:
    case SU_FLEET_LIMIT_BUDGET:
        break;
    }
    return 0;
}

static void measure_site_limit(const struct tally *y, struct su_fleet_limit *l)
{
    double least = INFINITY;
    double step = INFINITY;
    for (uint32_t j = 0; j < y->p->n_sources; j++) {
        double one = taken_by(y->p, l, j);
        if (one > 0)
            step = fmin(step, one);
    }
    for (uint32_t t = 0; t < y->p->n_stages; t++) {
        double value = 0;
        for (uint32_t j = 0; j < y->p->n_sources; j++)
            value += taken_by(y->p, l, j) * y->r->sourced[at(y, j, t)].n_servers;
        double limit = limit_at(y->p, l, t);
        if (limit - value < least) {
            least = limit - value;
            l->stage = t;
            l->value = value;
            l->limit = limit;
        }
    }
    l->binds = isfinite(step) && least < step;
}

static void measure_budget(const struct tally *y, struct su_fleet_limit *l)
{
    int64_t step = INT64_MAX;
    for (size_t i = 0; i < (size_t)y->p->n_sources * y->p->n_stages; i++) {
        bool is_there = y->m->held[i] != SU_FLEET_NONE;
        int64_t cash = y->m->cost[i].cash.micro;
        if (is_there && cash > 0 && cash < step)
            step = cash;
    }
    l->stage = 0;
    l->value = su_money_amount(y->r->total);
    l->limit = su_money_amount(y->p->budget);
    l->binds = step < INT64_MAX && y->p->budget.micro - y->r->total.micro < step;
}

static void measure_limits(const struct tally *y, const struct su_fleet_limits *limits)
{
    struct su_fleet_result *r = y->r;
    r->n_limits = limits->list.n;
    r->limits = SU_NEW_ARRAY(y->arena, r->n_limits, struct su_fleet_limit);
    for (size_t i = 0; i < r->n_limits; i++) {
        struct su_fleet_limit *l = &r->limits[i];
        *l = limits->list.items[i];
        if (l->kind == SU_FLEET_LIMIT_BUDGET)
            measure_budget(y, l);
        else if (l->kind != SU_FLEET_LIMIT_SPARE && l->kind != SU_FLEET_LIMIT_DELIVERY)
            measure_site_limit(y, l);
    }
}

enum su_status su_fleet_read_solution(struct su_arena *arena, const struct su_fleet_problem *p,
                                      const struct su_fleet_limits *limits,
                                      const struct su_fleet_model *model, const double *x,
                                      struct su_fleet_result *result, struct su_err *err)
{
    size_t n = p->n_stages;
    result->deployed = SU_NEW_ARRAY(arena, p->n_options * n, struct su_fleet_deployed);
    result->sourced = SU_NEW_ARRAY(arena, p->n_sources * n, struct su_fleet_sourced);
    result->split_frac = SU_NEW_ARRAY(arena, p->n_classes * n, double);
    const struct tally y = {arena, p, model, x, result, err};
    read_counts(&y);
    SU_TRY(check_demand(&y));
    SU_TRY(check_cards(&y));
    SU_TRY(price(&y));
    measure_limits(&y, limits);
    return SU_OK;
}
