/* Documents out, and the way back: what is written is read to the same tree. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/doc.h"
#include "base/rng.h"
#include "su_test_arena.h"
#include "su_test_doc.h"

static void json_is_indented_and_keeps_the_order(void **state)
{
    struct su_arena *arena = *state;
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "z", "算力 \"x\"\\\n");
    su_doc_put_int(arena, doc, "a", INT64_MIN);
    su_doc_put_real(arena, doc, "r", 3);
    su_doc_put_null(arena, doc, "n");
    su_doc_put_bool(arena, doc, "b", true);
    struct su_doc *arr = su_doc_put_arr(arena, doc, "arr");
    su_doc_push_str(arena, arr, "x");
    su_doc_put_int(arena, su_doc_push_obj(arena, arr), "k", 1);
    su_doc_put_arr(arena, doc, "none");
    su_doc_put_money(arena, doc, "m", (struct su_money){700000, SU_CNY});
    struct su_buf out;
    su_buf_init(&out);
    su_doc_write_json(&out, doc);
    assert_string_equal(out.p, "{\n"
                               "  \"z\": \"算力 \\\"x\\\"\\\\\\n\",\n"
                               "  \"a\": -9223372036854775808,\n"
                               "  \"r\": 3.0,\n"
                               "  \"n\": null,\n"
                               "  \"b\": true,\n"
                               "  \"arr\": [\n"
                               "    \"x\",\n"
                               "    {\n"
                               "      \"k\": 1\n"
                               "    }\n"
                               "  ],\n"
                               "  \"none\": [],\n"
                               "  \"m\": {\n"
                               "    \"amount\": 0.7,\n"
                               "    \"currency\": \"CNY\"\n"
                               "  }\n"
                               "}\n");
    su_buf_release(&out);
}

static void yaml_reads_like_a_brief_written_by_hand(void **state)
{
    struct su_arena *arena = *state;
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "model", "qwen3-32b");
    su_doc_put_str(arena, doc, "version", "1.5");
    su_doc_put_str(arena, doc, "word", "Null");
    su_doc_put_str(arena, doc, "note", "a: b # c");
    struct su_doc *arr = su_doc_put_arr(arena, doc, "plans");
    struct su_doc *plan = su_doc_push_obj(arena, arr);
    su_doc_put_int(arena, plan, "tp", 8);
    su_doc_put_real(arena, su_doc_put_obj(arena, plan, "slo"), "ttft_s", 0.25);
    su_doc_push_str(arena, arr, "-");
    su_doc_put_obj(arena, doc, "empty");
    struct su_buf out;
    su_buf_init(&out);
    su_doc_write_yaml(&out, doc);
    assert_string_equal(out.p, "model: qwen3-32b\n"
                               "version: \"1.5\"\n"
                               "word: \"Null\"\n"
                               "note: \"a: b # c\"\n"
                               "plans:\n"
                               "  - tp: 8\n"
                               "    slo:\n"
                               "      ttft_s: 0.25\n"
                               "  - \"-\"\n"
                               "empty: {}\n");
    su_buf_release(&out);
}

static void a_real_prints_its_fewest_digits(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1\n"},
                 {1.0 / 3, "0.3333333333333333\n"},
                 {3, "3.0\n"},
                 {-0.0, "-0.0\n"},
                 {1e22, "1e+22\n"},
                 {1234567, "1234567.0\n"},
                 {123456.789, "123456.789\n"},
                 {5e-324, "4.94066e-324\n"}, /* %g's first digits; still reads back */
                 {DBL_MAX, "1.7976931348623157e+308\n"},
                 {NAN, "null\n"},
                 {INFINITY, "null\n"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_buf out;
        su_buf_init(&out);
        su_doc_write_json(&out, su_doc_new_real(arena, cases[i].value));
        assert_string_equal(out.p, cases[i].text);
        su_buf_release(&out);
    }
}

/* Everything that one of the two formats reads as something else when it stands unescaped. */
static const char *const pieces[] = {
    "a",
    "B9",
    " ",
    "\"",
    "\\",
    "\n",
    "\t",
    "\r",
    ":",
    ": ",
    " #",
    "'",
    "{",
    "]",
    "-",
    "- ",
    "%",
    "@",
    "`",
    "\x01",
    "\x7f",
    "true",
    "null",
    "1e5",
    "0x1",
    "~",
    "\xc2\x85" /* next line */,
    "\xc2\x80" /* C1 */,
    "\xe2\x80\xa8" /* line separator */,
    "\xe2\x80\xa9",
    "\xef\xbb\xbf" /* byte-order mark */,
    "\xef\xbf\xbe" /* U+FFFE */,
    "\xef\xbf\xbf",
    "算力",
    "é",
    "e\xcc\x81",
    "\xf0\x9f\x98\x80",
    "\xc2\xa0",
    "\x1b",
    "/",
    "?",
    "&x",
    "*x",
    "!t",
    "|",
    ">",
    ",",
    "=",
    "...",
    "---",
    ".5",
    "+1",
    "12345678901234567890123456789012345678901234567890123456789",
};

static const char *random_text(struct su_arena *arena, struct su_rng *rng)
{
    const char *text = "";
    for (uint64_t k = su_rng_u64(rng) % 5; k > 0; k--)
        text = su_fmt(arena, "%s%s", text,
                      pieces[su_rng_u64(rng) % (sizeof(pieces) / sizeof(pieces[0]))]);
    return text;
}

static double random_real(struct su_rng *rng)
{
    for (;;) {
        uint64_t bits = su_rng_u64(rng);
        double v = 0;
        memcpy(&v, &bits, sizeof(v));
        if (su_rng_u64(rng) % 2 == 0)
            v = (double)(int64_t)(bits % 2000000) / 1000 - 1000;
        if (isfinite(v))
            return v;
    }
}

static struct su_doc *random_doc(struct su_arena *arena, struct su_rng *rng, int depth)
{
    uint64_t kind = su_rng_u64(rng) % (depth > 0 ? 9 : 5);
    struct su_doc *doc = NULL;
    switch (kind) {
    case 0:
        return su_doc_new(arena, SU_DOC_NULL);
    case 1:
        doc = su_doc_new(arena, SU_DOC_BOOL);
        doc->u.boolean = su_rng_u64(rng) % 2 == 0;
        return doc;
    case 2:
        return su_doc_new_int(arena, (int64_t)(su_rng_u64(rng) >> (su_rng_u64(rng) % 64)));
    case 3:
        return su_doc_new_real(arena, random_real(rng));
    case 4:
        return su_doc_new_str(arena, random_text(arena, rng));
    case 5:
    case 6:
        doc = su_doc_new(arena, SU_DOC_ARR);
        for (uint64_t k = su_rng_u64(rng) % 4; k > 0; k--)
            su_doc_push(arena, doc, random_doc(arena, rng, depth - 1));
        return doc;
    default:
        doc = su_doc_new(arena, SU_DOC_OBJ);
        for (uint64_t k = su_rng_u64(rng) % 4; k > 0; k--) {
            const char *key = random_text(arena, rng);
            if (su_doc_get(doc, key) == NULL)
                su_doc_put(arena, doc, key, random_doc(arena, rng, depth - 1));
        }
        return doc;
    }
}

typedef void writer(struct su_buf *out, const struct su_doc *doc);
typedef enum su_status reader(struct su_arena *arena, struct su_str text, const char *name,
                              struct su_doc **doc, struct su_err *err);

static void round_trips(struct su_arena *arena, writer *write, reader *read, const char *stream)
{
    for (uint64_t i = 0; i < 4000; i++) {
        struct su_rng rng;
        su_rng_init(&rng, 7, stream, i);
        su_arena_reset(arena);
        const struct su_doc *doc = random_doc(arena, &rng, 4);
        struct su_buf out;
        su_buf_init(&out);
        write(&out, doc);
        struct su_doc *back = NULL;
        struct su_err err = {0};
        if (read(arena, (struct su_str){out.p, out.n}, "t", &back, &err) != SU_OK)
            fail_msg("document %d: %s: %s\n%s", (int)i, err.where, err.message, out.p);
        if (!doc_equal(doc, back)) {
            struct su_buf again;
            su_buf_init(&again);
            su_doc_write_json(&again, back);
            fail_msg("document %d changed:\n%s\nread as\n%s", (int)i, out.p, again.p);
        }
        su_buf_release(&out);
    }
}

static void every_document_written_as_json_reads_back(void **state)
{
    round_trips(*state, su_doc_write_json, su_doc_parse_json, "json");
}

static void every_document_written_as_yaml_reads_back(void **state)
{
    round_trips(*state, su_doc_write_yaml, su_doc_parse_yaml, "yaml");
}

/* libyaml gives up on "key:" after 1024 characters unless the key is announced. */
static void a_very_long_key_reads_back(void **state)
{
    struct su_arena *arena = *state;
    char *key = su_arena_alloc(arena, 3001);
    memset(key, 'k', 3000);
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_int(arena, su_doc_put_obj(arena, doc, key), key, 1);
    su_doc_put_str(arena, doc, "after", "x");
    struct su_buf out;
    su_buf_init(&out);
    su_doc_write_yaml(&out, doc);
    struct su_doc *back = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_yaml(arena, (struct su_str){out.p, out.n}, "t", &back, &err), err);
    assert_true(doc_equal(doc, back));
    su_buf_release(&out);
}

static void yaml_writes_lines_as_a_block_only_where_it_reads_back(void **state)
{
    struct su_arena *arena = *state;
    static const char *const texts[] = {"set -e\nexec a \"$B\"\n",
                                        "{\n  \"a\": 1\n}\n",
                                        "# x\n--- y\n",
                                        "a\n\nb\n",
                                        "a\nb",
                                        " a\nb\n",
                                        "a\nb\n\n",
                                        "a \nb\n",
                                        "\na\n",
                                        "a\n",
                                        "a\n\tb\n",
                                        "算\n力\n",
                                        "...\n---\n",
                                        "\n\n",
                                        "a\nb: c\n"};
    struct su_buf out;
    su_buf_init(&out);
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *arr = su_doc_put_arr(arena, doc, "arr");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        su_doc_put_str(arena, doc, su_fmt(arena, "k%zu", i), texts[i]);
        su_doc_push_str(arena, arr, texts[i]);
    }
    su_doc_write_yaml(&out, doc);
    assert_non_null(strstr(out.p, "k0: |\n  set -e\n  exec a \"$B\"\n"));
    assert_non_null(strstr(out.p, "  - |\n    set -e\n"));
    struct su_doc *back = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_yaml(arena, (struct su_str){out.p, out.n}, "x", &back, &err), err);
    assert_true(doc_equal(doc, back));
    su_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(yaml_writes_lines_as_a_block_only_where_it_reads_back),
        ARENA_TEST(json_is_indented_and_keeps_the_order),
        ARENA_TEST(yaml_reads_like_a_brief_written_by_hand),
        ARENA_TEST(a_real_prints_its_fewest_digits),
        ARENA_TEST(every_document_written_as_json_reads_back),
        ARENA_TEST(every_document_written_as_yaml_reads_back),
        ARENA_TEST(a_very_long_key_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
