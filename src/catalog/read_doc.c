/* What accelerator and server files have in common: known keys only, an id that is the file's name,
 * and facts that are a number or a list of numbers with their sources. */
#include <math.h>
#include <string.h>

#include "catalog/read.h"

/* More sources than this for one number is a mistake. */
#define FACT_VALUES_MAX 32

static enum su_status check_no_null(const struct su_doc *doc, struct su_err *err)
{
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        if (doc->u.obj.items[i].value->kind == SU_DOC_NULL)
            return SU_DOC_FAIL(err, doc->u.obj.items[i].value,
                               "is null; leave the key out when the value is not known");
    }
    return SU_OK;
}

enum su_status su_catalog_doc_read(struct su_arena *arena, const char *path, const char *name,
                                   const char *const *allowed, size_t n_allowed,
                                   struct su_doc **doc, struct su_err *err)
{
    SU_TRY(su_doc_read(arena, path, doc, err));
    if ((*doc)->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, *doc, "is %s, expected a mapping", su_doc_kind_name((*doc)->kind));
    SU_TRY(su_doc_only_keys(*doc, allowed, n_allowed, err));
    SU_TRY(check_no_null(*doc, err));
    const char *id = NULL;
    SU_TRY(su_catalog_doc_text(*doc, "id", SU_DOC_REQUIRED, &id, err));
    if (!su_catalog_id_valid(id))
        return SU_DOC_FAIL(err, su_doc_get(*doc, "id"),
                           "is \"%s\", expected up to 64 of a-z, 0-9, '_', '-' and '.'", id);
    if (strcmp(id, name) != 0)
        return SU_DOC_FAIL(err, su_doc_get(*doc, "id"),
                           "is \"%s\", expected \"%s\" as the file is named", id, name);
    return SU_OK;
}

enum su_status su_catalog_doc_text(const struct su_doc *doc, const char *key, enum su_doc_need need,
                                   const char **out, struct su_err *err)
{
    const char *text = NULL;
    SU_TRY(su_doc_str(doc, key, need, &text, err));
    if (text == NULL)
        return SU_OK;
    if (text[0] == '\0')
        return SU_DOC_FAIL(err, su_doc_get(doc, key), "is empty");
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return SU_DOC_FAIL(err, su_doc_get(doc, key),
                               "holds a line break or control character, expected one line");
    }
    *out = text;
    return SU_OK;
}

enum su_status su_catalog_doc_word(const struct su_doc *doc, const char *key, enum su_doc_need need,
                                   const struct su_catalog_words *words, size_t *index,
                                   struct su_err *err)
{
    const char *word = NULL;
    SU_TRY(su_catalog_doc_text(doc, key, need, &word, err));
    if (word == NULL || su_catalog_words_find(words, word, index))
        return SU_OK;
    char list[256];
    su_catalog_words_list(words, list, sizeof(list));
    return SU_DOC_FAIL(err, su_doc_get(doc, key), "is \"%s\", expected one of %s", word, list);
}

enum su_status su_catalog_doc_date(const struct su_doc *doc, const char *key, enum su_doc_need need,
                                   struct su_date *out, struct su_err *err)
{
    const char *text = NULL;
    SU_TRY(su_catalog_doc_text(doc, key, need, &text, err));
    if (text == NULL || su_date_parse(su_str_c(text), out))
        return SU_OK;
    return SU_DOC_FAIL(err, su_doc_get(doc, key),
                       "is \"%s\", expected a date like 2026-05-01, 2026-05, 2026-Q2 or 2026",
                       text);
}

static enum su_status read_number(const struct su_doc *doc, const char *key,
                                  const struct su_catalog_bound *bound, double *out,
                                  struct su_err *err)
{
    SU_TRY(su_doc_real(doc, key, SU_DOC_REQUIRED, bound->min, bound->max, out, err));
    if (bound->whole && *out != floor(*out))
        return SU_DOC_FAIL(err, su_doc_get(doc, key), "is %g, expected a whole number", *out);
    return SU_OK;
}

/* One of several values. The first stands for the file, so the file's source speaks for it; every
 * other must say who contradicts. */
static enum su_status read_list_value(const struct su_doc *item, bool first,
                                      const struct su_catalog_bound *bound,
                                      struct su_fact_value *out, struct su_err *err)
{
    static const char *const keys[] = {"value", "source", "confidence"};
    if (item->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, item, "is %s, expected {\"value\": ..., \"source\": ...}",
                           su_doc_kind_name(item->kind));
    SU_TRY(su_doc_only_keys(item, keys, sizeof(keys) / sizeof(keys[0]), err));
    SU_TRY(check_no_null(item, err));
    SU_TRY(read_number(item, "value", bound, &out->value, err));
    SU_TRY(su_catalog_doc_text(item, "source", first ? SU_DOC_OPTIONAL : SU_DOC_REQUIRED,
                               &out->source, err));
    size_t confidence = SU_CONFIDENCE_UNSTATED;
    SU_TRY(su_catalog_doc_word(item, "confidence", SU_DOC_OPTIONAL, &su_catalog_words_confidence,
                               &confidence, err));
    out->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_doc_fact(struct su_arena *arena, const struct su_doc *doc,
                                   const char *key, enum su_doc_need need,
                                   const struct su_catalog_bound *bound, struct su_fact *out,
                                   struct su_err *err)
{
    const struct su_doc *field = su_doc_get(doc, key);
    if (field == NULL && need == SU_DOC_OPTIONAL)
        return SU_OK;
    size_t n = field != NULL && field->kind == SU_DOC_ARR ? field->u.arr.n : 1;
    if (n == 0 || n > FACT_VALUES_MAX)
        return SU_DOC_FAIL(err, field, "is a list of %zu values, expected 1..%d", n,
                           FACT_VALUES_MAX);
    struct su_fact_value *values = SU_NEW_ARRAY(arena, n, struct su_fact_value);
    if (field != NULL && field->kind == SU_DOC_ARR) {
        for (size_t i = 0; i < n; i++)
            SU_TRY(read_list_value(field->u.arr.items[i], i == 0, bound, &values[i], err));
    } else {
        SU_TRY(read_number(doc, key, bound, &values[0].value, err));
    }
    *out = (struct su_fact){values, (uint32_t)n};
    return SU_OK;
}
