/* Private to serve: one replica, a machine that is given requests and advanced in time. Two kinds
 * obey docs/theory/serving.md: `fast` keeps sums and jumps, `plain` touches every sequence. */
#ifndef SU_SERVE_REPLICA_H
#define SU_SERVE_REPLICA_H

#include "serve/kv.h"
#include "serve/metrics.h"

struct su_replica; /* its kind's own */

/* What a router sees. */
struct su_replica_load {
    uint64_t n_waiting; /* given and not yet admitted, or preempted */
    uint64_t n_running; /* with a seat */
    uint64_t n_free_blocks;
};

struct su_replica_ops {
    struct su_replica *(*create)(struct su_arena *arena, const struct su_serve_engine *engine,
                                 const struct su_pricer *pricer, uint32_t index, uint64_t seed,
                                 struct su_metrics *metrics);
    /* A request at its arrival_ps, not before the last advance's until_ps. Its runs are copied. A
     * request that can never fit is refused here. */
    void (*push)(struct su_replica *replica, const struct su_arrival *arrival);
    /* The same for a request whose prompt was computed elsewhere: its KV is here at arrival_ps.
     * before: what its prefill replica reported (arrival, first token …). output_tokens >= 2. */
    void (*push_ready)(struct su_replica *replica, const struct su_arrival *arrival,
                       const struct su_request_record *before);
    /* Makes every schedule call at a time before until_ps; with stop_at_done, returns early after a
     * call whose step, or steps, complete a request (the report says when). */
    void (*advance)(struct su_replica *replica, int64_t until_ps, bool stop_at_done);
    /* Time of the next call, INT64_MAX when it waits for a request. */
    int64_t (*next_ps)(const struct su_replica *replica);
    struct su_replica_load (*load)(const struct su_replica *replica);
    /* Prompt tokens of an arrival that its prefix cache holds now. */
    uint32_t (*cached_tokens)(const struct su_replica *replica, const struct su_arrival *arrival);
    /* No requests, all blocks free; for tests. */
    bool (*is_empty)(const struct su_replica *replica);
};

extern const struct su_replica_ops su_replica_fast;
extern const struct su_replica_ops su_replica_plain;

/* Why an engine cannot be jumped through and needs the plain machine; NULL when it can. */
const char *su_replica_needs_plain(const struct su_serve_engine *engine);

#endif
