#include <math.h>
#include <string.h>

#include "base/str.h"
#include "su_test_arena.h"

static void views_compare_by_bytes(void **state)
{
    (void)state;
    assert_true(su_str_eq(su_str_c("h20"), (struct su_str){"h20x", 3}));
    assert_false(su_str_eq_c(su_str_c("h20"), "h200"));
    assert_true(su_str_eq(su_str_c(NULL), su_str_c("")));
}

static void trim_takes_white_space_off_both_ends_only(void **state)
{
    (void)state;
    assert_true(su_str_eq_c(su_str_trim(su_str_c(" \t a b\r\n")), "a b"));
    assert_int_equal(su_str_trim(su_str_c(" \n ")).n, 0);
}

static void copies_end_in_nul_and_lower_leaves_utf8_alone(void **state)
{
    struct su_arena *arena = *state;
    assert_string_equal(su_str_dup(arena, (struct su_str){"abcdef", 3}), "abc");
    assert_string_equal(su_str_lower(arena, "H20-SXM 算力 Ä"), "h20-sxm 算力 Ä");
    assert_string_equal(su_fmt(arena, "%s:%d", "x", 7), "x:7");
}

static void nearest_finds_a_typing_slip(void **state)
{
    (void)state;
    static const char *const words[] = {"model", "chip", "count", "concurrency", "rate"};
    assert_string_equal(su_str_nearest("modle", words, 5), "model");
    assert_string_equal(su_str_nearest("CHIP", words, 5), "chip");
    assert_string_equal(su_str_nearest("concurency", words, 5), "concurrency");
    /* the beginning of a long word */
    assert_string_equal(su_str_nearest("concu", words, 5), "concurrency");
}

static void nearest_is_silent_when_nothing_is_near(void **state)
{
    (void)state;
    static const char *const words[] = {"model", "chip"};
    char longer[200];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_null(su_str_nearest("temperature", words, 2));
    assert_null(su_str_nearest(longer, words, 2));
    assert_null(su_str_nearest("model", words, 0));
}

static void doubles_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0}, {"1.5", 1.5}, {"-2e3", -2000}, {".5", .5}, {"1E-3", 1e-3}, {"+7", 7}};
    static const char *const bad[] = {"",    "inf",   "nan", "-inf",  "NAN",     "0x10", "1.5x",
                                      "1 2", "1e999", "--1", "e5",    ".",       "1,5",  "1e",
                                      " 1",  "1 ",    "+",   "0x1p3", "infinity"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        double v = NAN;
        assert_true(su_str_to_double(su_str_c(good[i].text), &v));
        assert_true(v == good[i].value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double v = 42;
        if (su_str_to_double(su_str_c(bad[i]), &v))
            fail_msg("\"%s\" was read as %g", bad[i], v);
        assert_true(v == 42);
    }
    double v = 42;
    assert_false(su_str_to_double((struct su_str){"1\0", 2}, &v));
}

static void integers_are_exact_to_the_last_of_64_bits(void **state)
{
    (void)state;
    long long v = 0;
    assert_true(su_str_to_int(su_str_c("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_true(su_str_to_int(su_str_c("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    static const char *const bad[] = {"9223372036854775808", "1.0", "", "-", "1e3", "0x1", " 1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(su_str_to_int(su_str_c(bad[i]), &v));
}

static void a_message_from_outside_stays_on_one_line(void **state)
{
    (void)state;
    struct su_err err = {0};
    assert_int_equal(SU_FAIL(&err, SU_ERR_INPUT, "a\nb", "x\x1b[31m\r\ty%d", 1), SU_ERR_INPUT);
    assert_string_equal(err.where, "a?b");
    assert_string_equal(err.message, "x?[31m??y1");
    assert_int_equal(err.status, SU_ERR_INPUT);
    assert_int_equal(SU_FAIL(NULL, SU_ERR_IO, "", "nobody listens"), SU_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_by_bytes),
        cmocka_unit_test(trim_takes_white_space_off_both_ends_only),
        ARENA_TEST(copies_end_in_nul_and_lower_leaves_utf8_alone),
        cmocka_unit_test(nearest_finds_a_typing_slip),
        cmocka_unit_test(nearest_is_silent_when_nothing_is_near),
        cmocka_unit_test(doubles_are_read_whole_or_not_at_all),
        cmocka_unit_test(integers_are_exact_to_the_last_of_64_bits),
        cmocka_unit_test(a_message_from_outside_stays_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
