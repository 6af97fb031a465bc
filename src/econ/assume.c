/* Figures of data/opex for a region and date, newest first. */
#include "econ/assume.h"

#include <string.h>

/* A date after every row: to find a figure when none is old enough. */
static const struct su_date far_future = {2199, 1, 1, "2199"};

/* First item of the list that the region (then any wider one) has a figure for. */
static bool find(const struct su_catalog *catalog, const char *const *items, const char *region,
                 struct su_date date, const struct su_opex **row, bool *later)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; items[i] != NULL; i++) {
            *row = su_catalog_opex(catalog, items[i], region, pass == 0 ? date : far_future);
            *later = pass == 1;
            if (*row != NULL)
                return true;
        }
    }
    return false;
}

/* Currency a unit such as "CNY/kWh" is counted in; false when it has none. */
static bool unit_currency(const char *unit, enum su_currency *currency)
{
    return strlen(unit) >= 3 && su_currency_parse((struct su_str){unit, 3}, currency);
}

enum su_status su_assume(const struct su_catalog *catalog, const struct su_ask *ask,
                         const char *region, struct su_date date, enum su_currency currency,
                         struct su_assumption *out, struct su_err *err)
{
    const struct su_opex *row = NULL;
    bool later = false;
    double rate = 1;
    *out = (struct su_assumption){.name = ask->name, .unit = ask->unit};
    if (!find(catalog, ask->items, region, date, &row, &later) &&
        !find(catalog, ask->items, "US", date, &row, &later)) {
        bool money = ask->unit[0] == '/';
        if (money && currency != SU_USD)
            SU_TRY(su_catalog_fx(catalog, SU_USD, currency, date, &rate, NULL, err));
        out->value = out->low = out->high = ask->fallback * rate;
        out->source = "assumed: no figure for the region";
        out->as_of = "";
        return SU_OK;
    }
    enum su_currency unit = currency;
    if (unit_currency(row->unit, &unit) && unit != currency)
        SU_TRY(su_catalog_fx(catalog, unit, currency, date, &rate, NULL, err));
    out->low = row->low * ask->scale * rate;
    out->high = row->high * ask->scale * rate;
    out->value = (out->low + out->high) / 2;
    out->source = row->source;
    out->as_of = row->as_of.text;
    out->later_than_date = later;
    out->confidence = row->confidence;
    return SU_OK;
}

double su_spread_frac(enum su_confidence c)
{
    return c == SU_CONFIDENCE_HIGH ? 0.05 : c == SU_CONFIDENCE_MEDIUM ? 0.10 : 0.25;
}

void su_assume_widen(struct su_assumption *x)
{
    double frac = su_spread_frac(x->confidence);
    if (x->low != x->high)
        return;
    x->low = x->value * (1 - frac);
    x->high = x->value * (1 + frac);
}
