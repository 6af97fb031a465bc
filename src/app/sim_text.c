/* A simulation for people: the verdict in words, then latencies, then figures. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"
#include "app/sim.h"

static const char *t(const struct su_sim_answer *w, enum su_msg msg)
{
    return su_text(w->view->lang, msg);
}

static const char *num(const struct su_sim_answer *w, double v)
{
    return su_number(w->arena, v);
}

/* ---- in words ---- */

static const char *level_text(const struct su_sim_answer *w, const struct su_sim_level *l)
{
    return su_text_fill(w->arena, w->view->lang, SU_MSG_sim_level, "level", l->name, "value",
                        isfinite(l->value_s) ? su_number_time(w->arena, l->value_s) : "-", "limit",
                        su_number_time(w->arena, l->limit_s), NULL);
}

/* Levels of one kind, joined; NULL when there is none. */
static const char *levels_text(const struct su_sim_answer *w, bool met)
{
    struct su_sim_level levels[SU_SIM_LEVELS];
    su_sim_levels(&w->sim->slo, &w->run->result, levels);
    const char *all = NULL;
    for (size_t i = 0; i < SU_SIM_LEVELS; i++) {
        const struct su_sim_level *l = &levels[i];
        if (!(l->limit_s > 0) || (l->value_s <= l->limit_s) != met)
            continue;
        all = all == NULL
                  ? level_text(w, l)
                  : su_fmt(w->arena, "%s%s%s", all, t(w, SU_MSG_list_semicolon), level_text(w, l));
    }
    return all;
}

static const char *verdict_text(const struct su_sim_answer *w)
{
    const struct su_sim_verdict *v = &w->run->verdict;
    const struct su_serve_result *r = &w->run->result;
    if (w->run->closed_loop && v->state == SU_SIM_STABLE)
        return t(w, SU_MSG_sim_closed);
    switch (v->state) {
    case SU_SIM_STABLE:
        return su_text_fill(w->arena, w->view->lang, SU_MSG_sim_stable, "rate",
                            num(w, v->offered_req_s), NULL);
    case SU_SIM_UNSTABLE:
        return su_text_fill(w->arena, w->view->lang,
                            r->waiting_max > SU_SERVE_WAITING_MAX ? SU_MSG_sim_overloaded
                                                                  : SU_MSG_sim_unstable,
                            "growth", num(w, v->growth_req_s), "rate", num(w, v->offered_req_s),
                            "served", num(w, fmax(v->offered_req_s - v->growth_req_s, 0)),
                            "waiting", su_number_int(w->arena, (int64_t)r->waiting_max), NULL);
    case SU_SIM_UNSETTLED:
        break;
    }
    return t(w, r->interrupted ? SU_MSG_sim_interrupted : SU_MSG_sim_unsettled);
}

static void write_verdict(const struct su_sim_answer *w, struct su_buf *out)
{
    const struct su_serve_result *r = &w->run->result;
    size_t width = w->view->width;
    su_report_paragraph(out, verdict_text(w), 0, width);
    const char *met = levels_text(w, true);
    const char *missed = levels_text(w, false);
    if (missed != NULL)
        su_report_paragraph(
            out, su_text_fill(w->arena, w->view->lang, SU_MSG_sim_misses, "levels", missed, NULL),
            0, width);
    if (met != NULL)
        su_report_paragraph(
            out, su_text_fill(w->arena, w->view->lang, SU_MSG_sim_meets, "levels", met, NULL), 0,
            width);
    if (r->n_refused > 0)
        su_report_paragraph(out,
                            su_text_fill(w->arena, w->view->lang, SU_MSG_sim_rejected, "n",
                                         su_number_int(w->arena, (int64_t)r->n_refused), NULL),
                            0, width);
}

/* ---- tables ---- */

static void write_latencies(const struct su_sim_answer *w, struct su_buf *out)
{
    const struct su_serve_result *r = &w->run->result;
    const struct {
        enum su_msg name;
        const struct su_hist *hist;
    } rows[] = {{SU_MSG_sim_ttft, &r->ttft},
                {SU_MSG_sim_tpot, &r->tpot},
                {SU_MSG_sim_itl, &r->itl},
                {SU_MSG_sim_e2e, &r->e2e},
                {SU_MSG_sim_queue, &r->queue}};
    static const double quantiles[] = {0.5, 0.9, 0.95, 0.99, 1};
    struct su_table table;
    su_table_init(&table, w->arena);
    su_table_col(&table, "ms", SU_ALIGN_LEFT, false);
    su_table_col(&table, t(w, SU_MSG_col_mean), SU_ALIGN_RIGHT, false);
    static const char *const titles[] = {"p50", "p90", "p95", "p99"};
    for (size_t i = 0; i < 4; i++)
        su_table_col(&table, titles[i], SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_max), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct su_hist *h = rows[i].hist;
        const char *cells[7] = {t(w, rows[i].name)};
        for (size_t q = 0; h->n > 0 && q < 5; q++)
            cells[q + 2] = num(w, (double)su_hist_quantile(h, quantiles[q]) / 1e9);
        cells[1] = h->n > 0 ? num(w, su_hist_mean(h) / 1e9) : NULL;
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, w->view->width);
}

static void row(const struct su_sim_answer *w, struct su_table *table, enum su_msg name,
                const char *value, const char *unit)
{
    const char *cells[] = {t(w, name), value, unit};
    su_table_row(table, cells);
}

/* "12.3 (max 40)" */
static const char *mean_max(const struct su_sim_answer *w, const struct su_doc *doc,
                            const char *key, const char *max_key, double scale)
{
    const struct su_doc *o = su_doc_get(doc, key);
    return su_fmt(w->arena, "%s / %s", num(w, su_doc_get(o, "mean")->u.real * scale),
                  num(w, su_doc_get(o, max_key)->u.real * scale));
}

static double real(const struct su_doc *doc, const char *key)
{
    return su_doc_get(doc, key)->u.real;
}

static const char *count(const struct su_sim_answer *w, const struct su_doc *doc, const char *key)
{
    return su_number_int(w->arena, su_doc_get(doc, key)->u.integer);
}

static void add_cost_rows(const struct su_sim_answer *w, struct su_table *table)
{
    const struct su_sim_cost *c = w->cost;
    if (c->energy_known) {
        row(w, table, SU_MSG_sim_energy, num(w, c->energy_j / 3.6e6), "kWh");
        row(w, table, SU_MSG_sim_energy_token, num(w, c->energy_j_per_token), "J/tok");
    }
    if (c->known)
        row(w, table, SU_MSG_sim_cost_mtok, num(w, c->per_mtok_output),
            su_text_fill(w->arena, w->view->lang, SU_MSG_col_per_mtok, "currency",
                         su_currency_word(w->view->lang, c->cost.total.currency), NULL));
}

static void write_figures(const struct su_sim_answer *w, struct su_buf *out,
                          const struct su_doc *doc)
{
    struct su_table table;
    su_table_init(&table, w->arena);
    su_table_col(&table, t(w, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, t(w, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_unit), SU_ALIGN_LEFT, false);
    row(w, &table, SU_MSG_sim_completed, count(w, doc, "completed"), "");
    row(w, &table, SU_MSG_sim_makespan, num(w, real(doc, "makespan_s")), "s");
    row(w, &table, SU_MSG_request_rate, num(w, real(doc, "request_rate_s")), "req/s");
    row(w, &table, SU_MSG_output_tok_s, num(w, real(doc, "output_tok_s")), "tok/s");
    row(w, &table, SU_MSG_sim_total_tok_s, num(w, real(doc, "total_tok_s")), "tok/s");
    row(w, &table, SU_MSG_sim_goodput, num(w, real(doc, "goodput_req_s")), "req/s");
    row(w, &table, SU_MSG_sim_attainment, num(w, real(doc, "attainment_frac") * 100), "%");
    row(w, &table, SU_MSG_sim_utilization, num(w, real(doc, "utilization_frac") * 100), "%");
    row(w, &table, SU_MSG_sim_running, mean_max(w, doc, "running", "max", 1), "");
    row(w, &table, SU_MSG_sim_waiting, mean_max(w, doc, "waiting", "max", 1), "");
    row(w, &table, SU_MSG_sim_kv, mean_max(w, doc, "kv_used_frac", "peak", 100), "%");
    row(w, &table, SU_MSG_sim_hits, num(w, real(doc, "prefix_hit_frac") * 100), "%");
    row(w, &table, SU_MSG_sim_preemptions, count(w, doc, "preemptions"), "");
    row(w, &table, SU_MSG_sim_rejections, count(w, doc, "rejected"), "");
    add_cost_rows(w, &table);
    su_table_write_text(out, &table, w->view->width);
    if (w->cost->known)
        su_report_paragraph(
            out,
            su_text_fill(w->arena, w->view->lang, SU_MSG_sim_price, "price",
                         su_quote_text(w->arena, w->view, &w->cost->quote, w->cost->quote.mid),
                         "channel", su_channel_text(w->view, w->cost->quote.channel), "date",
                         w->cost->quote.row->date.text, "servers",
                         su_fmt(w->arena, "%u", w->cost->n_servers), "used",
                         su_fmt(w->arena, "%u", w->sim->setup.n_cards), "cards",
                         su_fmt(w->arena, "%u", w->cost->n_servers * w->cost->n_cards_server),
                         NULL),
            0, w->view->width);
}

/* ---- the search ---- */

static const char *at_text(const struct su_sim_answer *w, double at)
{
    const struct su_sim_found *f = w->found;
    if (f->what == SU_SIM_FIND_REPLICAS)
        return su_number_int(w->arena, (int64_t)at);
    return su_fmt(w->arena, w->sim->scales_trace ? "×%.4g" : "%.4g", at);
}

static void write_points(const struct su_sim_answer *w, struct su_buf *out)
{
    const struct su_sim_found *f = w->found;
    struct su_table table;
    su_table_init(&table, w->arena);
    su_table_col(&table,
                 t(w, f->what == SU_SIM_FIND_REPLICAS ? SU_MSG_col_replicas
                      : w->sim->scales_trace          ? SU_MSG_sim_col_scale
                                                      : SU_MSG_sim_col_rate),
                 SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_sim_col_met), SU_ALIGN_LEFT, false);
    for (size_t l = 0; f->n_points > 0 && l < SU_SIM_LEVELS; l++) {
        if (f->points[0].levels[l].limit_s > 0)
            su_table_col(&table, f->points[0].levels[l].name, SU_ALIGN_RIGHT, false);
    }
    su_table_col(&table, "tok/s", SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < f->n_points; i++) {
        const struct su_sim_point *p = &f->points[i];
        const char *cells[SU_SIM_LEVELS + 3] = {
            at_text(w, p->at), t(w, p->met                        ? SU_MSG_sim_yes
                                    : p->state == SU_SIM_UNSTABLE ? SU_MSG_sim_no_unstable
                                                                  : SU_MSG_sim_no)};
        size_t n = 2;
        for (size_t l = 0; l < SU_SIM_LEVELS; l++) {
            if (p->levels[l].limit_s > 0)
                cells[n++] = isfinite(p->levels[l].value_s)
                                 ? su_number_time(w->arena, p->levels[l].value_s)
                                 : NULL;
        }
        cells[n] = num(w, p->output_tok_s);
        su_table_row(&table, cells);
    }
    if (f->n_points > 0)
        su_table_write_text(out, &table, w->view->width);
}

static void write_found(const struct su_sim_answer *w, struct su_buf *out)
{
    const struct su_sim_found *f = w->found;
    size_t width = w->view->width;
    bool replicas = f->what == SU_SIM_FIND_REPLICAS;
    if (f->interrupted)
        su_report_paragraph(out, t(w, SU_MSG_sim_find_interrupted), 0, width);
    else if (f->best != NULL)
        su_report_paragraph(out,
                            su_text_fill(w->arena, w->view->lang,
                                         replicas && f->next == NULL ? SU_MSG_sim_found_one
                                         : replicas                  ? SU_MSG_sim_found_replicas
                                         : f->next == NULL           ? SU_MSG_sim_found_no_limit
                                         : w->sim->scales_trace      ? SU_MSG_sim_found_scale
                                                                     : SU_MSG_sim_found_rate,
                                         "best", at_text(w, f->best->at), "next",
                                         f->next == NULL ? "-" : at_text(w, f->next->at), "n",
                                         su_fmt(w->arena, "%zu", f->n_points), NULL),
                            0, width);
    if (f->best != NULL && !f->interrupted)
        su_report_paragraph(out, t(w, f->monotone ? SU_MSG_sim_monotone : SU_MSG_sim_not_monotone),
                            0, width);
    su_buf_putc(out, '\n');
    write_points(w, out);
}

static void write_title(const struct su_sim_answer *w, struct su_buf *out)
{
    const struct su_setup *s = &w->sim->setup;
    const char *cards = su_fmt(w->arena, "%u", s->n_cards);
    if (w->run == NULL) {
        su_report_heading(out, su_text_fill(w->arena, w->view->lang, SU_MSG_sim_title_find, "model",
                                            s->model->name, "cards", cards, "chip", s->accel->name,
                                            NULL));
        return;
    }
    const char *format = w->sim->spec.path == NULL
                             ? t(w, SU_MSG_sim_generated)
                             : su_text_fill(w->arena, w->view->lang, SU_MSG_sim_trace, "format",
                                            w->run->facts.format, NULL);
    su_report_heading(out, su_text_fill(w->arena, w->view->lang, SU_MSG_sim_title, "model",
                                        s->model->name, "cards", cards, "chip", s->accel->name,
                                        "requests",
                                        su_number_int(w->arena, (int64_t)w->run->result.n_arrived),
                                        "format", format, NULL));
}

void su_sim_write(const struct su_sim_answer *w, struct su_buf *out)
{
    write_title(w, out);
    if (w->found != NULL) {
        write_found(w, out);
        su_buf_putc(out, '\n');
    }
    if (w->run == NULL)
        return;
    write_verdict(w, out);
    su_buf_putc(out, '\n');
    write_latencies(w, out);
    su_buf_putc(out, '\n');
    struct su_doc *doc = su_doc_new(w->arena, SU_DOC_OBJ);
    su_sim_put(w, doc);
    write_figures(w, out, doc);
}
