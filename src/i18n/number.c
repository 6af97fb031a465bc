/* Numbers as people read them: three significant digits, a unit that keeps the figure between 1
 * and 1000, and for money the scales of each language (k, M, B, T; 万, 亿). Every figure is rounded
 * before its unit is chosen, so "1,000 ms" never stands where "1.00 s" is meant. */
#include "i18n/i18n.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above this a double no longer holds every integer, and nobody reads the digits. */
#define GROUPED_MAX 1e15

/* A comma before every third digit from the right. digits: only digits. */
static const char *grouped(struct su_arena *arena, bool negative, const char *digits)
{
    size_t n = strlen(digits);
    char *out = su_arena_alloc(arena, n + n / 3 + 2);
    size_t at = 0;
    if (negative)
        out[at++] = '-';
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    return out;
}

/* Decimal exponent of |v| after rounding to three digits: 999.7 has 3. */
static int exponent_of(double v)
{
    char text[32];
    snprintf(text, sizeof(text), "%.2e", fabs(v));
    return atoi(strchr(text, 'e') + 1);
}

static const char *with_decimals(struct su_arena *arena, double v, int decimals)
{
    if (decimals > 0)
        return su_fmt(arena, "%.*f", decimals, v);
    char digits[32];
    snprintf(digits, sizeof(digits), "%.0f", fabs(v));
    return grouped(arena, v < 0 && strcmp(digits, "0") != 0, digits);
}

const char *su_number(struct su_arena *arena, double v)
{
    if (isnan(v))
        return "-";
    if (isinf(v))
        return v < 0 ? "-inf" : "inf";
    if (v == 0)
        return "0";
    int exponent = exponent_of(v);
    if (exponent < -6 || fabs(v) >= GROUPED_MAX)
        return su_fmt(arena, "%.2e", v);
    return with_decimals(arena, v, exponent >= 2 ? 0 : 2 - exponent);
}

const char *su_number_int(struct su_arena *arena, int64_t v)
{
    /* The magnitude of INT64_MIN does not fit an int64. */
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    char digits[32];
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)magnitude);
    return grouped(arena, v < 0, digits);
}

struct scale {
    double size;
    const char *name;
};

/* The largest scale of which v, rounded, has at least one; else the first. */
static const struct scale *scale_for(const struct scale *scales, size_t n, double v)
{
    size_t best = 0;
    for (size_t i = 1; i < n && v != 0; i++) {
        if (exponent_of(v / scales[i].size) >= 0)
            best = i;
    }
    return &scales[best];
}

const char *su_number_bytes(struct su_arena *arena, double bytes)
{
    static const struct scale scales[] = {{1, "B"},     {1e3, "kB"},  {1e6, "MB"}, {1e9, "GB"},
                                          {1e12, "TB"}, {1e15, "PB"}, {1e18, "EB"}};
    if (!isfinite(bytes))
        return su_number(arena, bytes);
    const struct scale *s = scale_for(scales, sizeof(scales) / sizeof(scales[0]), bytes);
    /* There are no fractions of a byte to show three digits of. */
    const char *figure =
        s->size == 1 ? with_decimals(arena, bytes, 0) : su_number(arena, bytes / s->size);
    return su_fmt(arena, "%s %s", figure, s->name);
}

const char *su_number_time(struct su_arena *arena, double s)
{
    static const struct scale short_scales[] = {{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}};
    /* Two of a larger unit before it is used: "90.0 s" says more than "1.50 min". */
    static const struct scale long_scales[] = {{60, "min"}, {3600, "h"}, {86400, "d"}};
    if (!isfinite(s))
        return su_number(arena, s);
    if (s == 0)
        return "0 s";
    const struct scale *best = scale_for(short_scales, 4, s);
    for (size_t i = 0; i < 3; i++) {
        if (fabs(s) >= 2 * long_scales[i].size)
            best = &long_scales[i];
    }
    return su_fmt(arena, "%s %s", su_number(arena, s / best->size), best->name);
}

static const enum su_msg currency_names[SU_CURRENCY_COUNT] = {
    [SU_CNY] = SU_MSG_currency_cny, [SU_USD] = SU_MSG_currency_usd, [SU_EUR] = SU_MSG_currency_eur,
    [SU_JPY] = SU_MSG_currency_jpy, [SU_HKD] = SU_MSG_currency_hkd, [SU_INR] = SU_MSG_currency_inr,
};

static const char *money_english(struct su_arena *arena, double amount, const char *currency)
{
    static const struct scale scales[] = {
        {1, ""}, {1e3, " k"}, {1e6, " M"}, {1e9, " B"}, {1e12, " T"}};
    const struct scale *s = scale_for(scales, sizeof(scales) / sizeof(scales[0]), amount);
    return su_fmt(arena, "%s %s%s", currency, su_number(arena, amount / s->size), s->name);
}

/* 万 spans four digits, so three significant ones are too few for "123.4 万元" and "1,234 万元". */
static const char *money_chinese(struct su_arena *arena, double amount, const char *currency)
{
    double size = fabs(amount);
    if (size >= 9999.5e4)
        return su_fmt(arena, "%s 亿%s", su_number(arena, amount / 1e8), currency);
    if (size < 9999.5)
        return su_fmt(arena, "%s %s", su_number(arena, amount), currency);
    double wan = amount / 1e4;
    int decimals = fabs(wan) < 9.995 ? 2 : fabs(wan) < 999.95 ? 1 : 0;
    return su_fmt(arena, "%s 万%s", with_decimals(arena, wan, decimals), currency);
}

const char *su_currency_word(enum su_lang lang, enum su_currency currency)
{
    return su_text(lang, currency_names[currency]);
}

const char *su_number_money(struct su_arena *arena, enum su_lang lang, struct su_money m)
{
    const char *currency = su_currency_word(lang, m.currency);
    double amount = su_money_amount(m);
    return lang == SU_LANG_ZH ? money_chinese(arena, amount, currency)
                              : money_english(arena, amount, currency);
}
