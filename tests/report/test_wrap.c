#include <string.h>

#include "base/rng.h"
#include "i18n/i18n.h"
#include "report/wrap.h"
#include "su_test_arena.h"

/* The lines joined by '|'. */
static const char *wrapped(struct su_arena *arena, const char *text, size_t width)
{
    struct su_wrap lines;
    su_wrap_text(arena, text, width, &lines);
    const char *all = "";
    for (size_t i = 0; i < lines.n; i++) {
        const char *line = su_str_dup(arena, (struct su_str){lines.items[i].p, lines.items[i].n});
        assert_int_equal(su_text_width(line), lines.items[i].width);
        all = su_fmt(arena, "%s%s%s", all, i > 0 ? "|" : "", line);
    }
    return all;
}

static void latin_text_breaks_at_spaces(void **state)
{
    assert_string_equal(wrapped(*state, "the quick brown fox", 10), "the quick|brown fox");
    assert_string_equal(wrapped(*state, "the quick brown fox", 9), "the quick|brown fox");
    assert_string_equal(wrapped(*state, "the quick brown fox", 8), "the|quick|brown|fox");
    assert_string_equal(wrapped(*state, "the quick brown fox", 0), "the quick brown fox");
    assert_string_equal(wrapped(*state, "", 5), "");
    assert_string_equal(wrapped(*state, "a  b   ", 5), "a  b");
}

static void chinese_text_breaks_between_characters(void **state)
{
    assert_string_equal(wrapped(*state, "算力租赁业务", 4), "算力|租赁|业务");
    assert_string_equal(wrapped(*state, "算力租赁业务", 5), "算力|租赁|业务");
    assert_string_equal(wrapped(*state, "每台服务器有8张H20卡", 12), "每台服务器有|8张H20卡");
}

static void a_latin_word_among_chinese_stays_whole(void **state)
{
    assert_string_equal(wrapped(*state, "使用Ascend显卡", 8), "使用|Ascend显|卡");
    assert_string_equal(wrapped(*state, "型号rtx_4090_24g很好", 14), "型号|rtx_4090_24g很|好");
}

static void only_a_word_wider_than_the_column_is_cut(void **state)
{
    assert_string_equal(wrapped(*state, "ab abcdefghijk cd", 5), "ab|abcde|fghij|k cd");
}

static void closing_punctuation_does_not_start_a_line(void **state)
{
    assert_string_equal(wrapped(*state, "算力，租赁。", 4), "算|力，|租|赁。");
    assert_string_equal(wrapped(*state, "价格：便宜；（好）」。", 6), "价格：|便宜；|（|好）」|。");
    assert_string_equal(wrapped(*state, "一二三四，五", 8), "一二三|四，五");
    /* a word that fills the line gives up its last letter */
    assert_string_equal(wrapped(*state, "abcdef，好", 6), "abcde|f，好");
    /* so does one that has just moved to a line of its own */
    assert_string_equal(wrapped(*state, "a bcde，，", 7), "a|bcd|e，，");
}

static void opening_punctuation_does_not_end_a_line(void **state)
{
    assert_string_equal(wrapped(*state, "一二（三四）", 6), "一二|（三|四）");
}

static void an_indent_is_kept_where_it_leaves_room(void **state)
{
    assert_string_equal(wrapped(*state, "  ab cd", 4), "  ab|cd");
    assert_string_equal(wrapped(*state, "    abcd", 4), "abcd");
    assert_string_equal(wrapped(*state, "      ", 4), "");
}

static void newlines_always_break_and_controls_become_spaces(void **state)
{
    assert_string_equal(wrapped(*state, "a\n\nb", 10), "a||b");
    assert_string_equal(wrapped(*state, "a\n", 10), "a|");
    assert_string_equal(wrapped(*state, "a\tb\x1b[31mc\x7f", 20), "a b [31mc");
    assert_string_equal(wrapped(*state,
                                "a\xc2\x9b"
                                "31mb",
                                20),
                        "a  31mb"); /* C1 CSI */
}

static void combining_marks_stay_on_their_letter(void **state)
{
    assert_string_equal(wrapped(*state,
                                "e\xcc\x81"
                                "e\xcc\x81"
                                "e\xcc\x81",
                                2),
                        "e\xcc\x81"
                        "e\xcc\x81|e\xcc\x81");
}

static bool starts_with_any(const char *p, size_t n, const char *const *set)
{
    for (; *set != NULL; set++) {
        if (n >= strlen(*set) && memcmp(p, *set, strlen(*set)) == 0)
            return true;
    }
    return false;
}

/* Nothing is lost, no line is wider than asked, none ends in a space, and 「，」 never comes first
 * unless several of them in a row leave no other way. */
static void random_text_keeps_its_characters_and_the_rules(void **state)
{
    struct su_arena *arena = *state;
    static const char *const pieces[] = {"a",  "bc",   "word", " ",         "  ",
                                         "算", "力租", "8",    "e\xcc\x81", "-",
                                         "（", "「",   "，x",  "。字",      "）y"};
    static const char *const closing[] = {"，", "。", "）", NULL};
    struct su_rng rng;
    su_rng_init(&rng, 1, "wrap", 0);
    for (int round = 0; round < 5000; round++) {
        su_arena_reset(arena);
        const char *text = "";
        for (uint64_t k = su_rng_u64(&rng) % 30; k > 0; k--)
            text = su_fmt(arena, "%s%s", text, pieces[su_rng_u64(&rng) % 15]);
        size_t width = 6 + su_rng_u64(&rng) % 30;
        struct su_wrap lines;
        su_wrap_text(arena, text, width, &lines);
        const char *rest = text;
        for (size_t i = 0; i < lines.n; i++) {
            const struct su_wrap_line *line = &lines.items[i];
            assert_true(line->width <= width);
            assert_true(line->n == 0 || line->p[line->n - 1] != ' ');
            if (line->n == 0 || line->p[0] != ' ')
                while (*rest == ' ')
                    rest++;
            if (line->n > 0)
                assert_memory_equal(rest, line->p, line->n);
            /* a space before it in the text is the author's wish */
            if (i > 0 && rest > text && rest[-1] != ' ' &&
                starts_with_any(line->p, line->n, closing))
                fail_msg("width %zu: \"%s\" in \"%s\"", width, line->p, text);
            rest += line->n;
        }
        assert_int_equal(strspn(rest, " "), strlen(rest));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(latin_text_breaks_at_spaces),
        ARENA_TEST(chinese_text_breaks_between_characters),
        ARENA_TEST(a_latin_word_among_chinese_stays_whole),
        ARENA_TEST(only_a_word_wider_than_the_column_is_cut),
        ARENA_TEST(closing_punctuation_does_not_start_a_line),
        ARENA_TEST(opening_punctuation_does_not_end_a_line),
        ARENA_TEST(an_indent_is_kept_where_it_leaves_room),
        ARENA_TEST(newlines_always_break_and_controls_become_spaces),
        ARENA_TEST(combining_marks_stay_on_their_letter),
        ARENA_TEST(random_text_keeps_its_characters_and_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
