/* A first solution. CBC's own heuristics can be minutes without any where work has to be covered
 * by things that come whole. Two constructions:
 *
 * Sweep (relax and fix): stage after stage becomes integer, solved with the stages already done
 * fixed and those to come relaxed; see Pochet and Wolsey, "Production Planning by Mixed Integer
 * Programming", Springer 2006, relax-and-fix. From the last stage to the first, since what the last
 * one needs decides most purchases, and, where that fails or stays away from the relaxation, from
 * the first to the last, where a lack can always be bought later.
 *
 * Rounding: up, from what costs nothing to what does: first the costless integers (replicas) of
 * the relaxation, then, the relaxation solved again around them, the others (servers). */
#include "milp/cbc.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define INTEGER_TOLERANCE 1e-5
#define STAGES_MAX 1000u
/* A sweep loses a little in every stage; each gets this part of the gap that is allowed at all. */
#define STAGE_GAP_PART 0.1
#define STAGE_GAP_MIN 5e-5
/* Nodes, not seconds, end a stage, so that answers repeat; the second figure where the first
 * found nothing. */
#define STAGE_NODES 20
#define STAGE_NODES_HARD 400
/* Cuts and branching, still to come, raise the bound above the relaxation: not worth a second sweep
 * within so many gaps of it. */
#define NEAR_GAPS 2
#define START_SECONDS_PART 0.9

struct search {
    struct su_arena *arena;
    const struct su_mps *m;
    struct su_cbc_effort effort;
    double end_s;    /* of the clock; INFINITY without a limit */
    double relaxed;  /* cost of the relaxation, times the sense */
    uint32_t *stage; /* [n_cols] */
    uint32_t n_stages;
};

static double sense(const struct su_mps *m)
{
    return m->maximise ? -1 : 1;
}

static double cost_of(const struct su_mps *m, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < m->n_cols; i++)
        sum += sense(m) * m->objective[i] * x[i];
    return sum;
}

/* Best solution of m in the time left shared by n_shares; NULL when none was found. */
static double *solve(const struct search *s, const struct su_mps *m, struct su_cbc_effort effort,
                     uint32_t n_shares)
{
    double left_s = s->end_s - su_cbc_now_s();
    if (left_s <= 0)
        return NULL;
    effort.seconds = isfinite(left_s) ? left_s / n_shares : 0;
    Cbc_Model *model = su_cbc_load(s->arena, m, effort, sense(m));
    Cbc_solve(model);
    const double *found = su_cbc_has_integers(m)       ? Cbc_bestSolution(model)
                          : Cbc_isProvenOptimal(model) ? Cbc_getColSolution(model)
                                                       : NULL;
    double *x = NULL;
    if (found != NULL) {
        x = SU_NEW_ARRAY(s->arena, m->n_cols, double);
        memcpy(x, found, m->n_cols * sizeof(x[0]));
    }
    Cbc_deleteModel(model);
    return x;
}

/* A copy with bounds and integrality of its own. */
static struct su_mps copy(const struct search *s)
{
    struct su_mps c = *s->m;
    c.col_lower = SU_NEW_ARRAY(s->arena, c.n_cols, double);
    c.col_upper = SU_NEW_ARRAY(s->arena, c.n_cols, double);
    c.is_integer = SU_NEW_ARRAY(s->arena, c.n_cols, bool);
    memcpy(c.col_lower, s->m->col_lower, c.n_cols * sizeof(c.col_lower[0]));
    memcpy(c.col_upper, s->m->col_upper, c.n_cols * sizeof(c.col_upper[0]));
    return c;
}

/* ---- sweep ---- */

static void read_stages(struct search *s)
{
    s->stage = SU_NEW_ARRAY(s->arena, s->m->n_cols, uint32_t);
    s->n_stages = 1;
    for (size_t i = 0; i < s->m->n_cols; i++) {
        const char *end = strrchr(s->m->col_names[i], '_');
        double number = 0;
        if (end != NULL && su_str_to_double(su_str_c(end + 1), &number) && number >= 0 &&
            number < STAGES_MAX)
            s->stage[i] = (uint32_t)number;
        if (s->stage[i] >= s->n_stages)
            s->n_stages = s->stage[i] + 1;
    }
}

static double *sweep(const struct search *s, bool backwards)
{
    struct su_mps part = copy(s);
    double *x = NULL;
    double gap = fmax(STAGE_GAP_PART * s->effort.gap_frac, STAGE_GAP_MIN);
    for (uint32_t k = 0; k < s->n_stages; k++) {
        uint32_t now = backwards ? s->n_stages - 1 - k : k;
        for (size_t i = 0; i < part.n_cols; i++) {
            if (s->stage[i] == now)
                part.is_integer[i] = s->m->is_integer[i];
        }
        x = solve(s, &part, (struct su_cbc_effort){gap, 0, STAGE_NODES, true}, 2);
        if (x == NULL)
            x = solve(s, &part,
                      (struct su_cbc_effort){s->effort.gap_frac, 0, STAGE_NODES_HARD, false}, 2);
        if (x == NULL)
            return NULL;
        for (size_t i = 0; i < part.n_cols; i++) {
            if (s->stage[i] == now && part.is_integer[i])
                part.col_lower[i] = part.col_upper[i] = round(x[i]);
        }
    }
    return su_cbc_check(s->arena, s->m, x) ? x : NULL;
}

/* ---- rounding ---- */

static double round_up(const struct su_mps *m, size_t col, double x)
{
    double up = ceil(x - INTEGER_TOLERANCE);
    return fmin(fmax(up, m->col_lower[col]), m->col_upper[col]);
}

static double *round_relaxed(const struct search *s, const double *relaxed)
{
    const struct su_mps *m = s->m;
    const double *x = relaxed;
    double *next = NULL;
    struct su_mps fixed = copy(s);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < m->n_cols; i++) {
            bool now = m->is_integer[i] && (pass == 1 || m->objective[i] == 0);
            fixed.col_lower[i] = now ? round_up(m, i, x[i]) : m->col_lower[i];
            fixed.col_upper[i] = now ? fixed.col_lower[i] : m->col_upper[i];
        }
        x = next = solve(s, &fixed, (struct su_cbc_effort){0}, 1);
        if (x == NULL)
            return NULL;
    }
    return su_cbc_check(s->arena, m, next) ? next : NULL;
}

/* ---- the better of them ---- */

static double *cheaper(const struct search *s, double *a, double *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    return cost_of(s->m, b) < cost_of(s->m, a) ? b : a;
}

static bool is_near(const struct search *s, const double *x)
{
    if (x == NULL)
        return false;
    double cost = cost_of(s->m, x);
    return cost - s->relaxed <= NEAR_GAPS * s->effort.gap_frac * fabs(cost);
}

double *su_cbc_find_start(struct su_arena *arena, const struct su_mps *m,
                          struct su_cbc_effort effort)
{
    struct search s = {.arena = arena, .m = m, .effort = effort, .end_s = INFINITY};
    if (effort.seconds > 0)
        s.end_s = su_cbc_now_s() + START_SECONDS_PART * effort.seconds;
    struct su_mps relaxation = copy(&s);
    const double *relaxed = solve(&s, &relaxation, (struct su_cbc_effort){0}, 1);
    if (relaxed == NULL)
        return NULL;
    s.relaxed = cost_of(m, relaxed);
    read_stages(&s);
    double *best = round_relaxed(&s, relaxed);
    for (int pass = 0; pass < 2 && s.n_stages > 1 && !is_near(&s, best); pass++)
        best = cheaper(&s, best, sweep(&s, pass == 0));
    return best;
}
