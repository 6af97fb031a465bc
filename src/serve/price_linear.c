/* Step prices from one line in tokens, KV tokens and prefill pairs: what tests work out by hand,
 * and what a user with a measured engine can state. Integer throughout, so run() is step() exactly.
 */
#include "serve/price.h"

#include <stddef.h>

#define PAIRS_PER_KILO 1024

static int64_t at_least(int64_t floor_ps, int64_t ps)
{
    return ps > floor_ps ? ps : floor_ps;
}

/* Token i of a chunk sees what was there before it and itself: the mean over n tokens is kv - (n -
 * 1)/2, so twice the pairs is an integer. */
static int64_t twice_pairs(const struct su_chunk *chunk)
{
    int64_t n = chunk->n_tokens;
    return n * (2 * (int64_t)chunk->kv_tokens - (n - 1));
}

static int64_t linear_step(void *ctx, const struct su_batch *batch)
{
    const struct su_price_line *line = ctx;
    int64_t n_tokens = batch->n_decode;
    int64_t pairs2 = 0;
    for (uint32_t i = 0; i < batch->n_chunks; i++) {
        n_tokens += batch->chunks[i].n_tokens;
        pairs2 += twice_pairs(&batch->chunks[i]);
    }
    int64_t pairs_ps = (int64_t)((__int128)line->per_kilo_pair_ps * pairs2 / (2 * PAIRS_PER_KILO));
    return line->overhead_ps + at_least(line->floor_ps, line->per_token_ps * n_tokens) +
           line->per_kv_ps * (int64_t)batch->decode_tokens + pairs_ps;
}

static void linear_run(void *ctx, uint32_t n_decode, uint64_t decode_tokens,
                       uint64_t longest_tokens, struct su_price_run *run)
{
    const struct su_price_line *line = ctx;
    struct su_batch batch = {
        .n_decode = n_decode, .decode_tokens = decode_tokens, .longest_tokens = longest_tokens};
    *run = (struct su_price_run){.first_ps = linear_step(ctx, &batch),
                                 .delta_ps = line->per_kv_ps * (int64_t)n_decode,
                                 .n_steps = UINT64_MAX};
}

static int64_t linear_lockstep(void *ctx, const struct su_batch *batches, uint32_t n_ranks)
{
    int64_t most = 0;
    for (uint32_t i = 0; i < n_ranks; i++)
        most = at_least(most, linear_step(ctx, &batches[i]));
    return most;
}

struct su_pricer su_pricer_linear(struct su_price_line *line)
{
    return (struct su_pricer){
        .ctx = line, .run = linear_run, .step = linear_step, .lockstep = linear_lockstep};
}
