/* config.json in: what is read, and what is refused with which words. */
#include <string.h>

#include "model/fixture.h"

/* A small valid Llama config with one member replaced; value NULL leaves it out. */
static const char *config_with(struct fixture *f, const char *key, const char *value)
{
    static const char *const members[][2] = {
        {"architectures", "[\"LlamaForCausalLM\"]"},
        {"hidden_size", "4096"},
        {"num_hidden_layers", "32"},
        {"num_attention_heads", "32"},
        {"num_key_value_heads", "8"},
        {"intermediate_size", "14336"},
        {"vocab_size", "128256"},
        {"max_position_embeddings", "131072"},
        {"torch_dtype", "\"bfloat16\""},
    };
    const char *json = "{";
    bool replaced = false;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *v = members[i][1];
        if (strcmp(key, members[i][0]) == 0) {
            replaced = true;
            v = value;
        }
        if (v != NULL)
            json = su_fmt(&f->arena, "%s%s\"%s\": %s", json, json[1] == '\0' ? "" : ", ",
                          members[i][0], v);
    }
    if (!replaced && value != NULL)
        json = su_fmt(&f->arena, "%s, \"%s\": %s", json, key, value);
    return su_fmt(&f->arena, "%s}", json);
}

static void assert_refused(struct fixture *f, const char *json, const char *where,
                           const char *message)
{
    struct su_model model;
    memset(&f->err, 0, sizeof(f->err));
    assert_int_equal(read_config(f, json, &model), SU_ERR_INPUT);
    assert_string_equal(f->err.where, where);
    if (strstr(f->err.message, message) == NULL)
        fail_msg("message \"%s\" lacks \"%s\"", f->err.message, message);
}

static void the_base_config_of_these_tests_is_accepted(void **state)
{
    struct su_model model;
    struct fixture *f = *state;
    assert_ok(read_config(f, config_with(f, "x", "1"), &model), f->err);
    assert_string_equal(model.architecture, "LlamaForCausalLM");
    assert_string_equal(model.name, "c");
    assert_int_equal(model.head_dim, 128);
    assert_int_equal(model.n_kv_heads, 8);
    assert_int_equal(model.checkpoint_dtype, SU_DTYPE_bf16);
    assert_null(model.quant_method);
}

static void a_missing_required_key_is_named(void **state)
{
    static const char *const keys[] = {"hidden_size",         "num_hidden_layers",
                                       "num_attention_heads", "intermediate_size",
                                       "vocab_size",          "max_position_embeddings"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_refused(f, config_with(f, keys[i], NULL), "c.json",
                       su_fmt(&f->arena, "has no \"%s\", which is required", keys[i]));
}

static void a_value_out_of_range_says_what_was_expected(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, config_with(f, "num_attention_heads", "0"), "c.json: /num_attention_heads",
                   "is 0, expected 1..1024");
    assert_refused(f, config_with(f, "num_hidden_layers", "-3"), "c.json: /num_hidden_layers",
                   "is -3, expected 1..1024");
    assert_refused(f, config_with(f, "hidden_size", "1e300"), "c.json: /hidden_size",
                   "expected an integer 1..262144");
    assert_refused(f, config_with(f, "vocab_size", "9223372036854775807"), "c.json: /vocab_size",
                   "is 9223372036854775807, expected 1..4194304");
    assert_refused(f, config_with(f, "num_key_value_heads", "0"), "c.json: /num_key_value_heads",
                   "is 0, expected 1..1024");
    assert_refused(f, config_with(f, "head_dim", "100000"), "c.json: /head_dim",
                   "is 100000, expected 1..8192");
}

static void a_value_of_the_wrong_kind_says_what_was_expected(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"\"4096\"", "[4096]", "{}", "true", "4096.5"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused(f, config_with(f, "hidden_size", wrong[i]), "c.json: /hidden_size",
                       "expected an integer 1..262144");
    assert_refused(f, config_with(f, "tie_word_embeddings", "1"), "c.json: /tie_word_embeddings",
                   "is an integer, expected true or false");
    assert_refused(f, config_with(f, "torch_dtype", "\"float12\""), "c.json: /torch_dtype",
                   "is \"float12\", expected bfloat16, float16 or float32");
}

static void a_whole_number_written_as_a_real_is_accepted(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_ok(read_config(f, config_with(f, "hidden_size", "4096.0"), &model), f->err);
    assert_int_equal(model.hidden_size, 4096);
}

static void text_that_is_no_json_is_refused_with_its_line(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_int_equal(read_config(f, "{\"hidden_size\": NaN}", &model), SU_ERR_INPUT);
    assert_non_null(strstr(f->err.where, "c.json:1"));
    assert_int_equal(read_config(f, "{\"hidden_size\":\n 40", &model), SU_ERR_INPUT);
    assert_non_null(strstr(f->err.where, "c.json:2"));
    assert_refused(f, "[1, 2]", "c.json", "is a list, expected a mapping");
}

static void heads_must_divide(void **state)
{
    struct fixture *f = *state;
    const char *json = config_with(f, "num_attention_heads", "31");
    assert_refused(f, json, "c.json",
                   "num_attention_heads 31 is not divisible by num_key_value_heads 8");
    assert_refused(f,
                   "{\"model_type\": \"llama\", \"hidden_size\": 4096, \"num_hidden_layers\": 1,"
                   "\"num_attention_heads\": 31, \"intermediate_size\": 1, \"vocab_size\": 1,"
                   "\"max_position_embeddings\": 1}",
                   "c.json", "hidden_size 4096 is not divisible by num_attention_heads 31");
}

static void absent_kv_heads_are_as_many_as_heads(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_ok(read_config(f, config_with(f, "num_key_value_heads", NULL), &model), f->err);
    assert_int_equal(model.n_kv_heads, 32);
}

static void an_unknown_architecture_names_the_known_ones(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, config_with(f, "architectures", "[\"GptOssForCausalLM\"]"),
                   "c.json: /architectures/0", "expected one of LlamaForCausalLM, Mistral");
    assert_refused(f, config_with(f, "architectures", "[7]"), "c.json: /architectures/0",
                   "is an integer, expected text");
    assert_refused(f, config_with(f, "architectures", "\"LlamaForCausalLM\""),
                   "c.json: /architectures", "is text, expected a list");
    assert_refused(f, config_with(f, "architectures", "[]"), "c.json",
                   "has neither \"architectures\" nor \"model_type\"");
}

static void experts_are_checked(void **state)
{
    struct fixture *f = *state;
    const char *format = "{\"architectures\": [\"Qwen3MoeForCausalLM\"], \"hidden_size\": 64,"
                         "\"num_hidden_layers\": 4, \"num_attention_heads\": 4,"
                         "\"intermediate_size\": 8, \"vocab_size\": 10,"
                         "\"max_position_embeddings\": 16, \"moe_intermediate_size\": 8,"
                         "\"num_experts\": 8, \"num_experts_per_tok\": %s,"
                         "\"mlp_only_layers\": %s, \"decoder_sparse_step\": %s}";
    struct su_arena *a = &f->arena;
    struct su_model model;
    assert_refused(f, su_fmt(a, format, "9", "[]", "1"), "c.json: /num_experts_per_tok",
                   "is 9, expected 1..8");
    assert_refused(f, su_fmt(a, format, "2", "[0, 4]", "1"), "c.json: /mlp_only_layers/1",
                   "is 4, expected 0..3");
    assert_refused(f, su_fmt(a, format, "2", "[\"a\"]", "1"), "c.json: /mlp_only_layers/0",
                   "is text, expected an integer 0..3");
    assert_refused(f, su_fmt(a, format, "2", "7", "1"), "c.json: /mlp_only_layers",
                   "is an integer, expected a list");
    assert_refused(f, su_fmt(a, format, "2", "[]", "0"), "c.json: /decoder_sparse_step",
                   "is 0, expected 1..1024");
    assert_ok(read_config(f, su_fmt(a, format, "2", "[0, 0, 3]", "1"), &model), f->err);
    assert_int_equal(model.n_moe_layers, 2);
    assert_ok(read_config(f, su_fmt(a, format, "2", "[3]", "2"), &model), f->err);
    assert_int_equal(model.n_moe_layers, 1); /* layers 1 and 3, without 3 */
}

static void a_window_counts_only_where_it_is_used(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    /* Qwen2.5 publishes a window and turns it off. */
    assert_int_equal(load_model(f, "qwen2.5-72b-instruct")->sliding_window, 0);
    assert_int_equal(load_model(f, "mixtral-8x7b-v0.1")->n_window_layers, 0);
    const char *qwen = "{\"architectures\": [\"Qwen2ForCausalLM\"], \"hidden_size\": 64,"
                       "\"num_hidden_layers\": 80, \"num_attention_heads\": 4,"
                       "\"intermediate_size\": 8, \"vocab_size\": 10,"
                       "\"max_position_embeddings\": 16, \"use_sliding_window\": true,"
                       "\"sliding_window\": 512, \"max_window_layers\": %d}";
    assert_ok(read_config(f, su_fmt(&f->arena, qwen, 70), &model), f->err);
    assert_int_equal(model.sliding_window, 512);
    assert_int_equal(model.n_window_layers, 10); /* layers 70..79 */
    assert_ok(read_config(f, su_fmt(&f->arena, qwen, 80), &model), f->err);
    assert_int_equal(model.sliding_window, 0);
    assert_int_equal(model.n_window_layers, 0);
}

static void deepseek_layers_are_dense_first(void **state)
{
    const struct su_model *m = load_model(*state, "deepseek-v3");
    assert_int_equal(m->attention, SU_ATTENTION_MLA);
    assert_int_equal(m->n_moe_layers, 58);
    assert_int_equal(m->n_mtp_layers, 1);
    assert_true(m->router_bias);
    assert_int_equal(m->head_dim, 192);
    assert_int_equal(m->shared_intermediate_size, 2048);
    assert_int_equal(m->checkpoint_dtype, SU_DTYPE_fp8);
    assert_string_equal(m->quant_method, "fp8");
}

static void stored_formats_are_read(void **state)
{
    static const struct {
        const char *quant;
        enum su_dtype dtype;
    } rows[] = {
        {"{\"quant_method\": \"fp8\"}", SU_DTYPE_fp8},
        {"{\"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 128}", SU_DTYPE_int4},
        {"{\"quant_method\": \"gptq\", \"bits\": 8}", SU_DTYPE_int8},
        {"{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true}", SU_DTYPE_int4},
        {"{\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true}", SU_DTYPE_int8},
        {"{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\":"
         "{\"weights\": {\"num_bits\": 8, \"type\": \"float\"}}}}",
         SU_DTYPE_fp8},
        {"{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\":"
         "{\"weights\": {\"num_bits\": 8, \"type\": \"int\"}}}}",
         SU_DTYPE_int8},
        {"{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\":"
         "{\"weights\": {\"num_bits\": 4, \"type\": \"int\"}}}}",
         SU_DTYPE_int4},
        {"null", SU_DTYPE_bf16},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_model model;
        const char *json = config_with(f, "quantization_config", rows[i].quant);
        assert_ok(read_config(f, json, &model), f->err);
        assert_int_equal(model.checkpoint_dtype, rows[i].dtype);
    }
}

static void a_stored_format_we_do_not_know_is_refused(void **state)
{
    static const char *const key = "quantization_config";
    struct fixture *f = *state;
    assert_refused(f, config_with(f, key, "{\"quant_method\": \"mxfp4\"}"),
                   "c.json: /quantization_config/quant_method",
                   "is \"mxfp4\", expected fp8, awq, gptq, compressed-tensors or bitsandbytes");
    assert_refused(f, config_with(f, key, "{}"), "c.json: /quantization_config",
                   "has no \"quant_method\"");
    assert_refused(f, config_with(f, key, "\"fp8\""), "c.json: /quantization_config",
                   "is text, expected a mapping");
    assert_refused(f, config_with(f, key, "{\"quant_method\": \"gptq\", \"bits\": 3}"),
                   "c.json: /quantization_config/bits", "is 3, expected 4 or 8");
    assert_refused(f, config_with(f, key, "{\"quant_method\": \"bitsandbytes\"}"),
                   "c.json: /quantization_config", "expected one of them true");
    assert_refused(
        f, config_with(f, key, "{\"quant_method\": \"fp8\", \"weight_block_size\": [128]}"),
        "c.json: /quantization_config/weight_block_size", "expected a list of two integers");
    assert_refused(f, config_with(f, key, "{\"quant_method\": \"compressed-tensors\"}"),
                   "c.json: /quantization_config", "config_groups");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(the_base_config_of_these_tests_is_accepted),
        fixture_test(a_missing_required_key_is_named),
        fixture_test(a_value_out_of_range_says_what_was_expected),
        fixture_test(a_value_of_the_wrong_kind_says_what_was_expected),
        fixture_test(a_whole_number_written_as_a_real_is_accepted),
        fixture_test(text_that_is_no_json_is_refused_with_its_line),
        fixture_test(heads_must_divide),
        fixture_test(absent_kv_heads_are_as_many_as_heads),
        fixture_test(an_unknown_architecture_names_the_known_ones),
        fixture_test(experts_are_checked),
        fixture_test(a_window_counts_only_where_it_is_used),
        fixture_test(deepseek_layers_are_dense_first),
        fixture_test(stored_formats_are_read),
        fixture_test(a_stored_format_we_do_not_know_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
