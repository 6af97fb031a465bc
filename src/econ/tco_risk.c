/* What is uncertain about a case: Monte Carlo over all assumptions at once, and one at a time. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "econ/tco.h"
#include "stat/stat.h"

const double su_tco_levels[SU_TCO_LEVELS] = {0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95};

/* Standard normal quantile of 90 %. */
#define Z90 1.2815515655446004

/* Two lognormal halves that meet in the middle: 10 % lie below low, 90 % below high. */
static double draw_money(struct su_rng *rng, const struct su_assumption *x)
{
    double z = su_quantile_normal(su_rng_uniform(rng));
    if (x->value <= 0)
        return x->value;
    double end = z < 0 ? x->low : x->high;
    double ratio = z < 0 ? x->value / fmax(end, x->value * 1e-6) : end / x->value;
    return x->value * exp(z * log(ratio) / Z90);
}

/* One world. Every known assumption spends one number of its stream, also when it is certain. */
static void draw(const struct su_tco *tco, struct su_rng *streams, struct su_tco_values *values)
{
    for (int i = 0; i < SU_TCO_COUNT; i++) {
        const struct su_assumption *x = &tco->x[i];
        if (!tco->known[i])
            continue;
        values->v[i] = x->low == x->high ? (su_rng_u64(&streams[i]), x->value)
                       : su_tco_fields[i].money
                           ? draw_money(&streams[i], x)
                           : su_dist_triangular(&streams[i], x->low, x->value, x->high);
    }
}

void su_tco_simulate(struct su_arena *scratch, const struct su_tco *tco, uint64_t seed,
                     uint64_t n_draws, struct su_tco_risk *risk)
{
    *risk = (struct su_tco_risk){.n_draws = n_draws};
    struct su_rng streams[SU_TCO_COUNT];
    for (int i = 0; i < SU_TCO_COUNT; i++)
        su_rng_init(&streams[i], seed, su_tco_fields[i].name, 0);
    double *npv[SU_TCO_VIEW_COUNT];
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++)
        npv[v] = SU_NEW_ARRAY(scratch, n_draws, double);
    struct su_tco_values values = su_tco_middle(tco);
    uint64_t n_buy = 0;
    for (uint64_t d = 0; d < n_draws; d++) {
        double one[SU_TCO_VIEW_COUNT];
        draw(tco, streams, &values);
        su_tco_npv(tco, &values, one);
        for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
            npv[v][d] = one[v];
            risk->positive_frac[v] += one[v] > 0;
        }
        n_buy += one[SU_TCO_BUY] > one[SU_TCO_RENT];
    }
    risk->buy_frac = (double)n_buy / (double)n_draws;
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
        bool can = su_tco_can(tco, (enum su_tco_view)v);
        risk->positive_frac[v] /= (double)n_draws;
        if (can)
            su_sort(npv[v], n_draws);
        for (int l = 0; l < SU_TCO_LEVELS; l++)
            risk->npv[v][l] =
                can ? su_quantile_sorted(npv[v], n_draws, su_tco_levels[l]) : (double)NAN;
    }
}

static double swing_of(const struct su_tco_swing *s)
{
    return fabs(s->npv_high - s->npv_low);
}

static int by_swing(const void *a, const void *b)
{
    const struct su_tco_swing *x = a;
    const struct su_tco_swing *y = b;
    double dx = swing_of(x);
    double dy = swing_of(y);
    return dx > dy ? -1 : dx < dy ? 1 : (x->id > y->id) - (x->id < y->id);
}

size_t su_tco_tornado(const struct su_tco *tco, enum su_tco_view view,
                      struct su_tco_swing swings[SU_TCO_COUNT])
{
    size_t n = 0;
    for (int i = 0; i < SU_TCO_COUNT && su_tco_can(tco, view); i++) {
        struct su_tco_values values = su_tco_middle(tco);
        double low[SU_TCO_VIEW_COUNT];
        double high[SU_TCO_VIEW_COUNT];
        if (!tco->known[i])
            continue;
        values.v[i] = tco->x[i].low;
        su_tco_npv(tco, &values, low);
        values.v[i] = tco->x[i].high;
        su_tco_npv(tco, &values, high);
        if (low[view] != high[view])
            swings[n++] = (struct su_tco_swing){(enum su_tco_id)i, low[view], high[view]};
    }
    qsort(swings, n, sizeof(swings[0]), by_swing);
    return n;
}
