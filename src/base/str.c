#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct su_str su_str_c(const char *s)
{
    return (struct su_str){s, s == NULL ? 0 : strlen(s)};
}

bool su_str_eq(struct su_str a, struct su_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool su_str_eq_c(struct su_str a, const char *b)
{
    return su_str_eq(a, su_str_c(b));
}

char *su_str_dup(struct su_arena *arena, struct su_str s)
{
    char *copy = su_arena_alloc(arena, s.n + 1);
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    return copy;
}

char *su_str_dup_c(struct su_arena *arena, const char *s)
{
    return su_str_dup(arena, su_str_c(s));
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *su_str_lower(struct su_arena *arena, const char *s)
{
    char *copy = su_str_dup_c(arena, s);
    for (char *c = copy; *c != '\0'; c++)
        *c = lower(*c);
    return copy;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct su_str su_str_trim(struct su_str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

char *su_fmt(struct su_arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        n = 0;
    char *s = su_arena_alloc(arena, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

/* Levenshtein distance, capped by the row buffer: words longer than it are never "near". */
#define NEAR_WORD_MAX 64

static size_t edit_distance(const char *a, const char *b)
{
    size_t na = strlen(a);
    size_t nb = strlen(b);
    if (na >= NEAR_WORD_MAX || nb >= NEAR_WORD_MAX)
        return SIZE_MAX;
    size_t row[NEAR_WORD_MAX + 1];
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t above = row[j];
            size_t cost = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            if (above + 1 < cost)
                cost = above + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            row[j] = cost;
            diagonal = above;
        }
    }
    return row[nb];
}

const char *su_str_nearest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    size_t allowed = 1 + strlen(word) / 3;
    for (size_t i = 0; i < n; i++) {
        size_t distance = edit_distance(word, words[i]);
        /* Someone who types the beginning of a long name means that name. */
        if (strlen(word) >= 3 && strncmp(words[i], word, strlen(word)) == 0 && distance > allowed)
            distance = allowed;
        if (distance < best_distance) {
            best_distance = distance;
            best = words[i];
        }
    }
    return best_distance <= allowed ? best : NULL;
}

bool su_str_to_double(struct su_str s, double *out)
{
    char text[64];
    if (s.n == 0 || s.n >= sizeof(text))
        return false;
    /* strtod also reads hexadecimal, "inf" and "nan": none of them is a number a person means. */
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("0123456789+-.eE", s.p[i]) == NULL || s.p[i] == '\0')
            return false;
        text[i] = s.p[i];
    }
    text[s.n] = '\0';
    char *end = NULL;
    double value = strtod(text, &end);
    if (end != text + s.n || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool su_str_to_int(struct su_str s, long long *out)
{
    char text[32];
    if (s.n == 0 || s.n >= sizeof(text))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool sign = i == 0 && (s.p[i] == '-' || s.p[i] == '+') && s.n > 1;
        if (!sign && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
        text[i] = s.p[i];
    }
    text[s.n] = '\0';
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno == ERANGE)
        return false;
    *out = value;
    return true;
}
