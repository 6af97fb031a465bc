#include <math.h>
#include <string.h>

#include "base/units.h"
#include "su_test.h"

static double parse(const char *text, enum su_unit unit)
{
    double v = NAN;
    struct su_err err = {0};
    assert_ok(su_units_parse(su_str_c(text), unit, &v, "--x", &err), err);
    return v;
}

static void every_suffix_has_its_factor(void **state)
{
    (void)state;
    static const struct {
        enum su_unit unit;
        const char *text;
        double value;
    } cases[] = {
        {SU_UNIT_NONE, "12", 12},
        {SU_UNIT_NONE, "1.5k", 1500},
        {SU_UNIT_NONE, "2M", 2e6},
        {SU_UNIT_NONE, "3G", 3e9},
        {SU_UNIT_NONE, "2万", 20000},
        {SU_UNIT_NONE, "1.2亿", 1.2e8},
        {SU_UNIT_NONE, "-4", -4},
        {SU_UNIT_TIME, "2", 2},
        {SU_UNIT_TIME, "5ns", 5e-9},
        {SU_UNIT_TIME, "5us", 5e-6},
        {SU_UNIT_TIME, "50ms", 0.05},
        {SU_UNIT_TIME, "2s", 2},
        {SU_UNIT_TIME, "3min", 180},
        {SU_UNIT_TIME, "1.5h", 5400},
        {SU_UNIT_TIME, "2d", 172800},
        {SU_UNIT_BYTES, "7B", 7},
        {SU_UNIT_BYTES, "7", 7},
        {SU_UNIT_BYTES, "1kB", 1e3},
        {SU_UNIT_BYTES, "1MB", 1e6},
        {SU_UNIT_BYTES, "96GB", 96e9},
        {SU_UNIT_BYTES, "4TB", 4e12},
        {SU_UNIT_BYTES, "1KiB", 1024},
        {SU_UNIT_BYTES, "1MiB", 1048576},
        {SU_UNIT_BYTES, "80GiB", 80 * 1073741824.0},
        {SU_UNIT_BYTES, "1TiB", 1099511627776.0},
        {SU_UNIT_RATE, "2", 2},
        {SU_UNIT_RATE, "2/s", 2},
        {SU_UNIT_RATE, "120/min", 2},
        {SU_UNIT_RATE, "7200/h", 2},
        {SU_UNIT_RATE, "86400/d", 1},
        {SU_UNIT_FRAC, "0.9", 0.9},
        {SU_UNIT_FRAC, "90%", 0.9},
        {SU_UNIT_POWER, "700W", 700},
        {SU_UNIT_POWER, "10kW", 1e4},
        {SU_UNIT_POWER, "1.2MW", 1.2e6},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_near(parse(cases[i].text, cases[i].unit), cases[i].value, 1e-15);
}

static void spaces_and_exponents_are_read(void **state)
{
    (void)state;
    assert_near(parse("  96 GB ", SU_UNIT_BYTES), 96e9, 1e-15);
    assert_near(parse("1e3", SU_UNIT_NONE), 1000, 1e-15);
    assert_near(parse("1.5e-3s", SU_UNIT_TIME), 0.0015, 1e-15);
    assert_near(parse("2E+2ms", SU_UNIT_TIME), 0.2, 1e-15);
}

static void what_is_no_such_quantity_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum su_unit unit;
        const char *text;
    } bad[] = {
        {SU_UNIT_NONE, ""},       {SU_UNIT_NONE, "k"},       {SU_UNIT_NONE, "1K"},
        {SU_UNIT_NONE, "1.2.3"},  {SU_UNIT_NONE, "12s"},     {SU_UNIT_NONE, "2e"},
        {SU_UNIT_NONE, "1-2"},    {SU_UNIT_NONE, "nan"},     {SU_UNIT_NONE, "inf"},
        {SU_UNIT_NONE, "0x10"},   {SU_UNIT_NONE, "1e999"},   {SU_UNIT_NONE, "1e308G"},
        {SU_UNIT_TIME, "2GB"},    {SU_UNIT_TIME, "2sec"},    {SU_UNIT_TIME, "1h30min"},
        {SU_UNIT_BYTES, "96gb"},  {SU_UNIT_BYTES, "96G"},    {SU_UNIT_BYTES, "96GBs"},
        {SU_UNIT_RATE, "2/year"}, {SU_UNIT_RATE, "2 per s"}, {SU_UNIT_FRAC, "90 percent"},
        {SU_UNIT_POWER, "10KW"},  {SU_UNIT_POWER, "10kWh"},  {SU_UNIT_NONE, "1,000"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double v = 42;
        struct su_err err = {0};
        if (su_units_parse(su_str_c(bad[i].text), bad[i].unit, &v, "--x", &err) != SU_ERR_INPUT)
            fail_msg("\"%s\" was read as %g", bad[i].text, v);
        assert_true(v == 42);
    }
}

static void the_message_says_what_was_found_and_what_is_allowed(void **state)
{
    (void)state;
    double v = 0;
    struct su_err err = {0};
    assert_int_equal(su_units_parse(su_str_c("96G"), SU_UNIT_BYTES, &v, "--memory", &err),
                     SU_ERR_INPUT);
    assert_string_equal(err.where, "--memory");
    assert_string_equal(err.message, "\"96G\", expected a size such as 96GB or 80GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suffix_has_its_factor),
        cmocka_unit_test(spaces_and_exponents_are_read),
        cmocka_unit_test(what_is_no_such_quantity_is_refused),
        cmocka_unit_test(the_message_says_what_was_found_and_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
