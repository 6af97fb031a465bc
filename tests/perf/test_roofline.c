/* Work of an operator on one card, worked by hand, and its time against the bare roofline. */
#include <math.h>
#include <string.h>

#include "perf/deploy.h"
#include "perf/work.h"

static const struct su_op *op_named(const struct su_graph *g, const char *name)
{
    for (uint32_t k = 0; k < g->n_kinds; k++) {
        for (uint32_t i = 0; i < g->kinds[k].n_ops; i++) {
            if (strcmp(g->kinds[k].ops[i].name, name) == 0)
                return &g->kinds[k].ops[i];
        }
    }
    fail_msg("no operator %s", name);
    return NULL;
}

/* The one kernel of an operator. */
static struct su_op_work work_of(const struct su_deployment *d, struct su_step step,
                                 const char *name)
{
    struct su_op_work works[2];
    assert_int_equal(su_work_of_op(d, &step, op_named(d->graph, name), works), 1);
    return works[0];
}

static void a_gemm_reads_its_weights_once(void **state)
{
    /* Llama-3.1-8B, q k v: 4096 -> 4096 + 2*8*128 = 6144; 100 rows, bf16. */
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    struct su_op_work w = work_of(&d, decode_of(100, 1000), "qkv_proj");
    assert_near(w.flop, 2.0 * 100 * 6144 * 4096, 1e-15);
    assert_near(w.bytes, 2.0 * 6144 * 4096 + 2.0 * 100 * (6144 + 4096), 1e-15);
    /* In 4 bit a value takes half a byte and its share of a 16-bit scale per 128. */
    d.weight_dtype = SU_DTYPE_int4;
    w = work_of(&d, decode_of(100, 1000), "qkv_proj");
    assert_near(w.bytes, (0.5 + 2.0 / 128) * 6144 * 4096 + 2.0 * 100 * (6144 + 4096), 1e-15);
    assert_int_equal(work_of(&d, decode_of(100, 1000), "lm_head").weight_dtype, SU_DTYPE_bf16);
}

static void tensor_parallelism_cuts_columns_or_rows(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(4, 1, 1), SU_DTYPE_bf16);
    struct su_op_work up = work_of(&d, decode_of(10, 100), "gate_up_proj");
    assert_near(up.n, 2.0 * 14336 / 4, 0);
    assert_near(up.k, 4096, 0);
    struct su_op_work down = work_of(&d, decode_of(10, 100), "down_proj");
    assert_near(down.n, 4096, 0);
    assert_near(down.k, 14336.0 / 4, 0);
    assert_near(down.flop, 2.0 * 10 * 4096 * 3584, 1e-15);
}

static void the_head_sees_one_row_per_sequence(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    struct su_step step = {.prefill_tokens = 1000,
                           .prefill_seqs = 2,
                           .prefill_kv_tokens = 500,
                           .decode_seqs = 5,
                           .decode_kv_tokens = 100};
    assert_near(work_of(&d, step, "lm_head").m, 7, 0);
    assert_near(work_of(&d, step, "o_proj").m, 1005, 0);
}

static void kv_heads_fewer_than_cards_are_repeated(void **state)
{
    /* Llama-3.1-70B: 64 query and 8 KV heads of 128. tp 8: (64+2*8)*128/8 columns; tp 16: four
     * query heads and one whole k and v head on each card. */
    struct su_deployment d =
        deploy(*state, "llama-3.1-70b", "h100_sxm_80g", cut(8, 1, 1), SU_DTYPE_bf16);
    assert_near(work_of(&d, decode_of(1, 100), "qkv_proj").n, 80.0 * 128 / 8, 1e-15);
    assert_near(work_of(&d, decode_of(1, 100), "attention").kv_heads, 1, 0);
    d.par.tp = 16;
    assert_near(work_of(&d, decode_of(1, 100), "qkv_proj").n, (4 + 2) * 128.0, 1e-15);
    assert_near(work_of(&d, decode_of(1, 100), "attention").kv_heads, 1, 0);
    assert_near(work_of(&d, decode_of(1, 100), "attention").heads, 4, 0);
}

static void decode_attention_reads_every_key_and_value_of_its_heads(void **state)
{
    /* 8 sequences of 1000 tokens, 32 query heads, 8 KV heads of 128. */
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    struct su_op_work w = work_of(&d, decode_of(8, 1000), "attention");
    assert_true(w.decode);
    assert_near(w.flop, 4.0 * 8 * 1000 * 32 * 128, 1e-15);
    assert_near(w.bytes, 8 * (2.0 * 1000 * 8 * 128 * 2 + 2.0 * 32 * 128 * 2), 1e-15);
    d.kv_dtype = SU_DTYPE_fp8;
    w = work_of(&d, decode_of(8, 1000), "attention");
    assert_near(w.bytes, 8 * (2.0 * 1000 * 8 * 128 * 1 + 2.0 * 32 * 128 * 2), 1e-15);
    d.par.tp = 4;
    w = work_of(&d, decode_of(8, 1000), "attention");
    assert_near(w.bytes, 8 * (2.0 * 1000 * 2 * 128 * 1 + 2.0 * 8 * 128 * 2), 1e-15);
}

static void prefill_attention_is_causal(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    const struct {
        int first; /* query positions first..last, counted from 1: query i sees i keys */
        int last;
    } chunks[] = {{1, 1000}, {701, 1000}, {1, 1}};
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        double pairs = 0; /* oracle: counted one by one */
        for (int q = chunks[i].first; q <= chunks[i].last; q++)
            pairs += q;
        struct su_step step = {.prefill_tokens = chunks[i].last - chunks[i].first + 1,
                               .prefill_seqs = 1,
                               .prefill_kv_tokens = chunks[i].last};
        struct su_op_work w = work_of(&d, step, "attention");
        assert_false(w.decode);
        assert_near(w.flop, 4.0 * pairs * 32 * 128, 1e-12);
    }
}

static void a_window_bounds_keys_and_reads(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"architectures\":[\"MistralForCausalLM\"],\"hidden_size\":4096,"
                       "\"num_hidden_layers\":32,\"num_attention_heads\":32,"
                       "\"num_key_value_heads\":8,\"intermediate_size\":14336,"
                       "\"vocab_size\":32000,\"max_position_embeddings\":32768,"
                       "\"sliding_window\":4096}";
    struct su_deployment d = deploy(f, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    d.graph = graph_of(f, json);
    struct su_op_work w = work_of(&d, decode_of(1, 20000), "attention");
    assert_near(w.flop, 4.0 * 4096 * 32 * 128, 1e-15);
    assert_near(w.bytes, 2.0 * 4097 * 8 * 128 * 2 + 2.0 * 32 * 128 * 2, 1e-15);
    w = work_of(&d, decode_of(1, 100), "attention");
    assert_near(w.flop, 4.0 * 100 * 32 * 128, 1e-15);
}

static void experts_are_read_when_a_token_goes_to_them(void **state)
{
    /* Qwen3-30B-A3B: 128 experts, 8 for each token, 2048 x 768. */
    struct su_deployment d =
        deploy(*state, "qwen3-30b-a3b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    const double tokens[] = {1, 10, 64, 4096};
    for (size_t i = 0; i < 4; i++) {
        struct su_op_work w = work_of(&d, decode_of(tokens[i], 100), "experts");
        double active = 128 * (1 - pow(1 - 8.0 / 128, tokens[i]));
        assert_near(w.experts_active, active, 1e-12);
        assert_near(w.m, 8 * tokens[i], 0);
        assert_near(w.flop, 2.0 * 3 * 8 * tokens[i] * 2048 * 768, 1e-15);
        assert_near(w.bytes,
                    active * 3 * 2048 * 768 * 2 + 2.0 * 8 * tokens[i] * (2 * 2048 + 3 * 768),
                    1e-12);
    }
    assert_near(work_of(&d, decode_of(1, 100), "experts").experts_active, 8, 1e-12);
    /* The first two tokens overlap in 8*8/128 experts on average: 16 - 0.5. */
    assert_near(work_of(&d, decode_of(2, 100), "experts").experts_active, 15.5, 1e-12);
}

static void expert_parallelism_divides_experts_and_the_rest_divides_width(void **state)
{
    struct su_deployment d =
        deploy(*state, "qwen3-30b-a3b", "h100_sxm_80g", cut(4, 1, 4), SU_DTYPE_bf16);
    struct su_op_work by_expert = work_of(&d, decode_of(32, 100), "experts");
    assert_near(by_expert.experts, 32, 0);
    assert_near(by_expert.n, 768, 0);
    assert_near(by_expert.m, 32 * 8 / 4.0, 0);
    d.par = cut(4, 1, 1);
    struct su_op_work by_width = work_of(&d, decode_of(32, 100), "experts");
    assert_near(by_width.experts, 128, 0);
    assert_near(by_width.n, 768 / 4.0, 0);
    assert_near(by_width.flop, by_expert.flop, 1e-15);
    /* Data-parallel ranks bring their tokens together. */
    d.par = cut(1, 4, 4);
    struct su_op_work dp = work_of(&d, decode_of(8, 100), "experts");
    assert_near(dp.m, 4 * 8 * 8 / 4.0, 0);
    assert_near(dp.experts_active, 32 * (1 - pow(1 - 8.0 / 128, 32)), 1e-12);
}

static void latent_attention_decodes_in_the_latent_space(void **state)
{
    /* DeepSeek-V3, tp 8: 16 heads a card; keys are 512 + 64 wide, values 512; the latent is whole
     * on every card. */
    struct su_deployment d =
        deploy(*state, "deepseek-v3", "h200_sxm_141g", cut(8, 1, 1), SU_DTYPE_fp8);
    struct su_op_work w = work_of(&d, decode_of(4, 1000), "mla");
    assert_near(w.flop, 2.0 * 4 * 1000 * 16 * (576 + 512), 1e-15);
    assert_near(w.bytes, 4 * (1000.0 * 576 * 2 + 16.0 * (576 + 512) * 2), 1e-15);
    /* Prefill expands keys to 128 + 64 and values to 128; mean of the keys seen is 500.5. */
    w = work_of(&d, prefill_of(1000), "mla");
    assert_near(w.flop, 2.0 * 1000 * 500.5 * 16 * (192 + 128), 1e-15);
}

static void a_mixed_step_has_both_attention_kernels(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    struct su_step mixed = prefill_of(512);
    mixed.decode_seqs = 4;
    mixed.decode_kv_tokens = 100;
    struct su_op_work works[2];
    const struct su_op *attention = op_named(d.graph, "attention");
    assert_int_equal(su_work_of_op(&d, &mixed, attention, works), 2);
    assert_false(works[0].decode);
    assert_true(works[1].decode);
    struct su_step nothing = {0};
    assert_int_equal(su_work_of_op(&d, &nothing, attention, works), 0);
}

/* Every kernel of a step with its time. */
static void for_each_time(const struct su_deployment *d, struct su_step step,
                          void (*see)(const struct su_deployment *, const struct su_op_work *,
                                      const struct su_op_time *))
{
    for (uint32_t k = 0; k < d->graph->n_kinds; k++) {
        for (uint32_t i = 0; i < d->graph->kinds[k].n_ops; i++) {
            struct su_op_work works[2];
            uint32_t n = su_work_of_op(d, &step, &d->graph->kinds[k].ops[i], works);
            for (uint32_t w = 0; w < n; w++) {
                struct su_op_time time;
                d->eff.price(&d->eff, &d->device, &works[w], &time);
                see(d, &works[w], &time);
            }
        }
    }
}

static void large_gemm_is_memory_bound(const struct su_deployment *d, const struct su_op_work *w,
                                       const struct su_op_time *t)
{
    (void)d;
    if (w->kind == SU_OP_GEMM && w->bytes > 1e7)
        assert_int_equal(t->bound, SU_BOUND_MEMORY);
}

static void large_gemm_is_compute_bound(const struct su_deployment *d, const struct su_op_work *w,
                                        const struct su_op_time *t)
{
    (void)d;
    if ((w->kind == SU_OP_GEMM && w->m > 1000) || w->kind == SU_OP_ATTENTION)
        assert_int_equal(t->bound, SU_BOUND_COMPUTE);
}

static void decode_is_memory_bound_at_batch_one(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    for_each_time(&d, decode_of(1, 1000), large_gemm_is_memory_bound);
    /* The weights alone: 8.03e9 parameters without the embedding table, 2 bytes, 3.35 TB/s. */
    double weights_s = 2 * (8030261248.0 - 128256.0 * 4096) / 3.35e12;
    struct su_step step = decode_of(1, 1000);
    double step_s = su_step_s(&d, &step);
    assert_true(step_s > weights_s);
    assert_true(step_s < 2.5 * weights_s);
}

static void a_long_prefill_is_compute_bound(void **state)
{
    struct su_deployment d =
        deploy(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1), SU_DTYPE_bf16);
    for_each_time(&d, prefill_of(8192), large_gemm_is_compute_bound);
}

static void above_the_bare_roofline(const struct su_deployment *d, const struct su_op_work *w,
                                    const struct su_op_time *t)
{
    double peak = fmax(d->device.flop16_per_s, d->device.flop_gemm_per_s);
    assert_true(t->time_s >= w->flop / peak);
    assert_true(t->time_s >= w->bytes / d->device.mem_bytes_per_s);
    assert_true(w->flop >= 0 && w->bytes > 0);
}

static void no_operator_beats_peak_or_bandwidth(void **state)
{
    const char *const models[] = {"llama-3.1-8b", "qwen3-30b-a3b", "deepseek-v3"};
    const enum su_dtype dtypes[] = {SU_DTYPE_bf16, SU_DTYPE_fp8, SU_DTYPE_int4};
    for (size_t m = 0; m < 3; m++) {
        for (size_t t = 0; t < 3; t++) {
            struct su_deployment d =
                deploy(*state, models[m], "h20_sxm_96g", cut(2, 1, 1), dtypes[t]);
            for (int level = SU_EFF_LOW; level <= SU_EFF_HIGH; level++) {
                d.eff = su_eff_default((enum su_eff_level)level);
                for_each_time(&d, decode_of(1, 1), above_the_bare_roofline);
                for_each_time(&d, decode_of(256, 4000), above_the_bare_roofline);
                for_each_time(&d, prefill_of(1), above_the_bare_roofline);
                for_each_time(&d, prefill_of(8192), above_the_bare_roofline);
            }
        }
    }
}

static void better_hardware_is_never_slower(void **state)
{
    struct su_deployment d =
        deploy(*state, "qwen3-30b-a3b", "h20_sxm_96g", cut(4, 1, 1), SU_DTYPE_fp8);
    struct su_step mixed = prefill_of(2000);
    mixed.decode_seqs = 64;
    mixed.decode_kv_tokens = 3000;
    const struct su_step steps[] = {decode_of(1, 100), decode_of(200, 5000), prefill_of(4096),
                                    mixed};
    for (size_t i = 0; i < 4; i++) {
        double base_s = su_step_s(&d, &steps[i]);
        for (int what = 0; what < 4; what++) {
            struct su_deployment better = d;
            double *fields[] = {&better.device.mem_bytes_per_s, &better.device.flop16_per_s,
                                &better.device.flop_gemm_per_s, &better.device.link_bytes_per_s};
            *fields[what] *= 2;
            double s = su_step_s(&better, &steps[i]);
            assert_true(s <= base_s);
            /* Twice of one thing is not more than twice as fast. */
            assert_true(s >= base_s / 2);
        }
    }
}

static void low_efficiency_is_slower_than_mid_than_high(void **state)
{
    struct su_deployment d =
        deploy(*state, "deepseek-v3", "h20_sxm_96g", cut(8, 1, 1), SU_DTYPE_fp8);
    const struct su_step steps[] = {decode_of(1, 100), decode_of(200, 5000), prefill_of(4096)};
    for (size_t i = 0; i < 3; i++) {
        double s[3];
        for (int level = SU_EFF_LOW; level <= SU_EFF_HIGH; level++) {
            d.eff = su_eff_default((enum su_eff_level)level);
            s[level] = su_step_s(&d, &steps[i]);
        }
        assert_true(s[SU_EFF_LOW] > s[SU_EFF_MID]);
        assert_true(s[SU_EFF_MID] > s[SU_EFF_HIGH]);
    }
}

static void weight_only_formats_save_bytes_but_not_arithmetic(void **state)
{
    struct su_deployment bf16 =
        deploy(*state, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_bf16);
    struct su_deployment int4 =
        deploy(*state, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_int4);
    struct su_deployment fp8 =
        deploy(*state, "llama-3.1-8b", "h20_sxm_96g", cut(1, 1, 1), SU_DTYPE_fp8);
    struct su_step decode = decode_of(1, 100);
    struct su_step prefill = prefill_of(8192);
    assert_true(su_step_s(&int4, &decode) < 0.6 * su_step_s(&bf16, &decode));
    assert_near(su_step_s(&int4, &prefill), su_step_s(&bf16, &prefill), 0.01);
    assert_true(su_step_s(&fp8, &prefill) < 0.7 * su_step_s(&bf16, &prefill));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_gemm_reads_its_weights_once),
        fixture_test(tensor_parallelism_cuts_columns_or_rows),
        fixture_test(the_head_sees_one_row_per_sequence),
        fixture_test(kv_heads_fewer_than_cards_are_repeated),
        fixture_test(decode_attention_reads_every_key_and_value_of_its_heads),
        fixture_test(prefill_attention_is_causal),
        fixture_test(a_window_bounds_keys_and_reads),
        fixture_test(experts_are_read_when_a_token_goes_to_them),
        fixture_test(expert_parallelism_divides_experts_and_the_rest_divides_width),
        fixture_test(latent_attention_decodes_in_the_latent_space),
        fixture_test(a_mixed_step_has_both_attention_kernels),
        fixture_test(decode_is_memory_bound_at_batch_one),
        fixture_test(a_long_prefill_is_compute_bound),
        fixture_test(no_operator_beats_peak_or_bandwidth),
        fixture_test(better_hardware_is_never_slower),
        fixture_test(low_efficiency_is_slower_than_mid_than_high),
        fixture_test(weight_only_formats_save_bytes_but_not_arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
