/* The stream: a trace at its own times, a generator, or a trace's lengths at a generator's times;
 * and where it stops. */
#include "workload/workload.h"

#include <assert.h>
#include <math.h>

#include "workload/clock.h"
#include "workload/generate.h"
#include "workload/trace.h"

struct su_workload {
    struct su_trace *trace;         /* NULL: generated */
    struct su_generator *generator; /* NULL: a trace with times */
    uint64_t n_requests;            /* UINT64_MAX: no end by number */
    int64_t end_ps;                 /* arrivals up to here */
    uint64_t n_taken;
    bool held; /* row is the trace's next request, read but not taken */
    bool ended;
    struct su_arrival row;
};

static enum su_status check(const struct su_workload_spec *spec, struct su_err *err)
{
    if (!(spec->rate_scale >= 0 && spec->rate_scale <= 1e9) ||
        (spec->rate_scale > 0 && spec->rate_scale < 1e-9))
        return SU_FAIL(err, SU_ERR_INPUT, "rate scale", "is %g, expected 1e-9..1e9",
                       spec->rate_scale);
    if (!(spec->duration_s >= 0))
        return SU_FAIL(err, SU_ERR_INPUT, "duration", "is %g, expected 0 seconds or more",
                       spec->duration_s);
    if (spec->path == NULL && spec->prefix_blocks_path != NULL)
        return SU_FAIL(err, SU_ERR_INPUT, spec->prefix_blocks_path,
                       "prefix blocks belong to a trace, and none is given");
    if (spec->path == NULL && spec->n_requests == 0 && spec->duration_s == 0)
        return SU_FAIL(err, SU_ERR_INPUT, "arrivals",
                       "expected a number of requests or a duration, found neither");
    return SU_OK;
}

static enum su_status open_trace(struct su_arena *arena, const struct su_workload_spec *spec,
                                 struct su_workload *w, struct su_err *err)
{
    SU_TRY(su_trace_open(arena, spec, &w->trace, err));
    if (su_trace_has_times(w->trace)) {
        if (spec->rate_req_s == 0 && spec->concurrency == 0)
            return SU_OK;
        return SU_FAIL(err, SU_ERR_INPUT, spec->path,
                       "has arrival times of its own; a rate scale changes them, a rate or a "
                       "concurrency does not");
    }
    if (spec->rate_scale != 0 && spec->rate_scale != 1)
        return SU_FAIL(err, SU_ERR_INPUT, spec->path,
                       "has no arrival times to scale; expected a rate or a concurrency");
    struct su_workload_spec arrivals = *spec;
    su_trace_own_arrivals(w->trace, &arrivals);
    return su_generator_new(arena, &arrivals, true, &w->generator, err);
}

enum su_status su_workload_open(struct su_arena *arena, const struct su_workload_spec *spec,
                                struct su_workload **workload, struct su_err *err)
{
    SU_TRY(check(spec, err));
    struct su_workload *w = SU_NEW(arena, struct su_workload);
    w->n_requests = spec->n_requests == 0 ? UINT64_MAX : spec->n_requests;
    w->end_ps = spec->duration_s == 0
                    ? INT64_MAX - 1
                    : (int64_t)fmin(spec->duration_s * SU_PS_PER_S, (double)SU_WORKLOAD_PS_MAX);
    enum su_status st = spec->path == NULL
                            ? su_generator_new(arena, spec, false, &w->generator, err)
                            : open_trace(arena, spec, w, err);
    if (st != SU_OK) {
        su_workload_close(w);
        return st;
    }
    *workload = w;
    return SU_OK;
}

void su_workload_close(struct su_workload *workload)
{
    if (workload != NULL)
        su_trace_close(workload->trace);
}

/* Out of line: a generated stream pays for no frame. */
__attribute__((noinline)) static enum su_status hold_row(struct su_workload *w, struct su_err *err)
{
    if (w->held || w->ended)
        return SU_OK;
    bool more = false;
    SU_TRY(su_trace_next(w->trace, &w->row, &more, err));
    w->held = more;
    w->ended = !more;
    return SU_OK;
}

enum su_status su_workload_peek(struct su_workload *workload, int64_t *arrival_ps,
                                struct su_err *err)
{
    *arrival_ps = INT64_MAX;
    if (workload->n_taken >= workload->n_requests)
        return SU_OK;
    if (workload->trace != NULL) {
        SU_TRY(hold_row(workload, err));
        if (workload->ended)
            return SU_OK;
        *arrival_ps = workload->row.arrival_ps;
    }
    if (workload->generator != NULL)
        SU_TRY(su_generator_peek(workload->generator, arrival_ps, err));
    if (*arrival_ps > workload->end_ps)
        *arrival_ps = INT64_MAX;
    return SU_OK;
}

void su_workload_take(struct su_workload *workload, struct su_arrival *arrival)
{
    assert(workload->trace == NULL || workload->held);
    if (workload->trace == NULL) {
        *arrival = (struct su_arrival){0};
        su_generator_take(workload->generator, arrival);
    } else {
        struct su_arrival made = {.arrival_ps = workload->row.arrival_ps};
        if (workload->generator != NULL)
            su_generator_take(workload->generator, &made);
        *arrival = workload->row;
        arrival->arrival_ps = made.arrival_ps;
    }
    arrival->index = workload->n_taken++;
    workload->held = false;
}

bool su_workload_has_feedback(const struct su_workload *workload)
{
    return workload->generator != NULL && su_generator_has_feedback(workload->generator);
}

void su_workload_done(struct su_workload *workload, uint64_t index, uint64_t session,
                      int64_t done_ps)
{
    (void)index;
    if (workload->generator != NULL)
        su_generator_done(workload->generator, session, done_ps);
}

struct su_workload_facts su_workload_facts(const struct su_workload *workload)
{
    struct su_workload_facts facts = {.format = "generated"};
    if (workload->trace != NULL)
        facts = su_trace_facts(workload->trace);
    facts.n_taken = workload->n_taken;
    return facts;
}
