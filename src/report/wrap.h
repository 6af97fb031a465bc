/* Line breaking of text that mixes Chinese and Latin words. Private to report. */
#ifndef SU_REPORT_WRAP_H
#define SU_REPORT_WRAP_H

#include <stddef.h>

#include "base/arena.h"

struct su_wrap_line {
    const char *p; /* no space at its end */
    size_t n;      /* bytes */
    size_t width;  /* columns */
};

struct su_wrap {
    struct su_wrap_line *items;
    size_t n;
    size_t cap;
};

/**
 * Lines of at most width columns (0 = no limit); '\n' always ends one, and there is at least one.
 * Breaks are at spaces and between CJK characters; a word wider than a line is cut. Punctuation
 * that closes does not start a line and one that opens does not end one, unless a line is too
 * narrow for anything else. Other control characters become spaces: text from outside must neither
 * move the cursor nor disturb the columns.
 */
void su_wrap_text(struct su_arena *arena, const char *text, size_t width, struct su_wrap *lines);

#endif
