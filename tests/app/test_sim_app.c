/* `sim` as its callers see it: the JSON contract of docs/api/sim.md, the verdict, the files, the
 * search. The simulator's own rules are tested in tests/serve. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/sim.h"
#include "app_fixture.h"
#include "base/csv.h"
#include "base/file.h"

#define REQUESTS_PATH SU_BINARY_DIR "/test_sim_requests.csv"
#define SERIES_PATH SU_BINARY_DIR "/test_sim_series.csv"
#define TIMELINE_PATH SU_BINARY_DIR "/test_sim_timeline.json"

#define H20 "model", "qwen3-8b", "chip", "h20_sxm_96g"

static const struct su_doc *sim(struct su_arena *arena, const struct su_request *r,
                                struct su_answer *answer)
{
    return run_verb(arena, su_app_sim, r, SU_LANG_EN, answer);
}

static const char *state_of(const struct su_doc *doc)
{
    return str_of(need(doc, "verdict", SU_DOC_OBJ), "state");
}

static const char latency_keys[] = "mean:r p50:r p90:r p95:r p99:r max:r";

static void keys_of_the_contract_are_there(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "2", "count",
                                  "2", "num-requests", "200");
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *doc = run_verb(arena, su_app_sim, &r, (enum su_lang)lang, &answer);
        assert_true(answer.feasible);
        need_all(doc,
                 "model:s chip:s as_of:s feasible:b cards:i replicas:i verdict:o requests:i "
                 "completed:i rejected:i input_tokens:i output_tokens:i makespan_s:r "
                 "request_rate_s:r output_tok_s:r total_tok_s:r goodput_req_s:r attainment_frac:r "
                 "preemptions:i prefix_hit_frac:r ttft_ms:o tpot_ms:o itl_ms:o e2e_ms:o queue_ms:o "
                 "slo:a utilization_frac:r kv_used_frac:o running:o waiting:o energy_j:r cost:o "
                 "cost_per_mtok_output:o channel:s engine:o simulator:o workload:o interrupted:b "
                 "memory:o basis:s approximations:a assumptions:a");
        static const char *const latencies[] = {"ttft_ms", "tpot_ms", "itl_ms", "e2e_ms",
                                                "queue_ms"};
        for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++)
            need_all(su_doc_get(doc, latencies[i]), latency_keys);
        need_all(su_doc_get(doc, "kv_used_frac"), "mean:r peak:r");
        need_all(su_doc_get(doc, "running"), "mean:r max:r");
        need_all(su_doc_get(doc, "engine"), "name:s version_from:s async:b prefix_caching:b");
        assert_string_equal(state_of(doc), "stable");
        assert_int_equal(int_of(doc, "replicas"), 2);
        assert_int_equal(int_of(doc, "completed"), 200);
        assert_int_equal(int_of(doc, "input_tokens"), 200 * 2000);
        assert_int_equal(int_of(doc, "output_tokens"), 200 * 300);
        assert_near(real_of(doc, "output_tok_s") * real_of(doc, "makespan_s"), 60000, 1e-6);
        assert_non_null(answer.table);
    }
}

static void every_omitted_flag_is_an_assumption(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl", "200", "osl", "30", "rate", "2", "count", "2");
    static const char *const names[] = {"engine_version",
                                        "scheduling_policy",
                                        "long_prefill_token_threshold",
                                        "enable_prefix_caching",
                                        "router",
                                        "isl_cv",
                                        "osl_cv",
                                        "burstiness",
                                        "num_requests",
                                        "seed",
                                        "slo"};
    static const char *const values[] = {"0.14", "fcfs", "0",  "false", "round-robin", "0.1",
                                         "0.1",  "0.5",  "10", "3",     "ttft_p99=1s"};
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (assumption(doc, names[i]) == NULL)
            fail_msg("%s was left out and is no assumption", names[i]);
        set(arena, &r, names[i], values[i]);
    }
    doc = sim(arena, &r, &answer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_null(assumption(doc, names[i]));
}

/* One user at a time: every request is the same, and the run is their sum. */
static void a_lone_user_sees_the_same_each_time(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, H20, "isl", "2000", "osl", "300", "concurrency", "1", "num-requests", "20");
    struct su_answer answer;
    set(arena, &r, "enable-prefix-caching", "false");
    const struct su_doc *doc = sim(arena, &r, &answer);
    const struct su_doc *e2e = su_doc_get(doc, "e2e_ms");
    assert_near(real_of(e2e, "max"), real_of(e2e, "mean"), 1e-9);
    assert_near(real_of(doc, "makespan_s"), 20 * real_of(e2e, "mean") / 1e3, 1e-9);
    assert_near(real_of(e2e, "mean"),
                real_of(su_doc_get(doc, "ttft_ms"), "mean") +
                    299 * real_of(su_doc_get(doc, "tpot_ms"), "mean"),
                1e-6);
    assert_near(real_of(su_doc_get(doc, "running"), "max"), 1, 0);
}

static void goodput_counts_requests_within_the_levels(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "1.5",
                                  "num-requests", "300", "slo", "ttft_p99=1h");
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    assert_near(real_of(doc, "attainment_frac"), 1, 0);
    assert_near(real_of(doc, "goodput_req_s"), real_of(doc, "request_rate_s"), 1e-12);
    /* Half of them are within the median. */
    double median_ms = real_of(su_doc_get(doc, "ttft_ms"), "p50");
    set(arena, &r, "slo", su_fmt(arena, "ttft_p99=%.9gms", median_ms * 1.001));
    doc = sim(arena, &r, &answer);
    assert_in_range((uintmax_t)(real_of(doc, "attainment_frac") * 1000), 500, 520);
    set(arena, &r, "slo", "e2e_p99=1us");
    doc = sim(arena, &r, &answer);
    assert_near(real_of(doc, "attainment_frac"), 0, 0);
    assert_false(need(su_doc_get(doc, "slo")->u.arr.items[0], "met", SU_DOC_BOOL)->u.boolean);
}

static void requests_larger_than_the_cache_are_rejected_and_counted(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl-dist", "uniform:low=100,high=4000", "osl", "100",
                                  "rate", "1", "num-requests", "400", "num-gpu-blocks", "200");
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    /* 200 blocks of 16 hold 3200 tokens: prompts above 3101 never fit, 23 % of them. */
    assert_in_range((uintmax_t)int_of(doc, "rejected"), 60, 130);
    assert_int_equal(int_of(doc, "completed") + int_of(doc, "rejected"), int_of(doc, "requests"));
}

/* Twice what it can serve: the queue grows by what is not served. */
static void overload_is_unstable_and_says_how_fast_the_queue_grows(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "8", "num-requests", "3000");
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    assert_string_equal(state_of(doc), "unstable");
    const struct su_doc *verdict = su_doc_get(doc, "verdict");
    double offered = real_of(verdict, "offered_req_s");
    assert_near(offered, 8, 0.1);
    assert_near(real_of(verdict, "growth_req_s"), offered - real_of(doc, "request_rate_s"), 0.15);
}

static struct su_request_record record(int64_t arrival_s, int64_t seat_s, int64_t done_s)
{
    int64_t s = 1000000000000;
    return (struct su_request_record){.arrival_ps = arrival_s * s,
                                      .scheduled_ps = seat_s * s,
                                      .first_ps = seat_s * s,
                                      .done_ps = done_s * s};
}

/* One request a second for 1000 s. */
static void a_verdict_follows_from_the_queue_at_half_time_and_at_the_end(void **state)
{
    struct su_arena *arena = *state;
    struct su_serve_result result = {.n_arrived = 1000, .n_done = 1000};
    static const enum su_sim_state expected[] = {SU_SIM_STABLE, SU_SIM_UNSTABLE, SU_SIM_UNSETTLED,
                                                 SU_SIM_UNSETTLED};
    for (int kind = 0; kind < 4; kind++) {
        struct su_sim_trend *trend = SU_NEW(arena, struct su_sim_trend);
        for (int64_t i = 0; i < 1000; i++) {
            /* Served at once; seated every 1.25 s; seated at once and never done while others come;
             * all at once. */
            struct su_request_record r = kind == 0   ? record(i, i, i + 5)
                                         : kind == 1 ? record(i, i + i / 4, i + i / 4 + 5)
                                         : kind == 2 ? record(i, i, 2000 + i)
                                                     : record(0, i, i + 1);
            su_sim_trend_add(trend, &r);
        }
        struct su_sim_verdict v = su_sim_verdict_of(&result, trend, false);
        if (v.state != expected[kind])
            fail_msg("kind %d is %s", kind, su_sim_state_name(v.state));
        /* Every 1.25 s one of 1.25 that came: a fifth of them stays. */
        if (kind == 1)
            assert_near(v.growth_req_s, 0.2, 0.02);
        assert_int_equal(su_sim_verdict_of(&result, trend, true).state, SU_SIM_STABLE);
    }
}

/* ---- files ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct su_csv read_csv(struct su_arena *arena, const char *path)
{
    struct su_err err = {0};
    struct su_str text;
    struct su_csv csv;
    assert_ok(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, &err), err);
    assert_ok(su_csv_parse(arena, text, path, &csv, &err), err);
    return csv;
}

static double cell(const struct su_csv *csv, size_t row, const char *column)
{
    struct su_err err = {0};
    size_t c = 0;
    double v = 0;
    assert_ok(su_csv_col(csv, column, &c, &err), err);
    assert_true(su_str_to_double(su_str_c(csv->rows[row].cells[c]), &v));
    return v;
}

/* The percentiles again, from the rows: nearest rank, within the histogram's 0.05 %. */
static void rows_of_requests_give_the_same_percentiles(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, H20, "isl", "2000", "isl-cv", "0.6", "osl", "300", "osl-cv", "0.6", "rate",
                "1.5", "num-requests", "500", "per-request", REQUESTS_PATH);
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    struct su_csv csv = read_csv(arena, REQUESTS_PATH);
    assert_int_equal(csv.n_rows, 500);
    static const struct {
        const char *column;
        const char *key;
    } pairs[] = {{"ttft_s", "ttft_ms"}, {"tpot_s", "tpot_ms"}, {"e2e_s", "e2e_ms"}};
    double tokens = 0;
    for (size_t p = 0; p < 3; p++) {
        double *v = SU_NEW_ARRAY(arena, csv.n_rows, double);
        for (size_t i = 0; i < csv.n_rows; i++) {
            v[i] = cell(&csv, i, pairs[p].column);
            if (p == 0)
                tokens += cell(&csv, i, "output_tokens");
        }
        qsort(v, csv.n_rows, sizeof(*v), by_value);
        const struct su_doc *latency = su_doc_get(doc, pairs[p].key);
        assert_near(real_of(latency, "p50"), v[249] * 1e3, 0.0006);
        assert_near(real_of(latency, "p90"), v[449] * 1e3, 0.0006);
        assert_near(real_of(latency, "p99"), v[494] * 1e3, 0.0006);
        assert_near(real_of(latency, "max"), v[499] * 1e3, 1e-9);
    }
    assert_near(tokens, (double)int_of(doc, "output_tokens"), 0);
}

/* Tokens by time are all tokens, with jumps and with speculative steps. */
static void rows_by_time_hold_every_token(void **state)
{
    struct su_arena *arena = *state;
    for (int drafts = 0; drafts < 2; drafts++) {
        struct su_request r =
            REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "1", "num-requests", "100",
                    "time-series", SERIES_PATH, "tick", "700ms");
        if (drafts > 0) {
            set(arena, &r, "num-speculative-tokens", "2");
            set(arena, &r, "acceptance-rate", "0.7");
        }
        struct su_answer answer;
        const struct su_doc *doc = sim(arena, &r, &answer);
        struct su_csv csv = read_csv(arena, SERIES_PATH);
        double prompt = 0;
        double answers = 0;
        for (size_t i = 0; i < csv.n_rows; i++) {
            assert_near(cell(&csv, i, "t_s"), (double)i * 0.7, 1e-12);
            prompt += cell(&csv, i, "prompt_tok_s") * 0.7;
            answers += cell(&csv, i, "gen_tok_s") * 0.7;
            assert_true(cell(&csv, i, "kv_frac") <= 1);
        }
        assert_near(prompt, (double)int_of(doc, "input_tokens"), 1e-6);
        assert_near(answers, (double)int_of(doc, "output_tokens"), 1e-6);
    }
}

static void the_timeline_is_one_json_document_of_steps_that_do_not_overlap(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "2", "count",
                                  "2", "num-requests", "50", "timeline", TIMELINE_PATH);
    struct su_answer answer;
    struct su_err err = {0};
    struct su_doc *doc = NULL;
    (void)sim(arena, &r, &answer);
    assert_ok(su_doc_read(arena, TIMELINE_PATH, &doc, &err), err);
    const struct su_doc *events = need(doc, "traceEvents", SU_DOC_ARR);
    double end_us[2] = {0, 0};
    int64_t decoded = 0;
    for (size_t i = 0; i < events->u.arr.n; i++) {
        const struct su_doc *e = events->u.arr.items[i];
        int64_t pid = int_of(e, "pid");
        assert_in_range(pid, 0, 1);
        if (strcmp(str_of(e, "ph"), "X") != 0)
            continue;
        const struct su_doc *ts = su_doc_get(e, "ts");
        const struct su_doc *dur = su_doc_get(e, "dur");
        double start = ts->kind == SU_DOC_INT ? (double)ts->u.integer : ts->u.real;
        assert_true(start >= end_us[pid] - 1e-6);
        end_us[pid] = start + (dur->kind == SU_DOC_INT ? (double)dur->u.integer : dur->u.real);
        const struct su_doc *args = su_doc_get(e, "args");
        decoded += int_of(args, "steps") * int_of(args, "decoding");
    }
    assert_int_equal(decoded, 50 * 299);
}

/* ---- the search ---- */

static const char *json(struct su_arena *arena, const struct su_doc *doc)
{
    struct su_buf out;
    su_buf_init(&out);
    su_doc_write_json(&out, doc);
    char *text = su_str_dup(arena, (struct su_str){out.p, out.n});
    su_buf_release(&out);
    return text;
}

static void a_rate_is_found_and_threads_do_not_matter(void **state)
{
    struct su_arena *arena = *state;
    const char *first = NULL;
    static const char *const threads[] = {"1", "2", "5"};
    for (size_t i = 0; i < 3; i++) {
        struct su_request r =
            REQUEST(arena, H20, "isl", "2000", "osl", "300", "num-requests", "200", "find", "rate",
                    "slo", "ttft_p99=2s,tpot_p99=50ms", "threads", threads[i]);
        struct su_answer answer;
        const struct su_doc *doc = sim(arena, &r, &answer);
        const char *text = json(arena, doc);
        if (first != NULL)
            assert_string_equal(text, first);
        first = text;
        const struct su_doc *find = need(doc, "find", SU_DOC_OBJ);
        double best = real_of(find, "rate_req_s");
        const struct su_doc *next = need(find, "next", SU_DOC_OBJ);
        assert_true(real_of(next, "rate_req_s") > best);
        assert_true(real_of(next, "rate_req_s") <= best * 1.0101);
        assert_false(need(next, "met", SU_DOC_BOOL)->u.boolean);
        assert_true(real_of(su_doc_get(doc, "ttft_ms"), "p99") <= 2000);
        assert_true(real_of(su_doc_get(doc, "tpot_ms"), "p99") <= 50);
        /* The same command at that rate is the same run. */
        struct su_request again =
            REQUEST(arena, H20, "isl", "2000", "osl", "300", "num-requests", "200", "rate",
                    su_fmt(arena, "%.17g", best), "slo", "ttft_p99=2s,tpot_p99=50ms");
        const struct su_doc *one = sim(arena, &again, &answer);
        assert_string_equal(json(arena, su_doc_get(one, "ttft_ms")),
                            json(arena, su_doc_get(doc, "ttft_ms")));
    }
}

static void the_fewest_replicas_are_found(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, H20, "isl", "2000", "osl", "300", "rate", "12", "num-requests", "1000",
                "find", "replicas", "slo", "ttft_p99=2s,tpot_p99=50ms");
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    int64_t best = int_of(su_doc_get(doc, "find"), "replicas");
    assert_int_equal(int_of(doc, "replicas"), best);
    assert_int_equal(int_of(doc, "cards"), best);
    assert_int_equal(int_of(su_doc_get(su_doc_get(doc, "find"), "next"), "replicas"), best - 1);
    assert_in_range(best, 3, 8);
}

static void what_nothing_meets_is_infeasible(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, H20, "isl", "2000", "osl", "300", "num-requests", "20",
                                  "find", "rate", "slo", "ttft_p99=1ms");
    struct su_answer answer;
    const struct su_doc *doc = sim(arena, &r, &answer);
    assert_false(answer.feasible);
    assert_non_null(answer.why);
    assert_null(su_doc_get(doc, "ttft_ms"));
    need(su_doc_get(doc, "find"), "checked", SU_DOC_ARR);
}

/* ---- interruption ---- */

static bool stop_at_third(void *ctx, const struct su_progress *progress)
{
    int *calls = ctx;
    assert_true(progress->done_frac <= 1);
    return ++*calls < 3;
}

static void an_interrupted_run_answers_with_what_is_known(void **state)
{
    struct su_arena *arena = *state;
    for (int find = 0; find < 2; find++) {
        struct su_request r =
            REQUEST(arena, H20, "isl", "2000", "osl", "300", "num-requests", "200000");
        if (find) {
            set(arena, &r, "find", "rate");
            set(arena, &r, "slo", "ttft_p99=2s");
        } else {
            set(arena, &r, "rate", "1");
        }
        int calls = 0;
        struct su_view view = {.width = 100, .going_on = stop_at_third, .going_on_ctx = &calls};
        struct su_answer answer = {0};
        struct su_err err = {0};
        su_buf_init(&answer.text);
        assert_ok(su_app_sim(arena, &r, &view, &answer, &err), err);
        assert_non_null(strstr(answer.text.p, "nterrupted"));
        su_buf_release(&answer.text);
        assert_true(answer.feasible);
        assert_true(need(answer.doc, "interrupted", SU_DOC_BOOL)->u.boolean);
        if (!find)
            assert_in_range(int_of(answer.doc, "completed"), 1, 199999);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(keys_of_the_contract_are_there),
        ARENA_TEST(every_omitted_flag_is_an_assumption),
        ARENA_TEST(a_lone_user_sees_the_same_each_time),
        ARENA_TEST(goodput_counts_requests_within_the_levels),
        ARENA_TEST(requests_larger_than_the_cache_are_rejected_and_counted),
        ARENA_TEST(overload_is_unstable_and_says_how_fast_the_queue_grows),
        ARENA_TEST(a_verdict_follows_from_the_queue_at_half_time_and_at_the_end),
        ARENA_TEST(rows_of_requests_give_the_same_percentiles),
        ARENA_TEST(rows_by_time_hold_every_token),
        ARENA_TEST(the_timeline_is_one_json_document_of_steps_that_do_not_overlap),
        ARENA_TEST(a_rate_is_found_and_threads_do_not_matter),
        ARENA_TEST(the_fewest_replicas_are_found),
        ARENA_TEST(what_nothing_meets_is_infeasible),
        ARENA_TEST(an_interrupted_run_answers_with_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
