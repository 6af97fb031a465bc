/* What suanli-milp does with CBC more than once: load a program, check a solution, find a first. */
#ifndef SU_MILP_CBC_H
#define SU_MILP_CBC_H

#include <Cbc_C_Interface.h>
#include <stdbool.h>

#include "base/arena.h"
#include "milp/mps.h"

struct su_cbc_effort {
    double gap_frac;
    double seconds;  /* 0 = no limit */
    int n_nodes_max; /* 0 = no limit */
    bool is_part;    /* one of many small programs: dives, neither preprocessing nor the heuristics
                        that cost most */
};

/** A new model, one thread, silent as far as CBC can be. sign: 1 or -1 times the objective is
 * minimised, because CBC mixes up bounds when it maximises; 0: any solution will do. */
Cbc_Model *su_cbc_load(struct su_arena *arena, const struct su_mps *m, struct su_cbc_effort effort,
                       double sign);

bool su_cbc_has_integers(const struct su_mps *m);

/** Rounds x to integers where they must be; false when it then breaks a row or bound. */
bool su_cbc_check(struct su_arena *arena, const struct su_mps *m, double *x);

/** A solution to start the search from, NULL when none was found; takes at most four fifths of
 * effort.seconds. Columns are named KIND_STAGE (any name without a number after a last '_' is of
 * stage 0): see start.c. */
double *su_cbc_find_start(struct su_arena *arena, const struct su_mps *m,
                          struct su_cbc_effort effort);

/** Seconds of a clock that only goes forward. */
double su_cbc_now_s(void);

#endif
