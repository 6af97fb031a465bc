/* The search over all chips, ranking, and what an unpriced chip may cost. */
#include "plan/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/rng.h"
#include "base/vec.h"
#include "plan/exclude.h"
#include "stat/stat.h"

#define DAYS_PER_MONTH 30.4375

struct su_plan_figures su_plan_figures(const struct su_plan *plan)
{
    const struct su_verified *v = &plan->verified;
    const struct su_steady *s = &plan->steady;
    if (v->known)
        return (struct su_plan_figures){v->ttft_s, v->ttft_p99_s, v->tpot_s, v->tpot_p99_s,
                                        v->output_tok_s};
    return (struct su_plan_figures){s->ttft_s, s->ttft_p99_s, s->tpot_s, s->tpot_p99_s,
                                    s->output_tok_s * plan->n_replicas};
}

static int by_rank(const void *a, const void *b)
{
    const struct su_plan *x = a;
    const struct su_plan *y = b;
    if (x->quote.known != y->quote.known)
        return x->quote.known ? -1 : 1;
    if (x->quote.known && x->cost.total.micro != y->cost.total.micro)
        return x->cost.total.micro < y->cost.total.micro ? -1 : 1;
    if (x->n_servers != y->n_servers)
        return x->n_servers < y->n_servers ? -1 : 1;
    return strcmp(x->accel->id, y->accel->id);
}

static int by_constraint(const void *a, const void *b)
{
    const struct su_exclusion *x = a;
    const struct su_exclusion *y = b;
    if (x->constraint != y->constraint)
        return x->constraint < y->constraint ? -1 : 1;
    return strcmp(x->accel->id, y->accel->id);
}

/* Draws of each plan's cost; costs are lognormal between their 10 and 90 % values, independent. */
#define N_DRAWS 4000
/* From the 10 % to the 90 % point of a normal variable, in standard deviations. */
#define SPAN_10_90 2.563
/* Spread, ln, of a plan that the low efficiency cannot serve at all. */
#define OPEN_SPREAD 0.7

static double cost_spread(const struct su_plan *p)
{
    const struct su_range *r = &p->cost_per_mtok_range;
    if (!isfinite(r->high) || !isfinite(r->low) || r->low <= 0)
        return OPEN_SPREAD;
    return log(r->high / r->low) / SPAN_10_90;
}

/* Probability of each priced plan to be the cheapest: the leader's lead against the ranges. */
static void add_p_best(const struct su_plan_request *request, struct su_plan_result *out)
{
    if (out->n_priced == 0)
        return;
    assert(out->plans != NULL);
    struct su_rng rng;
    su_rng_init(&rng, request->seed, "p_best", 0);
    for (int draw = 0; draw < N_DRAWS; draw++) {
        size_t best = 0;
        double least = INFINITY;
        for (size_t i = 0; i < out->n_priced; i++) {
            const struct su_plan *p = &out->plans[i];
            double z = su_quantile_normal(su_rng_uniform(&rng));
            double cost = log(p->cost_per_mtok) + z * cost_spread(p);
            if (cost < least) {
                least = cost;
                best = i;
            }
        }
        out->plans[best].p_best += 1.0 / N_DRAWS;
    }
}

static bool wanted(const struct su_plan_request *r, const struct su_accel *a)
{
    if (r->chips == NULL)
        return true;
    for (const char *const *id = r->chips; *id != NULL; id++) {
        if (strcmp(*id, a->id) == 0)
            return true;
    }
    return false;
}

static enum su_status price_unpriced(const struct su_plan_request *r, struct su_plan_result *out,
                                     struct su_err *err)
{
    if (out->n_priced == 0)
        return SU_OK;
    const struct su_plan *leader = &out->plans[0];
    for (size_t i = 0; i < out->n_plans; i++) {
        struct su_plan *p = &out->plans[i];
        p->tie = i > 0 && i < out->n_priced &&
                 p->cost_per_mtok_range.low <= leader->cost_per_mtok_range.high;
        if (p->quote.known)
            continue;
        SU_TRY(su_cost_quote_to_win(&out->cost_basis, p->quote.channel, leader->cost.total,
                                    p->n_servers, p->power, r->horizon_months, &p->price_to_win,
                                    err));
        p->price_to_win_known = true;
    }
    return SU_OK;
}

/* The exclusion to relax first: the latest test failed by the smallest ratio. */
static const struct su_exclusion *nearest(const struct su_plan_result *r)
{
    const struct su_exclusion *best = NULL;
    double best_ratio = INFINITY;
    for (size_t i = 0; i < r->n_excluded; i++) {
        const struct su_exclusion *x = &r->excluded[i];
        double ratio = x->has_value && x->limit > 0 ? x->value / x->limit : INFINITY;
        bool later = best == NULL || x->constraint > best->constraint;
        if (later || (x->constraint == best->constraint && ratio < best_ratio)) {
            best = x;
            best_ratio = ratio;
        }
    }
    return best;
}

/* Chips are searched independently, each into its own slot. */
struct chip_jobs {
    const struct su_plan_request *request;
    const struct su_plan_result *result;
    size_t n;
    const struct su_accel **accels;
    struct su_search_result *found;
    enum su_status *statuses;
    struct su_err *errs;
};

static void search_one(void *ctx, size_t job, struct su_arena *arena)
{
    struct chip_jobs *j = ctx;
    struct su_search_result *out = &j->found[job];
    if (!su_exclude_chip(j->request, j->accels[job], &out->exclusion))
        j->statuses[job] =
            su_search_chip(arena, j->request, &j->result->cost_basis, j->result->mtok_output,
                           j->accels[job], out, &j->errs[job]);
}

enum su_status su_plan_search(struct su_arena *arena, const struct su_plan_request *request,
                              struct su_plan_result *result, struct su_err *err)
{
    *result = (struct su_plan_result){0};
    const struct su_catalog *catalog = request->catalog;
    SU_TRY(su_cost_basis_init(catalog, request->region, request->date, request->currency,
                              &result->cost_basis, err));
    double active_s =
        request->horizon_months * DAYS_PER_MONTH * request->active_hours_per_day * 3600;
    result->mtok_output = request->rate_req_s * request->load.osl * active_s / 1e6;
    result->peak_rate_req_s = request->rate_req_s * request->peak_factor;
    struct chip_jobs jobs = {
        .request = request,
        .result = result,
        .accels = SU_NEW_ARRAY(arena, catalog->n_accels, const struct su_accel *),
        .errs = SU_NEW_ARRAY(arena, catalog->n_accels, struct su_err),
        .statuses = SU_NEW_ARRAY(arena, catalog->n_accels, enum su_status),
        .found = SU_NEW_ARRAY(arena, catalog->n_accels, struct su_search_result),
    };
    for (size_t i = 0; i < catalog->n_accels; i++) {
        if (wanted(request, &catalog->accels[i]))
            jobs.accels[jobs.n++] = &catalog->accels[i];
    }
    su_pool_run(request->n_threads > 1 ? request->n_threads : 1, jobs.n, search_one, &jobs);
    SU_VEC(struct su_plan) plans = {0};
    SU_VEC(struct su_exclusion) excluded = {0};
    for (size_t i = 0; i < jobs.n; i++) {
        if (jobs.statuses[i] != SU_OK) {
            *err = jobs.errs[i];
            return jobs.statuses[i];
        }
        result->n_runs += jobs.found[i].n_runs;
        result->n_searched += jobs.found[i].n_priced;
        result->n_bounded += jobs.found[i].n_bounded;
        if (jobs.found[i].found)
            *SU_VEC_PUSH(arena, &plans) = jobs.found[i].plan;
        else
            *SU_VEC_PUSH(arena, &excluded) = jobs.found[i].exclusion;
    }
    if (plans.n > 1)
        qsort(plans.items, plans.n, sizeof(plans.items[0]), by_rank);
    if (excluded.n > 1)
        qsort(excluded.items, excluded.n, sizeof(excluded.items[0]), by_constraint);
    result->plans = plans.items;
    result->n_plans = plans.n;
    while (result->n_priced < plans.n && plans.items[result->n_priced].quote.known)
        result->n_priced++;
    result->excluded = excluded.items;
    result->n_excluded = excluded.n;
    if (plans.n == 0)
        result->nearest = nearest(result);
    add_p_best(request, result);
    return price_unpriced(request, result, err);
}
