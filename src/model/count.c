/* Sums over the graph: parameters, FLOP of a token, bytes of KV cache. Formulas and their validity:
 * docs/theory/model.md. */
#include <math.h>

#include "base/sum.h"
#include "model/model.h"

uint64_t su_graph_params_total(const struct su_graph *graph)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        const struct su_layer_kind *kind = &graph->kinds[i];
        for (uint32_t j = 0; j < kind->n_ops; j++)
            total += kind->n_layers * kind->ops[j].params;
    }
    return total;
}

uint64_t su_graph_params_active(const struct su_graph *graph)
{
    uint64_t active = 0;
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        const struct su_layer_kind *kind = &graph->kinds[i];
        for (uint32_t j = 0; j < kind->n_ops; j++) {
            const struct su_op *op = &kind->ops[j];
            uint64_t params = op->params;
            if (op->kind == SU_OP_MOE)
                params = params / op->u.moe.n_experts * op->u.moe.top_k;
            active += kind->n_layers * params;
        }
    }
    return active;
}

static double kv_bytes_per_layer(const struct su_model *model, enum su_dtype kv_dtype)
{
    double values = model->attention == SU_ATTENTION_MLA
                        ? (double)model->kv_lora_rank + model->qk_rope_head_dim
                        : 2.0 * model->n_kv_heads * model->head_dim;
    return values * su_dtype_bits(kv_dtype) / 8.0;
}

double su_model_kv_bytes_per_token(const struct su_model *model, enum su_dtype kv_dtype)
{
    return model->n_layers * kv_bytes_per_layer(model, kv_dtype);
}

double su_model_kv_bytes(const struct su_model *model, enum su_dtype kv_dtype,
                         double context_tokens)
{
    double window_tokens = fmin(context_tokens, model->sliding_window);
    double layer_tokens = (model->n_layers - model->n_window_layers) * context_tokens +
                          model->n_window_layers * window_tokens;
    return layer_tokens * kv_bytes_per_layer(model, kv_dtype);
}

/* Norms, rotary and activation are left out: under 0.1 % of a layer, and bound by memory anyway. */
static double op_flop_per_token(const struct su_op *op, double context_tokens)
{
    switch (op->kind) {
    case SU_OP_GEMM:
        return 2.0 * op->u.gemm.n * op->u.gemm.k;
    case SU_OP_MOE:
        return 2.0 * 3.0 * op->u.moe.top_k * op->u.moe.hidden * op->u.moe.inter;
    case SU_OP_ATTENTION: {
        double keys = op->u.attention.window == 0 ? context_tokens
                                                  : fmin(context_tokens, op->u.attention.window);
        return 4.0 * op->u.attention.n_heads * op->u.attention.head_dim * keys;
    }
    case SU_OP_MLA: {
        double dims = (double)op->u.mla.nope_dim + op->u.mla.rope_dim + op->u.mla.v_dim;
        return 2.0 * op->u.mla.n_heads * dims * context_tokens;
    }
    case SU_OP_EMBEDDING:
    case SU_OP_ELEMENTWISE:
        break;
    }
    return 0;
}

double su_graph_flop_per_token(const struct su_graph *graph, double context_tokens)
{
    struct su_sum flop = {0};
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        const struct su_layer_kind *kind = &graph->kinds[i];
        for (uint32_t j = 0; j < kind->n_ops; j++)
            su_sum_add(&flop, kind->n_layers * op_flop_per_token(&kind->ops[j], context_tokens));
    }
    return su_sum_value(&flop);
}
