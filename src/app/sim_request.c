/* Flags and briefs of `sim` into a workload, an engine and a fleet. */
#include <math.h>
#include <string.h>

#include "app/sim.h"
#include "plan/plan.h"

#define REQUESTS_DEFAULT 1000 /* vLLM's benchmark: --num-prompts */
#define TTFT_P99_DEFAULT_S 2.0
#define TPOT_P99_DEFAULT_S 0.1
#define EVEN_BEAT 1e6 /* --burstiness from here on: gaps without any spread */
#define HOURS 24u
/* Ids of --prefix-blocks are of blocks of this size, vLLM's default. */
#define PREFIX_BLOCK_TOKENS 16u

struct reader {
    struct su_arena *arena;
    const struct su_request *request;
    const struct su_view *view;
    struct su_notes *notes;
    struct su_sim *sim;
    struct su_err *err;
};

static bool has(const struct reader *r, enum su_option_id id)
{
    return su_request_has(r->request, id);
}

static const char *flag_of(struct su_arena *arena, enum su_option_id id)
{
    char *flag = su_fmt(arena, "--%s", su_options[id].key);
    for (char *c = flag; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    return flag;
}

static void assume(const struct reader *r, enum su_option_id id, const char *value, enum su_msg why)
{
    if (!has(r, id))
        su_notes_assume(r->notes, su_options[id].key, value, su_text(r->view->lang, why));
}

/* Refuses whatever of ids was given. */
static enum su_status refuse(const struct reader *r, const enum su_option_id *ids, size_t n,
                             const char *why)
{
    for (size_t i = 0; i < n; i++) {
        if (has(r, ids[i]))
            return SU_FAIL(r->err, SU_ERR_INPUT, flag_of(r->arena, ids[i]), "%s", why);
    }
    return SU_OK;
}
#define REFUSE(r, ids, why) refuse(r, ids, sizeof(ids) / sizeof((ids)[0]), why)

/* Both or none. */
static enum su_status together(const struct reader *r, enum su_option_id a, enum su_option_id b)
{
    if (has(r, a) == has(r, b))
        return SU_OK;
    enum su_option_id given = has(r, a) ? a : b;
    return SU_FAIL(r->err, SU_ERR_INPUT, flag_of(r->arena, given), "needs %s beside it",
                   flag_of(r->arena, has(r, a) ? b : a));
}

/* ---- the engine ---- */

static enum su_status read_sched(struct reader *r, struct su_serve_engine *engine)
{
    const char *name = has(r, SU_OPTION_engine) ? r->request->engine : "vllm";
    if (su_sched_find(name) == NULL)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--engine",
                       "is \"%s\", whose scheduler is not known: sim takes vllm or sglang", name);
    const char *version = r->request->engine_version;
    const char *id = version == NULL ? name : su_fmt(r->arena, "%s-%s", name, version);
    engine->sched = su_sched_find(id);
    if (engine->sched == NULL) {
        const char *known = "";
        const struct su_sched *row;
        for (uint32_t i = 0; (row = su_sched_at(i)) != NULL; i++) {
            if (strcmp(row->engine, name) == 0)
                known =
                    su_fmt(r->arena, "%s%s%s", known, known[0] == '\0' ? "" : ", ", row->version);
        }
        return SU_FAIL(r->err, SU_ERR_INPUT, "--engine-version",
                       "is \"%s\", expected a version of %s from one of these on: %s", version,
                       name, known);
    }
    assume(r, SU_OPTION_engine_version, engine->sched->version, SU_MSG_default_engine_version);
    return SU_OK;
}

static enum su_status read_policy(struct reader *r, struct su_serve_engine *engine)
{
    const struct su_request *q = r->request;
    const char *policy = has(r, SU_OPTION_scheduling_policy) ? q->scheduling_policy : "fcfs";
    engine->by_priority = strcmp(policy, "priority") == 0;
    if (!engine->by_priority && strcmp(policy, "fcfs") != 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--scheduling-policy",
                       "is \"%s\", expected fcfs or priority", policy);
    if (engine->sched->kind == SU_SCHED_SGLANG) {
        static const enum su_option_id vllms[] = {SU_OPTION_scheduling_policy,
                                                  SU_OPTION_long_prefill_token_threshold};
        SU_TRY(REFUSE(r, vllms, "is an option of vLLM's scheduler, not of SGLang's"));
    } else {
        assume(r, SU_OPTION_scheduling_policy, "fcfs", SU_MSG_engine_default);
        assume(r, SU_OPTION_long_prefill_token_threshold, "0", SU_MSG_engine_default);
    }
    engine->long_prefill_tokens = (uint32_t)q->long_prefill_token_threshold;
    engine->prefix_caching = !has(r, SU_OPTION_enable_prefix_caching) || q->enable_prefix_caching;
    assume(r, SU_OPTION_enable_prefix_caching, "true", SU_MSG_engine_default);
    return SU_OK;
}

/* What the set-up says of an engine on its cards. */
static enum su_status set_sizes(struct reader *r, const struct su_setup *setup,
                                struct su_serve_engine *engine)
{
    engine->block_tokens = setup->block_tokens;
    engine->n_blocks = setup->limits.kv_capacity_tokens / setup->block_tokens;
    engine->max_num_seqs = setup->limits.max_num_seqs;
    engine->max_num_batched_tokens = setup->limits.max_num_batched_tokens;
    engine->n_ranks = setup->deployment.par.dp;
    if (engine->max_num_batched_tokens < engine->block_tokens)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--max-num-batched-tokens",
                       "is %u, expected at least one KV block of %u tokens (--block-size)",
                       engine->max_num_batched_tokens, engine->block_tokens);
    return SU_OK;
}

static enum su_status read_engine(struct reader *r)
{
    struct su_setup *setup = &r->sim->setup;
    struct su_serve_engine *engine = &r->sim->config.engine;
    if (setup->deployment.par.pp > 1)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--pp",
                       "is %u, expected 1: sim has no pipeline stages, estimate does",
                       setup->deployment.par.pp);
    SU_TRY(read_sched(r, engine));
    SU_TRY(read_policy(r, engine));
    SU_TRY(set_sizes(r, setup, engine));
    engine->n_drafts = setup->deployment.drafting.n_drafts;
    engine->acceptance_frac = setup->deployment.drafting.acceptance_frac;
    engine->step_by_step = r->request->step_by_step;
    r->sim->config.n_replicas = setup->n_replicas;
    r->sim->config.seed = (uint64_t)r->request->seed;
    return SU_OK;
}

static enum su_status read_router(struct reader *r)
{
    struct su_serve_config *c = &r->sim->config;
    c->router = SU_ROUTER_LEAST_LOADED;
    if (!has(r, SU_OPTION_router)) {
        if (su_sim_replicas(r->sim) > 1)
            assume(r, SU_OPTION_router, su_router_name(c->router), SU_MSG_default_router);
        return SU_OK;
    }
    const char *names = "";
    for (int i = 0; i < SU_ROUTER_COUNT; i++) {
        const char *name = su_router_name((enum su_router)i);
        if (strcmp(name, r->request->router) == 0) {
            c->router = (enum su_router)i;
            return SU_OK;
        }
        names = su_fmt(r->arena, "%s%s%s", names, i == 0 ? "" : ", ", name);
    }
    return SU_FAIL(r->err, SU_ERR_INPUT, "--router", "is \"%s\", expected one of %s",
                   r->request->router, names);
}

/* ---- prefill apart ---- */

static enum su_status read_link(struct reader *r)
{
    const struct su_request *q = r->request;
    const struct su_deployment *d = &r->sim->prefill.deployment;
    double cards = su_setup_replica_cards(&r->sim->prefill);
    bool nic = d->device.nic_bytes_per_s > 0;
    struct su_kv_link link = {
        .bytes_per_token = su_model_kv_bytes_per_token(r->sim->setup.model, d->kv_dtype),
        .bytes_per_s = nic ? cards * d->device.nic_bytes_per_s * d->eff.nic_frac
                           : d->device.link_bytes_per_s * d->eff.link_frac,
        .latency_s = nic ? d->eff.nic_hop_s : d->eff.hop_s,
    };
    if (has(r, SU_OPTION_transfer_bandwidth))
        link.bytes_per_s = q->transfer_bandwidth;
    if (has(r, SU_OPTION_transfer_latency))
        link.latency_s = q->transfer_latency;
    if (!(link.bytes_per_s > 0))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--transfer-bandwidth",
                       "is missing: no link speed of %s is known", r->sim->setup.accel->id);
    assume(r, SU_OPTION_transfer_bandwidth,
           su_fmt(r->arena, "%s/s", su_number_bytes(r->arena, link.bytes_per_s)),
           nic ? SU_MSG_default_transfer_nic : SU_MSG_default_transfer_link);
    assume(r, SU_OPTION_transfer_latency, su_number_time(r->arena, link.latency_s),
           SU_MSG_default_transfer_hop);
    r->sim->config.prefill_engine.sends = link;
    return SU_OK;
}

static enum su_status read_split(struct reader *r)
{
    static const enum su_option_id splits[] = {SU_OPTION_prefill_tp, SU_OPTION_transfer_bandwidth,
                                               SU_OPTION_transfer_latency};
    if (!has(r, SU_OPTION_prefill_count))
        return REFUSE(r, splits, "needs --prefill-count: cards that only prefill");
    struct su_sim *sim = r->sim;
    if (sim->setup.deployment.par.dp > 1)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--dp",
                       "is %u, expected 1 beside --prefill-count: a replica that receives KV has "
                       "one rank",
                       sim->setup.deployment.par.dp);
    uint32_t cards = (uint32_t)r->request->prefill_count;
    struct su_parallel par = sim->setup.deployment.par;
    if (has(r, SU_OPTION_prefill_tp))
        par.tp = (uint32_t)r->request->prefill_tp;
    else
        assume(r, SU_OPTION_prefill_tp, su_fmt(r->arena, "%u", par.tp), SU_MSG_default_as_decode);
    par.ep = par.ep > 1 ? par.tp : 1;
    if (cards % par.tp != 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--prefill-count",
                       "is %u, expected a multiple of --prefill-tp, %u", cards, par.tp);
    sim->prefill = sim->setup;
    SU_TRY(su_setup_recut(r->arena, r->request, r->view, par, &sim->prefill, r->err));
    sim->config.n_prefill = cards / par.tp;
    sim->prefill.n_replicas = sim->config.n_prefill;
    sim->config.prefill_engine = sim->config.engine;
    sim->config.prefill_engine.n_drafts = 0;
    SU_TRY(set_sizes(r, &sim->prefill, &sim->config.prefill_engine));
    return read_link(r);
}

/* ---- traffic ---- */

static enum su_status read_dist(struct reader *r, enum su_option_id dist, enum su_option_id mean,
                                enum su_option_id cv, const char **text, double *mean_tokens)
{
    const char *where = flag_of(r->arena, has(r, dist) ? dist : mean);
    if (has(r, dist)) {
        const enum su_option_id others[] = {mean, cv};
        SU_TRY(REFUSE(r, others, su_fmt(r->arena, "contradicts %s, give one", where)));
        *text = dist == SU_OPTION_isl_dist ? r->request->isl_dist : r->request->osl_dist;
    } else {
        if (!has(r, mean))
            return SU_FAIL(r->err, SU_ERR_INPUT, where,
                           "is missing: give it, %s, or a trace with --workload",
                           flag_of(r->arena, dist));
        double tokens = mean == SU_OPTION_isl ? r->request->isl : r->request->osl;
        double spread = mean == SU_OPTION_isl ? r->request->isl_cv : r->request->osl_cv;
        assume(r, cv, "0",
               mean == SU_OPTION_isl ? SU_MSG_default_constant_length
                                     : SU_MSG_default_constant_answer);
        *text = spread > 0 ? su_fmt(r->arena, "lognormal:mean=%.17g,cv=%.17g", tokens, spread)
                           : su_fmt(r->arena, "const:%lld", llround(tokens));
    }
    return su_lengths_check(r->arena, *text, where, mean_tokens, r->err);
}

static enum su_status read_daily(struct reader *r)
{
    if (!has(r, SU_OPTION_daily))
        return SU_OK;
    double *factors = SU_NEW_ARRAY(r->arena, HOURS, double);
    double sum = 0;
    size_t n = 0;
    for (const char *const *word = r->request->daily; *word != NULL; word++, n++) {
        double v = 0;
        if (n == HOURS || !su_str_to_double(su_str_c(*word), &v) || !(v >= 0 && v <= 1e6))
            return SU_FAIL(r->err, SU_ERR_INPUT, "--daily",
                           "has \"%s\" at place %zu, expected 24 factors from 0 to 1e6", *word,
                           n + 1);
        factors[n] = v;
        sum += v;
    }
    if (n != HOURS || sum <= 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--daily",
                       "has %zu factors that sum to %g, expected 24, one of them above 0", n, sum);
    for (size_t i = 0; i < HOURS; i++)
        factors[i] *= HOURS / sum;
    r->sim->spec.hour_factors = factors;
    return SU_OK;
}

/* How many, and until when. */
static void read_extent(struct reader *r)
{
    const struct su_request *q = r->request;
    struct su_workload_spec *spec = &r->sim->spec;
    spec->n_requests = (uint64_t)q->num_requests;
    spec->duration_s = q->duration;
    spec->seed = (uint64_t)q->seed;
    if (spec->path == NULL && spec->n_requests == 0 && spec->duration_s <= 0) {
        spec->n_requests = REQUESTS_DEFAULT;
        assume(r, SU_OPTION_num_requests, su_fmt(r->arena, "%d", REQUESTS_DEFAULT),
               SU_MSG_default_num_requests);
    }
}

static enum su_status read_arrivals(struct reader *r, enum su_sim_find find)
{
    static const enum su_option_id open_only[] = {SU_OPTION_burstiness, SU_OPTION_ramp_to,
                                                  SU_OPTION_ramp_time, SU_OPTION_daily};
    const struct su_request *q = r->request;
    struct su_workload_spec *spec = &r->sim->spec;
    if (has(r, SU_OPTION_rate) && has(r, SU_OPTION_concurrency))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--rate",
                       "contradicts --concurrency: the load is an open or a closed loop, give one");
    if (has(r, SU_OPTION_concurrency)) {
        SU_TRY(REFUSE(r, open_only, "needs --rate: users of a closed loop ask when answered"));
        if (q->concurrency != floor(q->concurrency) || q->concurrency > 1e6)
            return SU_FAIL(r->err, SU_ERR_INPUT, "--concurrency",
                           "is %g, expected an integer up to 1000000", q->concurrency);
        spec->concurrency = (uint32_t)q->concurrency;
        return SU_OK;
    }
    if (!has(r, SU_OPTION_rate) && find != SU_SIM_FIND_RATE)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--rate",
                       "is missing: give it, --concurrency, or a trace with --workload");
    SU_TRY(together(r, SU_OPTION_ramp_to, SU_OPTION_ramp_time));
    spec->rate_req_s = has(r, SU_OPTION_rate) ? q->rate : 1;
    r->sim->rate_given = has(r, SU_OPTION_rate);
    spec->burstiness = has(r, SU_OPTION_burstiness) ? q->burstiness : 1;
    if (spec->burstiness >= EVEN_BEAT)
        spec->burstiness = INFINITY;
    assume(r, SU_OPTION_burstiness, "1", SU_MSG_default_poisson);
    spec->ramp_to_req_s = q->ramp_to;
    spec->ramp_s = q->ramp_time;
    return read_daily(r);
}

/* Lengths only, or arrival times too? Only the former opens with a rate. */
static enum su_status probe(struct reader *r, bool *has_times)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_workload_spec spec = r->sim->spec;
    struct su_workload *workload = NULL;
    spec.rate_scale = 0;
    spec.rate_req_s = 1;
    spec.concurrency = 0;
    enum su_status st = su_workload_open(&arena, &spec, &workload, NULL);
    su_workload_close(workload);
    *has_times = st != SU_OK;
    if (*has_times) {
        spec.rate_req_s = 0;
        workload = NULL;
        st = su_workload_open(&arena, &spec, &workload, r->err);
        su_workload_close(workload);
    }
    su_arena_release(&arena);
    return st;
}

static enum su_status read_trace(struct reader *r, enum su_sim_find find)
{
    static const enum su_option_id generated[] = {
        SU_OPTION_isl,           SU_OPTION_osl,        SU_OPTION_isl_cv,
        SU_OPTION_osl_cv,        SU_OPTION_isl_dist,   SU_OPTION_osl_dist,
        SU_OPTION_turns,         SU_OPTION_think_time, SU_OPTION_system_prompts,
        SU_OPTION_system_tokens, SU_OPTION_system_zipf};
    static const enum su_option_id arrivals[] = {SU_OPTION_rate,       SU_OPTION_concurrency,
                                                 SU_OPTION_burstiness, SU_OPTION_ramp_to,
                                                 SU_OPTION_ramp_time,  SU_OPTION_daily};
    static const enum su_option_id scale[] = {SU_OPTION_rate_scale};
    SU_TRY(REFUSE(r, generated, "contradicts --workload: the trace says that"));
    struct su_workload_spec *spec = &r->sim->spec;
    spec->path = r->request->workload;
    spec->prefix_blocks_path = r->request->prefix_blocks;
    spec->prefix_block_tokens = spec->prefix_blocks_path != NULL ? PREFIX_BLOCK_TOKENS : 0;
    bool has_times = false;
    SU_TRY(probe(r, &has_times));
    r->sim->scales_trace = has_times;
    if (has_times) {
        SU_TRY(REFUSE(r, arrivals,
                      "contradicts --workload: the trace has its own arrivals, change their speed "
                      "with --rate-scale"));
        spec->rate_scale = r->request->rate_scale;
        r->sim->rate_given = has(r, SU_OPTION_rate_scale);
        if (find != SU_SIM_FIND_RATE)
            assume(r, SU_OPTION_rate_scale, "1", SU_MSG_default_rate_scale);
        return SU_OK;
    }
    SU_TRY(REFUSE(r, scale, "needs a trace with arrival times, this one has lengths only"));
    if (!has(r, SU_OPTION_rate) && !has(r, SU_OPTION_concurrency) && find != SU_SIM_FIND_RATE)
        return SU_OK; /* a vLLM result says how its requests arrived */
    return read_arrivals(r, find);
}

static enum su_status read_generated(struct reader *r, enum su_sim_find find)
{
    static const enum su_option_id traces[] = {SU_OPTION_prefix_blocks, SU_OPTION_rate_scale};
    const struct su_request *q = r->request;
    struct su_sim *sim = r->sim;
    SU_TRY(REFUSE(r, traces, "needs --workload"));
    SU_TRY(read_dist(r, SU_OPTION_isl_dist, SU_OPTION_isl, SU_OPTION_isl_cv, &sim->spec.input_dist,
                     &sim->isl));
    SU_TRY(read_dist(r, SU_OPTION_osl_dist, SU_OPTION_osl, SU_OPTION_osl_cv, &sim->spec.output_dist,
                     &sim->osl));
    SU_TRY(read_arrivals(r, find));
    if (has(r, SU_OPTION_think_time) && !has(r, SU_OPTION_turns))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--think-time", "needs --turns beside it");
    SU_TRY(together(r, SU_OPTION_system_prompts, SU_OPTION_system_tokens));
    if (has(r, SU_OPTION_system_zipf) && !has(r, SU_OPTION_system_prompts))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--system-zipf", "needs --system-prompts beside it");
    sim->spec.turns_mean = q->turns;
    sim->spec.think_mean_s = q->think_time;
    sim->spec.n_system_prompts = (uint32_t)q->system_prompts;
    sim->spec.system_tokens = (uint32_t)q->system_tokens;
    sim->spec.system_zipf = q->system_zipf;
    return SU_OK;
}

/* ---- service levels ---- */

static void read_slo(struct reader *r)
{
    struct su_sim *sim = r->sim;
    sim->slo = r->request->slo;
    if (!has(r, SU_OPTION_slo)) {
        sim->slo.ttft_p99_s = TTFT_P99_DEFAULT_S;
        sim->slo.tpot_p99_s = TPOT_P99_DEFAULT_S;
        assume(r, SU_OPTION_slo, "ttft_p99=2s, tpot_p99=100ms", SU_MSG_default_slo);
    }
    sim->levels =
        (struct su_serve_levels){sim->slo.ttft_p99_s, sim->slo.tpot_p99_s, sim->slo.e2e_p99_s};
}

/* What the search changes cannot be given, and what it holds against must be. */
static enum su_status check_find(struct reader *r, enum su_sim_find find)
{
    static const enum su_option_id rates[] = {SU_OPTION_concurrency, SU_OPTION_ramp_to};
    static const enum su_option_id replicas[] = {SU_OPTION_prefill_count};
    static const enum su_option_id files[] = {SU_OPTION_step_by_step};
    if (find == SU_SIM_FIND_NOTHING) {
        static const enum su_option_id search[] = {SU_OPTION_threads};
        return REFUSE(r, search, "needs --find: one simulation runs on one thread");
    }
    if (!has(r, SU_OPTION_slo))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--slo",
                       "is missing: --find needs service levels such as ttft_p99=2s,tpot_p99=50ms");
    SU_TRY(REFUSE(r, files, "contradicts --find: it is for comparing one run"));
    if (find == SU_SIM_FIND_RATE)
        return REFUSE(r, rates, "contradicts --find rate: the rate is searched for");
    return REFUSE(r, replicas,
                  "contradicts --find replicas: replicas of one kind are searched for");
}

uint32_t su_sim_replicas(const struct su_sim *sim)
{
    return sim->config.n_replicas + sim->config.n_prefill;
}

enum su_status su_sim_read(struct su_arena *arena, const struct su_request *request,
                           const struct su_view *view, struct su_notes *notes, struct su_sim *sim,
                           struct su_err *err)
{
    struct reader r = {arena, request, view, notes, sim, err};
    *sim = (struct su_sim){0};
    enum su_sim_find find = SU_SIM_FIND_NOTHING;
    SU_TRY(su_sim_find_read(request, &find, err));
    SU_TRY(check_find(&r, find));
    SU_TRY(su_setup_read(arena, request, view, notes, &sim->setup, err));
    SU_TRY(read_engine(&r));
    SU_TRY(read_split(&r));
    SU_TRY(read_router(&r));
    if (has(&r, SU_OPTION_workload))
        SU_TRY(read_trace(&r, find));
    else
        SU_TRY(read_generated(&r, find));
    read_extent(&r);
    if (!has(&r, SU_OPTION_seed))
        su_notes_assume(notes, "seed", "0", su_text(view->lang, SU_MSG_default_seed));
    read_slo(&r);
    if (has(&r, SU_OPTION_tick) && !has(&r, SU_OPTION_time_series))
        return SU_FAIL(err, SU_ERR_INPUT, "--tick", "needs --time-series beside it");
    return SU_OK;
}
