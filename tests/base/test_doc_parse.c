/* JSON and YAML in: one tree from both, and everything refused that a brief does not need. */
#include <string.h>

#include "base/doc.h"
#include "su_test_arena.h"
#include "su_test_doc.h"

static struct su_doc *json(struct su_arena *arena, const char *text)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_json(arena, su_str_c(text), "t.json", &doc, &err), err);
    return doc;
}

static struct su_doc *yaml(struct su_arena *arena, const char *text)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_parse_yaml(arena, su_str_c(text), "t.yaml", &doc, &err), err);
    return doc;
}

static struct su_err json_refused(struct su_arena *arena, struct su_str text)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    if (su_doc_parse_json(arena, text, "t.json", &doc, &err) == SU_OK)
        fail_msg("accepted as JSON: %.*s", (int)text.n, text.p);
    return err;
}

static struct su_err yaml_refused(struct su_arena *arena, struct su_str text)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    if (su_doc_parse_yaml(arena, text, "t.yaml", &doc, &err) == SU_OK)
        fail_msg("accepted as YAML: %.*s", (int)text.n, text.p);
    return err;
}

static void json_and_yaml_of_one_brief_give_equal_trees(void **state)
{
    struct su_arena *arena = *state;
    const struct su_doc *a = json(arena, "{\"model\": \"qwen3-32b\", \"rate\": 2.5, \"count\": 8,"
                                         " \"only\": [\"domestic\", \"h20\"], \"note\": null,"
                                         " \"strict\": true, \"slo\": {\"ttft\": \"2s\"},"
                                         " \"none\": [], \"empty\": {}, \"big\": 9007199254740993,"
                                         " \"名\": \"算力\"}");
    const struct su_doc *b = yaml(arena, "# a brief\n"
                                         "model: qwen3-32b\n"
                                         "rate: 2.5\n"
                                         "count: 8\n"
                                         "only:\n"
                                         "  - domestic\n"
                                         "  - h20\n"
                                         "note:\n"
                                         "strict: true\n"
                                         "slo:\n"
                                         "  ttft: 2s\n"
                                         "none: []\n"
                                         "empty: {}\n"
                                         "big: 9007199254740993\n"
                                         "名: 算力\n");
    assert_true(doc_equal(a, b));
    assert_true(su_doc_get(a, "big")->u.integer == 9007199254740993);
    assert_string_equal(a->u.obj.items[0].key, "model");
    assert_null(su_doc_get(a, "absent"));
    assert_null(su_doc_get(su_doc_get(a, "only"), "0"));
    assert_null(su_doc_get(NULL, "x"));
}

static void yaml_scalars_follow_the_core_schema(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *text;
        enum su_doc_kind kind;
    } cases[] = {
        {"~", SU_DOC_NULL},
        {"null", SU_DOC_NULL},
        {"True", SU_DOC_BOOL},
        {"yes", SU_DOC_STR},
        {"no", SU_DOC_STR},
        {"on", SU_DOC_STR},
        {"12", SU_DOC_INT},
        {"-3", SU_DOC_INT},
        {"1.0", SU_DOC_REAL},
        {"1e3", SU_DOC_REAL},
        {"\"12\"", SU_DOC_STR},
        {"'true'", SU_DOC_STR},
        {"1.2.3", SU_DOC_STR},
        {"96GB", SU_DOC_STR},
        {"2024-07-14", SU_DOC_STR},
        {"12:30", SU_DOC_STR},
        {"18446744073709551616", SU_DOC_REAL},
        {"''", SU_DOC_STR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct su_doc *doc = yaml(arena, su_fmt(arena, "v: %s\n", cases[i].text));
        if (su_doc_get(doc, "v")->kind != cases[i].kind)
            fail_msg("%s is read as %s", cases[i].text,
                     su_doc_kind_name(su_doc_get(doc, "v")->kind));
    }
}

static void nesting_is_allowed_to_the_limit_and_refused_beyond(void **state)
{
    struct su_arena *arena = *state;
    for (size_t depth = SU_DOC_DEPTH_MAX; depth <= SU_DOC_DEPTH_MAX + 1; depth++) {
        char text[2 * (SU_DOC_DEPTH_MAX + 1) + 1];
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        if (depth <= SU_DOC_DEPTH_MAX) {
            assert_true(doc_equal(json(arena, text), yaml(arena, text)));
            continue;
        }
        assert_int_equal(json_refused(arena, su_str_c(text)).status, SU_ERR_LIMIT);
        assert_int_equal(yaml_refused(arena, su_str_c(text)).status, SU_ERR_LIMIT);
    }
}

static void a_million_open_brackets_are_an_error_and_not_a_crash(void **state)
{
    struct su_arena *arena = *state;
    size_t n = 1000000;
    char *text = su_arena_alloc(arena, n + 1);
    memset(text, '[', n);
    json_refused(arena, (struct su_str){text, n});
    yaml_refused(arena, (struct su_str){text, n});
    for (size_t i = 0; i + 1 < n; i += 2)
        memcpy(text + i, "- ", 2);
    yaml_refused(arena, (struct su_str){text, n});
}

static void duplicate_keys_are_refused_with_their_line(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = json_refused(arena, su_str_c("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"));
    assert_non_null(strstr(err.where, "t.json:3"));
    assert_non_null(strstr(err.message, "uplicate"));
    err = yaml_refused(arena, su_str_c("a: 1\nb: 2\na: 3\n"));
    assert_string_equal(err.where, "t.yaml:3");
    assert_non_null(strstr(err.message, "\"a\" is there twice"));
}

static void nan_infinity_and_overflow_are_no_json_numbers(void **state)
{
    static const char *const bad[] = {
        "NaN", "[nan]", "Infinity", "-Infinity",           "1e999", "01", "+1",
        ".5",  "1.",    "0x10",     "99999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        json_refused(*state, su_str_c(bad[i]));
}

/* In YAML they are read as text, so that a field that wants a number says what it found. */
static void nan_and_infinity_in_yaml_are_never_numbers(void **state)
{
    struct su_arena *arena = *state;
    static const char *const words[] = {".nan", ".inf", "-.inf", "nan", "inf", "1e999", "0x10"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct su_doc *doc = yaml(arena, su_fmt(arena, "v: %s\n", words[i]));
        double v = 0;
        struct su_err err = {0};
        assert_int_equal(su_doc_real(doc, "v", SU_DOC_REQUIRED, 0, 10, &v, &err), SU_ERR_INPUT);
        assert_string_equal(err.where, "t.yaml:1: /v");
    }
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
    static const char *const bad[] = {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                                      "\"\xe7\xae\"", "\"\xf5\x80\x80\x80\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(json_refused(*state, su_str_c(bad[i])).status, SU_ERR_INPUT);
        assert_int_equal(yaml_refused(*state, su_str_c(bad[i])).status, SU_ERR_INPUT);
    }
}

static void nul_bytes_are_refused(void **state)
{
    json_refused(*state, (struct su_str){"{\"a\": \"x\0y\"}", 12});
    json_refused(*state, su_str_c("{\"a\": \"x\\u0000y\"}"));
    json_refused(*state, su_str_c("{\"a\\u0000b\": 1}"));
    yaml_refused(*state, (struct su_str){"a: x\0y\n", 7});
    yaml_refused(*state, su_str_c("a: \"x\\0y\"\n"));
    yaml_refused(*state, su_str_c("\"a\\0b\": 1\n"));
}

static void yaml_that_a_brief_does_not_need_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text;
        const char *where;
        const char *message;
    } cases[] = {
        {"a: &x 1\n", "t.yaml:1", "anchors"},
        {"b: 1\na: &x\n  - 1\n", "t.yaml:2", "anchors"},
        {"b: 1\na: &x {c: 1}\n", "t.yaml:2", "anchors"},
        {"b: 1\na: *x\n", "t.yaml:2", "aliases"},
        {"a: !!int 1\n", "t.yaml:1", "tags"},
        {"\na: !mine [1]\n", "t.yaml:2", "tags"},
        {"a: !mine {b: 1}\n", "t.yaml:1", "tags"},
        {"!!str a: 1\n", "t.yaml:1", "tags"},
        {"a: 1\n---\nb: 2\n", "t.yaml:2", "second document"},
        {"[1, 2]: 3\n", "t.yaml:1", "key"},
        {"? {a: 1}\n: 3\n", "t.yaml:1", "key"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_err err = yaml_refused(*state, su_str_c(cases[i].text));
        assert_int_equal(err.status, SU_ERR_INPUT);
        assert_string_equal(err.where, cases[i].where);
        if (strstr(err.message, cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].text, err.message);
    }
}

static void syntax_errors_name_the_line(void **state)
{
    struct su_err err = json_refused(*state, su_str_c("{\n\"a\": 1,\n\"b\" 2}\n"));
    assert_non_null(strstr(err.where, "t.json:3"));
    err = json_refused(*state, su_str_c("{\"a\": 1} x"));
    assert_non_null(strstr(err.where, "t.json:1"));
    err = yaml_refused(*state, su_str_c("a: 1\nb: [1, 2\nc: 3\n"));
    assert_non_null(strstr(err.where, "t.yaml:"));
    err = yaml_refused(*state, su_str_c("a: 1\n\tb: 2\n"));
    assert_string_equal(err.where, "t.yaml:2");
    err = yaml_refused(*state, su_str_c("a: \"open\n"));
    assert_non_null(strstr(err.where, "t.yaml:"));
}

static void an_empty_text_is_refused(void **state)
{
    static const char *const empty[] = {"", "\n", "# only a comment\n"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        assert_int_equal(yaml_refused(*state, su_str_c(empty[i])).status, SU_ERR_INPUT);
        assert_int_equal(json_refused(*state, su_str_c(empty[i])).status, SU_ERR_INPUT);
    }
}

static void a_brief_is_read_by_its_name_and_first_character(void **state)
{
    struct su_arena *arena = *state;
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    assert_ok(su_doc_read(arena, SU_SOURCE_DIR "/data/models/qwen3-8b/config.json", &doc, &err),
              err);
    int64_t n_layers = 0;
    assert_ok(su_doc_int(doc, "num_hidden_layers", SU_DOC_REQUIRED, 1, 1000, &n_layers, &err), err);
    assert_int_equal(n_layers, 36);
    assert_int_equal(su_doc_read(arena, "no/such/brief.yaml", &doc, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "no/such/brief.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(json_and_yaml_of_one_brief_give_equal_trees),
        ARENA_TEST(yaml_scalars_follow_the_core_schema),
        ARENA_TEST(nesting_is_allowed_to_the_limit_and_refused_beyond),
        ARENA_TEST(a_million_open_brackets_are_an_error_and_not_a_crash),
        ARENA_TEST(duplicate_keys_are_refused_with_their_line),
        ARENA_TEST(nan_infinity_and_overflow_are_no_json_numbers),
        ARENA_TEST(nan_and_infinity_in_yaml_are_never_numbers),
        ARENA_TEST(bytes_that_are_no_utf8_are_refused),
        ARENA_TEST(nul_bytes_are_refused),
        ARENA_TEST(yaml_that_a_brief_does_not_need_is_refused_with_its_line),
        ARENA_TEST(syntax_errors_name_the_line),
        ARENA_TEST(an_empty_text_is_refused),
        ARENA_TEST(a_brief_is_read_by_its_name_and_first_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
