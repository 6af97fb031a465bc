/* Random workloads, random engines, and a drive through any kind of replica, for the tests of the
 * serving simulator. What a run gave can be compared bit for bit. */
#ifndef SU_TEST_SERVE_H
#define SU_TEST_SERVE_H

#include <string.h>

#include "base/rng.h"
#include "serve/replica.h"
#include "su_test_arena.h"

/* ---- draws ---- */

/* low..high, both included. */
static inline uint64_t serve_draw(struct su_rng *rng, uint64_t low, uint64_t high)
{
    return low + su_rng_u64(rng) % (high - low + 1);
}

/* About logarithmic: as many small ones as large ones. */
static inline uint64_t serve_draw_log(struct su_rng *rng, uint64_t low, uint64_t high)
{
    uint64_t top = high;
    while (top / 2 >= low && top / 2 > 0 && su_rng_uniform(rng) < 0.4)
        top /= 2;
    return serve_draw(rng, low, top);
}

/* ---- workloads ---- */

struct serve_load_spec {
    uint32_t n_requests;
    uint32_t gap_max_ps; /* gaps are 0..this; 0 = all at once */
    uint32_t input_max;
    uint32_t output_max;
    uint32_t
        n_documents; /* shared content: a request takes one document's chain of runs; 0 = none */
    int32_t priority_max;
};

/* Runs of a request: a beginning of its document's chain, whose ids and lengths depend on document
 * and place alone, so that equal ids mean equal content; sometimes a last run of its own session
 * that reaches into the answer. */
static inline void serve_load_runs(struct su_arena *arena, struct su_rng *rng,
                                   const struct serve_load_spec *spec, struct su_arrival *a)
{
    struct su_prefix_run *runs = SU_NEW_ARRAY(arena, 6, struct su_prefix_run);
    uint64_t document = serve_draw(rng, 1, spec->n_documents);
    uint32_t covered = 0;
    uint32_t n_wanted = (uint32_t)serve_draw(rng, 0, 4);
    for (uint32_t i = 0; i < n_wanted; i++) {
        uint32_t n_tokens = (uint32_t)(1 + (document * 7919 + i * 104729) % 23);
        if (covered + n_tokens > a->input_tokens)
            break;
        covered += n_tokens;
        runs[a->n_runs++] = (struct su_prefix_run){document * 16 + i, n_tokens};
    }
    uint32_t all = a->input_tokens + a->output_tokens;
    if (all > covered && su_rng_uniform(rng) < 0.3)
        runs[a->n_runs++] =
            (struct su_prefix_run){1000000 + a->index, (uint32_t)serve_draw(rng, 1, all - covered)};
    a->runs = runs;
}

static inline struct su_arrival *serve_load(struct su_arena *arena, struct su_rng *rng,
                                            const struct serve_load_spec *spec)
{
    struct su_arrival *load = SU_NEW_ARRAY(arena, spec->n_requests, struct su_arrival);
    int64_t t = 0;
    for (uint32_t i = 0; i < spec->n_requests; i++) {
        t += spec->gap_max_ps == 0 ? 0 : (int64_t)serve_draw(rng, 0, spec->gap_max_ps);
        load[i] = (struct su_arrival){
            .arrival_ps = t,
            .index = i,
            .session = i,
            .input_tokens = (uint32_t)serve_draw_log(rng, 1, spec->input_max),
            .output_tokens = (uint32_t)serve_draw_log(rng, 1, spec->output_max),
            .priority = spec->priority_max == 0
                            ? 0
                            : (int32_t)serve_draw(rng, 0, (uint64_t)spec->priority_max),
        };
        if (spec->n_documents > 0)
            serve_load_runs(arena, rng, spec, &load[i]);
    }
    return load;
}

/* ---- engines ---- */

/* Any options that go with the scheduler; blocks from tight to ample for requests of this size.
 * plain_too: also options that only the plain machine obeys. */
static inline struct su_serve_engine serve_engine(struct su_rng *rng, const struct su_sched *sched,
                                                  const struct serve_load_spec *spec,
                                                  bool plain_too)
{
    static const uint32_t block_sizes[] = {1, 4, 16};
    struct su_serve_engine e = {.sched = sched, .n_ranks = 1};
    e.block_tokens = block_sizes[serve_draw(rng, 0, 2)];
    uint64_t largest = (spec->input_max + spec->output_max) / e.block_tokens + 1;
    e.n_blocks = serve_draw_log(rng, largest, 12 * largest);
    e.max_num_seqs = (uint32_t)serve_draw_log(rng, 1, 32);
    e.max_num_batched_tokens =
        (uint32_t)serve_draw_log(rng, e.max_num_seqs, 4 * spec->input_max + 32);
    e.prefix_caching = su_rng_uniform(rng) < 0.6;
    if (!plain_too)
        return e;
    e.max_num_batched_tokens = (uint32_t)serve_draw_log(rng, 1, 4 * spec->input_max + 32);
    e.long_prefill_tokens = su_rng_uniform(rng) < 0.3 ? (uint32_t)serve_draw(rng, 1, 40) : 0;
    e.by_priority = su_rng_uniform(rng) < 0.3;
    if (su_rng_uniform(rng) < 0.3) {
        e.n_drafts = (uint32_t)serve_draw(rng, 1, 4);
        e.acceptance_frac = su_rng_uniform(rng);
    }
    if (su_rng_uniform(rng) < 0.3)
        e.n_ranks = (uint32_t)serve_draw(rng, 2, 4);
    if (su_rng_uniform(rng) < 0.2)
        e.sends =
            (struct su_kv_link){.bytes_per_token = 3, .bytes_per_s = 1e12, .latency_s = 5e-12};
    return e;
}

/* ---- a run ---- */

struct serve_run {
    struct su_serve_result result;
    struct su_request_record *records; /* by index */
    uint32_t *n_reports;               /* by index */
    uint64_t *order;                   /* indices as they were reported, without first halves */
    uint64_t n_order;
    struct su_step_record *steps; /* kept when max_steps > 0 */
    uint64_t n_steps_kept;
    uint64_t max_steps;
};

static inline void serve_on_request(void *ctx, const struct su_request_record *record)
{
    struct serve_run *run = ctx;
    run->records[record->index] = *record;
    run->n_reports[record->index]++;
    run->order[run->n_order++] = record->index;
}

static inline void serve_on_step(void *ctx, const struct su_step_record *record)
{
    struct serve_run *run = ctx;
    if (run->n_steps_kept < run->max_steps)
        run->steps[run->n_steps_kept++] = *record;
}

/* First halves of split requests are kept like finished ones: done_ps is 0 in their records. */
static inline void serve_on_done(void *ctx, const struct su_request_record *record,
                                 uint64_t session)
{
    (void)session;
    if (!record->refused && record->done_ps == 0) {
        struct serve_run *run = ctx;
        run->records[record->index] = *record;
        run->n_reports[record->index]++;
    }
}

static inline struct serve_run *serve_run_new(struct su_arena *arena, uint32_t n,
                                              uint64_t max_steps)
{
    struct serve_run *run = SU_NEW(arena, struct serve_run);
    run->records = SU_NEW_ARRAY(arena, n, struct su_request_record);
    run->n_reports = SU_NEW_ARRAY(arena, n, uint32_t);
    run->order = SU_NEW_ARRAY(arena, n, uint64_t);
    run->max_steps = max_steps;
    run->steps = SU_NEW_ARRAY(arena, max_steps, struct su_step_record);
    struct su_hist *hists[] = {&run->result.ttft, &run->result.tpot, &run->result.itl,
                               &run->result.e2e, &run->result.queue};
    for (size_t i = 0; i < sizeof(hists) / sizeof(hists[0]); i++)
        su_hist_init(hists[i], arena, 5);
    return run;
}

/* Feeds load to one replica, each request at its time, and runs it to the end. pieces: advance also
 * to times in between, drawn from pieces, with and without stop_at_done; NULL = only to arrivals.
 * What comes out must not depend on it. */
static inline struct serve_run *
serve_drive(struct su_arena *arena, const struct su_replica_ops *ops,
            const struct su_serve_engine *engine, const struct su_pricer *pricer,
            const struct su_arrival *load, uint32_t n, uint64_t max_steps, struct su_rng *pieces)
{
    struct serve_run *run = serve_run_new(arena, n, max_steps);
    struct su_serve_watch watch = {.ctx = run, .request = serve_on_request, .step = serve_on_step};
    struct su_metrics metrics = {
        .result = &run->result, .watch = &watch, .done_ctx = run, .done = serve_on_done};
    struct su_replica *replica = ops->create(arena, engine, pricer, 0, 7, &metrics);
    int64_t now = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (pieces != NULL && now < load[i].arrival_ps && su_rng_uniform(pieces) < 0.7) {
            now = (int64_t)serve_draw(pieces, (uint64_t)now, (uint64_t)load[i].arrival_ps);
            ops->advance(replica, now, su_rng_uniform(pieces) < 0.5);
        }
        ops->advance(replica, load[i].arrival_ps, false);
        now = load[i].arrival_ps;
        ops->push(replica, &load[i]);
    }
    while (pieces != NULL && ops->next_ps(replica) != INT64_MAX)
        ops->advance(replica, ops->next_ps(replica) + (int64_t)serve_draw(pieces, 1, 100),
                     su_rng_uniform(pieces) < 0.5);
    ops->advance(replica, INT64_MAX, false);
    assert_true(ops->next_ps(replica) == INT64_MAX);
    assert_true(ops->is_empty(replica));
    return run;
}

/* ---- comparison ---- */

static inline void serve_assert_same_hist(const struct su_hist *a, const struct su_hist *b)
{
    assert_true(a->n == b->n && a->min == b->min && a->max == b->max && a->sum == b->sum);
    assert_memory_equal(a->counts, b->counts, a->n_buckets * sizeof(a->counts[0]));
}

/* Every figure but n_events, which counts jumps. */
static inline void serve_assert_same(const struct serve_run *a, const struct serve_run *b,
                                     uint32_t n)
{
    const struct su_serve_result *x = &a->result;
    const struct su_serve_result *y = &b->result;
    assert_int_equal(a->n_order, b->n_order);
    for (uint64_t i = 0; i < a->n_order; i++)
        assert_int_equal(a->order[i], b->order[i]);
    for (uint32_t i = 0; i < n; i++) {
        const struct su_request_record *p = &a->records[i];
        const struct su_request_record *q = &b->records[i];
        if (p->scheduled_ps != q->scheduled_ps || p->first_ps != q->first_ps ||
            p->done_ps != q->done_ps || p->hit_tokens != q->hit_tokens ||
            p->n_preempted != q->n_preempted || p->refused != q->refused ||
            p->sent_ps != q->sent_ps)
            fail_msg("request %u: scheduled %lld %lld, first %lld %lld, done %lld %lld, hit %u %u, "
                     "preempted %u %u, refused %d %d",
                     i, (long long)p->scheduled_ps, (long long)q->scheduled_ps,
                     (long long)p->first_ps, (long long)q->first_ps, (long long)p->done_ps,
                     (long long)q->done_ps, p->hit_tokens, q->hit_tokens, p->n_preempted,
                     q->n_preempted, p->refused, q->refused);
    }
    serve_assert_same_hist(&x->ttft, &y->ttft);
    serve_assert_same_hist(&x->tpot, &y->tpot);
    serve_assert_same_hist(&x->itl, &y->itl);
    serve_assert_same_hist(&x->e2e, &y->e2e);
    serve_assert_same_hist(&x->queue, &y->queue);
    assert_int_equal(x->n_done, y->n_done);
    assert_int_equal(x->n_refused, y->n_refused);
    assert_int_equal(x->n_good, y->n_good);
    assert_int_equal(x->input_tokens, y->input_tokens);
    assert_int_equal(x->output_tokens, y->output_tokens);
    assert_int_equal(x->hit_tokens, y->hit_tokens);
    assert_int_equal(x->n_preempted, y->n_preempted);
    assert_int_equal(x->n_steps, y->n_steps);
    assert_int_equal(x->computed_tokens, y->computed_tokens);
    assert_int_equal(x->end_ps, y->end_ps);
    assert_int_equal(x->busy_ps, y->busy_ps);
    assert_true(x->running_ps == y->running_ps);
    assert_true(x->waiting_ps == y->waiting_ps);
    assert_true(x->kv_token_ps == y->kv_token_ps);
    assert_int_equal(x->running_max, y->running_max);
    assert_int_equal(x->waiting_max, y->waiting_max);
    assert_int_equal(x->blocks_max, y->blocks_max);
}

#endif
