/* Cost of a fleet over a horizon, each term by hand, and its inverse. */
#include <math.h>
#include <string.h>

#include "econ/econ.h"
#include "su_test.h"

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

static struct su_assumption value(double v)
{
    return (struct su_assumption){.value = v, .low = v, .high = v};
}

/* 0.5 CNY/kWh, PUE 1.2, 600 CNY/kW and month, 2 % a year, network 5 %, drawing 70 %. */
static struct su_cost_basis by_hand(void)
{
    return (struct su_cost_basis){
        .currency = SU_CNY,
        .electricity = value(0.5),
        .pue = value(1.2),
        .hosting = value(600),
        .upkeep_frac = value(0.02),
        .network_frac = value(0.05),
        .load_frac = value(0.7),
    };
}

static struct su_money cny(double amount)
{
    struct su_money m;
    struct su_err err;
    assert_ok(su_money_make(amount, SU_CNY, &m, &err), err);
    return m;
}

static const struct su_power ten_kw = {.server_w = 10000};

static struct su_cost cost_of(struct su_money unit, uint32_t n_servers, double months)
{
    struct su_cost_basis basis = by_hand();
    struct su_cost c;
    struct su_err err;
    assert_ok(su_cost_of_fleet(&basis, unit, n_servers, ten_kw, months, &c, &err), err);
    return c;
}

static void one_server_for_a_year(void **state)
{
    (void)state;
    struct su_cost c = cost_of(cny(1e6), 1, 12);
    assert_near(c.power_kw, 10, 1e-15);
    assert_near(su_money_amount(c.servers), 1e6, 0);
    assert_near(su_money_amount(c.network), 0, 0);
    /* 10 kW * 0.7 * 1.2 * 730.5 h * 12 = 73 634.4 kWh, at 0.5. */
    assert_near(su_money_amount(c.electricity), 36817.2, 1e-9);
    assert_near(su_money_amount(c.hosting), 72000, 1e-12); /* 10 * 600 * 12 */
    assert_near(su_money_amount(c.upkeep), 20000, 1e-12);  /* 2 % of a million */
    assert_near(su_money_amount(c.total), 1e6 + 36817.2 + 72000 + 20000, 1e-12);
}

static void several_servers_need_a_network_which_needs_upkeep_too(void **state)
{
    (void)state;
    struct su_cost c = cost_of(cny(1e6), 4, 36);
    assert_near(su_money_amount(c.servers), 4e6, 0);
    assert_near(su_money_amount(c.network), 2e5, 1e-12);
    assert_near(su_money_amount(c.upkeep), 4.2e6 * 0.02 * 3, 1e-12);
    assert_near(su_money_amount(c.electricity), 4 * 3 * 36817.2, 1e-9);
    assert_near(su_money_amount(c.hosting), 4 * 3 * 72000.0, 1e-12);
}

static void the_total_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 300; n = n * 2 + 1) {
        struct su_cost c = cost_of(cny(123456.789), n, 37.5);
        int64_t sum = c.servers.micro + c.network.micro + c.electricity.micro + c.hosting.micro +
                      c.upkeep.micro;
        assert_true(c.total.micro == sum);
    }
}

static void price_to_win_is_the_inverse_of_the_cost(void **state)
{
    (void)state;
    struct su_cost_basis basis = by_hand();
    struct su_err err;
    for (uint32_t n = 1; n < 300; n = n * 2 + 1) {
        for (double months = 1; months < 100; months *= 2.3) {
            struct su_money unit;
            struct su_cost c = cost_of(cny(876543.21), n, months);
            assert_ok(su_cost_price_to_win(&basis, c.total, n, ten_kw, months, &unit, &err), err);
            /* Each of five terms is rounded once. */
            assert_in_range((uint64_t)(unit.micro - cny(876543.21).micro + 5), 0, 10);
        }
    }
}

static void running_costs_alone_may_exceed_the_total(void **state)
{
    (void)state;
    struct su_cost_basis basis = by_hand();
    struct su_money unit;
    struct su_err err;
    assert_ok(su_cost_price_to_win(&basis, cny(1000), 2, ten_kw, 36, &unit, &err), err);
    assert_true(unit.micro < 0);
}

static void a_longer_horizon_or_a_hungrier_server_costs_more(void **state)
{
    (void)state;
    struct su_cost_basis basis = by_hand();
    struct su_err err;
    int64_t last = 0;
    for (double months = 0; months < 60; months += 7) {
        struct su_cost c = cost_of(cny(1e6), 2, months);
        assert_true(c.total.micro > last);
        last = c.total.micro;
    }
    struct su_power hungry = {.server_w = 20000};
    struct su_cost c;
    assert_ok(su_cost_of_fleet(&basis, cny(1e6), 1, hungry, 12, &c, &err), err);
    assert_true(c.total.micro > cost_of(cny(1e6), 1, 12).total.micro);
}

#define FACT(name, amount)                                                \
    static const struct su_fact_value name##_value = {.value = (amount)}; \
    static const struct su_fact name = {&name##_value, 1}

FACT(kw_10_2, 10.2);
FACT(w_700, 700);

static void power_is_the_chassis_or_follows_from_the_cards(void **state)
{
    (void)state;
    struct su_accel accel = {.id = "acme_x1", .tdp_w = w_700};
    struct su_server server = {.id = "acme_box8", .chassis_power_kw = kw_10_2};
    struct su_power p = su_power_of_server(&accel, &server, 8);
    assert_near(p.server_w, 10200, 1e-12);
    assert_true(p.chassis_known && p.tdp_known);
    p = su_power_of_server(&accel, NULL, 8);
    assert_near(p.server_w, 8 * 700 / 0.53, 1e-12);
    assert_true(!p.chassis_known && p.tdp_known);
    accel.tdp_w = (struct su_fact){0};
    p = su_power_of_server(&accel, NULL, 4);
    assert_near(p.server_w, 4 * 450 / 0.53, 1e-12);
    assert_true(!p.chassis_known && !p.tdp_known);
}

static struct su_cost_basis basis_of(const char *region, const char *on, enum su_currency currency)
{
    struct su_cost_basis b;
    struct su_err err;
    assert_ok(su_cost_basis_init(su_catalog_embedded(), region, date(on), currency, &b, &err), err);
    return b;
}

static void every_assumption_carries_a_source(void **state)
{
    (void)state;
    const char *const regions[] = {"cn", "cn-east", "us", "eu", "jp", "br"};
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        struct su_cost_basis b =
            basis_of(regions[i], "2025-07-01", su_currency_of_region(regions[i]));
        const struct su_assumption *all[] = {&b.electricity, &b.pue,          &b.hosting,
                                             &b.upkeep_frac, &b.network_frac, &b.load_frac};
        for (size_t k = 0; k < 6; k++) {
            assert_true(all[k]->name != NULL && all[k]->unit != NULL && all[k]->as_of != NULL);
            assert_true(all[k]->source != NULL && all[k]->source[0] != '\0');
            assert_true(all[k]->low <= all[k]->value && all[k]->value <= all[k]->high);
            assert_true(all[k]->value > 0);
        }
        assert_true(b.pue.value >= 1 && b.pue.value < 2);
        assert_true(b.upkeep_frac.value < 0.2 && b.network_frac.value < 0.3);
    }
}

static void chinese_figures_in_july_2024(void **state)
{
    (void)state;
    /* data/opex/opex.csv: 0.088 USD/kWh; data/fx: 7.2609 CNY. Hosting 557-601 CNY is of 2025: the
     * only Chinese figure, so it is used, and marked as later than the date. */
    struct su_cost_basis b = basis_of("cn", "2024-07-14", SU_CNY);
    assert_near(b.electricity.value, 0.088 * 7.2609, 1e-9);
    assert_near(b.hosting.value, (557 + 601) / 2.0, 1e-12);
    assert_true(b.hosting.later_than_date);
    struct su_cost_basis later = basis_of("cn", "2026-01-01", SU_CNY);
    assert_false(later.hosting.later_than_date);
}

static void a_basis_counts_in_its_currency(void **state)
{
    (void)state;
    struct su_cost_basis cny_basis = basis_of("us", "2024-07-14", SU_CNY);
    struct su_cost_basis usd_basis = basis_of("us", "2024-07-14", SU_USD);
    assert_near(cny_basis.electricity.value, usd_basis.electricity.value * 7.2609, 1e-9);
    assert_near(cny_basis.hosting.value, usd_basis.hosting.value * 7.2609, 1e-9);
    assert_near(cny_basis.pue.value, usd_basis.pue.value, 0);
}

static void without_figures_the_fallback_is_in_dollars(void **state)
{
    (void)state;
    struct su_fx_rate fx = {.base = SU_USD, .quote = SU_CNY, .date = date("2024-01"), .rate = 7};
    struct su_catalog empty = {.fx = &fx, .n_fx = 1};
    struct su_cost_basis b;
    struct su_err err;
    assert_ok(su_cost_basis_init(&empty, "cn", date("2024-07-14"), SU_CNY, &b, &err), err);
    assert_near(b.electricity.value, 0.1 * 7, 1e-12);
    assert_near(b.hosting.value, 150 * 7, 1e-12);
    assert_near(b.pue.value, 1.5, 0);
    assert_non_null(strstr(b.electricity.source, "assumed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_server_for_a_year),
        cmocka_unit_test(several_servers_need_a_network_which_needs_upkeep_too),
        cmocka_unit_test(the_total_is_the_sum_of_its_parts),
        cmocka_unit_test(price_to_win_is_the_inverse_of_the_cost),
        cmocka_unit_test(running_costs_alone_may_exceed_the_total),
        cmocka_unit_test(a_longer_horizon_or_a_hungrier_server_costs_more),
        cmocka_unit_test(power_is_the_chassis_or_follows_from_the_cards),
        cmocka_unit_test(every_assumption_carries_a_source),
        cmocka_unit_test(chinese_figures_in_july_2024),
        cmocka_unit_test(a_basis_counts_in_its_currency),
        cmocka_unit_test(without_figures_the_fallback_is_in_dollars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
