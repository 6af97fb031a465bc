/* `model` as its callers see it: the JSON contract of docs/api/model.md. */
#include "app_fixture.h"

static const struct su_doc *model(struct su_arena *arena, struct su_request *r, const char *name,
                                  enum su_lang lang)
{
    const char **words = SU_NEW_ARRAY(arena, 2, const char *);
    words[0] = name;
    r->operands = words;
    r->n_operands = name == NULL ? 0 : 1;
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_model, r, lang, &answer);
    assert_true(answer.feasible);
    return doc;
}

static void keys_of_the_contract_are_there_for_every_preset(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = {0};
    const struct su_doc *presets = need(model(arena, &r, NULL, SU_LANG_EN), "presets", SU_DOC_ARR);
    assert_true(presets->u.arr.n > 10);
    for (size_t i = 0; i < presets->u.arr.n; i++) {
        const char *name = presets->u.arr.items[i]->u.str.p;
        const struct su_doc *doc = model(arena, &r, name, i % 2 == 0 ? SU_LANG_EN : SU_LANG_ZH);
        assert_string_equal(str_of(doc, "model"), name);
        need_all(doc, "architecture:s params_total:i params_active:i kv_bytes_per_token:r "
                      "kv_bytes_per_token_by_dtype:o context_tokens:r decode:o prefill:o memory:o");
        assert_true(int_of(doc, "params_active") <= int_of(doc, "params_total"));
        need_all(su_doc_get(doc, "decode"), "flop_per_token:r bytes_per_token:r");
        need_all(su_doc_get(doc, "prefill"), "flop_per_token:r bytes_per_token:r");
        const struct su_doc *kv = su_doc_get(doc, "kv_bytes_per_token_by_dtype");
        assert_near(real_of(kv, "bf16"), 2 * real_of(kv, "fp8"), 1e-12);
        const struct su_doc *memory = su_doc_get(doc, "memory");
        need_all(memory, "dtype:s per_card:a");
        const struct su_doc *maps = su_doc_get(memory, "per_card");
        assert_true(maps->u.arr.n >= 1);
        for (size_t m = 0; m < maps->u.arr.n; m++)
            need_all(maps->u.arr.items[m], "tp:i ep:i weights_bytes:i weights_expert_bytes:i");
    }
}

/* Published: 671,026,419,200 values in the safetensors files; KV 61 x (512 + 64) x 2 B. */
static void deepseek_v3_has_its_published_size(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = {0};
    const struct su_doc *doc = model(arena, &r, "deepseek-v3", SU_LANG_EN);
    assert_int_equal(int_of(doc, "params_total"), 671026419200);
    assert_near(real_of(doc, "kv_bytes_per_token"), 61 * (512 + 64) * 2, 0);
    assert_string_equal(str_of(su_doc_get(doc, "memory"), "dtype"), "fp8");
}

/* Attention is the only part of the work that grows with the context, by the same amount for each
 * token more: 4 x heads x head_dim x layers = 4 x 32 x 128 x 32 FLOP for llama-3.1-8b. */
static void work_per_token_grows_with_the_context(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "context", "1000");
    double a = real_of(su_doc_get(model(arena, &r, "llama-3.1-8b", SU_LANG_EN), "decode"),
                       "flop_per_token");
    set(arena, &r, "context", "3k");
    double b = real_of(su_doc_get(model(arena, &r, "llama-3.1-8b", SU_LANG_EN), "decode"),
                       "flop_per_token");
    assert_near(b - a, 2000.0 * 4 * 32 * 128 * 32, 1e-9);
}

static void a_cut_that_is_asked_for_is_the_only_one_shown(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "tp", "4", "dtype", "int4");
    const struct su_doc *memory =
        su_doc_get(model(arena, &r, "llama-3.1-8b", SU_LANG_EN), "memory");
    assert_string_equal(str_of(memory, "dtype"), "int4");
    const struct su_doc *maps = su_doc_get(memory, "per_card");
    assert_int_equal(maps->u.arr.n, 1);
    assert_int_equal(int_of(maps->u.arr.items[0], "tp"), 4);
}

static void bad_models_are_refused_by_name(void **state)
{
    struct su_arena *arena = *state;
    static const char *const rows[][2] = {
        {"qwen3-32", "qwen3-32b"}, {"/", "config.json"}, {"nothing-like-it", "preset"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *words[] = {rows[i][0], NULL};
        struct su_request r = {.operands = words, .n_operands = 1};
        struct su_view view = {.lang = SU_LANG_EN, .width = 100};
        struct su_answer answer = {0};
        struct su_err err = {0};
        assert_int_equal(su_app_model(arena, &r, &view, &answer, &err), SU_ERR_INPUT);
        if (strstr(err.message, rows[i][1]) == NULL && strstr(err.where, rows[i][1]) == NULL)
            fail_msg("%s: %s: %s", rows[i][0], err.where, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(keys_of_the_contract_are_there_for_every_preset),
        ARENA_TEST(deepseek_v3_has_its_published_size),
        ARENA_TEST(work_per_token_grows_with_the_context),
        ARENA_TEST(a_cut_that_is_asked_for_is_the_only_one_shown),
        ARENA_TEST(bad_models_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
