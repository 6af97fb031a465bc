/* Solve, read back, explain. Every question, "which limits contradict", "what does this one cost",
 * "by how much must it be raised", is one more solve of the same program with a limit dropped or
 * loosened. */
#include "plan/fleet.h"

#include <math.h>

#include "plan/fleet_model.h"

/* How often the budget is tightened when rounding in the solver went past it. */
#define BUDGET_TRIES 4

struct solver {
    struct su_arena *arena;   /* results */
    struct su_arena *scratch; /* programs and solutions, rewound after each */
    const struct su_fleet_problem *p;
    struct su_fleet_limits limits;
    bool *dropped; /* [n limits] */
    struct su_err *err;
};

#define EXPLAIN_PARTS 10

static enum su_status ask(struct solver *s, const struct su_fleet_ask *a,
                          struct su_fleet_model *model, struct su_lp_answer *answer)
{
    SU_TRY(su_fleet_model_build(s->scratch, s->p, &s->limits, a, model, s->err));
    bool any = a->goal == SU_FLEET_GOAL_ANY;
    double gap = any ? 1 : a->goal == SU_FLEET_GOAL_COST ? s->p->gap_frac : 0;
    /* An explanation asks many times: each may take a part of what the fleet itself may. */
    double seconds = any ? s->p->seconds_max / EXPLAIN_PARTS : s->p->seconds_max;
    struct su_lp_effort effort = {gap, seconds};
    SU_TRY(su_lp_solve(s->scratch, &model->lp, effort, answer, s->err));
    if (answer->status == SU_LP_UNBOUNDED)
        return SU_FAIL(s->err, SU_ERR_INTERNAL, "suanli-milp", "called a bounded fleet unbounded");
    return SU_OK;
}

/* ---- a fleet ---- */

static void set_bound(const struct su_fleet_problem *p, const struct su_fleet_model *model,
                      const struct su_lp_answer *answer, struct su_fleet_result *r)
{
    r->bound = (struct su_money){0, p->currency};
    double present = (double)r->present_value.micro;
    double bound = answer->bound_known ? floor(answer->bound * model->cost_scale) : 0;
    r->bound_known = answer->bound_known && isfinite(bound);
    if (!r->bound_known) {
        r->gap_frac = 1;
        return;
    }
    /* Payments are never negative; ten digits are all that the solver has. */
    if (bound > present * (1 - 1e-10))
        bound = present;
    r->bound.micro = bound <= 0 ? 0 : (int64_t)fmin(bound, present);
    r->gap_frac = present > 0 ? (present - (double)r->bound.micro) / present : 0;
}

/* One attempt; *over: how far its exact cost is past the budget. */
static enum su_status attempt(struct solver *s, int64_t budget_less, struct su_fleet_result *r,
                              int64_t *over)
{
    struct su_fleet_ask a = {SU_FLEET_GOAL_COST, s->dropped, 0, budget_less};
    struct su_fleet_model model;
    struct su_lp_answer answer;
    *over = 0;
    SU_TRY(ask(s, &a, &model, &answer));
    r->verdict = (enum su_fleet_verdict)SU_FLEET_TIME_OUT;
    if (answer.status == SU_LP_INFEASIBLE)
        r->verdict = SU_FLEET_INFEASIBLE;
    if (answer.x == NULL)
        return SU_OK;
    r->verdict = answer.status == SU_LP_OPTIMAL ? SU_FLEET_OPTIMAL : SU_FLEET_FEASIBLE;
    SU_TRY(su_fleet_read_solution(s->arena, s->p, &s->limits, &model, answer.x, r, s->err));
    set_bound(s->p, &model, &answer, r);
    bool holds = s->p->budget_known && !s->dropped[s->limits.list.n - 1]; /* budget is the last */
    if (holds && r->total.micro > s->p->budget.micro)
        *over = r->total.micro - s->p->budget.micro;
    return SU_OK;
}

static enum su_status cheapest(struct solver *s, struct su_fleet_result *r)
{
    int64_t less = 0;
    int64_t over = 0;
    size_t mark = su_arena_mark(s->scratch);
    for (int i = 0; i < BUDGET_TRIES; i++) {
        SU_TRY(attempt(s, less, r, &over));
        su_arena_rewind(s->scratch, mark);
        if (over == 0)
            return SU_OK;
        less = 10 * (less + over);
    }
    return SU_FAIL(s->err, SU_ERR_INTERNAL, "suanli-milp", "goes past the budget by %g",
                   (double)over / 1e6);
}

/* ---- what each limit costs ---- */

static enum su_status find_worths(struct solver *s, struct su_fleet_result *r)
{
    for (size_t i = 0; i < r->n_limits; i++) {
        struct su_fleet_result without = {0};
        s->dropped[i] = true;
        SU_TRY(cheapest(s, &without));
        s->dropped[i] = false;
        if (without.verdict != SU_FLEET_OPTIMAL)
            continue;
        int64_t saved = r->present_value.micro - without.present_value.micro;
        r->limits[i].worth_known = true;
        r->limits[i].worth = (struct su_money){saved > 0 ? saved : 0, s->p->currency};
    }
    return SU_OK;
}

/* ---- why there is no fleet ---- */

static bool has_source(const struct su_fleet_problem *p, uint32_t server)
{
    for (uint32_t j = 0; j < p->n_sources; j++) {
        if (p->sources[j].server == server)
            return true;
    }
    return false;
}

static bool has_option(const struct su_fleet_problem *p, uint32_t klass, enum su_fleet_role role,
                       const uint32_t *pair)
{
    for (uint32_t o = 0; o < p->n_options; o++) {
        const struct su_fleet_option *opt = &p->options[o];
        if (opt->klass == klass && opt->role == role && (pair == NULL || opt->pair == *pair) &&
            has_source(p, opt->server))
            return true;
    }
    return false;
}

static bool can_be_served(const struct su_fleet_problem *p, uint32_t klass)
{
    if (has_option(p, klass, SU_FLEET_AGGREGATED, NULL))
        return true;
    for (uint32_t o = 0; o < p->n_options; o++) {
        const struct su_fleet_option *opt = &p->options[o];
        if (opt->klass == klass && opt->role == SU_FLEET_PREFILL && has_source(p, opt->server) &&
            has_option(p, klass, SU_FLEET_DECODE, &opt->pair))
            return true;
    }
    return false;
}

static const char *find_unserved(const struct su_fleet_problem *p)
{
    for (uint32_t c = 0; c < p->n_classes; c++) {
        for (uint32_t t = 0; t < p->n_stages; t++) {
            if (p->classes[c].demand_req_s[t] > 0 && !can_be_served(p, c))
                return p->classes[c].name;
        }
    }
    return NULL;
}

/* Deletion filter (Chinneck and Dravnieks 1991): a limit without which there is still no fleet is
 * not needed for the contradiction and stays out; one without which there is one goes back in. What
 * is left contradicts itself, and no longer does when any of it is taken away. */
static enum su_status filter(struct solver *s, struct su_fleet_result *r)
{
    r->conflict_irreducible = true;
    size_t mark = su_arena_mark(s->scratch);
    for (size_t i = 0; i < s->limits.list.n; i++) {
        struct su_fleet_ask a = {SU_FLEET_GOAL_ANY, s->dropped, 0, 0};
        struct su_fleet_model model;
        struct su_lp_answer answer;
        s->dropped[i] = true;
        SU_TRY(ask(s, &a, &model, &answer));
        su_arena_rewind(s->scratch, mark);
        if (answer.status == SU_LP_INFEASIBLE)
            continue;
        s->dropped[i] = false;
        if (answer.status == SU_LP_TIME_OUT)
            r->conflict_irreducible = false;
    }
    r->conflict = SU_NEW_ARRAY(s->arena, s->limits.list.n, struct su_fleet_limit);
    for (size_t i = 0; i < s->limits.list.n; i++) {
        if (!s->dropped[i])
            r->conflict[r->n_conflict++] = s->limits.list.items[i];
        s->dropped[i] = false;
    }
    return SU_OK;
}

/* The least raise of one limit, with all others in force. */
static enum su_status find_raise(struct solver *s, struct su_fleet_limit *l, size_t index)
{
    struct su_fleet_ask a = {SU_FLEET_GOAL_RAISE, NULL, index, 0};
    struct su_fleet_model model;
    struct su_lp_answer answer;
    SU_TRY(ask(s, &a, &model, &answer));
    if (answer.status != SU_LP_OPTIMAL)
        return SU_OK;
    l->raise_known = true;
    l->raise = ceil(answer.objective - 1e-6); /* cards, servers, rack units */
    if (l->kind == SU_FLEET_LIMIT_POWER)
        l->raise = answer.objective * 1e3;
    if (l->kind == SU_FLEET_LIMIT_BUDGET) { /* exact: from the fleet's own counts */
        struct su_fleet_result fleet = {0};
        SU_TRY(
            su_fleet_read_solution(s->scratch, s->p, &s->limits, &model, answer.x, &fleet, s->err));
        l->raise = (double)(fleet.total.micro - s->p->budget.micro) / 1e6;
    }
    return SU_OK;
}

static enum su_status find_conflict(struct solver *s, struct su_fleet_result *r)
{
    SU_TRY(filter(s, r));
    size_t mark = su_arena_mark(s->scratch);
    for (size_t c = 0; c < r->n_conflict; c++) {
        struct su_fleet_limit *l = &r->conflict[c];
        if (l->kind == SU_FLEET_LIMIT_SPARE || l->kind == SU_FLEET_LIMIT_DELIVERY)
            continue;
        for (size_t i = 0; i < s->limits.list.n; i++) {
            if (s->limits.list.items[i].kind == l->kind &&
                s->limits.list.items[i].index == l->index)
                SU_TRY(find_raise(s, l, i));
        }
        su_arena_rewind(s->scratch, mark);
    }
    return SU_OK;
}

/* ---- the doors ---- */

static enum su_status solve(struct solver *s, struct su_fleet_result *r)
{
    const struct su_fleet_problem *p = s->p;
    su_fleet_limits_list(s->arena, p, &s->limits);
    s->dropped = SU_NEW_ARRAY(s->arena, s->limits.list.n + 1, bool);
    r->unserved = find_unserved(p);
    if (r->unserved != NULL) {
        r->verdict = SU_FLEET_INFEASIBLE;
        r->conflict_irreducible = true;
        return SU_OK;
    }
    SU_TRY(cheapest(s, r));
    if (r->verdict == SU_FLEET_INFEASIBLE)
        return find_conflict(s, r);
    if (p->explain && r->verdict == SU_FLEET_OPTIMAL)
        return find_worths(s, r);
    return SU_OK;
}

enum su_status su_fleet_solve(struct su_arena *arena, const struct su_fleet_problem *problem,
                              struct su_fleet_result *result, struct su_err *err)
{
    *result = (struct su_fleet_result){0};
    SU_TRY(su_fleet_check(problem, err));
    struct su_arena scratch;
    su_arena_init(&scratch);
    struct solver s = {.arena = arena, .scratch = &scratch, .p = problem, .err = err};
    enum su_status st = solve(&s, result);
    su_arena_release(&scratch);
    return st;
}

enum su_status su_fleet_write_mps(struct su_arena *arena, const struct su_fleet_problem *problem,
                                  struct su_buf *text, struct su_err *err)
{
    SU_TRY(su_fleet_check(problem, err));
    struct su_fleet_limits limits;
    su_fleet_limits_list(arena, problem, &limits);
    struct su_fleet_ask a = {SU_FLEET_GOAL_COST, NULL, 0, 0};
    struct su_fleet_model model;
    SU_TRY(su_fleet_model_build(arena, problem, &limits, &a, &model, err));
    su_lp_write_mps(arena, &model.lp, text);
    return SU_OK;
}
