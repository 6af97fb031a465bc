/* Deployments under the brief's traffic in the serving simulator. A run measures a fixed number of
 * requests after a warm-up and while later ones keep the load up; all chips see the same requests.
 * The number of replicas is bracketed: each gets an equal share of the arrivals, which is a little
 * harder than a router that looks at loads. docs/theory/plan.md#verification */
#include "plan/verify.h"

#include <math.h>

#include "serve/price_perf.h"
#include "stat/stat.h"

#define WARM_MIN 200u
#define WARM_MAX 6000u
/* Requests in flight that a run warms up with. */
#define WARM_STAYS 2.0
/* Replicas beyond which each serves lone requests only: more of them change nothing. */
#define LONE_LOAD 0.01
#define REPLICAS_MAX 1000000u
/* Of the highest rate: between one that holds and one that fails. */
#define RATE_STEP 1.3
#define RATE_NEAR 1.03
#define RATE_RUNS_MAX 60u

enum su_status su_verify_prepare(struct su_arena *arena, const struct su_plan_request *request,
                                 const struct su_deployment *d,
                                 const struct su_engine_limits *limits,
                                 struct su_replica_kind *kind, struct su_err *err)
{
    kind->engine = (struct su_serve_engine){
        .sched = request->traffic.sched,
        .block_tokens = request->block_tokens,
        .n_blocks = limits->kv_capacity_tokens / request->block_tokens,
        .max_num_seqs = limits->max_num_seqs,
        .max_num_batched_tokens = limits->max_num_batched_tokens,
        .prefix_caching = true,
        .n_ranks = d->par.dp,
    };
    struct su_price_limits price = {
        .max_num_seqs = limits->max_num_seqs,
        .max_num_batched_tokens = limits->max_num_batched_tokens,
        .decode_overhead_s = d->eff.overhead_s,
        .mixed_overhead_s = d->eff.overhead_s,
    };
    struct su_deployment own = *d;
    own.eff.memo = NULL; /* the tables remember, and the memo is another format's by then */
    return su_pricer_perf(arena, &own, &price, &kind->pricer, err);
}

/* ---- one run ---- */

struct observer {
    uint64_t n_warm;
    uint64_t n_measured;
    uint64_t n_seen; /* of the measured ones, answered or refused */
    uint64_t n_refused;
    uint64_t n_late; /* beyond the p99 level of TTFT, of TPOT */
    uint64_t n_slow;
    uint64_t n_late_max; /* more of either make the p99 fail; the run may stop */
    double ttft_p99_s;
    double tpot_p99_s;
    double output_tokens;
    int64_t *arrival_ps; /* [n_measured] */
    int64_t *seat_ps;
    double *ttft_s; /* [n_seen - n_refused] */
    double *tpot_s;
    size_t n_ttft;
    size_t n_tpot;
};

static void see(void *ctx, const struct su_request_record *r)
{
    struct observer *o = ctx;
    if (r->index < o->n_warm || r->index >= o->n_warm + o->n_measured)
        return;
    uint64_t i = r->index - o->n_warm;
    o->n_seen++;
    o->arrival_ps[i] = r->arrival_ps;
    o->seat_ps[i] = r->refused ? r->arrival_ps : r->scheduled_ps;
    if (r->refused) {
        o->n_refused++;
        return;
    }
    double ttft_s = (double)(r->first_ps - r->arrival_ps) / SU_PS_PER_S;
    o->ttft_s[o->n_ttft++] = ttft_s;
    o->n_late += o->ttft_p99_s > 0 && ttft_s > o->ttft_p99_s;
    o->output_tokens += r->output_tokens;
    if (r->output_tokens <= 1)
        return;
    double tpot_s = (double)(r->done_ps - r->first_ps) / SU_PS_PER_S / (r->output_tokens - 1);
    o->tpot_s[o->n_tpot++] = tpot_s;
    o->n_slow += o->tpot_p99_s > 0 && tpot_s > o->tpot_p99_s;
}

static bool has_failed(const struct observer *o)
{
    return o->n_late > o->n_late_max || o->n_slow > o->n_late_max;
}

static bool go_on(void *ctx, int64_t now_ps, uint64_t n_done)
{
    const struct observer *o = ctx;
    (void)now_ps;
    (void)n_done;
    return o->n_seen < o->n_measured && !has_failed(o);
}

/* Requests of [0, n) that have arrived by `at` and have no seat yet. */
static double waiting_at(const struct observer *o, uint64_t n, int64_t at_ps)
{
    double waiting = 0;
    for (uint64_t i = 0; i < n; i++)
        waiting += o->arrival_ps[i] <= at_ps && o->seat_ps[i] > at_ps;
    return waiting;
}

/* docs/theory/verdict.md, on the measured requests: the queue at the last arrival against the queue
 * half way there. */
static bool queue_grows(const struct observer *o)
{
    uint64_t n = o->n_measured;
    if (n < 2 || o->n_seen < n)
        return o->n_seen < n;
    double grown =
        waiting_at(o, n, o->arrival_ps[n - 1]) - waiting_at(o, n / 2, o->arrival_ps[n / 2 - 1]);
    return grown > 3 * sqrt((double)n);
}

static double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : 0;
}

static void summarise(struct su_arena *arena, const struct observer *o, struct su_verified *out)
{
    out->known = o->n_ttft > 0;
    out->n_requests = (uint32_t)o->n_seen;
    if (!out->known)
        return;
    out->ttft_s = mean(o->ttft_s, o->n_ttft);
    out->ttft_p99_s = su_quantile(arena, o->ttft_s, o->n_ttft, 0.99);
    if (o->n_tpot > 0) {
        out->tpot_s = mean(o->tpot_s, o->n_tpot);
        out->tpot_p99_s = su_quantile(arena, o->tpot_s, o->n_tpot, 0.99);
    }
    /* Answers of the measured requests over the time in which these arrived. */
    double span_s = (double)(o->arrival_ps[o->n_measured - 1] - o->arrival_ps[0]) / SU_PS_PER_S;
    if (o->n_measured > 1 && span_s > 0 && o->n_seen == o->n_measured)
        out->output_tok_s =
            o->output_tokens / span_s * (double)(o->n_measured - 1) / (double)o->n_measured;
}

static bool levels_hold(const struct su_slo *slo, const struct su_verified *v)
{
    struct su_exclusion unused;
    return v->known && !su_verify_miss(slo, v, &unused);
}

bool su_verify_miss(const struct su_slo *slo, const struct su_verified *v,
                    struct su_exclusion *miss)
{
    const struct {
        const char *what;
        double value_s;
        double limit_s;
    } levels[] = {{"ttft_p99", v->ttft_p99_s, slo->ttft_p99_s},
                  {"ttft_mean", v->ttft_s, slo->ttft_mean_s},
                  {"tpot_p99", v->tpot_p99_s, slo->tpot_p99_s},
                  {"tpot_mean", v->tpot_s, slo->tpot_mean_s}};
    double worst = 1;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (levels[i].limit_s <= 0 || levels[i].value_s / levels[i].limit_s <= worst)
            continue;
        worst = levels[i].value_s / levels[i].limit_s;
        miss->constraint = SU_CONSTRAINT_SLO;
        miss->has_value = true;
        miss->what = levels[i].what;
        miss->value = levels[i].value_s * 1e3;
        miss->limit = levels[i].limit_s * 1e3;
        miss->unit = "ms";
    }
    return worst > 1;
}

static const char *length_dist(struct su_arena *arena, double tokens, double cv)
{
    if (cv > 0)
        return su_fmt(arena, "lognormal:mean=%.17g,cv=%.17g", tokens, cv);
    return su_fmt(arena, "const:%.0f", fmax(round(tokens), 1));
}

static struct su_workload_spec traffic_of(struct su_arena *arena, const struct su_plan_request *r,
                                          double rate_req_s, uint64_t n_requests)
{
    const struct su_traffic *t = &r->traffic;
    struct su_workload_spec spec = {
        .path = t->trace,
        .n_requests = n_requests,
        .burstiness = t->burstiness,
        .seed = r->seed,
    };
    if (t->trace != NULL && t->trace_req_s > 0) {
        spec.rate_scale = rate_req_s / t->trace_req_s;
        return spec;
    }
    spec.rate_req_s = rate_req_s;
    if (t->trace == NULL) {
        spec.input_dist = length_dist(arena, r->load.isl, r->load.isl_cv);
        spec.output_dist = length_dist(arena, r->load.osl, r->load.osl_cv);
    }
    return spec;
}

/* How many requests warm the run up, and how many are measured. */
static void lengths_of_run(const struct su_plan_request *r, const struct su_verify_cell *cell,
                           struct observer *o)
{
    double in_flight = cell->rate_req_s * cell->stay_s;
    o->n_warm = (uint64_t)fmin(fmax(ceil(WARM_STAYS * in_flight), WARM_MIN), WARM_MAX);
    o->n_measured = r->traffic.n_requests;
    uint64_t all = r->traffic.n_trace;
    if (r->traffic.trace == NULL || o->n_warm + o->n_measured <= all)
        return;
    if (o->n_warm > all / 4)
        o->n_warm = all / 4;
    if (o->n_measured > all - o->n_warm)
        o->n_measured = all - o->n_warm;
}

static enum su_status simulate(struct su_arena *arena, const struct su_plan_request *r,
                               const struct su_verify_cell *cell, struct observer *o,
                               struct su_err *err)
{
    struct su_serve_config config = {
        .engine = cell->kind->engine,
        .pricer = &cell->kind->pricer,
        .n_replicas = cell->n_replicas,
        .router = SU_ROUTER_LEAST_LOADED,
        .seed = r->seed,
    };
    if (cell->prefill != NULL) {
        config.n_prefill = cell->n_prefill;
        config.prefill_engine = cell->prefill->engine;
        config.prefill_pricer = &cell->prefill->pricer;
    }
    /* As many follow as warmed it up: the last measured ones decode among others. */
    struct su_workload_spec spec =
        traffic_of(arena, r, cell->rate_req_s, 2 * o->n_warm + o->n_measured);
    struct su_serve_watch watch = {.ctx = o, .request = see, .going_on = go_on};
    struct su_workload *workload = NULL;
    SU_TRY(su_workload_open(arena, &spec, &workload, err));
    struct su_serve_result *result = SU_NEW(arena, struct su_serve_result);
    enum su_status st = su_serve_run(arena, &config, workload, NULL, &watch, result, err);
    su_workload_close(workload);
    return st;
}

enum su_status su_verify_run(struct su_arena *arena, const struct su_plan_request *request,
                             const struct su_verify_cell *cell, struct su_verified *out, bool *met,
                             struct su_err *err)
{
    size_t start = su_arena_mark(arena);
    *out = (struct su_verified){.rate_req_s = cell->rate_req_s};
    struct observer o = {0};
    lengths_of_run(request, cell, &o);
    o.arrival_ps = SU_NEW_ARRAY(arena, o.n_measured, int64_t);
    o.seat_ps = SU_NEW_ARRAY(arena, o.n_measured, int64_t);
    o.ttft_s = SU_NEW_ARRAY(arena, o.n_measured, double);
    o.tpot_s = SU_NEW_ARRAY(arena, o.n_measured, double);
    o.ttft_p99_s = request->slo.ttft_p99_s;
    o.tpot_p99_s = request->slo.tpot_p99_s;
    o.n_late_max = cell->whole ? UINT64_MAX : (uint64_t)(0.01 * (double)o.n_measured) + 1;
    enum su_status st = simulate(arena, request, cell, &o, err);
    *met = false;
    if (st == SU_OK && !has_failed(&o)) {
        summarise(arena, &o, out);
        *met = o.n_refused == 0 && levels_hold(&request->slo, out) && !queue_grows(&o);
    }
    su_arena_rewind(arena, start);
    return st;
}

/* What a rate that fails gives, run to its end. */
static enum su_status lone_figures(struct su_arena *arena, const struct su_plan_request *request,
                                   struct su_verify_cell cell, struct su_verified *figures,
                                   struct su_err *err)
{
    bool met = false;
    cell.whole = true;
    return su_verify_run(arena, request, &cell, figures, &met, err);
}

/* ---- how many replicas ---- */

struct bracket {
    struct su_arena *arena;
    const struct su_plan_request *request;
    struct su_verify_cell cell;
    double peak_req_s;
    uint32_t n_runs;
    uint32_t fails;             /* most replicas that fail, 0: none seen */
    uint32_t holds;             /* fewest that hold, 0: none seen */
    struct su_verified figures; /* of `holds` */
};

static enum su_status try_count(struct bracket *b, uint32_t n, struct su_err *err)
{
    b->cell.rate_req_s = b->peak_req_s / n;
    struct su_verified figures;
    bool met = false;
    SU_TRY(su_verify_run(b->arena, b->request, &b->cell, &figures, &met, err));
    b->n_runs++;
    if (met)
        b->holds = n;
    else
        b->fails = n;
    if (met)
        b->figures = figures;
    return SU_OK;
}

/* More replicas until the levels hold, in steps that double, up to lone requests. */
static enum su_status widen_up(struct bracket *b, uint32_t n_start, struct su_err *err)
{
    double lone = fmin(ceil(b->peak_req_s * b->cell.stay_s / LONE_LOAD), REPLICAS_MAX);
    uint32_t step = n_start / 16 + 1;
    for (uint32_t n = n_start; b->holds == 0 && (double)n < lone; step *= 2) {
        n = (uint32_t)fmin((double)n + step, lone);
        SU_TRY(try_count(b, n, err));
    }
    return SU_OK;
}

static enum su_status widen_down(struct bracket *b, struct su_err *err)
{
    uint32_t step = b->holds / 16 + 1;
    for (; b->fails == 0 && b->holds > 1; step *= 2)
        SU_TRY(try_count(b, b->holds > step ? b->holds - step : 1, err));
    return SU_OK;
}

enum su_status su_verify_count(struct su_arena *arena, const struct su_plan_request *request,
                               const struct su_replica_kind *kind, double peak_req_s,
                               uint32_t n_start, double stay_s, struct su_verify_count *count,
                               struct su_err *err)
{
    struct bracket b = {
        .arena = arena,
        .request = request,
        .cell = {.kind = kind, .n_replicas = 1, .stay_s = stay_s},
        .peak_req_s = peak_req_s,
    };
    SU_TRY(try_count(&b, n_start, err));
    SU_TRY(b.holds == 0 ? widen_up(&b, n_start, err) : widen_down(&b, err));
    while (b.holds > b.fails + 1)
        SU_TRY(try_count(&b, b.fails + (b.holds - b.fails) / 2, err));
    if (b.holds == 0)
        SU_TRY(lone_figures(arena, request, b.cell, &b.figures, err));
    b.figures.n_runs = b.n_runs;
    b.figures.n_failed = b.fails;
    b.figures.output_tok_s *= b.holds;
    *count = (struct su_verify_count){b.holds > 0, b.holds, b.figures};
    return SU_OK;
}

/* ---- how much a replica takes ---- */

enum su_status su_verify_rate(struct su_arena *arena, const struct su_plan_request *request,
                              struct su_verify_cell cell, double *rate_req_s,
                              struct su_verified *figures, struct su_err *err)
{
    double holds = 0;
    double fails = INFINITY;
    uint32_t n_runs = 0;
    while (n_runs < RATE_RUNS_MAX && fails > holds * RATE_NEAR) {
        struct su_verified f;
        bool met = false;
        SU_TRY(su_verify_run(arena, request, &cell, &f, &met, err));
        n_runs++;
        if (met)
            *figures = f;
        *(met ? &holds : &fails) = cell.rate_req_s;
        if (holds == 0 && fails * cell.stay_s < LONE_LOAD)
            break;
        cell.rate_req_s = holds == 0     ? fails / RATE_STEP
                          : isinf(fails) ? holds * RATE_STEP
                                         : sqrt(holds * fails);
    }
    if (holds == 0)
        SU_TRY(lone_figures(arena, request, cell, figures, err));
    figures->n_runs = n_runs;
    *rate_req_s = holds;
    return SU_OK;
}
