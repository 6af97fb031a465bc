/* `estimate` as its callers see it: the JSON contract of docs/api/estimate.md. */
#include "app_fixture.h"

static const struct su_doc *estimate(struct su_arena *arena, const struct su_request *r,
                                     enum su_lang lang, struct su_answer *answer)
{
    return run_verb(arena, su_app_estimate, r, lang, answer);
}

static const char memory_keys[] =
    "weights_bytes:i activations_bytes:i overhead_bytes:i kv_available_bytes:i usable_bytes:i "
    "kv_bytes_per_token:r kv_capacity_tokens:i fits:b";

static void keys_of_the_contract_are_there(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-30b-a3b", "chip", "h20_sxm_96g", "tp", "2",
                                  "count", "4", "isl", "2000", "osl", "500", "concurrency", "32");
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *doc = estimate(arena, &r, (enum su_lang)lang, &answer);
        assert_true(answer.feasible);
        need_all(doc, "model:s chip:s as_of:s feasible:b ttft_ms:r ttft_p99_ms:r tpot_ms:r "
                      "tpot_p99_ms:r prefill_tok_s_per_gpu:r decode_tok_s_per_gpu:r "
                      "output_tok_s:r request_rate_s:r decode_seqs:r saturated:b replicas:i "
                      "memory:o interval:o breakdown:a basis:s approximations:a assumptions:a");
        need_all(su_doc_get(doc, "memory"), memory_keys);
        assert_int_equal(int_of(doc, "replicas"), 2);
        static const char *const metrics[] = {"ttft_ms", "tpot_ms", "prefill_tok_s_per_gpu",
                                              "decode_tok_s_per_gpu", "output_tok_s"};
        for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
            assert_bracketed(doc, metrics[i], real_of(doc, metrics[i]));
        const struct su_doc *lines = su_doc_get(doc, "breakdown");
        assert_true(lines->u.arr.n > 10);
        for (size_t i = 0; i < lines->u.arr.n; i++) {
            need_all(lines->u.arr.items[i],
                     "phase:s op:s calls:i time_us:r flop:r bytes:r bound:s basis:s");
            /* Names in JSON do not follow the language. */
            assert_true(strcmp(str_of(lines->u.arr.items[i], "phase"), "decode") == 0 ||
                        strcmp(str_of(lines->u.arr.items[i], "phase"), "mixed") == 0);
        }
    }
}

/* Little's law in a closed loop: N requests in flight, each of ttft + (osl-1) tpot; so the rate is
 * N over that, and output tokens the rate times osl. */
static void a_closed_loop_obeys_littles_law(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-8b", "chip", "h20_sxm_96g", "isl", "2000",
                                  "osl", "500", "concurrency", "64");
    struct su_answer answer;
    const struct su_doc *doc = estimate(arena, &r, SU_LANG_EN, &answer);
    double stay_s = (real_of(doc, "ttft_ms") + 499 * real_of(doc, "tpot_ms")) / 1e3;
    assert_near(real_of(doc, "request_rate_s"), 64 / stay_s, 0.02);
    assert_near(real_of(doc, "output_tok_s"), 500 * real_of(doc, "request_rate_s"), 1e-9);
}

static void every_omitted_flag_is_an_assumption(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-30b-a3b", "chip", "h20_sxm_96g", "isl",
                                  "2000", "osl", "500");
    static const char *const names[] = {"engine",
                                        "as_of",
                                        "tp",
                                        "pp",
                                        "num_speculative_tokens",
                                        "dp",
                                        "ep",
                                        "count",
                                        "dtype",
                                        "kv_dtype",
                                        "max_num_seqs",
                                        "max_num_batched_tokens",
                                        "gpu_memory_utilization",
                                        "block_size",
                                        "isl_cv",
                                        "osl_cv",
                                        "concurrency"};
    static const char *const values[] = {"vllm", "2026-01-01", "2",   "1",   "0",  "1",
                                         "2",    "2",          "fp8", "fp8", "64", "4096",
                                         "0.8",  "32",         "0.1", "0.1", "8"};
    struct su_answer answer;
    const struct su_doc *doc = estimate(arena, &r, SU_LANG_EN, &answer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (assumption(doc, names[i]) == NULL)
            fail_msg("%s was left out and is no assumption", names[i]);
        set(arena, &r, names[i], values[i]);
    }
    doc = estimate(arena, &r, SU_LANG_EN, &answer);
    assert_int_equal(su_doc_get(doc, "assumptions")->u.arr.n, 0);
}

/* 671e9 parameters in fp8 do not fit one card of 96 GB; eight cards hold 79 GiB of weights each. */
static void what_does_not_fit_is_infeasible_with_a_cut_that_would(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "model", "llama-3-70b", "chip", "h20_sxm_96g", "isl", "2000", "osl", "500");
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *doc = estimate(arena, &r, (enum su_lang)lang, &answer);
        assert_false(answer.feasible);
        assert_false(need(doc, "feasible", SU_DOC_BOOL)->u.boolean);
        assert_string_equal(str_of(doc, "why"), answer.why);
        assert_non_null(strstr(answer.why, "--tp 2"));
        need_all(su_doc_get(doc, "memory"), memory_keys);
        need_all(doc, "assumptions:a approximations:a");
    }
    set(arena, &r, "tp", "2");
    struct su_answer answer;
    (void)estimate(arena, &r, SU_LANG_EN, &answer);
    assert_true(answer.feasible);
    struct su_request big = REQUEST(arena, "model", "deepseek-v3", "chip", "ascend_910b3_64g",
                                    "isl", "2000", "osl", "500");
    (void)estimate(arena, &big, SU_LANG_EN, &answer);
    assert_false(answer.feasible);
    assert_null(strstr(answer.why, "--tp"));
}

static void blocks_are_bounded_by_memory_and_by_one_request(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-8b", "chip", "h20_sxm_96g", "isl", "1000",
                                  "osl", "10", "num_gpu_blocks", "10");
    struct su_answer answer;
    (void)estimate(arena, &r, SU_LANG_EN, &answer);
    assert_false(answer.feasible);
    assert_non_null(strstr(answer.why, "--num-gpu-blocks 64 would fit")); /* 1010 / 16 */
    set(arena, &r, "num_gpu_blocks", "1000000000");
    (void)estimate(arena, &r, SU_LANG_EN, &answer);
    assert_false(answer.feasible);
    set(arena, &r, "num_gpu_blocks", "64");
    const struct su_doc *doc = estimate(arena, &r, SU_LANG_EN, &answer);
    assert_true(answer.feasible);
    assert_int_equal(int_of(su_doc_get(doc, "memory"), "kv_capacity_tokens"), 1024);
}

static bool approximates(const struct su_doc *doc, const char *words)
{
    const struct su_doc *list = su_doc_get(doc, "approximations");
    for (size_t i = 0; i < list->u.arr.n; i++) {
        if (strstr(list->u.arr.items[i]->u.str.p, words) != NULL)
            return true;
    }
    return false;
}

static void what_is_not_backed_by_facts_is_told(void **state)
{
    struct su_arena *arena = *state;
    struct su_answer answer;
    struct su_request r =
        REQUEST(arena, "model", "qwen3-8b", "chip", "h20_sxm_96g", "isl", "2000", "osl", "500");
    const struct su_doc *doc = estimate(arena, &r, SU_LANG_EN, &answer);
    assert_false(approximates(doc, "no record"));
    assert_false(approximates(doc, "positions"));
    set(arena, &r, "chip", "br104");
    assert_true(approximates(estimate(arena, &r, SU_LANG_EN, &answer), "no record"));
    set(arena, &r, "chip", "h20_sxm_96g");
    set(arena, &r, "isl", "100000");
    assert_true(approximates(estimate(arena, &r, SU_LANG_EN, &answer), "40,960 positions"));
}

static void bad_requests_name_the_flag(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *flag;
        const char *value;
        const char *where;
    } rows[] = {{"tp", "3", "--tp"},
                {"acceptance_rate", "0.5", "--acceptance-rate"},
                {"num_speculative_tokens", "2", "--acceptance-rate"},
                {"expert_skew", "1", "--expert-skew"},
                {"ep", "2", "--ep"},
                {"dtype", "bf16,fp8", "--dtype"},
                {"engine", "tgi", "--engine"},
                {"count", "3", "--count"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_request r = REQUEST(arena, "model", "qwen3-8b", "chip", "h20_sxm_96g", "isl",
                                      "100", "osl", "100", "tp", "2");
        set(arena, &r, rows[i].flag, rows[i].value);
        struct su_view view = {.lang = SU_LANG_EN, .width = 100};
        struct su_answer answer = {0};
        struct su_err err = {0};
        if (su_app_estimate(arena, &r, &view, &answer, &err) != SU_ERR_INPUT)
            fail_msg("accepted: --%s %s", rows[i].flag, rows[i].value);
        assert_string_equal(err.where, rows[i].where);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(keys_of_the_contract_are_there),
        ARENA_TEST(a_closed_loop_obeys_littles_law),
        ARENA_TEST(every_omitted_flag_is_an_assumption),
        ARENA_TEST(what_does_not_fit_is_infeasible_with_a_cut_that_would),
        ARENA_TEST(blocks_are_bounded_by_memory_and_by_one_request),
        ARENA_TEST(what_is_not_backed_by_facts_is_told),
        ARENA_TEST(bad_requests_name_the_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
