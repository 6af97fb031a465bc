/* Every slip in a data file is refused with a message that names the file and the field. */
#include "catalog/catalog.h"

#include <math.h>

#include "catalog/temp_dir.h"

#define ACCEL "accelerators/acme_x1.json"
#define PRICE "prices/acme_x1.csv"
#define PRICE_HEADER                                                                         \
    "kind,currency,amount_low,amount_high,region,date,channel,scope,use,notes,source,as_of," \
    "confidence\n"

/* A file of all required keys, of which the last lines are the caller's. */
#define ACCEL_WITH(more)                                                                \
    "{\"id\": \"acme_x1\", \"vendor\": \"Acme\", \"name\": \"X1\", \"origin\": \"CN\"," \
    " \"market\": \"datacenter\", \"stack\": \"CUDA\", \"source\": \"a page\","         \
    " \"as_of\": \"2026-05-01\", \"confidence\": \"high\"" more "}"

static enum su_status read_with(struct temp_dir *t, const char *file, const char *text,
                                struct su_catalog *catalog, struct su_err *err)
{
    temp_dir_init(t);
    temp_dir_write(t, ACCEL, ACCEL_WITH(""));
    if (file != NULL)
        temp_dir_write(t, file, text);
    *err = (struct su_err){0};
    return su_catalog_read_dir(&t->arena, t->path, catalog, err);
}

static void check_refused(const char *file, const char *text, const char *where,
                          const char *message, int line)
{
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    enum su_status st = read_with(&t, file, text, &catalog, &err);
    if (st != SU_ERR_INPUT)
        fail_msg("line %d: %s is accepted", line, file);
    const char *expected = su_fmt(&t.arena, "%s/%s", t.path, where);
    /* "…*": the JSON parser adds line and column, which are its own affair. */
    size_t n = strlen(expected);
    bool same = expected[n - 1] == '*' ? strncmp(err.where, expected, n - 1) == 0
                                       : strcmp(err.where, expected) == 0;
    if (!same)
        fail_msg("line %d: where is \"%s\", expected \"%s\"", line, err.where, expected);
    if (strstr(err.message, message) == NULL)
        fail_msg("line %d: message is \"%s\", expected \"%s\"", line, err.message, message);
    temp_dir_release(&t);
}

#define assert_refused(file, text, where, message) \
    check_refused((file), (text), (where), (message), __LINE__)
#define assert_accel_refused(more, pointer, message) \
    assert_refused(ACCEL, ACCEL_WITH(more), ACCEL ": " pointer, message)

static void a_minimal_file_is_read_and_leaves_the_rest_unknown(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    assert_ok(read_with(&t, NULL, NULL, &catalog, &err), err);
    assert_int_equal(catalog.n_accels, 1);
    const struct su_accel *a = &catalog.accels[0];
    assert_string_equal(a->vendor, "Acme");
    assert_string_equal(a->as_of.text, "2026-05-01");
    assert_int_equal(a->confidence, SU_CONFIDENCE_HIGH);
    assert_null(a->pcie);
    for (size_t i = 0; i < su_accel_n_fields; i++)
        assert_false(su_fact_known(su_accel_fact(a, &su_accel_fields[i])));
    assert_int_equal(su_accel_mem_bytes(a), 0);
    temp_dir_release(&t);
}

static void a_list_keeps_each_source(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    assert_ok(read_with(&t, ACCEL,
                        ACCEL_WITH(", \"tdp_w\": [{\"value\": 400}, {\"value\": 500.5, \"source\":"
                                   " \"a review\", \"confidence\": \"low\"}]"),
                        &catalog, &err),
              err);
    struct su_fact tdp = catalog.accels[0].tdp_w;
    assert_int_equal(tdp.n_values, 2);
    assert_true(su_fact_value(tdp) == 400);
    assert_null(tdp.values[0].source);
    assert_int_equal(tdp.values[0].confidence, SU_CONFIDENCE_UNSTATED);
    assert_true(tdp.values[1].value == 500.5);
    assert_string_equal(tdp.values[1].source, "a review");
    assert_int_equal(tdp.values[1].confidence, SU_CONFIDENCE_LOW);
    temp_dir_release(&t);
}

static void an_unknown_key_is_refused_with_the_nearest_one(void **state)
{
    (void)state;
    assert_accel_refused(", \"mem_bw_gb\": 3200", "/mem_bw_gb", "did you mean \"mem_bw_gbs\"?");
    assert_accel_refused(", \"tpd_w\": 400", "/tpd_w", "did you mean \"tdp_w\"?");
    assert_accel_refused(", \"price\": 1", "/price", "is not a known key");
    assert_accel_refused(", \"tdp_w\": [{\"value\": 1, \"src\": \"x\"}]", "/tdp_w/0/src",
                         "is not a known key");
}

static void every_number_is_refused_when_negative_or_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < su_accel_n_fields; i++) {
        struct temp_dir t;
        struct su_catalog catalog;
        static const char *const bad[] = {"-1", "\"400\"", "1e99", "[]", "[400]", "true", "null"};
        for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
            struct su_err err;
            temp_dir_init(&t);
            const char *name = su_accel_fields[i].name;
            const char *text =
                su_fmt(&t.arena, "%.*s, \"%s\": %s}", (int)strlen(ACCEL_WITH("")) - 1,
                       ACCEL_WITH(""), name, bad[k]);
            temp_dir_write(&t, ACCEL, text);
            assert_int_equal(su_catalog_read_dir(&t.arena, t.path, &catalog, &err), SU_ERR_INPUT);
            if (strstr(err.where, name) == NULL || strstr(err.where, ACCEL) == NULL)
                fail_msg("%s of %s: where is \"%s\"", bad[k], name, err.where);
            temp_dir_release(&t);
        }
    }
}

static void only_what_a_chip_can_lack_may_be_zero(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    assert_ok(read_with(&t, ACCEL, ACCEL_WITH(", \"link_gbs_total_bidir\": 0, \"fp8\": 0"),
                        &catalog, &err),
              err);
    assert_true(su_fact_known(catalog.accels[0].fp8));
    temp_dir_release(&t);
    assert_accel_refused(", \"mem_gb\": 0", "/mem_gb", "is 0, expected");
    assert_accel_refused(", \"tdp_w\": 0", "/tdp_w", "is 0, expected");
    assert_accel_refused(", \"sm_or_core_count\": 78.5", "/sm_or_core_count", "whole number");
}

static void a_second_value_without_a_source_is_refused(void **state)
{
    (void)state;
    assert_accel_refused(", \"tdp_w\": [{\"value\": 400}, {\"value\": 500}]", "/tdp_w/1",
                         "has no \"source\"");
    assert_accel_refused(", \"tdp_w\": [{\"source\": \"x\"}]", "/tdp_w/0", "has no \"value\"");
    assert_accel_refused(
        ", \"tdp_w\": [{\"value\": 4, \"source\": \"x\", \"confidence\": \"sure\"}]",
        "/tdp_w/0/confidence", "expected one of low, medium, high");
}

static void a_required_key_must_be_there(void **state)
{
    (void)state;
    static const char *const required[] = {"id",    "vendor", "name",  "origin",    "market",
                                           "stack", "source", "as_of", "confidence"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        struct temp_dir t;
        struct su_catalog catalog;
        struct su_err err;
        temp_dir_init(&t);
        /* Renaming a key to one that is allowed elsewhere takes it away without another slip. */
        char *text = su_str_dup_c(&t.arena, ACCEL_WITH(""));
        char *key = strstr(text, su_fmt(&t.arena, "\"%s\"", required[i]));
        char *value = strchr(key, ':');
        char *end = strchr(value, ',') == NULL ? strchr(value, '}') : strchr(value, ',') + 1;
        memset(key, ' ', (size_t)(end - key));
        if (*end == '}')
            *strrchr(text, ',') = ' ';
        temp_dir_write(&t, ACCEL, text);
        assert_int_equal(su_catalog_read_dir(&t.arena, t.path, &catalog, &err), SU_ERR_INPUT);
        const char *message = su_fmt(&t.arena, "has no \"%s\"", required[i]);
        if (strstr(err.message, message) == NULL)
            fail_msg("without %s: %s", required[i], err.message);
        temp_dir_release(&t);
    }
}

static void the_id_is_the_name_of_the_file(void **state)
{
    (void)state;
    assert_refused("accelerators/other.json", ACCEL_WITH(""), "accelerators/other.json: /id",
                   "is \"acme_x1\", expected \"other\"");
    assert_refused("accelerators/x 1.json", "{\"id\": \"x 1\"}", "accelerators/x 1.json: /id",
                   "expected up to 64 of a-z");
}

static void words_and_dates_are_checked(void **state)
{
    (void)state;
    const char *base = "{\"id\": \"b\", \"vendor\": \"B\", \"name\": \"B\", \"origin\": \"%s\","
                       " \"market\": \"%s\", \"stack\": \"CUDA\", \"source\": \"a page\","
                       " \"as_of\": \"%s\", \"confidence\": \"%s\"}";
    static const char *const cases[][6] = {
        {"China", "cpu", "2026", "high", "origin", "country code"},
        {"CN", "server", "2026", "high", "market", "datacenter, workstation, consumer, cpu"},
        {"CN", "cpu", "2026-13", "high", "as_of", "is \"2026-13\", expected a date"},
        {"CN", "cpu", "yesterday", "high", "as_of", "expected a date"},
        {"CN", "cpu", "2026-02-29", "high", "as_of", "expected a date"},
        {"CN", "cpu", "2026", "very", "confidence", "low, medium, high"},
        {"CN", "cpu", "2026", "", "confidence", "is empty"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        char where[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), base, cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
#pragma GCC diagnostic pop
        snprintf(where, sizeof(where), "accelerators/b.json: /%s", cases[i][4]);
        assert_refused("accelerators/b.json", text, where, cases[i][5]);
    }
    assert_accel_refused(", \"release\": \"soon\"", "/release", "expected a date");
    assert_accel_refused(", \"notes\": \"a\\nb\"", "/notes", "expected one line");
    assert_accel_refused(", \"cloud_only\": \"yes\"", "/cloud_only", "expected true or false");
}

static void a_file_that_would_not_be_read_is_refused(void **state)
{
    (void)state;
    assert_refused("accelerators/acme_x2.yaml", "id: acme_x2", "accelerators/acme_x2.yaml",
                   "expected a name ending in .json");
    assert_refused("accelerator/acme_x2.json", "{}", "accelerator",
                   "did you mean \"accelerators\"?");
    assert_refused("rules/export_rule.csv", "rule\n", "rules/export_rule.csv",
                   "expected export_rules.csv or software_support.csv");
    assert_refused("fx/dollar.csv", "date\n", "fx/dollar.csv", "two currencies like usd_cny");
    assert_refused("fx/usd_usd.csv", "date\n", "fx/usd_usd.csv", "two currencies like usd_cny");
}

#define ROW "buy_card,CNY,100,120,CN,2025-06,grey,card,yes,,a page,2025-06,low\n"

static void a_price_row_is_read(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    const char *text = PRICE_HEADER ROW
        "rent_gpu_hour,USD,2.5,,US,2024-Q3,cloud,card_hour,context,more than,a page,2024-10,high\n";
    assert_ok(read_with(&t, PRICE, text, &catalog, &err), err);
    assert_int_equal(catalog.n_prices, 2);
    const struct su_price *older = &catalog.prices[0];
    assert_int_equal(older->kind, SU_PRICE_RENT_GPU_HOUR);
    assert_int_equal(older->use, SU_PRICE_USE_CONTEXT);
    assert_true(isnan(older->high)); /* "more than 2.5" */
    const struct su_price *newer = &catalog.prices[1];
    assert_string_equal(newer->item, "acme_x1");
    assert_int_equal(newer->currency, SU_CNY);
    assert_true(newer->low == 100 && newer->high == 120);
    assert_int_equal(newer->channel, SU_CHANNEL_GREY);
    assert_string_equal(newer->notes, "");
    assert_string_equal(catalog.newest.text, "2025-06");
    temp_dir_release(&t);
}

static void a_price_says_whether_tax_is_in_where_its_file_does(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    const char *text =
        "kind,currency,amount_low,amount_high,region,date,channel,scope,tax,use,notes,"
        "source,as_of,confidence\n"
        "buy_card,CNY,1,1,CN,2025-06,grey,card,included,yes,,a,2025-06,low\n"
        "buy_card,CNY,1,1,CN,2025-07,grey,card,excluded,yes,,a,2025-07,low\n"
        "buy_card,CNY,1,1,CN,2025-08,grey,card,unknown,yes,,a,2025-08,low\n"
        "buy_card,CNY,1,1,CN,2025-09,grey,card,,yes,,a,2025-09,low\n";
    assert_ok(read_with(&t, PRICE, text, &catalog, &err), err);
    assert_int_equal(catalog.prices[0].tax, SU_PRICE_TAX_INCLUDED);
    assert_int_equal(catalog.prices[1].tax, SU_PRICE_TAX_EXCLUDED);
    assert_int_equal(catalog.prices[2].tax, SU_PRICE_TAX_UNKNOWN);
    assert_int_equal(catalog.prices[3].tax, SU_PRICE_TAX_UNKNOWN);
    temp_dir_release(&t);
    assert_refused(PRICE,
                   "kind,currency,amount_low,amount_high,region,date,channel,scope,tax,use,notes,"
                   "source,as_of,confidence\n"
                   "buy_card,CNY,1,1,CN,2025-06,grey,card,yes,yes,,a,2025-06,low\n",
                   PRICE ":2: tax", "expected one of unknown, included, excluded");
}

static void a_bad_price_row_is_refused_by_line_and_column(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"buy_card,CNY,130,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "amount_high",
         "below amount_low"},
        {"buy_card,CNY,-1,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "amount_low",
         "is -1, expected 0.."},
        {"buy_card,CNY,1k,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "amount_low",
         "expected a number"},
        {"buy_card,CNY,,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "amount_low", "is empty"},
        {"buy_card,RMB,1,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "currency", "is \"RMB\""},
        {"buy,CNY,1,120,CN,2025-06,grey,card,yes,,a,2025-06,low", "kind", "buy_card, buy_server"},
        {"buy_card,CNY,1,120,CN,2025-6,grey,card,yes,,a,2025-06,low", "date", "expected a date"},
        {"buy_card,CNY,1,120,CN,2025-06,gray,card,yes,,a,2025-06,low", "channel", "official, grey"},
        {"buy_card,CNY,1,120,CN,2025-06,grey,rack,yes,,a,2025-06,low", "scope",
         "a buy_card price cannot buy"},
        {"buy_card,CNY,1,120,CN,2025-06,grey,card,maybe,,a,2025-06,low", "use", "yes, context, no"},
        {"buy_card,CNY,1,120,CN,2025-06,grey,card,yes,,,2025-06,low", "source", "is empty"},
        {"buy_card,CNY,1,120,CN,2025-06,grey,card,yes,,a,,low", "as_of", "is empty"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        char where[64];
        snprintf(text, sizeof(text), PRICE_HEADER ROW "%s\n", cases[i][0]);
        snprintf(where, sizeof(where), PRICE ":3: %s", cases[i][1]);
        assert_refused(PRICE, text, where, cases[i][2]);
    }
}

static void columns_are_exactly_the_known_ones(void **state)
{
    (void)state;
    assert_refused(PRICE, "kind,currency,amount\n", PRICE, "did you mean \"amount_low\"?");
    assert_refused(PRICE, "kind,currency\n", PRICE, "has no column \"amount_low\"");
    assert_refused(PRICE, "kind,currency,kind\n", PRICE, "\"kind\" stands twice");
}

static void references_must_exist(void **state)
{
    (void)state;
    assert_refused("prices/acme_x9.csv", PRICE_HEADER ROW, "prices/acme_x9.csv",
                   "\"acme_x9\" is no accelerator and no server");
    assert_refused(
        PRICE, PRICE_HEADER "buy_server,CNY,1,2,CN,2025-06,grey,server,yes,,a page,2025-06,low\n",
        PRICE ": kind", "\"acme_x1\" is an accelerator");
    assert_refused("servers/box.json",
                   "{\"id\": \"box\", \"name\": \"Box\", \"accelerator_id\": \"acme_x2\","
                   " \"source\": \"a page\", \"as_of\": \"2026\", \"confidence\": \"low\"}",
                   "servers/box.json: /accelerator_id", "did you mean acme_x1?");
    assert_refused("servers/acme_x1.json",
                   "{\"id\": \"acme_x1\", \"name\": \"Box\", \"accelerator_id\": \"acme_x1\","
                   " \"source\": \"a page\", \"as_of\": \"2026\", \"confidence\": \"low\"}",
                   "servers/acme_x1.json: /id", "also the id of an accelerator");
}

static void duplicates_are_refused(void **state)
{
    (void)state;
    assert_refused(ACCEL, ACCEL_WITH(", \"vendor\": \"B\""), ACCEL ":1:*", "vendor");
    assert_refused("fx/usd_cny.csv",
                   "date,rate,source,as_of,confidence\n2025-01,7.2,a,2025-01,high\n"
                   "2025-01-01,7.3,a,2025-01,high\n",
                   "fx/usd_cny.csv:3: date", "expected a date after the row above");
    assert_refused("rules/software_support.csv",
                   "stack,component,level,notes,source,as_of,confidence\n"
                   "CUDA,vLLM,native,,a,2026,high\nCUDA,vLLM,none,,a,2026,high\n",
                   "rules/software_support.csv:3: component", "stands twice");
}

#define RULE_HEADER                                                                            \
    "rule,effective,criterion,bound,notes,source,as_of,confidence,rule_id,until,applies,join," \
    "quantity,min,max,class,policy,jurisdiction\n"

static void a_rule_is_one_thing_over_all_its_rows(void **state)
{
    (void)state;
    const char *first = "R,2023-11-17,,,,a,2023,high,r1,,any,all,tpp,1600,,licence,denial,US\n";
    static const char *const cases[][3] = {
        {"R,2023-11-17,,,,a,2023,high,r1,,any,any,tpp,1,,licence,denial,US", "join", "in line 2"},
        {"R,2023-11-18,,,,a,2023,high,r1,,any,all,tpp,1,,licence,denial,US", "effective",
         "in line 2"},
        {"R,2023-11-17,,,,a,2023,high,r2,2023-01,any,all,tpp,1,,licence,denial,US", "until",
         "expected a date after"},
        {"R,2023-11-17,,,,a,2023,high,r2,,any,all,tpp,5,4,licence,denial,US", "max",
         "more than min"},
        {"R,2023-11-17,,,,a,2023,high,r2,,any,all,tpp,,,licence,denial,US", "min", "are empty"},
        {"R,2023-11-17,,,,a,2023,high,r2,,,,,5,,licence,denial,US", "quantity", "is empty"},
        {"R,2023-11-17,,,,a,2023,high,r2,,any,all,flops,5,,licence,denial,US", "quantity",
         "tpp, perf_density"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[1024];
        char where[64];
        snprintf(text, sizeof(text), RULE_HEADER "%s%s\n", first, cases[i][0]);
        snprintf(where, sizeof(where), "rules/export_rules.csv:3: %s", cases[i][1]);
        assert_refused("rules/export_rules.csv", text, where, cases[i][2]);
    }
}

/* A rule for next year, known today, does not make the catalog one of next year. */
static void newest_is_not_after_what_was_known(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog catalog;
    struct su_err err;
    const char *text = RULE_HEADER "R,2027-01-01,,,,a,2026-06-02,high,r1,,,,,,,,,US\n"
                                   "R,2026-03-01,,,,a,2026-03-01,high,r2,,,,,,,,,US\n";
    assert_ok(read_with(&t, "rules/export_rules.csv", text, &catalog, &err), err);
    assert_string_equal(catalog.newest.text, "2026-03-01");
    assert_true(isinf(catalog.rules[0].min) && catalog.rules[0].min < 0);
    assert_true(isinf(catalog.rules[0].max) && catalog.rules[0].max > 0);
    temp_dir_release(&t);
}

/* A file cut off anywhere (a full disk, a broken download) is an error or a catalog, never a
 * crash; the sanitizers watch. */
static void a_file_cut_off_anywhere_does_no_harm(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {ACCEL, ACCEL_WITH(", \"tdp_w\": [{\"value\": 400}]")},
        {PRICE, PRICE_HEADER ROW ROW},
    };
    struct temp_dir t;
    temp_dir_init(&t);
    temp_dir_write(&t, ACCEL, ACCEL_WITH(""));
    for (size_t f = 0; f < 2; f++) {
        for (size_t n = 0; n < strlen(files[f][1]); n++) {
            struct su_catalog catalog;
            struct su_err err = {0};
            temp_dir_write(&t, files[f][0], su_str_dup(&t.arena, (struct su_str){files[f][1], n}));
            enum su_status st = su_catalog_read_dir(&t.arena, t.path, &catalog, &err);
            if (st != SU_OK) {
                assert_int_equal(st, SU_ERR_INPUT);
                assert_non_null(strstr(err.where, files[f][0]));
            } else {
                assert_int_equal(f, 1); /* half a JSON file is never a chip */
            }
        }
        temp_dir_write(&t, files[f][0], files[f][1]);
    }
    temp_dir_release(&t);
}

static void a_missing_directory_is_refused(void **state)
{
    (void)state;
    struct su_arena arena;
    struct su_catalog catalog;
    struct su_err err;
    su_arena_init(&arena);
    assert_int_equal(su_catalog_read_dir(&arena, SU_SOURCE_DIR "/no-such", &catalog, &err),
                     SU_ERR_INPUT);
    assert_non_null(strstr(err.where, "no-such"));
    su_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minimal_file_is_read_and_leaves_the_rest_unknown),
        cmocka_unit_test(a_list_keeps_each_source),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest_one),
        cmocka_unit_test(every_number_is_refused_when_negative_or_text),
        cmocka_unit_test(only_what_a_chip_can_lack_may_be_zero),
        cmocka_unit_test(a_second_value_without_a_source_is_refused),
        cmocka_unit_test(a_required_key_must_be_there),
        cmocka_unit_test(the_id_is_the_name_of_the_file),
        cmocka_unit_test(words_and_dates_are_checked),
        cmocka_unit_test(a_file_that_would_not_be_read_is_refused),
        cmocka_unit_test(a_price_row_is_read),
        cmocka_unit_test(a_price_says_whether_tax_is_in_where_its_file_does),
        cmocka_unit_test(a_bad_price_row_is_refused_by_line_and_column),
        cmocka_unit_test(columns_are_exactly_the_known_ones),
        cmocka_unit_test(references_must_exist),
        cmocka_unit_test(duplicates_are_refused),
        cmocka_unit_test(a_rule_is_one_thing_over_all_its_rows),
        cmocka_unit_test(newest_is_not_after_what_was_known),
        cmocka_unit_test(a_file_cut_off_anywhere_does_no_harm),
        cmocka_unit_test(a_missing_directory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
