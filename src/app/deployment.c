#include "app/deployment.h"

#include <math.h>
#include <string.h>

#include "plan/plan.h"

#define UTILIZATION_DEFAULT_FRAC 0.9
#define BLOCK_DEFAULT_TOKENS 16

enum su_status su_request_need(const struct su_request *request, enum su_option_id id,
                               const char *flag, struct su_err *err)
{
    if (su_request_has(request, id))
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, flag, "is missing, it is needed here");
}

static uint32_t or_one(int64_t v)
{
    return v > 0 ? (uint32_t)v : 1;
}

/* replicas = count / (tp * pp * dp), of the cards that do not only prefill */
static enum su_status read_cut(const struct su_request *request, struct su_setup *s,
                               struct su_err *err)
{
    struct su_parallel par = {or_one(request->tp), or_one(request->pp), or_one(request->dp),
                              or_one(request->ep)};
    SU_TRY(su_parallel_check(s->model, par, err));
    uint32_t cards = par.tp * par.dp * par.pp;
    uint32_t prefill = (uint32_t)request->prefill_count;
    uint32_t count =
        su_request_has(request, SU_OPTION_count) ? (uint32_t)request->count : cards + prefill;
    if (count <= prefill || (count - prefill) % cards != 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--count",
                       "is %u, expected %sa multiple of tp*pp*dp = %u", count,
                       prefill > 0 ? "--prefill-count and " : "", cards);
    s->deployment.par = par;
    s->n_replicas = (count - prefill) / cards;
    s->n_cards = count;
    return SU_OK;
}

static void note_cut(const struct su_request *request, const struct su_setup *s,
                     struct su_notes *notes, const struct su_view *view)
{
    static const enum su_option_id cuts[] = {SU_OPTION_tp, SU_OPTION_pp, SU_OPTION_dp,
                                             SU_OPTION_ep};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        if (!su_request_has(request, cuts[i]))
            su_notes_assume(notes, su_options[cuts[i]].key, "1",
                            su_text(view->lang, SU_MSG_default_no_cut));
    }
    if (!su_request_has(request, SU_OPTION_count))
        su_notes_assume(notes, "count", su_fmt(notes->arena, "%u", s->n_cards),
                        su_text(view->lang, SU_MSG_default_one_replica));
}

static enum su_status read_dtypes(const struct su_request *request, struct su_setup *s,
                                  struct su_notes *notes, const struct su_view *view,
                                  struct su_err *err)
{
    s->deployment.weight_dtype = s->model->checkpoint_dtype;
    if (su_request_has(request, SU_OPTION_dtype)) {
        if (request->dtype[1] != NULL)
            return SU_FAIL(err, SU_ERR_INPUT, "--dtype", "names several formats, expected one");
        SU_TRY(su_dtype_of(request->dtype[0], "--dtype", &s->deployment.weight_dtype, err));
    } else {
        su_notes_assume(notes, "dtype", su_dtype_name(s->deployment.weight_dtype),
                        su_text(view->lang, SU_MSG_from_checkpoint));
    }
    s->deployment.kv_dtype = SU_DTYPE_bf16;
    if (su_request_has(request, SU_OPTION_kv_dtype) && strcmp(request->kv_dtype, "auto") != 0)
        SU_TRY(su_dtype_of(request->kv_dtype, "--kv-dtype", &s->deployment.kv_dtype, err));
    else
        su_notes_assume(notes, "kv_dtype", "bf16", su_text(view->lang, SU_MSG_engine_default));
    return SU_OK;
}

static void read_limits(struct su_arena *arena, const struct su_request *request,
                        struct su_setup *s, struct su_notes *notes, const struct su_view *view)
{
    uint64_t card_bytes = su_accel_mem_bytes(s->accel);
    s->limits.max_num_seqs = (uint32_t)request->max_num_seqs;
    s->limits.max_num_batched_tokens = (uint32_t)request->max_num_batched_tokens;
    su_plan_engine_defaults(card_bytes, &s->limits.max_num_seqs, &s->limits.max_num_batched_tokens);
    const char *engine_default = su_text(view->lang, SU_MSG_engine_default);
    if (!su_request_has(request, SU_OPTION_max_num_seqs))
        su_notes_assume(notes, "max_num_seqs", su_fmt(arena, "%u", s->limits.max_num_seqs),
                        engine_default);
    if (!su_request_has(request, SU_OPTION_max_num_batched_tokens))
        su_notes_assume(notes, "max_num_batched_tokens",
                        su_fmt(arena, "%u", s->limits.max_num_batched_tokens), engine_default);
    double utilization = UTILIZATION_DEFAULT_FRAC;
    if (su_request_has(request, SU_OPTION_gpu_memory_utilization))
        utilization = request->gpu_memory_utilization;
    else
        su_notes_assume(notes, "gpu_memory_utilization", "0.9", engine_default);
    uint32_t block = BLOCK_DEFAULT_TOKENS;
    if (su_request_has(request, SU_OPTION_block_size))
        block = (uint32_t)request->block_size;
    else
        su_notes_assume(notes, "block_size", "16", engine_default);
    struct su_memory_request mr = {
        .graph = s->deployment.graph,
        .par = s->deployment.par,
        .weight_dtype = s->deployment.weight_dtype,
        .kv_dtype = s->deployment.kv_dtype,
        .card_bytes = su_memory_visible_bytes(card_bytes),
        .utilization_frac = utilization,
        .max_batched_tokens = s->limits.max_num_batched_tokens,
        .max_sequences = s->limits.max_num_seqs,
        .block_tokens = block,
        .n_draft_layers = s->deployment.drafting.n_drafts > 0 ? 1 : 0,
    };
    s->memory = su_memory_map(&mr);
    s->blocks_max = s->memory.kv_capacity_tokens / block;
    s->block_tokens = block;
    if (su_request_has(request, SU_OPTION_num_gpu_blocks))
        s->memory.kv_capacity_tokens = (uint64_t)request->num_gpu_blocks * block;
    s->limits.kv_capacity_tokens = s->memory.kv_capacity_tokens;
}

uint32_t su_setup_replica_cards(const struct su_setup *s)
{
    struct su_parallel par = s->deployment.par;
    return par.tp * par.pp * par.dp;
}

/* The cards of a replica reach each other. */
static enum su_status check_network(const struct su_setup *s, struct su_err *err)
{
    const struct su_device *device = &s->deployment.device;
    uint32_t cards = su_setup_replica_cards(s);
    if (cards > 1 && device->link_bytes_per_s <= 0)
        return SU_FAIL(err, SU_ERR_INPUT, s->accel->id,
                       "publishes neither a link nor a PCIe speed, so only tp*pp*dp = 1 can be "
                       "computed");
    if (cards <= device->domain_cards || device->nic_bytes_per_s > 0)
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, "--tp",
                   "with pp and dp needs %u cards, but a server holds %u, and no network speed "
                   "between servers of %s is known (nic_gbps_total of a server in --catalog)",
                   cards, device->domain_cards, s->accel->id);
}

static enum su_status read_drafting(const struct su_request *request, struct su_setup *s,
                                    struct su_notes *notes, const struct su_view *view,
                                    struct su_err *err)
{
    if (!su_request_has(request, SU_OPTION_num_speculative_tokens))
        su_notes_assume(notes, "num_speculative_tokens", "0",
                        su_text(view->lang, SU_MSG_engine_default));
    s->deployment.drafting.n_drafts = (uint32_t)request->num_speculative_tokens;
    if (s->deployment.drafting.n_drafts > 0)
        SU_TRY(su_request_need(request, SU_OPTION_acceptance_rate, "--acceptance-rate", err));
    else if (su_request_has(request, SU_OPTION_acceptance_rate))
        return SU_FAIL(err, SU_ERR_INPUT, "--acceptance-rate",
                       "is given without --num-speculative-tokens above 0");
    s->deployment.drafting.acceptance_frac = request->acceptance_rate;
    return SU_OK;
}

enum su_status su_setup_read(struct su_arena *arena, const struct su_request *request,
                             const struct su_view *view, struct su_notes *notes, struct su_setup *s,
                             struct su_err *err)
{
    SU_TRY(su_request_need(request, SU_OPTION_model, "--model", err));
    SU_TRY(su_request_need(request, SU_OPTION_chip, "--chip", err));
    SU_TRY(su_facts_init(arena, request, &s->facts, err));
    SU_TRY(su_catalog_find_accel(s->facts.catalog, request->chip, &s->accel, err));
    const char *component = NULL;
    SU_TRY(su_engine_component(request, &component, err));
    if (!su_request_has(request, SU_OPTION_engine))
        su_notes_assume(notes, "engine", "vllm", su_text(view->lang, SU_MSG_default_engine));
    su_notes_assume_date(notes, &s->facts, view);
    su_notes_engine(notes, view,
                    su_catalog_support(s->facts.catalog, s->accel->stack, component, NULL),
                    component, s->accel->stack);
    s->model = SU_NEW(arena, struct su_model);
    SU_TRY(su_model_load(arena, request->model, s->model, err));
    s->deployment.graph = su_graph_build(arena, s->model);
    s->server = su_catalog_server_for(s->facts.catalog, s->accel->id);
    SU_TRY(read_cut(request, s, err));
    s->deployment.eff = su_eff_of(s->facts.catalog, s->accel, SU_EFF_MID);
    note_cut(request, s, notes, view);
    SU_TRY(read_dtypes(request, s, notes, view, err));
    SU_TRY(su_device_init(&s->deployment.device, s->accel, s->server, s->deployment.weight_dtype,
                          err));
    SU_TRY(check_network(s, err));
    SU_TRY(read_drafting(request, s, notes, view, err));
    s->deployment.expert_skew = request->expert_skew;
    if (s->deployment.expert_skew > 0 && s->model->n_experts == 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--expert-skew", "is %g, expected 0: %s has no experts",
                       s->deployment.expert_skew, s->model->name);
    read_limits(arena, request, s, notes, view);
    return SU_OK;
}

/* What is approximate about several servers, stages and guesses. */
static void approximate_cut(struct su_notes *notes, const struct su_setup *s,
                            const struct su_view *view)
{
    const struct su_deployment *d = &s->deployment;
    struct su_arena *arena = notes->arena;
    uint32_t domain = d->device.domain_cards;
    uint32_t servers = (su_setup_replica_cards(s) + domain - 1) / domain;
    if (servers > 1)
        su_notes_approximate(
            notes, su_text_fill(arena, view->lang, SU_MSG_approx_between_servers, "servers",
                                su_fmt(arena, "%u", servers), "gbs",
                                su_fmt(arena, "%g", d->device.nic_bytes_per_s / 1e9), NULL));
    if (d->par.pp > 1)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_pipeline));
    if (d->drafting.n_drafts > 0)
        su_notes_approximate(
            notes,
            su_text_fill(arena, view->lang, SU_MSG_approx_drafting, "rate",
                         su_fmt(arena, "%g", d->drafting.acceptance_frac), "tokens",
                         su_fmt(arena, "%.3g", su_drafting_tokens_per_step(d->drafting)), NULL));
}

static double imbalance(const struct su_deployment *d, double rank_tokens)
{
    const struct su_model *m = d->graph->model;
    return su_expert_imbalance(d->expert_skew, m->n_experts, m->n_experts_per_token, d->par.ep,
                               rank_tokens * d->par.dp);
}

/* decode_tokens: that one rank puts into a decode step. */
static void approximate_skew(struct su_notes *notes, const struct su_setup *s,
                             const struct su_view *view, double decode_tokens)
{
    const struct su_deployment *d = &s->deployment;
    struct su_arena *arena = notes->arena;
    su_notes_approximate(
        notes,
        su_text_fill(arena, view->lang, SU_MSG_approx_skew, "skew",
                     su_fmt(arena, "%g", d->expert_skew), "factor",
                     su_fmt(arena, "%.2f", imbalance(d, decode_tokens)), "prefill",
                     su_fmt(arena, "%.2f", imbalance(d, s->limits.max_num_batched_tokens)), NULL));
}

void su_setup_approximate(struct su_notes *notes, const struct su_setup *s,
                          const struct su_view *view, double decode_tokens)
{
    approximate_cut(notes, s, view);
    if (s->deployment.expert_skew > 0)
        approximate_skew(notes, s, view, decode_tokens);
    else if (s->model->n_experts > 0)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_moe_balance));
    if (s->deployment.device.weight_only)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_weight_only));
    if (s->deployment.device.fp16_for_bf16)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_fp16));
}

bool su_setup_fits(const struct su_setup *s, double tokens)
{
    return s->limits.kv_capacity_tokens / s->block_tokens <= s->blocks_max &&
           (double)s->limits.kv_capacity_tokens >= tokens;
}

/* Blocks of one request, when memory has them and only --num-gpu-blocks stands in the way; else the
 * most that memory allows; 0 when the blocks are not the matter. */
static uint64_t blocks_that_fit(const struct su_request *request, const struct su_setup *s,
                                double tokens)
{
    uint64_t need = (uint64_t)ceil(tokens / s->block_tokens);
    if (!su_request_has(request, SU_OPTION_num_gpu_blocks) || need > s->blocks_max)
        return 0;
    return (uint64_t)request->num_gpu_blocks < need ? need : s->blocks_max;
}

enum su_status su_setup_recut(struct su_arena *arena, const struct su_request *request,
                              const struct su_view *view, struct su_parallel par,
                              struct su_setup *s, struct su_err *err)
{
    SU_TRY(su_parallel_check(s->model, par, err));
    s->deployment.par = par;
    SU_TRY(check_network(s, err));
    struct su_notes scratch;
    su_notes_init(&scratch, arena, su_doc_new(arena, SU_DOC_OBJ));
    read_limits(arena, request, s, &scratch, view);
    return SU_OK;
}

/* The smallest tensor parallelism that would fit, for the message; 0 when none in one server does.
 */
static uint32_t tp_that_fits(struct su_arena *arena, const struct su_request *request,
                             const struct su_setup *s, const struct su_view *view, double tokens)
{
    for (uint32_t tp = s->deployment.par.tp * 2; tp <= s->deployment.device.domain_cards; tp *= 2) {
        struct su_setup t = *s;
        struct su_parallel par = s->deployment.par;
        par.tp = tp;
        if (su_setup_recut(arena, request, view, par, &t, NULL) == SU_OK &&
            su_setup_fits(&t, tokens))
            return tp;
    }
    return 0;
}

const char *su_setup_why_not(struct su_arena *arena, const struct su_request *request,
                             const struct su_setup *s, const struct su_view *view, double tokens)
{
    uint64_t blocks = blocks_that_fit(request, s, tokens);
    if (blocks > 0)
        return su_text_fill(arena, view->lang, SU_MSG_estimate_blocks, "given",
                            su_fmt(arena, "%lld", (long long)request->num_gpu_blocks), "most",
                            su_fmt(arena, "%llu", (unsigned long long)s->blocks_max), "blocks",
                            su_fmt(arena, "%llu", (unsigned long long)blocks), NULL);
    uint32_t tp = tp_that_fits(arena, request, s, view, tokens);
    double needed = s->memory.weights_bytes + s->memory.activations_bytes +
                    s->memory.overhead_bytes + s->memory.kv_bytes_per_token * tokens;
    const char *change = tp > 0 ? su_text_fill(arena, view->lang, SU_MSG_change_tp, "tp",
                                               su_fmt(arena, "%u", tp), NULL)
                                : su_text(view->lang, SU_MSG_change_larger_chip);
    return su_text_fill(arena, view->lang, SU_MSG_estimate_does_not_fit, "chip", s->accel->id,
                        "need", su_fmt(arena, "%.1f", needed / SU_GIB), "have",
                        su_fmt(arena, "%.1f", s->memory.usable_bytes / SU_GIB), "change", change,
                        NULL);
}
