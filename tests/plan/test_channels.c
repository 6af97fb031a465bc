/* Channels: which are open, which is the cheapest, and what the export rules say of them. */
#include <math.h>
#include <string.h>

#include "model/fixture.h"
#include "plan/plan.h"
#include "plan/sensitivity.h"

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

static const char *const chips[] = {"a100_sxm_80g", "ascend_910b3_64g", "h100_sxm_80g",
                                    "h20_sxm_96g", NULL};

static struct su_plan_request request(struct fixture *f, const char *on)
{
    return (struct su_plan_request){
        .catalog = su_catalog_embedded(),
        .graph = load_graph(f, "qwen3-32b"),
        .load = {2000, 0, 500, 0},
        .rate_req_s = 2,
        .peak_factor = 2,
        .active_hours_per_day = 24,
        .slo = {.ttft_p99_s = 2, .tpot_p99_s = 0.1},
        .region = "cn",
        .date = date(on),
        .channels = {.official = true, .grey = true, .second_hand = true, .rental = true},
        .chips = chips,
        .dtypes = 1u << SU_DTYPE_bf16,
        .engine_component = "vLLM",
        .horizon_months = 36,
        .currency = SU_CNY,
        .utilization_frac = 0.9,
        .block_tokens = 16,
    };
}

static struct su_plan_result search(struct fixture *f, const struct su_plan_request *r)
{
    struct su_plan_result result;
    assert_ok(su_plan_search(&f->arena, r, &result, &f->err), f->err);
    return result;
}

static const struct su_plan *plan_of(const struct su_plan_result *r, const char *chip)
{
    for (size_t i = 0; i < r->n_plans; i++) {
        if (strcmp(r->plans[i].accel->id, chip) == 0)
            return &r->plans[i];
    }
    return NULL;
}

static const struct su_offer *offer_of(const struct su_plan *p, enum su_price_channel channel)
{
    for (uint32_t i = 0; p != NULL && i < p->offers.n; i++) {
        if (p->offers.items[i].quote.channel == channel)
            return &p->offers.items[i];
    }
    return NULL;
}

/* July 2024: the H100 is closed, so its list price is no offer; 2.7 M on the grey market, 150 k a
 * month for rent. Never free: the rule of October 2022 was there before it. */
static void a_closed_chip_has_its_other_channels_alone(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    struct su_plan_result r = search(*state, &q);
    const struct su_plan *p = plan_of(&r, "h100_sxm_80g");
    assert_int_equal(p->offers.n, 2);
    assert_null(offer_of(p, SU_CHANNEL_OFFICIAL));
    const struct su_offer *grey = offer_of(p, SU_CHANNEL_GREY);
    const struct su_offer *rent = offer_of(p, SU_CHANNEL_CLOUD);
    assert_near(su_money_amount(grey->quote.mid), 2.7e6, 1e-9);
    assert_near(su_money_amount(rent->cost.total), 150000.0 * p->n_servers * 36, 1e-9);
    assert_near(rent->cost_per_mtok, su_money_amount(rent->cost.total) / r.mtok_output, 1e-12);
    assert_int_equal(grey->compliance.status, SU_COMPLIANCE_NEVER_FREE);
    assert_int_equal(rent->compliance.status, SU_COMPLIANCE_NEVER_FREE);
    assert_non_null(rent->compliance.export.rule);
    /* Renting for three years costs twice the grey price: the rank is the purchase's. */
    assert_ptr_equal(&p->offers.items[p->offer], grey);
    assert_int_equal(p->quote.channel, SU_CHANNEL_GREY);
    assert_int_equal(p->cost.total.micro, grey->cost.total.micro);
    /* For a year it is the other way round. */
    q.horizon_months = 12;
    r = search(*state, &q);
    assert_int_equal(plan_of(&r, "h100_sxm_80g")->quote.channel, SU_CHANNEL_CLOUD);
}

static void stock_from_before_a_rule_is_told_from_what_never_was_free(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    struct su_plan_result r = search(*state, &q);
    /* A100: of 2020, two years before the first rule. H20: free until April 2025. */
    assert_int_equal(plan_of(&r, "a100_sxm_80g")->offers.items[0].compliance.status,
                     SU_COMPLIANCE_BEFORE_RULE);
    assert_int_equal(offer_of(plan_of(&r, "h20_sxm_96g"), SU_CHANNEL_OFFICIAL)->compliance.status,
                     SU_COMPLIANCE_FREE);
    assert_int_equal(plan_of(&r, "ascend_910b3_64g")->offers.items[0].compliance.status,
                     SU_COMPLIANCE_NO_RULE);
    q.date = date("2026-02-01");
    r = search(*state, &q);
    const struct su_plan *p = plan_of(&r, "h20_sxm_96g");
    assert_null(offer_of(p, SU_CHANNEL_OFFICIAL));
    assert_int_equal(offer_of(p, SU_CHANNEL_GREY)->compliance.status, SU_COMPLIANCE_BEFORE_RULE);
    assert_int_equal(offer_of(p, SU_CHANNEL_CLOUD)->compliance.status, SU_COMPLIANCE_BEFORE_RULE);
    q.authorisation = SU_AUTHORISATION_CASE_BY_CASE;
    r = search(*state, &q);
    p = plan_of(&r, "h20_sxm_96g");
    assert_int_equal(offer_of(p, SU_CHANNEL_OFFICIAL)->compliance.status, SU_COMPLIANCE_AUTHORISED);
    /* Elsewhere no rule is looked at. */
    q.region = "us";
    q.currency = SU_USD;
    r = search(*state, &q);
    for (size_t i = 0; i < r.n_plans; i++)
        assert_int_equal(r.plans[i].offers.items[0].compliance.status, SU_COMPLIANCE_NO_RULE);
}

/* The rank is the cheapest channel's, for every chip; channels never change the servers. */
static void more_channels_are_never_dearer(void **state)
{
    const char *const dates[] = {"2024-07-14", "2024-12-15", "2026-02-01"};
    for (size_t d = 0; d < 3; d++) {
        struct su_plan_request q = request(*state, dates[d]);
        struct su_plan_result all = search(*state, &q);
        for (size_t i = 0; i < all.n_plans; i++) {
            const struct su_plan *p = &all.plans[i];
            for (uint32_t k = 0; k < p->offers.n; k++) {
                const struct su_offer *o = &p->offers.items[k];
                assert_true(p->cost.total.micro <= o->cost.total.micro);
                assert_true(!o->quote.known || o->quote.row->date.year <= q.date.year);
            }
        }
        q.channels = (struct su_channels){.official = true};
        struct su_plan_result one = search(*state, &q);
        for (size_t i = 0; i < one.n_priced; i++) {
            const struct su_plan *p = plan_of(&all, one.plans[i].accel->id);
            assert_true(p->cost.total.micro <= one.plans[i].cost.total.micro);
            assert_int_equal(p->n_servers, one.plans[i].n_servers);
        }
    }
}

static void what_nobody_lets_is_listed_with_the_rent_that_would_lead(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    q.channels = (struct su_channels){.rental = true};
    struct su_plan_result r = search(*state, &q);
    const struct su_plan *p = plan_of(&r, "ascend_910b3_64g");
    assert_false(p->quote.known);
    assert_int_equal(p->quote.channel, SU_CHANNEL_CLOUD);
    /* Its rent of a month, times servers and months, is the leader's total. */
    assert_true(r.n_priced > 0 && p->price_to_win_known);
    assert_near(su_money_amount(p->price_to_win) * p->n_servers * 36,
                su_money_amount(r.plans[0].cost.total), 1e-9);
}

static void a_rented_plan_breaks_even_at_a_rent(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request q = request(f, "2024-07-14");
    q.channels = (struct su_channels){.official = true, .rental = true};
    struct su_plan_result r = search(f, &q);
    for (size_t i = 1; i < r.n_priced; i++) {
        if (r.plans[i].quote.channel != SU_CHANNEL_CLOUD)
            continue;
        struct su_break_even e;
        assert_ok(su_plan_break_even(&f->arena, &q, &r, i, NULL, &e, &f->err), f->err);
        assert_near(su_money_amount(e.price) * r.plans[i].n_servers * 36,
                    su_money_amount(r.plans[0].cost.total), 1e-9);
        return;
    }
    fail_msg("no rented plan among %zu", r.n_priced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_closed_chip_has_its_other_channels_alone),
        fixture_test(stock_from_before_a_rule_is_told_from_what_never_was_free),
        fixture_test(more_channels_are_never_dearer),
        fixture_test(what_nobody_lets_is_listed_with_the_rent_that_would_lead),
        fixture_test(a_rented_plan_breaks_even_at_a_rent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
