/* What a run leaves in files: a row per request, rows by time, a timeline for Perfetto. Requests
 * and the timeline go out as they come; rows by time are kept, replicas fill them out of order. */
#include <math.h>

#include "app/sim.h"
#include "app/sim_series.h"

#define TICK_DEFAULT_S 1.0
/* Beyond this a viewer takes minutes to open the file (about 100 bytes an event). */
#define EVENTS_MAX 600000u
#define EVENTS_PER_STEP 3u

struct su_sim_files {
    struct su_writer requests;
    struct su_writer by_time;
    struct su_writer timeline;
    struct su_sim_series series;
    bool ranks; /* more than one: counters are named by rank */
    uint64_t n_events;
    uint64_t n_dropped;
};

static void start_timeline(struct su_writer *w, const struct su_sim *sim)
{
    su_writer_printf(w, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    for (uint32_t i = 0; i < su_sim_replicas(sim); i++) {
        const char *kind = sim->config.n_prefill == 0   ? "replica"
                           : i < sim->config.n_replicas ? "decode replica"
                                                        : "prefill replica";
        su_writer_printf(w,
                         "%s\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%u,"
                         "\"args\":{\"name\":\"%s %u\"}}",
                         i == 0 ? "" : ",", i, kind, i);
    }
}

static double blocks_of_all(const struct su_sim *sim)
{
    const struct su_serve_config *c = &sim->config;
    return (double)c->n_replicas * c->engine.n_ranks * (double)c->engine.n_blocks +
           (double)c->n_prefill * c->prefill_engine.n_ranks * (double)c->prefill_engine.n_blocks;
}

enum su_status su_sim_files_open(struct su_arena *arena, const struct su_request *request,
                                 const struct su_sim *sim, struct su_sim_files **files,
                                 struct su_err *err)
{
    struct su_sim_files *f = SU_NEW(arena, struct su_sim_files);
    *files = f;
    double tick_s = su_request_has(request, SU_OPTION_tick) ? request->tick : TICK_DEFAULT_S;
    f->series = (struct su_sim_series){.arena = arena,
                                       .tick_ps = llround(tick_s * SU_PS_PER_S),
                                       .from_requests = sim->config.engine.n_drafts > 0,
                                       .n_blocks = blocks_of_all(sim)};
    f->ranks = sim->config.engine.n_ranks > 1;
    if (request->per_request != NULL) {
        SU_TRY(su_writer_open(&f->requests, arena, request->per_request, err));
        su_writer_printf(&f->requests,
                         "index,arrival_s,input_tokens,output_tokens,replica,hit_tokens,"
                         "preempted,refused,scheduled_s,first_token_s,last_token_s,ttft_s,tpot_s,"
                         "e2e_s\r\n");
    }
    if (request->time_series != NULL)
        SU_TRY(su_writer_open(&f->by_time, arena, request->time_series, err));
    if (request->timeline != NULL) {
        SU_TRY(su_writer_open(&f->timeline, arena, request->timeline, err));
        start_timeline(&f->timeline, sim);
    }
    return SU_OK;
}

static void put_time(struct su_writer *w, int64_t ps)
{
    su_writer_add(w, ",", 1);
    su_writer_fixed(w, ps, 12);
}

void su_sim_files_request(struct su_sim_files *f, const struct su_request_record *r)
{
    if (f->by_time.file != NULL)
        su_sim_series_request(&f->series, r);
    struct su_writer *w = &f->requests;
    if (w->file == NULL)
        return;
    su_writer_printf(w, "%llu", (unsigned long long)r->index);
    put_time(w, r->arrival_ps);
    su_writer_printf(w, ",%u,%u,%u,%u,%u,%d", r->input_tokens, r->output_tokens, r->replica,
                     r->hit_tokens, r->n_preempted, r->refused);
    if (r->refused) {
        su_writer_printf(w, ",,,,,,\r\n");
        return;
    }
    put_time(w, r->scheduled_ps);
    put_time(w, r->first_ps);
    put_time(w, r->done_ps);
    put_time(w, r->first_ps - r->arrival_ps);
    if (r->output_tokens > 1)
        put_time(w, (r->done_ps - r->first_ps) / (r->output_tokens - 1));
    else
        su_writer_add(w, ",", 1);
    put_time(w, r->done_ps - r->arrival_ps);
    su_writer_add(w, "\r\n", 2);
}

/* Microseconds, the format's unit. */
static void put_us(struct su_writer *w, const char *key, int64_t ps)
{
    su_writer_printf(w, ",\"%s\":", key);
    su_writer_fixed(w, ps, 6);
}

static void put_counter(struct su_sim_files *f, const struct su_step_record *s, const char *name)
{
    struct su_writer *w = &f->timeline;
    su_writer_printf(w, ",\n{\"name\":\"%s", name);
    if (f->ranks)
        su_writer_printf(w, " of rank %u", s->rank);
    su_writer_printf(w, "\",\"ph\":\"C\",\"pid\":%u", s->replica);
    put_us(w, "ts", s->t0_ps);
}

static void put_step(struct su_sim_files *f, const struct su_step_record *s)
{
    struct su_writer *w = &f->timeline;
    if (f->n_events + EVENTS_PER_STEP > EVENTS_MAX) {
        f->n_dropped++;
        return;
    }
    f->n_events += EVENTS_PER_STEP;
    const char *name = s->n_chunks == 0 ? "decode" : s->n_decode == 0 ? "prefill" : "mixed";
    su_writer_printf(w, ",\n{\"name\":\"%s", name);
    if (s->n_steps > 1)
        su_writer_printf(w, " ×%llu", (unsigned long long)s->n_steps);
    su_writer_printf(w, "\",\"ph\":\"X\",\"pid\":%u,\"tid\":%u", s->replica, s->rank);
    put_us(w, "ts", s->t0_ps);
    put_us(w, "dur", s->t1_ps - s->t0_ps);
    su_writer_printf(w,
                     ",\"args\":{\"steps\":%llu,\"decoding\":%u,\"prompts\":%u,"
                     "\"prompt_tokens\":%u}}",
                     (unsigned long long)s->n_steps, s->n_decode, s->n_chunks, s->prefill_tokens);
    put_counter(f, s, "requests");
    su_writer_printf(w, ",\"args\":{\"running\":%u,\"waiting\":%u}}", s->n_decode + s->n_chunks,
                     s->n_waiting);
    put_counter(f, s, "kv blocks");
    su_writer_printf(w, ",\"args\":{\"used\":%llu}}", (unsigned long long)s->blocks_used);
}

void su_sim_files_step(struct su_sim_files *f, const struct su_step_record *step)
{
    if (f->by_time.file != NULL)
        su_sim_series_step(&f->series, step);
    if (f->timeline.file != NULL)
        put_step(f, step);
}

bool su_sim_files_failed(const struct su_sim_files *f)
{
    return su_writer_failed(&f->requests) || su_writer_failed(&f->by_time) ||
           su_writer_failed(&f->timeline);
}

enum su_status su_sim_files_close(struct su_sim_files *f, struct su_err *err)
{
    if (f == NULL)
        return SU_OK;
    if (f->by_time.file != NULL)
        su_sim_series_write(&f->series, &f->by_time);
    su_writer_printf(&f->timeline, "\n],\"otherData\":{\"steps_left_out\":\"%llu\"}}\n",
                     (unsigned long long)f->n_dropped);
    enum su_status st = su_writer_close(&f->requests, err);
    enum su_status by_time = su_writer_close(&f->by_time, st == SU_OK ? err : NULL);
    st = st == SU_OK ? by_time : st;
    enum su_status timeline = su_writer_close(&f->timeline, st == SU_OK ? err : NULL);
    return st == SU_OK ? timeline : st;
}

uint64_t su_sim_files_dropped(const struct su_sim_files *files)
{
    return files->n_dropped;
}

int64_t su_sim_files_tick_ps(const struct su_sim_files *files)
{
    return files->series.tick_ps;
}

bool su_sim_files_widened(const struct su_sim_files *files)
{
    return files->series.widened;
}
