/* The planner as a whole: what every answer must satisfy, on briefs of three dates, and a brute
 * force over the deployments of one chip. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalog/temp_dir.h"
#include "model/fixture.h"
#include "plan/plan.h"

static const char *const datacenter[] = {"datacenter", "workstation", NULL};

static struct su_date date(const char *text)
{
    struct su_date d;
    assert_true(su_date_parse(su_str_c(text), &d));
    return d;
}

/* A chat service on Qwen3-32B for a buyer in China. */
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
        .channels = {.official = true},
        .markets = datacenter,
        .dtypes = 1u << SU_DTYPE_bf16 | 1u << SU_DTYPE_fp8 | 1u << SU_DTYPE_int8,
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

static const struct su_exclusion *exclusion_of(const struct su_plan_result *r, const char *chip)
{
    for (size_t i = 0; i < r->n_excluded; i++) {
        if (strcmp(r->excluded[i].accel->id, chip) == 0)
            return &r->excluded[i];
    }
    return NULL;
}

static void check_ranking(const struct su_plan_result *r)
{
    for (size_t i = 0; i < r->n_plans; i++) {
        const struct su_plan *p = &r->plans[i];
        assert_int_equal(p->quote.known, i < r->n_priced);
        assert_int_equal(p->price_to_win_known, i >= r->n_priced && r->n_priced > 0);
        if (i == 0)
            continue;
        const struct su_plan *before = &r->plans[i - 1];
        if (i < r->n_priced)
            assert_true(before->cost.total.micro <= p->cost.total.micro);
        else if (i > r->n_priced)
            assert_true(before->n_servers <= p->n_servers);
    }
}

/* All chips are accounted for, once. */
static void check_accounts(const struct su_plan_request *q, const struct su_plan_result *r)
{
    size_t n_asked = q->catalog->n_accels;
    if (q->chips != NULL)
        for (n_asked = 0; q->chips[n_asked] != NULL; n_asked++)
            ;
    assert_int_equal(r->n_plans + r->n_excluded, n_asked);
    for (size_t i = 0; i < r->n_plans; i++) {
        const char *id = r->plans[i].accel->id;
        assert_null(exclusion_of(r, id));
        assert_ptr_equal(plan_of(r, id), &r->plans[i]);
    }
    for (size_t i = 0; i < r->n_excluded; i++) {
        const struct su_exclusion *x = &r->excluded[i];
        assert_ptr_equal(exclusion_of(r, x->accel->id), x);
        if (i > 0)
            assert_true(r->excluded[i - 1].constraint <= x->constraint);
        /* A value that is shown against a limit is beyond it. */
        if (x->has_value && x->constraint != SU_CONSTRAINT_EXPORT)
            assert_true(x->value > x->limit && x->unit != NULL);
    }
    assert_int_equal(r->nearest != NULL, r->n_plans == 0 && r->n_excluded > 0);
}

static void check_plan(const struct su_plan_request *q, const struct su_plan_result *r,
                       const struct su_plan *p)
{
    uint32_t cards = p->par.tp * p->par.dp;
    /* Fits. */
    assert_true(p->memory.fits);
    assert_true(p->memory.weights_bytes + p->memory.activations_bytes + p->memory.overhead_bytes <
                p->memory.usable_bytes);
    assert_true((double)p->limits.kv_capacity_tokens >= q->load.isl + q->load.osl);
    assert_true(p->steady.kv_used_frac <= 1);
    /* Serves the peak within the levels. */
    assert_true(su_slo_met(&q->slo, &p->steady));
    assert_true(p->rate_max_req_s * p->n_replicas >= r->peak_rate_req_s * (1 - 1e-9));
    assert_near(p->steady.rate_req_s * p->n_replicas, r->peak_rate_req_s, 1e-9);
    /* Fitted times are not quite monotone: one more replica than the rate alone asks for may be
     * needed to meet the levels at its lower load. */
    assert_true(p->n_replicas <= 2 || p->rate_max_req_s * (p->n_replicas - 2) < r->peak_rate_req_s);
    /* Replicas live inside servers, and none is bought in vain. */
    assert_true(cards <= p->n_cards_server);
    assert_int_equal(p->n_cards, p->n_replicas * cards);
    uint32_t per_server = p->n_cards_server / cards;
    assert_true(p->n_servers * per_server >= p->n_replicas);
    assert_true((p->n_servers - 1) * per_server < p->n_replicas);
    assert_true((q->dtypes >> p->weight_dtype & 1) == 1);
    /* Ranges hold the figure between them. */
    assert_true(p->ttft_s.low <= p->steady.ttft_s && p->steady.ttft_s <= p->ttft_s.high);
    assert_true(p->tpot_s.low <= p->steady.tpot_s && p->steady.tpot_s <= p->tpot_s.high);
    assert_true(p->output_tok_s_max.low <= p->output_tok_s_max.high);
    if (p->quote.known) {
        assert_near(p->cost_per_mtok, su_money_amount(p->cost.total) / r->mtok_output, 1e-12);
        assert_true(p->cost_per_mtok_range.low <= p->cost_per_mtok);
        assert_true(p->cost_per_mtok <= p->cost_per_mtok_range.high);
    }
    /* The breakdowns are of the steps that are shown. */
    assert_true(p->decode_cost.total_s > 0 && p->prefill_cost.total_s > p->decode_cost.total_s);
}

static void check_all(struct fixture *f, const struct su_plan_request *q,
                      struct su_plan_result *result)
{
    *result = search(f, q);
    check_ranking(result);
    check_accounts(q, result);
    for (size_t i = 0; i < result->n_plans; i++)
        check_plan(q, result, &result->plans[i]);
}

static void every_plan_of_three_dates_keeps_its_promises(void **state)
{
    const char *const dates[] = {"2024-07-14", "2025-05-01", "2026-11-01"};
    for (size_t i = 0; i < 3; i++) {
        struct su_plan_request q = request(*state, dates[i]);
        struct su_plan_result r;
        check_all(*state, &q, &r);
        assert_true(r.n_plans > 3 && r.n_excluded > 3);
        /* 36 months of 30.4375 days of 24 hours at 2/s and 500 tokens. */
        assert_near(r.mtok_output, 36 * 30.4375 * 24 * 3600 * 2 * 500 / 1e6, 1e-12);
        assert_near(r.peak_rate_req_s, 4, 1e-15);
    }
}

static void experts_and_other_formats_keep_the_promises_too(void **state)
{
    struct su_plan_request q = request(*state, "2026-11-01");
    q.graph = load_graph(*state, "deepseek-v3");
    q.region = "us";
    q.currency = SU_USD;
    q.dtypes |= 1u << SU_DTYPE_int4;
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_non_null(plan_of(&r, "h200_sxm_141g"));
}

static void an_open_list_of_markets_takes_all_but_processors(void **state)
{
    struct su_plan_request q = request(*state, "2026-11-01");
    q.region = "us";
    q.markets = NULL;
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_non_null(plan_of(&r, "rtx_5090_32g"));
    assert_int_equal(exclusion_of(&r, "epyc_9755")->constraint, SU_CONSTRAINT_MARKET);
}

static void the_date_decides_what_may_be_bought(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    struct su_plan_result r = search(*state, &q);
    assert_non_null(plan_of(&r, "h20_sxm_96g"));
    assert_int_equal(exclusion_of(&r, "h100_sxm_80g")->constraint, SU_CONSTRAINT_EXPORT);
    assert_int_equal(exclusion_of(&r, "h20_3e_141g") == NULL, plan_of(&r, "h20_3e_141g") != NULL);
    assert_int_equal(exclusion_of(&r, "b200_sxm_180g")->constraint, SU_CONSTRAINT_RELEASE);

    q.date = date("2025-05-01");
    r = search(*state, &q);
    const struct su_exclusion *x = exclusion_of(&r, "h20_sxm_96g");
    assert_non_null(x);
    assert_int_equal(x->constraint, SU_CONSTRAINT_EXPORT);
    /* By its memory bandwidth: 4000 GB/s against 1400. */
    assert_near(x->value, 4000, 1e-12);
    assert_near(x->limit, 1400, 1e-12);
    assert_string_equal(x->unit, "GB/s");
    assert_int_equal(exclusion_of(&r, "b200_sxm_180g")->constraint, SU_CONSTRAINT_EXPORT);

    /* Case by case from July 2025: for a buyer who counts on the licence. */
    q.date = date("2026-11-01");
    r = search(*state, &q);
    assert_int_equal(exclusion_of(&r, "h20_sxm_96g")->constraint, SU_CONSTRAINT_EXPORT);
    q.authorisation = SU_AUTHORISATION_CASE_BY_CASE;
    r = search(*state, &q);
    assert_non_null(plan_of(&r, "h20_sxm_96g"));
    assert_int_equal(exclusion_of(&r, "b200_sxm_180g")->constraint, SU_CONSTRAINT_EXPORT);
}

static void stock_in_the_country_is_another_channel(void **state)
{
    struct su_plan_request q = request(*state, "2025-05-01");
    q.channels.grey = true;
    q.channels.second_hand = true;
    struct su_plan_result r = search(*state, &q);
    assert_non_null(plan_of(&r, "h20_sxm_96g"));
    assert_non_null(plan_of(&r, "h100_sxm_80g"));
}

static void other_regions_know_no_export_class(void **state)
{
    struct su_plan_request q = request(*state, "2025-05-01");
    q.region = "us";
    struct su_plan_result r = search(*state, &q);
    assert_non_null(plan_of(&r, "h100_sxm_80g"));
    for (size_t i = 0; i < r.n_excluded; i++)
        assert_int_not_equal(r.excluded[i].constraint, SU_CONSTRAINT_EXPORT);
}

static void domestic_only_leaves_the_regions_own_makers(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    q.domestic_only = true;
    struct su_plan_result r = search(*state, &q);
    assert_true(r.n_plans > 0);
    for (size_t i = 0; i < r.n_plans; i++)
        assert_string_equal(r.plans[i].accel->origin, "CN");
    assert_int_equal(exclusion_of(&r, "h20_sxm_96g")->constraint, SU_CONSTRAINT_VENDOR);
}

static void vendors_are_chosen_or_forbidden(void **state)
{
    static const char *const nvidia[] = {"nvidia", NULL};
    struct su_plan_request q = request(*state, "2024-07-14");
    q.vendors_forbidden = nvidia;
    struct su_plan_result r = search(*state, &q);
    assert_true(r.n_plans > 0);
    for (size_t i = 0; i < r.n_plans; i++)
        assert_true(strcasecmp(r.plans[i].accel->vendor, "NVIDIA") != 0);
    q.vendors_forbidden = NULL;
    q.vendors_only = nvidia;
    r = search(*state, &q);
    assert_non_null(plan_of(&r, "h20_sxm_96g"));
    for (size_t i = 0; i < r.n_plans; i++)
        assert_string_equal(r.plans[i].accel->vendor, "NVIDIA");
}

static void only_the_chips_asked_for_are_answered(void **state)
{
    static const char *const two[] = {"h20_sxm_96g", "h100_sxm_80g", NULL};
    struct su_plan_request q = request(*state, "2024-07-14");
    q.chips = two;
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 1);
    assert_int_equal(r.n_excluded, 1);
}

static void a_budget_or_a_power_limit_excludes_by_its_value(void **state)
{
    static const char *const h20[] = {"h20_sxm_96g", NULL};
    struct su_plan_request q = request(*state, "2024-07-14");
    q.chips = h20;
    struct su_plan_result free_result = search(*state, &q);
    assert_int_equal(free_result.n_plans, 1);
    double total = su_money_amount(free_result.plans[0].cost.total);
    double kw = free_result.plans[0].cost.power_kw;

    q.budget_known = true;
    assert_ok(su_money_make(total * 0.999, SU_CNY, &q.budget, &((struct fixture *)*state)->err),
              ((struct fixture *)*state)->err);
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 0);
    assert_int_equal(r.excluded[0].constraint, SU_CONSTRAINT_BUDGET);
    assert_near(r.excluded[0].value, total, 1e-9);
    assert_near(r.excluded[0].limit, total * 0.999, 1e-9);
    assert_string_equal(r.excluded[0].unit, "CNY");
    q.budget.micro += (int64_t)(total * 0.002 * 1e6);
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 1);

    q.budget_known = false;
    q.power_max_kw = kw * 0.99;
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 0);
    assert_int_equal(r.excluded[0].constraint, SU_CONSTRAINT_POWER);
    assert_near(r.excluded[0].value, kw, 1e-9);
    assert_string_equal(r.excluded[0].unit, "kW");
    q.power_max_kw = kw * 1.01;
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 1);
}

static void impossible_levels_leave_no_plan_and_name_the_nearest_miss(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    q.slo = (struct su_slo){.tpot_p99_s = 1e-4};
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_int_equal(r.n_plans, 0);
    assert_non_null(r.nearest);
    assert_int_equal(r.nearest->constraint, SU_CONSTRAINT_SLO);
    assert_string_equal(r.nearest->what, "tpot_p99");
    assert_near(r.nearest->limit, 0.1, 1e-12); /* ms */
    /* None is nearer. */
    for (size_t i = 0; i < r.n_excluded; i++) {
        if (r.excluded[i].constraint == SU_CONSTRAINT_SLO && r.excluded[i].has_value)
            assert_true(r.excluded[i].value >= r.nearest->value);
    }
}

static void a_model_too_large_says_how_much_is_missing(void **state)
{
    static const char *const l20[] = {"l20_48g", NULL};
    struct su_plan_request q = request(*state, "2024-07-14");
    q.graph = load_graph(*state, "deepseek-v3");
    q.chips = l20;
    struct su_plan_result r;
    check_all(*state, &q, &r);
    assert_int_equal(r.excluded[0].constraint, SU_CONSTRAINT_MEMORY);
    /* 671 GB in 8 bit over eight cards are 78 GiB each; a card offers 48 * 0.98 * 0.9. */
    assert_true(r.excluded[0].value > 78);
    assert_near(r.excluded[0].limit, 48 * 0.98 * 0.9, 1e-6);
}

/* Oracle: every format and every tensor cut of one chip, sized with the public functions alone. */
static void no_deployment_needs_fewer_servers_than_the_plan(void **state)
{
    struct fixture *f = *state;
    const char *const chips[] = {"h20_sxm_96g", "ascend_910b3_64g", "l20_48g", "kunlun_p800"};
    const double rates[] = {0.5, 8, 60};
    for (size_t c = 0; c < 4; c++) {
        for (size_t k = 0; k < 3; k++) {
            struct su_plan_request q = request(f, "2024-07-14");
            const char *const one[] = {chips[c], NULL};
            q.chips = one;
            q.rate_req_s = rates[k];
            struct su_plan_result r = search(f, &q);
            assert_int_equal(r.n_plans, 1);
            const struct su_accel *accel = r.plans[0].accel;
            const struct su_server *server = su_catalog_server_for(q.catalog, chips[c]);
            for (uint32_t tp = 1; tp <= 8; tp *= 2) {
                for (int dtype = 0; dtype < SU_DTYPE_COUNT; dtype++) {
                    if ((q.dtypes >> dtype & 1) == 0 ||
                        !su_device_has_dtype(accel, (enum su_dtype)dtype, false))
                        continue;
                    struct su_memory_request mr = {
                        .graph = q.graph,
                        .par = {tp, 1, 1, 1},
                        .weight_dtype = (enum su_dtype)dtype,
                        .kv_dtype = SU_DTYPE_bf16,
                        .card_bytes = su_memory_visible_bytes(su_accel_mem_bytes(accel)),
                        .utilization_frac = 0.9,
                        .max_batched_tokens = r.plans[0].limits.max_num_batched_tokens,
                        .max_sequences = r.plans[0].limits.max_num_seqs,
                        .block_tokens = 16,
                    };
                    struct su_engine_limits limits = r.plans[0].limits;
                    limits.kv_capacity_tokens = su_memory_map(&mr).kv_capacity_tokens;
                    if (limits.kv_capacity_tokens < 2500)
                        continue;
                    struct su_deployment d = {.graph = q.graph,
                                              .par = mr.par,
                                              .weight_dtype = mr.weight_dtype,
                                              .kv_dtype = mr.kv_dtype,
                                              .eff = su_eff_of(q.catalog, accel, SU_EFF_MID)};
                    assert_ok(su_device_init(&d.device, accel, server, mr.weight_dtype, &f->err),
                              f->err);
                    double max = su_steady_max_rate(&d, &limits, &q.load, &q.slo);
                    if (max <= 0)
                        continue;
                    double servers = ceil(ceil(rates[k] * 2 / max - 1e-9) / (8 / tp));
                    assert_true(r.plans[0].n_servers <= servers + 1);
                }
            }
        }
    }
}

static void more_load_never_needs_fewer_servers(void **state)
{
    static const char *const h20[] = {"h20_sxm_96g", NULL};
    uint32_t last = 0;
    for (double rate = 0.1; rate < 2000; rate *= 3) {
        struct su_plan_request q = request(*state, "2024-07-14");
        q.chips = h20;
        q.rate_req_s = rate;
        struct su_plan_result r = search(*state, &q);
        assert_int_equal(r.n_plans, 1);
        assert_true(r.plans[0].n_servers >= last);
        last = r.plans[0].n_servers;
    }
    assert_true(last > 100);
}

static void a_chip_of_ten_lines_enters_the_plan_and_wins(void **state)
{
    struct fixture *f = *state;
    struct temp_dir dir;
    temp_dir_init(&dir);
    temp_dir_write(&dir, "accelerators/acme_x1.json",
                   "{\"id\": \"acme_x1\", \"vendor\": \"Acme\", \"name\": \"X1 96GB\", "
                   "\"origin\": \"CN\",\n"
                   " \"market\": \"datacenter\", \"stack\": \"CUDA\", \"release\": \"2024-05\",\n"
                   " \"mem_gb\": 96, \"mem_bw_gbs\": 6000,\n"
                   " \"bf16\": 1000, \"fp16\": 1000, \"fp8\": 2000,\n"
                   " \"link_gbs_total_bidir\": 900, \"pcie\": \"5.0 x16\", \"tdp_w\": 400,\n"
                   " \"source\": \"https://example.org/datasheet\", \"as_of\": \"2024-05-01\",\n"
                   " \"confidence\": \"high\"}\n");
    temp_dir_write(&dir, "prices/acme_x1.csv",
                   "kind,currency,amount_low,amount_high,region,date,channel,scope,use,notes,"
                   "source,as_of,confidence\n"
                   "buy_card,CNY,20000,20000,CN,2024-06,official,card,yes,,"
                   "https://example.org/list,2024-06,high\n");
    struct su_catalog catalog;
    assert_ok(su_catalog_overlay(&f->arena, su_catalog_embedded(), dir.path, &catalog, &f->err),
              f->err);
    struct su_plan_request q = request(f, "2024-07-14");
    struct su_plan_result before = search(f, &q);
    assert_null(plan_of(&before, "acme_x1"));
    q.catalog = &catalog;
    struct su_plan_result r;
    check_all(f, &q, &r);
    assert_string_equal(r.plans[0].accel->id, "acme_x1");
    assert_int_equal(r.n_plans, before.n_plans + 1);
    /* Eight cards of 20 k CNY: by share 229 k, with a host of 15 k USD at 7.2609 269 k. */
    assert_true(r.plans[0].quote.from_cards);
    assert_near(su_money_amount(r.plans[0].quote.mid), 160000 + 15000 * 7.2609, 1e-9);
    /* The unpriced must now beat the new leader. */
    for (size_t i = r.n_priced; i < r.n_plans; i++) {
        const struct su_plan *old = plan_of(&before, r.plans[i].accel->id);
        assert_true(r.plans[i].price_to_win.micro < old->price_to_win.micro);
    }
    temp_dir_release(&dir);
}

static void price_to_win_is_the_price_at_which_it_would_lead(void **state)
{
    struct fixture *f = *state;
    struct su_plan_request q = request(f, "2024-07-14");
    struct su_plan_result r = search(f, &q);
    assert_true(r.n_priced > 0 && r.n_priced < r.n_plans);
    for (size_t i = r.n_priced; i < r.n_plans; i++) {
        const struct su_plan *p = &r.plans[i];
        struct su_cost cost;
        assert_ok(su_cost_of_fleet(&r.cost_basis, p->price_to_win, p->n_servers, p->power, 36,
                                   &cost, &f->err),
                  f->err);
        assert_near(su_money_amount(cost.total), su_money_amount(r.plans[0].cost.total), 1e-9);
    }
}

static void ties_are_overlapping_ranges(void **state)
{
    struct su_plan_request q = request(*state, "2024-07-14");
    struct su_plan_result r = search(*state, &q);
    for (size_t i = 0; i < r.n_plans; i++) {
        bool overlap = i > 0 && i < r.n_priced &&
                       r.plans[i].cost_per_mtok_range.low <= r.plans[0].cost_per_mtok_range.high;
        assert_int_equal(r.plans[i].tie, overlap);
    }
}

static void two_runs_give_the_same_answer(void **state)
{
    struct su_plan_request q = request(*state, "2026-11-01");
    struct su_plan_result a = search(*state, &q);
    struct su_plan_result b = search(*state, &q);
    assert_int_equal(a.n_plans, b.n_plans);
    assert_int_equal(a.n_excluded, b.n_excluded);
    for (size_t i = 0; i < a.n_plans; i++) {
        const struct su_plan *x = &a.plans[i];
        const struct su_plan *y = &b.plans[i];
        assert_ptr_equal(x->accel, y->accel);
        assert_memory_equal(&x->par, &y->par, sizeof(x->par));
        assert_int_equal(x->n_servers, y->n_servers);
        assert_true(x->cost.total.micro == y->cost.total.micro);
        assert_memory_equal(&x->steady.ttft_p99_s, &y->steady.ttft_p99_s, sizeof(double));
        assert_memory_equal(&x->steady.tpot_p99_s, &y->steady.tpot_p99_s, sizeof(double));
        assert_memory_equal(&x->rate_max_req_s, &y->rate_max_req_s, sizeof(double));
        assert_memory_equal(&x->cost_per_mtok_range, &y->cost_per_mtok_range,
                            sizeof(x->cost_per_mtok_range));
    }
    for (size_t i = 0; i < a.n_excluded; i++) {
        assert_ptr_equal(a.excluded[i].accel, b.excluded[i].accel);
        assert_int_equal(a.excluded[i].constraint, b.excluded[i].constraint);
        assert_memory_equal(&a.excluded[i].value, &b.excluded[i].value, sizeof(double));
    }
}

static void engine_defaults_follow_the_cards_memory(void **state)
{
    (void)state;
    uint32_t seqs = 0;
    uint32_t tokens = 0;
    su_plan_engine_defaults(80ULL << 30, &seqs, &tokens);
    assert_int_equal(seqs, 1024);
    assert_int_equal(tokens, 8192);
    seqs = tokens = 0;
    su_plan_engine_defaults(48ULL << 30, &seqs, &tokens);
    assert_int_equal(seqs, 256);
    assert_int_equal(tokens, 2048);
    seqs = 7;
    su_plan_engine_defaults(80ULL << 30, &seqs, &tokens);
    assert_int_equal(seqs, 7);
    assert_int_equal(tokens, 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(every_plan_of_three_dates_keeps_its_promises),
        fixture_test(experts_and_other_formats_keep_the_promises_too),
        fixture_test(an_open_list_of_markets_takes_all_but_processors),
        fixture_test(the_date_decides_what_may_be_bought),
        fixture_test(stock_in_the_country_is_another_channel),
        fixture_test(other_regions_know_no_export_class),
        fixture_test(domestic_only_leaves_the_regions_own_makers),
        fixture_test(vendors_are_chosen_or_forbidden),
        fixture_test(only_the_chips_asked_for_are_answered),
        fixture_test(a_budget_or_a_power_limit_excludes_by_its_value),
        fixture_test(impossible_levels_leave_no_plan_and_name_the_nearest_miss),
        fixture_test(a_model_too_large_says_how_much_is_missing),
        fixture_test(no_deployment_needs_fewer_servers_than_the_plan),
        fixture_test(more_load_never_needs_fewer_servers),
        fixture_test(a_chip_of_ten_lines_enters_the_plan_and_wins),
        fixture_test(price_to_win_is_the_price_at_which_it_would_lead),
        fixture_test(ties_are_overlapping_ranges),
        fixture_test(two_runs_give_the_same_answer),
        fixture_test(engine_defaults_follow_the_cards_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
