/* Break-even and sensitivity: by hand on two made-up plans, then against the search itself. */
#include "plan/sensitivity.h"

#include <math.h>
#include <string.h>

#include "model/fixture.h"

/* ---- two fleets on paper ----
 * A: a server of 8 cards costs 100 and serves 1 request/s. B: 350 and 4 requests/s. No running
 * costs. At a peak of 2.5: A needs 3 servers, 300; B one, 350. A leads. */
struct paper {
    struct su_accel accel[2];
    struct su_plan *plans;
    struct su_plan_request request;
    struct su_plan_result result;
};

static struct su_money cny(double amount)
{
    return (struct su_money){llround(amount * 1e6), SU_CNY};
}

static void paper_init(struct fixture *f, struct paper *p)
{
    static const double unit[] = {100, 350};
    static const double rate[] = {1, 4};
    static const uint32_t servers[] = {3, 1};
    *p = (struct paper){.accel = {{.id = "a", .stack = "S"}, {.id = "b", .stack = "T"}}};
    p->plans = SU_NEW_ARRAY(&f->arena, 2, struct su_plan);
    for (int i = 0; i < 2; i++) {
        struct su_plan *plan = &p->plans[i];
        plan->accel = &p->accel[i];
        plan->n_cards_server = 8;
        plan->n_servers = servers[i];
        plan->n_replicas = servers[i];
        plan->par = (struct su_parallel){8, 1, 1, 1};
        plan->rate_by_cards[3] = rate[i];
        plan->quote.known = true;
        plan->quote.mid = cny(unit[i]);
        plan->cost.total = cny(unit[i] * servers[i]);
        /* Low efficiency: half the rate; high: twice. Of the fleet, 10 tokens a request. */
        plan->output_tok_s_max.low = rate[i] / 2 * 10 * servers[i];
        plan->output_tok_s_max.high = rate[i] * 2 * 10 * servers[i];
    }
    p->request = (struct su_plan_request){
        .load = {.osl = 10}, .horizon_months = 12, .currency = SU_CNY, .active_hours_per_day = 8};
    p->result = (struct su_plan_result){
        .plans = p->plans, .n_plans = 2, .n_priced = 2, .mtok_output = 10, .peak_rate_req_s = 2.5};
    p->result.cost_basis.currency = SU_CNY;
    p->result.cost_basis.load_frac.value = 0.7;
}

static struct su_changed changed(struct paper *p, int i, enum su_lever lever,
                                 const struct su_plan *only, double value)
{
    struct su_change change = {lever, only, value};
    struct su_changed c;
    struct su_err err = {0};
    assert_ok(su_plan_changed(&p->request, &p->result, &p->plans[i], &change, &c, &err), err);
    return c;
}

static struct su_sensitivity threshold(struct paper *p, enum su_lever lever,
                                       const struct su_plan *only, double value)
{
    const struct su_plan *const both[] = {&p->plans[0], &p->plans[1]};
    struct su_sensitivity s = {.change = {lever, only, value}};
    struct su_err err = {0};
    assert_ok(su_plan_threshold(&p->request, &p->result, both, 2, &s, &err), err);
    return s;
}

static void a_change_reprices_what_it_touches(void **state)
{
    struct paper p;
    paper_init(*state, &p);
    struct su_changed c = changed(&p, 0, SU_LEVER_PRICE, NULL, 1.2);
    assert_int_equal(c.total.micro, cny(360).micro);
    assert_near(c.cost_per_mtok, 36.0, 1e-12);
    c = changed(&p, 1, SU_LEVER_PRICE, &p.plans[0], 1.2); /* of the other alone */
    assert_int_equal(c.total.micro, cny(350).micro);
    c = changed(&p, 0, SU_LEVER_TRAFFIC, NULL, 2); /* peak 5: five servers, twice the tokens */
    assert_int_equal(c.n_servers, 5);
    assert_near(c.cost_per_mtok, 500.0 / 20, 1e-12);
    c = changed(&p, 1, SU_LEVER_TRAFFIC, NULL, 2);
    assert_int_equal(c.n_servers, 2);
    c = changed(&p, 0, SU_LEVER_ACTIVE_HOURS, NULL, 16);
    assert_int_equal(c.n_servers, 3);
    assert_near(c.cost_per_mtok, 15.0, 1e-12);
    c = changed(&p, 0, SU_LEVER_EFFICIENCY, NULL, SU_EFF_LOW); /* 0.5 a server: five */
    assert_int_equal(c.n_servers, 5);
    c = changed(&p, 0, SU_LEVER_EFFICIENCY, &p.plans[1], SU_EFF_LOW);
    assert_int_equal(c.n_servers, 3);
    c = changed(&p, 0, SU_LEVER_EFFICIENCY, NULL, SU_EFF_HIGH);
    assert_int_equal(c.n_servers, 2);
}

static void the_mean_draw_is_paid_by_the_kilowatt_hour(void **state)
{
    struct paper p;
    paper_init(*state, &p);
    p.plans[0].power.server_w = 1000;
    p.result.cost_basis.pue.value = 1;
    p.result.cost_basis.electricity.value = 0.01;
    /* 3 kW x 0.5 x 8766 h x 0.01 = 131.49 */
    struct su_changed c = changed(&p, 0, SU_LEVER_LOAD, NULL, 0.5);
    assert_near(su_money_amount(c.total), 431.49, 1e-9);
}

static void limits_take_a_plan_out_of_a_changed_question(void **state)
{
    struct paper p;
    paper_init(*state, &p);
    p.request.budget_known = true;
    p.request.budget = cny(400);
    assert_true(changed(&p, 0, SU_LEVER_TRAFFIC, NULL, 1.6).serves);  /* peak 4: 400 */
    assert_false(changed(&p, 0, SU_LEVER_TRAFFIC, NULL, 1.7).serves); /* 500 */
    /* Beyond a peak of 4 B needs two servers, 700: nobody serves. B leads from 3 on, at 1.2. */
    struct su_sensitivity s = threshold(&p, SU_LEVER_TRAFFIC, NULL, 2);
    assert_ptr_equal(s.then, &p.plans[1]);
    p.plans[1].quote.mid = cny(1000);
    s = threshold(&p, SU_LEVER_TRAFFIC, NULL, 2);
    assert_true(s.threshold_known);
    assert_null(s.then);
    assert_near(s.threshold, 1.6, 1e-6);
}

static void thresholds_are_where_the_totals_cross(void **state)
{
    struct paper p;
    paper_init(*state, &p);
    struct su_sensitivity s = threshold(&p, SU_LEVER_PRICE, &p.plans[0], 1.2);
    assert_true(s.threshold_known);
    assert_near(s.threshold, 350.0 / 300, 1e-6);
    assert_ptr_equal(s.then, &p.plans[1]);
    s = threshold(&p, SU_LEVER_PRICE, &p.plans[1], 0.8);
    assert_near(s.threshold, 300.0 / 350, 1e-6);
    assert_false(threshold(&p, SU_LEVER_PRICE, &p.plans[1], 1.2).threshold_known);
    assert_false(threshold(&p, SU_LEVER_PRICE, NULL, 1.2).threshold_known);
    /* A needs its fourth server beyond a peak of 3. */
    s = threshold(&p, SU_LEVER_TRAFFIC, NULL, 2);
    assert_near(s.threshold, 1.2, 1e-6);
    assert_ptr_equal(s.then, &p.plans[1]);
    assert_false(threshold(&p, SU_LEVER_TRAFFIC, NULL, 0.5).threshold_known);
    assert_false(threshold(&p, SU_LEVER_ACTIVE_HOURS, NULL, 16).threshold_known);
}

static void each_lever_has_its_rows(void **state)
{
    struct fixture *f = *state;
    struct paper p;
    paper_init(f, &p);
    struct su_sensitivities all;
    assert_ok(su_plan_sensitivity(&f->arena, &p.request, &p.result, &all, &f->err), f->err);
    /* prices: all twice, leader, rival; traffic 2, hours 2, draw 2; speeds: all twice, two alone */
    assert_int_equal(all.n, 4 + 6 + 4);
    size_t turned = 0;
    for (size_t i = 0; i < all.n; i++)
        turned += all.items[i].leader != &p.plans[0];
    /* A at 360 against 350; B at 280 against 300; A alone slow, 500 against 350. All slow: 500
     * against 700; twice the load: the same. */
    assert_int_equal(turned, 3);
    p.result.n_priced = 1;
    assert_ok(su_plan_sensitivity(&f->arena, &p.request, &p.result, &all, &f->err), f->err);
    assert_int_equal(all.n, 0);
}

static void the_share_of_the_data_sheet_weighs_both_phases(void **state)
{
    struct fixture *f = *state;
    struct su_plan *p = SU_NEW(&f->arena, struct su_plan);
    p->steady.utilization_frac = 0.25;
    p->prefill_cost.total_s = 1.25;
    p->prefill_cost.n_lines = 2;
    p->prefill_cost.lines[0] =
        (struct su_cost_line){.has_work = true, .time_s = 1.0, .ideal_s = 0.6};
    p->prefill_cost.lines[1] = (struct su_cost_line){.time_s = 0.25}; /* a collective */
    p->decode_cost.total_s = 1;
    p->decode_cost.n_lines = 1;
    p->decode_cost.lines[0] =
        (struct su_cost_line){.has_work = true, .time_s = 1.0, .ideal_s = 0.5};
    /* (0.25 x 0.6 / 1.25 + 0.75 x 0.5) / (0.25 x 1 / 1.25 + 0.75) = 0.495 / 0.95 */
    assert_near(su_plan_datasheet_frac(p), 0.495 / 0.95, 1e-12);
}

/* ---- against the search ---- */

static const char *const datacenter[] = {"datacenter", "workstation", NULL};

static struct su_plan_request request(struct fixture *f, double rate_req_s)
{
    struct su_plan_request r = {
        .catalog = su_catalog_embedded(),
        .graph = load_graph(f, "qwen3-32b"),
        .load = {2000, 0.6, 500, 0.6},
        .rate_req_s = rate_req_s,
        .peak_factor = 1,
        .active_hours_per_day = 10,
        .slo = {.ttft_p99_s = 3, .tpot_p99_s = 0.06},
        .region = "cn",
        .channels = {.official = true},
        .markets = datacenter,
        .dtypes = 1u << SU_DTYPE_bf16 | 1u << SU_DTYPE_fp8 | 1u << SU_DTYPE_int8,
        .engine_component = "vLLM",
        .horizon_months = 36,
        .currency = SU_CNY,
        .utilization_frac = 0.9,
        .block_tokens = 16,
    };
    assert_true(su_date_parse(su_str_c("2026-11-01"), &r.date));
    return r;
}

static struct su_plan_result search(struct fixture *f, const struct su_plan_request *r)
{
    struct su_plan_result result;
    assert_ok(su_plan_search(&f->arena, r, &result, &f->err), f->err);
    return result;
}

/* The same question for one chip at another efficiency; NULL when it has no plan. */
static const struct su_plan *alone(struct fixture *f, const struct su_plan_request *r,
                                   const char *chip, double efficiency)
{
    const char **ids = SU_NEW_ARRAY(&f->arena, 2, const char *);
    ids[0] = chip;
    struct su_plan_request one = *r;
    one.chips = ids;
    one.efficiency = efficiency;
    struct su_plan_result result = search(f, &one);
    return result.n_plans == 0 ? NULL : &result.plans[0];
}

static struct su_break_even break_even(struct fixture *f, const struct su_plan_request *r,
                                       const struct su_plan_result *result, size_t i)
{
    struct su_break_even e;
    assert_ok(su_plan_break_even(&f->arena, r, result, i, NULL, &e, &f->err), f->err);
    return e;
}

/* At the factor the whole search finds a total within the rival's; a little below it does not. */
static void the_search_agrees_with_the_break_even_factor(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request r = request(f, 60);
    struct su_plan_result result = search(f, &r);
    assert_true(result.n_priced >= 3);
    size_t checked = 0;
    for (size_t i = 0; i < result.n_priced; i++) {
        struct su_break_even e = break_even(f, &r, &result, i);
        assert_true(e.datasheet_frac > 0.2 && e.datasheet_frac < 1);
        if (!(e.efficiency > SU_EFFICIENCY_LOW))
            continue;
        assert_true(i == 0 ? e.efficiency <= 1 : e.efficiency > 1);
        assert_true(e.efficiency * e.datasheet_frac <= 1 + 1e-9);
        const char *id = result.plans[i].accel->id;
        const struct su_plan *at = alone(f, &r, id, e.efficiency);
        assert_non_null(at);
        assert_true(at->n_servers <= e.servers_max);
        assert_true(at->cost.total.micro <= e.rival->cost.total.micro);
        const struct su_plan *below = alone(f, &r, id, e.efficiency / 1.01);
        assert_true(below == NULL || below->cost.total.micro > e.rival->cost.total.micro);
        checked++;
    }
    assert_true(checked >= 3);
}

/* At the factor for large fleets a load of hundreds of servers costs the same on both. */
static void the_factor_of_large_fleets_holds_in_a_large_fleet(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request r = request(f, 3);
    struct su_plan_result result = search(f, &r);
    struct su_plan_request large = r;
    large.rate_req_s = 3000;
    size_t checked = 0;
    for (size_t i = 1; i < result.n_priced; i++) {
        struct su_break_even e = break_even(f, &r, &result, i);
        if (isnan(e.scale_efficiency))
            continue;
        const struct su_plan *own = alone(f, &large, result.plans[i].accel->id, e.scale_efficiency);
        const struct su_plan *rival = alone(f, &large, e.rival->accel->id, 0);
        assert_non_null(own);
        double own_total = su_money_amount(own->cost.total);
        double rival_total = su_money_amount(rival->cost.total);
        /* A whole server, the step of the bisection, and replicas more for steps in fitted times.
         */
        assert_near(own_total / rival_total, 1.0, 0.02);
        checked++;
    }
    assert_true(checked >= 2);
}

static void better_efficiency_never_hurts(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request r = request(f, 60);
    static const char *const chips[] = {"ascend_910b3_64g", "metax_c500", "v100_sxm2_32g"};
    static const double factors[] = {0.4, 0.7, 1, 1.3, 1.6};
    for (size_t c = 0; c < 3; c++) {
        uint32_t before = UINT32_MAX;
        for (size_t i = 0; i < 5; i++) {
            const struct su_plan *p = alone(f, &r, chips[c], factors[i]);
            if (p == NULL) {
                assert_true(before == UINT32_MAX);
                continue;
            }
            assert_true(p->n_servers <= before);
            before = p->n_servers;
        }
        assert_true(before < UINT32_MAX);
    }
}

/* Re-sizing from the rates per replica is what a search at that load finds. */
static void other_traffic_is_sized_as_a_search_would(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request r = request(f, 10);
    struct su_plan_result result = search(f, &r);
    static const double factors[] = {0.5, 1 - 1e-12, 2};
    for (size_t k = 0; k < 3; k++) {
        struct su_plan_request other = r;
        other.rate_req_s *= factors[k];
        struct su_plan_result found = search(f, &other);
        assert_int_equal(found.n_plans, result.n_plans);
        for (size_t i = 0; i < result.n_plans; i++) {
            const struct su_plan *p = &result.plans[i];
            if (!p->quote.known)
                continue;
            struct su_change change = {SU_LEVER_TRAFFIC, NULL, factors[k]};
            struct su_changed c;
            assert_ok(su_plan_changed(&r, &result, p, &change, &c, &f->err), f->err);
            for (size_t j = 0; j < found.n_plans; j++) {
                if (found.plans[j].accel == p->accel)
                    assert_int_equal(c.n_servers, found.plans[j].n_servers);
            }
        }
    }
}

static void price_and_porting_are_the_difference_of_totals(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request r = request(f, 10);
    struct su_plan_result result = search(f, &r);
    for (size_t i = 0; i < result.n_priced; i++) {
        const struct su_plan *p = &result.plans[i];
        struct su_break_even e = break_even(f, &r, &result, i);
        assert_ptr_equal(e.rival, &result.plans[i == 0 ? 1 : 0]);
        struct su_cost cost;
        if (e.price.micro > 0) {
            assert_ok(su_cost_of_fleet(&result.cost_basis, e.price, p->n_servers, p->power,
                                       r.horizon_months, &cost, &f->err),
                      f->err);
            assert_near(su_money_amount(cost.total), su_money_amount(e.rival->cost.total), 1e-9);
        }
        assert_int_equal(e.porting, strcmp(p->accel->stack, e.rival->accel->stack) != 0);
        if (!e.porting)
            continue;
        assert_int_equal(e.porting_budget.micro, e.rival->cost.total.micro - p->cost.total.micro);
        assert_true(e.porting_budget_datasheet.micro >= e.porting_budget.micro);
        /* The most servers whose total the rival's covers: one more costs more. */
        assert_ok(su_cost_of_fleet(&result.cost_basis, p->quote.mid, e.servers_max + 1, p->power,
                                   r.horizon_months, &cost, &f->err),
                  f->err);
        assert_true(cost.total.micro > e.rival->cost.total.micro);
    }
}

static void a_lone_priced_plan_has_no_rival(void **state)
{
    struct fixture *f = *state;
    static const char *const one[] = {"ascend_910b3_64g", NULL};
    struct su_plan_request r = request(f, 3);
    r.chips = one;
    struct su_plan_result result = search(f, &r);
    assert_int_equal(result.n_priced, 1);
    struct su_break_even e = break_even(f, &r, &result, 0);
    assert_null(e.rival);
    assert_true(isnan(e.efficiency) && isnan(e.scale_efficiency));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_change_reprices_what_it_touches),
        fixture_test(the_mean_draw_is_paid_by_the_kilowatt_hour),
        fixture_test(limits_take_a_plan_out_of_a_changed_question),
        fixture_test(thresholds_are_where_the_totals_cross),
        fixture_test(each_lever_has_its_rows),
        fixture_test(the_share_of_the_data_sheet_weighs_both_phases),
        fixture_test(the_search_agrees_with_the_break_even_factor),
        fixture_test(the_factor_of_large_fleets_holds_in_a_large_fleet),
        fixture_test(better_efficiency_never_hurts),
        fixture_test(other_traffic_is_sized_as_a_search_would),
        fixture_test(price_and_porting_are_the_difference_of_totals),
        fixture_test(a_lone_priced_plan_has_no_rival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
