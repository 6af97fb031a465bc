#include <string.h>

#include "i18n/i18n.h"
#include "su_test_arena.h"

static void the_language_comes_from_the_locale(void **state)
{
    (void)state;
    static const char *const chinese[] = {"zh",    "zh_CN.UTF-8", "zh_TW",    "zh-Hans",
                                          "ZH_cn", "zh.UTF-8",    "zh@pinyin"};
    static const char *const english[] = {"en", "en_US.UTF-8", "C",     "POSIX", "",
                                          "z",  "zha_CN",      "de_DE", "xzh"};
    for (size_t i = 0; i < sizeof(chinese) / sizeof(chinese[0]); i++)
        assert_int_equal(su_lang_from_locale(chinese[i]), SU_LANG_ZH);
    for (size_t i = 0; i < sizeof(english) / sizeof(english[0]); i++)
        assert_int_equal(su_lang_from_locale(english[i]), SU_LANG_EN);
    assert_int_equal(su_lang_from_locale(NULL), SU_LANG_EN);
}

static void a_message_is_there_in_both_languages(void **state)
{
    (void)state;
    assert_string_equal(su_text(SU_LANG_EN, SU_MSG_yes), "yes");
    assert_string_equal(su_text(SU_LANG_ZH, SU_MSG_yes), "是");
    assert_string_equal(su_text(SU_LANG_EN, SU_MSG_confidence_medium), "medium");
    assert_string_equal(su_text(SU_LANG_ZH, SU_MSG_confidence_medium), "中");
}

/* Number of {name} in text that are in other as often. */
static bool same_placeholders(const char *text, const char *other)
{
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        const char *close = strchr(open, '}');
        char name[64] = "";
        if (close == NULL || (size_t)(close - open) + 2 > sizeof(name))
            return false;
        memcpy(name, open, (size_t)(close - open) + 1);
        if (strstr(other, name) == NULL)
            return false;
    }
    return true;
}

static void every_message_has_the_same_placeholders_in_both_languages(void **state)
{
    (void)state;
    for (int m = 0; m < SU_MSG_COUNT; m++) {
        const char *en = su_text(SU_LANG_EN, (enum su_msg)m);
        const char *zh = su_text(SU_LANG_ZH, (enum su_msg)m);
        if (en[0] == '\0' || zh[0] == '\0' || !same_placeholders(en, zh) ||
            !same_placeholders(zh, en))
            fail_msg("message %d: \"%s\" / \"%s\"", m, en, zh);
    }
}

static void no_message_holds_a_control_character_but_newline(void **state)
{
    (void)state;
    for (int m = 0; m < SU_MSG_COUNT; m++) {
        for (int lang = 0; lang < 2; lang++) {
            for (const char *c = su_text((enum su_lang)lang, (enum su_msg)m); *c != '\0'; c++)
                assert_true((unsigned char)*c >= 0x20 || *c == '\n' || *c == '\t');
        }
    }
}

static void a_message_without_placeholders_is_filled_to_itself(void **state)
{
    assert_string_equal(su_text_fill(*state, SU_LANG_ZH, SU_MSG_source, "chip", "h20", NULL),
                        "来源");
    assert_string_equal(su_text_fill(*state, SU_LANG_EN, SU_MSG_source, NULL), "source");
}

static void placeholders_are_filled_by_name_in_the_order_of_each_language(void **state)
{
    struct su_arena *arena = *state;
    assert_string_equal(
        su_text_fill(arena, SU_LANG_EN, SU_MSG_source_of, "source", "S", "what", "the price", NULL),
        "source of the price: S");
    assert_string_equal(
        su_text_fill(arena, SU_LANG_ZH, SU_MSG_source_of, "source", "S", "what", "价格", NULL),
        "来源：S（价格）");
}

static void a_placeholder_without_a_value_stays(void **state)
{
    assert_string_equal(
        su_text_fill(*state, SU_LANG_EN, SU_MSG_as_of_age, "date", "2024-07-14", "dat", "x", NULL),
        "as of 2024-07-14, {days} days ago");
}

static void a_value_is_not_filled_again(void **state)
{
    assert_string_equal(
        su_text_fill(*state, SU_LANG_EN, SU_MSG_as_of_age, "date", "{days}", "days", "", NULL),
        "as of {days},  days ago");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_comes_from_the_locale),
        cmocka_unit_test(a_message_is_there_in_both_languages),
        cmocka_unit_test(every_message_has_the_same_placeholders_in_both_languages),
        cmocka_unit_test(no_message_holds_a_control_character_but_newline),
        ARENA_TEST(a_message_without_placeholders_is_filled_to_itself),
        ARENA_TEST(placeholders_are_filled_by_name_in_the_order_of_each_language),
        ARENA_TEST(a_placeholder_without_a_value_stays),
        ARENA_TEST(a_value_is_not_filled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
