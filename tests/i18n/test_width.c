#include <string.h>

#include "base/rng.h"
#include "i18n/i18n.h"
#include "su_test_arena.h"

static void cjk_is_two_columns_and_latin_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {{"", 0},
                 {"abc", 3},
                 {"算力", 4},
                 {"H20卡", 5},
                 {"，。", 4},
                 {"ＡＢ", 4},
                 {"ｱ", 1},
                 {"é", 1},
                 {"ÄÖ", 2},
                 {"한국", 4},
                 {"\xf0\x9f\x98\x80", 2},
                 {"─", 1},
                 {"×…→", 3},
                 {"µs", 2}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (su_text_width(cases[i].text) != cases[i].width)
            fail_msg("\"%s\" is %zu wide, expected %zu", cases[i].text,
                     su_text_width(cases[i].text), cases[i].width);
    }
}

static void combining_marks_and_controls_take_no_column(void **state)
{
    (void)state;
    assert_int_equal(su_text_width("e\xcc\x81"), 1); /* e + acute */
    assert_int_equal(su_text_width("a\xe2\x80\x8b"
                                   "b"),
                     2); /* zero-width space */
    assert_int_equal(su_text_width("a\x1b\tb"), 2);
}

static void broken_utf8_is_one_column_a_byte_and_never_overrun(void **state)
{
    (void)state;
    assert_int_equal(su_text_width("a\xff"
                                   "b"),
                     3);
    assert_int_equal(su_text_width("\xe7\xae"), 2); /* cut in the middle */
    assert_int_equal(su_text_width("\xf0\x9f\x98"), 3);
    assert_int_equal(su_text_width("\xed\xa0\x80"), 3); /* a surrogate */
}

static void a_step_takes_a_character_with_its_marks(void **state)
{
    (void)state;
    size_t width = 99;
    assert_int_equal(su_text_next("e\xcc\x81x", &width), 3);
    assert_int_equal(width, 1);
    assert_int_equal(su_text_next("算x", &width), 3);
    assert_int_equal(width, 2);
    assert_int_equal(su_text_next("", &width), 0);
    assert_int_equal(width, 0);
}

static void clipping_leaves_what_fits_and_marks_what_does_not(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *clipped;
    } cases[] = {{"abcdef", 6, "abcdef"},
                 {"abcdef", 5, "abcd…"},
                 {"abcdef", 1, "…"},
                 {"abcdef", 0, ""},
                 {"算力卡", 6, "算力卡"},
                 {"算力卡", 5, "算力…"},
                 {"算力卡", 4, "算…"},
                 {"算力卡", 2, "…"},
                 {"", 0, ""},
                 {"e\xcc\x81"
                  "e\xcc\x81"
                  "e",
                  2, "e\xcc\x81…"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(su_text_clip(*state, cases[i].text, cases[i].width), cases[i].clipped);
}

static void clipped_text_is_never_wider_than_asked(void **state)
{
    struct su_arena *arena = *state;
    static const char *const pieces[] = {"a", "算", "e\xcc\x81", "，", " ", "\xff", "…", "\xe7"};
    struct su_rng rng;
    su_rng_init(&rng, 1, "clip", 0);
    for (int i = 0; i < 2000; i++) {
        su_arena_reset(arena);
        const char *text = "";
        for (uint64_t k = su_rng_u64(&rng) % 12; k > 0; k--)
            text = su_fmt(arena, "%s%s", text, pieces[su_rng_u64(&rng) % 8]);
        size_t width = su_rng_u64(&rng) % 16;
        const char *clipped = su_text_clip(arena, text, width);
        assert_true(su_text_width(clipped) <= width);
        /* at most one column is given away, where a wide character did not fit */
        size_t full = su_text_width(text);
        assert_true(su_text_width(clipped) + 1 >= (full < width ? full : width));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cjk_is_two_columns_and_latin_one),
        cmocka_unit_test(combining_marks_and_controls_take_no_column),
        cmocka_unit_test(broken_utf8_is_one_column_a_byte_and_never_overrun),
        cmocka_unit_test(a_step_takes_a_character_with_its_marks),
        ARENA_TEST(clipping_leaves_what_fits_and_marks_what_does_not),
        ARENA_TEST(clipped_text_is_never_wider_than_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
