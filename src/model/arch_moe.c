/* Mixture of experts on grouped-query attention: Mixtral, Qwen2-MoE, Qwen3-MoE. Each routed expert
 * is a gated MLP of three matrices; Qwen2-MoE adds one shared expert behind a sigmoid gate.
 * Source: modeling_mixtral.py, modeling_qwen2_moe.py, modeling_qwen3_moe.py of
 * huggingface/transformers. */
#include "model/arch_table.h"

static enum su_status read_experts(const struct su_doc *doc, const char *key_n_experts,
                                   struct su_model *model, struct su_err *err)
{
    SU_TRY(su_config_u32(doc, key_n_experts, SU_DOC_REQUIRED, 1, SU_EXPERTS_MAX, &model->n_experts,
                         err));
    return su_config_u32(doc, "num_experts_per_tok", SU_DOC_REQUIRED, 1, model->n_experts,
                         &model->n_experts_per_token, err);
}

enum su_status su_arch_read_mixtral(const struct su_doc *doc, struct su_model *model,
                                    struct su_err *err)
{
    SU_TRY(su_config_read_gqa(doc, model, err));
    SU_TRY(read_experts(doc, "num_local_experts", model, err));
    model->moe_intermediate_size = model->intermediate_size;
    model->n_moe_layers = model->n_layers;
    SU_TRY(su_config_read_mistral_window(doc, model, err));
    model->n_moe_window_layers = model->n_window_layers;
    return SU_OK;
}

/* mlp_only_layers: marks dense[i] for each layer index in the list. */
static enum su_status read_mlp_only_layers(const struct su_doc *doc, uint32_t n_layers,
                                           bool dense[SU_LAYERS_MAX], struct su_err *err)
{
    const struct su_doc *list = su_doc_get(doc, "mlp_only_layers");
    if (list == NULL || list->kind == SU_DOC_NULL)
        return SU_OK;
    if (list->kind != SU_DOC_ARR)
        return SU_DOC_FAIL(err, list, "is %s, expected a list", su_doc_kind_name(list->kind));
    for (size_t i = 0; i < list->u.arr.n; i++) {
        const struct su_doc *item = list->u.arr.items[i];
        if (item->kind != SU_DOC_INT)
            return SU_DOC_FAIL(err, item, "is %s, expected an integer 0..%u",
                               su_doc_kind_name(item->kind), n_layers - 1);
        if (item->u.integer < 0 || item->u.integer >= n_layers)
            return SU_DOC_FAIL(err, item, "is %lld, expected 0..%u", (long long)item->u.integer,
                               n_layers - 1);
        dense[item->u.integer] = true;
    }
    return SU_OK;
}

/* A layer has experts unless mlp_only_layers names it or decoder_sparse_step skips it. */
static enum su_status read_qwen_layers(const struct su_doc *doc, struct su_model *model,
                                       struct su_err *err)
{
    uint32_t step = 1;
    SU_TRY(
        su_config_u32(doc, "decoder_sparse_step", SU_DOC_OPTIONAL, 1, SU_LAYERS_MAX, &step, err));
    bool dense[SU_LAYERS_MAX] = {false};
    SU_TRY(read_mlp_only_layers(doc, model->n_layers, dense, err));
    for (uint32_t i = 0; i < model->n_layers; i++) {
        if (dense[i] || (i + 1) % step != 0)
            continue;
        model->n_moe_layers++;
        if (i >= model->n_layers - model->n_window_layers)
            model->n_moe_window_layers++;
    }
    return SU_OK;
}

static enum su_status read_qwen_moe(const struct su_doc *doc, struct su_model *model,
                                    struct su_err *err)
{
    SU_TRY(su_config_read_gqa(doc, model, err));
    SU_TRY(read_experts(doc, "num_experts", model, err));
    SU_TRY(su_config_u32(doc, "moe_intermediate_size", SU_DOC_REQUIRED, 1, SU_WIDTH_MAX,
                         &model->moe_intermediate_size, err));
    SU_TRY(su_config_read_qwen_window(doc, model, err));
    return read_qwen_layers(doc, model, err);
}

enum su_status su_arch_read_qwen2_moe(const struct su_doc *doc, struct su_model *model,
                                      struct su_err *err)
{
    SU_TRY(read_qwen_moe(doc, model, err));
    model->qkv_bias = true;
    SU_TRY(su_doc_bool(doc, "qkv_bias", SU_DOC_OPTIONAL, &model->qkv_bias, err));
    SU_TRY(su_config_u32(doc, "shared_expert_intermediate_size", SU_DOC_REQUIRED, 1, SU_WIDTH_MAX,
                         &model->shared_intermediate_size, err));
    model->n_shared_experts = 1;
    model->shared_expert_gate = true;
    return SU_OK;
}

enum su_status su_arch_read_qwen3_moe(const struct su_doc *doc, struct su_model *model,
                                      struct su_err *err)
{
    SU_TRY(read_qwen_moe(doc, model, err));
    bool bias = false;
    SU_TRY(su_doc_bool(doc, "attention_bias", SU_DOC_OPTIONAL, &bias, err));
    model->qkv_bias = bias;
    model->o_bias = bias;
    model->qk_norm = true;
    return SU_OK;
}
