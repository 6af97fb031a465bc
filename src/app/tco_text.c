/* `tco` as text: what it comes to, what it is made of, what it hangs on, and where that is from. */
#include <math.h>

#include "app/tco_parts.h"

/* Bars shown of the tornado; the rest move the value by less. */
#define SWINGS_SHOWN 8

static const char *t(const struct su_tco_case *c, enum su_msg msg)
{
    return su_text(c->view->lang, msg);
}

static const char *figure_text(const struct su_tco_case *c, enum su_tco_id id)
{
    static const enum su_msg msgs[] = {
#define SU_X(name, unit, kind, min, max) SU_MSG_tco_##name,
        SU_TCO_TABLE(SU_X)
#undef SU_X
    };
    return t(c, msgs[id]);
}

static const char *line_text(const struct su_tco_case *c, enum su_tco_line line)
{
    static const enum su_msg msgs[] = {
#define SU_X(name) SU_MSG_tco_line_##name,
        SU_TCO_LINE_TABLE(SU_X)
#undef SU_X
    };
    return t(c, msgs[line]);
}

static const char *range_text(const struct su_tco_case *c, double low, double high)
{
    return su_fmt(c->arena, "%s … %s", su_tco_money_text(c, low), su_tco_money_text(c, high));
}

/* One line a view. */
struct su_table *su_tco_table(const struct su_tco_case *c)
{
    static const enum su_msg titles[] = {SU_MSG_tco_col_npv, SU_MSG_col_interval,
                                         SU_MSG_tco_col_mtok, SU_MSG_tco_col_break_even,
                                         SU_MSG_tco_col_payback};
    struct su_table *table = SU_NEW(c->arena, struct su_table);
    su_table_init(table, c->arena);
    su_table_col(table, t(c, SU_MSG_tco_col_view), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        su_table_col(table, t(c, titles[i]), SU_ALIGN_RIGHT, false);
    struct su_tco_values values = su_tco_middle(&c->tco);
    double mtok = su_tco_mtok(&c->tco, &values);
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
        enum su_tco_view view = (enum su_tco_view)v;
        const struct su_tco_result *r = &c->result[v];
        double npv = su_money_amount(r->npv);
        if (!su_tco_shown(c, view))
            continue;
        bool even = view != SU_TCO_RENT && c->tco.known[SU_TCO_server_price];
        const char *cells[] = {
            su_tco_view_text(c, view),
            su_tco_money_text(c, npv),
            range_text(c, c->risk.npv[v][1], c->risk.npv[v][5]),
            view != SU_TCO_LEASE_OUT && mtok > 0 ? su_tco_money_text(c, -npv / mtok) : NULL,
            even ? su_tco_money_text(c, su_tco_break_even_rent(&c->tco, &values, view)) : NULL,
            isnan(r->payback_months) ? NULL : su_fmt(c->arena, "%.1f", r->payback_months)};
        su_table_row(table, cells);
    }
    return table;
}

static void write_breakdown(const struct su_tco_case *c, struct su_buf *out)
{
    const struct su_tco_result *r = &c->result[c->main];
    struct su_table table;
    su_table_init(&table, c->arena);
    su_table_col(&table, t(c, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, t(c, SU_MSG_tco_col_paid), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(c, SU_MSG_tco_col_value), SU_ALIGN_RIGHT, false);
    for (int i = 0; i < SU_TCO_LINE_COUNT; i++) {
        if (r->total[i].micro == 0 && r->value[i].micro == 0)
            continue;
        const char *cells[] = {line_text(c, (enum su_tco_line)i),
                               su_number_money(c->arena, c->view->lang, r->total[i]),
                               su_number_money(c->arena, c->view->lang, r->value[i])};
        su_table_row(&table, cells);
    }
    const char *cells[] = {t(c, SU_MSG_total), su_number_money(c->arena, c->view->lang, r->sum),
                           su_number_money(c->arena, c->view->lang, r->npv)};
    su_table_row(&table, cells);
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(c->arena, c->view->lang, SU_MSG_tco_heading_breakdown,
                                        "view", su_tco_view_text(c, c->main), NULL));
    su_table_write_text(out, &table, c->view->width);
}

static void write_tornado(const struct su_tco_case *c, struct su_buf *out)
{
    struct su_table table;
    su_table_init(&table, c->arena);
    su_table_col(&table, t(c, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    const enum su_msg titles[] = {SU_MSG_tco_col_low, SU_MSG_tco_col_high, SU_MSG_tco_col_npv_low,
                                  SU_MSG_tco_col_npv_high};
    for (size_t i = 0; i < 4; i++)
        su_table_col(&table, t(c, titles[i]), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < c->n_swings && i < SWINGS_SHOWN; i++) {
        const struct su_tco_swing *s = &c->swings[i];
        const char *cells[] = {figure_text(c, s->id),
                               su_tco_value_text(c, s->id, c->tco.x[s->id].low),
                               su_tco_value_text(c, s->id, c->tco.x[s->id].high),
                               su_tco_money_text(c, s->npv_low), su_tco_money_text(c, s->npv_high)};
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    su_report_heading(out, t(c, SU_MSG_tco_heading_tornado));
    su_table_write_text(out, &table, c->view->width);
}

static const char *change_text(const struct su_tco_case *c, double frac)
{
    return su_fmt(c->arena, "%+.1f %%", 100 * frac);
}

static void write_fit(const struct su_tco_case *c, struct su_buf *out, const struct su_decay *d)
{
    const char *text = d->known
                           ? su_text_fill(c->arena, c->view->lang,
                                          d->pooled ? SU_MSG_tco_fit_pooled : SU_MSG_tco_fit_own,
                                          "change", change_text(c, exp(-d->per_year) - 1), "low",
                                          change_text(c, exp(-d->high) - 1), "high",
                                          change_text(c, exp(-d->low) - 1), "rows",
                                          su_fmt(c->arena, "%u", d->n_rows), "series",
                                          su_fmt(c->arena, "%u", d->n_series), "years",
                                          su_fmt(c->arena, "%.1f", d->span_years), NULL)
                           : t(c, SU_MSG_tco_fit_none);
    su_report_paragraph(out, text, 0, c->view->width);
}

/* "1.20 – 1.50 万元", "> 270.0 万元" */
static const char *price_text(const struct su_tco_case *c, const struct su_price *p)
{
    struct su_money low = {0};
    struct su_money high = {0};
    if (su_money_make(p->low, p->currency, &low, NULL) != SU_OK ||
        (!isnan(p->high) && su_money_make(p->high, p->currency, &high, NULL) != SU_OK))
        return NULL;
    const char *least = su_number_money(c->arena, c->view->lang, low);
    if (isnan(p->high))
        return su_fmt(c->arena, "> %s", least);
    if (p->high <= p->low)
        return least;
    return su_fmt(c->arena, "%s – %s", least, su_number_money(c->arena, c->view->lang, high));
}

static void write_series(const struct su_tco_case *c, struct su_buf *out, bool rents)
{
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(c->arena, c->facts.catalog, c->accel, rents, c->facts.date, &rows);
    if (n == 0)
        return;
    struct su_table table;
    su_table_init(&table, c->arena);
    const enum su_msg titles[] = {SU_MSG_as_of,         SU_MSG_col_item, SU_MSG_field_market,
                                  SU_MSG_tco_col_price, SU_MSG_bom_tax,  SU_MSG_tco_col_change};
    for (size_t i = 0; i < 6; i++)
        su_table_col(&table, t(c, titles[i]), i == 3 || i == 5 ? SU_ALIGN_RIGHT : SU_ALIGN_LEFT,
                     false);
    su_table_col(&table, t(c, SU_MSG_source), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < n; i++) {
        const struct su_price *p = rows[i];
        const struct su_price *before = su_series_before(rows, i);
        const char *price = price_text(c, p);
        const char *cells[] = {
            p->date.text,
            p->item,
            su_fmt(c->arena, "%s %s", p->region, su_channel_text(c->view, p->channel)),
            price,
            su_tax_text(c->view, p->tax),
            before == NULL ? NULL : change_text(c, su_series_change(before, p)),
            su_fmt(c->arena, "[%zu]", i + 1)};
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    su_report_heading(out, t(c, rents ? SU_MSG_tco_heading_rents : SU_MSG_tco_heading_prices));
    su_table_write_text(out, &table, c->view->width);
    for (size_t i = 0; i < n; i++)
        su_report_paragraph(out, su_fmt(c->arena, "[%zu] %s", i + 1, rows[i]->source), 2,
                            c->view->width);
    write_fit(c, out, rents ? &c->tco.rent_fit : &c->tco.price_fit);
}

static void write_sources(const struct su_tco_case *c, struct su_buf *out)
{
    su_buf_putc(out, '\n');
    su_report_heading(out, t(c, SU_MSG_tco_heading_sources));
    for (int i = 0; i < SU_TCO_COUNT; i++) {
        if (c->tco.known[i])
            su_report_paragraph(out,
                                su_fmt(c->arena, "%s: %s", su_tco_fields[i].name,
                                       su_tco_source_text(c, (enum su_tco_id)i)),
                                2, c->view->width);
    }
}

static void write_assumptions(const struct su_tco_case *c, struct su_buf *out)
{
    struct su_table table;
    su_table_init(&table, c->arena);
    su_table_col(&table, t(c, SU_MSG_col_item), SU_ALIGN_LEFT, false);
    su_table_col(&table, "--assume", SU_ALIGN_LEFT, false);
    su_table_col(&table, t(c, SU_MSG_col_value), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(c, SU_MSG_tco_col_range), SU_ALIGN_LEFT, false);
    for (int i = 0; i < SU_TCO_COUNT; i++) {
        enum su_tco_id id = (enum su_tco_id)i;
        const struct su_assumption *x = &c->tco.x[i];
        if (!c->tco.known[i])
            continue;
        const char *range = su_fmt(c->arena, "%s … %s", su_tco_value_text(c, id, x->low),
                                   su_tco_value_text(c, id, x->high));
        const char *cells[] = {figure_text(c, id), su_tco_fields[i].name,
                               su_tco_value_text(c, id, x->value),
                               x->low == x->high ? NULL : range};
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    su_report_heading(out, t(c, SU_MSG_tco_heading_assumptions));
    su_table_write_text(out, &table, c->view->width);
    write_sources(c, out);
}

void su_tco_write(const struct su_tco_case *c, struct su_buf *out, const struct su_table *table,
                  const struct su_notes *notes)
{
    su_report_heading(
        out, su_text_fill(c->arena, c->view->lang, SU_MSG_tco_title, "servers",
                          su_fmt(c->arena, "%u", c->tco.n_servers), "cards",
                          su_fmt(c->arena, "%u", c->tco.n_cards), "chip", c->accel->name, "months",
                          su_fmt(c->arena, "%u", c->tco.months), "region", c->region, "date",
                          su_facts_date_text(c->arena, c->view, &c->facts), NULL));
    su_report_paragraph(out, su_tco_verdict(c), 0, c->view->width);
    su_buf_putc(out, '\n');
    su_table_write_text(out, table, c->view->width);
    write_breakdown(c, out);
    write_tornado(c, out);
    write_series(c, out, false);
    write_series(c, out, true);
    write_assumptions(c, out);
    su_notes_write(out, notes, c->view);
}
