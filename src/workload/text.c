/* Numbers, times and ids as traces write them. */
#include "workload/reader.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/str.h"

/* Digits that a time may have in front of its decimal point, and behind it before rounding. */
#define WHOLE_MAX 1000000000000000
#define FRACTION_DIGITS 18

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits up to a value of WHOLE_MAX; false without any or beyond. */
static bool take_digits(struct su_str *text, int64_t *value)
{
    size_t n = 0;
    *value = 0;
    for (; n < text->n && is_digit(text->p[n]); n++) {
        if (*value > WHOLE_MAX)
            return false;
        *value = *value * 10 + (text->p[n] - '0');
    }
    *text = (struct su_str){text->p + n, text->n - n};
    return n > 0;
}

/* ".123" as parts of unit_ps, rounded to the nearest; false for a point without digits. */
static bool take_fraction(struct su_str *text, int64_t unit_ps, su_wide_ps *part)
{
    su_wide_ps value = 0;
    su_wide_ps scale = 1;
    size_t n = 1;
    for (; n < text->n && is_digit(text->p[n]); n++) {
        if (n <= FRACTION_DIGITS) {
            value = value * 10 + (text->p[n] - '0');
            scale *= 10;
        }
    }
    *part = (value * unit_ps * 2 + scale) / (scale * 2);
    *text = (struct su_str){text->p + n, text->n - n};
    return n > 1;
}

bool su_text_ps(struct su_str text, int64_t unit_ps, su_wide_ps *t_ps)
{
    struct su_str rest = text;
    int64_t whole = 0;
    su_wide_ps part = 0;
    if (!take_digits(&rest, &whole))
        return false;
    if (rest.n > 0 && rest.p[0] == '.' && !take_fraction(&rest, unit_ps, &part))
        return false;
    if (rest.n == 0) {
        *t_ps = (su_wide_ps)whole * unit_ps + part;
        return true;
    }
    double value = 0;
    if (!su_str_to_double(text, &value) || value < 0 || value > (double)WHOLE_MAX)
        return false;
    *t_ps = (su_wide_ps)(value * (double)unit_ps + 0.5);
    return true;
}

/* Two digits up to max, after the character lead (0: none). */
static bool take_two(struct su_str *text, char lead, int max, int64_t *value)
{
    size_t skip = lead != 0;
    if (text->n < skip + 2 || (lead != 0 && text->p[0] != lead))
        return false;
    struct su_str two = {text->p + skip, 2};
    *text = (struct su_str){text->p + skip + 2, text->n - skip - 2};
    return take_digits(&two, value) && two.n == 0 && *value <= max;
}

bool su_text_timestamp(struct su_str text, su_wide_ps *t_ps)
{
    enum { DAY_CHARS = 10 };
    struct su_date date;
    if (text.n < DAY_CHARS + 1 || !su_date_parse((struct su_str){text.p, DAY_CHARS}, &date) ||
        (text.p[DAY_CHARS] != ' ' && text.p[DAY_CHARS] != 'T'))
        return false;
    struct su_str rest = {text.p + DAY_CHARS + 1, text.n - DAY_CHARS - 1};
    int64_t h = 0;
    int64_t m = 0;
    int64_t s = 0;
    su_wide_ps part = 0;
    if (!take_two(&rest, 0, 23, &h) || !take_two(&rest, ':', 59, &m) ||
        !take_two(&rest, ':', 60, &s))
        return false;
    int64_t unit_ps = INT64_C(1000000000000);
    if (rest.n > 0 && rest.p[0] == '.' && !take_fraction(&rest, unit_ps, &part))
        return false;
    int64_t zone_h = 0;
    int64_t zone_m = 0;
    int64_t sign = 0;
    if (rest.n > 0 && rest.p[0] == 'Z') {
        rest = (struct su_str){rest.p + 1, rest.n - 1};
    } else if (rest.n > 0) {
        sign = rest.p[0] == '+' ? 1 : rest.p[0] == '-' ? -1 : 0;
        if (sign == 0 || !take_two(&rest, rest.p[0], 23, &zone_h) ||
            !take_two(&rest, ':', 59, &zone_m))
            return false;
    }
    int64_t seconds = (int64_t)su_date_days(date) * 86400 + (h * 60 + m) * 60 + s -
                      sign * (zone_h * 60 + zone_m) * 60;
    *t_ps = (su_wide_ps)seconds * unit_ps + part;
    return rest.n == 0;
}

bool su_text_whole(struct su_str text, int64_t *value)
{
    long long whole = 0;
    const char *point = text.n == 0 ? NULL : memchr(text.p, '.', text.n);
    if (point != NULL) {
        for (const char *c = point + 1; c < text.p + text.n; c++) {
            if (*c != '0')
                return false;
        }
        text.n = (size_t)(point - text.p);
    }
    if (!su_str_to_int(text, &whole))
        return false;
    *value = whole;
    return true;
}

uint64_t su_text_hash(struct su_str text)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
    return h;
}

bool su_text_block_ids(struct su_arena *arena, struct su_str text, struct su_row *row)
{
    const char *p = text.p;
    const char *end = text.p + text.n;
    while (p < end) {
        if (*p == ' ') {
            p++;
            continue;
        }
        uint64_t id = 0;
        const char *start = p;
        for (; p < end && is_digit(*p); p++) {
            uint64_t digit = (uint64_t)(*p - '0');
            if (id > (UINT64_MAX - digit) / 10)
                return false;
            id = id * 10 + digit;
        }
        if (p == start || (p < end && *p != ' '))
            return false;
        *SU_VEC_PUSH(arena, &row->block_ids) = id;
    }
    return true;
}

enum su_status su_reader_bad(struct su_reader *reader, const char *what, struct su_str text,
                             const char *allowed, struct su_err *err)
{
    enum { SHOWN = 40 };
    return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                   "%s is \"%.*s%s\", expected %s", what, (int)(text.n > SHOWN ? SHOWN : text.n),
                   text.p, text.n > SHOWN ? "…" : "", allowed);
}
