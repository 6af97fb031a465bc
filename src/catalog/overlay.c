/* Parts become a catalog: stable sorts so that rows of one date keep their order, and the newest
 * date. An overlay is a second set of parts laid over a catalog that is already there. */
#include <string.h>

#include "catalog/read.h"

typedef int compare(const void *a, const void *b);

/* Merge sort, bottom up: qsort may swap equal rows, and then the order of a file would be lost. */
static void sort_stable(struct su_arena *arena, void *items, size_t n, size_t size, compare *cmp)
{
    if (n < 2)
        return;
    size_t mark = su_arena_mark(arena);
    char *from = items;
    char *to = su_arena_array(arena, n, size);
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t start = 0; start < n; start += 2 * run) {
            size_t a = start;
            size_t a_end = start + run < n ? start + run : n;
            size_t b = a_end;
            size_t b_end = a_end + run < n ? a_end + run : n;
            for (size_t k = start; k < b_end; k++) {
                bool take_a =
                    a < a_end && (b == b_end || cmp(from + a * size, from + b * size) <= 0);
                size_t take = take_a ? a++ : b++;
                memcpy(to + k * size, from + take * size, size);
            }
        }
        char *other = from;
        from = to;
        to = other;
    }
    if (from != (char *)items)
        memcpy(items, from, n * size);
    su_arena_rewind(arena, mark);
}

static int by_accel_id(const void *a, const void *b)
{
    return strcmp(((const struct su_accel *)a)->id, ((const struct su_accel *)b)->id);
}

static int by_server_id(const void *a, const void *b)
{
    return strcmp(((const struct su_server *)a)->id, ((const struct su_server *)b)->id);
}

static int by_item_and_date(const void *a, const void *b)
{
    const struct su_price *p = a;
    const struct su_price *q = b;
    int order = strcmp(p->item, q->item);
    return order != 0 ? order : su_date_cmp(p->date, q->date);
}

static int by_pair_and_date(const void *a, const void *b)
{
    const struct su_fx_rate *p = a;
    const struct su_fx_rate *q = b;
    if (p->base != q->base)
        return p->base < q->base ? -1 : 1;
    if (p->quote != q->quote)
        return p->quote < q->quote ? -1 : 1;
    return su_date_cmp(p->date, q->date);
}

static void keep_newest(struct su_date *newest, struct su_date date, const struct su_date *cap)
{
    if (cap != NULL && su_date_cmp(date, *cap) > 0)
        return;
    if (!su_date_known(*newest) || su_date_cmp(date, *newest) > 0)
        *newest = date;
}

/* The newest date at which anything in it was known. */
static struct su_date newest_as_of(const struct su_catalog *c)
{
    struct su_date newest = {0};
    for (size_t i = 0; i < c->n_accels; i++)
        keep_newest(&newest, c->accels[i].as_of, NULL);
    for (size_t i = 0; i < c->n_servers; i++)
        keep_newest(&newest, c->servers[i].as_of, NULL);
    for (size_t i = 0; i < c->n_prices; i++)
        keep_newest(&newest, c->prices[i].as_of, NULL);
    for (size_t i = 0; i < c->n_fx; i++)
        keep_newest(&newest, c->fx[i].date, NULL); /* as_of is never before it */
    for (size_t i = 0; i < c->n_opex; i++)
        keep_newest(&newest, c->opex[i].as_of, NULL);
    for (size_t i = 0; i < c->n_market; i++)
        keep_newest(&newest, c->market[i].as_of, NULL);
    for (size_t i = 0; i < c->n_support; i++)
        keep_newest(&newest, c->support[i].as_of, NULL);
    for (size_t i = 0; i < c->n_rules; i++)
        keep_newest(&newest, c->rules[i].as_of, NULL);
    for (size_t i = 0; i < c->n_engines; i++)
        keep_newest(&newest, c->engines[i].as_of, NULL);
    return newest;
}

static struct su_date newest_date(const struct su_catalog *c)
{
    struct su_date cap = newest_as_of(c);
    struct su_date newest = {0};
    for (size_t i = 0; i < c->n_prices; i++)
        keep_newest(&newest, c->prices[i].date, &cap);
    for (size_t i = 0; i < c->n_fx; i++)
        keep_newest(&newest, c->fx[i].date, &cap);
    for (size_t i = 0; i < c->n_rules; i++)
        keep_newest(&newest, c->rules[i].effective, &cap);
    return newest;
}

#define SORT(arena, v, cmp) sort_stable((arena), (v)->items, (v)->n, sizeof((v)->items[0]), (cmp))

void su_catalog_finish(struct su_arena *arena, struct su_catalog_parts *parts,
                       struct su_catalog *catalog)
{
    SORT(arena, &parts->accels, by_accel_id);
    SORT(arena, &parts->servers, by_server_id);
    SORT(arena, &parts->prices, by_item_and_date);
    SORT(arena, &parts->fx, by_pair_and_date);
    *catalog = (struct su_catalog){
        .accels = parts->accels.items,
        .n_accels = parts->accels.n,
        .servers = parts->servers.items,
        .n_servers = parts->servers.n,
        .prices = parts->prices.items,
        .n_prices = parts->prices.n,
        .fx = parts->fx.items,
        .n_fx = parts->fx.n,
        .opex = parts->opex.items,
        .n_opex = parts->opex.n,
        .market = parts->market.items,
        .n_market = parts->market.n,
        .support = parts->support.items,
        .n_support = parts->support.n,
        .rules = parts->rules.items,
        .n_rules = parts->rules.n,
        .engines = parts->engines.items,
        .n_engines = parts->engines.n,
    };
    catalog->newest = newest_date(catalog);
}

static bool has_rule(const struct su_catalog *catalog, const char *rule_id)
{
    for (size_t i = 0; i < catalog->n_rules; i++) {
        if (strcmp(catalog->rules[i].rule_id, rule_id) == 0)
            return true;
    }
    return false;
}

/* Rows that stand for one thing: own ones replace those of base. */
static void merge_things(struct su_arena *arena, const struct su_catalog *base,
                         const struct su_catalog *own, struct su_catalog_parts *merged)
{
    for (size_t i = 0; i < own->n_accels; i++)
        *SU_VEC_PUSH(arena, &merged->accels) = own->accels[i];
    for (size_t i = 0; i < base->n_accels; i++) {
        if (su_catalog_accel(own, base->accels[i].id) == NULL)
            *SU_VEC_PUSH(arena, &merged->accels) = base->accels[i];
    }
    for (size_t i = 0; i < own->n_servers; i++)
        *SU_VEC_PUSH(arena, &merged->servers) = own->servers[i];
    for (size_t i = 0; i < base->n_servers; i++) {
        if (su_catalog_server(own, base->servers[i].id) == NULL)
            *SU_VEC_PUSH(arena, &merged->servers) = base->servers[i];
    }
    for (size_t i = 0; i < own->n_prices; i++)
        *SU_VEC_PUSH(arena, &merged->prices) = own->prices[i];
    for (size_t i = 0; i < base->n_prices; i++) {
        size_t first = 0;
        if (su_catalog_prices(own, base->prices[i].item, &first) == 0)
            *SU_VEC_PUSH(arena, &merged->prices) = base->prices[i];
    }
    /* Half a rule would be another rule, so a rule_id is replaced as a whole. */
    for (size_t i = 0; i < base->n_rules; i++) {
        if (!has_rule(own, base->rules[i].rule_id))
            *SU_VEC_PUSH(arena, &merged->rules) = base->rules[i];
    }
    for (size_t i = 0; i < own->n_rules; i++)
        *SU_VEC_PUSH(arena, &merged->rules) = own->rules[i];
}

/* Rows by date: all are kept, own ones first, which is where look-ups stop at equal dates. */
static void merge_rows(struct su_arena *arena, const struct su_catalog *c,
                       struct su_catalog_parts *merged)
{
    for (size_t i = 0; i < c->n_fx; i++)
        *SU_VEC_PUSH(arena, &merged->fx) = c->fx[i];
    for (size_t i = 0; i < c->n_opex; i++)
        *SU_VEC_PUSH(arena, &merged->opex) = c->opex[i];
    for (size_t i = 0; i < c->n_market; i++)
        *SU_VEC_PUSH(arena, &merged->market) = c->market[i];
    for (size_t i = 0; i < c->n_support; i++)
        *SU_VEC_PUSH(arena, &merged->support) = c->support[i];
    for (size_t i = 0; i < c->n_engines; i++)
        *SU_VEC_PUSH(arena, &merged->engines) = c->engines[i];
}

enum su_status su_catalog_overlay(struct su_arena *arena, const struct su_catalog *base,
                                  const char *dir, struct su_catalog *catalog, struct su_err *err)
{
    struct su_catalog_parts parts;
    struct su_catalog own;
    SU_TRY(su_catalog_read_parts(arena, dir, &parts, err));
    su_catalog_finish(arena, &parts, &own);
    struct su_catalog_parts merged = {0};
    merge_things(arena, base, &own, &merged);
    merge_rows(arena, &own, &merged);
    merge_rows(arena, base, &merged);
    su_catalog_finish(arena, &merged, catalog);
    return su_catalog_check_references(arena, dir, &parts, catalog, err);
}
