/* Fleets for several classes of traffic: every class is searched and verified on every chip by
 * itself, then a mixed-integer program puts the deployments together within what limits the whole
 * fleet. Ranked: the best mix and the best fleet of each chip alone. docs/theory/plan.md#mixed */
#ifndef SU_PLAN_MIX_H
#define SU_PLAN_MIX_H

#include "plan/fleet.h"
#include "plan/plan.h"

struct su_mix_class {
    const char *name;
    struct su_plan_request request; /* its own model, load, levels and rate; limits are the mix's */
};

/* Cards of a chip: that can be had, or are there already. */
struct su_mix_amount {
    const struct su_accel *accel;
    uint32_t n_cards;
};

struct su_mix_delivery {
    const struct su_accel *accel;
    uint32_t months; /* from the plan's date until its first servers work */
};

struct su_mix_request {
    /* Of all: catalog, region, date, horizon, currency, budget, power, threads. */
    const struct su_plan_request *common;
    const struct su_mix_class *classes;
    size_t n_classes;
    const struct su_mix_amount *supply; /* a chip that is not named has no limit */
    size_t n_supply;
    const struct su_mix_amount *existing;
    size_t n_existing;
    const struct su_mix_delivery *deliveries;
    size_t n_deliveries;
    double growth_year;  /* factor on all rates per year; 1 = none */
    uint32_t rack_units; /* 0 = no limit */
    bool split;          /* prefill and decode may have replicas of their own */
    bool spare;          /* one replica more of every deployment in use */
};

/* Height of a server where its cards are counted as one unit each, and at least this: no height is
 * in the catalog, an assumption of ours. */
#define SU_MIX_RACK_UNITS_MIN 2u

/* One deployment of one class in a fleet, at the end of the horizon. */
struct su_mix_part {
    uint32_t klass;
    enum su_fleet_role role;
    struct su_plan plan; /* replicas, cards, cost and figures of this part */
    uint32_t n_spare;    /* of its replicas, beyond those that serve */
    double share_frac;   /* of the class's requests */
    bool together;       /* figures of both halves of a split deployment, simulated together */
};

/* Servers of one kind. */
struct su_mix_servers {
    const struct su_accel *accel;
    const struct su_server *server;
    uint32_t n_cards_server;
    bool existing;
    uint32_t *n_servers; /* [n_stages] in use */
    uint32_t n_bought;
};

struct su_mix_fleet {
    const struct su_accel *only; /* NULL: several chips */
    struct su_mix_part *parts;
    size_t n_parts;
    struct su_mix_servers *servers;
    size_t n_kinds;
    uint32_t n_servers; /* in the last stage */
    uint32_t n_cards;   /* that serve or are spare, last stage */
    double power_kw;
    struct su_cost cost;
    double cost_per_mtok;
    double output_tok_s; /* at the peak of the last stage */
    bool bound_known;
    struct su_money bound; /* no fleet of these deployments costs less */
    double gap_frac;
    bool proven; /* within the gap asked for */
};

/* A chip alone that cannot serve all within the limits. */
struct su_mix_exclusion {
    const struct su_accel *accel;
    uint32_t klass;                /* of x */
    struct su_exclusion exclusion; /* when limits is empty */
    const struct su_fleet_limit *limits;
    size_t n_limits;
};

struct su_mix_result {
    struct su_plan_result *classes; /* [n_classes] options and exclusions of each */
    uint32_t n_stages;
    uint32_t *stage_months;
    double *growth; /* [n_stages] factor on the rates */
    struct su_mix_fleet *fleets;
    size_t n_fleets; /* by cost */
    struct su_mix_exclusion *excluded;
    size_t n_excluded;
    struct su_cost_basis cost_basis;
    double mtok_output;
    /* No fleet at all: */
    /* Chips on which a split could not be looked at: the network of their servers is not known. */
    const struct su_accel **unlinked;
    size_t n_unlinked;
    const char *unserved; /* a class that nothing serves, or NULL: the limits below contradict */
    const struct su_fleet_limit *conflict;
    size_t n_conflict;
};

/** Searches. Infeasible is SU_OK with n_fleets == 0. Deterministic. */
SU_MUST_CHECK enum su_status su_mix_search(struct su_arena *arena,
                                           const struct su_mix_request *request,
                                           struct su_mix_result *result, struct su_err *err);

#endif
