/* How requests come, for the planner: from a trace, or generated; what a trace says of lengths and
 * rate is read from it. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"
#include "base/pool.h"
#include "serve/price.h"

#define REQUESTS_MEASURED 4000u
#define REQUESTS_MIN 100u
/* Fewer than this leave no tail to speak of. */
#define TRACE_MIN 200u
#define EVEN_BEAT 1e6
#define HOURS 24u

/* Sums over a trace. */
struct sums {
    uint64_t n;
    double input;
    double input2;
    double output;
    double output2;
    int64_t first_ps;
    int64_t last_ps;
};

static void add(struct sums *s, const struct su_arrival *a)
{
    if (s->n++ == 0)
        s->first_ps = a->arrival_ps;
    s->last_ps = a->arrival_ps;
    s->input += a->input_tokens;
    s->input2 += (double)a->input_tokens * a->input_tokens;
    s->output += a->output_tokens;
    s->output2 += (double)a->output_tokens * a->output_tokens;
}

static enum su_status read_through(struct su_workload *workload, struct sums *sums,
                                   struct su_err *err)
{
    int64_t at_ps = 0;
    SU_TRY(su_workload_peek(workload, &at_ps, err));
    while (at_ps != INT64_MAX) {
        struct su_arrival arrival;
        su_workload_take(workload, &arrival);
        add(sums, &arrival);
        SU_TRY(su_workload_peek(workload, &at_ps, err));
    }
    return SU_OK;
}

/* Only a trace without arrival times opens with a rate. */
static enum su_status open_trace(struct su_arena *arena, const char *path,
                                 struct su_workload **workload, bool *has_times, struct su_err *err)
{
    struct su_workload_spec spec = {.path = path, .rate_req_s = 1};
    *has_times = su_workload_open(arena, &spec, workload, NULL) != SU_OK;
    if (!*has_times)
        return SU_OK;
    spec.rate_req_s = 0;
    return su_workload_open(arena, &spec, workload, err);
}

static double cv(double sum, double sum2, double n)
{
    double mean = sum / n;
    return sqrt(fmax(sum2 / n - mean * mean, 0)) / mean;
}

enum su_status su_plan_read_trace(const char *path, struct su_plan_request *plan,
                                  struct su_err *err)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_workload *workload = NULL;
    bool has_times = false;
    struct sums s = {0};
    enum su_status st = open_trace(&arena, path, &workload, &has_times, err);
    if (st == SU_OK)
        st = read_through(workload, &s, err);
    su_workload_close(workload);
    su_arena_release(&arena);
    if (st != SU_OK)
        return st;
    if (s.n < TRACE_MIN)
        return SU_FAIL(err, SU_ERR_INPUT, path,
                       "has %llu requests, expected at least %u to plan by",
                       (unsigned long long)s.n, TRACE_MIN);
    double n = (double)s.n;
    plan->load = (struct su_load){s.input / n, cv(s.input, s.input2, n), s.output / n,
                                  cv(s.output, s.output2, n)};
    plan->traffic.trace = path;
    plan->traffic.n_trace = s.n;
    double span_s = (double)(s.last_ps - s.first_ps) / SU_PS_PER_S;
    if (has_times && span_s > 0)
        plan->traffic.trace_req_s = (n - 1) / span_s;
    return SU_OK;
}

enum su_status su_plan_daily_peak(const struct su_request *request, double *peak_factor,
                                  struct su_err *err)
{
    double sum = 0;
    double most = 0;
    size_t n = 0;
    for (const char *const *word = request->daily; *word != NULL; word++, n++) {
        double v = 0;
        if (n == HOURS || !su_str_to_double(su_str_c(*word), &v) || !(v >= 0 && v <= 1e6))
            return SU_FAIL(err, SU_ERR_INPUT, "daily",
                           "has \"%s\" at place %zu, expected 24 factors from 0 to 1e6", *word,
                           n + 1);
        sum += v;
        most = fmax(most, v);
    }
    if (n != HOURS || sum <= 0)
        return SU_FAIL(err, SU_ERR_INPUT, "daily",
                       "has %zu factors that sum to %g, expected 24, one of them above 0", n, sum);
    *peak_factor = most * HOURS / sum;
    return SU_OK;
}

void su_plan_read_arrivals(const struct su_request *request, const struct su_view *view,
                           struct su_notes *notes, struct su_plan_request *plan)
{
    struct su_traffic *t = &plan->traffic;
    t->n_requests = REQUESTS_MEASURED;
    if (su_request_has(request, SU_OPTION_num_requests))
        t->n_requests = (uint32_t)fmin(fmax((double)request->num_requests, REQUESTS_MIN), 1e7);
    else
        su_notes_assume(notes, "num_requests", su_fmt(notes->arena, "%u", REQUESTS_MEASURED),
                        su_text(view->lang, SU_MSG_default_measured));
    const char *engine = su_request_has(request, SU_OPTION_engine) ? request->engine : "vllm";
    t->sched = su_sched_find(engine);
    if (t->sched == NULL) {
        t->sched = su_sched_find("vllm");
        su_notes_approximate(notes, su_text_fill(notes->arena, view->lang, SU_MSG_approx_sched,
                                                 "engine", engine, NULL));
    }
    plan->n_threads =
        su_request_has(request, SU_OPTION_threads) ? (uint32_t)request->threads : su_pool_threads();
    if (t->trace_req_s > 0)
        return;
    if (!su_request_has(request, SU_OPTION_burstiness)) {
        su_notes_assume(notes, "burstiness", "1", su_text(view->lang, SU_MSG_default_poisson));
        return;
    }
    t->burstiness = request->burstiness >= EVEN_BEAT ? INFINITY : request->burstiness;
}
