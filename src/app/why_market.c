/* Claims about sales, prices and misprints: units and revenue from data/market, prices from
 * data/prices, exchange rates from data/fx. */
#include <math.h>
#include <string.h>

#include "app/why_parts.h"
#include "base/rng.h"
#include "econ/tco.h"
#include "stat/stat.h"

/* A figure that the article rounds: equal within this. */
#define ROUNDED_FRAC 0.02
#define DRAWS 100000

/* "USD bn (more than)" counts in billions. */
static double scale_of(const struct su_market *m)
{
    return strstr(m->unit, "bn") != NULL ? 1e9 : strstr(m->unit, "million") != NULL ? 1e6 : 1;
}

static double amount_of(const struct su_market *m)
{
    return m->value * scale_of(m);
}

static const char *market_text(struct su_why *w, const struct su_market *m)
{
    return su_fmt(w->arena, "%s: %s (%s, %s): %s", m->metric, su_number(w->arena, amount_of(m)),
                  m->unit, m->period, m->as_of.text);
}

/* Newest price that the maker asks for a card, on or before the date. */
enum su_status su_why_card_price(struct su_why *w, const struct su_claim *claim,
                                 const struct su_accel *accel, struct su_card_price *price,
                                 struct su_err *err)
{
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(w->arena, w->facts.catalog, accel, false, w->facts.date, &rows);
    *price = (struct su_card_price){0};
    for (size_t i = 0; i < n; i++) {
        if (rows[i]->kind == SU_PRICE_BUY_CARD && rows[i]->channel == SU_CHANNEL_OFFICIAL)
            *price = (struct su_card_price){rows[i]->low,
                                            isnan(rows[i]->high) ? rows[i]->low : rows[i]->high,
                                            rows[i]->currency, rows[i]};
    }
    if (price->row == NULL)
        return SU_DOC_FAIL(err, claim->doc, "no official card price of %s is known on %s",
                           accel->id, w->facts.date.text);
    return SU_OK;
}

/* Units of the claim times the price of a card. */
struct sales {
    double units;
    struct su_card_price price;
    double low;
    double high;
};

static enum su_status sales_of(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct sales *s, struct su_err *err)
{
    const struct su_accel *accel = NULL;
    const struct su_market *units = NULL;
    SU_TRY(su_claim_chip(w, claim, "chip", &accel, err));
    SU_TRY(su_claim_market(w, claim, "units", &units, err));
    SU_TRY(su_why_card_price(w, claim, accel, &s->price, err));
    s->units = amount_of(units);
    s->low = s->units * s->price.low;
    s->high = s->units * s->price.high;
    enum su_currency c = s->price.currency;
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s × %s … %s = %s … %s", su_number(w->arena, s->units),
                           su_why_money(w, s->price.low, c), su_why_money(w, s->price.high, c),
                           su_why_money(w, s->low, c), su_why_money(w, s->high, c)));
    su_finding_source(w, f, units->source);
    su_finding_source(w, f, s->price.row->source);
    f->computed =
        su_fmt(w->arena, "%s … %s", su_why_money(w, s->low, c), su_why_money(w, s->high, c));
    return SU_OK;
}

enum su_status su_why_sales(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                            struct su_err *err)
{
    struct sales s = {0};
    double claimed = 0;
    SU_TRY(sales_of(w, claim, f, &s, err));
    SU_TRY(su_claim_real(claim, "claimed", 1, 1e15, &claimed, err));
    enum su_currency c = s.price.currency;
    f->verdict = s.low >= claimed * (1 - ROUNDED_FRAC) ? SU_HOLDS
                 : s.high >= claimed                   ? SU_HOLDS_ONLY_IF
                                                       : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(
        w->arena, w->view->lang,
        f->verdict == SU_DOES_NOT_HOLD ? SU_MSG_why_sales_not : SU_MSG_why_sales_holds, "claimed",
        su_why_money(w, claimed, c), "price", su_why_money(w, claimed / s.units, c), "units",
        su_number(w->arena, s.units), NULL);
    return SU_OK;
}

enum su_status su_why_exceeds(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                              struct su_err *err)
{
    struct sales s = {0};
    const struct su_market *ref = NULL;
    SU_TRY(sales_of(w, claim, f, &s, err));
    SU_TRY(su_claim_market(w, claim, "metric", &ref, err));
    double other = amount_of(ref);
    enum su_currency c = s.price.currency;
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s / %s = %.2f … %.2f", f->computed,
                           su_why_money(w, other, c), s.low / other, s.high / other));
    su_finding_source(w, f, ref->source);
    f->computed = su_fmt(w->arena, "%.2f … %.2f ×", s.low / other, s.high / other);
    f->verdict = s.low > other ? SU_HOLDS : s.high > other ? SU_HOLDS_ONLY_IF : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang,
                            s.low > other ? SU_MSG_why_exceeds_holds : SU_MSG_why_exceeds_not,
                            "other", su_why_money(w, other, c), "period", ref->period, "units",
                            su_number(w->arena, other / s.price.high), NULL);
    return SU_OK;
}

static enum su_status read_currency(const struct su_claim *claim, const char *key,
                                    enum su_currency *currency, struct su_err *err)
{
    const char *code = NULL;
    SU_TRY(su_doc_str(claim->doc, key, SU_DOC_REQUIRED, &code, err));
    if (su_currency_parse(su_str_c(code), currency))
        return SU_OK;
    return SU_DOC_FAIL(err, su_doc_get(claim->doc, key),
                       "is \"%s\", expected CNY, USD, EUR, JPY, HKD or INR", code);
}

enum su_status su_why_currency(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct su_err *err)
{
    double amount = 0;
    double claimed = 0;
    double rate = 0;
    enum su_currency from;
    enum su_currency to;
    const struct su_fx_rate *row = NULL;
    SU_TRY(su_claim_real(claim, "amount", 0, 1e15, &amount, err));
    SU_TRY(su_claim_real(claim, "claimed", 1e-9, 1e15, &claimed, err));
    SU_TRY(read_currency(claim, "from", &from, err));
    SU_TRY(read_currency(claim, "to", &to, err));
    SU_TRY(su_catalog_fx(w->facts.catalog, from, to, w->facts.date, &rate, &row, err));
    double computed = amount * rate;
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s × %.4f %s/%s (%s) = %s", su_why_money(w, amount, from),
                           rate, su_currency_code(to), su_currency_code(from),
                           row == NULL ? "" : row->date.text, su_why_money(w, computed, to)));
    if (row != NULL)
        su_finding_source(w, f, row->source);
    f->computed = su_why_money(w, computed, to);
    double off = claimed / computed - 1;
    f->verdict = fabs(off) <= ROUNDED_FRAC ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang, SU_MSG_why_currency, "off",
                            su_fmt(w->arena, "%+.1f %%", 100 * off), NULL);
    return SU_OK;
}

/* A whole server's price that was known on the date. */
static bool is_server_price(const struct su_price *p, struct su_date date)
{
    return p->kind == SU_PRICE_BUY_SERVER && p->scope == SU_SCOPE_SERVER &&
           p->use == SU_PRICE_USE_YES && su_date_cmp(p->date, date) <= 0;
}

/* Price rows of a server on or before the date: the newest, and the one about `months` before. */
enum su_status su_why_price_fall(struct su_why *w, const struct su_claim *claim,
                                 struct su_finding *f, struct su_err *err)
{
    const char *id = NULL;
    double months = 0;
    double claimed = 0;
    SU_TRY(su_doc_str(claim->doc, "server", SU_DOC_REQUIRED, &id, err));
    SU_TRY(su_claim_real(claim, "months", 1, 240, &months, err));
    SU_TRY(su_claim_real(claim, "claimed", 0, 1, &claimed, err));
    size_t first = 0;
    size_t n = su_catalog_prices(w->facts.catalog, id, &first);
    const struct su_price *last = NULL;
    const struct su_price *from = NULL;
    double least = INFINITY;
    double most = 0;
    for (size_t i = first; i < first + n; i++) {
        const struct su_price *p = &w->facts.catalog->prices[i];
        if (is_server_price(p, w->facts.date))
            last = p;
    }
    for (size_t i = first; last != NULL && i < first + n; i++) {
        const struct su_price *p = &w->facts.catalog->prices[i];
        if (p->kind != last->kind || p->use != SU_PRICE_USE_YES || p->scope != last->scope ||
            p->currency != last->currency || su_date_cmp(p->date, last->date) >= 0)
            continue;
        int32_t age = su_date_months_between(p->date, last->date);
        su_finding_step(w, f,
                        su_fmt(w->arena, "%s: %s → %s: %s = %+.1f %%", p->date.text,
                               su_why_money(w, p->low, p->currency), last->date.text,
                               su_why_money(w, last->low, last->currency),
                               100 * su_series_change(p, last)));
        su_finding_source(w, f, p->source);
        least = fmin(least, p->low);
        most = fmax(most, p->low);
        if (from == NULL ||
            fabs(age - months) < fabs(su_date_months_between(from->date, last->date) - months))
            from = p;
    }
    if (from == NULL)
        return SU_DOC_FAIL(err, su_doc_get(claim->doc, "server"),
                           "\"%s\" has no two prices on or before %s", id, w->facts.date.text);
    su_finding_source(w, f, last->source);
    double fall = -su_series_change(from, last);
    f->computed = su_text_fill(
        w->arena, w->view->lang, SU_MSG_why_fall, "fall", su_why_percent(w, fall), "months",
        su_fmt(w->arena, "%d", su_date_months_between(from->date, last->date)), NULL);
    f->verdict = fabs(fall - claimed) <= ROUNDED_FRAC ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang,
                            f->verdict == SU_HOLDS ? SU_MSG_why_fall_holds : SU_MSG_why_fall_not,
                            "spread", su_why_percent(w, most / least - 1), NULL);
    return SU_OK;
}

enum su_status su_why_supply(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                             struct su_err *err)
{
    const struct su_market *units = NULL;
    const struct su_market *against = NULL;
    const struct su_market *discount = NULL;
    SU_TRY(su_claim_market(w, claim, "metric", &units, err));
    SU_TRY(su_claim_market(w, claim, "against", &against, err));
    SU_TRY(su_claim_market(w, claim, "discount", &discount, err));
    double share = amount_of(units) / amount_of(against);
    su_finding_step(w, f, market_text(w, units));
    su_finding_step(w, f, market_text(w, against));
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s / %s = %.2f", su_number(w->arena, amount_of(units)),
                           su_number(w->arena, amount_of(against)), share));
    su_finding_step(w, f, market_text(w, discount));
    su_finding_source(w, f, units->source);
    su_finding_source(w, f, against->source);
    su_finding_source(w, f, discount->source);
    f->computed = su_text_fill(w->arena, w->view->lang, SU_MSG_why_supply, "share",
                               su_fmt(w->arena, "%.2f", share), "discount",
                               su_number(w->arena, discount->value), NULL);
    /* A scarce thing sells above its substitute, and fewer of it are made. */
    bool fewer = share < 1;
    bool dearer = discount->value > 0;
    f->verdict = fewer && dearer ? SU_HOLDS_ONLY_IF : SU_DOES_NOT_HOLD;
    f->words =
        su_text(w->view->lang, fewer && dearer ? SU_MSG_why_supply_if : SU_MSG_why_supply_not);
    return SU_OK;
}

/* ---- what the article printed wrongly ---- */

enum su_status su_why_card_price_print(struct su_why *w, const struct su_claim *claim,
                                       struct su_finding *f, struct su_err *err)
{
    const struct su_accel *accel = NULL;
    const char *month = NULL;
    struct su_date date;
    struct su_card_price price;
    const struct su_fx_rate *row = NULL;
    double usd = 0;
    double cny = 0;
    double rate = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &accel, err));
    SU_TRY(su_claim_real(claim, "usd", 1, 1e12, &usd, err));
    SU_TRY(su_claim_real(claim, "cny", 1, 1e12, &cny, err));
    SU_TRY(su_doc_str(claim->doc, "month", SU_DOC_REQUIRED, &month, err));
    if (!su_date_parse(su_str_c(month), &date))
        return SU_DOC_FAIL(err, su_doc_get(claim->doc, "month"),
                           "is \"%s\", expected a month such as 2024-02", month);
    SU_TRY(su_catalog_fx(w->facts.catalog, SU_USD, SU_CNY, date, &rate, &row, err));
    SU_TRY(su_why_card_price(w, claim, accel, &price, err));
    double meant = cny / rate;
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s / %.4f (%s) = %s", su_why_money(w, cny, SU_CNY), rate,
                           row == NULL ? "" : row->date.text, su_why_money(w, meant, SU_USD)));
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s / %s = %.1f", su_why_money(w, usd, SU_USD),
                           su_why_money(w, meant, SU_USD), usd / meant));
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s: %s … %s", price.row->date.text,
                           su_why_money(w, price.low, price.currency),
                           su_why_money(w, price.high, price.currency)));
    su_finding_source(w, f, price.row->source);
    if (row != NULL)
        su_finding_source(w, f, row->source);
    f->computed = su_why_money(w, meant, SU_USD);
    bool same = fabs(usd / meant - 1) <= 0.1;
    f->verdict = same ? SU_HOLDS : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(
        w->arena, w->view->lang, same ? SU_MSG_why_print_same : SU_MSG_why_card_print, "times",
        su_fmt(w->arena, "%.1f", usd / meant), "meant", su_why_money(w, meant, SU_USD), NULL);
    return SU_OK;
}

/* A unit word in the place of a currency: what was printed read as a count. */
enum su_status su_why_server_price_print(struct su_why *w, const struct su_claim *claim,
                                         struct su_finding *f, struct su_err *err)
{
    const char *id = NULL;
    const struct su_market *units = NULL;
    double printed = 0;
    double cards = 0;
    SU_TRY(su_doc_str(claim->doc, "server", SU_DOC_REQUIRED, &id, err));
    SU_TRY(su_claim_market(w, claim, "units", &units, err));
    SU_TRY(su_claim_real(claim, "printed", 1, 1e12, &printed, err));
    SU_TRY(su_claim_real(claim, "cards", 1, 1e4, &cards, err));
    size_t first = 0;
    size_t n = su_catalog_prices(w->facts.catalog, id, &first);
    const struct su_price *last = NULL;
    for (size_t i = first; i < first + n; i++) {
        const struct su_price *p = &w->facts.catalog->prices[i];
        if (is_server_price(p, w->facts.date))
            last = p;
    }
    if (last == NULL)
        return SU_DOC_FAIL(err, su_doc_get(claim->doc, "server"),
                           "\"%s\" has no price on or before %s", id, w->facts.date.text);
    double made = printed * cards;
    bool possible = made <= amount_of(units);
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s × %.0f = %s; %s", su_number(w->arena, printed), cards,
                           su_number(w->arena, made), market_text(w, units)));
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s, %s: %s", id, last->date.text,
                           su_why_money(w, last->low, last->currency)));
    su_finding_source(w, f, last->source);
    su_finding_source(w, f, units->source);
    f->computed = su_why_money(w, last->low, last->currency);
    f->verdict = possible ? SU_HOLDS_ONLY_IF : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang, SU_MSG_why_server_print, "made",
                            su_number(w->arena, made), "units",
                            su_number(w->arena, amount_of(units)), "price", f->computed, NULL);
    return SU_OK;
}

enum su_status su_why_profit_print(struct su_why *w, const struct su_claim *claim,
                                   struct su_finding *f, struct su_err *err)
{
    struct sales s = {0};
    double claimed = 0;
    SU_TRY(sales_of(w, claim, f, &s, err));
    SU_TRY(su_claim_real(claim, "claimed", 1, 1e15, &claimed, err));
    /* A profit of that size would leave so much of the sales for chips, boards and all else. */
    double left = 1 - claimed / ((s.low + s.high) / 2);
    su_finding_step(w, f,
                    su_fmt(w->arena, "1 - %s / %s = %s", su_why_money(w, claimed, s.price.currency),
                           su_why_money(w, (s.low + s.high) / 2, s.price.currency),
                           su_why_percent(w, left)));
    f->verdict = left < 0.1 ? SU_DOES_NOT_HOLD : SU_HOLDS_ONLY_IF;
    f->words = su_text_fill(w->arena, w->view->lang, SU_MSG_why_profit, "left",
                            su_why_percent(w, left), NULL);
    return SU_OK;
}

/* ---- the forecast under doubt ---- */

struct doubt {
    double low; /* units */
    double mode;
    double high;
    double claimed;
    double reference;
    struct su_card_price price;
};

static void draw_sales(struct su_why *w, const struct doubt *d, double *sales)
{
    struct su_rng units;
    struct su_rng price;
    su_rng_init(&units, w->seed, "why.units", 0);
    su_rng_init(&price, w->seed, "why.price", 0);
    for (size_t i = 0; i < DRAWS; i++)
        sales[i] = su_dist_triangular(&units, d->low, d->mode, d->high) *
                   su_dist_uniform(&price, d->price.low, d->price.high);
    su_sort(sales, DRAWS);
}

/* Share of the sorted values at or above a line. */
static double share_above(const double *sorted, double line)
{
    size_t below = 0;
    while (below < DRAWS && sorted[below] < line)
        below++;
    return 1 - (double)below / DRAWS;
}

static enum su_status read_doubt(struct su_why *w, const struct su_claim *claim,
                                 struct su_finding *f, struct doubt *d, struct su_err *err)
{
    const struct su_accel *accel = NULL;
    const struct su_market *low = NULL;
    const struct su_market *mode = NULL;
    const struct su_market *ref = NULL;
    SU_TRY(su_claim_chip(w, claim, "chip", &accel, err));
    SU_TRY(su_claim_market(w, claim, "units_low", &low, err));
    SU_TRY(su_claim_market(w, claim, "units", &mode, err));
    SU_TRY(su_claim_market(w, claim, "metric", &ref, err));
    SU_TRY(su_claim_real(claim, "units_high", 1, 1e12, &d->high, err));
    SU_TRY(su_claim_real(claim, "claimed", 1, 1e15, &d->claimed, err));
    SU_TRY(su_why_card_price(w, claim, accel, &d->price, err));
    d->low = amount_of(low);
    d->mode = amount_of(mode);
    d->reference = amount_of(ref);
    if (!(d->low <= d->mode && d->mode <= d->high))
        return SU_DOC_FAIL(err, claim->doc, "units do not rise: %g, %g, %g", d->low, d->mode,
                           d->high);
    const struct su_market *all[] = {low, mode, ref};
    for (size_t i = 0; i < 3; i++) {
        su_finding_step(w, f, market_text(w, all[i]));
        su_finding_source(w, f, all[i]->source);
    }
    su_finding_source(w, f, d->price.row->source);
    return SU_OK;
}

/* What became of it, where the brief names figures that came later. */
static enum su_status hindsight(struct su_why *w, const struct su_claim *claim,
                                struct su_finding *f, struct su_err *err)
{
    static const char *const keys[] = {"sold", "revenue"};
    for (size_t i = 0; i < 2; i++) {
        const struct su_market *m = NULL;
        if (su_doc_get(claim->doc, keys[i]) == NULL)
            continue;
        SU_TRY(su_claim_market(w, claim, keys[i], &m, err));
        su_finding_step(w, f,
                        su_text_fill(w->arena, w->view->lang, SU_MSG_why_hindsight, "figure",
                                     market_text(w, m), NULL));
        su_finding_source(w, f, m->source);
    }
    return SU_OK;
}

enum su_status su_why_forecast(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct su_err *err)
{
    struct doubt d = {0};
    SU_TRY(read_doubt(w, claim, f, &d, err));
    size_t mark = su_arena_mark(w->arena);
    double *sales = SU_NEW_ARRAY(w->arena, DRAWS, double);
    draw_sales(w, &d, sales);
    double reached = share_above(sales, d.claimed);
    double beaten = share_above(sales, d.reference);
    double p10 = su_quantile_sorted(sales, DRAWS, 0.1);
    double p50 = su_quantile_sorted(sales, DRAWS, 0.5);
    double p90 = su_quantile_sorted(sales, DRAWS, 0.9);
    su_arena_rewind(w->arena, mark);
    enum su_currency c = d.price.currency;
    su_finding_step(w, f,
                    su_text_fill(w->arena, w->view->lang, SU_MSG_why_draws, "n",
                                 su_number_int(w->arena, DRAWS), "units",
                                 su_fmt(w->arena, "%s … %s … %s", su_number(w->arena, d.low),
                                        su_number(w->arena, d.mode), su_number(w->arena, d.high)),
                                 "price",
                                 su_fmt(w->arena, "%s … %s", su_why_money(w, d.price.low, c),
                                        su_why_money(w, d.price.high, c)),
                                 NULL));
    su_finding_step(w, f,
                    su_fmt(w->arena, "p10 %s, p50 %s, p90 %s", su_why_money(w, p10, c),
                           su_why_money(w, p50, c), su_why_money(w, p90, c)));
    SU_TRY(hindsight(w, claim, f, err));
    f->computed = su_text_fill(w->arena, w->view->lang, SU_MSG_why_forecast, "reached",
                               su_why_percent(w, reached), "claimed", su_why_money(w, d.claimed, c),
                               "median", su_why_money(w, p50, c), NULL);
    f->verdict = reached >= 0.9 ? SU_HOLDS : reached >= 0.1 ? SU_HOLDS_ONLY_IF : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, w->view->lang, SU_MSG_why_forecast_words, "units",
                            su_number(w->arena, d.claimed / ((d.price.low + d.price.high) / 2)),
                            "reference", su_why_money(w, d.reference, c), "beaten",
                            su_why_percent(w, beaten), NULL);
    return SU_OK;
}
