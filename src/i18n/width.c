/* Columns of text in a terminal, by the Unicode tables of utf8proc: the locale of the process does
 * not matter. Characters of ambiguous width (× … →) count as one column, as most terminals show
 * them. Emoji joined by ZWJ count part by part: terminals do not agree on those. */
#include <string.h>
#include <utf8proc.h>

#include "i18n/i18n.h"

static const char ellipsis[] = "…";

/* A byte that is no UTF-8 is one character of one column (a terminal shows one sign for it). */
static size_t one_code_point(const char *utf8, size_t n_left, size_t *width)
{
    utf8proc_int32_t code = -1;
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)utf8, (utf8proc_ssize_t)n_left, &code);
    if (n <= 0 || code < 0) {
        *width = 1;
        return 1;
    }
    int columns = utf8proc_charwidth(code);
    *width = columns > 0 ? (size_t)columns : 0;
    return (size_t)n;
}

size_t su_text_next(const char *utf8, size_t *width)
{
    size_t n_left = strnlen(utf8, 4);
    *width = 0;
    if (n_left == 0)
        return 0;
    size_t n = one_code_point(utf8, n_left, width);
    for (;;) {
        size_t mark_width = 0;
        n_left = strnlen(utf8 + n, 4);
        if (n_left == 0 || (unsigned char)utf8[n] < 0x80)
            return n;
        size_t n_mark = one_code_point(utf8 + n, n_left, &mark_width);
        if (mark_width > 0)
            return n;
        n += n_mark;
    }
}

size_t su_text_width(const char *utf8)
{
    size_t total = 0;
    while (*utf8 != '\0') {
        size_t width = 0;
        utf8 += su_text_next(utf8, &width);
        total += width;
    }
    return total;
}

const char *su_text_clip(struct su_arena *arena, const char *utf8, size_t width)
{
    if (su_text_width(utf8) <= width)
        return su_str_dup_c(arena, utf8);
    if (width == 0)
        return "";
    size_t used = 0;
    size_t n = 0;
    for (;;) {
        size_t w = 0;
        size_t n_char = su_text_next(utf8 + n, &w);
        if (used + w > width - 1) /* one column is the ellipsis */
            break;
        used += w;
        n += n_char;
    }
    return su_fmt(arena, "%.*s%s", (int)n, utf8, ellipsis);
}
