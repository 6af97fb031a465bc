#include "serve/decode_set.h"

void su_decode_set_init(struct su_decode_set *set, struct su_arena *arena, uint32_t block_tokens)
{
    *set = (struct su_decode_set){.block_tokens = block_tokens, .base_max = INT64_MIN};
    set->n_by_class = SU_NEW_ARRAY(arena, block_tokens, uint32_t);
    su_wheel_init(&set->last_steps, arena);
}

/* Modulo of a base that may be negative. */
static uint32_t class_of(const struct su_decode_set *set, int64_t base)
{
    if ((set->block_tokens & (set->block_tokens - 1)) == 0)
        return (uint32_t)base & (set->block_tokens - 1);
    int64_t m = base % (int64_t)set->block_tokens;
    return (uint32_t)(m < 0 ? m + (int64_t)set->block_tokens : m);
}

/* A sequence needs a block in step g when it then holds 1 modulo the block. */
static uint32_t class_at(const struct su_decode_set *set, uint64_t g)
{
    if ((set->block_tokens & (set->block_tokens - 1)) == 0)
        return (uint32_t)(1 - g) & (set->block_tokens - 1);
    uint32_t m = (uint32_t)(g % set->block_tokens);
    uint32_t class = m <= 1 ? 1 - m : set->block_tokens + 1 - m;
    return class == set->block_tokens ? 0 : class;
}

void su_decode_set_join(struct su_decode_set *set, struct su_seqs *seqs, uint32_t s, int64_t base,
                        uint64_t last_step)
{
    struct su_seq *seq = &seqs->items[s];
    seq->decoding = true;
    seq->base = base;
    su_wheel_add(&set->last_steps, s, last_step);
    if (set->n == 0 || (set->base_max != INT64_MIN && base > set->base_max))
        set->base_max = base;
    set->n++;
    set->base_sum += base;
    set->n_by_class[class_of(set, base)]++;
}

void su_decode_set_leave(struct su_decode_set *set, struct su_seqs *seqs, uint32_t s, bool in_wheel)
{
    struct su_seq *seq = &seqs->items[s];
    if (in_wheel)
        su_wheel_remove(&set->last_steps, s);
    seq->decoding = false;
    set->n--;
    set->base_sum -= seq->base;
    set->n_by_class[class_of(set, seq->base)]--;
    if (seq->base == set->base_max)
        set->base_max = INT64_MIN;
}

/* They are few, and looked through only when the longest has gone. */
uint64_t su_decode_set_longest(struct su_decode_set *set, const struct su_seqs *seqs,
                               const struct su_seq_list *running, uint64_t g)
{
    if (set->n == 0)
        return 0;
    if (set->base_max == INT64_MIN) {
        for (uint32_t s = running->first; s != SU_SEQ_NONE; s = seqs->items[s].next) {
            const struct su_seq *seq = &seqs->items[s];
            if (seq->decoding && seq->base > set->base_max)
                set->base_max = seq->base;
        }
    }
    return (uint64_t)(set->base_max + (int64_t)g);
}

uint64_t su_decode_set_blocks_at(const struct su_decode_set *set, uint64_t g)
{
    return set->n_by_class[class_at(set, g)];
}

uint64_t su_decode_set_steps(const struct su_decode_set *set, uint64_t g, uint64_t n_free,
                             uint64_t n_max, uint64_t *n_blocks)
{
    uint64_t turns = n_max / set->block_tokens;
    if (turns * set->n > n_free)
        turns = n_free / set->n;
    uint64_t n = turns * set->block_tokens;
    *n_blocks = turns * set->n;
    if (*n_blocks + set->n <= n_free) { /* not scarce: only their number is asked for */
        uint32_t rest = (uint32_t)(n_max - n);
        uint32_t class = class_at(set, g);
        uint64_t sum = 0;
        for (const uint32_t *need = set->n_by_class + class; rest > 0; rest--) {
            sum += *need;
            need = need == set->n_by_class ? need + set->block_tokens - 1 : need - 1;
        }
        *n_blocks += sum;
        return n_max;
    }
    for (uint32_t class = class_at(set, g); n < n_max; n++) {
        uint64_t need = set->n_by_class[class];
        if (*n_blocks + need > n_free)
            return n;
        *n_blocks += need;
        class = class == 0 ? set->block_tokens - 1 : class - 1;
    }
    return n;
}
