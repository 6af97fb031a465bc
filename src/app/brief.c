/* Briefs: YAML or JSON in and out. A key is an option's name; `vendors` and `slo` may be mappings,
 * lists may be lists or one comma-separated text. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/vec.h"

#define CLASSES_MAX 64u

/* Options that say how to answer, not what is asked: they have no place in a brief. */
static bool is_door_option(const struct su_option *o)
{
    static const enum su_option_id doors[] = {
        SU_OPTION_lang,        SU_OPTION_where,       SU_OPTION_catalog,
        SU_OPTION_per_request, SU_OPTION_time_series, SU_OPTION_tick,
        SU_OPTION_timeline,    SU_OPTION_threads,     SU_OPTION_out};
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        if (o == &su_options[doors[i]])
            return true;
    }
    return o->type == SU_OPT_FLAG;
}

/* Lists of chip=value, in a brief a mapping. */
static bool is_by_chip(const struct su_option *o)
{
    return o == &su_options[SU_OPTION_supply] || o == &su_options[SU_OPTION_delivery] ||
           o == &su_options[SU_OPTION_existing];
}

bool su_option_is_of_class(enum su_option_id id)
{
    static const enum su_option_id all[] = {
        SU_OPTION_model,    SU_OPTION_rate,         SU_OPTION_users,
        SU_OPTION_isl,      SU_OPTION_osl,          SU_OPTION_requests_per_user_day,
        SU_OPTION_isl_cv,   SU_OPTION_osl_cv,       SU_OPTION_active_hours_per_day,
        SU_OPTION_slo,      SU_OPTION_peak_factor,  SU_OPTION_dtype,
        SU_OPTION_kv_dtype, SU_OPTION_workload,     SU_OPTION_burstiness,
        SU_OPTION_daily,    SU_OPTION_max_num_seqs, SU_OPTION_max_num_batched_tokens};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] == id)
            return true;
    }
    return false;
}

static size_t size_of(enum su_option_type type)
{
    switch (type) {
    case SU_OPT_TEXT:
        return sizeof(SU_OPT_C_TEXT);
    case SU_OPT_LIST:
        return sizeof(SU_OPT_C_LIST);
    case SU_OPT_INT:
        return sizeof(SU_OPT_C_INT);
    case SU_OPT_REAL:
        return sizeof(SU_OPT_C_REAL);
    case SU_OPT_SLO:
        return sizeof(SU_OPT_C_SLO);
    default:
        return sizeof(bool);
    }
}

struct su_request su_request_of_class(const struct su_request *request, size_t klass)
{
    struct su_request whole = *request;
    const struct su_request *c = &request->classes[klass];
    for (int i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        if (!su_request_has(c, (enum su_option_id)i))
            continue;
        memcpy((char *)&whole + o->offset, (const char *)c + o->offset, size_of(o->type));
        su_request_mark(&whole, (enum su_option_id)i);
    }
    whole.classes = NULL;
    whole.n_classes = 0;
    return whole;
}

static enum su_status unknown_key(const struct su_doc *node, const char *key, uint32_t command,
                                  struct su_err *err)
{
    const char *known[SU_OPTION_COUNT + 3];
    size_t n = 0;
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        if ((su_options[i].commands & command) != 0 && !is_door_option(&su_options[i]))
            known[n++] = su_options[i].key;
    }
    if ((command & SU_ON_PLAN) != 0) {
        known[n++] = "vendors";
        known[n++] = "classes";
        known[n++] = "name";
    }
    const char *near = su_str_nearest(key, known, n);
    return SU_DOC_FAIL(err, node, "is not a key of a brief%s%s%s",
                       near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                       near == NULL ? "" : "\"?");
}

/* A scalar as the text a flag would have; NULL for lists and mappings. */
static const char *scalar_text(struct su_arena *arena, const struct su_doc *doc)
{
    switch (doc->kind) {
    case SU_DOC_STR:
        return doc->u.str.p;
    case SU_DOC_INT:
        return su_fmt(arena, "%lld", (long long)doc->u.integer);
    case SU_DOC_REAL:
        return su_fmt(arena, "%.17g", doc->u.real);
    case SU_DOC_BOOL:
        return doc->u.boolean ? "true" : "false";
    default:
        return NULL;
    }
}

static enum su_status list_text(struct su_arena *arena, const struct su_doc *doc, const char **text,
                                struct su_err *err)
{
    const char *joined = "";
    for (size_t i = 0; i < doc->u.arr.n; i++) {
        const struct su_doc *item = doc->u.arr.items[i];
        const char *word = scalar_text(arena, item);
        if (word == NULL)
            return SU_DOC_FAIL(err, item, "is %s, expected a word", su_doc_kind_name(item->kind));
        joined = su_fmt(arena, "%s%s%s", joined, i == 0 ? "" : ",", word);
    }
    if (doc->u.arr.n == 0)
        return SU_DOC_FAIL(err, doc, "is an empty list, expected at least one word");
    *text = joined;
    return SU_OK;
}

/* {a: x, b: y} as "a=x,b=y"; such_as: of one value, for the message. */
static enum su_status levels_text(struct su_arena *arena, const struct su_doc *doc,
                                  const char *such_as, const char **text, struct su_err *err)
{
    const char *joined = "";
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const struct su_doc *item = doc->u.obj.items[i].value;
        const char *word = scalar_text(arena, item);
        if (word == NULL)
            return SU_DOC_FAIL(err, item, "is %s, expected %s", su_doc_kind_name(item->kind),
                               such_as);
        joined =
            su_fmt(arena, "%s%s%s=%s", joined, i == 0 ? "" : ",", doc->u.obj.items[i].key, word);
    }
    *text = joined;
    return SU_OK;
}

static enum su_status set_from_doc(struct su_arena *arena, struct su_request *request,
                                   const struct su_option *o, const struct su_doc *node,
                                   struct su_err *err)
{
    if (su_request_has(request, (enum su_option_id)(o - su_options)))
        return SU_OK; /* a flag said it already */
    const char *text = scalar_text(arena, node);
    if (node->kind == SU_DOC_BOOL && o->type != SU_OPT_SWITCH)
        text = NULL;
    bool mapping = o->type == SU_OPT_SLO || o == &su_options[SU_OPTION_assume];
    if (o->type == SU_OPT_LIST && node->kind == SU_DOC_ARR)
        SU_TRY(list_text(arena, node, &text, err));
    else if ((mapping || is_by_chip(o)) && node->kind == SU_DOC_OBJ)
        SU_TRY(levels_text(arena, node,
                           o->type == SU_OPT_SLO ? "a time such as 2s"
                           : is_by_chip(o)       ? "one value"
                                                 : "a figure such as 1.2",
                           &text, err));
    if (text == NULL)
        return SU_DOC_FAIL(err, node, "is %s, expected %s", su_doc_kind_name(node->kind),
                           o->type == SU_OPT_LIST  ? "a list of words"
                           : o->type == SU_OPT_SLO ? "levels such as ttft_p99: 2s"
                                                   : "one value");
    char where[sizeof(err->where)];
    su_doc_where(node, where, sizeof(where));
    return su_request_set(arena, request, o, text, where, err);
}

static enum su_status read_key(struct su_arena *arena, struct su_request *request, const char *key,
                               const struct su_doc *node, uint32_t command, struct su_err *err)
{
    const struct su_option *o = su_option_find(key);
    if (o == NULL || is_door_option(o) || (o->commands & command) == 0)
        return unknown_key(node, key, command, err);
    return set_from_doc(arena, request, o, node, err);
}

/* One mapping of classes: a name, and options of a class. */
static enum su_status read_class(struct su_arena *arena, struct su_request *klass,
                                 const char **name, const struct su_doc *doc, uint32_t command,
                                 struct su_err *err)
{
    if (doc->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "is %s, expected a mapping with name, model and load",
                           su_doc_kind_name(doc->kind));
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const char *key = doc->u.obj.items[i].key;
        const struct su_doc *node = doc->u.obj.items[i].value;
        const struct su_option *o = su_option_find(key);
        if (strcmp(key, "name") == 0) {
            *name = scalar_text(arena, node);
            if (*name == NULL || (*name)[0] == '\0')
                return SU_DOC_FAIL(err, node, "expected a name");
            continue;
        }
        if (o != NULL && !su_option_is_of_class((enum su_option_id)(o - su_options)) &&
            (o->commands & command) != 0)
            return SU_DOC_FAIL(err, node, "is the same for all classes: it belongs beside classes");
        if (node->kind != SU_DOC_NULL)
            SU_TRY(read_key(arena, klass, key, node, command, err));
    }
    if (*name == NULL)
        return SU_DOC_FAIL(err, doc, "has no name");
    return SU_OK;
}

static enum su_status read_classes(struct su_arena *arena, struct su_request *request,
                                   const struct su_doc *doc, uint32_t command, struct su_err *err)
{
    if (doc->kind != SU_DOC_ARR || doc->u.arr.n == 0 || doc->u.arr.n > CLASSES_MAX)
        return SU_DOC_FAIL(err, doc, "expected a list of 1 to %u classes", CLASSES_MAX);
    size_t n = doc->u.arr.n;
    struct su_request *classes = SU_NEW_ARRAY(arena, n, struct su_request);
    const char **names = SU_NEW_ARRAY(arena, n + 1, const char *);
    for (size_t i = 0; i < n; i++) {
        const struct su_doc *item = doc->u.arr.items[i];
        SU_TRY(read_class(arena, &classes[i], &names[i], item, command, err));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(names[k], names[i]) == 0)
                return SU_DOC_FAIL(err, item, "has the name \"%s\" a second time", names[i]);
        }
    }
    request->classes = classes;
    request->class_names = names;
    request->n_classes = n;
    return SU_OK;
}

/* Flags and flat keys that belong to a class are not for all of them. */
static enum su_status refuse_flat(const struct su_request *request, struct su_err *err)
{
    for (int i = 0; i < SU_OPTION_COUNT; i++) {
        if (su_option_is_of_class((enum su_option_id)i) &&
            su_request_has(request, (enum su_option_id)i))
            return SU_FAIL(err, SU_ERR_INPUT, su_options[i].key,
                           "contradicts classes: it differs by class, say it inside each");
    }
    return SU_OK;
}

enum su_status su_request_from_doc(struct su_arena *arena, struct su_request *request,
                                   const struct su_doc *doc, uint32_t command, struct su_err *err)
{
    if (doc->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "is %s, expected a mapping such as \"model: qwen3-32b\"",
                           su_doc_kind_name(doc->kind));
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const char *key = doc->u.obj.items[i].key;
        const struct su_doc *node = doc->u.obj.items[i].value;
        bool vendors = strcmp(key, "vendors") == 0 && (command & SU_ON_PLAN) != 0;
        if (node->kind == SU_DOC_NULL)
            continue; /* "budget:" left empty */
        if (strcmp(key, "classes") == 0 && (command & SU_ON_PLAN) != 0) {
            SU_TRY(read_classes(arena, request, node, command, err));
            continue;
        }
        if (vendors && node->kind != SU_DOC_OBJ)
            return SU_DOC_FAIL(err, node, "is %s, expected a mapping with only or forbidden",
                               su_doc_kind_name(node->kind));
        if (!vendors) {
            SU_TRY(read_key(arena, request, key, node, command, err));
            continue;
        }
        for (size_t k = 0; k < node->u.obj.n; k++)
            SU_TRY(read_key(arena, request, su_fmt(arena, "vendors_%s", node->u.obj.items[k].key),
                            node->u.obj.items[k].value, command, err));
    }
    return request->n_classes > 0 ? refuse_flat(request, err) : SU_OK;
}

enum su_status su_request_read_brief(struct su_arena *arena, struct su_request *request,
                                     const char *path, uint32_t command, struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_read(arena, path, &doc, err));
    return su_request_from_doc(arena, request, doc, command, err);
}

/* "50ms" where that reads back to the same value, else all digits of the seconds. */
static const char *time_text(struct su_arena *arena, double s)
{
    const char *text = su_fmt(arena, "%.9gms", s * 1e3);
    double back = 0;
    if (su_units_parse(su_str_c(text), SU_UNIT_TIME, &back, "slo", NULL) == SU_OK && back == s)
        return text;
    return su_fmt(arena, "%.17gs", s);
}

static void put_slo(struct su_arena *arena, struct su_doc *brief, const struct su_slo_levels *slo)
{
    struct su_doc *levels = su_doc_put_obj(arena, brief, "slo");
    const struct {
        const char *name;
        double value;
    } all[] = {{"ttft_p99", slo->ttft_p99_s}, {"ttft_mean", slo->ttft_mean_s},
               {"tpot_p99", slo->tpot_p99_s}, {"tpot_mean", slo->tpot_mean_s},
               {"e2e_p99", slo->e2e_p99_s},   {"e2e_mean", slo->e2e_mean_s}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].value > 0)
            su_doc_put_str(arena, levels, all[i].name, time_text(arena, all[i].value));
    }
}

static void put_options(struct su_arena *arena, struct su_doc *brief,
                        const struct su_request *request)
{
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        if (is_door_option(o) || !su_request_has(request, (enum su_option_id)i))
            continue;
        const char *field = (const char *)request + o->offset;
        switch (o->type) {
        case SU_OPT_TEXT:
            su_doc_put_str(arena, brief, o->key, *(const char *const *)(const void *)field);
            break;
        case SU_OPT_INT:
            su_doc_put_int(arena, brief, o->key, *(const int64_t *)(const void *)field);
            break;
        case SU_OPT_REAL:
            su_doc_put_real(arena, brief, o->key, *(const double *)(const void *)field);
            break;
        case SU_OPT_LIST: {
            struct su_doc *list = su_doc_put_arr(arena, brief, o->key);
            const char *const *words = *(const char *const *const *)(const void *)field;
            for (; *words != NULL; words++)
                su_doc_push_str(arena, list, *words);
            break;
        }
        case SU_OPT_SLO:
            put_slo(arena, brief, (const struct su_slo_levels *)(const void *)field);
            break;
        case SU_OPT_SWITCH:
            su_doc_put_bool(arena, brief, o->key, *(const bool *)(const void *)field);
            break;
        case SU_OPT_FLAG:
            break;
        }
    }
}

struct su_doc *su_request_brief(struct su_arena *arena, const struct su_request *request)
{
    struct su_doc *brief = su_doc_new(arena, SU_DOC_OBJ);
    put_options(arena, brief, request);
    if (request->n_classes == 0)
        return brief;
    struct su_doc *classes = su_doc_put_arr(arena, brief, "classes");
    for (size_t i = 0; i < request->n_classes; i++) {
        struct su_doc *klass = su_doc_push_obj(arena, classes);
        su_doc_put_str(arena, klass, "name", request->class_names[i]);
        put_options(arena, klass, &request->classes[i]);
    }
    return brief;
}
