/* Greedy line breaking: the part of UAX 14 that tables of Chinese and English need. Left out:
 * hyphenation, no-break spaces, rules for other scripts. */
#include "report/wrap.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "i18n/i18n.h"

static const char closing[] = "，。；：、！？）」』》〉】〕”’…％,.;:!?)]}%";
static const char opening[] = "（「『《〈【〔“‘([{";

/* A place where the line may end: at end, the next one starting at next (spaces in between). Both
 * widths count from the start of the line. */
struct place {
    const char *end;
    const char *next;
    size_t end_width;
    size_t next_width;
};

struct breaker {
    struct su_arena *arena;
    struct su_wrap *lines;
    size_t limit;
    const char *start;   /* of the line being filled */
    size_t width;        /* of it, up to the character being placed */
    const char *ink_end; /* end of its last character that is no space */
    size_t ink_width;
    struct place good;      /* last allowed break; end NULL when there is none */
    struct place emergency; /* last character that may start a line, for words that are cut */
};

static bool is_one_of(const char *set, const char *p)
{
    for (size_t n = 0; *set != '\0'; set += n) {
        n = 1;
        while (((unsigned char)set[n] & 0xc0) == 0x80)
            n++;
        if (strncmp(set, p, n) == 0)
            return true;
    }
    return false;
}

static void emit(struct breaker *b, const char *end, size_t width)
{
    *SU_VEC_PUSH(b->arena, b->lines) =
        (struct su_wrap_line){b->start, (size_t)(end - b->start), width};
}

static void break_at(struct breaker *b, struct place place)
{
    emit(b, place.end, place.end_width);
    b->start = place.next;
    b->width -= place.next_width;
    b->good.end = NULL;
    if (b->emergency.end != NULL && b->emergency.end > place.next) {
        b->emergency.end_width -= place.next_width;
        b->emergency.next_width -= place.next_width;
    } else {
        b->emergency.end = NULL;
    }
}

static void add_space(struct breaker *b, const char *p)
{
    bool first_after_ink = p == b->ink_end && p > b->start;
    if (first_after_ink)
        b->good = (struct place){.end = p, .end_width = b->width};
    b->width++;
    if (b->good.end != NULL && b->good.end == b->ink_end) {
        b->good.next = p + 1;
        b->good.next_width = b->width;
    }
}

static void add_char(struct breaker *b, const char *p, size_t n, size_t width, const char *before,
                     bool before_wide)
{
    struct place here = {p, p, b->width, b->width};
    bool starts = !is_one_of(closing, p);
    bool joint = before != NULL && p == b->ink_end && p > b->start;
    if (joint && (before_wide || width == 2) && starts && !is_one_of(opening, before))
        b->good = here;
    bool blank = b->ink_end == b->start;
    if (starts && !blank)
        b->emergency = here;
    while (b->limit > 0 && b->width + width > b->limit && p > b->start) {
        /* A break moves the line's start, so the place at hand is measured anew each time. */
        here.end_width = here.next_width = b->width;
        if (blank) { /* an indent that leaves no room is dropped */
            b->start = p;
            b->width = 0;
        } else if (b->good.end != NULL) {
            break_at(b, b->good);
        } else if (!starts && b->emergency.end != NULL) {
            break_at(b, b->emergency);
        } else {
            break_at(b, here);
        }
    }
    b->width += width;
    b->ink_end = p + n;
    b->ink_width = b->width;
}

/* One hard line: text[0..end) without '\n'. */
static void wrap_one(struct breaker *b, const char *p, const char *end)
{
    b->start = p;
    b->width = 0;
    b->ink_end = p;
    b->ink_width = 0;
    b->good.end = NULL;
    b->emergency.end = NULL;
    const char *before = NULL;
    bool before_wide = false;
    while (p < end) {
        size_t width = 0;
        size_t n = su_text_next(p, &width);
        if (*p == ' ') {
            add_space(b, p);
            n = 1;
        } else {
            add_char(b, p, n, width, before, before_wide);
            before = p;
            before_wide = width == 2;
        }
        p += n;
    }
    emit(b, b->ink_end, b->ink_end == b->start ? 0 : b->ink_width);
}

/* Copy with control characters as spaces: C0 but '\n', DEL, and C1 (U+0080..U+009F). */
static char *without_controls(struct su_arena *arena, const char *text)
{
    char *copy = su_str_dup_c(arena, text);
    for (char *p = copy; *p != '\0'; p++) {
        unsigned char c = (unsigned char)p[0];
        unsigned char next = (unsigned char)p[1];
        if ((c < 0x20 && c != '\n') || c == 0x7f)
            *p = ' ';
        else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
            p[0] = p[1] = ' ';
    }
    return copy;
}

void su_wrap_text(struct su_arena *arena, const char *text, size_t width, struct su_wrap *lines)
{
    *lines = (struct su_wrap){0};
    struct breaker b = {.arena = arena, .lines = lines, .limit = width};
    const char *p = without_controls(arena, text);
    for (;;) {
        const char *end = strchr(p, '\n');
        if (end == NULL)
            break;
        wrap_one(&b, p, end);
        p = end + 1;
    }
    wrap_one(&b, p, p + strlen(p));
}
