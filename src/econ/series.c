/* Dated prices and rents as series: what a card hour rents at, and how fast prices move. The fit is
 * least squares on ln(price) with one intercept per series and one slope for all of them, so that a
 * dear cloud and a cheap one in the same table do not look like a price that moved. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "econ/assume.h"
#include "econ/tco.h"
#include "stat/stat.h"

#define DAYS_PER_YEAR 365.25
/* Least that a fit of the chip's own rows must rest on; else all chips are pooled. */
#define OWN_FREEDOM_MIN 2
#define OWN_SPAN_MIN_YEARS 0.4
/* Rows as old as this before the newest still speak about the same market. */
#define QUOTE_WINDOW_MONTHS 6

struct rows {
    SU_VEC(const struct su_price *) v;
};

static bool is_rent(enum su_price_kind kind)
{
    return kind == SU_PRICE_RENT_GPU_HOUR || kind == SU_PRICE_RENT_SERVER_MONTH;
}

static void add_item(struct su_arena *arena, const struct su_catalog *catalog, const char *item,
                     bool rents, struct su_date date, struct rows *rows)
{
    size_t first = 0;
    size_t n = su_catalog_prices(catalog, item, &first);
    for (size_t i = first; i < first + n; i++) {
        const struct su_price *p = &catalog->prices[i];
        if (is_rent(p->kind) == rents && p->use == SU_PRICE_USE_YES && p->low > 0 &&
            su_date_cmp(p->date, date) <= 0)
            *SU_VEC_PUSH(arena, &rows->v) = p;
    }
}

/* By date; rows of one date keep the order of the catalog. */
static int by_date(const void *a, const void *b)
{
    const struct su_price *x = *(const struct su_price *const *)a;
    const struct su_price *y = *(const struct su_price *const *)b;
    int c = su_date_cmp(x->date, y->date);
    return c != 0 ? c : (x > y) - (x < y);
}

size_t su_series_rows(struct su_arena *arena, const struct su_catalog *catalog,
                      const struct su_accel *accel, bool rents, struct su_date date,
                      const struct su_price *const **rows)
{
    struct rows found = {0};
    add_item(arena, catalog, accel->id, rents, date, &found);
    for (size_t i = 0; i < catalog->n_servers; i++) {
        if (strcmp(catalog->servers[i].accelerator_id, accel->id) == 0)
            add_item(arena, catalog, catalog->servers[i].id, rents, date, &found);
    }
    if (found.v.n > 0)
        qsort(found.v.items, found.v.n, sizeof(found.v.items[0]), by_date);
    *rows = found.v.items;
    return found.v.n;
}

static double middle(const struct su_price *p)
{
    return isnan(p->high) ? p->low : (p->low + p->high) / 2;
}

/* One series: what may be compared over time. */
static bool same_series(const struct su_price *a, const struct su_price *b)
{
    return strcmp(a->item, b->item) == 0 && a->kind == b->kind && a->scope == b->scope &&
           a->currency == b->currency && a->channel == b->channel &&
           strncasecmp(a->region, b->region, 2) == 0;
}

const struct su_price *su_series_before(const struct su_price *const *rows, size_t i)
{
    for (size_t k = i; k > 0; k--) {
        if (same_series(rows[k - 1], rows[i]))
            return rows[k - 1];
    }
    return NULL;
}

double su_series_change(const struct su_price *from, const struct su_price *to)
{
    return middle(to) / middle(from) - 1;
}

/* Student's t of 90 % for an 80 % interval, from the normal quantile.
 * Source: Abramowitz and Stegun 26.7.5; at one degree of freedom 4 % too small. */
static double student_t90(double freedom)
{
    double z = su_quantile_normal(0.9);
    double z2 = z * z;
    double g1 = (z2 + 1) * z / 4;
    double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
    double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
    return z + g1 / freedom + g2 / (freedom * freedom) + g3 / (freedom * freedom * freedom);
}

struct sums {
    double xx;
    double xy;
    double yy;
    double freedom;
};

/* Adds the deviations of one series from its own mean. */
static void add_series(const struct su_price *const *rows, size_t n, size_t at, bool *used,
                       struct su_decay *d, struct sums *s)
{
    double mean_x = 0;
    double mean_y = 0;
    double first = INFINITY;
    double last = -INFINITY;
    uint32_t count = 0;
    for (size_t i = at; i < n; i++) {
        if (!same_series(rows[i], rows[at]))
            continue;
        double x = su_date_days(rows[i]->date) / DAYS_PER_YEAR;
        mean_x += x;
        mean_y += log(middle(rows[i]));
        first = fmin(first, x);
        last = fmax(last, x);
        used[i] = true;
        count++;
    }
    if (first == last)
        return; /* one date says nothing about a slope */
    mean_x /= count;
    mean_y /= count;
    for (size_t i = at; i < n; i++) {
        if (!same_series(rows[i], rows[at]))
            continue;
        double x = su_date_days(rows[i]->date) / DAYS_PER_YEAR - mean_x;
        double y = log(middle(rows[i])) - mean_y;
        s->xx += x * x;
        s->xy += x * y;
        s->yy += y * y;
    }
    s->freedom += count - 1;
    d->n_rows += count;
    d->n_series++;
    d->span_years = fmax(d->span_years, last - first);
}

static struct su_decay fit(struct su_arena *arena, const struct su_price *const *rows, size_t n)
{
    struct su_decay d = {0};
    struct sums s = {.freedom = -1}; /* the slope's */
    bool *used = SU_NEW_ARRAY(arena, n + 1, bool);
    memset(used, 0, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!used[i])
            add_series(rows, n, i, used, &d, &s);
    }
    if (s.freedom < 1 || s.xx <= 0)
        return d;
    double slope = s.xy / s.xx;
    double residual = fmax(s.yy - slope * s.xy, 0);
    double half = student_t90(s.freedom) * sqrt(residual / s.freedom / s.xx);
    d.known = s.freedom >= OWN_FREEDOM_MIN && d.span_years >= OWN_SPAN_MIN_YEARS;
    d.per_year = -slope;
    d.low = -slope - half;
    d.high = -slope + half;
    return d;
}

struct su_decay su_decay_fit(struct su_arena *arena, const struct su_catalog *catalog,
                             const struct su_accel *accel, bool rents, struct su_date date)
{
    const struct su_price *const *own = NULL;
    size_t n = su_series_rows(arena, catalog, accel, rents, date, &own);
    struct su_decay d = fit(arena, own, n);
    if (d.known)
        return d;
    struct rows all = {0};
    for (size_t i = 0; i < catalog->n_prices; i++) {
        const struct su_price *p = &catalog->prices[i];
        if (is_rent(p->kind) == rents && p->use == SU_PRICE_USE_YES && p->low > 0 &&
            su_date_cmp(p->date, date) <= 0)
            *SU_VEC_PUSH(arena, &all.v) = p;
    }
    d = fit(arena, all.v.items, all.v.n);
    d.pooled = true;
    return d;
}

/* ---- what a card hour rents at ---- */

/* Cards that a server month pays for. */
static double cards_of(const struct su_catalog *catalog, const struct su_price *p)
{
    const struct su_server *s = su_catalog_server(catalog, p->item);
    return s != NULL && su_fact_known(s->accel_count) ? su_fact_value(s->accel_count) : 8;
}

static enum su_status per_card_hour(const struct su_catalog *catalog, const struct su_price *p,
                                    struct su_date date, enum su_currency currency, double *scale,
                                    struct su_err *err)
{
    double rate = 1;
    if (p->currency != currency)
        SU_TRY(su_catalog_fx(catalog, p->currency, currency, date, &rate, NULL, err));
    *scale = p->kind == SU_PRICE_RENT_SERVER_MONTH
                 ? rate / cards_of(catalog, p) / SU_HOURS_PER_MONTH
                 : rate;
    return SU_OK;
}

/* Newest row that counts: of the region where it has one. */
static const struct su_price *newest(const struct su_price *const *rows, size_t n,
                                     const char *region)
{
    const struct su_price *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (region == NULL || strncasecmp(rows[i]->region, region, 2) == 0)
            best = rows[i];
    }
    return best;
}

/* Of the rows of half a year up to `last`, of its country: middle, least and most. */
static enum su_status rent_around(struct su_arena *arena, const struct su_catalog *catalog,
                                  const struct su_price *const *rows, size_t n,
                                  const struct su_price *last, struct su_date date,
                                  enum su_currency currency, struct su_assumption *quote,
                                  struct su_err *err)
{
    double *mids = SU_NEW_ARRAY(arena, n, double);
    size_t n_mids = 0;
    *quote = (struct su_assumption){.low = INFINITY,
                                    .high = -INFINITY,
                                    .source = last->source,
                                    .as_of = last->date.text,
                                    .confidence = last->confidence};
    for (size_t i = 0; i < n; i++) {
        double scale = 0;
        if (strncasecmp(rows[i]->region, last->region, 2) != 0 ||
            su_date_months_between(rows[i]->date, last->date) > QUOTE_WINDOW_MONTHS)
            continue;
        SU_TRY(per_card_hour(catalog, rows[i], date, currency, &scale, err));
        mids[n_mids++] = middle(rows[i]) * scale;
        quote->low = fmin(quote->low, rows[i]->low * scale);
        quote->high =
            fmax(quote->high, (isnan(rows[i]->high) ? rows[i]->low : rows[i]->high) * scale);
    }
    quote->value = su_quantile(arena, mids, n_mids, 0.5);
    quote->n_rows = n_mids > 1 ? (uint32_t)n_mids : 0;
    return SU_OK;
}

enum su_status su_rent_quote(struct su_arena *arena, const struct su_catalog *catalog,
                             const struct su_accel *accel, const char *region, struct su_date date,
                             enum su_currency currency, bool *known, struct su_assumption *quote,
                             struct su_err *err)
{
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(arena, catalog, accel, true, date, &rows);
    const struct su_price *last = newest(rows, n, region);
    if (last == NULL)
        last = newest(rows, n, NULL);
    *known = last != NULL;
    if (last == NULL)
        return SU_OK;
    return rent_around(arena, catalog, rows, n, last, date, currency, quote, err);
}

enum su_status su_price_rent(struct su_arena *arena, const struct su_catalog *catalog,
                             const struct su_accel *accel, uint32_t n_cards, const char *region,
                             struct su_date date, enum su_currency currency, struct su_quote *quote,
                             struct su_err *err)
{
    *quote =
        (struct su_quote){.channel = SU_CHANNEL_CLOUD, .card_hours = n_cards * SU_HOURS_PER_MONTH};
    const struct su_price *const *rows = NULL;
    size_t n = su_series_rows(arena, catalog, accel, true, date, &rows);
    const struct su_price *last = newest(rows, n, region);
    if (last == NULL)
        return SU_OK;
    struct su_assumption hour;
    SU_TRY(rent_around(arena, catalog, rows, n, last, date, currency, &hour, err));
    su_assume_widen(&hour);
    SU_TRY(su_money_make(hour.low * quote->card_hours, currency, &quote->low, err));
    SU_TRY(su_money_make(hour.value * quote->card_hours, currency, &quote->mid, err));
    SU_TRY(su_money_make(hour.high * quote->card_hours, currency, &quote->high, err));
    quote->known = true;
    quote->row = last;
    quote->n_rows = hour.n_rows;
    quote->open_ended = isnan(last->high);
    quote->age_months = su_date_months_between(last->date, date);
    return SU_OK;
}
