/* rules/export_rules.csv. Rows with one rule_id form one rule, so what is said about the rule as a
 * whole must be the same in each of them. */
#include <math.h>
#include <string.h>

#include "catalog/read.h"

enum {
    RULE,
    EFFECTIVE,
    CRITERION,
    BOUND,
    NOTES,
    SOURCE,
    AS_OF,
    CONFID,
    RULE_ID,
    UNTIL,
    APPLIES,
    JOIN,
    QUANTITY,
    MIN,
    MAX,
    CLASS,
    POLICY,
    JURISDICTION,
    CHIPS
};
static const char *const cols[] = {"rule",    "effective", "criterion",    "bound",   "notes",
                                   "source",  "as_of",     "confidence",   "rule_id", "until",
                                   "applies", "join",      "quantity",     "min",     "max",
                                   "class",   "policy",    "jurisdiction", "?chips"};

static enum su_status read_texts(struct su_catalog_row row, struct su_rule *r, struct su_err *err)
{
    SU_TRY(su_catalog_cell_text(row, RULE, SU_DOC_REQUIRED, &r->rule, err));
    SU_TRY(su_catalog_cell_text(row, CRITERION, SU_DOC_OPTIONAL, &r->criterion, err));
    SU_TRY(su_catalog_cell_text(row, BOUND, SU_DOC_OPTIONAL, &r->bound, err));
    SU_TRY(su_catalog_cell_text(row, NOTES, SU_DOC_OPTIONAL, &r->notes, err));
    SU_TRY(su_catalog_cell_text(row, SOURCE, SU_DOC_REQUIRED, &r->source, err));
    SU_TRY(su_catalog_cell_text(row, RULE_ID, SU_DOC_REQUIRED, &r->rule_id, err));
    if (!su_catalog_id_valid(r->rule_id))
        return su_catalog_cell_fail(row, RULE_ID, err,
                                    "is \"%s\", expected a name of a-z, 0-9 and '_'", r->rule_id);
    SU_TRY(su_catalog_cell_text(row, CHIPS, SU_DOC_OPTIONAL, &r->chips, err));
    return su_catalog_cell_text(row, JURISDICTION, SU_DOC_REQUIRED, &r->jurisdiction, err);
}

static enum su_status read_dates(struct su_catalog_row row, struct su_rule *r, struct su_err *err)
{
    SU_TRY(su_catalog_cell_date(row, EFFECTIVE, SU_DOC_REQUIRED, &r->effective, err));
    SU_TRY(su_catalog_cell_date(row, UNTIL, SU_DOC_OPTIONAL, &r->until, err));
    SU_TRY(su_catalog_cell_date(row, AS_OF, SU_DOC_REQUIRED, &r->as_of, err));
    if (su_date_known(r->until) && su_date_cmp(r->until, r->effective) <= 0)
        return su_catalog_cell_fail(row, UNTIL, err, "is %s, expected a date after %s, the first",
                                    r->until.text, r->effective.text);
    return SU_OK;
}

/* The form the planner evaluates. */
static enum su_status read_test(struct su_catalog_row row, struct su_rule *r, struct su_err *err)
{
    size_t quantity = SU_RULE_NO_QUANTITY;
    SU_TRY(su_catalog_cell_word(row, QUANTITY, SU_DOC_OPTIONAL, &su_catalog_words_quantity,
                                &quantity, err));
    r->quantity = (enum su_rule_quantity)quantity;
    enum su_doc_need need = quantity == SU_RULE_NO_QUANTITY ? SU_DOC_OPTIONAL : SU_DOC_REQUIRED;
    size_t applies = SU_RULE_ANY;
    size_t join = 0;
    SU_TRY(su_catalog_cell_word(row, APPLIES, need, &su_catalog_words_applies, &applies, err));
    SU_TRY(su_catalog_cell_word(row, JOIN, need, &su_catalog_words_join, &join, err));
    r->applies = (enum su_rule_applies)applies;
    r->join_any = join == 1;
    r->min = -INFINITY;
    r->max = INFINITY;
    SU_TRY(su_catalog_cell_number(row, MIN, SU_DOC_OPTIONAL, 0, 1e12, &r->min, err));
    SU_TRY(su_catalog_cell_number(row, MAX, SU_DOC_OPTIONAL, 0, 1e12, &r->max, err));
    bool bounded = isfinite(r->min) || isfinite(r->max);
    if (need == SU_DOC_REQUIRED && !bounded)
        return su_catalog_cell_fail(row, MIN, err, "and max are empty, but quantity is \"%s\"",
                                    su_catalog_cell(row, QUANTITY));
    if (need == SU_DOC_OPTIONAL && bounded)
        return su_catalog_cell_fail(row, QUANTITY, err, "is empty, but min or max is not");
    if (r->min >= r->max)
        return su_catalog_cell_fail(row, MAX, err, "is %g, expected more than min, which is %g",
                                    r->max, r->min);
    return SU_OK;
}

static enum su_status read_rule(struct su_catalog_row row, struct su_rule *r, struct su_err *err)
{
    SU_TRY(read_texts(row, r, err));
    SU_TRY(read_dates(row, r, err));
    SU_TRY(read_test(row, r, err));
    size_t ignored = 0;
    SU_TRY(
        su_catalog_cell_word(row, CLASS, SU_DOC_OPTIONAL, &su_catalog_words_class, &ignored, err));
    SU_TRY(su_catalog_cell_word(row, POLICY, SU_DOC_OPTIONAL, &su_catalog_words_policy, &ignored,
                                err));
    r->klass = su_catalog_cell(row, CLASS);
    r->policy = su_catalog_cell(row, POLICY);
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    r->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

/* The columns that speak about the whole rule. */
static enum su_status check_same_rule(struct su_catalog_row row, const struct su_csv_row *first,
                                      struct su_err *err)
{
    static const size_t whole[] = {RULE,  EFFECTIVE, UNTIL,        APPLIES, JOIN,
                                   CLASS, POLICY,    JURISDICTION, CHIPS};
    struct su_catalog_row other = {row.table, first};
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        const char *a = su_catalog_cell(row, whole[i]);
        const char *b = su_catalog_cell(other, whole[i]);
        if (strcmp(a, b) != 0)
            return su_catalog_cell_fail(row, whole[i], err,
                                        "is \"%s\", but \"%s\" in line %u of the same rule_id", a,
                                        b, first->line);
    }
    return SU_OK;
}

enum su_status su_catalog_read_rules(struct su_arena *arena, const char *path, const char *name,
                                     struct su_catalog_parts *parts, struct su_err *err)
{
    (void)name;
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, cols, sizeof(cols) / sizeof(cols[0]), &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_catalog_row row = {&t, &t.csv.rows[i]};
        struct su_rule r = {0};
        SU_TRY(read_rule(row, &r, err));
        for (size_t k = 0; k < i; k++) {
            struct su_catalog_row earlier = {&t, &t.csv.rows[k]};
            if (strcmp(su_catalog_cell(earlier, RULE_ID), r.rule_id) == 0) {
                SU_TRY(check_same_rule(row, earlier.row, err));
                break;
            }
        }
        *SU_VEC_PUSH(arena, &parts->rules) = r;
    }
    return SU_OK;
}
