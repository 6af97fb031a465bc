/* A brief with classes, or with limits on a fleet as a whole, becomes a question for the mix. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/mix_parts.h"

bool su_mix_asked(const struct su_request *request)
{
    static const enum su_option_id fleets[] = {SU_OPTION_supply,   SU_OPTION_delivery,
                                               SU_OPTION_existing, SU_OPTION_growth,
                                               SU_OPTION_spares,   SU_OPTION_rack_units};
    for (size_t i = 0; i < sizeof(fleets) / sizeof(fleets[0]); i++) {
        if (su_request_has(request, fleets[i]))
            return true;
    }
    return request->n_classes > 0 ||
           (su_request_has(request, SU_OPTION_disaggregate) && request->disaggregate);
}

/* ---- chip=value ---- */

struct pair {
    const struct su_accel *accel;
    const char *value;
};

static enum su_status read_pairs(struct su_arena *arena, const struct su_catalog *catalog,
                                 const char *const *words, const char *key, struct pair **pairs,
                                 size_t *n, struct su_err *err)
{
    size_t n_words = 0;
    while (words[n_words] != NULL)
        n_words++;
    *pairs = SU_NEW_ARRAY(arena, n_words, struct pair);
    for (size_t i = 0; i < n_words; i++) {
        const char *eq = strchr(words[i], '=');
        if (eq == NULL)
            return SU_FAIL(err, SU_ERR_INPUT, key, "has \"%s\", expected CHIP=VALUE", words[i]);
        const char *id =
            su_str_dup(arena, su_str_trim((struct su_str){words[i], (size_t)(eq - words[i])}));
        struct pair *p = &(*pairs)[i];
        SU_TRY(su_catalog_find_accel(catalog, id, &p->accel, err));
        p->value = su_str_dup(arena, su_str_trim(su_str_c(eq + 1)));
        for (size_t k = 0; k < i; k++) {
            if ((*pairs)[k].accel == p->accel)
                return SU_FAIL(err, SU_ERR_INPUT, key, "names %s twice", id);
        }
    }
    *n = n_words;
    return SU_OK;
}

static enum su_status read_amounts(struct su_arena *arena, const struct su_catalog *catalog,
                                   const char *const *words, const char *key,
                                   const struct su_mix_amount **amounts, size_t *n,
                                   struct su_err *err)
{
    struct pair *pairs = NULL;
    SU_TRY(read_pairs(arena, catalog, words, key, &pairs, n, err));
    struct su_mix_amount *all = SU_NEW_ARRAY(arena, *n, struct su_mix_amount);
    for (size_t i = 0; i < *n; i++) {
        double v = 0;
        if (!su_str_to_double(su_str_c(pairs[i].value), &v) || v != floor(v) ||
            !(v >= 1 && v <= 1e6))
            return SU_FAIL(err, SU_ERR_INPUT, key,
                           "has %s for %s, expected cards, an integer 1..1000000%s", pairs[i].value,
                           pairs[i].accel->id,
                           v == 0 ? " (chips: names those that may be bought)" : "");
        all[i] = (struct su_mix_amount){pairs[i].accel, (uint32_t)v};
    }
    *amounts = all;
    return SU_OK;
}

static enum su_status read_deliveries(struct su_arena *arena, const struct su_plan_request *common,
                                      const char *const *words, struct su_mix_request *q,
                                      struct su_err *err)
{
    struct pair *pairs = NULL;
    SU_TRY(read_pairs(arena, common->catalog, words, "delivery", &pairs, &q->n_deliveries, err));
    struct su_mix_delivery *all = SU_NEW_ARRAY(arena, q->n_deliveries, struct su_mix_delivery);
    for (size_t i = 0; i < q->n_deliveries; i++) {
        struct su_date date;
        if (!su_date_parse(su_str_c(pairs[i].value), &date))
            return SU_FAIL(err, SU_ERR_INPUT, "delivery",
                           "has \"%s\" for %s, expected a month such as 2027-03", pairs[i].value,
                           pairs[i].accel->id);
        int32_t days = su_date_days(date) - su_date_days(common->date);
        double months = ceil(fmax(days, 0) / 30.4375);
        if (months >= common->horizon_months)
            return SU_FAIL(err, SU_ERR_INPUT, "delivery",
                           "of %s in %s contradicts horizon_months, which ends after %g months",
                           pairs[i].accel->id, pairs[i].value, common->horizon_months);
        all[i] = (struct su_mix_delivery){pairs[i].accel, (uint32_t)months};
    }
    q->deliveries = all;
    return SU_OK;
}

/* ---- notes ---- */

static const char *text_of(const struct su_doc *item, const char *key)
{
    const struct su_doc *d = su_doc_get(item, key);
    return d != NULL && d->kind == SU_DOC_STR ? d->u.str.p : "";
}

static bool has_note(const struct su_notes *notes, const struct su_doc *item)
{
    for (size_t i = 0; i < notes->assumptions->u.arr.n; i++) {
        const struct su_doc *x = notes->assumptions->u.arr.items[i];
        if (strcmp(text_of(x, "name"), text_of(item, "name")) == 0 &&
            strcmp(text_of(x, "value"), text_of(item, "value")) == 0)
            return true;
    }
    return false;
}

/* What every class assumes once, the rest by the name of its class. */
static void merge_notes(struct su_notes *notes, const struct su_notes *own, size_t n,
                        const struct su_mix_class *classes)
{
    for (size_t c = 0; c < n; c++) {
        for (size_t i = 0; i < own[c].assumptions->u.arr.n; i++) {
            const struct su_doc *item = own[c].assumptions->u.arr.items[i];
            bool all = true;
            for (size_t k = 0; k < n; k++)
                all = all && has_note(&own[k], item);
            if (all && c > 0)
                continue;
            const char *name = text_of(item, "name");
            su_notes_assume(notes,
                            all ? name : su_fmt(notes->arena, "%s: %s", classes[c].name, name),
                            text_of(item, "value"), text_of(item, "source"));
        }
        for (size_t i = 0; c == 0 && i < own[c].approximations->u.arr.n; i++)
            su_notes_approximate(notes, own[c].approximations->u.arr.items[i]->u.str.p);
    }
}

/* ---- the question ---- */

static enum su_status read_classes(struct su_arena *arena, const struct su_request *request,
                                   const struct su_view *view, const struct su_facts *facts,
                                   struct su_notes *notes, struct su_mix_question *out,
                                   struct su_err *err)
{
    size_t n = request->n_classes > 0 ? request->n_classes : 1;
    struct su_mix_class *classes = SU_NEW_ARRAY(arena, n, struct su_mix_class);
    struct su_request *asked = SU_NEW_ARRAY(arena, n, struct su_request);
    struct su_notes *own = SU_NEW_ARRAY(arena, n, struct su_notes);
    for (size_t i = 0; i < n; i++) {
        bool flat = request->n_classes == 0;
        asked[i] = flat ? *request : su_request_of_class(request, i);
        su_notes_init(&own[i], arena, su_doc_new(arena, SU_DOC_OBJ));
        enum su_status st =
            su_plan_request_read(arena, &asked[i], view, facts, &own[i], &classes[i].request, err);
        if (st != SU_OK && !flat && err != NULL) {
            const char *where = su_str_dup_c(arena, err->where);
            snprintf(err->where, sizeof(err->where), "class %s: %s", request->class_names[i],
                     where);
        }
        SU_TRY(st);
        classes[i].name = flat ? classes[i].request.graph->model->name : request->class_names[i];
    }
    merge_notes(notes, own, n, classes);
    out->asked = asked;
    out->request.classes = classes;
    out->request.n_classes = n;
    out->request.common = &classes[0].request;
    return SU_OK;
}

static enum su_status read_spares(const struct su_request *request, const struct su_view *view,
                                  struct su_notes *notes, struct su_mix_request *q,
                                  struct su_err *err)
{
    if (!su_request_has(request, SU_OPTION_spares)) {
        su_notes_assume(notes, "spares", "none", su_text(view->lang, SU_MSG_default_no_spares));
        return SU_OK;
    }
    q->spare = strcmp(request->spares, "n_plus_1") == 0;
    if (!q->spare && strcmp(request->spares, "none") != 0)
        return SU_FAIL(err, SU_ERR_INPUT, "spares", "is \"%s\", expected none or n_plus_1",
                       request->spares);
    return SU_OK;
}

enum su_status su_mix_read(struct su_arena *arena, const struct su_request *request,
                           const struct su_view *view, const struct su_facts *facts,
                           struct su_notes *notes, struct su_mix_question *question,
                           struct su_err *err)
{
    *question = (struct su_mix_question){0};
    struct su_mix_request *q = &question->request;
    SU_TRY(read_classes(arena, request, view, facts, notes, question, err));
    if (q->common->channels.rental)
        return SU_FAIL(err, SU_ERR_INPUT, "channels",
                       "names rental, which a fleet of several classes or limits does not weigh "
                       "yet, expected official, second_hand");
    const struct su_catalog *catalog = facts->catalog;
    if (su_request_has(request, SU_OPTION_supply))
        SU_TRY(
            read_amounts(arena, catalog, request->supply, "supply", &q->supply, &q->n_supply, err));
    if (su_request_has(request, SU_OPTION_existing))
        SU_TRY(read_amounts(arena, catalog, request->existing, "existing", &q->existing,
                            &q->n_existing, err));
    if (su_request_has(request, SU_OPTION_delivery))
        SU_TRY(read_deliveries(arena, q->common, request->delivery, q, err));
    SU_TRY(read_spares(request, view, notes, q, err));
    q->growth_year = 1;
    if (su_request_has(request, SU_OPTION_growth))
        q->growth_year = request->growth;
    else
        su_notes_assume(notes, "growth", "1", su_text(view->lang, SU_MSG_default_no_growth));
    q->split = !su_request_has(request, SU_OPTION_disaggregate) || request->disaggregate;
    if (!su_request_has(request, SU_OPTION_disaggregate))
        su_notes_assume(notes, "disaggregate", "true",
                        su_text(view->lang, SU_MSG_default_disaggregate));
    q->rack_units = (uint32_t)request->rack_units;
    if (q->rack_units > 0)
        su_notes_assume(notes, "rack_units", su_text(view->lang, SU_MSG_value_rack_units),
                        su_text(view->lang, SU_MSG_assumed_rack_units));
    return SU_OK;
}
