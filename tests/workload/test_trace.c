#include <math.h>

#include "base/file.h"
#include "workload/trace_file.h"

#define MS INT64_C(1000000000)
#define SECOND (1000 * MS)

struct read {
    struct su_arrival rows[16];
    size_t n;
    struct su_workload_facts facts;
};

static struct read *read_text(struct su_arena *arena, struct su_workload_spec spec,
                              const char *text)
{
    struct read *r = SU_NEW(arena, struct read);
    struct trace_file f = write_text(text);
    struct su_err err = {0};
    spec.path = f.path;
    assert_ok(read_all(arena, &spec, r->rows, 16, &r->n, &r->facts, &err), err);
    remove(f.path);
    return r;
}

static void is_row(const struct su_arrival *a, int64_t t_ps, uint32_t input, uint32_t output)
{
    assert_int_equal(a->arrival_ps, t_ps);
    assert_int_equal(a->input_tokens, input);
    assert_int_equal(a->output_tokens, output);
}

static void azure_times_have_seven_digits_and_maybe_a_zone(void **state)
{
    struct read *r = read_text(*state, (struct su_workload_spec){0},
                               "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                               "2023-11-30 23:59:59.9799600,4808,10\r\n"
                               "2023-12-01 00:00:00.0319601,3180,8\r\n"
                               "2023-12-01 01:00:00.0319601+01:00,110,27\r\n");
    assert_string_equal(r->facts.format, "azure");
    assert_int_equal(r->n, 3);
    is_row(&r->rows[0], 0, 4808, 10);
    is_row(&r->rows[1], 52 * MS + 100000, 3180, 8);
    is_row(&r->rows[2], 52 * MS + 100000, 110, 27);
    assert_true(r->rows[0].session != r->rows[1].session);
}

static void mooncake_blocks_are_runs_of_512_and_the_last_one_partial(void **state)
{
    struct read *r = read_text(*state, (struct su_workload_spec){0},
                               "{\"timestamp\": 3000, \"input_length\": 1030, \"output_length\": "
                               "5, \"hash_ids\": [0, 1, 2]}\n"
                               "{\"timestamp\": 3000, \"input_length\": 1100, \"output_length\": "
                               "6, \"hash_ids\": [0, 1, 3]}\n"
                               "{\"timestamp\": 6000, \"input_length\": 1030, \"output_length\": "
                               "7, \"hash_ids\": [9, 1, 2]}\n");
    assert_string_equal(r->facts.format, "mooncake");
    assert_int_equal(r->facts.block_tokens, 512);
    is_row(&r->rows[2], 3 * SECOND, 1030, 7);
    assert_int_equal(r->rows[0].n_runs, 3);
    assert_int_equal(r->rows[0].runs[1].n_tokens, 512);
    assert_int_equal(r->rows[0].runs[2].n_tokens, 6);
    assert_true(r->rows[0].runs[0].id == r->rows[1].runs[0].id);
    assert_true(r->rows[0].runs[1].id == r->rows[1].runs[1].id);
    assert_true(r->rows[0].runs[2].id != r->rows[1].runs[2].id);
    /* The third begins otherwise: its later blocks are other prefixes. */
    assert_true(r->rows[0].runs[1].id != r->rows[2].runs[1].id);
    assert_true(r->rows[0].runs[2].id != r->rows[2].runs[2].id);
}

static void burstgpt_failures_are_counted_and_not_served(void **state)
{
    struct read *r =
        read_text(*state, (struct su_workload_spec){0},
                  "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
                  "5,GPT-4,472,18,490,Conversation log\n"
                  "45.5,GPT-4,1087,0,1087,Conversation log\n"
                  "118,GPT-4,417,276,693,\"API log, second\"\n");
    assert_string_equal(r->facts.format, "burstgpt");
    assert_int_equal(r->n, 2);
    assert_int_equal(r->facts.n_skipped, 1);
    is_row(&r->rows[1], 113 * SECOND, 417, 276);
    assert_int_equal(r->rows[1].index, 1);
}

static void burstgpt_v3_has_sessions(void **state)
{
    struct read *r = read_text(*state, (struct su_workload_spec){0},
                               "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response "
                               "tokens,Total tokens,Log Type\n"
                               "1.5,7,3.2,GPT-4,10,18,28,Conversation log\n"
                               "2.0,8,3.2,GPT-4,11,18,29,Conversation log\n"
                               "9.0,7,3.2,GPT-4,40,18,58,Conversation log\n"
                               "9.5,,3.2,GPT-4,40,18,58,API log\n");
    assert_int_equal(r->n, 4);
    assert_int_equal(r->rows[0].session, 7);
    assert_int_equal(r->rows[1].session, 8);
    assert_int_equal(r->rows[2].session, 7);
    assert_true(r->rows[3].session > UINT32_MAX);
}

static void bailian_chats_are_followed_to_their_root(void **state)
{
    struct read *r = read_text(
        *state, (struct su_workload_spec){0},
        "{\"chat_id\": 159, \"parent_chat_id\": -1, \"timestamp\": 61.114, \"input_length\": 33, "
        "\"output_length\": 20, \"type\": \"text\", \"turn\": 1, \"hash_ids\": [10, 11, 12]}\n"
        "{\"chat_id\": 160, \"parent_chat_id\": 159, \"timestamp\": 70, \"input_length\": 64, "
        "\"output_length\": 20, \"type\": \"text\", \"turn\": 2, \"hash_ids\": [10, 11, 13, 14]}\n"
        "{\"chat_id\": 161, \"parent_chat_id\": 160, \"timestamp\": 80, \"input_length\": 99, "
        "\"output_length\": 20, \"type\": \"text\", \"turn\": 3, \"hash_ids\": [10, 11]}\n"
        "{\"chat_id\": 162, \"parent_chat_id\": -1, \"timestamp\": 80, \"input_length\": 99, "
        "\"output_length\": 20, \"type\": \"text\", \"turn\": 1, \"hash_ids\": []}\n");
    assert_string_equal(r->facts.format, "bailian");
    assert_int_equal(r->facts.block_tokens, 16);
    is_row(&r->rows[1], 8886 * MS, 64, 20);
    for (int i = 0; i < 3; i++)
        assert_int_equal(r->rows[i].session, 159);
    assert_int_equal(r->rows[3].session, 162);
    assert_int_equal(r->rows[0].n_runs, 3);
    assert_int_equal(r->rows[0].runs[2].n_tokens, 1);
    assert_int_equal(r->rows[3].n_runs, 0);
}

static void llmservingsim_times_are_nanoseconds(void **state)
{
    struct read *r =
        read_text(*state, (struct su_workload_spec){0},
                  "{\"input_toks\":10,\"output_toks\":70,\"arrival_time_ns\":46926808,\"input_tok_"
                  "ids\":[1,2]}\n"
                  "{\"input_toks\":22,\"output_toks\":104,\"arrival_time_ns\":347938952}\n");
    assert_string_equal(r->facts.format, "llmservingsim");
    is_row(&r->rows[1], (INT64_C(347938952) - 46926808) * 1000, 22, 104);
}

static void vidur_times_are_rounded_to_picoseconds(void **state)
{
    struct read *r = read_text(*state, (struct su_workload_spec){0},
                               "arrived_at,num_prefill_tokens,num_decode_tokens\n"
                               "0.0,374,44\n"
                               "5.8926549999999995,91,16\n"
                               "1.2e1,91.0,16\n");
    assert_string_equal(r->facts.format, "vidur");
    is_row(&r->rows[1], INT64_C(5892655000000), 91, 16);
    is_row(&r->rows[2], 12 * SECOND, 91, 16);
}

static void our_columns_may_stand_anywhere_among_others(void **state)
{
    struct read *r = read_text(
        *state, (struct su_workload_spec){.prefix_block_tokens = 16},
        "\xef\xbb\xbfnote,output_tokens,session,arrival_s,priority,input_tokens,prefix_hash_ids\n"
        "x,5,alice,1.25,-3,40,4 5 6\n"
        "\"a, b\",6,alice,1.5,,30,\n");
    assert_string_equal(r->facts.format, "suanli");
    assert_int_equal(r->facts.block_tokens, 16);
    is_row(&r->rows[1], 250 * MS, 30, 6);
    assert_int_equal(r->rows[0].priority, -3);
    assert_int_equal(r->rows[1].priority, 0);
    assert_true(r->rows[0].session == r->rows[1].session);
    assert_int_equal(r->rows[0].n_runs, 3);
    assert_int_equal(r->rows[0].runs[2].n_tokens, 8);
    assert_int_equal(r->rows[1].n_runs, 0);
}

/* "Hello world!" 12 characters: 3.6, up to 4. Answer: 6 ideographs and an escaped one: 4.2, up to
 * 5. The third turn is not read; the second conversation has no answer. */
static const char *const conversations[2] = {
    "{\"id\": \"a\", \"conversations\": [{\"from\": \"human\", \"value\": \"Hello world!\"}, "
    "{\"from\": \"gpt\", \"value\": \"\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c\xe4\xbd\xa0"
    "\xe5\xa5\xbd\\u4f60\"}, {\"from\": \"human\", \"value\": \"more\"}]}",
    "{\"id\": \"b\", \"conversations\": [{\"from\": \"human\", \"value\": \"[}\\\"\"}]}",
};

static void sharegpt_text_is_counted_by_characters(void **state)
{
    struct su_arena *arena = *state;
    static const char *const forms[] = {"%s\n%s\n", "[%s,\n%s]\n", "[\n  %s ,\n  %s\n]"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        char text[1024];
        /* The forms are the literals above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), forms[i], conversations[0], conversations[1]);
#pragma GCC diagnostic pop
        struct read *r = read_text(arena, (struct su_workload_spec){.rate_req_s = 1}, text);
        assert_string_equal(r->facts.format, "sharegpt");
        assert_non_null(r->facts.estimate);
        assert_int_equal(r->n, 1);
        assert_int_equal(r->facts.n_skipped, 1);
        assert_int_equal(r->rows[0].input_tokens, 4);
        assert_int_equal(r->rows[0].output_tokens, 5);
    }
}

static void a_vllm_result_is_replayed_at_its_start_times(void **state)
{
    struct read *r =
        read_text(*state, (struct su_workload_spec){0},
                  "{\"date\": \"20250101\", \"num_prompts\": 3, \"request_rate\": 2.0, "
                  "\"total_input_tokens\": 60,\n"
                  "\"input_lens\": [10, 20, 30], \"output_lens\": [1, 0, 3],\n"
                  "\"itls\": [[0.1], [], [0.1, 0.2]], \"start_times\": [101.5, 100.25, 100.5]}\n");
    assert_string_equal(r->facts.format, "vllm");
    assert_int_equal(r->n, 2);
    assert_int_equal(r->facts.n_skipped, 1);
    is_row(&r->rows[0], 0, 30, 3);
    is_row(&r->rows[1], SECOND, 10, 1);
}

static void a_vllm_result_without_times_arrives_as_it_says(void **state)
{
    struct su_arena *arena = *state;
    struct read *r =
        read_text(arena, (struct su_workload_spec){.burstiness = INFINITY},
                  "{\"num_prompts\": 2, \"request_rate\": 4, \"total_input_tokens\": 3, "
                  "\"max_concurrency\": null, \"input_lens\": [1, 2], \"output_lens\": [1, 2]}");
    assert_int_equal(r->n, 2);
    assert_true(r->rows[1].arrival_ps > r->rows[0].arrival_ps);
    r = read_text(arena, (struct su_workload_spec){0},
                  "{\"num_prompts\": 2, \"request_rate\": \"inf\", \"total_input_tokens\": 3, "
                  "\"input_lens\": [1, 2], \"output_lens\": [1, 2]}");
    assert_int_equal(r->n, 2);
    is_row(&r->rows[1], 0, 2, 2);
    r = read_text(arena, (struct su_workload_spec){.rate_req_s = 0.5, .burstiness = INFINITY},
                  "{\"num_prompts\": 2, \"request_rate\": \"inf\", \"total_input_tokens\": 3, "
                  "\"input_lens\": [1, 2], \"output_lens\": [1, 2]}");
    is_row(&r->rows[1], 4 * SECOND, 2, 2);
}

static void lengths_alone_take_generated_arrivals(void **state)
{
    struct su_arena *arena = *state;
    struct read *r =
        read_text(arena, (struct su_workload_spec){.rate_req_s = 2, .burstiness = INFINITY},
                  "num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n3772,54,3826,69."
                  "8\n7,8,15,1\n");
    assert_int_equal(r->n, 2);
    is_row(&r->rows[0], 500 * MS, 3772, 54);
    is_row(&r->rows[1], SECOND, 7, 8);
    r = read_text(
        arena, (struct su_workload_spec){.concurrency = 1},
        "{\"prompt_len\": 3, \"output_len\": 4}\n{\"prompt_len\": 5, \"output_len\": 6}\n");
    assert_int_equal(r->n, 2);
    is_row(&r->rows[1], 0, 5, 6);
}

static void a_rate_scale_divides_gaps(void **state)
{
    struct read *r =
        read_text(*state, (struct su_workload_spec){.rate_scale = 2, .duration_s = 3},
                  "arrival_s,input_tokens,output_tokens\n10,1,1\n14,1,1\n16,1,1\n17,1,1\n");
    assert_int_equal(r->n, 3);
    assert_int_equal(r->rows[1].arrival_ps, 2 * SECOND);
    assert_int_equal(r->rows[2].arrival_ps, 3 * SECOND);
}

static void runs_of_a_request_outlive_the_next_peek(void **state)
{
    struct su_arena *arena = *state;
    struct trace_file f =
        write_text("{\"timestamp\":0,\"input_length\":5,\"output_length\":5,\"hash_ids\":[1]}\n"
                   "{\"timestamp\":0,\"input_length\":6,\"output_length\":5,\"hash_ids\":[2]}\n");
    struct su_workload_spec spec = {.path = f.path};
    struct su_workload *w = open_ok(arena, &spec);
    struct su_arrival a;
    struct su_err err = {0};
    int64_t t_ps = 0;
    assert_true(next_arrival(w, &a));
    struct su_prefix_run before = a.runs[0];
    assert_ok(su_workload_peek(w, &t_ps, &err), err);
    assert_true(a.runs[0].id == before.id && a.runs[0].n_tokens == before.n_tokens);
    su_workload_close(w);
    remove(f.path);
}

static void prefix_blocks_join_by_index(void **state)
{
    struct su_arena *arena = *state;
    struct trace_file t =
        write_text("arrival_s,input_tokens,output_tokens\n0,50,1\n1,16,1\n2,40,1\n");
    struct trace_file b = write_text("request_index,prefix_hash_ids\n0,7 8 9\n2,7 8\n");
    struct su_workload_spec spec = {
        .path = t.path, .prefix_blocks_path = b.path, .prefix_block_tokens = 16};
    struct su_arrival rows[4];
    struct su_workload_facts facts;
    struct su_err err = {0};
    size_t n = 0;
    assert_ok(read_all(arena, &spec, rows, 4, &n, &facts, &err), err);
    assert_int_equal(n, 3);
    assert_int_equal(facts.block_tokens, 16);
    assert_int_equal(rows[0].n_runs, 3);
    assert_int_equal(rows[1].n_runs, 0);
    assert_int_equal(rows[2].n_runs, 2);
    assert_true(rows[0].runs[1].id == rows[2].runs[1].id);
    remove(t.path);
    remove(b.path);
}

static void memory_does_not_grow_with_the_rows_of_a_trace(void **state)
{
    struct su_arena *arena = *state;
    struct trace_file f = write_text("");
    FILE *out = fopen(f.path, "w");
    assert_non_null(out);
    for (int i = 0; i < 20000; i++)
        fprintf(out,
                "{\"chat_id\": %d, \"parent_chat_id\": %d, \"timestamp\": %d, "
                "\"input_length\": 40, \"output_length\": 1, \"hash_ids\": [1, %d, 3]}\n",
                i, i - 7, i, i);
    fclose(out);
    struct su_workload_spec spec = {.path = f.path};
    struct su_workload *w = open_ok(arena, &spec);
    struct su_arrival a;
    size_t used = 0;
    while (next_arrival(w, &a)) {
        assert_true(a.session == a.index % 7);
        if (a.index == 10)
            used = su_arena_used(arena);
    }
    assert_true(a.index == 19999);
    assert_int_equal(su_arena_used(arena), used);
    su_workload_close(w);
    remove(f.path);
}

static void gzip_reads_as_plain(void **state)
{
    struct su_arena *arena = *state;
    struct trace_file f = write_gzip("arrival_s,input_tokens,output_tokens\n0,50,1\n1,16,2\n");
    struct su_workload_spec spec = {.path = f.path};
    struct su_arrival rows[4];
    struct su_workload_facts facts;
    struct su_err err = {0};
    size_t n = 0;
    assert_ok(read_all(arena, &spec, rows, 4, &n, &facts, &err), err);
    assert_int_equal(n, 2);
    is_row(&rows[1], SECOND, 16, 2);
    remove(f.path);
}

/* The first lines of the published traces, and what they say. */
static void published_samples_are_recognised(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *file;
        const char *format;
        size_t n;
        uint32_t input;
        uint32_t output;
    } samples[] = {
        {"AzureLLMInferenceTrace_code.csv", "azure", 200, 4808, 10},
        {"AzureLLMInferenceTrace_conv.csv", "azure", 200, 374, 44},
        {"mooncake_conversation_trace.jsonl", "mooncake", 200, 6758, 500},
        {"mooncake_synthetic_trace.jsonl", "mooncake", 200, 40160, 6},
        {"mooncake_toolagent_trace_first95.jsonl", "mooncake", 95, 6758, 500},
        {"llmservingsim_workload_me2_01_mixed.jsonl", "llmservingsim", 200, 27369, 1626},
        {"vidur_splitwise_code.csv", "vidur", 200, 4808, 10},
        {"vidur_splitwise_conv.csv", "vidur", 200, 374, 44},
        {"vidur_arxiv_summarization_lengths.csv", "vidur", 200, 3772, 54},
    };
    if (!su_file_is_dir(SU_SHARED_DATA "/traces/original")) {
        printf("no published samples here\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct su_workload_spec spec = {
            .path = su_fmt(arena, SU_SHARED_DATA "/traces/original/%s", samples[i].file)};
        if (strstr(samples[i].file, "lengths") != NULL)
            spec.rate_req_s = 1;
        struct su_arrival rows[1];
        struct su_workload_facts facts;
        struct su_err err = {0};
        size_t n = 0;
        assert_ok(read_all(arena, &spec, rows, 1, &n, &facts, &err), err);
        assert_string_equal(facts.format, samples[i].format);
        assert_int_equal(n, samples[i].n);
        assert_int_equal(rows[0].input_tokens, samples[i].input);
        assert_int_equal(rows[0].output_tokens, samples[i].output);
    }
}

/* The Azure sample and Vidur's copy of it are one trace in two formats. */
static void two_formats_of_one_trace_agree(void **state)
{
    struct su_arena *arena = *state;
    struct su_workload_spec azure = {.path = SU_SHARED_DATA
                                     "/traces/original/AzureLLMInferenceTrace_conv.csv"};
    struct su_workload_spec vidur = {.path = SU_SHARED_DATA
                                     "/traces/original/vidur_splitwise_conv.csv"};
    if (!su_file_exists(azure.path) || !su_file_exists(vidur.path)) {
        printf("no published samples here\n");
        skip();
    }
    struct su_workload *a = open_ok(arena, &azure);
    struct su_workload *v = open_ok(arena, &vidur);
    struct su_arrival x;
    struct su_arrival y;
    while (next_arrival(a, &x)) {
        assert_true(next_arrival(v, &y));
        is_row(&y, x.arrival_ps, x.input_tokens, x.output_tokens);
    }
    assert_false(next_arrival(v, &y));
    su_workload_close(a);
    su_workload_close(v);
}

static void the_measured_run_joins_its_prefix_blocks(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = SU_SHARED_DATA "/serving/visible/RTXPRO6000_Llama-3.1-8B";
    struct su_workload_spec spec = {.path = su_fmt(arena, "%s/requests.csv", dir),
                                    .prefix_blocks_path =
                                        su_fmt(arena, "%s/prefix_blocks.csv", dir),
                                    .prefix_block_tokens = 16};
    if (!su_file_exists(spec.path)) {
        printf("no measured run here\n");
        skip();
    }
    struct su_arrival *rows = SU_NEW_ARRAY(arena, 300, struct su_arrival);
    struct su_workload_facts facts;
    struct su_err err = {0};
    size_t n = 0;
    assert_ok(read_all(arena, &spec, rows, 300, &n, &facts, &err), err);
    assert_int_equal(n, 300);
    is_row(&rows[0], 0, 2358, 531);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].n_runs, rows[i].input_tokens / 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(azure_times_have_seven_digits_and_maybe_a_zone),
        ARENA_TEST(mooncake_blocks_are_runs_of_512_and_the_last_one_partial),
        ARENA_TEST(burstgpt_failures_are_counted_and_not_served),
        ARENA_TEST(burstgpt_v3_has_sessions),
        ARENA_TEST(bailian_chats_are_followed_to_their_root),
        ARENA_TEST(llmservingsim_times_are_nanoseconds),
        ARENA_TEST(vidur_times_are_rounded_to_picoseconds),
        ARENA_TEST(our_columns_may_stand_anywhere_among_others),
        ARENA_TEST(sharegpt_text_is_counted_by_characters),
        ARENA_TEST(a_vllm_result_is_replayed_at_its_start_times),
        ARENA_TEST(a_vllm_result_without_times_arrives_as_it_says),
        ARENA_TEST(lengths_alone_take_generated_arrivals),
        ARENA_TEST(a_rate_scale_divides_gaps),
        ARENA_TEST(runs_of_a_request_outlive_the_next_peek),
        ARENA_TEST(prefix_blocks_join_by_index),
        ARENA_TEST(memory_does_not_grow_with_the_rows_of_a_trace),
        ARENA_TEST(gzip_reads_as_plain),
        ARENA_TEST(published_samples_are_recognised),
        ARENA_TEST(two_formats_of_one_trace_agree),
        ARENA_TEST(the_measured_run_joins_its_prefix_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
