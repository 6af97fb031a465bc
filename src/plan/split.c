/* Prefill and decode apart: the cut of each half is the one with the fewest cards per request,
 * screened from one full step, then both rates are found in the simulator, each half beside enough
 * of the other. KV goes over the prefill server's network cards. */
#include "plan/split.h"

#include <math.h>
#include <string.h>

/* Of the other half, so that it does not hold this one up. */
#define OTHER_HALF 1.5
#define OTHERS_MAX 64
/* Per token, where no level of TPOT says how long an answer may take. */
#define STAY_DEFAULT_S 0.1
/* Share of a prefill server's peak rate that a queue leaves to use. */
#define PREFILL_USE 0.85

struct finder {
    const struct su_plan_request *request;
    struct su_site site;
    enum su_dtype dtype;
    struct su_split_half prefill;
    struct su_split_half decode;
    struct su_plan *plan; /* too large for a stack frame */
};

static void offer(struct su_split_half *half, struct su_parallel par, double rate_req_s)
{
    double cards = par.tp / rate_req_s;
    if (!(rate_req_s > 0) || (half->found && cards >= half->cards_per_req_s))
        return;
    *half = (struct su_split_half){true, rate_req_s, cards, par};
}

/* Every step full of prompts. */
static double prefill_rate(const struct su_deployment *d, const struct su_plan_request *r,
                           uint32_t budget)
{
    double isl = r->load.isl;
    double prompts = fmax(budget / isl, 1);
    double chunks = fmax(isl / budget, 1);
    struct su_step step = {.prefill_tokens = budget,
                           .prefill_seqs = prompts,
                           .prefill_kv_tokens = isl * (chunks + 1) / (2 * chunks)};
    double step_s = su_step_s(d, &step);
    double alone_s = chunks * step_s;
    bool slow = (r->slo.ttft_p99_s > 0 && chunks > 1 && alone_s > r->slo.ttft_p99_s) ||
                (r->slo.ttft_mean_s > 0 && chunks > 1 && alone_s > r->slo.ttft_mean_s);
    return slow ? 0 : PREFILL_USE * budget / isl / step_s;
}

/* As many sequences as memory, seats and the level of TPOT allow. */
static double decode_rate(const struct su_deployment *d, const struct su_plan_request *r,
                          const struct su_engine_limits *limits)
{
    double context = r->load.isl + r->load.osl / 2;
    double most = fmin(limits->max_num_seqs, (double)limits->kv_capacity_tokens / context);
    double level = r->slo.tpot_mean_s > 0 ? r->slo.tpot_mean_s : INFINITY;
    if (r->slo.tpot_p99_s > 0)
        level = fmin(level, r->slo.tpot_p99_s);
    double low = 0;
    double high = most;
    for (int i = 0; i < 12; i++) {
        double seqs = i == 0 ? most : (low + high) / 2;
        struct su_step step = {.decode_seqs = fmax(seqs, 1), .decode_kv_tokens = context};
        if (su_step_s(d, &step) <= level)
            low = seqs;
        else
            high = seqs;
        if (low >= most)
            break;
    }
    if (low < 1)
        return 0;
    struct su_step step = {.decode_seqs = low, .decode_kv_tokens = context};
    return low / (fmax(r->load.osl - 1, 1) * su_step_s(d, &step));
}

static enum su_status screen(struct finder *f, struct su_err *err)
{
    const struct su_plan_request *r = f->request;
    const struct su_model *model = r->graph->model;
    for (uint32_t tp = 1; tp <= f->site.n_cards_server; tp *= 2) {
        struct su_parallel par = {tp, 1, 1, model->n_experts > 0 ? tp : 1};
        struct su_deployment d;
        if (su_parallel_check(model, par, NULL) != SU_OK)
            continue;
        SU_TRY(su_site_prepare(&f->site, par, f->dtype, f->plan, &d, err));
        bool linked = tp == 1 || d.device.link_bytes_per_s > 0;
        if (!linked || !f->plan->memory.fits ||
            (double)f->plan->limits.kv_capacity_tokens < r->load.isl + r->load.osl)
            continue;
        offer(&f->prefill, par, prefill_rate(&d, r, f->plan->limits.max_num_batched_tokens));
        offer(&f->decode, par, decode_rate(&d, r, &f->plan->limits));
    }
    return SU_OK;
}

static struct su_site site_of(struct su_arena *arena, const struct su_plan_request *request,
                              const struct su_plan *like)
{
    return (struct su_site){request,
                            like->accel,
                            like->server,
                            like->n_cards_server,
                            like->quote,
                            like->power,
                            SU_NEW(arena, struct su_memo)};
}

/* What a full step of the half takes its time for. */
static void explain(const struct su_deployment *d, const struct su_plan_request *r,
                    struct su_plan *p)
{
    double context = r->load.isl + r->load.osl / 2;
    double seqs = fmax(fmin((double)p->limits.kv_capacity_tokens / context, 64), 1);
    p->steady.step = (struct su_step){.decode_seqs = seqs, .decode_kv_tokens = context};
    p->steady.mixed_step =
        (struct su_step){.prefill_tokens = p->limits.max_num_batched_tokens,
                         .prefill_seqs = fmax(p->limits.max_num_batched_tokens / r->load.isl, 1),
                         .prefill_kv_tokens = r->load.isl};
    su_step_explain(d, &p->steady.step, &p->decode_cost);
    su_step_explain(d, &p->steady.mixed_step, &p->prefill_cost);
    p->basis =
        p->decode_cost.basis > p->prefill_cost.basis ? p->decode_cost.basis : p->prefill_cost.basis;
}

static enum su_status make_kind(struct su_arena *arena, const struct su_plan_request *request,
                                const struct su_plan *like, struct su_plan *p,
                                struct su_replica_kind *kind, struct su_kv_link *link,
                                struct su_err *err)
{
    struct su_site site = site_of(arena, request, like);
    struct su_deployment d;
    SU_TRY(su_site_prepare(&site, like->par, like->weight_dtype, p, &d, err));
    p->quote = like->quote;
    p->offers = like->offers;
    p->offer = like->offer;
    SU_TRY(su_verify_prepare(arena, request, &d, &p->limits, kind, err));
    explain(&d, request, p);
    *link = (struct su_kv_link){
        .bytes_per_token = su_model_kv_bytes_per_token(request->graph->model, p->kv_dtype),
        .bytes_per_s = like->par.tp * d.device.nic_bytes_per_s * d.eff.nic_frac,
        .latency_s = d.eff.nic_hop_s,
    };
    return SU_OK;
}

/* The rate of one replica of a half within its level, beside enough of the other. */
static enum su_status measure(struct su_arena *arena, const struct su_plan_request *request,
                              struct su_verify_cell cell, struct su_plan *p, struct su_err *err)
{
    p->verified = (struct su_verified){0};
    return su_verify_rate(arena, request, cell, &p->rate_max_req_s, &p->verified, err);
}

static struct su_range scaled(struct su_range r, double was, double is)
{
    return was > 0 ? (struct su_range){r.low * is / was, r.high * is / was}
                   : (struct su_range){is, is};
}

/* Ranges keep the shape of those of replicas of the same chip that do both. */
static void finish_half(const struct su_plan *like, struct su_plan *half)
{
    const struct su_verified *was = &like->verified;
    const struct su_verified *is = &half->verified;
    half->ttft_s = scaled(like->ttft_s, was->ttft_s, is->ttft_s);
    half->tpot_s = scaled(like->tpot_s, was->tpot_s, is->tpot_s);
    half->engine_support = like->engine_support;
}

/* The fewest of the other half that do not hold this one up. */
static uint32_t others(double this_req_s, double other_req_s)
{
    return (uint32_t)fmin(ceil(OTHER_HALF * this_req_s / other_req_s), OTHERS_MAX);
}

enum su_status su_split_measure(struct su_arena *scratch, const struct su_plan_request *request,
                                const struct su_plan *like, struct su_split *split,
                                struct su_err *err)
{
    struct su_replica_kind prefill;
    struct su_replica_kind decode;
    struct su_kv_link unused;
    struct su_plan *cut = SU_NEW(scratch, struct su_plan);
    *cut = *like;
    cut->par = split->screened_decode.par;
    SU_TRY(make_kind(scratch, request, cut, &split->decode, &decode, &unused, err));
    cut->par = split->screened_prefill.par;
    SU_TRY(make_kind(scratch, request, cut, &split->prefill, &prefill, &split->link, err));
    prefill.engine.sends = split->link;
    double stay_s = request->load.osl * fmax(request->slo.tpot_p99_s, request->slo.tpot_mean_s);
    if (!(stay_s > 0))
        stay_s = request->load.osl * STAY_DEFAULT_S;
    double rates[] = {split->screened_prefill.rate_req_s, split->screened_decode.rate_req_s};
    struct su_plan_request q = *request;
    q.slo.tpot_p99_s = q.slo.tpot_mean_s = 0;
    struct su_verify_cell cell = {
        &decode, others(rates[0], rates[1]), &prefill, 1, rates[0], stay_s, false};
    SU_TRY(measure(scratch, &q, cell, &split->prefill, err));
    q = *request;
    q.slo.ttft_p99_s = q.slo.ttft_mean_s = 0;
    cell = (struct su_verify_cell){&decode,  1,      &prefill, others(rates[1], rates[0]),
                                   rates[1], stay_s, false};
    if (split->prefill.rate_max_req_s > 0)
        SU_TRY(measure(scratch, &q, cell, &split->decode, err));
    split->measured = split->prefill.rate_max_req_s > 0 && split->decode.rate_max_req_s > 0;
    if (!split->measured)
        split->state = SU_SPLIT_LEVELS;
    finish_half(like, &split->prefill);
    finish_half(like, &split->decode);
    return SU_OK;
}

enum su_status su_split_screen(struct su_arena *scratch, const struct su_plan_request *request,
                               const struct su_plan *like, struct su_split *split,
                               struct su_err *err)
{
    struct finder f = {
        .request = request,
        .site = site_of(scratch, request, like),
        .dtype = like->weight_dtype,
        .plan = SU_NEW(scratch, struct su_plan),
    };
    *split = (struct su_split){.state = SU_SPLIT_NO_NETWORK};
    if (like->server == NULL || !su_fact_known(like->server->nic_gbps_total))
        return SU_OK;
    SU_TRY(screen(&f, err));
    split->screened_prefill = f.prefill;
    split->screened_decode = f.decode;
    split->state = SU_SPLIT_LEVELS;
    if (!f.prefill.found || !f.decode.found)
        return SU_OK;
    bool fewer = f.prefill.cards_per_req_s + f.decode.cards_per_req_s <
                 like->par.tp * like->par.dp / like->rate_max_req_s;
    split->state = fewer ? SU_SPLIT_FOUND : SU_SPLIT_NO_BETTER;
    return SU_OK;
}

enum su_status su_split_verify(struct su_arena *scratch, const struct su_plan_request *request,
                               const struct su_plan *prefill, uint32_t n_prefill,
                               const struct su_plan *decode, uint32_t n_decode, double rate_req_s,
                               struct su_verified *figures, bool *met, struct su_err *err)
{
    struct su_replica_kind kinds[2];
    struct su_kv_link links[2];
    struct su_plan *unused = SU_NEW(scratch, struct su_plan);
    SU_TRY(make_kind(scratch, request, prefill, unused, &kinds[0], &links[0], err));
    SU_TRY(make_kind(scratch, request, decode, unused, &kinds[1], &links[1], err));
    kinds[0].engine.sends = links[0];
    double stay_s = decode->verified.ttft_s + request->load.osl * decode->verified.tpot_s;
    struct su_verify_cell cell = {&kinds[1],  n_decode, &kinds[0], n_prefill,
                                  rate_req_s, stay_s,   true};
    return su_verify_run(scratch, request, &cell, figures, met, err);
}
