/* A model as Hugging Face's config.json describes it, and its operator graph.
 * Parameters are the sum over the graph's operators, so one truth serves counting, memory and time.
 */
#ifndef SU_MODEL_MODEL_H
#define SU_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/doc.h"
#include "base/err.h"
#include "model/dtype.h"

enum su_attention_kind { SU_ATTENTION_GQA, SU_ATTENTION_MLA };

/* Sizes from config.json; counts are per layer where a layer has them. */
struct su_model {
    const char *name;         /* preset name, or the folder or file it came from */
    const char *hf_id;        /* of a preset; else the same as name */
    const char *architecture; /* "LlamaForCausalLM" */
    uint32_t n_layers;
    uint32_t hidden_size;
    uint32_t vocab_size;
    uint32_t max_position;
    uint32_t intermediate_size; /* dense MLP width */
    bool tied_embeddings;
    bool mlp_bias;

    enum su_attention_kind attention;
    uint32_t n_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    bool qkv_bias;
    bool o_bias;
    bool qk_norm;             /* RMSNorm over head_dim on q and k (Qwen3) */
    uint32_t sliding_window;  /* tokens, 0 = full attention */
    uint32_t n_window_layers; /* layers that use the window */

    uint32_t q_lora_rank; /* MLA; 0 = q is projected directly */
    uint32_t kv_lora_rank;
    uint32_t qk_nope_head_dim;
    uint32_t qk_rope_head_dim;
    uint32_t v_head_dim;

    uint32_t n_experts; /* routed; 0 = dense model */
    uint32_t n_experts_per_token;
    uint32_t n_shared_experts;
    uint32_t moe_intermediate_size;
    uint32_t shared_intermediate_size; /* width of all shared experts together */
    bool shared_expert_gate;
    bool router_bias; /* e_score_correction_bias (DeepSeek-V3) */
    uint32_t n_moe_layers;
    uint32_t n_moe_window_layers; /* layers that have experts and use the window */

    enum su_dtype checkpoint_dtype; /* what the published weights are stored in */
    const char *quant_method;       /* "fp8", "awq", "gptq" …; NULL when not quantised */
    uint32_t n_mtp_layers;          /* multi-token prediction layers, not counted */
};

/** Reads config.json's document; n_layers etc. are checked against stated limits, an unknown
 * architecture names the supported ones. Keys that do not matter for cost are ignored. */
SU_MUST_CHECK enum su_status su_model_from_config(struct su_arena *arena, const struct su_doc *doc,
                                                  const char *name, struct su_model *model,
                                                  struct su_err *err);

/** spec: an embedded preset ("qwen3-32b"), a config.json, or a folder with one. A word that is
 * neither is refused with the nearest preset. */
SU_MUST_CHECK enum su_status su_model_load(struct su_arena *arena, const char *spec,
                                           struct su_model *model, struct su_err *err);

/* Embedded presets, sorted by name (made by tools/embed from data/models). */
struct su_model_preset {
    const char *name;
    const char *hf_id; /* as the hub and engines name it: "Qwen/Qwen3-32B" */
    const char *config_json;
    const char *origin; /* "verbatim" or "assembled", and from where */
};
extern const struct su_model_preset su_model_presets[];
extern const size_t su_model_n_presets;
/** "Qwen/Qwen3-32B", "Qwen3-32B" and "qwen3-32b" all name the preset qwen3-32b; NULL if none. */
const struct su_model_preset *su_model_find_preset(const char *spec);

/* ---- how a deployment cuts it ---- */

/* tp*dp cards of one pipeline stage; ep divides tp*dp (vLLM: the expert group is tp*dp). */
struct su_parallel {
    uint32_t tp;
    uint32_t pp;
    uint32_t dp;
    uint32_t ep;
};

/** Checks that the model can be cut so: heads, width and experts divide, ep divides tp*dp, pp is at
 * most the layers. SU_ERR_INPUT names the flag and the allowed values. */
SU_MUST_CHECK enum su_status su_parallel_check(const struct su_model *model, struct su_parallel par,
                                               struct su_err *err);

/* ---- operator graph ---- */

enum su_op_kind {
    SU_OP_EMBEDDING,   /* table look-up; u.elementwise holds its row: hidden read and written */
    SU_OP_GEMM,        /* [rows, k] x [k, n] */
    SU_OP_ATTENTION,   /* GQA/MQA/MHA core over the KV cache */
    SU_OP_MLA,         /* latent attention core (absorbed in decode) */
    SU_OP_MOE,         /* routed experts, three matrices each */
    SU_OP_ELEMENTWISE, /* norms, rotary, activation: memory-bound */
};

/* How many rows an operator sees in a step. */
enum su_op_rows {
    SU_ROWS_TOKENS,    /* every token of the step */
    SU_ROWS_SEQUENCES, /* one per sequence that emits a token (lm_head) */
};

/* How tensor parallelism cuts it. A SU_SHARD_K GEMM is followed by an all-reduce of its output. */
enum su_shard {
    SU_SHARD_NONE,    /* whole on every card */
    SU_SHARD_N,       /* output columns divided by tp (heads, intermediate, vocabulary) */
    SU_SHARD_K,       /* input rows divided by tp */
    SU_SHARD_EXPERTS, /* over tp*dp cards: ep by expert, the rest by width */
};

struct su_op {
    enum su_op_kind kind;
    const char *name; /* "qkv_proj", "attention" …; stable, shown in breakdowns */
    enum su_op_rows rows;
    enum su_shard shard;
    bool quantised;       /* its weights take the deployment's weight dtype, else bf16 */
    uint64_t params;      /* all parameters it owns (weights, biases, norms), whole model layer */
    uint64_t params_bias; /* of those, the ones kept in 16 bit: biases and norms */
    uint64_t params_kv;   /* of those, the ones replicated when tp > n_kv_heads (k and v columns) */
    union {
        struct {
            uint32_t n;
            uint32_t k;
        } gemm;
        struct {
            uint32_t n_heads;
            uint32_t n_kv_heads;
            uint32_t head_dim;
            uint32_t window; /* 0 = full */
        } attention;
        struct {
            uint32_t n_heads;
            uint32_t kv_lora_rank;
            uint32_t rope_dim;
            uint32_t nope_dim;
            uint32_t v_dim;
        } mla;
        struct {
            uint32_t n_experts;
            uint32_t top_k;
            uint32_t hidden;
            uint32_t inter;
        } moe;
        struct {
            uint32_t
                width; /* values read and written per row: bytes = rows*width*(reads+writes)*2 */
            uint32_t reads;
            uint32_t writes;
        } elementwise;
    } u;
};

/* n_layers identical layers, or (n_layers 1) the parts before and after the stack. */
struct su_layer_kind {
    const char *name; /* "embedding", "dense", "moe", "head" */
    uint32_t n_layers;
    bool in_stack; /* a transformer layer: pipeline parallelism divides these */
    const struct su_op *ops;
    uint32_t n_ops;
};

struct su_graph {
    const struct su_model *model;
    const struct su_layer_kind *kinds;
    uint32_t n_kinds;
};

/** Builds the graph of a checked model. Cannot fail. */
const struct su_graph *su_graph_build(struct su_arena *arena, const struct su_model *model);

/** All parameters, tied embeddings counted once, MTP layers left out. */
uint64_t su_graph_params_total(const struct su_graph *graph);
/** Parameters a token passes through: experts_per_token of n_experts; all else in full. */
uint64_t su_graph_params_active(const struct su_graph *graph);

/** Bytes of KV cache one token adds over all layers, for the whole model (not per card). GQA:
 * 2*n_kv_heads*head_dim per layer; MLA: kv_lora_rank + rope dim per layer. Window layers count in
 * full: the window bounds the sum, not the rate (su_model_kv_bytes). */
double su_model_kv_bytes_per_token(const struct su_model *model, enum su_dtype kv_dtype);
/** Bytes of KV cache a sequence of context_tokens holds (window layers stop growing). */
double su_model_kv_bytes(const struct su_model *model, enum su_dtype kv_dtype,
                         double context_tokens);

/** FLOP of one token at the given context (attention over context_tokens keys), forward. */
double su_graph_flop_per_token(const struct su_graph *graph, double context_tokens);

#endif
