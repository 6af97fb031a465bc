/* `estimate`: one deployment in steady state. */
#include <math.h>
#include <string.h>

#include "app/deployment.h"

/* The question: a deployment and its load. */
struct ask {
    struct su_setup setup;
    struct su_load load;
    double concurrency; /* of one replica; 0 when the load is a rate */
    double rate_req_s;
};

static enum su_status read_load(const struct su_request *request, struct ask *s,
                                struct su_notes *notes, const struct su_view *view,
                                struct su_err *err)
{
    SU_TRY(su_request_need(request, SU_OPTION_isl, "--isl", err));
    SU_TRY(su_request_need(request, SU_OPTION_osl, "--osl", err));
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
        s->rate_req_s = request->rate / s->setup.n_replicas;
        return SU_OK;
    }
    double all = s->setup.n_replicas;
    if (su_request_has(request, SU_OPTION_concurrency))
        all = request->concurrency;
    else
        su_notes_assume(notes, "concurrency", su_fmt(notes->arena, "%u", s->setup.n_replicas),
                        su_text(view->lang, SU_MSG_one_per_replica));
    s->concurrency = all / s->setup.n_replicas;
    return SU_OK;
}

static struct su_steady run(const struct ask *s, enum su_eff_level level)
{
    struct su_deployment d = s->setup.deployment;
    d.eff = su_eff_at(&s->setup.deployment.eff, level);
    return s->concurrency > 0
               ? su_steady_at_concurrency(&d, &s->setup.limits, &s->load, s->concurrency)
               : su_steady_at_rate(&d, &s->setup.limits, &s->load, s->rate_req_s);
}

/* Phase rates at a level; the decode depth is what the load says, spread over the ranks. */
struct phases {
    double prefill_tok_s;
    double decode_tok_s;
};

static struct phases phases(const struct ask *s, enum su_eff_level level,
                            const struct su_steady *at)
{
    struct su_deployment d = s->setup.deployment;
    d.eff = su_eff_at(&s->setup.deployment.eff, level);
    double seqs = s->concurrency > 0 ? s->concurrency : at->decode_seqs;
    double most = (double)s->setup.limits.kv_capacity_tokens / (s->load.isl + s->load.osl / 2);
    seqs = fmin(fmax(seqs / d.par.dp, 1e-9), fmin(most, s->setup.limits.max_num_seqs));
    return (struct phases){su_prefill_tok_s_per_gpu(&d, &s->setup.limits, &s->load),
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
static double put_metrics(struct su_arena *arena, struct su_doc *doc, const struct ask *s)
{
    struct su_steady mid = run(s, SU_EFF_MID);
    struct phases p = phases(s, SU_EFF_MID, &mid);
    su_doc_put_real(arena, doc, "ttft_ms", mid.ttft_s * 1e3);
    su_doc_put_real(arena, doc, "ttft_p99_ms", mid.ttft_p99_s * 1e3);
    su_doc_put_real(arena, doc, "tpot_ms", mid.tpot_s * 1e3);
    su_doc_put_real(arena, doc, "tpot_p99_ms", mid.tpot_p99_s * 1e3);
    su_doc_put_real(arena, doc, "prefill_tok_s_per_gpu", p.prefill_tok_s);
    su_doc_put_real(arena, doc, "decode_tok_s_per_gpu", p.decode_tok_s);
    su_doc_put_real(arena, doc, "output_tok_s", mid.output_tok_s * s->setup.n_replicas);
    su_doc_put_real(arena, doc, "request_rate_s", mid.rate_req_s * s->setup.n_replicas);
    su_doc_put_real(arena, doc, "decode_seqs", mid.decode_seqs * s->setup.n_replicas);
    su_doc_put_bool(arena, doc, "saturated", mid.saturated);
    su_doc_put_int(arena, doc, "replicas", s->setup.n_replicas);
    su_put_memory(arena, doc, &s->setup.memory);
    struct su_steady low = run(s, SU_EFF_LOW);
    struct su_steady high = run(s, SU_EFF_HIGH);
    struct phases pl = phases(s, SU_EFF_LOW, &low);
    struct phases ph = phases(s, SU_EFF_HIGH, &high);
    struct su_doc *interval = su_doc_put_obj(arena, doc, "interval");
    su_put_interval(arena, interval, "ttft_ms", high.ttft_s * 1e3, low.ttft_s * 1e3);
    su_put_interval(arena, interval, "tpot_ms", high.tpot_s * 1e3, low.tpot_s * 1e3);
    su_put_interval(arena, interval, "prefill_tok_s_per_gpu", pl.prefill_tok_s, ph.prefill_tok_s);
    su_put_interval(arena, interval, "decode_tok_s_per_gpu", pl.decode_tok_s, ph.decode_tok_s);
    su_put_interval(arena, interval, "output_tok_s", low.output_tok_s * s->setup.n_replicas,
                    high.output_tok_s * s->setup.n_replicas);
    struct su_deployment d = s->setup.deployment;
    d.eff = su_eff_at(&s->setup.deployment.eff, SU_EFF_MID);
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

/* decode_tokens: that one rank puts into a decode step. */
static void approximate(struct su_notes *notes, const struct ask *s, const struct su_view *view,
                        double decode_tokens)
{
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_efficiency));
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_overlap));
    su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_tail));
    su_setup_approximate(notes, &s->setup, view, decode_tokens);
    su_notes_positions(notes, view, s->setup.model, s->load.isl + s->load.osl);
}

enum su_status su_app_estimate(struct su_arena *arena, const struct su_request *request,
                               const struct su_view *view, struct su_answer *answer,
                               struct su_err *err)
{
    struct su_doc *notes_doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_notes notes;
    su_notes_init(&notes, arena, notes_doc);
    struct ask s = {0};
    SU_TRY(su_setup_read(arena, request, view, &notes, &s.setup, err));
    SU_TRY(read_load(request, &s, &notes, view, err));
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *doc = answer->doc;
    su_doc_put_str(arena, doc, "model", s.setup.model->name);
    su_doc_put_str(arena, doc, "chip", s.setup.accel->id);
    su_doc_put_str(arena, doc, "as_of", s.setup.facts.date.text);
    struct su_buf *out = &answer->text;
    double tokens = s.load.isl + s.load.osl;
    answer->feasible = su_setup_fits(&s.setup, tokens);
    su_doc_put_bool(arena, doc, "feasible", answer->feasible);
    double decode_tokens = 1;
    if (answer->feasible) {
        decode_tokens = put_metrics(arena, doc, &s);
    } else {
        answer->why = su_setup_why_not(arena, request, &s.setup, view, tokens);
        su_doc_put_str(arena, doc, "why", answer->why);
        su_put_memory(arena, doc, &s.setup.memory);
    }
    approximate(&notes, &s, view, decode_tokens);
    su_doc_put(arena, doc, "approximations", notes.approximations);
    su_doc_put(arena, doc, "assumptions", notes.assumptions);
    if (!answer->feasible) {
        su_report_paragraph(out, answer->why, 0, view->width);
        return SU_OK;
    }
    su_report_heading(out, su_text_fill(arena, view->lang, SU_MSG_estimate_title, "model",
                                        s.setup.model->name, "chip", s.setup.accel->name, "cards",
                                        su_fmt(arena, "%u", s.setup.n_cards), NULL));
    write_metrics(arena, out, view, doc);
    if (su_doc_get(doc, "saturated")->u.boolean)
        su_report_paragraph(out, su_text(view->lang, SU_MSG_estimate_saturated), 0, view->width);
    if (request->explain)
        write_breakdown(arena, out, view, su_doc_get(doc, "breakdown"));
    su_notes_write(out, &notes, view);
    return SU_OK;
}
