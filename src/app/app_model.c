/* `model`: what a config.json amounts to in parameters, work and memory. */
#include <math.h>
#include <string.h>

#include "app/facts.h"
#include "memory/memory.h"

#define CONTEXT_DEFAULT_TOKENS 4096.0

static enum su_status choose_dtype(const struct su_request *request, const struct su_model *model,
                                   enum su_dtype *dtype, struct su_err *err)
{
    *dtype = model->checkpoint_dtype;
    if (!su_request_has(request, SU_OPTION_dtype))
        return SU_OK;
    if (request->dtype[1] != NULL)
        return SU_FAIL(err, SU_ERR_INPUT, "--dtype", "names several formats, expected one");
    return su_dtype_of(request->dtype[0], "--dtype", dtype, err);
}

/* The cuts to show: those asked for, else powers of two up to one server. */
struct cuts {
    struct su_parallel list[16];
    size_t n;
};

static enum su_status choose_cuts(const struct su_request *request, const struct su_model *model,
                                  struct cuts *cuts, struct su_err *err)
{
    bool asked = su_request_has(request, SU_OPTION_tp) || su_request_has(request, SU_OPTION_ep);
    if (asked) {
        uint32_t tp = su_request_has(request, SU_OPTION_tp) ? (uint32_t)request->tp : 1;
        uint32_t ep = su_request_has(request, SU_OPTION_ep) ? (uint32_t)request->ep : 1;
        cuts->list[cuts->n++] = (struct su_parallel){tp, 1, 1, ep};
        return su_parallel_check(model, cuts->list[0], err);
    }
    for (uint32_t tp = 1; tp <= 8; tp *= 2) {
        for (uint32_t ep = 1; ep <= tp; ep = ep == tp ? tp + 1 : tp) {
            struct su_parallel par = {tp, 1, 1, ep};
            bool useful = ep == 1 || model->n_experts > 0;
            if (useful && su_parallel_check(model, par, NULL) == SU_OK)
                cuts->list[cuts->n++] = par;
        }
    }
    return SU_OK;
}

/* Bytes moved for one token: in decode (batch 1) all active weights and the context's KV; in a
 * prefill of the whole context, weights are read once for all its tokens. */
struct traffic {
    double decode_bytes;
    double prefill_bytes;
    double decode_flop;
    double prefill_flop;
};

static struct traffic traffic_of(const struct su_graph *graph, enum su_dtype dtype,
                                 double context_tokens)
{
    struct su_parallel one = {1, 1, 1, 1};
    double all = su_memory_weights_bytes(graph, one, dtype, NULL);
    double active =
        all * (double)su_graph_params_active(graph) / (double)su_graph_params_total(graph);
    double kv = su_model_kv_bytes(graph->model, SU_DTYPE_bf16, context_tokens);
    double kv_token = su_model_kv_bytes_per_token(graph->model, SU_DTYPE_bf16);
    return (struct traffic){
        .decode_bytes = active + kv,
        .prefill_bytes = all / context_tokens + kv_token,
        .decode_flop = su_graph_flop_per_token(graph, context_tokens),
        .prefill_flop = su_graph_flop_per_token(graph, context_tokens / 2),
    };
}

static void put_memory(struct su_arena *arena, struct su_doc *doc, const struct su_graph *graph,
                       enum su_dtype dtype, const struct cuts *cuts)
{
    struct su_doc *memory = su_doc_put_obj(arena, doc, "memory");
    su_doc_put_str(arena, memory, "dtype", su_dtype_name(dtype));
    struct su_doc *maps = su_doc_put_arr(arena, memory, "per_card");
    for (size_t i = 0; i < cuts->n; i++) {
        double experts = 0;
        double weights = su_memory_weights_bytes(graph, cuts->list[i], dtype, &experts);
        struct su_doc *m = su_doc_push_obj(arena, maps);
        su_doc_put_int(arena, m, "tp", cuts->list[i].tp);
        su_doc_put_int(arena, m, "ep", cuts->list[i].ep);
        su_doc_put_int(arena, m, "weights_bytes", llround(weights));
        su_doc_put_int(arena, m, "weights_expert_bytes", llround(experts));
    }
}

static void put_answer(struct su_arena *arena, struct su_doc *doc, const struct su_graph *graph,
                       enum su_dtype dtype, double context_tokens)
{
    const struct su_model *m = graph->model;
    struct traffic t = traffic_of(graph, dtype, context_tokens);
    su_doc_put_str(arena, doc, "model", m->name);
    su_doc_put_str(arena, doc, "architecture", m->architecture);
    su_doc_put_int(arena, doc, "params_total", (int64_t)su_graph_params_total(graph));
    su_doc_put_int(arena, doc, "params_active", (int64_t)su_graph_params_active(graph));
    su_doc_put_real(arena, doc, "kv_bytes_per_token",
                    su_model_kv_bytes_per_token(m, SU_DTYPE_bf16));
    struct su_doc *kv = su_doc_put_obj(arena, doc, "kv_bytes_per_token_by_dtype");
    su_doc_put_real(arena, kv, "bf16", su_model_kv_bytes_per_token(m, SU_DTYPE_bf16));
    su_doc_put_real(arena, kv, "fp8", su_model_kv_bytes_per_token(m, SU_DTYPE_fp8));
    su_doc_put_real(arena, doc, "context_tokens", context_tokens);
    struct su_doc *decode = su_doc_put_obj(arena, doc, "decode");
    su_doc_put_real(arena, decode, "flop_per_token", t.decode_flop);
    su_doc_put_real(arena, decode, "bytes_per_token", t.decode_bytes);
    struct su_doc *prefill = su_doc_put_obj(arena, doc, "prefill");
    su_doc_put_real(arena, prefill, "flop_per_token", t.prefill_flop);
    su_doc_put_real(arena, prefill, "bytes_per_token", t.prefill_bytes);
}

static void write_summary(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                          const struct su_graph *graph, enum su_dtype dtype, double context_tokens)
{
    const struct su_model *m = graph->model;
    struct traffic t = traffic_of(graph, dtype, context_tokens);
    su_report_heading(out, su_fmt(arena, "%s (%s)", m->name, m->architecture));
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
    const char *layers = su_fmt(arena, "%u", m->n_layers);
    const char *context = su_number_int(arena, (int64_t)context_tokens);
    const struct {
        const char *name;
        const char *value;
    } rows[] = {
        {su_text(view->lang, SU_MSG_params_total),
         su_number_int(arena, (int64_t)su_graph_params_total(graph))},
        {su_text(view->lang, SU_MSG_params_active),
         su_number_int(arena, (int64_t)su_graph_params_active(graph))},
        {su_text(view->lang, SU_MSG_layers), layers},
        {su_text(view->lang, SU_MSG_kv_per_token_bf16),
         su_number_bytes(arena, su_model_kv_bytes_per_token(m, SU_DTYPE_bf16))},
        {su_text(view->lang, SU_MSG_kv_per_token_fp8),
         su_number_bytes(arena, su_model_kv_bytes_per_token(m, SU_DTYPE_fp8))},
        {su_text_fill(arena, view->lang, SU_MSG_decode_flop, "context", context, NULL),
         su_fmt(arena, "%s GFLOP", su_number(arena, t.decode_flop / 1e9))},
        {su_text_fill(arena, view->lang, SU_MSG_decode_bytes, "context", context, "dtype",
                      su_dtype_name(dtype), NULL),
         su_number_bytes(arena, t.decode_bytes)},
        {su_text_fill(arena, view->lang, SU_MSG_prefill_flop, "context", context, NULL),
         su_fmt(arena, "%s GFLOP", su_number(arena, t.prefill_flop / 1e9))},
        {su_text_fill(arena, view->lang, SU_MSG_prefill_bytes, "context", context, "dtype",
                      su_dtype_name(dtype), NULL),
         su_number_bytes(arena, t.prefill_bytes)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *cells[] = {rows[i].name, rows[i].value};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, view->width);
}

static void write_memory(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                         const struct su_graph *graph, enum su_dtype dtype, const struct cuts *cuts)
{
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(arena, view->lang, SU_MSG_heading_memory_map, "dtype",
                                        su_dtype_name(dtype), NULL));
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, "TP", SU_ALIGN_RIGHT, false);
    su_table_col(&table, "EP", SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_weights), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_experts_part), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < cuts->n; i++) {
        double experts = 0;
        double weights = su_memory_weights_bytes(graph, cuts->list[i], dtype, &experts);
        const char *cells[] = {
            su_fmt(arena, "%u", cuts->list[i].tp),
            su_fmt(arena, "%u", cuts->list[i].ep),
            su_fmt(arena, "%.1f GiB", weights / SU_GIB),
            experts > 0 ? su_fmt(arena, "%.1f GiB", experts / SU_GIB) : NULL,
        };
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, view->width);
}

static void write_presets(struct su_arena *arena, struct su_answer *answer,
                          const struct su_view *view)
{
    struct su_doc *presets = su_doc_put_arr(arena, answer->doc, "presets");
    su_report_heading(&answer->text, su_text(view->lang, SU_MSG_heading_presets));
    for (size_t i = 0; i < su_model_n_presets; i++) {
        su_doc_push_str(arena, presets, su_model_presets[i].name);
        su_buf_printf(&answer->text, "  %s\n", su_model_presets[i].name);
    }
}

enum su_status su_app_model(struct su_arena *arena, const struct su_request *request,
                            const struct su_view *view, struct su_answer *answer,
                            struct su_err *err)
{
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    answer->feasible = true;
    if (request->n_operands == 0) {
        write_presets(arena, answer, view);
        return SU_OK;
    }
    if (request->n_operands > 1)
        return SU_FAIL(err, SU_ERR_INPUT, "model", "takes one model, found \"%s\" as well",
                       request->operands[1]);
    struct su_model *model = SU_NEW(arena, struct su_model);
    SU_TRY(su_model_load(arena, request->operands[0], model, err));
    enum su_dtype dtype = SU_DTYPE_bf16;
    SU_TRY(choose_dtype(request, model, &dtype, err));
    struct cuts cuts = {.n = 0};
    SU_TRY(choose_cuts(request, model, &cuts, err));
    double context =
        su_request_has(request, SU_OPTION_context) ? request->context : CONTEXT_DEFAULT_TOKENS;
    const struct su_graph *graph = su_graph_build(arena, model);
    put_answer(arena, answer->doc, graph, dtype, context);
    put_memory(arena, answer->doc, graph, dtype, &cuts);
    write_summary(arena, &answer->text, view, graph, dtype, context);
    write_memory(arena, &answer->text, view, graph, dtype, &cuts);
    return SU_OK;
}
