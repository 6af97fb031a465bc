/* A schedule call of vLLM V1 (rules V1-V5 of docs/theory/serving.md): running requests first, then
 * waiting ones. Running ones are only marked in a first pass, because by priority a request that
 * was given its tokens can still be preempted for a later one. */
#include "serve/plain.h"

#include <assert.h>
#include <stddef.h>

static uint32_t limited(const struct su_replica *replica, uint32_t n_tokens, uint32_t budget)
{
    uint32_t most = replica->engine.long_prefill_tokens;
    if (most > 0 && n_tokens > most)
        n_tokens = most;
    return n_tokens < budget ? n_tokens : budget;
}

/* KV that is still to be sent stays where it is. */
static bool may_be_preempted(const struct su_replica *replica, const struct su_plain_seq *seq)
{
    return !(replica->engine.sends.bytes_per_s > 0 && su_plain_is_ending(seq));
}

static struct su_plain_seq *victim_of(const struct su_replica *replica,
                                      const struct su_plain_rank *rank)
{
    struct su_plain_seq *victim = NULL;
    for (struct su_plain_seq *s = rank->running.last; s != NULL; s = s->prev) {
        if (!may_be_preempted(replica, s))
            continue;
        if (!replica->engine.by_priority)
            return s;
        if (victim == NULL || su_plain_is_after(s, victim))
            victim = s;
    }
    return victim;
}

/* False when seq itself had to go. */
static bool make_room(struct su_replica *replica, struct su_plain_rank *rank,
                      struct su_plain_seq *seq, uint64_t n_blocks, uint32_t *budget)
{
    while (n_blocks > rank->kv.n_free) {
        struct su_plain_seq *victim = victim_of(replica, rank);
        assert(victim != NULL); /* seq is one */
        *budget += victim->now_tokens;
        bool itself = victim == seq;
        su_plain_preempt(replica, rank, victim, rank->waiting.first);
        if (itself)
            return false;
    }
    return true;
}

static void mark_running(struct su_replica *replica, struct su_plain_rank *rank, uint32_t *budget)
{
    for (struct su_plain_seq *s = rank->running.first; s != NULL && *budget > 0; s = s->next) {
        if (su_plain_is_ending(s))
            continue;
        uint32_t n_tokens = limited(replica, su_plain_wanted(replica, s), *budget);
        uint64_t n_blocks = su_plain_blocks_missing(rank, s, n_tokens);
        if (!make_room(replica, rank, s, n_blocks, budget))
            return;
        su_kv_take(&rank->kv, &s->kv, n_blocks);
        s->now_tokens = n_tokens;
        *budget -= n_tokens;
    }
}

/* False when it must wait, and all behind it. */
static bool admit(struct su_replica *replica, struct su_plain_rank *rank, struct su_plain_seq *seq,
                  uint32_t *budget)
{
    struct su_kv *kv = &rank->kv;
    struct su_kv_match match = su_kv_find(kv, &seq->kv, seq->prompt_tokens);
    uint32_t found = match.n_blocks * kv->block_tokens;
    uint32_t n_tokens = seq->ready ? 1 + replica->engine.n_drafts : seq->prompt_tokens - found;
    n_tokens = limited(replica, n_tokens, *budget);
    uint64_t held =
        seq->ready ? su_plain_held_after(seq, seq->prompt_tokens, n_tokens) : found + n_tokens;
    if (replica->engine.sched->whole_prompt_fits && held < seq->prompt_tokens)
        held = seq->prompt_tokens;
    if (su_kv_blocks(kv, held) - match.n_blocks + match.n_queued > kv->n_free)
        return false;
    su_plain_admit(replica, rank, seq, &match);
    su_kv_take(kv, &seq->kv, su_plain_blocks_missing(rank, seq, n_tokens));
    su_plain_run(replica, rank, seq, n_tokens);
    *budget -= n_tokens;
    return true;
}

void su_plain_call_vllm(struct su_replica *replica, struct su_plain_rank *rank)
{
    uint32_t budget = replica->engine.max_num_batched_tokens;
    mark_running(replica, rank, &budget);
    for (struct su_plain_seq *s = rank->running.first; s != NULL; s = s->next) {
        if (s->now_tokens > 0)
            su_plain_run(replica, rank, s, s->now_tokens);
    }
    if (rank->preempted)
        return;
    while (rank->waiting.first != NULL && budget > 0 &&
           rank->running.n < replica->engine.max_num_seqs) {
        if (!admit(replica, rank, rank->waiting.first, &budget))
            return;
    }
}
