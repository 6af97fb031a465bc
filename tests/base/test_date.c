#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/str.h"
#include "su_test.h"

static struct su_date date(const char *text)
{
    struct su_date d = {0};
    if (!su_date_parse(su_str_c(text), &d))
        fail_msg("%s is not read", text);
    return d;
}

static void periods_begin_on_their_first_day(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int month;
        int day;
    } cases[] = {{"2024", 1, 1},    {"2024-07", 7, 1},     {"2024-07-14", 7, 14}, {"2024-Q1", 1, 1},
                 {"2024-Q2", 4, 1}, {"2024-Q3", 7, 1},     {"2024-Q4", 10, 1},    {"2024-H1", 1, 1},
                 {"2024-H2", 7, 1}, {"2024-12-31", 12, 31}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct su_date d = date(cases[i].text);
        assert_int_equal(d.year, 2024);
        assert_int_equal(d.month, cases[i].month);
        assert_int_equal(d.day, cases[i].day);
        assert_string_equal(d.text, cases[i].text);
        assert_true(su_date_known(d));
    }
    assert_false(su_date_known((struct su_date){0}));
}

static void leap_days_exist_in_leap_years_only(void **state)
{
    (void)state;
    struct su_date d = {0};
    assert_true(su_date_parse(su_str_c("2024-02-29"), &d));
    assert_true(su_date_parse(su_str_c("2000-02-29"), &d)); /* divisible by 400 */
    assert_false(su_date_parse(su_str_c("2023-02-29"), &d));
    assert_false(su_date_parse(su_str_c("2100-02-29"), &d)); /* by 100, not by 400 */
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "24",         "2024-13",     "2024-00",
                                      "2024-04-31", "2024-Q5",    "2024-Q0",     "2024-H3",
                                      "2024-7-14",  "2024/07/14", "2024-07-14T", "14.07.2024",
                                      "abcd",       "2024-",      "2024-07-",    "2024-07-00",
                                      "1969",       "2201",       "2024-07-141", " 2024",
                                      "2024-q1",    "202a-01-01", "-024-01-01"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct su_date d = {1999, 1, 1, "x"};
        if (su_date_parse(su_str_c(bad[i]), &d))
            fail_msg("\"%s\" is read as a date", bad[i]);
        assert_int_equal(d.year, 1999);
    }
}

static void days_match_known_values(void **state)
{
    (void)state;
    /* `date -u -d DATE +%s` / 86400 */
    static const struct {
        const char *text;
        int32_t days;
    } cases[] = {{"1970-01-01", 0},     {"1970-12-31", 364},   {"1972-02-29", 789},
                 {"2000-01-01", 10957}, {"2000-03-01", 11017}, {"2024-07-14", 19918},
                 {"2100-03-01", 47541}, {"2199-12-31", 84005}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(su_date_days(date(cases[i].text)), cases[i].days);
}

/* Counting day by day is the oracle of the closed form, and of which days exist. */
static void days_count_up_by_one_through_two_centuries(void **state)
{
    (void)state;
    int32_t expected = 0;
    for (int year = 1970; year < 2200; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= 31; day++) {
                char text[40];
                snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
                struct su_date d = {0};
                if (su_date_parse(su_str_c(text), &d))
                    assert_int_equal(su_date_days(d), expected++);
            }
        }
    }
    assert_int_equal(expected, 84006); /* 230 years: 230 * 365 + 56 leap days (2100 has none) */
}

static void dates_order_by_their_first_day(void **state)
{
    (void)state;
    assert_true(su_date_cmp(date("2024-07-13"), date("2024-07-14")) < 0);
    assert_true(su_date_cmp(date("2024-Q3"), date("2024-H2")) == 0);
    assert_true(su_date_cmp(date("2025"), date("2024-12-31")) > 0);
    assert_true(su_date_cmp((struct su_date){0}, date("1970")) < 0);
}

static void months_between_counts_whole_months(void **state)
{
    (void)state;
    assert_int_equal(su_date_months_between(date("2024-01-15"), date("2024-06-15")), 5);
    assert_int_equal(su_date_months_between(date("2024-01-15"), date("2024-06-14")), 4);
    assert_int_equal(su_date_months_between(date("2024-01-31"), date("2024-02-29")), 0);
    assert_int_equal(su_date_months_between(date("2023-11"), date("2025-02")), 15);
    assert_int_equal(su_date_months_between(date("2024-06-15"), date("2024-01-15")), -5);
    assert_int_equal(su_date_months_between(date("2024-07"), date("2024-07")), 0);
}

static void today_is_a_date_after_this_was_written(void **state)
{
    (void)state;
    struct su_date today = su_date_today();
    assert_true(su_date_cmp(today, date("2024-07-14")) > 0);
    assert_int_equal(su_date_cmp(today, date(today.text)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_begin_on_their_first_day),
        cmocka_unit_test(leap_days_exist_in_leap_years_only),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(days_match_known_values),
        cmocka_unit_test(days_count_up_by_one_through_two_centuries),
        cmocka_unit_test(dates_order_by_their_first_day),
        cmocka_unit_test(months_between_counts_whole_months),
        cmocka_unit_test(today_is_a_date_after_this_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
