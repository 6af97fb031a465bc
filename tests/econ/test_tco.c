/* Total cost of ownership: the two forms against each other, figures by hand, break-evens that
 * break even, draws against closed quantiles, fits against made-up series. */
#include <math.h>
#include <string.h>

#include "econ/tco.h"
#include "stat/stat.h"
#include "su_test_arena.h"

static void give(struct su_tco *tco, enum su_tco_id id, double low, double value, double high)
{
    tco->x[id] = (struct su_assumption){.value = value, .low = low, .high = high, .source = ""};
    tco->known[id] = true;
}

/* One server of 8 cards and 10 kW for a year; all certain. */
static struct su_tco simple(void)
{
    struct su_tco tco = {.currency = SU_CNY, .n_servers = 1, .n_cards = 8, .months = 12};
    tco.power.server_w = 10000;
    static const struct {
        enum su_tco_id id;
        double value;
    } values[] = {
        {SU_TCO_server_price, 100000},
        {SU_TCO_network, 0},
        {SU_TCO_spares, 0.05},
        {SU_TCO_electricity, 0.5},
        {SU_TCO_pue, 1.2},
        {SU_TCO_load, 0.5},
        {SU_TCO_hosting, 100},
        {SU_TCO_upkeep, 0.012},
        {SU_TCO_staff_per_server, 0.01},
        {SU_TCO_salary, 120000},
        {SU_TCO_porting_months, 0.5},
        {SU_TCO_loan, 0},
        {SU_TCO_interest, 0},
        {SU_TCO_discount, 0},
        {SU_TCO_residual, 0.25},
        {SU_TCO_rent_per_card_hour, 2},
        {SU_TCO_rent_decay, 0},
        {SU_TCO_vacancy, 0.25},
        {SU_TCO_utilisation, 0.5},
        {SU_TCO_output_tok_s, 1000},
        {SU_TCO_vat_rate, 0.13},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        give(&tco, values[i].id, values[i].value, values[i].value, values[i].value);
    return tco;
}

static double total(const struct su_tco_result *r, enum su_tco_line line)
{
    return su_money_amount(r->total[line]);
}

static void a_year_worked_by_hand(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_result r;
    struct su_err err = {0};
    assert_ok(su_tco_run(&tco, SU_TCO_LEASE_OUT, &r, &err), err);
    assert_near(total(&r, SU_TCO_LINE_servers), -100000, 0);
    assert_near(total(&r, SU_TCO_LINE_spares), -5000, 0);
    /* 10 kW * 0.5 * 1.2 * 730.5 h * 0.5 = 2191.5 a month; three quarters of the hours are let. */
    assert_near(total(&r, SU_TCO_LINE_electricity), -2191.5 * 12 * 0.75, 1e-12);
    assert_near(total(&r, SU_TCO_LINE_hosting), -12000, 0);
    assert_near(total(&r, SU_TCO_LINE_upkeep), -105000 * 0.012, 1e-12);
    assert_near(total(&r, SU_TCO_LINE_staff), -1200, 0);
    /* 8 * 730.5 h * 2 CNY = 11688 a month, * 0.75. */
    assert_near(total(&r, SU_TCO_LINE_rent), 11688 * 12 * 0.75, 1e-12);
    assert_near(total(&r, SU_TCO_LINE_residual), 25000, 0);
    assert_near(total(&r, SU_TCO_LINE_porting), 0, 0);
    double sum = -105000 - 19723.5 - 12000 - 1260 - 1200 + 105192 + 25000;
    assert_near(su_money_amount(r.sum), sum, 1e-9);
    assert_near(su_money_amount(r.npv), sum, 1e-9);
    /* 8766 - 1643.625 - 1000 - 105 - 100 = 5917.375 a month against 105000: not in a year. */
    assert_true(isnan(r.payback_months));
    tco.months = 24;
    assert_ok(su_tco_run(&tco, SU_TCO_LEASE_OUT, &r, &err), err);
    assert_near(r.payback_months, 105000 / 5917.375, 1e-9);
}

static void buying_and_renting_for_own_use(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_result buy;
    struct su_tco_result rent;
    struct su_err err = {0};
    assert_ok(su_tco_run(&tco, SU_TCO_BUY, &buy, &err), err);
    assert_ok(su_tco_run(&tco, SU_TCO_RENT, &rent, &err), err);
    assert_near(total(&buy, SU_TCO_LINE_porting), -5000, 0); /* half a month of 10000 */
    assert_near(total(&buy, SU_TCO_LINE_electricity), -26298, 1e-12);
    assert_near(su_money_amount(rent.sum), -11688 * 12 - 5000, 1e-12);
    /* 1000 tok/s * 0.5 * 3600 * 730.5 * 12 = 15,779 million. */
    struct su_tco_values v = su_tco_middle(&tco);
    assert_near(su_tco_mtok(&tco, &v), 15778.8, 1e-9);
}

/* A spread of cases: every knob off its resting place. */
static struct su_tco awkward(uint32_t i)
{
    struct su_tco tco = simple();
    tco.months = 1 + 17 * i % 240;
    tco.n_servers = 1 + 31 * i;
    tco.deduct_vat = i % 2 == 1;
    give(&tco, SU_TCO_loan, 0.1, 0.15 * (i % 6), 0.9);
    give(&tco, SU_TCO_interest, 0, i % 3 == 0 ? 0 : 0.01 * i, 1);
    give(&tco, SU_TCO_discount, 0, i % 4 == 0 ? 0 : 0.02 * i, 1);
    give(&tco, SU_TCO_rent_decay, -1, 0.1 * i - 0.2, 1);
    give(&tco, SU_TCO_vacancy, 0, 0.09 * i, 1);
    return tco;
}

static void the_closed_form_is_the_sum_of_the_months(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        struct su_tco tco = awkward(i);
        struct su_tco_values v = su_tco_middle(&tco);
        double npv[SU_TCO_VIEW_COUNT];
        su_tco_npv(&tco, &v, npv);
        for (int view = 0; view < SU_TCO_VIEW_COUNT; view++) {
            struct su_tco_result r;
            struct su_err err = {0};
            assert_ok(su_tco_run(&tco, (enum su_tco_view)view, &r, &err), err);
            /* Up to a micro-unit for each of some 2,000 entries. */
            double off = fabs(su_money_amount(r.npv) - npv[view]);
            if (!(off < 2e-3 + 1e-9 * fabs(npv[view])))
                fail_msg("case %u view %d: %.9g by months, %.9g closed", i, view,
                         su_money_amount(r.npv), npv[view]);
        }
    }
}

static void nothing_is_lost_at_the_break_even_rent(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        struct su_tco tco = awkward(i);
        struct su_tco_values v = su_tco_middle(&tco);
        double npv[SU_TCO_VIEW_COUNT];
        v.v[SU_TCO_rent_per_card_hour] = su_tco_break_even_rent(&tco, &v, SU_TCO_LEASE_OUT);
        su_tco_npv(&tco, &v, npv);
        assert_true(fabs(npv[SU_TCO_LEASE_OUT]) < 1e-6 * fabs(npv[SU_TCO_BUY]));
        v.v[SU_TCO_rent_per_card_hour] = su_tco_break_even_rent(&tco, &v, SU_TCO_BUY);
        su_tco_npv(&tco, &v, npv);
        assert_near(npv[SU_TCO_RENT], npv[SU_TCO_BUY], 1e-9);
        v.v[SU_TCO_rent_per_card_hour] = 50;
        v.v[SU_TCO_vacancy] = 1 - su_tco_break_even_occupancy(&tco, &v);
        su_tco_npv(&tco, &v, npv);
        assert_true(fabs(npv[SU_TCO_LEASE_OUT]) < 1e-6 * fabs(npv[SU_TCO_BUY]));
    }
}

static void no_occupancy_helps_a_rent_below_the_power_bill(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_values v = su_tco_middle(&tco);
    v.v[SU_TCO_rent_per_card_hour] = 0.1; /* power: 10 * 0.5 * 1.2 * 0.5 / 8 = 0.375 */
    assert_true(isinf(su_tco_break_even_occupancy(&tco, &v)));
}

static void interest_paid_is_that_of_the_annuity(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_result r;
    struct su_err err = {0};
    give(&tco, SU_TCO_loan, 1, 1, 1);
    give(&tco, SU_TCO_interest, 0.12, 0.12, 0.12);
    assert_ok(su_tco_run(&tco, SU_TCO_BUY, &r, &err), err);
    /* 105000 at 1 % a month over 12: 105000 * 0.01 / (1 - 1.01^-12) = 9329.12; 12 of them less the
     * loan. */
    assert_near(total(&r, SU_TCO_LINE_financing), -(9329.1228 * 12 - 105000), 1e-6);
    /* At a discount of the same monthly rate a loan is worth nothing. */
    give(&tco, SU_TCO_discount, 0, pow(1.01, 12) - 1, 1);
    assert_ok(su_tco_run(&tco, SU_TCO_BUY, &r, &err), err);
    assert_true(fabs(su_money_amount(r.value[SU_TCO_LINE_financing])) < 1e-3);
}

static void tax_that_comes_back_makes_all_but_wages_cheaper(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_result with;
    struct su_tco_result without;
    struct su_err err = {0};
    assert_ok(su_tco_run(&tco, SU_TCO_LEASE_OUT, &with, &err), err);
    tco.deduct_vat = true;
    assert_ok(su_tco_run(&tco, SU_TCO_LEASE_OUT, &without, &err), err);
    assert_near(total(&without, SU_TCO_LINE_servers), total(&with, SU_TCO_LINE_servers) / 1.13,
                1e-9);
    assert_near(total(&without, SU_TCO_LINE_rent), total(&with, SU_TCO_LINE_rent) / 1.13, 1e-9);
    assert_near(total(&without, SU_TCO_LINE_staff), total(&with, SU_TCO_LINE_staff), 0);
}

/* ---- draws ---- */

static void certain_assumptions_draw_one_value(void **state)
{
    struct su_tco tco = simple();
    struct su_tco_risk risk;
    struct su_tco_values v = su_tco_middle(&tco);
    double npv[SU_TCO_VIEW_COUNT];
    su_tco_npv(&tco, &v, npv);
    su_tco_simulate(*state, &tco, 7, 1000, &risk);
    for (int view = 0; view < SU_TCO_VIEW_COUNT; view++) {
        assert_near(risk.npv[view][0], npv[view], 0);
        assert_near(risk.npv[view][SU_TCO_LEVELS - 1], npv[view], 0);
    }
    assert_near(risk.buy_frac, 1, 0);
    assert_near(risk.positive_frac[SU_TCO_BUY], 0, 0);
}

static void percentiles_of_one_price_are_those_of_its_distribution(void **state)
{
    struct su_tco tco = simple();
    struct su_tco_risk risk;
    give(&tco, SU_TCO_server_price, 80000, 100000, 150000);
    su_tco_simulate(*state, &tco, 7, 100000, &risk);
    /* Cost rises with the price, so the value at 10 % is that of the price at 90 %. */
    const double prices[] = {150000, 100000, 80000};
    const int levels[] = {1, 3, 5};
    for (int i = 0; i < 3; i++) {
        struct su_tco_values v = su_tco_middle(&tco);
        double npv[SU_TCO_VIEW_COUNT];
        v.v[SU_TCO_server_price] = prices[i];
        su_tco_npv(&tco, &v, npv);
        assert_near(risk.npv[SU_TCO_BUY][levels[i]], npv[SU_TCO_BUY], 0.01);
    }
}

static void alternatives_meet_the_same_worlds(void **state)
{
    struct su_tco tco = simple();
    struct su_tco_risk risk;
    struct su_tco_values v = su_tco_middle(&tco);
    /* Half of the prices lie below the middle; the rent makes both equal there. */
    double even = su_tco_break_even_rent(&tco, &v, SU_TCO_BUY);
    give(&tco, SU_TCO_rent_per_card_hour, even, even, even);
    give(&tco, SU_TCO_server_price, 80000, 100000, 150000);
    su_tco_simulate(*state, &tco, 3, 100000, &risk);
    assert_near(risk.buy_frac, 0.5, 0.02);
    /* A wild porting effort is in both: it must not blur which is cheaper. */
    give(&tco, SU_TCO_server_price, 99000, 100000, 101000);
    give(&tco, SU_TCO_rent_per_card_hour, even * 1.1, even * 1.1, even * 1.1);
    give(&tco, SU_TCO_porting_months, 0, 50, 100);
    su_tco_simulate(*state, &tco, 3, 10000, &risk);
    assert_near(risk.buy_frac, 1, 0);
}

static void the_same_seed_gives_the_same_figures(void **state)
{
    struct su_tco tco = awkward(5);
    struct su_tco_risk a;
    struct su_tco_risk b;
    give(&tco, SU_TCO_server_price, 80000, 100000, 150000);
    su_tco_simulate(*state, &tco, 11, 5000, &a);
    su_tco_simulate(*state, &tco, 11, 5000, &b);
    assert_memory_equal(&a, &b, sizeof(a));
    su_tco_simulate(*state, &tco, 12, 5000, &b);
    assert_true(a.npv[SU_TCO_BUY][3] != b.npv[SU_TCO_BUY][3]);
    for (int l = 1; l < SU_TCO_LEVELS; l++)
        assert_true(a.npv[SU_TCO_LEASE_OUT][l] >= a.npv[SU_TCO_LEASE_OUT][l - 1]);
}

static void the_tornado_is_sorted_and_leaves_out_what_moves_nothing(void **state)
{
    (void)state;
    struct su_tco tco = simple();
    struct su_tco_swing swings[SU_TCO_COUNT];
    give(&tco, SU_TCO_server_price, 80000, 100000, 150000);
    give(&tco, SU_TCO_pue, 1.1, 1.2, 1.5);
    give(&tco, SU_TCO_vacancy, 0.1, 0.25, 0.5); /* not a buyer's */
    size_t n = su_tco_tornado(&tco, SU_TCO_BUY, swings);
    assert_int_equal(n, 2);
    assert_int_equal(swings[0].id, SU_TCO_server_price);
    assert_true(swings[0].npv_low > swings[0].npv_high);
    /* 70000 * (1.05 + 0.0126 - 0.25) */
    assert_near(swings[0].npv_low - swings[0].npv_high, 70000 * 0.8126, 1e-9);
    assert_int_equal(su_tco_tornado(&tco, SU_TCO_LEASE_OUT, swings), 3);
}

/* ---- series ---- */

static struct su_price made_up(const char *item, const char *on, double amount)
{
    struct su_price p = {.item = item,
                         .kind = SU_PRICE_RENT_GPU_HOUR,
                         .currency = SU_USD,
                         .low = amount,
                         .high = amount,
                         .region = "US",
                         .channel = SU_CHANNEL_CLOUD,
                         .scope = SU_SCOPE_CARD_HOUR,
                         .source = "made up"};
    assert_true(su_date_parse(su_str_c(on), &p.date));
    return p;
}

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

static void a_fit_finds_the_slope_of_two_levels(void **state)
{
    struct su_arena *arena = *state;
    /* 4 USD falling by half a year in the US, and 10 in Europe: one slope, ln 2. */
    struct su_price rows[] = {made_up("x1", "2024-01-01", 4), made_up("x1", "2024-01-01", 10),
                              made_up("x1", "2025-01-01", 2), made_up("x1", "2025-01-01", 5),
                              made_up("x1", "2026-01-01", 1), made_up("x1", "2026-01-01", 2.5)};
    for (int i = 1; i < 6; i += 2)
        rows[i].region = "EU";
    struct su_catalog catalog = {.prices = rows, .n_prices = 6};
    struct su_accel accel = {.id = "x1"};
    struct su_decay d = su_decay_fit(arena, &catalog, &accel, true, date("2026-06-01"));
    assert_true(d.known && !d.pooled);
    assert_int_equal(d.n_rows, 6);
    assert_int_equal(d.n_series, 2);
    assert_near(d.per_year, log(2), 0.002); /* leap years */
    assert_true(d.high - d.low < 0.01);
    /* Rows after the date are not known yet. */
    d = su_decay_fit(arena, &catalog, &accel, true, date("2025-06-01"));
    assert_int_equal(d.n_rows, 4);
    /* Another chip has none: all chips speak. */
    struct su_accel other = {.id = "x2"};
    d = su_decay_fit(arena, &catalog, &other, true, date("2026-06-01"));
    assert_true(d.known && d.pooled);
    assert_near(d.per_year, log(2), 0.002);
    d = su_decay_fit(arena, &catalog, &other, false, date("2026-06-01"));
    assert_false(d.known);
}

static void noise_widens_the_interval_around_the_slope(void **state)
{
    /* ln: 0, -0.2, -1.0, -1.2 at 0, 1, 2, 3 years: Sxx 5, Sxy -2.2, Syy 1.04. Slope -0.44; left
     * over 1.04 - 0.44 * 2.2 = 0.072; its error sqrt(0.072 / 2 / 5) = 0.0849; t of 90 % at two
     * degrees of freedom 1.886. */
    struct su_price rows[] = {
        made_up("x1", "2021-01-01", 1), made_up("x1", "2022-01-01", exp(-0.2)),
        made_up("x1", "2023-01-01", exp(-1.0)), made_up("x1", "2024-01-01", exp(-1.2))};
    struct su_catalog catalog = {.prices = rows, .n_prices = 4};
    struct su_accel accel = {.id = "x1"};
    struct su_decay d = su_decay_fit(*state, &catalog, &accel, true, date("2026-06-01"));
    assert_true(d.known);
    assert_near(d.per_year, 0.44, 0.002);
    assert_near((d.high - d.low) / 2, 1.886 * 0.0849, 0.02);
}

static void the_h20_server_fell_by_a_fifth_in_five_months(void **state)
{
    struct su_arena *arena = *state;
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(arena, catalog, su_catalog_accel(catalog, "h20_sxm_96g"), false,
                              date("2024-07-14"), &rows);
    const struct su_price *last = NULL;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i]->kind == SU_PRICE_BUY_SERVER) {
            last = rows[i];
            at = i;
        }
        assert_true(i == 0 || su_date_cmp(rows[i - 1]->date, rows[i]->date) <= 0);
    }
    assert_non_null(last);
    const struct su_price *before = su_series_before(rows, at);
    assert_string_equal(before->date.text, "2024-02");
    assert_near(su_series_change(before, last), -0.2, 1e-12);
    assert_int_equal(su_date_months_between(before->date, last->date), 5);
}

static struct su_tco_ask ask_of(const char *chip, const char *region, const char *on)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    return (struct su_tco_ask){.catalog = catalog,
                               .accel = su_catalog_accel(catalog, chip),
                               .server = su_catalog_server_for(catalog, chip),
                               .region = region,
                               .date = date(on),
                               .channels = {.official = true},
                               .currency = su_currency_of_region(region),
                               .n_servers = 128,
                               .n_cards = 8,
                               .months = 36};
}

static void assumptions_come_from_the_catalog(void **state)
{
    struct su_tco_ask ask = ask_of("h20_sxm_96g", "cn", "2024-07-14");
    struct su_tco tco;
    struct su_quote quote;
    struct su_err err = {0};
    assert_ok(su_tco_init(*state, &ask, &tco, &quote, &err), err);
    assert_near(tco.x[SU_TCO_server_price].value, 1200000, 1e-9);
    /* 1024 cards: 9.9 % of servers and network together, 9.9 / 90.1 of the servers. */
    assert_near(tco.x[SU_TCO_network].value, 9.9 / 90.1, 1e-9);
    /* Year 3: H100 25..35, A100 20..25. */
    assert_near(tco.x[SU_TCO_residual].value, 0.2625, 1e-9);
    assert_near(tco.x[SU_TCO_residual].low, 0.20, 1e-9);
    assert_near(tco.x[SU_TCO_residual].high, 0.35, 1e-9);
    assert_true(tco.x[SU_TCO_residual].later_than_date);
    /* The prime rate of 2024-02: 3.95 %, and a point. */
    assert_near(tco.x[SU_TCO_interest].value, 0.0495, 1e-9);
    assert_near(tco.x[SU_TCO_porting_months].value, 0, 0);
    assert_false(tco.known[SU_TCO_rent_per_card_hour]);
    assert_false(su_tco_can(&tco, SU_TCO_LEASE_OUT));
    assert_true(su_tco_can(&tco, SU_TCO_BUY));
    for (int i = 0; i < SU_TCO_COUNT; i++) {
        if (tco.known[i])
            assert_true(tco.x[i].low <= tco.x[i].value && tco.x[i].value <= tco.x[i].high);
    }
    ask.date = date("2026-11-01");
    assert_ok(su_tco_init(*state, &ask, &tco, &quote, &err), err);
    assert_near(tco.x[SU_TCO_rent_per_card_hour].value, 8.4, 1e-9);
    ask = ask_of("ascend_910b3_64g", "cn", "2024-07-14");
    assert_ok(su_tco_init(*state, &ask, &tco, &quote, &err), err);
    assert_true(tco.x[SU_TCO_porting_months].value > 0);
}

static void a_rent_is_the_middle_of_half_a_year(void **state)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_assumption q;
    struct su_err err = {0};
    bool known = false;
    /* China, by the server month: 70000 / 8 / 730.5 = 11.98 (2024-12 and 2025-04). */
    assert_ok(su_rent_quote(*state, catalog, su_catalog_accel(catalog, "h100_sxm_80g"), "cn",
                            date("2025-05-01"), SU_CNY, &known, &q, &err),
              err);
    assert_true(known);
    assert_near(q.value, 70000.0 / 8 / 730.5, 1e-9);
    assert_int_equal(q.n_rows, 2);
    assert_ok(su_rent_quote(*state, catalog, su_catalog_accel(catalog, "h20_sxm_96g"), "cn",
                            date("2024-07-14"), SU_CNY, &known, &q, &err),
              err);
    assert_false(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_worked_by_hand),
        cmocka_unit_test(buying_and_renting_for_own_use),
        cmocka_unit_test(the_closed_form_is_the_sum_of_the_months),
        cmocka_unit_test(nothing_is_lost_at_the_break_even_rent),
        cmocka_unit_test(no_occupancy_helps_a_rent_below_the_power_bill),
        cmocka_unit_test(interest_paid_is_that_of_the_annuity),
        cmocka_unit_test(tax_that_comes_back_makes_all_but_wages_cheaper),
        ARENA_TEST(certain_assumptions_draw_one_value),
        ARENA_TEST(percentiles_of_one_price_are_those_of_its_distribution),
        ARENA_TEST(alternatives_meet_the_same_worlds),
        ARENA_TEST(the_same_seed_gives_the_same_figures),
        cmocka_unit_test(the_tornado_is_sorted_and_leaves_out_what_moves_nothing),
        ARENA_TEST(a_fit_finds_the_slope_of_two_levels),
        ARENA_TEST(noise_widens_the_interval_around_the_slope),
        ARENA_TEST(the_h20_server_fell_by_a_fifth_in_five_months),
        ARENA_TEST(assumptions_come_from_the_catalog),
        ARENA_TEST(a_rent_is_the_middle_of_half_a_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
