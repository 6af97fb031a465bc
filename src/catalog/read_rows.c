/* opex/opex.csv, market/market.csv and rules/software_support.csv. */
#include <string.h>

#include "catalog/read.h"

enum { ITEM, REGION, LOW, HIGH, UNIT, NOTES, SOURCE, AS_OF, CONFID };
static const char *const opex_cols[] = {"item",  "region", "low",   "high",      "unit",
                                        "notes", "source", "as_of", "confidence"};

static enum su_status read_opex(struct su_catalog_row row, struct su_opex *o, struct su_err *err)
{
    SU_TRY(su_catalog_cell_text(row, ITEM, SU_DOC_REQUIRED, &o->item, err));
    if (!su_catalog_id_valid(o->item))
        return su_catalog_cell_fail(row, ITEM, err,
                                    "is \"%s\", expected a name of a-z, 0-9 and '_'", o->item);
    SU_TRY(su_catalog_cell_text(row, REGION, SU_DOC_REQUIRED, &o->region, err));
    SU_TRY(su_catalog_cell_number(row, LOW, SU_DOC_REQUIRED, 0, 1e12, &o->low, err));
    SU_TRY(su_catalog_cell_number(row, HIGH, SU_DOC_REQUIRED, 0, 1e12, &o->high, err));
    if (o->low > o->high)
        return su_catalog_cell_fail(row, HIGH, err, "is %g, below low, which is %g", o->high,
                                    o->low);
    SU_TRY(su_catalog_cell_text(row, UNIT, SU_DOC_REQUIRED, &o->unit, err));
    SU_TRY(su_catalog_cell_text(row, NOTES, SU_DOC_OPTIONAL, &o->notes, err));
    SU_TRY(su_catalog_cell_text(row, SOURCE, SU_DOC_REQUIRED, &o->source, err));
    SU_TRY(su_catalog_cell_date(row, AS_OF, SU_DOC_REQUIRED, &o->as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    o->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_opex(struct su_arena *arena, const char *path, const char *name,
                                    struct su_catalog_parts *parts, struct su_err *err)
{
    (void)name;
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, opex_cols, sizeof(opex_cols) / sizeof(opex_cols[0]),
                                 &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_opex o = {0};
        SU_TRY(read_opex((struct su_catalog_row){&t, &t.csv.rows[i]}, &o, err));
        *SU_VEC_PUSH(arena, &parts->opex) = o;
    }
    return SU_OK;
}

enum { M_METRIC, M_VALUE, M_UNIT, M_PERIOD, M_NOTES, M_SOURCE, M_AS_OF, M_CONFID };
static const char *const market_cols[] = {"metric", "value",  "unit",  "period",
                                          "notes",  "source", "as_of", "confidence"};

static enum su_status read_market(struct su_catalog_row row, struct su_market *m,
                                  struct su_err *err)
{
    SU_TRY(su_catalog_cell_text(row, M_METRIC, SU_DOC_REQUIRED, &m->metric, err));
    if (!su_catalog_id_valid(m->metric))
        return su_catalog_cell_fail(row, M_METRIC, err,
                                    "is \"%s\", expected a name of a-z, 0-9 and '_'", m->metric);
    SU_TRY(su_catalog_cell_number(row, M_VALUE, SU_DOC_REQUIRED, -1e15, 1e15, &m->value, err));
    SU_TRY(su_catalog_cell_text(row, M_UNIT, SU_DOC_REQUIRED, &m->unit, err));
    SU_TRY(su_catalog_cell_text(row, M_PERIOD, SU_DOC_OPTIONAL, &m->period, err));
    SU_TRY(su_catalog_cell_text(row, M_NOTES, SU_DOC_OPTIONAL, &m->notes, err));
    SU_TRY(su_catalog_cell_text(row, M_SOURCE, SU_DOC_REQUIRED, &m->source, err));
    SU_TRY(su_catalog_cell_date(row, M_AS_OF, SU_DOC_REQUIRED, &m->as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, M_CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    m->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_market(struct su_arena *arena, const char *path, const char *name,
                                      struct su_catalog_parts *parts, struct su_err *err)
{
    (void)name;
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, market_cols,
                                 sizeof(market_cols) / sizeof(market_cols[0]), &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_market m = {0};
        SU_TRY(read_market((struct su_catalog_row){&t, &t.csv.rows[i]}, &m, err));
        *SU_VEC_PUSH(arena, &parts->market) = m;
    }
    return SU_OK;
}

enum { S_STACK, S_COMPONENT, S_LEVEL, S_NOTES, S_SOURCE, S_AS_OF, S_CONFID };
static const char *const support_cols[] = {"stack",  "component", "level",     "notes",
                                           "source", "as_of",     "confidence"};

static enum su_status read_support(struct su_catalog_row row, struct su_support *s,
                                   struct su_err *err)
{
    SU_TRY(su_catalog_cell_text(row, S_STACK, SU_DOC_REQUIRED, &s->stack, err));
    SU_TRY(su_catalog_cell_text(row, S_COMPONENT, SU_DOC_REQUIRED, &s->component, err));
    size_t level = SU_SUPPORT_UNKNOWN;
    SU_TRY(su_catalog_cell_word(row, S_LEVEL, SU_DOC_OPTIONAL, &su_catalog_words_support, &level,
                                err));
    s->level = (enum su_support_level)level;
    SU_TRY(su_catalog_cell_text(row, S_NOTES, SU_DOC_OPTIONAL, &s->notes, err));
    SU_TRY(su_catalog_cell_text(row, S_SOURCE, SU_DOC_REQUIRED, &s->source, err));
    SU_TRY(su_catalog_cell_date(row, S_AS_OF, SU_DOC_REQUIRED, &s->as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, S_CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    s->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_support(struct su_arena *arena, const char *path, const char *name,
                                       struct su_catalog_parts *parts, struct su_err *err)
{
    (void)name;
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, support_cols,
                                 sizeof(support_cols) / sizeof(support_cols[0]), &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_catalog_row row = {&t, &t.csv.rows[i]};
        struct su_support s = {0};
        SU_TRY(read_support(row, &s, err));
        for (size_t k = 0; k < parts->support.n; k++) {
            const struct su_support *other = &parts->support.items[k];
            if (strcmp(other->stack, s.stack) == 0 && strcmp(other->component, s.component) == 0)
                return su_catalog_cell_fail(row, S_COMPONENT, err,
                                            "\"%s\" stands twice for stack \"%s\"", s.component,
                                            s.stack);
        }
        *SU_VEC_PUSH(arena, &parts->support) = s;
    }
    return SU_OK;
}
