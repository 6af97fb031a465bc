/* Traces: rows of requests in whatever format the file has, one at a time. */
#ifndef SU_WORKLOAD_TRACE_H
#define SU_WORKLOAD_TRACE_H

#include "workload/workload.h"

struct su_trace;

/** Recognises the format and reads up to the first row. */
SU_MUST_CHECK enum su_status su_trace_open(struct su_arena *arena,
                                           const struct su_workload_spec *spec,
                                           struct su_trace **trace, struct su_err *err);
void su_trace_close(struct su_trace *trace); /* NULL-safe */

/** False when the file has lengths only: arrivals come from a generator. */
bool su_trace_has_times(const struct su_trace *trace);

/** What the file itself says about its arrivals where it has no times: fills rate_req_s,
 * burstiness and concurrency of *spec unless one of the two is set. */
void su_trace_own_arrivals(const struct su_trace *trace, struct su_workload_spec *spec);

/** The next request: everything but index. arrival_ps is since the first row's, 0 without times;
 * *more is false at the end. */
SU_MUST_CHECK enum su_status su_trace_next(struct su_trace *trace, struct su_arrival *arrival,
                                           bool *more, struct su_err *err);

/** Format, skipped rows, block tokens. */
struct su_workload_facts su_trace_facts(const struct su_trace *trace);

#endif
