#include "base/str.h"
#include "workload/trace_file.h"

#define OURS "arrival_s,input_tokens,output_tokens\n"
#define MOON "{\"timestamp\":5,\"input_length\":600,\"output_length\":5,\"hash_ids\":[1,2]}\n"

/* Reads f with spec and removes it: it must fail with this status, line and words. */
static void fails_file(struct su_arena *arena, struct su_workload_spec spec, struct trace_file f,
                       enum su_status status, const char *line, const char *words)
{
    struct su_workload_facts facts;
    struct su_err err = {0};
    size_t n = 0;
    spec.path = f.path;
    enum su_status st = read_all(arena, &spec, NULL, 0, &n, &facts, &err);
    remove(f.path);
    if (st != status || strstr(err.message, words) == NULL)
        fail_msg("status %d: %s: %s; expected \"%s\"", st, err.where, err.message, words);
    if (line[0] == ':' && strcmp(err.where + strlen(f.path), line) != 0)
        fail_msg("%s: %s; expected %s", err.where, err.message, line);
    assert_null(strchr(err.message, '\n'));
}

static void fails(struct su_arena *arena, const char *text, const char *line, const char *words)
{
    fails_file(arena, (struct su_workload_spec){0}, write_text(text), SU_ERR_INPUT, line, words);
}

static void a_row_before_its_predecessor_is_refused_with_both_times(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, OURS "1,5,5\n3.5,5,5\n3.25,5,5\n", ":4",
          "arrives 2.250000000 s after the first request, the one before it 2.500000000 s");
    fails(arena, MOON "{\"timestamp\":4,\"input_length\":6,\"output_length\":5}\n", ":2",
          "arrives -0.001");
    fails(arena,
          "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 00:00:01,1,1\n"
          "2023-11-16 00:00:00.9999999,1,1\n",
          ":3", "order of time");
}

static void requests_of_no_or_too_many_tokens_are_refused(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, OURS "0,5,5\n1,0,5\n", ":3", "a prompt of 0 tokens, expected 1..100000000");
    fails(arena, OURS "0,5,0\n", ":2", "an answer of 0 tokens");
    fails(arena, OURS "0,5,-1\n", ":2", "an answer of -1 tokens");
    fails(arena, OURS "0,1000000000,1\n", ":2", "a prompt of 1000000000 tokens");
    fails(arena, OURS "0,99999999999999999999,1\n", ":2", "input_tokens is");
    fails(arena, "{\"input_toks\":1000000001,\"output_toks\":1,\"arrival_time_ns\":1}\n", ":1",
          "a prompt of 1000000001 tokens");
    fails(arena, "{\"input_toks\":0,\"output_toks\":1,\"arrival_time_ns\":1}\n", ":1",
          "a prompt of 0 tokens");
}

static void cells_that_are_no_numbers_are_refused(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, OURS "0,five,5\n", ":2", "input_tokens is \"five\"");
    fails(arena, OURS "0,5.5,5\n", ":2", "input_tokens is \"5.5\"");
    fails(arena, OURS "nan,5,5\n", ":2", "arrival_s is \"nan\"");
    fails(arena, OURS "-1,5,5\n", ":2", "arrival_s is \"-1\"");
    fails(arena, OURS "1e300,5,5\n", ":2", "arrival_s is \"1e300\"");
    fails(arena, OURS ",5,5\n", ":2", "arrival_s is \"\"");
    fails(arena, OURS "1.,5,5\n", ":2", "arrival_s is \"1.\"");
    static const char *const times[] = {
        "2023-13-16 00:00:01", "2023-11-31 00:00:01",  "2023-11-16 24:00:01",   "2023-11-16",
        "2023-11-16 00:60:00", "2023-11-16 00:00:00.", "2023-11-16 00:00:00+1", "00:00:01"};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        fails(arena, su_fmt(arena, "TIMESTAMP,ContextTokens,GeneratedTokens\n%s,1,1\n", times[i]),
              ":2", "TIMESTAMP is");
    fails(arena, "arrival_s,input_tokens,output_tokens,priority\n0,1,1,high\n", ":2",
          "priority is");
    fails(arena, "arrival_s,input_tokens,output_tokens,priority\n0,1,1,3000000000\n", ":2",
          "a priority of 3000000000");
}

static void two_formats_in_one_file_are_refused(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, OURS "0,5,5\n" MOON, ":3", "text follows its quote");
    fails(arena, OURS "0,5,5\n{}\n", ":3", "1 cells, expected 3");
    fails(arena, OURS "0,5,5\n1,5,5,7\n", ":3", "4 cells, expected 3");
    fails(arena, OURS "0,5,5\n" OURS, ":3", "arrival_s is \"arrival_s\"");
    fails(arena, MOON "1,5,5\n", ":2", "not valid JSON: expected an object");
    fails(arena, MOON "{\"input_toks\":5,\"output_toks\":5}\n", ":2", "has no \"input_length\"");
    fails(arena, MOON "{\"input_length\":5,\"output_length\":5}\n", ":2", "has no \"timestamp\"");
    fails(arena, "[" MOON "]\n" MOON, ":3", "text follows the array");
    fails(arena, "[" MOON "," MOON, ":2", "expected a comma or the end");
    fails(arena, "[" MOON ",]", ":2", "expected an object after the comma");
    fails(arena, "[" MOON ",{", ":2", "the file ends inside an object");
}

static void json_that_is_none_is_refused_with_its_line(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, MOON "{\"timestamp\":5,\"input_length\":6,\"output_length\":5\n", ":2",
          "not valid JSON");
    fails(arena, MOON MOON "{\"timestamp\":5,\"input_length\":6,\"output_length\":5}}\n", ":3",
          "text follows the value");
    fails(arena, MOON "{\"timestamp\":5,\"input_length\":\"6\",\"output_length\":5}\n", ":2",
          "input_length is no number");
    fails(arena, MOON "{\"timestamp\":-5,\"input_length\":6,\"output_length\":5}\n", ":2",
          "timestamp is \"-5\"");
    fails(arena, MOON "{\"timestamp\":5,\"input_length\":06,\"output_length\":5}\n", ":2",
          "a number is malformed");
    fails(arena, MOON "{\"timestamp\":5,\"input_length\":6,\"output_length\":5,\"x\":\"\xff\"}\n",
          ":2", "not UTF-8");
    fails(arena, "{", ":1", "the first key is \"\"");
    fails(arena, "{\"a\": 1}", ":1", "the first key is \"a\", expected the keys input_length");
    fails(arena, "{\"total_input_tokens\": 5, \"duration\": 1.5}", ":1", "with --save-detailed");
    fails(arena, "{\"input_lens\": [1], \"output_lens\": []}", ":1", "1, 0 and 0 items");
    fails(arena, "{\"input_lens\": [1], \"output_lens\": [\"1\"]}", ":1", "expected a number");
}

static void prefix_ids_must_fit_the_prompt(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, "{\"timestamp\":5,\"input_length\":512,\"output_length\":5,\"hash_ids\":[1,2]}\n",
          ":1", "2 prefix ids of 512 tokens, but the prompt has 512 tokens");
    fails(arena, "{\"timestamp\":5,\"input_length\":512,\"output_length\":5,\"hash_ids\":[-1]}\n",
          ":1", "hash_ids is \"-1\"");
    fails(arena, "arrival_s,input_tokens,output_tokens,prefix_hash_ids\n0,5,5,1;2\n", ":2",
          "prefix_hash_ids is \"1;2\"");
}

static void prefix_blocks_that_do_not_belong_are_refused(void **state)
{
    struct su_arena *arena = *state;
    static const char *const files[][2] = {
        {"request_index,prefix_hash_ids\n0,1\n2,1\n", "request_index 2, but the trace has 2"},
        {"request_index,prefix_hash_ids\n1,1\n0,1\n", "request_index 0 comes after 1"},
        {"request_index,prefix_hash_ids\n0,1 2 3\n", "3 prefix ids of 16 tokens, but"},
        {"request_index,prefix_hash_ids\n0\n", "expected an index"},
        {"index,ids\n0,1\n", "another header"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct trace_file b = write_text(files[i][0]);
        struct su_workload_spec spec = {.prefix_blocks_path = b.path, .prefix_block_tokens = 16};
        fails_file(arena, spec, write_text(OURS "0,40,5\n1,40,5\n"), SU_ERR_INPUT, "", files[i][1]);
        remove(b.path);
    }
    struct su_workload_spec spec = {.prefix_blocks_path = "none"};
    fails_file(arena, spec, write_text(OURS "0,40,5\n"), SU_ERR_INPUT, "", "tokens of a block");
    spec.prefix_block_tokens = 16;
    fails_file(arena, spec, write_text(MOON), SU_ERR_INPUT, "", "prefix ids of its own");
}

static void files_without_requests_are_refused(void **state)
{
    struct su_arena *arena = *state;
    fails(arena, "", "", "is empty");
    fails(arena, "\xef\xbb\xbf", "", "is empty");
    fails(arena, "\n", ":1", "the first line is");
    fails(arena, OURS, ":1", "no requests were found, 0 were skipped");
    fails(arena, "Timestamp,Model,Request tokens,Response tokens\n1,a,5,0\n", ":2",
          "no requests were found, 1 were skipped");
    fails(arena, "a,b,c\n1,2,3\n", ":1", "the first line is \"a,b,c\"");
    fails(arena, "[]", ":1", "the first key is \"\"");
    fails(arena, OURS "0,\"5,5\n", ":2", "not closed");
    fails_file(arena, (struct su_workload_spec){0}, write_bytes(OURS "0,5\0,5\n", 44), SU_ERR_INPUT,
               ":2", "NUL byte");
    struct su_workload_spec spec = {.path = "/no/such/file"};
    struct su_workload *w = NULL;
    struct su_err err = {0};
    assert_int_equal(su_workload_open(arena, &spec, &w, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "cannot be opened"));
    spec.path = "/";
    assert_int_equal(su_workload_open(arena, &spec, &w, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "is a directory"));
}

/* Random enough that gzip keeps most of it: cut anywhere, it must be noticed. */
static void a_gzip_file_that_is_cut_or_damaged_is_refused(void **state)
{
    struct su_arena *arena = *state;
    char *text = su_arena_alloc(arena, 200000);
    size_t n = (size_t)sprintf(text, OURS);
    for (unsigned i = 0; i < 5000; i++)
        n += (size_t)sprintf(text + n, "%u,%u,%u\n", i, i * 2654435761u % 9973 + 1,
                             i * 40503u % 997 + 1);
    struct trace_file whole = write_gzip(text);
    static char bytes[200000];
    FILE *f = fopen(whole.path, "rb");
    assert_non_null(f);
    size_t size = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    remove(whole.path);
    assert_true(size > 10000);
    for (size_t cut = 30; cut < size; cut += size / 7)
        fails_file(arena, (struct su_workload_spec){0}, write_bytes(bytes, cut), SU_ERR_INPUT, "",
                   "the gzip stream is cut off");
    fails_file(arena, (struct su_workload_spec){0}, write_bytes(bytes, size - 1), SU_ERR_INPUT, "",
               "the gzip stream is cut off");
    for (size_t i = 0; i < 64; i++)
        bytes[size / 2 + i] = (char)(bytes[size / 2 + i] ^ 0x55);
    fails_file(arena, (struct su_workload_spec){0}, write_bytes(bytes, size), SU_ERR_INPUT, "", "");
}

static void a_line_beyond_the_limit_is_refused(void **state)
{
    struct su_arena *arena = *state;
    size_t n = 9 * 1024 * 1024;
    char *text = su_arena_alloc(arena, n + 64);
    memset(text, ' ', n);
    memcpy(text, OURS, strlen(OURS));
    fails_file(arena, (struct su_workload_spec){0}, write_bytes(text, n), SU_ERR_LIMIT, ":2",
               "longer than 8388608 bytes");
    text[0] = '[';
    memcpy(text + 1, MOON, strlen(MOON) - 1);
    text[strlen(MOON)] = ',';
    memcpy(text + strlen(MOON) + 1, "{\"", 2);
    fails_file(arena, (struct su_workload_spec){0}, write_bytes(text, n), SU_ERR_LIMIT, ":1",
               "longer than 8388608 bytes");
}

static void arrivals_must_come_from_one_place(void **state)
{
    struct su_arena *arena = *state;
    fails_file(arena, (struct su_workload_spec){.rate_req_s = 1}, write_text(OURS "0,5,5\n"),
               SU_ERR_INPUT, "", "has arrival times of its own");
    fails_file(arena, (struct su_workload_spec){0}, write_text("input_tokens,output_tokens\n5,5\n"),
               SU_ERR_INPUT, "", "either a rate or a concurrency above 0, found neither");
    fails_file(arena, (struct su_workload_spec){.rate_req_s = 1, .rate_scale = 2},
               write_text("input_tokens,output_tokens\n5,5\n"), SU_ERR_INPUT, "",
               "no arrival times to scale");
    fails_file(arena, (struct su_workload_spec){.rate_req_s = 1, .turns_mean = 2},
               write_text("input_tokens,output_tokens\n5,5\n"), SU_ERR_INPUT, "",
               "sessions and system prompts are for generated lengths");
    fails_file(arena, (struct su_workload_spec){0}, write_text(OURS "0,5,5\n9300000,5,5\n"),
               SU_ERR_LIMIT, ":3", "9200000 s can be reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_row_before_its_predecessor_is_refused_with_both_times),
        ARENA_TEST(requests_of_no_or_too_many_tokens_are_refused),
        ARENA_TEST(cells_that_are_no_numbers_are_refused),
        ARENA_TEST(two_formats_in_one_file_are_refused),
        ARENA_TEST(json_that_is_none_is_refused_with_its_line),
        ARENA_TEST(prefix_ids_must_fit_the_prompt),
        ARENA_TEST(prefix_blocks_that_do_not_belong_are_refused),
        ARENA_TEST(files_without_requests_are_refused),
        ARENA_TEST(a_gzip_file_that_is_cut_or_damaged_is_refused),
        ARENA_TEST(a_line_beyond_the_limit_is_refused),
        ARENA_TEST(arrivals_must_come_from_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
