/* The formulation of docs/theory/fleet.md, row by row. Demand is in shares of the class's own, and
 * money in a unit that puts the dearest server between 1,000 and 10,000, so that the solver's
 * absolute tolerances mean the same for every fleet. */
#include "plan/fleet_model.h"

#include <math.h>

struct builder {
    struct su_arena *arena;
    const struct su_fleet_problem *p;
    const struct su_fleet_limits *limits;
    const struct su_fleet_ask *ask;
    struct su_fleet_model *m;
};

static size_t at(const struct builder *b, uint32_t thing, uint32_t stage)
{
    return (size_t)thing * b->p->n_stages + stage;
}

static bool is_in_force(const struct builder *b, enum su_fleet_limit_kind kind, uint32_t index)
{
    for (size_t i = 0; i < b->limits->list.n; i++) {
        const struct su_fleet_limit *l = &b->limits->list.items[i];
        if (l->kind == kind && l->index == index)
            return b->ask->dropped == NULL || !b->ask->dropped[i];
    }
    return false;
}

/* Ends a "<= limit" row: the limit that may be raised is raised by one variable in all its rows. */
static void may_raise(const struct builder *b, uint32_t row, enum su_fleet_limit_kind kind,
                      uint32_t index)
{
    if (b->ask->goal != SU_FLEET_GOAL_RAISE)
        return;
    const struct su_fleet_limit *l = &b->limits->list.items[b->ask->raised];
    if (l->kind == kind && l->index == index)
        su_lp_add(b->arena, &b->m->lp, row, b->m->raise, -1);
}

static double program_cost(const struct builder *b, struct su_money m)
{
    return (double)m.micro / b->m->cost_scale;
}

/* ---- prices ---- */

/* Payments of a month are made at its end, so that a yearly rate r discounts month k of the horizon
 * by (1 + r)^(-k/12); a purchase at its stage's start. */
static double discount(const struct su_fleet_problem *p, uint32_t month)
{
    return pow(1 + p->discount_frac_year, -(double)month / 12);
}

static enum su_status unit_cost(const struct su_fleet_problem *p, const struct su_fleet_source *s,
                                uint32_t stage, struct su_fleet_unit_cost *cost, struct su_err *err)
{
    uint32_t first = 0;
    for (uint32_t t = 0; t < stage; t++)
        first += p->stage_months[t];
    uint32_t last = first + p->stage_months[stage];
    for (uint32_t t = stage + 1; s->channel == SU_FLEET_BUY && t < p->n_stages; t++)
        last += p->stage_months[t];
    double months_present = 0;
    for (uint32_t k = first + 1; k <= last; k++)
        months_present += discount(p, k);
    struct su_money once = {s->channel == SU_FLEET_BUY ? s->capital.micro : 0, p->currency};
    struct su_money monthly = {s->running_month.micro, p->currency};
    struct su_money rent = {s->channel == SU_FLEET_RENT ? s->rent_month.micro : 0, p->currency};
    struct su_money part;
    SU_TRY(su_money_add(monthly, rent, &monthly, err));
    SU_TRY(su_money_scale(monthly, last - first, &part, err));
    SU_TRY(su_money_add(once, part, &cost->cash, err));
    if (p->discount_frac_year == 0) {
        cost->present = cost->cash;
        return SU_OK;
    }
    SU_TRY(su_money_scale(monthly, months_present, &part, err));
    SU_TRY(su_money_scale(once, discount(p, first), &once, err));
    return su_money_add(once, part, &cost->present, err);
}

static enum su_status price_sources(struct builder *b, struct su_err *err)
{
    const struct su_fleet_problem *p = b->p;
    b->m->cost =
        SU_NEW_ARRAY(b->arena, (size_t)p->n_sources * p->n_stages, struct su_fleet_unit_cost);
    double largest = 1;
    for (uint32_t j = 0; j < p->n_sources; j++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            struct su_fleet_unit_cost *cost = &b->m->cost[at(b, j, t)];
            SU_TRY(unit_cost(p, &p->sources[j], t, cost, err));
            largest = fmax(largest, (double)cost->cash.micro);
        }
    }
    b->m->cost_scale = pow(10, floor(log10(largest)) - 3);
    return SU_OK;
}

/* ---- cards ---- */

/* Into how many parts of one size an n-card server can be cut for replicas of it: a part holds one.
 */
static uint32_t parts_of_server(uint32_t n_cards_server, uint32_t n_cards)
{
    uint32_t parts = n_cards_server / n_cards;
    return parts > 0 ? parts : 1;
}

/* Replicas of several sizes fill servers without waste when the numbers of parts divide one
 * another, as 8, 4, 2, 1 do. Where they do not, they are rounded down to powers of two, which is
 * safe. */
static void cut_server(struct builder *b, uint32_t server)
{
    const struct su_fleet_problem *p = b->p;
    uint32_t n_cards = p->servers[server].n_cards;
    uint32_t most = 1;
    bool chain = true;
    for (uint32_t o = 0; o < p->n_options; o++) {
        if (p->options[o].server != server)
            continue;
        uint32_t x = parts_of_server(n_cards, p->options[o].n_cards);
        most = x > most ? x : most;
        for (uint32_t other = 0; other < o && chain; other++) {
            uint32_t y = parts_of_server(n_cards, p->options[other].n_cards);
            if (p->options[other].server == server)
                chain = x > y ? x % y == 0 : y % x == 0;
        }
    }
    while (!chain && (most & (most - 1)) != 0)
        most &= most - 1;
    b->m->server_units[server] = most;
    for (uint32_t o = 0; o < p->n_options; o++) {
        if (p->options[o].server != server)
            continue;
        uint32_t parts = parts_of_server(n_cards, p->options[o].n_cards);
        while (!chain && (parts & (parts - 1)) != 0)
            parts &= parts - 1;
        uint32_t whole = (p->options[o].n_cards + n_cards - 1) / n_cards;
        b->m->option_units[o] = most / parts * whole;
    }
}

/* ---- variables ---- */

static uint32_t add_var(struct builder *b, const char *kind, uint32_t thing, uint32_t stage,
                        double upper, double cost, bool is_integer)
{
    const char *name = su_fmt(b->arena, "%s%u_%u", kind, thing, stage);
    double c = b->ask->goal == SU_FLEET_GOAL_COST ? cost : 0;
    return su_lp_add_var(b->arena, &b->m->lp, (struct su_lp_var){name, 0, upper, c, is_integer});
}

static uint32_t *new_indices(struct builder *b, size_t n_things)
{
    size_t n = n_things * b->p->n_stages;
    uint32_t *indices = SU_NEW_ARRAY(b->arena, n, uint32_t);
    for (size_t i = 0; i < n; i++)
        indices[i] = SU_FLEET_NONE;
    return indices;
}

/* Whether other does all that option does: as many replicas of it as fit in the place of one do no
 * less, and its spare takes no more. Of two alike the first stays. */
static bool is_dominated_by(const struct builder *b, uint32_t option, uint32_t other)
{
    const struct su_fleet_option *x = &b->p->options[option];
    const struct su_fleet_option *y = &b->p->options[other];
    if (x->klass != y->klass || x->server != y->server || x->role != y->role ||
        (x->role != SU_FLEET_AGGREGATED && x->pair != y->pair))
        return false;
    uint32_t places = b->m->option_units[option] / b->m->option_units[other];
    double does = places * y->capacity_req_s;
    bool alike = places == 1 && does == x->capacity_req_s &&
                 b->m->option_units[option] == b->m->option_units[other];
    return places >= 1 && does >= x->capacity_req_s && (!alike || other < option);
}

static bool is_dominated(const struct builder *b, uint32_t option)
{
    for (uint32_t other = 0; other < b->p->n_options; other++) {
        if (other != option && is_dominated_by(b, option, other))
            return true;
    }
    return false;
}

static void add_option_vars(struct builder *b)
{
    const struct su_fleet_problem *p = b->p;
    bool spare = is_in_force(b, SU_FLEET_LIMIT_SPARE, 0);
    for (uint32_t o = 0; o < p->n_options; o++) {
        bool left_out = is_dominated(b, o);
        for (uint32_t t = 0; t < p->n_stages && !left_out; t++) {
            double most = su_fleet_replicas_full(p, o, t);
            if (most == 0)
                continue;
            b->m->serving[at(b, o, t)] = add_var(b, "serving", o, t, most, 0, true);
            if (spare)
                b->m->spare[at(b, o, t)] = add_var(b, "spare", o, t, 1, 0, true);
        }
    }
}

/* Servers of a kind that serving everything on it would take, with the spares. */
static double servers_full(const struct builder *b, uint32_t server)
{
    double most = 0;
    for (uint32_t t = 0; t < b->p->n_stages; t++) {
        double units = 0;
        for (uint32_t o = 0; o < b->p->n_options; o++) {
            double n = su_fleet_replicas_full(b->p, o, t);
            if (b->p->options[o].server == server && n > 0)
                units += (n + 1) * b->m->option_units[o];
        }
        most = fmax(most, ceil(units / b->m->server_units[server]));
    }
    return most;
}

static void add_source_vars(struct builder *b)
{
    const struct su_fleet_problem *p = b->p;
    for (uint32_t j = 0; j < p->n_sources; j++) {
        const struct su_fleet_source *s = &p->sources[j];
        double most = servers_full(b, s->server);
        uint32_t first = is_in_force(b, SU_FLEET_LIMIT_DELIVERY, j) ? s->stage_min : 0;
        bool buys = s->channel == SU_FLEET_BUY;
        for (uint32_t t = first; t < p->n_stages && most > 0; t++) {
            double cost = program_cost(b, b->m->cost[at(b, j, t)].present);
            if (buys && t + 1 < p->n_stages)
                cost -= program_cost(b, b->m->cost[at(b, j, t + 1)].present);
            b->m->held[at(b, j, t)] = add_var(b, "held", j, t, most, cost, true);
        }
    }
}

static void list_pairs(struct builder *b)
{
    for (uint32_t o = 0; o < b->p->n_options; o++) {
        const struct su_fleet_option *opt = &b->p->options[o];
        if (opt->role == SU_FLEET_AGGREGATED)
            continue;
        size_t i = 0;
        while (i < b->m->pairs.n &&
               (b->m->pairs.items[i].klass != opt->klass || b->m->pairs.items[i].pair != opt->pair))
            i++;
        if (i == b->m->pairs.n)
            *SU_VEC_PUSH(b->arena, &b->m->pairs) = (struct su_fleet_pair){opt->klass, opt->pair};
    }
}

static void add_vars(struct builder *b)
{
    struct su_fleet_model *m = b->m;
    list_pairs(b);
    m->serving = new_indices(b, b->p->n_options);
    m->spare = new_indices(b, b->p->n_options);
    m->held = new_indices(b, b->p->n_sources);
    m->split = new_indices(b, m->pairs.n);
    add_source_vars(b);
    add_option_vars(b);
    for (uint32_t g = 0; g < m->pairs.n; g++) {
        for (uint32_t t = 0; t < b->p->n_stages; t++) {
            if (b->p->classes[m->pairs.items[g].klass].demand_req_s[t] > 0)
                m->split[at(b, g, t)] = add_var(b, "split", g, t, 1, 0, false);
        }
    }
    m->raise = SU_FLEET_NONE;
    if (b->ask->goal == SU_FLEET_GOAL_RAISE)
        m->raise =
            su_lp_add_var(b->arena, &m->lp, (struct su_lp_var){"raise", 0, INFINITY, 1, false});
}

/* ---- rows ---- */

static uint32_t add_row(struct builder *b, const char *kind, uint32_t thing, uint32_t stage,
                        char sense, double rhs)
{
    return su_lp_add_row(b->arena, &b->m->lp, su_fmt(b->arena, "%s%u_%u", kind, thing, stage),
                         sense, rhs);
}

static void add_if(struct builder *b, uint32_t row, uint32_t var, double value)
{
    if (var != SU_FLEET_NONE)
        su_lp_add(b->arena, &b->m->lp, row, var, value);
}

/* Share of its class that one replica serves. More than all counts as all: for whole replicas that
 * is the same and the relaxation is tighter. */
static double share(const struct builder *b, uint32_t option, uint32_t stage)
{
    const struct su_fleet_option *o = &b->p->options[option];
    return fmin(1, o->capacity_req_s / b->p->classes[o->klass].demand_req_s[stage]);
}

/* sum of shares >= 1; a split deployment's share is what both its halves can do. */
static void add_demand_rows(struct builder *b, uint32_t t)
{
    const struct su_fleet_problem *p = b->p;
    for (uint32_t c = 0; c < p->n_classes; c++) {
        if (p->classes[c].demand_req_s[t] == 0)
            continue;
        uint32_t row = add_row(b, "demand", c, t, 'G', 1);
        for (uint32_t o = 0; o < p->n_options; o++) {
            if (p->options[o].klass == c && p->options[o].role == SU_FLEET_AGGREGATED)
                add_if(b, row, b->m->serving[at(b, o, t)], share(b, o, t));
        }
        for (uint32_t g = 0; g < b->m->pairs.n; g++) {
            if (b->m->pairs.items[g].klass == c)
                add_if(b, row, b->m->split[at(b, g, t)], 1);
        }
    }
}

static void add_half_row(struct builder *b, uint32_t g, uint32_t t, enum su_fleet_role role)
{
    const struct su_fleet_pair *pair = &b->m->pairs.items[g];
    uint32_t row = add_row(b, role == SU_FLEET_PREFILL ? "prefill" : "decode", g, t, 'G', 0);
    su_lp_add(b->arena, &b->m->lp, row, b->m->split[at(b, g, t)], -1);
    for (uint32_t o = 0; o < b->p->n_options; o++) {
        const struct su_fleet_option *opt = &b->p->options[o];
        if (opt->klass == pair->klass && opt->pair == pair->pair && opt->role == role)
            add_if(b, row, b->m->serving[at(b, o, t)], share(b, o, t));
    }
}

static void add_option_rows(struct builder *b, uint32_t t)
{
    for (uint32_t g = 0; g < b->m->pairs.n; g++) {
        if (b->m->split[at(b, g, t)] == SU_FLEET_NONE)
            continue;
        add_half_row(b, g, t, SU_FLEET_PREFILL);
        add_half_row(b, g, t, SU_FLEET_DECODE);
    }
    for (uint32_t o = 0; o < b->p->n_options; o++) {
        uint32_t spare = b->m->spare[at(b, o, t)];
        if (spare == SU_FLEET_NONE)
            continue;
        uint32_t row = add_row(b, "plus1_", o, t, 'L', 0); /* serving <= most * spare */
        su_lp_add(b->arena, &b->m->lp, row, b->m->serving[at(b, o, t)], 1);
        su_lp_add(b->arena, &b->m->lp, row, spare, -su_fleet_replicas_full(b->p, o, t));
    }
}

/* Adds value times the servers that a source has in stage t. */
static void add_servers(struct builder *b, uint32_t row, uint32_t source, uint32_t t, double value)
{
    add_if(b, row, b->m->held[at(b, source, t)], value);
}

/* units of all replicas, spares too, <= units of all servers of the kind */
static void add_card_rows(struct builder *b, uint32_t t)
{
    const struct su_fleet_problem *p = b->p;
    for (uint32_t k = 0; k < p->n_servers; k++) {
        uint32_t row = add_row(b, "cards", k, t, 'L', 0);
        for (uint32_t o = 0; o < p->n_options; o++) {
            if (p->options[o].server != k)
                continue;
            add_if(b, row, b->m->serving[at(b, o, t)], b->m->option_units[o]);
            add_if(b, row, b->m->spare[at(b, o, t)], b->m->option_units[o]);
        }
        for (uint32_t j = 0; j < p->n_sources; j++) {
            if (p->sources[j].server == k)
                add_servers(b, row, j, t, -(double)b->m->server_units[k]);
        }
    }
}

static void add_supply_rows(struct builder *b, uint32_t t)
{
    const struct su_fleet_problem *p = b->p;
    for (uint32_t chip = 0; chip < p->n_chips; chip++) {
        if (!is_in_force(b, SU_FLEET_LIMIT_SUPPLY, chip))
            continue;
        uint32_t row = add_row(b, "supply", chip, t, 'L', p->chips[chip].supply_cards[t]);
        for (uint32_t j = 0; j < p->n_sources; j++) {
            const struct su_fleet_server *server = &p->servers[p->sources[j].server];
            if (server->chip == chip && p->sources[j].channel == SU_FLEET_BUY)
                add_servers(b, row, j, t, server->n_cards);
        }
        may_raise(b, row, SU_FLEET_LIMIT_SUPPLY, chip);
    }
}

static void add_site_rows(struct builder *b, uint32_t t)
{
    const struct su_fleet_problem *p = b->p;
    bool power = is_in_force(b, SU_FLEET_LIMIT_POWER, 0);
    bool rack = is_in_force(b, SU_FLEET_LIMIT_RACK, 0);
    uint32_t power_row = power ? add_row(b, "power", 0, t, 'L', p->power_w_max[t] / 1e3) : 0;
    uint32_t rack_row = rack ? add_row(b, "rack", 0, t, 'L', p->rack_units_max[t]) : 0;
    for (uint32_t j = 0; j < p->n_sources; j++) {
        if (p->sources[j].off_site)
            continue;
        const struct su_fleet_server *server = &p->servers[p->sources[j].server];
        if (power)
            add_servers(b, power_row, j, t, server->power_w / 1e3);
        if (rack)
            add_servers(b, rack_row, j, t, server->rack_units);
    }
    if (power)
        may_raise(b, power_row, SU_FLEET_LIMIT_POWER, 0);
    if (rack)
        may_raise(b, rack_row, SU_FLEET_LIMIT_RACK, 0);
}

/* What was bought stays. A purchase in stage t is the rise of the servers held from t - 1, so that
 * its cost c(t) makes a server held in t cost c(t) - c(t + 1): one variable per row of a stage,
 * where a sum over purchases so far would fill the matrix. */
static void add_keep_rows(struct builder *b, uint32_t t)
{
    for (uint32_t j = 0; j < b->p->n_sources && t > 0; j++) {
        uint32_t before = b->m->held[at(b, j, t - 1)];
        if (b->p->sources[j].channel != SU_FLEET_BUY || before == SU_FLEET_NONE)
            continue;
        uint32_t row = add_row(b, "keep", j, t, 'G', 0);
        su_lp_add(b->arena, &b->m->lp, row, b->m->held[at(b, j, t)], 1);
        su_lp_add(b->arena, &b->m->lp, row, before, -1);
    }
}

static void add_stock_rows(struct builder *b)
{
    const struct su_fleet_problem *p = b->p;
    for (uint32_t j = 0; j < p->n_sources; j++) {
        if (!is_in_force(b, SU_FLEET_LIMIT_STOCK, j))
            continue;
        bool buys = p->sources[j].channel == SU_FLEET_BUY;
        for (uint32_t t = buys ? p->n_stages - 1 : 0; t < p->n_stages; t++) {
            uint32_t row = add_row(b, "stock", j, t, 'L', p->sources[j].n_servers_max);
            add_servers(b, row, j, t, 1);
            may_raise(b, row, SU_FLEET_LIMIT_STOCK, j);
        }
    }
}

static void add_budget_row(struct builder *b)
{
    const struct su_fleet_problem *p = b->p;
    if (!is_in_force(b, SU_FLEET_LIMIT_BUDGET, 0))
        return;
    struct su_money budget = {p->budget.micro - b->ask->budget_less_micro, p->currency};
    uint32_t row = add_row(b, "budget", 0, 0, 'L', program_cost(b, budget));
    for (uint32_t j = 0; j < p->n_sources; j++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            double cash = program_cost(b, b->m->cost[at(b, j, t)].cash);
            if (p->sources[j].channel == SU_FLEET_BUY && t + 1 < p->n_stages)
                cash -= program_cost(b, b->m->cost[at(b, j, t + 1)].cash);
            add_if(b, row, b->m->held[at(b, j, t)], cash);
        }
    }
    may_raise(b, row, SU_FLEET_LIMIT_BUDGET, 0);
}

enum su_status su_fleet_model_build(struct su_arena *arena, const struct su_fleet_problem *p,
                                    const struct su_fleet_limits *limits,
                                    const struct su_fleet_ask *ask, struct su_fleet_model *model,
                                    struct su_err *err)
{
    *model = (struct su_fleet_model){0};
    struct builder b = {arena, p, limits, ask, model};
    SU_TRY(price_sources(&b, err));
    model->option_units = SU_NEW_ARRAY(arena, p->n_options, uint32_t);
    model->server_units = SU_NEW_ARRAY(arena, p->n_servers, uint32_t);
    for (uint32_t k = 0; k < p->n_servers; k++)
        cut_server(&b, k);
    add_vars(&b);
    for (uint32_t t = 0; t < p->n_stages; t++) {
        add_demand_rows(&b, t);
        add_option_rows(&b, t);
        add_card_rows(&b, t);
        add_keep_rows(&b, t);
        add_supply_rows(&b, t);
        add_site_rows(&b, t);
    }
    add_stock_rows(&b);
    add_budget_row(&b);
    return SU_OK;
}
