/* Messages: looked up by number in the generated table, placeholders filled in by name. */
#include "i18n/i18n.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The language is what stands before '_', '-', '.' or '@': "zhuang" is not Chinese. */
enum su_lang su_lang_from_locale(const char *locale)
{
    if (locale == NULL || lower(locale[0]) != 'z' || lower(locale[1]) != 'h')
        return SU_LANG_EN;
    return locale[2] == '\0' || strchr("_-.@", locale[2]) != NULL ? SU_LANG_ZH : SU_LANG_EN;
}

const char *su_text(enum su_lang lang, enum su_msg msg)
{
    assert((int)msg >= 0 && msg < SU_MSG_COUNT);
    return su_messages[msg][lang == SU_LANG_ZH ? 1 : 0];
}

/* Value of the placeholder name[0..n) among the pairs of args, NULL when it has none. */
static const char *value_of(const char *name, size_t n, va_list args)
{
    const char *value = NULL;
    va_list pairs;
    va_copy(pairs, args);
    for (const char *key = va_arg(pairs, const char *); key != NULL && value == NULL;
         key = va_arg(pairs, const char *)) {
        const char *v = va_arg(pairs, const char *);
        if (strlen(key) == n && memcmp(key, name, n) == 0)
            value = v;
    }
    va_end(pairs);
    return value;
}

/* One pass over the message; out is NULL when only the length is wanted. A value that holds braces
 * is not filled again. */
static size_t fill(char *out, const char *text, va_list args)
{
    size_t n_out = 0;
    while (*text != '\0') {
        const char *piece = text;
        size_t n_piece = 1;
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        text++;
        if (close != NULL) {
            const char *value = value_of(text, (size_t)(close - text), args);
            if (value != NULL) {
                piece = value;
                n_piece = strlen(value);
                text = close + 1;
            }
        }
        if (out != NULL)
            memcpy(out + n_out, piece, n_piece);
        n_out += n_piece;
    }
    return n_out;
}

const char *su_text_fill(struct su_arena *arena, enum su_lang lang, enum su_msg msg, ...)
{
    const char *text = su_text(lang, msg);
    va_list args;
    va_start(args, msg);
    size_t n = fill(NULL, text, args);
    char *out = su_arena_alloc(arena, n + 1);
    fill(out, text, args);
    va_end(args);
    return out;
}
