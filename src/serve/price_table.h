/* Private to serve: tables of step parts, filled from the performance model where they are asked
 * for. Values never fall along an axis. docs/theory/serving.md#price */
#ifndef SU_SERVE_PRICE_TABLE_H
#define SU_SERVE_PRICE_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "perf/perf.h"

/* Knots as in an HDR histogram: every integer below 2^bits, then 2^bits to an octave. */
static inline unsigned price_knot_shift(uint64_t x, unsigned bits)
{
    return x >> bits == 0 ? 0 : 63u - (unsigned)__builtin_clzll(x) - bits;
}
static inline uint32_t price_knot(uint64_t x, unsigned bits)
{
    unsigned e = price_knot_shift(x, bits);
    return (uint32_t)(((uint64_t)e << bits) + (x >> e));
}
static inline uint64_t price_knot_at(uint32_t i, unsigned bits)
{
    if (i >> bits == 0)
        return i;
    unsigned e = (i >> bits) - 1;
    return ((uint64_t)(i & ((1u << bits) - 1)) + (1u << bits)) << e;
}

/* What the tables are filled from. */
struct price_model {
    struct su_deployment deployment; /* middle efficiencies, no memo */
    double scale;                    /* the level's time over the middle's */
};

/* Adjacent knots that share their mean, while a table is made not to fall. */
struct price_pool {
    double mean_ps;
    uint32_t n_knots;
};

/* ---- one axis of rows ---- */

/* Part of a step over its rows (tokens, or sequences sampled). Up to 512 rows engines replay
 * captured graphs, padded to the sizes here; above it is linear between knots finer than tiles. */
struct price_rows {
    unsigned part;
    uint32_t n_knots;
    bool filled;
    bool none; /* the model has no such part: 0 for any number */
    int64_t *ps;
    struct price_pool *pools; /* while filling */
};
void price_rows_init(struct price_rows *rows, struct su_arena *arena, unsigned part,
                     uint64_t rows_max);
/** At rows/den rows, e.g. the mean of den ranks; 0 for none. At most rows_max. */
int64_t price_rows_ps(struct price_rows *rows, const struct price_model *model, uint64_t n,
                      uint32_t den);

/* ---- attention of decoding sequences: number x context ---- */

#define PRICE_CONTEXT_BITS 2u   /* 4 knots an octave */
#define PRICE_CONTEXT_KNOTS 77u /* up to 2^20 tokens; beyond that the last line goes on */

/* Time at contexts of one cell, from its first knot on. */
struct price_cell {
    int64_t at_ps;    /* 0: not filled */
    int64_t slope_ps; /* per token of the sum over sequences */
};
struct price_decode {
    uint32_t seqs_max;
    uint32_t n_seq_knots;
    double *knots_s;          /* [seq knot][context knot], 0: not filled */
    uint32_t *n_filled;       /* of each seq knot's row */
    struct price_cell *cells; /* [sequences - 1][context knot] */
    struct su_longest longest;
};
void price_decode_init(struct price_decode *decode, struct su_arena *arena,
                       const struct price_model *model, uint32_t seqs_max);
void price_fill_cell(struct price_decode *decode, const struct price_model *model,
                     uint32_t n_decode, uint32_t knot, struct price_cell *cell);
/* Contexts of a cell: first .. end - 1; the last cell has no end. */
struct price_contexts {
    uint64_t first;
    uint64_t end;
};
/** n_decode in 1..seqs_max; context: mean, rounded down; its cell's range into *range. */
static inline const struct price_cell *price_decode_cell(struct price_decode *decode,
                                                         const struct price_model *model,
                                                         uint32_t n_decode, uint64_t context,
                                                         struct price_contexts *range)
{
    assert(n_decode >= 1 && n_decode <= decode->seqs_max);
    unsigned e = price_knot_shift(context, PRICE_CONTEXT_BITS);
    uint64_t at = ((uint64_t)e << PRICE_CONTEXT_BITS) + (context >> e);
    range->first = context >> e << e;
    range->end = range->first + (UINT64_C(1) << e);
    if (at >= PRICE_CONTEXT_KNOTS - 1) {
        at = PRICE_CONTEXT_KNOTS - 1;
        range->first = price_knot_at(PRICE_CONTEXT_KNOTS - 1, PRICE_CONTEXT_BITS);
        range->end = UINT64_MAX;
    }
    struct price_cell *cell = decode->cells + (size_t)(n_decode - 1) * PRICE_CONTEXT_KNOTS + at;
    if (cell->at_ps == 0)
        price_fill_cell(decode, model, n_decode, (uint32_t)at, cell);
    return cell;
}

/* ---- attention of prompt chunks: tokens x tokens before them ---- */

#define PRICE_CHUNK_BITS 3u
struct price_prefill {
    uint32_t n_chunk_knots;
    int64_t *knots_ps;        /* [context knot][chunk knot], 0: not filled */
    struct price_pool *pools; /* while filling */
};
void price_prefill_init(struct price_prefill *prefill, struct su_arena *arena,
                        uint64_t chunk_tokens_max);
double price_prefill_ps(struct price_prefill *prefill, const struct price_model *model,
                        uint64_t chunk_tokens, uint64_t tokens_before);

/* ---- both in one kernel: its time over that of the two apart ---- */

struct price_mixed_slot {
    uint32_t key; /* 0: empty */
    float ratio;
};
struct price_mixed {
    struct price_mixed_slot *slots; /* NULL: the two add up */
};
void price_mixed_init(struct price_mixed *mixed, struct su_arena *arena,
                      const struct price_model *model);
/** chunk and before: tokens of all chunks, and the mean before them; context: mean of decodes. */
double price_mixed_ratio(struct price_mixed *mixed, const struct price_model *model,
                         uint64_t chunk_tokens, uint64_t tokens_before, uint32_t n_decode,
                         uint64_t context);

#endif
