#include "workload/trace.h"

enum su_status su_trace_open(struct su_arena *arena, const struct su_workload_spec *spec,
                             struct su_trace **trace, struct su_err *err)
{
    (void)arena;
    (void)trace;
    return SU_FAIL(err, SU_ERR_INPUT, spec->path, "traces are not read yet");
}
void su_trace_close(struct su_trace *trace)
{
    (void)trace;
}
bool su_trace_has_times(const struct su_trace *trace)
{
    return trace != NULL;
}
void su_trace_own_arrivals(const struct su_trace *trace, struct su_workload_spec *spec)
{
    (void)trace;
    (void)spec;
}
enum su_status su_trace_next(struct su_trace *trace, struct su_arrival *arrival, bool *more,
                             struct su_err *err)
{
    (void)trace;
    (void)arrival;
    *more = false;
    return SU_FAIL(err, SU_ERR_INPUT, "trace", "traces are not read yet");
}
struct su_workload_facts su_trace_facts(const struct su_trace *trace)
{
    (void)trace;
    return (struct su_workload_facts){.format = "trace"};
}
