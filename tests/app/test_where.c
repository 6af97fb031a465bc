/* Conditions on chips. */
#include "app/where.h"
#include "app_fixture.h"

static const struct su_accel *chip(const char *id)
{
    const struct su_accel *accel = NULL;
    struct su_err err = {0};
    assert_ok(su_catalog_find_accel(su_catalog_embedded(), id, &accel, &err), err);
    return accel;
}

static bool holds(struct su_arena *arena, const char *text, const char *id)
{
    struct su_where *w = NULL;
    struct su_err err = {0};
    assert_ok(su_where_parse(arena, text, &w, &err), err);
    return su_where_holds(w, chip(id));
}

/* H20: 96 GB at 4000 GB/s, 148 TFLOPS bf16. */
static void numbers_compare_in_the_fields_unit(void **state)
{
    struct su_arena *arena = *state;
    assert_true(holds(arena, "mem_gb>=96", "h20_sxm_96g"));
    assert_true(holds(arena, "mem_gb<=96", "h20_sxm_96g"));
    assert_true(holds(arena, "mem_gb=96", "h20_sxm_96g"));
    assert_true(holds(arena, "mem_gb == 96", "h20_sxm_96g"));
    assert_false(holds(arena, "mem_gb>96", "h20_sxm_96g"));
    assert_false(holds(arena, "mem_gb<96", "h20_sxm_96g"));
    assert_false(holds(arena, "mem_gb!=96", "h20_sxm_96g"));
    assert_true(holds(arena, "mem_bw_gbs > 3.9e3", "h20_sxm_96g"));
}

static void texts_compare_without_case(void **state)
{
    struct su_arena *arena = *state;
    assert_true(holds(arena, "vendor=nvidia", "h20_sxm_96g"));
    assert_false(holds(arena, "vendor!=NVIDIA", "h20_sxm_96g"));
    assert_true(holds(arena, "stack!=CANN", "h20_sxm_96g"));
}

static void conditions_all_hold(void **state)
{
    struct su_arena *arena = *state;
    assert_true(holds(arena, "mem_gb>=96 && vendor=NVIDIA", "h20_sxm_96g"));
    assert_true(holds(arena, "mem_gb>=96,bf16<200", "h20_sxm_96g"));
    assert_false(holds(arena, "mem_gb>=96 && vendor=Huawei", "h20_sxm_96g"));
}

/* 910B3 publishes no fp8 rate: neither side of any comparison holds. */
static void what_is_not_known_satisfies_nothing(void **state)
{
    struct su_arena *arena = *state;
    assert_false(holds(arena, "fp8>0", "ascend_910b3_64g"));
    assert_false(holds(arena, "fp8<=0", "ascend_910b3_64g"));
    assert_false(holds(arena, "fp8!=1", "ascend_910b3_64g"));
}

static void a_condition_and_its_opposite_split_the_known_chips(void **state)
{
    struct su_arena *arena = *state;
    const struct su_catalog *c = su_catalog_embedded();
    struct su_err err = {0};
    struct su_where *at_least = NULL;
    struct su_where *below = NULL;
    assert_ok(su_where_parse(arena, "mem_gb>=80", &at_least, &err), err);
    assert_ok(su_where_parse(arena, "mem_gb<80", &below, &err), err);
    for (size_t i = 0; i < c->n_accels; i++) {
        bool known = su_fact_known(c->accels[i].mem_gb);
        int n = su_where_holds(at_least, &c->accels[i]) + su_where_holds(below, &c->accels[i]);
        assert_int_equal(n, known ? 1 : 0);
    }
}

static void mistakes_are_refused(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {{"mem_gbs>1", "did you mean \"mem_gb\""},
                {"mem_gb", "is no condition"},
                {"", "is no condition"},
                {"mem_gb>=", "expected a number"},
                {"mem_gb>=many", "expected a number"},
                {"vendor>=A", "orders a text"},
                {"mem_gb>1 &&", "is no condition"},
                {">=4", "is not a field"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_where *w = NULL;
        struct su_err err = {0};
        if (su_where_parse(arena, rows[i].text, &w, &err) != SU_ERR_INPUT)
            fail_msg("accepted: \"%s\"", rows[i].text);
        assert_string_equal(err.where, "--where");
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("\"%s\" says \"%s\"", rows[i].text, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(numbers_compare_in_the_fields_unit),
        ARENA_TEST(texts_compare_without_case),
        ARENA_TEST(conditions_all_hold),
        ARENA_TEST(what_is_not_known_satisfies_nothing),
        ARENA_TEST(a_condition_and_its_opposite_split_the_known_chips),
        ARENA_TEST(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
