#include "serve/kv.h"

#include <assert.h>

enum kind {
    KIND_RUN,      /* blocks of a run, to be found by its id */
    KIND_OWN,      /* full blocks of a preempted sequence, found by itself */
    KIND_USED_UP,  /* the same, all taken by others: out of the queue */
    KIND_FORGOTTEN /* nobody will ask for these */
};

void su_kv_init(struct su_kv *kv, struct su_arena *arena, uint64_t n_blocks, uint32_t block_tokens,
                bool caching)
{
    *kv = (struct su_kv){
        .block_tokens = block_tokens,
        .block_bits = (block_tokens & (block_tokens - 1)) == 0
                          ? (uint8_t)__builtin_ctz(block_tokens)
                          : SU_KV_NO_BITS,
        .caching = caching,
        .n_blocks = n_blocks,
        .n_free = n_blocks,
        .n_fresh = n_blocks,
        .first = SU_KV_NONE,
        .last = SU_KV_NONE,
        .free_entry = SU_KV_NONE,
        .arena = arena,
    };
    if (caching)
        su_map64_init(&kv->by_id, arena, 64);
}

/* ---- entries ---- */

static uint32_t entry_new(struct su_kv *kv, enum kind kind, uint64_t id, uint32_t n_blocks)
{
    uint32_t e = kv->free_entry;
    if (e != SU_KV_NONE) {
        kv->free_entry = kv->entries[e].next;
    } else {
        if (kv->n_entries == kv->cap_entries) {
            uint32_t larger = kv->cap_entries == 0 ? 64 : 2 * kv->cap_entries;
            struct su_kv_entry *grown = SU_NEW_ARRAY(kv->arena, larger, struct su_kv_entry);
            for (uint32_t i = 0; i < kv->n_entries; i++)
                grown[i] = kv->entries[i];
            kv->entries = grown;
            kv->cap_entries = larger;
        }
        e = kv->n_entries++;
    }
    kv->entries[e] = (struct su_kv_entry){
        .id = id, .n_blocks = n_blocks, .prev = SU_KV_NONE, .next = SU_KV_NONE, .kind = kind};
    return e;
}

static void entry_drop(struct su_kv *kv, uint32_t e)
{
    kv->entries[e].next = kv->free_entry;
    kv->free_entry = e;
}

static void queue_append(struct su_kv *kv, uint32_t e)
{
    struct su_kv_entry *entry = &kv->entries[e];
    entry->prev = kv->last;
    entry->next = SU_KV_NONE;
    if (kv->last == SU_KV_NONE)
        kv->first = e;
    else
        kv->entries[kv->last].next = e;
    kv->last = e;
}

static void queue_remove(struct su_kv *kv, uint32_t e)
{
    struct su_kv_entry *entry = &kv->entries[e];
    if (entry->prev == SU_KV_NONE)
        kv->first = entry->next;
    else
        kv->entries[entry->prev].next = entry->next;
    if (entry->next == SU_KV_NONE)
        kv->last = entry->prev;
    else
        kv->entries[entry->next].prev = entry->prev;
}

/* Adds to a forgotten stretch at the end rather than making another. */
static void append_forgotten(struct su_kv *kv, uint32_t n_blocks)
{
    if (n_blocks == 0)
        return;
    if (kv->last != SU_KV_NONE && kv->entries[kv->last].kind == KIND_FORGOTTEN &&
        kv->entries[kv->last].n_blocks <= UINT32_MAX - n_blocks)
        kv->entries[kv->last].n_blocks += n_blocks;
    else
        queue_append(kv, entry_new(kv, KIND_FORGOTTEN, 0, n_blocks));
}

/* ---- lookup ---- */

/* Whole blocks that end within the first n_tokens. */
static inline uint32_t full_blocks(const struct su_kv *kv, uint64_t n_tokens)
{
    return (uint32_t)su_kv_full_blocks(kv, n_tokens);
}

struct su_kv_match su_kv_find(const struct su_kv *kv, const struct su_kv_seq *seq,
                              uint32_t n_tokens)
{
    struct su_kv_match match = {0};
    if (!kv->caching || n_tokens < 2 || (seq->n_runs == 0 && seq->own == SU_KV_NONE))
        return match;
    uint32_t max = full_blocks(kv, n_tokens - 1);
    uint64_t end_tokens = 0;
    uint32_t end = 0;
    for (uint32_t r = 0; r < seq->n_runs && match.n_blocks < max; r++) {
        uint32_t start = end;
        end_tokens += seq->runs[r].n_tokens;
        end = full_blocks(kv, end_tokens);
        uint32_t n_run = end - start;
        uint32_t e = SU_KV_NONE;
        if (n_run == 0) { /* shorter than a block: the next run's first block covers it */
            match.n_runs = r + 1;
            continue;
        }
        if (!su_map64_get(&kv->by_id, seq->runs[r].id, &e))
            return match;
        const struct su_kv_entry *entry = &kv->entries[e];
        match.n_runs = r + 1;
        match.n_queued += entry->n_held == 0 ? entry->n_blocks : 0;
        uint32_t here = entry->n_blocks < n_run ? entry->n_blocks : n_run;
        match.n_blocks += here < max - match.n_blocks ? here : max - match.n_blocks;
        if (here < n_run)
            return match;
    }
    /* Beyond the runs: its own, when these reach up to them. */
    if (seq->own != SU_KV_NONE && match.n_blocks < max && match.n_blocks == end) {
        uint32_t n = kv->entries[seq->own].n_blocks;
        match.n_own = n < max - match.n_blocks ? n : max - match.n_blocks;
        match.n_blocks += match.n_own;
        match.n_queued += match.n_own;
    }
    return match;
}

void su_kv_hold(struct su_kv *kv, struct su_kv_seq *seq, const struct su_kv_match *match)
{
    assert(seq->n_held == 0 && seq->n_private == 0);
    if (!kv->caching)
        return;
    kv->n_free -= match->n_queued;
    uint64_t end_tokens = 0;
    uint32_t end = 0;
    for (uint32_t r = 0; r < match->n_runs; r++) {
        uint32_t start = end;
        end_tokens += seq->runs[r].n_tokens;
        end = full_blocks(kv, end_tokens);
        uint32_t e = SU_KV_NONE;
        if (end == start || !su_map64_get(&kv->by_id, seq->runs[r].id, &e))
            continue;
        if (kv->entries[e].n_held++ == 0)
            queue_remove(kv, e);
    }
    seq->n_held = match->n_runs;
    seq->n_shared = match->n_blocks - match->n_own;
    if (match->n_own > 0) {
        seq->n_private = match->n_own;
        kv->entries[seq->own].n_blocks -= match->n_own;
    }
    su_kv_forget(kv, seq);
}

/* ---- taking ---- */

static void take_from_entry(struct su_kv *kv, uint64_t *n)
{
    uint32_t e = kv->first;
    assert(e != SU_KV_NONE);
    struct su_kv_entry *entry = &kv->entries[e];
    uint32_t taken = *n < entry->n_blocks ? (uint32_t)*n : entry->n_blocks;
    entry->n_blocks -= taken;
    *n -= taken;
    if (entry->n_blocks > 0)
        return;
    queue_remove(kv, e);
    if (entry->kind == KIND_OWN) {
        entry->kind = KIND_USED_UP; /* its sequence gives the entry back */
        return;
    }
    if (entry->kind == KIND_RUN)
        su_map64_remove(&kv->by_id, entry->id);
    entry_drop(kv, e);
}

void su_kv_take_any(struct su_kv *kv, uint64_t n)
{
    assert(n <= kv->n_free);
    kv->n_free -= n;
    if (!kv->caching)
        return;
    uint64_t fresh = n < kv->n_fresh ? n : kv->n_fresh;
    kv->n_fresh -= fresh;
    n -= fresh;
    while (n > 0)
        take_from_entry(kv, &n);
}

void su_kv_take(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n)
{
    su_kv_take_any(kv, n);
    seq->n_private += (uint32_t)n;
}

/* ---- publishing ---- */

/* The sequence has the first n_blocks of run r: those that are not here yet become shared. */
static void publish_run(struct su_kv *kv, struct su_kv_seq *seq, uint32_t r, uint32_t n_blocks)
{
    uint32_t e = SU_KV_NONE;
    bool held = r < seq->n_held;
    if (!su_map64_get(&kv->by_id, seq->runs[r].id, &e)) {
        e = entry_new(kv, KIND_RUN, seq->runs[r].id, 0);
        su_map64_put(&kv->by_id, seq->runs[r].id, e);
        kv->entries[e].n_held = 1;
    } else if (!held) {
        struct su_kv_entry *entry = &kv->entries[e];
        if (entry->n_held++ == 0) { /* it was cached and nobody's: it is pinned now */
            queue_remove(kv, e);
            kv->n_free -= entry->n_blocks;
        }
    }
    seq->n_held = r + 1 > seq->n_held ? r + 1 : seq->n_held;
    struct su_kv_entry *entry = &kv->entries[e];
    if (n_blocks <= entry->n_blocks)
        return;
    uint32_t n_new = n_blocks - entry->n_blocks;
    entry->n_blocks = n_blocks;
    seq->n_shared += n_new;
    seq->n_private -= n_new;
}

void su_kv_publish(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n_tokens)
{
    if (!kv->caching)
        return;
    uint32_t stored = full_blocks(kv, n_tokens);
    uint64_t end_tokens = 0;
    uint32_t end = 0;
    for (uint32_t r = 0; r < seq->n_runs; r++) {
        uint32_t start = end;
        end_tokens += seq->runs[r].n_tokens;
        end = full_blocks(kv, end_tokens);
        if (start >= stored)
            return;
        if (end > start)
            publish_run(kv, seq, r, (end < stored ? end : stored) - start);
    }
}

/* ---- giving back ---- */

void su_kv_forget(struct su_kv *kv, struct su_kv_seq *seq)
{
    if (seq->own == SU_KV_NONE)
        return;
    struct su_kv_entry *entry = &kv->entries[seq->own];
    if (entry->n_blocks > 0) {
        entry->kind = KIND_FORGOTTEN; /* it stays where it is in the queue */
    } else {
        if (entry->kind == KIND_OWN)
            queue_remove(kv, seq->own);
        entry_drop(kv, seq->own);
    }
    seq->own = SU_KV_NONE;
}

static void release_runs(struct su_kv *kv, struct su_kv_seq *seq)
{
    for (uint32_t r = seq->n_held; r-- > 0;) {
        uint32_t e = SU_KV_NONE;
        if (!su_map64_get(&kv->by_id, seq->runs[r].id, &e))
            continue; /* shorter than a block */
        struct su_kv_entry *entry = &kv->entries[e];
        if (--entry->n_held > 0)
            continue;
        if (entry->n_blocks == 0) {
            su_map64_remove(&kv->by_id, entry->id);
            entry_drop(kv, e);
            continue;
        }
        kv->n_free += entry->n_blocks;
        queue_append(kv, e);
    }
}

void su_kv_release(struct su_kv *kv, struct su_kv_seq *seq, uint64_t n_tokens, bool keep)
{
    if (!kv->caching) {
        kv->n_free += seq->n_private;
        seq->n_private = 0;
        return;
    }
    su_kv_publish(kv, seq, n_tokens);
    uint32_t own = 0;
    if (keep) {
        uint64_t run_tokens = 0;
        for (uint32_t r = 0; r < seq->n_runs; r++)
            run_tokens += seq->runs[r].n_tokens;
        uint32_t stored = full_blocks(kv, n_tokens);
        uint32_t before = full_blocks(kv, run_tokens);
        own = stored > before ? stored - before : 0;
    }
    kv->n_free += seq->n_private;
    append_forgotten(kv, seq->n_private - own);
    if (own > 0) {
        seq->own = entry_new(kv, KIND_OWN, 0, own);
        queue_append(kv, seq->own);
    }
    release_runs(kv, seq);
    seq->n_private = seq->n_shared = seq->n_held = 0;
}

/* ---- soundness ---- */

bool su_kv_is_sound(const struct su_kv *kv)
{
    if (kv->n_free > kv->n_blocks)
        return false;
    if (!kv->caching)
        return true;
    uint64_t queued = kv->n_fresh;
    uint32_t prev = SU_KV_NONE;
    for (uint32_t e = kv->first; e != SU_KV_NONE; prev = e, e = kv->entries[e].next) {
        const struct su_kv_entry *entry = &kv->entries[e];
        if (entry->prev != prev || entry->n_held != 0)
            return false;
        queued += entry->n_blocks;
    }
    return prev == kv->last && queued == kv->n_free;
}
