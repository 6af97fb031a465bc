/* `chips` as its callers see it: the JSON contract of docs/api/chips.md. */
#include "app_fixture.h"
#include "catalog/catalog.h"

static const struct su_doc *chips(struct su_arena *arena, const struct su_request *r,
                                  enum su_lang lang, struct su_answer *answer)
{
    const struct su_doc *doc = run_verb(arena, su_app_chips, r, lang, answer);
    assert_true(answer->feasible);
    assert_non_null(answer->table);
    return need(doc, "chips", SU_DOC_ARR);
}

static void all_chips_have_the_keys_of_the_contract(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = {0};
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *list = chips(arena, &r, (enum su_lang)lang, &answer);
        assert_int_equal(list->u.arr.n, su_catalog_embedded()->n_accels);
        for (size_t i = 0; i < list->u.arr.n; i++) {
            const struct su_doc *c = list->u.arr.items[i];
            need_all(c, "id:s vendor:s name:s origin:s market:s stack:s source:s as_of:s "
                        "confidence:s");
            for (size_t f = 0; f < su_accel_n_fields; f++) {
                const struct su_doc *fact = su_doc_get(c, su_accel_fields[f].name);
                if (fact != NULL)
                    need(fact, "value", SU_DOC_REAL); /* absent when not known, never 0 or null */
            }
        }
    }
}

/* H20: the vendor's 4000 GB/s, and others who say 4096; 400 W, and others. */
static void a_contradiction_keeps_every_value_with_its_source(void **state)
{
    struct su_arena *arena = *state;
    const char *ids[] = {"h20_sxm_96g", NULL};
    struct su_request r = {.operands = ids, .n_operands = 1};
    struct su_answer answer;
    const struct su_doc *list = chips(arena, &r, SU_LANG_EN, &answer);
    assert_int_equal(list->u.arr.n, 1);
    const struct su_doc *bw = need(list->u.arr.items[0], "mem_bw_gbs", SU_DOC_OBJ);
    assert_near(real_of(bw, "value"), 4000, 0);
    assert_string_equal(str_of(bw, "unit"), "GB/s");
    const struct su_doc *others = need(bw, "contradicted_by", SU_DOC_ARR);
    assert_near(real_of(others->u.arr.items[0], "value"), 4096, 0);
    need_all(others->u.arr.items[0], "source:s confidence:s");
}

static void ids_keep_the_order_asked_for_and_where_filters(void **state)
{
    struct su_arena *arena = *state;
    const char *ids[] = {"h100_sxm_80g", "ascend_910b3_64g", NULL};
    struct su_request r = {.operands = ids, .n_operands = 2};
    struct su_answer answer;
    const struct su_doc *list = chips(arena, &r, SU_LANG_EN, &answer);
    assert_string_equal(str_of(list->u.arr.items[0], "id"), "h100_sxm_80g");
    assert_string_equal(str_of(list->u.arr.items[1], "id"), "ascend_910b3_64g");
    set(arena, &r, "where", "stack=CANN");
    list = chips(arena, &r, SU_LANG_EN, &answer);
    assert_int_equal(list->u.arr.n, 1);
    struct su_request none = REQUEST(arena, "where", "mem_gb>=100000");
    list = chips(arena, &none, SU_LANG_EN, &answer);
    assert_int_equal(list->u.arr.n, 0);
}

static void an_unknown_chip_is_refused_with_near_ones(void **state)
{
    struct su_arena *arena = *state;
    const char *ids[] = {"h20_sxm_96", NULL};
    struct su_request r = {.operands = ids, .n_operands = 1};
    struct su_view view = {.lang = SU_LANG_EN, .width = 100};
    struct su_answer answer = {0};
    struct su_err err = {0};
    assert_int_equal(su_app_chips(arena, &r, &view, &answer, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "h20_sxm_96g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(all_chips_have_the_keys_of_the_contract),
        ARENA_TEST(a_contradiction_keeps_every_value_with_its_source),
        ARENA_TEST(ids_keep_the_order_asked_for_and_where_filters),
        ARENA_TEST(an_unknown_chip_is_refused_with_near_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
