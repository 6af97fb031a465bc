#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "su_test_arena.h"

/* Larger than the first block, so that the arena must chain blocks. */
#define BIG ((size_t)100 * 1000)

static void memory_is_zeroed_and_aligned_for_any_type(void **state)
{
    struct su_arena *arena = *state;
    for (size_t size = 1; size < 200; size++) {
        unsigned char *p = su_arena_alloc(arena, size);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xab, size);
    }
}

static void reused_memory_is_zeroed_again(void **state)
{
    struct su_arena *arena = *state;
    unsigned char *p = su_arena_alloc(arena, 64);
    memset(p, 0xff, 64);
    su_arena_reset(arena);
    unsigned char *q = su_arena_alloc(arena, 64);
    assert_ptr_equal(p, q);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(q[i], 0);
}

static void an_allocation_of_no_bytes_gives_a_pointer(void **state)
{
    struct su_arena *arena = *state;
    assert_non_null(su_arena_alloc(arena, 0));
    assert_non_null(SU_NEW_ARRAY(arena, 0, double));
    assert_int_equal(su_arena_used(arena), 0);
}

static void objects_do_not_overlap_across_blocks(void **state)
{
    struct su_arena *arena = *state;
    enum { N = 300 };
    unsigned char *objects[N];
    for (size_t i = 0; i < N; i++) {
        objects[i] = su_arena_alloc(arena, 1000 + i);
        memset(objects[i], (int)(i % 251), 1000 + i);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 1000 + i; k++)
            assert_int_equal(objects[i][k], i % 251);
    }
}

static void rewind_across_blocks_keeps_what_came_before_the_mark(void **state)
{
    struct su_arena *arena = *state;
    char *kept = su_arena_alloc(arena, 16);
    strcpy(kept, "kept");
    size_t mark = su_arena_mark(arena);
    for (int i = 0; i < 5; i++)
        memset(su_arena_alloc(arena, BIG), 1, BIG);
    assert_true(su_arena_used(arena) >= mark + 5 * BIG);
    su_arena_rewind(arena, mark);
    assert_int_equal(su_arena_used(arena), mark);
    memset(su_arena_alloc(arena, BIG), 2, BIG);
    assert_string_equal(kept, "kept");
}

static void a_mark_of_the_empty_arena_rewinds_to_nothing(void **state)
{
    struct su_arena *arena = *state;
    size_t mark = su_arena_mark(arena);
    void *first = su_arena_alloc(arena, 100);
    su_arena_alloc(arena, BIG);
    su_arena_rewind(arena, mark);
    assert_int_equal(su_arena_used(arena), 0);
    assert_ptr_equal(su_arena_alloc(arena, 100), first);
}

/* A mark at the very end of one block, with the next block in use: the case where "which block does
 * this position belong to" has two answers. */
static void nested_marks_at_block_edges_rewind_in_order(void **state)
{
    struct su_arena *arena = *state;
    size_t marks[40];
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 40; i++) {
            marks[i] = su_arena_mark(arena);
            memset(su_arena_alloc(arena, (size_t)4096 << (i % 7)), 3, (size_t)4096 << (i % 7));
        }
        for (size_t i = 40; i-- > 0;) {
            su_arena_rewind(arena, marks[i]);
            assert_int_equal(su_arena_used(arena), marks[i]);
        }
    }
}

static void reset_reuses_the_same_blocks(void **state)
{
    struct su_arena *arena = *state;
    void *first[20];
    for (size_t i = 0; i < 20; i++)
        first[i] = su_arena_alloc(arena, 20000);
    for (int round = 0; round < 3; round++) {
        su_arena_reset(arena);
        assert_int_equal(su_arena_used(arena), 0);
        for (size_t i = 0; i < 20; i++)
            assert_ptr_equal(su_arena_alloc(arena, 20000), first[i]);
    }
}

static void release_is_safe_twice(void **state)
{
    struct su_arena *arena = *state;
    su_arena_alloc(arena, 10);
    su_arena_release(arena);
    su_arena_release(arena);
    assert_int_equal(su_arena_used(arena), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(memory_is_zeroed_and_aligned_for_any_type),
        ARENA_TEST(reused_memory_is_zeroed_again),
        ARENA_TEST(an_allocation_of_no_bytes_gives_a_pointer),
        ARENA_TEST(objects_do_not_overlap_across_blocks),
        ARENA_TEST(rewind_across_blocks_keeps_what_came_before_the_mark),
        ARENA_TEST(a_mark_of_the_empty_arena_rewinds_to_nothing),
        ARENA_TEST(nested_marks_at_block_edges_rewind_in_order),
        ARENA_TEST(reset_reuses_the_same_blocks),
        ARENA_TEST(release_is_safe_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
