#include "app/where.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/vec.h"

enum op { OP_LE, OP_GE, OP_NE, OP_EQ, OP_LT, OP_GT };

struct condition {
    const struct su_accel_field *number; /* NULL: a text field */
    size_t text_offset;
    enum op op;
    double value;
    const char *text;
};

struct su_where {
    SU_VEC(struct condition) all;
};

static const struct {
    const char *name;
    size_t offset;
} texts[] = {
#define SU_X(field) {#field, offsetof(struct su_accel, field)},
    SU_ACCEL_TEXT_TABLE(SU_X)
#undef SU_X
};
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

static enum su_status find_field(const char *name, struct condition *c, struct su_err *err)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < su_accel_n_fields; i++) {
        if (strcmp(su_accel_fields[i].name, name) == 0) {
            c->number = &su_accel_fields[i];
            return SU_OK;
        }
        names[n++] = su_accel_fields[i].name;
    }
    for (size_t i = 0; i < N_TEXTS; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            c->text_offset = texts[i].offset;
            return SU_OK;
        }
        names[n++] = texts[i].name;
    }
    const char *near = su_str_nearest(name, names, n);
    return SU_FAIL(err, SU_ERR_INPUT, "--where", "\"%s\" is not a field of a chip%s%s%s", name,
                   near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                   near == NULL ? "" : "\"?");
}

/* "mem_gb >= 96" */
static enum su_status parse_one(struct su_arena *arena, struct su_str s, struct condition *c,
                                struct su_err *err)
{
    static const struct {
        const char *text;
        enum op op;
    } ops[] = {{"<=", OP_LE}, {">=", OP_GE}, {"!=", OP_NE}, {"==", OP_EQ},
               {"=", OP_EQ},  {"<", OP_LT},  {">", OP_GT}};
    const char *text = su_str_dup(arena, su_str_trim(s));
    size_t at = strcspn(text, "<>!=");
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        size_t n = strlen(ops[i].text);
        if (strncmp(text + at, ops[i].text, n) != 0)
            continue;
        c->op = ops[i].op;
        c->text = su_str_dup(arena, su_str_trim(su_str_c(text + at + n)));
        SU_TRY(find_field(su_str_dup(arena, su_str_trim((struct su_str){text, at})), c, err));
        if (c->number != NULL && !su_str_to_double(su_str_c(c->text), &c->value))
            return SU_FAIL(err, SU_ERR_INPUT, "--where",
                           "\"%s\" compares %s with \"%s\", expected "
                           "a number",
                           text, c->number->name, c->text);
        if (c->number == NULL && c->op != OP_EQ && c->op != OP_NE)
            return SU_FAIL(err, SU_ERR_INPUT, "--where",
                           "\"%s\" orders a text, expected = or != there", text);
        return SU_OK;
    }
    return SU_FAIL(err, SU_ERR_INPUT, "--where",
                   "\"%s\" is no condition, expected one such as mem_gb>=96 or vendor=Huawei",
                   text);
}

enum su_status su_where_parse(struct su_arena *arena, const char *text, struct su_where **where,
                              struct su_err *err)
{
    struct su_where *w = SU_NEW(arena, struct su_where);
    for (const char *p = text;;) {
        const char *comma = strchr(p, ',');
        const char *both = strstr(p, "&&");
        const char *end = comma == NULL || (both != NULL && both < comma) ? both : comma;
        size_t n = end == NULL ? strlen(p) : (size_t)(end - p);
        SU_TRY(parse_one(arena, (struct su_str){p, n}, SU_VEC_PUSH(arena, &w->all), err));
        if (end == NULL)
            break;
        p = end + (*end == ',' ? 1 : 2);
    }
    *where = w;
    return SU_OK;
}

static bool holds(const struct condition *c, const struct su_accel *accel)
{
    if (c->number == NULL) {
        const char *text =
            *(const char *const *)(const void *)((const char *)accel + c->text_offset);
        bool same = text != NULL && strcasecmp(text, c->text) == 0;
        return c->op == OP_EQ ? same : !same;
    }
    struct su_fact fact = su_accel_fact(accel, c->number);
    if (!su_fact_known(fact))
        return false;
    double v = su_fact_value(fact);
    switch (c->op) {
    case OP_LE:
        return v <= c->value;
    case OP_GE:
        return v >= c->value;
    case OP_LT:
        return v < c->value;
    case OP_GT:
        return v > c->value;
    case OP_NE:
        return v < c->value || v > c->value;
    case OP_EQ:
        break;
    }
    return v >= c->value && v <= c->value;
}

bool su_where_holds(const struct su_where *where, const struct su_accel *accel)
{
    for (size_t i = 0; i < where->all.n; i++) {
        if (!holds(&where->all.items[i], accel))
            return false;
    }
    return true;
}
