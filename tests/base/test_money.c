#include <math.h>
#include <string.h>

#include "base/money.h"
#include "su_test.h"

static struct su_money make(double amount, enum su_currency currency)
{
    struct su_money m = {0};
    struct su_err err = {0};
    assert_ok(su_money_make(amount, currency, &m, &err), err);
    return m;
}

static void currencies_are_known_by_their_code(void **state)
{
    (void)state;
    for (int i = 0; i < SU_CURRENCY_COUNT; i++) {
        enum su_currency c = SU_CURRENCY_COUNT;
        assert_true(su_currency_parse(su_str_c(su_currency_code((enum su_currency)i)), &c));
        assert_int_equal(c, i);
    }
    enum su_currency c = SU_USD;
    assert_false(su_currency_parse(su_str_c("cny"), &c));
    assert_false(su_currency_parse(su_str_c("BTC"), &c));
    assert_false(su_currency_parse(su_str_c(""), &c));
    assert_int_equal(c, SU_USD);
}

static void amounts_round_to_the_nearest_micro_unit(void **state)
{
    (void)state;
    assert_int_equal(make(1.5, SU_CNY).micro, 1500000);
    assert_int_equal(make(0.1, SU_CNY).micro, 100000);
    assert_int_equal(make(-0.0000006, SU_CNY).micro, -1);
    assert_int_equal(make(0.0000004, SU_CNY).micro, 0);
}

/* 0.07 in, 0.07 out: what a person typed is what a result prints. */
static void an_amount_of_cents_comes_back_exactly(void **state)
{
    (void)state;
    for (int cents = -100000; cents <= 100000; cents++) {
        double amount = cents / 100.0;
        if (su_money_amount(make(amount, SU_USD)) != amount)
            fail_msg("%.17g came back as %.17g", amount, su_money_amount(make(amount, SU_USD)));
    }
}

static void amounts_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    static const double bad[] = {9.3e12, -9.3e12, 1e300, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct su_money m = {5, SU_HKD};
        struct su_err err = {0};
        assert_int_equal(su_money_make(bad[i], SU_CNY, &m, &err), SU_ERR_LIMIT);
        assert_int_equal(m.micro, 5);
    }
    assert_int_equal(make(9.19e12, SU_CNY).currency, SU_CNY);
}

static void sums_are_exact_and_checked(void **state)
{
    (void)state;
    struct su_money sum = {0};
    struct su_err err = {0};
    assert_ok(su_money_add(make(0.1, SU_EUR), make(0.2, SU_EUR), &sum, &err), err);
    assert_int_equal(sum.micro, 300000);
    assert_int_equal(sum.currency, SU_EUR);
    struct su_money most = {INT64_MAX, SU_EUR};
    struct su_money one = {1, SU_EUR};
    assert_int_equal(su_money_add(most, one, &sum, &err), SU_ERR_LIMIT);
    most.micro = INT64_MIN;
    one.micro = -1;
    assert_int_equal(su_money_add(most, one, &sum, &err), SU_ERR_LIMIT);
    assert_int_equal(sum.micro, 300000);
}

static void two_currencies_are_never_added(void **state)
{
    (void)state;
    struct su_money sum = {0};
    struct su_err err = {0};
    assert_int_equal(su_money_add(make(1, SU_CNY), make(1, SU_USD), &sum, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "USD"));
    assert_non_null(strstr(err.message, "CNY"));
}

static void scaling_by_a_count_is_exact_and_checked(void **state)
{
    (void)state;
    struct su_money m = {0};
    struct su_err err = {0};
    assert_ok(su_money_scale(make(123456.78, SU_CNY), 8, &m, &err), err);
    assert_int_equal(m.micro, 987654240000);
    assert_ok(su_money_scale((struct su_money){987654321098765, SU_CNY}, 8, &m, &err), err);
    assert_true(m.micro == 7901234568790120);
    assert_ok(su_money_scale(make(10, SU_JPY), 0.25, &m, &err), err);
    assert_int_equal(m.micro, 2500000);
    assert_int_equal(m.currency, SU_JPY);
    assert_int_equal(su_money_scale(make(9e12, SU_JPY), 2, &m, &err), SU_ERR_LIMIT);
    assert_int_equal(su_money_scale(make(1, SU_JPY), NAN, &m, &err), SU_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_are_known_by_their_code),
        cmocka_unit_test(amounts_round_to_the_nearest_micro_unit),
        cmocka_unit_test(an_amount_of_cents_comes_back_exactly),
        cmocka_unit_test(amounts_beyond_64_bits_are_refused),
        cmocka_unit_test(sums_are_exact_and_checked),
        cmocka_unit_test(two_currencies_are_never_added),
        cmocka_unit_test(scaling_by_a_count_is_exact_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
