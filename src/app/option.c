/* Options: the table, and setting a field from text. */
#include <math.h>
#include <string.h>

#include "app/app.h"
#include "base/vec.h"

const struct su_option su_options[SU_OPTION_COUNT] = {
#define SU_X(id, type, unit, min, max, alias, arg, commands) \
    {#id,                                                    \
     alias,                                                  \
     arg,                                                    \
     SU_OPT_##type,                                          \
     SU_UNIT_##unit,                                         \
     min,                                                    \
     max,                                                    \
     commands,                                               \
     offsetof(struct su_request, id),                        \
     SU_MSG_opt_##id},
    SU_OPTION_TABLE(SU_X)
#undef SU_X
};

bool su_request_has(const struct su_request *request, enum su_option_id id)
{
    return (request->set[id / 64] >> (id % 64) & 1) != 0;
}

void su_request_mark(struct su_request *request, enum su_option_id id)
{
    request->set[id / 64] |= UINT64_C(1) << (id % 64);
}

/* "max-num-seqs" and "max_num_seqs" are the same word. */
static bool same_word(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a == '-' ? '_' : *a;
        char y = *b == '-' ? '_' : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

const struct su_option *su_option_find(const char *flag)
{
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        if (same_word(flag, o->key) || (o->alias != NULL && same_word(flag, o->alias)))
            return o;
    }
    return NULL;
}

static enum su_status set_number(const struct su_option *o, struct su_request *r, const char *text,
                                 const char *where, struct su_err *err)
{
    double v = 0;
    SU_TRY(su_units_parse(su_str_c(text), o->unit, &v, where, err));
    if (!(v >= o->min && v <= o->max))
        return SU_FAIL(err, SU_ERR_INPUT, where, "is %s, expected %g..%g", text, o->min, o->max);
    char *field = (char *)r + o->offset;
    if (o->type == SU_OPT_REAL) {
        *(double *)(void *)field = v;
        return SU_OK;
    }
    if (v != floor(v))
        return SU_FAIL(err, SU_ERR_INPUT, where, "is %s, expected an integer %.0f..%.0f", text,
                       o->min, o->max);
    *(int64_t *)(void *)field = (int64_t)v;
    return SU_OK;
}

/* Splits at commas; an empty word is a mistake. */
static enum su_status set_list(struct su_arena *arena, const struct su_option *o,
                               struct su_request *r, const char *text, const char *where,
                               struct su_err *err)
{
    SU_VEC(const char *) words = {0};
    for (const char *p = text;; p++) {
        const char *end = strchr(p, ',');
        size_t n = end == NULL ? strlen(p) : (size_t)(end - p);
        struct su_str word = su_str_trim((struct su_str){p, n});
        if (word.n == 0)
            return SU_FAIL(err, SU_ERR_INPUT, where,
                           "\"%s\" has an empty word, expected words "
                           "separated by commas",
                           text);
        *SU_VEC_PUSH(arena, &words) = su_str_dup(arena, word);
        if (end == NULL)
            break;
        p = end;
    }
    *SU_VEC_PUSH(arena, &words) = NULL;
    *(const char *const **)(void *)((char *)r + o->offset) = words.items;
    return SU_OK;
}

/* "ttft_p99=2s,tpot_p99=50ms" */
static enum su_status set_slo(struct su_arena *arena, struct su_slo_levels *slo, const char *text,
                              const char *where, struct su_err *err)
{
    const struct {
        const char *name;
        double *value;
    } levels[] = {{"ttft_p99", &slo->ttft_p99_s}, {"ttft_mean", &slo->ttft_mean_s},
                  {"tpot_p99", &slo->tpot_p99_s}, {"tpot_mean", &slo->tpot_mean_s},
                  {"e2e_p99", &slo->e2e_p99_s},   {"e2e_mean", &slo->e2e_mean_s}};
    const size_t n_levels = sizeof(levels) / sizeof(levels[0]);
    for (const char *p = text;; p++) {
        const char *end = strchr(p, ',');
        size_t n = end == NULL ? strlen(p) : (size_t)(end - p);
        const char *word = su_str_dup(arena, su_str_trim((struct su_str){p, n}));
        const char *eq = strchr(word, '=');
        size_t i = 0;
        while (i < n_levels && (eq == NULL || strlen(levels[i].name) != (size_t)(eq - word) ||
                                strncmp(levels[i].name, word, (size_t)(eq - word)) != 0))
            i++;
        if (i == n_levels)
            return SU_FAIL(err, SU_ERR_INPUT, where,
                           "\"%s\", expected levels such as ttft_p99=2s or tpot_p99=50ms "
                           "(ttft_p99, ttft_mean, tpot_p99, tpot_mean, e2e_p99, e2e_mean)",
                           word);
        SU_TRY(su_units_parse(su_str_c(eq + 1), SU_UNIT_TIME, levels[i].value, where, err));
        if (!(*levels[i].value > 0 && *levels[i].value <= 86400))
            return SU_FAIL(err, SU_ERR_INPUT, where,
                           "\"%s\", expected a time above 0 and up to 1 d", word);
        if (end == NULL)
            return SU_OK;
        p = end;
    }
}

enum su_status su_request_set(struct su_arena *arena, struct su_request *request,
                              const struct su_option *option, const char *text, const char *where,
                              struct su_err *err)
{
    char *field = (char *)request + option->offset;
    switch (option->type) {
    case SU_OPT_TEXT:
        if (text[0] == '\0')
            return SU_FAIL(err, SU_ERR_INPUT, where, "is empty");
        *(const char **)(void *)field = su_str_dup_c(arena, text);
        break;
    case SU_OPT_FLAG:
        *(bool *)(void *)field = true;
        break;
    case SU_OPT_SWITCH:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return SU_FAIL(err, SU_ERR_INPUT, where, "is \"%s\", expected true or false", text);
        *(bool *)(void *)field = text[0] == 't';
        break;
    case SU_OPT_INT:
    case SU_OPT_REAL:
        SU_TRY(set_number(option, request, text, where, err));
        break;
    case SU_OPT_LIST:
        SU_TRY(set_list(arena, option, request, text, where, err));
        break;
    case SU_OPT_SLO:
        SU_TRY(set_slo(arena, (struct su_slo_levels *)(void *)field, text, where, err));
        break;
    }
    su_request_mark(request, (enum su_option_id)(option - su_options));
    return SU_OK;
}

enum su_status su_request_lang(const struct su_request *request, const char *locale,
                               enum su_lang *lang, struct su_err *err)
{
    *lang = su_lang_from_locale(locale);
    if (!su_request_has(request, SU_OPTION_lang))
        return SU_OK;
    if (strcmp(request->lang, "en") != 0 && strcmp(request->lang, "zh") != 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--lang", "is \"%s\", expected zh or en", request->lang);
    *lang = su_lang_from_locale(request->lang);
    return SU_OK;
}
