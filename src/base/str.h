/* Strings: pointer and length inside, NUL-terminated at the C library's door. */
#ifndef SU_BASE_STR_H
#define SU_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct su_str {
    const char *p;
    size_t n;
};

/** View of a C string. */
struct su_str su_str_c(const char *s);
bool su_str_eq(struct su_str a, struct su_str b);
bool su_str_eq_c(struct su_str a, const char *b);

/** NUL-terminated copy in the arena. */
char *su_str_dup(struct su_arena *arena, struct su_str s);
char *su_str_dup_c(struct su_arena *arena, const char *s);
/** Copy in lower case (ASCII letters only). */
char *su_str_lower(struct su_arena *arena, const char *s);
struct su_str su_str_trim(struct su_str s);

/** printf into the arena. */
char *su_fmt(struct su_arena *arena, const char *fmt, ...) SU_PRINTF(2, 3);

/** The word of words[0..n) nearest to word by edit distance, for "did you mean"; NULL when none is
 * close enough (more than a third of its length away). */
const char *su_str_nearest(const char *word, const char *const *words, size_t n);

/** Parses all of s as a finite double / a decimal int64. False when anything else is there. */
bool su_str_to_double(struct su_str s, double *out);
bool su_str_to_int(struct su_str s, long long *out);

#endif
