/* `estimate`: one deployment in steady state. */
#include <math.h>
#include <string.h>

#include "app/facts.h"
#include "memory/memory.h"
#include "plan/plan.h"

#define UTILIZATION_DEFAULT_FRAC 0.9
#define BLOCK_DEFAULT_TOKENS 16

/* The deployment asked for, checked, with what was assumed on the way. */
struct setup {
    struct su_facts facts;
    const struct su_accel *accel;
    const struct su_server *server;
    struct su_model *model;
    struct su_deployment deployment; /* of one replica */
    struct su_memory memory;
    struct su_engine_limits limits;
    uint64_t blocks_max; /* KV blocks that memory allows; --num-gpu-blocks may ask for fewer */
    uint32_t block_tokens;
    struct su_load load;
    double concurrency; /* of one replica; 0 when the load is a rate */
    double rate_req_s;
    uint32_t n_replicas;
    uint32_t n_cards;
};

static enum su_status need(const struct su_request *request, enum su_option_id id, const char *flag,
                           struct su_err *err)
{
    if (su_request_has(request, id))
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, flag, "is missing, it is needed here");
}

static uint32_t or_one(int64_t v)
{
    return v > 0 ? (uint32_t)v : 1;
}

/* replicas = count / (tp * pp * dp) */
static enum su_status read_cut(const struct su_request *request, struct setup *s,
                               struct su_err *err)
{
    struct su_parallel par = {or_one(request->tp), or_one(request->pp), or_one(request->dp),
                              or_one(request->ep)};
    SU_TRY(su_parallel_check(s->model, par, err));
    uint32_t cards = par.tp * par.dp * par.pp;
    uint32_t count = su_request_has(request, SU_OPTION_count) ? (uint32_t)request->count : cards;
    if (count % cards != 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--count", "is %u, expected a multiple of tp*pp*dp = %u",
                       count, cards);
    s->deployment.par = par;
    s->n_replicas = count / cards;
    s->n_cards = count;
    return SU_OK;
}

static void note_cut(const struct su_request *request, const struct setup *s,
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

static enum su_status read_dtypes(const struct su_request *request, struct setup *s,
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

static void read_limits(struct su_arena *arena, const struct su_request *request, struct setup *s,
                        struct su_notes *notes, const struct su_view *view)
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

static enum su_status read_load(const struct su_request *request, struct setup *s,
                                struct su_notes *notes, const struct su_view *view,
                                struct su_err *err)
{
    SU_TRY(need(request, SU_OPTION_isl, "--isl", err));
    SU_TRY(need(request, SU_OPTION_osl, "--osl", err));
    bool rate = su_request_has(request, SU_OPTION_rate);
    if (rate && su_request_has(request, SU_OPTION_concurrency))
        return SU_FAIL(err, SU_ERR_INPUT, "--rate",
                       "contradicts --concurrency: the load is an open or a closed loop, give one");
    s->load = (struct su_load){request->isl, request->isl_cv, request->osl, request->osl_cv};
    if (!su_request_has(request, SU_OPTION_isl_cv))
        su_notes_assume(notes, "isl_cv", "0", su_text(view->lang, SU_MSG_default_constant_length));
    if (!su_request_has(request, SU_OPTION_osl_cv))
        su_notes_assume(notes, "osl_cv", "0", su_text(view->lang, SU_MSG_default_constant_answer));
    if (rate) {
        s->rate_req_s = request->rate / s->n_replicas;
        return SU_OK;
    }
    double all = s->n_replicas;
    if (su_request_has(request, SU_OPTION_concurrency))
        all = request->concurrency;
    else
        su_notes_assume(notes, "concurrency", su_fmt(notes->arena, "%u", s->n_replicas),
                        su_text(view->lang, SU_MSG_one_per_replica));
    s->concurrency = all / s->n_replicas;
    return SU_OK;
}

static uint32_t replica_cards(const struct setup *s)
{
    struct su_parallel par = s->deployment.par;
    return par.tp * par.pp * par.dp;
}

/* The cards of a replica reach each other. */
static enum su_status check_network(const struct setup *s, struct su_err *err)
{
    const struct su_device *device = &s->deployment.device;
    uint32_t cards = replica_cards(s);
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

static enum su_status read_drafting(const struct su_request *request, struct setup *s,
                                    struct su_notes *notes, const struct su_view *view,
                                    struct su_err *err)
{
    if (!su_request_has(request, SU_OPTION_num_speculative_tokens))
        su_notes_assume(notes, "num_speculative_tokens", "0",
                        su_text(view->lang, SU_MSG_engine_default));
    s->deployment.drafting.n_drafts = (uint32_t)request->num_speculative_tokens;
    if (s->deployment.drafting.n_drafts > 0)
        SU_TRY(need(request, SU_OPTION_acceptance_rate, "--acceptance-rate", err));
    else if (su_request_has(request, SU_OPTION_acceptance_rate))
        return SU_FAIL(err, SU_ERR_INPUT, "--acceptance-rate",
                       "is given without --num-speculative-tokens above 0");
    s->deployment.drafting.acceptance_frac = request->acceptance_rate;
    return SU_OK;
}

static enum su_status set_up(struct su_arena *arena, const struct su_request *request,
                             const struct su_view *view, struct su_notes *notes, struct setup *s,
                             struct su_err *err)
{
    SU_TRY(need(request, SU_OPTION_model, "--model", err));
    SU_TRY(need(request, SU_OPTION_chip, "--chip", err));
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
    return read_load(request, s, notes, view, err);
}

static struct su_steady run(const struct setup *s, enum su_eff_level level)
{
    struct su_deployment d = s->deployment;
    d.eff = su_eff_at(&s->deployment.eff, level);
    return s->concurrency > 0 ? su_steady_at_concurrency(&d, &s->limits, &s->load, s->concurrency)
                              : su_steady_at_rate(&d, &s->limits, &s->load, s->rate_req_s);
}

/* Phase rates at a level; the decode depth is what the load says, spread over the ranks. */
struct phases {
    double prefill_tok_s;
    double decode_tok_s;
};

static struct phases phases(const struct setup *s, enum su_eff_level level,
                            const struct su_steady *at)
{
    struct su_deployment d = s->deployment;
    d.eff = su_eff_at(&s->deployment.eff, level);
    double seqs = s->concurrency > 0 ? s->concurrency : at->decode_seqs;
    double most = (double)s->limits.kv_capacity_tokens / (s->load.isl + s->load.osl / 2);
    seqs = fmin(fmax(seqs / d.par.dp, 1e-9), fmin(most, s->limits.max_num_seqs));
    return (struct phases){su_prefill_tok_s_per_gpu(&d, &s->limits, &s->load),
                           su_decode_tok_s_per_gpu(&d, &s->load, seqs)};
}

/* "m 64 n 6144 k 4096", "batch 64 q 1 kv 2250 heads 32/8 x 128": sizes on one card. */
static const char *shape_text(struct su_arena *arena, const struct su_op_work *w)
{
    switch (w->kind) {
    case SU_OP_GEMM:
        return su_fmt(arena, "m %.4g n %.6g k %.6g %s", w->m, w->n, w->k,
                      su_dtype_name(w->weight_dtype));
    case SU_OP_ATTENTION:
    case SU_OP_MLA:
        return su_fmt(arena, "batch %.4g q %.5g kv %.6g heads %.4g/%.4g x %.4g", w->batch, w->q_len,
                      w->kv_len, w->heads, w->kv_heads, w->head_dim);
    case SU_OP_MOE:
        return su_fmt(arena, "rows %.5g experts %.4g (%.4g active) n %.5g k %.5g %s", w->m,
                      w->experts, w->experts_active, w->n, w->k, su_dtype_name(w->weight_dtype));
    case SU_OP_EMBEDDING:
    case SU_OP_ELEMENTWISE:
        break;
    }
    return su_fmt(arena, "rows %.5g width %.6g", w->m, w->n);
}

static void put_breakdown(struct su_arena *arena, struct su_doc *doc, const char *phase,
                          const struct su_step_cost *cost)
{
    for (uint32_t i = 0; i < cost->n_lines; i++) {
        const struct su_cost_line *l = &cost->lines[i];
        struct su_doc *line = su_doc_push_obj(arena, doc);
        su_doc_put_str(arena, line, "phase", phase);
        su_doc_put_str(arena, line, "op", l->name);
        su_doc_put_int(arena, line, "calls", l->n_calls);
        su_doc_put_real(arena, line, "time_us", l->time_s * 1e6);
        su_doc_put_real(arena, line, "flop", l->flop);
        su_doc_put_real(arena, line, "bytes", l->bytes);
        if (l->has_work) {
            su_doc_put_str(arena, line, "shape", shape_text(arena, &l->work));
            su_doc_put_real(arena, line, "efficiency_frac", l->ideal_s / l->time_s);
        }
        su_doc_put_str(arena, line, "bound", su_bound_name(l->bound));
        su_doc_put_str(arena, line, "basis", su_basis_name(l->basis));
    }
}

/* Returns the tokens that one rank puts into a decode step. */
static double put_metrics(struct su_arena *arena, struct su_doc *doc, const struct setup *s)
{
    struct su_steady mid = run(s, SU_EFF_MID);
    struct phases p = phases(s, SU_EFF_MID, &mid);
    su_doc_put_real(arena, doc, "ttft_ms", mid.ttft_s * 1e3);
    su_doc_put_real(arena, doc, "ttft_p99_ms", mid.ttft_p99_s * 1e3);
    su_doc_put_real(arena, doc, "tpot_ms", mid.tpot_s * 1e3);
    su_doc_put_real(arena, doc, "tpot_p99_ms", mid.tpot_p99_s * 1e3);
    su_doc_put_real(arena, doc, "prefill_tok_s_per_gpu", p.prefill_tok_s);
    su_doc_put_real(arena, doc, "decode_tok_s_per_gpu", p.decode_tok_s);
    su_doc_put_real(arena, doc, "output_tok_s", mid.output_tok_s * s->n_replicas);
    su_doc_put_real(arena, doc, "request_rate_s", mid.rate_req_s * s->n_replicas);
    su_doc_put_real(arena, doc, "decode_seqs", mid.decode_seqs * s->n_replicas);
    su_doc_put_bool(arena, doc, "saturated", mid.saturated);
    su_doc_put_int(arena, doc, "replicas", s->n_replicas);
    su_put_memory(arena, doc, &s->memory);
    struct su_steady low = run(s, SU_EFF_LOW);
    struct su_steady high = run(s, SU_EFF_HIGH);
    struct phases pl = phases(s, SU_EFF_LOW, &low);
    struct phases ph = phases(s, SU_EFF_HIGH, &high);
    struct su_doc *interval = su_doc_put_obj(arena, doc, "interval");
    su_put_interval(arena, interval, "ttft_ms", high.ttft_s * 1e3, low.ttft_s * 1e3);
    su_put_interval(arena, interval, "tpot_ms", high.tpot_s * 1e3, low.tpot_s * 1e3);
    su_put_interval(arena, interval, "prefill_tok_s_per_gpu", pl.prefill_tok_s, ph.prefill_tok_s);
    su_put_interval(arena, interval, "decode_tok_s_per_gpu", pl.decode_tok_s, ph.decode_tok_s);
    su_put_interval(arena, interval, "output_tok_s", low.output_tok_s * s->n_replicas,
                    high.output_tok_s * s->n_replicas);
    struct su_deployment d = s->deployment;
    d.eff = su_eff_at(&s->deployment.eff, SU_EFF_MID);
    struct su_step_cost *cost = SU_NEW(arena, struct su_step_cost);
    struct su_doc *breakdown = su_doc_put_arr(arena, doc, "breakdown");
    su_step_explain(&d, &mid.step, cost);
    put_breakdown(arena, breakdown, "decode", cost);
    su_step_explain(&d, &mid.mixed_step, cost);
    enum su_basis basis = cost->basis;
    put_breakdown(arena, breakdown, "mixed", cost);
    su_doc_put_str(arena, doc, "basis", su_basis_name(basis));
    return mid.step.decode_seqs * (1.0 + d.drafting.n_drafts);
}

static void write_metrics(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                          const struct su_doc *doc)
{
    static const struct {
        const char *key;
        enum su_msg name;
        const char *unit;
    } rows[] = {{"ttft_ms", SU_MSG_ttft_mean, "ms"},
                {"ttft_p99_ms", SU_MSG_ttft_p99, "ms"},
                {"tpot_ms", SU_MSG_tpot_mean, "ms"},
                {"tpot_p99_ms", SU_MSG_tpot_p99, "ms"},
                {"output_tok_s", SU_MSG_output_tok_s, "tok/s"},
                {"prefill_tok_s_per_gpu", SU_MSG_prefill_tok_s_per_gpu, "tok/s"},
                {"decode_tok_s_per_gpu", SU_MSG_decode_tok_s_per_gpu, "tok/s"},
                {"request_rate_s", SU_MSG_request_rate, "req/s"},
                {"decode_seqs", SU_MSG_decode_seqs, ""}};
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_unit), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_interval), SU_ALIGN_RIGHT, false);
    const struct su_doc *intervals = su_doc_get(doc, "interval");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct su_doc *pair = su_doc_get(intervals, rows[i].key);
        const char *interval = NULL;
        if (pair != NULL && pair->u.arr.items[0]->kind == SU_DOC_REAL &&
            pair->u.arr.items[1]->kind == SU_DOC_REAL)
            interval = su_fmt(arena, "%s – %s", su_number(arena, pair->u.arr.items[0]->u.real),
                              su_number(arena, pair->u.arr.items[1]->u.real));
        const char *cells[] = {su_text(view->lang, rows[i].name),
                               su_number(arena, su_doc_get(doc, rows[i].key)->u.real), rows[i].unit,
                               interval};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, view->width);
}

static void write_breakdown(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                            const struct su_doc *breakdown)
{
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text(view->lang, SU_MSG_heading_breakdown));
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_phase), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_operator), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_calls), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_time), SU_ALIGN_RIGHT, false);
    su_table_col(&table, "GFLOP", SU_ALIGN_RIGHT, false);
    su_table_col(&table, "MB", SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_efficiency), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_bound), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_basis), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_shape), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < breakdown->u.arr.n; i++) {
        const struct su_doc *l = breakdown->u.arr.items[i];
        const struct su_doc *shape = su_doc_get(l, "shape");
        const char *cells[] = {
            su_phase_text(view, su_doc_get(l, "phase")->u.str.p),
            su_doc_get(l, "op")->u.str.p,
            su_fmt(arena, "%lld", (long long)su_doc_get(l, "calls")->u.integer),
            su_number_time(arena, su_doc_get(l, "time_us")->u.real / 1e6),
            su_number(arena, su_doc_get(l, "flop")->u.real / 1e9),
            su_number(arena, su_doc_get(l, "bytes")->u.real / 1e6),
            shape == NULL
                ? NULL
                : su_fmt(arena, "%.0f %%", su_doc_get(l, "efficiency_frac")->u.real * 100),
            su_bound_text(view, su_doc_get(l, "bound")->u.str.p),
            su_doc_get(l, "basis")->u.str.p,
            shape == NULL ? "" : shape->u.str.p,
        };
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, 0);
}

/* What is approximate about several servers, stages and guesses. */
static void approximate_cut(struct su_notes *notes, const struct setup *s,
                            const struct su_view *view)
{
    const struct su_deployment *d = &s->deployment;
    struct su_arena *arena = notes->arena;
    uint32_t domain = d->device.domain_cards;
    uint32_t servers = (replica_cards(s) + domain - 1) / domain;
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
static void approximate_skew(struct su_notes *notes, const struct setup *s,
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

/* decode_tokens: that one rank puts into a decode step. */
static void approximate(struct su_notes *notes, const struct setup *s, const struct su_view *view,
                        double decode_tokens)
{
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_efficiency));
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_overlap));
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_tail));
    approximate_cut(notes, s, view);
    if (s->deployment.expert_skew > 0)
        approximate_skew(notes, s, view, decode_tokens);
    else if (s->model->n_experts > 0)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_moe_balance));
    if (s->deployment.device.weight_only)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_weight_only));
    if (s->deployment.device.fp16_for_bf16)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_fp16));
    su_notes_positions(notes, view, s->model, s->load.isl + s->load.osl);
}

/* Memory holds the blocks, and the blocks hold one request. */
static bool fits(const struct setup *s)
{
    return s->limits.kv_capacity_tokens / s->block_tokens <= s->blocks_max &&
           (double)s->limits.kv_capacity_tokens >= s->load.isl + s->load.osl;
}

/* Blocks of one request, when memory has them and only --num-gpu-blocks stands in the way; else the
 * most that memory allows; 0 when the blocks are not the matter. */
static uint64_t blocks_that_fit(const struct su_request *request, const struct setup *s)
{
    uint64_t need = (uint64_t)ceil((s->load.isl + s->load.osl) / s->block_tokens);
    if (!su_request_has(request, SU_OPTION_num_gpu_blocks) || need > s->blocks_max)
        return 0;
    return (uint64_t)request->num_gpu_blocks < need ? need : s->blocks_max;
}

/* The smallest tensor parallelism that would fit, for the message; 0 when none in one server does.
 */
static uint32_t tp_that_fits(const struct su_request *request, struct su_arena *arena,
                             const struct setup *s, const struct su_view *view)
{
    for (uint32_t tp = s->deployment.par.tp * 2; tp <= s->deployment.device.domain_cards; tp *= 2) {
        struct setup t = *s;
        t.deployment.par.tp = tp;
        if (su_parallel_check(t.model, t.deployment.par, NULL) != SU_OK)
            continue;
        struct su_notes scratch;
        su_notes_init(&scratch, arena, su_doc_new(arena, SU_DOC_OBJ));
        read_limits(arena, request, &t, &scratch, view);
        if (fits(&t))
            return tp;
    }
    return 0;
}

static void does_not_fit(struct su_arena *arena, const struct su_request *request,
                         const struct setup *s, const struct su_view *view,
                         struct su_answer *answer)
{
    uint64_t blocks = blocks_that_fit(request, s);
    if (blocks > 0) {
        answer->why =
            su_text_fill(arena, view->lang, SU_MSG_estimate_blocks, "given",
                         su_fmt(arena, "%lld", (long long)request->num_gpu_blocks), "most",
                         su_fmt(arena, "%llu", (unsigned long long)s->blocks_max), "blocks",
                         su_fmt(arena, "%llu", (unsigned long long)blocks), NULL);
        return;
    }
    uint32_t tp = tp_that_fits(request, arena, s, view);
    double needed = s->memory.weights_bytes + s->memory.activations_bytes +
                    s->memory.overhead_bytes +
                    s->memory.kv_bytes_per_token * (s->load.isl + s->load.osl);
    const char *change = tp > 0 ? su_text_fill(arena, view->lang, SU_MSG_change_tp, "tp",
                                               su_fmt(arena, "%u", tp), NULL)
                                : su_text(view->lang, SU_MSG_change_larger_chip);
    answer->why = su_text_fill(arena, view->lang, SU_MSG_estimate_does_not_fit, "chip",
                               s->accel->id, "need", su_fmt(arena, "%.1f", needed / SU_GIB), "have",
                               su_fmt(arena, "%.1f", s->memory.usable_bytes / SU_GIB), "change",
                               change, NULL);
}

enum su_status su_app_estimate(struct su_arena *arena, const struct su_request *request,
                               const struct su_view *view, struct su_answer *answer,
                               struct su_err *err)
{
    struct su_doc *notes_doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_notes notes;
    su_notes_init(&notes, arena, notes_doc);
    struct setup s = {0};
    SU_TRY(set_up(arena, request, view, &notes, &s, err));
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *doc = answer->doc;
    su_doc_put_str(arena, doc, "model", s.model->name);
    su_doc_put_str(arena, doc, "chip", s.accel->id);
    su_doc_put_str(arena, doc, "as_of", s.facts.date.text);
    struct su_buf *out = &answer->text;
    answer->feasible = fits(&s);
    su_doc_put_bool(arena, doc, "feasible", answer->feasible);
    double decode_tokens = 1;
    if (answer->feasible) {
        decode_tokens = put_metrics(arena, doc, &s);
    } else {
        does_not_fit(arena, request, &s, view, answer);
        su_doc_put_str(arena, doc, "why", answer->why);
        su_put_memory(arena, doc, &s.memory);
    }
    approximate(&notes, &s, view, decode_tokens);
    su_doc_put(arena, doc, "approximations", notes.approximations);
    su_doc_put(arena, doc, "assumptions", notes.assumptions);
    if (!answer->feasible) {
        su_report_paragraph(out, answer->why, 0, view->width);
        return SU_OK;
    }
    su_report_heading(out, su_text_fill(arena, view->lang, SU_MSG_estimate_title, "model",
                                        s.model->name, "chip", s.accel->name, "cards",
                                        su_fmt(arena, "%u", s.n_cards), NULL));
    write_metrics(arena, out, view, doc);
    if (su_doc_get(doc, "saturated")->u.boolean)
        su_report_paragraph(out, su_text(view->lang, SU_MSG_estimate_saturated), 0, view->width);
    if (request->explain)
        write_breakdown(arena, out, view, su_doc_get(doc, "breakdown"));
    su_notes_write(out, &notes, view);
    return SU_OK;
}
