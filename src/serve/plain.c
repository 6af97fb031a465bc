/* The plain machine: schedule calls, steps under way, and what they give (rules S1-S4, D1, X1, A1
 * and the accounts of docs/theory/serving.md). Every sequence is touched in every step: slow, and
 * simple enough to be the oracle of the fast machine. */
#include "serve/plain.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- requests come in ---- */

static struct su_replica *plain_create(struct su_arena *arena, const struct su_serve_engine *engine,
                                       const struct su_pricer *pricer, uint32_t index,
                                       uint64_t seed, struct su_metrics *metrics)
{
    struct su_replica *r = SU_NEW(arena, struct su_replica);
    *r = (struct su_replica){.arena = arena,
                             .engine = *engine,
                             .pricer = pricer,
                             .metrics = metrics,
                             .index = index,
                             .seed = seed,
                             .depth = engine->sched->async && engine->n_drafts == 0 ? 2 : 1,
                             .found_nothing = true,
                             .now_ps = INT64_MIN};
    r->ranks = SU_NEW_ARRAY(arena, engine->n_ranks, struct su_plain_rank);
    r->batches = SU_NEW_ARRAY(arena, engine->n_ranks, struct su_batch);
    for (uint32_t i = 0; i < engine->n_ranks; i++) {
        su_kv_init(&r->ranks[i].kv, arena, engine->n_blocks, engine->block_tokens,
                   engine->prefix_caching);
        r->ranks[i].new_token_ratio = SU_PLAIN_NEW_TOKEN_RATIO;
    }
    return r;
}

static uint32_t least_loaded_rank(const struct su_replica *r)
{
    uint32_t best = 0;
    uint64_t best_load = UINT64_MAX;
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        const struct su_plain_rank *rank = &r->ranks[i];
        uint64_t load = 4 * (rank->n_arriving + rank->waiting.n) + rank->running.n;
        if (load < best_load) {
            best = i;
            best_load = load;
        }
    }
    return best;
}

static bool sends(const struct su_replica *r)
{
    return r->engine.sends.bytes_per_s > 0;
}

static void copy_runs(struct su_replica *r, struct su_plain_seq *seq,
                      const struct su_arrival *arrival)
{
    if (arrival->n_runs > seq->runs_cap) {
        seq->runs_cap = 2 * arrival->n_runs;
        seq->runs = SU_NEW_ARRAY(r->arena, seq->runs_cap, struct su_prefix_run);
    }
    if (arrival->n_runs > 0)
        memcpy(seq->runs, arrival->runs, arrival->n_runs * sizeof(seq->runs[0]));
    seq->kv = (struct su_kv_seq){.runs = seq->runs, .n_runs = arrival->n_runs, .own = SU_KV_NONE};
}

static struct su_plain_seq *seq_new(struct su_replica *r, const struct su_arrival *arrival)
{
    struct su_plain_seq *seq = r->unused.first;
    if (seq == NULL)
        seq = SU_NEW(r->arena, struct su_plain_seq);
    else
        su_plain_remove(&r->unused, seq);
    struct su_prefix_run *runs = seq->runs;
    uint32_t runs_cap = seq->runs_cap;
    *seq = (struct su_plain_seq){
        .record = {.index = arrival->index,
                   .replica = r->index,
                   .input_tokens = arrival->input_tokens,
                   .output_tokens = arrival->output_tokens,
                   .arrival_ps = arrival->arrival_ps},
        .session = arrival->session,
        .rank = least_loaded_rank(r),
        .priority = arrival->priority,
        .output_tokens = sends(r) ? 1 : arrival->output_tokens,
        .prompt_tokens = arrival->input_tokens,
        .joined_ps = arrival->arrival_ps,
        .runs = runs,
        .runs_cap = runs_cap,
    };
    copy_runs(r, seq, arrival);
    if (r->engine.n_drafts > 0)
        su_rng_init(&seq->acceptance, r->seed, "acceptance", arrival->index);
    return seq;
}

static void give_back(struct su_replica *r, struct su_plain_seq *seq)
{
    su_plain_insert(&r->unused, seq, r->unused.first);
}

/* V6, then into the list of those that no call has seen. */
static void arrive(struct su_replica *r, struct su_plain_seq *seq)
{
    struct su_plain_rank *rank = &r->ranks[seq->rank];
    uint64_t most_tokens = (uint64_t)seq->record.input_tokens + seq->output_tokens - 1;
    if (su_kv_blocks(&rank->kv, most_tokens) > r->engine.n_blocks) {
        seq->record.refused = true;
        seq->record.first_ps = 0;
        su_metrics_request(r->metrics, &seq->record, seq->session);
        give_back(r, seq);
        return;
    }
    struct su_plain_seq *before = r->arriving.last;
    while (before != NULL && before->joined_ps > seq->joined_ps)
        before = before->prev;
    su_plain_insert(&r->arriving, seq, before == NULL ? r->arriving.first : before->next);
    rank->n_arriving++;
}

static void plain_push(struct su_replica *r, const struct su_arrival *arrival)
{
    arrive(r, seq_new(r, arrival));
}

static void plain_push_ready(struct su_replica *r, const struct su_arrival *arrival,
                             const struct su_request_record *before)
{
    struct su_plain_seq *seq = seq_new(r, arrival);
    seq->ready = true;
    seq->seated = true; /* on the prefill side */
    seq->given_tokens = 1;
    seq->record.arrival_ps = before->arrival_ps;
    seq->record.scheduled_ps = before->scheduled_ps;
    seq->record.first_ps = before->first_ps;
    seq->record.hit_tokens = before->hit_tokens;
    seq->record.n_preempted = before->n_preempted;
    seq->last_ps = before->first_ps;
    arrive(r, seq);
}

/* ---- what engine families do with a sequence ---- */

uint32_t su_plain_wanted(const struct su_replica *replica, const struct su_plain_seq *seq)
{
    if (su_plain_in_prompt(seq))
        return seq->prompt_tokens - seq->stored_tokens;
    return 1 + replica->engine.n_drafts;
}

uint64_t su_plain_held_after(const struct su_plain_seq *seq, uint32_t stored_tokens,
                             uint32_t n_tokens)
{
    uint64_t most = (uint64_t)seq->record.input_tokens + seq->output_tokens - 1;
    uint64_t held = (uint64_t)stored_tokens + n_tokens;
    return held < most ? held : most;
}

uint64_t su_plain_blocks_missing(const struct su_plain_rank *rank, const struct su_plain_seq *seq,
                                 uint32_t n_tokens)
{
    uint64_t needed =
        su_kv_blocks(&rank->kv, su_plain_held_after(seq, seq->stored_tokens, n_tokens));
    uint64_t held = su_plain_blocks_held(seq);
    return needed > held ? needed - held : 0;
}

void su_plain_admit(struct su_replica *replica, struct su_plain_rank *rank,
                    struct su_plain_seq *seq, const struct su_kv_match *match)
{
    struct su_serve_result *result = replica->metrics->result;
    su_kv_hold(&rank->kv, &seq->kv, match);
    su_plain_remove(&rank->waiting, seq);
    su_plain_insert(&rank->running, seq, NULL);
    result->waiting_ps += (unsigned __int128)(replica->now_ps - seq->joined_ps);
    seq->admitted_ps = replica->now_ps;
    seq->stored_tokens = match->n_blocks * rank->kv.block_tokens;
    if (!seq->seated) {
        seq->seated = true;
        seq->record.scheduled_ps = replica->now_ps;
        if (!seq->ready) {
            seq->record.hit_tokens = seq->stored_tokens;
            result->hit_tokens += seq->stored_tokens;
        }
    }
    if (seq->ready) {
        su_kv_take(&rank->kv, &seq->kv,
                   su_plain_blocks_missing(rank, seq, seq->prompt_tokens - seq->stored_tokens));
        seq->stored_tokens = seq->prompt_tokens;
        su_kv_publish(&rank->kv, &seq->kv, seq->stored_tokens);
    }
}

/* Drafts that hold, up to the first that does not. The number of draws does not depend on them. */
static uint32_t accepted(struct su_replica *r, struct su_plain_seq *seq, uint32_t n_drafts)
{
    uint32_t n = 0;
    bool going_on = true;
    for (uint32_t i = 0; i < r->engine.n_drafts; i++) {
        going_on = su_rng_uniform(&seq->acceptance) < r->engine.acceptance_frac && going_on;
        n += going_on && i < n_drafts;
    }
    return n;
}

static void run_chunk(struct su_replica *r, struct su_plain_rank *rank, struct su_plain_seq *seq,
                      uint32_t n_tokens)
{
    seq->stored_tokens += n_tokens;
    su_kv_publish(&rank->kv, &seq->kv, seq->stored_tokens);
    bool last = !su_plain_in_prompt(seq);
    seq->now_given = last;
    if (rank->batch.n_chunks == rank->chunks_cap) {
        uint32_t larger = rank->chunks_cap == 0 ? 16 : 2 * rank->chunks_cap;
        struct su_chunk *grown = SU_NEW_ARRAY(r->arena, larger, struct su_chunk);
        if (rank->batch.n_chunks > 0)
            memcpy(grown, rank->chunks, rank->batch.n_chunks * sizeof(grown[0]));
        rank->chunks = grown;
        rank->chunks_cap = larger;
    }
    rank->chunks[rank->batch.n_chunks++] =
        (struct su_chunk){.n_tokens = n_tokens, .kv_tokens = seq->stored_tokens, .last = last};
    rank->prefill_tokens += n_tokens;
    r->metrics->result->computed_tokens += n_tokens;
}

static void run_decode(struct su_replica *r, struct su_plain_rank *rank, struct su_plain_seq *seq,
                       uint32_t n_tokens)
{
    uint64_t attended = (uint64_t)seq->stored_tokens + n_tokens;
    rank->batch.n_decode++;
    rank->batch.decode_tokens += attended;
    if (attended > rank->batch.longest_tokens)
        rank->batch.longest_tokens = attended;
    uint32_t n_given = 1 + accepted(r, seq, n_tokens - 1);
    uint32_t n_left = seq->output_tokens - seq->given_tokens;
    seq->now_given = n_given < n_left ? n_given : n_left;
    seq->stored_tokens += seq->now_given;
}

void su_plain_run(struct su_replica *replica, struct su_plain_rank *rank, struct su_plain_seq *seq,
                  uint32_t n_tokens)
{
    seq->now_tokens = n_tokens;
    if (su_plain_in_prompt(seq))
        run_chunk(replica, rank, seq, n_tokens);
    else
        run_decode(replica, rank, seq, n_tokens);
    seq->given_tokens += seq->now_given;
}

void su_plain_preempt(struct su_replica *replica, struct su_plain_rank *rank,
                      struct su_plain_seq *seq, struct su_plain_seq *next)
{
    bool ending = su_plain_is_ending(seq);
    su_plain_remove(&rank->running, seq);
    su_kv_release(&rank->kv, &seq->kv, seq->stored_tokens, !ending);
    replica->metrics->result->running_ps += (unsigned __int128)(replica->now_ps - seq->admitted_ps);
    replica->metrics->result->n_preempted++;
    rank->preempted = true;
    rank->is_full = false;
    if (ending) {
        give_back(replica, seq);
        return;
    }
    seq->record.n_preempted++;
    seq->now_tokens = 0;
    seq->prompt_tokens = seq->record.input_tokens + seq->given_tokens;
    seq->stored_tokens = 0;
    seq->ready = false;
    seq->joined_ps = replica->now_ps;
    su_plain_insert(&rank->waiting, seq,
                    replica->engine.by_priority ? su_plain_by_priority(&rank->waiting, seq) : next);
}

/* ---- a call: what is known at its time ---- */

static void leave(struct su_replica *r, struct su_plain_rank *rank, struct su_plain_seq *seq)
{
    su_plain_remove(&rank->running, seq);
    r->metrics->result->running_ps += (unsigned __int128)(seq->last_ps - seq->admitted_ps);
    rank->is_full = false;
    if (seq->record.sent_ps > 0) {
        su_plain_insert(&r->sending, seq, NULL);
        return;
    }
    su_kv_release(&rank->kv, &seq->kv, seq->stored_tokens, false);
    give_back(r, seq);
}

static void take_results(struct su_replica *r)
{
    while (r->n_under_way > 0 && r->ends_ps[0] <= r->now_ps) {
        for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
            struct su_plain_rank *rank = &r->ranks[i];
            for (struct su_plain_seq *s = rank->running.first, *next; s != NULL; s = next) {
                next = s->next;
                if (su_plain_is_ending(s) && s->last_ps == r->ends_ps[0])
                    leave(r, rank, s);
            }
        }
        r->n_under_way--;
        for (uint32_t k = 0; k < r->n_under_way; k++)
            r->ends_ps[k] = r->ends_ps[k + 1];
    }
}

static void take_sent(struct su_replica *r)
{
    while (r->sending.first != NULL && r->sending.first->record.sent_ps <= r->now_ps) {
        struct su_plain_seq *seq = r->sending.first;
        struct su_plain_rank *rank = &r->ranks[seq->rank];
        su_plain_remove(&r->sending, seq);
        su_kv_release(&rank->kv, &seq->kv, seq->stored_tokens, false);
        rank->is_full = false;
        give_back(r, seq);
    }
}

static void take_arrivals(struct su_replica *r)
{
    while (r->arriving.first != NULL && r->arriving.first->joined_ps <= r->now_ps) {
        struct su_plain_seq *seq = r->arriving.first;
        struct su_plain_rank *rank = &r->ranks[seq->rank];
        su_plain_remove(&r->arriving, seq);
        rank->n_arriving--;
        su_plain_insert(&rank->waiting, seq,
                        r->engine.by_priority ? su_plain_by_priority(&rank->waiting, seq) : NULL);
    }
}

/* ---- a call: the step it makes ---- */

/* After the transfers before it. */
static int64_t send(struct su_replica *r, const struct su_plain_seq *seq, int64_t from_ps)
{
    const struct su_kv_link *link = &r->engine.sends;
    double s = link->latency_s +
               link->bytes_per_token * (double)seq->record.input_tokens / link->bytes_per_s;
    int64_t start_ps = from_ps > r->link_free_ps ? from_ps : r->link_free_ps;
    r->link_free_ps = start_ps + llround(s * SU_PS_PER_S);
    return r->link_free_ps;
}

/* True when these were its last tokens. */
static bool give_tokens(struct su_replica *r, struct su_plain_seq *seq, int64_t end_ps)
{
    if (seq->now_given == 0)
        return false;
    if (seq->record.first_ps == 0)
        seq->record.first_ps = end_ps;
    else
        su_metrics_gaps(r->metrics, end_ps - seq->last_ps, 0, 1, 1);
    seq->last_ps = end_ps;
    if (!su_plain_is_ending(seq))
        return false;
    if (seq->output_tokens < seq->record.output_tokens)
        seq->record.sent_ps = send(r, seq, end_ps);
    else
        seq->record.done_ps = end_ps;
    su_metrics_request(r->metrics, &seq->record, seq->session);
    return true;
}

static uint64_t blocks_used(const struct su_plain_rank *rank)
{
    return rank->kv.n_blocks - rank->kv.n_free;
}

static void report_step(struct su_replica *r, uint32_t rank_index, int64_t start_ps, int64_t end_ps)
{
    const struct su_plain_rank *rank = &r->ranks[rank_index];
    uint64_t kv_tokens = rank->batch.decode_tokens;
    for (uint32_t i = 0; i < rank->batch.n_chunks; i++)
        kv_tokens += rank->chunks[i].kv_tokens;
    struct su_step_record step = {.replica = r->index,
                                  .rank = rank_index,
                                  .t0_ps = start_ps,
                                  .t1_ps = end_ps,
                                  .n_steps = 1,
                                  .n_decode = rank->batch.n_decode,
                                  .n_chunks = rank->batch.n_chunks,
                                  .prefill_tokens = rank->prefill_tokens,
                                  .n_waiting = (uint32_t)rank->waiting.n,
                                  .blocks_used = blocks_used(rank)};
    su_metrics_step(r->metrics, &step,
                    (unsigned __int128)kv_tokens * (unsigned __int128)(end_ps - start_ps));
}

static int64_t price(struct su_replica *r)
{
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        r->ranks[i].batch.chunks = r->ranks[i].chunks;
        r->batches[i] = r->ranks[i].batch;
    }
    if (r->engine.n_ranks == 1)
        return r->pricer->step(r->pricer->ctx, r->batches);
    return r->pricer->lockstep(r->pricer->ctx, r->batches, r->engine.n_ranks);
}

/* True when somebody got the last token. */
static bool run_step(struct su_replica *r)
{
    int64_t start_ps = r->n_under_way > 0 ? r->ends_ps[r->n_under_way - 1] : r->now_ps;
    int64_t end_ps = start_ps + price(r);
    assert(end_ps > start_ps && r->n_under_way < r->depth);
    r->ends_ps[r->n_under_way++] = end_ps;
    bool any_done = false;
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        report_step(r, i, start_ps, end_ps);
        for (struct su_plain_seq *s = r->ranks[i].running.first; s != NULL; s = s->next) {
            any_done = give_tokens(r, s, end_ps) || any_done;
            s->now_tokens = s->now_given = 0;
        }
    }
    return any_done;
}

static void raise_to(uint64_t *most, uint64_t value)
{
    if (value > *most)
        *most = value;
}

static bool call(struct su_replica *r, int64_t now_ps)
{
    struct su_serve_result *result = r->metrics->result;
    uint64_t n_waiting = 0;
    uint64_t n_left = 0; /* who still waits */
    uint64_t n_running = 0;
    uint64_t n_used = 0;
    bool any = false;
    bool preempted = false;
    r->now_ps = now_ps;
    take_results(r);
    take_sent(r);
    take_arrivals(r);
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        struct su_plain_rank *rank = &r->ranks[i];
        n_waiting += rank->waiting.n;
        rank->batch = (struct su_batch){0};
        rank->prefill_tokens = 0;
        rank->preempted = false;
        if (r->engine.sched->kind == SU_SCHED_SGLANG)
            su_plain_call_sglang(r, rank);
        else
            su_plain_call_vllm(r, rank);
        n_left += rank->waiting.n;
        n_running += rank->running.n;
        n_used += blocks_used(rank);
        any = any || rank->batch.n_decode > 0 || rank->batch.n_chunks > 0;
        preempted = preempted || rank->preempted;
    }
    raise_to(&result->waiting_max, n_waiting);
    raise_to(&result->running_max, n_running);
    raise_to(&result->blocks_max, n_used);
    /* Who freed blocks but took none is called again, or nothing would ever wake it. */
    r->found_nothing = !any && !(preempted && r->n_under_way == 0);
    assert(!r->found_nothing || n_left == 0 || r->n_under_way > 0 || r->sending.n > 0);
    return any && run_step(r);
}

static int64_t plain_next_ps(const struct su_replica *r)
{
    if (!r->found_nothing && r->n_under_way < r->depth)
        return r->now_ps;
    if (r->n_under_way > 0)
        return r->ends_ps[0];
    int64_t next_ps = INT64_MAX;
    if (r->arriving.first != NULL)
        next_ps = r->arriving.first->joined_ps;
    if (r->sending.first != NULL && r->sending.first->record.sent_ps < next_ps)
        next_ps = r->sending.first->record.sent_ps;
    return next_ps;
}

static void plain_advance(struct su_replica *r, int64_t until_ps, bool stop_at_done)
{
    for (int64_t t = plain_next_ps(r); t < until_ps; t = plain_next_ps(r)) {
        if (call(r, t) && stop_at_done)
            return;
    }
}

/* ---- what routers and tests see ---- */

static struct su_replica_load plain_load(const struct su_replica *r)
{
    struct su_replica_load load = {0};
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        load.n_waiting += r->ranks[i].n_arriving + r->ranks[i].waiting.n;
        load.n_running += r->ranks[i].running.n;
        load.n_free_blocks += r->ranks[i].kv.n_free;
    }
    return load;
}

static uint32_t plain_cached_tokens(const struct su_replica *r, const struct su_arrival *arrival)
{
    const struct su_kv *kv = &r->ranks[least_loaded_rank(r)].kv;
    struct su_kv_seq seq = {.runs = arrival->runs, .n_runs = arrival->n_runs, .own = SU_KV_NONE};
    return su_kv_find(kv, &seq, arrival->input_tokens).n_blocks * kv->block_tokens;
}

static bool plain_is_empty(const struct su_replica *r)
{
    bool empty = r->arriving.n == 0 && r->sending.n == 0 && r->n_under_way == 0;
    for (uint32_t i = 0; i < r->engine.n_ranks; i++) {
        const struct su_plain_rank *rank = &r->ranks[i];
        empty = empty && rank->waiting.n == 0 && rank->running.n == 0 &&
                rank->kv.n_free == rank->kv.n_blocks && su_kv_is_sound(&rank->kv);
    }
    return empty;
}

const struct su_replica_ops su_replica_plain = {
    .create = plain_create,
    .push = plain_push,
    .push_ready = plain_push_ready,
    .advance = plain_advance,
    .next_ps = plain_next_ps,
    .load = plain_load,
    .cached_tokens = plain_cached_tokens,
    .is_empty = plain_is_empty,
};

const char *su_replica_needs_plain(const struct su_serve_engine *engine)
{
    if (engine->step_by_step)
        return "--step-by-step";
    if (engine->sched->kind != SU_SCHED_VLLM_V1)
        return engine->sched->id;
    if (engine->n_ranks > 1)
        return "data-parallel ranks in lockstep";
    if (engine->by_priority)
        return "scheduling by priority";
    if (engine->long_prefill_tokens > 0)
        return "a limit on the tokens of one prompt in a step";
    if (engine->max_num_batched_tokens < engine->max_num_seqs)
        return "a token budget below the number of sequences";
    if (engine->n_drafts > 0)
        return "speculative tokens";
    if (engine->sends.bytes_per_s > 0)
        return "KV sent over a link";
    return NULL;
}
