/* A run: arrivals to replicas, in order of time. Streams that depend on nothing pull each replica
 * forward only when it is looked at; those with feedback, and split deployments, move all replicas
 * together, event by event. */
#include "serve/serve.h"

#include <assert.h>
#include <string.h>

#include "des/clock.h"
#include "des/heap.h"
#include "serve/router.h"

/* How often the caller is asked whether to go on. */
#define EVENTS_PER_LOOK 4096u

/* A finished request that the stream must hear of, or one whose KV is on its way. */
struct note {
    struct su_request_record record;
    uint64_t session;
    uint32_t next; /* free ones */
};

struct run {
    const struct su_serve_config *config;
    struct su_workload *workload;
    const struct su_serve_watch *watch;
    struct su_serve_result *result;
    struct su_metrics metrics;
    struct su_fleet fleet;
    struct su_fleet prefill;
    struct su_heap events; /* notes, by time */
    struct note *notes;
    uint32_t n_notes;
    uint32_t cap_notes;
    uint32_t free_note;
    bool feedback;
    uint64_t n_looks;
    struct su_arena *arena;
};

static void result_init(struct su_arena *arena, struct su_serve_result *result)
{
    *result = (struct su_serve_result){0};
    su_hist_init(&result->ttft, arena, SU_SERVE_HIST_BITS);
    su_hist_init(&result->tpot, arena, SU_SERVE_HIST_BITS);
    su_hist_init(&result->itl, arena, SU_SERVE_HIST_BITS);
    su_hist_init(&result->e2e, arena, SU_SERVE_HIST_BITS);
    su_hist_init(&result->queue, arena, SU_SERVE_HIST_BITS);
}

static void note_event(struct run *run, int64_t t_ps, const struct su_request_record *record,
                       uint64_t session)
{
    uint32_t n = run->free_note;
    if (n != UINT32_MAX) {
        run->free_note = run->notes[n].next;
    } else {
        if (run->n_notes == run->cap_notes) {
            uint32_t larger = run->cap_notes == 0 ? 64 : 2 * run->cap_notes;
            struct note *notes = SU_NEW_ARRAY(run->arena, larger, struct note);
            if (run->n_notes > 0)
                memcpy(notes, run->notes, run->n_notes * sizeof(*notes));
            run->notes = notes;
            run->cap_notes = larger;
        }
        n = run->n_notes++;
    }
    run->notes[n] = (struct note){*record, session, UINT32_MAX};
    su_heap_add(&run->events, t_ps, n);
}

/* A first half goes to the decode side when its KV is there; what is finished, the stream hears of
 * at its time. */
static void on_done(void *ctx, const struct su_request_record *record, uint64_t session)
{
    struct run *run = ctx;
    if (!record->refused && record->done_ps == 0)
        note_event(run, record->sent_ps, record, session);
    else if (run->feedback)
        note_event(run, record->refused ? record->arrival_ps : record->done_ps, record, session);
}

static void arrived(struct run *run, const struct su_arrival *arrival)
{
    if (run->result->n_arrived++ == 0)
        run->result->start_ps = arrival->arrival_ps;
}

static bool going_on(struct run *run, int64_t now_ps)
{
    if (run->n_looks++ % EVENTS_PER_LOOK != 0)
        return true;
    struct su_serve_result *result = run->result;
    result->overloaded = result->waiting_max > SU_SERVE_WAITING_MAX || now_ps >= SU_SERVE_END_PS;
    if (run->watch != NULL && run->watch->going_on != NULL)
        result->interrupted = !run->watch->going_on(run->watch->ctx, now_ps, result->n_done);
    return !result->interrupted && !result->overloaded;
}

static void note_backlog(struct run *run)
{
    uint64_t waiting = 0;
    for (uint32_t i = 0; i < run->fleet.n; i++)
        waiting += run->fleet.ops->load(run->fleet.replicas[i]).n_waiting;
    for (uint32_t i = 0; i < run->prefill.n; i++)
        waiting += run->prefill.ops->load(run->prefill.replicas[i]).n_waiting;
    run->result->waiting_end = waiting;
}

/* ---- streams that depend on nothing ---- */

static enum su_status run_open(struct run *run, struct su_err *err)
{
    struct su_fleet *fleet = &run->fleet;
    int64_t last_ps = 0;
    for (;;) {
        int64_t t_ps;
        SU_TRY(su_workload_peek(run->workload, &t_ps, err));
        if (t_ps >= SU_SERVE_END_PS) {
            run->result->overloaded = t_ps != SU_NEVER_PS;
            break;
        }
        struct su_arrival arrival;
        su_workload_take(run->workload, &arrival);
        if (!going_on(run, t_ps))
            return SU_OK;
        arrived(run, &arrival);
        uint32_t i = su_fleet_route(fleet, &arrival);
        fleet->ops->push(fleet->replicas[i], &arrival);
        last_ps = t_ps;
    }
    for (uint32_t i = 0; i < fleet->n; i++)
        fleet->ops->advance(fleet->replicas[i], last_ps, false);
    note_backlog(run);
    for (uint32_t i = 0; i < fleet->n; i++) {
        /* In pieces, so that the caller can stop a long queue's end. */
        for (;;) {
            int64_t next_ps = fleet->ops->next_ps(fleet->replicas[i]);
            if (next_ps >= SU_SERVE_END_PS)
                break;
            if (!going_on(run, next_ps))
                return SU_OK;
            fleet->ops->advance(fleet->replicas[i], SU_SERVE_END_PS, true);
        }
    }
    return SU_OK;
}

/* ---- all together ---- */

/* The replica whose call is next, and the next call of the others. */
static struct su_fleet *earliest(struct run *run, uint32_t *index, int64_t *first_ps,
                                 int64_t *second_ps)
{
    struct su_fleet *best = NULL;
    *first_ps = *second_ps = SU_NEVER_PS;
    struct su_fleet *fleets[] = {&run->prefill, &run->fleet};
    for (uint32_t f = 0; f < 2; f++) {
        for (uint32_t i = 0; i < fleets[f]->n; i++) {
            int64_t t_ps = fleets[f]->ops->next_ps(fleets[f]->replicas[i]);
            if (t_ps < *first_ps) {
                *second_ps = *first_ps;
                *first_ps = t_ps;
                best = fleets[f];
                *index = i;
            } else if (t_ps < *second_ps) {
                *second_ps = t_ps;
            }
        }
    }
    return best;
}

static void take_note(struct run *run)
{
    struct su_event event = su_heap_take(&run->events);
    uint32_t n = (uint32_t)event.what;
    struct note note = run->notes[n];
    run->notes[n].next = run->free_note;
    run->free_note = n;
    if (note.record.refused || note.record.done_ps > 0) {
        su_workload_done(run->workload, note.record.index, note.session, event.t_ps);
        return;
    }
    struct su_arrival arrival = {
        .arrival_ps = event.t_ps,
        .index = note.record.index,
        .session = note.session,
        .input_tokens = note.record.input_tokens,
        .output_tokens = note.record.output_tokens,
    };
    uint32_t i = su_fleet_route(&run->fleet, &arrival);
    run->fleet.ops->push_ready(run->fleet.replicas[i], &arrival, &note.record);
}

static enum su_status run_together(struct run *run, struct su_err *err)
{
    struct su_fleet *entry = run->prefill.n > 0 ? &run->prefill : &run->fleet;
    for (;;) {
        int64_t arrival_ps;
        SU_TRY(su_workload_peek(run->workload, &arrival_ps, err));
        const struct su_event *event = su_heap_peek(&run->events);
        int64_t note_ps = event != NULL ? event->t_ps : SU_NEVER_PS;
        int64_t outside_ps = arrival_ps < note_ps ? arrival_ps : note_ps;
        uint32_t i = 0;
        int64_t first_ps;
        int64_t second_ps;
        struct su_fleet *fleet = earliest(run, &i, &first_ps, &second_ps);
        int64_t now_ps = first_ps < outside_ps ? first_ps : outside_ps;
        if (now_ps >= SU_SERVE_END_PS) {
            run->result->overloaded = now_ps != SU_NEVER_PS;
            return SU_OK;
        }
        if (!going_on(run, now_ps))
            return SU_OK;
        if (first_ps < outside_ps) {
            /* What the others' next calls bring comes after these calls. */
            int64_t until_ps = second_ps < outside_ps ? second_ps + 1 : outside_ps;
            until_ps = until_ps < SU_SERVE_END_PS ? until_ps : SU_SERVE_END_PS;
            fleet->ops->advance(fleet->replicas[i], until_ps, true);
        } else if (note_ps <= arrival_ps) {
            take_note(run);
        } else {
            struct su_arrival arrival;
            su_workload_take(run->workload, &arrival);
            arrived(run, &arrival);
            uint32_t to = su_fleet_route(entry, &arrival);
            entry->ops->push(entry->replicas[to], &arrival);
            note_backlog(run);
        }
    }
}

static void say_stepped(struct run *run)
{
    const char *why = su_replica_needs_plain(&run->config->engine);
    run->result->stepped = run->config->engine.step_by_step || why != NULL;
    run->result->stepped_why = run->config->engine.step_by_step ? NULL : why;
}

enum su_status su_serve_run(struct su_arena *arena, const struct su_serve_config *config,
                            struct su_workload *workload, const struct su_serve_levels *levels,
                            const struct su_serve_watch *watch, struct su_serve_result *result,
                            struct su_err *err)
{
    assert(config->n_replicas > 0);
    struct run *run = SU_NEW(arena, struct run);
    *run = (struct run){
        .config = config,
        .workload = workload,
        .watch = watch,
        .result = result,
        .free_note = UINT32_MAX,
        .feedback = su_workload_has_feedback(workload),
        .arena = arena,
    };
    result_init(arena, result);
    run->metrics =
        (struct su_metrics){.result = result, .levels = levels, .watch = watch, .done_ctx = run};
    if (run->feedback || config->n_prefill > 0)
        run->metrics.done = on_done;
    su_heap_init(&run->events, arena);
    su_fleet_init(&run->fleet, arena, config, false, &run->metrics);
    if (config->n_prefill > 0)
        su_fleet_init(&run->prefill, arena, config, true, &run->metrics);
    say_stepped(run);
    if (run->feedback || config->n_prefill > 0)
        return run_together(run, err);
    return run_open(run, err);
}
