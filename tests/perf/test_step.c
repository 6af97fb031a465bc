/* A step and its breakdown: the parts make the whole, and collectives stand where they must. */
#include <math.h>
#include <string.h>

#include "perf/deploy.h"

static uint32_t calls_of(const struct su_step_cost *cost, const char *name)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cost->n_lines; i++) {
        if (strcmp(cost->lines[i].name, name) == 0)
            n += cost->lines[i].n_calls;
    }
    return n;
}

static struct su_step mixed_of(double tokens, double seqs)
{
    struct su_step s = prefill_of(tokens);
    s.decode_seqs = seqs;
    s.decode_kv_tokens = 1500;
    return s;
}

/* Lines add up to the total, the four shares add up to it, and the short form gives the same. */
static void check_sums(const struct su_deployment *d, struct su_step step)
{
    struct su_step_cost cost;
    su_step_explain(d, &step, &cost);
    double lines_s = 0;
    for (uint32_t i = 0; i < cost.n_lines; i++) {
        assert_true(cost.lines[i].time_s >= 0);
        lines_s += cost.lines[i].time_s;
    }
    assert_near(lines_s, cost.total_s, 0);
    assert_near(cost.compute_s + cost.memory_s + cost.network_s + cost.overhead_s, cost.total_s,
                1e-12);
    double short_s = su_step_s(d, &step);
    assert_memory_equal(&short_s, &cost.total_s, sizeof(short_s));
    assert_true(cost.overhead_s >= d->eff.overhead_s);
}

static void lines_and_parts_sum_to_the_total(void **state)
{
    const struct {
        const char *model;
        struct su_parallel par;
    } cases[] = {{"llama-3.1-8b", {1, 1, 1, 1}},  {"llama-3.1-70b", {8, 1, 1, 1}},
                 {"qwen3-30b-a3b", {4, 1, 1, 4}}, {"qwen3-30b-a3b", {2, 1, 2, 4}},
                 {"deepseek-v3", {8, 1, 1, 1}},   {"deepseek-v3", {1, 1, 8, 8}}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_deployment d =
            deploy(*state, cases[i].model, "h20_sxm_96g", cases[i].par, SU_DTYPE_fp8);
        check_sums(&d, decode_of(1, 10));
        check_sums(&d, decode_of(200, 4000));
        check_sums(&d, prefill_of(2048));
        check_sums(&d, mixed_of(1000, 50));
    }
}

static void parts_priced_apart_make_the_step(void **state)
{
    const struct {
        const char *model;
        struct su_parallel par;
    } cases[] = {{"llama-3.1-8b", {1, 1, 1, 1}},
                 {"llama-3.1-70b", {4, 2, 1, 1}},
                 {"deepseek-v3", {1, 1, 8, 8}}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_deployment d =
            deploy(*state, cases[i].model, "h20_sxm_96g", cases[i].par, SU_DTYPE_fp8);
        struct su_step both = mixed_of(1000, 50);
        struct su_step prompt = prefill_of(1000);
        struct su_step decode = decode_of(50, 1500);
        double sum_s = su_step_parts_s(&d, &prompt, SU_PART_PREFILL) +
                       su_step_parts_s(&d, &decode, SU_PART_DECODE);
        const unsigned rest[] = {SU_PART_EXPERTS, SU_PART_HEAD, SU_PART_REST, SU_PART_OVERHEAD};
        for (size_t k = 0; k < sizeof(rest) / sizeof(rest[0]); k++)
            sum_s += su_step_parts_s(&d, &both, rest[k]);
        assert_near(sum_s, su_step_s(&d, &both), 1e-12);
        assert_near(su_step_parts_s(&d, &both, SU_PARTS_ALL), su_step_s(&d, &both), 1e-15);
        assert_true((su_step_parts_s(&d, &both, SU_PART_EXPERTS) > 0) == (i == 2));
    }
}

static void tensor_parallelism_alone_adds_all_reduces(void **state)
{
    struct su_step_cost cost;
    struct su_step step = decode_of(10, 100);
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_bf16);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "all_reduce"), 0);
    assert_near(cost.network_s, 0, 0);
    /* One after o_proj and one after down_proj of 32 layers. */
    d.par.tp = 2;
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "all_reduce"), 64);
    assert_true(cost.network_s > 0);
    double one_s = su_allreduce_s(&d.device, &d.eff, 2, 10 * 4096 * 2.0);
    assert_near(cost.network_s, 64 * one_s, 1e-12);
}

static void shared_experts_are_not_reduced_twice(void **state)
{
    /* DeepSeek-V3: 61 layers, two all-reduces each, though experts and shared experts both end in
     * partial sums. */
    struct su_step_cost cost;
    struct su_step step = decode_of(10, 100);
    struct su_deployment d =
        deploy(*state, "deepseek-v3", "h20_sxm_96g", cut(8, 1, 1), SU_DTYPE_fp8);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "all_reduce"), 2 * 61);
    assert_int_equal(calls_of(&cost, "all_to_all"), 0);
}

static void data_parallel_attention_sends_tokens_to_experts(void **state)
{
    struct su_step_cost cost;
    struct su_step step = decode_of(10, 100);
    struct su_deployment d =
        deploy(*state, "deepseek-v3", "h20_sxm_96g", cut(1, 8, 8), SU_DTYPE_fp8);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "all_to_all"), 2 * 58); /* there and back, 58 expert layers */
    assert_int_equal(calls_of(&cost, "all_reduce"), 0);
    /* With tp beside it attention, the 3 dense layers and the shared experts reduce among tp. */
    d.par = cut(2, 4, 8);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "all_to_all"), 2 * 58);
    assert_int_equal(calls_of(&cost, "all_reduce"), 61 + 3 + 58);
}

static void attention_parts_have_their_own_lines(void **state)
{
    struct su_step_cost cost;
    struct su_step step = mixed_of(512, 8);
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_bf16);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(calls_of(&cost, "attention_prefill"), 32);
    assert_int_equal(calls_of(&cost, "attention_decode"), 32);
    assert_int_equal(calls_of(&cost, "step_overhead"), 1);
    assert_int_equal(calls_of(&cost, "lm_head"), 1);
}

static void more_work_never_takes_less_time(void **state)
{
    const char *const models[] = {"llama-3.1-8b", "qwen3-30b-a3b", "deepseek-v3"};
    for (size_t m = 0; m < 3; m++) {
        struct su_deployment d =
            deploy(*state, models[m], "h20_sxm_96g", cut(2, 1, 1), SU_DTYPE_fp8);
        double last_s = 0;
        for (double seqs = 1; seqs < 1000; seqs *= 1.3) {
            struct su_step step = decode_of(seqs, 2000);
            assert_true(su_step_s(&d, &step) >= last_s);
            last_s = su_step_s(&d, &step);
            struct su_step longer = decode_of(seqs, 2500);
            assert_true(su_step_s(&d, &longer) >= last_s);
            struct su_step with_prompt = mixed_of(100, seqs);
            with_prompt.decode_kv_tokens = 2000;
            assert_true(su_step_s(&d, &with_prompt) >= last_s);
        }
    }
}

static void every_chip_with_rates_prices_a_step_in_every_format(void **state)
{
    struct fixture *f = *state;
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_deployment d = {
        .graph = load_graph(f, "qwen3-30b-a3b"),
        .kv_dtype = SU_DTYPE_bf16,
        .eff = su_eff_default(SU_EFF_MID),
    };
    size_t n_priced = 0;
    for (size_t i = 0; i < catalog->n_accels; i++) {
        const struct su_accel *accel = &catalog->accels[i];
        for (int dtype = 0; dtype < SU_DTYPE_COUNT; dtype++) {
            d.weight_dtype = (enum su_dtype)dtype;
            if (su_device_init(&d.device, accel, su_catalog_server_for(catalog, accel->id),
                               d.weight_dtype, &f->err) != SU_OK)
                continue;
            struct su_step step = mixed_of(500, 20);
            d.par = cut(1, 1, 1);
            assert_true(isfinite(su_step_s(&d, &step)) && su_step_s(&d, &step) > 0);
            /* A chip without a known link cannot work together: infinitely slow, but a number. */
            d.par = cut(4, 1, 1);
            assert_true(su_step_s(&d, &step) > 0);
            if (d.device.link_bytes_per_s > 0)
                assert_true(isfinite(su_step_s(&d, &step)));
            n_priced++;
        }
    }
    assert_true(n_priced > 4 * 40);
}

/* Four kinds of layer, each with everything that an operator list can have. */
static void the_longest_breakdown_fits(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"architectures\":[\"Qwen2MoeForCausalLM\"],\"hidden_size\":1024,"
                       "\"num_hidden_layers\":8,\"num_attention_heads\":8,"
                       "\"num_key_value_heads\":8,\"intermediate_size\":4096,"
                       "\"vocab_size\":32000,\"max_position_embeddings\":32768,"
                       "\"use_sliding_window\":true,\"sliding_window\":1024,"
                       "\"max_window_layers\":4,\"decoder_sparse_step\":2,\"num_experts\":16,"
                       "\"num_experts_per_tok\":2,\"moe_intermediate_size\":512,"
                       "\"shared_expert_intermediate_size\":1024}";
    struct su_deployment d = deploy(f, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_bf16);
    d.graph = graph_of(f, json);
    assert_int_equal(d.graph->n_kinds, 6);
    d.par = cut(2, 2, 4);
    check_sums(&d, mixed_of(100, 10));
    d.par = cut(2, 1, 1);
    check_sums(&d, mixed_of(100, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(lines_and_parts_sum_to_the_total),
        fixture_test(parts_priced_apart_make_the_step),
        fixture_test(tensor_parallelism_alone_adds_all_reduces),
        fixture_test(shared_experts_are_not_reduced_twice),
        fixture_test(data_parallel_attention_sends_tokens_to_experts),
        fixture_test(attention_parts_have_their_own_lines),
        fixture_test(more_work_never_takes_less_time),
        fixture_test(every_chip_with_rates_prices_a_step_in_every_format),
        fixture_test(the_longest_breakdown_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
