/* Step prices for the simulator: integer picoseconds from tables, so that its loop never walks
 * operators and sums over many steps are exact. docs/theory/serving.md#price */
#ifndef SU_SERVE_PRICE_H
#define SU_SERVE_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#define SU_PS_PER_S 1e12

/* A piece of one prompt in a step. */
struct su_chunk {
    uint32_t n_tokens;  /* computed in this step, >= 1 */
    uint32_t kv_tokens; /* held when the step ends: earlier ones, prefix hits, and these */
    bool last;          /* ends the prompt: the step gives the first token */
};

/* What one data-parallel rank runs in a step. */
struct su_batch {
    uint32_t n_decode;       /* sequences that get one token each */
    uint64_t decode_tokens;  /* sum of their KV lengths when the step ends */
    uint64_t longest_tokens; /* the largest of these */
    uint32_t n_chunks;
    const struct su_chunk *chunks;
};

/* A run of decode-only steps of the same sequences: step i takes first_ps + i * delta_ps, for
 * i < n_steps. Each step adds one token to every sequence. */
struct su_price_run {
    int64_t first_ps;
    int64_t delta_ps;
    uint64_t n_steps; /* >= 1: that the line holds */
};

/* Contract: step() depends on nothing but its arguments; run() is step() along the way, to the
 * picosecond: run(d, c, l) at i equals step of {d, c + i*d, l + i}. Both are above zero. */
struct su_pricer {
    void *ctx;
    void (*run)(void *ctx, uint32_t n_decode, uint64_t decode_tokens, uint64_t longest_tokens,
                struct su_price_run *run);
    int64_t (*step)(void *ctx, const struct su_batch *batch);
    /* Ranks in lockstep: batches[0..n_ranks), some empty. NULL where there is one rank. */
    int64_t (*lockstep)(void *ctx, const struct su_batch *batches, uint32_t n_ranks);
};

/* t = overhead + max(floor, per_token * tokens) + per_kv * decode KV tokens + per_pair * prefill
 * pairs (chunk tokens * mean context), in ps: for tests, and a user's own measured line. */
struct su_price_line {
    int64_t overhead_ps;
    int64_t floor_ps;
    int64_t per_token_ps;
    int64_t per_kv_ps;
    int64_t per_kilo_pair_ps; /* per 1024 pairs */
};
/** ctx of the pricer is line, which must outlive it. */
struct su_pricer su_pricer_linear(struct su_price_line *line);

#endif
