/* A mixed-integer linear program being built, and its answer from the helper program suanli-milp.
 */
#ifndef SU_PLAN_LP_H
#define SU_PLAN_LP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct su_lp_var {
    const char *name; /* "x3_1": kind, index, stage */
    double lower;
    double upper; /* INFINITY: none */
    double cost;
    bool is_integer;
};

struct su_lp_row {
    const char *name;
    char sense; /* L, G or E: sum of its entries <=, >=, = rhs */
    double rhs;
};

struct su_lp_entry {
    uint32_t row;
    uint32_t var;
    double value;
};

/* minimise the sum of cost * var */
struct su_lp {
    SU_VEC(struct su_lp_var) vars;
    SU_VEC(struct su_lp_row) rows;
    SU_VEC(struct su_lp_entry) entries; /* at most one per (row, var) */
};

uint32_t su_lp_add_var(struct su_arena *arena, struct su_lp *lp, struct su_lp_var var);
uint32_t su_lp_add_row(struct su_arena *arena, struct su_lp *lp, const char *name, char sense,
                       double rhs);
/** Adds nothing for value 0. */
void su_lp_add(struct su_arena *arena, struct su_lp *lp, uint32_t row, uint32_t var, double value);

/** Free-format MPS; columns in the order of vars, entries of one in the order added. */
void su_lp_write_mps(struct su_arena *arena, const struct su_lp *lp, struct su_buf *text);

enum su_lp_status {
    SU_LP_OPTIMAL,    /* proven within the gap */
    SU_LP_FEASIBLE,   /* time was up: the best found */
    SU_LP_INFEASIBLE, /* proven */
    SU_LP_UNBOUNDED,
    SU_LP_TIME_OUT, /* nothing found, nothing proven */
};

struct su_lp_answer {
    enum su_lp_status status;
    double *x; /* [n vars], NULL without a solution */
    double objective;
    bool bound_known;
    double bound; /* no solution costs less */
};

struct su_lp_effort {
    double gap_frac;
    double seconds_max; /* 0 = no limit */
};

/** Starts suanli-milp (SUANLI_MILP, beside the running program, PATH). SU_ERR_IO when it is missing
 * or dies, SU_ERR_INTERNAL when its answer makes no sense. */
SU_MUST_CHECK enum su_status su_lp_solve(struct su_arena *arena, const struct su_lp *lp,
                                         struct su_lp_effort effort, struct su_lp_answer *answer,
                                         struct su_err *err);

#endif
