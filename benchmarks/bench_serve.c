/* The serving simulator with calibrated step prices: Llama-3.1-8B on one H100, Poisson arrivals,
 * lognormal 1000 in / 200 out (cv 0.5); and a cluster day of 128 replicas of eight cards.
 *   bench_serve            everything but the cluster
 *   bench_serve once R N   one run, to count instructions; R requests a second, N of them
 *   bench_serve time R N   its seconds alone, best of nine, tables and stream included
 *   bench_serve cluster N  N requests on 1,024 cards, KV-aware */
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "memory/memory.h"
#include "serve/price_perf.h"
#include "serve/serve.h"

static void fail(const struct su_err *err)
{
    fprintf(stderr, "bench_serve: %s: %s\n", err->where, err->message);
    exit(1);
}

/* The engine and its prices on tp cards. */
static struct su_serve_config deployment_of(struct su_arena *arena, const char *model_name,
                                            uint32_t tp, struct su_pricer *pricer)
{
    struct su_err err;
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(catalog, "h100_sxm_80g");
    struct su_model *model = SU_NEW(arena, struct su_model);
    struct su_deployment d = {.par = {tp, 1, 1, 1},
                              .weight_dtype = SU_DTYPE_bf16,
                              .kv_dtype = SU_DTYPE_bf16,
                              .eff = su_eff_of(catalog, accel, SU_EFF_MID)};
    if (su_model_load(arena, model_name, model, &err) != SU_OK ||
        su_device_init(&d.device, accel, su_catalog_server_for(catalog, accel->id), SU_DTYPE_bf16,
                       &err) != SU_OK)
        fail(&err);
    d.graph = su_graph_build(arena, model);
    struct su_price_limits limits = {256, 8192, d.eff.overhead_s, d.eff.overhead_s};
    if (su_pricer_perf(arena, &d, &limits, pricer, &err) != SU_OK)
        fail(&err);
    struct su_memory_request mr = {.graph = d.graph,
                                   .par = d.par,
                                   .weight_dtype = SU_DTYPE_bf16,
                                   .kv_dtype = SU_DTYPE_bf16,
                                   .card_bytes = su_memory_visible_bytes(su_accel_mem_bytes(accel)),
                                   .utilization_frac = 0.9,
                                   .max_batched_tokens = 8192,
                                   .max_sequences = 256,
                                   .block_tokens = 16};
    return (struct su_serve_config){
        .engine = {.sched = su_sched_find("vllm"),
                   .block_tokens = 16,
                   .n_blocks = su_memory_map(&mr).kv_capacity_tokens / 16,
                   .max_num_seqs = 256,
                   .max_num_batched_tokens = 8192,
                   .n_ranks = 1},
        .pricer = pricer,
        .n_replicas = 1,
        .seed = 1,
    };
}

static struct su_serve_result run(struct su_arena *arena, const struct su_serve_config *config,
                                  const struct su_workload_spec *spec)
{
    struct su_err err;
    struct su_workload *workload;
    struct su_serve_result result;
    if (su_workload_open(arena, spec, &workload, &err) != SU_OK ||
        su_serve_run(arena, config, workload, NULL, NULL, &result, &err) != SU_OK)
        fail(&err);
    su_workload_close(workload);
    return result;
}

static struct su_workload_spec chat(double rate_req_s, uint64_t n)
{
    return (struct su_workload_spec){.rate_req_s = rate_req_s,
                                     .burstiness = 1,
                                     .n_requests = n,
                                     .input_dist = "lognormal:mean=1000,cv=0.5",
                                     .output_dist = "lognormal:mean=200,cv=0.5",
                                     .seed = 1};
}

/* Nanoseconds a request, each run from cold tables. */
static void time_runs(double rate_req_s, uint64_t n, double *ns, int n_runs)
{
    struct su_arena arena;
    su_arena_init(&arena);
    for (int i = 0; i < n_runs; i++) {
        su_arena_reset(&arena);
        double start_s = bench_now_s();
        struct su_pricer pricer;
        struct su_serve_config config = deployment_of(&arena, "llama-3.1-8b", 1, &pricer);
        struct su_workload_spec spec = chat(rate_req_s, n);
        (void)run(&arena, &config, &spec);
        ns[i] = (bench_now_s() - start_s) / (double)n * 1e9;
    }
    su_arena_release(&arena);
}

static void bench_rate(double rate_req_s, uint64_t n, int n_runs)
{
    double ns[BENCH_RUNS];
    time_runs(rate_req_s, n, ns, n_runs);
    char name[64];
    snprintf(name, sizeof(name), "serve_%g_req_s_%lu", rate_req_s, (unsigned long)n);
    bench_print(name, "per_request", ns, (size_t)n_runs, "ns");
    printf("%s,requests_per_s_best,%.4g,1/s\n", name, 1e9 / ns[0]);
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024 / 1e6;
}

/* Sessions with shared system prompts on 128 replicas of eight cards. */
static void bench_cluster(uint64_t n)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_pricer pricer;
    struct su_serve_config config = deployment_of(&arena, "llama-3.1-70b", 8, &pricer);
    config.n_replicas = 128;
    config.router = SU_ROUTER_KV_AWARE;
    config.engine.prefix_caching = true;
    struct su_workload_spec spec = chat(1157, n);
    spec.n_system_prompts = 200;
    spec.system_tokens = 512;
    spec.system_zipf = 1;
    double start_s = bench_now_s();
    struct su_serve_result r = run(&arena, &config, &spec);
    double s = bench_now_s() - start_s;
    printf("serve_cluster_%lu,time,%.4g,s\n", (unsigned long)n, s);
    printf("serve_cluster_%lu,requests_per_s,%.4g,1/s\n", (unsigned long)n, (double)n / s);
    printf("serve_cluster_%lu,prefix_hit,%.3g,frac\n", (unsigned long)n,
           (double)r.hit_tokens / (double)r.input_tokens);
    printf("serve_cluster_%lu,peak,%.4g,MB\n", (unsigned long)n, peak_mb());
    su_arena_release(&arena);
}

static void once(double rate_req_s, uint64_t n)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_pricer pricer;
    struct su_serve_config config = deployment_of(&arena, "llama-3.1-8b", 1, &pricer);
    struct su_workload_spec spec = chat(rate_req_s, n);
    struct su_serve_result r = run(&arena, &config, &spec);
    printf("serve_once,steps_per_request,%.4g,1\n", (double)r.n_steps / (double)n);
    printf("serve_once,events_per_request,%.4g,1\n", (double)r.n_events / (double)n);
    printf("serve_once,peak,%.4g,MB\n", peak_mb());
    su_arena_release(&arena);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "once") == 0) {
        once(strtod(argv[2], NULL), strtoull(argv[3], NULL, 10));
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "time") == 0) {
        double ns[BENCH_RUNS];
        uint64_t n = strtoull(argv[3], NULL, 10);
        time_runs(strtod(argv[2], NULL), n, ns, BENCH_RUNS);
        qsort(ns, BENCH_RUNS, sizeof(ns[0]), bench_by_value);
        printf("%.6f\n", ns[0] * (double)n / 1e9);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "cluster") == 0) {
        bench_cluster(strtoull(argv[2], NULL, 10));
        return 0;
    }
    bench_rate(25, 100000, BENCH_RUNS);
    bench_rate(25, 1000000, BENCH_RUNS);
    bench_rate(2, 100000, BENCH_RUNS);
    bench_rate(2, 1000000, BENCH_RUNS);
    bench_rate(25, 10000000, 1);
    printf("serve,peak,%.4g,MB\n", peak_mb());
    bench_cluster(1000000);
    return 0;
}
