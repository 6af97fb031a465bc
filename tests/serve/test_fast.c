/* The fast machine against the plain one, bit for bit, on random runs. */
#include "serve/replica.h"
#include "su_test_serve.h"

/* Every row of the table that the fast machine obeys. */
static const struct su_sched *vllm_row(struct su_rng *rng)
{
    const struct su_sched *rows[16];
    uint32_t n = 0;
    for (uint32_t i = 0; su_sched_at(i) != NULL; i++) {
        if (su_sched_at(i)->kind == SU_SCHED_VLLM_V1)
            rows[n++] = su_sched_at(i);
    }
    return rows[serve_draw(rng, 0, n - 1)];
}

static struct su_price_line random_prices(struct su_rng *rng)
{
    return (struct su_price_line){.overhead_ps = (int64_t)serve_draw(rng, 0, 20),
                                  .floor_ps = (int64_t)serve_draw(rng, 1, 100),
                                  .per_token_ps = (int64_t)serve_draw(rng, 0, 5),
                                  .per_kv_ps = (int64_t)serve_draw(rng, 0, 3),
                                  .per_kilo_pair_ps = (int64_t)serve_draw(rng, 0, 2000)};
}

/* Prices that look at the longest context, as the linear ones do not. */
static int64_t longest_step(void *ctx, const struct su_batch *batch)
{
    const int64_t *per_longest_ps = ctx;
    int64_t ps = 3 + *per_longest_ps * (int64_t)batch->longest_tokens;
    for (uint32_t i = 0; i < batch->n_chunks; i++)
        ps += batch->chunks[i].n_tokens;
    return ps + 2 * (int64_t)batch->n_decode;
}

static void longest_run(void *ctx, uint32_t n_decode, uint64_t decode_tokens,
                        uint64_t longest_tokens, struct su_price_run *run)
{
    struct su_batch batch = {n_decode, decode_tokens, longest_tokens, 0, NULL};
    /* The line is cut, so that runs end for its sake too. */
    *run = (struct su_price_run){longest_step(ctx, &batch), *(const int64_t *)ctx,
                                 1 + (longest_tokens * 7) % 40};
}

struct totals {
    uint64_t n_preempted;
    uint64_t hit_tokens;
    uint64_t n_jumped; /* steps less events */
};

static void compare(struct su_arena *arena, uint64_t seed, struct totals *totals)
{
    struct su_rng rng;
    su_rng_init(&rng, seed, "fast", 0);
    struct serve_load_spec spec = {
        .n_requests = (uint32_t)serve_draw_log(&rng, 1, 120),
        .gap_max_ps = (uint32_t)serve_draw_log(&rng, 1, 20000),
        .input_max = (uint32_t)serve_draw_log(&rng, 1, 200),
        .output_max = (uint32_t)serve_draw_log(&rng, 1, seed % 50 == 0 ? 9000 : 150),
        .n_documents = (uint32_t)serve_draw(&rng, 0, 5),
    };
    struct su_arrival *load = serve_load(arena, &rng, &spec);
    struct su_serve_engine engine = serve_engine(&rng, vllm_row(&rng), &spec, false);
    struct su_price_line line = random_prices(&rng);
    struct su_pricer pricer = su_pricer_linear(&line);
    int64_t per_longest_ps = (int64_t)serve_draw(&rng, 0, 4);
    if (seed % 3 == 0)
        pricer = (struct su_pricer){&per_longest_ps, longest_run, longest_step, NULL};
    assert_null(su_replica_needs_plain(&engine));
    struct serve_run *plain =
        serve_drive(arena, &su_replica_plain, &engine, &pricer, load, spec.n_requests, 0, NULL);
    struct serve_run *fast =
        serve_drive(arena, &su_replica_fast, &engine, &pricer, load, spec.n_requests, 0, NULL);
    serve_assert_same(plain, fast, spec.n_requests);
    struct serve_run *pieces =
        serve_drive(arena, &su_replica_fast, &engine, &pricer, load, spec.n_requests, 0, &rng);
    serve_assert_same(fast, pieces, spec.n_requests);
    totals->n_preempted += fast->result.n_preempted;
    totals->hit_tokens += fast->result.hit_tokens;
    totals->n_jumped += fast->result.n_steps - fast->result.n_events;
}

static void jumps_and_sums_give_what_every_sequence_and_step_give(void **state)
{
    struct su_arena *arena = *state;
    struct totals totals = {0};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        su_arena_reset(arena);
        compare(arena, seed, &totals);
    }
    /* The runs did meet what the machine is for. */
    assert_true(totals.n_preempted > 10000);
    assert_true(totals.hit_tokens > 100000);
    assert_true(totals.n_jumped > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(jumps_and_sums_give_what_every_sequence_and_step_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
