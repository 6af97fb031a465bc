/* Step prices from the performance model: a run is its steps to the picosecond, more work never
 * costs less, and tables stay close to the model they are filled from. */
#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "perf/deploy.h"
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
            assert_true(decode_ps(&p, seqs + 1, tokens + mean + 1, longest) >= ps);
        }
    }
}

/* Sequences of one length: there is no longest one, and the tables stand against the model. */
static void steps_are_near_those_of_the_model(void **state)
{
    static const char *const chips[] = {"h100_sxm_80g", "rtx_pro_6000_server", "l40s_48g"};
    struct su_rng rng;
    su_rng_init(&rng, 9, "error", 0);
    for (size_t chip = 0; chip < 3; chip++) {
        struct su_deployment d = calibrated(*state, "llama-3.1-8b", chips[chip], cut(1, 1, 1));
        struct su_pricer p = pricer_of(*state, &d);
        double sum[2] = {0, 0};
        double most[2] = {0, 0};
        for (int i = 0; i < 2000; i++) {
            uint32_t seqs = 1 + (uint32_t)below(&rng, 256);
            uint32_t context = 16 + (uint32_t)below(&rng, 4000);
            uint32_t chunk = 1 + (uint32_t)below(&rng, 2048 - seqs);
            uint32_t before = (uint32_t)below(&rng, 2) * (uint32_t)below(&rng, 4000);
            struct su_step step = {.decode_seqs = seqs, .decode_kv_tokens = context};
            double exact = su_step_s(&d, &step) - d.eff.overhead_s;
            double ours =
                (double)decode_ps(&p, seqs, (uint64_t)seqs * context, context) / SU_PS_PER_S -
                limits.decode_overhead_s;
            double error = ours / exact - 1;
            sum[0] += error;
            most[0] = fmax(most[0], fabs(error));
            step.prefill_tokens = chunk;
            step.prefill_seqs = 1;
            step.prefill_kv_tokens = chunk + before;
            exact = su_step_s(&d, &step) - d.eff.overhead_s;
            ours = mixed_s(&p, seqs, context, chunk, chunk + before) - limits.mixed_overhead_s;
            error = ours / exact - 1;
            sum[1] += error;
            most[1] = fmax(most[1], fabs(error));
        }
        printf("%s: decode mean %+.2f %%, most %.2f %%; mixed mean %+.2f %%, most %.2f %%\n",
               chips[chip], sum[0] / 20, most[0] * 100, sum[1] / 20, most[1] * 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_run_is_its_steps_to_the_picosecond),
        fixture_test(more_work_never_costs_less),
        fixture_test(steps_are_near_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
