/* The memory of one card as vLLM's start-up divides it: of card * utilization, weights come first,
 * then the peak of a profile run (the largest step, then the sampler), then what the libraries
 * took; the rest is KV cache. CUDA graphs and the driver's context are not part of it: vLLM leaves
 * them the share above utilization. Formulas, sources and the measured check:
 * docs/theory/memory.md. */
#include "memory/memory.h"

#include <assert.h>
#include <math.h>

#include "base/units.h"

/* Driver and firmware hold back 0.5..2 % of a card (docs/theory/memory.md#card). */
#define CARD_VISIBLE_FRAC 0.98

/* Loaded kernels, cuBLAS and attention workspaces, allocator rounding. Rounded to half a GiB from
 * one measured start (docs/theory/memory.md#overhead); a plausible range is 0.3..1.0 GiB. */
#define OVERHEAD_CARD_BYTES (0.5 * SU_GIB)
/* More than one card: NCCL channels, custom all-reduce and all-to-all buffers. An estimate. */
#define OVERHEAD_GROUP_BYTES (0.5 * SU_GIB)

/* Sampling makes, per sequence and vocabulary entry: bf16 logits (2), their float32 copy (4),
 * sorted values (4) and int64 indices (8), probabilities (4), a mask and rounding (2). */
#define SAMPLER_BYTES_PER_LOGIT 24.0
/* vLLM's default max_num_seqs. */
#define SEQUENCES_DEFAULT 256

/* vLLM runs fused experts in chunks of at most this many tokens (VLLM_FUSED_MOE_CHUNK_SIZE). */
#define MOE_CHUNK_TOKENS 16384.0

/* Activations are 16-bit whatever the weights are. */
#define VALUE_BYTES 2.0

uint64_t su_memory_visible_bytes(uint64_t chip_bytes)
{
    return (uint64_t)((double)chip_bytes * CARD_VISIBLE_FRAC);
}

/* Bytes alive beside the residual stream while an operator runs on n tokens. */
static double op_live_bytes(const struct su_op *op, struct su_parallel par, double n_tokens)
{
    double tp = op->shard == SU_SHARD_N ? par.tp : 1;
    switch (op->kind) {
    case SU_OP_GEMM:
        return op->rows == SU_ROWS_TOKENS ? n_tokens * op->u.gemm.n / tp * VALUE_BYTES : 0;
    case SU_OP_ELEMENTWISE:
        /* Norms work in place; what is divided by heads or width has inputs and outputs. */
        if (op->shard != SU_SHARD_N)
            return 0;
        return n_tokens * op->u.elementwise.width *
               (op->u.elementwise.reads + op->u.elementwise.writes) / tp * VALUE_BYTES;
    case SU_OP_ATTENTION: {
        double width = 2.0 * op->u.attention.n_heads + 2.0 * op->u.attention.n_kv_heads;
        return n_tokens * width * op->u.attention.head_dim / tp * VALUE_BYTES;
    }
    case SU_OP_MLA: {
        /* Prefill: q, k and k's and v's source of every head, and the output. */
        double qk_dim = (double)op->u.mla.nope_dim + op->u.mla.rope_dim;
        double kv_dim = (double)op->u.mla.nope_dim + op->u.mla.v_dim;
        double width = op->u.mla.n_heads * (2.0 * qk_dim + kv_dim + op->u.mla.v_dim);
        return n_tokens * width / tp * VALUE_BYTES;
    }
    case SU_OP_MOE: {
        /* Without an all-to-all each rank sees the tokens of all dp ranks. */
        double rows = fmin(n_tokens * par.dp, MOE_CHUNK_TOKENS) * op->u.moe.top_k;
        double inter = (double)op->u.moe.inter * par.ep / ((double)par.tp * par.dp);
        return rows * (op->u.moe.hidden + 2.0 * inter) * VALUE_BYTES;
    }
    case SU_OP_EMBEDDING:
        break;
    }
    return 0;
}

static double activations_bytes(const struct su_memory_request *request)
{
    const struct su_model *model = request->graph->model;
    double n_tokens = request->max_batched_tokens;
    double widest = 0;
    for (uint32_t i = 0; i < request->graph->n_kinds; i++) {
        const struct su_layer_kind *kind = &request->graph->kinds[i];
        for (uint32_t j = 0; j < kind->n_ops; j++)
            widest = fmax(widest, op_live_bytes(&kind->ops[j], request->par, n_tokens));
    }
    double stream = n_tokens * model->hidden_size * VALUE_BYTES;
    double forward = 2.0 * stream + widest;
    double n_sequences = request->max_sequences == 0 ? SEQUENCES_DEFAULT : request->max_sequences;
    n_sequences = fmin(n_sequences, n_tokens);
    /* Logits are gathered, so every rank samples over the whole vocabulary. */
    double sampler = stream + n_sequences * model->vocab_size * SAMPLER_BYTES_PER_LOGIT;
    return fmax(forward, sampler);
}

static double overhead_bytes(struct su_parallel par)
{
    bool group = par.tp > 1 || par.pp > 1 || par.dp > 1;
    return OVERHEAD_CARD_BYTES + (group ? OVERHEAD_GROUP_BYTES : 0);
}

/* Latent attention caches one vector for all heads, so tensor parallelism does not divide it. */
static double kv_bytes_per_token_on_card(const struct su_memory_request *request)
{
    const struct su_model *model = request->graph->model;
    double all = su_model_kv_bytes_per_token(model, request->kv_dtype);
    uint32_t stage_layers = (model->n_layers + request->par.pp - 1) / request->par.pp;
    double share = (double)(stage_layers + request->n_draft_layers) / model->n_layers;
    if (model->attention == SU_ATTENTION_GQA)
        share /= fmin(request->par.tp, model->n_kv_heads);
    return all * share;
}

struct su_memory su_memory_map(const struct su_memory_request *request)
{
    assert(request->block_tokens > 0);
    struct su_memory map = {0};
    map.weights_bytes = su_memory_weights_bytes(request->graph, request->par, request->weight_dtype,
                                                &map.weights_expert_bytes);
    if (request->n_draft_layers > 0)
        map.weights_bytes +=
            request->n_draft_layers *
            su_memory_layer_bytes(request->graph, request->par, request->weight_dtype);
    map.activations_bytes = activations_bytes(request);
    map.overhead_bytes = overhead_bytes(request->par);
    map.usable_bytes = (double)request->card_bytes * request->utilization_frac;
    map.kv_bytes_per_token = kv_bytes_per_token_on_card(request);
    double left = map.usable_bytes - map.weights_bytes - map.activations_bytes - map.overhead_bytes;
    double block_bytes = map.kv_bytes_per_token * request->block_tokens;
    double n_blocks = left > 0 ? floor(left / block_bytes) : 0;
    map.fits = n_blocks >= 1;
    map.kv_available_bytes = map.fits ? left : 0;
    map.kv_capacity_tokens = (uint64_t)n_blocks * request->block_tokens;
    return map;
}
