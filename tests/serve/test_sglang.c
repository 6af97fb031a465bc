/* How SGLang takes prompts in and retracts requests, worked out by hand. */
#include "by_hand.h"

/* A 4 + 9, B 6 + 9. 5 blocks: A is let in, 16 tokens are free, 9 of them A's to come; B needs 8 + 9
 * and waits until A leaves at 90. 12 blocks: 44 are free, 17 < 44 - 9. */
static void sglang_keeps_room_for_answers(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 4, .output_tokens = 9},
        {.index = 1, .input_tokens = 6, .output_tokens = 9},
    };
    struct su_serve_engine engine = engine_of("sglang", 5);
    struct serve_run *tight = drive(*state, &engine, ten, load, 2);
    engine.n_blocks = 12;
    struct serve_run *ample = drive(*state, &engine, ten, load, 2);
    check_record(&tight->records[0], 0, 10, 90);
    check_record(&tight->records[1], 90, 100, 180);
    check_record(&ample->records[1], 0, 10, 90);
}

/* Pages of one token. A 10 + 30. B, 10 + 30 at 15, is seen by the call at 20, when A holds 12 (one
 * step under way) and has given 3; two decode steps brought the ratio to 0.7 - 2 x 0.602/600 =
 * 0.698, so 27 x 0.698 = 18.8 are expected. 70 pages: 40 < 58 - 18.8 does not hold, and not later:
 * free falls by one a step, what is expected by less. B comes when A leaves, at 300. 75 pages: 40 <
 * 63 - 18.8. */
static void sglang_expects_running_requests_to_use_a_part_of_their_output(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 10, .output_tokens = 30},
        {.index = 1, .arrival_ps = 15, .input_tokens = 10, .output_tokens = 30},
    };
    struct su_serve_engine engine = engine_of("sglang", 70);
    engine.block_tokens = 1;
    struct serve_run *tight = drive(*state, &engine, ten, load, 2);
    engine.n_blocks = 75;
    struct serve_run *ample = drive(*state, &engine, ten, load, 2);
    assert_int_equal(tight->records[1].scheduled_ps, 300);
    assert_int_equal(ample->records[1].scheduled_ps, 20);
}

/* Blocks of one token, A1 and A2 10 + 800, ratio 0.7 less 0.602/600 a decode step, one step of
 * prompts and two of decodes before the call at 20. 1630 blocks: 1606 are free, 1594 tokens are
 * left, 1112.6 of them expected: 493.4 remain. B's 400 + 94 is not below that, and B waits until
 * one leaves at 8000, though a step later 494.4 would remain; 400 + 93 is let in. */
static void sglang_is_full_until_somebody_leaves(void **state)
{
    struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 10, .output_tokens = 800},
        {.index = 1, .arrival_ps = 0, .input_tokens = 10, .output_tokens = 800},
        {.index = 2, .arrival_ps = 15, .input_tokens = 400, .output_tokens = 94},
    };
    struct su_serve_engine engine = engine_of("sglang", 1630);
    engine.block_tokens = 1;
    engine.max_num_batched_tokens = 1000;
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    assert_int_equal(run->records[2].scheduled_ps, 8000);
    load[2].output_tokens = 93;
    run = drive(*state, &engine, ten, load, 3);
    assert_int_equal(run->records[2].scheduled_ps, 20);
}

/* 121 blocks of one token. A 4 + 40 at 0; Y 3 + 40 and Z 6 + 40 come at 5 and are let in at 10:
 *   Y: 3 + 40 < 116 - 0.698 x 38, Z: 6 + 40 < 113 - 0.698 x 38 - 40; their prompts in 20..30
 *  20 + 10 j, in 30 + 10 j ..: A has given 3 + j, Y and Z 2 + j, and all hold 17 + 3 j blocks
 * 300: W does not fit beside what is expected
 * 370: j = 35; 119 are held, 3 are needed: of Y and Z, equal in tokens given, the longer prompt
 * goes: Z, 36 tokens given, to the end of the waiting list. The ratio is (37 + 36 + 2 x 20)/(80 +
 * 1), at most 1. A and Y in 380..390 380: 41 are free, 2 + 3 expected: W's 2 + 1 < 36 is let in,
 * Z's 42 blocks are not there; 390..400 390: A 39, Y 38; 400: A 40, Y 39; 410: Y 40 in 420..430
 * 420: A is gone: Z's 42 tokens in 430..440, then three more */
static void sglang_retracts_who_gave_fewest_tokens(void **state)
{
    struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 4, .output_tokens = 40},
        {.index = 1, .arrival_ps = 5, .input_tokens = 3, .output_tokens = 40},
        {.index = 2, .arrival_ps = 5, .input_tokens = 6, .output_tokens = 40},
        {.index = 3, .arrival_ps = 300, .input_tokens = 2, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("sglang", 121);
    engine.block_tokens = 1;
    engine.max_num_batched_tokens = 100;
    struct serve_run *run = drive(*state, &engine, ten, load, 4);
    check_record(&run->records[0], 0, 10, 420);
    check_record(&run->records[1], 10, 30, 430);
    check_record(&run->records[2], 10, 30, 470);
    check_record(&run->records[3], 380, 400, 400);
    assert_int_equal(run->records[2].n_preempted, 1);
    assert_int_equal(run->result.n_preempted, 1);
    /* at a ratio of 1 exactly 36 tokens are free for W */
    load[3].input_tokens = 30;
    load[3].output_tokens = 5;
    assert_int_equal(drive(*state, &engine, ten, load, 4)->records[3].scheduled_ps, 380);
    load[3].output_tokens = 6;
    assert_int_equal(drive(*state, &engine, ten, load, 4)->records[3].scheduled_ps, 410);
}

/* 8 tokens a step. At 100 R2, whose first 8 tokens are here, goes before R1: 2 tokens, and 4 of
 * R1's 8 (6 are left, whole blocks only). */
static void sglang_takes_the_longest_prefix_first(void **state)
{
    static const struct su_prefix_run runs[] = {{1, 8}};
    static const struct su_arrival load[] = {
        {.index = 0,
         .arrival_ps = 0,
         .input_tokens = 8,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
        {.index = 1, .arrival_ps = 100, .input_tokens = 8, .output_tokens = 1},
        {.index = 2,
         .arrival_ps = 100,
         .input_tokens = 10,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
    };
    struct su_serve_engine engine = engine_of("sglang", 100);
    engine.max_num_batched_tokens = 8;
    engine.prefix_caching = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    check_record(&run->records[1], 100, 120, 120);
    check_record(&run->records[2], 100, 110, 110);
    assert_int_equal(run->records[2].hit_tokens, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(sglang_keeps_room_for_answers),
        ARENA_TEST(sglang_expects_running_requests_to_use_a_part_of_their_output),
        ARENA_TEST(sglang_is_full_until_somebody_leaves),
        ARENA_TEST(sglang_retracts_who_gave_fewest_tokens),
        ARENA_TEST(sglang_takes_the_longest_prefix_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
