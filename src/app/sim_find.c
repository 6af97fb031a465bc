/* `sim --find`: rounds of eight candidates, first powers of two around a guess, then evenly between
 * the last that met the levels and the first that did not. Every candidate sees the same requests
 * (common random numbers: a rate only scales the gaps), so candidates differ by what is searched
 * and not by luck. Rounds are fixed before they run: threads do not change the result. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/sim.h"
#include "base/pool.h"
#include "base/vec.h"

#define CANDIDATES 8u
#define SHIFTS_MAX 3 /* rounds that look higher or lower before giving up */
#define TOLERANCE 1.01
#define REPLICAS_MAX 4096.0
#define SCALE_MIN (1.0 / 64)
#define ROUNDS_TYPICAL 3.0

struct search {
    const struct su_sim *sim;
    enum su_sim_find what;
    uint32_t n_threads;
    const struct su_view *view;
    struct su_arena *arena;
    SU_VEC(struct su_sim_point) points;
    pthread_mutex_t lock;
    /* Under lock: */
    uint32_t n_ended;
    bool stopped;
};

struct job {
    struct search *search;
    struct su_sim_point point;
    enum su_status status;
    struct su_err err;
};

enum su_status su_sim_find_read(const struct su_request *request, enum su_sim_find *what,
                                struct su_err *err)
{
    *what = SU_SIM_FIND_NOTHING;
    if (!su_request_has(request, SU_OPTION_find))
        return SU_OK;
    if (strcmp(request->find, "rate") == 0)
        *what = SU_SIM_FIND_RATE;
    else if (strcmp(request->find, "replicas") == 0)
        *what = SU_SIM_FIND_REPLICAS;
    else
        return SU_FAIL(err, SU_ERR_INPUT, "--find", "is \"%s\", expected rate or replicas",
                       request->find);
    return SU_OK;
}

void su_sim_apply(struct su_sim *sim, enum su_sim_find what, double at)
{
    if (what == SU_SIM_FIND_REPLICAS) {
        sim->config.n_replicas = (uint32_t)at;
        sim->setup.n_replicas = (uint32_t)at;
        sim->setup.n_cards = (uint32_t)at * su_setup_replica_cards(&sim->setup);
    } else if (sim->scales_trace) {
        sim->spec.rate_scale = at;
    } else {
        sim->spec.rate_req_s = at;
    }
}

/* ---- one candidate ---- */

static bool go_on(void *ctx, const struct su_progress *progress)
{
    struct search *s = ctx;
    pthread_mutex_lock(&s->lock);
    struct su_progress p = *progress;
    p.done_frac = fmin(s->n_ended / (ROUNDS_TYPICAL * CANDIDATES), 1);
    if (!s->stopped && s->view->going_on != NULL)
        s->stopped = !s->view->going_on(s->view->going_on_ctx, &p);
    bool on = !s->stopped;
    pthread_mutex_unlock(&s->lock);
    return on;
}

static void try_one(void *ctx, size_t index, struct su_arena *arena)
{
    struct job *job = (struct job *)ctx + index;
    struct search *s = job->search;
    struct su_sim sim = *s->sim;
    su_sim_apply(&sim, s->what, job->point.at);
    struct su_sim_run *run = SU_NEW(arena, struct su_sim_run);
    struct su_sim_watcher watcher = {go_on, s, 0};
    job->status = su_sim_run(arena, &sim, NULL, &watcher, run, &job->err);
    pthread_mutex_lock(&s->lock);
    s->n_ended++;
    pthread_mutex_unlock(&s->lock);
    if (job->status != SU_OK || run->result.interrupted)
        return;
    const struct su_serve_result *r = &run->result;
    double span_s = (double)(r->end_ps - r->start_ps) / SU_PS_PER_S;
    struct su_sim_point *p = &job->point;
    p->done = true;
    p->met = su_sim_meets(&sim, run);
    p->state = run->verdict.state;
    su_sim_levels(&sim.slo, r, p->levels);
    p->output_tok_s = span_s > 0 ? (double)r->output_tokens / span_s : 0;
    p->attainment_frac = r->n_arrived > 0 ? (double)r->n_good / (double)r->n_arrived : 0;
}

static int by_at(const void *a, const void *b)
{
    double x = ((const struct su_sim_point *)a)->at;
    double y = ((const struct su_sim_point *)b)->at;
    return (x > y) - (x < y);
}

static enum su_status run_round(struct search *s, const double *at, size_t n, struct su_err *err)
{
    struct job *jobs = SU_NEW_ARRAY(s->arena, n, struct job);
    for (size_t i = 0; i < n; i++) {
        jobs[i].search = s;
        jobs[i].point.at = at[i];
    }
    su_pool_run(s->n_threads, n, try_one, jobs);
    for (size_t i = 0; i < n; i++) {
        if (jobs[i].status != SU_OK) {
            if (err != NULL)
                *err = jobs[i].err;
            return jobs[i].status;
        }
        if (jobs[i].point.done)
            *SU_VEC_PUSH(s->arena, &s->points) = jobs[i].point;
    }
    if (s->points.n > 1)
        qsort(s->points.items, s->points.n, sizeof(s->points.items[0]), by_at);
    return SU_OK;
}

/* ---- where the levels stop being met ---- */

/* Rate: the points below the first miss. Replicas: those above the last miss. */
static void edge(const struct search *s, const struct su_sim_point **best,
                 const struct su_sim_point **next)
{
    *best = NULL;
    *next = NULL;
    for (size_t i = 0; i < s->points.n; i++) {
        bool up = s->what == SU_SIM_FIND_RATE;
        const struct su_sim_point *p = &s->points.items[up ? i : s->points.n - 1 - i];
        if (!p->met) {
            *next = p;
            return;
        }
        *best = p;
    }
}

static double four_digits(double v)
{
    double unit = pow(10, floor(log10(v)) - 3);
    return round(v / unit) * unit;
}

/* What was given, else a rate that the steady state holds possible. */
static double guess(const struct su_sim *sim)
{
    if (sim->rate_given)
        return sim->scales_trace ? sim->spec.rate_scale : sim->spec.rate_req_s;
    if (sim->spec.path != NULL)
        return 1; /* its lengths are not known */
    struct su_load load = {sim->isl, 0, fmax(sim->osl, 1), 0};
    struct su_slo slo = {sim->slo.ttft_p99_s, sim->slo.ttft_mean_s, sim->slo.tpot_p99_s,
                         sim->slo.tpot_mean_s};
    double rate = su_steady_max_rate(&sim->setup.deployment, &sim->setup.limits, &load, &slo) *
                  sim->config.n_replicas;
    return rate > 1e-6 && rate < 1e7 ? rate : 1;
}

/* Slower than this the clock ends before the requests do, and a server is idle long before. */
static bool too_slow(const struct su_sim *sim, double at)
{
    if (sim->scales_trace)
        return at < SCALE_MIN;
    return (double)sim->spec.n_requests / at > (double)SU_SERVE_END_PS / SU_PS_PER_S / 2;
}

/* Powers of two; each shift of the window by its own width. */
static enum su_status bracket(struct search *s, struct su_err *err)
{
    bool rate = s->what == SU_SIM_FIND_RATE;
    double start = rate ? guess(s->sim) / 16 : 1;
    double factor = pow(2, CANDIDATES);
    for (int shift = 0; shift <= SHIFTS_MAX && !s->stopped; shift++) {
        double at[CANDIDATES];
        size_t n = 0;
        for (uint32_t i = 0; i < CANDIDATES; i++) {
            double v = start * pow(2, i);
            if (rate ? !too_slow(s->sim, v) : v <= REPLICAS_MAX)
                at[n++] = rate ? four_digits(v) : v;
        }
        if (n == 0)
            return SU_OK;
        SU_TRY(run_round(s, at, n, err));
        const struct su_sim_point *best;
        const struct su_sim_point *next;
        edge(s, &best, &next);
        if (best != NULL && next != NULL)
            return SU_OK;
        bool higher = rate ? next == NULL : best == NULL;
        if (!rate && !higher)
            return SU_OK; /* one replica is enough */
        start = higher ? start * factor : start / factor;
    }
    return SU_OK;
}

/* Candidates between the two; 0 when they are as near as asked. */
static size_t between(const struct search *s, const struct su_sim_point *best,
                      const struct su_sim_point *next, double at[CANDIDATES])
{
    double low = fmin(best->at, next->at);
    double high = fmax(best->at, next->at);
    size_t n = 0;
    if (s->what == SU_SIM_FIND_RATE) {
        for (uint32_t i = 1; i <= CANDIDATES && high / low > TOLERANCE; i++)
            at[n++] = four_digits(low * pow(high / low, (double)i / (CANDIDATES + 1)));
        return n;
    }
    double step = fmax((high - low) / (CANDIDATES + 1), 1);
    for (double v = low + step; n < CANDIDATES && round(v) < high; v += step)
        at[n++] = round(v);
    return n;
}

enum su_status su_sim_find(struct su_arena *arena, const struct su_sim *sim, enum su_sim_find what,
                           uint32_t n_threads, const struct su_view *view,
                           struct su_sim_found *found, struct su_err *err)
{
    struct search s = {.sim = sim,
                       .what = what,
                       .n_threads = n_threads,
                       .view = view,
                       .arena = arena,
                       .lock = PTHREAD_MUTEX_INITIALIZER};
    *found = (struct su_sim_found){.what = what};
    SU_TRY(bracket(&s, err));
    edge(&s, &found->best, &found->next);
    while (found->best != NULL && found->next != NULL && !s.stopped) {
        double at[CANDIDATES];
        size_t n = between(&s, found->best, found->next, at);
        if (n == 0)
            break;
        SU_TRY(run_round(&s, at, n, err));
        edge(&s, &found->best, &found->next);
    }
    found->points = s.points.items;
    found->n_points = s.points.n;
    found->interrupted = s.stopped;
    found->monotone = true;
    for (size_t i = 0; i + 1 < s.points.n; i++) {
        bool a = s.points.items[i].met;
        bool b = s.points.items[i + 1].met;
        if (what == SU_SIM_FIND_RATE ? !a && b : a && !b)
            found->monotone = false;
    }
    return SU_OK;
}
