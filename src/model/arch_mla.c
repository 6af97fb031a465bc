/* DeepSeek-V2 and V3 (and R1): multi-head latent attention, the first layers dense, then experts
 * with shared ones. The KV cache holds one latent vector and one rotary key for all heads.
 * Multi-token prediction layers are read but not counted: serving without speculation does not
 * load them. Source: modeling_deepseek.py of deepseek-ai/DeepSeek-V2 and DeepSeek-V3;
 * arXiv:2405.04434 section 2.1, arXiv:2412.19437 section 2.1. */
#include <string.h>

#include "model/arch_table.h"

static enum su_status read_latent(const struct su_doc *doc, struct su_model *model,
                                  struct su_err *err)
{
    model->attention = SU_ATTENTION_MLA;
    SU_TRY(su_config_u32(doc, "q_lora_rank", SU_DOC_OPTIONAL, 1, SU_LORA_RANK_MAX,
                         &model->q_lora_rank, err));
    SU_TRY(su_config_u32(doc, "kv_lora_rank", SU_DOC_REQUIRED, 1, SU_LORA_RANK_MAX,
                         &model->kv_lora_rank, err));
    SU_TRY(su_config_u32(doc, "qk_nope_head_dim", SU_DOC_REQUIRED, 1, SU_HEAD_DIM_MAX,
                         &model->qk_nope_head_dim, err));
    SU_TRY(su_config_u32(doc, "qk_rope_head_dim", SU_DOC_REQUIRED, 1, SU_HEAD_DIM_MAX,
                         &model->qk_rope_head_dim, err));
    SU_TRY(su_config_u32(doc, "v_head_dim", SU_DOC_REQUIRED, 1, SU_HEAD_DIM_MAX, &model->v_head_dim,
                         err));
    model->n_kv_heads = model->n_heads;
    model->head_dim = model->qk_nope_head_dim + model->qk_rope_head_dim;
    bool bias = false;
    SU_TRY(su_doc_bool(doc, "attention_bias", SU_DOC_OPTIONAL, &bias, err));
    model->qkv_bias = bias;
    model->o_bias = bias;
    return SU_OK;
}

static enum su_status read_experts(const struct su_doc *doc, struct su_model *model,
                                   struct su_err *err)
{
    SU_TRY(su_config_u32(doc, "num_experts_per_tok", SU_DOC_REQUIRED, 1, model->n_experts,
                         &model->n_experts_per_token, err));
    SU_TRY(su_config_u32(doc, "moe_intermediate_size", SU_DOC_REQUIRED, 1, SU_WIDTH_MAX,
                         &model->moe_intermediate_size, err));
    SU_TRY(su_config_u32(doc, "n_shared_experts", SU_DOC_OPTIONAL, 0, SU_SHARED_EXPERTS_MAX,
                         &model->n_shared_experts, err));
    model->shared_intermediate_size = model->n_shared_experts * model->moe_intermediate_size;
    const char *topk_method = "";
    SU_TRY(su_doc_str(doc, "topk_method", SU_DOC_OPTIONAL, &topk_method, err));
    model->router_bias = strcmp(topk_method, "noaux_tc") == 0;
    uint32_t first = 0;
    uint32_t freq = 1;
    SU_TRY(su_config_u32(doc, "first_k_dense_replace", SU_DOC_OPTIONAL, 0, SU_LAYERS_MAX, &first,
                         err));
    SU_TRY(su_config_u32(doc, "moe_layer_freq", SU_DOC_OPTIONAL, 1, SU_LAYERS_MAX, &freq, err));
    for (uint32_t i = first; i < model->n_layers; i++)
        model->n_moe_layers += i % freq == 0;
    return SU_OK;
}

enum su_status su_arch_read_deepseek(const struct su_doc *doc, struct su_model *model,
                                     struct su_err *err)
{
    SU_TRY(read_latent(doc, model, err));
    SU_TRY(su_config_u32(doc, "num_nextn_predict_layers", SU_DOC_OPTIONAL, 0, SU_LAYERS_MAX,
                         &model->n_mtp_layers, err));
    SU_TRY(su_config_u32(doc, "n_routed_experts", SU_DOC_OPTIONAL, 1, SU_EXPERTS_MAX,
                         &model->n_experts, err));
    return model->n_experts == 0 ? SU_OK : read_experts(doc, model, err);
}
