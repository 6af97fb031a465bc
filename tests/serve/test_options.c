/* Speculative tokens, ranks in lockstep, and KV that goes over a link, worked out by hand. */
#include "by_hand.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(drafts_are_scheduled_synchronously),
        ARENA_TEST(drafts_give_one_token_or_all),
        ARENA_TEST(drafts_give_the_expected_number_of_tokens),
        ARENA_TEST(ranks_run_their_steps_together),
        ARENA_TEST(a_prefill_replica_holds_blocks_until_they_are_sent),
        ARENA_TEST(a_decode_replica_goes_on_from_the_first_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
