/* A published run of a real engine, replayed: vLLM 0.19.0 with Llama-3.1-8B on an RTX PRO 6000, 300
 * requests in an open loop. The two step overheads of that engine version were fitted on the time
 * between first and last token of this run; kernels, scheduler and times to first token were not.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "memory/memory.h"
#include "perf/deploy.h"
#include "serve/overhead.h"
#include "serve/price_perf.h"
#include "serve/serve.h"
#include "stat/stat.h"

#define RUN_DIR SU_SHARED_DATA "/serving/visible/RTXPRO6000_Llama-3.1-8B"
#define N_MAX 1000

struct times {
    size_t n;
    double ttft_s[N_MAX];
    double tpot_s[N_MAX];
    double last_s;
    double output_tokens;
};

static void add(struct times *t, double arrival_s, double first_s, double last_s, double output)
{
    assert_true(t->n < N_MAX && output > 1);
    t->ttft_s[t->n] = first_s - arrival_s;
    t->tpot_s[t->n++] = (last_s - first_s) / (output - 1);
    t->last_s = fmax(t->last_s, last_s);
    t->output_tokens += output;
}

static void on_request(void *ctx, const struct su_request_record *r)
{
    assert_false(r->refused);
    add(ctx, (double)r->arrival_ps / SU_PS_PER_S, (double)r->first_ps / SU_PS_PER_S,
        (double)r->done_ps / SU_PS_PER_S, r->output_tokens);
}

static void read_real(struct fixture *f, struct times *real)
{
    struct su_str text;
    struct su_csv csv;
    static const char *const names[] = {"arrival_s", "first_token_s", "last_token_s",
                                        "output_tokens"};
    assert_ok(su_file_read(&f->arena, RUN_DIR "/requests.csv", SU_FILE_BYTES_MAX, &text, &f->err),
              f->err);
    assert_ok(su_csv_parse(&f->arena, text, "requests.csv", &csv, &f->err), f->err);
    for (size_t i = 0; i < csv.n_rows; i++) {
        double v[4];
        for (size_t c = 0; c < 4; c++) {
            size_t at = 0;
            assert_ok(su_csv_col(&csv, names[c], &at, &f->err), f->err);
            v[c] = strtod(csv.rows[i].cells[at], NULL);
        }
        add(real, v[0], v[1], v[2], v[3]);
    }
}

/* Without what is left out: 's' the longest sequence, 'm' the mixed attention kernel, 'o' the
 * overheads. */
static void simulate(struct fixture *f, const char *without, bool step_by_step, struct times *ours)
{
    struct su_deployment d =
        deploy(f, "llama-3.1-8b", "rtx_pro_6000_server", cut(1, 1, 1), SU_DTYPE_bf16);
    const struct su_catalog *catalog = su_catalog_embedded();
    d.eff = su_eff_of(catalog, su_catalog_accel(catalog, "rtx_pro_6000_server"), SU_EFF_MID);
    d.device.splits_keys = strchr(without, 's') != NULL;
    d.eff.own = strchr(without, 'm') == NULL;
    const struct su_engine_overhead *overhead = su_engine_overhead_find("vllm", "0.19");
    assert_non_null(overhead);
    double on = strchr(without, 'o') == NULL ? 1 : 0;
    struct su_price_limits limits = {128, 2048, on * overhead->decode_s, on * overhead->mixed_s};
    struct su_pricer pricer;
    assert_ok(su_pricer_perf(&f->arena, &d, &limits, &pricer, &f->err), f->err);
    struct su_serve_config config = {
        .engine = {.sched = su_sched_find("vllm-0.19"),
                   .block_tokens = 16,
                   .n_blocks = 500000 / 16, /* the run never used more than 180,000 tokens */
                   .max_num_seqs = 128,
                   .max_num_batched_tokens = 2048,
                   .prefix_caching = true,
                   .n_ranks = 1,
                   .step_by_step = step_by_step},
        .pricer = &pricer,
        .n_replicas = 1,
        .seed = 1,
    };
    struct su_workload_spec spec = {.path = RUN_DIR "/requests.csv",
                                    .prefix_blocks_path = RUN_DIR "/prefix_blocks.csv",
                                    .prefix_block_tokens = 16};
    struct su_workload *workload = NULL;
    struct su_serve_watch watch = {.ctx = ours, .request = on_request};
    struct su_serve_levels levels = {0};
    struct su_serve_result result;
    assert_ok(su_workload_open(&f->arena, &spec, &workload, &f->err), f->err);
    assert_ok(su_serve_run(&f->arena, &config, workload, &levels, &watch, &result, &f->err),
              f->err);
    su_workload_close(workload);
    assert_int_equal(result.n_done, 300);
}

/* Mean, or a quantile as numpy has it. */
static double figure(struct fixture *f, const double *v, size_t n, double quantile)
{
    if (quantile > 0)
        return su_quantile(&f->arena, v, n, quantile);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

/* Relative errors in percent: TTFT mean p50 p90 p99, TPOT mean p99, makespan, throughput. */
static void errors(struct fixture *f, const struct times *ours, const struct times *real,
                   double out[8])
{
    static const double quantiles[6] = {0, 0.5, 0.9, 0.99, 0, 0.99};
    for (int i = 0; i < 6; i++) {
        const double *a = i < 4 ? ours->ttft_s : ours->tpot_s;
        const double *b = i < 4 ? real->ttft_s : real->tpot_s;
        out[i] =
            100 * (figure(f, a, ours->n, quantiles[i]) / figure(f, b, real->n, quantiles[i]) - 1);
    }
    out[6] = 100 * (ours->last_s / real->last_s - 1);
    out[7] = 100 * (real->last_s / ours->last_s * ours->output_tokens / real->output_tokens - 1);
}

static void a_published_run_is_reproduced(void **state)
{
    struct fixture *f = *state;
    static const double bounds[8] = {3, 5, 3, 3, 1.5, 1.5, 1, 1};
    static const char *const without[] = {"", "s", "m", "o"};
    if (!su_file_exists(RUN_DIR "/requests.csv")) {
        printf("skipped: no " RUN_DIR "\n");
        skip();
    }
    struct times real = {0};
    read_real(f, &real);
    printf("errors in %%: TTFT mean, p50, p90, p99; TPOT mean, p99; makespan; output tok/s\n");
    for (size_t w = 0; w < sizeof(without) / sizeof(without[0]); w++) {
        struct times ours = {0};
        double e[8];
        simulate(f, without[w], false, &ours);
        errors(f, &ours, &real, e);
        printf("without '%s':", without[w]);
        for (int i = 0; i < 8; i++)
            printf(" %+.2f", e[i]);
        printf("\n");
        for (int i = 0; i < 8 && w == 0; i++)
            assert_true(fabs(e[i]) <= bounds[i]);
    }
}

static void both_machines_replay_it_alike(void **state)
{
    struct fixture *f = *state;
    if (!su_file_exists(RUN_DIR "/requests.csv")) {
        printf("skipped: no " RUN_DIR "\n");
        skip();
    }
    struct times fast = {0};
    struct times plain = {0};
    simulate(f, "", false, &fast);
    simulate(f, "", true, &plain);
    assert_int_equal(fast.n, plain.n);
    assert_memory_equal(&fast.last_s, &plain.last_s, sizeof(double));
    double a = figure(f, fast.ttft_s, fast.n, 0.9);
    double b = figure(f, plain.ttft_s, plain.n, 0.9);
    assert_memory_equal(&a, &b, sizeof(double));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_published_run_is_reproduced),
        fixture_test(both_machines_replay_it_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
