/* Traffic from distributions. Every kind of draw has its own stream, and within a session its own
 * place by (session, turn), so that two runs that differ in rate, users or speed of the answers
 * have the same requests: common random numbers. A session is not stored, it is drawn again: what
 * a user waiting for an answer costs is a few words. Left out: users who give up.
 * docs/theory/workload.md */
#include "workload/generate.h"

#include <assert.h>
#include <math.h>

#include "base/map64.h"
#include "base/rng.h"
#include "base/vec.h"
#include "stat/stat.h"
#include "workload/clock.h"
#include "workload/lengths.h"

#define TURNS_MEAN_MAX 10000.0
/* Turns of one session in a run's id; no draw comes near. */
#define TURN_BITS 24
#define NO_SESSION UINT32_MAX
#define SYSTEM_PROMPTS_MAX SU_LENGTHS_SLOTS_MAX

/* A conversation that waits for an answer or for its user. */
struct session {
    uint64_t ordinal;
    uint64_t history_tokens; /* prompt and answer of the last turn */
    uint32_t turn;           /* of the request that comes next, or is being answered */
    uint32_t n_turns;
    uint32_t next_free;
};

/* A request whose time is known: a next turn, or (slot NO_SESSION) the head of a new session. */
struct pending {
    int64_t t_ps;
    uint64_t seq; /* order of equal times */
    uint32_t slot;
};

struct su_generator {
    struct su_arena *arena;
    bool lengths_given;
    bool open_loop;
    bool sessions;
    struct su_clock clock;
    int64_t head_ps; /* open loop: the next head, drawn ahead */
    bool head_beyond;
    struct su_lengths input;
    struct su_lengths output;
    struct su_rng input_rng;
    struct su_rng output_rng;
    struct su_rng session_rng;
    struct su_rng prefix_rng;
    double log_stay; /* log of the chance that one more turn follows; -INFINITY: never */
    double think_mean_s;
    uint32_t system_tokens;
    struct su_lengths system_ranks;
    uint64_t n_sessions;
    uint64_t seq;
    SU_VEC(struct pending) heap;
    SU_VEC(struct session) slots;
    uint32_t free_slot;
    struct su_map64 slot_of; /* by session */
    SU_VEC(struct su_prefix_run) runs;
};

/* ---- heap of pending requests ---- */

static bool before(const struct pending *a, const struct pending *b)
{
    return a->t_ps != b->t_ps ? a->t_ps < b->t_ps : a->seq < b->seq;
}

static void push(struct su_generator *g, int64_t t_ps, uint32_t slot)
{
    struct pending item = {t_ps, g->seq++, slot};
    (void)SU_VEC_PUSH(g->arena, &g->heap);
    size_t i = g->heap.n - 1;
    for (; i > 0 && before(&item, &g->heap.items[(i - 1) / 2]); i = (i - 1) / 2)
        g->heap.items[i] = g->heap.items[(i - 1) / 2];
    g->heap.items[i] = item;
}

static struct pending pop(struct su_generator *g)
{
    struct pending top = g->heap.items[0];
    struct pending last = g->heap.items[--g->heap.n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= g->heap.n)
            break;
        if (child + 1 < g->heap.n && before(&g->heap.items[child + 1], &g->heap.items[child]))
            child++;
        if (!before(&g->heap.items[child], &last))
            break;
        g->heap.items[i] = g->heap.items[child];
        i = child;
    }
    if (g->heap.n > 0)
        g->heap.items[i] = last;
    return top;
}

/* ---- sessions ---- */

static uint32_t n_turns_of(const struct su_generator *g, uint64_t ordinal)
{
    if (isinf(g->log_stay))
        return 1;
    double u = su_rng_uniform_at(&g->session_rng, ordinal, 0);
    return (uint32_t)fmin(1 + floor(log(u) / g->log_stay), (1 << TURN_BITS) - 1);
}

static uint32_t input_of(const struct su_generator *g, uint64_t ordinal, uint32_t turn)
{
    return su_lengths_draw(&g->input, su_rng_u64_at(&g->input_rng, ordinal, turn));
}

static uint32_t output_of(const struct su_generator *g, uint64_t ordinal, uint32_t turn)
{
    return su_lengths_draw(&g->output, su_rng_u64_at(&g->output_rng, ordinal, turn));
}

static uint32_t new_slot(struct su_generator *g)
{
    uint32_t slot = g->free_slot;
    if (slot == NO_SESSION) {
        slot = (uint32_t)g->slots.n;
        (void)SU_VEC_PUSH(g->arena, &g->slots);
    } else {
        g->free_slot = g->slots.items[slot].next_free;
    }
    uint64_t ordinal = g->n_sessions++;
    g->slots.items[slot] = (struct session){.ordinal = ordinal, .n_turns = n_turns_of(g, ordinal)};
    return slot;
}

/* Ids differ for any two of (system prompt) and (session, turn): no hash, no collision. */
static uint64_t system_id(uint32_t k)
{
    return k;
}

static uint64_t turn_id(uint64_t ordinal, uint32_t turn)
{
    return (ordinal + 1) << TURN_BITS | turn;
}

static void add_run(struct su_generator *g, uint64_t id, uint32_t n_tokens)
{
    *SU_VEC_PUSH(g->arena, &g->runs) = (struct su_prefix_run){id, n_tokens};
}

static void add_system_run(struct su_generator *g, uint64_t word)
{
    if (g->system_tokens > 0)
        add_run(g, system_id(su_lengths_draw(&g->system_ranks, word) - 1), g->system_tokens);
}

/* One turn: the whole history, then what is new. */
static void take_turn(struct su_generator *g, uint32_t slot, struct su_arrival *a)
{
    struct session *s = &g->slots.items[slot];
    uint32_t fresh = input_of(g, s->ordinal, s->turn);
    if (s->turn == 0)
        s->history_tokens = g->system_tokens;
    a->session = s->ordinal;
    a->input_tokens = (uint32_t)s->history_tokens + fresh;
    a->output_tokens = output_of(g, s->ordinal, s->turn);
    add_system_run(g, su_rng_u64_at(&g->prefix_rng, s->ordinal, 0));
    for (uint32_t t = 0; t < s->turn; t++)
        add_run(g, turn_id(s->ordinal, t),
                input_of(g, s->ordinal, t) + output_of(g, s->ordinal, t));
    add_run(g, turn_id(s->ordinal, s->turn), fresh + a->output_tokens);
    s->history_tokens = (uint64_t)a->input_tokens + a->output_tokens;
    su_map64_put(&g->slot_of, s->ordinal, slot);
}

static void take_single(struct su_generator *g, struct su_arrival *a)
{
    a->session = g->n_sessions++;
    if (g->lengths_given)
        return;
    a->input_tokens = g->system_tokens + su_lengths_draw(&g->input, su_rng_u64(&g->input_rng));
    a->output_tokens = su_lengths_draw(&g->output, su_rng_u64(&g->output_rng));
    if (g->system_tokens > 0)
        add_system_run(g, su_rng_u64(&g->prefix_rng));
}

/* ---- the stream ---- */

enum su_status su_generator_peek(struct su_generator *g, int64_t *arrival_ps, struct su_err *err)
{
    int64_t t_ps = g->heap.n > 0 ? g->heap.items[0].t_ps : INT64_MAX;
    if (g->open_loop && g->head_ps <= t_ps) {
        if (g->head_beyond)
            return SU_FAIL(err, SU_ERR_LIMIT, "arrivals",
                           "the next one is after %.0f s, the last time that can be reached",
                           (double)SU_WORKLOAD_PS_MAX / SU_PS_PER_S);
        t_ps = g->head_ps;
    }
    *arrival_ps = t_ps;
    return SU_OK;
}

void su_generator_take(struct su_generator *g, struct su_arrival *arrival)
{
    uint32_t slot = NO_SESSION;
    g->runs.n = 0;
    if (g->open_loop && (g->heap.n == 0 || g->head_ps <= g->heap.items[0].t_ps)) {
        arrival->arrival_ps = g->head_ps;
        g->head_ps = su_clock_next(&g->clock, &g->head_beyond);
    } else {
        struct pending p = pop(g);
        arrival->arrival_ps = p.t_ps;
        slot = p.slot;
    }
    if (g->sessions)
        take_turn(g, slot == NO_SESSION ? new_slot(g) : slot, arrival);
    else
        take_single(g, arrival);
    arrival->n_runs = (uint32_t)g->runs.n;
    arrival->runs = g->runs.items;
}

bool su_generator_has_feedback(const struct su_generator *g)
{
    return g->sessions || !g->open_loop;
}

/* The history grows with every turn: a session whose next prompt could pass the limit on tokens
 * ends here. */
static bool goes_on(const struct su_generator *g, const struct session *s)
{
    return s->turn + 1 < s->n_turns &&
           s->history_tokens + input_of(g, s->ordinal, s->turn + 1) <= SU_REQUEST_TOKENS_MAX;
}

void su_generator_done(struct su_generator *g, uint64_t session, int64_t done_ps)
{
    uint32_t slot = NO_SESSION;
    if (!g->sessions) {
        if (!g->open_loop)
            push(g, done_ps, NO_SESSION);
        return;
    }
    bool known = su_map64_get(&g->slot_of, session, &slot);
    assert(known);
    if (!known)
        return;
    struct session *s = &g->slots.items[slot];
    su_map64_remove(&g->slot_of, session);
    if (goes_on(g, s)) {
        s->turn++;
        double think_s =
            -g->think_mean_s * log(su_rng_uniform_at(&g->session_rng, s->ordinal, s->turn));
        double room_ps = (double)(SU_WORKLOAD_PS_MAX - done_ps);
        push(g, done_ps + (int64_t)fmin(think_s * SU_PS_PER_S + 0.5, room_ps), slot);
        return;
    }
    s->next_free = g->free_slot;
    g->free_slot = slot;
    if (!g->open_loop)
        push(g, done_ps, NO_SESSION);
}

/* ---- making ---- */

static enum su_status bad(struct su_err *err, const char *what, double value, const char *allowed)
{
    return SU_FAIL(err, SU_ERR_INPUT, what, "is %g, expected %s", value, allowed);
}

static enum su_status check_arrivals(const struct su_workload_spec *s, struct su_err *err)
{
    bool rate = s->rate_req_s > 0 || (s->ramp_s > 0 && s->ramp_to_req_s > 0);
    if (rate == (s->concurrency > 0))
        return SU_FAIL(err, SU_ERR_INPUT, "arrivals",
                       "expected either a rate or a concurrency above 0, found %s",
                       s->concurrency > 0 ? "both" : "neither");
    if (!(s->rate_req_s >= 0 && s->rate_req_s <= 1e9))
        return bad(err, "rate", s->rate_req_s, "at most 1e9 requests a second");
    if (!(s->burstiness >= 0) || (s->burstiness > 0 && s->burstiness < 1e-3))
        return bad(err, "burstiness", s->burstiness, "0.001 or more");
    if (!(s->ramp_s >= 0 && isfinite(s->ramp_s)))
        return bad(err, "ramp", s->ramp_s, "0 seconds or more");
    if (s->ramp_s > 0 && !(s->ramp_to_req_s >= 0 && s->ramp_to_req_s <= 1e9))
        return bad(err, "ramp to", s->ramp_to_req_s, "0..1e9 requests a second");
    double sum = 0;
    for (int h = 0; s->hour_factors != NULL && h < 24; h++) {
        if (!(s->hour_factors[h] >= 0 && s->hour_factors[h] <= 24))
            return bad(err, "hour factor", s->hour_factors[h], "0..24");
        sum += s->hour_factors[h];
    }
    if (s->hour_factors != NULL && fabs(sum - 24) > 0.024)
        return bad(err, "mean of the hour factors", sum / 24, "1");
    return SU_OK;
}

static enum su_status check_sessions(const struct su_workload_spec *s, bool lengths_given,
                                     struct su_err *err)
{
    if (s->turns_mean != 0 && !(s->turns_mean >= 1 && s->turns_mean <= TURNS_MEAN_MAX))
        return bad(err, "mean number of turns", s->turns_mean, "1..10000");
    if (!(s->think_mean_s >= 0 && isfinite(s->think_mean_s)))
        return bad(err, "think time", s->think_mean_s, "0 seconds or more");
    if (s->n_system_prompts > SYSTEM_PROMPTS_MAX)
        return bad(err, "number of system prompts", s->n_system_prompts, "at most 32768");
    if (s->n_system_prompts > 0 &&
        (s->system_tokens == 0 || s->system_tokens > SU_REQUEST_TOKENS_MAX))
        return bad(err, "system prompt tokens", s->system_tokens, "1..100000000");
    if (!(s->system_zipf >= 0 && s->system_zipf <= 20))
        return bad(err, "exponent of the system prompts", s->system_zipf, "0..20");
    if (lengths_given && (s->turns_mean > 0 || s->n_system_prompts > 0))
        return SU_FAIL(err, SU_ERR_INPUT, s->path,
                       "sessions and system prompts are for generated lengths, not for a trace's");
    return SU_OK;
}

static void init_clock(struct su_generator *g, const struct su_workload_spec *s)
{
    struct su_clock *c = &g->clock;
    *c = (struct su_clock){.rate_req_s = s->rate_req_s,
                           .burstiness = s->burstiness == 0 ? 1 : s->burstiness,
                           .ramp_to_req_s = s->ramp_to_req_s,
                           .ramp_s = s->ramp_s};
    if (s->hour_factors != NULL) {
        double *copy = SU_NEW_ARRAY(g->arena, 24, double);
        for (int h = 0; h < 24; h++)
            copy[h] = s->hour_factors[h];
        c->hour_factors = copy;
    }
    if (s->hour_factors == NULL && s->ramp_s == 0)
        c->ps_per_req = SU_PS_PER_S / s->rate_req_s;
    su_rng_init(&c->rng, s->seed, "arrivals", 0);
    g->head_ps = su_clock_next(c, &g->head_beyond);
}

static enum su_status init_lengths(struct su_generator *g, const struct su_workload_spec *s,
                                   struct su_err *err)
{
    SU_TRY(su_lengths_init(g->arena, s->input_dist, "input lengths", &g->input, err));
    SU_TRY(su_lengths_init(g->arena, s->output_dist, "output lengths", &g->output, err));
    if (s->n_system_prompts > 0) {
        struct su_arena scratch;
        su_arena_init(&scratch);
        su_lengths_zipf_ranks(g->arena, &scratch, s->n_system_prompts, s->system_zipf,
                              &g->system_ranks);
        su_arena_release(&scratch);
        g->system_tokens = s->system_tokens;
    }
    return SU_OK;
}

enum su_status su_generator_new(struct su_arena *arena, const struct su_workload_spec *spec,
                                bool lengths_given, struct su_generator **generator,
                                struct su_err *err)
{
    SU_TRY(check_arrivals(spec, err));
    SU_TRY(check_sessions(spec, lengths_given, err));
    struct su_generator *g = SU_NEW(arena, struct su_generator);
    g->arena = arena;
    g->lengths_given = lengths_given;
    g->open_loop = spec->concurrency == 0;
    g->sessions = spec->turns_mean > 0;
    g->think_mean_s = spec->think_mean_s;
    g->log_stay = g->sessions ? log1p(-1 / spec->turns_mean) : -INFINITY;
    g->free_slot = NO_SESSION;
    if (!lengths_given)
        SU_TRY(init_lengths(g, spec, err));
    su_rng_init(&g->input_rng, spec->seed, "input", 0);
    su_rng_init(&g->output_rng, spec->seed, "output", 0);
    su_rng_init(&g->session_rng, spec->seed, "session", 0);
    su_rng_init(&g->prefix_rng, spec->seed, "prefix", 0);
    su_map64_init(&g->slot_of, arena, 64);
    if (g->open_loop)
        init_clock(g, spec);
    for (uint32_t user = 0; user < spec->concurrency; user++)
        push(g, 0, NO_SESSION);
    *generator = g;
    return SU_OK;
}
