/* The small parts: scheduler table, linear price, metrics. */
#include "serve/sched_table.h"
#include "su_test_serve.h"

static void a_scheduler_is_the_newest_row_not_later(void **state)
{
    (void)state;
    static const char *const wanted[][2] = {
        {"vllm-0.8", "vllm-0.8"},   {"vllm-0.13.2", "vllm-0.8"}, {"vllm-0.14", "vllm-0.14"},
        {"vllm-0.16", "vllm-0.14"}, {"vllm-0.19", "vllm-0.19"},  {"vllm-1.0", "vllm-0.19"},
        {"vllm", "vllm-0.19"},      {"sglang", "sglang-0.5"},    {"sglang-0.5.3", "sglang-0.5"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const struct su_sched *sched = su_sched_find(wanted[i][0]);
        assert_non_null(sched);
        assert_string_equal(sched->id, wanted[i][1]);
    }
    static const char *const none[] = {
        "",        "vllm-0.7", "vllm-",      "vllm-new",     "vllm-0.19x",
        "vllm-0.", "vllm2",    "sglang-0.4", "vllm-0.1.2.3", "vllm-99999999999999999999"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(su_sched_find(none[i]));
    uint32_t n = 0;
    for (; su_sched_at(n) != NULL; n++)
        assert_ptr_equal(su_sched_find(su_sched_at(n)->id), su_sched_at(n));
    assert_int_equal(n, 4);
}

/* Chunk of 4 tokens that ends at 10: they see 7, 8, 9 and 10 tokens, 34 pairs. */
static void a_linear_price_counts_tokens_kv_and_pairs(void **state)
{
    (void)state;
    struct su_price_line line = {.overhead_ps = 1000,
                                 .floor_ps = 50,
                                 .per_token_ps = 7,
                                 .per_kv_ps = 3,
                                 .per_kilo_pair_ps = 1024 * 5};
    struct su_pricer pricer = su_pricer_linear(&line);
    struct su_chunk chunk = {.n_tokens = 4, .kv_tokens = 10, .last = true};
    struct su_batch batches[3] = {
        {.n_decode = 2, .decode_tokens = 30, .longest_tokens = 20, .n_chunks = 1, .chunks = &chunk},
        {.n_decode = 20, .decode_tokens = 100},
        {0}};
    assert_int_equal(pricer.step(pricer.ctx, &batches[0]), 1000 + 50 + 90 + 5 * 34);
    assert_int_equal(pricer.step(pricer.ctx, &batches[1]), 1000 + 140 + 300);
    assert_int_equal(pricer.lockstep(pricer.ctx, batches, 3), 1440);
}

static void a_run_is_the_step_along_the_way(void **state)
{
    (void)state;
    struct su_rng rng;
    su_rng_init(&rng, 1, "price", 0);
    for (uint32_t k = 0; k < 1000; k++) {
        struct su_price_line line = {.overhead_ps = (int64_t)serve_draw(&rng, 1, 1000000),
                                     .floor_ps = (int64_t)serve_draw(&rng, 0, 1000000),
                                     .per_token_ps = (int64_t)serve_draw(&rng, 0, 100000),
                                     .per_kv_ps = (int64_t)serve_draw(&rng, 0, 1000)};
        struct su_pricer pricer = su_pricer_linear(&line);
        uint32_t d = (uint32_t)serve_draw(&rng, 1, 500);
        uint64_t kv = d * serve_draw(&rng, 1, 5000);
        uint64_t longest = serve_draw(&rng, 1, 100000);
        struct su_price_run run;
        pricer.run(pricer.ctx, d, kv, longest, &run);
        for (uint64_t i = 0; i < 50; i++) {
            struct su_batch batch = {
                .n_decode = d, .decode_tokens = kv + i * d, .longest_tokens = longest + i};
            assert_int_equal(pricer.step(pricer.ctx, &batch),
                             run.first_ps + (int64_t)i * run.delta_ps);
        }
    }
}

static void a_run_of_gaps_is_the_gaps_one_by_one(void **state)
{
    struct su_arena *arena = *state;
    struct su_rng rng;
    su_rng_init(&rng, 1, "gaps", 0);
    for (uint32_t k = 0; k < 500; k++) {
        struct serve_run *at_once = serve_run_new(arena, 1, 0);
        struct serve_run *single = serve_run_new(arena, 1, 0);
        struct su_metrics a = {.result = &at_once->result};
        struct su_metrics b = {.result = &single->result};
        for (uint32_t j = 0; j < 3; j++) {
            int64_t first = (int64_t)serve_draw_log(&rng, 1, UINT64_C(1) << (20 + 14 * j));
            int64_t delta = (int64_t)serve_draw_log(&rng, 1, 1 + (uint64_t)first / 10) - 1;
            uint64_t n = serve_draw(&rng, 0, 300);
            uint64_t weight = serve_draw(&rng, 0, 9);
            su_metrics_gaps(&a, first, delta, n, weight);
            for (uint64_t i = 0; i < n; i++)
                su_metrics_gaps(&b, first + (int64_t)i * delta, 0, 1, weight);
        }
        serve_assert_same_hist(&at_once->result.itl, &single->result.itl);
        su_arena_reset(arena);
    }
}

/* First token after 2 s, three more in 3 s. */
static void goodput_counts_requests_that_meet_every_level(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        struct su_serve_levels levels;
        uint64_t n_good;
    } cases[] = {
        {{0}, 1},
        {{.ttft_s = 2, .tpot_s = 1, .e2e_s = 5}, 1},
        {{.ttft_s = 1.999}, 0},
        {{.tpot_s = 0.999}, 0},
        {{.e2e_s = 4.999}, 0},
        {{.ttft_s = 3, .tpot_s = 0.5, .e2e_s = 6}, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct serve_run *run = serve_run_new(arena, 1, 0);
        struct su_metrics metrics = {.result = &run->result, .levels = &cases[i].levels};
        struct su_request_record record = {.input_tokens = 9,
                                           .output_tokens = 4,
                                           .arrival_ps = 1000000000000,
                                           .scheduled_ps = 2000000000000,
                                           .first_ps = 3000000000000,
                                           .done_ps = 6000000000000};
        su_metrics_request(&metrics, &record, 0);
        assert_int_equal(run->result.n_good, cases[i].n_good);
        assert_int_equal(run->result.tpot.max, 1000000000000);
        assert_int_equal(run->result.queue.max, 1000000000000);
        assert_int_equal(run->result.end_ps, 6000000000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scheduler_is_the_newest_row_not_later),
        cmocka_unit_test(a_linear_price_counts_tokens_kv_and_pairs),
        cmocka_unit_test(a_run_is_the_step_along_the_way),
        ARENA_TEST(a_run_of_gaps_is_the_gaps_one_by_one),
        ARENA_TEST(goodput_counts_requests_that_meet_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
