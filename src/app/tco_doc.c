/* `tco` as JSON (docs/api/tco.md). */
#include <math.h>

#include "app/tco_parts.h"

static void put_amount(const struct su_tco_case *c, struct su_doc *doc, const char *key, double v)
{
    if (!isfinite(v))
        return;
    struct su_doc *m = su_doc_put_obj(c->arena, doc, key);
    su_doc_put_real(c->arena, m, "amount", v);
    su_doc_put_str(c->arena, m, "currency", su_currency_code(c->tco.currency));
}

static void put_percentiles(const struct su_tco_case *c, struct su_doc *doc, enum su_tco_view view)
{
    struct su_doc *p = su_doc_put_obj(c->arena, doc, "percentiles");
    for (int i = 0; i < SU_TCO_LEVELS; i++)
        put_amount(c, p, su_fmt(c->arena, "p%.0f", 100 * su_tco_levels[i]),
                   round(c->risk.npv[view][i] * 100) / 100);
}

/* The keys that stand at the top for the main view, and under views{} for each. */
static void put_view(const struct su_tco_case *c, struct su_doc *doc, enum su_tco_view view)
{
    struct su_arena *a = c->arena;
    const struct su_tco_result *r = &c->result[view];
    struct su_tco_values v = su_tco_middle(&c->tco);
    double mtok = su_tco_mtok(&c->tco, &v);
    su_doc_put_money(a, doc, "npv", r->npv);
    if (view != SU_TCO_LEASE_OUT && mtok > 0)
        put_amount(c, doc, "cost_per_mtok_output", -su_money_amount(r->npv) / mtok);
    if (c->tco.known[SU_TCO_server_price])
        put_amount(c, doc, "break_even_rent_per_card_hour",
                   su_tco_break_even_rent(&c->tco, &v, view));
    if (view == SU_TCO_LEASE_OUT && isfinite(su_tco_break_even_occupancy(&c->tco, &v)))
        su_doc_put_real(a, doc, "break_even_occupancy_frac",
                        su_tco_break_even_occupancy(&c->tco, &v));
    if (!isnan(r->payback_months))
        su_doc_put_real(a, doc, "payback_months", r->payback_months);
    if (view == SU_TCO_LEASE_OUT)
        su_doc_put_real(a, doc, "p_npv_positive_frac", c->risk.positive_frac[view]);
    put_percentiles(c, doc, view);
}

static void put_breakdown(const struct su_tco_case *c, struct su_doc *doc, enum su_tco_view view)
{
    const struct su_tco_result *r = &c->result[view];
    struct su_doc *lines = su_doc_put_arr(c->arena, doc, "breakdown");
    for (int i = 0; i < SU_TCO_LINE_COUNT; i++) {
        if (r->total[i].micro == 0 && r->value[i].micro == 0)
            continue;
        struct su_doc *line = su_doc_push_obj(c->arena, lines);
        su_doc_put_str(c->arena, line, "item", su_tco_line_name((enum su_tco_line)i));
        su_doc_put_money(c->arena, line, "total", r->total[i]);
        su_doc_put_money(c->arena, line, "present_value", r->value[i]);
    }
    su_doc_put_money(c->arena, doc, "total", r->sum);
}

static void put_tornado(const struct su_tco_case *c, struct su_doc *doc)
{
    struct su_doc *list = su_doc_put_arr(c->arena, doc, "tornado");
    for (size_t i = 0; i < c->n_swings; i++) {
        const struct su_tco_swing *s = &c->swings[i];
        struct su_doc *bar = su_doc_push_obj(c->arena, list);
        su_doc_put_str(c->arena, bar, "name", su_tco_fields[s->id].name);
        su_doc_put_real(c->arena, bar, "low", c->tco.x[s->id].low);
        su_doc_put_real(c->arena, bar, "high", c->tco.x[s->id].high);
        put_amount(c, bar, "npv_low", s->npv_low);
        put_amount(c, bar, "npv_high", s->npv_high);
        put_amount(c, bar, "swing", fabs(s->npv_high - s->npv_low));
    }
}

static void put_decay(struct su_arena *a, struct su_doc *doc, const struct su_decay *d)
{
    if (!d->known)
        return;
    struct su_doc *f = su_doc_put_obj(a, doc, "fit");
    su_doc_put_real(a, f, "change_per_year_frac", exp(-d->per_year) - 1);
    struct su_doc *pair = su_doc_put_arr(a, f, "interval");
    su_doc_push(a, pair, su_doc_new_real(a, exp(-d->high) - 1));
    su_doc_push(a, pair, su_doc_new_real(a, exp(-d->low) - 1));
    su_doc_put_bool(a, f, "pooled_over_chips", d->pooled);
    su_doc_put_int(a, f, "rows", d->n_rows);
    su_doc_put_int(a, f, "series", d->n_series);
    su_doc_put_real(a, f, "span_years", d->span_years);
}

static void put_series(const struct su_tco_case *c, struct su_doc *doc, const char *key, bool rents,
                       const struct su_decay *decay)
{
    struct su_arena *a = c->arena;
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(a, c->facts.catalog, c->accel, rents, c->facts.date, &rows);
    struct su_doc *series = su_doc_put_obj(a, doc, key);
    struct su_doc *list = su_doc_put_arr(a, series, "rows");
    for (size_t i = 0; i < n; i++) {
        struct su_doc *r = su_doc_push_obj(a, list);
        su_doc_put_str(a, r, "date", rows[i]->date.text);
        su_doc_put_str(a, r, "item", rows[i]->item);
        su_doc_put_str(a, r, "kind", su_price_kind_name(rows[i]->kind));
        su_doc_put_str(a, r, "region", rows[i]->region);
        su_doc_put_str(a, r, "channel", su_price_channel_name(rows[i]->channel));
        su_doc_put_str(a, r, "tax", su_price_tax_name(rows[i]->tax));
        su_doc_put_str(a, r, "currency", su_currency_code(rows[i]->currency));
        su_doc_put_real(a, r, "low", rows[i]->low);
        if (!isnan(rows[i]->high))
            su_doc_put_real(a, r, "high", rows[i]->high);
        const struct su_price *before = su_series_before(rows, i);
        if (before != NULL)
            su_doc_put_real(a, r, "change_frac", su_series_change(before, rows[i]));
        su_doc_put_str(a, r, "source", rows[i]->source);
        su_doc_put_str(a, r, "confidence", su_confidence_name(rows[i]->confidence));
    }
    put_decay(a, series, decay);
}

static void put_assumptions(const struct su_tco_case *c, struct su_doc *doc,
                            const struct su_notes *notes)
{
    struct su_arena *a = c->arena;
    struct su_doc *list = su_doc_put_arr(a, doc, "assumptions");
    for (int i = 0; i < SU_TCO_COUNT; i++) {
        const struct su_assumption *x = &c->tco.x[i];
        if (!c->tco.known[i])
            continue;
        struct su_doc *d = su_doc_push_obj(a, list);
        su_doc_put_str(a, d, "name", su_tco_fields[i].name);
        su_doc_put_real(a, d, "value", x->value);
        su_doc_put_real(a, d, "low", x->low);
        su_doc_put_real(a, d, "high", x->high);
        const char *code = su_currency_code(c->tco.currency);
        su_doc_put_str(a, d, "unit",
                       su_tco_fields[i].money ? su_fmt(a, "%s%s", code, x->unit) : x->unit);
        su_doc_put_str(a, d, "source", su_tco_source_text(c, (enum su_tco_id)i));
        if (x->as_of[0] != '\0')
            su_doc_put_str(a, d, "as_of", x->as_of);
        su_doc_put_bool(a, d, "given", c->given[i]);
        su_doc_put_bool(a, d, "later_than_date", x->later_than_date);
    }
    for (size_t i = 0; i < notes->assumptions->u.arr.n; i++)
        su_doc_push(a, list, notes->assumptions->u.arr.items[i]);
}

void su_tco_put(const struct su_tco_case *c, struct su_doc *doc, const struct su_notes *notes)
{
    struct su_arena *a = c->arena;
    su_doc_put_str(a, doc, "as_of", c->facts.date.text);
    su_doc_put_str(a, doc, "chip", c->accel->id);
    if (c->server != NULL)
        su_doc_put_str(a, doc, "server", c->server->id);
    su_doc_put_int(a, doc, "servers", c->tco.n_servers);
    su_doc_put_int(a, doc, "cards_per_server", c->tco.n_cards);
    su_doc_put_str(a, doc, "region", c->region);
    su_doc_put_int(a, doc, "horizon_months", c->tco.months);
    su_doc_put_str(a, doc, "currency", su_currency_code(c->tco.currency));
    su_doc_put_str(a, doc, "view", su_tco_view_name(c->main));
    put_view(c, doc, c->main);
    if (su_tco_can(&c->tco, SU_TCO_BUY) && su_tco_can(&c->tco, SU_TCO_RENT))
        su_doc_put_real(a, doc, "p_buy_cheaper_frac", c->risk.buy_frac);
    su_doc_put_str(a, doc, "verdict", su_tco_verdict(c));
    su_doc_put_real(a, doc, "power_kw", c->tco.power.server_w * c->tco.n_servers / 1e3);
    su_doc_put_int(a, doc, "draws", (int64_t)c->n_draws);
    struct su_doc *views = su_doc_put_obj(a, doc, "views");
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
        if (!su_tco_shown(c, (enum su_tco_view)v))
            continue;
        struct su_doc *view = su_doc_put_obj(a, views, su_tco_view_name((enum su_tco_view)v));
        put_view(c, view, (enum su_tco_view)v);
        put_breakdown(c, view, (enum su_tco_view)v);
    }
    put_tornado(c, doc);
    put_series(c, doc, "price_series", false, &c->tco.price_fit);
    put_series(c, doc, "rent_series", true, &c->tco.rent_fit);
    put_assumptions(c, doc, notes);
    su_doc_put(a, doc, "approximations", notes->approximations);
}
