#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/lines.h"
#include "su_test_arena.h"

/* Written by zlib, which leaves text plain in mode "wbT". */
static char *write_file(struct su_arena *arena, const char *text, size_t n, const char *mode)
{
    char *path = su_str_dup_c(arena, "/tmp/suanli-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    gzFile f = gzopen(path, mode);
    assert_non_null(f);
    assert_int_equal(gzwrite(f, text, (unsigned)n), (int)n);
    assert_int_equal(gzclose(f), Z_OK);
    return path;
}

static void lines_come_whole_plain_and_compressed(void **state)
{
    struct su_arena *arena = *state;
    static const char *const modes[] = {"wbT", "wb"};
    /* Lengths around the buffer and its doubling. */
    static const size_t lengths[] = {0, 1, 65534, 65535, 65536, 65537, 200000, 3, 131072, 0};
    enum { N = sizeof(lengths) / sizeof(lengths[0]) };
    char *text = su_arena_alloc(arena, 1000000);
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        memset(text + n, (int)('a' + i), lengths[i]);
        n += lengths[i];
        text[n++] = i % 2 == 0 ? '\n' : '\r';
        if (i % 2 != 0)
            text[n++] = '\n';
    }
    for (size_t m = 0; m < 2; m++) {
        char *path = write_file(arena, text, n, modes[m]);
        struct su_lines *lines = NULL;
        struct su_str line;
        struct su_err err = {0};
        bool more = false;
        assert_ok(su_lines_open(arena, path, &lines, &err), err);
        for (size_t i = 0; i < N; i++) {
            assert_ok(su_lines_next(lines, &line, &more, &err), err);
            assert_true(more && line.n == lengths[i] && su_lines_number(lines) == i + 1);
            for (size_t k = 0; k < line.n; k++)
                assert_int_equal(line.p[k], (int)('a' + i));
        }
        assert_ok(su_lines_next(lines, &line, &more, &err), err);
        assert_false(more);
        su_lines_close(lines);
        su_lines_close(lines);
        remove(path);
    }
    su_lines_close(NULL);
}

static void what_is_ahead_is_not_taken(void **state)
{
    struct su_arena *arena = *state;
    char *path = write_file(arena, "\xef\xbb\xbfone\ntwo", 10, "wbT");
    struct su_lines *lines = NULL;
    struct su_str text;
    struct su_err err = {0};
    bool more = false;
    assert_ok(su_lines_open(arena, path, &lines, &err), err);
    assert_ok(su_lines_ahead(lines, 100, &text, &err), err);
    assert_true(su_str_eq_c(text, "one\ntwo"));
    assert_ok(su_lines_next(lines, &text, &more, &err), err);
    assert_true(more && su_str_eq_c(text, "one"));
    assert_ok(su_lines_next(lines, &text, &more, &err), err);
    assert_true(more && su_str_eq_c(text, "two"));
    assert_non_null(strstr(su_lines_where(lines), ":2"));
    su_lines_close(lines);
    remove(path);
}

/* A file of 2 MB takes what its longest line takes. */
static void memory_is_that_of_the_longest_line(void **state)
{
    struct su_arena *arena = *state;
    size_t n = 2 * 1000 * 1000;
    char *text = malloc(n);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = i % 100 == 99 ? '\n' : 'x';
    char *path = write_file(arena, text, n, "wb");
    free(text);
    size_t before = su_arena_used(arena);
    struct su_lines *lines = NULL;
    struct su_str line;
    struct su_err err = {0};
    bool more = true;
    size_t n_lines = 0;
    assert_ok(su_lines_open(arena, path, &lines, &err), err);
    while (more) {
        assert_ok(su_lines_next(lines, &line, &more, &err), err);
        n_lines += more;
    }
    assert_int_equal(n_lines, 20000);
    assert_true(su_arena_used(arena) - before < 80000);
    su_lines_close(lines);
    remove(path);
}

static void objects_of_an_array_come_one_by_one(void **state)
{
    struct su_arena *arena = *state;
    static const char text[] = "\n[ {\"a\": \"}]\\\"{\"},\n\n{\"b\": [{}]}\n ,{} ]\n\n";
    static const char *const objects[] = {"{\"a\": \"}]\\\"{\"}", "{\"b\": [{}]}", "{}"};
    static const uint64_t numbers[] = {2, 4, 5};
    char *path = write_file(arena, text, strlen(text), "wb");
    struct su_lines *lines = NULL;
    struct su_str object;
    struct su_err err = {0};
    bool more = false;
    assert_ok(su_lines_open(arena, path, &lines, &err), err);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(su_lines_json_object(lines, &object, &more, &err), err);
        assert_true(more && su_str_eq_c(object, objects[i]));
        assert_true(su_lines_number(lines) == numbers[i]);
    }
    assert_ok(su_lines_json_object(lines, &object, &more, &err), err);
    assert_false(more);
    su_lines_close(lines);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(lines_come_whole_plain_and_compressed),
        ARENA_TEST(what_is_ahead_is_not_taken),
        ARENA_TEST(memory_is_that_of_the_longest_line),
        ARENA_TEST(objects_of_an_array_come_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
