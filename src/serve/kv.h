/* KV blocks of one rank, and what of them can be found again (docs/theory/serving.md, P1-P5).
 * Shared content is kept as runs with a length, never block by block. */
#ifndef SU_SERVE_KV_H
#define SU_SERVE_KV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map64.h"
#include "workload/workload.h"

#define SU_KV_NONE UINT32_MAX
#define SU_KV_NO_BITS UINT8_MAX

/* A run whose blocks are here, or a stretch of the free queue. */
struct su_kv_entry {
    uint64_t id;       /* of a run */
    uint32_t n_blocks; /* that are here */
    uint32_t n_held;   /* sequences that hold it; 0: in the free queue */
    uint32_t prev;     /* in the free queue, SU_KV_NONE at its ends */
    uint32_t next;
    uint32_t kind;
};

struct su_kv {
    uint64_t n_free;  /* in the queue: never used, forgotten or cached */
    uint64_t n_fresh; /* of these never used: the front of the queue */
    uint64_t n_blocks;
    uint32_t block_tokens;
    uint8_t block_bits; /* its logarithm, SU_KV_NO_BITS when it is no power of two */
    bool caching;
    struct su_kv_entry *entries;
    struct su_map64 by_id;
    uint32_t first; /* the queue behind the fresh ones */
    uint32_t last;
    uint32_t free_entry; /* list through next */
    uint32_t n_entries;
    uint32_t cap_entries;
    struct su_arena *arena;
};

/* What one sequence holds. Zeroed with its runs set when it arrives; the runs stay the owner's. */
struct su_kv_seq {
    const struct su_prefix_run *runs;
    uint32_t n_runs;
    uint32_t n_held;   /* leading runs that it holds */
    uint32_t n_shared; /* blocks of these that count for it: found, or computed by it */
    uint32_t n_private;
    uint32_t own; /* entry of its own blocks after a preemption; SU_KV_NONE when there is none */
};

void su_kv_init(struct su_kv *kv, struct su_arena *arena, uint64_t n_blocks, uint32_t block_tokens,
                bool caching);

/* What a lookup finds. */
struct su_kv_match {
    uint32_t n_blocks; /* from the first token on */
    uint32_t n_queued; /* blocks that leave the free queue when it takes them */
    uint32_t n_runs;   /* runs they lie in */
    uint32_t n_own;    /* of n_blocks: its own from before a preemption */
};
/** For a prompt of n_tokens of a sequence that holds nothing. Changes nothing. */
struct su_kv_match su_kv_find(const struct su_kv *kv, const struct su_kv_seq *seq,
                              uint32_t n_tokens);
/** Takes what was found. n_free falls by n_queued. */
void su_kv_hold(struct su_kv *kv, struct su_kv_seq *seq, const struct su_kv_match *match);

/** Takes n blocks from the front of the queue for seq; n <= n_free. */
void su_kv_take(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n);
/** The same for sequences whose own count is kept elsewhere (fast-forward). */
void su_kv_take_any(struct su_kv *kv, uint64_t n);

/** Blocks that cover the first n_tokens and lie in runs can be found from now on; those that are
 * not here yet pass from private to shared. n_private must already count the blocks held. */
void su_kv_publish(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n_tokens);

/** Gives everything back. n_tokens: stored so far; what runs cover of it is published first. keep:
 * it was preempted and may find its own full blocks again. */
void su_kv_release(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n_tokens, bool keep);
/** A preempted sequence will never ask again (its last token was under way). */
void su_kv_forget(struct su_kv *kv, struct su_kv_seq *seq);

/** True when counts and queue agree; for tests, walks everything. */
bool su_kv_is_sound(const struct su_kv *kv);

/** Whole blocks within n_tokens; a shift where it can be one: this is asked for often. */
static inline uint64_t su_kv_full_blocks(const struct su_kv *kv, uint64_t n_tokens)
{
    return kv->block_bits != SU_KV_NO_BITS ? n_tokens >> kv->block_bits
                                           : n_tokens / kv->block_tokens;
}
/** Blocks that hold n_tokens. */
static inline uint64_t su_kv_blocks(const struct su_kv *kv, uint64_t n_tokens)
{
    return su_kv_full_blocks(kv, n_tokens + kv->block_tokens - 1);
}

#endif
