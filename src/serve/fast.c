/* The fast machine: vLLM V1 on sums (docs/theory/serving.md, fast-forward). Every decoding sequence
 * takes part in every step, so nothing per sequence is touched per step. */
#include <assert.h>
#include <string.h>

#include "des/clock.h"
#include "serve/decode_set.h"
#include "serve/replica.h"

/* A step that was scheduled and whose result has not arrived. */
struct flight {
    int64_t end_ps;
    uint32_t first_leaving; /* in order of admission, linked through su_fast.leaving_next */
};

/* In the order of use: a fleet's replicas are out of the near caches when they are looked at, and
 * what a call that finds little to do reads lies together. */
struct su_replica {
    int64_t next_ps; /* time of the next call */
    int64_t gpu_ps;  /* end of the last step scheduled */
    struct flight flights[2];
    uint32_t n_flights;
    uint32_t prompt; /* the sequence whose prompt is in work, SU_SEQ_NONE = none */
    struct su_seq_list waiting;
    struct su_seq_list running; /* in order of admission: every one with a seat */
    uint64_t g;                 /* number of the next step */
    struct su_kv kv;
    struct su_seqs seqs;
    uint32_t *leaving_next; /* per slot */
    uint32_t cap_slots;
    uint32_t n_chunks;
    struct su_chunk *chunks;  /* of the step being put together */
    uint32_t chunk_seq_first; /* sequences whose prompt ends in this step, linked likewise */
    uint32_t chunk_seq_last;
    uint32_t n_ready; /* that join from elsewhere in this step */
    bool completed;   /* the last call scheduled somebody's last token */
    const struct su_pricer *pricer;
    struct su_metrics *metrics;
    struct su_serve_result *result; /* of metrics */
    uint64_t n_admitted;
    uint32_t index;
    struct su_serve_engine engine;
    struct su_decode_set decoding;
};

static struct su_replica *create(struct su_arena *arena, const struct su_serve_engine *engine,
                                 const struct su_pricer *pricer, uint32_t index, uint64_t seed,
                                 struct su_metrics *metrics)
{
    (void)seed; /* nothing is drawn here */
    assert(su_replica_needs_plain(engine) == NULL);
    struct su_replica *r = SU_NEW(arena, struct su_replica);
    r->engine = *engine;
    r->pricer = pricer;
    r->metrics = metrics;
    r->result = metrics->result;
    r->index = index;
    su_seqs_init(&r->seqs, arena);
    su_seq_list_init(&r->running);
    su_seq_list_init(&r->waiting);
    su_kv_init(&r->kv, arena, engine->n_blocks, engine->block_tokens, engine->prefix_caching);
    su_decode_set_init(&r->decoding, arena, engine->block_tokens);
    r->prompt = r->chunk_seq_first = r->chunk_seq_last = SU_SEQ_NONE;
    r->next_ps = SU_NEVER_PS;
    r->chunks = SU_NEW_ARRAY(arena, engine->max_num_seqs + 1, struct su_chunk);
    return r;
}

/* ---- taking results ---- */

static void set_private(struct su_replica *r, struct su_seq *seq, uint64_t n_tokens)
{
    seq->kv.n_private = (uint32_t)(su_kv_blocks(&r->kv, n_tokens) - seq->kv.n_shared);
}

static inline void release_leaving(struct su_replica *r, uint32_t s)
{
    struct su_seq *seq = &r->seqs.items[s];
    uint64_t n_tokens = (uint64_t)seq->input_tokens + seq->output_tokens - 1;
    set_private(r, seq, n_tokens);
    su_kv_release(&r->kv, &seq->kv, n_tokens, false);
    su_seq_list_remove(&r->seqs, &r->running, s);
    su_seqs_drop(&r->seqs, s);
}

static void release_all(struct su_replica *r, uint32_t first)
{
    for (uint32_t s = first; s != SU_SEQ_NONE;) {
        uint32_t next = r->leaving_next[s];
        release_leaving(r, s);
        s = next;
    }
}

static inline void take_results(struct su_replica *r, int64_t t_ps)
{
    while (r->n_flights > 0 && r->flights[0].end_ps <= t_ps) {
        if (r->flights[0].first_leaving != SU_SEQ_NONE)
            release_all(r, r->flights[0].first_leaving);
        r->flights[0] = r->flights[1];
        r->n_flights--;
    }
}

/* ---- preemption ---- */

/* One whose last token is under way: it is taken from its flight too. */
static void unlink_flight(struct su_replica *r, uint32_t victim)
{
    for (uint32_t f = 0; f < r->n_flights; f++) {
        uint32_t *link = &r->flights[f].first_leaving;
        while (*link != SU_SEQ_NONE && *link != victim)
            link = &r->leaving_next[*link];
        if (*link == victim) {
            *link = r->leaving_next[victim];
            return;
        }
    }
}

static void preempt_last(struct su_replica *r, int64_t t_ps)
{
    uint32_t s = r->running.last;
    struct su_seq *seq = &r->seqs.items[s];
    struct su_serve_result *result = r->result;
    uint64_t n_tokens = seq->done_tokens;
    if (seq->leaving) {
        n_tokens = (uint64_t)seq->input_tokens + seq->output_tokens - 1;
    } else if (seq->decoding) {
        n_tokens = (uint64_t)(seq->base + (int64_t)(r->g - 1));
        seq->given_tokens = (uint32_t)(n_tokens - seq->input_tokens + 1);
        seq->last_token_ps = r->gpu_ps;
        su_decode_set_leave(&r->decoding, &r->seqs, s, true);
    } else {
        r->prompt = SU_SEQ_NONE;
    }
    set_private(r, seq, n_tokens);
    su_kv_release(&r->kv, &seq->kv, n_tokens, !seq->leaving);
    su_seq_list_remove(&r->seqs, &r->running, s);
    seq->n_preempted++;
    result->n_preempted++;
    if (seq->leaving) {
        /* Its report said that it keeps the seat until its token. */
        int64_t done_ps = seq->last_token_ps;
        result->running_ps -= (unsigned __int128)(done_ps - t_ps);
        unlink_flight(r, s);
        su_seqs_drop(&r->seqs, s);
        return;
    }
    result->running_ps += (unsigned __int128)(t_ps - seq->admitted_ps);
    seq->joined_ps = t_ps;
    su_seq_list_prepend(&r->seqs, &r->waiting, s);
}

/* ---- putting a step together ---- */

static inline void add_chunk(struct su_replica *r, uint32_t s, uint32_t n_tokens, uint32_t total)
{
    struct su_seq *seq = &r->seqs.items[s];
    seq->done_tokens += n_tokens;
    bool last = seq->done_tokens == total;
    su_kv_publish(&r->kv, &seq->kv, seq->done_tokens);
    r->chunks[r->n_chunks++] = (struct su_chunk){n_tokens, seq->done_tokens, last};
    r->result->computed_tokens += n_tokens;
    if (!last) {
        r->prompt = s;
        return;
    }
    r->prompt = SU_SEQ_NONE;
    r->leaving_next[s] = SU_SEQ_NONE;
    if (r->chunk_seq_first == SU_SEQ_NONE)
        r->chunk_seq_first = s;
    else
        r->leaving_next[r->chunk_seq_last] = s;
    r->chunk_seq_last = s;
}

/* The prompt in work goes on. False when it had to give way. */
static bool continue_prompt(struct su_replica *r, int64_t t_ps, uint32_t *budget)
{
    if (r->prompt == SU_SEQ_NONE || *budget == 0)
        return true;
    struct su_seq *seq = &r->seqs.items[r->prompt];
    uint32_t total = seq->input_tokens + seq->given_tokens;
    uint32_t rest = total - seq->done_tokens;
    uint32_t n_tokens = rest < *budget ? rest : *budget;
    uint64_t more = su_kv_blocks(&r->kv, (uint64_t)seq->done_tokens + n_tokens) -
                    su_kv_blocks(&r->kv, seq->done_tokens);
    if (more > r->kv.n_free) { /* it is the last of the running list: it gives way itself */
        preempt_last(r, t_ps);
        return false;
    }
    su_kv_take(&r->kv, &seq->kv, more);
    *budget -= n_tokens;
    add_chunk(r, r->prompt, n_tokens, total);
    return true;
}

static inline void give_seat(struct su_replica *r, uint32_t s, int64_t t_ps)
{
    struct su_seq *seq = &r->seqs.items[s];
    struct su_serve_result *result = r->result;
    su_seq_list_remove(&r->seqs, &r->waiting, s);
    su_seq_list_append(&r->seqs, &r->running, s);
    seq->order = r->n_admitted++;
    seq->admitted_ps = t_ps;
    result->waiting_ps += (unsigned __int128)(t_ps - seq->joined_ps);
    if (seq->scheduled_ps < 0)
        seq->scheduled_ps = t_ps;
}

/* A prompt computed elsewhere: it decodes in this very step. */
static bool admit_ready(struct su_replica *r, uint32_t s, int64_t t_ps)
{
    struct su_seq *seq = &r->seqs.items[s];
    uint64_t need = su_kv_blocks(&r->kv, (uint64_t)seq->input_tokens + 1);
    if (need > r->kv.n_free)
        return false;
    su_kv_take(&r->kv, &seq->kv, need);
    su_kv_publish(&r->kv, &seq->kv, seq->input_tokens);
    give_seat(r, s, t_ps);
    seq->ready = false;
    seq->given_tokens = 1;
    su_decode_set_join(&r->decoding, &r->seqs, s, (int64_t)seq->input_tokens - (int64_t)(r->g - 1),
                       r->g + seq->output_tokens - 2);
    r->n_ready++;
    return true;
}

/* The first waiting request, if it fits. */
static bool admit(struct su_replica *r, uint32_t s, int64_t t_ps, uint32_t *budget)
{
    struct su_seq *seq = &r->seqs.items[s];
    uint32_t total = seq->input_tokens + seq->given_tokens;
    struct su_kv_match match = su_kv_find(&r->kv, &seq->kv, total);
    uint32_t hit = match.n_blocks * r->kv.block_tokens;
    uint32_t n_tokens = total - hit < *budget ? total - hit : *budget;
    uint32_t must_fit = r->engine.sched->whole_prompt_fits ? total : hit + n_tokens;
    uint64_t need = su_kv_blocks(&r->kv, must_fit) - match.n_blocks;
    if (need + match.n_queued > r->kv.n_free)
        return false;
    su_kv_hold(&r->kv, &seq->kv, &match);
    su_kv_take(&r->kv, &seq->kv, su_kv_blocks(&r->kv, (uint64_t)hit + n_tokens) - match.n_blocks);
    if (seq->scheduled_ps < 0) {
        seq->hit_tokens = hit;
        r->result->hit_tokens += hit;
    }
    give_seat(r, s, t_ps);
    seq->done_tokens = hit;
    *budget -= n_tokens;
    add_chunk(r, s, n_tokens, total);
    return true;
}

static void admit_waiting(struct su_replica *r, int64_t t_ps, uint32_t budget)
{
    while (r->waiting.n > 0 && budget > 0 && r->running.n < r->engine.max_num_seqs) {
        uint32_t s = r->waiting.first;
        if (r->seqs.items[s].ready) {
            if (!admit_ready(r, s, t_ps))
                return;
            budget--;
        } else if (!admit(r, s, t_ps, &budget)) {
            return;
        }
    }
}

/* ---- committing it ---- */

static void report(struct su_replica *r, uint32_t s, int64_t done_ps)
{
    const struct su_seq *seq = &r->seqs.items[s];
    struct su_request_record record = {
        .index = seq->index,
        .replica = r->index,
        .input_tokens = seq->input_tokens,
        .output_tokens = seq->output_tokens,
        .hit_tokens = seq->hit_tokens,
        .n_preempted = seq->n_preempted,
        .arrival_ps = seq->arrival_ps,
        .scheduled_ps = seq->scheduled_ps,
        .first_ps = seq->first_ps,
        .done_ps = done_ps,
    };
    su_metrics_request(r->metrics, &record, seq->session);
}

/* Puts it in the list of a step's leaving sequences, by order of admission. */
static void add_leaving(struct su_replica *r, uint32_t *first, uint32_t s, int64_t end_ps)
{
    struct su_seq *seq = &r->seqs.items[s];
    seq->leaving = true;
    seq->last_token_ps = end_ps;
    r->result->running_ps += (unsigned __int128)(end_ps - seq->admitted_ps);
    uint32_t *link = first;
    while (*link != SU_SEQ_NONE && r->seqs.items[*link].order < seq->order)
        link = &r->leaving_next[*link];
    r->leaving_next[s] = *link;
    *link = s;
    r->completed = true;
}

/* Prompts that end in step g - 1 (just counted) give a token at end_ps. */
static inline void finish_prompts(struct su_replica *r, uint32_t *leaving, int64_t end_ps)
{
    for (uint32_t s = r->chunk_seq_first; s != SU_SEQ_NONE;) {
        struct su_seq *seq = &r->seqs.items[s];
        uint32_t next = r->leaving_next[s];
        if (seq->given_tokens > 0)
            su_metrics_gaps(r->metrics, end_ps - seq->last_token_ps, 0, 1, 1);
        else
            seq->first_ps = end_ps;
        seq->given_tokens++;
        if (seq->given_tokens == seq->output_tokens) {
            add_leaving(r, leaving, s, end_ps);
        } else {
            uint64_t g0 = r->g - 1;
            su_decode_set_join(&r->decoding, &r->seqs, s, (int64_t)seq->done_tokens - (int64_t)g0,
                               g0 + seq->output_tokens - seq->given_tokens);
        }
        s = next;
    }
    r->chunk_seq_first = r->chunk_seq_last = SU_SEQ_NONE;
}

static inline void finish_decodes(struct su_replica *r, uint32_t *leaving, uint64_t step,
                                  int64_t end_ps)
{
    for (uint32_t s = su_wheel_take(&r->decoding.last_steps, step); s != SU_SEQ_NONE;) {
        uint32_t next = su_wheel_after(&r->decoding.last_steps, s);
        su_decode_set_leave(&r->decoding, &r->seqs, s, false);
        add_leaving(r, leaving, s, end_ps);
        s = next;
    }
}

/* Results of this step reach the next call but one (asynchronous) or the next. */
static inline void add_flight(struct su_replica *r, int64_t end_ps, uint32_t leaving)
{
    assert(r->n_flights < 2);
    for (uint32_t s = leaving; s != SU_SEQ_NONE; s = r->leaving_next[s])
        report(r, s, end_ps);
    r->flights[r->n_flights++] = (struct flight){end_ps, leaving};
    r->gpu_ps = end_ps;
}

static void set_next_call(struct su_replica *r, int64_t t_ps)
{
    if (r->n_flights == 2 || (r->n_flights == 1 && !r->engine.sched->async))
        r->next_ps = r->flights[0].end_ps;
    else
        r->next_ps = t_ps; /* the second call of an idle engine */
}

/* Sum over i < n of (c + d i)(t + e i). */
static unsigned __int128 kv_time(uint64_t c, uint64_t d, uint64_t t, uint64_t e, uint64_t n)
{
    if (n == 1)
        return (unsigned __int128)c * t;
    assert(n < UINT64_C(1) << 31);
    uint64_t half = n * (n - 1) / 2;
    uint64_t bound; /* n of the last and largest */
    if (n < UINT64_C(1) << 21 &&
        !__builtin_mul_overflow((c + d * (n - 1)) * n, t + e * (n - 1), &bound))
        return c * n * t + (c * e + d * t) * half + d * e * (half * (2 * n - 1) / 3);
    unsigned __int128 squares = (unsigned __int128)half * (2 * n - 1) / 3;
    return (unsigned __int128)(c * n) * t +
           ((unsigned __int128)c * e + (unsigned __int128)d * t) * half +
           (unsigned __int128)d * e * squares;
}

static void note_blocks(struct su_replica *r)
{
    uint64_t used = r->kv.n_blocks - r->kv.n_free;
    if (used > r->result->blocks_max)
        r->result->blocks_max = used;
}

__attribute__((noinline)) static void show_step(const struct su_replica *r, int64_t start_ps,
                                                uint64_t n_steps, uint64_t n_decode)
{
    struct su_step_record step = {
        .replica = r->index,
        .t0_ps = start_ps,
        .t1_ps = r->gpu_ps,
        .n_steps = n_steps,
        .n_decode = (uint32_t)n_decode,
        .n_chunks = r->n_chunks,
        .n_waiting = (uint32_t)r->waiting.n,
        .blocks_used = r->kv.n_blocks - r->kv.n_free,
    };
    for (uint32_t i = 0; i < r->n_chunks; i++)
        step.prefill_tokens += r->chunks[i].n_tokens;
    r->metrics->watch->step(r->metrics->watch->ctx, &step);
}

static inline void report_step(struct su_replica *r, int64_t start_ps, uint64_t n_steps,
                               uint64_t n_decode, unsigned __int128 kv_token_ps)
{
    note_blocks(r);
    su_metrics_count_steps(r->metrics, n_steps, r->gpu_ps - start_ps, kv_token_ps);
    if (su_metrics_watches_steps(r->metrics))
        show_step(r, start_ps, n_steps, n_decode);
}

static uint64_t longest(struct su_replica *r)
{
    return su_decode_set_longest(&r->decoding, &r->seqs, &r->running, r->g);
}

/* A step with prompts, or with sequences that come from elsewhere. */
static void commit_mixed(struct su_replica *r, int64_t t_ps, int64_t start_ps)
{
    uint64_t n_decode = r->decoding.n;
    uint64_t kv_tokens = su_decode_set_tokens(&r->decoding, r->g);
    struct su_batch batch = {
        .n_decode = (uint32_t)n_decode,
        .decode_tokens = kv_tokens,
        .longest_tokens = longest(r),
        .n_chunks = r->n_chunks,
        .chunks = r->chunks,
    };
    int64_t price_ps = r->pricer->step(r->pricer->ctx, &batch);
    int64_t end_ps = start_ps + price_ps;
    for (uint32_t i = 0; i < r->n_chunks; i++)
        kv_tokens += r->chunks[i].kv_tokens;
    if (n_decode > r->n_ready)
        su_metrics_gaps(r->metrics, price_ps, 0, 1, n_decode - r->n_ready);
    for (uint32_t s = r->running.last; r->n_ready > 0; s = r->seqs.items[s].prev) {
        if (r->seqs.items[s].decoding && r->seqs.items[s].admitted_ps == t_ps) {
            su_metrics_gaps(r->metrics, end_ps - r->seqs.items[s].last_token_ps, 0, 1, 1);
            r->n_ready--;
        }
    }
    uint32_t leaving = SU_SEQ_NONE;
    finish_decodes(r, &leaving, r->g, end_ps);
    r->g++;
    finish_prompts(r, &leaving, end_ps);
    add_flight(r, end_ps, leaving);
    report_step(r, start_ps, 1, n_decode,
                (unsigned __int128)kv_tokens * (unsigned __int128)price_ps);
}

/* Decode-only steps, as many as nothing happens in; the blocks of the first are taken already. */
static void commit_decodes(struct su_replica *r, int64_t start_ps, int64_t until_ps, bool alone)
{
    uint64_t n_decode = r->decoding.n;
    uint64_t kv_tokens = su_decode_set_tokens(&r->decoding, r->g);
    struct su_price_run run;
    r->pricer->run(r->pricer->ctx, (uint32_t)n_decode, kv_tokens, longest(r), &run);
    uint64_t last = su_wheel_next(&r->decoding.last_steps, r->g);
    uint64_t n = alone || start_ps >= until_ps ? 1 : last - r->g + 1;
    if (n > run.n_steps)
        n = run.n_steps;
    if (n > 1) {
        /* Call i is made at the start of step i, or of step i - 1. */
        uint64_t lag = r->engine.sched->async ? 1 : 0;
        uint64_t calls =
            1 + lag + su_progression_before(run.first_ps, run.delta_ps, until_ps - start_ps, n);
        n = calls < n ? calls : n;
    }
    bool jumps = n > 1;
    if (jumps) {
        /* The second call, made when the first step starts, takes what results there are. */
        note_blocks(r);
        take_results(r, start_ps);
        uint64_t n_blocks;
        n = 1 + su_decode_set_steps(&r->decoding, r->g + 1, r->kv.n_free, n - 1, &n_blocks);
        su_kv_take_any(&r->kv, n_blocks);
    }
    int64_t end_ps = start_ps + su_progression_ps(run.first_ps, run.delta_ps, n);
    su_metrics_gaps(r->metrics, run.first_ps, run.delta_ps, n, n_decode);
    uint32_t leaving = SU_SEQ_NONE;
    if (last == r->g + n - 1)
        finish_decodes(r, &leaving, last, end_ps);
    r->g += n;
    if (jumps && r->engine.sched->async)
        add_flight(r, start_ps + su_progression_ps(run.first_ps, run.delta_ps, n - 1), SU_SEQ_NONE);
    add_flight(r, end_ps, leaving);
    report_step(r, start_ps, n, n_decode,
                kv_time(kv_tokens, n_decode, (uint64_t)run.first_ps, (uint64_t)run.delta_ps, n));
}

/* ---- a schedule call ---- */

static void note_call(struct su_replica *r, uint64_t n_waiting)
{
    struct su_serve_result *result = r->result;
    if (n_waiting > result->waiting_max)
        result->waiting_max = n_waiting;
    if (r->running.n > result->running_max)
        result->running_max = r->running.n;
}

static bool results_pending(const struct su_replica *r)
{
    for (uint32_t f = 0; f < r->n_flights; f++) {
        if (r->flights[f].first_leaving != SU_SEQ_NONE)
            return true;
    }
    return false;
}

static void call(struct su_replica *r, int64_t until_ps)
{
    int64_t t_ps = r->next_ps;
    take_results(r, t_ps);
    uint64_t n_waiting = r->waiting.n;
    uint64_t n_preempted = r->result->n_preempted;
    r->n_chunks = 0;
    r->n_ready = 0;
    uint64_t n_blocks = su_decode_set_blocks_at(&r->decoding, r->g);
    for (; n_blocks > r->kv.n_free; n_blocks = su_decode_set_blocks_at(&r->decoding, r->g))
        preempt_last(r, t_ps);
    su_kv_take_any(&r->kv, n_blocks);
    uint32_t budget = r->engine.max_num_batched_tokens - (uint32_t)r->decoding.n;
    continue_prompt(r, t_ps, &budget);
    bool preempted = r->result->n_preempted != n_preempted;
    if (!preempted)
        admit_waiting(r, t_ps, budget);
    note_call(r, n_waiting);
    int64_t start_ps = t_ps > r->gpu_ps ? t_ps : r->gpu_ps;
    if (r->n_chunks > 0 || r->n_ready > 0) {
        commit_mixed(r, t_ps, start_ps);
    } else if (r->decoding.n > 0) {
        bool alone =
            preempted || r->prompt != SU_SEQ_NONE || (r->waiting.n > 0 && results_pending(r));
        commit_decodes(r, start_ps, until_ps, alone);
    } else {
        r->next_ps = r->n_flights > 0 ? r->flights[0].end_ps : preempted ? t_ps : SU_NEVER_PS;
        return;
    }
    set_next_call(r, t_ps);
}

/* ---- the machine as others see it ---- */

static bool fits(const struct su_replica *r, const struct su_arrival *arrival)
{
    uint64_t n_tokens = (uint64_t)arrival->input_tokens + arrival->output_tokens - 1;
    return su_kv_blocks(&r->kv, n_tokens) <= r->kv.n_blocks;
}

__attribute__((noinline)) static void refuse(struct su_replica *r, const struct su_arrival *arrival)
{
    struct su_request_record record = {
        .index = arrival->index,
        .replica = r->index,
        .input_tokens = arrival->input_tokens,
        .output_tokens = arrival->output_tokens,
        .refused = true,
        .arrival_ps = arrival->arrival_ps,
        .scheduled_ps = arrival->arrival_ps,
    };
    su_metrics_request(r->metrics, &record, arrival->session);
}

__attribute__((noinline)) static void grow_slots(struct su_replica *r)
{
    uint32_t *grown = SU_NEW_ARRAY(r->seqs.arena, r->seqs.cap, uint32_t);
    if (r->cap_slots > 0)
        memcpy(grown, r->leaving_next, r->cap_slots * sizeof(*grown));
    r->leaving_next = grown;
    r->cap_slots = r->seqs.cap;
    su_wheel_reserve(&r->decoding.last_steps, r->seqs.cap);
}

/* The waiting list's newest; NULL when it was refused. */
static struct su_seq *enqueue(struct su_replica *r, const struct su_arrival *arrival)
{
    if (!fits(r, arrival)) {
        refuse(r, arrival);
        return NULL;
    }
    uint32_t s = su_seqs_add(&r->seqs, arrival);
    if (r->cap_slots < r->seqs.cap)
        grow_slots(r);
    su_seq_list_append(&r->seqs, &r->waiting, s);
    if (r->next_ps == SU_NEVER_PS)
        r->next_ps = arrival->arrival_ps;
    return &r->seqs.items[s];
}

static void push(struct su_replica *r, const struct su_arrival *arrival)
{
    (void)enqueue(r, arrival);
}

static void push_ready(struct su_replica *r, const struct su_arrival *arrival,
                       const struct su_request_record *before)
{
    struct su_seq *seq = enqueue(r, arrival);
    if (seq == NULL)
        return;
    seq->ready = true;
    seq->arrival_ps = before->arrival_ps;
    seq->scheduled_ps = before->scheduled_ps;
    seq->first_ps = seq->last_token_ps = before->first_ps;
    seq->hit_tokens = before->hit_tokens;
    seq->n_preempted = before->n_preempted;
}

static void advance(struct su_replica *r, int64_t until_ps, bool stop_at_done)
{
    while (r->next_ps < until_ps) {
        r->completed = false;
        call(r, until_ps);
        if (stop_at_done && r->completed)
            return;
    }
}

static int64_t next_ps(const struct su_replica *r)
{
    return r->next_ps;
}

static struct su_replica_load load(const struct su_replica *r)
{
    return (struct su_replica_load){r->waiting.n, r->running.n, r->kv.n_free};
}

static uint32_t cached_tokens(const struct su_replica *r, const struct su_arrival *arrival)
{
    struct su_kv_seq seq = {.runs = arrival->runs, .n_runs = arrival->n_runs, .own = SU_KV_NONE};
    return su_kv_find(&r->kv, &seq, arrival->input_tokens).n_blocks * r->kv.block_tokens;
}

static bool is_empty(const struct su_replica *r)
{
    return r->waiting.n == 0 && r->running.n == 0 && r->kv.n_free == r->kv.n_blocks &&
           su_kv_is_sound(&r->kv);
}

const struct su_replica_ops su_replica_fast = {
    .create = create,
    .push = push,
    .push_ready = push_ready,
    .advance = advance,
    .next_ps = next_ps,
    .load = load,
    .cached_tokens = cached_tokens,
    .is_empty = is_empty,
};
