/* `why`: each claim of an article beside what the catalog and the models compute, and a verdict. */
#include <string.h>

#include "app/why_parts.h"

#define CLAIMS_MAX 200
#define KEYS_MAX 12

const char *su_verdict_name(enum su_verdict verdict)
{
    static const char *const names[] = {"holds", "holds_only_if", "does_not_hold"};
    return names[verdict];
}

struct calc {
    const char *name;
    const char *keys[KEYS_MAX]; /* NULL-terminated */
    su_calc *run;
};

static const struct calc calcs[] = {
#define SU_X(name, ...) {#name, {__VA_ARGS__, NULL}, su_why_##name},
    SU_CALC_TABLE(SU_X)
#undef SU_X
};
#define N_CALCS (sizeof(calcs) / sizeof(calcs[0]))

/* ---- helpers of calculators ---- */

void su_finding_step(struct su_why *w, struct su_finding *f, const char *text)
{
    su_doc_push_str(w->arena, f->arithmetic, text);
}

void su_finding_source(struct su_why *w, struct su_finding *f, const char *source)
{
    if (source == NULL || source[0] == '\0')
        return;
    for (size_t i = 0; i < f->sources->u.arr.n; i++) {
        if (strcmp(f->sources->u.arr.items[i]->u.str.p, source) == 0)
            return;
    }
    su_doc_push_str(w->arena, f->sources, source);
}

const char *su_why_number(struct su_why *w, double v)
{
    return su_number(w->arena, v);
}

const char *su_why_percent(struct su_why *w, double frac)
{
    return su_fmt(w->arena, "%.1f %%", 100 * frac);
}

const char *su_why_money(struct su_why *w, double amount, enum su_currency currency)
{
    struct su_money m = {0, currency};
    if (su_money_make(amount, currency, &m, NULL) != SU_OK)
        return "-";
    return su_number_money(w->arena, w->view->lang, m);
}

enum su_status su_claim_chip(struct su_why *w, const struct su_claim *claim, const char *key,
                             const struct su_accel **accel, struct su_err *err)
{
    const char *id = NULL;
    struct su_err near = {0};
    SU_TRY(su_doc_str(claim->doc, key, SU_DOC_REQUIRED, &id, err));
    if (su_catalog_find_accel(w->facts.catalog, id, accel, &near) != SU_OK)
        return SU_DOC_FAIL(err, su_doc_get(claim->doc, key), "%s", near.message);
    return SU_OK;
}

enum su_status su_claim_chips(struct su_why *w, const struct su_claim *claim, const char *key,
                              const struct su_accel *const **accels, size_t *n, struct su_err *err)
{
    const struct su_doc *list = su_doc_get(claim->doc, key);
    if (list == NULL || list->kind != SU_DOC_ARR) {
        const struct su_accel **one = SU_NEW(w->arena, const struct su_accel *);
        *accels = one;
        *n = 1;
        return su_claim_chip(w, claim, key, one, err);
    }
    if (list->u.arr.n == 0)
        return SU_DOC_FAIL(err, list, "is an empty list, expected chip ids");
    const struct su_accel **all = SU_NEW_ARRAY(w->arena, list->u.arr.n, const struct su_accel *);
    for (size_t i = 0; i < list->u.arr.n; i++) {
        const struct su_doc *item = list->u.arr.items[i];
        struct su_err near = {0};
        if (item->kind != SU_DOC_STR)
            return SU_DOC_FAIL(err, item, "is %s, expected a chip id",
                               su_doc_kind_name(item->kind));
        if (su_catalog_find_accel(w->facts.catalog, item->u.str.p, &all[i], &near) != SU_OK)
            return SU_DOC_FAIL(err, item, "%s", near.message);
    }
    *accels = all;
    *n = list->u.arr.n;
    return SU_OK;
}

enum su_status su_claim_real(const struct su_claim *claim, const char *key, double min, double max,
                             double *value, struct su_err *err)
{
    return su_doc_real(claim->doc, key, SU_DOC_REQUIRED, min, max, value, err);
}

enum su_status su_claim_market(struct su_why *w, const struct su_claim *claim, const char *key,
                               const struct su_market **row, struct su_err *err)
{
    const char *metric = NULL;
    const char *period = NULL;
    SU_TRY(su_doc_str(claim->doc, key, SU_DOC_REQUIRED, &metric, err));
    if (strcmp(key, "metric") == 0)
        SU_TRY(su_doc_str(claim->doc, "period", SU_DOC_OPTIONAL, &period, err));
    *row = su_catalog_market(w->facts.catalog, metric, period);
    if (*row != NULL)
        return SU_OK;
    size_t n = w->facts.catalog->n_market;
    const char **names = SU_NEW_ARRAY(w->arena, n + 1, const char *);
    for (size_t i = 0; i < n; i++)
        names[i] = w->facts.catalog->market[i].metric;
    const char *near = su_str_nearest(metric, names, n);
    bool known = near != NULL && strcmp(near, metric) == 0;
    return SU_DOC_FAIL(err, su_doc_get(claim->doc, key), "\"%s\" is no market figure%s%s%s%s",
                       metric, known ? " of that period" : "",
                       near == NULL || known ? "" : ", did you mean \"",
                       near == NULL || known ? "" : near, near == NULL || known ? "" : "\"?");
}

/* ---- the brief ---- */

/* A text, or {en, zh}. */
static enum su_status read_text(struct su_why *w, const struct su_doc *obj, const char *key,
                                const char **text, struct su_err *err)
{
    static const char *const langs[] = {"en", "zh"};
    const struct su_doc *node = su_doc_get(obj, key);
    if (node == NULL || node->kind != SU_DOC_OBJ)
        return su_doc_str(obj, key, SU_DOC_REQUIRED, text, err);
    SU_TRY(su_doc_only_keys(node, langs, 2, err));
    return su_doc_str(node, langs[w->view->lang == SU_LANG_ZH], SU_DOC_REQUIRED, text, err);
}

static enum su_status find_calc(const struct su_doc *doc, const struct calc **calc,
                                struct su_err *err)
{
    const char *name = NULL;
    SU_TRY(su_doc_str(doc, "calculate", SU_DOC_REQUIRED, &name, err));
    const char *names[N_CALCS];
    size_t found = 0;
    while (found < N_CALCS && strcmp(name, calcs[found].name) != 0) {
        names[found] = calcs[found].name;
        found++;
    }
    *calc = &calcs[found % N_CALCS];
    if (found < N_CALCS)
        return SU_OK;
    const char *near = su_str_nearest(name, names, N_CALCS);
    return SU_DOC_FAIL(err, su_doc_get(doc, "calculate"), "\"%s\" is not a calculator%s%s%s", name,
                       near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                       near == NULL ? "" : "\"?");
}

static enum su_status check_keys(const struct su_doc *doc, const struct calc *calc,
                                 struct su_err *err)
{
    const char *keys[KEYS_MAX + 4] = {"id", "claim", "article", "calculate"};
    size_t n = 4;
    for (size_t i = 0; calc->keys[i] != NULL; i++)
        keys[n++] = calc->keys[i];
    return su_doc_only_keys(doc, keys, n, err);
}

static enum su_status read_article(struct su_why *w, const struct su_doc *doc, const char **title,
                                   const char **source, struct su_err *err)
{
    static const char *const keys[] = {"title", "source", "published"};
    const struct su_doc *article = su_doc_get(doc, "article");
    *title = "";
    *source = "";
    if (article == NULL)
        return SU_OK;
    if (article->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, article, "is %s, expected a mapping with title and source",
                           su_doc_kind_name(article->kind));
    SU_TRY(su_doc_only_keys(article, keys, 3, err));
    SU_TRY(read_text(w, article, "title", title, err));
    return su_doc_str(article, "source", SU_DOC_OPTIONAL, source, err);
}

/* as_of of the brief, unless the flag says another. */
static enum su_status read_date(struct su_why *w, const struct su_request *request,
                                const struct su_doc *doc, struct su_err *err)
{
    const char *text = NULL;
    SU_TRY(su_doc_str(doc, "as_of", SU_DOC_OPTIONAL, &text, err));
    if (text == NULL || su_request_has(request, SU_OPTION_as_of))
        return SU_OK;
    if (!su_date_parse(su_str_c(text), &w->facts.date))
        return SU_DOC_FAIL(err, su_doc_get(doc, "as_of"),
                           "is \"%s\", expected a date such as 2024-07-14", text);
    w->facts.date_is_default = false;
    return SU_OK;
}

/* ---- the answer ---- */

static struct su_table *table_of(struct su_why *w)
{
    static const enum su_msg titles[] = {SU_MSG_why_col_claim, SU_MSG_why_col_article,
                                         SU_MSG_why_col_computed, SU_MSG_why_col_verdict};
    struct su_table *table = SU_NEW(w->arena, struct su_table);
    su_table_init(table, w->arena);
    su_table_col(table, "id", SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < 4; i++)
        su_table_col(table, su_text(w->view->lang, titles[i]), SU_ALIGN_LEFT, i < 3);
    return table;
}

static const char *verdict_text(struct su_why *w, enum su_verdict v)
{
    static const enum su_msg msgs[] = {SU_MSG_why_holds, SU_MSG_why_holds_only_if,
                                       SU_MSG_why_does_not_hold};
    return su_text(w->view->lang, msgs[v]);
}

static void add_row(struct su_why *w, struct su_table *table, const struct su_claim *c,
                    const struct su_finding *f)
{
    const char *cells[] = {c->id, c->text, c->article, f->computed, verdict_text(w, f->verdict)};
    su_table_row(table, cells);
}

static void put_claim(struct su_why *w, struct su_doc *list, const struct su_claim *c,
                      const struct su_finding *f)
{
    struct su_doc *d = su_doc_push_obj(w->arena, list);
    su_doc_put_str(w->arena, d, "id", c->id);
    su_doc_put_str(w->arena, d, "claim", c->text);
    su_doc_put_str(w->arena, d, "article", c->article);
    su_doc_put_str(w->arena, d, "computed", f->computed);
    su_doc_put_str(w->arena, d, "verdict", su_verdict_name(f->verdict));
    su_doc_put_str(w->arena, d, "words", f->words);
    su_doc_put(w->arena, d, "arithmetic", f->arithmetic);
    su_doc_put(w->arena, d, "sources", f->sources);
}

static void write_details(struct su_why *w, struct su_buf *out, const struct su_claim *c,
                          const struct su_finding *f)
{
    size_t width = w->view->width;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_fmt(w->arena, "%s: %s", c->id, verdict_text(w, f->verdict)));
    su_report_paragraph(out, f->words, 0, width);
    for (size_t i = 0; i < f->arithmetic->u.arr.n; i++)
        su_report_paragraph(out, f->arithmetic->u.arr.items[i]->u.str.p, 2, width);
    for (size_t i = 0; i < f->sources->u.arr.n; i++)
        su_report_paragraph(
            out, su_fmt(w->arena, "[%zu] %s", i + 1, f->sources->u.arr.items[i]->u.str.p), 4,
            width);
}

static enum su_status read_claim(struct su_why *w, const struct su_doc *doc, struct su_claim *claim,
                                 const struct calc **calc, struct su_err *err)
{
    if (doc->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "is %s, expected a mapping with id, claim, article, calculate",
                           su_doc_kind_name(doc->kind));
    *claim = (struct su_claim){.doc = doc};
    SU_TRY(find_calc(doc, calc, err));
    SU_TRY(check_keys(doc, *calc, err));
    SU_TRY(su_doc_str(doc, "id", SU_DOC_REQUIRED, &claim->id, err));
    SU_TRY(read_text(w, doc, "claim", &claim->text, err));
    return read_text(w, doc, "article", &claim->article, err);
}

struct tally {
    size_t n[3];
};

static enum su_status run_claims(struct su_why *w, const struct su_doc *claims, struct su_doc *list,
                                 struct su_table *table, struct su_buf *details,
                                 struct tally *tally, struct su_err *err)
{
    for (size_t i = 0; i < claims->u.arr.n; i++) {
        struct su_claim claim;
        const struct calc *calc = &calcs[0];
        struct su_finding f = {.arithmetic = su_doc_new(w->arena, SU_DOC_ARR),
                               .sources = su_doc_new(w->arena, SU_DOC_ARR)};
        SU_TRY(read_claim(w, claims->u.arr.items[i], &claim, &calc, err));
        SU_TRY(calc->run(w, &claim, &f, err));
        put_claim(w, list, &claim, &f);
        add_row(w, table, &claim, &f);
        write_details(w, details, &claim, &f);
        tally->n[f.verdict]++;
    }
    return SU_OK;
}

static enum su_status read_brief(struct su_why *w, const struct su_request *request,
                                 const struct su_doc *doc, const char **title, const char **source,
                                 struct su_err *err)
{
    static const char *const keys[] = {"article", "as_of", "claims"};
    if (doc->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "is %s, expected a mapping with claims",
                           su_doc_kind_name(doc->kind));
    SU_TRY(su_doc_only_keys(doc, keys, 3, err));
    SU_TRY(read_article(w, doc, title, source, err));
    return read_date(w, request, doc, err);
}

static enum su_status check_claims(const struct su_doc *claims, struct su_err *err)
{
    if (claims->kind != SU_DOC_ARR || claims->u.arr.n == 0)
        return SU_DOC_FAIL(err, claims, "is %s, expected claims: with a list",
                           claims->kind == SU_DOC_ARR ? "empty" : su_doc_kind_name(claims->kind));
    if (claims->u.arr.n > CLAIMS_MAX)
        return SU_DOC_FAIL(err, claims, "holds %zu claims, the limit is %d", claims->u.arr.n,
                           CLAIMS_MAX);
    return SU_OK;
}

static void write_head(struct su_why *w, struct su_buf *out, const struct tally *tally,
                       const char *title, const char *source)
{
    struct su_arena *a = w->arena;
    enum su_lang lang = w->view->lang;
    su_report_heading(out, su_text_fill(a, lang, SU_MSG_why_title, "title", title, "date",
                                        w->facts.date.text, NULL));
    const char *text =
        su_text_fill(a, lang, SU_MSG_why_tally, "holds", su_fmt(a, "%zu", tally->n[SU_HOLDS]),
                     "only_if", su_fmt(a, "%zu", tally->n[SU_HOLDS_ONLY_IF]), "not",
                     su_fmt(a, "%zu", tally->n[SU_DOES_NOT_HOLD]), "source", source, NULL);
    su_report_paragraph(out, text, 0, w->view->width);
    su_buf_putc(out, '\n');
}

enum su_status su_why_answer(struct su_arena *arena, const struct su_request *request,
                             const struct su_doc *doc, const struct su_view *view,
                             struct su_answer *answer, struct su_err *err)
{
    struct su_why w = {.arena = arena, .view = view, .seed = (uint64_t)request->seed};
    const struct su_doc *claims = su_doc_get(doc, "claims");
    const char *title = NULL;
    const char *source = NULL;
    SU_TRY(su_facts_init(arena, request, &w.facts, err));
    SU_TRY(read_brief(&w, request, doc, &title, &source, err));
    if (claims == NULL)
        return SU_DOC_FAIL(err, doc, "has no claims, expected claims: with a list");
    SU_TRY(check_claims(claims, err));
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, answer->doc, "as_of", w.facts.date.text);
    su_doc_put_str(arena, answer->doc, "title", title);
    su_doc_put_str(arena, answer->doc, "source", source);
    struct su_doc *list = su_doc_put_arr(arena, answer->doc, "claims");
    answer->table = table_of(&w);
    struct tally tally = {{0}};
    struct su_buf details;
    su_buf_init(&details);
    enum su_status st = run_claims(&w, claims, list, answer->table, &details, &tally, err);
    if (st == SU_OK) {
        write_head(&w, &answer->text, &tally, title, source);
        su_table_write_text(&answer->text, answer->table, view->width);
        su_buf_add(&answer->text, details.p == NULL ? "" : details.p, details.n);
    }
    su_buf_release(&details);
    return st;
}

enum su_status su_app_why(struct su_arena *arena, const struct su_request *request,
                          const struct su_view *view, struct su_answer *answer, struct su_err *err)
{
    struct su_doc *doc = NULL;
    if (request->n_operands != 1)
        return SU_FAIL(err, SU_ERR_INPUT, "why", "takes one brief with claims, found %zu",
                       request->n_operands);
    SU_TRY(su_doc_read(arena, request->operands[0], &doc, err));
    return su_why_answer(arena, request, doc, view, answer, err);
}
