/* Generated requests: heads of sessions from the clock (or from users who were answered), their
 * later turns from answers. */
#ifndef SU_WORKLOAD_GENERATE_H
#define SU_WORKLOAD_GENERATE_H

#include "workload/workload.h"

struct su_generator;

/** With lengths from the caller (a trace without times) spec's distributions are not read. */
SU_MUST_CHECK enum su_status su_generator_new(struct su_arena *arena,
                                              const struct su_workload_spec *spec,
                                              bool lengths_given, struct su_generator **generator,
                                              struct su_err *err);
/** Time of the next request known now, INT64_MAX for none. */
SU_MUST_CHECK enum su_status su_generator_peek(struct su_generator *g, int64_t *arrival_ps,
                                               struct su_err *err);
/** Takes it: everything but index, and the lengths where the caller has them. */
void su_generator_take(struct su_generator *g, struct su_arrival *arrival);
bool su_generator_has_feedback(const struct su_generator *g);
void su_generator_done(struct su_generator *g, uint64_t session, int64_t done_ps);

#endif
