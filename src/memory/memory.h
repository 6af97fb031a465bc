/* Does it fit: weights, KV cache, activations and framework overhead against a card's memory. */
#ifndef SU_MEMORY_MEMORY_H
#define SU_MEMORY_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"

struct su_memory_request {
    const struct su_graph *graph;
    struct su_parallel par;
    enum su_dtype weight_dtype;
    enum su_dtype kv_dtype;
    uint64_t card_bytes;         /* what the driver reports: su_memory_visible_bytes */
    double utilization_frac;     /* vLLM's gpu_memory_utilization */
    uint32_t max_batched_tokens; /* tokens of the largest step: sets activations */
    uint32_t block_tokens;       /* KV block size, >= 1 */
    uint32_t max_sequences;      /* vLLM's max_num_seqs: sets the sampler's buffers; 0 = 256 */
    uint32_t n_draft_layers;     /* beside the model's own, for guessing tokens ahead */
};

/* Per card, of the fullest pipeline stage. All in bytes. */
struct su_memory {
    double weights_bytes;
    double weights_expert_bytes; /* part of weights_bytes that is routed experts */
    double activations_bytes;
    double overhead_bytes;       /* libraries, workspaces, collective buffers */
    double kv_available_bytes;   /* what is left for KV, 0 when it does not fit */
    double kv_bytes_per_token;   /* on this card: kv heads divided by tp (replicated beyond), layers
                                    by pp */
    uint64_t kv_capacity_tokens; /* whole blocks, one dp rank */
    double usable_bytes;         /* card_bytes * utilization_frac */
    bool fits;                   /* at least one block of KV remains */
};

/** What driver and engine see of a card whose chips hold chip_bytes (su_accel_mem_bytes): about 2 %
 * is held back. Source: docs/theory/memory.md#card. */
uint64_t su_memory_visible_bytes(uint64_t chip_bytes);

/** Cannot fail; an answer of "does not fit" is fits == false. */
struct su_memory su_memory_map(const struct su_memory_request *request);

/** Bytes of weights one card holds of the heaviest layer. */
double su_memory_layer_bytes(const struct su_graph *graph, struct su_parallel par,
                             enum su_dtype weight_dtype);

/** Bytes of weights one card of the fullest stage holds; expert part in *expert_bytes (may be
 * NULL). */
double su_memory_weights_bytes(const struct su_graph *graph, struct su_parallel par,
                               enum su_dtype weight_dtype, double *expert_bytes);

#endif
