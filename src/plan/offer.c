/* The channels of a chip. The export class closes the new purchase from the vendor; what stands in
 * the country already, to be bought or rented, is told apart by when it can have come in: a chip
 * that was free when it was released has lawful stock, one that never was has none without a
 * licence. Windows in between (a rule that was lifted for a while) are not looked for. */
#include "plan/offer.h"

#include <string.h>
#include <strings.h>

#include "plan/exclude.h"

const char *su_compliance_name(enum su_compliance_status status)
{
    static const char *const names[] = {"no_rule",     "free",       "authorised",
                                        "before_rule", "never_free", "unknown"};
    return names[status];
}

const char *su_channel_name(enum su_price_channel channel)
{
    return channel == SU_CHANNEL_CLOUD ? "rental" : su_price_channel_name(channel);
}

/* Last day of the period that a date names. */
static struct su_date period_end(struct su_date d)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t n = strlen(d.text);
    if (n >= 10)
        return d;
    d.month = (int8_t)(n == 4 ? 12 : d.month + (d.text[5] == 'Q' ? 2 : d.text[5] == 'H' ? 5 : 0));
    d.day = days[d.month - 1];
    return d;
}

static enum su_compliance_status stock_status(const struct su_plan_request *r,
                                              const struct su_accel *a)
{
    struct su_date release;
    if (a->release == NULL || !su_date_parse(su_str_c(a->release), &release))
        return SU_COMPLIANCE_UNKNOWN;
    struct su_export then = su_export_classify(r->catalog, a, period_end(release));
    return then.klass == SU_EXPORT_FREE      ? SU_COMPLIANCE_BEFORE_RULE
           : then.klass == SU_EXPORT_UNKNOWN ? SU_COMPLIANCE_UNKNOWN
                                             : SU_COMPLIANCE_NEVER_FREE;
}

static struct su_compliance compliance_of(const struct su_plan_request *r, const struct su_accel *a,
                                          enum su_price_channel channel)
{
    struct su_compliance c = {.status = SU_COMPLIANCE_NO_RULE};
    if (!su_export_applies_to(r->region))
        return c;
    c.export = su_export_classify(r->catalog, a, r->date);
    switch (c.export.klass) {
    case SU_EXPORT_NOT_US_ORIGIN:
        break;
    case SU_EXPORT_FREE:
        c.status = SU_COMPLIANCE_FREE;
        break;
    case SU_EXPORT_UNKNOWN:
        c.status = SU_COMPLIANCE_UNKNOWN;
        break;
    case SU_EXPORT_NAC:
    case SU_EXPORT_LICENCE:
        c.status = channel == SU_CHANNEL_OFFICIAL ? SU_COMPLIANCE_AUTHORISED : stock_status(r, a);
        break;
    }
    return c;
}

static enum su_status quote_of(struct su_arena *arena, const struct su_plan_request *r,
                               const struct su_accel *accel, const struct su_server *server,
                               uint32_t n_cards, enum su_price_channel channel,
                               struct su_quote *quote, struct su_err *err)
{
    if (channel == SU_CHANNEL_CLOUD)
        return su_price_rent(arena, r->catalog, accel, n_cards, r->region, r->date, r->currency,
                             quote, err);
    struct su_channels only = {.official = channel == SU_CHANNEL_OFFICIAL,
                               .grey = channel == SU_CHANNEL_GREY,
                               .second_hand = channel == SU_CHANNEL_SECOND_HAND};
    SU_TRY(su_price_server(r->catalog, accel, server, n_cards, r->region, r->date, only,
                           r->currency, quote, err));
    quote->channel = channel;
    /* Stock of another country is none here. */
    if (channel != SU_CHANNEL_OFFICIAL && quote->other_region)
        *quote = (struct su_quote){.channel = channel};
    return SU_OK;
}

enum su_status su_offers_init(struct su_arena *arena, const struct su_plan_request *r,
                              const struct su_accel *accel, const struct su_server *server,
                              uint32_t n_cards, struct su_offers *offers, struct su_err *err)
{
    struct su_export unused;
    const struct {
        bool open;
        enum su_price_channel channel;
    } channels[SU_OFFERS_MAX] = {
        {r->channels.official && su_purchase_open(r, accel, &unused), SU_CHANNEL_OFFICIAL},
        {r->channels.second_hand, SU_CHANNEL_SECOND_HAND},
        {r->channels.grey, SU_CHANNEL_GREY},
        {r->channels.rental, SU_CHANNEL_CLOUD},
    };
    *offers = (struct su_offers){0};
    const struct su_quote *unpriced = NULL;
    struct su_quote quotes[SU_OFFERS_MAX];
    for (size_t i = 0; i < SU_OFFERS_MAX; i++) {
        if (!channels[i].open)
            continue;
        SU_TRY(quote_of(arena, r, accel, server, n_cards, channels[i].channel, &quotes[i], err));
        if (quotes[i].known)
            offers->items[offers->n++] = (struct su_offer){
                .quote = quotes[i], .compliance = compliance_of(r, accel, channels[i].channel)};
        else if (unpriced == NULL)
            unpriced = &quotes[i];
    }
    if (offers->n == 0 && unpriced != NULL)
        offers->items[offers->n++] = (struct su_offer){
            .quote = *unpriced, .compliance = compliance_of(r, accel, unpriced->channel)};
    return SU_OK;
}

enum su_status su_offers_cost(struct su_offers *offers, const struct su_cost_basis *basis,
                              uint32_t n_servers, struct su_power power, double horizon_months,
                              uint32_t *best, struct su_err *err)
{
    *best = 0;
    for (uint32_t i = 0; i < offers->n; i++) {
        struct su_offer *o = &offers->items[i];
        if (!o->quote.known)
            continue;
        SU_TRY(su_cost_of_quote(basis, &o->quote, o->quote.mid, n_servers, power, horizon_months,
                                &o->cost, err));
        if (o->cost.total.micro < offers->items[*best].cost.total.micro)
            *best = i;
    }
    return SU_OK;
}
