/* Files written row by row: exact decimals, and failures that are reported once, at the end. */
#include <string.h>

#include "su_test_arena.h"

#include "base/file.h"
#include "base/writer.h"

#define PATH SU_BINARY_DIR "/test_writer.txt"

static const char *written(struct su_arena *arena)
{
    struct su_str text;
    struct su_err err = {0};
    assert_ok(su_file_read(arena, PATH, SU_FILE_BYTES_MAX, &text, &err), err);
    return text.p;
}

static void fixed_point_numbers_have_all_their_digits_and_no_trailing_zeros(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    static const struct {
        int64_t value;
        unsigned digits;
        const char *text;
    } rows[] = {{0, 12, "0"},
                {1500000000000, 12, "1.5"},
                {1, 12, "0.000000000001"},
                {1000000000000, 12, "1"},
                {120, 0, "120"},
                {-2500, 3, "-2.5"},
                {-1, 1, "-0.1"},
                {10, 1, "1"},
                {INT64_MAX, 12, "9223372.036854775807"},
                {INT64_MIN, 0, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_writer w;
        assert_ok(su_writer_open(&w, arena, PATH, &err), err);
        su_writer_fixed(&w, rows[i].value, rows[i].digits);
        assert_ok(su_writer_close(&w, &err), err);
        assert_string_equal(written(arena), rows[i].text);
    }
}

static void text_comes_out_as_it_went_in(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_writer w;
    assert_ok(su_writer_open(&w, arena, PATH, &err), err);
    su_writer_printf(&w, "%s,%d", "a", 1);
    su_writer_add(&w, "\r\n", 2);
    assert_false(su_writer_failed(&w));
    assert_ok(su_writer_close(&w, &err), err);
    assert_ok(su_writer_close(&w, &err), err); /* twice is nothing */
    assert_string_equal(written(arena), "a,1\r\n");
}

static void a_path_that_cannot_be_made_is_the_users_mistake(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_writer w;
    assert_int_equal(su_writer_open(&w, arena, SU_BINARY_DIR "/no/such/dir/x", &err), SU_ERR_INPUT);
    assert_int_equal(su_writer_open(&w, arena, SU_BINARY_DIR, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "directory"));
    struct su_writer none = {0};
    su_writer_printf(&none, "nowhere");
    assert_ok(su_writer_close(&none, &err), err);
}

static void a_full_disk_is_found_out(void **state)
{
    struct su_arena *arena = *state;
    struct su_err err = {0};
    struct su_writer w;
    if (!su_file_exists("/dev/full")) {
        print_message("skipped: no /dev/full\n");
        skip();
    }
    assert_ok(su_writer_open(&w, arena, "/dev/full", &err), err);
    for (int i = 0; i < 100000; i++)
        su_writer_printf(&w, "%d,", i);
    assert_true(su_writer_failed(&w));
    assert_int_equal(su_writer_close(&w, &err), SU_ERR_IO);
    assert_string_equal(err.where, "/dev/full");
    /* Little enough to fit the buffer: only closing can tell. */
    assert_ok(su_writer_open(&w, arena, "/dev/full", &err), err);
    su_writer_add(&w, "x", 1);
    assert_false(su_writer_failed(&w));
    assert_int_equal(su_writer_close(&w, &err), SU_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(fixed_point_numbers_have_all_their_digits_and_no_trailing_zeros),
        ARENA_TEST(text_comes_out_as_it_went_in),
        ARENA_TEST(a_path_that_cannot_be_made_is_the_users_mistake),
        ARENA_TEST(a_full_disk_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
