/* Mixed fleets: for several classes of traffic, over stages of a horizon, how many servers of which
 * chip to buy, rent or reuse and when, and which deployment serves what, at the lowest cost within
 * supply, delivery, budget, power and space. Solved as a mixed-integer linear program by the helper
 * program suanli-milp. Formulation: docs/theory/fleet.md. */
#ifndef SU_PLAN_FLEET_H
#define SU_PLAN_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/money.h"

#define SU_FLEET_STAGES_MAX 120u
#define SU_FLEET_REPLICAS_MAX 1000000u /* of one option */

/* A class of traffic of one model. */
struct su_fleet_class {
    const char *name;
    const double *demand_req_s; /* [n_stages], at the peak that it is sized for */
};

struct su_fleet_chip {
    const char *name;
    const uint32_t *supply_cards; /* [n_stages] that can be bought up to and in the stage: never
                                     falls; NULL = no limit known */
};

/* A kind of server. Servers of one kind are alike, whatever channel they came by. */
struct su_fleet_server {
    const char *name;
    uint32_t chip;
    uint32_t n_cards;
    double power_w;
    uint32_t rack_units;
};

enum su_fleet_channel {
    SU_FLEET_BUY,
    SU_FLEET_RENT,
    SU_FLEET_EXISTING /* already owned: no capital */
};

/* A way to get servers of one kind. */
struct su_fleet_source {
    const char *name;
    uint32_t server;
    enum su_fleet_channel channel;
    struct su_money capital;       /* of a server; bought only */
    struct su_money running_month; /* of a server in use: energy, hosting, upkeep */
    struct su_money rent_month;    /* of a server; rented only */
    uint32_t stage_min;            /* delivery: the first stage in which it can serve */
    bool count_known;
    uint32_t n_servers_max; /* over the horizon (bought), at a time (rented, existing) */
    bool off_site;          /* takes no power or rack units of ours */
};

enum su_fleet_role {
    SU_FLEET_AGGREGATED,
    SU_FLEET_PREFILL, /* half of a split deployment */
    SU_FLEET_DECODE
};

/* One deployment that can serve a class. */
struct su_fleet_option {
    const char *name;
    uint32_t klass;
    uint32_t server;
    enum su_fleet_role role;
    uint32_t pair;    /* prefill and decode halves of a class with the same number work together */
    uint32_t n_cards; /* of one replica (tp * pp * dp) */
    double capacity_req_s; /* of one replica, within the service levels; of a half: its own */
};

struct su_fleet_problem {
    const uint32_t *stage_months; /* [n_stages] */
    uint32_t n_stages;
    const struct su_fleet_class *classes;
    uint32_t n_classes;
    const struct su_fleet_chip *chips;
    uint32_t n_chips;
    const struct su_fleet_server *servers;
    uint32_t n_servers;
    const struct su_fleet_source *sources;
    uint32_t n_sources;
    const struct su_fleet_option *options;
    uint32_t n_options;
    enum su_currency currency;
    bool budget_known;
    struct su_money budget;         /* of all payments over the horizon, not discounted */
    const double *power_w_max;      /* [n_stages]; NULL = no limit */
    const uint32_t *rack_units_max; /* [n_stages]; NULL = no limit */
    bool spare;                     /* N+1: one more replica of every option in use */
    double discount_frac_year;      /* 0: a payment counts the same at any time */
    double gap_frac;                /* stop when proven this near the optimum; 0 = exact */
    double seconds_max;             /* of one solve; 0 = no limit */
    bool explain;                   /* solve again without each limit, to say what it costs */
};

enum su_fleet_verdict {
    SU_FLEET_OPTIMAL,    /* within gap_frac */
    SU_FLEET_FEASIBLE,   /* time was up: the best found, gap_frac says how far it may be off */
    SU_FLEET_INFEASIBLE, /* conflict[] says why */
    SU_FLEET_TIME_OUT    /* time was up with nothing found */
};
const char *su_fleet_verdict_name(enum su_fleet_verdict v);

/* In the order in which they are dropped when a contradiction is looked for: a limit named later
 * stays in the explanation rather than one named earlier. */
enum su_fleet_limit_kind {
    SU_FLEET_LIMIT_SPARE,
    SU_FLEET_LIMIT_DELIVERY, /* of a source */
    SU_FLEET_LIMIT_STOCK,    /* n_servers_max of a source */
    SU_FLEET_LIMIT_SUPPLY,   /* of a chip, cards */
    SU_FLEET_LIMIT_RACK,     /* units */
    SU_FLEET_LIMIT_POWER,    /* W */
    SU_FLEET_LIMIT_BUDGET    /* currency units */
};
const char *su_fleet_limit_kind_name(enum su_fleet_limit_kind k);

struct su_fleet_limit {
    enum su_fleet_limit_kind kind;
    uint32_t index;   /* of the chip or source; else 0 */
    const char *name; /* of the chip or source; else NULL */
    /* In a result's limits[]: the stage where least is left, and whether it binds there, that is
     * whether what is left is less than one more server takes. Not for SPARE and DELIVERY. */
    uint32_t stage;
    double value;
    double limit;
    bool binds;
    /* With explain: what the fleet would cost less without it. */
    bool worth_known;
    struct su_money worth;
    /* In conflict[]: the least by which it must be raised, all other limits kept; not known where
     * that alone does not help (then another contradiction remains), for SPARE and DELIVERY. */
    bool raise_known;
    double raise;
};

struct su_fleet_deployed {
    uint32_t n_serving;
    uint32_t n_spare;
};

struct su_fleet_sourced {
    uint32_t n_bought;  /* in this stage */
    uint32_t n_servers; /* in use in this stage */
};

struct su_fleet_result {
    enum su_fleet_verdict verdict;
    struct su_fleet_deployed *deployed; /* [option * n_stages + stage] */
    struct su_fleet_sourced *sourced;   /* [source * n_stages + stage] */
    double *split_frac; /* [class * n_stages + stage]: share served by split deployments */
    struct su_money capital;
    struct su_money running;
    struct su_money rent;
    struct su_money total;         /* exact: from counts and prices */
    struct su_money present_value; /* what was minimised; the total when nothing is discounted */
    bool bound_known;
    struct su_money bound; /* no fleet has a lower present value */
    double gap_frac;       /* (present value - bound) / present value */
    struct su_fleet_limit *limits;
    size_t n_limits;
    /* Infeasible: limits that contradict each other and would not if any one were gone. Empty when
     * no limit is to blame: then unserved names a class that no option can serve. */
    struct su_fleet_limit *conflict;
    size_t n_conflict;
    bool conflict_irreducible; /* false when a test on the way ran out of time */
    const char *unserved;
};

/** Solves. Infeasible and out of time are verdicts with SU_OK. SU_ERR_INPUT for a problem that
 * contradicts itself (where: "fleet: option NAME"), SU_ERR_LIMIT beyond stated sizes, SU_ERR_IO
 * when the solver program is missing. Deterministic, unless time is up. */
SU_MUST_CHECK enum su_status su_fleet_solve(struct su_arena *arena,
                                            const struct su_fleet_problem *problem,
                                            struct su_fleet_result *result, struct su_err *err);

/** The program that su_fleet_solve hands to the solver, as free-format MPS. */
SU_MUST_CHECK enum su_status su_fleet_write_mps(struct su_arena *arena,
                                                const struct su_fleet_problem *problem,
                                                struct su_buf *text, struct su_err *err);

#endif
