/* JSON read by someone who knows what should be there: no tree, no allocation, one pass. For
 * traces and other streams; documents go through base/doc. Strict, as base/doc is: UTF-8, whole
 * surrogate pairs, no NaN, nesting up to SU_JSCAN_DEPTH_MAX. Duplicate keys are the caller's. */
#ifndef SU_BASE_JSCAN_H
#define SU_BASE_JSCAN_H

#include <stdbool.h>

#include "base/str.h"

#define SU_JSCAN_DEPTH_MAX 64

enum su_jscan_kind {
    SU_JSCAN_NONE, /* no value starts here */
    SU_JSCAN_NULL,
    SU_JSCAN_BOOL,
    SU_JSCAN_NUMBER,
    SU_JSCAN_STRING,
    SU_JSCAN_ARRAY,
    SU_JSCAN_OBJECT,
};

/* Every call gives false after a fault, so that only the end must be checked. */
struct su_jscan {
    const char *p;
    const char *end;
    const char *fault; /* what is wrong, NULL while nothing is */
    bool first;        /* inside brackets, before the first value */
};

void su_jscan_init(struct su_jscan *scan, struct su_str text);

/** What kind of value is next. */
enum su_jscan_kind su_jscan_peek(struct su_jscan *scan);

/** Enters an object; then su_jscan_member until false. The value of each member must be read, or
 * skipped, before the next. key is raw: escapes in it are left as they are. */
bool su_jscan_object(struct su_jscan *scan);
bool su_jscan_member(struct su_jscan *scan, struct su_str *key);
/** Enters an array; then su_jscan_item until false, each followed by a read or skip. */
bool su_jscan_array(struct su_jscan *scan);
bool su_jscan_item(struct su_jscan *scan);

/** Text of a number, in JSON's grammar. */
bool su_jscan_number(struct su_jscan *scan, struct su_str *text);
/** What is between the quotes, checked but with its escapes. */
bool su_jscan_string(struct su_jscan *scan, struct su_str *raw);
/** Any value, checked. */
bool su_jscan_skip(struct su_jscan *scan);
/** True when no fault occurred and only white space is left. */
bool su_jscan_end(struct su_jscan *scan);

/** The next character of a raw string: escapes resolved, a surrogate pair is one. 0 at its end. */
unsigned su_jscan_next_char(struct su_str *raw);

#endif
