/* Words of `tco`: amounts, assumptions with their sources, and the verdict in plain words. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"
#include "app/tco_parts.h"

static const char *percent(struct su_arena *arena, double frac)
{
    return su_fmt(arena, "%.1f %%", 100 * frac);
}

bool su_tco_shown(const struct su_tco_case *c, enum su_tco_view view)
{
    return c->all ? su_tco_can(&c->tco, view) : view == c->main;
}

const char *su_tco_money_text(const struct su_tco_case *c, double amount)
{
    struct su_money m = {0, c->tco.currency};
    if (isnan(amount) || su_money_make(amount, c->tco.currency, &m, NULL) != SU_OK)
        return "-";
    return su_number_money(c->arena, c->view->lang, m);
}

const char *su_tco_value_text(const struct su_tco_case *c, enum su_tco_id id, double v)
{
    const struct su_tco_field *f = &su_tco_fields[id];
    if (f->money)
        return su_tco_money_text(c, v);
    bool count = f->max > 1 && id != SU_TCO_rent_decay && id != SU_TCO_network;
    return count ? su_number(c->arena, v) : percent(c->arena, v);
}

const char *su_tco_view_text(const struct su_tco_case *c, enum su_tco_view view)
{
    static const enum su_msg msgs[] = {SU_MSG_tco_view_buy, SU_MSG_tco_view_rent,
                                       SU_MSG_tco_view_lease_out};
    return su_text(c->view->lang, msgs[view]);
}

/* The words of econ for what only we answer for. */
static const char *note_text(const struct su_tco_case *c, const struct su_assumption *x)
{
    static const struct {
        const char *word;
        enum su_msg msg;
    } notes[] = {{"given", SU_MSG_tco_note_given},
                 {"card_share", SU_MSG_tco_note_card_share},
                 {"one_server", SU_MSG_tco_note_one_server},
                 {"prime_plus", SU_MSG_tco_note_prime_plus},
                 {"assumed_no_figure", SU_MSG_assumed_no_figure},
                 {"assumed_residual", SU_MSG_tco_note_residual},
                 {"assumed_load", SU_MSG_assumed_load},
                 {"price_fit", SU_MSG_tco_note_price_fit},
                 {"assumed_discount", SU_MSG_tco_note_discount},
                 {"assumed_staff", SU_MSG_tco_note_staff},
                 {"assumed_porting", SU_MSG_tco_note_porting},
                 {"assumed_rent_decay", SU_MSG_tco_note_rent_decay}};
    const struct su_decay *d = &c->tco.rent_fit;
    if (x->note == NULL)
        return NULL;
    if (strcmp(x->note, "rent_fit") == 0)
        return su_text_fill(c->arena, c->view->lang,
                            d->pooled ? SU_MSG_tco_note_fit_pooled : SU_MSG_tco_note_fit, "rows",
                            su_fmt(c->arena, "%u", d->n_rows), "series",
                            su_fmt(c->arena, "%u", d->n_series), "years",
                            su_fmt(c->arena, "%.1f", d->span_years), NULL);
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        if (strcmp(x->note, notes[i].word) == 0)
            return su_text(c->view->lang, notes[i].msg);
    }
    return x->note;
}

const char *su_tco_source_text(const struct su_tco_case *c, enum su_tco_id id)
{
    const struct su_assumption *x = &c->tco.x[id];
    enum su_lang lang = c->view->lang;
    const char *text = note_text(c, x);
    if (x->source[0] != '\0')
        text = text == NULL ? x->source
                            : su_fmt(c->arena, "%s%s%s", text, su_text(lang, SU_MSG_list_semicolon),
                                     x->source);
    if (text == NULL)
        text = su_text(lang, SU_MSG_assumed_no_figure);
    if (x->n_rows > 1 && x->source[0] != '\0')
        text = su_fmt(c->arena, "%s%s%s",
                      su_text_fill(c->arena, lang, SU_MSG_tco_note_median, "n",
                                   su_fmt(c->arena, "%u", x->n_rows), NULL),
                      su_text(lang, SU_MSG_list_semicolon), text);
    if (x->as_of[0] != '\0')
        text = su_fmt(c->arena, "%s (%s)", text, x->as_of);
    if (x->later_than_date)
        text = su_fmt(c->arena, "%s%s%s", text, su_text(lang, SU_MSG_list_semicolon),
                      su_text(lang, SU_MSG_later_than_date));
    return text;
}

/* ---- the verdict ---- */

static const char *lease_verdict(const struct su_tco_case *c)
{
    struct su_arena *a = c->arena;
    enum su_lang lang = c->view->lang;
    struct su_tco_values v = su_tco_middle(&c->tco);
    double rent = v.v[SU_TCO_rent_per_card_hour];
    double occupancy = su_tco_break_even_occupancy(&c->tco, &v);
    const struct su_tco_result *r = &c->result[SU_TCO_LEASE_OUT];
    double npv = su_money_amount(r->npv);
    const char *needed = occupancy <= 1 ? su_text_fill(a, lang, SU_MSG_tco_occupancy, "occupancy",
                                                       percent(a, occupancy), NULL)
                                        : su_text(lang, SU_MSG_tco_no_occupancy);
    return su_text_fill(a, lang, npv > 0 ? SU_MSG_tco_lease_gain : SU_MSG_tco_lease_loss, "rent",
                        su_tco_money_text(c, rent), "vacancy", percent(a, v.v[SU_TCO_vacancy]),
                        "npv", su_tco_money_text(c, fabs(npv)), "break_even",
                        su_tco_money_text(c, su_tco_break_even_rent(&c->tco, &v, SU_TCO_LEASE_OUT)),
                        "needed", needed, "gain_pct",
                        su_fmt(a, "%.0f", 100 * c->risk.positive_frac[SU_TCO_LEASE_OUT]), NULL);
}

static const char *own_verdict(const struct su_tco_case *c)
{
    struct su_arena *a = c->arena;
    struct su_tco_values v = su_tco_middle(&c->tco);
    double even = su_tco_break_even_rent(&c->tco, &v, SU_TCO_BUY);
    if (!su_tco_can(&c->tco, SU_TCO_RENT))
        return su_text_fill(a, c->view->lang, SU_MSG_tco_buy_alone, "cost",
                            su_tco_money_text(c, -su_money_amount(c->result[SU_TCO_BUY].npv)),
                            "break_even", su_tco_money_text(c, even), NULL);
    if (!su_tco_can(&c->tco, SU_TCO_BUY))
        return su_text_fill(a, c->view->lang, SU_MSG_tco_rent_alone, "cost",
                            su_tco_money_text(c, -su_money_amount(c->result[SU_TCO_RENT].npv)),
                            NULL);
    double buy = -su_money_amount(c->result[SU_TCO_BUY].npv);
    double rent = -su_money_amount(c->result[SU_TCO_RENT].npv);
    return su_text_fill(
        a, c->view->lang, buy < rent ? SU_MSG_tco_buy_cheaper : SU_MSG_tco_rent_cheaper, "buy",
        su_tco_money_text(c, buy), "rent", su_tco_money_text(c, rent), "pct",
        su_fmt(a, "%.0f", 100 * (buy < rent ? c->risk.buy_frac : 1 - c->risk.buy_frac)),
        "break_even", su_tco_money_text(c, even), NULL);
}

const char *su_tco_verdict(const struct su_tco_case *c)
{
    const char *text = c->main == SU_TCO_LEASE_OUT ? lease_verdict(c) : own_verdict(c);
    double payback = c->result[c->main].payback_months;
    if (c->main == SU_TCO_RENT || !c->tco.known[SU_TCO_rent_per_card_hour])
        return text;
    const char *back = isnan(payback)
                           ? su_text_fill(c->arena, c->view->lang, SU_MSG_tco_no_payback, "months",
                                          su_fmt(c->arena, "%u", c->tco.months), NULL)
                           : su_text_fill(c->arena, c->view->lang, SU_MSG_tco_payback, "months",
                                          su_fmt(c->arena, "%.1f", payback), NULL);
    return su_fmt(c->arena, "%s%s%s", text, c->view->lang == SU_LANG_ZH ? "" : " ", back);
}

/* ---- what is left out ---- */
