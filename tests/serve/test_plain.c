/* Rules of vLLM V1 and of the prefix cache, one by one, worked out by hand. */
#include "by_hand.h"

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

/* 3 blocks. 0: A 3 (1 block). 10: A 4, B 8 (2). 20: A needs a second block and is itself the
 * largest by priority; with it the round of the running ones ends, nothing is to be done and no
 * step is under way: called again at 20, B holds 9 and is complete at 30. A computes 5 in 30..40, 6
 * and 7 by 60. */
static void a_call_that_only_preempted_is_followed_by_another(void **state)
{
    static const struct su_arrival load[] = {
        {.index = 0, .arrival_ps = 0, .input_tokens = 3, .output_tokens = 5, .priority = 9},
        {.index = 1, .arrival_ps = 5, .input_tokens = 8, .output_tokens = 2, .priority = 0},
    };
    struct su_serve_engine engine = engine_of("vllm-0.8", 3);
    engine.by_priority = true;
    struct serve_run *run = drive(*state, &engine, ten, load, 2);
    check_record(&run->records[0], 0, 10, 60);
    check_record(&run->records[1], 10, 20, 30);
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
        ARENA_TEST(options_that_touch_sequences_need_the_plain_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
