/* Briefs: YAML or JSON in and out. A key is an option's name; `vendors` and `slo` may be mappings,
 * lists may be lists or one comma-separated text. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/vec.h"

/* Options that say how to answer, not what is asked: they have no place in a brief. */
static bool is_door_option(const struct su_option *o)
{
    static const enum su_option_id doors[] = {
        SU_OPTION_lang,        SU_OPTION_where, SU_OPTION_catalog,  SU_OPTION_per_request,
        SU_OPTION_time_series, SU_OPTION_tick,  SU_OPTION_timeline, SU_OPTION_threads};
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        if (o == &su_options[doors[i]])
            return true;
    }
    return o->type == SU_OPT_FLAG;
}

static enum su_status unknown_key(const struct su_doc *node, const char *key, uint32_t command,
                                  struct su_err *err)
{
    const char *known[SU_OPTION_COUNT + 1];
    size_t n = 0;
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        if ((su_options[i].commands & command) != 0 && !is_door_option(&su_options[i]))
            known[n++] = su_options[i].key;
    }
    if ((command & SU_ON_PLAN) != 0)
        known[n++] = "vendors";
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

static enum su_status levels_text(struct su_arena *arena, const struct su_doc *doc,
                                  const char **text, struct su_err *err)
{
    const char *joined = "";
    for (size_t i = 0; i < doc->u.obj.n; i++) {
        const struct su_doc *item = doc->u.obj.items[i].value;
        const char *word = scalar_text(arena, item);
        if (word == NULL)
            return SU_DOC_FAIL(err, item, "is %s, expected a time such as 2s",
                               su_doc_kind_name(item->kind));
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
    if (o->type == SU_OPT_LIST && node->kind == SU_DOC_ARR)
        SU_TRY(list_text(arena, node, &text, err));
    else if (o->type == SU_OPT_SLO && node->kind == SU_DOC_OBJ)
        SU_TRY(levels_text(arena, node, &text, err));
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
    return SU_OK;
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

struct su_doc *su_request_brief(struct su_arena *arena, const struct su_request *request)
{
    struct su_doc *brief = su_doc_new(arena, SU_DOC_OBJ);
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
    return brief;
}
