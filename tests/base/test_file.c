#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "su_test_arena.h"

/* A directory of its own for each run, removed at the end of the test. */
struct place {
    char dir[64];
    char path[96];
};

static struct place make_place(void)
{
    struct place p = {"/tmp/suanli-test-XXXXXX", ""};
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.path, sizeof(p.path), "%s/file.txt", p.dir);
    return p;
}

static void write_file(const char *path, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fputc((int)('a' + i % 26), f);
    fclose(f);
}

static void remove_place(const struct place *p)
{
    remove(p->path);
    assert_int_equal(rmdir(p->dir), 0);
}

static void files_of_every_size_come_back_whole(void **state)
{
    struct su_arena *arena = *state;
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 100000};
    struct place p = make_place();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        write_file(p.path, sizes[i]);
        struct su_str text;
        struct su_err err = {0};
        assert_ok(su_file_read(arena, p.path, sizes[i], &text, &err), err);
        assert_int_equal(text.n, sizes[i]);
        assert_int_equal(text.p[text.n], '\0');
        for (size_t k = 0; k < text.n; k++)
            assert_int_equal(text.p[k], 'a' + k % 26);
    }
    remove_place(&p);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    struct su_arena *arena = *state;
    struct place p = make_place();
    static const size_t sizes[] = {101, 16384, 200000};
    for (size_t i = 0; i < 3; i++) {
        write_file(p.path, sizes[i]);
        struct su_str text;
        struct su_err err = {0};
        assert_int_equal(su_file_read(arena, p.path, sizes[i] - 1, &text, &err), SU_ERR_LIMIT);
        assert_string_equal(err.where, p.path);
        assert_non_null(strstr(err.message, su_fmt(arena, "%zu", sizes[i] - 1)));
    }
    remove_place(&p);
}

/* /dev/zero has no end: only the limit stops the reading. */
static void an_endless_file_stops_at_the_limit(void **state)
{
    struct su_arena *arena = *state;
    struct su_str text;
    struct su_err err = {0};
    assert_int_equal(su_file_read(arena, "/dev/zero", 1000000, &text, &err), SU_ERR_LIMIT);
    assert_true(su_arena_used(arena) < 5000000);
}

static void a_directory_is_said_to_be_one(void **state)
{
    struct su_str text;
    struct su_err err = {0};
    assert_int_equal(su_file_read(*state, "/tmp", 100, &text, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "/tmp");
    assert_non_null(strstr(err.message, "directory"));
    assert_true(su_file_is_dir("/tmp"));
}

static void a_missing_file_is_bad_input(void **state)
{
    struct su_str text;
    struct su_err err = {0};
    assert_int_equal(su_file_read(*state, "/no/such.file", 100, &text, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "/no/such.file");
    assert_non_null(strstr(err.message, "No such file"));
    assert_false(su_file_exists("/no/such.file"));
    assert_false(su_file_is_dir("/no/such.file"));
}

static void a_listing_is_sorted_and_filtered(void **state)
{
    struct su_arena *arena = *state;
    static const char *const made[] = {"b.json", "a.json",       "B.json",
                                       "c.csv",  ".hidden.json", "json"};
    struct place p = make_place();
    for (size_t i = 0; i < 6; i++)
        write_file(su_fmt(arena, "%s/%s", p.dir, made[i]), 1);
    const char **names = NULL;
    size_t n = 0;
    struct su_err err = {0};
    assert_ok(su_file_list(arena, p.dir, ".json", &names, &n, &err), err);
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "B.json");
    assert_string_equal(names[1], "a.json");
    assert_string_equal(names[2], "b.json");
    assert_ok(su_file_list(arena, p.dir, "", &names, &n, &err), err);
    assert_int_equal(n, 5);
    assert_ok(su_file_list(arena, p.dir, ".none", &names, &n, &err), err);
    assert_int_equal(n, 0);
    assert_int_equal(su_file_list(arena, "/no/such.dir", "", &names, &n, &err), SU_ERR_INPUT);
    for (size_t i = 0; i < 6; i++)
        remove(su_fmt(arena, "%s/%s", p.dir, made[i]));
    remove_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(files_of_every_size_come_back_whole),
        ARENA_TEST(a_file_over_the_limit_is_refused),
        ARENA_TEST(an_endless_file_stops_at_the_limit),
        ARENA_TEST(a_directory_is_said_to_be_one),
        ARENA_TEST(a_missing_file_is_bad_input),
        ARENA_TEST(a_listing_is_sorted_and_filtered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
