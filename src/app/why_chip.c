/* Claims about chips: compute, export class, software, memory, training. */
#include <math.h>
#include <string.h>

#include "app/why_parts.h"
#include "base/csv.h"
#include "econ/econ.h"
#include "memory/memory.h"
#include "stat/stat.h"

extern const char su_measured_csv[];

/* Dense rate of a format by its name in the chip's file; absent: not known. */
static struct su_fact rate_of(const struct su_accel *accel, const char *format)
{
    for (size_t i = 0; i < su_accel_n_fields; i++) {
        if (strcmp(su_accel_fields[i].name, format) == 0 &&
            strcmp(su_accel_fields[i].unit, "TFLOPS") == 0)
            return su_accel_fact(accel, &su_accel_fields[i]);
    }
    return (struct su_fact){0};
}

static enum su_status need_rate(const struct su_claim *claim, const struct su_accel *accel,
                                const char *format, double *rate, struct su_err *err)
{
    struct su_fact fact = rate_of(accel, format);
    if (!su_fact_known(fact))
        return SU_DOC_FAIL(err, claim->doc, "%s publishes no rate for %s", accel->id, format);
    *rate = su_fact_value(fact);
    return SU_OK;
}

static void ratio_step(struct su_why *w, struct su_finding *f, const char *what, double a, double b,
                       const char *unit)
{
    su_finding_step(
        w, f, su_fmt(w->arena, "%s: %.10g / %.10g %s = %.2f %%", what, a, b, unit, 100 * a / b));
}

enum su_status su_why_compute_share(struct su_why *w, const struct su_claim *claim,
                                    struct su_finding *f, struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *b = NULL;
    const char *format = NULL;
    double at_most = 0;
    double x = 0;
    double y = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chip(w, claim, "against", &b, err));
    SU_TRY(su_doc_str(claim->doc, "dtype", SU_DOC_REQUIRED, &format, err));
    SU_TRY(su_claim_real(claim, "at_most", 0, 1, &at_most, err));
    SU_TRY(need_rate(claim, a, format, &x, err));
    SU_TRY(need_rate(claim, b, format, &y, err));
    ratio_step(w, f, format, x, y, "TFLOPS");
    if (su_fact_known(a->mem_bw_gbs) && su_fact_known(b->mem_bw_gbs))
        ratio_step(w, f, su_text(w->view->lang, SU_MSG_quantity_mem_bw_gbs),
                   su_fact_value(a->mem_bw_gbs), su_fact_value(b->mem_bw_gbs), "GB/s");
    su_finding_source(w, f, a->source);
    su_finding_source(w, f, b->source);
    f->computed = su_fmt(w->arena, "%.2f %%", 100 * x / y);
    f->verdict = x / y <= at_most ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang, SU_MSG_why_compute, "share", f->computed,
                            "limit", su_why_percent(w, at_most), "format", format, NULL);
    return SU_OK;
}

/* ---- export ---- */

static void export_step(struct su_why *w, struct su_finding *f, const struct su_accel *a,
                        const struct su_export *e)
{
    const char *density = e->perf_density > 0 ? su_fmt(w->arena, ", PD %.2f", e->perf_density) : "";
    const char *decided = e->rule == NULL ? "" : su_fmt(w->arena, " (%s)", e->rule->rule_id);
    const char *bits = e->tpp > 0 ? su_fmt(w->arena, "%.10g × %.0f = TPP %.0f", e->tpp_rate,
                                           e->tpp / e->tpp_rate, e->tpp)
                                  : "TPP -";
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s: %s%s: %s, %s%s", a->id, bits, density,
                           su_export_class_name(e->klass), su_export_policy_name(e->policy),
                           decided));
    if (e->rule != NULL)
        su_finding_source(w, f, e->rule->source);
}

enum su_status su_why_export_class(struct su_why *w, const struct su_claim *claim,
                                   struct su_finding *f, struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *const *others = NULL;
    size_t n = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chips(w, claim, "against", &others, &n, err));
    const struct su_catalog *catalog = w->facts.catalog;
    struct su_export e = su_export_classify(catalog, a, w->facts.date);
    bool barred = true;
    export_step(w, f, a, &e);
    su_finding_source(w, f, a->source);
    for (size_t i = 0; i < n; i++) {
        struct su_export x = su_export_classify(catalog, others[i], w->facts.date);
        export_step(w, f, others[i], &x);
        barred = barred && (x.klass == SU_EXPORT_LICENCE || x.klass == SU_EXPORT_NAC);
    }
    struct su_export now = su_export_classify(catalog, a, catalog->newest);
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s, %s: %s, %s", a->id, catalog->newest.text,
                           su_export_class_name(now.klass), su_export_policy_name(now.policy)));
    bool free = e.klass == SU_EXPORT_FREE;
    f->computed = su_fmt(w->arena, "%s: %s", a->id, su_export_class_name(e.klass));
    f->verdict = free && barred ? (now.klass == SU_EXPORT_FREE ? SU_HOLDS : SU_HOLDS_ONLY_IF)
                                : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang,
                            f->verdict == SU_DOES_NOT_HOLD   ? SU_MSG_why_export_not
                            : f->verdict == SU_HOLDS_ONLY_IF ? SU_MSG_why_export_if
                                                             : SU_MSG_why_export_holds,
                            "date", w->facts.date.text, "newest", catalog->newest.text, NULL);
    return SU_OK;
}

/* ---- software ---- */

struct levels {
    uint32_t native;
    uint32_t total;
    struct su_date as_of;
};

static struct levels levels_of(struct su_why *w, const struct su_accel *accel, struct su_finding *f)
{
    struct levels l = {0};
    const struct su_catalog *c = w->facts.catalog;
    for (size_t i = 0; i < c->n_support; i++) {
        const struct su_support *s = &c->support[i];
        if (strcmp(s->stack, accel->stack) != 0)
            continue;
        l.total++;
        l.native += s->level == SU_SUPPORT_NATIVE;
        if (su_date_cmp(s->as_of, l.as_of) > 0)
            l.as_of = s->as_of;
        if (s->level != SU_SUPPORT_NATIVE)
            su_finding_step(w, f,
                            su_fmt(w->arena, "%s: %s: %s", s->stack, s->component,
                                   su_support_text(w->view, s->level)));
        su_finding_source(w, f, s->source);
    }
    return l;
}

enum su_status su_why_software(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *b = NULL;
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chip(w, claim, "against", &b, err));
    struct levels x = levels_of(w, a, f);
    struct levels y = levels_of(w, b, f);
    if (x.total == 0 || y.total == 0)
        return SU_DOC_FAIL(err, claim->doc, "no software support is known of stack %s",
                           x.total == 0 ? a->stack : b->stack);
    f->computed = su_fmt(w->arena, "%s %u/%u, %s %u/%u", a->stack, x.native, x.total, b->stack,
                         y.native, y.total);
    double share_x = (double)x.native / x.total;
    double share_y = (double)y.native / y.total;
    f->verdict = share_x > share_y ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words =
        su_text_fill(w->arena, w->view->lang,
                     f->verdict == SU_HOLDS ? SU_MSG_why_software_holds : SU_MSG_why_software_not,
                     "stack", a->stack, "other", b->stack, "date", y.as_of.text, NULL);
    return SU_OK;
}

/* ---- memory ---- */

/* Cards of one replica, tensor parallel, at the engine's usual settings. */
static struct su_memory map_of(const struct su_accel *accel, const struct su_graph *graph,
                               enum su_dtype dtype, uint32_t cards)
{
    struct su_memory_request r = {
        .graph = graph,
        .par = {cards, 1, 1, 1},
        .weight_dtype = dtype,
        .kv_dtype = SU_DTYPE_bf16,
        .card_bytes = su_memory_visible_bytes(su_accel_mem_bytes(accel)),
        .utilization_frac = 0.9,
        .max_batched_tokens = 8192,
        .max_sequences = 256,
        .block_tokens = 16,
    };
    return su_memory_map(&r);
}

static bool fits_step(struct su_why *w, struct su_finding *f, const struct su_accel *accel,
                      const struct su_graph *graph, enum su_dtype dtype, uint32_t cards)
{
    struct su_memory m = map_of(accel, graph, dtype, cards);
    double needed = m.weights_bytes + m.activations_bytes + m.overhead_bytes;
    su_finding_step(w, f,
                    su_text_fill(w->arena, w->view->lang,
                                 m.fits ? SU_MSG_why_fits_step : SU_MSG_why_fits_not, "cards",
                                 su_fmt(w->arena, "%u", cards), "chip", accel->id, "weights",
                                 su_number_bytes(w->arena, m.weights_bytes), "needed",
                                 su_number_bytes(w->arena, needed), "usable",
                                 su_number_bytes(w->arena, m.usable_bytes), "tokens",
                                 su_number_int(w->arena, (int64_t)m.kv_capacity_tokens), NULL));
    su_finding_source(w, f, accel->source);
    return m.fits;
}

static enum su_status load_model(struct su_why *w, const struct su_claim *claim,
                                 const struct su_graph **graph, struct su_err *err)
{
    const char *name = NULL;
    struct su_err why = {0};
    SU_TRY(su_doc_str(claim->doc, "model", SU_DOC_REQUIRED, &name, err));
    struct su_model *model = SU_NEW(w->arena, struct su_model);
    enum su_status st = su_model_load(w->arena, name, model, &why);
    if (st != SU_OK) {
        (void)SU_DOC_FAIL(err, su_doc_get(claim->doc, "model"), "%s", why.message);
        return st;
    }
    *graph = su_graph_build(w->arena, model);
    return SU_OK;
}

enum su_status su_why_fits(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                           struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *b = NULL;
    const struct su_graph *graph = NULL;
    const char *word = NULL;
    enum su_dtype dtype;
    double cards = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chip(w, claim, "against", &b, err));
    SU_TRY(load_model(w, claim, &graph, err));
    SU_TRY(su_doc_str(claim->doc, "dtype", SU_DOC_REQUIRED, &word, err));
    SU_TRY(su_dtype_of(word, "dtype", &dtype, err));
    SU_TRY(su_claim_real(claim, "cards", 1, 1024, &cards, err));
    struct su_parallel par = {(uint32_t)cards, 1, 1, 1};
    SU_TRY(su_parallel_check(graph->model, par, err));
    bool x = fits_step(w, f, a, graph, dtype, (uint32_t)cards);
    bool y = fits_step(w, f, b, graph, dtype, (uint32_t)cards);
    su_finding_source(w, f, su_fmt(w->arena, "data/models: %s", graph->model->hf_id));
    f->computed = su_fmt(w->arena, "%s: %s, %s: %s", a->id,
                         su_text(w->view->lang, x ? SU_MSG_yes : SU_MSG_no), b->id,
                         su_text(w->view->lang, y ? SU_MSG_yes : SU_MSG_no));
    f->verdict = x && !y ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text(w->view->lang, x && !y ? SU_MSG_why_fits_holds : SU_MSG_why_fits_wrong);
    return SU_OK;
}

/* ---- training ---- */

/* Published model FLOP utilisation of a chip: middle of its rows. */
struct mfu {
    uint32_t n;
    double low;
    double mid;
    double high;
    const char *source;
};

static enum su_status mfu_of(struct su_why *w, const char *chip, struct mfu *mfu,
                             struct su_err *err)
{
    enum { METRIC, CHIP, VALUE, SOURCE, N };
    static const char *const names[N] = {"metric", "accelerator", "value", "source"};
    struct su_csv csv;
    size_t at[N];
    SU_TRY(su_csv_parse(w->arena, su_str_c(su_measured_csv), "data/measured/published.csv", &csv,
                        err));
    for (size_t i = 0; i < N; i++)
        SU_TRY(su_csv_col(&csv, names[i], &at[i], err));
    double *values = SU_NEW_ARRAY(w->arena, csv.n_rows, double);
    *mfu = (struct mfu){.low = INFINITY, .high = 0};
    for (size_t i = 0; i < csv.n_rows; i++) {
        const char *const *cells = csv.rows[i].cells;
        double v = 0;
        if (strcmp(cells[at[METRIC]], "train_mfu") != 0 || strcmp(cells[at[CHIP]], chip) != 0 ||
            !su_str_to_double(su_str_c(cells[at[VALUE]]), &v))
            continue;
        values[mfu->n++] = v / 100;
        mfu->low = fmin(mfu->low, v / 100);
        mfu->high = fmax(mfu->high, v / 100);
        mfu->source = cells[at[SOURCE]];
    }
    if (mfu->n > 0)
        mfu->mid = su_quantile(w->arena, values, mfu->n, 0.5);
    return SU_OK;
}

struct training {
    double flop;
    double cards;
    struct mfu borrowed; /* for a chip without a published figure */
};

/* Days of the run, and the step that says so. */
static enum su_status days_of(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                              const struct training *t, const struct su_accel *accel, double *days,
                              struct su_err *err)
{
    struct mfu mfu;
    double rate = 0;
    bool known = false;
    double hour = 0;
    const char *source = NULL;
    SU_TRY(need_rate(claim, accel, "bf16", &rate, err));
    SU_TRY(mfu_of(w, accel->id, &mfu, err));
    bool borrowed = mfu.n == 0;
    if (borrowed)
        mfu = t->borrowed;
    *days = t->flop / (t->cards * rate * 1e12 * mfu.mid) / 86400;
    SU_TRY(su_why_card_hour(w, accel, &known, &hour, &source, err));
    const char *cost = known ? su_text_fill(w->arena, w->view->lang, SU_MSG_why_train_cost, "cost",
                                            su_why_money(w, hour * t->cards * *days * 24, SU_CNY),
                                            "hour", su_why_money(w, hour, SU_CNY), NULL)
                             : su_text(w->view->lang, SU_MSG_why_train_no_cost);
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s: %.3g / (%.0f × %.10g TFLOPS × %.1f %%%s) = %s d%s%s",
                           accel->id, t->flop, t->cards, rate, 100 * mfu.mid,
                           borrowed ? su_text(w->view->lang, SU_MSG_why_mfu_borrowed) : "",
                           su_number(w->arena, *days),
                           su_text(w->view->lang, SU_MSG_list_semicolon), cost));
    su_finding_source(w, f, mfu.source);
    su_finding_source(w, f, accel->source);
    su_finding_source(w, f, source);
    return SU_OK;
}

enum su_status su_why_pretrain(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *const *others = NULL;
    const struct su_graph *graph = NULL;
    size_t n = 0;
    double tokens = 0;
    double limit = 0;
    struct training t = {0};
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chips(w, claim, "against", &others, &n, err));
    SU_TRY(load_model(w, claim, &graph, err));
    SU_TRY(su_claim_real(claim, "tokens", 1, 1e18, &tokens, err));
    SU_TRY(su_claim_real(claim, "cards", 1, 1e7, &t.cards, err));
    SU_TRY(su_claim_real(claim, "limit_days", 1, 1e5, &limit, err));
    double params = (double)su_graph_params_active(graph);
    t.flop = 6 * params * tokens;
    su_finding_step(
        w, f, su_fmt(w->arena, "6 × N × D = 6 × %.4g × %.3g = %.3g FLOP", params, tokens, t.flop));
    SU_TRY(mfu_of(w, others[0]->id, &t.borrowed, err));
    if (t.borrowed.n == 0)
        return SU_DOC_FAIL(err, su_doc_get(claim->doc, "against"),
                           "no training efficiency of %s is published", others[0]->id);
    double own = 0;
    double first = 0;
    SU_TRY(days_of(w, claim, f, &t, a, &own, err));
    for (size_t i = 0; i < n; i++) {
        double days = 0;
        SU_TRY(days_of(w, claim, f, &t, others[i], &days, err));
        first = i == 0 ? days : first;
    }
    f->computed = su_text_fill(w->arena, w->view->lang, SU_MSG_why_train, "days",
                               su_number(w->arena, own), "other", su_number(w->arena, first),
                               "times", su_fmt(w->arena, "%.1f", own / first), NULL);
    f->verdict = own > limit ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang,
                            f->verdict == SU_HOLDS ? SU_MSG_why_train_holds : SU_MSG_why_train_not,
                            "limit", su_number(w->arena, limit), "cards",
                            su_number_int(w->arena, llround(t.cards * own / limit)), NULL);
    return SU_OK;
}
