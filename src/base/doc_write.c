/* Documents out: JSON for machines, YAML for briefs. Own code because jansson prints every double
 * with 17 digits and libyaml's emitter needs an event per scalar for a page of text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"

/* Bytes of the character at p if it must be escaped though it is no ASCII: C1 controls, U+2028,
 * U+2029, U+FEFF, U+FFFE, U+FFFF. YAML refuses them or reads a line break, other readers may. */
static size_t hidden_bytes(const char *p, size_t n, unsigned *code)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n >= 2 && u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0) {
        *code = u[1];
        return 2;
    }
    if (n < 3 || (u[0] & 0xf0) != 0xe0)
        return 0;
    *code = (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
    return *code == 0x2028 || *code == 0x2029 || *code == 0xfeff || *code >= 0xfffe ? 3 : 0;
}

static void write_string(struct su_buf *out, struct su_str s)
{
    su_buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        unsigned code = 0;
        size_t n_hidden = hidden_bytes(s.p + i, s.n - i, &code);
        if (n_hidden > 0) {
            su_buf_printf(out, "\\u%04x", code);
            i += n_hidden - 1;
        } else if (c == '"' || c == '\\') {
            su_buf_putc(out, '\\');
            su_buf_putc(out, (char)c);
        } else if (c == '\n') {
            su_buf_puts(out, "\\n");
        } else if (c == '\t') {
            su_buf_puts(out, "\\t");
        } else if (c < 0x20 || c == 0x7f) {
            su_buf_printf(out, "\\u%04x", c);
        } else {
            su_buf_putc(out, (char)c);
        }
    }
    su_buf_putc(out, '"');
}

/* Fewest digits that read back to the same double; always recognisable as a real. */
static void write_real(struct su_buf *out, double v)
{
    if (!isfinite(v)) {
        su_buf_puts(out, "null");
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    su_buf_puts(out, text);
    if (strpbrk(text, ".e") == NULL)
        su_buf_puts(out, ".0");
}

static void write_scalar(struct su_buf *out, const struct su_doc *doc)
{
    switch (doc->kind) {
    case SU_DOC_BOOL:
        su_buf_puts(out, doc->u.boolean ? "true" : "false");
        break;
    case SU_DOC_INT:
        su_buf_printf(out, "%lld", (long long)doc->u.integer);
        break;
    case SU_DOC_REAL:
        write_real(out, doc->u.real);
        break;
    case SU_DOC_STR:
        write_string(out, doc->u.str);
        break;
    default:
        su_buf_puts(out, "null");
    }
}

static void write_json(struct su_buf *out, const struct su_doc *doc, size_t indent)
{
    bool arr = doc->kind == SU_DOC_ARR;
    if (!arr && doc->kind != SU_DOC_OBJ) {
        write_scalar(out, doc);
        return;
    }
    size_t n = arr ? doc->u.arr.n : doc->u.obj.n;
    su_buf_putc(out, arr ? '[' : '{');
    for (size_t i = 0; i < n; i++) {
        su_buf_puts(out, i == 0 ? "\n" : ",\n");
        su_buf_pad(out, ' ', indent + 2);
        if (!arr) {
            write_string(out, su_str_c(doc->u.obj.items[i].key));
            su_buf_puts(out, ": ");
        }
        write_json(out, arr ? doc->u.arr.items[i] : doc->u.obj.items[i].value, indent + 2);
    }
    if (n > 0) {
        su_buf_putc(out, '\n');
        su_buf_pad(out, ' ', indent);
    }
    su_buf_putc(out, arr ? ']' : '}');
}

void su_doc_write_json(struct su_buf *out, const struct su_doc *doc)
{
    write_json(out, doc, 0);
    su_buf_putc(out, '\n');
}

/* Text that YAML would read as something else, or that holds its punctuation, is quoted (a JSON
 * string is a YAML string). */
static void write_yaml_string(struct su_buf *out, struct su_str s)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=";
    long long integer = 0;
    double real = 0;
    bool plain = s.n > 0 && strchr("-=.", s.p[0]) == NULL && !su_str_to_int(s, &integer) &&
                 !su_str_to_double(s, &real);
    for (size_t i = 0; plain && i < s.n; i++)
        plain = strchr(safe, s.p[i]) != NULL;
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; plain && i < 3; i++) {
        struct su_str w = su_str_c(words[i]);
        bool same = s.n == w.n;
        for (size_t k = 0; same && k < s.n; k++)
            same = (s.p[k] | 0x20) == w.p[k];
        plain = !same;
    }
    if (plain)
        su_buf_add(out, s.p, s.n);
    else
        write_string(out, s);
}

/* Text of several lines that a literal block gives back byte for byte: it ends in one line break,
 * no line is blank or ends in a space, the
 * first does not start with one, and nothing in it would need an escape. */
static bool is_block(struct su_str s)
{
    if (s.n < 2 || s.p[s.n - 1] != '\n' || memchr(s.p, '\n', s.n - 1) == NULL)
        return false;
    bool start = true;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool at_end = i + 1 == s.n || s.p[i + 1] == '\n';
        if (c == '\n' ? start : c < 0x20 || c > 0x7e || (c == ' ' && (i == 0 || at_end)))
            return false;
        start = c == '\n';
    }
    return true;
}

static void write_block(struct su_buf *out, struct su_str s, size_t indent)
{
    su_buf_puts(out, "|\n");
    for (size_t i = 0; i < s.n;) {
        size_t n = (size_t)((const char *)memchr(s.p + i, '\n', s.n - i) - (s.p + i)) + 1;
        su_buf_pad(out, ' ', indent);
        su_buf_add(out, s.p + i, n);
        i += n;
    }
}

/* libyaml gives up on "key:" when the ':' is not within 1024 characters, so a long key is announced
 * by '?'. Six bytes are what one byte can become when it is escaped. */
#define LONG_KEY_BYTES (1000 / 6)

static void write_yaml_key(struct su_buf *out, const char *key, size_t indent)
{
    struct su_str s = su_str_c(key);
    if (s.n > LONG_KEY_BYTES)
        su_buf_puts(out, "? ");
    write_yaml_string(out, s);
    if (s.n > LONG_KEY_BYTES) {
        su_buf_putc(out, '\n');
        su_buf_pad(out, ' ', indent);
    }
}

static void write_yaml(struct su_buf *out, const struct su_doc *doc, size_t indent, bool inline_ok)
{
    bool arr = doc->kind == SU_DOC_ARR;
    size_t n = arr ? doc->u.arr.n : doc->kind == SU_DOC_OBJ ? doc->u.obj.n : 0;
    if (doc->kind == SU_DOC_STR && is_block(doc->u.str)) {
        write_block(out, doc->u.str, indent == 0 ? 2 : indent);
        return;
    }
    if (n == 0) {
        if (arr)
            su_buf_puts(out, "[]");
        else if (doc->kind == SU_DOC_OBJ)
            su_buf_puts(out, "{}");
        else if (doc->kind == SU_DOC_STR)
            write_yaml_string(out, doc->u.str);
        else
            write_scalar(out, doc);
        su_buf_putc(out, '\n');
        return;
    }
    if (!inline_ok)
        su_buf_putc(out, '\n');
    for (size_t i = 0; i < n; i++) {
        const struct su_doc *item = arr ? doc->u.arr.items[i] : doc->u.obj.items[i].value;
        bool nested = (item->kind == SU_DOC_ARR && item->u.arr.n > 0) ||
                      (item->kind == SU_DOC_OBJ && item->u.obj.n > 0);
        if (!(inline_ok && i == 0))
            su_buf_pad(out, ' ', indent);
        if (arr) {
            su_buf_puts(out, "- ");
        } else {
            write_yaml_key(out, doc->u.obj.items[i].key, indent);
            su_buf_puts(out, nested ? ":" : ": ");
        }
        write_yaml(out, item, indent + 2, arr);
    }
}

void su_doc_write_yaml(struct su_buf *out, const struct su_doc *doc)
{
    write_yaml(out, doc, 0, true);
}
