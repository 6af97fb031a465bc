#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/jscan.h"
#include "base/rng.h"
#include "su_test.h"

static bool accepts(const char *text, size_t n)
{
    struct su_jscan s;
    su_jscan_init(&s, (struct su_str){text, n});
    return su_jscan_skip(&s) && su_jscan_end(&s);
}

static const char *const good[] = {
    "0",
    "-0.5e+10",
    "null",
    " true ",
    "\"\"",
    "[]",
    "{}",
    "[1,[2,{\"a\":[]}],\"x\"]",
    "{\"a\":1,\"b\":{\"c\":null},\"d\":[false,1.25E-3]}",
    "\"\\u4f60\\ud83d\\ude00 \\n\\\"\\/\"",
    "\"\xe4\xbd\xa0\xf0\x9f\x98\x80\xc3\xa9\"",
    "{\"timestamp\": 0, \"input_length\": 6758, \"hash_ids\": [0, 1, 2, 13]}",
};
static const char *const bad[] = {
    "",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "+1",
    "nul",
    "truex",
    "\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\xff\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "\"\x01\"",
    "[1,]",
    "[1 2]",
    "[",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{1:2}",
    "{,}",
    "1 2",
    "]",
    "{\"a\":1]",
    "\"\\u0000\"",
    "NaN",
    "'a'",
    "[1}",
    "\"\\ud83d\\u0041\"",
};

static void values_are_accepted_or_refused_by_the_grammar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!accepts(good[i], strlen(good[i])))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (accepts(bad[i], strlen(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    }
}

/* jansson also refuses numbers that no double or int64 holds: those texts say nothing here. */
static void agree(const char *text, size_t n)
{
    json_error_t e;
    json_t *value = json_loadb(text, n, JSON_DECODE_ANY, &e);
    bool theirs = value != NULL;
    json_decref(value);
    if (!theirs && json_error_code(&e) == json_error_numeric_overflow)
        return;
    if (accepts(text, n) != theirs)
        fail_msg("jansson %s, the scanner not: %.*s", theirs ? "accepts" : "refuses", (int)n, text);
}

/* Good texts with bytes changed, removed and doubled, in blocks of their exact size so that a
 * sanitizer sees a read past the end. */
static void the_scanner_agrees_with_jansson(void **state)
{
    (void)state;
    static const char bytes[] = "{}[],:\"\\ue0123456789.-+ntfd8\x01\x80\xbf\xc3\xe4\xed\xf0 ";
    struct su_rng rng;
    su_rng_init(&rng, 1, "jscan", 0);
    int n_good = 0;
    for (int round = 0; round < 200000; round++) {
        const char *from = good[su_rng_u64(&rng) % (sizeof(good) / sizeof(good[0]))];
        size_t n = strlen(from);
        char *text = malloc(n + 4);
        assert_non_null(text);
        memcpy(text, from, n);
        for (uint64_t edits = su_rng_u64(&rng) % 3; edits > 0 && n > 0; edits--) {
            size_t at = su_rng_u64(&rng) % n;
            uint64_t how = su_rng_u64(&rng) % 3;
            if (how == 0) {
                text[at] = bytes[su_rng_u64(&rng) % (sizeof(bytes) - 1)];
            } else if (how == 1) {
                memmove(text + at, text + at + 1, n - at - 1);
                n--;
            } else {
                memmove(text + at + 1, text + at, n - at);
                n++;
            }
        }
        char *exact = malloc(n > 0 ? n : 1);
        assert_non_null(exact);
        memcpy(exact, text, n);
        agree(exact, n);
        n_good += accepts(exact, n);
        free(exact);
        free(text);
    }
    assert_true(n_good > 50000 && n_good < 190000);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char text[2 * SU_JSCAN_DEPTH_MAX + 3] = "";
    for (size_t depth = SU_JSCAN_DEPTH_MAX; depth <= SU_JSCAN_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_true(accepts(text, 2 * depth) == (depth == SU_JSCAN_DEPTH_MAX));
    }
}

static void members_and_items_come_in_order(void **state)
{
    (void)state;
    struct su_jscan s;
    struct su_str key;
    struct su_str text;
    su_jscan_init(&s, su_str_c("{\"a\": [1, [], -2.5], \"b\": \"x\", \"c\": {}}"));
    assert_true(su_jscan_object(&s) && su_jscan_member(&s, &key) && su_str_eq_c(key, "a"));
    assert_true(su_jscan_array(&s) && su_jscan_item(&s));
    assert_true(su_jscan_number(&s, &text) && su_str_eq_c(text, "1"));
    assert_true(su_jscan_item(&s) && su_jscan_array(&s) && !su_jscan_item(&s));
    assert_true(su_jscan_item(&s) && su_jscan_number(&s, &text) && su_str_eq_c(text, "-2.5"));
    assert_false(su_jscan_item(&s));
    assert_true(su_jscan_member(&s, &key) && su_str_eq_c(key, "b"));
    assert_int_equal(su_jscan_peek(&s), SU_JSCAN_STRING);
    assert_true(su_jscan_string(&s, &text) && su_str_eq_c(text, "x"));
    assert_true(su_jscan_member(&s, &key) && su_jscan_skip(&s));
    assert_false(su_jscan_member(&s, &key));
    assert_true(su_jscan_end(&s));
}

static void a_fault_stays(void **state)
{
    (void)state;
    struct su_jscan s;
    struct su_str text;
    su_jscan_init(&s, su_str_c("[x, 1]"));
    assert_true(su_jscan_array(&s) && su_jscan_item(&s));
    assert_false(su_jscan_number(&s, &text));
    assert_string_equal(s.fault, "expected a number");
    assert_false(su_jscan_item(&s) || su_jscan_skip(&s) || su_jscan_end(&s));
    assert_string_equal(s.fault, "expected a number");
}

static void characters_are_counted_with_their_escapes(void **state)
{
    (void)state;
    struct su_str raw =
        su_str_c("a\\n\\u4f60\\ud83d\\ude00\xe4\xbd\xa0\xf0\x9f\x98\x80\xc3\xa9\\\\");
    static const unsigned expected[] = {'a', '\n', 0x4f60, 0x1f600, 0x4f60, 0x1f600, 0xe9, '\\', 0};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(su_jscan_next_char(&raw), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_accepted_or_refused_by_the_grammar),
        cmocka_unit_test(the_scanner_agrees_with_jansson),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(members_and_items_come_in_order),
        cmocka_unit_test(a_fault_stays),
        cmocka_unit_test(characters_are_counted_with_their_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
