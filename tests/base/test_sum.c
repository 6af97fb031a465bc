#include <stddef.h>

#include "base/sum.h"
#include "su_test.h"

/* 1 + 1e100 + 1 - 1e100 is 2; added one after the other, and by Kahan's method, it is 0. */
static void small_terms_survive_a_large_one(void **state)
{
    (void)state;
    static const double terms[] = {1, 1e100, 1, -1e100};
    struct su_sum s = {0};
    double naive = 0;
    for (size_t i = 0; i < 4; i++) {
        su_sum_add(&s, terms[i]);
        naive += terms[i];
    }
    assert_true(su_sum_value(&s) == 2);
    assert_true(naive == 0);
}

static void ten_million_tenths_are_a_million(void **state)
{
    (void)state;
    struct su_sum s = {0};
    double naive = 0;
    for (int i = 0; i < 10000000; i++) {
        su_sum_add(&s, 0.1);
        naive += 0.1;
    }
    assert_true(fabs(su_sum_value(&s) - 1e6) < 1e-9);
    assert_true(fabs(naive - 1e6) > 1e-5);
}

static void an_empty_sum_is_zero(void **state)
{
    (void)state;
    struct su_sum s = {0};
    assert_true(su_sum_value(&s) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_terms_survive_a_large_one),
        cmocka_unit_test(ten_million_tenths_are_a_million),
        cmocka_unit_test(an_empty_sum_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
