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
    assert_string_equal(su_text(SU_LANG_EN, SU_MSG_source), "source");
    assert_string_equal(su_text(SU_LANG_ZH, SU_MSG_source), "来源");
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

enum { NAMES_MAX = 12 };

/* Names of the placeholders of text, "" for the rest. */
static size_t placeholder_names(struct su_arena *arena, const char *text,
                                const char *names[NAMES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < NAMES_MAX; i++)
        names[i] = "";
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        assert_true(n < NAMES_MAX);
        names[n++] = su_str_dup(arena, (struct su_str){open + 1, strcspn(open + 1, "}")});
    }
    return n;
}

/* text with the first {name} replaced, the plain way. */
static const char *replaced(struct su_arena *arena, const char *text, const char *name,
                            const char *value)
{
    const char *at = strstr(text, su_fmt(arena, "{%s}", name));
    return at == NULL
               ? text
               : su_fmt(arena, "%.*s%s%s", (int)(at - text), text, value, at + strlen(name) + 2);
}

static void every_placeholder_of_every_message_is_filled_by_its_name(void **state)
{
    struct su_arena *arena = *state;
    for (int m = 0; m < SU_MSG_COUNT; m++) {
        for (int lang = 0; lang < 2; lang++) {
            const char *k[NAMES_MAX];
            const char *v[NAMES_MAX];
            const char *expected = su_text((enum su_lang)lang, (enum su_msg)m);
            /* names in the order of the English text, whatever the language */
            size_t n = placeholder_names(arena, su_text(SU_LANG_EN, (enum su_msg)m), k);
            for (size_t i = 0; i < NAMES_MAX; i++) {
                v[i] = su_fmt(arena, "<值 %s>", k[i]);
                for (size_t again = 0; again < n && i < n; again++)
                    expected = replaced(arena, expected, k[i], v[i]);
            }
            assert_string_equal(su_text_fill(arena, (enum su_lang)lang, (enum su_msg)m, k[0], v[0],
                                             k[1], v[1], k[2], v[2], k[3], v[3], k[4], v[4], k[5],
                                             v[5], k[6], v[6], k[7], v[7], k[8], v[8], k[9], v[9],
                                             k[10], v[10], k[11], v[11], NULL),
                                expected);
        }
    }
}

static void a_placeholder_without_a_value_stays(void **state)
{
    const char *text = su_text_fill(*state, SU_LANG_EN, SU_MSG_date_newest, "date", "2024-07-14",
                                    "day", "x", "days_", "y", NULL);
    assert_non_null(strstr(text, "2024-07-14"));
    assert_non_null(strstr(text, "{days}"));
}

static void a_value_is_not_filled_again(void **state)
{
    const char *text =
        su_text_fill(*state, SU_LANG_EN, SU_MSG_date_newest, "date", "{days}", "days", "7", NULL);
    assert_non_null(strstr(text, "{days}"));
    assert_non_null(strstr(text, "7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_comes_from_the_locale),
        cmocka_unit_test(a_message_is_there_in_both_languages),
        cmocka_unit_test(every_message_has_the_same_placeholders_in_both_languages),
        cmocka_unit_test(no_message_holds_a_control_character_but_newline),
        ARENA_TEST(a_message_without_placeholders_is_filled_to_itself),
        ARENA_TEST(every_placeholder_of_every_message_is_filled_by_its_name),
        ARENA_TEST(a_placeholder_without_a_value_stays),
        ARENA_TEST(a_value_is_not_filled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
