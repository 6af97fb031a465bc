/* What holds for every scheduler and every mix of options, on random workloads. */
#include "serve/plain.h"
#include "su_test_serve.h"

#define N_CASES 6000u

struct fixture {
    struct serve_load_spec spec;
    struct su_serve_engine engine;
    struct su_price_line line;
    struct su_arrival *load;
};

static struct fixture fixture_of(struct su_arena *arena, uint64_t i, bool plain_too)
{
    struct su_rng rng;
    su_rng_init(&rng, 1, "invariant", i);
    struct fixture f = {0};
    uint32_t n_scheds = 1;
    while (su_sched_at(n_scheds) != NULL)
        n_scheds++;
    f.spec = (struct serve_load_spec){
        .n_requests = (uint32_t)serve_draw(&rng, 1, 60),
        .gap_max_ps = (uint32_t)serve_draw_log(&rng, 1, 4000),
        .input_max = (uint32_t)serve_draw_log(&rng, 1, 200),
        .output_max = (uint32_t)serve_draw_log(&rng, 1, 80),
        .n_documents = (uint32_t)serve_draw(&rng, 0, 4),
        .priority_max = (int32_t)serve_draw(&rng, 0, 3),
    };
    f.engine = serve_engine(&rng, su_sched_at((uint32_t)(i % n_scheds)), &f.spec, plain_too);
    f.line = (struct su_price_line){.overhead_ps = (int64_t)serve_draw(&rng, 1, 50),
                                    .floor_ps = (int64_t)serve_draw(&rng, 0, 50),
                                    .per_token_ps = (int64_t)serve_draw(&rng, 0, 5),
                                    .per_kv_ps = (int64_t)serve_draw(&rng, 0, 2),
                                    .per_kilo_pair_ps = (int64_t)serve_draw(&rng, 0, 500)};
    f.load = serve_load(arena, &rng, &f.spec);
    return f;
}

static void check_requests(const struct fixture *f, const struct serve_run *run)
{
    bool sends = f->engine.sends.bytes_per_s > 0;
    uint64_t n_done = 0;
    for (uint32_t i = 0; i < f->spec.n_requests; i++) {
        const struct su_request_record *r = &run->records[i];
        assert_int_equal(run->n_reports[i], 1);
        assert_int_equal(r->arrival_ps, f->load[i].arrival_ps);
        if (r->refused)
            continue;
        assert_true(r->scheduled_ps >= r->arrival_ps && r->first_ps > r->scheduled_ps);
        assert_true(r->hit_tokens < r->input_tokens);
        if (sends && r->output_tokens > 1) {
            assert_true(r->sent_ps > r->first_ps && r->done_ps == 0);
            continue;
        }
        assert_true(r->sent_ps == 0);
        assert_true(r->output_tokens == 1 ? r->done_ps == r->first_ps : r->done_ps > r->first_ps);
        n_done++;
    }
    assert_int_equal(run->result.n_done, n_done);
}

/* Sum over requests of e2e (to the result of the last token given here). */
static unsigned __int128 time_here(const struct fixture *f, const struct serve_run *run)
{
    unsigned __int128 sum = 0;
    for (uint32_t i = 0; i < f->spec.n_requests; i++) {
        const struct su_request_record *r = &run->records[i];
        int64_t end = r->done_ps > 0 ? r->done_ps : r->first_ps;
        sum += r->refused ? 0 : (unsigned __int128)(end - r->arrival_ps);
    }
    return sum;
}

static void check_sums(const struct fixture *f, const struct serve_run *run)
{
    const struct su_serve_result *result = &run->result;
    uint64_t in = 0;
    uint64_t preempted = 0;
    for (uint32_t i = 0; i < f->spec.n_requests; i++) {
        if (run->records[i].refused)
            continue;
        in += f->load[i].input_tokens;
        preempted += run->records[i].n_preempted;
    }
    assert_true(result->n_preempted >= preempted);
    /* Little's law: only a victim whose last token was under way loses time. */
    if (result->n_preempted == preempted)
        assert_true(result->running_ps + result->waiting_ps == time_here(f, run));
    else
        assert_true(result->running_ps + result->waiting_ps < time_here(f, run));
    if (result->n_preempted == 0)
        assert_int_equal(result->computed_tokens + result->hit_tokens, in);
    else
        assert_true(result->computed_tokens + result->hit_tokens >= in);
    assert_true(result->running_max <= (uint64_t)f->engine.max_num_seqs * f->engine.n_ranks);
    assert_true(result->blocks_max <= f->engine.n_blocks * f->engine.n_ranks);
    assert_true(result->busy_ps <= result->end_ps || f->engine.sends.bytes_per_s > 0);
    if (f->engine.n_drafts == 0 && f->engine.sends.bytes_per_s == 0)
        assert_int_equal(result->itl.n, result->output_tokens - result->n_done);
}

static void check_steps(const struct fixture *f, const struct serve_run *run)
{
    int64_t last_end = 0;
    for (uint64_t i = 0; i < run->n_steps_kept; i++) {
        const struct su_step_record *s = &run->steps[i];
        if (s->rank == 0) {
            assert_true(s->t0_ps >= last_end && s->t1_ps > s->t0_ps);
            last_end = s->t1_ps;
        }
        assert_true(s->n_decode + s->n_chunks <= f->engine.max_num_seqs);
        assert_true(s->blocks_used <= f->engine.n_blocks);
        if (f->engine.sched->kind == SU_SCHED_SGLANG)
            assert_true(s->n_decode == 0 || s->n_chunks == 0);
        else
            assert_true(s->prefill_tokens + s->n_decode <= f->engine.max_num_batched_tokens);
    }
}

static void everything_that_comes_in_goes_out_once(void **state)
{
    struct su_arena *arena = *state;
    uint64_t n_preempted = 0;
    uint64_t n_hit = 0;
    for (uint64_t i = 0; i < N_CASES; i++) {
        struct fixture f = fixture_of(arena, i, true);
        struct su_pricer pricer = su_pricer_linear(&f.line);
        struct serve_run *run = serve_drive(arena, &su_replica_plain, &f.engine, &pricer, f.load,
                                            f.spec.n_requests, 100000, NULL);
        check_requests(&f, run);
        check_sums(&f, run);
        check_steps(&f, run);
        n_preempted += run->result.n_preempted;
        n_hit += run->result.hit_tokens;
        su_arena_reset(arena);
    }
    print_message("%llu preemptions, %llu tokens hit\n", (unsigned long long)n_preempted,
                  (unsigned long long)n_hit);
    assert_true(n_preempted > 100 && n_hit > 100);
}

static void how_a_replica_is_advanced_does_not_change_what_it_does(void **state)
{
    struct su_arena *arena = *state;
    for (uint64_t i = 0; i < N_CASES; i++) {
        struct fixture f = fixture_of(arena, i, true);
        struct su_pricer pricer = su_pricer_linear(&f.line);
        struct su_rng pieces;
        su_rng_init(&pieces, 2, "pieces", i);
        struct serve_run *at_once = serve_drive(arena, &su_replica_plain, &f.engine, &pricer,
                                                f.load, f.spec.n_requests, 0, NULL);
        struct serve_run *in_pieces = serve_drive(arena, &su_replica_plain, &f.engine, &pricer,
                                                  f.load, f.spec.n_requests, 0, &pieces);
        serve_assert_same(at_once, in_pieces, f.spec.n_requests);
        su_arena_reset(arena);
    }
}

/* ---- blocks, looked at after every call ---- */

static uint64_t blocks_of(const struct su_plain_list *list, uint32_t rank)
{
    uint64_t n = 0;
    for (const struct su_plain_seq *s = list->first; s != NULL; s = s->next)
        n += s->rank == rank ? s->kv.n_private : 0;
    return n;
}

/* Private blocks, and runs that somebody holds, each once. */
static uint64_t blocks_held(const struct su_replica *r, uint32_t rank_index)
{
    const struct su_plain_rank *rank = &r->ranks[rank_index];
    uint64_t n = blocks_of(&rank->running, rank_index) + blocks_of(&r->sending, rank_index);
    for (uint32_t e = 0; e < rank->kv.n_entries; e++)
        n += rank->kv.entries[e].n_held > 0 ? rank->kv.entries[e].n_blocks : 0;
    return n;
}

static void check_blocks(const struct su_replica *r)
{
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        const struct su_plain_rank *rank = &r->ranks[i];
        assert_true(su_kv_is_sound(&rank->kv));
        assert_int_equal(rank->kv.n_blocks - rank->kv.n_free, blocks_held(r, i));
        for (const struct su_plain_seq *s = rank->running.first; s != NULL; s = s->next)
            assert_true((uint64_t)su_plain_blocks_held(s) * r->engine.block_tokens >=
                        s->stored_tokens);
        for (const struct su_plain_seq *s = rank->waiting.first; s != NULL; s = s->next)
            assert_int_equal(su_plain_blocks_held(s), 0);
    }
}

static void blocks_are_held_by_somebody_or_free_after_every_call(void **state)
{
    struct su_arena *arena = *state;
    for (uint64_t i = 0; i < N_CASES / 4; i++) {
        struct fixture f = fixture_of(arena, i, true);
        struct su_pricer pricer = su_pricer_linear(&f.line);
        struct serve_run *run = serve_run_new(arena, f.spec.n_requests, 0);
        struct su_metrics metrics = {.result = &run->result};
        const struct su_replica_ops *ops = &su_replica_plain;
        struct su_replica *r = ops->create(arena, &f.engine, &pricer, 0, 7, &metrics);
        for (uint32_t k = 0; k < f.spec.n_requests; k++)
            ops->push(r, &f.load[k]);
        for (int64_t t = ops->next_ps(r); t != INT64_MAX; t = ops->next_ps(r)) {
            ops->advance(r, t + 1, true);
            check_blocks(r);
        }
        assert_true(ops->is_empty(r));
        su_arena_reset(arena);
    }
}

/* ---- faster ---- */

/* With every request there from the start, schedules do not depend on prices. With arrivals in
 * between a faster engine can call just before one and let it wait for a longer step, so there it
 * holds for one seat only. */
static void a_faster_price_never_makes_a_completion_later(void **state)
{
    struct su_arena *arena = *state;
    for (uint64_t i = 0; i < N_CASES / 4; i++) {
        struct fixture f = fixture_of(arena, i, true);
        f.engine.sends.bytes_per_s = 0;
        if (i % 2 == 0) {
            for (uint32_t k = 0; k < f.spec.n_requests; k++)
                f.load[k].arrival_ps = 0;
        } else {
            f.engine.max_num_seqs = 1;
            f.engine.n_ranks = 1;
            f.engine.by_priority = false;
            f.engine.prefix_caching = false;
        }
        struct su_price_line faster = f.line;
        faster.overhead_ps -= faster.overhead_ps / 3;
        faster.floor_ps /= 2;
        faster.per_token_ps -= faster.per_token_ps > 0;
        faster.per_kv_ps /= 2;
        faster.per_kilo_pair_ps /= 3;
        struct su_pricer slow_pricer = su_pricer_linear(&f.line);
        struct su_pricer fast_pricer = su_pricer_linear(&faster);
        struct serve_run *slow = serve_drive(arena, &su_replica_plain, &f.engine, &slow_pricer,
                                             f.load, f.spec.n_requests, 0, NULL);
        struct serve_run *fast = serve_drive(arena, &su_replica_plain, &f.engine, &fast_pricer,
                                             f.load, f.spec.n_requests, 0, NULL);
        for (uint32_t k = 0; k < f.spec.n_requests; k++)
            assert_true(fast->records[k].done_ps <= slow->records[k].done_ps);
        su_arena_reset(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(everything_that_comes_in_goes_out_once),
        ARENA_TEST(how_a_replica_is_advanced_does_not_change_what_it_does),
        ARENA_TEST(blocks_are_held_by_somebody_or_free_after_every_call),
        ARENA_TEST(a_faster_price_never_makes_a_completion_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
