/* The planner on one core: screening alone, with verification, and three classes as a mixed fleet
 * over the whole catalog. "searched" is deployments priced, "bounded" those ruled out by a bound.
 * SUANLI_MILP names the solver when it is not in the PATH. */
#include <string.h>

#include "bench.h"
#include "plan/mix.h"

#define RUNS 7

static struct su_plan_request request(struct su_arena *arena, const char *model_name,
                                      struct su_load load, double rate_req_s, struct su_slo slo)
{
    static const char *const markets[] = {"datacenter", "workstation", NULL};
    struct su_err err;
    struct su_model *model = SU_NEW(arena, struct su_model);
    struct su_plan_request q = {
        .catalog = su_catalog_embedded(),
        .load = load,
        .rate_req_s = rate_req_s,
        .peak_factor = 3,
        .active_hours_per_day = 10,
        .slo = slo,
        .region = "us",
        .channels = {.official = true},
        .markets = markets,
        .dtypes = 1u << SU_DTYPE_bf16 | 1u << SU_DTYPE_fp8 | 1u << SU_DTYPE_int8,
        .engine_component = "vLLM",
        .horizon_months = 36,
        .currency = SU_USD,
        .utilization_frac = 0.9,
        .block_tokens = 16,
        .seed = 1,
    };
    if (su_model_load(arena, model_name, model, &err) != SU_OK ||
        !su_date_parse(su_str_c("2026-11-01"), &q.date)) {
        fprintf(stderr, "bench_plan: %s: %s\n", err.where, err.message);
        exit(1);
    }
    q.graph = su_graph_build(arena, model);
    return q;
}

static void search(struct su_arena *arena, const char *name, const struct su_plan_request *q)
{
    double samples[RUNS];
    double rates[RUNS];
    struct su_plan_result r = {0};
    struct su_err err;
    size_t mark = su_arena_mark(arena);
    for (int i = 0; i < RUNS; i++) {
        su_arena_rewind(arena, mark);
        double start = bench_now_s();
        if (su_plan_search(arena, q, &r, &err) != SU_OK) {
            fprintf(stderr, "bench_plan: %s: %s\n", err.where, err.message);
            exit(1);
        }
        samples[i] = bench_now_s() - start;
        rates[i] = (double)(r.n_searched + r.n_bounded) / samples[i];
    }
    bench_print(name, "time", samples, RUNS, "s");
    qsort(rates, RUNS, sizeof(rates[0]), bench_by_value);
    printf("%s,screened_best,%.6g,1/s\n", name, rates[RUNS - 1]);
    printf("%s,searched,%llu,1\n", name, (unsigned long long)r.n_searched);
    printf("%s,bounded,%llu,1\n", name, (unsigned long long)r.n_bounded);
    printf("%s,simulated,%llu,1\n", name, (unsigned long long)r.n_runs);
    su_arena_rewind(arena, mark);
}

static void mixed(struct su_arena *arena, uint32_t n_threads)
{
    const struct su_traffic traffic = {.sched = su_sched_find("vllm"), .n_requests = 4000};
    struct su_mix_class classes[] = {
        {"chat", request(arena, "qwen3-32b", (struct su_load){1500, 0.8, 400, 0.7}, 6.67,
                         (struct su_slo){.ttft_p99_s = 2, .tpot_p99_s = 0.05})},
        {"documents", request(arena, "qwen3-32b", (struct su_load){20000, 0.4, 800, 0.5}, 0.33,
                              (struct su_slo){.ttft_p99_s = 20, .tpot_p99_s = 0.08})},
        {"overnight", request(arena, "qwen3-8b", (struct su_load){1200, 0.5, 150, 0.5}, 6.67,
                              (struct su_slo){.ttft_p99_s = 300, .tpot_p99_s = 0.5})}};
    for (size_t i = 0; i < 3; i++) {
        classes[i].request.traffic = traffic;
        classes[i].request.n_threads = n_threads;
    }
    struct su_mix_request q = {.common = &classes[0].request,
                               .classes = classes,
                               .n_classes = 3,
                               .growth_year = 1,
                               .split = true};
    double samples[RUNS];
    size_t mark = su_arena_mark(arena);
    for (int i = 0; i < RUNS; i++) {
        struct su_mix_result r;
        struct su_err err;
        su_arena_rewind(arena, mark);
        double start = bench_now_s();
        if (su_mix_search(arena, &q, &r, &err) != SU_OK) {
            fprintf(stderr, "bench_plan: %s: %s\n", err.where, err.message);
            exit(1);
        }
        samples[i] = bench_now_s() - start;
    }
    const char *name = n_threads == 1 ? "plan_three_classes" : "plan_three_classes_2_threads";
    bench_print(name, "time", samples, RUNS, "s");
}

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_plan_request chat =
        request(&arena, "qwen3-32b", (struct su_load){2000, 0.6, 500, 0.6}, 1.11,
                (struct su_slo){.ttft_p99_s = 3, .tpot_p99_s = 0.06});
    search(&arena, "plan_screen", &chat);
    struct su_plan_request experts =
        request(&arena, "deepseek-v3", (struct su_load){2000, 0.6, 500, 0.6}, 20,
                (struct su_slo){.ttft_p99_s = 5, .tpot_p99_s = 0.1});
    search(&arena, "plan_screen_experts", &experts);
    chat.traffic = (struct su_traffic){.sched = su_sched_find("vllm"), .n_requests = 4000};
    search(&arena, "plan_verify", &chat);
    mixed(&arena, 1);
    mixed(&arena, 2);
    su_arena_release(&arena);
    return 0;
}
