/* The price of a server on a date, from the quotes of the catalog. A quote is used when its `use`
 * is yes, its channel is allowed and it is not newer than the date. Preference, in this order: the
 * region asked for, then a quote for the whole server, then the newest; but a server quote more
 * than half a year older than the newest card quote gives way to it. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "econ/assume.h"

#define STALE_MONTHS 6

enum su_currency su_currency_of_region(const char *region)
{
    static const struct {
        const char *prefix;
        enum su_currency currency;
    } table[] = {{"cn", SU_CNY}, {"us", SU_USD}, {"eu", SU_EUR}, {"de", SU_EUR},
                 {"fr", SU_EUR}, {"jp", SU_JPY}, {"hk", SU_HKD}, {"in", SU_INR}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strncasecmp(region, table[i].prefix, 2) == 0)
            return table[i].currency;
    }
    return SU_USD;
}

static bool same_country(const char *a, const char *b)
{
    return strncasecmp(a, b, 2) == 0;
}

static bool channel_ok(enum su_price_channel channel, struct su_channels allowed)
{
    switch (channel) {
    case SU_CHANNEL_OFFICIAL:
        return allowed.official;
    case SU_CHANNEL_GREY:
        return allowed.grey;
    case SU_CHANNEL_SECOND_HAND:
        return allowed.second_hand;
    case SU_CHANNEL_CLOUD:
        break;
    }
    return false;
}

/* Newest usable row of an item and kind. */
static const struct su_price *newest(const struct su_catalog *catalog, const char *item,
                                     enum su_price_kind kind, const char *region,
                                     struct su_date date, struct su_channels channels)
{
    const struct su_price *best = NULL;
    size_t first = 0;
    size_t n = su_catalog_prices(catalog, item, &first);
    for (size_t i = first; i < first + n; i++) {
        const struct su_price *p = &catalog->prices[i];
        if (p->kind != kind || p->use != SU_PRICE_USE_YES || !channel_ok(p->channel, channels) ||
            su_date_cmp(p->date, date) > 0)
            continue;
        if (region != NULL && !same_country(p->region, region))
            continue;
        if (best == NULL || su_date_cmp(p->date, best->date) >= 0)
            best = p;
    }
    return best;
}

static const struct su_price *choose(const struct su_catalog *catalog, const struct su_accel *accel,
                                     const struct su_server *server, const char *region,
                                     struct su_date date, struct su_channels channels)
{
    const struct su_price *card =
        newest(catalog, accel->id, SU_PRICE_BUY_CARD, region, date, channels);
    const struct su_price *whole = NULL;
    for (size_t i = 0; i < catalog->n_servers; i++) {
        const struct su_server *s = &catalog->servers[i];
        /* Other boxes of the same chip and size price this one as well. */
        if (strcmp(s->accelerator_id, accel->id) != 0 || server == NULL ||
            !su_fact_known(s->accel_count) || !su_fact_known(server->accel_count) ||
            su_fact_value(s->accel_count) != su_fact_value(server->accel_count))
            continue;
        const struct su_price *p =
            newest(catalog, s->id, SU_PRICE_BUY_SERVER, region, date, channels);
        if (p != NULL && (whole == NULL || su_date_cmp(p->date, whole->date) > 0))
            whole = p;
    }
    if (whole == NULL || card == NULL)
        return whole != NULL ? whole : card;
    return su_date_months_between(whole->date, card->date) > STALE_MONTHS ? card : whole;
}

/* A server from the price of its cards: at least a host is added, and for dear cards their share of
 * a server says what host, board and network cards cost. */
static double with_host(double cards, double share_frac, double host)
{
    return fmax(cards / share_frac, cards + host);
}

static enum su_status fill(const struct su_price *p, double n, bool add_host, double rate,
                           double host, enum su_currency currency, struct su_quote *q,
                           struct su_err *err)
{
    double top = isnan(p->high) ? p->low : p->high;
    double spread = su_spread_frac(p->confidence);
    double low = p->low * n * rate * (1 - spread);
    double mid = (p->low + top) / 2 * n * rate;
    double high = top * n * rate * (1 + spread);
    if (add_host) {
        low = with_host(low, SU_CARD_SHARE_HIGH_FRAC, host * SU_HOST_LOW_FRAC);
        mid = with_host(mid, SU_CARD_SHARE_MID_FRAC, host);
        high = with_host(high, SU_CARD_SHARE_LOW_FRAC, host * SU_HOST_HIGH_FRAC);
    }
    SU_TRY(su_money_make(low, currency, &q->low, err));
    SU_TRY(su_money_make(mid, currency, &q->mid, err));
    SU_TRY(su_money_make(high, currency, &q->high, err));
    q->known = true;
    q->row = p;
    q->channel = p->channel;
    q->from_cards = add_host;
    q->open_ended = isnan(p->high);
    return SU_OK;
}

enum su_status su_price_server(const struct su_catalog *catalog, const struct su_accel *accel,
                               const struct su_server *server, uint32_t n_cards, const char *region,
                               struct su_date date, struct su_channels channels,
                               enum su_currency currency, struct su_quote *quote,
                               struct su_err *err)
{
    *quote = (struct su_quote){0};
    const struct su_price *p = choose(catalog, accel, server, region, date, channels);
    if (p == NULL) {
        p = choose(catalog, accel, server, NULL, date, channels);
        quote->other_region = p != NULL;
    }
    if (p == NULL)
        return SU_OK;
    double rate = 1;
    if (p->currency != currency)
        SU_TRY(su_catalog_fx(catalog, p->currency, currency, date, &rate, NULL, err));
    /* A module or kit is the cards without the host: their share of a server, like loose cards. */
    bool cards_only =
        p->scope == SU_SCOPE_CARD || p->scope == SU_SCOPE_MODULE || p->scope == SU_SCOPE_KIT;
    double n = p->scope == SU_SCOPE_CARD ? n_cards : 1;
    double usd = 1;
    if (cards_only && currency != SU_USD)
        SU_TRY(su_catalog_fx(catalog, SU_USD, currency, date, &usd, NULL, err));
    quote->age_months = su_date_months_between(p->date, date);
    return fill(p, n, cards_only, rate, SU_HOST_USD * usd, currency, quote, err);
}
