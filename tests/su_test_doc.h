/* Equality of document trees, for round trips in tests and fuzz targets. */
#ifndef SU_TEST_DOC_H
#define SU_TEST_DOC_H

#include <stdbool.h>
#include <string.h>

#include "base/doc.h"

/* Same kinds, same values to the last bit, members in the same order. Lines and names do not
 * count. */
static inline bool doc_equal(const struct su_doc *a, const struct su_doc *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case SU_DOC_NULL:
        return true;
    case SU_DOC_BOOL:
        return a->u.boolean == b->u.boolean;
    case SU_DOC_INT:
        return a->u.integer == b->u.integer;
    case SU_DOC_REAL:
        return memcmp(&a->u.real, &b->u.real, sizeof(a->u.real)) == 0;
    case SU_DOC_STR:
        return su_str_eq(a->u.str, b->u.str);
    case SU_DOC_ARR:
        if (a->u.arr.n != b->u.arr.n)
            return false;
        for (size_t i = 0; i < a->u.arr.n; i++) {
            if (!doc_equal(a->u.arr.items[i], b->u.arr.items[i]))
                return false;
        }
        return true;
    case SU_DOC_OBJ:
        if (a->u.obj.n != b->u.obj.n)
            return false;
        for (size_t i = 0; i < a->u.obj.n; i++) {
            if (strcmp(a->u.obj.items[i].key, b->u.obj.items[i].key) != 0 ||
                !doc_equal(a->u.obj.items[i].value, b->u.obj.items[i].value))
                return false;
        }
        return true;
    }
    return false;
}

#endif
