/* Weights of one card: each operator's parameters over the ranks that share them, at the width they
 * are stored in, summed over the layers of the fullest pipeline stage. The rules are vLLM's:
 * docs/theory/memory.md#weights. Left out: padding of the vocabulary and of quantised blocks, and
 * the 16-bit copies of kv_b_proj that vLLM makes for absorbed MLA. */
#include <assert.h>
#include <math.h>

#include "memory/memory.h"

/* Kinds of layers in a stack: dense and experts, each with and without a window. */
#define STACK_KINDS_MAX 4

struct split {
    struct su_parallel par;
    uint32_t n_kv_heads;
    double linear_bytes; /* per quantised weight */
    double plain_bytes;  /* per weight that checkpoints leave in 16 bit */
};

/* Ranks that share the k and v columns: each card holds at least one KV head. */
static double kv_ranks(const struct split *split)
{
    return fmin(split->par.tp, split->n_kv_heads);
}

static double op_bytes(const struct su_op *op, const struct split *split)
{
    double tp = split->par.tp;
    double weight_bytes = op->quantised ? split->linear_bytes : split->plain_bytes;
    /* A tied lm_head owns no parameters but keeps its shape. */
    double bias = op->params == 0 ? 0 : (double)op->params_bias;
    double bytes = ((double)op->params - bias) * weight_bytes;
    double bias_bytes = bias * split->plain_bytes;
    /* A norm's vector is whole on every card even where its work is divided by heads. */
    if (op->kind == SU_OP_ELEMENTWISE)
        return bytes + bias_bytes;
    switch (op->shard) {
    case SU_SHARD_N: {
        /* Bias and weights of a column go together, so one share fits both. */
        double kv_frac = op->params == 0 ? 0 : (double)op->params_kv / (double)op->params;
        return (bytes + bias_bytes) * ((1.0 - kv_frac) / tp + kv_frac / kv_ranks(split));
    }
    case SU_SHARD_K:
        return bytes / tp + bias_bytes; /* the bias is added once, after the sum */
    case SU_SHARD_EXPERTS:
        return (bytes + bias_bytes) / (tp * split->par.dp);
    case SU_SHARD_NONE:
        break;
    }
    return bytes + bias_bytes;
}

struct layer_weights {
    double bytes;
    double expert_bytes;
    uint32_t n_layers;
};

static struct layer_weights kind_weights(const struct su_layer_kind *kind,
                                         const struct split *split)
{
    struct layer_weights w = {0, 0, kind->n_layers};
    for (uint32_t i = 0; i < kind->n_ops; i++) {
        double bytes = op_bytes(&kind->ops[i], split);
        w.bytes += bytes;
        if (kind->ops[i].kind == SU_OP_MOE)
            w.expert_bytes += bytes;
    }
    return w;
}

/* The graph does not say in which order the kinds stand, so the stage is given its share of the
 * heaviest: at most one layer too much for any published model. */
static void add_heaviest(struct layer_weights *kinds, uint32_t n_kinds, uint32_t n_layers,
                         double *bytes, double *expert_bytes)
{
    while (n_layers > 0) {
        struct layer_weights *heaviest = NULL;
        for (uint32_t i = 0; i < n_kinds; i++) {
            if (kinds[i].n_layers > 0 && (heaviest == NULL || kinds[i].bytes > heaviest->bytes))
                heaviest = &kinds[i];
        }
        if (heaviest == NULL)
            return;
        uint32_t taken = heaviest->n_layers < n_layers ? heaviest->n_layers : n_layers;
        *bytes += taken * heaviest->bytes;
        *expert_bytes += taken * heaviest->expert_bytes;
        heaviest->n_layers -= taken;
        n_layers -= taken;
    }
}

static struct split split_of(const struct su_graph *graph, struct su_parallel par,
                             enum su_dtype weight_dtype)
{
    return (struct split){
        .par = par,
        .n_kv_heads = graph->model->n_kv_heads,
        .linear_bytes = su_dtype_weight_bytes(weight_dtype),
        .plain_bytes = weight_dtype == SU_DTYPE_fp32 ? 4.0 : 2.0,
    };
}

double su_memory_layer_bytes(const struct su_graph *graph, struct su_parallel par,
                             enum su_dtype weight_dtype)
{
    struct split split = split_of(graph, par, weight_dtype);
    double heaviest = 0;
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        if (graph->kinds[i].in_stack)
            heaviest = fmax(heaviest, kind_weights(&graph->kinds[i], &split).bytes);
    }
    return heaviest;
}

double su_memory_weights_bytes(const struct su_graph *graph, struct su_parallel par,
                               enum su_dtype weight_dtype, double *expert_bytes)
{
    const struct su_model *model = graph->model;
    struct split split = split_of(graph, par, weight_dtype);
    struct layer_weights stack[STACK_KINDS_MAX];
    uint32_t n_stack = 0;
    double ends_sum = 0; /* embedding and head: together on one stage, else on two */
    double ends_max = 0;
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        struct layer_weights w = kind_weights(&graph->kinds[i], &split);
        if (graph->kinds[i].in_stack) {
            assert(n_stack < STACK_KINDS_MAX);
            stack[n_stack++] = w;
        } else {
            ends_sum += w.bytes;
            ends_max = fmax(ends_max, w.bytes);
        }
    }
    double bytes = par.pp == 1 ? ends_sum : ends_max;
    double experts = 0;
    uint32_t stage_layers = (model->n_layers + par.pp - 1) / par.pp;
    add_heaviest(stack, n_stack, stage_layers, &bytes, &experts);
    if (expert_bytes != NULL)
        *expert_bytes = experts;
    return bytes;
}
