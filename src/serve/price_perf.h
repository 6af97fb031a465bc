/* Step prices of a deployment from the performance model. docs/theory/serving.md#price */
#ifndef SU_SERVE_PRICE_PERF_H
#define SU_SERVE_PRICE_PERF_H

#include "base/arena.h"
#include "base/err.h"
#include "perf/perf.h"
#include "serve/price.h"

struct su_price_limits {
    uint32_t max_num_seqs;           /* of one rank */
    uint32_t max_num_batched_tokens; /* of one rank and step */
    double decode_overhead_s;        /* of a step without prompts */
    double mixed_overhead_s;         /* of a step with one or more */
};

/** Tables in arena, filled where they are asked for: one pricer serves one thread at a time. The
 * deployment is copied; its graph must outlive the pricer. Its eff.overhead_s is not used: an
 * engine whose overheads are not known passes it twice. At a low or high efficiency all times are
 * the middle's times one factor, that of a typical step. lockstep is set where data-parallel ranks
 * share experts. SU_ERR_INPUT where a limit is 0, SU_ERR_LIMIT where it is too large, SU_ERR_INPUT
 * where a step has no finite time (a network that is not known). */
SU_MUST_CHECK enum su_status su_pricer_perf(struct su_arena *arena,
                                            const struct su_deployment *deployment,
                                            const struct su_price_limits *limits,
                                            struct su_pricer *pricer, struct su_err *err);

#endif
