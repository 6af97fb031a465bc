/* Fleets for several classes: what every answer must satisfy, limits, growth, existing cards, and
 * the bound that screening leaves deployments out by. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/fixture.h"
#include "plan/mix.h"
#include "plan/split.h"

static const char *const two_chips[] = {"h20_sxm_96g", "ascend_910b3_64g", NULL};

struct question {
    struct su_mix_class classes[2];
    struct su_mix_request mix;
};

static struct su_plan_request request(struct fixture *f, const char *model, struct su_load load,
                                      double rate_req_s)
{
    struct su_plan_request q = {
        .catalog = su_catalog_embedded(),
        .graph = load_graph(f, model),
        .load = load,
        .rate_req_s = rate_req_s,
        .peak_factor = 2,
        .active_hours_per_day = 24,
        .slo = {.ttft_p99_s = 2, .tpot_p99_s = 0.06},
        .region = "cn",
        .channels = {.official = true},
        .chips = two_chips,
        .dtypes = 1u << SU_DTYPE_bf16,
        .engine_component = "vLLM",
        .horizon_months = 36,
        .currency = SU_CNY,
        .utilization_frac = 0.9,
        .block_tokens = 16,
        .seed = 1,
        .traffic = {.sched = su_sched_find("vllm"), .n_requests = 300},
    };
    assert_true(su_date_parse(su_str_c("2024-07-14"), &q.date));
    return q;
}

static void ask(struct fixture *f, struct question *q)
{
    setenv("SUANLI_MILP", SU_BINARY_DIR "/suanli-milp", 1);
    *q = (struct question){0};
    q->classes[0] = (struct su_mix_class){
        "chat", request(f, "qwen3-8b", (struct su_load){1500, 0.5, 200, 0.5}, 40)};
    q->classes[1] =
        (struct su_mix_class){"tags", request(f, "qwen3-8b", (struct su_load){400, 0, 20, 0}, 60)};
    q->mix = (struct su_mix_request){
        .common = &q->classes[0].request,
        .classes = q->classes,
        .n_classes = 2,
        .growth_year = 1,
        .split = true,
    };
}

static double capacity_of(const struct su_mix_fleet *f, uint32_t klass, enum su_fleet_role role)
{
    double sum = 0;
    for (size_t i = 0; i < f->n_parts; i++) {
        const struct su_mix_part *p = &f->parts[i];
        if (p->klass == klass && p->role == role)
            sum += (p->plan.n_replicas - p->n_spare) * p->plan.rate_max_req_s;
    }
    return sum;
}

static void check_fleet(const struct question *q, const struct su_mix_result *r,
                        const struct su_mix_fleet *f)
{
    uint32_t last = r->n_stages - 1;
    for (uint32_t c = 0; c < 2; c++) {
        double shares[3] = {0};
        for (size_t i = 0; i < f->n_parts; i++)
            shares[f->parts[i].role] += f->parts[i].klass == c ? f->parts[i].share_frac : 0;
        assert_near(shares[SU_FLEET_PREFILL], shares[SU_FLEET_DECODE], 1e-9);
        assert_near(shares[SU_FLEET_AGGREGATED] + shares[SU_FLEET_DECODE], 1, 1e-9);
        double demand = q->classes[c].request.rate_req_s * 2 * r->growth[last];
        double split =
            fmin(capacity_of(f, c, SU_FLEET_PREFILL), capacity_of(f, c, SU_FLEET_DECODE));
        assert_true(capacity_of(f, c, SU_FLEET_AGGREGATED) + split >= demand * (1 - 1e-6));
    }
    int64_t parts = 0;
    uint32_t n_cards = 0;
    for (size_t i = 0; i < f->n_parts; i++) {
        const struct su_plan *p = &f->parts[i].plan;
        assert_true(p->verified.known);
        if (f->parts[i].role == SU_FLEET_AGGREGATED || f->parts[i].together) {
            assert_true(p->verified.ttft_p99_s <= 2);
            assert_true(p->verified.tpot_p99_s <= 0.06);
        }
        parts += p->cost.total.micro;
        n_cards += p->n_cards;
    }
    assert_int_equal(n_cards, f->n_cards);
    /* Parts share the cost to the micro-unit, less rounding of five lines each. */
    assert_true(llabs(parts - f->cost.total.micro) <= 5 * (int64_t)f->n_parts);
    assert_true(!f->bound_known || f->bound.micro <= f->cost.total.micro + 100);
    uint32_t cards_there = 0;
    uint32_t n_servers = 0;
    for (size_t k = 0; k < f->n_kinds; k++) {
        n_servers += f->servers[k].n_servers[last];
        cards_there += f->servers[k].n_servers[last] * f->servers[k].n_cards_server;
    }
    assert_int_equal(n_servers, f->n_servers);
    assert_true(f->n_cards <= cards_there);
}

static struct su_mix_result solve(struct fixture *f, const struct question *q)
{
    struct su_mix_result r;
    assert_ok(su_mix_search(&f->arena, &q->mix, &r, &f->err), f->err);
    for (size_t i = 0; i < r.n_fleets; i++) {
        check_fleet(q, &r, &r.fleets[i]);
        assert_true(i == 0 || r.fleets[i - 1].cost.total.micro <= r.fleets[i].cost.total.micro);
    }
    return r;
}

static void the_mix_costs_no_more_than_any_chip_alone(void **state)
{
    struct question q;
    ask(*state, &q);
    struct su_mix_result r = solve(*state, &q);
    assert_true(r.n_fleets >= 2);
    assert_int_equal(r.n_stages, 1);
    /* 36 months of 30.4375 days: 40/s of 200 tokens and 60/s of 20. */
    assert_near(r.mtok_output, 36 * 30.4375 * 86400 * (40 * 200 + 60 * 20) / 1e6, 1e-12);
}

static void a_chip_in_short_supply_serves_only_beside_others(void **state)
{
    struct question q;
    ask(*state, &q);
    struct su_mix_result r = solve(*state, &q);
    const struct su_mix_fleet *alone = NULL; /* the cheapest of one chip */
    for (size_t i = r.n_fleets; i-- > 0;)
        alone = r.fleets[i].only != NULL ? &r.fleets[i] : alone;
    assert_non_null(alone);
    uint32_t n = alone->n_servers;
    assert_true(n >= 2);
    const struct su_mix_amount supply[] = {{alone->only, 8 * (n - 1)}};
    q.mix.supply = supply;
    q.mix.n_supply = 1;
    struct su_mix_result limited = solve(*state, &q);
    assert_true(limited.n_fleets > 0);
    assert_true(limited.fleets[0].cost.total.micro >= r.fleets[0].cost.total.micro);
    for (size_t i = 0; i < limited.n_fleets; i++) {
        assert_ptr_not_equal(limited.fleets[i].only, alone->only);
        for (size_t k = 0; k < limited.fleets[i].n_kinds; k++) {
            const struct su_mix_servers *s = &limited.fleets[i].servers[k];
            assert_true(s->accel != alone->only || s->n_bought <= n - 1);
        }
    }
    /* That chip alone is out, by its supply. */
    bool told = false;
    for (size_t i = 0; i < limited.n_excluded; i++) {
        const struct su_mix_exclusion *x = &limited.excluded[i];
        told = told || (x->accel == alone->only && x->n_limits == 1 &&
                        x->limits[0].kind == SU_FLEET_LIMIT_SUPPLY);
    }
    assert_true(told);
}

static void limits_that_contradict_are_named(void **state)
{
    struct question q;
    ask(*state, &q);
    struct su_mix_amount supply[] = {{NULL, 8}, {NULL, 8}};
    for (size_t i = 0; i < 2; i++)
        assert_ok(su_catalog_find_accel(su_catalog_embedded(), two_chips[i], &supply[i].accel,
                                        &((struct fixture *)*state)->err),
                  ((struct fixture *)*state)->err);
    q.mix.supply = supply;
    q.mix.n_supply = 2;
    q.classes[0].request.rate_req_s = 400;
    struct su_mix_result r = solve(*state, &q);
    assert_int_equal(r.n_fleets, 0);
    assert_int_equal(r.n_conflict, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r.conflict[i].kind, SU_FLEET_LIMIT_SUPPLY);
        assert_true(r.conflict[i].raise_known && r.conflict[i].raise > 0);
    }
    assert_string_not_equal(r.conflict[0].name, r.conflict[1].name);
}

static void existing_cards_cost_their_running_only(void **state)
{
    struct fixture *f = *state;
    struct question q;
    ask(f, &q);
    struct su_mix_amount existing[] = {{NULL, 160}};
    assert_ok(su_catalog_find_accel(su_catalog_embedded(), "ascend_910b3_64g", &existing[0].accel,
                                    &f->err),
              f->err);
    q.mix.existing = existing;
    q.mix.n_existing = 1;
    struct su_mix_result r = solve(f, &q);
    assert_ptr_equal(r.fleets[0].only, existing[0].accel);
    assert_int_equal(r.fleets[0].cost.servers.micro, 0);
    assert_true(r.fleets[0].cost.electricity.micro > 0);
}

static void growth_buys_in_stages_and_spares_add_a_replica(void **state)
{
    struct question q;
    ask(*state, &q);
    q.mix.growth_year = 2;
    q.mix.spare = true;
    struct su_mix_result r = solve(*state, &q);
    assert_int_equal(r.n_stages, 3);
    assert_near(r.growth[0], 2, 1e-12);
    assert_near(r.growth[2], 8, 1e-12);
    const struct su_mix_fleet *f = &r.fleets[0];
    for (size_t i = 0; i < f->n_parts; i++)
        assert_int_equal(f->parts[i].n_spare, 1);
    uint32_t first = 0;
    uint32_t last = 0;
    for (size_t k = 0; k < f->n_kinds; k++) {
        first += f->servers[k].n_servers[0];
        last += f->servers[k].n_servers[2];
    }
    assert_true(last >= 3 * first && last <= 6 * first);
    /* Tokens: the integral of 2^(t/12) over 36 months is 12/ln 2 * 7. */
    assert_near(r.mtok_output, 12 / log(2) * 7 * 30.4375 * 86400 * (40 * 200 + 60 * 20) / 1e6,
                1e-9);
}

static void a_split_deployment_sends_its_kv_and_keeps_the_levels(void **state)
{
    struct fixture *f = *state;
    struct question q;
    ask(f, &q);
    struct su_plan_request *c = &q.classes[0].request;
    c->traffic.capacity = true;
    struct su_plan_result r;
    assert_ok(su_plan_search(&f->arena, c, &r, &f->err), f->err);
    const struct su_plan *like = &r.plans[0];
    struct su_split *split = SU_NEW(&f->arena, struct su_split);
    assert_ok(su_split_screen(&f->arena, c, like, split, &f->err), f->err);
    assert_int_not_equal(split->state, SU_SPLIT_NO_NETWORK);
    assert_ok(su_split_measure(&f->arena, c, like, split, &f->err), f->err);
    assert_true(split->measured);
    /* Qwen3-8B: 36 layers of 8 KV heads of 128, keys and values, two bytes. */
    assert_near(split->link.bytes_per_token, 36 * 8 * 128 * 2 * 2, 1e-12);
    double rate = fmin(split->prefill.rate_max_req_s * 2, split->decode.rate_max_req_s * 2) * 0.9;
    struct su_verified figures;
    bool met = false;
    assert_ok(su_split_verify(&f->arena, c, &split->prefill, 2, &split->decode, 2, rate, &figures,
                              &met, &f->err),
              f->err);
    assert_true(met);
    assert_near(figures.output_tok_s, rate * 200, 0.15);
    /* At four times what the prefill half takes, its queue grows. */
    assert_ok(su_split_verify(&f->arena, c, &split->prefill, 1, &split->decode, 8,
                              split->prefill.rate_max_req_s * 4, &figures, &met, &f->err),
              f->err);
    assert_false(met);
}

/* Oracle: the steady state's highest rate, over all chips, formats and cuts. */
static void no_rate_exceeds_the_bound_that_screening_uses(void **state)
{
    struct fixture *f = *state;
    const char *const models[] = {"qwen3-8b", "qwen3-30b-a3b", "llama-3-70b"};
    const struct su_slo none = {0};
    size_t n = 0;
    for (size_t m = 0; m < 3; m++) {
        struct su_plan_request q = request(f, models[m], (struct su_load){800, 0, 120, 0}, 1);
        for (size_t i = 0; i < q.catalog->n_accels; i++) {
            const struct su_accel *accel = &q.catalog->accels[i];
            struct su_site site = {
                .request = &q,
                .accel = accel,
                .server = su_catalog_server_for(q.catalog, accel->id),
                .n_cards_server = 8,
            };
            uint32_t tp = 1u << i % 4;
            struct su_deployment d;
            struct su_plan *p = SU_NEW(&f->arena, struct su_plan);
            if (!su_device_has_dtype(accel, SU_DTYPE_bf16, false) ||
                su_site_prepare(&site, (struct su_parallel){tp, 1, 1, 1}, SU_DTYPE_bf16, p, &d,
                                &f->err) != SU_OK ||
                !p->memory.fits || p->limits.kv_capacity_tokens < 2000 ||
                (tp > 1 && d.device.link_bytes_per_s <= 0))
                continue;
            double most = su_steady_max_rate(&d, &p->limits, &q.load, &none);
            double bound = su_search_rate_bound(&d, &p->limits, &q.load);
            if (most > bound)
                fail_msg("%s on %s tp %u: %g above %g", models[m], accel->id, tp, most, bound);
            n++;
        }
    }
    assert_true(n > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(the_mix_costs_no_more_than_any_chip_alone),
        fixture_test(a_chip_in_short_supply_serves_only_beside_others),
        fixture_test(limits_that_contradict_are_named),
        fixture_test(existing_cards_cost_their_running_only),
        fixture_test(growth_buys_in_stages_and_spares_add_a_replica),
        fixture_test(a_split_deployment_sends_its_kv_and_keeps_the_levels),
        fixture_test(no_rate_exceeds_the_bound_that_screening_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
