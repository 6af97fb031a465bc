/* Step prices from tables: a decode run, a mixed step, and filling the tables from nothing. */
#include "bench.h"
#include "perf/perf.h"
#include "serve/price_perf.h"

#define N_CALLS 200000
#define SEQS 256
#define BUDGET 8192

static struct su_deployment deployment_of(struct su_arena *arena, const char *name,
                                          const char *chip)
{
    struct su_err err;
    struct su_model *model = SU_NEW(arena, struct su_model);
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(catalog, chip);
    struct su_deployment d = {.par = {1, 1, 1, 1},
                              .weight_dtype = SU_DTYPE_bf16,
                              .kv_dtype = SU_DTYPE_bf16,
                              .eff = su_eff_of(catalog, accel, SU_EFF_MID)};
    if (su_model_load(arena, name, model, &err) != SU_OK ||
        su_device_init(&d.device, accel, su_catalog_server_for(catalog, chip), SU_DTYPE_bf16,
                       &err) != SU_OK) {
        fprintf(stderr, "bench_price: %s: %s\n", err.where, err.message);
        exit(1);
    }
    d.graph = su_graph_build(arena, model);
    return d;
}

/* States of a busy server: 1..256 sequences of 200..4000 tokens, the longest four times the mean;
 * chunks of 1..4096 tokens, with and without tokens before them. */
static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void runs(const struct su_pricer *p, uint64_t *sink)
{
    uint32_t state = 1;
    for (int i = 0; i < N_CALLS; i++) {
        uint32_t n = 1 + draw(&state) % SEQS;
        uint64_t mean = 200 + draw(&state) % 3800;
        struct su_price_run run;
        p->run(p->ctx, n, n * mean + n / 2, 4 * mean, &run);
        *sink += (uint64_t)run.first_ps + run.n_steps;
    }
}

static void steps(const struct su_pricer *p, uint64_t *sink)
{
    uint32_t state = 1;
    for (int i = 0; i < N_CALLS; i++) {
        uint32_t n = 1 + draw(&state) % SEQS;
        uint64_t mean = 200 + draw(&state) % 3800;
        uint32_t q = 1 + draw(&state) % 4096;
        uint32_t before = draw(&state) % 4000;
        struct su_chunk chunk = {q, q + (before & 1 ? before : 0), true};
        struct su_batch batch = {n, n * mean + n / 2, 4 * mean, 1, &chunk};
        *sink += (uint64_t)p->step(p->ctx, &batch);
    }
}

static void bench(const char *name, const char *model, const char *chip)
{
    double cold_ms[BENCH_RUNS];
    double run_ns[BENCH_RUNS];
    double step_ns[BENCH_RUNS];
    struct su_arena arena;
    struct su_arena tables;
    su_arena_init(&arena);
    su_arena_init(&tables);
    struct su_deployment d = deployment_of(&arena, model, chip);
    struct su_price_limits limits = {SEQS, BUDGET, 1e-3, 5e-3};
    uint64_t sink = 0;
    for (int i = 0; i < BENCH_RUNS; i++) {
        struct su_err err;
        struct su_pricer p;
        su_arena_reset(&tables);
        double start_s = bench_now_s();
        if (su_pricer_perf(&tables, &d, &limits, &p, &err) != SU_OK)
            exit(1);
        runs(&p, &sink);
        steps(&p, &sink);
        double cold_s = bench_now_s() - start_s;
        start_s = bench_now_s();
        runs(&p, &sink);
        double run_s = bench_now_s() - start_s;
        start_s = bench_now_s();
        steps(&p, &sink);
        double step_s = bench_now_s() - start_s;
        cold_ms[i] = (cold_s - run_s - step_s) * 1e3;
        run_ns[i] = run_s / N_CALLS * 1e9;
        step_ns[i] = step_s / N_CALLS * 1e9;
    }
    char metric[64];
    snprintf(metric, sizeof(metric), "price_run_%s", name);
    bench_print(metric, "time", run_ns, BENCH_RUNS, "ns");
    snprintf(metric, sizeof(metric), "price_mixed_%s", name);
    bench_print(metric, "time", step_ns, BENCH_RUNS, "ns");
    snprintf(metric, sizeof(metric), "price_fill_%s", name);
    bench_print(metric, "time", cold_ms, BENCH_RUNS, "ms");
    if (sink == 0)
        puts("nothing");
    su_arena_release(&tables);
    su_arena_release(&arena);
}

int main(void)
{
    bench("llama_8b_h100", "llama-3.1-8b", "h100_sxm_80g");
    bench("llama_8b_rtx_pro_6000", "llama-3.1-8b", "rtx_pro_6000_server");
    bench("qwen3_30b_a3b_h100", "qwen3-30b-a3b", "h100_sxm_80g");
    return 0;
}
