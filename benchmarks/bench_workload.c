/* Streams of requests: cost of one arrival, generated and read. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "bench.h"
#include "workload/workload.h"

#define N_ARRIVALS 1000000
#define N_ROWS 200000

static void fail(const char *name, const struct su_err *err)
{
    fprintf(stderr, "bench_workload: %s: %s: %s\n", name, err->where, err->message);
    exit(1);
}

/* Takes everything, answering at once; gives the number of requests. */
static uint64_t drain(const char *name, struct su_workload *w)
{
    struct su_err err = {0};
    struct su_arrival a;
    int64_t t_ps = 0;
    uint64_t n = 0;
    for (;; n++) {
        if (su_workload_peek(w, &t_ps, &err) != SU_OK)
            fail(name, &err);
        if (t_ps == INT64_MAX)
            return n;
        su_workload_take(w, &a);
        if (su_workload_has_feedback(w))
            su_workload_done(w, a.index, a.session, a.arrival_ps);
    }
}

static void bench(const char *name, const struct su_workload_spec *spec)
{
    struct su_arena arena;
    su_arena_init(&arena);
    double open_us[BENCH_RUNS];
    double arrival_ns[BENCH_RUNS];
    for (int run = 0; run < BENCH_RUNS; run++) {
        struct su_workload *w = NULL;
        struct su_err err = {0};
        su_arena_reset(&arena);
        double start_s = bench_now_s();
        if (su_workload_open(&arena, spec, &w, &err) != SU_OK)
            fail(name, &err);
        open_us[run] = (bench_now_s() - start_s) * 1e6;
        start_s = bench_now_s();
        uint64_t n = drain(name, w);
        arrival_ns[run] = (bench_now_s() - start_s) / (double)n * 1e9;
        su_workload_close(w);
    }
    bench_print(name, "open", open_us, BENCH_RUNS, "us");
    bench_print(name, "arrival", arrival_ns, BENCH_RUNS, "ns");
    su_arena_release(&arena);
}

/* A trace of N_ROWS rows in a file of its own: a CSV, or Mooncake's form with three ids a row. */
static void bench_trace(const char *name, bool json)
{
    char path[] = "/tmp/suanli-bench-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    if (!json)
        fprintf(f, "arrival_s,input_tokens,output_tokens\n");
    for (int i = 0; i < N_ROWS; i++) {
        if (json)
            fprintf(f,
                    "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": %d, "
                    "\"hash_ids\": [%d, %d, %d]}\n",
                    i * 40, 1025 + i % 511, 1 + i % 997, i % 7, i, i + 1);
        else
            fprintf(f, "%d.%03d000,%d,%d\n", i / 25, i % 25 * 40, 1 + i % 4001, 1 + i % 997);
    }
    fclose(f);
    struct su_workload_spec spec = {.path = path};
    bench(name, &spec);
    remove(path);
}

int main(void)
{
    struct su_workload_spec spec = {.rate_req_s = 25,
                                    .n_requests = N_ARRIVALS,
                                    .input_dist = "lognormal:mean=1000,cv=0.5",
                                    .output_dist = "lognormal:mean=200,cv=0.5",
                                    .seed = 1};
    bench("workload_poisson", &spec);
    spec.burstiness = 0.5;
    bench("workload_gamma", &spec);
    spec.burstiness = 1;
    spec.ramp_s = 1e4;
    spec.ramp_to_req_s = 50;
    bench("workload_ramp", &spec);
    spec.ramp_s = 0;
    spec.n_system_prompts = 100;
    spec.system_tokens = 500;
    bench("workload_system", &spec);
    spec.turns_mean = 4;
    bench("workload_sessions", &spec);
    bench_trace("workload_csv", false);
    bench_trace("workload_mooncake", true);
    return 0;
}
