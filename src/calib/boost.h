/* Private to calib: gradient boosting of oblivious trees on a few hundred to ten thousand rows. */
#ifndef SU_CALIB_BOOST_H
#define SU_CALIB_BOOST_H

#include <stdint.h>

#include "base/arena.h"
#include "perf/surface.h"

/* x: n rows of SU_FEATURES_MAX, n_features of them used; y: the value to fit. */
struct boost_rows {
    uint32_t n;
    uint32_t n_features;
    const float *x;
    const float *y;
};

struct boost_params {
    uint32_t n_trees; /* at most */
    uint32_t depth;   /* 1..SU_TREE_DEPTH_MAX */
    double rate;      /* share of a leaf's mean residual that one tree takes */
    double lambda;    /* rows of zero residual that every leaf is diluted with */
    double row_share; /* of the rows each tree sees, chosen by a fixed hash */
    double clip;      /* residuals beyond this many times the median one pull no harder */
};

struct boost_params boost_params_default(void);

/**
 * Fits out on the rows fit[0..n_fit), n_fit >= 1. With n_choose > 0 it stops where the mean
 * absolute error of choose[0..n_choose) is least, and the trees after that are cut off. Leaves are
 * 8-bit as they will be evaluated: what rounding loses, the next tree sees. out lives in arena.
 * Source of the form: Prokhorenkova et al., CatBoost (2018), oblivious trees; Friedman, Greedy
 * Function Approximation (2001), section 4.4 for the clipped residuals.
 */
void boost_fit(struct su_arena *arena, struct su_arena *scratch, const struct boost_rows *rows,
               const uint32_t *fit, uint32_t n_fit, const uint32_t *choose, uint32_t n_choose,
               const struct boost_params *params, struct su_trees *out);

#endif
