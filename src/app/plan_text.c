/* A plan for a terminal. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"

static const char *t(const struct su_plan_words *w, enum su_msg msg)
{
    return su_text(w->view->lang, msg);
}

static const char *per_mtok(const struct su_plan_words *w, double v)
{
    if (!isfinite(v))
        return "∞";
    struct su_money m = {0};
    if (su_money_make(v, w->request->currency, &m, NULL) != SU_OK)
        return NULL;
    return su_number(w->arena, v);
}

struct su_table *su_plan_table(const struct su_plan_words *w)
{
    struct su_arena *a = w->arena;
    struct su_table *table = SU_NEW(a, struct su_table);
    const char *code = su_currency_word(w->view->lang, w->request->currency);
    su_table_init(table, a);
    su_table_col(table, "#", SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_chip), SU_ALIGN_LEFT, false);
    su_table_col(table, t(w, SU_MSG_col_channel), SU_ALIGN_LEFT, false);
    su_table_col(table, t(w, SU_MSG_col_servers), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_cards), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_dtype), SU_ALIGN_LEFT, false);
    su_table_col(table, t(w, SU_MSG_col_cut), SU_ALIGN_LEFT, false);
    su_table_col(table, t(w, SU_MSG_col_replicas), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_ttft), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_tpot), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_total_cost), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text_fill(a, w->view->lang, SU_MSG_col_per_mtok, "currency", code, NULL),
                 SU_ALIGN_RIGHT, false);
    su_table_col(table, "10–90 %", SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_p_best), SU_ALIGN_RIGHT, false);
    su_table_col(table, t(w, SU_MSG_col_basis), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < w->result->n_plans; i++) {
        const struct su_plan *p = &w->result->plans[i];
        bool priced = p->quote.known;
        const char *range = priced ? su_fmt(a, "%s – %s", per_mtok(w, p->cost_per_mtok_range.low),
                                            per_mtok(w, p->cost_per_mtok_range.high))
                                   : NULL;
        const char *cells[] = {
            su_fmt(a, "%zu%s", i + 1, p->tie ? "=" : ""),
            p->accel->id,
            priced ? su_channel_text(w->view, p->quote.channel) : NULL,
            su_fmt(a, "%u", p->n_servers),
            su_fmt(a, "%u", p->n_cards),
            su_dtype_name(p->weight_dtype),
            su_plan_cut_text(a, p),
            su_fmt(a, "%u", p->n_replicas),
            su_number_time(a, su_plan_figures(p).ttft_p99_s),
            su_number_time(a, su_plan_figures(p).tpot_p99_s),
            priced ? su_number_money(a, w->view->lang, p->cost.total) : NULL,
            priced ? per_mtok(w, p->cost_per_mtok) : NULL,
            range,
            priced ? su_fmt(a, "%.0f %%", p->p_best * 100) : NULL,
            su_basis_text(w->view, p->basis),
        };
        su_table_row(table, cells);
    }
    return table;
}

static void paragraph(const struct su_plan_words *w, struct su_buf *out, const char *text,
                      size_t indent)
{
    su_report_paragraph(out, text, indent, w->view->width);
}

static void write_question(const struct su_plan_words *w, struct su_buf *out,
                           const struct su_facts *facts)
{
    struct su_arena *a = w->arena;
    const struct su_plan_request *r = w->request;
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_plan_title, "model",
                                        r->graph->model->name, "region", r->region, "date",
                                        su_facts_date_text(a, w->view, facts), NULL));
    const char *levels = "";
    const struct {
        const char *name;
        double s;
    } all[] = {{"TTFT p99", r->slo.ttft_p99_s},
               {"TTFT", r->slo.ttft_mean_s},
               {"TPOT p99", r->slo.tpot_p99_s},
               {"TPOT", r->slo.tpot_mean_s}};
    for (size_t i = 0; i < 4; i++) {
        if (all[i].s > 0)
            levels =
                su_fmt(a, "%s%s%s ≤ %s", levels, levels[0] == '\0' ? "" : t(w, SU_MSG_list_comma),
                       all[i].name, su_number_time(a, all[i].s));
    }
    paragraph(w, out,
              su_text_fill(a, w->view->lang, SU_MSG_plan_load, "rate", su_number(a, r->rate_req_s),
                           "peak", su_number(a, w->result->peak_rate_req_s), "isl",
                           su_number_int(a, llround(r->load.isl)), "osl",
                           su_number_int(a, llround(r->load.osl)), "levels", levels, NULL),
              0);
    paragraph(w, out,
              su_text_fill(a, w->view->lang, SU_MSG_plan_horizon, "months",
                           su_fmt(a, "%g", r->horizon_months), "mtok",
                           su_number_int(a, llround(w->result->mtok_output)), NULL),
              0);
}

static void write_best(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    const struct su_plan *p = &w->result->plans[0];
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_plan_best, "chip", p->accel->name,
                                        "servers", su_fmt(a, "%u", p->n_servers), "cards",
                                        su_fmt(a, "%u", p->n_servers * p->n_cards_server), NULL));
    paragraph(w, out, su_plan_reason(w, p), 0);
    if (p->quote.known) {
        struct su_table costs;
        su_table_init(&costs, a);
        su_table_col(&costs, t(w, SU_MSG_col_item), SU_ALIGN_LEFT, false);
        su_table_col(&costs, t(w, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
        const struct {
            enum su_msg name;
            struct su_money m;
        } lines[] = {{SU_MSG_cost_servers, p->cost.servers},
                     {SU_MSG_cost_network, p->cost.network},
                     {SU_MSG_cost_electricity, p->cost.electricity},
                     {SU_MSG_cost_hosting, p->cost.hosting},
                     {SU_MSG_cost_upkeep, p->cost.upkeep},
                     {SU_MSG_cost_rent, p->cost.rent},
                     {SU_MSG_total, p->cost.total}};
        bool rented = p->quote.channel == SU_CHANNEL_CLOUD;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            if (lines[i].name != SU_MSG_total && (lines[i].name == SU_MSG_cost_rent) != rented)
                continue;
            const char *cells[] = {t(w, lines[i].name),
                                   su_number_money(a, w->view->lang, lines[i].m)};
            su_table_row(&costs, cells);
        }
        su_buf_putc(out, '\n');
        su_table_write_text(out, &costs, w->view->width);
    }
    su_buf_putc(out, '\n');
    paragraph(
        w, out,
        su_text_fill(
            a, w->view->lang, SU_MSG_plan_memory, "weights",
            su_fmt(a, "%.1f", p->memory.weights_bytes / SU_GIB), "kv",
            su_fmt(a, "%.1f", p->memory.kv_available_bytes / SU_GIB), "tokens",
            su_number_int(a, (int64_t)p->memory.kv_capacity_tokens), "other",
            su_fmt(a, "%.1f", (p->memory.activations_bytes + p->memory.overhead_bytes) / SU_GIB),
            NULL),
        0);
    su_buf_putc(out, '\n');
    const char *launch = su_plan_launch(w, p);
    paragraph(w, out, t(w, launch == NULL ? SU_MSG_plan_launch_none : SU_MSG_plan_launch_intro), 0);
    if (launch != NULL)
        su_buf_printf(out, "  %s\n", launch);
}

static void write_prices_to_win(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    for (size_t i = w->result->n_priced; i < w->result->n_plans; i++) {
        const struct su_plan *p = &w->result->plans[i];
        if (!p->price_to_win_known)
            continue;
        enum su_msg msg = p->price_to_win.micro <= 0 ? SU_MSG_price_to_win_never
                          : p->quote.card_hours > 0  ? SU_MSG_price_to_win_rent
                                                     : SU_MSG_price_to_win;
        paragraph(w, out,
                  su_text_fill(a, w->view->lang, msg, "chip", p->accel->id, "price",
                               su_quote_text(a, w->view, &p->quote, p->price_to_win), NULL),
                  0);
    }
}

static void write_prices(const struct su_plan_words *w, struct su_buf *out)
{
    su_buf_putc(out, '\n');
    su_report_heading(out, t(w, SU_MSG_heading_prices));
    su_offers_write_prices(w, out);
    write_prices_to_win(w, out);
    su_offers_write_compliance(w, out);
}

/* Reasons that say the same of many chips are one line; figures get a row each. */
static void write_excluded(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_heading_excluded, "n",
                                        su_fmt(a, "%zu", w->result->n_excluded), NULL));
    struct su_table table;
    su_table_init(&table, a);
    su_table_col(&table, t(w, SU_MSG_col_constraint), SU_ALIGN_LEFT, false);
    su_table_col(&table, t(w, SU_MSG_col_chip), SU_ALIGN_LEFT, true);
    su_table_col(&table, t(w, SU_MSG_col_reason), SU_ALIGN_LEFT, true);
    for (size_t i = 0; i < w->result->n_excluded;) {
        const struct su_exclusion *x = &w->result->excluded[i];
        const char *reason = su_exclusion_reason(w, x);
        const char *ids = x->accel->id;
        size_t n = 1;
        while (i + n < w->result->n_excluded &&
               w->result->excluded[i + n].constraint == x->constraint &&
               strcmp(su_exclusion_reason(w, &w->result->excluded[i + n]), reason) == 0) {
            ids = su_fmt(a, "%s, %s", ids, w->result->excluded[i + n].accel->id);
            n++;
        }
        i += n;
        const char *cells[] = {su_constraint_text(w, x->constraint), ids, reason};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, w->view->width);
}

void su_plan_write(const struct su_plan_words *w, struct su_buf *out, const struct su_facts *facts,
                   const struct su_notes *notes, const struct su_table *table)
{
    write_question(w, out, facts);
    if (w->result->n_plans > 0) {
        su_verdict_write(w, out);
        su_compare_write(w, out);
        write_best(w, out);
        su_buf_putc(out, '\n');
        su_report_heading(out, t(w, SU_MSG_heading_ranking));
        su_table_write_text(out, table, 0);
        paragraph(w, out, t(w, SU_MSG_ranking_legend), 0);
        su_verdict_write_tables(w, out);
        write_prices(w, out);
    } else {
        su_buf_putc(out, '\n');
        paragraph(w, out, w->why, 0);
        su_compare_write(w, out);
    }
    write_excluded(w, out);
    su_notes_write(out, notes, w->view);
}
