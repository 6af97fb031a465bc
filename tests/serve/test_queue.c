/* One seat makes an engine a queue with one server: Pollaczek and Khinchine's mean wait. */
#include <math.h>

#include "su_test_serve.h"

#define N_RUNS 60u
#define N_REQUESTS 4000u
#define OUTPUT_MAX 20u
#define STEP_PS 1000000
#define UTILISATION 0.7

/* Mean wait in one run: outputs uniform on 1..20, steps of 1 us, so a request takes 1..20 us. */
static double mean_wait_ps(struct su_arena *arena, const char *sched, uint64_t seed)
{
    struct su_arrival *load = SU_NEW_ARRAY(arena, N_REQUESTS, struct su_arrival);
    struct su_rng rng;
    su_rng_init(&rng, seed, "m/g/1", 0);
    double mean_gap_ps = STEP_PS * (OUTPUT_MAX + 1) / 2.0 / UTILISATION;
    double t = 0;
    for (uint32_t i = 0; i < N_REQUESTS; i++) {
        t += su_dist_exponential(&rng, mean_gap_ps);
        load[i] = (struct su_arrival){.index = i,
                                      .arrival_ps = llround(t),
                                      .input_tokens = 5,
                                      .output_tokens = (uint32_t)serve_draw(&rng, 1, OUTPUT_MAX)};
    }
    struct su_price_line line = {.overhead_ps = STEP_PS};
    struct su_pricer pricer = su_pricer_linear(&line);
    struct su_serve_engine engine = {.sched = su_sched_find(sched),
                                     .block_tokens = 16,
                                     .n_blocks = 10,
                                     .max_num_seqs = 1,
                                     .max_num_batched_tokens = 16,
                                     .n_ranks = 1};
    struct serve_run *run =
        serve_drive(arena, &su_replica_plain, &engine, &pricer, load, N_REQUESTS, 0, NULL);
    return su_hist_mean(&run->result.queue);
}

static void check(struct su_arena *arena, const char *sched)
{
    double sum = 0;
    double sum2 = 0;
    for (uint64_t seed = 0; seed < N_RUNS; seed++) {
        double wait = mean_wait_ps(arena, sched, seed);
        sum += wait;
        sum2 += wait * wait;
        su_arena_reset(arena);
    }
    double mean = sum / N_RUNS;
    double error = sqrt((sum2 / N_RUNS - mean * mean) / (N_RUNS - 1));
    /* E[S] = 21/2, E[S^2] = (n + 1)(2n + 1)/6 = 21 * 41/6 steps^2; W = lambda E[S^2]/2(1 - rho) */
    double s1 = (OUTPUT_MAX + 1) / 2.0;
    double s2 = (OUTPUT_MAX + 1) * (2 * OUTPUT_MAX + 1) / 6.0;
    double expected = STEP_PS * UTILISATION / s1 * s2 / (2 * (1 - UTILISATION));
    print_message("%s: mean wait %.4g us, expected %.4g, standard error %.2g\n", sched, mean / 1e6,
                  expected / 1e6, error / 1e6);
    assert_true(error < 0.03 * expected);
    assert_true(fabs(mean - expected) < 3.5 * error);
}

static void one_seat_waits_as_an_m_g_1_queue(void **state)
{
    check(*state, "vllm-0.8");
    check(*state, "vllm-0.19");
    check(*state, "sglang-0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {ARENA_TEST(one_seat_waits_as_an_m_g_1_queue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
