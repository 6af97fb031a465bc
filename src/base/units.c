#include "base/units.h"

#include <math.h>
#include <string.h>

struct suffix {
    enum su_unit unit;
    const char *text;
    double factor;
};

static const struct suffix suffixes[] = {
    {SU_UNIT_NONE, "k", 1e3},
    {SU_UNIT_NONE, "M", 1e6},
    {SU_UNIT_NONE, "G", 1e9},
    {SU_UNIT_NONE, "万", 1e4},
    {SU_UNIT_NONE, "亿", 1e8},
    {SU_UNIT_TIME, "ns", 1e-9},
    {SU_UNIT_TIME, "us", 1e-6},
    {SU_UNIT_TIME, "µs", 1e-6},
    {SU_UNIT_TIME, "ms", 1e-3},
    {SU_UNIT_TIME, "s", 1},
    {SU_UNIT_TIME, "min", 60},
    {SU_UNIT_TIME, "h", 3600},
    {SU_UNIT_TIME, "d", 86400},
    {SU_UNIT_BYTES, "B", 1},
    {SU_UNIT_BYTES, "kB", 1e3},
    {SU_UNIT_BYTES, "MB", 1e6},
    {SU_UNIT_BYTES, "GB", 1e9},
    {SU_UNIT_BYTES, "TB", 1e12},
    {SU_UNIT_BYTES, "KiB", 1024},
    {SU_UNIT_BYTES, "MiB", 1048576},
    {SU_UNIT_BYTES, "GiB", 1073741824},
    {SU_UNIT_BYTES, "TiB", 1099511627776},
    {SU_UNIT_RATE, "/s", 1},
    {SU_UNIT_RATE, "/min", 1.0 / 60},
    {SU_UNIT_RATE, "/h", 1.0 / 3600},
    {SU_UNIT_RATE, "/d", 1.0 / 86400},
    {SU_UNIT_FRAC, "%", 0.01},
    {SU_UNIT_POWER, "W", 1},
    {SU_UNIT_POWER, "kW", 1e3},
    {SU_UNIT_POWER, "MW", 1e6},
};

static const char *accepted(enum su_unit unit)
{
    switch (unit) {
    case SU_UNIT_TIME:
        return "a time such as 50ms, 2s or 1.5h";
    case SU_UNIT_BYTES:
        return "a size such as 96GB or 80GiB";
    case SU_UNIT_RATE:
        return "a rate such as 2, 2/s or 100/min";
    case SU_UNIT_FRAC:
        return "a fraction such as 0.9 or 90%";
    case SU_UNIT_POWER:
        return "a power such as 700W or 10kW";
    case SU_UNIT_NONE:
        break;
    }
    return "a number such as 12, 1.5k or 2万";
}

enum su_status su_units_parse(struct su_str text, enum su_unit unit, double *value,
                              const char *where, struct su_err *err)
{
    struct su_str t = su_str_trim(text);
    size_t n = 0;
    while (n < t.n && strchr("0123456789.+-", t.p[n]) != NULL && t.p[n] != '\0')
        n++;
    /* An exponent belongs to the number only when digits follow it ("2e3", but "2e" is a typo). */
    if (n + 1 < t.n && n > 0 && (t.p[n] == 'e' || t.p[n] == 'E') &&
        strchr("0123456789+-", t.p[n + 1]) != NULL) {
        n += 2;
        while (n < t.n && t.p[n] >= '0' && t.p[n] <= '9')
            n++;
    }
    double number = 0;
    double factor = 1;
    bool ok = su_str_to_double((struct su_str){t.p, n}, &number);
    struct su_str rest = su_str_trim((struct su_str){t.p + n, t.n - n});
    if (ok && rest.n > 0) {
        ok = false;
        for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
            if (suffixes[i].unit == unit && su_str_eq_c(rest, suffixes[i].text)) {
                factor = suffixes[i].factor;
                ok = true;
                break;
            }
        }
    }
    if (!ok || !isfinite(number * factor))
        return SU_FAIL(err, SU_ERR_INPUT, where, "\"%.*s\", expected %s",
                       text.n > 60 ? 60 : (int)text.n, text.p, accepted(unit));
    *value = number * factor;
    return SU_OK;
}
