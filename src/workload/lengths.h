/* Integer lengths: a distribution becomes a table once, a draw is one random word. */
#ifndef SU_WORKLOAD_LENGTHS_H
#define SU_WORKLOAD_LENGTHS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Slots of an alias table: 8 bytes each, so that two tables stay in a second-level cache. */
#define SU_LENGTHS_SLOTS_MAX 32768u
/* Rows of a file of lengths. */
#define SU_LENGTHS_ROWS_MAX (1u << 22)

/* The slot keeps its own bin with probability (keep + 1)/2^32, else gives the other one. */
struct su_lengths_slot {
    uint32_t keep;
    uint32_t other;
};

enum su_lengths_kind { SU_LENGTHS_RANGE, SU_LENGTHS_ROWS, SU_LENGTHS_TABLE };

struct su_lengths {
    enum su_lengths_kind kind;
    uint32_t low; /* of a range: low .. low + n - 1, all alike */
    uint32_t n;
    const uint32_t *values;              /* rows: n values. table: first value of each bin, n + 1 */
    const struct su_lengths_slot *slots; /* table: 2^slot_bits of them */
    uint32_t slot_bits;                  /* 1..15 */
    double mean;                         /* of what is drawn, exact */
};

/** See su_lengths_check for the forms. where: the flag or key, for messages. */
SU_MUST_CHECK enum su_status su_lengths_init(struct su_arena *arena, const char *text,
                                             const char *where, struct su_lengths *lengths,
                                             struct su_err *err);

/** A table of n weights for the values of bins first[i] .. first[i + 1] - 1, spread evenly inside
 * a bin. n: 1..SU_LENGTHS_SLOTS_MAX, weights >= 0 with a positive sum; first has n + 1 entries and
 * is kept. Source: M. Vose, A linear algorithm for generating random numbers with a given
 * distribution (1991). */
void su_lengths_from_weights(struct su_arena *arena, struct su_arena *scratch,
                             const double *weights, const uint32_t *first, uint32_t n,
                             struct su_lengths *lengths);
/** Ranks 1 .. n, rank k with probability proportional to k^-s; n: 1..SU_LENGTHS_SLOTS_MAX. */
void su_lengths_zipf_ranks(struct su_arena *arena, struct su_arena *scratch, uint32_t n, double s,
                           struct su_lengths *lengths);

/* The slot from the top bits, keep from the 32 after them, the place inside a bin from the last
 * 16. */
static inline uint32_t su_lengths_draw(const struct su_lengths *lengths, uint64_t word)
{
    if (lengths->kind != SU_LENGTHS_TABLE) {
        uint32_t i = (uint32_t)(((unsigned __int128)word * lengths->n) >> 64);
        return lengths->kind == SU_LENGTHS_ROWS ? lengths->values[i] : lengths->low + i;
    }
    uint32_t slot = (uint32_t)(word >> 32) >> (32 - lengths->slot_bits);
    uint32_t keep = (uint32_t)(word >> (32 - lengths->slot_bits));
    struct su_lengths_slot s = lengths->slots[slot];
    uint32_t bin = keep <= s.keep ? slot : s.other;
    uint32_t low = lengths->values[bin];
    uint64_t width = lengths->values[bin + 1] - low;
    return low + (uint32_t)((width * (word & 0xffff)) >> 16);
}

#endif
