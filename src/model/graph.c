/* Sizes to operators. One list per kind of layer, in the order the layer runs them, with vLLM's
 * fusions: q, k and v are one GEMM, gate and up are one GEMM, a residual add is part of the norm
 * that follows it, the activation between the experts' matrices is inside the experts' operator.
 * Left out: dropout (serving has none), the rotary table, multi-token prediction layers. */
#include <assert.h>
#include <string.h>

#include "model/model.h"

/* No layer below needs more; a new family that does fails the assert in its first test. */
#define LAYER_OPS_MAX 20

struct op_list {
    struct su_op *ops;
    uint32_t n;
};

static struct su_op *add_op(struct op_list *list, enum su_op_kind kind, const char *name)
{
    assert(list->n < LAYER_OPS_MAX);
    struct su_op *op = &list->ops[list->n++];
    op->kind = kind;
    op->name = name;
    op->rows = SU_ROWS_TOKENS;
    op->shard = SU_SHARD_NONE;
    return op;
}

/* A linear projection of n outputs from k inputs. */
static struct su_op *add_linear(struct op_list *list, const char *name, enum su_shard shard,
                                uint32_t n, uint32_t k, bool bias)
{
    struct su_op *op = add_op(list, SU_OP_GEMM, name);
    op->shard = shard;
    op->quantised = true;
    op->params_bias = bias ? n : 0;
    op->params = (uint64_t)n * k + op->params_bias;
    op->u.gemm.n = n;
    op->u.gemm.k = k;
    return op;
}

static struct su_op *add_elementwise(struct op_list *list, const char *name, uint32_t width,
                                     uint32_t reads, uint32_t writes)
{
    struct su_op *op = add_op(list, SU_OP_ELEMENTWISE, name);
    op->u.elementwise.width = width;
    op->u.elementwise.reads = reads;
    op->u.elementwise.writes = writes;
    return op;
}

/* RMSNorm over the hidden state with the residual add before it: reads and writes both. */
static void add_norm(struct op_list *list, const char *name, uint32_t hidden)
{
    struct su_op *op = add_elementwise(list, name, hidden, 2, 2);
    op->params = hidden;
    op->params_bias = hidden;
}

static void add_gqa(struct op_list *list, const struct su_model *m, uint32_t window)
{
    uint32_t q_width = m->n_heads * m->head_dim;
    uint32_t kv_width = 2 * m->n_kv_heads * m->head_dim;
    uint32_t qk_width = q_width + kv_width / 2;
    struct su_op *op =
        add_linear(list, "qkv_proj", SU_SHARD_N, q_width + kv_width, m->hidden_size, m->qkv_bias);
    op->params_kv = (uint64_t)kv_width * m->hidden_size + (m->qkv_bias ? kv_width : 0);
    if (m->qk_norm) {
        op = add_elementwise(list, "qk_norm", qk_width, 1, 1);
        op->shard = SU_SHARD_N;
        op->params = 2 * m->head_dim; /* one weight vector for all heads of q, one for k */
        op->params_bias = op->params;
    }
    add_elementwise(list, "rope", qk_width, 1, 1)->shard = SU_SHARD_N;
    op = add_op(list, SU_OP_ATTENTION, "attention");
    op->shard = SU_SHARD_N;
    op->u.attention.n_heads = m->n_heads;
    op->u.attention.n_kv_heads = m->n_kv_heads;
    op->u.attention.head_dim = m->head_dim;
    op->u.attention.window = window;
    add_linear(list, "o_proj", SU_SHARD_K, m->hidden_size, q_width, m->o_bias);
}

/* The latent is the same for all heads, so what makes it is whole on every card. Where q has a
 * latent too, both come from one GEMM. */
static void add_mla(struct op_list *list, const struct su_model *m)
{
    uint32_t qk_dim = m->qk_nope_head_dim + m->qk_rope_head_dim;
    uint32_t kv_a_width = m->kv_lora_rank + m->qk_rope_head_dim;
    struct su_op *op = NULL;
    if (m->q_lora_rank > 0) {
        add_linear(list, "qkv_a_proj", SU_SHARD_NONE, m->q_lora_rank + kv_a_width, m->hidden_size,
                   m->qkv_bias);
    } else {
        add_linear(list, "q_proj", SU_SHARD_N, m->n_heads * qk_dim, m->hidden_size, false);
        add_linear(list, "kv_a_proj", SU_SHARD_NONE, kv_a_width, m->hidden_size, m->qkv_bias);
    }
    op = add_elementwise(list, "qkv_a_norm", m->q_lora_rank + m->kv_lora_rank, 1, 1);
    op->params = (uint64_t)m->q_lora_rank + m->kv_lora_rank;
    op->params_bias = op->params;
    if (m->q_lora_rank > 0)
        add_linear(list, "q_b_proj", SU_SHARD_N, m->n_heads * qk_dim, m->q_lora_rank, false);
    add_linear(list, "kv_b_proj", SU_SHARD_N, m->n_heads * (m->qk_nope_head_dim + m->v_head_dim),
               m->kv_lora_rank, false);
    add_elementwise(list, "rope", (m->n_heads + 1) * m->qk_rope_head_dim, 1, 1)->shard = SU_SHARD_N;
    op = add_op(list, SU_OP_MLA, "mla");
    op->shard = SU_SHARD_N;
    op->u.mla.n_heads = m->n_heads;
    op->u.mla.kv_lora_rank = m->kv_lora_rank;
    op->u.mla.rope_dim = m->qk_rope_head_dim;
    op->u.mla.nope_dim = m->qk_nope_head_dim;
    op->u.mla.v_dim = m->v_head_dim;
    add_linear(list, "o_proj", SU_SHARD_K, m->hidden_size, m->n_heads * m->v_head_dim, m->o_bias);
}

static void add_mlp(struct op_list *list, const struct su_model *m)
{
    uint32_t inter = m->intermediate_size;
    add_linear(list, "gate_up_proj", SU_SHARD_N, 2 * inter, m->hidden_size, m->mlp_bias);
    add_elementwise(list, "act", inter, 2, 1)->shard = SU_SHARD_N;
    add_linear(list, "down_proj", SU_SHARD_K, m->hidden_size, inter, m->mlp_bias);
}

static void add_experts(struct op_list *list, const struct su_model *m)
{
    struct su_op *op =
        add_linear(list, "router", SU_SHARD_NONE, m->n_experts, m->hidden_size, m->router_bias);
    op->quantised = false;
    op = add_op(list, SU_OP_MOE, "experts");
    op->shard = SU_SHARD_EXPERTS;
    op->quantised = true;
    op->params = 3ULL * m->n_experts * m->hidden_size * m->moe_intermediate_size;
    op->u.moe.n_experts = m->n_experts;
    op->u.moe.top_k = m->n_experts_per_token;
    op->u.moe.hidden = m->hidden_size;
    op->u.moe.inter = m->moe_intermediate_size;
    uint32_t shared = m->shared_intermediate_size;
    if (shared == 0)
        return;
    if (m->shared_expert_gate)
        add_linear(list, "shared_gate", SU_SHARD_NONE, 1, m->hidden_size, false)->quantised = false;
    add_linear(list, "shared_gate_up", SU_SHARD_N, 2 * shared, m->hidden_size, false);
    add_elementwise(list, "shared_act", shared, 2, 1)->shard = SU_SHARD_N;
    add_linear(list, "shared_down", SU_SHARD_K, m->hidden_size, shared, false);
}

static void add_embedding(struct op_list *list, const struct su_model *m)
{
    struct su_op *op = add_op(list, SU_OP_EMBEDDING, "embedding");
    op->shard = SU_SHARD_N;
    op->params = (uint64_t)m->vocab_size * m->hidden_size;
    op->u.elementwise.width = m->hidden_size;
    op->u.elementwise.reads = 1;
    op->u.elementwise.writes = 1;
}

static void add_head(struct op_list *list, const struct su_model *m)
{
    add_norm(list, "final_norm", m->hidden_size);
    struct su_op *op =
        add_linear(list, "lm_head", SU_SHARD_N, m->vocab_size, m->hidden_size, false);
    op->rows = SU_ROWS_SEQUENCES;
    op->quantised = false;
    if (m->tied_embeddings)
        op->params = 0; /* the embedding owns them */
}

static void add_layer(struct op_list *list, const struct su_model *m, bool moe, uint32_t window)
{
    add_norm(list, "attn_norm", m->hidden_size);
    if (m->attention == SU_ATTENTION_MLA)
        add_mla(list, m);
    else
        add_gqa(list, m, window);
    add_norm(list, "mlp_norm", m->hidden_size);
    if (moe)
        add_experts(list, m);
    else
        add_mlp(list, m);
}

/* Takes the list built so far as the next kind and hands out an empty one. */
static struct op_list add_kind(struct su_arena *arena, struct su_layer_kind *kinds,
                               uint32_t *n_kinds, struct op_list list, const char *name,
                               uint32_t n_layers, bool in_stack)
{
    struct su_layer_kind *kind = &kinds[(*n_kinds)++];
    kind->name = name;
    kind->n_layers = n_layers;
    kind->in_stack = in_stack;
    kind->ops = list.ops;
    kind->n_ops = list.n;
    return (struct op_list){SU_NEW_ARRAY(arena, LAYER_OPS_MAX, struct su_op), 0};
}

const struct su_graph *su_graph_build(struct su_arena *arena, const struct su_model *model)
{
    const struct su_model *m = model;
    assert(m->n_window_layers <= m->n_layers && m->n_moe_layers <= m->n_layers);
    assert(m->n_moe_window_layers <= m->n_moe_layers &&
           m->n_moe_window_layers <= m->n_window_layers);
    uint32_t n_dense_window = m->n_window_layers - m->n_moe_window_layers;
    const struct {
        const char *name;
        uint32_t n_layers;
        bool moe;
        uint32_t window;
    } stack[] = {
        {"dense", m->n_layers - m->n_moe_layers - n_dense_window, false, 0},
        {"dense_window", n_dense_window, false, m->sliding_window},
        {"moe", m->n_moe_layers - m->n_moe_window_layers, true, 0},
        {"moe_window", m->n_moe_window_layers, true, m->sliding_window},
    };
    struct su_layer_kind *kinds = SU_NEW_ARRAY(arena, 6, struct su_layer_kind);
    uint32_t n_kinds = 0;
    struct op_list list = {SU_NEW_ARRAY(arena, LAYER_OPS_MAX, struct su_op), 0};
    add_embedding(&list, m);
    list = add_kind(arena, kinds, &n_kinds, list, "embedding", 1, false);
    for (size_t i = 0; i < sizeof(stack) / sizeof(stack[0]); i++) {
        if (stack[i].n_layers == 0)
            continue;
        add_layer(&list, m, stack[i].moe, stack[i].window);
        list = add_kind(arena, kinds, &n_kinds, list, stack[i].name, stack[i].n_layers, true);
    }
    add_head(&list, m);
    (void)add_kind(arena, kinds, &n_kinds, list, "head", 1, false);

    struct su_graph *graph = SU_NEW(arena, struct su_graph);
    graph->model = model;
    graph->kinds = kinds;
    graph->n_kinds = n_kinds;
    return graph;
}
