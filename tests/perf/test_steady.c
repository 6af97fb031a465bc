/* The steady state of a replica: conservation laws, what must be monotone, the ends of the range
 * where it is exact, and an engine run step by step as oracle. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "perf/deploy.h"

static const struct su_engine_limits limits = {
    .max_num_seqs = 256, .max_num_batched_tokens = 8192, .kv_capacity_tokens = 2000000};

/* Shapes from chat to reading, with prompts below and above the budget of a step. */
static const struct su_load loads[] = {
    {128, 0, 64, 0}, {2000, 0, 500, 0}, {4000, 1, 10, 0}, {12000, 0, 100, 0}, {200, 0.5, 2000, 0}};
#define N_LOADS (sizeof(loads) / sizeof(loads[0]))

/* The deployments that the properties are tried on. */
static const struct {
    const char *model;
    struct su_parallel par;
    enum su_dtype dtype;
} cases[] = {{"qwen3-32b", {8, 1, 1, 1}, SU_DTYPE_bf16},
             {"qwen3-30b-a3b", {1, 1, 1, 1}, SU_DTYPE_bf16},
             {"qwen3-30b-a3b", {1, 1, 4, 4}, SU_DTYPE_fp8}};
#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static struct su_deployment nth(struct fixture *f, size_t i)
{
    return deploy(f, cases[i].model, "h20_sxm_96g", cases[i].par, cases[i].dtype);
}

/* The capacity without service levels. */
static double capacity(const struct su_deployment *d, const struct su_engine_limits *l,
                       const struct su_load *load)
{
    struct su_slo none = {0};
    return su_steady_max_rate(d, l, load, &none);
}

/* Tokens that decode steps hand out per second, from the steps a result shows. */
static double tokens_per_s(const struct su_deployment *d, const struct su_load *load,
                           const struct su_steady *s)
{
    double decode_s = su_step_s(d, &s->step);
    double ranks = d->par.dp;
    double mixed_per_s = s->rate_req_s / ranks * load->isl / s->mixed_step.prefill_tokens;
    double decode_per_s = (1 - s->utilization_frac) / decode_s;
    return s->mixed_step.decode_seqs * ranks * (mixed_per_s + decode_per_s);
}

static void open_loop_tokens_balance(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        for (size_t k = 0; k < N_LOADS; k++) {
            double max = capacity(&d, &limits, &loads[k]);
            for (double share = 0.01; share < 1; share += 0.1) {
                struct su_steady s = su_steady_at_rate(&d, &limits, &loads[k], share * max);
                assert_false(s.saturated);
                assert_near(s.rate_req_s, share * max, 1e-12);
                assert_near(tokens_per_s(&d, &loads[k], &s), s.rate_req_s * (loads[k].osl - 1),
                            2e-3);
                /* Little's law for those that decode. */
                assert_near(s.rate_req_s * (loads[k].osl - 1) * s.tpot_s, s.decode_seqs, 2e-3);
                assert_near(s.output_tok_s, s.rate_req_s * loads[k].osl, 1e-12);
            }
        }
    }
}

static void closed_loop_obeys_littles_law(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        for (size_t k = 0; k < N_LOADS; k++) {
            double last_rate = 0;
            for (double n = 1; n < 5000; n *= 1.7) {
                struct su_steady s = su_steady_at_concurrency(&d, &limits, &loads[k], n);
                double stay_s = s.ttft_s + (loads[k].osl - 1) * s.tpot_s;
                assert_near(s.rate_req_s * stay_s, n, 1e-6);
                assert_near(s.rate_req_s * (loads[k].osl - 1) * s.tpot_s, s.decode_seqs, 1e-6);
                assert_true(s.ttft_p99_s >= s.ttft_s && s.tpot_p99_s >= s.tpot_s);
                /* Beyond the places more requests only wait. */
                assert_true(s.rate_req_s >= last_rate * (1 - 1e-3));
                last_rate = s.rate_req_s;
            }
        }
    }
}

static void latency_never_falls_when_the_rate_rises(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        for (size_t k = 0; k < N_LOADS; k++) {
            double max = capacity(&d, &limits, &loads[k]);
            struct su_steady last = {0};
            for (double share = 1e-6; share < 0.995; share = fmax(share * 1.2, share)) {
                struct su_steady s = su_steady_at_rate(&d, &limits, &loads[k], share * max);
                /* 0.1 %: the depth is found to 1e-4. */
                assert_true(s.ttft_s >= last.ttft_s * 0.999);
                assert_true(s.ttft_p99_s >= last.ttft_p99_s * 0.999);
                assert_true(s.tpot_s >= last.tpot_s * 0.999);
                assert_true(s.tpot_p99_s >= last.tpot_p99_s * 0.999);
                assert_true(s.ttft_p99_s >= s.ttft_s && s.tpot_p99_s >= s.tpot_s);
                assert_true(s.kv_used_frac <= 1 && s.utilization_frac <= 1);
                last = s;
            }
        }
    }
}

static void latency_has_no_jumps(void **state)
{
    /* Prompts begin to share steps somewhere on the way: nothing may leap there. */
    struct su_deployment d = nth(*state, 0);
    double max = capacity(&d, &limits, &loads[0]);
    struct su_steady last = su_steady_at_rate(&d, &limits, &loads[0], 0.2 * max);
    for (double share = 0.201; share < 0.9; share += 0.001) {
        struct su_steady s = su_steady_at_rate(&d, &limits, &loads[0], share * max);
        assert_true(s.ttft_s < last.ttft_s * 1.05);
        assert_true(s.ttft_p99_s < last.ttft_p99_s * 1.05);
        assert_true(s.tpot_s < last.tpot_s * 1.05);
        last = s;
    }
}

static void a_lone_request_sees_bare_steps(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        struct su_load load = {2000, 0, 500, 0};
        struct su_steady idle = su_steady_at_rate(&d, &limits, &load, 1e-7);
        struct su_step prefill = prefill_of(2000);
        struct su_step decode = decode_of(1, 2250);
        double decode_s = su_step_s(&d, &decode);
        /* An arrival finds nothing running, or waits half a step at the very most. */
        assert_near(idle.ttft_s, su_step_s(&d, &prefill) + decode_s / 2, 3e-3);
        assert_near(idle.tpot_s, decode_s, 1e-3);
        struct su_steady one = su_steady_at_concurrency(&d, &limits, &load, 1);
        assert_near(one.ttft_s, su_step_s(&d, &prefill), 1e-9);
        assert_near(one.tpot_s, decode_s, 1e-9);
        assert_near(one.rate_req_s, 1 / (su_step_s(&d, &prefill) + 499 * decode_s), 1e-9);
    }
}

static void a_prompt_above_the_budget_takes_several_steps(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {16384, 0, 2, 0};
    struct su_steady one = su_steady_at_concurrency(&d, &limits, &load, 1);
    struct su_step first = prefill_of(8192);
    struct su_step second = {.prefill_tokens = 8192, .prefill_seqs = 1, .prefill_kv_tokens = 16384};
    assert_near(one.ttft_s, su_step_s(&d, &first) + su_step_s(&d, &second), 0.01);
}

static void short_answers_share_every_step(void **state)
{
    /* 30 present, three tokens each: in every step 10 are prefilled and 20 decode. */
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {100, 0, 3, 0};
    struct su_step step = {.prefill_tokens = 1000,
                           .prefill_seqs = 10,
                           .prefill_kv_tokens = 100,
                           .decode_seqs = 20,
                           .decode_kv_tokens = 101.5};
    struct su_steady s = su_steady_at_concurrency(&d, &limits, &load, 30);
    assert_near(s.rate_req_s, 10 / su_step_s(&d, &step), 1e-9);
    assert_near(s.tpot_s, su_step_s(&d, &step), 1e-9);
    assert_near(s.ttft_s, su_step_s(&d, &step), 1e-9);
    assert_near(s.decode_seqs, 20, 1e-9);
}

static void the_highest_rate_meets_the_levels_and_a_little_more_does_not(void **state)
{
    const struct su_slo slos[] = {{2, 0, 0.1, 0},  {0, 1, 0, 0},  {0, 0, 0, 0.03},
                                  {0, 0, 0.02, 0}, {10, 0, 0, 0}, {0, 0, 0, 0}};
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        for (size_t k = 0; k < N_LOADS; k++) {
            for (size_t s = 0; s < sizeof(slos) / sizeof(slos[0]); s++) {
                double max = su_steady_max_rate(&d, &limits, &loads[k], &slos[s]);
                struct su_steady idle = su_steady_at_rate(&d, &limits, &loads[k], 1e-7);
                if (max <= 0) {
                    assert_false(su_slo_met(&slos[s], &idle));
                    continue;
                }
                assert_true(su_slo_met(&slos[s], &idle));
                struct su_steady below =
                    su_steady_at_rate(&d, &limits, &loads[k], max * (1 - 1e-3));
                assert_true(su_slo_met(&slos[s], &below));
                struct su_steady above = su_steady_at_rate(&d, &limits, &loads[k], max * 1.05);
                assert_false(su_slo_met(&slos[s], &above));
            }
        }
    }
}

static void tighter_levels_never_allow_a_higher_rate(void **state)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct su_deployment d = nth(*state, i);
        for (size_t k = 0; k < N_LOADS; k++) {
            double last_ttft = INFINITY;
            double last_tpot = INFINITY;
            for (double factor = 100; factor > 0.01; factor /= 1.5) {
                struct su_slo ttft = {.ttft_p99_s = factor};
                struct su_slo tpot = {.tpot_p99_s = factor / 10};
                double by_ttft = su_steady_max_rate(&d, &limits, &loads[k], &ttft);
                double by_tpot = su_steady_max_rate(&d, &limits, &loads[k], &tpot);
                assert_true(by_ttft <= last_ttft * (1 + 2e-3));
                assert_true(by_tpot <= last_tpot * (1 + 2e-3));
                last_ttft = by_ttft;
                last_tpot = by_tpot;
            }
        }
    }
}

static void an_answer_of_one_token_is_prefill_only(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {500, 0, 1, 0};
    struct su_step alone = prefill_of(500);
    struct su_steady idle = su_steady_at_rate(&d, &limits, &load, 1e-6);
    assert_near(idle.ttft_s, su_step_s(&d, &alone) + d.eff.overhead_s / 2, 1e-3);
    assert_near(idle.tpot_s, 0, 0);
    assert_near(idle.decode_seqs, 0, 0);
    struct su_steady one = su_steady_at_concurrency(&d, &limits, &load, 1);
    assert_near(one.rate_req_s, 1 / su_step_s(&d, &alone), 1e-9);
    /* Steps filled to the budget are the most: 8192/500 prompts each. */
    struct su_step full = {
        .prefill_tokens = 8192, .prefill_seqs = 8192 / 500.0, .prefill_kv_tokens = 500};
    double most = 8192 / 500.0 / su_step_s(&d, &full);
    assert_near(capacity(&d, &limits, &load), 0.99 * most, 1e-3);
    struct su_steady over = su_steady_at_rate(&d, &limits, &load, 2 * most);
    assert_true(over.saturated);
    assert_near(over.rate_req_s, 0.99 * most, 1e-9);
    double last_s = 0;
    for (double share = 0.01; share < 0.98; share += 0.01) {
        struct su_steady s = su_steady_at_rate(&d, &limits, &load, share * most);
        assert_true(s.ttft_p99_s >= last_s && s.ttft_p99_s >= s.ttft_s);
        last_s = s.ttft_p99_s;
    }
    struct su_steady many = su_steady_at_concurrency(&d, &limits, &load, 100);
    assert_near(many.rate_req_s * many.ttft_s, 100, 1e-9);
    assert_near(many.rate_req_s, most, 1e-9);
}

static void kv_capacity_binds(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {2000, 0, 500, 0};
    struct su_engine_limits tight = limits;
    tight.kv_capacity_tokens = 20 * 2250; /* room for 20 sequences of mean length */
    struct su_steady s = su_steady_at_concurrency(&d, &tight, &load, 64);
    assert_true(s.saturated);
    assert_true(s.decode_seqs <= 20);
    struct su_steady roomy = su_steady_at_concurrency(&d, &limits, &load, 64);
    assert_true(roomy.rate_req_s > 1.2 * s.rate_req_s);
    assert_true(roomy.ttft_s < s.ttft_s);
    /* Not one request: nothing is served. */
    tight.kv_capacity_tokens = 1000;
    s = su_steady_at_rate(&d, &tight, &load, 0.1);
    assert_true(s.saturated);
    assert_near(s.rate_req_s, 0, 0);
    assert_near(capacity(&d, &tight, &load), 0, 0);
}

static void waiting_for_a_place_grows_towards_capacity(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {2000, 0, 500, 0};
    struct su_engine_limits tight = limits;
    tight.kv_capacity_tokens = 20 * 2250;
    double max = capacity(&d, &tight, &load);
    struct su_steady calm = su_steady_at_rate(&d, &tight, &load, 0.5 * max);
    struct su_steady calm_roomy = su_steady_at_rate(&d, &limits, &load, 0.5 * max);
    assert_near(calm.ttft_p99_s, calm_roomy.ttft_p99_s, 0.05);
    struct su_steady full = su_steady_at_rate(&d, &tight, &load, 0.99 * max);
    struct su_steady full_roomy = su_steady_at_rate(&d, &limits, &load, 0.99 * max);
    assert_true(full.ttft_p99_s > 5 * full_roomy.ttft_p99_s);
}

static void phase_rates_are_those_of_their_steps(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {2000, 0, 500, 0};
    struct su_step decode = decode_of(64, 2250);
    assert_near(su_decode_tok_s_per_gpu(&d, &load, 64), 64 / su_step_s(&d, &decode) / 8, 1e-12);
    struct su_step prefill = {
        .prefill_tokens = 8192, .prefill_seqs = 8192 / 2000.0, .prefill_kv_tokens = 2000};
    assert_near(su_prefill_tok_s_per_gpu(&d, &limits, &load), 8192 / su_step_s(&d, &prefill) / 8,
                1e-12);
}

static void a_link_nobody_states_serves_nothing_across_cards(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {2000, 0, 500, 0};
    d.device.link_bytes_per_s = 0;
    struct su_steady s = su_steady_at_rate(&d, &limits, &load, 1);
    assert_true(s.saturated);
    assert_false(isnan(s.ttft_s) != 0 || isnan(s.tpot_s) != 0);
    s = su_steady_at_concurrency(&d, &limits, &load, 8);
    assert_true(s.saturated);
    assert_false(isnan(s.ttft_s) != 0 || isnan(s.tpot_s) != 0);
    assert_near(capacity(&d, &limits, &load), 0, 0);
}

/* ---- oracle: an engine run step by step ---- */

#define REQUESTS_MAX 4096

struct request {
    double arrival_s;
    double prompt_left;
    double tokens; /* made so far */
    double first_s;
    double last_s;
};

struct engine {
    const struct su_deployment *d;
    const struct su_load *load;
    struct request requests[REQUESTS_MAX];
    size_t n_requests;
    size_t n_arrived;   /* requests[0..n) are known to the engine */
    size_t done_before; /* requests before this one are finished */
    double now_s;
};

/* One step, first come first served, chunked prefill, lengths as their means: decodes first, then
 * prompts up to the budget. False when there is nothing to do. */
static bool engine_step(struct engine *e, double seqs_max)
{
    struct su_step step = {0};
    double room = limits.max_num_batched_tokens;
    double running = 0;
    double context = 0;
    double ends = 0;
    double chunk[REQUESTS_MAX];
    for (size_t i = e->done_before; i < e->n_arrived; i++) {
        struct request *r = &e->requests[i];
        chunk[i] = 0;
        if (r->tokens >= 1 && r->tokens < e->load->osl) {
            step.decode_seqs++;
            context += e->load->isl + r->tokens;
            room--;
            running++;
        }
    }
    for (size_t i = e->done_before; i < e->n_arrived && running < seqs_max; i++) {
        struct request *r = &e->requests[i];
        if (r->prompt_left <= 0 || room < 1)
            continue;
        chunk[i] = fmin(r->prompt_left, room);
        room -= chunk[i];
        running++;
        step.prefill_tokens += chunk[i];
        step.prefill_seqs++;
        ends += e->load->isl - r->prompt_left + chunk[i];
    }
    if (step.decode_seqs + step.prefill_seqs < 1)
        return false;
    step.decode_kv_tokens = step.decode_seqs > 0 ? context / step.decode_seqs : 0;
    step.prefill_kv_tokens = step.prefill_seqs > 0 ? ends / step.prefill_seqs : 0;
    e->now_s += su_step_s(e->d, &step);
    for (size_t i = e->done_before; i < e->n_arrived; i++) {
        struct request *r = &e->requests[i];
        bool decoding = r->tokens >= 1 && r->tokens < e->load->osl;
        r->prompt_left -= chunk[i];
        if (decoding || (chunk[i] > 0 && r->prompt_left <= 0)) {
            r->tokens++;
            r->last_s = e->now_s;
            r->first_s = r->tokens > 1 ? r->first_s : e->now_s;
        }
    }
    while (e->done_before < e->n_arrived && e->requests[e->done_before].tokens >= e->load->osl)
        e->done_before++;
    return true;
}

struct measured {
    double ttft_s;
    double ttft_p99_s;
    double tpot_s;
    double tpot_p99_s;
    double rate_req_s;
};

static int by_size(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

/* Over the requests from..to, after warming up. */
static struct measured measure(const struct engine *e, size_t from, size_t to)
{
    double ttft[REQUESTS_MAX];
    double tpot[REQUESTS_MAX];
    struct measured m = {0};
    for (size_t i = from; i < to; i++) {
        const struct request *r = &e->requests[i];
        ttft[i - from] = r->first_s - r->arrival_s;
        m.ttft_s += ttft[i - from] / (double)(to - from);
        tpot[i - from] = (r->last_s - r->first_s) / (e->load->osl - 1);
        m.tpot_s += tpot[i - from] / (double)(to - from);
    }
    qsort(ttft, to - from, sizeof(ttft[0]), by_size);
    qsort(tpot, to - from, sizeof(tpot[0]), by_size);
    m.ttft_p99_s = ttft[(size_t)((double)(to - from) * 0.99)];
    m.tpot_p99_s = tpot[(size_t)((double)(to - from) * 0.99)];
    m.rate_req_s = (double)(to - from) / (e->requests[to].first_s - e->requests[from].first_s);
    return m;
}

static void add_request(struct engine *e, double arrival_s)
{
    assert_true(e->n_requests < REQUESTS_MAX);
    e->requests[e->n_requests++] =
        (struct request){.arrival_s = arrival_s, .prompt_left = e->load->isl};
}

static struct measured run_open(struct fixture *f, const struct su_deployment *d,
                                const struct su_load *load, double rate_req_s, double seqs_max,
                                size_t n)
{
    struct engine *e = SU_NEW(&f->arena, struct engine);
    e->d = d;
    e->load = load;
    struct su_rng rng;
    su_rng_init(&rng, 1, "arrivals", 0);
    double at_s = 0;
    for (size_t i = 0; i < n; i++) {
        at_s += -log(1 - su_rng_uniform(&rng)) / rate_req_s;
        add_request(e, at_s);
    }
    while (e->done_before < n) {
        while (e->n_arrived < n && e->requests[e->n_arrived].arrival_s <= e->now_s)
            e->n_arrived++;
        if (!engine_step(e, seqs_max))
            e->now_s = e->requests[e->n_arrived].arrival_s;
    }
    return measure(e, n / 5, n - n / 10);
}

static struct measured run_closed(struct fixture *f, const struct su_deployment *d,
                                  const struct su_load *load, size_t concurrency, size_t n)
{
    struct engine *e = SU_NEW(&f->arena, struct engine);
    e->d = d;
    e->load = load;
    struct su_rng rng;
    su_rng_init(&rng, 1, "stagger", 0);
    /* The first ones are spread over the life of a request, so that they do not march in step. */
    for (size_t i = 0; i < concurrency; i++) {
        add_request(e, 0);
        e->requests[i].prompt_left = 0;
        e->requests[i].tokens = floor(1 + su_rng_uniform(&rng) * (load->osl - 1));
    }
    size_t finished = 0;
    e->n_arrived = e->n_requests;
    while (e->n_requests < n) {
        assert_true(engine_step(e, limits.max_num_seqs));
        size_t now_finished = 0;
        for (size_t i = 0; i < e->n_requests; i++)
            now_finished += e->requests[i].tokens >= load->osl;
        for (; finished < now_finished && e->n_requests < n; finished++)
            add_request(e, e->now_s);
        e->n_arrived = e->n_requests;
    }
    return measure(e, concurrency + n / 5, n - concurrency - n / 10);
}

static void closed_loop_agrees_with_an_engine_run_step_by_step(void **state)
{
    const struct {
        struct su_load load;
        size_t concurrency;
        double rate_tolerance;
        double tpot_tolerance;
    } runs[] = {{{2000, 0, 200, 0}, 1, 0.01, 0.01},  {{2000, 0, 200, 0}, 8, 0.05, 0.05},
                {{2000, 0, 200, 0}, 64, 0.05, 0.05}, {{128, 0, 64, 0}, 32, 0.05, 0.05},
                {{128, 0, 64, 0}, 200, 0.05, 0.08},  {{6000, 0, 20, 0}, 16, 0.05, 0.10}};
    struct su_deployment d = nth(*state, 0);
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        struct measured m = run_closed(*state, &d, &runs[i].load, runs[i].concurrency, 1500);
        struct su_steady s =
            su_steady_at_concurrency(&d, &limits, &runs[i].load, (double)runs[i].concurrency);
        assert_near(s.rate_req_s, m.rate_req_s, runs[i].rate_tolerance);
        assert_near(s.tpot_s, m.tpot_s, runs[i].tpot_tolerance);
    }
}

static void open_loop_agrees_with_an_engine_run_step_by_step(void **state)
{
    /* Shares of capacity. The bounds are what the approximations of the tails are worth. */
    const struct {
        struct su_load load;
        double share;
    } runs[] = {{{2000, 0, 200, 0}, 0.3},
                {{2000, 0, 200, 0}, 0.7},
                {{128, 0, 64, 0}, 0.3},
                {{128, 0, 64, 0}, 0.7},
                {{6000, 0, 20, 0}, 0.5}};
    struct su_deployment d = nth(*state, 0);
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        double rate = runs[i].share * capacity(&d, &limits, &runs[i].load);
        struct measured m = run_open(*state, &d, &runs[i].load, rate, limits.max_num_seqs, 3000);
        struct su_steady s = su_steady_at_rate(&d, &limits, &runs[i].load, rate);
        print_message("isl %g osl %g at %g: ttft %.4f against %.4f, p99 %.4f against %.4f, tpot "
                      "%.5f against %.5f, p99 %.5f against %.5f\n",
                      runs[i].load.isl, runs[i].load.osl, runs[i].share, s.ttft_s, m.ttft_s,
                      s.ttft_p99_s, m.ttft_p99_s, s.tpot_s, m.tpot_s, s.tpot_p99_s, m.tpot_p99_s);
        assert_near(s.ttft_s, m.ttft_s, 0.15);
        assert_near(s.ttft_p99_s, m.ttft_p99_s, 0.25);
        assert_near(s.tpot_s, m.tpot_s, 0.12);
        assert_near(s.tpot_p99_s, m.tpot_p99_s, 0.35);
    }
}

static void places_queue_agrees_with_an_engine_run_step_by_step(void **state)
{
    struct su_deployment d = nth(*state, 0);
    struct su_load load = {1000, 0, 100, 0};
    struct su_engine_limits few = limits;
    few.max_num_seqs = 8;
    const double shares[] = {0.6, 0.8, 0.9};
    for (size_t i = 0; i < 3; i++) {
        double rate = shares[i] * capacity(&d, &few, &load);
        struct measured m = run_open(*state, &d, &load, rate, 8, 4000);
        struct su_steady s = su_steady_at_rate(&d, &few, &load, rate);
        print_message("8 places at %g: ttft %.4f against %.4f, p99 %.4f against %.4f\n", shares[i],
                      s.ttft_s, m.ttft_s, s.ttft_p99_s, m.ttft_p99_s);
        assert_near(s.ttft_s, m.ttft_s, 0.5);
        assert_near(s.ttft_p99_s, m.ttft_p99_s, 0.5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(open_loop_tokens_balance),
        fixture_test(closed_loop_obeys_littles_law),
        fixture_test(latency_never_falls_when_the_rate_rises),
        fixture_test(latency_has_no_jumps),
        fixture_test(a_lone_request_sees_bare_steps),
        fixture_test(a_prompt_above_the_budget_takes_several_steps),
        fixture_test(short_answers_share_every_step),
        fixture_test(the_highest_rate_meets_the_levels_and_a_little_more_does_not),
        fixture_test(tighter_levels_never_allow_a_higher_rate),
        fixture_test(an_answer_of_one_token_is_prefill_only),
        fixture_test(kv_capacity_binds),
        fixture_test(waiting_for_a_place_grows_towards_capacity),
        fixture_test(phase_rates_are_those_of_their_steps),
        fixture_test(a_link_nobody_states_serves_nothing_across_cards),
        fixture_test(closed_loop_agrees_with_an_engine_run_step_by_step),
        fixture_test(open_loop_agrees_with_an_engine_run_step_by_step),
        fixture_test(places_queue_agrees_with_an_engine_run_step_by_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
