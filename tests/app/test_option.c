/* Options: every type with its units and ranges, and the words that are refused. */
#include <math.h>

#include "app_fixture.h"

static const struct su_option *find(const char *flag)
{
    const struct su_option *o = su_option_find(flag);
    assert_non_null(o);
    return o;
}

/* Refused as the user's mistake, at the place named. */
static void refused(struct su_arena *arena, const char *flag, const char *text, const char *says)
{
    struct su_request r = {0};
    struct su_err err = {0};
    enum su_status st = su_request_set(arena, &r, find(flag), text, "--here", &err);
    if (st != SU_ERR_INPUT)
        fail_msg("--%s %s: status %d", flag, text, st);
    assert_string_equal(err.where, "--here");
    if (strstr(err.message, says) == NULL)
        fail_msg("--%s %s: \"%s\" does not say \"%s\"", flag, text, err.message, says);
    assert_true(r.set[0] == 0 && r.set[1] == 0);
}

static void every_option_is_found_by_key_flag_and_alias(void **state)
{
    struct su_arena *arena = *state;
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        assert_ptr_equal(su_option_find(o->key), o);
        char *flag = su_str_dup_c(arena, o->key);
        for (char *c = flag; *c != '\0'; c++)
            *c = *c == '_' ? '-' : *c;
        assert_ptr_equal(su_option_find(flag), o);
        if (o->alias != NULL)
            assert_ptr_equal(su_option_find(o->alias), o);
        assert_true(o->commands != 0);
        assert_true((o->type == SU_OPT_FLAG || o->type == SU_OPT_SWITCH) == (o->arg == NULL));
    }
    assert_null(su_option_find("max-num-seq"));
    assert_null(su_option_find(""));
}

static void engine_names_mean_the_same_option(void **state)
{
    (void)state;
    assert_ptr_equal(find("tensor-parallel-size"), find("tp"));
    assert_ptr_equal(find("kv_cache_dtype"), find("kv-dtype"));
    assert_ptr_equal(find("request-rate"), find("rate"));
    assert_ptr_equal(find("num-gpu-blocks-override"), find("num_gpu_blocks"));
}

static void numbers_take_their_units(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "isl", "1.5k", "users", "2万", "rate", "120/min", "power-max", "20kW",
                "gpu-memory-utilization", "90%", "max-num-seqs", "256", "budget", "1.5M");
    assert_near(r.isl, 1500, 0);
    assert_near(r.users, 20000, 0);
    assert_near(r.rate, 2, 1e-15);
    assert_near(r.power_max, 20000, 0);
    assert_near(r.gpu_memory_utilization, 0.9, 1e-15);
    assert_int_equal(r.max_num_seqs, 256);
    assert_near(r.budget, 1.5e6, 0);
    assert_true(su_request_has(&r, SU_OPTION_isl));
    assert_false(su_request_has(&r, SU_OPTION_osl));
}

static void ends_of_a_range_are_in_it_and_what_is_beyond_is_not(void **state)
{
    struct su_arena *arena = *state;
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        if (o->type != SU_OPT_INT && o->type != SU_OPT_REAL)
            continue;
        struct su_request r = {0};
        set(arena, &r, o->key, su_fmt(arena, "%.17g", o->min));
        set(arena, &r, o->key, su_fmt(arena, "%.17g", o->max));
        refused(arena, o->key, su_fmt(arena, "%.17g", o->max * 1.5 + 1), "expected");
        refused(arena, o->key, "-1", "expected");
        refused(arena, o->key, "nan", "expected");
        refused(arena, o->key, "inf", "expected");
        refused(arena, o->key, "1e999", "expected");
        refused(arena, o->key, "", "expected");
        refused(arena, o->key, "12 parsecs", "expected");
    }
    refused(arena, "tp", "1.5", "integer");
    refused(arena, "tp", "0", "expected 1..1024");
}

static void lists_split_at_commas_and_have_no_empty_words(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "dtype", "bf16, fp8 ,int8");
    assert_string_equal(r.dtype[0], "bf16");
    assert_string_equal(r.dtype[1], "fp8");
    assert_string_equal(r.dtype[2], "int8");
    assert_null(r.dtype[3]);
    refused(arena, "dtype", "", "empty word");
    refused(arena, "dtype", "bf16,", "empty word");
    refused(arena, "dtype", ",bf16", "empty word");
    refused(arena, "dtype", "bf16,,fp8", "empty word");
}

static void service_levels_are_times(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "slo", "ttft_p99=2s, tpot_p99=50ms,ttft_mean=1,tpot_mean=800us");
    assert_near(r.slo.ttft_p99_s, 2, 0);
    assert_near(r.slo.tpot_p99_s, 0.05, 1e-15);
    assert_near(r.slo.ttft_mean_s, 1, 0);
    assert_near(r.slo.tpot_mean_s, 800e-6, 1e-15);
    static const char *const wrong[] = {"ttft_p99",     "ttft=2s",      "=2s",       "",
                                        "ttft_p99=2s,", "ttft_p99x=2s", "ttft_p9=2s"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        refused(arena, "slo", wrong[i], "expected levels");
    refused(arena, "slo", "ttft_p99=fast", "a time");
    refused(arena, "slo", "ttft_p99=0s", "above 0");
    refused(arena, "slo", "ttft_p99=-1s", "above 0");
    refused(arena, "slo", "ttft_p99=2d", "up to 1 d");
}

static void texts_and_flags_are_kept_as_they_are(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "./my model", "json", "");
    assert_string_equal(r.model, "./my model");
    assert_true(r.json);
    refused(arena, "model", "", "is empty");
}

static void language_comes_from_the_flag_then_the_locale(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_request r = {0};
    enum su_lang lang = SU_LANG_EN;
    assert_ok(su_request_lang(&r, "zh_CN.UTF-8", &lang, &err), err);
    assert_int_equal(lang, SU_LANG_ZH);
    set(arena, &r, "lang", "en");
    assert_ok(su_request_lang(&r, "zh_CN.UTF-8", &lang, &err), err);
    assert_int_equal(lang, SU_LANG_EN);
    set(arena, &r, "lang", "zh-TW");
    assert_int_equal(su_request_lang(&r, NULL, &lang, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "--lang");
}

/* Options that cannot both hold are refused by the verb, with both named. */
static void contradictory_options_are_refused(void **state)
{
    struct su_arena *arena = *state;
    struct su_view view = {.lang = SU_LANG_EN, .width = 100};
    struct su_err err = {0};
    struct su_answer answer = {0};
    struct su_request load =
        REQUEST(arena, "model", "qwen3-8b", "isl", "100", "osl", "100", "rate", "1", "users", "10");
    assert_int_equal(su_app_plan(arena, &load, &view, &answer, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "users"));
    struct su_request both = REQUEST(arena, "model", "qwen3-8b", "isl", "100", "osl", "100", "rate",
                                     "1", "concurrency", "10", "chip", "h20_sxm_96g");
    assert_int_equal(su_app_estimate(arena, &both, &view, &answer, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "concurrency"));
    struct su_request mixed = REQUEST(arena, "model", "qwen3-8b", "isl", "100", "osl", "100",
                                      "rate", "1", "vendors_only", "domestic,NVIDIA");
    assert_int_equal(su_app_plan(arena, &mixed, &view, &answer, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "NVIDIA"));
    struct su_request count = REQUEST(arena, "model", "qwen3-8b", "isl", "100", "osl", "100",
                                      "chip", "h20_sxm_96g", "tp", "4", "count", "6");
    assert_int_equal(su_app_estimate(arena, &count, &view, &answer, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "--count");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_option_is_found_by_key_flag_and_alias),
        ARENA_TEST(engine_names_mean_the_same_option),
        ARENA_TEST(numbers_take_their_units),
        ARENA_TEST(ends_of_a_range_are_in_it_and_what_is_beyond_is_not),
        ARENA_TEST(lists_split_at_commas_and_have_no_empty_words),
        ARENA_TEST(service_levels_are_times),
        ARENA_TEST(texts_and_flags_are_kept_as_they_are),
        ARENA_TEST(language_comes_from_the_flag_then_the_locale),
        ARENA_TEST(contradictory_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
