/* Private to plan: prefill and decode on replicas of their own. docs/theory/plan.md#split */
#ifndef SU_PLAN_SPLIT_H
#define SU_PLAN_SPLIT_H

#include "plan/exclude.h"
#include "plan/verify.h"

enum su_split_state {
    SU_SPLIT_FOUND,
    SU_SPLIT_NO_NETWORK, /* the server's network cards are not known */
    SU_SPLIT_NO_BETTER,  /* even at full load it takes as many cards as replicas that do both */
    SU_SPLIT_LEVELS,     /* a half does not hold its level in the simulator */
};

/* A half as screened: its cut, and what a replica would serve. */
struct su_split_half {
    bool found;
    double rate_req_s;
    double cards_per_req_s;
    struct su_parallel par;
};

/* Halves of one class on one chip. */
struct su_split {
    enum su_split_state state;
    struct su_split_half screened_prefill;
    struct su_split_half screened_decode;
    /* Measured: rate_max_req_s of one replica, figures at it. */
    bool measured;
    struct su_plan prefill;
    struct su_plan decode;
    struct su_kv_link link;
};

/** like: the class's verified plan on the chip, whose weight format the halves take.
 * SU_SPLIT_FOUND: screened, it takes fewer cards. */
SU_MUST_CHECK enum su_status su_split_screen(struct su_arena *scratch,
                                             const struct su_plan_request *request,
                                             const struct su_plan *like, struct su_split *split,
                                             struct su_err *err);

/** Simulates both halves of one that was screened, whatever its state says of cards. */
SU_MUST_CHECK enum su_status su_split_measure(struct su_arena *scratch,
                                              const struct su_plan_request *request,
                                              const struct su_plan *like, struct su_split *split,
                                              struct su_err *err);

/** Both together at a rate: figures of the whole. *met: the levels hold. The two may be of
 * different chips. */
SU_MUST_CHECK enum su_status su_split_verify(struct su_arena *scratch,
                                             const struct su_plan_request *request,
                                             const struct su_plan *prefill, uint32_t n_prefill,
                                             const struct su_plan *decode, uint32_t n_decode,
                                             double rate_req_s, struct su_verified *figures,
                                             bool *met, struct su_err *err);

#endif
