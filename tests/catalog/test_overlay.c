/* A user's directory over the facts compiled in: a chip is one file, and nothing in C changes. */
#include "catalog/catalog.h"

#include "catalog/temp_dir.h"

#define PRICE_HEADER                                                                         \
    "kind,currency,amount_low,amount_high,region,date,channel,scope,use,notes,source,as_of," \
    "confidence\n"

static enum su_status overlay(struct temp_dir *t, struct su_catalog *catalog, struct su_err *err)
{
    return su_catalog_overlay(&t->arena, su_catalog_embedded(), t->path, catalog, err);
}

/* The example file of data/README.md: its block of indented lines, as a reader would copy it. */
static const char *readme_example(struct su_arena *arena, size_t *n_lines)
{
    struct su_str text;
    struct su_err err;
    assert_ok(su_file_read(arena, SU_SOURCE_DIR "/data/README.md", SU_FILE_BYTES_MAX, &text, &err),
              err);
    const char *start = strstr(text.p, "    {\"id\": \"acme_x1\"");
    assert_non_null(start);
    const char *end = strstr(start, "\n\n");
    assert_non_null(end);
    *n_lines = 1;
    for (const char *c = start; c < end; c++)
        *n_lines += *c == '\n';
    return su_str_dup(arena, (struct su_str){start, (size_t)(end - start)});
}

static void a_chip_is_added_by_one_ten_line_file_and_no_code(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    size_t n_lines = 0;
    temp_dir_init(&t);
    temp_dir_write(&t, "accelerators/acme_x1.json", readme_example(&t.arena, &n_lines));
    assert_in_range(n_lines, 1, 10);
    assert_ok(overlay(&t, &c, &err), err);

    const struct su_accel *a = su_catalog_accel(&c, "acme_x1");
    assert_non_null(a);
    assert_string_equal(a->name, "X1 96GB");
    assert_true(su_accel_mem_bytes(a) == (uint64_t)96 << 30);
    assert_near(su_accel_mem_bw_bytes_per_s(a), 3.2e12, 1e-12);
    assert_near(su_accel_link_bytes_per_s(a), 200e9, 1e-12);
    assert_int_equal(a->tdp_w.n_values, 2);
    assert_false(su_fact_known(a->fp8));

    assert_int_equal(c.n_accels, base->n_accels + 1);
    for (size_t i = 0; i < base->n_accels; i++) {
        const struct su_accel *same = su_catalog_accel(&c, base->accels[i].id);
        assert_non_null(same);
        assert_string_equal(same->source, base->accels[i].source);
    }
    assert_int_equal(c.n_servers, base->n_servers);
    assert_int_equal(c.n_prices, base->n_prices);
    assert_int_equal(su_catalog_support(&c, a->stack, "vLLM", NULL), SU_SUPPORT_NATIVE);
    assert_null(su_catalog_accel(base, "acme_x1"));
    temp_dir_release(&t);
}

static void an_empty_directory_changes_nothing(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    temp_dir_init(&t);
    assert_ok(overlay(&t, &c, &err), err);
    assert_int_equal(c.n_accels, base->n_accels);
    assert_int_equal(c.n_servers, base->n_servers);
    assert_int_equal(c.n_prices, base->n_prices);
    assert_int_equal(c.n_fx, base->n_fx);
    assert_int_equal(c.n_opex, base->n_opex);
    assert_int_equal(c.n_support, base->n_support);
    assert_int_equal(c.n_rules, base->n_rules);
    assert_string_equal(c.newest.text, base->newest.text);
    for (size_t i = 0; i < c.n_prices; i++) {
        assert_ptr_equal(c.prices[i].source, base->prices[i].source);
        assert_true(c.prices[i].low == base->prices[i].low);
    }
    temp_dir_release(&t);
}

static void a_file_of_the_same_id_replaces_the_chip(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    temp_dir_init(&t);
    temp_dir_write(&t, "accelerators/h20_sxm_96g.json",
                   "{\"id\": \"h20_sxm_96g\", \"vendor\": \"NVIDIA\", \"name\": \"our H20\","
                   " \"origin\": \"US\", \"market\": \"datacenter\", \"stack\": \"CUDA\","
                   " \"tdp_w\": 500, \"source\": \"our rack\", \"as_of\": \"2026\","
                   " \"confidence\": \"high\"}");
    assert_ok(overlay(&t, &c, &err), err);
    assert_int_equal(c.n_accels, su_catalog_embedded()->n_accels);
    const struct su_accel *a = su_catalog_accel(&c, "h20_sxm_96g");
    assert_string_equal(a->name, "our H20");
    assert_true(su_fact_value(a->tdp_w) == 500);
    assert_false(su_fact_known(a->mem_gb)); /* replaced, not mixed with the old file */
    assert_string_equal(su_catalog_server_for(&c, "h20_sxm_96g")->id, "hgx_h20_8");
    temp_dir_release(&t);
}

static void prices_of_an_item_replace_those_of_the_catalog(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    temp_dir_init(&t);
    temp_dir_write(&t, "prices/h20_sxm_96g.csv",
                   PRICE_HEADER "buy_card,CNY,80000,90000,CN,2026-12,official,card,yes,quote B,"
                                "our supplier,2026-12-02,high\n"
                                "buy_card,CNY,80000,90000,CN,2026-11,official,card,yes,quote A,"
                                "our supplier,2026-12-02,high\n");
    assert_ok(overlay(&t, &c, &err), err);
    size_t first = 0;
    size_t first_base = 0;
    size_t n_base = su_catalog_prices(base, "h20_sxm_96g", &first_base);
    assert_true(n_base > 2);
    assert_int_equal(su_catalog_prices(&c, "h20_sxm_96g", &first), 2);
    assert_string_equal(c.prices[first].notes, "quote A");
    assert_string_equal(c.prices[first + 1].notes, "quote B");
    assert_int_equal(c.n_prices, base->n_prices - n_base + 2);
    assert_string_equal(c.newest.text, "2026-12");
    /* Another item keeps its rows. */
    size_t n_other = su_catalog_prices(base, "a100_sxm_80g", &first_base);
    assert_int_equal(su_catalog_prices(&c, "a100_sxm_80g", &first), n_other);
    temp_dir_release(&t);
}

static void references_may_point_into_the_catalog(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    temp_dir_init(&t);
    temp_dir_write(&t, "servers/our_box.json",
                   "{\"id\": \"our_box\", \"name\": \"Box\", \"accelerator_id\": \"h20_sxm_96g\","
                   " \"accel_count\": 16, \"source\": \"us\", \"as_of\": \"2026\","
                   " \"confidence\": \"low\"}");
    temp_dir_write(&t, "prices/our_box.csv",
                   PRICE_HEADER
                   "buy_server,CNY,1e6,1e6,CN,2026,official,server,yes,,us,2026,low\n");
    assert_ok(overlay(&t, &c, &err), err);
    assert_non_null(su_catalog_server(&c, "our_box"));
    assert_string_equal(su_catalog_server_for(&c, "h20_sxm_96g")->id, "hgx_h20_8");

    temp_dir_write(&t, "prices/our_bx.csv",
                   PRICE_HEADER
                   "buy_server,CNY,1e6,1e6,CN,2026,official,server,yes,,us,2026,low\n");
    assert_int_equal(overlay(&t, &c, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.where, "prices/our_bx.csv"));
    assert_non_null(strstr(err.message, "\"our_bx\""));
    temp_dir_release(&t);
}

static void own_rows_win_at_equal_dates(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    struct su_date date;
    double rate = 0;
    temp_dir_init(&t);
    temp_dir_write(&t, "fx/usd_cny.csv",
                   "date,rate,source,as_of,confidence\n2026-06,7,our bank,2026-06,high\n");
    temp_dir_write(&t, "opex/opex.csv",
                   "item,region,low,high,unit,notes,source,as_of,confidence\n"
                   "lpr_1y,CN,2.5,2.5,percent,,our bank,2025-05-20,high\n");
    temp_dir_write(&t, "rules/software_support.csv",
                   "stack,component,level,notes,source,as_of,confidence\n"
                   "CUDA,vLLM,partial,,us,2026,high\n");
    assert_ok(overlay(&t, &c, &err), err);
    assert_true(su_date_parse(su_str_c("2026-06-30"), &date));
    assert_ok(su_catalog_fx(&c, SU_USD, SU_CNY, date, &rate, NULL, &err), err);
    assert_near(rate, 7, 1e-12);
    assert_true(su_date_parse(su_str_c("2026-05-30"), &date));
    assert_ok(su_catalog_fx(&c, SU_USD, SU_CNY, date, &rate, NULL, &err), err);
    assert_near(rate, 6.7996, 1e-12);
    assert_near(su_catalog_opex(&c, "lpr_1y", "CN", date)->low, 2.5, 1e-12);
    assert_near(su_catalog_opex(base, "lpr_1y", "CN", date)->low, 3.0, 1e-12);
    assert_int_equal(su_catalog_support(&c, "CUDA", "vLLM", NULL), SU_SUPPORT_PARTIAL);
    assert_int_equal(c.n_fx, base->n_fx + 1);
    temp_dir_release(&t);
}

static size_t rows_of_rule(const struct su_catalog *c, const char *rule_id)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        n += strcmp(c->rules[i].rule_id, rule_id) == 0;
    return n;
}

static void a_rule_is_replaced_as_a_whole(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct temp_dir t;
    struct su_catalog c;
    struct su_err err;
    temp_dir_init(&t);
    temp_dir_write(&t, "rules/export_rules.csv",
                   "rule,effective,criterion,bound,notes,source,as_of,confidence,rule_id,until,"
                   "applies,join,quantity,min,max,class,policy,jurisdiction\n"
                   "R,2023-11-17,,,,our lawyer,2026,high,us_2023_3a090_a2,,any,all,tpp,1600,,"
                   "licence,denial,US\n");
    assert_ok(overlay(&t, &c, &err), err);
    assert_int_equal(rows_of_rule(base, "us_2023_3a090_a2"), 2);
    assert_int_equal(rows_of_rule(&c, "us_2023_3a090_a2"), 1);
    assert_int_equal(c.n_rules, base->n_rules - 1);
    temp_dir_release(&t);
}

static void the_whole_of_data_over_itself_is_itself(void **state)
{
    (void)state;
    const struct su_catalog *base = su_catalog_embedded();
    struct su_arena arena;
    struct su_catalog c;
    struct su_err err;
    su_arena_init(&arena);
    assert_ok(su_catalog_overlay(&arena, base, SU_SOURCE_DIR "/data", &c, &err), err);
    assert_int_equal(c.n_accels, base->n_accels);
    assert_int_equal(c.n_servers, base->n_servers);
    assert_int_equal(c.n_prices, base->n_prices);
    assert_int_equal(c.n_rules, base->n_rules);
    for (size_t i = 0; i < c.n_accels; i++)
        assert_string_equal(c.accels[i].id, base->accels[i].id);
    for (size_t i = 0; i < c.n_prices; i++) {
        assert_string_equal(c.prices[i].item, base->prices[i].item);
        assert_string_equal(c.prices[i].source, base->prices[i].source);
    }
    su_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chip_is_added_by_one_ten_line_file_and_no_code),
        cmocka_unit_test(an_empty_directory_changes_nothing),
        cmocka_unit_test(a_file_of_the_same_id_replaces_the_chip),
        cmocka_unit_test(prices_of_an_item_replace_those_of_the_catalog),
        cmocka_unit_test(references_may_point_into_the_catalog),
        cmocka_unit_test(own_rows_win_at_equal_dates),
        cmocka_unit_test(a_rule_is_replaced_as_a_whole),
        cmocka_unit_test(the_whole_of_data_over_itself_is_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
