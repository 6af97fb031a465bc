/* Private to plan. */
#ifndef SU_PLAN_EXCLUDE_H
#define SU_PLAN_EXCLUDE_H

#include "plan/plan.h"

/* True when the chip is out for a reason that needs no search; exclusion says which. */
bool su_exclude_chip(const struct su_plan_request *request, const struct su_accel *accel,
                     struct su_exclusion *exclusion);

/* The part of it that only counts for buying. */
bool su_exclude_purchase(const struct su_plan_request *request, const struct su_accel *accel,
                         struct su_exclusion *exclusion);

/* The chip is there already. */
bool su_chip_owned(const struct su_plan_request *request, const struct su_accel *accel);

/* The request allows this weight format and chip and stack both run it. */
bool su_dtype_deployable(const struct su_plan_request *request, const struct su_accel *accel,
                         enum su_dtype dtype);

/* Whether it may be bought new from its vendor on the date, under the buyer's authorisation; the
 * class where the region is under the rules. */
bool su_purchase_open(const struct su_plan_request *request, const struct su_accel *accel,
                      struct su_export *export);

/* What came of one chip. */
struct su_search_result {
    bool found;
    struct su_plan plan;           /* found */
    struct su_exclusion exclusion; /* not found */
    uint64_t n_runs;               /* simulations */
    uint64_t n_priced;             /* deployments screened in steady state */
    uint64_t n_bounded;            /* left out because even their bound is worse */
};

/* Best deployment of one chip, verified when the request has traffic; out points into the catalog
 * only. */
SU_MUST_CHECK enum su_status su_search_chip(struct su_arena *scratch,
                                            const struct su_plan_request *request,
                                            const struct su_cost_basis *basis, double mtok_output,
                                            const struct su_accel *accel,
                                            struct su_search_result *out, struct su_err *err);

/** Requests a second that no replica exceeds at the chip's peaks; INFINITY when nothing is known.
 */
double su_search_rate_bound(const struct su_deployment *deployment,
                            const struct su_engine_limits *limits, const struct su_load *load);

/** Simulates a plan's replica once more at another rate; its figures stay when the levels do not
 * hold there. verified.output_tok_s is then one replica's. */
SU_MUST_CHECK enum su_status su_search_reverify(struct su_arena *arena,
                                                const struct su_plan_request *request,
                                                struct su_plan *plan, double rate_req_s,
                                                struct su_err *err);

/* Where deployments of one chip are looked for. */
struct su_site {
    const struct su_plan_request *request;
    const struct su_accel *accel;
    const struct su_server *server;
    uint32_t n_cards_server;
    struct su_quote quote;
    struct su_power power;
    struct su_memo *memo;
};

/** One way of cutting the model, before it is sized: p with its memory map, d to time it by. */
SU_MUST_CHECK enum su_status su_site_prepare(const struct su_site *site, struct su_parallel par,
                                             enum su_dtype dtype, struct su_plan *p,
                                             struct su_deployment *d, struct su_err *err);

/** Cards of a server of the chip: the catalog's, else 8. */
uint32_t su_site_cards(const struct su_server *server);

/* Servers for n replicas: a replica lives inside one server. */
uint32_t su_servers_of(uint32_t n_cards_server, uint32_t n_cards_replica, double n_replicas);
/* Replicas for the peak; fractions of a replica below 1e-9 are rounding. */
double su_replicas_for(double peak_req_s, double rate_max_req_s);
/* A fleet of more is no answer. */
#define SU_REPLICAS_MAX 1e6

/* How far a chip carries. */
struct su_reach {
    uint32_t n_servers;      /* the fewest for the peak; 0: none is enough */
    double per_server_req_s; /* the most one server serves within the levels, many of them */
};

/* At another efficiency than the request's, by the same cuts and the same sizing; budget and power
 * limits aside. */
SU_MUST_CHECK enum su_status su_search_reach(const struct su_plan_request *request,
                                             const struct su_accel *accel, struct su_memo *memo,
                                             double efficiency, struct su_reach *reach,
                                             struct su_err *err);

/* Two efficiencies that a bisection no longer tells apart. */
#define SU_EFFICIENCY_STEP 1.005

/* The smallest efficiency in low..high at which the chip carries as far as goal says (fields of 0
 * ask nothing); seen to do so at that very factor. par and dtype: the likeliest cut, tried first.
 */
SU_MUST_CHECK enum su_status su_search_efficiency(const struct su_plan_request *request,
                                                  const struct su_accel *accel,
                                                  struct su_memo *memo, const struct su_reach *goal,
                                                  struct su_parallel par, enum su_dtype dtype,
                                                  double low, double high, double *factor,
                                                  bool *reached, struct su_err *err);

#endif
