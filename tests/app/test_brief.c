/* Briefs: YAML and JSON in, the same request out, and back. */
#include <stdio.h>

#include "app_fixture.h"
#include "base/file.h"
#include "base/rng.h"
#include "su_test_doc.h"

static enum su_status read_yaml(struct su_arena *arena, const char *text, struct su_request *r,
                                struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_parse_yaml(arena, su_str_c(text), "b.yaml", &doc, err));
    return su_request_from_doc(arena, r, doc, SU_ON_PLAN, err);
}

static bool same_list(const char *const *a, const char *const *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (; *a != NULL && *b != NULL; a++, b++) {
        if (strcmp(*a, *b) != 0)
            return false;
    }
    return *a == *b;
}

/* Every option of the table, by its type, to the last bit. */
static void assert_same(const struct su_request *a, const struct su_request *b)
{
    assert_memory_equal(a->set, b->set, sizeof(a->set));
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        const void *x = (const char *)a + o->offset;
        const void *y = (const char *)b + o->offset;
        bool same = false;
        if (!su_request_has(a, (enum su_option_id)i))
            continue;
        switch (o->type) {
        case SU_OPT_TEXT:
            same = strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
            break;
        case SU_OPT_LIST:
            same = same_list(*(const char *const *const *)x, *(const char *const *const *)y);
            break;
        case SU_OPT_INT:
            same = memcmp(x, y, sizeof(int64_t)) == 0;
            break;
        case SU_OPT_REAL:
            same = memcmp(x, y, sizeof(double)) == 0;
            break;
        case SU_OPT_SLO:
            same = memcmp(x, y, sizeof(struct su_slo_levels)) == 0;
            break;
        case SU_OPT_FLAG:
        case SU_OPT_SWITCH:
            same = *(const bool *)x == *(const bool *)y;
            break;
        }
        if (!same)
            fail_msg("%s differs", o->key);
    }
}

static void yaml_and_json_give_the_same_request(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_request yaml = {0};
    struct su_request json = {0};
    struct su_doc *doc = NULL;
    assert_ok(read_yaml(arena,
                        "model: qwen3-32b\nusers: 2000\nisl: 1.5k\nosl: 400\n"
                        "slo:\n  ttft_p99: 3s\n  tpot_p99: 60ms\n"
                        "vendors: {only: [Huawei, MetaX], forbidden: NVIDIA}\n"
                        "channels: official, second_hand\nas_of: 2024-07-14\nbudget:\n",
                        &yaml, &err),
              err);
    assert_ok(su_doc_parse_json(
                  arena,
                  su_str_c("{\"model\":\"qwen3-32b\",\"users\":2000,\"isl\":1500,\"osl\":400.0,"
                           "\"slo\":\"ttft_p99=3s,tpot_p99=60ms\",\"vendors\":{\"only\":"
                           "[\"Huawei\",\"MetaX\"],\"forbidden\":[\"NVIDIA\"]},"
                           "\"channels\":[\"official\",\"second_hand\"],"
                           "\"as_of\":\"2024-07-14\",\"budget\":null}"),
                  "b.json", &doc, &err),
              err);
    assert_ok(su_request_from_doc(arena, &json, doc, SU_ON_PLAN, &err), err);
    assert_same(&yaml, &json);
    assert_false(su_request_has(&yaml, SU_OPTION_budget)); /* left empty */
    assert_string_equal(yaml.vendors_only[1], "MetaX");
    assert_near(yaml.slo.tpot_p99_s, 0.06, 1e-15);
}

static void flags_win_over_the_brief(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_request r = REQUEST(arena, "isl", "10", "slo", "ttft_p99=1s");
    assert_ok(read_yaml(arena, "isl: 20\nosl: 30\nslo: {tpot_p99: 9ms}\n", &r, &err), err);
    assert_near(r.isl, 10, 0);
    assert_near(r.osl, 30, 0);
    assert_near(r.slo.ttft_p99_s, 1, 0);
    assert_true(r.slo.tpot_p99_s == 0); /* the levels are one option */
}

static void mistakes_name_the_line_and_the_key(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *text;
        const char *where;
        const char *says;
    } rows[] = {
        {"model: a\n\nmodle: b\n", "b.yaml:3: /modle", "did you mean \"model\""},
        {"max_num_seq: 4\n", "b.yaml:1: /max_num_seq", "did you mean \"max_num_seqs\""},
        {"vendors: {onyl: a}\n", "b.yaml:1: /vendors/onyl", "did you mean \"vendors_only\""},
        {"vendors: domestic\n", "b.yaml:1: /vendors", "a mapping with only or forbidden"},
        {"x: 1\n", "b.yaml:1: /x", "is not a key"},
        {"json: true\n", "b.yaml:1: /json", "is not a key"},
        {"lang: zh\n", "b.yaml:1: /lang", "is not a key"},
        {"chip: h20_sxm_96g\n", "b.yaml:1: /chip", "is not a key"}, /* of estimate */
        {"isl: true\n", "b.yaml:1: /isl", "is true or false"},
        {"enable_prefix_caching: true\n", "b.yaml:1: /enable_prefix_caching", "is not a key"},
        {"isl: [1, 2]\n", "b.yaml:1: /isl", "expected one value"},
        {"model:\n  name: a\n", "b.yaml:2: /model", "expected one value"},
        {"isl: 12 apples\n", "b.yaml:1: /isl", "expected a number"},
        {"isl: -1\n", "b.yaml:1: /isl", "expected 1.."},
        {"isl: .nan\n", "b.yaml:1: /isl", "expected a number"},
        {"channels: []\n", "b.yaml:1: /channels", "empty list"},
        {"channels: {a: b}\n", "b.yaml:1: /channels", "a list of words"},
        {"channels: [[official]]\n", "b.yaml:1: /channels/0", "expected a word"},
        {"slo: 3\n", "b.yaml:1: /slo", "expected levels"},
        {"slo: [a]\n", "b.yaml:1: /slo", "levels such as"},
        {"slo: {ttft_p98: 2s}\n", "b.yaml:1: /slo", "ttft_p98"},
        {"slo: {ttft_p99: [2s]}\n", "b.yaml:1: /slo/ttft_p99", "a time"},
        {"- a\n", "b.yaml:1", "expected a mapping"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_request r = {0};
        struct su_err err = {0};
        if (read_yaml(arena, rows[i].text, &r, &err) != SU_ERR_INPUT)
            fail_msg("accepted: %s", rows[i].text);
        if (strncmp(err.where, rows[i].where, strlen(rows[i].where)) != 0)
            fail_msg("%sis at \"%s\", expected \"%s\"", rows[i].text, err.where, rows[i].where);
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("%ssays \"%s\"", rows[i].text, err.message);
    }
}

/* ---- writing a brief and reading it back ---- */

static uint32_t draw(struct su_rng *rng, uint32_t n)
{
    return (uint32_t)(su_rng_uniform(rng) * n);
}

static const char *random_word(struct su_arena *arena, struct su_rng *rng)
{
    static const char *const words[] = {"bf16", "null", "true",     "1.5",   "0x10", "~",
                                        "a: b", "#x",   "'quoted'", "\"q\"", "中文", "2024-07-14",
                                        "- x",  "{a}",  "[b]",      "@a",    "*a",   "no",
                                        "1e3",  "%x",   "a\\b",     "&a",    "!t",   "tab\there"};
    return su_str_dup_c(arena, words[draw(rng, sizeof(words) / sizeof(words[0]))]);
}

static const char *random_value(struct su_arena *arena, struct su_rng *rng,
                                const struct su_option *o)
{
    double u = su_rng_uniform(rng);
    switch (o->type) {
    case SU_OPT_INT:
        return su_fmt(arena, "%.0f", o->min + u * (o->max - o->min));
    case SU_OPT_REAL:
        return su_fmt(arena, "%.17g", o->min + u * (o->max - o->min));
    case SU_OPT_SLO:
        return draw(rng, 2) == 0 ? su_fmt(arena, "ttft_p99=%.17gs,tpot_mean=%ums", u * 100 + 1e-9,
                                          1 + draw(rng, 500))
                                 : su_fmt(arena, "ttft_mean=%ums,tpot_p99=%.6gus",
                                          1 + draw(rng, 5000), u * 1e5 + 1);
    case SU_OPT_LIST:
        return su_fmt(arena, "%s,%s", random_word(arena, rng), random_word(arena, rng));
    case SU_OPT_SWITCH:
        return draw(rng, 2) == 0 ? "true" : "false";
    case SU_OPT_TEXT:
    case SU_OPT_FLAG:
        break;
    }
    return random_word(arena, rng);
}

/* What --print-brief shows is read back to the same request, whatever the flags were. */
static void a_printed_brief_reads_back_the_same(void **state)
{
    struct su_arena *arena = *state;
    struct su_rng rng;
    su_rng_init(&rng, 7, "brief", 0);
    for (int round = 0; round < 300; round++) {
        size_t start = su_arena_mark(arena);
        struct su_err err = {0};
        struct su_request r = {0};
        static const uint32_t commands[] = {SU_ON_PLAN, SU_ON_ESTIMATE, SU_ON_SIM};
        uint32_t command = commands[draw(&rng, 3)];
        for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
            const struct su_option *o = &su_options[i];
            bool door = o->type == SU_OPT_FLAG || i == SU_OPTION_lang || i == SU_OPTION_where ||
                        i == SU_OPTION_catalog || i == SU_OPTION_per_request ||
                        i == SU_OPTION_time_series || i == SU_OPTION_tick ||
                        i == SU_OPTION_timeline || i == SU_OPTION_threads;
            if (!door && (o->commands & command) != 0 && draw(&rng, 2) == 0)
                set(arena, &r, o->key, random_value(arena, &rng, o));
        }
        const struct su_doc *brief = su_request_brief(arena, &r);
        for (int json = 0; json < 2; json++) {
            struct su_buf out;
            su_buf_init(&out);
            if (json)
                su_doc_write_json(&out, brief);
            else
                su_doc_write_yaml(&out, brief);
            struct su_str text = {su_str_dup(arena, (struct su_str){out.p, out.n}), out.n};
            su_buf_release(&out);
            struct su_doc *back = NULL;
            struct su_request again = {0};
            assert_ok(json ? su_doc_parse_json(arena, text, "b", &back, &err)
                           : su_doc_parse_yaml(arena, text, "b", &back, &err),
                      err);
            assert_ok(su_request_from_doc(arena, &again, back, command, &err), err);
            assert_same(&r, &again);
            assert_true(doc_equal(brief, su_request_brief(arena, &again)));
        }
        su_arena_rewind(arena, start);
    }
}

static void door_options_have_no_place_in_a_brief(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "a", "lang", "zh", "json", "", "catalog", "d");
    const struct su_doc *brief = su_request_brief(arena, &r);
    assert_int_equal(brief->u.obj.n, 1);
}

static void examples_are_briefs(void **state)
{
    struct su_arena *arena = *state;
    const char **names = NULL;
    size_t n = 0;
    struct su_err err = {0};
    assert_ok(su_file_list(arena, SU_SOURCE_DIR "/examples", ".yaml", &names, &n, &err), err);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++) {
        struct su_request r = {0};
        assert_ok(
            su_request_read_brief(arena, &r, su_fmt(arena, SU_SOURCE_DIR "/examples/%s", names[i]),
                                  strncmp(names[i], "sim-", 4) == 0 ? SU_ON_SIM : SU_ON_PLAN, &err),
            err);
        assert_true(su_request_has(&r, SU_OPTION_model) || r.n_classes > 0);
    }
}

/* docs/api/brief.md is written by hand from the table: no key may be missing there. */
static void every_key_is_documented(void **state)
{
    struct su_arena *arena = *state;
    struct su_str text;
    struct su_err err = {0};
    assert_ok(
        su_file_read(arena, SU_SOURCE_DIR "/docs/api/brief.md", SU_FILE_BYTES_MAX, &text, &err),
        err);
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const char *quoted = su_fmt(arena, "`%s`", su_options[i].key);
        if (strstr(text.p, quoted) == NULL)
            fail_msg("docs/api/brief.md does not name %s", quoted);
        if (su_options[i].alias != NULL && strstr(text.p, su_options[i].alias) == NULL)
            fail_msg("docs/api/brief.md does not name %s", su_options[i].alias);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(yaml_and_json_give_the_same_request),
        ARENA_TEST(flags_win_over_the_brief),
        ARENA_TEST(mistakes_name_the_line_and_the_key),
        ARENA_TEST(a_printed_brief_reads_back_the_same),
        ARENA_TEST(door_options_have_no_place_in_a_brief),
        ARENA_TEST(examples_are_briefs),
        ARENA_TEST(every_key_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
