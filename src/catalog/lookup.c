/* Finding things in a catalog. Arrays are sorted, so ids, price items and exchange rates are found
 * by bisection; the short tables (running costs, support) are read from the start. */
#include "catalog/catalog.h"

#include <stdio.h>
#include <string.h>

/* <0, 0, >0: item i stands before, at or after key. */
typedef int order_fn(const struct su_catalog *catalog, size_t i, const void *key);

/* Index of the first of n items that does not stand before key; n when all do. */
static size_t lower_bound(const struct su_catalog *catalog, size_t n, order_fn *order,
                          const void *key)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(catalog, middle, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int order_accel(const struct su_catalog *catalog, size_t i, const void *id)
{
    return strcmp(catalog->accels[i].id, id);
}

static int order_server(const struct su_catalog *catalog, size_t i, const void *id)
{
    return strcmp(catalog->servers[i].id, id);
}

static int order_price(const struct su_catalog *catalog, size_t i, const void *item)
{
    return strcmp(catalog->prices[i].item, item);
}

const struct su_accel *su_catalog_accel(const struct su_catalog *catalog, const char *id)
{
    size_t i = lower_bound(catalog, catalog->n_accels, order_accel, id);
    bool found = i < catalog->n_accels && strcmp(catalog->accels[i].id, id) == 0;
    return found ? &catalog->accels[i] : NULL;
}

const struct su_server *su_catalog_server(const struct su_catalog *catalog, const char *id)
{
    size_t i = lower_bound(catalog, catalog->n_servers, order_server, id);
    bool found = i < catalog->n_servers && strcmp(catalog->servers[i].id, id) == 0;
    return found ? &catalog->servers[i] : NULL;
}

const struct su_server *su_catalog_server_for(const struct su_catalog *catalog,
                                              const char *accel_id)
{
    const double usual_cards = 8;
    const struct su_server *best = NULL;
    for (size_t i = 0; i < catalog->n_servers; i++) {
        const struct su_server *s = &catalog->servers[i];
        if (strcmp(s->accelerator_id, accel_id) != 0 || !su_fact_known(s->accel_count))
            continue;
        double n_cards = su_fact_value(s->accel_count);
        if (n_cards == usual_cards)
            return s;
        if (best == NULL || n_cards < su_fact_value(best->accel_count))
            best = s;
    }
    return best;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* a[0..n) equals all of b without regard to case. */
static bool equal_no_case(const char *a, size_t n, const char *b)
{
    if (strlen(b) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

/* text starts with all of word, which is not empty. */
static bool starts_no_case(const char *text, const char *word)
{
    size_t n = strlen(word);
    return n > 0 && strlen(text) >= n && equal_no_case(text, n, word);
}

static bool contains_no_case(const char *text, const char *word)
{
    for (; *text != '\0'; text++) {
        if (starts_no_case(text, word))
            return true;
    }
    return false;
}

/* How an id can be near a wrong one, best first. "h20" means h20_sxm_96g rather than h200_sxm_141g,
 * and those rather than gh200_96g; only a word of which none of this is true was mistyped. */
enum nearness { NEAR_WORD, NEAR_START, NEAR_INSIDE, NEAR_SPELLING, NEARNESS_COUNT };

static bool is_near(const char *id, const char *word, enum nearness nearness)
{
    switch (nearness) {
    case NEAR_WORD:
        return starts_no_case(id, word) && id[strlen(word)] == '_';
    case NEAR_START:
        return starts_no_case(id, word);
    case NEAR_INSIDE:
        return contains_no_case(id, word);
    default:
        return su_str_nearest(word, &id, 1) != NULL;
    }
}

/* More would not be read. */
#define NEAR_IDS_MAX 6

enum su_status su_catalog_find_accel(const struct su_catalog *catalog, const char *id,
                                     const struct su_accel **accel, struct su_err *err)
{
    *accel = su_catalog_accel(catalog, id);
    if (*accel != NULL)
        return SU_OK;
    char near[NEAR_IDS_MAX * 80] = "";
    int n_near = 0;
    for (enum nearness how = NEAR_WORD; how < NEARNESS_COUNT && n_near == 0; how++) {
        for (size_t i = 0; i < catalog->n_accels && n_near < NEAR_IDS_MAX; i++) {
            const char *other = catalog->accels[i].id;
            size_t n = strlen(near);
            if (is_near(other, id, how))
                snprintf(near + n, sizeof(near) - n, "%s%s", n_near++ == 0 ? "" : ", ", other);
        }
    }
    return SU_FAIL(err, SU_ERR_INPUT, "accelerator", "\"%s\" is not a known accelerator%s%s%s", id,
                   n_near == 0 ? "" : ", did you mean ", near, n_near == 0 ? "" : "?");
}

size_t su_catalog_prices(const struct su_catalog *catalog, const char *item, size_t *first)
{
    size_t i = lower_bound(catalog, catalog->n_prices, order_price, item);
    size_t n = 0;
    while (i + n < catalog->n_prices && strcmp(catalog->prices[i + n].item, item) == 0)
        n++;
    *first = i;
    return n;
}

enum su_support_level su_catalog_support(const struct su_catalog *catalog, const char *stack,
                                         const char *component, const struct su_support **row)
{
    if (row != NULL)
        *row = NULL;
    for (size_t i = 0; i < catalog->n_support; i++) {
        const struct su_support *s = &catalog->support[i];
        if (strcmp(s->stack, stack) != 0 || strcmp(s->component, component) != 0)
            continue;
        if (row != NULL)
            *row = s;
        return s->level;
    }
    return SU_SUPPORT_UNKNOWN;
}

/* Newest row on or before date of item in region[0..n_region); the first of equal dates. */
static const struct su_opex *newest_opex(const struct su_catalog *catalog, const char *item,
                                         const char *region, size_t n_region, struct su_date date)
{
    const struct su_opex *best = NULL;
    for (size_t i = 0; i < catalog->n_opex; i++) {
        const struct su_opex *o = &catalog->opex[i];
        if (strcmp(o->item, item) != 0 || !equal_no_case(region, n_region, o->region) ||
            su_date_cmp(o->as_of, date) > 0)
            continue;
        if (best == NULL || su_date_cmp(o->as_of, best->as_of) > 0)
            best = o;
    }
    return best;
}

const struct su_market *su_catalog_market(const struct su_catalog *catalog, const char *metric,
                                          const char *period)
{
    for (size_t i = 0; i < catalog->n_market; i++) {
        const struct su_market *m = &catalog->market[i];
        if (strcmp(m->metric, metric) == 0 &&
            (period == NULL || strncmp(m->period, period, strlen(period)) == 0))
            return m;
    }
    return NULL;
}

const struct su_opex *su_catalog_opex(const struct su_catalog *catalog, const char *item,
                                      const char *region, struct su_date date)
{
    const struct su_opex *o = newest_opex(catalog, item, region, strlen(region), date);
    if (o == NULL)
        o = newest_opex(catalog, item, region, strcspn(region, "-"), date);
    if (o == NULL)
        o = newest_opex(catalog, item, "global", strlen("global"), date);
    return o;
}

struct fx_key {
    enum su_currency base;
    enum su_currency quote;
    int32_t day;
};

static int order_fx(const struct su_catalog *catalog, size_t i, const void *key)
{
    const struct su_fx_rate *r = &catalog->fx[i];
    const struct fx_key *k = key;
    if (r->base != k->base)
        return r->base < k->base ? -1 : 1;
    if (r->quote != k->quote)
        return r->quote < k->quote ? -1 : 1;
    int32_t day = su_date_days(r->date);
    return (day > k->day) - (day < k->day);
}

/* Newest row of base/quote on or before date, the first of equal dates. */
static const struct su_fx_rate *newest_fx(const struct su_catalog *catalog, enum su_currency base,
                                          enum su_currency quote, struct su_date date)
{
    struct fx_key key = {base, quote, su_date_days(date) + 1};
    size_t after = lower_bound(catalog, catalog->n_fx, order_fx, &key);
    if (after == 0 || catalog->fx[after - 1].base != base || catalog->fx[after - 1].quote != quote)
        return NULL;
    key.day = su_date_days(catalog->fx[after - 1].date);
    return &catalog->fx[lower_bound(catalog, catalog->n_fx, order_fx, &key)];
}

/* One hop, as quoted or inverted; the newer of the two when both are there. */
static const struct su_fx_rate *hop(const struct su_catalog *catalog, enum su_currency from,
                                    enum su_currency to, struct su_date date, double *rate)
{
    const struct su_fx_rate *direct = newest_fx(catalog, from, to, date);
    const struct su_fx_rate *inverse = newest_fx(catalog, to, from, date);
    if (direct != NULL && (inverse == NULL || su_date_cmp(inverse->date, direct->date) <= 0)) {
        *rate = direct->rate;
        return direct;
    }
    if (inverse != NULL)
        *rate = 1 / inverse->rate;
    return inverse;
}

/* No rate of a pair at all, or none yet: what would help. */
static enum su_status no_rate(const struct su_catalog *catalog, enum su_currency from,
                              enum su_currency to, struct su_date date, struct su_err *err)
{
    const struct su_fx_rate *first = NULL; /* of the currency that has the later start */
    const enum su_currency ends[] = {from, to};
    for (size_t e = 0; e < 2; e++) {
        const struct su_fx_rate *own = NULL;
        for (size_t i = 0; i < catalog->n_fx; i++) {
            const struct su_fx_rate *r = &catalog->fx[i];
            if ((r->base == ends[e] || r->quote == ends[e]) &&
                (own == NULL || su_date_cmp(r->date, own->date) < 0))
                own = r;
        }
        if (own == NULL)
            return SU_FAIL(err, SU_ERR_INPUT, "fx",
                           "there is no exchange rate from %s to %s: none of %s is known, a file "
                           "such as fx/usd_cny.csv in --catalog adds it",
                           su_currency_code(from), su_currency_code(to), su_currency_code(ends[e]));
        if (first == NULL || su_date_cmp(own->date, first->date) > 0)
            first = own;
    }
    if (su_date_cmp(first->date, date) <= 0)
        return SU_FAIL(err, SU_ERR_INPUT, "fx",
                       "there is no exchange rate from %s to %s on or before %s",
                       su_currency_code(from), su_currency_code(to), date.text);
    return SU_FAIL(err, SU_ERR_INPUT, "fx",
                   "there is no exchange rate from %s to %s on or before %s, expected a date from "
                   "%s on",
                   su_currency_code(from), su_currency_code(to), date.text, first->date.text);
}

enum su_status su_catalog_fx(const struct su_catalog *catalog, enum su_currency from,
                             enum su_currency to, struct su_date date, double *rate,
                             const struct su_fx_rate **used, struct su_err *err)
{
    const struct su_fx_rate *row = NULL;
    double r = 1;
    if (from != to) {
        row = hop(catalog, from, to, date, &r);
        if (row == NULL && from != SU_USD && to != SU_USD) {
            double second = 1;
            const struct su_fx_rate *a = hop(catalog, from, SU_USD, date, &r);
            const struct su_fx_rate *b = hop(catalog, SU_USD, to, date, &second);
            r *= second;
            if (a != NULL && b != NULL)
                row = su_date_cmp(a->date, b->date) <= 0 ? a : b;
        }
        if (row == NULL)
            return no_rate(catalog, from, to, date, err);
    }
    *rate = r;
    if (used != NULL)
        *used = row;
    return SU_OK;
}

/* Bytes of id that the longest of the words starts it with; -1 when none does, 0 when there are no
 * words. */
static int covers(const char *words, const char *id)
{
    int best = words[0] == '\0' ? 0 : -1;
    for (const char *p = words; *p != '\0';) {
        size_t n = strcspn(p, " ");
        if (n > 0 && strncmp(p, id, n) == 0 && (int)n > best)
            best = (int)n;
        p += n + (p[n] == ' ');
    }
    return best;
}

const struct su_engine *su_catalog_engine(const struct su_catalog *catalog, const char *stack,
                                          const char *component, const char *accel_id)
{
    const struct su_engine *best = NULL;
    int best_covers = -1;
    for (size_t i = 0; i < catalog->n_engines; i++) {
        const struct su_engine *e = &catalog->engines[i];
        if (strcmp(e->stack, stack) != 0 || strcmp(e->component, component) != 0)
            continue;
        int n = covers(e->chips, accel_id);
        if (n > best_covers) {
            best = e;
            best_covers = n;
        }
    }
    return best;
}
