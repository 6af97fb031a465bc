/* Look-ups against the facts compiled in, with the figures worked out by hand or by a plain scan.
 */
#include "catalog/catalog.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "su_test.h"

static struct su_date day(const char *text)
{
    struct su_date date = {0};
    assert_true(su_date_parse(su_str_c(text), &date));
    return date;
}

static const struct su_accel *chip(const char *id)
{
    const struct su_accel *accel = su_catalog_accel(su_catalog_embedded(), id);
    assert_non_null(accel);
    return accel;
}

/* ---- accessors ---- */

static void memory_is_binary_and_rates_are_decimal(void **state)
{
    (void)state;
    const struct su_accel *h20 = chip("h20_sxm_96g");
    assert_true(su_accel_mem_bytes(h20) == (uint64_t)96 << 30);
    assert_near(su_accel_mem_bw_bytes_per_s(h20), 4000e9, 1e-12);
    /* 900 GB/s both directions added: 450 one way. */
    assert_near(su_accel_link_bytes_per_s(h20), 450e9, 1e-12);
}

static void a_card_without_a_link_talks_over_its_slot(void **state)
{
    (void)state;
    /* The L20 says link 0 and "4.0 x16": 16 lanes x 1.969 GB/s. */
    assert_near(su_accel_link_bytes_per_s(chip("l20_48g")), 31.504e9, 1e-12);
    /* 16 GT/s x 128/130 / 8 x 16 lanes = 31.508 GB/s: the table rounds a lane to 1 MB/s. */
    assert_near(su_accel_link_bytes_per_s(chip("l20_48g")), 16e9 * 128 / 130 / 8 * 16, 5e-4);
}

static void a_slot_is_read_from_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double gbs;
    } cases[] = {
        {"3.0 x16", 15.76},
        {"4.0 x16", 31.504},
        {"5.0 x8", 31.504},
        {"5.0 x16", 63.008},
        {"6.0 x16", 121.008},
        {"5.0 x15 as printed", 59.07},
        {"5.0 x128", 504.064},
        {"2.0 x16", 0},
        {"7.0 x16", 0},
        {"5.0 x", 0},
        {"5.", 0},
        {"", 0},
        {"NVLink-C2C to Grace", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_accel accel = {.pcie = cases[i].text};
        double gbs = su_accel_pcie_bytes_per_s(&accel) / 1e9;
        if (gbs < cases[i].gbs - 1e-9 || gbs > cases[i].gbs + 1e-9)
            fail_msg("\"%s\" gives %g GB/s, expected %g", cases[i].text, gbs, cases[i].gbs);
    }
    struct su_accel none = {0};
    assert_true(su_accel_pcie_bytes_per_s(&none) == 0);
    assert_true(su_accel_link_bytes_per_s(&none) == 0);
    assert_true(su_accel_mem_bw_bytes_per_s(&none) == 0);
}

static void a_fact_is_found_by_its_name(void **state)
{
    (void)state;
    const struct su_accel *h20 = chip("h20_sxm_96g");
    bool seen = false;
    for (size_t i = 0; i < su_accel_n_fields; i++) {
        if (strcmp(su_accel_fields[i].name, "tdp_w") == 0) {
            struct su_fact tdp = su_accel_fact(h20, &su_accel_fields[i]);
            assert_ptr_equal(tdp.values, h20->tdp_w.values);
            assert_string_equal(su_accel_fields[i].unit, "W");
            seen = true;
        }
    }
    assert_true(seen);
}

/* ---- ids, servers, prices ---- */

static void every_id_is_found_and_no_other(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    for (size_t i = 0; i < c->n_accels; i++) {
        assert_ptr_equal(su_catalog_accel(c, c->accels[i].id), &c->accels[i]);
        if (i > 0)
            assert_true(strcmp(c->accels[i - 1].id, c->accels[i].id) < 0);
    }
    for (size_t i = 0; i < c->n_servers; i++)
        assert_ptr_equal(su_catalog_server(c, c->servers[i].id), &c->servers[i]);
    static const char *const none[] = {"", "a", "h20", "h20_sxm_96", "h20_sxm_96g_", "zzz"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_null(su_catalog_accel(c, none[i]));
        assert_null(su_catalog_server(c, none[i]));
    }
}

static void a_wrong_id_is_answered_with_the_near_ones(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    const struct su_accel *accel = NULL;
    struct su_err err;
    assert_ok(su_catalog_find_accel(c, "h20_sxm_96g", &accel, &err), err);
    assert_string_equal(accel->id, "h20_sxm_96g");
    assert_int_equal(su_catalog_find_accel(c, "H20", &accel, &err), SU_ERR_INPUT);
    assert_null(accel);
    assert_string_equal(
        err.message, "\"H20\" is not a known accelerator, did you mean h20_3e_141g, h20_sxm_96g?");
    assert_int_equal(su_catalog_find_accel(c, "sxm_96", &accel, &err), SU_ERR_INPUT);
    assert_string_equal(err.message,
                        "\"sxm_96\" is not a known accelerator, did you mean h20_sxm_96g?");
    assert_int_equal(su_catalog_find_accel(c, "mi300x_129g", &accel, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "mi300x_192g"));
    assert_int_equal(su_catalog_find_accel(c, "qqqqqqqqq", &accel, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "\"qqqqqqqqq\" is not a known accelerator");
    assert_int_equal(su_catalog_find_accel(c, "", &accel, &err), SU_ERR_INPUT);
    char longest[400];
    memset(longest, 'h', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(su_catalog_find_accel(c, longest, &accel, &err), SU_ERR_INPUT);
}

static void the_server_of_a_chip_has_eight_cards_or_the_fewest(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    assert_string_equal(su_catalog_server_for(c, "h20_sxm_96g")->id, "hgx_h20_8");
    assert_null(su_catalog_server_for(c, "no_such_chip"));
    for (size_t i = 0; i < c->n_accels; i++) {
        const struct su_server *s = su_catalog_server_for(c, c->accels[i].id);
        for (size_t k = 0; k < c->n_servers; k++) {
            const struct su_server *other = &c->servers[k];
            if (strcmp(other->accelerator_id, c->accels[i].id) != 0 ||
                !su_fact_known(other->accel_count))
                continue;
            assert_non_null(s);
            assert_string_equal(s->accelerator_id, c->accels[i].id);
            double n = su_fact_value(s->accel_count);
            double n_other = su_fact_value(other->accel_count);
            assert_true(n == 8 || (n_other != 8 && n <= n_other));
        }
    }
}

static void the_prices_of_an_item_are_one_range_in_order_of_date(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    size_t first = 0;
    assert_int_equal(su_catalog_prices(c, "no_such_item", &first), 0);
    for (size_t i = 0; i < c->n_prices; i++) {
        const char *item = c->prices[i].item;
        size_t n = su_catalog_prices(c, item, &first);
        size_t n_scan = 0;
        for (size_t k = 0; k < c->n_prices; k++)
            n_scan += strcmp(c->prices[k].item, item) == 0;
        assert_int_equal(n, n_scan);
        assert_true(first <= i && i < first + n);
        if (i > first)
            assert_true(su_date_cmp(c->prices[i - 1].date, c->prices[i].date) <= 0);
    }
}

static void support_tells_unknown_from_none(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    const struct su_support *row = NULL;
    assert_int_equal(su_catalog_support(c, "CUDA", "vLLM", &row), SU_SUPPORT_NATIVE);
    assert_string_equal(row->component, "vLLM");
    assert_int_equal(su_catalog_support(c, "CUDA", "vLLM", NULL), SU_SUPPORT_NATIVE);
    assert_int_equal(su_catalog_support(c, "no such stack", "vLLM", &row), SU_SUPPORT_UNKNOWN);
    assert_null(row);
    size_t n[5] = {0};
    for (size_t i = 0; i < c->n_support; i++)
        n[su_catalog_support(c, c->support[i].stack, c->support[i].component, NULL)]++;
    /* Counted in the file: 8 empty levels, 19 none, 59 partial, 26 plugin, 44 native. */
    static const size_t expected[] = {8, 19, 59, 26, 44};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(n[i], expected[i]);
    assert_string_equal(su_support_level_name(SU_SUPPORT_UNKNOWN), "unknown");
    assert_string_equal(su_support_level_name(SU_SUPPORT_NATIVE), "native");
    assert_string_equal(su_confidence_name(SU_CONFIDENCE_MEDIUM), "medium");
    assert_string_equal(su_topology_name(SU_TOPOLOGY_MESH), "mesh");
    assert_string_equal(su_price_scope_name(SU_SCOPE_SERVER_MONTH), "server_month");
    assert_string_equal(su_price_channel_name(SU_CHANNEL_SECOND_HAND), "second_hand");
    assert_string_equal(su_price_use_name(SU_PRICE_USE_CONTEXT), "context");
}

/* ---- exchange rates: figures read from data/fx ---- */

static double rate(enum su_currency from, enum su_currency to, const char *date,
                   const char *expected_date)
{
    struct su_err err;
    double r = 0;
    const struct su_fx_rate *used = NULL;
    assert_ok(su_catalog_fx(su_catalog_embedded(), from, to, day(date), &r, &used, &err), err);
    if (expected_date == NULL)
        assert_null(used);
    else
        assert_string_equal(used->date.text, expected_date);
    return r;
}

static void a_rate_is_the_newest_on_or_before_the_day(void **state)
{
    (void)state;
    assert_near(rate(SU_USD, SU_CNY, "2026-06-30", "2026-06"), 6.7758, 1e-12);
    assert_near(rate(SU_USD, SU_CNY, "2026-06-01", "2026-06"), 6.7758, 1e-12);
    assert_near(rate(SU_USD, SU_CNY, "2026-05-31", "2026-05"), 6.7996, 1e-12);
    assert_near(rate(SU_USD, SU_CNY, "2022-01", "2022-01"), 6.3556, 1e-12);
    assert_near(rate(SU_CNY, SU_CNY, "1999", NULL), 1, 0);
}

static void a_rate_is_inverted_and_crossed_over_the_dollar(void **state)
{
    (void)state;
    assert_near(rate(SU_CNY, SU_USD, "2026-06-30", "2026-06"), 1 / 6.7758, 1e-12);
    /* 6.7758 CNY/USD over 7.8377 HKD/USD. */
    assert_near(rate(SU_HKD, SU_CNY, "2026-07-01", "2026-06"), 0.8645138, 1e-6);
    /* 158.6827 JPY/USD over 0.8653 EUR/USD. */
    assert_near(rate(SU_EUR, SU_JPY, "2026-05-31", "2026-03"), 183.3846, 1e-6);
    /* CNY is of May, EUR of March: the older row is the one to show. */
    assert_near(rate(SU_EUR, SU_CNY, "2026-05-31", "2026-03"), 7.858084, 1e-6);
}

static void without_a_rate_there_is_no_answer(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    struct su_err err;
    double r = 0;
    assert_int_equal(su_catalog_fx(c, SU_USD, SU_CNY, day("2021-12-31"), &r, NULL, &err),
                     SU_ERR_INPUT);
    assert_string_equal(err.message,
                        "there is no exchange rate from USD to CNY on or before 2021-12-31, "
                        "expected a date from 2022-01 on");
    assert_int_equal(su_catalog_fx(c, SU_INR, SU_CNY, day("2026"), &r, NULL, &err), SU_ERR_INPUT);
    assert_string_equal(err.message, "there is no exchange rate from INR to CNY: none of INR is "
                                     "known, a file such as fx/usd_cny.csv in --catalog adds it");
    assert_int_equal(su_catalog_fx(c, SU_CNY, SU_INR, day("2026"), &r, NULL, &err), SU_ERR_INPUT);
}

/* There and back is 1, and a scan of all rows finds the same row. */
static void rates_agree_with_a_plain_scan(void **state)
{
    (void)state;
    const struct su_catalog *c = su_catalog_embedded();
    for (int year = 2022; year <= 2026; year++) {
        for (int month = 1; month <= 12; month++) {
            char text[32];
            snprintf(text, sizeof(text), "%d-%02d-15", year, month);
            struct su_date date = day(text);
            for (enum su_currency to = SU_EUR; to <= SU_HKD; to++) {
                const struct su_fx_rate *best = NULL;
                for (size_t i = 0; i < c->n_fx; i++) {
                    const struct su_fx_rate *row = &c->fx[i];
                    if (row->base == SU_USD && row->quote == to &&
                        su_date_days(row->date) <= su_date_days(date) &&
                        (best == NULL || su_date_days(row->date) > su_date_days(best->date)))
                        best = row;
                }
                struct su_err err;
                const struct su_fx_rate *used = NULL;
                double there = 0;
                double back = 0;
                assert_ok(su_catalog_fx(c, SU_USD, to, date, &there, &used, &err), err);
                assert_ptr_equal(used, best);
                assert_ok(su_catalog_fx(c, SU_CNY, to, date, &there, NULL, &err), err);
                assert_ok(su_catalog_fx(c, to, SU_CNY, date, &back, NULL, &err), err);
                assert_near(there * back, 1, 1e-12);
            }
        }
    }
}

/* ---- running costs ---- */

static const struct su_opex *opex(const char *item, const char *region, const char *date)
{
    return su_catalog_opex(su_catalog_embedded(), item, region, day(date));
}

static void a_running_cost_falls_back_to_the_country_and_the_world(void **state)
{
    (void)state;
    const struct su_opex *cn = opex("electricity_industrial", "CN", "2026");
    assert_near(cn->low, 0.088, 1e-12);
    assert_ptr_equal(opex("electricity_industrial", "CN-Shanghai", "2026"), cn);
    assert_ptr_equal(opex("electricity_industrial", "cn-shanghai", "2026"), cn);
    assert_string_equal(opex("electricity_dc_east", "CN-East", "2027")->region, "CN-east");
    assert_null(opex("electricity_dc_east", "CN-west", "2027"));
    assert_string_equal(opex("colocation_wholesale", "DE", "2026")->region, "global");
    assert_string_equal(opex("colocation_wholesale", "US", "2026")->region, "US");
    assert_null(opex("no_such_item", "CN", "2026"));
    assert_null(opex("electricity_industrial", "", "2026"));
}

static void a_running_cost_is_the_newest_on_or_before_the_day(void **state)
{
    (void)state;
    assert_null(opex("lpr_1y", "CN", "2022-09-19"));
    assert_near(opex("lpr_1y", "CN", "2022-09-20")->low, 3.65, 1e-12);
    assert_near(opex("lpr_1y", "CN", "2024")->low, 3.65, 1e-12); /* from its first day */
    assert_near(opex("lpr_1y", "CN", "2024-07-21")->low, 3.45, 1e-12);
    assert_near(opex("lpr_1y", "CN", "2024-07-22")->low, 3.35, 1e-12);
    assert_near(opex("lpr_1y", "CN", "2026")->low, 3.0, 1e-12);
    /* Two rows of 2023-H2: the average comes first in the file, the range of members after it. */
    assert_near(opex("electricity_non_household", "EU", "2023-12")->high, 0.2, 1e-12);
}

static void an_engine_is_found_by_the_longest_start_of_an_id(void **state)
{
    (void)state;
    static const struct su_engine rows[] = {{.stack = "S", .component = "E", .chips = "a_1 b"},
                                            {.stack = "S", .component = "E", .chips = ""},
                                            {.stack = "S", .component = "E", .chips = "a_10"},
                                            {.stack = "S", .component = "E", .chips = ""},
                                            {.stack = "T", .component = "E", .chips = "c"}};
    const struct su_catalog c = {.engines = rows, .n_engines = 5};
    assert_ptr_equal(su_catalog_engine(&c, "S", "E", "a_1x"), &rows[0]);
    assert_ptr_equal(su_catalog_engine(&c, "S", "E", "b2"), &rows[0]);
    assert_ptr_equal(su_catalog_engine(&c, "S", "E", "a_100"), &rows[2]);
    assert_ptr_equal(su_catalog_engine(&c, "S", "E", "z"), &rows[1]); /* the first of equals */
    assert_null(su_catalog_engine(&c, "T", "E", "z"));
    assert_null(su_catalog_engine(&c, "S", "F", "z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_binary_and_rates_are_decimal),
        cmocka_unit_test(a_card_without_a_link_talks_over_its_slot),
        cmocka_unit_test(a_slot_is_read_from_text),
        cmocka_unit_test(a_fact_is_found_by_its_name),
        cmocka_unit_test(every_id_is_found_and_no_other),
        cmocka_unit_test(a_wrong_id_is_answered_with_the_near_ones),
        cmocka_unit_test(the_server_of_a_chip_has_eight_cards_or_the_fewest),
        cmocka_unit_test(the_prices_of_an_item_are_one_range_in_order_of_date),
        cmocka_unit_test(support_tells_unknown_from_none),
        cmocka_unit_test(an_engine_is_found_by_the_longest_start_of_an_id),
        cmocka_unit_test(a_rate_is_the_newest_on_or_before_the_day),
        cmocka_unit_test(a_rate_is_inverted_and_crossed_over_the_dollar),
        cmocka_unit_test(without_a_rate_there_is_no_answer),
        cmocka_unit_test(rates_agree_with_a_plain_scan),
        cmocka_unit_test(a_running_cost_falls_back_to_the_country_and_the_world),
        cmocka_unit_test(a_running_cost_is_the_newest_on_or_before_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
