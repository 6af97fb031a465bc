#include "des/clock.h"
#include "des/heap.h"
#include "des/wheel.h"

#include <stdlib.h>

#include "base/rng.h"
#include "su_test_arena.h"

static uint64_t below(struct su_rng *rng, uint64_t n)
{
    return su_rng_u64(rng) % n;
}

static void events_come_by_time_and_equal_ones_in_order_of_adding(void **state)
{
    struct su_heap heap;
    su_heap_init(&heap, *state);
    struct su_rng rng;
    su_rng_init(&rng, 1, "heap", 0);
    struct su_event last = {0};
    for (int i = 0; i < 20000; i++) {
        if (heap.n == 0 || (i < 15000 && below(&rng, 2) == 0)) {
            su_heap_add(&heap, last.t_ps + (int64_t)below(&rng, 5), (uint64_t)i);
            continue;
        }
        struct su_event e = su_heap_take(&heap);
        assert_true(e.t_ps >= last.t_ps);
        /* Of equal times the one added earlier was there earlier, unless it came just now. */
        if (e.t_ps == last.t_ps && e.what < last.what)
            fail_msg("event %d came after %d", (int)e.what, (int)last.what);
        last = e;
    }
}

/* The wheel against an array that is searched, over several turns, with items far beyond one. */
static void the_wheel_gives_what_a_search_gives(void **state)
{
    enum { N = 200 };
    struct su_wheel wheel;
    su_wheel_init(&wheel, *state);
    su_wheel_reserve(&wheel, N);
    struct su_rng rng;
    su_rng_init(&rng, 2, "wheel", 0);
    uint64_t steps[N];
    bool in[N] = {false};
    uint64_t now = 0;
    for (int i = 0; i < 30000; i++) {
        uint32_t item = (uint32_t)below(&rng, N);
        if (!in[item]) {
            uint64_t far = below(&rng, 10) == 0 ? 5 * SU_WHEEL_SLOTS : 300;
            steps[item] = now + below(&rng, far);
            su_wheel_add(&wheel, item, steps[item]);
            in[item] = true;
        } else if (below(&rng, 3) == 0) {
            su_wheel_remove(&wheel, item);
            in[item] = false;
        }
        uint64_t first = UINT64_MAX;
        for (uint32_t k = 0; k < N; k++)
            first = in[k] && steps[k] < first ? steps[k] : first;
        assert_int_equal(su_wheel_next(&wheel, now), first);
        if (first == UINT64_MAX || below(&rng, 2) == 0)
            continue;
        now = first;
        uint32_t n = 0;
        for (uint32_t s = su_wheel_take(&wheel, now); s != SU_WHEEL_NONE; n++) {
            uint32_t next = su_wheel_after(&wheel, s);
            assert_true(in[s] && steps[s] == now);
            in[s] = false;
            s = next;
        }
        assert_true(n > 0);
        for (uint32_t k = 0; k < N; k++)
            assert_false(in[k] && steps[k] == now);
        now++;
    }
}

static void a_progression_is_the_sum_of_its_terms(void **state)
{
    (void)state;
    struct su_rng rng;
    su_rng_init(&rng, 3, "progression", 0);
    for (int i = 0; i < 2000; i++) {
        int64_t first = 1 + (int64_t)below(&rng, 1000);
        int64_t delta = (int64_t)below(&rng, 50);
        uint64_t n_max = below(&rng, 60);
        int64_t limit = 1 + (int64_t)below(&rng, 40000);
        int64_t sum = 0;
        uint64_t n = 0;
        while (n < n_max && sum + first + (int64_t)n * delta < limit) {
            sum += first + (int64_t)n * delta;
            n++;
        }
        assert_int_equal(su_progression_ps(first, delta, n), sum);
        assert_int_equal(su_progression_before(first, delta, limit, n_max), n);
    }
    /* A day of steps of a microsecond, and a number of steps whose time no clock holds. */
    assert_int_equal(su_progression_before(1000000, 0, INT64_C(86400) * SU_PS_PER_S_I, UINT64_MAX),
                     UINT64_C(86400000000) - 1);
}

static void seconds_become_the_nearest_picosecond(void **state)
{
    (void)state;
    assert_int_equal(su_ps_of_s(1.5e-12), 2);
    assert_int_equal(su_ps_of_s(3600), INT64_C(3600) * SU_PS_PER_S_I);
    assert_int_equal(su_ps_of_s(1e9), SU_NEVER_PS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(events_come_by_time_and_equal_ones_in_order_of_adding),
        ARENA_TEST(the_wheel_gives_what_a_search_gives),
        cmocka_unit_test(a_progression_is_the_sum_of_its_terms),
        cmocka_unit_test(seconds_become_the_nearest_picosecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
