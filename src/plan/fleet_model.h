/* A fleet problem as a linear program, and the whole numbers read back from its solution. */
#ifndef SU_PLAN_FLEET_MODEL_H
#define SU_PLAN_FLEET_MODEL_H

#include "plan/fleet.h"
#include "plan/lp.h"

#define SU_FLEET_NONE UINT32_MAX

/* Every named limit of a problem, in the order of enum su_fleet_limit_kind. */
struct su_fleet_limits {
    SU_VEC(struct su_fleet_limit) list;
};
void su_fleet_limits_list(struct su_arena *arena, const struct su_fleet_problem *p,
                          struct su_fleet_limits *limits);

/* What a solve asks for. */
enum su_fleet_goal {
    SU_FLEET_GOAL_COST,
    SU_FLEET_GOAL_ANY,  /* is there any solution? */
    SU_FLEET_GOAL_RAISE /* the least raise of one limit */
};

struct su_fleet_ask {
    enum su_fleet_goal goal;
    const bool *dropped;       /* [n limits]: ignored ones; NULL = none */
    size_t raised;             /* the limit, for GOAL_RAISE */
    int64_t budget_less_micro; /* held back from the budget, against rounding in the solver */
};

/* Halves of split deployments that work together. */
struct su_fleet_pair {
    uint32_t klass;
    uint32_t pair;
};

struct su_fleet_unit_cost {
    struct su_money cash;
    struct su_money present;
};

struct su_fleet_model {
    struct su_lp lp;
    /* indices of variables or SU_FLEET_NONE, [thing * n_stages + stage] */
    uint32_t *serving; /* option */
    uint32_t *spare;   /* option */
    uint32_t *held;    /* source: servers in use; of a bought one never falls */
    uint32_t *split;   /* pair */
    uint32_t raise;
    SU_VEC(struct su_fleet_pair) pairs;
    /* A replica takes option_units[o] of the server_units[k] that a server has. */
    uint32_t *option_units;
    uint32_t *server_units;
    struct su_fleet_unit_cost *cost; /* [source * n_stages + stage] of a server got then */
    double cost_scale;               /* micro-units per unit of the program's cost */
};

SU_MUST_CHECK enum su_status su_fleet_check(const struct su_fleet_problem *p, struct su_err *err);

SU_MUST_CHECK enum su_status su_fleet_model_build(struct su_arena *arena,
                                                  const struct su_fleet_problem *p,
                                                  const struct su_fleet_limits *limits,
                                                  const struct su_fleet_ask *ask,
                                                  struct su_fleet_model *model, struct su_err *err);

/** Fewest replicas of an option that serve all of its class in a stage. */
double su_fleet_replicas_full(const struct su_fleet_problem *p, uint32_t option, uint32_t stage);

/** Fills counts and money of the result from a solution, and limits[] with what they use.
 * SU_ERR_INTERNAL when the solution, rounded, breaks a row other than the budget's. */
SU_MUST_CHECK enum su_status
su_fleet_read_solution(struct su_arena *arena, const struct su_fleet_problem *p,
                       const struct su_fleet_limits *limits, const struct su_fleet_model *model,
                       const double *x, struct su_fleet_result *result, struct su_err *err);

#endif
