/* Engines and runs small enough to work out by hand: blocks of 4 tokens, 4 seats, 16 tokens a step.
 */
#ifndef SU_TEST_BY_HAND_H
#define SU_TEST_BY_HAND_H

#include "su_test_serve.h"

static const struct su_price_line ten = {.overhead_ps = 10}; /* every step takes 10 ps */

static inline struct su_serve_engine engine_of(const char *sched, uint64_t n_blocks)
{
    return (struct su_serve_engine){.sched = su_sched_find(sched),
                                    .block_tokens = 4,
                                    .n_blocks = n_blocks,
                                    .max_num_seqs = 4,
                                    .max_num_batched_tokens = 16,
                                    .n_ranks = 1};
}

static inline struct serve_run *drive(struct su_arena *arena, const struct su_serve_engine *engine,
                                      struct su_price_line line, const struct su_arrival *load,
                                      uint32_t n)
{
    struct su_price_line *kept = SU_NEW(arena, struct su_price_line);
    *kept = line;
    struct su_pricer pricer = su_pricer_linear(kept);
    return serve_drive(arena, &su_replica_plain, engine, &pricer, load, n, 1000, NULL);
}

static inline void check_record(const struct su_request_record *r, int64_t scheduled_ps,
                                int64_t first_ps, int64_t done_ps)
{
    assert_int_equal(r->scheduled_ps, scheduled_ps);
    assert_int_equal(r->first_ps, first_ps);
    assert_int_equal(r->done_ps, done_ps);
}

#endif
