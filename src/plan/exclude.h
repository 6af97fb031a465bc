/* Private to plan. */
#ifndef SU_PLAN_EXCLUDE_H
#define SU_PLAN_EXCLUDE_H

#include "plan/plan.h"

/* True when the chip is out for a reason that needs no search; exclusion says which. */
bool su_exclude_chip(const struct su_plan_request *request, const struct su_accel *accel,
                     struct su_exclusion *exclusion);

/* The request allows this weight format and chip and stack both run it. */
bool su_dtype_deployable(const struct su_plan_request *request, const struct su_accel *accel,
                         enum su_dtype dtype);

/* Whether it may be bought new from its vendor on the date, under the buyer's authorisation; the
 * class where the region is under the rules. */
bool su_purchase_open(const struct su_plan_request *request, const struct su_accel *accel,
                      struct su_export *export);

/* Best deployment of one chip into plan; false with the reason in exclusion. memo: scratch. */
SU_MUST_CHECK enum su_status su_search_chip(struct su_arena *arena,
                                            const struct su_plan_request *request,
                                            const struct su_cost_basis *basis, double mtok_output,
                                            const struct su_accel *accel, struct su_memo *memo,
                                            struct su_plan *plan, bool *found,
                                            struct su_exclusion *exclusion, struct su_err *err);

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
