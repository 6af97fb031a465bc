/* Twenty requests through three schedulers, every schedule call worked out by hand. A step over n
 * tokens takes 100 + 10 n ps; 4 seats, a budget of 16 tokens, blocks of 4 tokens, more than enough
 * of them. In the comments 0:8p is eight prompt tokens of request 0 and 0:d one decoded one. */
#include "su_test_serve.h"

#define N 20u

static const struct su_arrival load[N] = {
#define R(i, t, in, out)                                                      \
    {                                                                         \
        .index = i, .arrival_ps = t, .input_tokens = in, .output_tokens = out \
    }
    R(0, 0, 8, 3),      R(1, 0, 20, 2),    R(2, 0, 4, 1),      R(3, 50, 6, 4),
    R(4, 300, 2, 2),    R(5, 320, 12, 1),  R(6, 1000, 3, 3),   R(7, 1000, 3, 1),
    R(8, 1010, 40, 2),  R(9, 1100, 5, 5),  R(10, 1800, 1, 1),  R(11, 1900, 16, 3),
    R(12, 1900, 16, 2), R(13, 1900, 2, 6), R(14, 2400, 7, 2),  R(15, 4000, 9, 1),
    R(16, 4050, 9, 2),  R(17, 4060, 4, 4), R(18, 4500, 10, 1), R(19, 6000, 5, 2),
#undef R
};

struct step {
    int64_t t0_ps;
    int64_t t1_ps;
    uint32_t n_decode;
    uint32_t n_chunks;
    uint32_t prefill_tokens;
    uint32_t n_waiting;
    uint64_t blocks_used;
};

struct times {
    int64_t scheduled_ps;
    int64_t first_ps;
    int64_t done_ps;
};

static void check(struct su_arena *arena, const char *sched, const struct step *steps,
                  uint64_t n_steps, const struct times *times)
{
    struct su_price_line line = {.overhead_ps = 100, .per_token_ps = 10};
    struct su_pricer pricer = su_pricer_linear(&line);
    struct su_serve_engine engine = {.sched = su_sched_find(sched),
                                     .block_tokens = 4,
                                     .n_blocks = 100,
                                     .max_num_seqs = 4,
                                     .max_num_batched_tokens = 16,
                                     .n_ranks = 1};
    struct serve_run *run =
        serve_drive(arena, &su_replica_plain, &engine, &pricer, load, N, 100, NULL);
    assert_int_equal(run->n_steps_kept, n_steps);
    for (uint64_t i = 0; i < n_steps; i++) {
        const struct su_step_record *s = &run->steps[i];
        if (s->t0_ps != steps[i].t0_ps || s->t1_ps != steps[i].t1_ps)
            fail_msg("step %llu is %lld..%lld", (unsigned long long)i, (long long)s->t0_ps,
                     (long long)s->t1_ps);
        assert_int_equal(s->n_decode, steps[i].n_decode);
        assert_int_equal(s->n_chunks, steps[i].n_chunks);
        assert_int_equal(s->prefill_tokens, steps[i].prefill_tokens);
        assert_int_equal(s->n_waiting, steps[i].n_waiting);
        assert_int_equal(s->blocks_used, steps[i].blocks_used);
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(run->records[i].scheduled_ps, times[i].scheduled_ps);
        assert_int_equal(run->records[i].first_ps, times[i].first_ps);
        assert_int_equal(run->records[i].done_ps, times[i].done_ps);
    }
}

static void synchronous_vllm_calls_when_a_step_ends(void **state)
{
    static const struct step steps[] = {
        /* call = t0: running, waiting   | what it takes                          | tokens */
        {0, 260, 0, 2, 16, 1, 4},      /* 0:8p 1:8p, 2 waits                      16 */
        {260, 520, 1, 2, 15, 1, 9},    /* 0:d 1:12p 2:3p, 3 waits                 16 */
        {520, 710, 2, 2, 7, 2, 12},    /* 0:d(3rd) 1:d(2nd) 2:1p 3:6p, 4 5 wait    9 */
        {710, 960, 1, 2, 14, 0, 6},    /* 0 1 2 left; 3:d 4:2p 5:12p              15 */
        {960, 1080, 2, 0, 0, 0, 3},    /* 5 left; 3:d 4:d                          2 */
        {1080, 1340, 1, 3, 15, 0, 8},  /* 4 left; 3:d(4th) 6:3p 7:3p 8:9p         16 */
        {1340, 1600, 1, 1, 15, 1, 7},  /* 3 7 left; 6:d 8:15p, 9 waits            16 */
        {1600, 1860, 1, 1, 15, 1, 12}, /* 6:d(3rd) 8:15p, 9 waits                 16 */
        {1860, 2030, 0, 3, 7, 0, 13},  /* 6 left; 8:1p 9:5p 10:1p                  7 */
        {2030, 2290, 2, 1, 14, 2, 17}, /* 10 left; 8:d 9:d 11:14p, 12 13 wait     16 */
        {2290, 2550, 1, 2, 15, 1, 10}, /* 8 left; 9:d 11:2p 12:13p, 13 waits      16 */
        {2550, 2720, 2, 2, 5, 1, 12},  /* 9:d 11:d 12:3p 13:2p, 14 has no seat     7 */
        {2720, 2860, 4, 0, 0, 1, 14},  /* 9:d(5th) 11:d(3rd) 12:d(2nd) 13:d        4 */
        {2860, 3040, 1, 1, 7, 0, 3},   /* 9 11 12 left; 13:d 14:7p                 8 */
        {3040, 3160, 2, 0, 0, 0, 4},   /* 13:d 14:d(2nd)                           2 */
        {3160, 3270, 1, 0, 0, 0, 2},   /* 14 left; 13:d                            1 */
        {3270, 3380, 1, 0, 0, 0, 2},   /* 13:d(6th)                                1 */
        {4000, 4190, 0, 1, 9, 0, 3},   /* 15:9p                                    9 */
        {4190, 4420, 0, 2, 13, 0, 4},  /* 15 left; 16:9p 17:4p                    13 */
        {4420, 4540, 2, 0, 0, 0, 5},   /* 16:d(2nd) 17:d                           2 */
        {4540, 4750, 1, 1, 10, 0, 5},  /* 16 left; 17:d 18:10p                    11 */
        {4750, 4860, 1, 0, 0, 0, 2},   /* 18 left; 17:d(4th)                       1 */
        {6000, 6150, 0, 1, 5, 0, 2},   /* 19:5p                                    5 */
        {6150, 6260, 1, 0, 0, 0, 2},   /* 19:d(2nd)                                1 */
    };
    static const struct times times[N] = {
        {0, 260, 710},      {0, 520, 710},      {260, 710, 710},    {520, 710, 1340},
        {710, 960, 1080},   {710, 960, 960},    {1080, 1340, 1860}, {1080, 1340, 1340},
        {1080, 2030, 2290}, {1860, 2030, 2860}, {1860, 2030, 2030}, {2030, 2550, 2860},
        {2290, 2720, 2860}, {2550, 2720, 3380}, {2860, 3040, 3160}, {4000, 4190, 4190},
        {4190, 4420, 4540}, {4190, 4420, 4860}, {4540, 4750, 4750}, {6000, 6150, 6260},
    };
    check(*state, "vllm-0.8", steps, sizeof(steps) / sizeof(steps[0]), times);
}

static void asynchronous_vllm_schedules_one_step_ahead(void **state)
{
    static const struct step steps[] = {
        /* made at: what it takes, (e) marks those whose last token is under way       | tokens */
        {0, 260, 0, 2, 16, 1, 4},      /* 0: 0:8p 1:8p, 2 waits                          16 */
        {260, 520, 1, 2, 15, 0, 9},    /* 0, the second: 0:d 1:12p 2:3p                  16 */
        {520, 710, 2, 2, 7, 0, 12},    /* 260: 0:d(3rd) 1:d(2nd) 2:1p 3:6p                9 */
        {710, 820, 1, 0, 0, 2, 12},    /* 520: 0e 1e 2e keep seats, 3:d, 4 5 wait         1 */
        {820, 1070, 1, 2, 14, 0, 6},   /* 710: 0 1 2 left; 3:d 4:2p 5:12p                15 */
        {1070, 1190, 2, 0, 0, 0, 7},   /* 820: 3:d(4th) 4:d(2nd) 5e                       2 */
        {1190, 1350, 0, 2, 6, 1, 6},   /* 1070: 5 left; 3e 4e 6:3p 7:3p, 8 has no seat    6 */
        {1350, 1610, 1, 1, 15, 1, 6},  /* 1190: 3 4 left; 6:d 7e 8:15p, 9 waits          16 */
        {1610, 1870, 1, 1, 15, 1, 10}, /* 1350: 7 left; 6:d(3rd) 8:15p, 9 waits          16 */
        {1870, 2120, 0, 2, 15, 0, 14}, /* 1610: 6e 8:10p 9:5p                            15 */
        {2120, 2250, 2, 1, 1, 0, 14},  /* 1870: 6 left; 8:d(2nd) 9:d 10:1p                3 */
        {2250, 2510, 1, 1, 15, 2, 18}, /* 2120: 8e 10e 9:d 11:15p, 12 13 wait            16 */
        {2510, 2770, 1, 2, 15, 1, 10}, /* 2250: 8 10 left; 9:d 11:1p 12:14p, 13 waits    16 */
        {2770, 2930, 2, 2, 4, 1, 13},  /* 2510: 9:d(5th) 11:d 12:2p 13:2p, 14 waits       6 */
        {2930, 3060, 3, 0, 0, 1, 14},  /* 2770: 9e 11:d(3rd) 12:d(2nd) 13:d               3 */
        {3060, 3240, 1, 1, 7, 0, 13},  /* 2930: 9 left; 11e 12e 13:d 14:7p                8 */
        {3240, 3360, 2, 0, 0, 0, 4},   /* 3060: 11 12 left; 13:d 14:d(2nd)                2 */
        {3360, 3470, 1, 0, 0, 0, 4},   /* 3240: 13:d 14e                                  1 */
        {3470, 3580, 1, 0, 0, 0, 2},   /* 3360: 14 left; 13:d(6th)                        1 */
        {4000, 4190, 0, 1, 9, 0, 3},   /* 4000: 15:9p; a second call finds nothing        9 */
        {4190, 4420, 0, 2, 13, 0, 4},  /* 4190: 15 left; 16:9p 17:4p                     13 */
        {4420, 4540, 2, 0, 0, 0, 5},   /* 4190, the second: 16:d(2nd) 17:d                2 */
        {4540, 4650, 1, 0, 0, 0, 5},   /* 4420: 16e 17:d; 18 is not there yet             1 */
        {4650, 4860, 1, 1, 10, 0, 5},  /* 4540: 16 left; 17:d(4th) 18:10p                11 */
        {6000, 6150, 0, 1, 5, 0, 2},   /* 6000: 19:5p                                     5 */
        {6150, 6260, 1, 0, 0, 0, 2},   /* 6000, the second: 19:d(2nd)                     1 */
    };
    static const struct times times[N] = {
        {0, 260, 710},      {0, 520, 710},      {0, 710, 710},      {260, 710, 1190},
        {710, 1070, 1190},  {710, 1070, 1070},  {1070, 1350, 1870}, {1070, 1350, 1350},
        {1190, 2120, 2250}, {1610, 2120, 2930}, {1870, 2250, 2250}, {2120, 2770, 3060},
        {2250, 2930, 3060}, {2510, 2930, 3580}, {2930, 3240, 3360}, {4000, 4190, 4190},
        {4190, 4420, 4540}, {4190, 4420, 4860}, {4540, 4860, 4860}, {6000, 6150, 6260},
    };
    check(*state, "vllm-0.19", steps, sizeof(steps) / sizeof(steps[0]), times);
}

static void sglang_runs_prompts_before_decodes(void **state)
{
    static const struct step steps[] = {
        /* made at: what it takes; pages of 4 tokens, so a cut prompt is cut to a multiple | tokens
         */
        {0, 260, 0, 2, 16, 1, 4},      /* 0: 0:8p 1:8p, 2 waits                          16 */
        {260, 520, 0, 2, 16, 0, 8},    /* 0, the second: 1:12p 2:4p                      16 */
        {520, 680, 0, 1, 6, 0, 10},    /* 260: 3:6p                                       6 */
        {680, 800, 0, 1, 2, 1, 10},    /* 520: 2 left; 4:2p, 5 has no seat: full          2 */
        {800, 940, 4, 0, 0, 1, 12},    /* 680: 0:d 1:d(2nd) 3:d 4:d(2nd)                  4 */
        {940, 1060, 2, 0, 0, 1, 12},   /* 800: 1e 4e 0:d(3rd) 3:d                         2 */
        {1060, 1280, 0, 1, 12, 0, 8},  /* 940: 1 4 left; 5:12p                           12 */
        {1280, 1440, 0, 2, 6, 1, 7},   /* 1060: 0 left; 6:3p 7:3p, 8 has no seat: full    6 */
        {1440, 1700, 0, 1, 16, 1, 8},  /* 1280: 5 left; 8:16p, 9 waits                   16 */
        {1700, 1960, 0, 1, 16, 1, 11}, /* 1440: 7 left; 8:16p                            16 */
        {1960, 2190, 0, 2, 13, 0, 15}, /* 1700: 8:8p 9:5p                                13 */
        {2190, 2330, 4, 0, 0, 4, 17},  /* 1960: 3:d(4th) 6:d 8:d(2nd) 9:d; 10-13 wait     4 */
        {2330, 2450, 2, 0, 0, 4, 18},  /* 2190: 3e 8e 6:d(3rd) 9:d                        2 */
        {2450, 2680, 0, 2, 13, 2, 8},  /* 2330: 3 8 left; 10:1p 11:12p of 15 left        13 */
        {2680, 2940, 0, 2, 16, 2, 10}, /* 2450: 6 left; 11:4p 12:12p, 13 14 wait         16 */
        {2940, 3100, 0, 2, 6, 1, 11},  /* 2680: 10 left; 12:4p 13:2p, 14 has no seat      6 */
        {3100, 3240, 4, 0, 0, 1, 13},  /* 2940: 9:d 11:d 12:d(2nd) 13:d                   4 */
        {3240, 3370, 3, 0, 0, 1, 14},  /* 3100: 12e 9:d(5th) 11:d(3rd) 13:d               3 */
        {3370, 3540, 0, 1, 7, 0, 11},  /* 3240: 12 left; 14:7p                            7 */
        {3540, 3660, 2, 0, 0, 0, 4},   /* 3370: 9 11 left; 13:d 14:d(2nd)                 2 */
        {3660, 3770, 1, 0, 0, 0, 4},   /* 3540: 14e 13:d                                  1 */
        {3770, 3880, 1, 0, 0, 0, 2},   /* 3660: 14 left; 13:d(6th)                        1 */
        {4000, 4190, 0, 1, 9, 0, 3},   /* 4000: 15:9p                                     9 */
        {4190, 4420, 0, 2, 13, 0, 4},  /* 4190: 15 left; 16:9p 17:4p                     13 */
        {4420, 4540, 2, 0, 0, 0, 5},   /* 4190, the second: 16:d(2nd) 17:d                2 */
        {4540, 4650, 1, 0, 0, 0, 5},   /* 4420: 16e 17:d                                  1 */
        {4650, 4850, 0, 1, 10, 0, 5},  /* 4540: 16 left; 18:10p, 17 must wait            10 */
        {4850, 4960, 1, 0, 0, 0, 5},   /* 4650: 18e 17:d(4th)                             1 */
        {6000, 6150, 0, 1, 5, 0, 2},   /* 6000: 19:5p                                     5 */
        {6150, 6260, 1, 0, 0, 0, 2},   /* 6000, the second: 19:d(2nd)                     1 */
    };
    static const struct times times[N] = {
        {0, 260, 1060},     {0, 520, 940},      {0, 520, 520},      {260, 680, 2330},
        {520, 800, 940},    {940, 1280, 1280},  {1060, 1440, 2450}, {1060, 1440, 1440},
        {1280, 2190, 2330}, {1700, 2190, 3370}, {2330, 2680, 2680}, {2330, 2940, 3370},
        {2450, 3100, 3240}, {2680, 3100, 3880}, {3240, 3540, 3660}, {4000, 4190, 4190},
        {4190, 4420, 4540}, {4190, 4420, 4960}, {4540, 4850, 4850}, {6000, 6150, 6260},
    };
    check(*state, "sglang-0.5", steps, sizeof(steps) / sizeof(steps[0]), times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(synchronous_vllm_calls_when_a_step_ends),
        ARENA_TEST(asynchronous_vllm_schedules_one_step_ahead),
        ARENA_TEST(sglang_runs_prompts_before_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
