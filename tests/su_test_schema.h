/* A document against a JSON schema: the words type, enum, pattern, minLength, minimum, maximum,
 * items, minItems, maxItems, properties, required, minProperties, additionalProperties (false or a
 * schema), and propertyNames with a pattern. Another word fails the test rather than being passed
 * over. */
#ifndef SU_TEST_SCHEMA_H
#define SU_TEST_SCHEMA_H

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/doc.h"

struct schema_check {
    char why[512]; /* of the first failure */
    bool failed;
};

static inline void schema_fail(struct schema_check *c, const struct su_doc *doc, const char *word,
                               const char *detail)
{
    if (c->failed)
        return;
    char where[256];
    su_doc_where(doc, where, sizeof(where));
    snprintf(c->why, sizeof(c->why), "%s: %s %s", where, word, detail);
    c->failed = true;
}

static inline bool schema_matches(const char *pattern, const char *text)
{
    regex_t re;
    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool ok = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return ok;
}

static inline bool schema_is(const struct su_doc *doc, const char *type)
{
    static const char *const names[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object"};
    return strcmp(names[doc->kind], type) == 0;
}

static inline int64_t schema_limit(const struct su_doc *schema, const char *word, int64_t none)
{
    const struct su_doc *v = su_doc_get(schema, word);
    return v == NULL ? none : v->u.integer;
}

static inline void schema_check_scalar(struct schema_check *c, const struct su_doc *schema,
                                       const struct su_doc *doc)
{
    const struct su_doc *allowed = su_doc_get(schema, "enum");
    const struct su_doc *pattern = su_doc_get(schema, "pattern");
    if (doc->kind == SU_DOC_STR) {
        bool found = allowed == NULL;
        for (size_t i = 0; allowed != NULL && i < allowed->u.arr.n; i++)
            found = found || su_str_eq(allowed->u.arr.items[i]->u.str, doc->u.str);
        if (!found)
            schema_fail(c, doc, "enum does not have", doc->u.str.p);
        if (pattern != NULL && !schema_matches(pattern->u.str.p, doc->u.str.p))
            schema_fail(c, doc, pattern->u.str.p, doc->u.str.p);
        if ((int64_t)doc->u.str.n < schema_limit(schema, "minLength", 0))
            schema_fail(c, doc, "minLength", doc->u.str.p);
    }
    if (doc->kind == SU_DOC_INT && (doc->u.integer < schema_limit(schema, "minimum", INT64_MIN) ||
                                    doc->u.integer > schema_limit(schema, "maximum", INT64_MAX)))
        schema_fail(c, doc, "minimum, maximum", "");
}

static inline void schema_check_node(struct schema_check *c, const struct su_doc *schema,
                                     const struct su_doc *doc);

static inline void schema_check_object(struct schema_check *c, const struct su_doc *schema,
                                       const struct su_doc *doc)
{
    const struct su_doc *properties = su_doc_get(schema, "properties");
    const struct su_doc *required = su_doc_get(schema, "required");
    const struct su_doc *more = su_doc_get(schema, "additionalProperties");
    const struct su_doc *named = su_doc_get(schema, "propertyNames");
    for (size_t i = 0; required != NULL && i < required->u.arr.n; i++) {
        const char *key = required->u.arr.items[i]->u.str.p;
        if (su_doc_get(doc, key) == NULL)
            schema_fail(c, doc, "required", key);
    }
    if ((int64_t)doc->u.obj.n < schema_limit(schema, "minProperties", 0))
        schema_fail(c, doc, "minProperties", "");
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const struct su_doc_member *m = &doc->u.obj.items[i];
        const struct su_doc *own = properties == NULL ? NULL : su_doc_get(properties, m->key);
        if (named != NULL && !schema_matches(su_doc_get(named, "pattern")->u.str.p, m->key))
            schema_fail(c, doc, "propertyNames", m->key);
        if (own != NULL)
            schema_check_node(c, own, m->value);
        else if (more != NULL && more->kind == SU_DOC_BOOL && !more->u.boolean)
            schema_fail(c, doc, "has no property", m->key);
        else if (more != NULL && more->kind == SU_DOC_OBJ)
            schema_check_node(c, more, m->value);
    }
}

static inline void schema_check_node(struct schema_check *c, const struct su_doc *schema,
                                     const struct su_doc *doc)
{
    static const char *const words[] = {"$comment",      "type",
                                        "enum",          "pattern",
                                        "minLength",     "minimum",
                                        "maximum",       "items",
                                        "minItems",      "maxItems",
                                        "properties",    "required",
                                        "minProperties", "additionalProperties",
                                        "propertyNames"};
    for (size_t i = 0; i < schema->u.obj.n; i++) {
        size_t k = 0;
        while (k < sizeof(words) / sizeof(words[0]) &&
               strcmp(words[k], schema->u.obj.items[i].key) != 0)
            k++;
        if (k == sizeof(words) / sizeof(words[0]))
            schema_fail(c, doc, "the checker does not know", schema->u.obj.items[i].key);
    }
    const struct su_doc *type = su_doc_get(schema, "type");
    if (type != NULL && !schema_is(doc, type->u.str.p)) {
        schema_fail(c, doc, "type is not", type->u.str.p);
        return;
    }
    schema_check_scalar(c, schema, doc);
    if (doc->kind == SU_DOC_OBJ)
        schema_check_object(c, schema, doc);
    if (doc->kind != SU_DOC_ARR)
        return;
    int64_t n = (int64_t)doc->u.arr.n;
    if (n < schema_limit(schema, "minItems", 0) || n > schema_limit(schema, "maxItems", INT64_MAX))
        schema_fail(c, doc, "minItems, maxItems", "");
    for (size_t i = 0; i < doc->u.arr.n; i++)
        schema_check_node(c, su_doc_get(schema, "items"), doc->u.arr.items[i]);
}

#endif
