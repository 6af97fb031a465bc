/* `export`: one chip at the top level, several as chips[]; figures of the worked examples. */
#include "app_fixture.h"

#include "catalog/catalog.h"

static const struct su_doc *export_of(struct su_arena *arena, const char *const *ids, size_t n,
                                      const char *on)
{
    struct su_request r = REQUEST(arena, "as-of", on);
    r.operands = ids;
    r.n_operands = n;
    struct su_answer answer;
    return run_verb(arena, su_app_export, &r, SU_LANG_EN, &answer);
}

static void one_chip_stands_at_the_top_level(void **state)
{
    const char *const ids[] = {"h20_sxm_96g", NULL};
    const struct su_doc *doc = export_of(*state, ids, 1, "2024-07-14");
    need_all(doc, "id:s tpp:r perf_density:r class:s policy:s margins:o clauses:a arithmetic:a "
                  "reason:s china_gate:s context:a note:s");
    assert_near(real_of(doc, "tpp"), 2368, 0);
    assert_near(real_of(doc, "perf_density"), 2.91, 0);
    assert_string_equal(str_of(doc, "class"), "free");
    assert_string_equal(str_of(doc, "policy"), "none");
    assert_int_equal(su_doc_get(doc, "rule")->kind, SU_DOC_NULL);
    /* (2400 - 2368) / 2400 = 1.33 %; (5.92 - 2.909) / 5.92 = 50.9 %. */
    const struct su_doc *margins = need(doc, "margins", SU_DOC_OBJ);
    assert_near(real_of(need(margins, "tpp_2400", SU_DOC_OBJ), "margin_frac"), 32.0 / 2400, 1e-9);
    assert_near(real_of(need(margins, "perf_density_5.92", SU_DOC_OBJ), "margin_frac"), 0.5086,
                1e-3);
}

static void the_notice_of_april_2025_decides_on_bandwidth(void **state)
{
    const char *const ids[] = {"h20_sxm_96g", NULL};
    const struct su_doc *doc = export_of(*state, ids, 1, "2025-05-01");
    assert_string_equal(str_of(doc, "class"), "licence");
    assert_string_equal(str_of(doc, "rule"), "us_2025_informed");
    const struct su_doc *margins = need(doc, "margins", SU_DOC_OBJ);
    assert_near(real_of(need(margins, "mem_bw_gbs_1400", SU_DOC_OBJ), "value"), 4000, 0);
    assert_near(real_of(need(margins, "mem_plus_link_gbs_1700", SU_DOC_OBJ), "value"), 4900, 0);
}

static void several_chips_or_none_are_a_list(void **state)
{
    const char *const ids[] = {"h20_sxm_96g", "ascend_910b3_64g", NULL};
    const struct su_doc *chips = need(export_of(*state, ids, 2, "2024-07-14"), "chips", SU_DOC_ARR);
    assert_int_equal(chips->u.arr.n, 2);
    assert_string_equal(str_of(chips->u.arr.items[1], "class"), "not_us_origin");
    assert_null(su_doc_get(chips->u.arr.items[1], "perf_density"));
    chips = need(export_of(*state, ids, 0, "2024-07-14"), "chips", SU_DOC_ARR);
    assert_int_equal(chips->u.arr.n, su_catalog_embedded()->n_accels);
}

static void a_missing_figure_is_named(void **state)
{
    const char *const ids[] = {"rtx_6000d", NULL};
    const struct su_doc *doc = export_of(*state, ids, 1, "2025-12-01");
    assert_string_equal(str_of(doc, "class"), "unknown");
    assert_null(su_doc_get(doc, "tpp"));
    assert_non_null(strstr(str_of(doc, "reason"), "TPP"));
}

static void an_unknown_chip_is_refused_with_the_nearest(void **state)
{
    struct su_arena *arena = *state;
    const char *const ids[] = {"h20_sxm_96", NULL};
    struct su_request r = {.operands = ids, .n_operands = 1};
    struct su_view view = {.width = 100};
    struct su_answer answer = {0};
    struct su_err err = {0};
    assert_int_equal(su_app_export(arena, &r, &view, &answer, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "h20_sxm_96g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(one_chip_stands_at_the_top_level),
        ARENA_TEST(the_notice_of_april_2025_decides_on_bandwidth),
        ARENA_TEST(several_chips_or_none_are_a_list),
        ARENA_TEST(a_missing_figure_is_named),
        ARENA_TEST(an_unknown_chip_is_refused_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
