/* The operator graph: order, shapes, sharing, FLOP. */
#include <string.h>

#include "model/fixture.h"

static const struct su_layer_kind *find_kind(const struct su_graph *graph, const char *name)
{
    for (uint32_t i = 0; i < graph->n_kinds; i++) {
        if (strcmp(graph->kinds[i].name, name) == 0)
            return &graph->kinds[i];
    }
    fail_msg("no kind %s", name);
    return NULL;
}

static const struct su_op *find_op(const struct su_layer_kind *kind, const char *name)
{
    for (uint32_t i = 0; i < kind->n_ops; i++) {
        if (strcmp(kind->ops[i].name, name) == 0)
            return &kind->ops[i];
    }
    fail_msg("no operator %s", name);
    return NULL;
}

static void assert_order(const struct su_layer_kind *kind, const char *expected)
{
    char names[512] = "";
    for (uint32_t i = 0; i < kind->n_ops; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof(names) - n, "%s%s", i == 0 ? "" : " ", kind->ops[i].name);
    }
    assert_string_equal(names, expected);
}

static void operators_stand_in_the_order_they_run(void **state)
{
    struct fixture *f = *state;
    const struct su_graph *llama = load_graph(f, "llama-3.1-8b");
    assert_int_equal(llama->n_kinds, 3);
    assert_order(&llama->kinds[0], "embedding");
    assert_order(&llama->kinds[1], "attn_norm qkv_proj rope attention o_proj mlp_norm "
                                   "gate_up_proj act down_proj");
    assert_order(&llama->kinds[2], "final_norm lm_head");
    assert_order(find_kind(load_graph(f, "qwen3-30b-a3b"), "moe"),
                 "attn_norm qkv_proj qk_norm rope attention o_proj mlp_norm router experts");
    const struct su_graph *v3 = load_graph(f, "deepseek-v3");
    assert_int_equal(v3->n_kinds, 4);
    assert_order(find_kind(v3, "moe"),
                 "attn_norm qkv_a_proj qkv_a_norm q_b_proj kv_b_proj rope mla o_proj mlp_norm "
                 "router experts shared_gate_up shared_act shared_down");
    assert_int_equal(find_kind(v3, "dense")->n_layers, 3);
    assert_int_equal(find_kind(v3, "moe")->n_layers, 58);
}

static void stack_layers_add_up_to_the_models(void **state)
{
    static const char *const presets[] = {"llama-2-7b", "qwen3-32b", "mixtral-8x22b-v0.1",
                                          "qwen3-235b-a22b", "deepseek-v3"};
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        const struct su_graph *graph = load_graph(*state, presets[i]);
        uint32_t n_layers = 0;
        for (uint32_t j = 0; j < graph->n_kinds; j++)
            n_layers += graph->kinds[j].in_stack ? graph->kinds[j].n_layers : 0;
        assert_int_equal(n_layers, graph->model->n_layers);
        assert_string_equal(graph->kinds[0].name, "embedding");
        assert_string_equal(graph->kinds[graph->n_kinds - 1].name, "head");
    }
}

static void shapes_and_sharing_are_as_worked_by_hand(void **state)
{
    const struct su_layer_kind *layer =
        find_kind(load_graph(*state, "qwen2.5-7b-instruct"), "dense");
    const struct su_op *qkv = find_op(layer, "qkv_proj");
    assert_int_equal(qkv->u.gemm.n, 28 * 128 + 2 * 4 * 128);
    assert_int_equal(qkv->u.gemm.k, 3584);
    assert_int_equal(qkv->params, 4608 * 3584 + 4608);
    assert_int_equal(qkv->params_bias, 4608);
    assert_int_equal(qkv->params_kv, 1024 * 3584 + 1024);
    assert_int_equal(qkv->shard, SU_SHARD_N);
    assert_true(qkv->quantised);
    assert_int_equal(find_op(layer, "o_proj")->shard, SU_SHARD_K);
    assert_int_equal(find_op(layer, "o_proj")->params_bias, 0);
    assert_int_equal(find_op(layer, "gate_up_proj")->u.gemm.n, 2 * 18944);
    assert_int_equal(find_op(layer, "down_proj")->u.gemm.k, 18944);
    assert_int_equal(find_op(layer, "rope")->u.elementwise.width, 28 * 128 + 4 * 128);
    const struct su_op *act = find_op(layer, "act");
    assert_int_equal(act->u.elementwise.reads, 2);
    assert_int_equal(act->u.elementwise.writes, 1);

    const struct su_layer_kind *moe = find_kind(load_graph(*state, "deepseek-v3"), "moe");
    assert_int_equal(find_op(moe, "qkv_a_proj")->u.gemm.n, 1536 + 512 + 64);
    assert_int_equal(find_op(moe, "qkv_a_proj")->shard, SU_SHARD_NONE);
    assert_int_equal(find_op(moe, "kv_b_proj")->u.gemm.n, 128 * 256);
    assert_false(find_op(moe, "router")->quantised);
    assert_int_equal(find_op(moe, "router")->params, 256 * 7168 + 256);
    assert_int_equal(find_op(moe, "experts")->shard, SU_SHARD_EXPERTS);
    assert_int_equal(find_op(moe, "shared_down")->shard, SU_SHARD_K);
}

static void a_tied_head_keeps_its_shape_and_owns_nothing(void **state)
{
    const struct su_graph *graph =
        graph_of(*state, "{\"model_type\": \"llama\", \"hidden_size\": 64,"
                         "\"num_hidden_layers\": 1, \"num_attention_heads\": 4,"
                         "\"intermediate_size\": 8, \"vocab_size\": 100,"
                         "\"max_position_embeddings\": 16, \"tie_word_embeddings\": true}");
    const struct su_op *head = find_op(find_kind(graph, "head"), "lm_head");
    assert_int_equal(head->params, 0);
    assert_int_equal(head->u.gemm.n, 100);
    assert_int_equal(head->rows, SU_ROWS_SEQUENCES);
}

static void window_layers_form_their_own_kinds(void **state)
{
    const struct su_graph *graph =
        graph_of(*state, "{\"model_type\": \"qwen3_moe\", \"hidden_size\": 64, \"head_dim\": 16,"
                         "\"num_hidden_layers\": 10, \"num_attention_heads\": 4,"
                         "\"intermediate_size\": 8, \"vocab_size\": 100,"
                         "\"max_position_embeddings\": 16, \"moe_intermediate_size\": 8,"
                         "\"num_experts\": 4, \"num_experts_per_tok\": 1,"
                         "\"mlp_only_layers\": [0, 1, 9], \"use_sliding_window\": true,"
                         "\"sliding_window\": 100, \"max_window_layers\": 6}");
    /* windows on 6..9; dense 0, 1 and 9 */
    assert_int_equal(find_kind(graph, "dense")->n_layers, 2);
    assert_int_equal(find_kind(graph, "dense_window")->n_layers, 1);
    assert_int_equal(find_kind(graph, "moe")->n_layers, 4);
    assert_int_equal(find_kind(graph, "moe_window")->n_layers, 3);
    assert_int_equal(find_op(find_kind(graph, "moe"), "attention")->u.attention.window, 0);
    assert_int_equal(find_op(find_kind(graph, "moe_window"), "attention")->u.attention.window, 100);
    /* Beyond the window only the 6 full layers go on: 4*4*16 FLOP per key. */
    double step = su_graph_flop_per_token(graph, 300) - su_graph_flop_per_token(graph, 200);
    assert_near(step, 6.0 * 4 * 4 * 16 * 100, 1e-12);
}

static void flop_at_no_context_is_twice_the_matrix_parameters(void **state)
{
    struct fixture *f = *state;
    const struct su_graph *graph = load_graph(f, "llama-3.1-8b");
    /* all but the embedding table and 65 norms of 4096 */
    double matrices = 8030261248.0 - 128256.0 * 4096 - 65.0 * 4096;
    assert_near(su_graph_flop_per_token(graph, 0), 2 * matrices, 1e-12);
    /* The 2N rule of thumb, with the active parameters of a model of experts. */
    static const char *const presets[] = {"llama-2-70b", "llama-3.1-405b", "mixtral-8x7b-v0.1",
                                          "qwen3-235b-a22b", "deepseek-v3"};
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        graph = load_graph(f, presets[i]);
        double active = (double)su_graph_params_active(graph);
        assert_near(su_graph_flop_per_token(graph, 0), 2 * active, 0.04);
    }
}

static void attention_adds_flop_in_proportion_to_context(void **state)
{
    /* 32 layers * 4 * 32 heads * 128 */
    const struct su_graph *llama = load_graph(*state, "llama-3.1-8b");
    double at0 = su_graph_flop_per_token(llama, 0);
    assert_near(su_graph_flop_per_token(llama, 1000) - at0, 524288.0 * 1000, 1e-12);
    /* 61 layers * 2 * 128 heads * (128 + 64 + 128) */
    const struct su_graph *v3 = load_graph(*state, "deepseek-v3");
    at0 = su_graph_flop_per_token(v3, 0);
    assert_near(su_graph_flop_per_token(v3, 1000) - at0, 4997120.0 * 1000, 1e-12);
}

static void no_operator_shape_overflows_at_the_limits(void **state)
{
    const struct su_graph *graph = graph_of(
        *state, "{\"model_type\": \"deepseek_v3\", \"hidden_size\": 262144,"
                "\"num_hidden_layers\": 1024, \"num_attention_heads\": 1024,"
                "\"q_lora_rank\": 65536, \"kv_lora_rank\": 65536, \"qk_nope_head_dim\": 8192,"
                "\"qk_rope_head_dim\": 8192, \"v_head_dim\": 8192,"
                "\"intermediate_size\": 1048576, \"moe_intermediate_size\": 1048576,"
                "\"n_routed_experts\": 4096, \"n_shared_experts\": 64,"
                "\"num_experts_per_tok\": 4096, \"vocab_size\": 4194304,"
                "\"max_position_embeddings\": 1073741824}");
    double total = (double)su_graph_params_total(graph);
    assert_near(total, 1024.0 * 4096 * 3 * 262144 * 1048576, 0.05);
    assert_int_equal(su_graph_params_active(graph), su_graph_params_total(graph));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(operators_stand_in_the_order_they_run),
        fixture_test(stack_layers_add_up_to_the_models),
        fixture_test(shapes_and_sharing_are_as_worked_by_hand),
        fixture_test(a_tied_head_keeps_its_shape_and_owns_nothing),
        fixture_test(window_layers_form_their_own_kinds),
        fixture_test(flop_at_no_context_is_twice_the_matrix_parameters),
        fixture_test(attention_adds_flop_in_proportion_to_context),
        fixture_test(no_operator_shape_overflows_at_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
