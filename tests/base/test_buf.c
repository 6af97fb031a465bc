#include <string.h>

#include "base/buf.h"
#include "base/vec.h"
#include "su_test_arena.h"

static void text_grows_past_its_first_capacity_and_stays_terminated(void **state)
{
    (void)state;
    struct su_buf buf;
    su_buf_init(&buf);
    for (int i = 0; i < 5000; i++) {
        su_buf_printf(&buf, "%04d", i);
        assert_int_equal(strlen(buf.p), buf.n);
    }
    assert_int_equal(buf.n, 20000);
    assert_memory_equal(buf.p + 4 * 1234, "1234", 4);
    su_buf_release(&buf);
    assert_null(buf.p);
}

static void every_way_of_adding_appends(void **state)
{
    (void)state;
    struct su_buf buf;
    su_buf_init(&buf);
    su_buf_puts(&buf, "ab");
    su_buf_putc(&buf, 'c');
    su_buf_pad(&buf, '.', 3);
    su_buf_pad(&buf, '!', 0);
    su_buf_add(&buf, "xyz", 2);
    su_buf_add(&buf, NULL, 0);
    su_buf_printf(&buf, "%s", "");
    su_buf_printf(&buf, "%d%%", 5);
    assert_string_equal(buf.p, "abc...xy5%");
    su_buf_release(&buf);
}

static void one_long_piece_fits_at_once(void **state)
{
    (void)state;
    struct su_buf buf;
    su_buf_init(&buf);
    su_buf_pad(&buf, 'x', 1000000);
    su_buf_printf(&buf, "%*s", 100000, "y");
    assert_int_equal(buf.n, 1100000);
    assert_int_equal(buf.p[1099999], 'y');
    su_buf_release(&buf);
}

static void pushed_items_keep_their_values_as_the_array_grows(void **state)
{
    struct su_arena *arena = *state;
    SU_VEC(uint32_t) v = {0};
    for (uint32_t i = 0; i < 1000; i++)
        *SU_VEC_PUSH(arena, &v) = i * i;
    assert_int_equal(v.n, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(v.items[i], i * i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_past_its_first_capacity_and_stays_terminated),
        cmocka_unit_test(every_way_of_adding_appends),
        cmocka_unit_test(one_long_piece_fits_at_once),
        ARENA_TEST(pushed_items_keep_their_values_as_the_array_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
