/* The channels of a plan: their prices and what the export rules say of them, as keys and words. */
#include "app/plan_parts.h"

const char *su_quote_text(struct su_arena *arena, const struct su_view *view,
                          const struct su_quote *quote, struct su_money amount)
{
    if (quote->card_hours <= 0)
        return su_number_money(arena, view->lang, amount);
    struct su_money hour = {0, amount.currency};
    if (su_money_scale(amount, 1 / quote->card_hours, &hour, NULL) != SU_OK)
        return "-";
    return su_text_fill(arena, view->lang, SU_MSG_price_hour, "price",
                        su_number_money(arena, view->lang, hour), NULL);
}

/* A rent by the hour is of a machine that runs; one by the month may be of a bare one. */
static bool hosting_stated(const struct su_quote *q)
{
    return q->row->scope == SU_SCOPE_CARD_HOUR;
}

const char *su_quote_notes(struct su_arena *arena, const struct su_view *view,
                           const struct su_quote *q)
{
    enum su_lang lang = view->lang;
    const char *all[6];
    size_t n = 0;
    if (q->from_cards)
        all[n++] = su_text(lang, SU_MSG_price_from_cards);
    if (q->other_region)
        all[n++] =
            su_text_fill(arena, lang, SU_MSG_price_other_region, "region", q->row->region, NULL);
    if (q->n_rows > 0)
        all[n++] =
            su_text_fill(arena, lang, SU_MSG_price_rows, "n", su_fmt(arena, "%u", q->n_rows), NULL);
    if (q->card_hours > 0)
        all[n++] =
            su_text(lang, hosting_stated(q) ? SU_MSG_price_hosted : SU_MSG_price_hosted_assumed);
    if (q->open_ended)
        all[n++] = su_text(lang, SU_MSG_price_open_ended);
    if (q->age_months >= 12)
        all[n++] = su_text_fill(arena, lang, SU_MSG_price_old, "months",
                                su_fmt(arena, "%d", (int)q->age_months), NULL);
    const char *notes = "";
    for (size_t i = 0; i < n; i++)
        notes = su_fmt(arena, "%s%s%s", notes, i == 0 ? "" : su_text(lang, SU_MSG_list_semicolon),
                       all[i]);
    return notes;
}

const char *su_compliance_text(const struct su_plan_words *w, const struct su_offer *offer)
{
    const struct su_compliance *c = &offer->compliance;
    bool rented = offer->quote.channel == SU_CHANNEL_CLOUD;
    const enum su_msg msgs[] = {
        [SU_COMPLIANCE_NO_RULE] = SU_MSG_compliance_no_rule,
        [SU_COMPLIANCE_FREE] = SU_MSG_compliance_free,
        [SU_COMPLIANCE_AUTHORISED] = SU_MSG_compliance_authorised,
        [SU_COMPLIANCE_BEFORE_RULE] =
            rented ? SU_MSG_compliance_before_rent : SU_MSG_compliance_before_buy,
        [SU_COMPLIANCE_NEVER_FREE] =
            rented ? SU_MSG_compliance_never_rent : SU_MSG_compliance_never_buy,
        [SU_COMPLIANCE_UNKNOWN] = SU_MSG_compliance_unknown,
    };
    const struct su_rule *rule = c->export.rule;
    return su_text_fill(w->arena, w->view->lang, msgs[c->status], "date", w->request->date.text,
                        "rule", rule == NULL ? "" : rule->rule, "since",
                        rule == NULL ? "" : rule->effective.text, NULL);
}

/* ---- as keys ---- */

void su_put_quote(struct su_arena *a, struct su_doc *doc, const struct su_quote *q)
{
    struct su_doc *price = su_doc_put_obj(a, doc, "server_price");
    su_doc_put_money(a, price, "low", q->low);
    su_doc_put_money(a, price, "mid", q->mid);
    su_doc_put_money(a, price, "high", q->high);
    bool rented = q->card_hours > 0;
    su_doc_put_str(a, price, "per", rented ? "server_month" : "server");
    if (rented) {
        su_doc_put_real(a, price, "card_hours", q->card_hours);
        if (hosting_stated(q))
            su_doc_put_bool(a, price, "hosting_included", true);
        else
            su_doc_put_null(a, price, "hosting_included");
    }
    su_doc_put_str(a, price, "item", q->row->item);
    su_doc_put_str(a, price, "date", q->row->date.text);
    su_doc_put_str(a, price, "tax", su_price_tax_name(q->row->tax));
    su_doc_put_str(a, price, "source", q->row->source);
    su_doc_put_str(a, price, "confidence", su_confidence_name(q->row->confidence));
    su_doc_put_bool(a, price, "from_card_price", q->from_cards);
    su_doc_put_bool(a, price, "other_region", q->other_region);
    su_doc_put_bool(a, price, "open_ended", q->open_ended);
}

static void put_compliance(const struct su_plan_words *w, struct su_doc *doc,
                           const struct su_offer *offer)
{
    struct su_arena *a = w->arena;
    const struct su_compliance *c = &offer->compliance;
    struct su_doc *flag = su_doc_put_obj(a, doc, "compliance");
    su_doc_put_str(a, flag, "status", su_compliance_name(c->status));
    if (c->status != SU_COMPLIANCE_NO_RULE)
        su_doc_put_str(a, flag, "class", su_export_class_name(c->export.klass));
    if (c->export.rule != NULL) {
        su_doc_put_str(a, flag, "rule", c->export.rule->rule);
        su_doc_put_str(a, flag, "since", c->export.rule->effective.text);
    }
    su_doc_put_str(a, flag, "note", su_compliance_text(w, offer));
}

void su_put_offers(const struct su_plan_words *w, struct su_doc *doc, const struct su_plan *p)
{
    struct su_arena *a = w->arena;
    if (p->offers.n == 0) { /* it is there already, and no more can be had */
        su_doc_put_null(a, doc, "channel");
        su_doc_put_null(a, doc, "compliance");
        (void)su_doc_put_arr(a, doc, "channels");
        return;
    }
    const struct su_offer *best = &p->offers.items[p->offer];
    su_doc_put_str(a, doc, "channel", su_channel_name(best->quote.channel));
    put_compliance(w, doc, best);
    if (w->part) /* its total is a share of servers, not what an offer costs */
        return;
    struct su_doc *list = su_doc_put_arr(a, doc, "channels");
    for (uint32_t i = 0; i < p->offers.n; i++) {
        const struct su_offer *o = &p->offers.items[i];
        struct su_doc *one = su_doc_push_obj(a, list);
        su_doc_put_str(a, one, "channel", su_channel_name(o->quote.channel));
        su_doc_put_bool(a, one, "cheapest", i == p->offer && o->quote.known);
        if (o->quote.known) {
            su_doc_put_money(a, one, "total", o->cost.total);
            struct su_doc *unit = su_doc_put_obj(a, one, "cost_per_mtok_output");
            su_doc_put_real(a, unit, "amount", o->cost_per_mtok);
            su_doc_put_str(a, unit, "currency", su_currency_code(o->cost.total.currency));
            su_put_quote(a, one, &o->quote);
        } else {
            su_doc_put_null(a, one, "total");
            su_doc_put_null(a, one, "cost_per_mtok_output");
            su_doc_put_null(a, one, "server_price");
        }
        put_compliance(w, one, o);
    }
}

/* ---- for a terminal ---- */

void su_offers_write_prices(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    enum su_lang lang = w->view->lang;
    struct su_table table;
    su_table_init(&table, a);
    su_table_col(&table, su_text(lang, SU_MSG_col_chip), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(lang, SU_MSG_col_channel), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(lang, SU_MSG_col_server_price), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(lang, SU_MSG_as_of), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(lang, SU_MSG_confidence), SU_ALIGN_LEFT, false);
    su_table_col(&table, "10–90 %", SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(lang, SU_MSG_bom_tax), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(lang, SU_MSG_total), SU_ALIGN_RIGHT, false);
    su_table_col(&table, su_text(lang, SU_MSG_note), SU_ALIGN_LEFT, true);
    for (size_t i = 0; i < w->result->n_priced; i++) {
        const struct su_plan *p = &w->result->plans[i];
        for (uint32_t k = 0; k < p->offers.n; k++) {
            const struct su_offer *o = &p->offers.items[k];
            const struct su_quote *q = &o->quote;
            const char *cells[] = {
                k == 0 ? p->accel->id : NULL,
                su_channel_text(w->view, q->channel),
                su_quote_text(a, w->view, q, q->mid),
                q->row->date.text,
                su_confidence_text(w->view, q->row->confidence),
                su_fmt(a, "%s – %s", su_quote_text(a, w->view, q, q->low),
                       su_quote_text(a, w->view, q, q->high)),
                su_tax_text(w->view, q->row->tax),
                su_number_money(a, lang, o->cost.total),
                su_quote_notes(a, w->view, q),
            };
            su_table_row(&table, cells);
        }
    }
    su_table_write_text(out, &table, w->view->width);
    for (size_t i = 0; i < w->result->n_priced; i++) {
        const struct su_plan *p = &w->result->plans[i];
        for (uint32_t k = 0; k < p->offers.n; k++)
            su_report_paragraph(
                out, su_fmt(a, "%s: %s", p->accel->id, p->offers.items[k].quote.row->source), 2,
                w->view->width);
    }
}

/* Only where a channel besides the official one was asked for or an authorisation is counted on:
 * else every plan is free. */
void su_offers_write_compliance(const struct su_plan_words *w, struct su_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < w->result->n_priced; i++) {
        const struct su_plan *p = &w->result->plans[i];
        for (uint32_t k = 0; k < p->offers.n; k++) {
            const struct su_offer *o = &p->offers.items[k];
            if (o->compliance.status <= SU_COMPLIANCE_FREE)
                continue;
            if (!any) {
                su_buf_putc(out, '\n');
                su_report_heading(out, su_text(w->view->lang, SU_MSG_heading_compliance));
            }
            any = true;
            su_report_paragraph(out,
                                su_fmt(w->arena, "%s, %s: %s", p->accel->id,
                                       su_channel_text(w->view, o->quote.channel),
                                       su_compliance_text(w, o)),
                                0, w->view->width);
        }
    }
}

void su_notes_prices(struct su_notes *notes, const struct su_view *view,
                     const struct su_plan_result *result)
{
    unsigned n[3] = {0};
    bool rented = false;
    for (size_t i = 0; i < result->n_priced; i++) {
        for (uint32_t k = 0; k < result->plans[i].offers.n; k++) {
            const struct su_quote *q = &result->plans[i].offers.items[k].quote;
            n[q->row->tax]++;
            rented |= q->channel == SU_CHANNEL_CLOUD;
        }
    }
    struct su_arena *a = notes->arena;
    if (result->n_priced > 0)
        su_notes_approximate(notes,
                             su_text_fill(a, view->lang, SU_MSG_approx_tax, "included",
                                          su_fmt(a, "%u", n[SU_PRICE_TAX_INCLUDED]), "excluded",
                                          su_fmt(a, "%u", n[SU_PRICE_TAX_EXCLUDED]), "unknown",
                                          su_fmt(a, "%u", n[SU_PRICE_TAX_UNKNOWN]), NULL));
    if (rented)
        su_notes_approximate(notes, su_text(view->lang, SU_MSG_approx_rent));
}

void su_notes_costs(struct su_notes *notes, const struct su_view *view,
                    const struct su_cost_basis *b)
{
    const struct su_assumption *all[] = {&b->electricity, &b->pue,          &b->hosting,
                                         &b->upkeep_frac, &b->network_frac, &b->load_frac};
    static const enum su_msg values[] = {SU_MSG_value_electricity, SU_MSG_value_pue,
                                         SU_MSG_value_hosting,     SU_MSG_value_upkeep,
                                         SU_MSG_value_network,     SU_MSG_value_load};
    struct su_arena *a = notes->arena;
    enum su_lang lang = view->lang;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const struct su_assumption *x = all[i];
        const char *value = su_text_fill(a, lang, values[i], "value", su_number(a, x->value),
                                         "currency", su_currency_word(lang, b->currency), NULL);
        const char *source = x->as_of[0] != '\0'  ? su_fmt(a, "%s (%s)", x->source, x->as_of)
                             : x == &b->load_frac ? su_text(lang, SU_MSG_assumed_load)
                                                  : su_text(lang, SU_MSG_assumed_no_figure);
        if (x->later_than_date)
            source = su_fmt(a, "%s; %s", source, su_text(lang, SU_MSG_later_than_date));
        su_notes_assume(notes, x->name, value, source);
    }
}
