/* Step prices from the performance model: a run is its steps to the picosecond, more work never
 * costs less, and tables stay close to the model they are filled from. */
#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "perf/deploy.h"
#include "serve/overhead.h"
#include "serve/price_perf.h"

static const struct su_price_limits limits = {256, 2048, 0.5e-3, 5e-3};

static struct su_deployment calibrated(struct fixture *f, const char *model, const char *chip,
                                       struct su_parallel par)
{
    struct su_deployment d = deploy(f, model, chip, par, SU_DTYPE_bf16);
    const struct su_catalog *catalog = su_catalog_embedded();
    d.eff = su_eff_of(catalog, su_catalog_accel(catalog, chip), SU_EFF_MID);
    return d;
}

static uint64_t below(struct su_rng *rng, uint64_t n)
{
    return su_rng_u64(rng) % n;
}

static struct su_pricer pricer_of(struct fixture *f, const struct su_deployment *d)
{
    struct su_pricer pricer;
    assert_ok(su_pricer_perf(&f->arena, d, &limits, &pricer, &f->err), f->err);
    return pricer;
}

static int64_t decode_ps(const struct su_pricer *p, uint32_t d, uint64_t c, uint64_t longest)
{
    struct su_batch batch = {.n_decode = d, .decode_tokens = c, .longest_tokens = longest};
    return p->step(p->ctx, &batch);
}

static double mixed_s(const struct su_pricer *p, uint32_t seqs, uint32_t context, uint32_t chunk,
                      uint32_t kv)
{
    struct su_chunk c = {chunk, kv, true};
    struct su_batch batch = {seqs, (uint64_t)seqs * context, context, 1, &c};
    return (double)p->step(p->ctx, &batch) / SU_PS_PER_S;
}

static void a_run_is_its_steps_to_the_picosecond(void **state)
{
    static const char *const chips[] = {"h100_sxm_80g", "rtx_pro_6000_server", "l40s_48g"};
    struct su_rng rng;
    su_rng_init(&rng, 7, "runs", 0);
    for (size_t chip = 0; chip < 3; chip++) {
        struct su_deployment d = calibrated(*state, "llama-3.1-8b", chips[chip], cut(1, 1, 1));
        struct su_pricer p = pricer_of(*state, &d);
        uint64_t n_all = 0;
        for (int i = 0; i < 20000; i++) {
            uint32_t seqs = 1 + (uint32_t)below(&rng, 256);
            double mean = exp2(su_rng_uniform(&rng) * 21);
            uint64_t tokens = seqs + (uint64_t)(mean * seqs);
            uint64_t longest = tokens / seqs + 1 + (uint64_t)(mean * su_rng_uniform(&rng) * 5);
            struct su_price_run run;
            p.run(p.ctx, seqs, tokens, longest, &run);
            assert_true(run.n_steps >= 1 && run.first_ps > 0 && run.delta_ps >= 0);
            n_all += run.n_steps < 1000 ? run.n_steps : 1000;
            for (int j = 0; j < 6; j++) {
                uint64_t at = j == 0 ? 0 : j == 1 ? run.n_steps - 1 : below(&rng, run.n_steps);
                int64_t ps = decode_ps(&p, seqs, tokens + at * seqs, longest + at);
                assert_int_equal(ps, run.first_ps + (int64_t)at * run.delta_ps);
            }
        }
        assert_true(n_all / 20000 > 100);
    }
}

static void more_work_never_costs_less(void **state)
{
    static const char *const chips[] = {"h100_sxm_80g", "rtx_4090_24g"};
    struct su_rng rng;
    su_rng_init(&rng, 8, "monotone", 0);
    for (size_t chip = 0; chip < 2; chip++) {
        struct su_deployment d = calibrated(*state, "llama-3.1-8b", chips[chip], cut(1, 1, 1));
        struct su_pricer p = pricer_of(*state, &d);
        for (int i = 0; i < 20000; i++) {
            uint32_t seqs = 1 + (uint32_t)below(&rng, 255);
            uint32_t mean = 1 + (uint32_t)below(&rng, 5000);
            uint64_t tokens = (uint64_t)seqs * mean + below(&rng, seqs);
            uint64_t longest = mean + 1 + below(&rng, 10000);
            int64_t ps = decode_ps(&p, seqs, tokens, longest);
            assert_true(decode_ps(&p, seqs, tokens + 1, longest) >= ps);
            assert_true(decode_ps(&p, seqs, tokens, longest + 1) >= ps);
            /* Slopes are whole picoseconds: a token of context may be one too cheap. */
            assert_true(decode_ps(&p, seqs + 1, tokens + mean + 1, longest) + (int64_t)tokens >=
                        ps);
            assert_true(decode_ps(&p, seqs, tokens, longest) > 0);
        }
        for (uint32_t chunk = 1; chunk < 2000; chunk++) {
            double s = mixed_s(&p, 40, 1000, chunk, chunk);
            double more_s = mixed_s(&p, 40, 1000, chunk + 1, chunk + 1);
            /* A kernel for both has a surface of its own, which may fall between its knots. */
            assert_true(more_s >= s * (chip == 0 ? 1 - 1e-9 : 0.97));
        }
    }
}

/* One data-parallel rank alone, and two: the slower sets the pace, the experts see both. */
static void ranks_in_lockstep_wait_for_the_slowest(void **state)
{
    struct su_deployment d = calibrated(*state, "qwen3-30b-a3b", "h100_sxm_80g", cut(1, 2, 2));
    struct su_pricer p = pricer_of(*state, &d);
    assert_non_null(p.lockstep);
    struct su_batch busy = {.n_decode = 100, .decode_tokens = 200000, .longest_tokens = 2000};
    struct su_batch idle = {0};
    struct su_batch both[2] = {busy, busy};
    struct su_batch uneven[2] = {busy, idle};
    struct su_batch turned[2] = {idle, busy};
    /* Equal ranks: the same as a step of one, whose experts are told of the other. */
    assert_int_equal(p.lockstep(p.ctx, both, 2), p.step(p.ctx, &busy));
    assert_int_equal(p.lockstep(p.ctx, uneven, 2), p.lockstep(p.ctx, turned, 2));
    assert_true(p.lockstep(p.ctx, uneven, 2) < p.lockstep(p.ctx, both, 2));
    /* The idle rank's dummy token costs nothing beside the busy rank's attention. */
    struct su_batch one = {.n_decode = 1, .decode_tokens = 1, .longest_tokens = 1};
    struct su_batch near_idle[2] = {busy, one};
    assert_int_equal(p.lockstep(p.ctx, uneven, 2), p.lockstep(p.ctx, near_idle, 2));
    struct su_deployment dense = calibrated(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 2, 1));
    assert_null(pricer_of(*state, &dense).lockstep);
}

/* 32 layers, 8 key heads of 128 in 16 bit: 4096 bytes a token and layer, 512 for a head. An even
 * share of 1597 GB/s over 188 multiprocessors is 8.49 GB/s: 60.3 ns, times 0.875 and 32 layers. */
static void a_long_sequence_is_a_critical_path(void **state)
{
    struct su_deployment d =
        calibrated(*state, "llama-3.1-8b", "rtx_pro_6000_server", cut(1, 1, 1));
    d.device.mem_bytes_per_s = 1597e9;
    struct su_longest longest = su_step_longest(&d);
    assert_near(longest.s_per_token, 512 / (1597e9 / 188) * 0.875 * 32, 1e-9);
    assert_near(longest.seqs_min, 1.6 * 188 / 8, 1e-9);
    struct su_pricer p = pricer_of(*state, &d);
    /* 50 sequences of mean 1340: one of 40000 tokens takes as long as it does alone. */
    int64_t even_ps = decode_ps(&p, 50, 67000, 1340);
    int64_t long_ps = decode_ps(&p, 50, 67000, 40000);
    int64_t longer_ps = decode_ps(&p, 50, 67000, 50000);
    assert_true(long_ps > even_ps * 3 / 2);
    assert_near((double)(longer_ps - long_ps) / 1e4 / SU_PS_PER_S, longest.s_per_token, 0.01);
    /* Few sequences are split over multiprocessors. */
    assert_int_equal(decode_ps(&p, 37, 50000, 1352), decode_ps(&p, 37, 50000, 40000));
    d = calibrated(*state, "llama-3.1-8b", "h100_sxm_80g", cut(1, 1, 1));
    assert_near(su_step_longest(&d).s_per_token, 0, 0);
}

static void overheads_are_those_of_the_version_or_the_engine(void **state)
{
    (void)state;
    const struct su_engine_overhead *o = su_engine_overhead_find("vllm", "0.19");
    assert_non_null(o);
    assert_string_equal(o->version, "0.19");
    assert_true(o->decode_s > 0 && o->mixed_s > o->decode_s);
    assert_ptr_equal(su_engine_overhead_find("vllm", "0.99"), o);
    assert_null(su_engine_overhead_find("nothing", "0.19"));
}

static void bad_limits_and_unknown_links_are_refused(void **state)
{
    struct fixture *f = *state;
    struct su_deployment d = calibrated(f, "llama-3.1-8b", "h100_sxm_80g", cut(2, 1, 1));
    struct su_pricer p;
    struct su_price_limits none = {0, 2048, 0, 0};
    struct su_price_limits many = {1u << 20, 2048, 0, 0};
    assert_int_equal(su_pricer_perf(&f->arena, &d, &none, &p, &f->err), SU_ERR_INPUT);
    assert_int_equal(su_pricer_perf(&f->arena, &d, &many, &p, &f->err), SU_ERR_LIMIT);
    d.device.link_bytes_per_s = 0;
    d.eff.curves = NULL;
    assert_int_equal(su_pricer_perf(&f->arena, &d, &limits, &p, &f->err), SU_ERR_INPUT);
}

/* Sequences of one length: there is no longest one, and the tables stand against the model. */
#define N_STEPS 2000
static void steps_are_near_those_of_the_model(void **state)
{
    static const struct {
        const char *chip;
        double mixed_rms;
    } cases[] = {{"h100_sxm_80g", 0.02}, {"rtx_pro_6000_server", 0.05}, {"l40s_48g", 0.03}};
    struct su_rng rng;
    su_rng_init(&rng, 9, "error", 0);
    for (size_t chip = 0; chip < 3; chip++) {
        struct su_deployment d = calibrated(*state, "llama-3.1-8b", cases[chip].chip, cut(1, 1, 1));
        struct su_pricer p;
        d.device.splits_keys = true; /* su_step_s knows no longest sequence */
        p = pricer_of(*state, &d);
        double sum[2] = {0, 0};
        double square[2] = {0, 0};
        for (int i = 0; i < N_STEPS; i++) {
            uint32_t seqs = 1 + (uint32_t)below(&rng, 256);
            uint32_t context = 16 + (uint32_t)below(&rng, 4000);
            uint32_t chunk = 1 + (uint32_t)below(&rng, 2048 - seqs);
            uint32_t before = (uint32_t)below(&rng, 2) * (uint32_t)below(&rng, 4000);
            uint64_t tokens = (uint64_t)seqs * context;
            struct su_step step = {.decode_seqs = seqs, .decode_kv_tokens = context};
            double exact = su_step_s(&d, &step) - d.eff.overhead_s;
            double ours = (double)decode_ps(&p, seqs, tokens, context) / SU_PS_PER_S;
            double error[2] = {(ours - limits.decode_overhead_s) / exact - 1, 0};
            step.prefill_tokens = chunk;
            step.prefill_seqs = 1;
            step.prefill_kv_tokens = chunk + before;
            exact = su_step_s(&d, &step) - d.eff.overhead_s;
            ours = mixed_s(&p, seqs, context, chunk, chunk + before);
            error[1] = (ours - limits.mixed_overhead_s) / exact - 1;
            for (int k = 0; k < 2; k++) {
                sum[k] += error[k];
                square[k] += error[k] * error[k];
            }
        }
        printf("%s: decode mean %+.2f %%, rms %.2f %%; mixed mean %+.2f %%, rms %.2f %%\n",
               cases[chip].chip, sum[0] / N_STEPS * 100, sqrt(square[0] / N_STEPS) * 100,
               sum[1] / N_STEPS * 100, sqrt(square[1] / N_STEPS) * 100);
        assert_true(fabs(sum[0] / N_STEPS) < 0.003 && sqrt(square[0] / N_STEPS) < 0.01);
        assert_true(fabs(sum[1] / N_STEPS) < 0.01 &&
                    sqrt(square[1] / N_STEPS) < cases[chip].mixed_rms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_run_is_its_steps_to_the_picosecond),
        fixture_test(more_work_never_costs_less),
        fixture_test(steps_are_near_those_of_the_model),
        fixture_test(ranks_in_lockstep_wait_for_the_slowest),
        fixture_test(a_long_sequence_is_a_critical_path),
        fixture_test(overheads_are_those_of_the_version_or_the_engine),
        fixture_test(bad_limits_and_unknown_links_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
