/* `why`: the claims of the example, figures by hand, and that they come from the catalog. */
#include "app_fixture.h"
#include "catalog/temp_dir.h"

#define BRIEF SU_SOURCE_DIR "/examples/h20-2024.yaml"

static const struct su_doc *why_of(struct su_arena *arena, const char *catalog, enum su_lang lang)
{
    static const char *const paths[] = {BRIEF, NULL};
    struct su_request r = {.operands = paths, .n_operands = 1};
    if (catalog != NULL)
        set(arena, &r, "catalog", catalog);
    struct su_answer answer;
    return need(run_verb(arena, su_app_why, &r, lang, &answer), "claims", SU_DOC_ARR);
}

static const struct su_doc *claim_of(const struct su_doc *claims, const char *id)
{
    for (size_t i = 0; i < claims->u.arr.n; i++) {
        if (strcmp(str_of(claims->u.arr.items[i], "id"), id) == 0)
            return claims->u.arr.items[i];
    }
    fail_msg("no claim %s", id);
    return NULL;
}

static void every_claim_is_computed_and_judged_in_both_languages(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *en = why_of(arena, NULL, SU_LANG_EN);
    const struct su_doc *zh = why_of(arena, NULL, SU_LANG_ZH);
    assert_true(en->u.arr.n >= 12);
    assert_int_equal(en->u.arr.n, zh->u.arr.n);
    for (size_t i = 0; i < en->u.arr.n; i++) {
        const struct su_doc *c = en->u.arr.items[i];
        const struct su_doc *d = zh->u.arr.items[i];
        need_all(c, "id:s claim:s article:s computed:s verdict:s words:s arithmetic:a sources:a");
        const char *verdict = str_of(c, "verdict");
        assert_true(strcmp(verdict, "holds") == 0 || strcmp(verdict, "holds_only_if") == 0 ||
                    strcmp(verdict, "does_not_hold") == 0);
        assert_true(str_of(c, "computed")[0] != '\0' && str_of(c, "words")[0] != '\0');
        assert_true(need(c, "arithmetic", SU_DOC_ARR)->u.arr.n > 0);
        assert_true(need(c, "sources", SU_DOC_ARR)->u.arr.n > 0);
        /* The verdict is a word and the same; the sentence is of the language. */
        assert_string_equal(verdict, str_of(d, "verdict"));
        assert_string_not_equal(str_of(c, "words"), str_of(d, "words"));
        assert_null(strchr(str_of(c, "words"), '{'));
        assert_null(strchr(str_of(d, "words"), '{'));
    }
}

/* The step of a claim that holds all the words; fails when there is none. */
static void assert_step(const struct su_doc *claim, const char *a, const char *b)
{
    const struct su_doc *steps = need(claim, "arithmetic", SU_DOC_ARR);
    for (size_t i = 0; i < steps->u.arr.n; i++) {
        const char *step = steps->u.arr.items[i]->u.str.p;
        if (strstr(step, a) != NULL && strstr(step, b) != NULL)
            return;
    }
    fail_msg("%s: no step with \"%s\" and \"%s\"", str_of(claim, "id"), a, b);
}

static void figures_are_those_worked_by_hand(void **state)
{
    const struct su_doc *claims = why_of(*state, NULL, SU_LANG_EN);
    /* 148 / 989.4 */
    const struct su_doc *c = claim_of(claims, "compute_share");
    assert_string_equal(str_of(c, "computed"), "14.96 %");
    assert_string_equal(str_of(c, "verdict"), "holds");
    /* 12e9 * 7.2609 = 87.1e9 */
    assert_step(claim_of(claims, "in_yuan"), "7.2609", "87.1 B");
    /* (1.5 - 1.2) / 1.5 */
    assert_non_null(strstr(str_of(claim_of(claims, "price_fall"), "computed"), "20.0 %"));
    /* 6 * 70.55e9 * 15e12 = 6.35e24; over 1024 * 148e12 * 0.41 * 86400 = 1183 days; H100 177. */
    c = claim_of(claims, "no_training");
    assert_step(c, "h20_sxm_96g", "1,183 d");
    assert_step(c, "h100_sxm_80g", "177 d");
    assert_step(c, "ascend_910b3_64g", "35.5 %"); /* middle of 30 and 41 */
    assert_string_equal(str_of(c, "verdict"), "holds");
    /* 671e9 FP8 weights over 8 are more than 80 GB. */
    c = claim_of(claims, "large_model_fits");
    assert_string_equal(str_of(c, "verdict"), "holds");
    assert_step(c, "h100_sxm_80g", "does not fit");
    assert_step(claim_of(claims, "compliance"), "296 × 8 = TPP 2368", "PD 2.91");
    /* 110000 / 7.1935 = 15292; 150000 / 15292 = 9.8 */
    assert_step(claim_of(claims, "print_card_price"), "USD 15.3 k = 9.8", "");
    const char *const wrong[] = {"print_card_price", "print_server_price", "print_profit"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(str_of(claim_of(claims, wrong[i]), "verdict"), "does_not_hold");
    assert_string_equal(str_of(claim_of(claims, "forecast"), "verdict"), "holds_only_if");
}

static void a_changed_catalog_changes_the_figures(void **state)
{
    struct su_arena *arena = *state;
    struct temp_dir t;
    temp_dir_init(&t);
    temp_dir_write(&t, "accelerators/h20_sxm_96g.json",
                   "{\"id\": \"h20_sxm_96g\", \"vendor\": \"NVIDIA\", \"name\": \"H20\","
                   " \"origin\": \"US\", \"market\": \"datacenter\", \"stack\": \"CUDA\","
                   " \"mem_gb\": 96, \"mem_bw_gbs\": 4000, \"bf16\": 296, \"fp8\": 592,"
                   " \"link_gbs_total_bidir\": 900, \"die_area_mm2\": 814, \"tdp_w\": 400,"
                   " \"source\": \"ours\", \"as_of\": \"2024\", \"confidence\": \"low\"}");
    temp_dir_write(&t, "fx/usd_cny.csv",
                   "date,rate,source,as_of,confidence\n2024-07,10,ours,2024-07,low\n");
    const struct su_doc *claims = why_of(arena, t.path, SU_LANG_EN);
    const struct su_doc *c = claim_of(claims, "compute_share");
    assert_string_equal(str_of(c, "computed"), "29.92 %");
    assert_string_equal(str_of(c, "verdict"), "does_not_hold");
    c = claim_of(claims, "in_yuan");
    assert_string_equal(str_of(c, "computed"), "CNY 120 B");
    assert_string_equal(str_of(c, "verdict"), "does_not_hold");
    /* 592 * 8 = 4736 and 5.82 a mm2: NAC, no longer free. */
    assert_string_equal(str_of(claim_of(claims, "compliance"), "verdict"), "does_not_hold");
    assert_step(claim_of(claims, "no_training"), "h20_sxm_96g", "591 d");
    temp_dir_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_claim_is_computed_and_judged_in_both_languages),
        ARENA_TEST(figures_are_those_worked_by_hand),
        ARENA_TEST(a_changed_catalog_changes_the_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
