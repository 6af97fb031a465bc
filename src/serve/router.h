/* Private to serve: which replica gets a request. */
#ifndef SU_SERVE_ROUTER_H
#define SU_SERVE_ROUTER_H

#include "base/rng.h"
#include "serve/replica.h"

/* The replicas of one side of a deployment, all of one kind. */
struct su_fleet {
    const struct su_replica_ops *ops;
    struct su_replica **replicas;
    uint32_t n;
    uint32_t block_tokens;
    uint64_t n_blocks; /* of one replica */
    enum su_router router;
    struct su_rng rng; /* random candidates */
    uint64_t n_routed;
    double prompt_tokens;    /* of all routed */
    struct su_owner *owners; /* who was given a run last; NULL where nobody asks */
};

void su_fleet_init(struct su_fleet *fleet, struct su_arena *arena,
                   const struct su_serve_config *config, bool prefill, struct su_metrics *metrics);

/** The replica for this arrival. Advances those it looks at to the arrival's time; the others stay
 * behind, which is what makes large fleets cheap. */
uint32_t su_fleet_route(struct su_fleet *fleet, const struct su_arrival *arrival);

#endif
