/* A fresh arena for each test: ARENA_TEST(name) in the list, `struct su_arena *arena = *state;` in
 * the test. */
#ifndef SU_TEST_ARENA_H
#define SU_TEST_ARENA_H

#include "su_test.h"

#include "base/arena.h"

static inline int arena_setup(void **state)
{
    struct su_arena *arena = test_calloc(1, sizeof(*arena));
    su_arena_init(arena);
    *state = arena;
    return 0;
}

static inline int arena_teardown(void **state)
{
    su_arena_release(*state);
    test_free(*state);
    return 0;
}

#define ARENA_TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

#endif
