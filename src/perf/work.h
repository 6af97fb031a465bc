/* Private to perf: an operator of the graph becomes work on one card. */
#ifndef SU_PERF_WORK_H
#define SU_PERF_WORK_H

#include "perf/perf.h"

/* An operator may run as up to two kernels in a mixed step (prefill attention and decode
 * attention). Returns how many were written to works[0..2). */
uint32_t su_work_of_op(const struct su_deployment *deployment, const struct su_step *step,
                       const struct su_op *op, struct su_op_work works[2]);

/* Bytes of activations that a collective moves for one rank after this operator: the all-reduce
 * payload of a row-parallel GEMM or of the experts; 0 when none follows. */
double su_allreduce_bytes_after(const struct su_deployment *deployment, const struct su_step *step,
                                const struct su_op *op);
/* Bytes a rank sends to dispatch tokens to experts (the same again to combine); 0 without
 * data-parallel attention. */
double su_dispatch_bytes(const struct su_deployment *deployment, const struct su_step *step,
                         const struct su_op *op);
/* Bytes of activations that a card hands to the next pipeline stage. */
double su_stage_bytes(const struct su_deployment *deployment, const struct su_step *step);

#endif
