/* The assumptions of a case from the catalog. What no source says is assumed here, in one place,
 * and says so; docs/theory/tco.md gives the reasons. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "econ/assume.h"
#include "econ/tco.h"

static struct su_assumption assumed(double low, double value, double high, const char *why)
{
    return (struct su_assumption){
        .value = value, .low = low, .high = high, .note = why, .source = "", .as_of = ""};
}

struct maker {
    struct su_arena *arena;
    const struct su_tco_ask *ask;
    struct su_tco *tco;
    struct su_err *err;
};

static void put(struct maker *m, enum su_tco_id id, struct su_assumption x)
{
    x.name = su_tco_fields[id].name;
    x.unit = su_tco_fields[id].unit;
    m->tco->x[id] = x;
    m->tco->known[id] = true;
}

/* A figure of opex.csv, widened; one of ours where there is none. */
static enum su_status look_up(struct maker *m, enum su_tco_id id, const char *item, double scale,
                              struct su_assumption fallback)
{
    const char *const items[] = {item, NULL};
    const struct su_tco_ask *k = m->ask;
    struct su_ask ask = {su_tco_fields[id].name, items, scale, fallback.value,
                         su_tco_fields[id].unit};
    struct su_assumption x;
    SU_TRY(su_assume(k->catalog, &ask, k->region, k->date, k->currency, &x, m->err));
    if (x.as_of[0] == '\0') {
        double rate = fallback.value > 0 ? x.value / fallback.value : 1; /* money was converted */
        fallback.low *= rate;
        fallback.value *= rate;
        fallback.high *= rate;
        x = fallback;
    }
    su_assume_widen(&x);
    put(m, id, x);
    return SU_OK;
}

static enum su_status price(struct maker *m, struct su_quote *quote)
{
    const struct su_tco_ask *k = m->ask;
    SU_TRY(su_price_server(k->catalog, k->accel, k->server, k->n_cards, k->region, k->date,
                           k->channels, k->currency, quote, m->err));
    if (!quote->known)
        return SU_OK;
    struct su_assumption x = {.value = su_money_amount(quote->mid),
                              .low = su_money_amount(quote->low),
                              .high = su_money_amount(quote->high),
                              .source = quote->row->source,
                              .as_of = quote->row->date.text,
                              .confidence = quote->row->confidence};
    if (quote->from_cards)
        x.note = "card_share";
    put(m, SU_TCO_server_price, x);
    return SU_OK;
}

static enum su_status running(struct maker *m)
{
    const struct su_tco_ask *k = m->ask;
    struct su_cost_basis b;
    SU_TRY(su_cost_basis_init(k->catalog, k->region, k->date, k->currency, &b, m->err));
    struct {
        enum su_tco_id id;
        struct su_assumption x;
    } all[] = {{SU_TCO_electricity, b.electricity},
               {SU_TCO_pue, b.pue},
               {SU_TCO_hosting, b.hosting},
               {SU_TCO_upkeep, b.upkeep_frac},
               {SU_TCO_load, b.load_frac}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        su_assume_widen(&all[i].x);
        if (all[i].x.as_of[0] == '\0') {
            all[i].x.note = all[i].id == SU_TCO_load ? "assumed_load" : "assumed_no_figure";
            all[i].x.source = "";
        }
        if (all[i].id == SU_TCO_pue)
            all[i].x.low = fmax(all[i].x.low, 1);
        put(m, all[i].id, all[i].x);
    }
    return SU_OK;
}

/* Switches grow with the cluster: one layer, two, three. The rows are shares of servers and network
 * together, s / (1 - s) of the servers alone. */
static enum su_status network(struct maker *m)
{
    uint64_t cards = (uint64_t)m->ask->n_servers * m->ask->n_cards;
    if (m->ask->n_servers == 1) {
        put(m, SU_TCO_network, assumed(0, 0, 0, "one_server"));
        return SU_OK;
    }
    const char *item = cards <= 512    ? "network_share_512_gpu"
                       : cards <= 8192 ? "network_share_1024_gpu"
                                       : "network_share_32768_gpu";
    SU_TRY(look_up(m, SU_TCO_network, item, 0.01, assumed(0.03, 0.05, 0.1, "assumed_no_figure")));
    struct su_assumption *x = &m->tco->x[SU_TCO_network];
    x->value /= 1 - x->value;
    x->low /= 1 - x->low;
    x->high /= 1 - x->high;
    return SU_OK;
}

/* Months of one engineer to move a serving stack: by the level of its parts on the chip's stack. */
static void porting(struct maker *m)
{
    static const char *const parts[] = {"PyTorch", "vLLM", "Triton", "FlashAttention"};
    double months = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        switch (su_catalog_support(m->ask->catalog, m->ask->accel->stack, parts[i], NULL)) {
        case SU_SUPPORT_NATIVE:
            break;
        case SU_SUPPORT_PLUGIN:
            months += 1;
            break;
        case SU_SUPPORT_PARTIAL:
            months += 3;
            break;
        case SU_SUPPORT_NONE:
        case SU_SUPPORT_UNKNOWN:
            months += 6;
            break;
        }
    }
    put(m, SU_TCO_porting_months, assumed(months / 2, months, months * 2, "assumed_porting"));
}

/* "residual_value_<chip>_year_<n>", as shares of the price when new. */
static bool residual_row(const struct su_opex *row, uint32_t year)
{
    static const char prefix[] = "residual_value_";
    char suffix[32];
    snprintf(suffix, sizeof(suffix), "_year_%u", year);
    size_t n = strlen(row->item);
    size_t tail = strlen(suffix);
    return strncmp(row->item, prefix, sizeof(prefix) - 1) == 0 && n > tail &&
           strcmp(row->item + n - tail, suffix) == 0;
}

/* All chips' rows of one age: least, mean of the middles, most. False when there is none. */
static bool residual_at(struct maker *m, uint32_t year, struct su_assumption *x)
{
    *x = (struct su_assumption){.low = INFINITY, .high = 0};
    uint32_t n = 0;
    for (size_t i = 0; i < m->ask->catalog->n_opex; i++) {
        const struct su_opex *row = &m->ask->catalog->opex[i];
        if (!residual_row(row, year))
            continue;
        x->low = fmin(x->low, row->low / 100);
        x->high = fmax(x->high, row->high / 100);
        x->value += (row->low + row->high) / 200;
        x->source = row->source;
        x->as_of = row->as_of.text;
        x->confidence = row->confidence;
        x->later_than_date = su_date_cmp(row->as_of, m->ask->date) > 0;
        n++;
    }
    x->value /= n > 0 ? n : 1;
    return n > 0;
}

/* A chip whose own prices span this long says itself what it will be worth. */
#define RESIDUAL_SPAN_MIN_YEARS 1.0
#define RESIDUAL_LEAST 0.02

static void residual_by_fit(struct maker *m, double years)
{
    const struct su_decay *d = &m->tco->price_fit;
    double v[] = {exp(-d->high * years), exp(-d->per_year * years), exp(-d->low * years)};
    for (int i = 0; i < 3; i++)
        v[i] = fmin(fmax(v[i], RESIDUAL_LEAST), 1);
    put(m, SU_TCO_residual, assumed(v[0], v[1], v[2], "price_fit"));
}

/* Between whole years the logarithm runs straight; beyond the last row it goes on as it came. */
static void residual(struct maker *m)
{
    struct su_assumption a = assumed(1, 1, 1, NULL);
    struct su_assumption b = a;
    double years = m->ask->months / 12.0;
    const struct su_decay *d = &m->tco->price_fit;
    if (d->known && !d->pooled && d->span_years >= RESIDUAL_SPAN_MIN_YEARS) {
        residual_by_fit(m, years);
        return;
    }
    uint32_t from = 0;
    uint32_t year = 0;
    while (year < years) {
        struct su_assumption next;
        if (!residual_at(m, year + 1, &next))
            break;
        a = b;
        b = next;
        from = year++;
    }
    if (year == 0) {
        double v = exp(-0.5 * years);
        put(m, SU_TCO_residual, assumed(v * v, v, sqrt(v), "assumed_residual"));
        return;
    }
    double t = years - from;
    struct su_assumption x = b;
    x.value = a.value * pow(b.value / a.value, t);
    x.low = a.low * pow(b.low / a.low, t);
    x.high = a.high * pow(b.high / a.high, t);
    put(m, SU_TCO_residual, x);
}

/* The market's lending rate is what the best borrowers pay; the rest pay more. */
static enum su_status money(struct maker *m)
{
    SU_TRY(look_up(m, SU_TCO_loan, "gpu_loan_to_value", 0.01,
                   assumed(0.4, 0.6, 0.7, "assumed_no_figure")));
    SU_TRY(look_up(m, SU_TCO_interest, "lpr_5y", 0.01,
                   assumed(0.05, 0.06, 0.09, "assumed_no_figure")));
    struct su_assumption *x = &m->tco->x[SU_TCO_interest];
    if (x->as_of[0] != '\0') {
        double prime = m->tco->x[SU_TCO_interest].value;
        x->low = prime;
        x->value = prime + 0.01;
        x->high = prime + 0.03;
        x->note = "prime_plus";
    }
    put(m, SU_TCO_discount, assumed(0.05, 0.08, 0.12, "assumed_discount"));
    SU_TRY(look_up(m, SU_TCO_vat_rate, "vat_goods", 0.01, assumed(0, 0, 0, "assumed_no_figure")));
    x = &m->tco->x[SU_TCO_vat_rate];
    x->low = x->high = x->value; /* the law leaves no room */
    return SU_OK;
}

static enum su_status people(struct maker *m)
{
    put(m, SU_TCO_staff_per_server, assumed(1.0 / 64, 1.0 / 32, 1.0 / 16, "assumed_staff"));
    const char *item = su_catalog_opex(m->ask->catalog, "engineer_salary_ai", m->ask->region,
                                       m->ask->catalog->newest) != NULL
                           ? "engineer_salary_ai"
                           : "engineer_salary_ai_infra";
    return look_up(m, SU_TCO_salary, item, 1, assumed(60000, 100000, 200000, "assumed_no_figure"));
}

static enum su_status rents(struct maker *m)
{
    const struct su_tco_ask *k = m->ask;
    bool known = false;
    struct su_assumption x;
    SU_TRY(su_rent_quote(m->arena, k->catalog, k->accel, k->region, k->date, k->currency, &known,
                         &x, m->err));
    if (known) {
        su_assume_widen(&x);
        put(m, SU_TCO_rent_per_card_hour, x);
    }
    m->tco->rent_fit = su_decay_fit(m->arena, k->catalog, k->accel, true, k->date);
    m->tco->price_fit = su_decay_fit(m->arena, k->catalog, k->accel, false, k->date);
    const struct su_decay *d = &m->tco->rent_fit;
    put(m, SU_TCO_rent_decay,
        d->known ? assumed(d->low, d->per_year, d->high, "rent_fit")
                 : assumed(0, 0.2, 0.5, "assumed_rent_decay"));
    m->tco->x[SU_TCO_rent_decay].n_rows = d->known ? d->n_rows : 0;
    return SU_OK;
}

/* The mean use of computing centres says little about one: half to double. */
static enum su_status use(struct maker *m)
{
    SU_TRY(look_up(m, SU_TCO_vacancy, "gpu_rental_vacancy", 0.01,
                   assumed(0.15, 0.3, 0.5, "assumed_no_figure")));
    SU_TRY(look_up(m, SU_TCO_utilisation, "ai_centre_utilisation", 0.01,
                   assumed(0.25, 0.5, 0.8, "assumed_no_figure")));
    struct su_assumption *x = &m->tco->x[SU_TCO_utilisation];
    if (x->as_of[0] != '\0') {
        x->low = x->value / 2;
        x->high = fmin(x->value * 2, 1);
    }
    return look_up(m, SU_TCO_spares, "spare_ratio", 0.01,
                   assumed(0.02, 0.05, 0.08, "assumed_no_figure"));
}

enum su_status su_tco_init(struct su_arena *arena, const struct su_tco_ask *ask, struct su_tco *tco,
                           struct su_quote *quote, struct su_err *err)
{
    *tco = (struct su_tco){.currency = ask->currency,
                           .n_servers = ask->n_servers,
                           .n_cards = ask->n_cards,
                           .months = ask->months,
                           .power = su_power_of_server(ask->accel, ask->server, ask->n_cards)};
    struct maker m = {arena, ask, tco, err};
    SU_TRY(price(&m, quote));
    SU_TRY(running(&m));
    SU_TRY(network(&m));
    SU_TRY(money(&m));
    SU_TRY(people(&m));
    SU_TRY(rents(&m));
    SU_TRY(use(&m));
    porting(&m);
    residual(&m);
    return SU_OK;
}
