/* Mixed fleets worked by hand. Money in thousands of CNY. */
#define _GNU_SOURCE
#include "su_test_arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "plan/fleet.h"

enum { A, B, N_KINDS }; /* a: 8 cards, 4 requests/s a server; b: 8 cards, 5 requests/s */
enum { BUY_A, BUY_B, RENT_A, OWN_A, N_SOURCES };
enum { ON_A, ON_B, PRE_B, DEC_A, N_OPTIONS };

struct fixture {
    uint32_t months[3];
    double demand[3];
    uint32_t supply[N_KINDS][3];
    double power[3];
    uint32_t rack[3];
    struct su_fleet_class klass[2];
    struct su_fleet_chip chips[N_KINDS];
    struct su_fleet_server servers[N_KINDS];
    struct su_fleet_source sources[N_SOURCES];
    struct su_fleet_option options[N_OPTIONS + 2];
    struct su_fleet_problem p;
};

static struct su_money k(int64_t thousand)
{
    return (struct su_money){thousand * 1000000000, SU_CNY};
}

/* A server of a: 1,600 + 10 a month; of b: 1,500 + 10 a month; 12 months: 1,720 and 1,620. */
static void init(struct fixture *f, double demand)
{
    *f = (struct fixture){.months = {12, 12, 12}, .demand = {demand, demand, demand}};
    f->klass[0] = (struct su_fleet_class){"chat", f->demand};
    f->chips[A] = (struct su_fleet_chip){"a", NULL};
    f->chips[B] = (struct su_fleet_chip){"b", NULL};
    f->servers[A] = (struct su_fleet_server){"a8", A, 8, 10200, 8};
    f->servers[B] = (struct su_fleet_server){"b8", B, 8, 5600, 6};
    f->sources[BUY_A] = (struct su_fleet_source){"buy a", A, SU_FLEET_BUY, k(1600), k(10),
                                                 k(0),    0, false,        0,       false};
    f->sources[BUY_B] = (struct su_fleet_source){"buy b", B, SU_FLEET_BUY, k(1500), k(10),
                                                 k(0),    0, false,        0,       false};
    f->sources[RENT_A] =
        (struct su_fleet_source){"rent a", A, SU_FLEET_RENT, k(0), k(0), k(300), 0, true, 0, true};
    f->sources[OWN_A] = (struct su_fleet_source){
        "own a", A, SU_FLEET_EXISTING, k(0), k(10), k(0), 0, true, 0, false};
    f->options[ON_A] = (struct su_fleet_option){"on a", 0, A, SU_FLEET_AGGREGATED, 0, 8, 4};
    f->options[ON_B] = (struct su_fleet_option){"on b", 0, B, SU_FLEET_AGGREGATED, 0, 8, 5};
    f->options[PRE_B] = (struct su_fleet_option){"prefill b", 0, B, SU_FLEET_PREFILL, 0, 8, 5};
    f->options[DEC_A] = (struct su_fleet_option){"decode a", 0, A, SU_FLEET_DECODE, 0, 8, 5};
    f->p = (struct su_fleet_problem){.stage_months = f->months,
                                     .n_stages = 1,
                                     .classes = f->klass,
                                     .n_classes = 1,
                                     .chips = f->chips,
                                     .n_chips = N_KINDS,
                                     .servers = f->servers,
                                     .n_servers = N_KINDS,
                                     .sources = f->sources,
                                     .n_sources = N_SOURCES,
                                     .options = f->options,
                                     .n_options = N_OPTIONS,
                                     .currency = SU_CNY};
}

static struct su_fleet_result solve(struct su_arena *arena, const struct su_fleet_problem *p)
{
    struct su_fleet_result r;
    struct su_err err = {0};
    assert_ok(su_fleet_solve(arena, p, &r, &err), err);
    return r;
}

static struct su_fleet_result solve_to(struct su_arena *arena, const struct fixture *f,
                                       int64_t thousand)
{
    struct su_fleet_result r = solve(arena, &f->p);
    assert_int_equal(r.verdict, SU_FLEET_OPTIMAL);
    assert_int_equal(r.total.micro, k(thousand).micro);
    assert_true(r.bound.micro <= r.present_value.micro);
    return r;
}

static void one_chip_in_whole_replicas_beats_mixed_and_split_fleets(void **state)
{
    /* 10 req/s: 2 b = 3,240; a and b mixed needs 3 servers, a split one 2 of each */
    struct fixture f;
    init(&f, 10);
    struct su_fleet_result r = solve_to(*state, &f, 3240);
    assert_int_equal(r.deployed[ON_B].n_serving, 2);
    assert_int_equal(r.sourced[BUY_B].n_bought, 2);
}

static void a_mixed_fleet_wins_where_the_better_chip_is_short(void **state)
{
    /* one b: 1,620 + 2 a: 3,440 = 5,060, against 3 a = 5,160; the shortage costs 5,060 - 3,240 */
    struct fixture f;
    init(&f, 10);
    f.supply[B][0] = 8;
    f.chips[B].supply_cards = f.supply[B];
    f.p.explain = true;
    struct su_fleet_result r = solve_to(*state, &f, 5060);
    assert_int_equal(r.sourced[BUY_A].n_bought, 2);
    assert_int_equal(r.sourced[BUY_B].n_bought, 1);
    for (size_t i = 0; i < r.n_limits; i++) {
        if (r.limits[i].kind == SU_FLEET_LIMIT_SUPPLY) {
            assert_true(r.limits[i].binds && r.limits[i].worth_known);
            assert_int_equal(r.limits[i].worth.micro, k(1820).micro);
        }
    }
}

static void prefill_on_one_chip_and_decode_on_the_other_wins_when_halves_do_more(void **state)
{
    /* 8 req/s: 2 b = 3,240 or 2 a = 3,440. Halves of 8 each with b short of a second server:
     * 1,620 + 1,720 = 3,340 < 3,440 */
    struct fixture f;
    init(&f, 8);
    f.supply[B][0] = 8;
    f.chips[B].supply_cards = f.supply[B];
    f.options[PRE_B].capacity_req_s = 8;
    f.options[DEC_A].capacity_req_s = 8;
    f.options[ON_B].capacity_req_s = 3;
    struct su_fleet_result r = solve_to(*state, &f, 3340);
    assert_near(r.split_frac[0], 1, 1e-6);
    f.options[DEC_A].pair = 1; /* halves that cannot exchange their cache */
    solve_to(*state, &f, 3440);
}

static void small_replicas_of_two_classes_share_a_server(void **state)
{
    /* 2 cards and 4 cards fit in 8; 4 and 5 do not */
    struct fixture f;
    init(&f, 1);
    f.klass[1] = (struct su_fleet_class){"batch", f.demand};
    f.options[0] = (struct su_fleet_option){"chat", 0, B, SU_FLEET_AGGREGATED, 0, 2, 1};
    f.options[1] = (struct su_fleet_option){"batch", 1, B, SU_FLEET_AGGREGATED, 0, 4, 1};
    f.p.n_classes = 2;
    f.p.n_options = 2;
    solve_to(*state, &f, 1620);
    f.options[0].n_cards = 5;
    solve_to(*state, &f, 3240);
    f.options[0].n_cards = 16; /* a replica over two servers of its own */
    solve_to(*state, &f, 4860);
}

static void a_deployment_that_smaller_ones_outdo_is_not_used(void **state)
{
    /* 8 req/s: four 2-card replicas of 1.25 do 5 a server, an 8-card one 4.9: 2 b either way */
    struct fixture f;
    init(&f, 8);
    f.options[0] = (struct su_fleet_option){"large", 0, B, SU_FLEET_AGGREGATED, 0, 8, 4.9};
    f.options[1] = (struct su_fleet_option){"small", 0, B, SU_FLEET_AGGREGATED, 0, 2, 1.25};
    f.p.n_options = 2;
    struct su_fleet_result r = solve_to(*state, &f, 3240);
    assert_int_equal(r.deployed[0].n_serving, 0);
    f.options[0].capacity_req_s = 8; /* not outdone: one is enough */
    r = solve_to(*state, &f, 1620);
    assert_int_equal(r.deployed[0].n_serving, 1);
}

static void one_spare_replica_of_every_option_in_use(void **state)
{
    /* 10 req/s: 2 b + 1 spare = 4,860; with replicas of half a server, 4 + 1 of them: 3 servers */
    struct fixture f;
    init(&f, 10);
    f.p.spare = true;
    struct su_fleet_result r = solve_to(*state, &f, 4860);
    assert_int_equal(r.deployed[ON_B].n_spare, 1);
    f.options[ON_B].n_cards = 2; /* 8 of 1.25 + 1 spare = 18 cards: 3 servers */
    f.options[ON_B].capacity_req_s = 1.25;
    r = solve_to(*state, &f, 4860);
    assert_int_equal(r.deployed[ON_B].n_serving + r.deployed[ON_B].n_spare, 9);
}

static void growth_buys_in_stages_and_rents_until_delivery(void **state)
{
    /* a only, delivered from the second year; 4 then 8 then 8 req/s: rent one for 12 months at 300
     * = 3,600, then buy 2 for 24 months: 2 x (1,600 + 240) = 3,680; together 7,280 */
    struct fixture f;
    init(&f, 8);
    f.demand[0] = 4;
    f.p.n_stages = 3;
    f.p.n_options = 1;
    f.sources[BUY_A].stage_min = 1;
    f.sources[RENT_A].n_servers_max = 5;
    struct su_fleet_result r = solve_to(*state, &f, 7280);
    assert_int_equal(r.sourced[RENT_A * 3].n_servers, 1);
    assert_int_equal(r.sourced[RENT_A * 3 + 1].n_servers, 0);
    assert_int_equal(r.sourced[BUY_A * 3 + 1].n_bought, 2);
    /* delivered at once: 1 for 36 months 1,960, 1 more for 24 months 1,840 */
    f.sources[BUY_A].stage_min = 0;
    r = solve_to(*state, &f, 3800);
    assert_int_equal(r.sourced[BUY_A * 3].n_bought, 1);
    assert_int_equal(r.sourced[BUY_A * 3 + 1].n_bought, 1);
}

static void a_peak_in_the_middle_is_rented(void **state)
{
    /* 4, 8, 4 req/s: own 1 for 36 months 1,960, rent 1 for 12 at 30 = 360; a second would be 1,840
     */
    struct fixture f;
    init(&f, 4);
    f.demand[1] = 8;
    f.p.n_stages = 3;
    f.p.n_options = 1;
    f.sources[RENT_A].rent_month = k(30);
    f.sources[RENT_A].n_servers_max = 1;
    f.sources[RENT_A].stage_min = 1; /* not the cheap rent from the start */
    f.demand[2] = 4;
    struct su_fleet_result r = solve(*state, &f.p);
    assert_int_equal(r.total.micro, k(1960 + 360).micro);
    assert_int_equal(r.sourced[RENT_A * 3 + 1].n_servers, 1);
}

static void servers_already_owned_come_first(void **state)
{
    /* 9 req/s: the a that is owned, 120 to run, and 1 b: 1,740, against 2 b = 3,240 */
    struct fixture f;
    init(&f, 9);
    f.sources[OWN_A].n_servers_max = 1;
    struct su_fleet_result r = solve_to(*state, &f, 1740);
    assert_int_equal(r.sourced[OWN_A].n_servers, 1);
}

static const struct su_fleet_limit *only(const struct su_fleet_result *r, size_t n,
                                         enum su_fleet_limit_kind kind)
{
    assert_int_equal(r->verdict, SU_FLEET_INFEASIBLE);
    assert_int_equal(r->n_conflict, n);
    assert_true(r->conflict_irreducible);
    for (size_t i = 0; i < n; i++) {
        if (r->conflict[i].kind == kind)
            return &r->conflict[i];
    }
    fail_msg("the conflict has no %s", su_fleet_limit_kind_name(kind));
    return NULL;
}

static void a_budget_that_is_too_small_says_by_how_much(void **state)
{
    struct fixture f;
    init(&f, 10);
    f.p.n_sources = RENT_A; /* nothing to rent or reuse, so no limit on that either */
    f.p.budget_known = true;
    f.p.budget = k(3239);
    struct su_fleet_result r = solve(*state, &f.p);
    const struct su_fleet_limit *l = only(&r, 1, SU_FLEET_LIMIT_BUDGET);
    assert_true(l->raise_known);
    assert_near(l->raise, 1000, 1e-9);
    f.p.budget = k(3240); /* exactly enough */
    solve_to(*state, &f, 3240);
}

static void supply_and_budget_contradict_together(void **state)
{
    /* short of b the fleet costs 5,060; with 4,000 either 8 more cards of b or 1,060 more are
     * needed */
    struct fixture f;
    init(&f, 10);
    f.p.n_sources = RENT_A; /* nothing to rent or reuse, so no limit on that either */
    f.supply[B][0] = 8;
    f.chips[B].supply_cards = f.supply[B];
    f.p.budget_known = true;
    f.p.budget = k(4000);
    struct su_fleet_result r = solve(*state, &f.p);
    assert_near(only(&r, 2, SU_FLEET_LIMIT_BUDGET)->raise, 1060000, 1e-9);
    assert_near(only(&r, 2, SU_FLEET_LIMIT_SUPPLY)->raise, 8, 1e-9);
}

static void no_supply_and_late_delivery_are_named(void **state)
{
    struct fixture f;
    init(&f, 10);
    f.p.n_options = 1; /* a alone: 3 servers, 24 cards */
    f.chips[A].supply_cards = f.supply[A];
    f.p.n_sources = 1;
    struct su_fleet_result r = solve(*state, &f.p);
    assert_near(only(&r, 1, SU_FLEET_LIMIT_SUPPLY)->raise, 24, 1e-9);
    f.chips[A].supply_cards = NULL;
    f.p.n_stages = 3;
    f.sources[BUY_A].stage_min = 1;
    r = solve(*state, &f.p);
    assert_string_equal(only(&r, 1, SU_FLEET_LIMIT_DELIVERY)->name, "buy a");
}

static void a_spare_that_does_not_fit_the_racks_is_a_conflict_of_the_two(void **state)
{
    /* 2 b take 12 units, 3 take 18 */
    struct fixture f;
    init(&f, 10);
    f.p.n_sources = RENT_A; /* nothing to rent or reuse, so no limit on that either */
    f.p.spare = true;
    f.rack[0] = 12;
    f.p.rack_units_max = f.rack;
    struct su_fleet_result r = solve(*state, &f.p);
    only(&r, 2, SU_FLEET_LIMIT_SPARE);
    assert_near(only(&r, 2, SU_FLEET_LIMIT_RACK)->raise, 6, 1e-9);
}

static void power_forces_the_fleet_off_site(void **state)
{
    /* 10 req/s take 2 b = 11.2 kW; with 6 kW one b, and 2 a rented for 12 months at 300 */
    struct fixture f;
    init(&f, 10);
    f.p.n_sources = RENT_A; /* nothing to rent or reuse, so no limit on that either */
    f.power[0] = 6000;
    f.p.power_w_max = f.power;
    struct su_fleet_result r = solve(*state, &f.p);
    assert_near(only(&r, 1, SU_FLEET_LIMIT_POWER)->raise, 5200, 1e-6);
    f.p.n_sources = N_SOURCES;
    f.sources[RENT_A].n_servers_max = 3;
    solve_to(*state, &f, 1620 + 7200);
}

static void a_class_without_any_option_is_named(void **state)
{
    struct fixture f;
    init(&f, 10);
    f.klass[1] = (struct su_fleet_class){"vision", f.demand};
    f.p.n_classes = 2;
    struct su_fleet_result r = solve(*state, &f.p);
    assert_int_equal(r.verdict, SU_FLEET_INFEASIBLE);
    assert_string_equal(r.unserved, "vision");
}

static void a_rate_discounts_payments_by_month(void **state)
{
    struct fixture f;
    init(&f, 5);
    f.p.discount_frac_year = 0.1;
    struct su_fleet_result r = solve_to(*state, &f, 1620);
    double present = 1500e3;
    for (int month = 1; month <= 12; month++)
        present += 10e3 * pow(1.1, -month / 12.0);
    assert_near(su_money_amount(r.present_value), present, 1e-9);
}

static void a_missing_or_dying_solver_is_an_error_that_names_it(void **state)
{
    struct fixture f;
    init(&f, 10);
    struct su_fleet_result r;
    struct su_err err = {0};
    setenv("SUANLI_MILP", "/no/such/program", 1);
    assert_int_equal(su_fleet_solve(*state, &f.p, &r, &err), SU_ERR_IO);
    assert_non_null(strstr(err.message, "suanli-milp is missing"));
    setenv("SUANLI_MILP", "false", 1);
    assert_int_equal(su_fleet_solve(*state, &f.p, &r, &err), SU_ERR_IO);
    setenv("SUANLI_MILP", "echo", 1); /* answers, but no JSON */
    assert_int_equal(su_fleet_solve(*state, &f.p, &r, &err), SU_ERR_INTERNAL);
    setenv("SUANLI_MILP", SU_BINARY_DIR "/suanli-milp", 1);
}

/* ---- oracle: every fleet of at most MOST servers a source, one stage, one class ---- */

#define MOST 5

static bool serves(const struct fixture *f, const int n[N_KINDS])
{
    /* how many of a server's places go to whole replicas, the rest to halves */
    for (int a = 0; a <= n[A]; a++) {
        for (int b = 0; b <= n[B]; b++) {
            double whole =
                a * f->options[ON_A].capacity_req_s + b * f->options[ON_B].capacity_req_s;
            double split = fmin((n[B] - b) * f->options[PRE_B].capacity_req_s,
                                (n[A] - a) * f->options[DEC_A].capacity_req_s);
            if (whole + split >= f->demand[0])
                return true;
        }
    }
    return false;
}

static int64_t brute_force(const struct fixture *f)
{
    int64_t best = -1;
    for (int i = 0; i < (MOST + 1) * (MOST + 1) * (MOST + 1) * (MOST + 1); i++) {
        int n[N_SOURCES] = {i % 6, i / 6 % 6, i / 36 % 6, i / 216};
        if (n[RENT_A] > (int)f->sources[RENT_A].n_servers_max ||
            n[OWN_A] > (int)f->sources[OWN_A].n_servers_max ||
            8 * n[BUY_B] > (int)f->supply[B][0] ||
            n[BUY_A] * 10200 + n[OWN_A] * 10200 + n[BUY_B] * 5600 > (int)f->power[0])
            continue;
        int64_t cost = n[BUY_A] * (f->sources[BUY_A].capital.micro + 12 * k(10).micro) +
                       n[BUY_B] * (f->sources[BUY_B].capital.micro + 12 * k(10).micro) +
                       n[RENT_A] * 12 * f->sources[RENT_A].rent_month.micro +
                       n[OWN_A] * 12 * k(10).micro;
        int kinds[N_KINDS] = {n[BUY_A] + n[RENT_A] + n[OWN_A], n[BUY_B]};
        if ((best < 0 || cost < best) && serves(f, kinds))
            best = cost;
    }
    return best;
}

static void the_cheapest_fleet_is_that_of_trying_all(void **state)
{
    struct su_arena *arena = *state;
    int n_infeasible = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct su_rng rng;
        su_rng_init(&rng, seed, "fleet", 0);
        struct fixture f;
        init(&f, 4 + 8 * su_rng_uniform(&rng));
        f.sources[BUY_A].capital = k(800 + (int64_t)(1200 * su_rng_uniform(&rng)));
        f.sources[BUY_B].capital = k(800 + (int64_t)(1200 * su_rng_uniform(&rng)));
        f.sources[RENT_A].rent_month = k(60 + (int64_t)(120 * su_rng_uniform(&rng)));
        f.sources[RENT_A].n_servers_max = (uint32_t)(3 * su_rng_uniform(&rng));
        f.sources[OWN_A].n_servers_max = (uint32_t)(2 * su_rng_uniform(&rng));
        for (int o = 0; o < N_OPTIONS; o++)
            f.options[o].capacity_req_s = 2.5 + 4 * su_rng_uniform(&rng);
        f.supply[B][0] = 8 * (uint32_t)(4 * su_rng_uniform(&rng));
        f.chips[B].supply_cards = f.supply[B];
        f.power[0] = 10000 + floor(30000 * su_rng_uniform(&rng));
        f.p.power_w_max = f.power;
        int64_t best = brute_force(&f);
        struct su_fleet_result r = solve(arena, &f.p);
        n_infeasible += best < 0;
        if (best < 0) {
            assert_int_equal(r.verdict, SU_FLEET_INFEASIBLE);
            assert_true(r.n_conflict > 0);
        } else {
            assert_int_equal(r.verdict, SU_FLEET_OPTIMAL);
            assert_int_equal(r.total.micro, best);
            assert_true(r.bound.micro <= r.present_value.micro);
            f.supply[B][0] += 8; /* more supply never costs more */
            assert_true(solve(arena, &f.p).total.micro <= best);
        }
        su_arena_reset(arena);
    }
    assert_in_range(n_infeasible, 5, 150); /* both kinds were met */
}

int main(void)
{
    setenv("SUANLI_MILP", SU_BINARY_DIR "/suanli-milp", 1);
    const struct CMUnitTest tests[] = {
        ARENA_TEST(one_chip_in_whole_replicas_beats_mixed_and_split_fleets),
        ARENA_TEST(a_mixed_fleet_wins_where_the_better_chip_is_short),
        ARENA_TEST(prefill_on_one_chip_and_decode_on_the_other_wins_when_halves_do_more),
        ARENA_TEST(small_replicas_of_two_classes_share_a_server),
        ARENA_TEST(a_deployment_that_smaller_ones_outdo_is_not_used),
        ARENA_TEST(one_spare_replica_of_every_option_in_use),
        ARENA_TEST(growth_buys_in_stages_and_rents_until_delivery),
        ARENA_TEST(a_peak_in_the_middle_is_rented),
        ARENA_TEST(servers_already_owned_come_first),
        ARENA_TEST(a_budget_that_is_too_small_says_by_how_much),
        ARENA_TEST(supply_and_budget_contradict_together),
        ARENA_TEST(no_supply_and_late_delivery_are_named),
        ARENA_TEST(a_spare_that_does_not_fit_the_racks_is_a_conflict_of_the_two),
        ARENA_TEST(power_forces_the_fleet_off_site),
        ARENA_TEST(a_class_without_any_option_is_named),
        ARENA_TEST(a_rate_discounts_payments_by_month),
        ARENA_TEST(a_missing_or_dying_solver_is_an_error_that_names_it),
        ARENA_TEST(the_cheapest_fleet_is_that_of_trying_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
