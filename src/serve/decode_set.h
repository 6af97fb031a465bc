/* Private to serve: the sequences that decode, as sums. Each takes part in every step and holds
 * base + g tokens after step g, so a step changes nothing here. */
#ifndef SU_SERVE_DECODE_SET_H
#define SU_SERVE_DECODE_SET_H

#include "des/wheel.h"
#include "serve/seq.h"

struct su_decode_set {
    uint32_t block_tokens;
    uint64_t n;
    int64_t base_sum;
    int64_t base_max;           /* INT64_MIN: not known */
    uint32_t *n_by_class;       /* of base modulo the block */
    struct su_wheel last_steps; /* sequences by the step of their last token */
};

void su_decode_set_init(struct su_decode_set *set, struct su_arena *arena, uint32_t block_tokens);
/** Sequence s decodes from the next step on, until last_step. */
void su_decode_set_join(struct su_decode_set *set, struct su_seqs *seqs, uint32_t s, int64_t base,
                        uint64_t last_step);
/** It decodes no longer; in_wheel: its last step has not been taken. */
void su_decode_set_leave(struct su_decode_set *set, struct su_seqs *seqs, uint32_t s,
                         bool in_wheel);

/** KV tokens of all after step g. */
static inline uint64_t su_decode_set_tokens(const struct su_decode_set *set, uint64_t g)
{
    return (uint64_t)(set->base_sum + (int64_t)(set->n * g));
}
/** The longest after step g; running: the list that they all stand in. */
uint64_t su_decode_set_longest(struct su_decode_set *set, const struct su_seqs *seqs,
                               const struct su_seq_list *running, uint64_t g);

/** Blocks that step g needs. */
uint64_t su_decode_set_blocks_at(const struct su_decode_set *set, uint64_t g);
/** How many steps from g on n_free blocks last, at most n_max; *n_blocks: what they need. */
uint64_t su_decode_set_steps(const struct su_decode_set *set, uint64_t g, uint64_t n_free,
                             uint64_t n_max, uint64_t *n_blocks);

#endif
