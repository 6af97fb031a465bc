/* The dense family: Llama, Mistral, Qwen2, Qwen3. Grouped-query attention, gated MLP, RMSNorm.
 * They differ in biases, in the norm on q and k, and in how the config states the window.
 * Source: modeling_llama.py, modeling_mistral.py, modeling_qwen2.py, modeling_qwen3.py of
 * huggingface/transformers. */
#include "model/arch_table.h"

/* attention_bias of Llama and Qwen3 is for q, k, v and o alike. */
static enum su_status read_attention_bias(const struct su_doc *doc, struct su_model *model,
                                          struct su_err *err)
{
    bool bias = false;
    SU_TRY(su_doc_bool(doc, "attention_bias", SU_DOC_OPTIONAL, &bias, err));
    model->qkv_bias = bias;
    model->o_bias = bias;
    return SU_OK;
}

enum su_status su_arch_read_llama(const struct su_doc *doc, struct su_model *model,
                                  struct su_err *err)
{
    SU_TRY(su_config_read_gqa(doc, model, err));
    SU_TRY(read_attention_bias(doc, model, err));
    return su_doc_bool(doc, "mlp_bias", SU_DOC_OPTIONAL, &model->mlp_bias, err);
}

enum su_status su_arch_read_mistral(const struct su_doc *doc, struct su_model *model,
                                    struct su_err *err)
{
    SU_TRY(su_config_read_gqa(doc, model, err));
    return su_config_read_mistral_window(doc, model, err);
}

enum su_status su_arch_read_qwen2(const struct su_doc *doc, struct su_model *model,
                                  struct su_err *err)
{
    SU_TRY(su_config_read_gqa(doc, model, err));
    model->qkv_bias = true; /* fixed in the code, not in the config; o_proj has none */
    return su_config_read_qwen_window(doc, model, err);
}

enum su_status su_arch_read_qwen3(const struct su_doc *doc, struct su_model *model,
                                  struct su_err *err)
{
    model->head_dim = 128; /* Qwen3's default when the key is absent: not hidden over heads */
    SU_TRY(su_config_read_gqa(doc, model, err));
    SU_TRY(read_attention_bias(doc, model, err));
    model->qk_norm = true;
    return su_config_read_qwen_window(doc, model, err);
}
