#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "i18n/i18n.h"
#include "su_test_arena.h"

static void numbers_show_three_digits_or_all_of_large_ones(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {1, "1.00"},
                 {12, "12.0"},
                 {12.34, "12.3"},
                 {123.4, "123"},
                 {0.00123, "0.00123"},
                 {0.5, "0.500"},
                 {-2.5, "-2.50"},
                 {999.4, "999"},
                 {999.6, "1,000"},
                 {1234.6, "1,235"},
                 {-1234567, "-1,234,567"},
                 {9.996, "10.0"}, /* not 10.00 */
                 {99.96, "100"},
                 {0.09996, "0.100"},
                 {1e-6, "0.00000100"},
                 {1e-7, "1.00e-07"},
                 {123456789012345, "123,456,789,012,345"},
                 {1e15, "1.00e+15"},
                 {-1e300, "-1.00e+300"},
                 {NAN, "-"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(su_number(*state, cases[i].value), cases[i].text);
}

/* Reading a printed number back gives the value within half of its last digit. */
static void a_printed_number_is_within_half_a_percent(void **state)
{
    struct su_arena *arena = *state;
    struct su_rng rng;
    su_rng_init(&rng, 1, "number", 0);
    for (int i = 0; i < 5000; i++) {
        su_arena_reset(arena);
        double v = pow(10, su_rng_uniform(&rng) * 20 - 8) * (i % 2 == 0 ? 1 : -1);
        const char *text = su_number(arena, v);
        char plain[64];
        size_t n = 0;
        for (; *text != '\0'; text++) {
            if (*text != ',')
                plain[n++] = *text;
        }
        plain[n] = '\0';
        assert_near(strtod(plain, NULL), v, 0.0051);
    }
}

static void integers_are_grouped_exactly(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1,000"},
                 {-1000, "-1,000"},
                 {100000, "100,000"},
                 {8030261248, "8,030,261,248"},
                 {INT64_MAX, "9,223,372,036,854,775,807"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(su_number_int(*state, cases[i].value), cases[i].text);
}

static void sizes_choose_their_decimal_unit_after_rounding(void **state)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {1, "1 B"},
                 {512, "512 B"},
                 {999.6, "1.00 kB"},
                 {1500, "1.50 kB"},
                 {96e9, "96.0 GB"},
                 {1.5e12, "1.50 TB"},
                 {999.4e9, "999 GB"},
                 {999.6e9, "1.00 TB"}, /* not 1,000 GB */
                 {80 * 1073741824.0, "85.9 GB"},
                 {5e21, "5,000 EB"},
                 {-2e6, "-2.00 MB"},
                 {NAN, "-"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(su_number_bytes(*state, cases[i].bytes), cases[i].text);
}

static void times_choose_their_unit_after_rounding(void **state)
{
    static const struct {
        double s;
        const char *text;
    } cases[] = {
        {0, "0 s"},         {0.0123, "12.3 ms"},      {1.2, "1.20 s"},     {0.9996, "1.00 s"},
        {0.9994, "999 ms"}, {5e-6, "5.00 µs"},        {2.5e-9, "2.50 ns"}, {1e-12, "0.00100 ns"},
        {90, "90.0 s"},     {120, "2.00 min"},        {3600, "60.0 min"},  {7200, "2.00 h"},
        {86400, "24.0 h"},  {30 * 86400.0, "30.0 d"}, {-0.5, "-500 ms"},   {INFINITY, "inf"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(su_number_time(*state, cases[i].s), cases[i].text);
}

static struct su_money money(double amount, enum su_currency currency)
{
    struct su_money m = {0};
    struct su_err err = {0};
    assert_ok(su_money_make(amount, currency, &m, &err), err);
    return m;
}

static void money_in_english_has_the_code_in_front(void **state)
{
    static const struct {
        double amount;
        enum su_currency currency;
        const char *text;
    } cases[] = {{0, SU_CNY, "CNY 0"},
                 {980, SU_CNY, "CNY 980"},
                 {9.5, SU_USD, "USD 9.50"},
                 {12345, SU_CNY, "CNY 12.3 k"},
                 {1234567, SU_CNY, "CNY 1.23 M"},
                 {12e9, SU_USD, "USD 12.0 B"},
                 {999600, SU_EUR, "EUR 1.00 M"},
                 {1.5e12, SU_INR, "INR 1.50 T"},
                 {-1500, SU_HKD, "HKD -1.50 k"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(
            su_number_money(*state, SU_LANG_EN, money(cases[i].amount, cases[i].currency)),
            cases[i].text);
}

static void money_in_chinese_counts_in_wan_and_yi(void **state)
{
    static const struct {
        double amount;
        enum su_currency currency;
        const char *text;
    } cases[] = {{0, SU_CNY, "0 元"},
                 {9800, SU_CNY, "9,800 元"},
                 {9999.4, SU_CNY, "9,999 元"},
                 {9999.6, SU_CNY, "1.00 万元"}, /* not 10,000 元 */
                 {12345, SU_CNY, "1.23 万元"},
                 {99960, SU_CNY, "10.0 万元"},
                 {123400, SU_CNY, "12.3 万元"},
                 {1234000, SU_CNY, "123.4 万元"},
                 {12340000, SU_CNY, "1,234 万元"},
                 {99994000, SU_CNY, "9,999 万元"},
                 {99996000, SU_CNY, "1.00 亿元"}, /* not 10,000 万元 */
                 {123e6, SU_CNY, "1.23 亿元"},
                 {12.5e8, SU_CNY, "12.5 亿元"},
                 {1.2e12, SU_CNY, "12,000 亿元"},
                 {1234000, SU_USD, "123.4 万美元"},
                 {12e9, SU_USD, "120 亿美元"},
                 {980, SU_EUR, "980 欧元"},
                 {1e6, SU_JPY, "100.0 万日元"},
                 {1e6, SU_HKD, "100.0 万港元"},
                 {2e5, SU_INR, "20.0 万印度卢比"},
                 {-1234000, SU_CNY, "-123.4 万元"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(
            su_number_money(*state, SU_LANG_ZH, money(cases[i].amount, cases[i].currency)),
            cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(numbers_show_three_digits_or_all_of_large_ones),
        ARENA_TEST(a_printed_number_is_within_half_a_percent),
        ARENA_TEST(integers_are_grouped_exactly),
        ARENA_TEST(sizes_choose_their_decimal_unit_after_rounding),
        ARENA_TEST(times_choose_their_unit_after_rounding),
        ARENA_TEST(money_in_english_has_the_code_in_front),
        ARENA_TEST(money_in_chinese_counts_in_wan_and_yi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
