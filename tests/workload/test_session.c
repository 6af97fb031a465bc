#include <math.h>
#include <string.h>

#include "base/sum.h"
#include "workload/drain.h"

#define SECOND INT64_C(1000000000000)

static struct su_workload_spec chats(uint64_t n)
{
    return (struct su_workload_spec){.rate_req_s = 1,
                                     .n_requests = n,
                                     .input_dist = "lognormal:mean=50,cv=1",
                                     .output_dist = "lognormal:mean=80,cv=0.5",
                                     .turns_mean = 4,
                                     .think_mean_s = 20,
                                     .n_system_prompts = 3,
                                     .system_tokens = 100,
                                     .seed = 11};
}

/* What the test remembers of one session. */
struct seen {
    uint32_t turns;
    uint64_t tokens; /* prompt and answer of the last turn */
    uint32_t n_runs;
    struct su_prefix_run runs[256];
    int64_t done_ps;
};

/* Answers served one at a time in 0.1 s each, in order; each done is told before the next take. */
static void every_turn_carries_the_whole_history(void **state)
{
    struct su_arena *arena = *state;
    struct su_workload_spec spec = chats(4000);
    struct su_workload *w = open_ok(arena, &spec);
    struct seen *seen = SU_NEW_ARRAY(arena, 4000, struct seen);
    struct su_arrival a;
    int64_t last_ps = 0;
    assert_true(su_workload_has_feedback(w));
    while (next_arrival(w, &a)) {
        assert_true(a.arrival_ps >= last_ps && a.session < 4000);
        last_ps = a.arrival_ps;
        struct seen *s = &seen[a.session];
        uint64_t before = s->turns == 0 ? 100 : s->tokens;
        assert_true(a.input_tokens > before);
        assert_true(s->turns == 0 || a.arrival_ps >= s->done_ps);
        /* [system][turn 0]..[this turn]: together the prompt and its answer. */
        assert_int_equal(a.n_runs, s->turns + 2);
        uint64_t covered = 0;
        for (uint32_t i = 0; i < a.n_runs; i++)
            covered += a.runs[i].n_tokens;
        assert_true(covered == (uint64_t)a.input_tokens + a.output_tokens);
        assert_memory_equal(a.runs, s->runs, s->n_runs * sizeof(*a.runs));
        assert_true(a.n_runs <= 256);
        memcpy(s->runs, a.runs, a.n_runs * sizeof(*a.runs));
        s->n_runs = a.n_runs;
        s->turns++;
        s->tokens = covered;
        s->done_ps = a.arrival_ps + SECOND / 10;
        su_workload_done(w, a.index, a.session, s->done_ps);
    }
    assert_true(a.index == 3999);
}

/* 20000 sessions to their end: turns are geometric with mean 4 (standard deviation sqrt(12)),
 * think times exponential with mean 20 s, both within 5 standard errors. */
static void turns_are_geometric_and_think_times_exponential(void **state)
{
    struct su_arena *arena = *state;
    enum { SESSIONS = 20000 };
    struct su_workload_spec spec = chats(0);
    spec.duration_s = 1e6;
    struct su_workload *w = open_ok(arena, &spec);
    uint32_t *turns = SU_NEW_ARRAY(arena, SESSIONS, uint32_t);
    int64_t *done_ps = SU_NEW_ARRAY(arena, SESSIONS, int64_t);
    struct su_sum think = {0};
    struct su_sum square = {0};
    double n_think = 0;
    struct su_arrival a;
    uint64_t n = 0;
    uint64_t newest = 0;
    while (newest < SESSIONS + 2000 && next_arrival(w, &a)) {
        newest = a.session > newest ? a.session : newest;
        su_workload_done(w, a.index, a.session, a.arrival_ps);
        if (a.session >= SESSIONS)
            continue;
        if (turns[a.session]++ > 0) {
            double think_s = (double)(a.arrival_ps - done_ps[a.session]) / 1e12;
            su_sum_add(&think, think_s);
            su_sum_add(&square, think_s * think_s);
            n_think++;
        }
        done_ps[a.session] = a.arrival_ps;
        n++;
    }
    uint32_t single = 0;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        assert_true(turns[i] >= 1);
        single += turns[i] == 1;
    }
    assert_near((double)n / SESSIONS, 4, 5 * sqrt(12) / 4 / sqrt(SESSIONS));
    assert_near((double)single / SESSIONS, 0.25, 5 * sqrt(3.0 / SESSIONS));
    double mean = su_sum_value(&think) / n_think;
    assert_near(mean, 20, 5 / sqrt(n_think));
    assert_near(su_sum_value(&square) / n_think / (mean * mean), 2, 0.1);
}

/* Prompt and answer of a session's turns. */
struct asked {
    uint32_t lengths[64][2];
};

/* What a turn asks does not depend on when it comes: answers that take a minute give the same
 * sessions as answers that take no time. */
static void slower_answers_leave_the_requests_as_they_are(void **state)
{
    struct su_arena *arena = *state;
    enum { N = 500 };
    struct asked *asked = SU_NEW_ARRAY(arena, 2 * N, struct asked);
    for (size_t run = 0; run < 2; run++) {
        struct su_workload_spec spec = chats(0);
        spec.duration_s = 3000;
        struct su_workload *w = open_ok(arena, &spec);
        uint32_t turns[N] = {0};
        struct su_arrival a;
        while (next_arrival(w, &a)) {
            if (a.session < N && turns[a.session] < 64) {
                uint32_t *l = asked[run * N + a.session].lengths[turns[a.session]++];
                l[0] = a.input_tokens;
                l[1] = a.output_tokens;
            }
            su_workload_done(w, a.index, a.session, a.arrival_ps + (run == 0 ? 0 : 60 * SECOND));
        }
    }
    int n_same = 0;
    for (size_t s = 0; s < N; s++) {
        for (size_t t = 0; t < 64; t++) {
            if (asked[s].lengths[t][0] == 0 || asked[N + s].lengths[t][0] == 0)
                break;
            assert_memory_equal(asked[s].lengths[t], asked[N + s].lengths[t],
                                sizeof(asked[s].lengths[t]));
            n_same++;
        }
    }
    assert_true(n_same > 3 * N);
}

/* Users that are answered after 1 s: never more than 8 in flight, and the next comes at once. */
static void a_closed_loop_keeps_its_users_and_no_more(void **state)
{
    static const double turns[] = {0, 3};
    for (size_t k = 0; k < 2; k++) {
        struct su_workload_spec spec = {.concurrency = 8,
                                        .n_requests = 1000,
                                        .input_dist = "const:10",
                                        .output_dist = "const:20",
                                        .turns_mean = turns[k],
                                        .seed = 3};
        struct su_workload *w = open_ok(*state, &spec);
        struct su_arrival flying[8];
        struct su_err err = {0};
        size_t n = 0;
        size_t first = 0;
        int64_t t_ps = 0;
        for (int i = 0; i < 1000;) {
            assert_ok(su_workload_peek(w, &t_ps, &err), err);
            if (t_ps == INT64_MAX) {
                assert_int_equal(n, 8);
                struct su_arrival *a = &flying[first++ % 8];
                su_workload_done(w, a->index, a->session, a->arrival_ps + SECOND);
                n--;
                continue;
            }
            assert_true(n < 8);
            struct su_arrival *a = &flying[(first + n++) % 8];
            su_workload_take(w, a);
            assert_int_equal(a->arrival_ps, i / 8 * SECOND);
            i++;
        }
        assert_ok(su_workload_peek(w, &t_ps, &err), err);
        assert_int_equal(t_ps, INT64_MAX);
    }
}

/* Slots of ended sessions are used again: a hundred times as many requests need no more than a
 * steady state of some dozen sessions. */
static void memory_is_that_of_the_sessions_in_flight(void **state)
{
    struct su_arena *arena = *state;
    struct su_workload_spec spec = chats(300000);
    struct su_workload *w = open_ok(arena, &spec);
    struct su_arrival a;
    size_t used = 0;
    while (next_arrival(w, &a)) {
        su_workload_done(w, a.index, a.session, a.arrival_ps);
        if (a.index == 3000)
            used = su_arena_used(arena);
    }
    assert_true(a.index == 299999);
    assert_true(su_arena_used(arena) < used + 65536);
}

static void one_turn_sessions_are_single_requests(void **state)
{
    struct su_workload_spec spec = chats(1000);
    spec.turns_mean = 1;
    struct su_workload *w = open_ok(*state, &spec);
    struct su_arrival a;
    for (uint64_t i = 0; next_arrival(w, &a); i++) {
        assert_true(a.session == i);
        su_workload_done(w, a.index, a.session, a.arrival_ps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_turn_carries_the_whole_history),
        ARENA_TEST(turns_are_geometric_and_think_times_exponential),
        ARENA_TEST(slower_answers_leave_the_requests_as_they_are),
        ARENA_TEST(a_closed_loop_keeps_its_users_and_no_more),
        ARENA_TEST(memory_is_that_of_the_sessions_in_flight),
        ARENA_TEST(one_turn_sessions_are_single_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
