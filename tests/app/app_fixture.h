/* Requests as a user would write them, and the answer's fields. */
#ifndef SU_TEST_APP_FIXTURE_H
#define SU_TEST_APP_FIXTURE_H

#include <string.h>

#include "su_test_arena.h"

#include "app/app.h"

/* Sets one option by flag name; fails the test when it is refused. */
static inline void set(struct su_arena *arena, struct su_request *r, const char *flag,
                       const char *text)
{
    struct su_err err = {0};
    const struct su_option *o = su_option_find(flag);
    if (o == NULL)
        fail_msg("%s is no option", flag);
    assert_ok(su_request_set(arena, r, o, text, flag, &err), err);
}

/* flag, value, … NULL */
static inline struct su_request request_of(struct su_arena *arena, const char *const *words)
{
    struct su_request r = {0};
    for (; words[0] != NULL; words += 2)
        set(arena, &r, words[0], words[1]);
    return r;
}
#define REQUEST(arena, ...) request_of(arena, (const char *const[]){__VA_ARGS__, NULL})

typedef enum su_status app_verb(struct su_arena *arena, const struct su_request *request,
                                const struct su_view *view, struct su_answer *answer,
                                struct su_err *err);

static inline const struct su_doc *run_verb(struct su_arena *arena, app_verb *verb,
                                            const struct su_request *r, enum su_lang lang,
                                            struct su_answer *answer)
{
    struct su_err err = {0};
    struct su_view view = {.lang = lang, .width = 100};
    *answer = (struct su_answer){0};
    su_buf_init(&answer->text);
    assert_ok(verb(arena, r, &view, answer, &err), err);
    assert_non_null(answer->doc);
    assert_true(answer->text.n > 0);
    su_buf_release(&answer->text);
    return answer->doc;
}

/* Member that must be there, of one of two kinds (a real may have been written as an integer). */
static inline const struct su_doc *need(const struct su_doc *doc, const char *key,
                                        enum su_doc_kind kind)
{
    const struct su_doc *v = su_doc_get(doc, key);
    if (v == NULL)
        fail_msg("key %s is missing", key);
    if (v->kind != kind)
        fail_msg("key %s is %s, expected %s", key, su_doc_kind_name(v->kind),
                 su_doc_kind_name(kind));
    return v;
}

static inline double real_of(const struct su_doc *doc, const char *key)
{
    return need(doc, key, SU_DOC_REAL)->u.real;
}

static inline int64_t int_of(const struct su_doc *doc, const char *key)
{
    return need(doc, key, SU_DOC_INT)->u.integer;
}

static inline const char *str_of(const struct su_doc *doc, const char *key)
{
    return need(doc, key, SU_DOC_STR)->u.str.p;
}

/* Keys "name:kind" separated by spaces; kind is one letter: s i r b a o. */
static inline void need_all(const struct su_doc *doc, const char *keys)
{
    static const char letters[] = "sirbao";
    static const enum su_doc_kind kinds[] = {SU_DOC_STR,  SU_DOC_INT, SU_DOC_REAL,
                                             SU_DOC_BOOL, SU_DOC_ARR, SU_DOC_OBJ};
    char key[64];
    while (*keys != '\0') {
        size_t n = strcspn(keys, ":");
        assert_true(n < sizeof(key) && keys[n] == ':');
        memcpy(key, keys, n);
        key[n] = '\0';
        need(doc, key, kinds[strchr(letters, keys[n + 1]) - letters]);
        keys += n + 2;
        keys += *keys == ' ';
    }
}

/* Entry of assumptions[] by name, or NULL. */
static inline const struct su_doc *assumption(const struct su_doc *doc, const char *name)
{
    const struct su_doc *list = need(doc, "assumptions", SU_DOC_ARR);
    for (size_t i = 0; i < list->u.arr.n; i++) {
        if (strcmp(str_of(list->u.arr.items[i], "name"), name) == 0)
            return list->u.arr.items[i];
    }
    return NULL;
}

/* interval[metric] is [low, high] with low <= value <= high; null is an open end. */
static inline void assert_bracketed(const struct su_doc *doc, const char *metric, double value)
{
    const struct su_doc *pair = need(need(doc, "interval", SU_DOC_OBJ), metric, SU_DOC_ARR);
    assert_int_equal(pair->u.arr.n, 2);
    const struct su_doc *low = pair->u.arr.items[0];
    const struct su_doc *high = pair->u.arr.items[1];
    if (low->kind == SU_DOC_REAL && !(low->u.real <= value))
        fail_msg("%s: %g is below %g", metric, value, low->u.real);
    if (high->kind == SU_DOC_REAL && !(high->u.real >= value))
        fail_msg("%s: %g is above %g", metric, value, high->u.real);
}

#endif
