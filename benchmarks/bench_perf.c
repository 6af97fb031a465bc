/* The performance model in process: one engine step and one steady state, warm. */
#include <string.h>

#include "bench.h"
#include "perf/perf.h"

#define N_STEPS 2000
#define N_STEADY 50

static struct su_deployment deployment_of(struct su_arena *arena, const char *name,
                                          enum su_dtype dtype, uint32_t tp)
{
    struct su_err err;
    struct su_model *model = SU_NEW(arena, struct su_model);
    struct su_deployment d = {.par = {tp, 1, 1, 1},
                              .weight_dtype = dtype,
                              .kv_dtype = SU_DTYPE_bf16,
                              .eff = su_eff_default(SU_EFF_MID)};
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(catalog, "h20_sxm_96g");
    if (su_model_load(arena, name, model, &err) != SU_OK ||
        su_device_init(&d.device, accel, su_catalog_server_for(catalog, accel->id), dtype, &err) !=
            SU_OK) {
        fprintf(stderr, "bench_perf: %s: %s\n", err.where, err.message);
        exit(1);
    }
    d.graph = su_graph_build(arena, model);
    d.eff = su_eff_of(catalog, accel, SU_EFF_MID);
    return d;
}

static void bench(const char *name, const struct su_deployment *d)
{
    double step_us[BENCH_RUNS];
    double steady_us[BENCH_RUNS];
    struct su_engine_limits limits = {1024, 8192, 400000};
    struct su_load load = {2000, 0.5, 500, 0.5};
    volatile double sink = 0;
    for (int run = 0; run < BENCH_RUNS; run++) {
        double start_s = bench_now_s();
        for (int i = 0; i < N_STEPS; i++) {
            struct su_step step = {.prefill_tokens = 512,
                                   .prefill_seqs = 1,
                                   .prefill_kv_tokens = 1024,
                                   .decode_seqs = 32 + i % 7,
                                   .decode_kv_tokens = 2000};
            sink += su_step_s(d, &step);
        }
        step_us[run] = (bench_now_s() - start_s) / N_STEPS * 1e6;
        start_s = bench_now_s();
        for (int i = 0; i < N_STEADY; i++)
            sink += su_steady_at_rate(d, &limits, &load, 0.5 + i * 1e-3).tpot_s;
        steady_us[run] = (bench_now_s() - start_s) / N_STEADY * 1e6;
    }
    char metric[64];
    snprintf(metric, sizeof(metric), "step_%s", name);
    bench_print(metric, "time", step_us, BENCH_RUNS, "us");
    snprintf(metric, sizeof(metric), "steady_%s", name);
    bench_print(metric, "time", steady_us, BENCH_RUNS, "us");
}

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_deployment dense = deployment_of(&arena, "qwen3-32b", SU_DTYPE_bf16, 4);
    bench("qwen3_32b", &dense);
    struct su_deployment moe = deployment_of(&arena, "deepseek-v3", SU_DTYPE_fp8, 8);
    bench("deepseek_v3", &moe);
    su_arena_release(&arena);
    return 0;
}
