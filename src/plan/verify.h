/* Private to plan: deployments in the simulator. docs/theory/plan.md#verification */
#ifndef SU_PLAN_VERIFY_H
#define SU_PLAN_VERIFY_H

#include "plan/plan.h"

/* One kind of replica in the simulator; for one thread. */
struct su_replica_kind {
    struct su_pricer pricer;
    struct su_serve_engine engine;
};

/** Its step prices live in arena; d's graph must outlive it. */
SU_MUST_CHECK enum su_status su_verify_prepare(struct su_arena *arena,
                                               const struct su_plan_request *request,
                                               const struct su_deployment *d,
                                               const struct su_engine_limits *limits,
                                               struct su_replica_kind *kind, struct su_err *err);

/* Replicas that share the traffic. */
struct su_verify_cell {
    const struct su_replica_kind *kind;
    uint32_t n_replicas;
    const struct su_replica_kind *prefill; /* NULL: prompts are computed where answers are */
    uint32_t n_prefill;
    double rate_req_s; /* of the cell */
    double stay_s;     /* of a request, about: sets how long the run warms up */
    bool whole;        /* also a run that has failed goes on to its end, for its figures */
};

/** One run. met: the levels hold and the queue does not grow. out.output_tok_s is the cell's. A run
 * stops once its p99 cannot hold any more, then out is not known, unless cell.whole. */
SU_MUST_CHECK enum su_status su_verify_run(struct su_arena *arena,
                                           const struct su_plan_request *request,
                                           const struct su_verify_cell *cell,
                                           struct su_verified *out, bool *met, struct su_err *err);

/** The level that figures miss by most, as an exclusion; false when none is missed. */
bool su_verify_miss(const struct su_slo *slo, const struct su_verified *figures,
                    struct su_exclusion *miss);

/* Replicas for the peak. */
struct su_verify_count {
    bool found;
    uint32_t n_replicas;
    struct su_verified figures; /* at n_replicas; when nothing is found, of lone requests */
};

/** The fewest replicas that hold the levels at the peak, from n_start on by bracketing; each gets
 * an equal share of the traffic. stay_s: of a request at n_start. */
SU_MUST_CHECK enum su_status su_verify_count(struct su_arena *arena,
                                             const struct su_plan_request *request,
                                             const struct su_replica_kind *kind, double peak_req_s,
                                             uint32_t n_start, double stay_s,
                                             struct su_verify_count *count, struct su_err *err);

/** The highest rate that a cell holds, to 3 % and from below; figures are at it, and n_runs of
 * them. *rate_req_s is 0 when not even lone requests hold the levels. cell.rate_req_s: a first
 * guess. */
SU_MUST_CHECK enum su_status su_verify_rate(struct su_arena *arena,
                                            const struct su_plan_request *request,
                                            struct su_verify_cell cell, double *rate_req_s,
                                            struct su_verified *figures, struct su_err *err);

#endif
