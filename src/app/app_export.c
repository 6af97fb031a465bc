/* `export`: class and policy of chips for delivery to China on a date, with the clause that
 * decided, the arithmetic in words and the distance to every line. Not legal advice. */
#include <math.h>
#include <string.h>

#include "app/facts.h"
#include "econ/econ.h"

/* A chip under the rules of the date. */
struct ruling {
    const struct su_accel *accel;
    struct su_export export;
    const struct su_export_test *tests;
    size_t n_tests;
    const struct su_rule *const *gates;
    size_t n_gates;
};

struct words {
    struct su_arena *arena;
    const struct su_view *view;
    const struct su_facts *facts;
};

static struct ruling rule_on(const struct words *w, const struct su_accel *accel)
{
    struct ruling r = {.accel = accel};
    const struct su_catalog *catalog = w->facts->catalog;
    r.export = su_export_classify(catalog, accel, w->facts->date);
    r.n_tests = su_export_tests(w->arena, catalog, accel, w->facts->date, &r.tests);
    r.n_gates = su_export_gates(w->arena, catalog, accel, w->facts->date, &r.gates);
    return r;
}

static const char *quantity_key(enum su_rule_quantity q)
{
    static const char *const names[] = {"",         "tpp",        "perf_density",
                                        "link_gbs", "mem_bw_gbs", "mem_plus_link_gbs"};
    return names[q];
}

static const char *quantity_text(const struct words *w, enum su_rule_quantity q)
{
    static const enum su_msg msgs[] = {
        SU_MSG_unknown,           SU_MSG_quantity_tpp,        SU_MSG_quantity_perf_density,
        SU_MSG_quantity_link_gbs, SU_MSG_quantity_mem_bw_gbs, SU_MSG_quantity_mem_plus_link_gbs};
    return su_text(w->view->lang, msgs[q]);
}

/* "2,368", "2.91", "126": densities are written with two decimals, as the rule writes its lines. */
static const char *figure_text(struct su_arena *arena, enum su_rule_quantity q, double v)
{
    if (isnan(v))
        return NULL;
    if (q == SU_RULE_PERF_DENSITY)
        return su_fmt(arena, "%.2f", v);
    return v == round(v) || v >= 1e3 ? su_number_int(arena, llround(v)) : su_number(arena, v);
}

/* Above the line it is not a margin but an excess; both as a share of the line. */
static double margin_frac(double value, double bound)
{
    return (bound - value) / bound;
}

/* The two ends of a row's interval that are lines. */
static size_t bounds_of(const struct su_rule *row, double bounds[2])
{
    size_t n = 0;
    if (isfinite(row->min))
        bounds[n++] = row->min;
    if (isfinite(row->max))
        bounds[n++] = row->max;
    return n;
}

/* The line that the chip is just below, of the clauses that set a class; NULL when there is none.
 */
static const struct su_export_test *nearest(const struct ruling *r, double *bound)
{
    const struct su_export_test *best = NULL;
    double best_frac = INFINITY;
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (!t->about || t->row->klass[0] == '\0' || isnan(t->value) || !isfinite(t->row->min))
            continue;
        double frac = margin_frac(t->value, t->row->min);
        if (frac > 0 && frac < best_frac) {
            best = t;
            best_frac = frac;
            *bound = t->row->min;
        }
    }
    return best;
}

/* ---- the answer as a document ---- */

static void put_truth(struct su_arena *arena, struct su_doc *doc, const char *key,
                      enum su_export_truth t)
{
    if (t == SU_EXPORT_CANNOT_SAY)
        su_doc_put_null(arena, doc, key);
    else
        su_doc_put_bool(arena, doc, key, t == SU_EXPORT_YES);
}

static bool has_bound(const struct su_rule *row, double bound)
{
    double bounds[2];
    size_t n = bounds_of(row, bounds);
    return (n > 0 && bounds[0] == bound) || (n > 1 && bounds[1] == bound);
}

static void put_margin(const struct words *w, struct su_doc *margins, const char *key,
                       const struct ruling *r, const struct su_export_test *first, double bound)
{
    struct su_doc *m = su_doc_put_obj(w->arena, margins, key);
    su_doc_put_real(w->arena, m, "value", first->value);
    su_doc_put_real(w->arena, m, "bound", bound);
    su_doc_put_real(w->arena, m, "margin_frac", margin_frac(first->value, bound));
    struct su_doc *rules = su_doc_put_arr(w->arena, m, "rules");
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (t->about && t->row->quantity == first->row->quantity && has_bound(t->row, bound))
            su_doc_push_str(w->arena, rules, t->row->rule_id);
    }
}

/* Each line once: {"tpp_4800": {value, bound, margin_frac, rules[]}}. */
static void put_margins(const struct words *w, struct su_doc *doc, const struct ruling *r)
{
    struct su_doc *margins = su_doc_put_obj(w->arena, doc, "margins");
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        double bounds[2];
        size_t n = t->about && !isnan(t->value) ? bounds_of(t->row, bounds) : 0;
        for (size_t k = 0; k < n; k++) {
            const char *key = su_fmt(w->arena, "%s_%g", quantity_key(t->row->quantity), bounds[k]);
            if (su_doc_get(margins, key) == NULL)
                put_margin(w, margins, key, r, t, bounds[k]);
        }
    }
}

static void put_clauses(const struct words *w, struct su_doc *doc, const struct ruling *r)
{
    struct su_arena *arena = w->arena;
    struct su_doc *clauses = su_doc_put_arr(arena, doc, "clauses");
    struct su_doc *criteria = NULL;
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (t->first) {
            struct su_doc *c = su_doc_push_obj(arena, clauses);
            su_doc_put_str(arena, c, "rule", t->row->rule_id);
            su_doc_put_str(arena, c, "name", t->row->rule);
            su_doc_put_str(arena, c, "effective", t->row->effective.text);
            su_doc_put_bool(arena, c, "about", t->about);
            put_truth(arena, c, "holds", t->rule_holds);
            if (t->row->klass[0] != '\0')
                su_doc_put_str(arena, c, "class", t->row->klass);
            if (t->row->policy[0] != '\0')
                su_doc_put_str(arena, c, "policy", t->row->policy);
            su_doc_put_str(arena, c, "join", t->row->join_any ? "any" : "all");
            su_doc_put_str(arena, c, "source", t->row->source);
            criteria = su_doc_put_arr(arena, c, "criteria");
        }
        struct su_doc *row = su_doc_push_obj(arena, criteria);
        su_doc_put_str(arena, row, "quantity", quantity_key(t->row->quantity));
        if (!isnan(t->value))
            su_doc_put_real(arena, row, "value", t->value);
        if (isfinite(t->row->min))
            su_doc_put_real(arena, row, "min", t->row->min);
        if (isfinite(t->row->max))
            su_doc_put_real(arena, row, "max", t->row->max);
        put_truth(arena, row, "holds", t->holds);
    }
}

static void put_rows(const struct words *w, struct su_doc *doc, const char *key,
                     const struct su_rule *const *rows, size_t n)
{
    struct su_doc *list = su_doc_put_arr(w->arena, doc, key);
    for (size_t i = 0; i < n; i++) {
        struct su_doc *r = su_doc_push_obj(w->arena, list);
        su_doc_put_str(w->arena, r, "rule", rows[i]->rule_id);
        su_doc_put_str(w->arena, r, "name", rows[i]->rule);
        su_doc_put_str(w->arena, r, "effective", rows[i]->effective.text);
        if (rows[i]->criterion != NULL && rows[i]->criterion[0] != '\0')
            su_doc_put_str(w->arena, r, "criterion",
                           su_fmt(w->arena, "%s %s", rows[i]->criterion, rows[i]->bound));
        if (rows[i]->notes != NULL && rows[i]->notes[0] != '\0')
            su_doc_put_str(w->arena, r, "notes", rows[i]->notes);
        su_doc_put_str(w->arena, r, "source", rows[i]->source);
        su_doc_put_str(w->arena, r, "confidence", su_confidence_name(rows[i]->confidence));
    }
}

/* "stopped" over "restricted" over "open". */
static const char *gate_word(const struct ruling *r)
{
    const char *word = "open";
    for (size_t i = 0; i < r->n_gates; i++) {
        if (strcmp(r->gates[i]->klass, "stopped") == 0)
            return "stopped";
        word = r->gates[i]->klass;
    }
    return word;
}

/* ---- sentences ---- */

static const char *class_text(const struct words *w, enum su_export_class c)
{
    static const enum su_msg msgs[] = {SU_MSG_class_free, SU_MSG_class_nac, SU_MSG_class_licence,
                                       SU_MSG_class_unknown, SU_MSG_class_not_us_origin};
    return su_text(w->view->lang, msgs[c]);
}

static const char *policy_text(const struct words *w, enum su_export_policy p)
{
    static const enum su_msg msgs[] = {SU_MSG_policy_none, SU_MSG_policy_case_by_case,
                                       SU_MSG_policy_denial};
    return su_text(w->view->lang, msgs[p]);
}

static const char *upper(struct su_arena *arena, const char *format)
{
    char *s = su_str_dup_c(arena, format);
    for (char *c = s; *c != '\0'; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
    return s;
}

static const char *tpp_text(const struct words *w, const struct ruling *r)
{
    const struct su_export *e = &r->export;
    struct su_arena *a = w->arena;
    if (e->tpp <= 0)
        return su_text(w->view->lang, SU_MSG_export_tpp_unknown);
    return su_text_fill(a, w->view->lang, SU_MSG_export_tpp, "rate",
                        su_fmt(a, "%.10g", e->tpp_rate), "unit",
                        strcmp(e->tpp_format, "int8") == 0 ? "TOPS" : "TFLOPS", "format",
                        upper(a, e->tpp_format), "bits", su_fmt(a, "%.0f", e->tpp / e->tpp_rate),
                        "tpp", figure_text(a, SU_RULE_TPP, e->tpp), NULL);
}

static const char *density_text(const struct words *w, const struct ruling *r)
{
    const struct su_export *e = &r->export;
    struct su_arena *a = w->arena;
    if (e->perf_density <= 0)
        return su_text(w->view->lang, SU_MSG_export_pd_unknown);
    return su_text_fill(a, w->view->lang, SU_MSG_export_pd, "tpp",
                        figure_text(a, SU_RULE_TPP, e->tpp), "area",
                        su_fmt(a, "%.10g", su_fact_value(r->accel->die_area_mm2)), "pd",
                        figure_text(a, SU_RULE_PERF_DENSITY, e->perf_density), NULL);
}

/* NULL when no rule in force looks at bandwidth or a figure is missing. */
static const char *bandwidth_text(const struct words *w, const struct ruling *r)
{
    struct su_arena *a = w->arena;
    const struct su_export_test *sum = NULL;
    for (size_t i = 0; i < r->n_tests; i++) {
        if (r->tests[i].row->quantity == SU_RULE_MEM_PLUS_LINK_GBS)
            sum = &r->tests[i];
    }
    if (sum == NULL || isnan(sum->value))
        return NULL;
    double mem = su_accel_mem_bw_bytes_per_s(r->accel) / 1e9;
    return su_text_fill(a, w->view->lang, SU_MSG_export_bandwidth, "mem",
                        figure_text(a, SU_RULE_MEM_BW_GBS, mem), "link",
                        figure_text(a, SU_RULE_LINK_GBS, sum->value - mem), "sum",
                        figure_text(a, SU_RULE_MEM_PLUS_LINK_GBS, sum->value), NULL);
}

/* ">= 1,400", "2,400 .. 4,800", "< 21,000" */
static const char *line_text(const struct words *w, const struct su_rule *row)
{
    struct su_arena *a = w->arena;
    const char *min = isfinite(row->min) ? figure_text(a, row->quantity, row->min) : NULL;
    const char *max = isfinite(row->max) ? figure_text(a, row->quantity, row->max) : NULL;
    return min == NULL   ? su_fmt(a, "< %s", max)
           : max == NULL ? su_fmt(a, ">= %s", min)
                         : su_fmt(a, "%s ≤ … < %s", min, max);
}

static const char *joined(const struct words *w, const char *list, const char *item)
{
    return list == NULL ? item
                        : su_fmt(w->arena, "%s%s%s", list,
                                 su_text(w->view->lang, SU_MSG_list_semicolon), item);
}

/* The criteria of one rule that hold. */
static const char *criteria_text(const struct words *w, const struct ruling *r,
                                 const struct su_rule *rule)
{
    const char *list = NULL;
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (strcmp(t->row->rule_id, rule->rule_id) == 0 && t->holds == SU_EXPORT_YES)
            list = joined(w, list,
                          su_fmt(w->arena, "%s %s (%s)", quantity_text(w, t->row->quantity),
                                 figure_text(w->arena, t->row->quantity, t->value),
                                 line_text(w, t->row)));
    }
    return list == NULL ? "" : list;
}

static const char *decided_text(const struct words *w, const struct ruling *r)
{
    const struct su_export *e = &r->export;
    if (e->rule == NULL)
        return "";
    const char *text = su_text_fill(w->arena, w->view->lang, SU_MSG_export_decided, "rule",
                                    e->rule->rule, "criteria", criteria_text(w, r, e->rule),
                                    "policy", policy_text(w, e->policy), NULL);
    if (e->policy_rule == NULL || strcmp(e->policy_rule->rule_id, e->rule->rule_id) == 0)
        return text;
    return su_fmt(w->arena, "%s%s%s", text, w->view->lang == SU_LANG_ZH ? "" : " ",
                  su_text_fill(w->arena, w->view->lang, SU_MSG_export_decided_policy, "rule",
                               e->policy_rule->rule, "date", e->policy_rule->effective.text, NULL));
}

static const char *free_text(const struct words *w, const struct ruling *r)
{
    double bound = 0;
    const struct su_export_test *t = nearest(r, &bound);
    if (r->n_tests == 0)
        return su_text(w->view->lang, SU_MSG_export_no_rule);
    if (t == NULL)
        return su_text(w->view->lang, SU_MSG_export_free_none);
    enum su_rule_quantity q = t->row->quantity;
    return su_text_fill(w->arena, w->view->lang, SU_MSG_export_free, "figure", quantity_text(w, q),
                        "value", figure_text(w->arena, q, t->value), "bound",
                        figure_text(w->arena, q, bound), "margin",
                        su_fmt(w->arena, "%.1f", 100 * margin_frac(t->value, bound)), NULL);
}

/* What the undecided clauses lack, each once. */
static const char *unknown_text(const struct words *w, const struct ruling *r)
{
    const char *list = NULL;
    bool seen[SU_RULE_MEM_PLUS_LINK_GBS + 1] = {false};
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (t->rule_holds != SU_EXPORT_CANNOT_SAY || !isnan(t->value) || seen[t->row->quantity])
            continue;
        seen[t->row->quantity] = true;
        list = joined(w, list, quantity_text(w, t->row->quantity));
    }
    return su_text_fill(w->arena, w->view->lang, SU_MSG_export_unknown, "missing",
                        list == NULL ? "" : list, NULL);
}

static const char *foreign_text(const struct words *w, const struct ruling *r)
{
    const char *list = NULL;
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        if (t->first && t->rule_holds == SU_EXPORT_YES && t->row->klass[0] != '\0')
            list = joined(w, list, t->row->rule);
    }
    return su_text_fill(w->arena, w->view->lang,
                        list == NULL ? SU_MSG_export_foreign_none : SU_MSG_export_foreign, "origin",
                        r->accel->origin, "rules", list == NULL ? "" : list, NULL);
}

static const char *reason_text(const struct words *w, const struct ruling *r)
{
    switch (r->export.klass) {
    case SU_EXPORT_NOT_US_ORIGIN:
        return foreign_text(w, r);
    case SU_EXPORT_UNKNOWN:
        return unknown_text(w, r);
    case SU_EXPORT_FREE:
        return free_text(w, r);
    case SU_EXPORT_NAC:
    case SU_EXPORT_LICENCE:
        break;
    }
    return decided_text(w, r);
}

static const char *gate_text(const struct words *w, const struct ruling *r)
{
    const char *text = NULL;
    for (size_t i = 0; i < r->n_gates; i++) {
        bool stopped = strcmp(r->gates[i]->klass, "stopped") == 0;
        const char *one = su_text_fill(
            w->arena, w->view->lang, stopped ? SU_MSG_gate_stopped : SU_MSG_gate_restricted, "rule",
            r->gates[i]->rule, "date", r->gates[i]->effective.text, "source", r->gates[i]->source,
            NULL);
        text = text == NULL ? one : su_fmt(w->arena, "%s\n%s", text, one);
    }
    return text == NULL ? su_text(w->view->lang, SU_MSG_gate_open) : text;
}

static void put_ruling(const struct words *w, struct su_doc *doc, const struct ruling *r)
{
    struct su_arena *arena = w->arena;
    const struct su_export *e = &r->export;
    su_doc_put_str(arena, doc, "id", r->accel->id);
    su_doc_put_str(arena, doc, "name", r->accel->name);
    su_doc_put_str(arena, doc, "origin", r->accel->origin);
    su_doc_put_str(arena, doc, "market", r->accel->market);
    if (e->tpp > 0) {
        su_doc_put_real(arena, doc, "tpp", round(e->tpp * 10) / 10);
        su_doc_put_str(arena, doc, "tpp_format", e->tpp_format);
        su_doc_put_real(arena, doc, "tpp_rate", e->tpp_rate);
    }
    if (e->perf_density > 0) {
        su_doc_put_real(arena, doc, "perf_density", round(e->perf_density * 100) / 100);
        su_doc_put_real(arena, doc, "die_area_mm2", su_fact_value(r->accel->die_area_mm2));
    }
    su_doc_put_str(arena, doc, "class", su_export_class_name(e->klass));
    su_doc_put_str(arena, doc, "policy", su_export_policy_name(e->policy));
    if (e->rule == NULL)
        su_doc_put_null(arena, doc, "rule");
    else
        su_doc_put_str(arena, doc, "rule", e->rule->rule_id);
    if (e->policy_rule != NULL)
        su_doc_put_str(arena, doc, "policy_rule", e->policy_rule->rule_id);
    su_doc_put_str(arena, doc, "reason", reason_text(w, r));
    struct su_doc *steps = su_doc_put_arr(arena, doc, "arithmetic");
    su_doc_push_str(arena, steps, tpp_text(w, r));
    su_doc_push_str(arena, steps, density_text(w, r));
    if (bandwidth_text(w, r) != NULL)
        su_doc_push_str(arena, steps, bandwidth_text(w, r));
    put_margins(w, doc, r);
    put_clauses(w, doc, r);
    su_doc_put_str(arena, doc, "china_gate", gate_word(r));
    put_rows(w, doc, "china_rules", r->gates, r->n_gates);
}

/* ---- tables ---- */

static const char *truth_text(const struct words *w, const struct su_export_test *t)
{
    static const enum su_msg msgs[] = {SU_MSG_no, SU_MSG_yes, SU_MSG_unknown};
    return su_text(w->view->lang, t->about ? msgs[t->holds] : SU_MSG_not_about);
}

/* The line of a row that the margin is counted to: its lower end, else its upper. */
static const char *margin_text(const struct words *w, const struct su_export_test *t)
{
    double bound = isfinite(t->row->min) ? t->row->min : t->row->max;
    return isnan(t->value) ? NULL
                           : su_fmt(w->arena, "%+.1f %%", -100 * margin_frac(t->value, bound));
}

static struct su_table *clause_table(const struct words *w, const struct ruling *r)
{
    enum su_lang lang = w->view->lang;
    struct su_table *table = SU_NEW(w->arena, struct su_table);
    su_table_init(table, w->arena);
    su_table_col(table, su_text(lang, SU_MSG_col_clause), SU_ALIGN_LEFT, true);
    su_table_col(table, su_text(lang, SU_MSG_col_criterion), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(lang, SU_MSG_col_figure), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(lang, SU_MSG_col_line), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(lang, SU_MSG_col_margin), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(lang, SU_MSG_col_holds), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct su_export_test *t = &r->tests[i];
        const char *cells[] = {t->first ? t->row->rule : "",
                               quantity_text(w, t->row->quantity),
                               figure_text(w->arena, t->row->quantity, t->value),
                               line_text(w, t->row),
                               margin_text(w, t),
                               truth_text(w, t)};
        su_table_row(table, cells);
    }
    return table;
}

static const char *nearest_text(const struct words *w, const struct ruling *r)
{
    double bound = 0;
    const struct su_export_test *t = nearest(r, &bound);
    if (t == NULL || r->export.klass != SU_EXPORT_FREE)
        return NULL;
    return su_fmt(w->arena, "%s %s: %.1f %%", quantity_text(w, t->row->quantity),
                  figure_text(w->arena, t->row->quantity, bound),
                  100 * margin_frac(t->value, bound));
}

static struct su_table *overview(const struct words *w, const struct ruling *rulings, size_t n)
{
    enum su_lang lang = w->view->lang;
    static const enum su_msg classes[] = {SU_MSG_class_word_free, SU_MSG_class_word_nac,
                                          SU_MSG_class_word_licence, SU_MSG_class_word_unknown,
                                          SU_MSG_class_word_not_us_origin};
    static const enum su_msg policies[] = {SU_MSG_policy_none, SU_MSG_policy_word_case_by_case,
                                           SU_MSG_policy_word_denial};
    struct su_table *table = SU_NEW(w->arena, struct su_table);
    su_table_init(table, w->arena);
    su_table_col(table, "id", SU_ALIGN_LEFT, false);
    su_table_col(table, "TPP", SU_ALIGN_RIGHT, false);
    su_table_col(table, "PD", SU_ALIGN_RIGHT, false);
    const enum su_msg titles[] = {SU_MSG_col_class, SU_MSG_col_policy, SU_MSG_col_clause,
                                  SU_MSG_col_nearest, SU_MSG_col_gate};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        su_table_col(table, su_text(lang, titles[i]), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < n; i++) {
        const struct ruling *r = &rulings[i];
        const struct su_export *e = &r->export;
        const char *cells[] = {
            r->accel->id,
            e->tpp > 0 ? figure_text(w->arena, SU_RULE_TPP, e->tpp) : NULL,
            e->perf_density > 0 ? figure_text(w->arena, SU_RULE_PERF_DENSITY, e->perf_density)
                                : NULL,
            su_text(lang, classes[e->klass]),
            e->policy == SU_EXPORT_POLICY_NONE ? NULL : su_text(lang, policies[e->policy]),
            e->rule == NULL ? NULL : e->rule->rule_id,
            nearest_text(w, r),
            r->n_gates == 0 ? NULL
                            : su_text(lang, strcmp(gate_word(r), "stopped") == 0
                                                ? SU_MSG_gate_word_stopped
                                                : SU_MSG_gate_word_restricted)};
        su_table_row(table, cells);
    }
    return table;
}

/* ---- text of one chip ---- */

static void write_context(const struct words *w, struct su_buf *out,
                          const struct su_rule *const *rows, size_t n)
{
    if (n == 0)
        return;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text(w->view->lang, SU_MSG_heading_context));
    for (size_t i = 0; i < n; i++) {
        const char *text = su_fmt(w->arena, "- %s, %s: %s", rows[i]->effective.text, rows[i]->rule,
                                  rows[i]->notes == NULL ? "" : rows[i]->notes);
        su_report_paragraph(out, text, 2, w->view->width);
    }
}

static void write_one(const struct words *w, struct su_buf *out, const struct ruling *r,
                      const struct su_table *table)
{
    enum su_lang lang = w->view->lang;
    size_t width = w->view->width;
    su_report_heading(out,
                      su_text_fill(w->arena, lang, SU_MSG_export_title, "name", r->accel->name,
                                   "date", su_facts_date_text(w->arena, w->view, w->facts), NULL));
    su_report_paragraph(out,
                        su_text_fill(w->arena, lang, SU_MSG_export_class, "class",
                                     class_text(w, r->export.klass), "reason", reason_text(w, r),
                                     NULL),
                        0, width);
    su_report_paragraph(out, gate_text(w, r), 0, width);
    su_buf_putc(out, '\n');
    su_report_paragraph(out, tpp_text(w, r), 2, width);
    su_report_paragraph(out, density_text(w, r), 2, width);
    if (bandwidth_text(w, r) != NULL)
        su_report_paragraph(out, bandwidth_text(w, r), 2, width);
    su_buf_putc(out, '\n');
    if (r->n_tests > 0) {
        su_report_heading(out, su_text(lang, SU_MSG_heading_clauses));
        su_table_write_text(out, table, width);
    }
    const struct su_rule *const *rows = NULL;
    size_t n = su_export_context(w->arena, w->facts->catalog, w->facts->date, &rows);
    write_context(w, out, rows, n);
    if (r->export.rule != NULL) {
        su_buf_putc(out, '\n');
        su_report_heading(out, su_text(lang, SU_MSG_heading_sources));
        su_report_paragraph(out, r->export.rule->source, 2, width);
    }
}

enum su_status su_app_export(struct su_arena *arena, const struct su_request *request,
                             const struct su_view *view, struct su_answer *answer,
                             struct su_err *err)
{
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    struct su_chip_list list = {0};
    SU_TRY(su_chips_choose(arena, request, facts.catalog, &list, err));
    struct words w = {arena, view, &facts};
    struct ruling *rulings = SU_NEW_ARRAY(arena, list.v.n + 1, struct ruling);
    for (size_t i = 0; i < list.v.n; i++)
        rulings[i] = rule_on(&w, list.v.items[i]);
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, answer->doc, "as_of", facts.date.text);
    su_doc_put_str(arena, answer->doc, "destination", "CN");
    struct su_buf *out = &answer->text;
    if (request->n_operands == 1 && list.v.n == 1) {
        put_ruling(&w, answer->doc, &rulings[0]);
        answer->table = clause_table(&w, &rulings[0]);
        write_one(&w, out, &rulings[0], answer->table);
    } else {
        struct su_doc *chips = su_doc_put_arr(arena, answer->doc, "chips");
        for (size_t i = 0; i < list.v.n; i++)
            put_ruling(&w, su_doc_push_obj(arena, chips), &rulings[i]);
        answer->table = overview(&w, rulings, list.v.n);
        su_report_heading(out, su_text_fill(arena, view->lang, SU_MSG_export_title_all, "date",
                                            su_facts_date_text(arena, view, &facts), NULL));
        su_table_write_text(out, answer->table, 0);
    }
    const struct su_rule *const *rows = NULL;
    size_t n = su_export_context(arena, facts.catalog, facts.date, &rows);
    put_rows(&w, answer->doc, "context", rows, n);
    su_doc_put_str(arena, answer->doc, "note", su_text(view->lang, SU_MSG_export_not_advice));
    su_buf_putc(out, '\n');
    su_report_paragraph(out, su_text(view->lang, SU_MSG_export_not_advice), 0, view->width);
    return SU_OK;
}
