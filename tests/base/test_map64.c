#include "base/map64.h"

#include "base/rng.h"
#include "su_test_arena.h"

/* Against an array indexed by the key: keys collide, come and go. */
static void the_map_holds_what_was_put_last(void **state)
{
    enum { KEYS = 700 };
    struct su_map64 map;
    su_map64_init(&map, *state, 4);
    struct su_rng rng;
    su_rng_init(&rng, 1, "map", 0);
    uint32_t values[KEYS];
    bool in[KEYS] = {false};
    uint64_t n = 0;
    for (uint32_t i = 0; i < 60000; i++) {
        uint32_t k = (uint32_t)(su_rng_u64(&rng) % KEYS);
        uint64_t key = (uint64_t)k << 40 | k % 3; /* 0 is a key too */
        if (su_rng_u64(&rng) % 2 == 0) {
            su_map64_put(&map, key, i);
            n += !in[k];
            in[k] = true;
            values[k] = i;
        } else {
            su_map64_remove(&map, key);
            n -= in[k];
            in[k] = false;
        }
        uint32_t probe = (uint32_t)(su_rng_u64(&rng) % KEYS);
        uint32_t value = 0;
        bool found = su_map64_get(&map, (uint64_t)probe << 40 | probe % 3, &value);
        assert_int_equal(found, in[probe]);
        if (found)
            assert_int_equal(value, values[probe]);
        assert_int_equal(map.n, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {ARENA_TEST(the_map_holds_what_was_put_last)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
