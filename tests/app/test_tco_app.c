/* `tco`: keys of the contract, what the request may override, and the example of the lessor. */
#include "app_fixture.h"

static double amount(const struct su_doc *doc, const char *key)
{
    return real_of(need(doc, key, SU_DOC_OBJ), "amount");
}

static const struct su_doc *figure(const struct su_doc *doc, const char *name)
{
    const struct su_doc *a = assumption(doc, name);
    if (a == NULL)
        fail_msg("no assumption %s", name);
    return a;
}

static void every_view_has_its_keys(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "chip", "h20_sxm_96g", "as-of", "2024-07-14", "servers", "4",
                "rent-per-card-hour", "5..6..8", "output-tok-s", "12000", "draws", "2000");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_tco, &r, SU_LANG_ZH, &answer);
    need_all(doc, "npv:o cost_per_mtok_output:o break_even_rent_per_card_hour:o percentiles:o "
                  "tornado:a assumptions:a verdict:s views:o price_series:o rent_series:o "
                  "p_buy_cheaper_frac:r approximations:a");
    const struct su_doc *views = need(doc, "views", SU_DOC_OBJ);
    assert_int_equal(views->u.obj.n, 3);
    for (size_t i = 0; i < 3; i++)
        need_all(views->u.obj.items[i].value, "npv:o percentiles:o breakdown:a total:o");
    const struct su_doc *buy = need(views, "buy", SU_DOC_OBJ);
    assert_near(amount(buy, "npv"), amount(doc, "npv"), 0);
    assert_null(su_doc_get(need(views, "lease_out", SU_DOC_OBJ), "cost_per_mtok_output"));
    /* The breakdown adds up to the value. */
    double sum = 0;
    const struct su_doc *lines = need(buy, "breakdown", SU_DOC_ARR);
    for (size_t i = 0; i < lines->u.arr.n; i++)
        sum += amount(lines->u.arr.items[i], "present_value");
    assert_near(sum, amount(buy, "npv"), 1e-12);
    const struct su_doc *p = need(doc, "percentiles", SU_DOC_OBJ);
    assert_true(amount(p, "p10") < amount(p, "p50") && amount(p, "p50") < amount(p, "p90"));
}

static void without_a_rent_only_buying_is_told(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "chip", "h20_sxm_96g", "as-of", "2024-07-14", "draws", "1000");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_tco, &r, SU_LANG_EN, &answer);
    assert_int_equal(need(doc, "views", SU_DOC_OBJ)->u.obj.n, 1);
    assert_null(su_doc_get(doc, "payback_months"));
    assert_null(su_doc_get(doc, "cost_per_mtok_output"));
    assert_true(amount(doc, "break_even_rent_per_card_hour") > 0);
}

static void figures_of_the_request_replace_the_catalogs(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "chip", "h20_sxm_96g", "as-of", "2024-07-14", "draws",
                                  "1000", "server-price", "100000 USD", "assume",
                                  "pue=1.1..1.3,discount=6%", "vacancy", "20%..30%..50%");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_tco, &r, SU_LANG_EN, &answer);
    /* 7.2609 CNY for a dollar in 2024-07. */
    assert_near(real_of(figure(doc, "server_price"), "value"), 726090, 1e-9);
    assert_near(real_of(figure(doc, "pue"), "value"), 1.2, 1e-9);
    assert_near(real_of(figure(doc, "pue"), "high"), 1.3, 1e-9);
    assert_near(real_of(figure(doc, "discount"), "low"), 0.06, 1e-9);
    assert_near(real_of(figure(doc, "vacancy"), "value"), 0.3, 1e-9);
    assert_true(need(figure(doc, "pue"), "given", SU_DOC_BOOL)->u.boolean);
    assert_false(need(figure(doc, "electricity"), "given", SU_DOC_BOOL)->u.boolean);
}

static void a_brief_may_hold_assumptions_as_a_mapping(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = {0};
    struct su_doc *brief = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_yaml(arena,
                                su_str_c("chip: h20_sxm_96g\nservers: 2\n"
                                         "assume: {pue: 1.25, interest: 4%}\n"),
                                "b.yaml", &brief, &err),
              err);
    assert_ok(su_request_from_doc(arena, &r, brief, SU_ON_TCO, &err), err);
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_tco, &r, SU_LANG_EN, &answer);
    assert_near(real_of(figure(doc, "pue"), "value"), 1.25, 1e-12);
    assert_near(real_of(figure(doc, "interest"), "value"), 0.04, 1e-12);
    /* And comes back from --print-brief. */
    struct su_request again = {0};
    assert_ok(su_request_from_doc(arena, &again, su_request_brief(arena, &r), SU_ON_TCO, &err),
              err);
    assert_string_equal(again.assume[1], r.assume[1]);
}

static void the_thousand_card_cluster_does_not_pay(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = {0};
    struct su_err err = {0};
    assert_ok(su_request_read_brief(arena, &r, SU_SOURCE_DIR "/examples/lessor-128-servers.yaml",
                                    SU_ON_TCO, &err),
              err);
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_tco, &r, SU_LANG_EN, &answer);
    assert_string_equal(str_of(doc, "view"), "lease_out");
    assert_int_equal(int_of(doc, "servers"), 128);
    assert_true(amount(doc, "npv") < 0);
    assert_null(su_doc_get(doc, "payback_months"));
    assert_non_null(strstr(str_of(doc, "verdict"), "does not come back"));
    assert_true(amount(doc, "break_even_rent_per_card_hour") > 6.68);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_view_has_its_keys),
        ARENA_TEST(without_a_rent_only_buying_is_told),
        ARENA_TEST(figures_of_the_request_replace_the_catalogs),
        ARENA_TEST(a_brief_may_hold_assumptions_as_a_mapping),
        ARENA_TEST(the_thousand_card_cluster_does_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
