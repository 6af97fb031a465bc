/* Private to model: limits of a config.json and the readers that architectures share. */
#ifndef SU_MODEL_HF_CONFIG_H
#define SU_MODEL_HF_CONFIG_H

#include "base/doc.h"
#include "model/model.h"

/* Each is several times the largest published model, and small enough that the product of any of
 * them stays inside 64 bits (and a GEMM's n and k inside 32). */
#define SU_HIDDEN_MAX 262144
#define SU_LAYERS_MAX 1024
#define SU_HEADS_MAX 1024
#define SU_HEAD_DIM_MAX 8192
#define SU_VOCAB_MAX 4194304
#define SU_POSITION_MAX 1073741824
#define SU_WIDTH_MAX 1048576
#define SU_EXPERTS_MAX 4096
#define SU_SHARED_EXPERTS_MAX 64
#define SU_LORA_RANK_MAX 65536

/* A row of arch_table.h: reads what its family has beyond su_config_read_common. */
typedef enum su_status su_arch_read_fn(const struct su_doc *doc, struct su_model *model,
                                       struct su_err *err);

/** Integer member into a uint32_t; an absent optional one leaves *out alone. max <= UINT32_MAX. */
SU_MUST_CHECK enum su_status su_config_u32(const struct su_doc *doc, const char *key,
                                           enum su_doc_need need, uint32_t min, uint32_t max,
                                           uint32_t *out, struct su_err *err);

/** hidden_size, layers, vocabulary, positions, heads, tied embeddings: what every family has. */
SU_MUST_CHECK enum su_status su_config_read_common(const struct su_doc *doc, struct su_model *model,
                                                   struct su_err *err);

/** num_key_value_heads and head_dim of grouped-query attention. */
SU_MUST_CHECK enum su_status su_config_read_gqa(const struct su_doc *doc, struct su_model *model,
                                                struct su_err *err);

/** Qwen's window: only with use_sliding_window, on layers from max_window_layers on. */
SU_MUST_CHECK enum su_status su_config_read_qwen_window(const struct su_doc *doc,
                                                        struct su_model *model, struct su_err *err);

/** Mistral's window: on every layer when sliding_window is not null. */
SU_MUST_CHECK enum su_status
su_config_read_mistral_window(const struct su_doc *doc, struct su_model *model, struct su_err *err);

/** quantization_config, torch_dtype: what the published weights are stored in (quant.c). */
SU_MUST_CHECK enum su_status su_config_read_storage(const struct su_doc *doc,
                                                    struct su_model *model, struct su_err *err);

#endif
