/* The best deployment of one chip: weight format x tensor x data x expert parallelism inside one
 * server, each sized for the peak within the service levels, the cheapest fleet kept. Pipeline
 * stages and models that span servers are not modelled yet, so such chips fall to `memory`. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "plan/exclude.h"
#include "plan/verify.h"

#define DEFAULT_CARDS_PER_SERVER 8u

/* Deployments of a chip that are kept for verification: the first may turn out to need more. */
#define BEST_MAX 3u

/* Latency of a lone request, to say by how much a service level is missed. */
#define IDLE_RATE_REQ_S 1e-6

/* Rates this near each other are the same. */
#define SAME_RATE_FRAC 1e-9

struct search {
    const struct su_plan_request *request;
    const struct su_accel *accel;
    const struct su_server *server;
    uint32_t n_cards_server;
    struct su_memo *memo; /* of the weight format being searched */
    struct su_offers offers;
    struct su_power power;
    double peak_req_s;
    double efficiency; /* factor on the modelled speed of computing and memory */
    double rate_by_cards[SU_PLAN_CARDS_LOG2];
    double full_req_s; /* most that a server full of replicas serves, and cut how */
    struct su_parallel full_par;
    enum su_dtype full_dtype;
    uint32_t n_best;
    struct su_plan *best; /* [BEST_MAX], in order of preference */
    struct su_arena *scratch;
    /* Nearest miss, for the exclusion. */
    bool memory_fits;
    double memory_ratio; /* bytes needed over bytes there, smallest seen */
    double memory_need_bytes;
    double slo_ratio;
    struct su_exclusion slo_miss;
    struct su_exclusion limit_miss; /* power or budget */
    bool limit_missed;
    bool unpriced;   /* there is a budget and no price to hold against it */
    uint64_t n_runs; /* simulations */
    uint64_t n_priced;
    uint64_t n_bounded;
    bool may_bound;   /* cuts that cannot rank need no price */
    bool link_missed; /* cards would have to work together over a link nobody states */
};

void su_plan_engine_defaults(uint64_t card_bytes, uint32_t *max_num_seqs,
                             uint32_t *max_num_batched_tokens)
{
    bool large = (double)card_bytes >= 70 * SU_GIB;
    if (*max_num_seqs == 0)
        *max_num_seqs = large ? 1024 : 256;
    if (*max_num_batched_tokens == 0)
        *max_num_batched_tokens = large ? 8192 : 2048;
}

static enum su_dtype kv_dtype_for(const struct su_plan_request *r)
{
    return r->kv_dtype_set ? r->kv_dtype : SU_DTYPE_bf16;
}

enum su_status su_site_prepare(const struct su_site *s, struct su_parallel par, enum su_dtype dtype,
                               struct su_plan *p, struct su_deployment *d, struct su_err *err)
{
    const struct su_plan_request *r = s->request;
    *p = (struct su_plan){
        .accel = s->accel,
        .server = s->server,
        .n_cards_server = s->n_cards_server,
        .par = par,
        .weight_dtype = dtype,
        .kv_dtype = kv_dtype_for(r),
        .power = s->power,
    };
    *d = (struct su_deployment){
        .graph = r->graph,
        .par = par,
        .weight_dtype = dtype,
        .kv_dtype = p->kv_dtype,
        .eff = su_eff_of(r->catalog, s->accel, SU_EFF_MID),
    };
    SU_TRY(su_device_init(&d->device, s->accel, s->server, dtype, err));
    d->eff.memo = s->memo;
    p->weight_only = d->device.weight_only;
    p->fp16_for_bf16 = d->device.fp16_for_bf16;
    p->limits.max_num_seqs = r->max_num_seqs;
    p->limits.max_num_batched_tokens = r->max_num_batched_tokens;
    uint64_t card_bytes = su_accel_mem_bytes(s->accel);
    su_plan_engine_defaults(card_bytes, &p->limits.max_num_seqs, &p->limits.max_num_batched_tokens);
    struct su_memory_request mr = {
        .graph = r->graph,
        .par = par,
        .weight_dtype = dtype,
        .kv_dtype = p->kv_dtype,
        .card_bytes = su_memory_visible_bytes(card_bytes),
        .utilization_frac = r->utilization_frac,
        .max_batched_tokens = p->limits.max_num_batched_tokens,
        .max_sequences = p->limits.max_num_seqs,
        .block_tokens = r->block_tokens,
    };
    p->memory = su_memory_map(&mr);
    p->limits.kv_capacity_tokens = p->memory.kv_capacity_tokens;
    return SU_OK;
}

static enum su_status prepare(const struct search *s, struct su_parallel par, enum su_dtype dtype,
                              struct su_plan *p, struct su_deployment *d, struct su_err *err)
{
    struct su_site site = {s->request,           s->accel, s->server, s->n_cards_server,
                           (struct su_quote){0}, s->power, s->memo};
    SU_TRY(su_site_prepare(&site, par, dtype, p, d, err));
    d->eff.factor_attention /= s->efficiency;
    d->eff.factor_experts /= s->efficiency;
    d->eff.factor_rest /= s->efficiency;
    return SU_OK;
}

uint32_t su_site_cards(const struct su_server *server)
{
    if (server != NULL && su_fact_known(server->accel_count))
        return (uint32_t)su_fact_value(server->accel_count);
    return DEFAULT_CARDS_PER_SERVER;
}

/* Keeps how far the memory is from holding the model and one request. */
static bool memory_ok(struct search *s, const struct su_plan *p)
{
    const struct su_load *load = &s->request->load;
    double one_request = (load->isl + load->osl) * p->memory.kv_bytes_per_token;
    double need = p->memory.weights_bytes + p->memory.activations_bytes + p->memory.overhead_bytes +
                  one_request;
    double ratio = need / p->memory.usable_bytes;
    if (ratio < s->memory_ratio) {
        s->memory_ratio = ratio;
        s->memory_need_bytes = need;
    }
    bool ok = p->memory.fits && (double)p->limits.kv_capacity_tokens >= load->isl + load->osl;
    s->memory_fits |= ok;
    return ok;
}

/* Which level a lone request misses, as a ratio to its limit. */
static void note_slo_miss(struct search *s, const struct su_deployment *d, const struct su_plan *p)
{
    const struct su_slo *slo = &s->request->slo;
    struct su_steady idle = su_steady_at_rate(d, &p->limits, &s->request->load, IDLE_RATE_REQ_S);
    const struct {
        const char *what;
        double value;
        double limit;
    } levels[] = {{"ttft_p99", idle.ttft_p99_s, slo->ttft_p99_s},
                  {"ttft_mean", idle.ttft_s, slo->ttft_mean_s},
                  {"tpot_p99", idle.tpot_p99_s, slo->tpot_p99_s},
                  {"tpot_mean", idle.tpot_s, slo->tpot_mean_s}};
    struct su_exclusion worst = {.accel = s->accel, .constraint = SU_CONSTRAINT_SLO};
    double ratio = 0;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (levels[i].limit > 0 && levels[i].value / levels[i].limit > ratio) {
            ratio = levels[i].value / levels[i].limit;
            worst.has_value = true;
            worst.what = levels[i].what;
            worst.value = levels[i].value * 1e3;
            worst.limit = levels[i].limit * 1e3;
            worst.unit = "ms";
        }
    }
    if (ratio < s->slo_ratio) {
        s->slo_ratio = ratio;
        s->slo_miss = worst;
    }
}

uint32_t su_servers_of(uint32_t n_cards_server, uint32_t n_cards_replica, double n_replicas)
{
    uint32_t per_server = n_cards_server / n_cards_replica;
    return (uint32_t)ceil(n_replicas / per_server);
}

double su_replicas_for(double peak_req_s, double rate_max_req_s)
{
    return fmax(ceil(peak_req_s / rate_max_req_s - 1e-9), 1);
}

static uint32_t servers_for(const struct search *s, const struct su_plan *p, double n_replicas)
{
    return su_servers_of(s->n_cards_server, p->par.tp * p->par.dp, n_replicas);
}

/* Power and budget limits; a miss is kept for the exclusion. */
static bool within_limits(struct search *s, const struct su_plan *p)
{
    const struct su_plan_request *r = s->request;
    struct su_exclusion x = {.accel = s->accel, .has_value = true};
    if (r->budget_known && !p->quote.known) {
        /* A fleet without a price cannot be held against a budget. */
        s->unpriced = true;
        return false;
    }
    double power_kw = p->power.server_w * p->n_servers / 1e3;
    if (r->power_max_kw > 0 && power_kw > r->power_max_kw) {
        x.constraint = SU_CONSTRAINT_POWER;
        x.value = power_kw;
        x.limit = r->power_max_kw;
        x.unit = "kW";
    } else if (r->budget_known && p->quote.known && p->cost.total.micro > r->budget.micro) {
        x.constraint = SU_CONSTRAINT_BUDGET;
        x.value = su_money_amount(p->cost.total);
        x.limit = su_money_amount(r->budget);
        x.unit = su_currency_code(r->currency);
    } else {
        return true;
    }
    double ratio = x.value / x.limit; /* kW and money compare by how far they are beyond */
    if (!s->limit_missed || ratio < s->limit_miss.value / s->limit_miss.limit)
        s->limit_miss = x;
    s->limit_missed = true;
    return false;
}

/* Order of preference between two fleets of one chip: above 0 when a is the better one. At 0 the
 * lower TPOT decides. Weight formats other than the checkpoint's cost some quality, so they must
 * save a server. */
static int preference(const struct search *s, const struct su_plan *a, const struct su_plan *b)
{
    enum su_dtype native = s->request->graph->model->checkpoint_dtype;
    if (a->n_servers != b->n_servers)
        return a->n_servers < b->n_servers ? 1 : -1;
    bool a_native = a->weight_dtype == native;
    bool b_native = b->weight_dtype == native;
    if (a_native != b_native)
        return a_native ? 1 : -1;
    return (a->n_cards < b->n_cards) - (a->n_cards > b->n_cards);
}

/* False when enough better ones are known already, whatever its TPOT. */
static bool may_rank(const struct search *s, const struct su_plan *p)
{
    return s->n_best < BEST_MAX || preference(s, p, &s->best[BEST_MAX - 1]) >= 0;
}

static void keep(struct search *s, const struct su_plan *p)
{
    uint32_t at = s->n_best;
    while (at > 0) {
        int order = preference(s, p, &s->best[at - 1]);
        if (order < 0 || (order == 0 && p->steady.tpot_s >= s->best[at - 1].steady.tpot_s))
            break;
        at--;
    }
    if (at == BEST_MAX)
        return;
    if (s->n_best < BEST_MAX)
        s->n_best++;
    memmove(&s->best[at + 1], &s->best[at], (s->n_best - 1 - at) * sizeof(s->best[0]));
    s->best[at] = *p;
}

/* Requests a second that no replica of this cut exceeds, at whatever efficiency up to the peaks:
 * its cards multiply what every token needs, and each step reads the weights of one token at least
 * and gives each of its sequences one token. The table of embeddings is left out: it is looked up.
 */
double su_search_rate_bound(const struct su_deployment *d, const struct su_engine_limits *limits,
                            const struct su_load *load)
{
    const struct su_model *model = d->graph->model;
    double params = (double)su_graph_params_active(d->graph) -
                    2.0 * (double)model->vocab_size * model->hidden_size;
    if (params <= 0)
        return INFINITY;
    double cards = (double)d->par.tp * d->par.dp;
    double peak = fmax(d->device.flop_gemm_per_s, d->device.flop16_per_s);
    double by_flop = cards * peak / (2 * params * (load->isl + load->osl - 1));
    double steps = fmax(load->osl - 1, 0);
    if (steps <= 0)
        return by_flop;
    double context = load->isl + load->osl / 2;
    double seqs = fmin(limits->max_num_seqs, (double)limits->kv_capacity_tokens / context);
    double weights_bytes = params * su_dtype_bits(d->weight_dtype) / 8 / cards;
    double by_memory = seqs * d->par.dp * d->device.mem_bytes_per_s / weights_bytes / steps;
    return fmin(by_flop, by_memory);
}

/* Even at its bound it would be worse than all that are kept. */
static bool bounded_out(const struct search *s, const struct su_plan *p, double rate_req_s)
{
    if (s->n_best < BEST_MAX)
        return false;
    double n = su_replicas_for(s->peak_req_s, rate_req_s);
    if (n > SU_REPLICAS_MAX)
        return true;
    const struct su_plan *worst = &s->best[BEST_MAX - 1];
    uint32_t n_servers = servers_for(s, p, n);
    if (n_servers != worst->n_servers)
        return n_servers > worst->n_servers;
    enum su_dtype native = s->request->graph->model->checkpoint_dtype;
    bool is_native = p->weight_dtype == native;
    bool worst_native = worst->weight_dtype == native;
    if (is_native != worst_native)
        return worst_native;
    return n * p->par.tp * p->par.dp > worst->n_cards;
}

static void set_replicas(const struct search *s, struct su_plan *p, double n)
{
    p->n_replicas = (uint32_t)n;
    p->n_servers = servers_for(s, p, n);
    p->n_cards = (uint32_t)n * p->par.tp * p->par.dp;
}

enum outcome { CUT_OUT, CUT_TOO_SLOW, CUT_RUNS };

/* A cut with what one replica of it carries and the replicas that the peak needs then. */
static enum su_status size(struct search *s, struct su_parallel par, enum su_dtype dtype,
                           struct su_plan *p, struct su_deployment *d, enum outcome *outcome,
                           struct su_err *err)
{
    const struct su_plan_request *r = s->request;
    *outcome = CUT_OUT;
    SU_TRY(prepare(s, par, dtype, p, d, err));
    if (par.tp * par.dp > 1 && d->device.link_bytes_per_s <= 0) {
        s->link_missed = true;
        return SU_OK;
    }
    if (!memory_ok(s, p))
        return SU_OK;
    if (s->may_bound && bounded_out(s, p, su_search_rate_bound(d, &p->limits, &r->load))) {
        s->n_bounded++;
        return SU_OK;
    }
    s->n_priced++;
    p->rate_max_req_s = su_steady_max_rate(d, &p->limits, &r->load, &r->slo);
    if (p->rate_max_req_s <= 0) {
        *outcome = CUT_TOO_SLOW;
        return SU_OK;
    }
    double n = su_replicas_for(s->peak_req_s, p->rate_max_req_s);
    if (n > SU_REPLICAS_MAX)
        return SU_OK;
    set_replicas(s, p, n);
    *outcome = CUT_RUNS;
    return SU_OK;
}

/* Room for the steps of fitted times, below: a fiftieth of the replicas more. */
#define SETTLE_PART 50u
#define SETTLE_TRIES 4u

/* The steady state at the peak. Fitted times are not quite monotone in the load: one replica more,
 * or in a large fleet a few in a hundred, settles it, or the cut is no good. */
static bool settle(const struct search *s, const struct su_deployment *d, struct su_plan *p)
{
    const struct su_plan_request *r = s->request;
    uint32_t more = p->n_replicas / SETTLE_PART;
    uint32_t step = more >= SETTLE_TRIES ? more / SETTLE_TRIES : 1;
    uint32_t most = p->n_replicas + (more > 1 ? more : 1);
    for (uint32_t n = p->n_replicas; n <= most; n += step) {
        set_replicas(s, p, n);
        p->steady = su_steady_at_rate(d, &p->limits, &r->load, s->peak_req_s / n);
        if (su_slo_met(&r->slo, &p->steady))
            return true;
    }
    return false;
}

/* Number of cards of a replica as a power of two: every cut is one. */
static uint32_t cards_log2(struct su_parallel par)
{
    uint32_t log2 = 0;
    while (par.tp * par.dp >> (log2 + 1) != 0 && log2 + 1 < SU_PLAN_CARDS_LOG2)
        log2++;
    return log2;
}

static double per_server_req_s(const struct search *s, const struct su_plan *p)
{
    uint32_t replicas = s->n_cards_server / (p->par.tp * p->par.dp);
    return p->rate_max_req_s * replicas;
}

static void note_rate(struct search *s, const struct su_plan *p)
{
    double *rate = &s->rate_by_cards[cards_log2(p->par)];
    *rate = fmax(*rate, p->rate_max_req_s);
    if (per_server_req_s(s, p) <= s->full_req_s)
        return;
    s->full_req_s = per_server_req_s(s, p);
    s->full_par = p->par;
    s->full_dtype = p->weight_dtype;
}

/* By every channel; the cheapest counts. */
static enum su_status price(const struct search *s, const struct su_cost_basis *basis,
                            struct su_plan *p, struct su_err *err)
{
    p->offers = s->offers;
    if (s->offers.n == 0) /* it is there already, and no more can be had */
        return SU_OK;
    SU_TRY(su_offers_cost(&p->offers, basis, p->n_servers, p->power, s->request->horizon_months,
                          &p->offer, err));
    p->quote = p->offers.items[p->offer].quote;
    p->cost = p->offers.items[p->offer].cost;
    return SU_OK;
}

/* What is done with each cut of a search. */
typedef enum su_status visit_cut(struct search *s, struct su_parallel par, enum su_dtype dtype,
                                 void *ctx, struct su_err *err);

/* ctx: the cost basis. */
static enum su_status consider(struct search *s, struct su_parallel par, enum su_dtype dtype,
                               void *ctx, struct su_err *err)
{
    const struct su_cost_basis *basis = ctx;
    struct su_plan p;
    struct su_deployment d;
    enum outcome outcome = CUT_OUT;
    SU_TRY(size(s, par, dtype, &p, &d, &outcome, err));
    if (outcome == CUT_TOO_SLOW)
        note_slo_miss(s, &d, &p);
    if (outcome != CUT_RUNS)
        return SU_OK;
    note_rate(s, &p);
    if (!may_rank(s, &p) || !settle(s, &d, &p))
        return SU_OK;
    SU_TRY(price(s, basis, &p, err));
    if (within_limits(s, &p))
        keep(s, &p);
    return SU_OK;
}

static enum su_status visit_dtype(struct search *s, visit_cut *visit, void *ctx,
                                  enum su_dtype dtype, struct su_err *err)
{
    const struct su_model *model = s->request->graph->model;
    bool moe = model->n_experts > 0;
    memset(s->memo, 0, sizeof(*s->memo));
    for (uint32_t tp = 1; tp <= s->n_cards_server; tp *= 2) {
        for (uint32_t dp = 1; tp * dp <= s->n_cards_server && (dp == 1 || moe); dp *= 2) {
            for (uint32_t ep = 1; ep <= tp * dp; ep = ep == tp * dp ? ep + 1 : tp * dp) {
                /* Data-parallel attention is for spreading experts; without them it is replicas. */
                if ((dp > 1 && ep == 1) || (ep > 1 && !moe))
                    continue;
                struct su_parallel par = {tp, 1, dp, ep};
                if (su_parallel_check(model, par, NULL) == SU_OK)
                    SU_TRY(visit(s, par, dtype, ctx, err));
            }
        }
    }
    return SU_OK;
}

/* The checkpoint's own format first: others must save a server, which a bound may rule out. */
static enum su_status visit_cuts(struct search *s, visit_cut *visit, void *ctx, struct su_err *err)
{
    enum su_dtype native = s->request->graph->model->checkpoint_dtype;
    if (su_dtype_deployable(s->request, s->accel, native))
        SU_TRY(visit_dtype(s, visit, ctx, native, err));
    for (int dtype = 0; dtype < SU_DTYPE_COUNT; dtype++) {
        if ((enum su_dtype)dtype != native &&
            su_dtype_deployable(s->request, s->accel, (enum su_dtype)dtype))
            SU_TRY(visit_dtype(s, visit, ctx, (enum su_dtype)dtype, err));
    }
    return SU_OK;
}

static void exclude(const struct search *s, struct su_exclusion *x)
{
    *x = (struct su_exclusion){.accel = s->accel};
    if (s->limit_missed) {
        *x = s->limit_miss;
        return;
    }
    if (s->unpriced) {
        x->constraint = SU_CONSTRAINT_BUDGET;
        return;
    }
    if (s->memory_fits) {
        *x = s->slo_miss;
        return;
    }
    if (s->link_missed) {
        x->constraint = SU_CONSTRAINT_FACTS;
        x->what = "link_gbs_total_bidir, pcie";
        return;
    }
    x->constraint = SU_CONSTRAINT_MEMORY;
    x->has_value = true;
    x->value = s->memory_need_bytes / SU_GIB;
    x->limit = s->memory_need_bytes / s->memory_ratio / SU_GIB;
    x->unit = "GiB";
}

/* ---- verification ---- */

/* The plan at the number of replicas that the simulator found: the steady state's rate limit moves
 * between the rates that were seen to hold and to fail. */
static void resize(const struct search *s, const struct su_deployment *d,
                   const struct su_verify_count *count, struct su_plan *p)
{
    p->screened = p->steady;
    p->screened_replicas = p->n_replicas;
    p->verified = count->figures;
    p->n_replicas = count->n_replicas;
    p->n_cards = p->n_replicas * p->par.tp * p->par.dp;
    p->n_servers = servers_for(s, p, p->n_replicas);
    if (p->n_replicas != p->screened_replicas)
        p->steady =
            su_steady_at_rate(d, &p->limits, &s->request->load, s->peak_req_s / p->n_replicas);
    p->rate_max_req_s = fmax(p->rate_max_req_s, s->peak_req_s / p->n_replicas);
    if (count->figures.n_failed > 0)
        p->rate_max_req_s =
            fmin(p->rate_max_req_s, s->peak_req_s / count->figures.n_failed * (1 - SAME_RATE_FRAC));
}

/* Replicas for the peak: their number is searched for, or follows from the rate of one. */
static enum su_status count_replicas(struct search *s, const struct su_replica_kind *kind,
                                     struct su_plan *p, struct su_verify_count *count,
                                     struct su_err *err)
{
    const struct su_plan_request *r = s->request;
    double stay_s = p->steady.ttft_s + r->load.osl * p->steady.tpot_s;
    if (!r->traffic.capacity)
        return su_verify_count(s->scratch, r, kind, s->peak_req_s, p->n_replicas, stay_s, count,
                               err);
    *count = (struct su_verify_count){0};
    double rate = 0;
    struct su_verify_cell cell = {
        .kind = kind, .n_replicas = 1, .rate_req_s = p->rate_max_req_s, .stay_s = stay_s};
    SU_TRY(su_verify_rate(s->scratch, r, cell, &rate, &count->figures, err));
    count->found = rate > 0 && s->peak_req_s / rate <= SU_REPLICAS_MAX;
    if (!count->found)
        return SU_OK;
    p->rate_max_req_s = rate;
    count->n_replicas = (uint32_t)su_replicas_for(s->peak_req_s, rate);
    count->figures.output_tok_s *= count->n_replicas;
    return SU_OK;
}

/* Simulates one kept deployment; *holds is false when no number of replicas meets the levels or the
 * number that does is beyond a limit. */
static enum su_status verify(struct search *s, const struct su_cost_basis *basis, struct su_plan *p,
                             bool *holds, struct su_err *err)
{
    const struct su_plan_request *r = s->request;
    struct su_plan unused;
    struct su_deployment d;
    memset(s->memo, 0, sizeof(*s->memo));
    SU_TRY(prepare(s, p->par, p->weight_dtype, &unused, &d, err));
    struct su_replica_kind kind;
    SU_TRY(su_verify_prepare(s->scratch, r, &d, &p->limits, &kind, err));
    struct su_verify_count count;
    SU_TRY(count_replicas(s, &kind, p, &count, err));
    s->n_runs += count.figures.n_runs;
    *holds = false;
    if (!count.found) {
        s->slo_miss = (struct su_exclusion){.accel = s->accel, .constraint = SU_CONSTRAINT_SLO};
        su_verify_miss(&r->slo, &count.figures, &s->slo_miss);
        return SU_OK;
    }
    resize(s, &d, &count, p);
    SU_TRY(price(s, basis, p, err));
    *holds = within_limits(s, p);
    return SU_OK;
}

/* The best of the kept ones by what the simulator says; NULL when none holds. A later one is tried
 * only if it was screened as better than the best so far has turned out to be. */
static enum su_status choose(struct search *s, const struct su_cost_basis *basis,
                             struct su_plan **best, struct su_err *err)
{
    *best = NULL;
    for (uint32_t i = 0; i < s->n_best; i++) {
        struct su_plan *p = &s->best[i];
        if (*best != NULL && preference(s, p, *best) <= 0)
            continue;
        bool holds = true;
        if (s->request->traffic.sched != NULL)
            SU_TRY(verify(s, basis, p, &holds, err));
        if (holds && (*best == NULL || preference(s, p, *best) > 0))
            *best = p;
    }
    return SU_OK;
}

/* The chosen plan once more at the low and high efficiencies: same cut, new fleet size. */
static enum su_status add_ranges(const struct search *s, const struct su_cost_basis *basis,
                                 double mtok_output, struct su_plan *p, struct su_err *err)
{
    const struct su_plan_request *r = s->request;
    struct su_plan scratch;
    struct su_deployment d;
    memset(s->memo, 0, sizeof(*s->memo));
    SU_TRY(prepare(s, p->par, p->weight_dtype, &scratch, &d, err));
    su_step_explain(&d, &p->steady.step, &p->decode_cost);
    su_step_explain(&d, &p->steady.mixed_step, &p->prefill_cost);
    p->basis =
        p->decode_cost.basis > p->prefill_cost.basis ? p->decode_cost.basis : p->prefill_cost.basis;
    /* What the simulator moved at the middle, it would move at the ends. */
    double mid_max = su_steady_max_rate(&d, &p->limits, &r->load, &r->slo);
    double rate_ratio = p->verified.known ? p->rate_max_req_s / mid_max : 1;
    for (uint32_t i = 0; i < SU_PLAN_CARDS_LOG2; i++)
        p->rate_by_cards[i] *= rate_ratio;
    double ttft_ratio = p->verified.known ? p->verified.ttft_s / p->steady.ttft_s : 1;
    double tpot_ratio =
        p->verified.known && p->steady.tpot_s > 0 ? p->verified.tpot_s / p->steady.tpot_s : 1;
    for (int level = SU_EFF_LOW; level <= SU_EFF_HIGH; level++) {
        if (level == SU_EFF_MID)
            continue;
        bool low = level == SU_EFF_LOW;
        d.eff = su_eff_at(&d.eff, (enum su_eff_level)level);
        struct su_steady at =
            su_steady_at_rate(&d, &p->limits, &r->load, s->peak_req_s / p->n_replicas);
        double max = su_steady_max_rate(&d, &p->limits, &r->load, &r->slo) * rate_ratio;
        *(low ? &p->ttft_s.high : &p->ttft_s.low) =
            at.saturated ? INFINITY : at.ttft_s * ttft_ratio;
        *(low ? &p->tpot_s.high : &p->tpot_s.low) = at.tpot_s * tpot_ratio;
        *(low ? &p->output_tok_s_max.low : &p->output_tok_s_max.high) =
            max * r->load.osl * p->n_replicas;
        double *cost = low ? &p->cost_per_mtok_range.high : &p->cost_per_mtok_range.low;
        *cost = INFINITY;
        if (max <= 0 || !p->quote.known)
            continue;
        struct su_cost c;
        SU_TRY(su_cost_of_quote(basis, &p->quote, low ? p->quote.high : p->quote.low,
                                servers_for(s, p, su_replicas_for(s->peak_req_s, max)), p->power,
                                r->horizon_months, &c, err));
        *cost = su_money_amount(c.total) / mtok_output;
    }
    return SU_OK;
}

static void search_init(struct search *s, const struct su_plan_request *request,
                        const struct su_accel *accel, struct su_memo *memo)
{
    *s = (struct search){
        .request = request,
        .accel = accel,
        .memo = memo,
        .server = su_catalog_server_for(request->catalog, accel->id),
        .n_cards_server = su_site_cards(su_catalog_server_for(request->catalog, accel->id)),
        .peak_req_s = request->rate_req_s * request->peak_factor,
        .efficiency = request->efficiency > 0 ? request->efficiency : 1,
        .memory_ratio = INFINITY,
        .slo_ratio = INFINITY,
        .slo_miss = {.accel = accel, .constraint = SU_CONSTRAINT_SLO},
    };
    s->power = su_power_of_server(accel, s->server, s->n_cards_server);
}

enum su_status su_search_chip(struct su_arena *scratch, const struct su_plan_request *request,
                              const struct su_cost_basis *basis, double mtok_output,
                              const struct su_accel *accel, struct su_search_result *out,
                              struct su_err *err)
{
    struct search s;
    struct su_cost_basis costs = *basis;
    search_init(&s, request, accel, SU_NEW(scratch, struct su_memo));
    SU_TRY(su_offers_init(scratch, request, accel, s.server, s.n_cards_server, &s.offers, err));
    s.best = SU_NEW_ARRAY(scratch, BEST_MAX, struct su_plan);
    s.scratch = scratch;
    s.may_bound = request->traffic.capacity; /* else the rates of all cuts are asked for later */
    if (request->traffic.capacity && (s.offers.n == 0 || !s.offers.items[0].quote.known) &&
        !su_chip_owned(request, accel)) {
        out->exclusion = (struct su_exclusion){.accel = accel, .constraint = SU_CONSTRAINT_PRICE};
        return SU_OK;
    }
    SU_TRY(visit_cuts(&s, consider, &costs, err));
    struct su_plan *best = NULL;
    SU_TRY(choose(&s, basis, &best, err));
    out->n_runs = s.n_runs;
    out->n_priced = s.n_priced;
    out->n_bounded = s.n_bounded;
    out->found = best != NULL;
    if (best == NULL) {
        exclude(&s, &out->exclusion);
        return SU_OK;
    }
    memcpy(best->rate_by_cards, s.rate_by_cards, sizeof(best->rate_by_cards));
    best->full_par = s.full_par;
    best->full_dtype = s.full_dtype;
    best->engine_support =
        su_catalog_support(request->catalog, accel->stack, request->engine_component, NULL);
    for (uint32_t i = 0; i < best->offers.n; i++)
        best->offers.items[i].cost_per_mtok =
            su_money_amount(best->offers.items[i].cost.total) / mtok_output;
    if (best->offers.n > 0)
        best->cost_per_mtok = best->offers.items[best->offer].cost_per_mtok;
    SU_TRY(add_ranges(&s, basis, mtok_output, best, err));
    out->plan = *best;
    return SU_OK;
}

enum su_status su_search_reverify(struct su_arena *arena, const struct su_plan_request *request,
                                  struct su_plan *plan, double rate_req_s, struct su_err *err)
{
    struct search s = {.request = request,
                       .accel = plan->accel,
                       .server = plan->server,
                       .n_cards_server = plan->n_cards_server,
                       .efficiency = request->efficiency > 0 ? request->efficiency : 1,
                       .memo = SU_NEW(arena, struct su_memo)};
    struct su_plan unused;
    struct su_deployment d;
    SU_TRY(prepare(&s, plan->par, plan->weight_dtype, &unused, &d, err));
    struct su_replica_kind kind;
    SU_TRY(su_verify_prepare(arena, request, &d, &plan->limits, &kind, err));
    plan->steady = su_steady_at_rate(&d, &plan->limits, &request->load, rate_req_s);
    struct su_verify_cell cell = {
        .kind = &kind,
        .n_replicas = 1,
        .rate_req_s = rate_req_s,
        .stay_s = plan->steady.ttft_s + request->load.osl * plan->steady.tpot_s,
    };
    struct su_verified figures;
    bool met = false;
    SU_TRY(su_verify_run(arena, request, &cell, &figures, &met, err));
    figures.n_runs = plan->verified.n_runs + 1;
    if (met)
        plan->verified = figures;
    else
        plan->verified.output_tok_s = rate_req_s * request->load.osl;
    return SU_OK;
}

/* ---- the same cuts at other efficiencies ---- */

static enum su_status probe(struct search *s, struct su_parallel par, enum su_dtype dtype,
                            void *ctx, struct su_err *err)
{
    struct su_reach *reach = ctx;
    struct su_plan p;
    struct su_deployment d;
    enum outcome outcome = CUT_OUT;
    SU_TRY(size(s, par, dtype, &p, &d, &outcome, err));
    if (outcome != CUT_RUNS)
        return SU_OK;
    reach->per_server_req_s = fmax(reach->per_server_req_s, per_server_req_s(s, &p));
    bool fewer = reach->n_servers == 0 || p.n_servers < reach->n_servers;
    if (fewer && settle(s, &d, &p) && (reach->n_servers == 0 || p.n_servers < reach->n_servers))
        reach->n_servers = p.n_servers;
    return SU_OK;
}

enum su_status su_search_reach(const struct su_plan_request *request, const struct su_accel *accel,
                               struct su_memo *memo, double efficiency, struct su_reach *reach,
                               struct su_err *err)
{
    struct search s;
    search_init(&s, request, accel, memo);
    s.efficiency = efficiency;
    *reach = (struct su_reach){0};
    return visit_cuts(&s, probe, reach, err);
}

struct goal {
    struct su_reach reach;
    double low;
    double factor; /* smallest at which a cut was seen to reach it */
    bool reached;
};

static enum su_status reaches(struct search *s, struct su_parallel par, enum su_dtype dtype,
                              const struct su_reach *goal, double efficiency, bool *yes,
                              struct su_err *err)
{
    struct su_plan p;
    struct su_deployment d;
    enum outcome outcome = CUT_OUT;
    s->efficiency = efficiency;
    SU_TRY(size(s, par, dtype, &p, &d, &outcome, err));
    *yes = outcome == CUT_RUNS;
    if (*yes && goal->n_servers > 0)
        *yes =
            p.n_servers <= goal->n_servers && settle(s, &d, &p) && p.n_servers <= goal->n_servers;
    if (*yes && goal->per_server_req_s > 0)
        *yes = per_server_req_s(s, &p) >= goal->per_server_req_s;
    return SU_OK;
}

/* A cut that does not do better than those before it costs one evaluation. */
static enum su_status lower(struct search *s, struct su_parallel par, enum su_dtype dtype,
                            void *ctx, struct su_err *err)
{
    struct goal *g = ctx;
    double high = g->reached ? g->factor / SU_EFFICIENCY_STEP : g->factor;
    bool yes = false;
    if (high < g->low)
        return SU_OK;
    SU_TRY(reaches(s, par, dtype, &g->reach, high, &yes, err));
    if (!yes)
        return SU_OK;
    g->reached = true;
    g->factor = high;
    double low = g->low;
    while (g->factor > low * SU_EFFICIENCY_STEP) {
        double mid = sqrt(low * g->factor);
        SU_TRY(reaches(s, par, dtype, &g->reach, mid, &yes, err));
        *(yes ? &g->factor : &low) = mid;
    }
    return SU_OK;
}

enum su_status su_search_efficiency(const struct su_plan_request *request,
                                    const struct su_accel *accel, struct su_memo *memo,
                                    const struct su_reach *goal, struct su_parallel par,
                                    enum su_dtype dtype, double low, double high, double *factor,
                                    bool *reached, struct su_err *err)
{
    struct search s;
    search_init(&s, request, accel, memo);
    struct goal g = {.reach = *goal, .low = low, .factor = high};
    memset(memo, 0, sizeof(*memo));
    SU_TRY(lower(&s, par, dtype, &g, err));
    SU_TRY(visit_cuts(&s, lower, &g, err));
    *factor = g.factor;
    *reached = g.reached;
    return SU_OK;
}
