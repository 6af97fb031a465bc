/* JSON in, by jansson: strict UTF-8, exact 64-bit integers, errors with a line. */
#include <jansson.h>
#include <string.h>

#include "base/doc.h"

static enum su_status copy(struct su_arena *arena, json_t *json, uint32_t depth, const char *name,
                           struct su_doc **out, struct su_err *err)
{
    static const enum su_doc_kind kinds[] = {
        [JSON_OBJECT] = SU_DOC_OBJ,  [JSON_ARRAY] = SU_DOC_ARR, [JSON_STRING] = SU_DOC_STR,
        [JSON_INTEGER] = SU_DOC_INT, [JSON_REAL] = SU_DOC_REAL, [JSON_TRUE] = SU_DOC_BOOL,
        [JSON_FALSE] = SU_DOC_BOOL,  [JSON_NULL] = SU_DOC_NULL,
    };
    if (depth > SU_DOC_DEPTH_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, name, "is nested deeper than %d levels",
                       SU_DOC_DEPTH_MAX);
    struct su_doc *doc = su_doc_new(arena, kinds[json_typeof(json)]);
    *out = doc;
    switch (doc->kind) {
    case SU_DOC_BOOL:
        doc->u.boolean = json_is_true(json);
        break;
    case SU_DOC_INT:
        doc->u.integer = json_integer_value(json);
        break;
    case SU_DOC_REAL:
        doc->u.real = json_real_value(json);
        break;
    case SU_DOC_STR:
        doc->u.str = su_str_c(
            su_str_dup(arena, (struct su_str){json_string_value(json), json_string_length(json)}));
        break;
    case SU_DOC_ARR:
        for (size_t i = 0; i < json_array_size(json); i++) {
            struct su_doc *item = NULL;
            SU_TRY(copy(arena, json_array_get(json, i), depth + 1, name, &item, err));
            su_doc_push(arena, doc, item);
        }
        break;
    case SU_DOC_OBJ: {
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach (json, key, value) {
            struct su_doc *item = NULL;
            SU_TRY(copy(arena, value, depth + 1, name, &item, err));
            su_doc_put(arena, doc, key, item);
        }
        break;
    }
    case SU_DOC_NULL:
        break;
    }
    return SU_OK;
}

enum su_status su_doc_parse_json(struct su_arena *arena, struct su_str text, const char *name,
                                 struct su_doc **doc, struct su_err *err)
{
    json_error_t at;
    json_t *json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
    if (json == NULL) {
        char where[600];
        snprintf(where, sizeof(where), "%s:%d:%d", name, at.line, at.column);
        return SU_FAIL(err, SU_ERR_INPUT, where, "is not valid JSON: %s", at.text);
    }
    enum su_status st = copy(arena, json, 1, name, doc, err);
    json_decref(json);
    if (st == SU_OK)
        (*doc)->name = su_str_dup_c(arena, name);
    return st;
}
