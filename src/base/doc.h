/* One document tree for JSON (jansson) and YAML (libyaml), in and out. */
#ifndef SU_BASE_DOC_H
#define SU_BASE_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/money.h"
#include "base/str.h"

enum su_doc_kind {
    SU_DOC_NULL,
    SU_DOC_BOOL,
    SU_DOC_INT,
    SU_DOC_REAL,
    SU_DOC_STR,
    SU_DOC_ARR,
    SU_DOC_OBJ,
};

struct su_doc;

struct su_doc_member {
    const char *key;
    struct su_doc *value;
};

/* Nodes live in the arena they were parsed or made in. Members keep their order. */
struct su_doc {
    enum su_doc_kind kind;
    uint32_t line;               /* 1-based, YAML only; 0 = not known */
    uint32_t index;              /* position in the parent */
    const struct su_doc *parent; /* NULL at the root */
    const char *name;            /* file name, at the root only */
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct su_str str;
        struct {
            struct su_doc **items;
            size_t n;
            size_t cap;
        } arr;
        struct {
            struct su_doc_member *items;
            size_t n;
            size_t cap;
        } obj;
    } u;
};

/* Nesting beyond this is an attack or a mistake; no real config or brief comes near. */
#define SU_DOC_DEPTH_MAX 64

/** Strict JSON (UTF-8, no duplicate keys, no NaN). Errors are SU_ERR_INPUT with "name:line". */
SU_MUST_CHECK enum su_status su_doc_parse_json(struct su_arena *arena, struct su_str text,
                                               const char *name, struct su_doc **doc,
                                               struct su_err *err);
/** YAML 1.2 core schema, one document; anchors, aliases, tags and duplicate keys are refused. */
SU_MUST_CHECK enum su_status su_doc_parse_yaml(struct su_arena *arena, struct su_str text,
                                               const char *name, struct su_doc **doc,
                                               struct su_err *err);
/** Reads path: JSON when it ends in .json or starts with '{', else YAML. */
SU_MUST_CHECK enum su_status su_doc_read(struct su_arena *arena, const char *path,
                                         struct su_doc **doc, struct su_err *err);

/* ---- reading ---- */

/** Member of an object, NULL when absent (or doc is no object). */
const struct su_doc *su_doc_get(const struct su_doc *doc, const char *key);
/** "file:line: /json/pointer" of a node, written into out. */
void su_doc_where(const struct su_doc *doc, char *out, size_t n_out);
const char *su_doc_kind_name(enum su_doc_kind kind);
/** SU_ERR_INPUT at doc's place, with the given text. */
#define SU_DOC_FAIL(err, doc, ...) su_doc_fail_((err), (doc), __VA_ARGS__)
enum su_status su_doc_fail_(struct su_err *err, const struct su_doc *doc, const char *fmt, ...)
    SU_PRINTF(3, 4);

enum su_doc_need { SU_DOC_OPTIONAL, SU_DOC_REQUIRED };

/* Typed members with their allowed range. An absent or null optional member leaves *out alone. */
SU_MUST_CHECK enum su_status su_doc_int(const struct su_doc *obj, const char *key,
                                        enum su_doc_need need, int64_t min, int64_t max,
                                        int64_t *out, struct su_err *err);
SU_MUST_CHECK enum su_status su_doc_real(const struct su_doc *obj, const char *key,
                                         enum su_doc_need need, double min, double max, double *out,
                                         struct su_err *err);
SU_MUST_CHECK enum su_status su_doc_bool(const struct su_doc *obj, const char *key,
                                         enum su_doc_need need, bool *out, struct su_err *err);
SU_MUST_CHECK enum su_status su_doc_str(const struct su_doc *obj, const char *key,
                                        enum su_doc_need need, const char **out,
                                        struct su_err *err);
/** Every key of obj must be one of allowed[0..n): else SU_ERR_INPUT with "did you mean". */
SU_MUST_CHECK enum su_status su_doc_only_keys(const struct su_doc *obj, const char *const *allowed,
                                              size_t n, struct su_err *err);

/* ---- making ---- */

struct su_doc *su_doc_new(struct su_arena *arena, enum su_doc_kind kind);
struct su_doc *su_doc_new_str(struct su_arena *arena, const char *s);
struct su_doc *su_doc_new_int(struct su_arena *arena, int64_t v);
struct su_doc *su_doc_new_real(struct su_arena *arena, double v);
void su_doc_put(struct su_arena *arena, struct su_doc *obj, const char *key, struct su_doc *value);
void su_doc_put_str(struct su_arena *arena, struct su_doc *obj, const char *key, const char *s);
void su_doc_put_int(struct su_arena *arena, struct su_doc *obj, const char *key, int64_t v);
void su_doc_put_real(struct su_arena *arena, struct su_doc *obj, const char *key, double v);
void su_doc_put_bool(struct su_arena *arena, struct su_doc *obj, const char *key, bool v);
void su_doc_put_null(struct su_arena *arena, struct su_doc *obj, const char *key);
/** {"amount": 1.5, "currency": "CNY"} */
void su_doc_put_money(struct su_arena *arena, struct su_doc *obj, const char *key,
                      struct su_money m);
struct su_doc *su_doc_put_obj(struct su_arena *arena, struct su_doc *obj, const char *key);
struct su_doc *su_doc_put_arr(struct su_arena *arena, struct su_doc *obj, const char *key);
void su_doc_push(struct su_arena *arena, struct su_doc *arr, struct su_doc *value);
struct su_doc *su_doc_push_obj(struct su_arena *arena, struct su_doc *arr);
void su_doc_push_str(struct su_arena *arena, struct su_doc *arr, const char *s);

/* ---- writing ---- */

/** Indented JSON with a final newline. A real prints with the fewest digits that read back to the
 * same value; one that is not finite prints null. */
void su_doc_write_json(struct su_buf *out, const struct su_doc *doc);
/** Block YAML that su_doc_parse_yaml reads back to the same tree. */
void su_doc_write_yaml(struct su_buf *out, const struct su_doc *doc);

#endif
