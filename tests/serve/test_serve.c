/* Whole runs: streams, fleets, routers, split deployments. */
#include "serve/serve.h"

#include <math.h>

#include "su_test_arena.h"

#define MS INT64_C(1000000000)

/* 5 ms + 0.01 ms a token, 1 ns a KV token. */
static struct su_price_line line = {
    .overhead_ps = 5 * MS, .floor_ps = 1, .per_token_ps = MS / 100, .per_kv_ps = 1000};

static struct su_serve_engine engine(void)
{
    return (struct su_serve_engine){.sched = su_sched_find("vllm"),
                                    .block_tokens = 16,
                                    .n_blocks = 20000,
                                    .max_num_seqs = 64,
                                    .max_num_batched_tokens = 2048,
                                    .n_ranks = 1};
}

static struct su_workload_spec poisson(double rate_req_s, uint64_t n)
{
    return (struct su_workload_spec){.rate_req_s = rate_req_s,
                                     .burstiness = 1,
                                     .n_requests = n,
                                     .input_dist = "lognormal:mean=300,cv=0.7",
                                     .output_dist = "lognormal:mean=40,cv=0.7",
                                     .seed = 5};
}

/* What a test wants to know of single requests. */
struct seen {
    uint64_t n_by_replica[16];
    uint64_t sent;
    __int128 e2e_ps;
    int64_t last_done_ps;
    uint64_t stop_after; /* 0 = never */
};

static void on_request(void *ctx, const struct su_request_record *r)
{
    struct seen *seen = ctx;
    seen->n_by_replica[r->replica]++;
    seen->sent += r->sent_ps > 0;
    if (!r->refused) {
        assert_true(r->arrival_ps <= r->scheduled_ps && r->scheduled_ps < r->first_ps);
        assert_true(r->first_ps <= r->done_ps);
        seen->e2e_ps += r->done_ps - r->arrival_ps;
    }
}

static bool going_on(void *ctx, int64_t now_ps, uint64_t n_done)
{
    (void)now_ps;
    const struct seen *seen = ctx;
    return seen->stop_after == 0 || n_done < seen->stop_after;
}

static struct su_serve_result run(struct su_arena *arena, struct su_serve_config *config,
                                  const struct su_workload_spec *spec, struct seen *seen)
{
    static const struct su_serve_levels levels = {.ttft_s = 0.5, .tpot_s = 0.05};
    struct su_err err;
    struct su_workload *workload;
    struct su_serve_result result;
    struct su_pricer pricer = su_pricer_linear(&line);
    struct su_serve_watch watch = {seen, on_request, NULL, going_on};
    config->pricer = &pricer;
    config->prefill_pricer = &pricer;
    assert_ok(su_workload_open(arena, spec, &workload, &err), err);
    assert_ok(su_serve_run(arena, config, workload, &levels, &watch, &result, &err), err);
    su_workload_close(workload);
    return result;
}

static void the_area_of_requests_in_the_system_is_the_sum_of_their_stays(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 1, .seed = 1};
    struct su_workload_spec spec = poisson(20, 4000);
    struct seen seen = {0};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_int_equal(r.n_arrived, 4000);
    assert_int_equal(r.n_done, 4000);
    assert_true((__int128)(r.running_ps + r.waiting_ps) == seen.e2e_ps);
    assert_true(r.busy_ps <= r.end_ps - r.start_ps);
}

static void a_closed_loop_never_holds_more_than_its_users(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 2, .seed = 1};
    struct su_workload_spec spec = poisson(0, 3000);
    spec.concurrency = 12;
    struct seen seen = {0};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_int_equal(r.n_done, 3000);
    assert_true(r.running_max <= 12 && r.waiting_max <= 12);
    /* Nobody thinks between two requests: the mean number present is the number of users, but for
     * the end, when no more come. */
    double present = (double)(r.running_ps + r.waiting_ps) / (double)(r.end_ps - r.start_ps);
    assert_near(present, 12.0, 0.02);
}

static void every_router_serves_everything_and_spreads_it(void **state)
{
    for (enum su_router router = 0; router < SU_ROUTER_COUNT; router++) {
        su_arena_reset(*state);
        struct su_serve_config config = {
            .engine = engine(), .n_replicas = 8, .router = router, .seed = 1};
        config.engine.prefix_caching = true;
        struct su_workload_spec spec = poisson(150, 8000);
        spec.n_system_prompts = 40;
        spec.system_tokens = 200;
        struct seen seen = {0};
        struct su_serve_result r = run(*state, &config, &spec, &seen);
        assert_int_equal(r.n_done, 8000);
        for (int i = 0; i < 8; i++)
            assert_true(seen.n_by_replica[i] > 300);
        if (router == SU_ROUTER_ROUND_ROBIN)
            assert_int_equal(seen.n_by_replica[3], 1000);
    }
}

static double mean_ttft_ms(struct su_arena *arena, enum su_router router, uint32_t n_prompts)
{
    su_arena_reset(arena);
    struct su_serve_config config = {
        .engine = engine(), .n_replicas = 8, .router = router, .seed = 1};
    config.engine.prefix_caching = true;
    config.engine.n_blocks = 3000; /* too few for every prompt on every replica */
    struct su_workload_spec spec = poisson(120, 10000);
    spec.n_system_prompts = n_prompts;
    spec.system_tokens = 2000;
    struct seen seen = {0};
    struct su_serve_result r = run(arena, &config, &spec, &seen);
    return su_hist_mean(&r.ttft) / 1e9;
}

static void routers_that_know_load_or_cache_beat_those_that_do_not(void **state)
{
    double blind_ms = mean_ttft_ms(*state, SU_ROUTER_ROUND_ROBIN, 60);
    assert_true(mean_ttft_ms(*state, SU_ROUTER_KV_AWARE, 60) < 0.9 * blind_ms);
    assert_true(mean_ttft_ms(*state, SU_ROUTER_PREFIX_AWARE, 60) < blind_ms);
}

static void the_same_seed_gives_the_same_figures(void **state)
{
    struct su_serve_result results[2];
    for (int i = 0; i < 2; i++) {
        struct su_serve_config config = {
            .engine = engine(), .n_replicas = 4, .router = SU_ROUTER_POWER_OF_TWO, .seed = 9};
        struct su_workload_spec spec = poisson(60, 3000);
        struct seen seen = {0};
        results[i] = run(*state, &config, &spec, &seen);
    }
    assert_int_equal(results[0].end_ps, results[1].end_ps);
    assert_true(results[0].kv_token_ps == results[1].kv_token_ps);
    assert_memory_equal(results[0].itl.counts, results[1].itl.counts,
                        results[0].itl.n_buckets * sizeof(uint64_t));
}

/* One request alone: 1,000 tokens in, 3 out. Prefill 5 + 10 ms and 0 for KV; 1,000 tokens of 100 kB
 * over 10 GB/s take 10 ms, and 1 ms of latency; then two steps of 5.01 ms + 1,001 and 1,002 ns. */
static void a_split_request_takes_prompt_then_link_then_decode(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 1, .n_prefill = 1};
    config.prefill_engine = engine();
    config.prefill_engine.sends = (struct su_kv_link){1e5, 1e10, 1e-3};
    struct su_workload_spec spec = {.rate_req_s = 1,
                                    .burstiness = INFINITY,
                                    .n_requests = 1,
                                    .input_dist = "const:1000",
                                    .output_dist = "const:3"};
    struct seen seen = {0};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_int_equal(r.n_done, 1);
    assert_int_equal(seen.sent, 0); /* the record is the decode side's */
    assert_int_equal(r.ttft.max, 15 * MS);
    int64_t steps_ps = 2 * (5 * MS + MS / 100) + (1001 + 1002) * 1000;
    assert_int_equal(r.e2e.max, 15 * MS + 11 * MS + steps_ps);
    assert_int_equal(r.itl.n, 2);
    assert_int_equal(r.itl.max, 11 * MS + 5 * MS + MS / 100 + 1001000);
}

static void a_split_fleet_conserves_requests_and_keeps_tokens_steady(void **state)
{
    struct su_serve_config config = {.engine = engine(),
                                     .n_replicas = 2,
                                     .router = SU_ROUTER_LEAST_LOADED,
                                     .n_prefill = 2,
                                     .prefill_engine = engine()};
    config.prefill_engine.sends = (struct su_kv_link){1e5, 1e10, 1e-3};
    struct su_workload_spec spec = poisson(100, 3000);
    struct seen seen = {0};
    struct su_serve_result split = run(*state, &config, &spec, &seen);
    assert_int_equal(split.n_done, 3000);
    config.n_prefill = 0;
    config.n_replicas = 4;
    struct seen seen_mixed = {0};
    struct su_serve_result mixed = run(*state, &config, &spec, &seen_mixed);
    assert_int_equal(mixed.output_tokens, split.output_tokens);
    /* Prompts no longer interrupt decoding; one gap in forty is a transfer. */
    assert_true(su_hist_quantile(&split.itl, 0.95) < su_hist_quantile(&mixed.itl, 0.95));
}

static void what_can_never_fit_is_refused_and_counted(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 1, .seed = 1};
    config.engine.n_blocks = 30; /* 480 tokens */
    struct su_workload_spec spec = poisson(20, 2000);
    struct seen seen = {0};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_true(r.n_refused > 100 && r.n_done > 100);
    assert_int_equal(r.n_refused + r.n_done, 2000);
}

static void a_run_that_is_stopped_holds_what_is_known(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 1, .seed = 1};
    struct su_workload_spec spec = poisson(20, 100000);
    struct seen seen = {.stop_after = 10000};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_true(r.interrupted);
    assert_true(r.n_done >= 10000 && r.n_done < 20000);
    assert_int_equal(r.ttft.n, r.n_done);
}

static void a_queue_that_grows_is_seen_at_the_last_arrival(void **state)
{
    struct su_serve_config config = {.engine = engine(), .n_replicas = 1, .seed = 1};
    struct su_workload_spec spec = poisson(2000, 20000);
    struct seen seen = {0};
    struct su_serve_result r = run(*state, &config, &spec, &seen);
    assert_true(r.waiting_end > 10000);
    assert_int_equal(r.n_done, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(the_area_of_requests_in_the_system_is_the_sum_of_their_stays),
        ARENA_TEST(a_closed_loop_never_holds_more_than_its_users),
        ARENA_TEST(every_router_serves_everything_and_spreads_it),
        ARENA_TEST(routers_that_know_load_or_cache_beat_those_that_do_not),
        ARENA_TEST(the_same_seed_gives_the_same_figures),
        ARENA_TEST(a_split_request_takes_prompt_then_link_then_decode),
        ARENA_TEST(a_split_fleet_conserves_requests_and_keeps_tokens_steady),
        ARENA_TEST(what_can_never_fit_is_refused_and_counted),
        ARENA_TEST(a_run_that_is_stopped_holds_what_is_known),
        ARENA_TEST(a_queue_that_grows_is_seen_at_the_last_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
