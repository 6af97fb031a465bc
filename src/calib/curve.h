/* Private to calib: measured points of collectives to curves. */
#ifndef SU_CALIB_CURVE_H
#define SU_CALIB_CURVE_H

#include "calib/table.h"

/** Curves of all points, sorted by collective and ranks; sets profile->curves, n_curves and
 * log_curve_error, and one error per collective into errors[*n..), at most SU_COLLECTIVE_COUNT of
 * them. Points of fewer than three sizes make no curve. */
void calib_curves(struct su_arena *arena, struct calib_tables *tables, struct su_profile *profile,
                  struct su_calib_error *errors, size_t *n);

#define SU_COLLECTIVE_COUNT 5
const char *calib_collective_name(enum su_collective op);

/** Median and p90 of |values|, as they become percents of a su_calib_error. */
void calib_error_of(struct su_arena *arena, const double *values, uint32_t n,
                    struct su_calib_error *error);

#endif
