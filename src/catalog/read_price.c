/* prices/<item>.csv and fx/<base>_<quote>.csv: money by date. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "catalog/read.h"

/* Of one item, in currency units: a rack in JPY is some 1e9. */
#define AMOUNT_MAX 1e12
#define RATE_MIN 1e-6
#define RATE_MAX 1e6

enum {
    KIND,
    CURRENCY,
    LOW,
    HIGH,
    REGION,
    DATE,
    CHANNEL,
    SCOPE,
    TAX,
    USE,
    NOTES,
    SOURCE,
    AS_OF,
    CONFID
};
static const char *const price_cols[] = {"kind",  "currency", "amount_low", "amount_high", "region",
                                         "date",  "channel",  "scope",      "?tax",        "use",
                                         "notes", "source",   "as_of",      "confidence"};

/* What a row of a kind can buy: a price per card and hour is never that of a rack. */
static bool scope_fits(enum su_price_kind kind, enum su_price_scope scope)
{
    switch (kind) {
    case SU_PRICE_BUY_CARD:
        return scope == SU_SCOPE_CARD;
    case SU_PRICE_BUY_SERVER:
        return scope == SU_SCOPE_SERVER || scope == SU_SCOPE_MODULE || scope == SU_SCOPE_KIT ||
               scope == SU_SCOPE_RACK;
    case SU_PRICE_RENT_GPU_HOUR:
        return scope == SU_SCOPE_CARD_HOUR;
    case SU_PRICE_RENT_SERVER_MONTH:
        return scope == SU_SCOPE_SERVER_MONTH;
    }
    return false;
}

static enum su_status read_amounts(struct su_catalog_row row, struct su_price *p,
                                   struct su_err *err)
{
    const char *code = su_catalog_cell(row, CURRENCY);
    if (!su_currency_parse(su_str_c(code), &p->currency))
        return su_catalog_cell_fail(row, CURRENCY, err,
                                    "is \"%s\", expected a currency code like CNY or USD", code);
    p->high = NAN;
    SU_TRY(su_catalog_cell_number(row, LOW, SU_DOC_REQUIRED, 0, AMOUNT_MAX, &p->low, err));
    SU_TRY(su_catalog_cell_number(row, HIGH, SU_DOC_OPTIONAL, 0, AMOUNT_MAX, &p->high, err));
    if (p->low > p->high)
        return su_catalog_cell_fail(row, HIGH, err, "is %g, below amount_low, which is %g", p->high,
                                    p->low);
    return SU_OK;
}

static enum su_status read_kind(struct su_catalog_row row, struct su_price *p, struct su_err *err)
{
    size_t kind = 0;
    size_t channel = 0;
    size_t scope = 0;
    size_t use = 0;
    SU_TRY(
        su_catalog_cell_word(row, KIND, SU_DOC_REQUIRED, &su_catalog_words_price_kind, &kind, err));
    SU_TRY(su_catalog_cell_word(row, CHANNEL, SU_DOC_REQUIRED, &su_catalog_words_channel, &channel,
                                err));
    SU_TRY(su_catalog_cell_word(row, SCOPE, SU_DOC_REQUIRED, &su_catalog_words_scope, &scope, err));
    size_t tax = SU_PRICE_TAX_UNKNOWN;
    SU_TRY(su_catalog_cell_word(row, TAX, SU_DOC_OPTIONAL, &su_catalog_words_tax, &tax, err));
    SU_TRY(su_catalog_cell_word(row, USE, SU_DOC_REQUIRED, &su_catalog_words_use, &use, err));
    p->kind = (enum su_price_kind)kind;
    p->channel = (enum su_price_channel)channel;
    p->scope = (enum su_price_scope)scope;
    p->tax = (enum su_price_tax)tax;
    p->use = (enum su_price_use)use;
    if (!scope_fits(p->kind, p->scope))
        return su_catalog_cell_fail(row, SCOPE, err, "is \"%s\", which a %s price cannot buy",
                                    su_catalog_cell(row, SCOPE), su_catalog_cell(row, KIND));
    return SU_OK;
}

static enum su_status read_price(struct su_catalog_row row, struct su_price *p, struct su_err *err)
{
    SU_TRY(read_kind(row, p, err));
    SU_TRY(read_amounts(row, p, err));
    SU_TRY(su_catalog_cell_text(row, REGION, SU_DOC_REQUIRED, &p->region, err));
    SU_TRY(su_catalog_cell_date(row, DATE, SU_DOC_REQUIRED, &p->date, err));
    SU_TRY(su_catalog_cell_text(row, NOTES, SU_DOC_OPTIONAL, &p->notes, err));
    SU_TRY(su_catalog_cell_text(row, SOURCE, SU_DOC_REQUIRED, &p->source, err));
    SU_TRY(su_catalog_cell_date(row, AS_OF, SU_DOC_REQUIRED, &p->as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    p->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_prices(struct su_arena *arena, const char *path, const char *name,
                                      struct su_catalog_parts *parts, struct su_err *err)
{
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, price_cols,
                                 sizeof(price_cols) / sizeof(price_cols[0]), &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_price p = {.item = name};
        SU_TRY(read_price((struct su_catalog_row){&t, &t.csv.rows[i]}, &p, err));
        *SU_VEC_PUSH(arena, &parts->prices) = p;
    }
    return SU_OK;
}

enum { FX_DATE, FX_RATE, FX_SOURCE, FX_AS_OF, FX_CONFID };
static const char *const fx_cols[] = {"date", "rate", "source", "as_of", "confidence"};

/* "usd_cny" → USD, CNY. */
static bool parse_pair(const char *name, enum su_currency *base, enum su_currency *quote)
{
    if (strlen(name) != 7 || name[3] != '_' || strspn(name, "abcdefghijklmnopqrstuvwxyz_") != 7)
        return false;
    char upper[8];
    for (int i = 0; i < 7; i++)
        upper[i] = name[i] == '_' ? '_' : (char)(name[i] - 'a' + 'A');
    return su_currency_parse((struct su_str){upper, 3}, base) &&
           su_currency_parse((struct su_str){upper + 4, 3}, quote) && *base != *quote;
}

static enum su_status read_rate(struct su_catalog_row row, struct su_fx_rate *r, struct su_err *err)
{
    SU_TRY(su_catalog_cell_date(row, FX_DATE, SU_DOC_REQUIRED, &r->date, err));
    SU_TRY(
        su_catalog_cell_number(row, FX_RATE, SU_DOC_REQUIRED, RATE_MIN, RATE_MAX, &r->rate, err));
    SU_TRY(su_catalog_cell_text(row, FX_SOURCE, SU_DOC_REQUIRED, &r->source, err));
    struct su_date as_of;
    SU_TRY(su_catalog_cell_date(row, FX_AS_OF, SU_DOC_REQUIRED, &as_of, err));
    if (su_date_cmp(as_of, r->date) < 0)
        return su_catalog_cell_fail(row, FX_AS_OF, err,
                                    "is %s, before the date of the rate, which is %s", as_of.text,
                                    r->date.text);
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, FX_CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    r->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_fx(struct su_arena *arena, const char *path, const char *name,
                                  struct su_catalog_parts *parts, struct su_err *err)
{
    struct su_fx_rate pair = {0};
    if (!parse_pair(name, &pair.base, &pair.quote))
        return SU_FAIL(err, SU_ERR_INPUT, path,
                       "is named \"%s\", expected two currencies like usd_cny", name);
    struct su_catalog_table t;
    SU_TRY(
        su_catalog_table_read(arena, path, fx_cols, sizeof(fx_cols) / sizeof(fx_cols[0]), &t, err));
    size_t first = parts->fx.n;
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_catalog_row row = {&t, &t.csv.rows[i]};
        struct su_fx_rate r = pair;
        SU_TRY(read_rate(row, &r, err));
        /* Ascending dates make a repeated one easy to see, for people and for this check. */
        if (parts->fx.n > first && su_date_cmp(parts->fx.items[parts->fx.n - 1].date, r.date) >= 0)
            return su_catalog_cell_fail(row, FX_DATE, err,
                                        "is %s, expected a date after the row above", r.date.text);
        *SU_VEC_PUSH(arena, &parts->fx) = r;
    }
    return SU_OK;
}
