/* Break-even efficiency by bisection through the search's own sizing; all other changes by pricing
 * the plans again: prices need their servers, other loads the rate per replica, efficiencies the
 * rates of the chosen cut at its 10 % and 90 % values. Chips that are out stay out, and cuts are
 * not searched again. Errors of chips are taken as independent: one changes, the others do not. */
#include "plan/sensitivity.h"

#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "plan/exclude.h"

/* Enough servers that whole ones no longer matter. */
#define MANY_SERVERS 1000u
/* Points that a span is scanned at before the bisection: steps of servers are not monotone. */
#define SCAN_POINTS 400
#define BISECTIONS 30

#define PRICE_STEP 0.2

const char *su_lever_name(enum su_lever lever)
{
    static const char *const names[] = {"price", "traffic", "active_hours", "load", "efficiency"};
    return names[lever];
}

/* ---- shares of the data sheet ---- */

/* Seconds per second of operation: at the peaks, and as modelled. */
static void add_operators(const struct su_step_cost *cost, double share, double *ideal,
                          double *modelled)
{
    for (uint32_t i = 0; i < cost->n_lines; i++) {
        if (!cost->lines[i].has_work)
            continue;
        *ideal += share * cost->lines[i].ideal_s / cost->total_s;
        *modelled += share * cost->lines[i].time_s / cost->total_s;
    }
}

double su_plan_datasheet_frac(const struct su_plan *plan)
{
    double ideal = 0;
    double modelled = 0;
    double mixed = fmin(plan->steady.utilization_frac, 1);
    add_operators(&plan->prefill_cost, mixed, &ideal, &modelled);
    add_operators(&plan->decode_cost, 1 - mixed, &ideal, &modelled);
    return modelled > 0 ? ideal / modelled : NAN;
}

/* ---- break-even ---- */

struct pricer {
    const struct su_plan_request *request;
    const struct su_plan_result *result;
    struct su_err *err;
};

static enum su_status total_of(const struct pricer *p, const struct su_plan *plan, uint32_t servers,
                               struct su_money *total)
{
    struct su_cost cost;
    SU_TRY(su_cost_of_quote(&p->result->cost_basis, &plan->quote, plan->quote.mid, servers,
                            plan->power, p->request->horizon_months, &cost, p->err));
    *total = cost.total;
    return SU_OK;
}

/* The most servers whose total is no more than `total`. */
static enum su_status servers_within(const struct pricer *p, const struct su_plan *plan,
                                     struct su_money total, uint32_t *servers)
{
    uint32_t low = 0;
    /* One server costs at least its price, or its rent of a month. */
    double bound = (double)total.micro / fmax((double)plan->quote.mid.micro, 1) + 2;
    uint32_t high = (uint32_t)fmin(bound, SU_REPLICAS_MAX);
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        struct su_money cost = {0};
        SU_TRY(total_of(p, plan, mid, &cost));
        *(cost.micro <= total.micro ? &low : &high) = mid;
    }
    *servers = low;
    return SU_OK;
}

/* Best rate of a server that is full of replicas. */
double su_plan_per_server_req_s(const struct su_plan *plan)
{
    double best = 0;
    for (uint32_t i = 0; i < SU_PLAN_CARDS_LOG2; i++) {
        if (plan->rate_by_cards[i] > 0)
            best = fmax(best, plan->rate_by_cards[i] * (plan->n_cards_server >> i));
    }
    return best;
}

/* Rate per server at which a large fleet costs as much per request as the rival's. */
static enum su_status rate_to_match(const struct pricer *p, const struct su_plan *plan,
                                    const struct su_plan *rival, double *rate_req_s)
{
    struct su_money own = {0};
    struct su_money theirs = {0};
    SU_TRY(total_of(p, plan, MANY_SERVERS, &own));
    SU_TRY(total_of(p, rival, MANY_SERVERS, &theirs));
    *rate_req_s = su_plan_per_server_req_s(rival) * (double)own.micro / (double)theirs.micro;
    return SU_OK;
}

static enum su_status least_efficiency(const struct pricer *p, const struct su_plan *plan,
                                       struct su_memo *memo, const struct su_reach *goal,
                                       bool reached_now, double datasheet, double *factor)
{
    bool reached = false;
    double low = reached_now ? SU_EFFICIENCY_LOW : 1;
    double high = reached_now ? 1 : datasheet;
    bool full = goal->n_servers == 0;
    SU_TRY(su_search_efficiency(
        p->request, plan->accel, memo, goal, full ? plan->full_par : plan->par,
        full ? plan->full_dtype : plan->weight_dtype, low, high, factor, &reached, p->err));
    if (!reached)
        *factor = reached_now ? 1 : NAN;
    return SU_OK;
}

static enum su_status money_between(struct su_money a, struct su_money b, struct su_money *out,
                                    struct su_err *err)
{
    return su_money_add(a, (struct su_money){-b.micro, b.currency}, out, err);
}

static enum su_status porting(const struct pricer *p, const struct su_plan *plan,
                              struct su_memo *memo, double datasheet, struct su_break_even *out)
{
    out->porting = strcmp(plan->accel->stack, out->rival->accel->stack) != 0;
    if (!out->porting)
        return SU_OK;
    const struct su_money rival = out->rival->cost.total;
    SU_TRY(money_between(rival, plan->cost.total, &out->porting_budget, p->err));
    struct su_reach reach = {.n_servers = plan->n_servers};
    if (plan->n_servers > 1)
        SU_TRY(su_search_reach(p->request, plan->accel, memo, datasheet, &reach, p->err));
    struct su_money total = plan->cost.total;
    if (reach.n_servers > 0 && reach.n_servers < plan->n_servers)
        SU_TRY(total_of(p, plan, reach.n_servers, &total));
    return money_between(rival, total, &out->porting_budget_datasheet, p->err);
}

static const struct su_plan *rival_of(const struct su_plan_result *result, size_t index)
{
    if (result->n_priced < 2)
        return NULL;
    return &result->plans[index == 0 ? 1 : 0];
}

enum su_status su_plan_total_at_scale(const struct su_plan_request *request,
                                      const struct su_plan_result *result,
                                      const struct su_plan *plan, double *per_req_s,
                                      struct su_err *err)
{
    const struct pricer p = {request, result, err};
    struct su_money total = {0};
    SU_TRY(total_of(&p, plan, MANY_SERVERS, &total));
    *per_req_s = su_money_amount(total) / MANY_SERVERS / su_plan_per_server_req_s(plan);
    return SU_OK;
}

enum su_status su_plan_break_even(struct su_arena *scratch, const struct su_plan_request *request,
                                  const struct su_plan_result *result, size_t index,
                                  const struct su_plan *rival, struct su_break_even *out,
                                  struct su_err *err)
{
    const struct su_plan *plan = &result->plans[index];
    const struct pricer p = {request, result, err};
    *out = (struct su_break_even){
        .rival = rival != NULL ? rival : rival_of(result, index),
        .datasheet_frac = su_plan_datasheet_frac(plan),
        .efficiency = NAN,
        .scale_efficiency = NAN,
    };
    if (out->rival == NULL)
        return SU_OK;
    const struct su_money limit = out->rival->cost.total;
    SU_TRY(servers_within(&p, plan, limit, &out->servers_max));
    SU_TRY(su_cost_quote_to_win(&result->cost_basis, plan->quote.channel, limit, plan->n_servers,
                                plan->power, request->horizon_months, &out->price, err));
    size_t mark = su_arena_mark(scratch);
    struct su_memo *memo = SU_NEW(scratch, struct su_memo);
    double datasheet = fmax(1 / out->datasheet_frac, 1);
    SU_TRY(porting(&p, plan, memo, datasheet, out));
    if (out->servers_max > 0) {
        struct su_reach goal = {.n_servers = out->servers_max};
        SU_TRY(least_efficiency(&p, plan, memo, &goal, plan->n_servers <= out->servers_max,
                                datasheet, &out->efficiency));
    }
    struct su_reach goal = {0};
    SU_TRY(rate_to_match(&p, plan, out->rival, &goal.per_server_req_s));
    SU_TRY(least_efficiency(&p, plan, memo, &goal,
                            su_plan_per_server_req_s(plan) >= goal.per_server_req_s, datasheet,
                            &out->scale_efficiency));
    su_arena_rewind(scratch, mark);
    return SU_OK;
}

/* ---- changes that need no search ---- */

/* Servers at another peak, from the best rate of each size of replica; 0: too many. */
static uint32_t servers_at(const struct su_plan *plan, double peak_req_s)
{
    uint32_t least = 0;
    for (uint32_t i = 0; i < SU_PLAN_CARDS_LOG2; i++) {
        if (plan->rate_by_cards[i] <= 0)
            continue;
        double n = su_replicas_for(peak_req_s, plan->rate_by_cards[i]);
        if (n > SU_REPLICAS_MAX)
            continue;
        uint32_t servers = su_servers_of(plan->n_cards_server, 1u << i, n);
        if (least == 0 || servers < least)
            least = servers;
    }
    return least;
}

/* Servers at the low or high efficiency, cut as it is. */
static uint32_t servers_at_level(const struct pricer *p, const struct su_plan *plan,
                                 enum su_eff_level level)
{
    if (level == SU_EFF_MID)
        return plan->n_servers;
    double tok_s = level == SU_EFF_LOW ? plan->output_tok_s_max.low : plan->output_tok_s_max.high;
    double rate = tok_s / (p->request->load.osl * plan->n_replicas);
    double n = rate > 0 ? su_replicas_for(p->result->peak_rate_req_s, rate) : INFINITY;
    return n > SU_REPLICAS_MAX
               ? 0
               : su_servers_of(plan->n_cards_server, plan->par.tp * plan->par.dp, n);
}

static bool within_limits(const struct pricer *p, const struct su_plan *plan,
                          const struct su_changed *c)
{
    const struct su_plan_request *r = p->request;
    double power_kw = plan->power.server_w * c->n_servers / 1e3;
    return (r->power_max_kw <= 0 || power_kw <= r->power_max_kw) &&
           (!r->budget_known || c->total.micro <= r->budget.micro);
}

enum su_status su_plan_changed(const struct su_plan_request *request,
                               const struct su_plan_result *result, const struct su_plan *plan,
                               const struct su_change *change, struct su_changed *out,
                               struct su_err *err)
{
    const struct pricer p = {request, result, err};
    struct su_cost_basis basis = result->cost_basis;
    struct su_money unit = plan->quote.mid;
    double mtok = result->mtok_output;
    bool touched = change->only == NULL || change->only == plan;
    *out = (struct su_changed){.n_servers = plan->n_servers};
    switch (change->lever) {
    case SU_LEVER_PRICE:
        if (touched)
            SU_TRY(su_money_scale(unit, change->value, &unit, err));
        break;
    case SU_LEVER_TRAFFIC:
        mtok *= change->value;
        if (change->value != 1)
            out->n_servers = servers_at(plan, result->peak_rate_req_s * change->value);
        break;
    case SU_LEVER_ACTIVE_HOURS:
        mtok *= change->value / request->active_hours_per_day;
        break;
    case SU_LEVER_LOAD:
        basis.load_frac.value = change->value;
        break;
    case SU_LEVER_EFFICIENCY:
        if (touched)
            out->n_servers = servers_at_level(&p, plan, (enum su_eff_level)change->value);
        break;
    }
    if (out->n_servers == 0)
        return SU_OK;
    struct su_cost cost;
    SU_TRY(su_cost_of_quote(&basis, &plan->quote, unit, out->n_servers, plan->power,
                            request->horizon_months, &cost, err));
    out->total = cost.total;
    out->cost_per_mtok = su_money_amount(cost.total) / mtok;
    out->serves = within_limits(&p, plan, out);
    return SU_OK;
}

/* The cheapest of some plans after a change; of equals the first. */
static enum su_status leader_after(const struct pricer *p, const struct su_plan *const *plans,
                                   size_t n, const struct su_change *change,
                                   const struct su_plan **leader, double *cost_per_mtok)
{
    *leader = NULL;
    int64_t least = 0;
    for (size_t i = 0; i < n; i++) {
        struct su_changed c;
        SU_TRY(su_plan_changed(p->request, p->result, plans[i], change, &c, p->err));
        if (!c.serves || (*leader != NULL && c.total.micro >= least))
            continue;
        *leader = plans[i];
        least = c.total.micro;
        *cost_per_mtok = c.cost_per_mtok;
    }
    return SU_OK;
}

/* The lever's value as asked, and the end of its span on one side. */
static double value_now(const struct pricer *p, enum su_lever lever)
{
    switch (lever) {
    case SU_LEVER_ACTIVE_HOURS:
        return p->request->active_hours_per_day;
    case SU_LEVER_LOAD:
        return p->result->cost_basis.load_frac.value;
    case SU_LEVER_EFFICIENCY:
        return SU_EFF_MID;
    case SU_LEVER_PRICE:
    case SU_LEVER_TRAFFIC:
        break;
    }
    return 1;
}

static double value_last(enum su_lever lever, bool up)
{
    switch (lever) {
    case SU_LEVER_PRICE:
        return up ? SU_PRICE_SPAN : 1 / SU_PRICE_SPAN;
    case SU_LEVER_TRAFFIC:
        return up ? SU_TRAFFIC_SPAN : 1 / SU_TRAFFIC_SPAN;
    case SU_LEVER_ACTIVE_HOURS:
        return up ? 24 : 0.1;
    case SU_LEVER_LOAD:
        return up ? 1 : 0.01;
    case SU_LEVER_EFFICIENCY:
        break;
    }
    return up ? SU_EFF_HIGH : SU_EFF_LOW;
}

enum su_status su_plan_threshold(const struct su_plan_request *request,
                                 const struct su_plan_result *result,
                                 const struct su_plan *const *plans, size_t n,
                                 struct su_sensitivity *s, struct su_err *err)
{
    const struct pricer p = {request, result, err};
    struct su_change change = s->change;
    if (change.lever == SU_LEVER_EFFICIENCY)
        return SU_OK; /* the break-even search knows it, not three levels */
    double now = value_now(&p, change.lever);
    double last = value_last(change.lever, s->change.value > now);
    const struct su_plan *first = NULL;
    const struct su_plan *other = NULL;
    double unused = 0;
    change.value = now;
    SU_TRY(leader_after(&p, plans, n, &change, &first, &unused));
    double before = now;
    for (int i = 1; i <= SCAN_POINTS; i++) {
        change.value = now * pow(last / now, (double)i / SCAN_POINTS);
        SU_TRY(leader_after(&p, plans, n, &change, &other, &unused));
        if (other != first)
            break;
        before = change.value;
    }
    if (other == first)
        return SU_OK;
    double after = change.value;
    for (int i = 0; i < BISECTIONS; i++) {
        const struct su_plan *there = NULL;
        change.value = (before + after) / 2;
        SU_TRY(leader_after(&p, plans, n, &change, &there, &unused));
        if (there == first) {
            before = change.value;
        } else {
            after = change.value;
            other = there;
        }
    }
    s->threshold_known = true;
    s->threshold = after;
    s->then = other;
    return SU_OK;
}

/* A growing list of changes and all priced plans that they are tried on. */
struct trials {
    struct su_arena *arena;
    struct pricer pricer;
    const struct su_plan **plans;
    size_t n_plans;
    SU_VEC(struct su_sensitivity) list;
};

static enum su_status try_change(struct trials *t, enum su_lever lever, const struct su_plan *only,
                                 double value)
{
    struct su_sensitivity *s = SU_VEC_PUSH(t->arena, &t->list);
    s->change = (struct su_change){lever, only, value};
    SU_TRY(
        leader_after(&t->pricer, t->plans, t->n_plans, &s->change, &s->leader, &s->cost_per_mtok));
    return su_plan_threshold(t->pricer.request, t->pricer.result, t->plans, t->n_plans, s,
                             t->pricer.err);
}

static enum su_status try_prices(struct trials *t)
{
    SU_TRY(try_change(t, SU_LEVER_PRICE, NULL, 1 - PRICE_STEP));
    SU_TRY(try_change(t, SU_LEVER_PRICE, NULL, 1 + PRICE_STEP));
    SU_TRY(try_change(t, SU_LEVER_PRICE, t->plans[0], 1 + PRICE_STEP));
    for (size_t i = 1; i < t->n_plans; i++)
        SU_TRY(try_change(t, SU_LEVER_PRICE, t->plans[i], 1 - PRICE_STEP));
    return SU_OK;
}

static enum su_status try_use(struct trials *t)
{
    double hours = t->pricer.request->active_hours_per_day;
    const struct su_assumption *load = &t->pricer.result->cost_basis.load_frac;
    SU_TRY(try_change(t, SU_LEVER_TRAFFIC, NULL, 0.5));
    SU_TRY(try_change(t, SU_LEVER_TRAFFIC, NULL, 2));
    SU_TRY(try_change(t, SU_LEVER_ACTIVE_HOURS, NULL, hours / 2));
    if (hours < 24)
        SU_TRY(try_change(t, SU_LEVER_ACTIVE_HOURS, NULL, fmin(hours * 2, 24)));
    SU_TRY(try_change(t, SU_LEVER_LOAD, NULL, load->low));
    return try_change(t, SU_LEVER_LOAD, NULL, load->high);
}

static enum su_status try_efficiencies(struct trials *t)
{
    SU_TRY(try_change(t, SU_LEVER_EFFICIENCY, NULL, SU_EFF_LOW));
    SU_TRY(try_change(t, SU_LEVER_EFFICIENCY, NULL, SU_EFF_HIGH));
    SU_TRY(try_change(t, SU_LEVER_EFFICIENCY, t->plans[0], SU_EFF_LOW));
    for (size_t i = 1; i < t->n_plans; i++)
        SU_TRY(try_change(t, SU_LEVER_EFFICIENCY, t->plans[i], SU_EFF_HIGH));
    return SU_OK;
}

enum su_status su_plan_sensitivity(struct su_arena *arena, const struct su_plan_request *request,
                                   const struct su_plan_result *result,
                                   struct su_sensitivities *out, struct su_err *err)
{
    *out = (struct su_sensitivities){0};
    if (result->n_priced < 2)
        return SU_OK;
    struct trials t = {.arena = arena, .pricer = {request, result, err}};
    t.n_plans = result->n_priced;
    t.plans = SU_NEW_ARRAY(arena, t.n_plans, const struct su_plan *);
    for (size_t i = 0; i < t.n_plans; i++)
        t.plans[i] = &result->plans[i];
    SU_TRY(try_prices(&t));
    SU_TRY(try_use(&t));
    SU_TRY(try_efficiencies(&t));
    out->items = t.list.items;
    out->n = t.list.n;
    return SU_OK;
}
