/* Typed members: what is wrong is said with its place, what was found and what was allowed. */
#include <string.h>

#include "base/doc.h"
#include "su_test_arena.h"

static struct su_doc *parse(struct su_arena *arena, const char *text)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_yaml(arena, su_str_c(text), "b.yaml", &doc, &err), err);
    return doc;
}

static void a_pointer_names_the_way_from_the_root(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *doc = parse(arena, "a: 1\nplans:\n  - tp: 8\n  - tp: 4\n    slo:\n"
                                            "      ttft: 2s\n");
    const struct su_doc *plan = su_doc_get(doc, "plans")->u.arr.items[1];
    char where[100];
    su_doc_where(su_doc_get(su_doc_get(plan, "slo"), "ttft"), where, sizeof(where));
    assert_string_equal(where, "b.yaml:6: /plans/1/slo/ttft");
    su_doc_where(doc, where, sizeof(where));
    assert_string_equal(where, "b.yaml:1");
}

static void a_place_longer_than_its_room_is_cut_and_not_overrun(void **state)
{
    struct su_arena *arena = *state;
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *at = doc;
    for (int i = 0; i < 50; i++)
        at = su_doc_put_obj(arena, at, "a_key_of_some_length");
    for (size_t n = 1; n < 100; n++) {
        char where[100];
        memset(where, '#', sizeof(where));
        su_doc_where(at, where, n);
        assert_int_equal(strlen(where), n - 1);
    }
}

static void integers_say_their_range(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *doc = parse(arena, "n: 0\nwhole: 4.0\npart: 4.5\ntext: four\nlist: [1]\n");
    struct su_err err = {0};
    int64_t v = 77;
    assert_int_equal(su_doc_int(doc, "n", SU_DOC_REQUIRED, 1, 1024, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "b.yaml:1: /n");
    assert_string_equal(err.message, "is 0, expected 1..1024");
    assert_int_equal(su_doc_int(doc, "part", SU_DOC_REQUIRED, 1, 9, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is a number, expected an integer 1..9");
    assert_int_equal(su_doc_int(doc, "text", SU_DOC_REQUIRED, 1, 9, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is text, expected an integer 1..9");
    assert_int_equal(su_doc_int(doc, "list", SU_DOC_OPTIONAL, 1, 9, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is a list, expected an integer 1..9");
    assert_int_equal(v, 77);
    assert_ok(su_doc_int(doc, "whole", SU_DOC_REQUIRED, 1, 9, &v, &err), err);
    assert_int_equal(v, 4);
}

static void reals_say_their_range_and_take_integers(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *doc = parse(arena, "f: 1.5\nn: 1\nb: true\n");
    struct su_err err = {0};
    double v = 77;
    assert_int_equal(su_doc_real(doc, "f", SU_DOC_REQUIRED, 0, 1, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "b.yaml:1: /f");
    assert_string_equal(err.message, "is 1.5, expected 0..1");
    assert_int_equal(su_doc_real(doc, "b", SU_DOC_REQUIRED, 0, 1, &v, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is true or false, expected a number 0..1");
    assert_ok(su_doc_real(doc, "n", SU_DOC_REQUIRED, 0, 1, &v, &err), err);
    assert_true(v == 1);
}

static void absent_and_null_members_leave_the_default(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *doc = parse(arena, "n: null\n");
    struct su_err err = {0};
    int64_t i = 5;
    double r = 6;
    bool b = true;
    const char *s = "default";
    static const char *const keys[] = {"n", "absent"};
    for (size_t k = 0; k < 2; k++) {
        assert_ok(su_doc_int(doc, keys[k], SU_DOC_OPTIONAL, 0, 1, &i, &err), err);
        assert_ok(su_doc_real(doc, keys[k], SU_DOC_OPTIONAL, 0, 1, &r, &err), err);
        assert_ok(su_doc_bool(doc, keys[k], SU_DOC_OPTIONAL, &b, &err), err);
        assert_ok(su_doc_str(doc, keys[k], SU_DOC_OPTIONAL, &s, &err), err);
        assert_int_equal(su_doc_str(doc, keys[k], SU_DOC_REQUIRED, &s, &err), SU_ERR_INPUT);
        assert_non_null(strstr(err.message, su_fmt(arena, "has no \"%s\"", keys[k])));
    }
    assert_true(i == 5 && r == 6 && b);
    assert_string_equal(s, "default");
}

static void wrong_kinds_of_bool_and_text_are_named(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *doc = parse(arena, "a: yes\nb: 12\n");
    struct su_err err = {0};
    bool b = false;
    const char *s = NULL;
    assert_int_equal(su_doc_bool(doc, "a", SU_DOC_REQUIRED, &b, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is text, expected true or false");
    assert_int_equal(su_doc_str(doc, "b", SU_DOC_REQUIRED, &s, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is an integer, expected text");
}

static void an_unknown_key_suggests_the_near_one(void **state)
{
    struct su_arena *arena = *state;
    static const char *const allowed[] = {"model", "chip", "rate"};
    struct su_err err = {0};
    const struct su_doc *doc = parse(arena, "model: x\nchpi: h20\n");
    assert_int_equal(su_doc_only_keys(doc, allowed, 3, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "b.yaml:2: /chpi");
    assert_string_equal(err.message, "is not a known key, did you mean \"chip\"?");
    doc = parse(arena, "something_else: 1\n");
    assert_int_equal(su_doc_only_keys(doc, allowed, 3, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "is not a known key");
    doc = parse(arena, "rate: 1\nmodel: y\n");
    assert_ok(su_doc_only_keys(doc, allowed, 3, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_pointer_names_the_way_from_the_root),
        ARENA_TEST(a_place_longer_than_its_room_is_cut_and_not_overrun),
        ARENA_TEST(integers_say_their_range),
        ARENA_TEST(reals_say_their_range_and_take_integers),
        ARENA_TEST(absent_and_null_members_leave_the_default),
        ARENA_TEST(wrong_kinds_of_bool_and_text_are_named),
        ARENA_TEST(an_unknown_key_suggests_the_near_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
