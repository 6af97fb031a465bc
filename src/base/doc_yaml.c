/* YAML in, by libyaml's events: block and flow style, core schema scalars. What a brief does not
 * need and an attack would use (aliases, tags, several documents) is refused. */
#include <assert.h>
#include <string.h>
#include <yaml.h>

#include "base/doc.h"

struct reader {
    struct su_arena *arena;
    const char *name;
    yaml_parser_t parser;
};

static enum su_status fail_at(struct reader *r, size_t line, struct su_err *err, const char *what)
{
    return SU_FAIL(err, SU_ERR_INPUT, su_fmt(r->arena, "%s:%zu", r->name, line + 1), "%s", what);
}

static enum su_status next(struct reader *r, yaml_event_t *event, struct su_err *err)
{
    if (yaml_parser_parse(&r->parser, event))
        return SU_OK;
    const char *problem = r->parser.problem == NULL ? "unreadable" : r->parser.problem;
    size_t line =
        r->parser.error == YAML_READER_ERROR ? r->parser.mark.line : r->parser.problem_mark.line;
    return fail_at(r, line, err, su_fmt(r->arena, "is not valid YAML: %s", problem));
}

/* Keys of one mapping; keeps the search for doubles, which is quadratic, short. */
#define KEYS_MAX 4096

static bool is_word(struct su_str s, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (su_str_eq_c(s, *words))
            return true;
    }
    return false;
}

/* YAML 1.2 core schema; "no" and "on" are text, as a person writes them. */
static void resolve_plain(struct su_doc *doc, struct su_str s)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    long long integer = 0;
    double real = 0;
    if (is_word(s, nulls)) {
        doc->kind = SU_DOC_NULL;
    } else if (is_word(s, trues) || is_word(s, falses)) {
        doc->kind = SU_DOC_BOOL;
        doc->u.boolean = is_word(s, trues);
    } else if (su_str_to_int(s, &integer)) {
        doc->kind = SU_DOC_INT;
        doc->u.integer = integer;
    } else if (su_str_to_double(s, &real)) {
        doc->kind = SU_DOC_REAL;
        doc->u.real = real;
    }
}

static enum su_status read_node(struct reader *r, const yaml_event_t *first, uint32_t depth,
                                struct su_doc **out, struct su_err *err);

static enum su_status read_scalar(struct reader *r, const yaml_event_t *e, struct su_doc **out,
                                  struct su_err *err)
{
    struct su_str s = {(const char *)e->data.scalar.value, e->data.scalar.length};
    if (e->data.scalar.tag != NULL || e->data.scalar.anchor != NULL)
        return fail_at(r, e->start_mark.line, err, "tags and anchors are not supported");
    if (memchr(s.p, '\0', s.n) != NULL)
        return fail_at(r, e->start_mark.line, err, "a NUL byte is in the text");
    struct su_doc *doc = su_doc_new(r->arena, SU_DOC_STR);
    doc->u.str = su_str_c(su_str_dup(r->arena, s));
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        resolve_plain(doc, s);
    *out = doc;
    return SU_OK;
}

static enum su_status read_sequence(struct reader *r, uint32_t depth, struct su_doc *doc,
                                    struct su_err *err)
{
    for (;;) {
        yaml_event_t e;
        SU_TRY(next(r, &e, err));
        if (e.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&e);
            return SU_OK;
        }
        struct su_doc *item = NULL;
        enum su_status st = read_node(r, &e, depth + 1, &item, err);
        yaml_event_delete(&e);
        SU_TRY(st);
        su_doc_push(r->arena, doc, item);
    }
}

static enum su_status read_key(struct reader *r, const yaml_event_t *e, const struct su_doc *doc,
                               const char **key, struct su_err *err)
{
    if (e->type != YAML_SCALAR_EVENT)
        return fail_at(r, e->start_mark.line, err, "a key is not plain text");
    struct su_doc *scalar = NULL;
    SU_TRY(read_scalar(r, e, &scalar, err));
    *key = su_str_dup(r->arena,
                      (struct su_str){(const char *)e->data.scalar.value, e->data.scalar.length});
    if (su_doc_get(doc, *key) != NULL)
        return fail_at(r, e->start_mark.line, err,
                       su_fmt(r->arena, "key \"%s\" is there twice", *key));
    return SU_OK;
}

static enum su_status read_mapping(struct reader *r, uint32_t depth, struct su_doc *doc,
                                   struct su_err *err)
{
    for (;;) {
        yaml_event_t e;
        SU_TRY(next(r, &e, err));
        if (e.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&e);
            return SU_OK;
        }
        if (doc->u.obj.n >= KEYS_MAX) {
            yaml_event_delete(&e);
            return SU_FAIL(err, SU_ERR_LIMIT, r->name, "has a mapping of more than %d keys",
                           KEYS_MAX);
        }
        const char *key = NULL;
        enum su_status st = read_key(r, &e, doc, &key, err);
        yaml_event_delete(&e);
        SU_TRY(st);
        SU_TRY(next(r, &e, err));
        struct su_doc *value = NULL;
        st = read_node(r, &e, depth + 1, &value, err);
        yaml_event_delete(&e);
        SU_TRY(st);
        su_doc_put(r->arena, doc, key, value);
    }
}

static enum su_status read_node(struct reader *r, const yaml_event_t *e, uint32_t depth,
                                struct su_doc **out, struct su_err *err)
{
    uint32_t line = (uint32_t)e->start_mark.line + 1;
    if (depth > SU_DOC_DEPTH_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, r->name, "is nested deeper than %d levels",
                       SU_DOC_DEPTH_MAX);
    struct su_doc *doc = NULL;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        SU_TRY(read_scalar(r, e, &doc, err));
        break;
    case YAML_SEQUENCE_START_EVENT:
        if (e->data.sequence_start.tag != NULL || e->data.sequence_start.anchor != NULL)
            return fail_at(r, e->start_mark.line, err, "tags and anchors are not supported");
        doc = su_doc_new(r->arena, SU_DOC_ARR);
        SU_TRY(read_sequence(r, depth, doc, err));
        break;
    case YAML_MAPPING_START_EVENT:
        if (e->data.mapping_start.tag != NULL || e->data.mapping_start.anchor != NULL)
            return fail_at(r, e->start_mark.line, err, "tags and anchors are not supported");
        doc = su_doc_new(r->arena, SU_DOC_OBJ);
        SU_TRY(read_mapping(r, depth, doc, err));
        break;
    case YAML_ALIAS_EVENT:
        return fail_at(r, e->start_mark.line, err, "aliases are not supported");
    default:
        return fail_at(r, e->start_mark.line, err, "expected a value here");
    }
    assert(doc != NULL);
    doc->line = line;
    *out = doc;
    return SU_OK;
}

/* stream start, document start, the root node, document end, stream end */
static enum su_status read_stream(struct reader *r, struct su_doc **out, struct su_err *err)
{
    static const yaml_event_type_t before[] = {YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT};
    static const yaml_event_type_t after[] = {YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT};
    yaml_event_t e;
    for (size_t i = 0; i < 2; i++) {
        SU_TRY(next(r, &e, err));
        yaml_event_type_t type = e.type;
        yaml_event_delete(&e);
        if (type != before[i])
            return fail_at(r, 0, err, "is empty, expected a mapping");
    }
    SU_TRY(next(r, &e, err));
    enum su_status st = read_node(r, &e, 1, out, err);
    yaml_event_delete(&e);
    SU_TRY(st);
    for (size_t i = 0; i < 2; i++) {
        SU_TRY(next(r, &e, err));
        yaml_event_type_t type = e.type;
        size_t line = e.start_mark.line;
        yaml_event_delete(&e);
        if (type != after[i])
            return fail_at(r, line, err, "holds a second document, expected one");
    }
    return SU_OK;
}

enum su_status su_doc_parse_yaml(struct su_arena *arena, struct su_str text, const char *name,
                                 struct su_doc **doc, struct su_err *err)
{
    struct reader r = {.arena = arena, .name = name};
    if (!yaml_parser_initialize(&r.parser))
        return SU_FAIL(err, SU_ERR_INTERNAL, name, "the YAML parser cannot start");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
    enum su_status st = read_stream(&r, doc, err);
    yaml_parser_delete(&r.parser);
    if (st == SU_OK)
        (*doc)->name = su_str_dup_c(arena, name);
    return st;
}
