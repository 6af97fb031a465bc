/* Which quote prices a server, and what is made of it. */
#include <math.h>
#include <string.h>

#include "econ/econ.h"
#include "su_test.h"

static const struct su_channels official = {.official = true};

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

/* The embedded facts, for a chip's usual server. */
static struct su_quote price(const char *chip, const char *region, const char *on,
                             struct su_channels channels, enum su_currency currency)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_quote q;
    struct su_err err;
    assert_ok(su_price_server(catalog, su_catalog_accel(catalog, chip),
                              su_catalog_server_for(catalog, chip), 8, region, date(on), channels,
                              currency, &q, &err),
              err);
    return q;
}

static void h20_servers_fell_in_2024(void **state)
{
    (void)state;
    struct su_quote q = price("h20_sxm_96g", "cn", "2024-02-15", official, SU_CNY);
    assert_true(q.known && !q.from_cards && !q.other_region);
    assert_near(su_money_amount(q.mid), 1.5e6, 1e-12);
    assert_string_equal(q.row->item, "hgx_h20_8");
    q = price("h20_sxm_96g", "cn", "2024-07-14", official, SU_CNY);
    assert_near(su_money_amount(q.mid), 1.2e6, 1e-12);
    assert_string_equal(q.row->date.text, "2024-07");
    assert_int_equal(q.age_months, 0);
    /* Medium confidence: ten per cent either way. */
    assert_near(su_money_amount(q.low), 1.08e6, 1e-12);
    assert_near(su_money_amount(q.high), 1.32e6, 1e-12);
}

static void nothing_newer_than_the_date_is_used(void **state)
{
    (void)state;
    struct su_quote q = price("h20_sxm_96g", "cn", "2024-01-15", official, SU_CNY);
    assert_near(su_money_amount(q.mid), 1.4e6, 1e-12);
    assert_false(price("h20_sxm_96g", "cn", "2023-12-31", official, SU_CNY).known);
    q = price("h20_sxm_96g", "cn", "2025-06-30", official, SU_CNY);
    assert_string_equal(q.row->date.text, "2024-07");
    assert_int_equal(q.age_months, 11);
}

static void a_channel_that_is_not_allowed_is_not_used(void **state)
{
    (void)state;
    /* From December 2025 there is a grey quote for the module; official buyers do not see it. */
    struct su_channels grey = {.official = true, .grey = true};
    assert_string_equal(price("h20_sxm_96g", "cn", "2026-01-15", official, SU_CNY).row->date.text,
                        "2024-07");
    struct su_quote q = price("h20_sxm_96g", "cn", "2026-01-15", grey, SU_CNY);
    assert_int_equal(q.row->channel, SU_CHANNEL_GREY);
    assert_int_equal(q.row->scope, SU_SCOPE_MODULE);
    struct su_channels none = {0};
    assert_false(price("h20_sxm_96g", "cn", "2026-01-15", none, SU_CNY).known);
}

static void a_module_still_needs_a_host(void **state)
{
    (void)state;
    struct su_channels grey = {.official = true, .grey = true};
    struct su_quote q = price("h20_sxm_96g", "cn", "2026-01-15", grey, SU_CNY);
    assert_true(q.from_cards);
    /* 880 k CNY for all eight cards, once: 880/0.7 = 1257 k, more than with a host of 15 k USD. */
    assert_near(su_money_amount(q.mid), 880000 / 0.70, 1e-9);
    assert_near(su_money_amount(q.low), 880000 * 0.9 / 0.80, 1e-9);
    assert_near(su_money_amount(q.high), 880000 * 1.1 / 0.60, 1e-9);
}

/* ---- catalogs made for one test ---- */

#define FACT(name, amount)                                                \
    static const struct su_fact_value name##_value = {.value = (amount)}; \
    static const struct su_fact name = {&name##_value, 1}

FACT(count_8, 8);
FACT(count_16, 16);

static const struct su_accel x1 = {.id = "acme_x1"};
static const struct su_server servers[] = {
    {.id = "acme_box16", .accelerator_id = "acme_x1"},
    {.id = "acme_box8", .accelerator_id = "acme_x1"},
    {.id = "other_box8", .accelerator_id = "acme_x1"},
};

struct book {
    struct su_server servers[3];
    struct su_price prices[8]; /* written in the order of item, then date */
    struct su_fx_rate fx[2];
    struct su_catalog catalog;
};

static struct su_price row(const char *item, enum su_price_kind kind, double low, double high,
                           const char *region, const char *on)
{
    return (struct su_price){.item = item,
                             .kind = kind,
                             .currency = SU_USD,
                             .low = low,
                             .high = high,
                             .region = region,
                             .date = date(on),
                             .channel = SU_CHANNEL_OFFICIAL,
                             .scope = kind == SU_PRICE_BUY_CARD ? SU_SCOPE_CARD : SU_SCOPE_SERVER,
                             .use = SU_PRICE_USE_YES,
                             .confidence = SU_CONFIDENCE_HIGH};
}

/* n rows of prices are filled in by the test. */
static void open_book(struct book *b, size_t n)
{
    memcpy(b->servers, servers, sizeof(servers));
    b->servers[0].accel_count = count_16;
    b->servers[1].accel_count = count_8;
    b->servers[2].accel_count = count_8;
    b->fx[0] =
        (struct su_fx_rate){.base = SU_USD, .quote = SU_CNY, .date = date("2024-01"), .rate = 7};
    b->fx[1] =
        (struct su_fx_rate){.base = SU_USD, .quote = SU_CNY, .date = date("2025-01"), .rate = 8};
    b->catalog = (struct su_catalog){.accels = &x1,
                                     .n_accels = 1,
                                     .servers = b->servers,
                                     .n_servers = 3,
                                     .prices = b->prices,
                                     .n_prices = n,
                                     .fx = b->fx,
                                     .n_fx = 2};
}

static struct su_quote quote(const struct book *b, const char *region, const char *on,
                             enum su_currency currency)
{
    struct su_quote q;
    struct su_err err;
    assert_ok(su_price_server(&b->catalog, &x1, &b->servers[1], 8, region, date(on), official,
                              currency, &q, &err),
              err);
    return q;
}

static void dear_cards_become_a_server_by_their_share(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_x1", SU_PRICE_BUY_CARD, 10000, 12000, "US", "2024-03");
    open_book(&b, 1);
    struct su_quote q = quote(&b, "us", "2024-06-01", SU_USD);
    assert_true(q.known && q.from_cards && !q.open_ended);
    /* High confidence: 5 %. low: 80 k * 0.95 / 0.8; mid: 88 k / 0.7; high: 96 k * 1.05 / 0.6. */
    assert_near(su_money_amount(q.low), 95000, 1e-9);
    assert_near(su_money_amount(q.mid), 88000 / 0.7, 1e-9);
    assert_near(su_money_amount(q.high), 168000, 1e-9);
}

static void cheap_cards_still_need_a_whole_host(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_x1", SU_PRICE_BUY_CARD, 500, 500, "US", "2024-03");
    open_book(&b, 1);
    struct su_quote q = quote(&b, "us", "2024-06-01", SU_USD);
    /* Eight cards are 4000 USD; by share a server would be 5714, but a host is 15 000 more: low
     * 3800 + 9000, mid 4000 + 15 000, high 4200 + 24 000. */
    assert_near(su_money_amount(q.low), 12800, 1e-9);
    assert_near(su_money_amount(q.mid), 19000, 1e-9);
    assert_near(su_money_amount(q.high), 28200, 1e-9);
}

static void more_than_is_open_ended(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box8", SU_PRICE_BUY_SERVER, 200000, NAN, "US", "2024-03");
    open_book(&b, 1);
    struct su_quote q = quote(&b, "us", "2024-06-01", SU_USD);
    assert_true(q.open_ended);
    assert_near(su_money_amount(q.mid), 200000, 1e-12);
}

static void a_stale_server_gives_way_to_fresh_cards(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box8", SU_PRICE_BUY_SERVER, 200000, 200000, "US", "2024-01");
    b.prices[1] = row("acme_x1", SU_PRICE_BUY_CARD, 10000, 10000, "US", "2024-07");
    open_book(&b, 2);
    /* Six months apart: the server's own price. */
    assert_false(quote(&b, "us", "2024-12-01", SU_USD).from_cards);
    b.prices[1].date = date("2024-08");
    assert_true(quote(&b, "us", "2024-12-01", SU_USD).from_cards);
    /* On a date before the cards' quote there is only the server. */
    assert_false(quote(&b, "us", "2024-05-01", SU_USD).from_cards);
}

static void another_box_of_the_same_size_prices_this_one(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box16", SU_PRICE_BUY_SERVER, 900000, 900000, "US", "2024-03");
    b.prices[1] = row("other_box8", SU_PRICE_BUY_SERVER, 300000, 300000, "US", "2024-02");
    open_book(&b, 2);
    struct su_quote q = quote(&b, "us", "2024-12-01", SU_USD);
    assert_string_equal(q.row->item, "other_box8");
}

static void the_region_comes_before_the_date(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box8", SU_PRICE_BUY_SERVER, 200000, 200000, "US", "2024-01");
    b.prices[1] = row("acme_box8", SU_PRICE_BUY_SERVER, 250000, 250000, "CN", "2024-05");
    open_book(&b, 2);
    struct su_quote q = quote(&b, "us-west", "2024-12-01", SU_USD);
    assert_near(su_money_amount(q.mid), 200000, 1e-12);
    assert_false(q.other_region);
    /* Nothing in Europe: the newest from elsewhere, and it says so. */
    q = quote(&b, "eu", "2024-12-01", SU_USD);
    assert_near(su_money_amount(q.mid), 250000, 1e-12);
    assert_true(q.other_region);
}

static void a_row_for_context_or_a_misprint_is_never_used(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box8", SU_PRICE_BUY_SERVER, 1, 1, "US", "2024-01");
    b.prices[1] = row("acme_box8", SU_PRICE_BUY_SERVER, 2, 2, "US", "2024-02");
    b.prices[2] = row("acme_box8", SU_PRICE_RENT_SERVER_MONTH, 3, 3, "US", "2024-03");
    b.prices[0].use = SU_PRICE_USE_CONTEXT;
    b.prices[1].use = SU_PRICE_USE_NO;
    open_book(&b, 3);
    assert_false(quote(&b, "us", "2024-12-01", SU_USD).known);
}

static void money_is_converted_at_the_rate_of_the_day(void **state)
{
    (void)state;
    struct book b;
    b.prices[0] = row("acme_box8", SU_PRICE_BUY_SERVER, 100000, 100000, "US", "2024-01");
    open_book(&b, 1);
    struct su_quote q = quote(&b, "us", "2024-12-01", SU_CNY);
    assert_int_equal(q.mid.currency, SU_CNY);
    assert_near(su_money_amount(q.mid), 700000, 1e-12);
    assert_near(su_money_amount(quote(&b, "us", "2025-02-01", SU_CNY).mid), 800000, 1e-12);
    /* No rate to yen in this book: an error that names the pair, not a guess. */
    struct su_err err;
    assert_int_equal(su_price_server(&b.catalog, &x1, &b.servers[1], 8, "us", date("2024-12-01"),
                                     official, SU_JPY, &q, &err),
                     SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "JPY"));
}

static void the_embedded_rate_of_july_2024(void **state)
{
    (void)state;
    /* data/fx/usd_cny.csv, 2024-07: 7.2609. The H20 server of 1.2 M CNY in dollars. */
    struct su_quote q = price("h20_sxm_96g", "cn", "2024-07-14", official, SU_USD);
    assert_near(su_money_amount(q.mid), 1.2e6 / 7.2609, 1e-9);
}

static void low_is_never_above_mid_nor_mid_above_high(void **state)
{
    (void)state;
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_channels all = {.official = true, .grey = true, .second_hand = true};
    size_t n_known = 0;
    for (size_t i = 0; i < catalog->n_accels; i++) {
        struct su_quote q = price(catalog->accels[i].id, "cn", "2026-11-01", all, SU_CNY);
        if (!q.known)
            continue;
        n_known++;
        assert_true(q.low.micro > 0 && q.low.micro <= q.mid.micro && q.mid.micro <= q.high.micro);
        assert_true(su_date_cmp(q.row->date, date("2026-11-01")) <= 0);
        assert_true(q.age_months >= 0);
        assert_int_equal(q.row->use, SU_PRICE_USE_YES);
    }
    assert_true(n_known > 10);
}

static void a_region_names_its_currency(void **state)
{
    (void)state;
    assert_int_equal(su_currency_of_region("cn-east"), SU_CNY);
    assert_int_equal(su_currency_of_region("US"), SU_USD);
    assert_int_equal(su_currency_of_region("de"), SU_EUR);
    assert_int_equal(su_currency_of_region("jp"), SU_JPY);
    assert_int_equal(su_currency_of_region("br"), SU_USD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h20_servers_fell_in_2024),
        cmocka_unit_test(nothing_newer_than_the_date_is_used),
        cmocka_unit_test(a_channel_that_is_not_allowed_is_not_used),
        cmocka_unit_test(a_module_still_needs_a_host),
        cmocka_unit_test(dear_cards_become_a_server_by_their_share),
        cmocka_unit_test(cheap_cards_still_need_a_whole_host),
        cmocka_unit_test(more_than_is_open_ended),
        cmocka_unit_test(a_stale_server_gives_way_to_fresh_cards),
        cmocka_unit_test(another_box_of_the_same_size_prices_this_one),
        cmocka_unit_test(the_region_comes_before_the_date),
        cmocka_unit_test(a_row_for_context_or_a_misprint_is_never_used),
        cmocka_unit_test(money_is_converted_at_the_rate_of_the_day),
        cmocka_unit_test(the_embedded_rate_of_july_2024),
        cmocka_unit_test(low_is_never_above_mid_nor_mid_above_high),
        cmocka_unit_test(a_region_names_its_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
