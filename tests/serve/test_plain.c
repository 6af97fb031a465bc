/* Single rules of the simulator on runs small enough to work out by hand. */
#include "su_test_serve.h"

static const struct su_price_line ten = {.overhead_ps = 10}; /* every step takes 10 ps */

static struct su_serve_engine engine_of(const char *sched, uint64_t n_blocks)
{
    return (struct su_serve_engine){.sched = su_sched_find(sched),
                                    .block_tokens = 4,
                                    .n_blocks = n_blocks,
                                    .max_num_seqs = 4,
                                    .max_num_batched_tokens = 16,
                                    .n_ranks = 1};
}

static struct serve_run *drive(struct su_arena *arena, const struct su_serve_engine *engine,
                               struct su_price_line line, const struct su_arrival *load, uint32_t n)
{
    struct su_price_line *kept = SU_NEW(arena, struct su_price_line);
    *kept = line;
    struct su_pricer pricer = su_pricer_linear(kept);
    return serve_drive(arena, &su_replica_plain, engine, &pricer, load, n, 1000, NULL);
}

static void check_record(const struct su_request_record *r, int64_t scheduled_ps, int64_t first_ps,
                         int64_t done_ps)
{
    assert_int_equal(r->scheduled_ps, scheduled_ps);
    assert_int_equal(r->first_ps, first_ps);
    assert_int_equal(r->done_ps, done_ps);
}

/* ---- vLLM ---- */

/* 4 blocks of 4 tokens.
 *  0: A 6 prompt tokens, 2 blocks; B 4, 1 block
 * 10: A holds 7, B 5: 2 blocks, the last one
 * 20: A 8, B 6
 * 30: C has come. A holds 9 and needs a third block: B, the last, goes with its 3 tokens given, to
 *     the front; nobody is let in
 * 40: A 10. B has 4 + 3 tokens to compute, 2 blocks; 1 is free: it waits, and C behind it
 * 50: A is gone. B 7, C 4; both are complete at 60 */
static void the_last_of_the_running_list_is_preempted(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 6, .output_tokens = 5},
        {.index = 1, .arrival_ps = 0, .input_tokens = 4, .output_tokens = 4},
        {.index = 2, .arrival_ps = 25, .input_tokens = 4, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 4);
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    const struct su_serve_result *result = &run->result;
    check_record(&run->records[0], 0, 10, 50);
    check_record(&run->records[1], 0, 10, 60);
    check_record(&run->records[2], 50, 60, 60);
    assert_int_equal(run->records[1].n_preempted, 1);
    assert_int_equal(result->n_preempted, 1);
    assert_int_equal(result->computed_tokens, 6 + 4 + 7 + 4);
    assert_int_equal(result->n_steps, 6);
    /* B waited 30..50, C 25..50; A ran 50, B 30 + 10, C 10 */
    assert_true(result->waiting_ps == 20 + 25);
    assert_true(result->running_ps == 50 + 40 + 10);
    /* gaps: A four of 10, B two of 10 and one of 30 */
    assert_int_equal(result->itl.n, 7);
    assert_true(result->itl.sum == 4 * 10 + 2 * 10 + 30);
    /* KV tokens in steps of 10 ps: 10, 7 + 5, 8 + 6, 9, 10, 7 + 4 */
    assert_true(result->kv_token_ps == 10 * (10 + 12 + 14 + 9 + 10 + 11));
    assert_int_equal(result->blocks_max, 4);
    assert_int_equal(result->waiting_max, 2);
    assert_int_equal(result->running_max, 2);
}

/* 3 blocks, 6 tokens a step, both asynchronous. Two calls at 0: A 5 prompt tokens (2 blocks) and
 * one of D's 8, when its first chunk is enough (1 block); then A decodes and D, which lacks a block
 * and is the last, preempts itself. Where all of D must fit it starts when A is gone, at 40. */
static void a_prompt_is_let_in_by_its_first_chunk_or_by_all_of_it(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 5, .output_tokens = 4},
        {.index = 1, .input_tokens = 8, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.14", 3);
    engine.max_num_batched_tokens = 6;
    struct serve_run *chunk = drive(*state, &engine, ten, load, 2);
    engine.sched = su_sched_find("vllm-0.19");
    struct serve_run *whole = drive(*state, &engine, ten, load, 2);
    check_record(&chunk->records[0], 0, 10, 40);
    check_record(&chunk->records[1], 0, 60, 60);
    assert_int_equal(chunk->result.n_preempted, 1);
    check_record(&whole->records[0], 0, 10, 40);
    check_record(&whole->records[1], 40, 60, 60);
    assert_int_equal(whole->result.n_preempted, 0);
}

/* Asynchronous, 3 blocks. A 4 prompt tokens and 2 of output, B 4 and 4.
 * 0: A 4, B 4 in 0..10; again at 0: B has nothing to do with A's last token: A holds 5, 2 blocks; B
 *    needs a second block and has none: B, the last, goes with the token that is under way (10)
 * 10: A ends and keeps its blocks, B has 4 + 1 tokens, 2 blocks, 1 is free: nothing; next result 20
 * 20: A is gone. B 5 in 20..30, again at 20: 6 in 30..40; at 30: 7 in 40..50 */
static void a_token_under_way_is_kept_by_the_preempted(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 4, .output_tokens = 2},
        {.index = 1, .input_tokens = 4, .output_tokens = 4},
    };
    struct su_serve_engine engine = engine_of("vllm-0.19", 3);
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    check_record(&run->records[0], 0, 10, 20);
    check_record(&run->records[1], 0, 10, 50);
    assert_true(run->result.running_ps == 20 + 0 + 30);
    assert_true(run->result.waiting_ps == 20);
    assert_int_equal(run->result.output_tokens, 6);
    assert_int_equal(run->result.itl.n, 4);
}

/* Asynchronous, 4 blocks, A 3 + 5, B 8 + 2.
 *  0: A 3 (1 block), B 8 (2) in 0..10; again: A 4, B 9 (3 blocks), its last token, in 10..20
 * 10: A holds 5 and needs a second block, none is free: B gives up seat and blocks now; 20..30
 * 20: A 6, 30: A 7, its fifth token, at 50 */
static void a_victim_whose_last_token_is_under_way_is_complete(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 3, .output_tokens = 5},
        {.index = 1, .input_tokens = 8, .output_tokens = 2},
    };
    struct su_serve_engine engine = engine_of("vllm-0.19", 4);
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    check_record(&run->records[0], 0, 10, 50);
    check_record(&run->records[1], 0, 10, 20);
    assert_int_equal(run->records[1].n_preempted, 0);
    assert_int_equal(run->result.n_preempted, 1);
    assert_true(run->result.running_ps == 50 + 10);
    assert_int_equal(run->result.computed_tokens, 11);
}

/* A limit of 3 tokens of one prompt: 0: A 3, B 3; 10: A 2 (complete), B 3; 20: B 1. */
static void a_threshold_lets_short_prompts_pass_long_ones(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 5, .output_tokens = 1},
        {.index = 1, .input_tokens = 7, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 100);
    engine.long_prefill_tokens = 3;
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    check_record(&run->records[0], 0, 20, 20);
    check_record(&run->records[1], 0, 30, 30);
    assert_int_equal(run->steps[1].prefill_tokens, 5);
}

/* 12 tokens in blocks of 4: P + output - 1 = 13 needs 4. */
static void what_can_never_fit_is_refused_on_arrival(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 5, .input_tokens = 10, .output_tokens = 4},
        {.index = 1, .arrival_ps = 6, .input_tokens = 10, .output_tokens = 3},
    };
    struct su_serve_engine engine = engine_of("vllm", 3);
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    assert_true(run->records[0].refused && run->records[0].done_ps == 0);
    check_record(&run->records[1], 6, 16, 36);
    assert_int_equal(run->result.n_refused, 1);
    assert_int_equal(run->result.n_done, 1);
}

/* One seat: the one that runs is not interrupted, then by (priority, arrival). */
static void waiting_requests_are_let_in_by_priority(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 1, .output_tokens = 3, .priority = 5},
        {.index = 1, .arrival_ps = 1, .input_tokens = 1, .output_tokens = 1, .priority = 2},
        {.index = 2, .arrival_ps = 2, .input_tokens = 1, .output_tokens = 1, .priority = 1},
        {.index = 3, .arrival_ps = 3, .input_tokens = 1, .output_tokens = 1, .priority = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 100);
    engine.by_priority = true;
    engine.max_num_seqs = 1;
    struct serve_run *run = drive(*state, &engine, ten, load, 4);
    check_record(&run->records[0], 0, 10, 30);
    check_record(&run->records[2], 30, 40, 40);
    check_record(&run->records[3], 40, 50, 50);
    check_record(&run->records[1], 50, 60, 60);
}

/* 4 blocks. B comes first with the lower priority.
 *  0: B 4 (1 block)
 * 10: B 5 (2), A 7 (2)
 * 20: B 6, A 8
 * 30: B would hold 7, A 9 and needs a third block: the largest by priority is B, its token of this
 *     call is taken back; A alone runs. B has given 3. C is there and a block is free, but nobody
 * is let in by a call that preempts 40: A 10, its fourth token; C 4; B would need 2 blocks for 7
 * tokens 50: B 7 gives the fourth, 60: the fifth */
static void the_victim_is_the_largest_by_priority_and_arrival(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 4, .output_tokens = 5, .priority = 9},
        {.index = 1, .arrival_ps = 5, .input_tokens = 7, .output_tokens = 4, .priority = 0},
        {.index = 2, .arrival_ps = 25, .input_tokens = 4, .output_tokens = 1, .priority = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 4);
    engine.by_priority = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    check_record(&run->records[0], 0, 10, 70);
    check_record(&run->records[1], 10, 20, 50);
    check_record(&run->records[2], 40, 50, 50);
    assert_int_equal(run->records[0].n_preempted, 1);
    assert_int_equal(run->steps[3].n_decode, 1);
    assert_true(run->result.itl.sum == 10 + 10 + 30 + 10 + 3 * 10);
}

/* 3 blocks. 0: A 4 (1 block), B 8 (2). 10: A needs a second block and is itself the largest by
 * priority; with it the round of the running ones ends, nothing is to be done and no step is under
 * way: called again at 10, B holds 9 and is complete at 20. A computes 5 in 20..30, 6, 7, 8 by 60.
 */
static void a_call_that_only_preempted_is_followed_by_another(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 4, .output_tokens = 5, .priority = 9},
        {.index = 1, .input_tokens = 8, .output_tokens = 2, .priority = 0},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 3);
    engine.by_priority = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    check_record(&run->records[0], 0, 10, 60);
    check_record(&run->records[1], 0, 10, 20);
    assert_int_equal(run->records[0].n_preempted, 1);
    assert_int_equal(run->result.n_steps, 6);
}

/* ---- prefix cache ---- */

/* A step over n tokens takes 10 + n. Run 1 is 8 tokens, two blocks; run 2 the next 5: of the blocks
 * that end in it one is full.
 *   0: R0 10 tokens; R1 finds the two blocks of run 1 that R0 has just been given, 6 to compute
 * 100: R2 finds three blocks, 2 to compute
 * 200: R3, 8 tokens, finds one: the last token is always computed, 4 */
static void a_prefix_is_found_from_the_call_that_schedules_it(void **state)
{
    static const struct su_prefix_run runs[] = {{1, 8}, {2, 5}};
    static const struct su_arrival load[] = {
        {.index = 0,
         .arrival_ps = 0,
         .input_tokens = 10,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
        {.index = 1,
         .arrival_ps = 0,
         .input_tokens = 14,
         .output_tokens = 1,
         .n_runs = 2,
         .runs = runs},
        {.index = 2,
         .arrival_ps = 100,
         .input_tokens = 14,
         .output_tokens = 1,
         .n_runs = 2,
         .runs = runs},
        {.index = 3,
         .arrival_ps = 200,
         .input_tokens = 8,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 100);
    engine.prefix_caching = true;
    struct serve_run *run = drive(
        *state, &engine, (struct su_price_line){.overhead_ps = 10, .per_token_ps = 1}, load, 4);
    check_record(&run->records[0], 0, 26, 26);
    check_record(&run->records[1], 0, 26, 26);
    check_record(&run->records[2], 100, 112, 112);
    check_record(&run->records[3], 200, 214, 214);
    assert_int_equal(run->records[1].hit_tokens, 8);
    assert_int_equal(run->records[2].hit_tokens, 12);
    assert_int_equal(run->records[3].hit_tokens, 4);
    assert_int_equal(run->result.hit_tokens, 24);
    assert_int_equal(run->result.computed_tokens, 10 + 6 + 2 + 4);
    assert_int_equal(run->result.blocks_max, 5); /* 3, and 2 of R1's own */
}

/* 4 blocks. R0 leaves two blocks of run 1. R1 takes 3: the two never used, then the last of run 1.
 * R2 finds the one that is left. */
static void a_run_loses_its_end_first(void **state)
{
    static const struct su_prefix_run runs[] = {{1, 8}};
    static const struct su_arrival load[] = {
        {.index = 0,
         .arrival_ps = 0,
         .input_tokens = 8,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
        {.index = 1, .arrival_ps = 100, .input_tokens = 12, .output_tokens = 1},
        {.index = 2,
         .arrival_ps = 200,
         .input_tokens = 9,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 4);
    engine.prefix_caching = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    assert_int_equal(run->records[2].hit_tokens, 4);
}

/* A turn's answer is part of the next turn's prompt: run 1 covers 6 + 3 tokens, of which 6 + 3 - 1
 * are stored, two full blocks. */
static void an_answer_is_found_by_the_next_turn(void **state)
{
    static const struct su_prefix_run runs[] = {{1, 9}};
    static const struct su_arrival load[] = {
        {.index = 0,
         .arrival_ps = 0,
         .input_tokens = 6,
         .output_tokens = 3,
         .n_runs = 1,
         .runs = runs},
        {.index = 1,
         .arrival_ps = 100,
         .input_tokens = 12,
         .output_tokens = 1,
         .n_runs = 1,
         .runs = runs},
    };
    struct su_serve_engine engine = engine_of("vllm", 10);
    engine.prefix_caching = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    assert_int_equal(run->records[1].hit_tokens, 8);
}

/* ---- SGLang ---- */

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

/* ---- speculative tokens ---- */

static struct serve_run *speculate(struct su_arena *arena, double acceptance, uint32_t output)
{
    struct su_arrival load = {.input_tokens = 10, .output_tokens = output};
    struct su_serve_engine engine = engine_of("vllm", 1 + (10 + output) / 4);
    engine.n_drafts = 3;
    engine.acceptance_frac = acceptance;
    return drive(arena, &engine,
                 (struct su_price_line){.overhead_ps = 10, .per_token_ps = 1, .per_kv_ps = 0},
                 &load, 1);
}

/* One token a step when none is accepted, four when all are. The prompt's step takes 10 + 10, a
 * decode step 10 + 1 as the line counts sequences. */
static void drafts_give_one_token_or_all(void **state)
{
    struct serve_run *none = speculate(*state, 0, 9);
    check_record(&none->records[0], 0, 20, 20 + 8 * 11);
    assert_int_equal(none->result.itl.n, 8);
    struct serve_run *all = speculate(*state, 1, 9);
    check_record(&all->records[0], 0, 20, 20 + 2 * 11);
    assert_int_equal(all->result.itl.n, 2); /* what comes together makes one gap */
    /* an answer that ends within the accepted ones */
    check_record(&speculate(*state, 1, 11)->records[0], 0, 20, 20 + 3 * 11);
}

/* R1 comes at 15 and is computed from 20 on: one step ahead it would be from 30 on. */
static void drafts_are_scheduled_synchronously(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 5, .output_tokens = 4},
        {.index = 1, .arrival_ps = 15, .input_tokens = 5, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("vllm", 100);
    assert_int_equal(drive(*state, &engine, ten, load, 2)->records[1].first_ps, 40);
    engine.n_drafts = 1;
    assert_int_equal(drive(*state, &engine, ten, load, 2)->records[1].first_ps, 30);
}

/* Mean tokens of a step with n drafts accepted with probability p: (1 - p^(n + 1))/(1 - p). */
static void drafts_give_the_expected_number_of_tokens(void **state)
{
    struct serve_run *run = speculate(*state, 0.7, 100001);
    double mean = (1 - 0.7 * 0.7 * 0.7 * 0.7) / (1 - 0.7);
    assert_near((double)(run->result.n_steps - 1), 100000 / mean, 0.01);
}

/* ---- ranks ---- */

/* A step takes 10 + the tokens of the rank that has most. R0 goes to rank 0, R1 to rank 1, R2 to
 * rank 0: equals go to the lowest. 0: 10 + 2 | 3; then 1 + 1 | 1; 1 on rank 1. */
static void ranks_run_their_steps_together(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 10, .output_tokens = 2},
        {.index = 1, .input_tokens = 3, .output_tokens = 3},
        {.index = 2, .input_tokens = 2, .output_tokens = 2},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 100);
    engine.n_ranks = 2;
    struct serve_run *run = drive(
        *state, &engine, (struct su_price_line){.overhead_ps = 10, .per_token_ps = 1}, load, 3);
    check_record(&run->records[0], 0, 22, 34);
    check_record(&run->records[1], 0, 22, 45);
    check_record(&run->records[2], 0, 22, 34);
    assert_int_equal(run->result.n_steps, 3);
    assert_int_equal(run->result.busy_ps, 45);
    assert_int_equal(run->result.running_max, 3);
    assert_int_equal(run->n_steps_kept, 6); /* a record for each rank */
    assert_int_equal(run->steps[5].n_decode, 1);
    assert_int_equal(run->steps[4].n_decode, 0);
}

/* ---- prefill and decode apart ---- */

/* 5 blocks, a link of 1 ps a token and 5 ps a transfer. R0 8 tokens (2 blocks) and R1 12 (3) have
 * their first token at 10; R0 has gone at 10 + 5 + 8 = 23, R1 at 23 + 5 + 12 = 40. R2, one token of
 * output, gets a block at 23 and is not sent. */
static void a_prefill_replica_holds_blocks_until_they_are_sent(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .input_tokens = 8, .output_tokens = 5},
        {.index = 1, .input_tokens = 12, .output_tokens = 50},
        {.index = 2, .input_tokens = 4, .output_tokens = 1},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 5);
    engine.max_num_batched_tokens = 100;
    engine.sends =
        (struct su_kv_link){.bytes_per_token = 1, .bytes_per_s = 1e12, .latency_s = 5e-12};
    struct serve_run *run = drive(*state, &engine, ten, load, 3);
    check_record(&run->records[0], 0, 10, 0);
    check_record(&run->records[1], 0, 10, 0);
    check_record(&run->records[2], 23, 33, 33);
    assert_int_equal(run->records[0].sent_ps, 23);
    assert_int_equal(run->records[1].sent_ps, 40);
    assert_int_equal(run->records[2].sent_ps, 0);
    assert_int_equal(run->result.n_done, 1);
}

/* The KV of 8 tokens is here at 23: four more tokens at 33, 43, 53, 63; the first gap is from 10.
 */
static void a_decode_replica_goes_on_from_the_first_token(void **state)
{
    struct su_arena *arena = *state;
    struct su_price_line line = ten;
    struct su_pricer pricer = su_pricer_linear(&line);
    struct su_serve_engine engine = engine_of("vllm-0.8", 3);
    struct serve_run *run = serve_run_new(arena, 1, 10);
    struct su_serve_watch watch = {.ctx = run, .request = serve_on_request, .step = serve_on_step};
    struct su_metrics metrics = {.result = &run->result, .watch = &watch};
    const struct su_replica_ops *ops = &su_replica_plain;
    struct su_replica *replica = ops->create(arena, &engine, &pricer, 0, 7, &metrics);
    struct su_arrival arrival = {.arrival_ps = 23, .input_tokens = 8, .output_tokens = 5};
    struct su_request_record before = {.first_ps = 10, .hit_tokens = 4, .sent_ps = 23};
    ops->push_ready(replica, &arrival, &before);
    assert_int_equal(ops->next_ps(replica), 23);
    ops->advance(replica, INT64_MAX, false);
    check_record(&run->records[0], 0, 10, 63);
    assert_true(run->result.itl.sum == 23 + 10 + 10 + 10);
    assert_int_equal(run->result.ttft.max, 10);
    assert_int_equal(run->result.e2e.max, 63);
    assert_int_equal(run->result.computed_tokens, 0);
    assert_int_equal(run->records[0].hit_tokens, 4);
    assert_int_equal(run->result.hit_tokens, 0);    /* counted where they were found */
    assert_int_equal(run->steps[0].blocks_used, 3); /* 9 tokens */
    assert_true(ops->is_empty(replica));
}

/* ---- which machine ---- */

static void options_that_touch_sequences_need_the_plain_machine(void **state)
{
    (void)state;
    struct su_serve_engine fast = engine_of("vllm", 10);
    assert_null(su_replica_needs_plain(&fast));
    struct su_serve_engine e = fast;
    e.max_num_batched_tokens = e.max_num_seqs - 1;
    assert_non_null(su_replica_needs_plain(&e));
    e = fast;
    e.by_priority = true;
    assert_non_null(su_replica_needs_plain(&e));
    e = fast;
    e.n_drafts = 1;
    assert_non_null(su_replica_needs_plain(&e));
    e = fast;
    e.long_prefill_tokens = 1;
    assert_non_null(su_replica_needs_plain(&e));
    e = fast;
    e.n_ranks = 2;
    assert_non_null(su_replica_needs_plain(&e));
    e = fast;
    e.sends.bytes_per_s = 1;
    assert_non_null(su_replica_needs_plain(&e));
    e = engine_of("sglang", 10);
    assert_non_null(su_replica_needs_plain(&e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(the_last_of_the_running_list_is_preempted),
        ARENA_TEST(a_prompt_is_let_in_by_its_first_chunk_or_by_all_of_it),
        ARENA_TEST(a_token_under_way_is_kept_by_the_preempted),
        ARENA_TEST(a_victim_whose_last_token_is_under_way_is_complete),
        ARENA_TEST(a_threshold_lets_short_prompts_pass_long_ones),
        ARENA_TEST(what_can_never_fit_is_refused_on_arrival),
        ARENA_TEST(waiting_requests_are_let_in_by_priority),
        ARENA_TEST(the_victim_is_the_largest_by_priority_and_arrival),
        ARENA_TEST(a_call_that_only_preempted_is_followed_by_another),
        ARENA_TEST(a_prefix_is_found_from_the_call_that_schedules_it),
        ARENA_TEST(a_run_loses_its_end_first),
        ARENA_TEST(an_answer_is_found_by_the_next_turn),
        ARENA_TEST(sglang_keeps_room_for_answers),
        ARENA_TEST(sglang_expects_running_requests_to_use_a_part_of_their_output),
        ARENA_TEST(sglang_is_full_until_somebody_leaves),
        ARENA_TEST(sglang_retracts_who_gave_fewest_tokens),
        ARENA_TEST(sglang_takes_the_longest_prefix_first),
        ARENA_TEST(drafts_are_scheduled_synchronously),
        ARENA_TEST(drafts_give_one_token_or_all),
        ARENA_TEST(drafts_give_the_expected_number_of_tokens),
        ARENA_TEST(ranks_run_their_steps_together),
        ARENA_TEST(a_prefill_replica_holds_blocks_until_they_are_sent),
        ARENA_TEST(a_decode_replica_goes_on_from_the_first_token),
        ARENA_TEST(options_that_touch_sequences_need_the_plain_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
