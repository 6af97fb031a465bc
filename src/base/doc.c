/* The tree itself: reading typed members and making documents. Parsers and writers are in
 * doc_json.c, doc_yaml.c and doc_write.c. */
#include "base/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"

enum su_status su_doc_read(struct su_arena *arena, const char *path, struct su_doc **doc,
                           struct su_err *err)
{
    struct su_str text;
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    const char *dot = strrchr(path, '.');
    struct su_str start = su_str_trim(text);
    bool json = (dot != NULL && strcmp(dot, ".json") == 0) || (start.n > 0 && start.p[0] == '{');
    return json ? su_doc_parse_json(arena, text, path, doc, err)
                : su_doc_parse_yaml(arena, text, path, doc, err);
}

const struct su_doc *su_doc_get(const struct su_doc *doc, const char *key)
{
    if (doc == NULL || doc->kind != SU_DOC_OBJ)
        return NULL;
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        if (strcmp(doc->u.obj.items[i].key, key) == 0)
            return doc->u.obj.items[i].value;
    }
    return NULL;
}

/* Appends the pointer of doc, outermost part first. */
static void write_pointer(const struct su_doc *doc, char *out, size_t n_out)
{
    if (doc->parent == NULL)
        return;
    write_pointer(doc->parent, out, n_out);
    size_t n = strlen(out);
    if (doc->parent->kind == SU_DOC_OBJ)
        snprintf(out + n, n_out - n, "/%s", doc->parent->u.obj.items[doc->index].key);
    else
        snprintf(out + n, n_out - n, "/%u", doc->index);
}

void su_doc_where(const struct su_doc *doc, char *out, size_t n_out)
{
    const struct su_doc *root = doc;
    while (root->parent != NULL)
        root = root->parent;
    const char *name = root->name == NULL ? "input" : root->name;
    if (doc->line > 0)
        snprintf(out, n_out, "%s:%u", name, doc->line);
    else
        snprintf(out, n_out, "%s", name);
    if (doc->parent != NULL) {
        size_t n = strlen(out);
        snprintf(out + n, n_out - n, ": ");
        write_pointer(doc, out, n_out);
    }
}

const char *su_doc_kind_name(enum su_doc_kind kind)
{
    static const char *const names[] = {"null", "true or false", "an integer", "a number",
                                        "text", "a list",        "a mapping"};
    return names[kind];
}

enum su_status su_doc_fail_(struct su_err *err, const struct su_doc *doc, const char *fmt, ...)
{
    char where[sizeof(err->where)];
    su_doc_where(doc, where, sizeof(where));
    char message[sizeof(err->message)];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    return SU_FAIL(err, SU_ERR_INPUT, where, "%s", message);
}

/* The member, NULL when it is absent or null; an absent required one is an error. */
static enum su_status member(const struct su_doc *obj, const char *key, enum su_doc_need need,
                             const struct su_doc **out, struct su_err *err)
{
    const struct su_doc *m = su_doc_get(obj, key);
    if (m != NULL && m->kind == SU_DOC_NULL)
        m = NULL;
    if (m == NULL && need == SU_DOC_REQUIRED)
        return SU_DOC_FAIL(err, obj, "has no \"%s\", which is required", key);
    *out = m;
    return SU_OK;
}

enum su_status su_doc_int(const struct su_doc *obj, const char *key, enum su_doc_need need,
                          int64_t min, int64_t max, int64_t *out, struct su_err *err)
{
    const struct su_doc *m = NULL;
    SU_TRY(member(obj, key, need, &m, err));
    if (m == NULL)
        return SU_OK;
    int64_t v = 0;
    if (m->kind == SU_DOC_INT)
        v = m->u.integer;
    else if (m->kind == SU_DOC_REAL && m->u.real >= -9e15 && m->u.real <= 9e15 &&
             m->u.real == (double)(int64_t)m->u.real)
        v = (int64_t)m->u.real;
    else
        return SU_DOC_FAIL(err, m, "is %s, expected an integer %lld..%lld",
                           su_doc_kind_name(m->kind), (long long)min, (long long)max);
    if (v < min || v > max)
        return SU_DOC_FAIL(err, m, "is %lld, expected %lld..%lld", (long long)v, (long long)min,
                           (long long)max);
    *out = v;
    return SU_OK;
}

enum su_status su_doc_real(const struct su_doc *obj, const char *key, enum su_doc_need need,
                           double min, double max, double *out, struct su_err *err)
{
    const struct su_doc *m = NULL;
    SU_TRY(member(obj, key, need, &m, err));
    if (m == NULL)
        return SU_OK;
    double v = 0;
    if (m->kind == SU_DOC_INT)
        v = (double)m->u.integer;
    else if (m->kind == SU_DOC_REAL)
        v = m->u.real;
    else
        return SU_DOC_FAIL(err, m, "is %s, expected a number %g..%g", su_doc_kind_name(m->kind),
                           min, max);
    if (!(v >= min && v <= max))
        return SU_DOC_FAIL(err, m, "is %g, expected %g..%g", v, min, max);
    *out = v;
    return SU_OK;
}

enum su_status su_doc_bool(const struct su_doc *obj, const char *key, enum su_doc_need need,
                           bool *out, struct su_err *err)
{
    const struct su_doc *m = NULL;
    SU_TRY(member(obj, key, need, &m, err));
    if (m == NULL)
        return SU_OK;
    if (m->kind != SU_DOC_BOOL)
        return SU_DOC_FAIL(err, m, "is %s, expected true or false", su_doc_kind_name(m->kind));
    *out = m->u.boolean;
    return SU_OK;
}

enum su_status su_doc_str(const struct su_doc *obj, const char *key, enum su_doc_need need,
                          const char **out, struct su_err *err)
{
    const struct su_doc *m = NULL;
    SU_TRY(member(obj, key, need, &m, err));
    if (m == NULL)
        return SU_OK;
    if (m->kind != SU_DOC_STR)
        return SU_DOC_FAIL(err, m, "is %s, expected text", su_doc_kind_name(m->kind));
    *out = m->u.str.p;
    return SU_OK;
}

enum su_status su_doc_only_keys(const struct su_doc *obj, const char *const *allowed, size_t n,
                                struct su_err *err)
{
    for (size_t i = 0; obj->kind == SU_DOC_OBJ && i < obj->u.obj.n; i++) {
        const char *key = obj->u.obj.items[i].key;
        size_t k = 0;
        while (k < n && strcmp(allowed[k], key) != 0)
            k++;
        if (k < n)
            continue;
        const char *near = su_str_nearest(key, allowed, n);
        return SU_DOC_FAIL(err, obj->u.obj.items[i].value, "is not a known key%s%s%s",
                           near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                           near == NULL ? "" : "\"?");
    }
    return SU_OK;
}

struct su_doc *su_doc_new(struct su_arena *arena, enum su_doc_kind kind)
{
    struct su_doc *doc = SU_NEW(arena, struct su_doc);
    doc->kind = kind;
    return doc;
}

struct su_doc *su_doc_new_str(struct su_arena *arena, const char *s)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_STR);
    doc->u.str = su_str_c(su_str_dup_c(arena, s));
    return doc;
}

struct su_doc *su_doc_new_int(struct su_arena *arena, int64_t v)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_INT);
    doc->u.integer = v;
    return doc;
}

struct su_doc *su_doc_new_real(struct su_arena *arena, double v)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_REAL);
    doc->u.real = v;
    return doc;
}

void su_doc_put(struct su_arena *arena, struct su_doc *obj, const char *key, struct su_doc *value)
{
    value->parent = obj;
    value->index = (uint32_t)obj->u.obj.n;
    struct su_doc_member *m = SU_VEC_PUSH(arena, &obj->u.obj);
    m->key = su_str_dup_c(arena, key);
    m->value = value;
}

void su_doc_put_str(struct su_arena *arena, struct su_doc *obj, const char *key, const char *s)
{
    su_doc_put(arena, obj, key, su_doc_new_str(arena, s));
}

void su_doc_put_int(struct su_arena *arena, struct su_doc *obj, const char *key, int64_t v)
{
    su_doc_put(arena, obj, key, su_doc_new_int(arena, v));
}

void su_doc_put_real(struct su_arena *arena, struct su_doc *obj, const char *key, double v)
{
    su_doc_put(arena, obj, key, su_doc_new_real(arena, v));
}

void su_doc_put_bool(struct su_arena *arena, struct su_doc *obj, const char *key, bool v)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_BOOL);
    doc->u.boolean = v;
    su_doc_put(arena, obj, key, doc);
}

void su_doc_put_null(struct su_arena *arena, struct su_doc *obj, const char *key)
{
    su_doc_put(arena, obj, key, su_doc_new(arena, SU_DOC_NULL));
}

void su_doc_put_money(struct su_arena *arena, struct su_doc *obj, const char *key,
                      struct su_money m)
{
    struct su_doc *doc = su_doc_put_obj(arena, obj, key);
    su_doc_put_real(arena, doc, "amount", su_money_amount(m));
    su_doc_put_str(arena, doc, "currency", su_currency_code(m.currency));
}

struct su_doc *su_doc_put_obj(struct su_arena *arena, struct su_doc *obj, const char *key)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put(arena, obj, key, doc);
    return doc;
}

struct su_doc *su_doc_put_arr(struct su_arena *arena, struct su_doc *obj, const char *key)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_ARR);
    su_doc_put(arena, obj, key, doc);
    return doc;
}

void su_doc_push(struct su_arena *arena, struct su_doc *arr, struct su_doc *value)
{
    value->parent = arr;
    value->index = (uint32_t)arr->u.arr.n;
    *SU_VEC_PUSH(arena, &arr->u.arr) = value;
}

struct su_doc *su_doc_push_obj(struct su_arena *arena, struct su_doc *arr)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_push(arena, arr, doc);
    return doc;
}

void su_doc_push_str(struct su_arena *arena, struct su_doc *arr, const char *s)
{
    su_doc_push(arena, arr, su_doc_new_str(arena, s));
}
