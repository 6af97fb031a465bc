#include "base/jscan.h"

#include <stdint.h>
#include <string.h>

void su_jscan_init(struct su_jscan *scan, struct su_str text)
{
    *scan = (struct su_jscan){.p = text.p, .end = text.p + text.n};
}

static bool fault(struct su_jscan *s, const char *what)
{
    if (s->fault == NULL)
        s->fault = what;
    return false;
}

static void skip_space(struct su_jscan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

enum su_jscan_kind su_jscan_peek(struct su_jscan *scan)
{
    skip_space(scan);
    if (scan->fault != NULL || scan->p == scan->end)
        return SU_JSCAN_NONE;
    switch (*scan->p) {
    case '{':
        return SU_JSCAN_OBJECT;
    case '[':
        return SU_JSCAN_ARRAY;
    case '"':
        return SU_JSCAN_STRING;
    case 'n':
        return SU_JSCAN_NULL;
    case 't':
    case 'f':
        return SU_JSCAN_BOOL;
    default:
        return *scan->p == '-' || (*scan->p >= '0' && *scan->p <= '9') ? SU_JSCAN_NUMBER
                                                                       : SU_JSCAN_NONE;
    }
}

static bool enter(struct su_jscan *s, enum su_jscan_kind kind, const char *what)
{
    if (su_jscan_peek(s) != kind)
        return fault(s, what);
    s->p++;
    s->first = true;
    return true;
}

bool su_jscan_object(struct su_jscan *scan)
{
    return enter(scan, SU_JSCAN_OBJECT, "expected an object");
}

bool su_jscan_array(struct su_jscan *scan)
{
    return enter(scan, SU_JSCAN_ARRAY, "expected an array");
}

/* Past the comma before the next value, or past the closing bracket. */
static bool go_on(struct su_jscan *s, char close)
{
    if (s->fault != NULL)
        return false;
    skip_space(s);
    if (s->p == s->end)
        return fault(s, "the text ends inside an object or array");
    bool first = s->first;
    s->first = false;
    if (*s->p == close) {
        s->p++;
        return false;
    }
    if (first)
        return true;
    if (*s->p != ',')
        return fault(s, "expected a comma or a closing bracket");
    s->p++;
    return true;
}

bool su_jscan_item(struct su_jscan *scan)
{
    return go_on(scan, ']');
}

bool su_jscan_member(struct su_jscan *scan, struct su_str *key)
{
    if (!go_on(scan, '}') || !su_jscan_string(scan, key))
        return false;
    skip_space(scan);
    if (scan->p == scan->end || *scan->p != ':')
        return fault(scan, "expected a colon after the key");
    scan->p++;
    return true;
}

static bool digits(struct su_jscan *s)
{
    const char *start = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return s->p > start;
}

bool su_jscan_number(struct su_jscan *scan, struct su_str *text)
{
    if (su_jscan_peek(scan) != SU_JSCAN_NUMBER)
        return fault(scan, "expected a number");
    const char *start = scan->p;
    if (*scan->p == '-')
        scan->p++;
    bool zero = scan->p < scan->end && *scan->p == '0';
    const char *whole = scan->p;
    if (!digits(scan) || (zero && scan->p - whole > 1))
        return fault(scan, "a number is malformed");
    if (scan->p < scan->end && *scan->p == '.') {
        scan->p++;
        if (!digits(scan))
            return fault(scan, "a number is malformed");
    }
    if (scan->p < scan->end && (*scan->p == 'e' || *scan->p == 'E')) {
        scan->p++;
        if (scan->p < scan->end && (*scan->p == '+' || *scan->p == '-'))
            scan->p++;
        if (!digits(scan))
            return fault(scan, "a number is malformed");
    }
    *text = (struct su_str){start, (size_t)(scan->p - start)};
    return true;
}

/* ---- strings ---- */

static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return -1;
        value = value * 16 + d;
    }
    return value;
}

/* Length of the escape at p (which is a backslash), 0 when it is none. */
static size_t escape_length(const char *p, const char *end)
{
    if (end - p < 2)
        return 0;
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? 2 : 0;
    int unit = hex4(p + 2, end);
    if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return 0;
    if (unit < 0xd800 || unit > 0xdbff)
        return 6;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return 0;
    int low = hex4(p + 8, end);
    return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

/* Length of the UTF-8 sequence at p, 0 when it is none: no overlong form, no surrogate. */
static size_t utf8_length(const char *p, const char *end)
{
    unsigned char a = (unsigned char)p[0];
    size_t n = a < 0xc2 ? 0 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : a < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 0;
    }
    unsigned char b = (unsigned char)p[1];
    bool bad = (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) ||
               (a == 0xf4 && b > 0x8f);
    return bad ? 0 : n;
}

bool su_jscan_string(struct su_jscan *scan, struct su_str *raw)
{
    if (su_jscan_peek(scan) != SU_JSCAN_STRING)
        return fault(scan, "expected a string");
    const char *p = scan->p + 1;
    const char *start = p;
    while (p < scan->end && *p != '"') {
        unsigned char c = (unsigned char)*p;
        size_t n = c == '\\'  ? escape_length(p, scan->end)
                   : c < 0x20 ? 0
                   : c < 0x80 ? 1
                              : utf8_length(p, scan->end);
        if (n == 0)
            return fault(scan, c == '\\'  ? "a string has a bad escape"
                               : c < 0x20 ? "a string has a control character"
                                          : "a string is not UTF-8");
        p += n;
    }
    if (p == scan->end)
        return fault(scan, "a string is not closed");
    *raw = (struct su_str){start, (size_t)(p - start)};
    scan->p = p + 1;
    return true;
}

unsigned su_jscan_next_char(struct su_str *raw)
{
    if (raw->n == 0)
        return 0;
    const char *p = raw->p;
    const char *end = p + raw->n;
    size_t n = 1;
    unsigned value = (unsigned char)*p;
    if (value == '\\') {
        static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
        n = escape_length(p, end);
        if (n == 2)
            value = (unsigned char)strchr(plain, p[1])[1];
        else if (n == 6)
            value = (unsigned)hex4(p + 2, end);
        else if (n == 12)
            value = 0x10000 + (((unsigned)hex4(p + 2, end) - 0xd800) << 10) +
                    ((unsigned)hex4(p + 8, end) - 0xdc00);
    } else if (value >= 0x80) {
        n = utf8_length(p, end);
        value &= n == 2 ? 0x1f : n == 3 ? 0x0f : 0x07;
        for (size_t i = 1; i < n; i++)
            value = value << 6 | ((unsigned char)p[i] & 0x3f);
    }
    /* Checked when the string was read; a caller's own text must not loop. */
    if (n == 0)
        n = 1;
    *raw = (struct su_str){p + n, raw->n - n};
    return value;
}

/* ---- any value ---- */

static bool word(struct su_jscan *s, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
        return fault(s, "expected a value");
    s->p += n;
    return true;
}

static bool scalar(struct su_jscan *s, enum su_jscan_kind kind)
{
    struct su_str text;
    switch (kind) {
    case SU_JSCAN_NULL:
        return word(s, "null");
    case SU_JSCAN_BOOL:
        return word(s, *s->p == 't' ? "true" : "false");
    case SU_JSCAN_NUMBER:
        return su_jscan_number(s, &text);
    case SU_JSCAN_STRING:
        return su_jscan_string(s, &text);
    default:
        return fault(s, "expected a value");
    }
}

/* Brackets that are open are bits: 1 an object, 0 an array. */
bool su_jscan_skip(struct su_jscan *scan)
{
    uint64_t objects = 0;
    int depth = 0;
    struct su_str key;
    do {
        enum su_jscan_kind kind = su_jscan_peek(scan);
        if (kind == SU_JSCAN_OBJECT || kind == SU_JSCAN_ARRAY) {
            if (depth == SU_JSCAN_DEPTH_MAX)
                return fault(scan, "is nested too deep");
            objects = objects << 1 | (kind == SU_JSCAN_OBJECT);
            depth++;
            scan->p++;
            scan->first = true;
        } else if (!scalar(scan, kind)) {
            return false;
        }
        while (depth > 0) {
            bool more = (objects & 1) != 0 ? su_jscan_member(scan, &key) : su_jscan_item(scan);
            if (more)
                break;
            if (scan->fault != NULL)
                return false;
            objects >>= 1;
            depth--;
        }
    } while (depth > 0);
    return true;
}

bool su_jscan_end(struct su_jscan *scan)
{
    skip_space(scan);
    if (scan->fault == NULL && scan->p != scan->end)
        fault(scan, "text follows the value");
    return scan->fault == NULL;
}
