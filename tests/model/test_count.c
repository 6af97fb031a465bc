/* Parameter counts against the published ones (sum of the tensors in the safetensors index of each
 * model's page), KV bytes and active parameters. */
#include "model/fixture.h"

struct published {
    const char *preset;
    uint64_t params;
};

static void parameters_equal_the_published_count(void **state)
{
    static const struct published rows[] = {
        {"llama-2-7b", 6738415616},
        {"llama-2-13b", 13015864320},
        {"llama-2-70b", 68976648192},
        {"llama-3-8b", 8030261248},
        {"llama-3.1-8b", 8030261248},
        {"llama-3.1-70b", 70553706496},
        {"llama-3.1-405b", 405853388800},
        {"qwen2.5-7b-instruct", 7615616512},
        {"qwen2.5-72b-instruct", 72706203648},
        {"qwen3-4b", 4022468096},
        {"qwen3-8b", 8190735360},
        {"qwen3-14b", 14768307200},
        {"qwen3-32b", 32762123264},
        {"qwen3-30b-a3b", 30532122624},
        {"qwen3-30b-a3b-instruct-2507", 30532122624},
        {"qwen3-235b-a22b", 235093634560},
        {"mixtral-8x7b-v0.1", 46702792704},
        /* With e_score_correction_bias (58 layers x 256 = 14848), without the MTP layer. */
        {"deepseek-v3", 671026419200},
        {"deepseek-r1", 671026419200},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t params = su_graph_params_total(load_graph(*state, rows[i].preset));
        if (params != rows[i].params)
            fail_msg("%s has %llu parameters, published %llu", rows[i].preset,
                     (unsigned long long)params, (unsigned long long)rows[i].params);
    }
}

static void mixtral_8x22b_counts_as_worked_by_hand(void **state)
{
    /* Layer: q 6144*6144 + k,v 2*6144*1024 + o 6144*6144 = 88,080,384; router 8*6144 = 49,152;
     * experts 8*3*6144*16384 = 2,415,919,104; norms 12,288: 2,504,060,928. 56 of them, embedding
     * and head 2*32000*6144, final norm 6144. */
    assert_int_equal(su_graph_params_total(load_graph(*state, "mixtral-8x22b-v0.1")),
                     56ULL * 2504060928 + 2ULL * 32000 * 6144 + 6144);
    assert_int_equal(su_graph_params_total(load_graph(*state, "mixtral-8x22b-v0.1")), 140620634112);
}

/* Published models whose config is not among the presets: each reaches a branch they do not. */
static void written_out_configs_equal_the_published_count(void **state)
{
    static const struct {
        const char *what;
        const char *json;
        uint64_t params;
    } rows[] = {
        {"DeepSeek-V2",
         "{\"architectures\": [\"DeepseekV2ForCausalLM\"], \"hidden_size\": 5120,"
         "\"num_hidden_layers\": 60, \"num_attention_heads\": 128, \"num_key_value_heads\": 128,"
         "\"q_lora_rank\": 1536, \"kv_lora_rank\": 512, \"qk_nope_head_dim\": 128,"
         "\"qk_rope_head_dim\": 64, \"v_head_dim\": 128, \"intermediate_size\": 12288,"
         "\"moe_intermediate_size\": 1536, \"n_routed_experts\": 160, \"n_shared_experts\": 2,"
         "\"num_experts_per_tok\": 6, \"first_k_dense_replace\": 1, \"moe_layer_freq\": 1,"
         "\"topk_method\": \"group_limited_greedy\", \"vocab_size\": 102400,"
         "\"max_position_embeddings\": 163840}",
         235741434880},
        {"DeepSeek-V2-Lite (no q latent)",
         "{\"architectures\": [\"DeepseekV2ForCausalLM\"], \"hidden_size\": 2048,"
         "\"num_hidden_layers\": 27, \"num_attention_heads\": 16, \"q_lora_rank\": null,"
         "\"kv_lora_rank\": 512, \"qk_nope_head_dim\": 128, \"qk_rope_head_dim\": 64,"
         "\"v_head_dim\": 128, \"intermediate_size\": 10944, \"moe_intermediate_size\": 1408,"
         "\"n_routed_experts\": 64, \"n_shared_experts\": 2, \"num_experts_per_tok\": 6,"
         "\"first_k_dense_replace\": 1, \"topk_method\": \"greedy\", \"vocab_size\": 102400,"
         "\"max_position_embeddings\": 163840}",
         15706484224},
        {"Llama-3.2-1B (tied embeddings)",
         "{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 2048,"
         "\"num_hidden_layers\": 16, \"num_attention_heads\": 32, \"num_key_value_heads\": 8,"
         "\"head_dim\": 64, \"intermediate_size\": 8192, \"vocab_size\": 128256,"
         "\"max_position_embeddings\": 131072, \"tie_word_embeddings\": true}",
         1235814400},
        {"Qwen3-0.6B (heads wider than hidden, tied)",
         "{\"architectures\": [\"Qwen3ForCausalLM\"], \"hidden_size\": 1024,"
         "\"num_hidden_layers\": 28, \"num_attention_heads\": 16, \"num_key_value_heads\": 8,"
         "\"head_dim\": 128, \"intermediate_size\": 3072, \"vocab_size\": 151936,"
         "\"max_position_embeddings\": 40960, \"tie_word_embeddings\": true}",
         596049920},
        {"Mistral-7B-v0.1 (by model_type)",
         "{\"model_type\": \"mistral\", \"hidden_size\": 4096, \"num_hidden_layers\": 32,"
         "\"num_attention_heads\": 32, \"num_key_value_heads\": 8, \"intermediate_size\": 14336,"
         "\"sliding_window\": 4096, \"vocab_size\": 32000, \"max_position_embeddings\": 32768}",
         7241732096},
        {"Qwen1.5-MoE-A2.7B (gated shared expert)",
         "{\"architectures\": [\"Qwen2MoeForCausalLM\"], \"hidden_size\": 2048,"
         "\"num_hidden_layers\": 24, \"num_attention_heads\": 16, \"num_key_value_heads\": 16,"
         "\"intermediate_size\": 5632, \"moe_intermediate_size\": 1408,"
         "\"shared_expert_intermediate_size\": 5632, \"num_experts\": 60,"
         "\"num_experts_per_tok\": 4, \"decoder_sparse_step\": 1, \"vocab_size\": 151936,"
         "\"max_position_embeddings\": 8192}",
         14315784192},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t params = su_graph_params_total(graph_of(*state, rows[i].json));
        if (params != rows[i].params)
            fail_msg("%s has %llu parameters, published %llu", rows[i].what,
                     (unsigned long long)params, (unsigned long long)rows[i].params);
    }
}

static void biases_of_attention_and_mlp_are_counted(void **state)
{
    const char *with = "{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 64,"
                       "\"num_hidden_layers\": 1, \"num_attention_heads\": 4,"
                       "\"num_key_value_heads\": 2, \"intermediate_size\": 96,"
                       "\"vocab_size\": 100, \"max_position_embeddings\": 128,"
                       "\"attention_bias\": %s, \"mlp_bias\": %s}";
    struct fixture *f = *state;
    uint64_t none = su_graph_params_total(graph_of(f, su_fmt(&f->arena, with, "false", "false")));
    uint64_t attn = su_graph_params_total(graph_of(f, su_fmt(&f->arena, with, "true", "false")));
    uint64_t both = su_graph_params_total(graph_of(f, su_fmt(&f->arena, with, "true", "true")));
    assert_int_equal(attn - none, 64 + 32 + 32 + 64); /* q, k, v, o */
    assert_int_equal(both - attn, 96 + 96 + 64);      /* gate, up, down */
}

static void all_parameters_of_a_dense_model_are_active(void **state)
{
    const struct su_graph *graph = load_graph(*state, "llama-3.1-8b");
    assert_int_equal(su_graph_params_active(graph), su_graph_params_total(graph));
}

static void active_parameters_leave_the_unused_experts_out(void **state)
{
    /* Qwen3-30B-A3B: 48 layers, 120 of 128 experts unused, 3*2048*768 each. Published: 3.3B. */
    assert_int_equal(su_graph_params_active(load_graph(*state, "qwen3-30b-a3b")),
                     30532122624 - 48ULL * 120 * 3 * 2048 * 768);
    /* Mixtral-8x7B: 2 of 8, 3*4096*14336 each. Published: 12.9B. */
    assert_int_equal(su_graph_params_active(load_graph(*state, "mixtral-8x7b-v0.1")),
                     46702792704 - 32ULL * 6 * 3 * 4096 * 14336);
    /* DeepSeek-V3: 8 of 256 in 58 layers, 3*7168*2048 each. Published: 37B. */
    uint64_t v3 = su_graph_params_active(load_graph(*state, "deepseek-v3"));
    assert_int_equal(v3, 671026419200 - 58ULL * 248 * 3 * 7168 * 2048);
    assert_near((double)v3, 37e9, 0.02);
    assert_near((double)su_graph_params_active(load_graph(*state, "qwen3-235b-a22b")), 22e9, 0.02);
}

static void kv_bytes_per_token_are_as_worked_by_hand(void **state)
{
    /* 32 layers * 2 * 8 heads * 128 * 2 bytes */
    const struct su_model *llama = load_model(*state, "llama-3.1-8b");
    assert_near(su_model_kv_bytes_per_token(llama, SU_DTYPE_bf16), 131072, 0);
    assert_near(su_model_kv_bytes_per_token(llama, SU_DTYPE_fp8), 65536, 0);
    /* 61 layers * (512 + 64) * 2 bytes */
    const struct su_model *v3 = load_model(*state, "deepseek-v3");
    assert_near(su_model_kv_bytes_per_token(v3, SU_DTYPE_bf16), 70272, 0);
    /* Qwen3-235B: 94 * 2 * 4 * 128 * 2 */
    const struct su_model *qwen = load_model(*state, "qwen3-235b-a22b");
    assert_near(su_model_kv_bytes_per_token(qwen, SU_DTYPE_bf16), 192512, 0);
    /* Llama-2-7B has no grouped queries: 32 * 2 * 32 * 128 * 2 */
    const struct su_model *mha = load_model(*state, "llama-2-7b");
    assert_near(su_model_kv_bytes_per_token(mha, SU_DTYPE_bf16), 524288, 0);
}

static void kv_of_a_sequence_grows_with_context_and_never_faster_than_the_rate(void **state)
{
    struct su_model m = *load_model(*state, "llama-3.1-8b");
    double rate = su_model_kv_bytes_per_token(&m, SU_DTYPE_bf16);
    assert_near(su_model_kv_bytes(&m, SU_DTYPE_bf16, 1000), 1000 * rate, 0);
    m.sliding_window = 1024;
    m.n_window_layers = 16;
    assert_near(su_model_kv_bytes(&m, SU_DTYPE_bf16, 512), 512 * rate, 0);
    /* half the layers stop at 1024: (4096 + 1024) / 2 tokens' worth */
    assert_near(su_model_kv_bytes(&m, SU_DTYPE_bf16, 4096), 2560 * rate, 0);
    double before = 0;
    for (double context = 1; context < 20000; context += 37) {
        double bytes = su_model_kv_bytes(&m, SU_DTYPE_bf16, context);
        assert_true(bytes > before && bytes <= context * rate);
        before = bytes;
    }
}

static void every_dtype_name_reads_back(void **state)
{
    (void)state;
    for (int i = 0; i < SU_DTYPE_COUNT; i++) {
        enum su_dtype dtype = SU_DTYPE_COUNT;
        assert_true(su_dtype_parse(su_str_c(su_dtype_name((enum su_dtype)i)), &dtype));
        assert_int_equal(dtype, i);
    }
    static const struct {
        const char *name;
        enum su_dtype dtype;
    } aliases[] = {{"bfloat16", SU_DTYPE_bf16}, {"float16", SU_DTYPE_fp16},
                   {"float32", SU_DTYPE_fp32},  {"half", SU_DTYPE_fp16},
                   {"fp8_e4m3", SU_DTYPE_fp8},  {"w8a8", SU_DTYPE_int8},
                   {"w4a16", SU_DTYPE_int4}};
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        enum su_dtype dtype = SU_DTYPE_COUNT;
        assert_true(su_dtype_parse(su_str_c(aliases[i].name), &dtype));
        assert_int_equal(dtype, aliases[i].dtype);
    }
    enum su_dtype dtype = SU_DTYPE_COUNT;
    assert_false(su_dtype_parse(su_str_c("fp"), &dtype));
    assert_false(su_dtype_parse(su_str_c(""), &dtype));
}

static void weight_bytes_include_the_scales(void **state)
{
    (void)state;
    assert_near(su_dtype_weight_bytes(SU_DTYPE_bf16), 2, 0);
    assert_near(su_dtype_weight_bytes(SU_DTYPE_fp8), 1.001, 1e-12);
    assert_near(su_dtype_weight_bytes(SU_DTYPE_int4), 0.515625, 0); /* 0.5 + 2/128 */
    assert_int_equal(su_dtype_bits(SU_DTYPE_int4), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(parameters_equal_the_published_count),
        fixture_test(mixtral_8x22b_counts_as_worked_by_hand),
        fixture_test(written_out_configs_equal_the_published_count),
        fixture_test(biases_of_attention_and_mlp_are_counted),
        fixture_test(all_parameters_of_a_dense_model_are_active),
        fixture_test(active_parameters_leave_the_unused_experts_out),
        fixture_test(kv_bytes_per_token_are_as_worked_by_hand),
        fixture_test(kv_of_a_sequence_grows_with_context_and_never_faster_than_the_rate),
        cmocka_unit_test(every_dtype_name_reads_back),
        cmocka_unit_test(weight_bytes_include_the_scales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
