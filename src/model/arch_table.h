/* Private to model: the architectures it knows. To add one, write its reader and a row here. */
#ifndef SU_MODEL_ARCH_TABLE_H
#define SU_MODEL_ARCH_TABLE_H

#include "model/hf_config.h"

/* X(name in "architectures", "model_type", reader). Two rows may share a reader. */
#define SU_ARCH_TABLE(X)                                         \
    X(LlamaForCausalLM, llama, su_arch_read_llama)               \
    X(MistralForCausalLM, mistral, su_arch_read_mistral)         \
    X(Qwen2ForCausalLM, qwen2, su_arch_read_qwen2)               \
    X(Qwen3ForCausalLM, qwen3, su_arch_read_qwen3)               \
    X(MixtralForCausalLM, mixtral, su_arch_read_mixtral)         \
    X(Qwen2MoeForCausalLM, qwen2_moe, su_arch_read_qwen2_moe)    \
    X(Qwen3MoeForCausalLM, qwen3_moe, su_arch_read_qwen3_moe)    \
    X(DeepseekV2ForCausalLM, deepseek_v2, su_arch_read_deepseek) \
    X(DeepseekV3ForCausalLM, deepseek_v3, su_arch_read_deepseek)

su_arch_read_fn su_arch_read_llama;
su_arch_read_fn su_arch_read_mistral;
su_arch_read_fn su_arch_read_qwen2;
su_arch_read_fn su_arch_read_qwen3;
su_arch_read_fn su_arch_read_mixtral;
su_arch_read_fn su_arch_read_qwen2_moe;
su_arch_read_fn su_arch_read_qwen3_moe;
su_arch_read_fn su_arch_read_deepseek;

#endif
