/* `validate`: predictions against measurements. Scores exactly the rows with use=test; one that
 * cannot be mapped counts as missed. Fit rows are shown and counted apart, context rows shown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/measured.h"
#include "app/validate.h"
#include "base/file.h"
#include "base/vec.h"

extern const char su_measured_csv[];

/* A row with its prediction. strict: constants from other models' rows only. */
struct scored {
    const struct su_measured *row;
    double predicted;
    double strict;
    double low;
    double high;
    double error_pct;
    double strict_pct;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Constants are the same for all rows of a group, so they are fitted once for each. */
static struct su_engine_constants constants_of(const struct scored *done, size_t n_done,
                                               const struct su_measured *rows, size_t n_rows,
                                               const struct su_measured *row, const char *except,
                                               struct su_engine_constants *cache)
{
    for (size_t i = 0; i < n_done; i++) {
        bool same_model = except == NULL || strcmp(done[i].row->model, except) == 0;
        if (same_model && su_measured_same_group(done[i].row, row))
            return cache[i];
    }
    return su_engine_constants_fit(rows, n_rows, row, except);
}

static size_t score(struct su_arena *arena, const struct su_measured *rows, size_t n_rows,
                    struct scored **out)
{
    struct scored *s = SU_NEW_ARRAY(arena, n_rows, struct scored);
    struct su_engine_constants *fitted = SU_NEW_ARRAY(arena, n_rows, struct su_engine_constants);
    struct su_engine_constants *strict = SU_NEW_ARRAY(arena, n_rows, struct su_engine_constants);
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const struct su_measured *r = &rows[i];
        if (r->use == SU_MEASURED_CONTEXT || r->unmapped != NULL)
            continue;
        fitted[n] = constants_of(s, n, rows, n_rows, r, NULL, fitted);
        strict[n] = constants_of(s, n, rows, n_rows, r, r->model, strict);
        s[n].row = r;
        s[n].predicted = su_measured_predict(r, fitted[n], SU_EFF_MID);
        s[n].strict = su_measured_predict(r, strict[n], SU_EFF_MID);
        double a = su_measured_predict(r, fitted[n], SU_EFF_LOW);
        double b = su_measured_predict(r, fitted[n], SU_EFF_HIGH);
        s[n].low = fmin(a, b);
        s[n].high = fmax(a, b);
        s[n].error_pct = (s[n].predicted / r->value - 1) * 100;
        s[n].strict_pct = (s[n].strict / r->value - 1) * 100;
        n++;
    }
    *out = s;
    return n;
}

/* ---- summaries ---- */

struct group {
    const char *kind; /* "all", "chip", "engine", "model", "metric" */
    const char *name;
};

static const char *key_of(const struct su_measured *r, const char *kind)
{
    if (strcmp(kind, "chip") == 0)
        return r->accelerator;
    if (strcmp(kind, "engine") == 0)
        return r->engine;
    if (strcmp(kind, "model") == 0)
        return r->model;
    return strcmp(kind, "metric") == 0 ? r->metric : "test";
}

static bool in_group(const struct su_measured *r, const struct group *g)
{
    return r->use == SU_MEASURED_TEST && strcmp(key_of(r, g->kind), g->name) == 0;
}

static double quantile(double *values, size_t n, double q)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof(values[0]), by_value);
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    double part = at - (double)i;
    return i + 1 < n ? values[i] * (1 - part) + values[i + 1] * part : values[n - 1];
}

static void put_summary(struct su_arena *arena, struct su_doc *list, const struct scored *s,
                        size_t n, const struct su_measured *rows, size_t n_rows,
                        const struct group *g)
{
    double *errors = SU_NEW_ARRAY(arena, n, double);
    double *strict = SU_NEW_ARRAY(arena, n, double);
    size_t n_scored = 0;
    size_t n_inside = 0;
    for (size_t i = 0; i < n; i++) {
        if (!in_group(s[i].row, g))
            continue;
        errors[n_scored] = fabs(s[i].error_pct);
        strict[n_scored++] = fabs(s[i].strict_pct);
        n_inside += s[i].row->value >= s[i].low && s[i].row->value <= s[i].high;
    }
    size_t n_test = 0;
    for (size_t i = 0; i < n_rows; i++)
        n_test += in_group(&rows[i], g);
    struct su_doc *doc = su_doc_push_obj(arena, list);
    su_doc_put_str(arena, doc, "kind", g->kind);
    su_doc_put_str(arena, doc, "group", g->name);
    su_doc_put_int(arena, doc, "n", (int64_t)n_scored);
    su_doc_put_int(arena, doc, "missed", (int64_t)(n_test - n_scored));
    if (n_scored == 0)
        return;
    su_doc_put_real(arena, doc, "median_abs_pct", quantile(errors, n_scored, 0.5));
    su_doc_put_real(arena, doc, "p90_abs_pct", quantile(errors, n_scored, 0.9));
    su_doc_put_real(arena, doc, "leave_model_out_median_abs_pct", quantile(strict, n_scored, 0.5));
    su_doc_put_real(arena, doc, "leave_model_out_p90_abs_pct", quantile(strict, n_scored, 0.9));
    su_doc_put_real(arena, doc, "coverage_frac", (double)n_inside / (double)n_scored);
}

static void put_summaries(struct su_arena *arena, struct su_doc *doc, const struct scored *s,
                          size_t n, const struct su_measured *rows, size_t n_rows)
{
    static const char *const kinds[] = {"all", "chip", "engine", "model", "metric"};
    struct su_doc *list = su_doc_put_arr(arena, doc, "summary");
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        SU_VEC(const char *) names = {0};
        for (size_t i = 0; i < n_rows; i++) {
            const char *key = key_of(&rows[i], kinds[k]);
            size_t at = 0;
            while (at < names.n && strcmp(names.items[at], key) != 0)
                at++;
            if (rows[i].use != SU_MEASURED_TEST || at < names.n)
                continue;
            *SU_VEC_PUSH(arena, &names) = key;
            put_summary(arena, list, s, n, rows, n_rows, &(struct group){kinds[k], key});
        }
    }
}

/* ---- rows ---- */

static void put_row(struct su_arena *arena, struct su_doc *list, const struct su_measured *r,
                    const struct scored *s)
{
    struct su_doc *doc = su_doc_push_obj(arena, list);
    su_doc_put_str(arena, doc, "use", su_measured_use_name(r->use));
    su_doc_put_str(arena, doc, "model", r->model);
    su_doc_put_str(arena, doc, "chip", r->accelerator);
    su_doc_put_str(arena, doc, "precision", r->precision);
    su_doc_put_str(arena, doc, "engine", r->engine);
    su_doc_put_str(arena, doc, "parallelism", r->parallelism);
    su_doc_put_str(arena, doc, "metric", r->metric);
    su_doc_put_real(arena, doc, "measured", r->value);
    if (s != NULL) {
        su_doc_put_real(arena, doc, "predicted", s->predicted);
        su_doc_put_real(arena, doc, "error_pct", s->error_pct);
        su_doc_put_real(arena, doc, "leave_model_out_error_pct", s->strict_pct);
        struct su_doc *interval = su_doc_put_arr(arena, doc, "interval");
        su_doc_push(arena, interval, su_doc_new_real(arena, s->low));
        su_doc_push(arena, interval, su_doc_new_real(arena, s->high));
        su_doc_put_str(
            arena, doc, "basis",
            su_basis_name(r->deployment.eff.own ? SU_BASIS_CALIBRATED : SU_BASIS_TRANSFERRED));
    } else if (r->unmapped != NULL) {
        su_doc_put_str(arena, doc, "unmapped", r->unmapped);
    }
    su_doc_put_str(arena, doc, "where", r->where);
    su_doc_put_str(arena, doc, "source", r->source);
}

static void put_rows(struct su_arena *arena, struct su_doc *doc, const struct scored *s, size_t n,
                     const struct su_measured *rows, size_t n_rows)
{
    struct su_doc *list = su_doc_put_arr(arena, doc, "rows");
    size_t at = 0;
    for (size_t i = 0; i < n_rows; i++) {
        bool scored = at < n && s[at].row == &rows[i];
        put_row(arena, list, &rows[i], scored ? &s[at] : NULL);
        at += scored;
    }
}

static const char *pct(struct su_arena *arena, const struct su_doc *doc, const char *key)
{
    const struct su_doc *v = su_doc_get(doc, key);
    return v == NULL ? NULL : su_fmt(arena, "%.1f", v->u.real);
}

static void write_summaries(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                            const struct su_doc *list)
{
    su_report_heading(out, su_text(view->lang, SU_MSG_validate_title));
    su_report_paragraph(out, su_text(view->lang, SU_MSG_validate_legend), 0, view->width);
    su_buf_putc(out, '\n');
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, "", SU_ALIGN_LEFT, false);
    const enum su_msg titles[] = {
        SU_MSG_col_rows,      SU_MSG_col_missed,          SU_MSG_col_median_error,
        SU_MSG_col_p90_error, SU_MSG_col_leave_model_out, SU_MSG_col_coverage};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        su_table_col(&table, su_text(view->lang, titles[i]), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < list->u.arr.n; i++) {
        const struct su_doc *g = list->u.arr.items[i];
        const struct su_doc *inside = su_doc_get(g, "coverage_frac");
        const char *cells[] = {
            su_doc_get(g, "kind")->u.str.p,
            su_doc_get(g, "group")->u.str.p,
            su_fmt(arena, "%lld", (long long)su_doc_get(g, "n")->u.integer),
            su_fmt(arena, "%lld", (long long)su_doc_get(g, "missed")->u.integer),
            pct(arena, g, "median_abs_pct"),
            pct(arena, g, "p90_abs_pct"),
            inside == NULL
                ? NULL
                : su_fmt(arena, "%s / %s", pct(arena, g, "leave_model_out_median_abs_pct"),
                         pct(arena, g, "leave_model_out_p90_abs_pct")),
            inside == NULL ? NULL : su_fmt(arena, "%.0f %%", inside->u.real * 100),
        };
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, 0);
}

static struct su_table *rows_table(struct su_arena *arena, const struct su_view *view,
                                   const struct su_doc *rows)
{
    struct su_table *table = SU_NEW(arena, struct su_table);
    su_table_init(table, arena);
    const char *const titles[] = {"use",    "chip",   "model", "precision", "engine",
                                  "layout", "metric", NULL,    NULL,        NULL};
    const enum su_msg named[] = {SU_MSG_col_measured, SU_MSG_col_predicted, SU_MSG_col_error};
    for (size_t i = 0; i < 10; i++)
        su_table_col(table, i < 7 ? titles[i] : su_text(view->lang, named[i - 7]),
                     i < 7 ? SU_ALIGN_LEFT : SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_note), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < rows->u.arr.n; i++) {
        const struct su_doc *r = rows->u.arr.items[i];
        const struct su_doc *p = su_doc_get(r, "predicted");
        const struct su_doc *unmapped = su_doc_get(r, "unmapped");
        if (strcmp(su_doc_get(r, "use")->u.str.p, "context") == 0)
            continue;
        const char *cells[] = {
            su_doc_get(r, "use")->u.str.p,
            su_doc_get(r, "chip")->u.str.p,
            su_doc_get(r, "model")->u.str.p,
            su_doc_get(r, "precision")->u.str.p,
            su_doc_get(r, "engine")->u.str.p,
            su_doc_get(r, "parallelism")->u.str.p,
            su_doc_get(r, "metric")->u.str.p,
            su_number(arena, su_doc_get(r, "measured")->u.real),
            p == NULL ? NULL : su_number(arena, p->u.real),
            p == NULL ? NULL : su_fmt(arena, "%+.1f", su_doc_get(r, "error_pct")->u.real),
            unmapped == NULL ? "" : unmapped->u.str.p,
        };
        su_table_row(table, cells);
    }
    return table;
}

/* The published rows, or the file the user names. */
static enum su_status read_all(struct su_arena *arena, const struct su_request *request,
                               const struct su_catalog *catalog, struct su_measured **rows,
                               size_t *n_rows, struct su_err *err)
{
    if (!su_request_has(request, SU_OPTION_measured))
        return su_measured_read(arena, catalog, su_str_c(su_measured_csv), "published.csv", rows,
                                n_rows, err);
    struct su_str text;
    SU_TRY(su_file_read(arena, request->measured, SU_FILE_BYTES_MAX, &text, err));
    return su_measured_read(arena, catalog, text, request->measured, rows, n_rows, err);
}

enum su_status su_app_validate(struct su_arena *arena, const struct su_request *request,
                               const struct su_view *view, struct su_answer *answer,
                               struct su_err *err)
{
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    if (su_request_has(request, SU_OPTION_kernels))
        return su_validate_kernels(arena, request, view, &facts, answer, err);
    struct su_measured *rows = NULL;
    size_t n_rows = 0;
    SU_TRY(read_all(arena, request, facts.catalog, &rows, &n_rows, err));
    struct scored *scored = NULL;
    size_t n = score(arena, rows, n_rows, &scored);
    put_summaries(arena, answer->doc, scored, n, rows, n_rows);
    put_rows(arena, answer->doc, scored, n, rows, n_rows);
    answer->table = rows_table(arena, view, su_doc_get(answer->doc, "rows"));
    write_summaries(arena, &answer->text, view, su_doc_get(answer->doc, "summary"));
    su_buf_putc(&answer->text, '\n');
    su_table_write_text(&answer->text, answer->table, 0);
    return SU_OK;
}
