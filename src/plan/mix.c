/* Classes to options, options to a program, its answer to fleets. The program knows replicas of a
 * verified rate and whole servers; a server's cost is its share of a fleet of several. */
#include "plan/mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/vec.h"
#include "plan/exclude.h"
#include "plan/split.h"

#define DAYS_PER_MONTH 30.4375
#define STAGE_MONTHS 12u
#define GAP_FRAC 1e-3
#define SOLVE_SECONDS_MAX 20

/* A kind of server: one per chip that some class can use. */
struct kind {
    const struct su_accel *accel;
    const struct su_plan *like; /* any plan on it: server, price, power */
    uint32_t existing_cards;
    uint32_t delivery_months;
    bool for_sale;
    bool supply_known;
    uint32_t supply_cards;
    struct su_cost unit; /* of one server over the horizon */
};

struct mix {
    struct su_arena *arena;
    const struct su_mix_request *q;
    struct su_mix_result *r;
    SU_VEC(struct kind) kinds;
    SU_VEC(const struct su_plan *) plans; /* of options */
    SU_VEC(struct su_fleet_option) options;
    SU_VEC(struct su_mix_fleet) fleets;
    SU_VEC(struct su_mix_exclusion) excluded;
    SU_VEC(const struct su_accel *) unlinked;
};

/* ---- stages ---- */

static bool is_boundary(const struct mix *m, uint32_t month)
{
    if (m->q->growth_year != 1 && month % STAGE_MONTHS == 0)
        return true;
    for (size_t i = 0; i < m->q->n_deliveries; i++) {
        if (m->q->deliveries[i].months == month)
            return true;
    }
    return false;
}

/* Rates grow by the year: a stage is sized for its end, and tokens are those of its mean. */
static void set_stages(struct mix *m)
{
    const double horizon = m->q->common->horizon_months;
    uint32_t months = (uint32_t)fmax(round(horizon), 1);
    m->r->stage_months = SU_NEW_ARRAY(m->arena, months, uint32_t);
    m->r->growth = SU_NEW_ARRAY(m->arena, months, double);
    uint32_t start = 0;
    for (uint32_t t = 1; t <= months; t++) {
        if (t < months && !is_boundary(m, t))
            continue;
        m->r->growth[m->r->n_stages] = pow(m->q->growth_year, t / 12.0);
        m->r->stage_months[m->r->n_stages++] = t - start;
        start = t;
    }
}

/* Million output tokens of a class over the horizon, with growth. */
static double mtok_of(const struct mix *m, const struct su_plan_request *c)
{
    double a = log(m->q->growth_year) / 12;
    double months = m->q->common->horizon_months;
    double weighted = fabs(a) < 1e-12 ? months : (exp(a * months) - 1) / a;
    return c->rate_req_s * c->load.osl * weighted * DAYS_PER_MONTH * c->active_hours_per_day *
           3600 / 1e6;
}

/* ---- options ---- */

static const struct su_mix_amount *amount_of(const struct su_mix_amount *all, size_t n,
                                             const struct su_accel *accel)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].accel == accel)
            return &all[i];
    }
    return NULL;
}

/* A server's share of a fleet of several, so that networking counts. */
static enum su_status price_kind(const struct mix *m, struct kind *k, struct su_err *err)
{
    const struct su_plan *p = k->like;
    struct su_money price = {0, m->q->common->currency};
    if (p->quote.known)
        price = p->quote.mid;
    struct su_cost two;
    SU_TRY(su_cost_of_fleet(&m->r->cost_basis, price, 2, p->power, m->q->common->horizon_months,
                            &two, err));
    struct su_money *all[] = {&two.servers, &two.network, &two.electricity,
                              &two.hosting, &two.upkeep,  &two.total};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        all[i]->micro /= 2;
    k->unit = two;
    return SU_OK;
}

static enum su_status kind_of(struct mix *m, const struct su_plan *p, uint32_t *index,
                              struct su_err *err)
{
    for (uint32_t i = 0; i < m->kinds.n; i++) {
        if (m->kinds.items[i].accel == p->accel) {
            *index = i;
            return SU_OK;
        }
    }
    struct kind k = {.accel = p->accel, .like = p};
    struct su_exclusion unused;
    k.for_sale = p->quote.known && !su_exclude_purchase(m->q->common, p->accel, &unused);
    const struct su_mix_amount *a = amount_of(m->q->existing, m->q->n_existing, p->accel);
    k.existing_cards = a == NULL ? 0 : a->n_cards;
    a = amount_of(m->q->supply, m->q->n_supply, p->accel);
    k.supply_known = a != NULL;
    k.supply_cards = a == NULL ? 0 : a->n_cards;
    for (size_t i = 0; i < m->q->n_deliveries; i++) {
        if (m->q->deliveries[i].accel == p->accel)
            k.delivery_months = m->q->deliveries[i].months;
    }
    SU_TRY(price_kind(m, &k, err));
    *index = (uint32_t)m->kinds.n;
    *SU_VEC_PUSH(m->arena, &m->kinds) = k;
    return SU_OK;
}

static const char *const *owned_ids(const struct mix *m)
{
    const char **ids = SU_NEW_ARRAY(m->arena, m->q->n_existing + 1, const char *);
    for (size_t i = 0; i < m->q->n_existing; i++)
        ids[i] = m->q->existing[i].accel->id;
    return ids;
}

/* Halves hand KV to each other within one software stack. */
static uint32_t stack_of(const struct mix *m, const struct su_accel *accel)
{
    uint32_t i = 0;
    while (strcmp(m->kinds.items[i].accel->stack, accel->stack) != 0)
        i++;
    return i;
}

static enum su_status add_option(struct mix *m, uint32_t klass, enum su_fleet_role role,
                                 const struct su_plan *p, struct su_err *err)
{
    static const char *const roles[] = {"", " prefill", " decode"};
    struct su_fleet_option o = {
        .name =
            su_fmt(m->arena, "%s%s on %s", m->q->classes[klass].name, roles[role], p->accel->id),
        .klass = klass,
        .role = role,
        .n_cards = p->par.tp * p->par.dp,
        .capacity_req_s = p->rate_max_req_s,
    };
    SU_TRY(kind_of(m, p, &o.server, err));
    if (role != SU_FLEET_AGGREGATED)
        o.pair = stack_of(m, p->accel);
    *SU_VEC_PUSH(m->arena, &m->options) = o;
    *SU_VEC_PUSH(m->arena, &m->plans) = p;
    return SU_OK;
}

/* ---- prefill and decode apart ---- */

struct split_jobs {
    const struct su_plan_request *request;
    const struct su_plan *plans;
    struct su_split *splits;
    bool *wanted; /* NULL: screen; else measure those */
    enum su_status *statuses;
    struct su_err *errs;
};

static void split_one(void *ctx, size_t i, struct su_arena *arena)
{
    struct split_jobs *j = ctx;
    if (j->wanted == NULL)
        j->statuses[i] =
            su_split_screen(arena, j->request, &j->plans[i], &j->splits[i], &j->errs[i]);
    else if (j->wanted[i])
        j->statuses[i] =
            su_split_measure(arena, j->request, &j->plans[i], &j->splits[i], &j->errs[i]);
}

static enum su_status run_splits(const struct split_jobs *jobs, size_t n, struct su_err *err)
{
    struct split_jobs j = *jobs;
    su_pool_run(j.request->n_threads > 1 ? j.request->n_threads : 1, n, split_one, &j);
    for (size_t i = 0; i < n; i++) {
        if (j.statuses[i] != SU_OK) {
            *err = j.errs[i];
            return j.statuses[i];
        }
    }
    return SU_OK;
}

static double card_cost(const struct mix *m, const struct su_plan *p)
{
    for (size_t k = 0; k < m->kinds.n; k++) {
        if (m->kinds.items[k].accel == p->accel)
            return su_money_amount(m->kinds.items[k].unit.total) / p->n_cards_server;
    }
    return INFINITY;
}

static double half_cost(const struct mix *m, const struct su_plan *p,
                        const struct su_split_half *half)
{
    return half->found ? half->cards_per_req_s * card_cost(m, p) : INFINITY;
}

/* The prefill half of one chip beside the decode half of another, of one software stack: where the
 * two cheapest halves together cost less than the cheapest replica that does both. */
static void want_pairs(const struct mix *m, const struct split_jobs *j, size_t n, bool *wanted)
{
    for (size_t s = 0; s < n; s++) {
        const char *stack = j->plans[s].accel->stack;
        size_t prefill = s;
        size_t decode = s;
        double both = INFINITY;
        for (size_t i = 0; i < n; i++) {
            const struct su_plan *p = &j->plans[i];
            if (strcmp(p->accel->stack, stack) != 0)
                continue;
            if (half_cost(m, p, &j->splits[i].screened_prefill) <
                half_cost(m, &j->plans[prefill], &j->splits[prefill].screened_prefill))
                prefill = i;
            if (half_cost(m, p, &j->splits[i].screened_decode) <
                half_cost(m, &j->plans[decode], &j->splits[decode].screened_decode))
                decode = i;
            both = fmin(both, p->par.tp * p->par.dp / p->rate_max_req_s * card_cost(m, p));
        }
        double pair = half_cost(m, &j->plans[prefill], &j->splits[prefill].screened_prefill) +
                      half_cost(m, &j->plans[decode], &j->splits[decode].screened_decode);
        if (pair < both)
            wanted[prefill] = wanted[decode] = true;
    }
}

static void note_unlinked(struct mix *m, const struct su_accel *accel)
{
    for (size_t i = 0; i < m->unlinked.n; i++) {
        if (m->unlinked.items[i] == accel)
            return;
    }
    *SU_VEC_PUSH(m->arena, &m->unlinked) = accel;
}

static enum su_status add_splits(struct mix *m, uint32_t klass, const struct su_plan_request *q,
                                 struct su_err *err)
{
    const struct su_plan_result *r = &m->r->classes[klass];
    size_t n = r->n_priced;
    if (n == 0)
        return SU_OK;
    struct split_jobs jobs = {
        .request = q,
        .plans = r->plans,
        .splits = SU_NEW_ARRAY(m->arena, n, struct su_split),
        .statuses = SU_NEW_ARRAY(m->arena, n, enum su_status),
        .errs = SU_NEW_ARRAY(m->arena, n, struct su_err),
    };
    SU_TRY(run_splits(&jobs, n, err));
    bool *wanted = SU_NEW_ARRAY(m->arena, n, bool);
    for (size_t i = 0; i < n; i++) {
        wanted[i] = jobs.splits[i].state == SU_SPLIT_FOUND;
        if (jobs.splits[i].state == SU_SPLIT_NO_NETWORK)
            note_unlinked(m, r->plans[i].accel);
    }
    want_pairs(m, &jobs, n, wanted);
    jobs.wanted = wanted;
    SU_TRY(run_splits(&jobs, n, err));
    for (size_t i = 0; i < n; i++) {
        if (!jobs.splits[i].measured)
            continue;
        SU_TRY(add_option(m, klass, SU_FLEET_PREFILL, &jobs.splits[i].prefill, err));
        SU_TRY(add_option(m, klass, SU_FLEET_DECODE, &jobs.splits[i].decode, err));
    }
    return SU_OK;
}

/* Limits of the fleet are not those of a class; a chip without a price can only be reused. */
static enum su_status search_class(struct mix *m, uint32_t klass, struct su_err *err)
{
    struct su_plan_request q = m->q->classes[klass].request;
    q.budget_known = false;
    q.power_max_kw = 0;
    q.traffic.capacity = true;
    q.owned = owned_ids(m);
    struct su_plan_result *r = &m->r->classes[klass];
    SU_TRY(su_plan_search(m->arena, &q, r, err));
    for (size_t i = 0; i < r->n_plans; i++) {
        const struct su_plan *p = &r->plans[i];
        if (!p->quote.known && amount_of(m->q->existing, m->q->n_existing, p->accel) == NULL)
            continue;
        SU_TRY(add_option(m, klass, SU_FLEET_AGGREGATED, p, err));
    }
    return m->q->split ? add_splits(m, klass, &q, err) : SU_OK;
}

/* ---- the program ---- */

/* What the arrays of a problem of all kinds, or of one alone, are made from. */
struct program {
    struct su_fleet_problem p;
    SU_VEC(struct su_fleet_source) sources;
    SU_VEC(uint32_t) source_kind;
    SU_VEC(struct su_fleet_option) options;
    SU_VEC(uint32_t) option_index; /* into the mix's */
};

static struct su_money monthly(const struct kind *k, double months)
{
    struct su_money m = k->unit.electricity;
    m.micro = (int64_t)llround(
        (double)(k->unit.electricity.micro + k->unit.hosting.micro + k->unit.upkeep.micro) /
        months);
    return m;
}

static uint32_t stage_of(const struct mix *m, uint32_t month)
{
    uint32_t t = 0;
    for (uint32_t start = 0; t < m->r->n_stages && start < month; t++)
        start += m->r->stage_months[t];
    return t;
}

static void add_sources(struct mix *m, struct program *g, uint32_t kind)
{
    const struct kind *k = &m->kinds.items[kind];
    double months = m->q->common->horizon_months;
    struct su_fleet_source s = {.server = kind, .running_month = monthly(k, months)};
    if (k->existing_cards >= k->like->n_cards_server) {
        s.name = su_fmt(m->arena, "existing %s", k->accel->id);
        s.channel = SU_FLEET_EXISTING;
        s.count_known = true;
        s.n_servers_max = k->existing_cards / k->like->n_cards_server;
        *SU_VEC_PUSH(m->arena, &g->sources) = s;
        *SU_VEC_PUSH(m->arena, &g->source_kind) = kind;
    }
    uint32_t first = stage_of(m, k->delivery_months);
    if (!k->for_sale || first >= m->r->n_stages)
        return;
    s.name = k->accel->id;
    s.channel = SU_FLEET_BUY;
    s.count_known = false;
    s.capital = k->unit.servers;
    s.capital.micro += k->unit.network.micro;
    s.stage_min = first;
    *SU_VEC_PUSH(m->arena, &g->sources) = s;
    *SU_VEC_PUSH(m->arena, &g->source_kind) = kind;
}

static void add_chips(struct mix *m, struct program *g)
{
    uint32_t n = (uint32_t)m->kinds.n;
    struct su_fleet_chip *chips = SU_NEW_ARRAY(m->arena, n, struct su_fleet_chip);
    struct su_fleet_server *servers = SU_NEW_ARRAY(m->arena, n, struct su_fleet_server);
    for (uint32_t i = 0; i < n; i++) {
        const struct kind *k = &m->kinds.items[i];
        chips[i].name = k->accel->id;
        if (k->supply_known) {
            uint32_t *supply = SU_NEW_ARRAY(m->arena, m->r->n_stages, uint32_t);
            for (uint32_t t = 0; t < m->r->n_stages; t++)
                supply[t] = k->supply_cards;
            chips[i].supply_cards = supply;
        }
        uint32_t cards = k->like->n_cards_server;
        servers[i] = (struct su_fleet_server){
            .name = k->accel->id,
            .chip = i,
            .n_cards = cards,
            .power_w = k->like->power.server_w,
            .rack_units = cards > SU_MIX_RACK_UNITS_MIN ? cards : SU_MIX_RACK_UNITS_MIN,
        };
    }
    g->p.chips = chips;
    g->p.servers = servers;
    g->p.n_chips = g->p.n_servers = n;
}

static void add_classes(struct mix *m, struct program *g)
{
    struct su_fleet_class *classes = SU_NEW_ARRAY(m->arena, m->q->n_classes, struct su_fleet_class);
    for (size_t c = 0; c < m->q->n_classes; c++) {
        double *demand = SU_NEW_ARRAY(m->arena, m->r->n_stages, double);
        for (uint32_t t = 0; t < m->r->n_stages; t++)
            demand[t] = m->r->classes[c].peak_rate_req_s * m->r->growth[t];
        classes[c] = (struct su_fleet_class){m->q->classes[c].name, demand};
    }
    g->p.classes = classes;
    g->p.n_classes = (uint32_t)m->q->n_classes;
}

/* only: a kind, or SU_FLEET_REPLICAS_MAX for all. */
static void build(struct mix *m, uint32_t only, struct program *g)
{
    *g = (struct program){0};
    const struct su_plan_request *common = m->q->common;
    add_classes(m, g);
    add_chips(m, g);
    for (uint32_t k = 0; k < m->kinds.n; k++) {
        if (only == SU_FLEET_REPLICAS_MAX || only == k)
            add_sources(m, g, k);
    }
    for (uint32_t o = 0; o < m->options.n; o++) {
        if (only != SU_FLEET_REPLICAS_MAX && m->options.items[o].server != only)
            continue;
        *SU_VEC_PUSH(m->arena, &g->options) = m->options.items[o];
        *SU_VEC_PUSH(m->arena, &g->option_index) = o;
    }
    struct su_fleet_problem *p = &g->p;
    p->stage_months = m->r->stage_months;
    p->n_stages = m->r->n_stages;
    p->sources = g->sources.items;
    p->n_sources = (uint32_t)g->sources.n;
    p->options = g->options.items;
    p->n_options = (uint32_t)g->options.n;
    p->currency = common->currency;
    p->budget_known = common->budget_known;
    p->budget = common->budget;
    double *power = SU_NEW_ARRAY(m->arena, p->n_stages, double);
    uint32_t *rack = SU_NEW_ARRAY(m->arena, p->n_stages, uint32_t);
    for (uint32_t t = 0; t < p->n_stages; t++) {
        power[t] = common->power_max_kw * 1e3;
        rack[t] = m->q->rack_units;
    }
    p->power_w_max = common->power_max_kw > 0 ? power : NULL;
    p->rack_units_max = m->q->rack_units > 0 ? rack : NULL;
    p->spare = m->q->spare;
    p->gap_frac = GAP_FRAC;
    p->seconds_max = SOLVE_SECONDS_MAX;
}

/* ---- the answer ---- */

static void add_part_money(struct su_money *sum, struct su_money unit, double n)
{
    sum->currency = unit.currency;
    sum->micro += (int64_t)llround((double)unit.micro * n);
}

/* Cost of `bought` servers and their running for so many server-horizons. */
static void add_cost(struct su_cost *c, const struct kind *k, double bought, double horizons)
{
    add_part_money(&c->servers, k->unit.servers, bought);
    add_part_money(&c->network, k->unit.network, bought);
    add_part_money(&c->electricity, k->unit.electricity, horizons);
    add_part_money(&c->hosting, k->unit.hosting, horizons);
    add_part_money(&c->upkeep, k->unit.upkeep, horizons);
}

static void close_cost(struct su_cost *c)
{
    c->total = c->servers;
    c->total.micro += c->network.micro + c->electricity.micro + c->hosting.micro + c->upkeep.micro;
}

/* Of one kind: bought servers, server-horizons, and cards in use. */
struct usage {
    double bought;
    double horizons;
    double cards;
    struct su_cost cost;
};

static void read_servers(struct mix *m, const struct program *g, const struct su_fleet_result *r,
                         struct su_mix_fleet *f, struct usage *usage)
{
    uint32_t n_stages = m->r->n_stages;
    double months = 0;
    for (uint32_t t = 0; t < n_stages; t++)
        months += m->r->stage_months[t];
    f->servers = SU_NEW_ARRAY(m->arena, g->sources.n, struct su_mix_servers);
    for (uint32_t j = 0; j < g->sources.n; j++) {
        uint32_t kind = g->source_kind.items[j];
        const struct kind *k = &m->kinds.items[kind];
        struct su_mix_servers s = {k->accel,
                                   k->like->server,
                                   k->like->n_cards_server,
                                   g->sources.items[j].channel == SU_FLEET_EXISTING,
                                   SU_NEW_ARRAY(m->arena, n_stages, uint32_t),
                                   0};
        uint32_t most = 0;
        for (uint32_t t = 0; t < n_stages; t++) {
            const struct su_fleet_sourced *x = &r->sourced[(size_t)j * n_stages + t];
            s.n_servers[t] = x->n_servers;
            s.n_bought += x->n_bought;
            most = x->n_servers > most ? x->n_servers : most;
            usage[kind].horizons += x->n_servers * (m->r->stage_months[t] / months);
        }
        usage[kind].bought += s.n_bought;
        if (most == 0)
            continue;
        f->n_servers += s.n_servers[n_stages - 1];
        f->power_kw += k->like->power.server_w * s.n_servers[n_stages - 1] / 1e3;
        f->servers[f->n_kinds++] = s;
    }
    for (uint32_t i = 0; i < m->kinds.n; i++) {
        usage[i].cost.servers.currency = m->q->common->currency;
        add_cost(&usage[i].cost, &m->kinds.items[i], usage[i].bought, usage[i].horizons);
    }
}

/* The part as a plan of its own: its share of its kind's cost is that of the cards it uses. */
static void read_part(struct mix *m, const struct program *g, const struct su_fleet_result *r,
                      uint32_t o, struct su_mix_part *part)
{
    uint32_t last = m->r->n_stages - 1;
    const struct su_fleet_option *option = &g->options.items[o];
    const struct su_fleet_deployed *d = &r->deployed[(size_t)o * m->r->n_stages + last];
    part->klass = option->klass;
    part->role = option->role;
    part->plan = *m->plans.items[g->option_index.items[o]];
    part->plan.tie = false;
    part->plan.cost_per_mtok_range = (struct su_range){0}; /* that is of the class alone */
    part->n_spare = d->n_spare;
    struct su_plan *p = &part->plan;
    p->n_replicas = d->n_serving + d->n_spare;
    p->n_cards = p->n_replicas * option->n_cards;
    uint32_t per_server = p->n_cards_server / option->n_cards;
    p->n_servers = (p->n_replicas + per_server - 1) / per_server;
    part->share_frac = d->n_serving * option->capacity_req_s;
}

static void share_classes(struct mix *m, struct su_mix_fleet *f)
{
    for (uint32_t c = 0; c < m->q->n_classes; c++) {
        double capacity[3] = {0};
        for (size_t i = 0; i < f->n_parts; i++)
            capacity[f->parts[i].role] += f->parts[i].klass == c ? f->parts[i].share_frac : 0;
        double split = fmin(capacity[SU_FLEET_PREFILL], capacity[SU_FLEET_DECODE]);
        double split_frac = split > 0 ? split / (split + capacity[SU_FLEET_AGGREGATED]) : 0;
        for (size_t i = 0; i < f->n_parts; i++) {
            struct su_mix_part *part = &f->parts[i];
            if (part->klass == c)
                part->share_frac *=
                    (part->role == SU_FLEET_AGGREGATED ? 1 - split_frac : split_frac) /
                    capacity[part->role];
        }
    }
}

/* The only part of a class in a role; NULL when there are several or none. */
static struct su_mix_part *sole_part(struct su_mix_fleet *f, uint32_t klass,
                                     enum su_fleet_role role)
{
    struct su_mix_part *found = NULL;
    for (size_t i = 0; i < f->n_parts; i++) {
        if (f->parts[i].klass != klass || f->parts[i].role != role)
            continue;
        if (found != NULL)
            return NULL;
        found = &f->parts[i];
    }
    return found;
}

/* Both halves of a class in one run at their share of its peak. Several parts of one role keep the
 * figures that each half was measured with. */
static enum su_status verify_halves(struct mix *m, struct su_mix_fleet *f, uint32_t klass,
                                    struct su_err *err)
{
    struct su_mix_part *prefill = sole_part(f, klass, SU_FLEET_PREFILL);
    struct su_mix_part *decode = sole_part(f, klass, SU_FLEET_DECODE);
    if (prefill == NULL || decode == NULL)
        return SU_OK;
    double rate = m->r->classes[klass].peak_rate_req_s * m->r->growth[m->r->n_stages - 1] *
                  decode->share_frac;
    struct su_verified figures;
    bool met = false;
    SU_TRY(su_split_verify(m->arena, &m->q->classes[klass].request, &prefill->plan,
                           prefill->plan.n_replicas - prefill->n_spare, &decode->plan,
                           decode->plan.n_replicas - decode->n_spare, rate, &figures, &met, err));
    prefill->together = decode->together = met;
    if (met)
        prefill->plan.verified = decode->plan.verified = figures;
    return SU_OK;
}

/* One run of each part at the rate that its replicas really get, and its cost. */
static enum su_status finish_part(struct mix *m, const struct usage *usage,
                                  struct su_mix_part *part, struct su_err *err)
{
    struct su_plan *p = &part->plan;
    const struct su_plan_result *c = &m->r->classes[part->klass];
    double rate = c->peak_rate_req_s * m->r->growth[m->r->n_stages - 1] * part->share_frac;
    uint32_t n_serving = p->n_replicas - part->n_spare;
    if (part->role == SU_FLEET_AGGREGATED) {
        SU_TRY(su_search_reverify(m->arena, &m->q->classes[part->klass].request, p,
                                  rate / n_serving, err));
        p->verified.output_tok_s *= n_serving;
    } else if (!part->together) {
        p->verified.output_tok_s = rate * m->q->classes[part->klass].request.load.osl;
    }
    p->cost = (struct su_cost){0};
    struct kind share = {.unit = usage->cost};
    double frac = p->n_cards / usage->cards;
    add_cost(&p->cost, &share, frac, frac);
    close_cost(&p->cost);
    double mtok = mtok_of(m, &m->q->classes[part->klass].request) * part->share_frac;
    p->cost_per_mtok = su_money_amount(p->cost.total) / mtok;
    return SU_OK;
}

static enum su_status read_fleet(struct mix *m, const struct program *g,
                                 const struct su_fleet_result *r, struct su_err *err)
{
    struct su_mix_fleet f = {
        .bound_known = r->bound_known,
        .bound = r->bound,
        .gap_frac = r->gap_frac,
        .proven = r->verdict == SU_FLEET_OPTIMAL,
    };
    struct usage *usage = SU_NEW_ARRAY(m->arena, m->kinds.n, struct usage);
    read_servers(m, g, r, &f, usage);
    f.parts = SU_NEW_ARRAY(m->arena, g->options.n, struct su_mix_part);
    for (uint32_t o = 0; o < g->options.n; o++) {
        if (r->deployed[(size_t)o * m->r->n_stages + m->r->n_stages - 1].n_serving == 0)
            continue;
        struct su_mix_part *part = &f.parts[f.n_parts++];
        read_part(m, g, r, o, part);
        usage[g->options.items[o].server].cards += part->plan.n_cards;
        f.n_cards += part->plan.n_cards;
        const struct su_accel *accel = part->plan.accel;
        f.only = f.n_parts == 1 || f.only == accel ? accel : NULL;
    }
    share_classes(m, &f);
    for (uint32_t c = 0; c < m->q->n_classes; c++)
        SU_TRY(verify_halves(m, &f, c, err));
    for (size_t i = 0; i < f.n_parts; i++) {
        uint32_t kind = 0;
        SU_TRY(kind_of(m, &f.parts[i].plan, &kind, err));
        SU_TRY(finish_part(m, &usage[kind], &f.parts[i], err));
        if (f.parts[i].role != SU_FLEET_PREFILL)
            f.output_tok_s += f.parts[i].plan.verified.output_tok_s;
    }
    f.cost.servers.currency = m->q->common->currency;
    for (uint32_t i = 0; i < m->kinds.n; i++)
        add_cost(&f.cost, &m->kinds.items[i], usage[i].bought, usage[i].horizons);
    close_cost(&f.cost);
    f.cost_per_mtok = su_money_amount(f.cost.total) / m->r->mtok_output;
    *SU_VEC_PUSH(m->arena, &m->fleets) = f;
    return SU_OK;
}

/* ---- all fleets ---- */

static enum su_status solve_mix(struct mix *m, struct su_err *err)
{
    struct program g;
    build(m, SU_FLEET_REPLICAS_MAX, &g);
    struct su_fleet_result r;
    SU_TRY(su_fleet_solve(m->arena, &g.p, &r, err));
    if (r.verdict == SU_FLEET_OPTIMAL || r.verdict == SU_FLEET_FEASIBLE)
        return read_fleet(m, &g, &r, err);
    m->r->unserved = r.unserved;
    m->r->conflict = r.conflict;
    m->r->n_conflict = r.n_conflict;
    return SU_OK;
}

/* The class that a chip cannot serve at all, as the search said; false when it serves all. */
static bool class_excludes(const struct mix *m, const struct su_accel *accel,
                           struct su_mix_exclusion *x)
{
    for (uint32_t c = 0; c < m->q->n_classes; c++) {
        const struct su_plan_result *r = &m->r->classes[c];
        for (size_t i = 0; i < r->n_excluded; i++) {
            if (r->excluded[i].accel == accel) {
                *x = (struct su_mix_exclusion){accel, c, r->excluded[i], NULL, 0};
                return true;
            }
        }
    }
    return false;
}

/* A chip alone. The mix has been solved: one that it consists of needs no second answer. */
static enum su_status solve_alone(struct mix *m, uint32_t kind, struct su_err *err)
{
    const struct su_accel *accel = m->kinds.items[kind].accel;
    struct su_mix_exclusion x;
    if (m->fleets.n > 0 && m->fleets.items[0].only == accel)
        return SU_OK;
    if (class_excludes(m, accel, &x)) {
        *SU_VEC_PUSH(m->arena, &m->excluded) = x;
        return SU_OK;
    }
    struct program g;
    build(m, kind, &g);
    struct su_fleet_result r;
    SU_TRY(su_fleet_solve(m->arena, &g.p, &r, err));
    if (r.verdict == SU_FLEET_OPTIMAL || r.verdict == SU_FLEET_FEASIBLE)
        return read_fleet(m, &g, &r, err);
    *SU_VEC_PUSH(m->arena, &m->excluded) =
        (struct su_mix_exclusion){.accel = accel, .limits = r.conflict, .n_limits = r.n_conflict};
    return SU_OK;
}

static int by_cost(const void *a, const void *b)
{
    const struct su_mix_fleet *x = a;
    const struct su_mix_fleet *y = b;
    if (x->cost.total.micro != y->cost.total.micro)
        return x->cost.total.micro < y->cost.total.micro ? -1 : 1;
    const char *xid = x->only == NULL ? "" : x->only->id;
    const char *yid = y->only == NULL ? "" : y->only->id;
    return strcmp(xid, yid);
}

/* Chips that no class can use at all, or that have no price, are told once, by the first class. */
static void exclude_rest(struct mix *m)
{
    const struct su_plan_result *first = &m->r->classes[0];
    for (size_t i = 0; i < first->n_excluded; i++) {
        const struct su_accel *accel = first->excluded[i].accel;
        bool told = false;
        for (size_t k = 0; k < m->kinds.n; k++)
            told = told || m->kinds.items[k].accel == accel;
        if (!told)
            *SU_VEC_PUSH(m->arena, &m->excluded) =
                (struct su_mix_exclusion){accel, 0, first->excluded[i], NULL, 0};
    }
}

enum su_status su_mix_search(struct su_arena *arena, const struct su_mix_request *request,
                             struct su_mix_result *result, struct su_err *err)
{
    *result = (struct su_mix_result){0};
    struct mix m = {.arena = arena, .q = request, .r = result};
    const struct su_plan_request *common = request->common;
    SU_TRY(su_cost_basis_init(common->catalog, common->region, common->date, common->currency,
                              &result->cost_basis, err));
    result->classes = SU_NEW_ARRAY(arena, request->n_classes, struct su_plan_result);
    set_stages(&m);
    for (uint32_t c = 0; c < request->n_classes; c++) {
        SU_TRY(search_class(&m, c, err));
        result->mtok_output += mtok_of(&m, &request->classes[c].request);
    }
    if (m.kinds.n > 0)
        SU_TRY(solve_mix(&m, err));
    else
        result->unserved = request->classes[0].name;
    for (uint32_t k = 0; k < m.kinds.n && m.fleets.n > 0; k++)
        SU_TRY(solve_alone(&m, k, err));
    exclude_rest(&m);
    if (m.fleets.n > 1)
        qsort(m.fleets.items, m.fleets.n, sizeof(m.fleets.items[0]), by_cost);
    result->fleets = m.fleets.items;
    result->n_fleets = m.fleets.n;
    result->excluded = m.excluded.items;
    result->n_excluded = m.excluded.n;
    result->unlinked = m.unlinked.items;
    result->n_unlinked = m.unlinked.n;
    return SU_OK;
}
