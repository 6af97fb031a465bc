#define _GNU_SOURCE
#include "su_test_arena.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"

static struct su_child_result run(struct su_arena *arena, const char *script, struct su_str input,
                                  double seconds)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct su_child child = {argv, input, seconds, 1 << 24};
    struct su_child_result result;
    struct su_err err = {0};
    assert_ok(su_child_run(arena, &child, &result, &err), err);
    return result;
}

static void a_child_gives_back_a_megabyte_that_it_was_fed(void **state)
{
    /* far more than a pipe holds: writing and reading must take turns */
    struct su_arena *arena = *state;
    size_t n = 1 << 20;
    char *text = su_arena_alloc(arena, n);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 26);
    struct su_child_result r = run(arena, "cat", (struct su_str){text, n}, 20);
    assert_int_equal(r.exit_code, 0);
    assert_int_equal(r.output.n, n);
    assert_memory_equal(r.output.p, text, n);
}

static void exit_code_and_first_line_of_stderr_are_kept(void **state)
{
    struct su_child_result r =
        run(*state, "echo out; echo one >&2; echo two >&2; exit 7", su_str_c(""), 20);
    assert_int_equal(r.exit_code, 7);
    assert_true(su_str_eq_c(r.output, "out\n"));
    assert_true(su_str_eq_c(r.complaint, "one"));
}

static void a_child_that_does_not_read_its_input_is_no_broken_pipe(void **state)
{
    struct su_arena *arena = *state;
    size_t n = 1 << 22;
    char *text = su_arena_alloc(arena, n);
    struct su_child_result r = run(arena, "exec 0<&-; exit 3", (struct su_str){text, n}, 20);
    assert_int_equal(r.exit_code, 3);
}

static void a_child_that_a_signal_ends_says_which(void **state)
{
    struct su_child_result r = run(*state, "kill -ABRT $$", su_str_c(""), 20);
    assert_int_equal(r.exit_code, -1);
    assert_int_equal(r.signal, SIGABRT);
}

static void a_child_is_killed_at_its_time_limit(void **state)
{
    struct su_child_result r = run(*state, "exec tail -f /dev/null", su_str_c(""), 0.05);
    assert_true(r.timed_out);
    assert_int_equal(r.signal, SIGKILL);
}

static void too_much_output_is_refused(void **state)
{
    const char *const argv[] = {"sh", "-c", "while :; do echo y; done", NULL};
    struct su_child child = {argv, su_str_c(""), 20, 1000};
    struct su_child_result result;
    struct su_err err = {0};
    assert_int_equal(su_child_run(*state, &child, &result, &err), SU_ERR_LIMIT);
    assert_int_equal(result.output.n, 1000);
}

static void a_missing_program_is_named(void **state)
{
    const char *const argv[] = {"suanli-no-such-helper", NULL};
    struct su_child child = {argv, su_str_c(""), 20, 1000};
    struct su_child_result result;
    struct su_err err = {0};
    assert_int_equal(su_child_run(*state, &child, &result, &err), SU_ERR_IO);
    assert_string_equal(err.where, "suanli-no-such-helper");
}

static void a_helper_is_taken_from_the_environment_then_from_beside_us_then_from_path(void **state)
{
    setenv("SU_TEST_HELPER", "/some/where", 1);
    assert_string_equal(su_child_find(*state, "test_base_child", "SU_TEST_HELPER"), "/some/where");
    unsetenv("SU_TEST_HELPER");
    const char *own = su_child_find(*state, "test_base_child", "SU_TEST_HELPER");
    assert_non_null(strstr(own, "/test_base_child"));
    assert_string_equal(su_child_find(*state, "no-such", "SU_TEST_HELPER"), "no-such");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_child_gives_back_a_megabyte_that_it_was_fed),
        ARENA_TEST(exit_code_and_first_line_of_stderr_are_kept),
        ARENA_TEST(a_child_that_does_not_read_its_input_is_no_broken_pipe),
        ARENA_TEST(a_child_that_a_signal_ends_says_which),
        ARENA_TEST(a_child_is_killed_at_its_time_limit),
        ARENA_TEST(too_much_output_is_refused),
        ARENA_TEST(a_missing_program_is_named),
        ARENA_TEST(a_helper_is_taken_from_the_environment_then_from_beside_us_then_from_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
