/* A schedule call of SGLang (rules G1-G4 of docs/theory/serving.md): a step of prompts when one can
 * be taken in, else a step of decodes. */
#include "serve/plain.h"

#include <stddef.h>

/* Source: github.com/sgl-project/sglang 0.5, srt/managers/schedule_policy.py (clip of the expected
 * output, longest prefix up to 128 waiting), srt/environ.py (initial ratio 0.7, its minimum 0.14 of
 * that, 600 decay steps, 20 steps ahead after a retraction). */
#define OUTPUT_RESERVED_MAX 4096u
#define PREFIX_ORDER_MAX 128u
#define RATIO_MIN (0.14 * SU_PLAIN_NEW_TOKEN_RATIO)
#define RATIO_DECAY ((SU_PLAIN_NEW_TOKEN_RATIO - RATIO_MIN) / 600)
#define RETRACT_AHEAD_TOKENS 20u

static uint32_t output_left(const struct su_plain_seq *seq)
{
    uint32_t left = seq->output_tokens - seq->given_tokens;
    return left < OUTPUT_RESERVED_MAX ? left : OUTPUT_RESERVED_MAX;
}

static bool decodes(const struct su_plain_seq *seq)
{
    return !su_plain_in_prompt(seq) && !su_plain_is_ending(seq);
}

/* ---- taking in ---- */

/* Longest prefix first, equal ones as they stood; the new order stays. */
static void sort_by_prefix(struct su_plain_rank *rank)
{
    struct su_plain_list *waiting = &rank->waiting;
    for (struct su_plain_seq *s = waiting->first, *next; s != NULL; s = next) {
        next = s->next;
        s->found_blocks = su_kv_find(&rank->kv, &s->kv, s->prompt_tokens).n_blocks;
        struct su_plain_seq *before = s->prev;
        while (before != NULL && before->found_blocks < s->found_blocks)
            before = before->prev;
        if (before == s->prev)
            continue;
        su_plain_remove(waiting, s);
        su_plain_insert(waiting, s, before == NULL ? waiting->first : before->next);
    }
}

struct intake {
    uint32_t budget;
    double reserved_tokens; /* that running requests are expected to use yet */
    bool any;               /* prompt in the step */
};

/* The next piece of the prompt in work. It was let in with room for all of it, but what it computed
 * may have pinned a cached run; without a block it starts again, and then finds that run. */
static void go_on(struct su_replica *replica, struct su_plain_rank *rank, struct su_plain_seq *seq,
                  struct intake *in)
{
    uint32_t rest = su_plain_wanted(replica, seq);
    uint32_t n_tokens = rest < in->budget ? rest : in->budget;
    uint64_t room = (su_plain_blocks_held(seq) + rank->kv.n_free) * rank->kv.block_tokens;
    if (room == seq->stored_tokens) {
        su_plain_preempt(replica, rank, seq, rank->waiting.first);
        return;
    }
    if (n_tokens > room - seq->stored_tokens)
        n_tokens = (uint32_t)(room - seq->stored_tokens);
    su_kv_take(&rank->kv, &seq->kv, su_plain_blocks_missing(rank, seq, n_tokens));
    su_plain_run(replica, rank, seq, n_tokens);
    in->budget -= n_tokens;
    in->reserved_tokens += n_tokens == rest ? output_left(seq) : 0;
    in->any = true;
}

static bool has_room(const struct su_plain_rank *rank, const struct su_plain_seq *seq,
                     const struct su_kv_match *match, const struct intake *in)
{
    const struct su_kv *kv = &rank->kv;
    uint64_t n_blocks = su_kv_blocks(kv, (uint64_t)seq->prompt_tokens) - match->n_blocks;
    if (n_blocks + match->n_queued > kv->n_free)
        return false;
    if (rank->running.n == 0)
        return true;
    double needed = (double)(n_blocks * kv->block_tokens + output_left(seq));
    double free_tokens = (double)((kv->n_free - match->n_queued) * kv->block_tokens);
    return needed < free_tokens - in->reserved_tokens;
}

/* A prompt is cut to a multiple of this; to any length where a step is shorter than a page. */
static uint32_t page_tokens(const struct su_replica *replica)
{
    const struct su_serve_engine *engine = &replica->engine;
    return engine->max_num_batched_tokens < engine->block_tokens ? 1 : engine->block_tokens;
}

/* False when it must wait, and all behind it. */
static bool let_in(struct su_replica *replica, struct su_plain_rank *rank, struct su_plain_seq *seq,
                   struct intake *in)
{
    struct su_kv *kv = &rank->kv;
    struct su_kv_match match = su_kv_find(kv, &seq->kv, seq->prompt_tokens);
    if (rank->running.n >= replica->engine.max_num_seqs || !has_room(rank, seq, &match, in)) {
        rank->is_full = true;
        return false;
    }
    if (seq->ready) {
        su_plain_admit(replica, rank, seq, &match);
        in->reserved_tokens += output_left(seq);
        return true;
    }
    uint32_t rest = seq->prompt_tokens - match.n_blocks * kv->block_tokens;
    uint32_t n_tokens = rest;
    if (rest > in->budget)
        n_tokens = in->budget - in->budget % page_tokens(replica);
    if (n_tokens == 0)
        return false;
    su_plain_admit(replica, rank, seq, &match);
    su_kv_take(kv, &seq->kv, su_plain_blocks_missing(rank, seq, n_tokens));
    su_plain_run(replica, rank, seq, n_tokens);
    in->budget -= n_tokens;
    in->reserved_tokens += n_tokens == rest ? output_left(seq) : 0;
    in->any = true;
    return n_tokens == rest;
}

/* True when the step holds prompts. */
static bool take_in(struct su_replica *replica, struct su_plain_rank *rank)
{
    struct intake in = {.budget = replica->engine.max_num_batched_tokens};
    struct su_plain_seq *in_work = NULL;
    uint64_t left = 0;
    for (struct su_plain_seq *s = rank->running.first; s != NULL; s = s->next) {
        if (su_plain_in_prompt(s))
            in_work = s;
        else
            left += output_left(s);
    }
    in.reserved_tokens = (double)left * rank->new_token_ratio;
    if (in_work != NULL)
        go_on(replica, rank, in_work, &in);
    if (rank->is_full || rank->preempted)
        return in.any;
    if (!replica->engine.by_priority && rank->waiting.n <= PREFIX_ORDER_MAX)
        sort_by_prefix(rank);
    while (rank->waiting.first != NULL && in.budget > 0) {
        if (!let_in(replica, rank, rank->waiting.first, &in))
            break;
    }
    return in.any;
}

/* ---- decoding ---- */

struct need {
    uint64_t n_decode;
    uint64_t n_blocks; /* they lack for the next step */
    uint64_t given_tokens;
    uint64_t output_tokens;
    struct su_plain_seq *fewest; /* who is retracted first */
};

static bool goes_before(const struct su_plain_seq *a, const struct su_plain_seq *b)
{
    if (a->given_tokens != b->given_tokens)
        return a->given_tokens < b->given_tokens;
    return a->record.input_tokens >= b->record.input_tokens;
}

static struct need need_of(const struct su_replica *replica, const struct su_plain_rank *rank)
{
    struct need need = {0};
    for (struct su_plain_seq *s = rank->running.first; s != NULL; s = s->next) {
        if (!decodes(s))
            continue;
        need.n_decode++;
        need.n_blocks += su_plain_blocks_missing(rank, s, su_plain_wanted(replica, s));
        need.given_tokens += s->given_tokens;
        need.output_tokens += s->output_tokens;
        if (need.fewest == NULL || goes_before(s, need.fewest))
            need.fewest = s;
    }
    return need;
}

/* False when the next decode step cannot run. */
static bool retract(struct su_replica *replica, struct su_plain_rank *rank)
{
    struct need need = need_of(replica, rank);
    bool retracted = false;
    while (need.n_blocks > rank->kv.n_free && need.n_decode > 1) {
        su_plain_preempt(replica, rank, need.fewest, NULL);
        need = need_of(replica, rank);
        retracted = true;
    }
    if (need.n_decode > 0 && need.n_blocks > rank->kv.n_free) {
        /* The last one waits for those that end; when nothing does, it starts again. */
        if (replica->n_under_way == 0 && replica->sending.n == 0)
            su_plain_preempt(replica, rank, need.fewest, rank->waiting.first);
        return false;
    }
    double ratio = rank->new_token_ratio - RATIO_DECAY;
    if (retracted)
        ratio = (double)(need.given_tokens + RETRACT_AHEAD_TOKENS * need.n_decode) /
                (double)(need.output_tokens + 1);
    else if (ratio < RATIO_MIN)
        ratio = RATIO_MIN;
    rank->new_token_ratio = ratio < 1 ? ratio : 1;
    return need.n_decode > 0;
}

void su_plain_call_sglang(struct su_replica *replica, struct su_plain_rank *rank)
{
    if (rank->running.n == 0 && rank->waiting.n == 0) {
        rank->new_token_ratio = SU_PLAIN_NEW_TOKEN_RATIO;
        return;
    }
    if (take_in(replica, rank) || !retract(replica, rank))
        return;
    for (struct su_plain_seq *s = rank->running.first; s != NULL; s = s->next) {
        if (!decodes(s))
            continue;
        uint32_t n_tokens = su_plain_wanted(replica, s);
        su_kv_take(&rank->kv, &s->kv, su_plain_blocks_missing(rank, s, n_tokens));
        su_plain_run(replica, rank, s, n_tokens);
    }
}
