/* Rents as quotes, and what a rented fleet costs, by hand. */
#include <math.h>
#include <string.h>

#include "econ/econ.h"
#include "su_test_arena.h"

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

static struct su_quote rent_of(struct su_arena *arena, const char *chip, const char *region,
                               const char *on, enum su_currency currency)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_quote q;
    struct su_err err;
    assert_ok(su_price_rent(arena, catalog, su_catalog_accel(catalog, chip), 8, region, date(on),
                            currency, &q, &err),
              err);
    assert_int_equal(q.channel, SU_CHANNEL_CLOUD);
    return q;
}

/* data/prices/dgx_h100.csv: 120 to 180 k CNY a month in January 2024, 70 k in December. */
static void h100_rents_in_china_fell_by_half_in_2024(void **state)
{
    struct su_quote q = rent_of(*state, "h100_sxm_80g", "cn", "2024-07-14", SU_CNY);
    assert_true(q.known && q.n_rows == 0 && q.age_months == 6);
    assert_near(su_money_amount(q.low), 120000, 1e-9);
    assert_near(su_money_amount(q.mid), 150000, 1e-9);
    assert_near(su_money_amount(q.high), 180000, 1e-9);
    assert_near(q.card_hours, 8 * 730.5, 1e-15);
    q = rent_of(*state, "h100_sxm_80g", "cn", "2024-12-15", SU_CNY);
    /* One figure of low confidence: a quarter either way. */
    assert_near(su_money_amount(q.mid), 70000, 1e-9);
    assert_near(su_money_amount(q.low), 52500, 1e-9);
    assert_near(su_money_amount(q.high), 87500, 1e-9);
}

/* September 2024: 6.68 CNY, 0.75 USD and 1.5 to 3 USD an hour; 7.0738 CNY a dollar. */
static void rows_of_half_a_year_make_one_quote(void **state)
{
    double rate = 0;
    struct su_err err;
    assert_ok(
        su_catalog_fx(su_catalog_embedded(), SU_USD, SU_CNY, date("2024-09-30"), &rate, NULL, &err),
        err);
    struct su_quote q = rent_of(*state, "a100_sxm_80g", "cn-east", "2024-09-30", SU_CNY);
    assert_int_equal(q.n_rows, 3);
    double hours = 8 * 730.5;
    assert_near(su_money_amount(q.low), 0.75 * rate * hours, 1e-9);
    assert_near(su_money_amount(q.mid), 6.68 * hours, 1e-9);
    assert_near(su_money_amount(q.high), 3 * rate * hours, 1e-9);
}

static void what_stands_abroad_is_not_for_rent_here(void **state)
{
    assert_true(rent_of(*state, "b200_sxm_180g", "us", "2026-11-01", SU_USD).known);
    assert_false(rent_of(*state, "b200_sxm_180g", "cn", "2026-11-01", SU_CNY).known);
    /* Nor before the first row. */
    assert_false(rent_of(*state, "h100_sxm_80g", "cn", "2023-12-31", SU_CNY).known);
}

static void a_rent_without_an_exchange_rate_is_an_error(void **state)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_quote q;
    struct su_err err;
    assert_int_equal(su_price_rent(*state, catalog, su_catalog_accel(catalog, "h100_sxm_80g"), 8,
                                   "cn", date("2024-07-14"), SU_INR, &q, &err),
                     SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "none of INR is known"));
}

static const struct su_power ten_kw = {.server_w = 10000};

/* Two servers at 150 k a month for 36 months: 10.8 M, and nothing besides; a card hour is
 * 150 000 / (8 * 730.5) = 25.667. */
static void a_rented_fleet_costs_its_rent_and_nothing_besides(void **state)
{
    struct su_quote q = rent_of(*state, "h100_sxm_80g", "cn", "2024-07-14", SU_CNY);
    struct su_cost_basis basis;
    struct su_err err;
    assert_ok(
        su_cost_basis_init(su_catalog_embedded(), "cn", date("2024-07-14"), SU_CNY, &basis, &err),
        err);
    struct su_cost c;
    assert_ok(su_cost_of_quote(&basis, &q, q.mid, 2, ten_kw, 36, &c, &err), err);
    assert_near(su_money_amount(c.rent), 10.8e6, 1e-9);
    assert_int_equal(c.total.micro, c.rent.micro);
    assert_near(c.power_kw, 20, 1e-15);
    assert_int_equal(c.servers.micro + c.network.micro + c.electricity.micro + c.hosting.micro +
                         c.upkeep.micro,
                     0);
    assert_near(25.667 * 2 * 8 * 730.5 * 36, 10.8e6, 1e-4);
    /* Back again: the rent at which the total is 5.4 M is half. */
    struct su_money total = {c.total.micro / 2, SU_CNY};
    struct su_money unit;
    assert_ok(su_cost_quote_to_win(&basis, q.channel, total, 2, ten_kw, 36, &unit, &err), err);
    assert_near(su_money_amount(unit), 75000, 1e-9);
}

static void a_bought_fleet_costs_the_same_by_either_door(void **state)
{
    (void)state;
    struct su_cost_basis basis;
    struct su_err err;
    assert_ok(
        su_cost_basis_init(su_catalog_embedded(), "cn", date("2024-07-14"), SU_CNY, &basis, &err),
        err);
    struct su_quote q = {.known = true, .channel = SU_CHANNEL_GREY};
    struct su_money unit = {1200000000000, SU_CNY};
    struct su_cost a;
    struct su_cost b;
    assert_ok(su_cost_of_quote(&basis, &q, unit, 3, ten_kw, 36, &a, &err), err);
    assert_ok(su_cost_of_fleet(&basis, unit, 3, ten_kw, 36, &b, &err), err);
    assert_int_equal(a.total.micro, b.total.micro);
    assert_int_equal(a.rent.micro, 0);
    assert_int_equal(a.rent.currency, SU_CNY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(h100_rents_in_china_fell_by_half_in_2024),
        ARENA_TEST(rows_of_half_a_year_make_one_quote),
        ARENA_TEST(what_stands_abroad_is_not_for_rent_here),
        ARENA_TEST(a_rent_without_an_exchange_rate_is_an_error),
        ARENA_TEST(a_rented_fleet_costs_its_rent_and_nothing_besides),
        ARENA_TEST(a_bought_fleet_costs_the_same_by_either_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
