/* What `tco` is asked: a chip or server, how many, where and how long, and whatever is known better
 * than the catalog knows it. */
#include <math.h>
#include <string.h>

#include "app/tco_parts.h"

#define DRAWS_DEFAULT 100000
#define HORIZON_DEFAULT_MONTHS 36
#define CARDS_DEFAULT 8

struct reader {
    const struct su_request *request;
    struct su_tco_case *c;
    struct su_err *err;
};

static enum su_status read_chip(struct reader *r)
{
    const struct su_request *q = r->request;
    const struct su_catalog *catalog = r->c->facts.catalog;
    bool chip = su_request_has(q, SU_OPTION_chip);
    if (!chip && !su_request_has(q, SU_OPTION_server))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--chip", "is missing, give it or --server");
    if (su_request_has(q, SU_OPTION_server)) {
        r->c->server = su_catalog_server(catalog, q->server);
        if (r->c->server == NULL) {
            const char **ids = SU_NEW_ARRAY(r->c->arena, catalog->n_servers, const char *);
            for (size_t i = 0; i < catalog->n_servers; i++)
                ids[i] = catalog->servers[i].id;
            const char *near = su_str_nearest(q->server, ids, catalog->n_servers);
            return SU_FAIL(r->err, SU_ERR_INPUT, "--server", "\"%s\" is not a known server%s%s%s",
                           q->server, near == NULL ? "" : ", did you mean ",
                           near == NULL ? "" : near, near == NULL ? "" : "?");
        }
    }
    const char *id = chip ? q->chip : r->c->server->accelerator_id;
    SU_TRY(su_catalog_find_accel(catalog, id, &r->c->accel, r->err));
    if (r->c->server == NULL)
        r->c->server = su_catalog_server_for(catalog, id);
    else if (strcmp(r->c->server->accelerator_id, id) != 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--server", "%s holds %s, not --chip %s",
                       r->c->server->id, r->c->server->accelerator_id, id);
    return SU_OK;
}

static enum su_status read_view(struct reader *r)
{
    const char *word = su_request_has(r->request, SU_OPTION_view) ? r->request->view : "all";
    r->c->all = strcmp(word, "all") == 0;
    r->c->main = SU_TCO_BUY;
    if (r->c->all)
        return SU_OK;
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
        if (strcmp(word, su_tco_view_name((enum su_tco_view)v)) == 0) {
            r->c->main = (enum su_tco_view)v;
            return SU_OK;
        }
    }
    return SU_FAIL(r->err, SU_ERR_INPUT, "--view",
                   "is \"%s\", expected buy, rent, lease_out or all", word);
}

static enum su_status read_channels(struct reader *r, struct su_channels *channels)
{
    r->c->default_channels = !su_request_has(r->request, SU_OPTION_channels);
    if (r->c->default_channels) {
        channels->official = true;
        return SU_OK;
    }
    for (const char *const *w = r->request->channels; *w != NULL; w++) {
        if (strcmp(*w, "official") == 0)
            channels->official = true;
        else if (strcmp(*w, "second_hand") == 0)
            channels->second_hand = channels->grey = true;
        else
            return SU_FAIL(r->err, SU_ERR_INPUT, "channels",
                           "has \"%s\", expected official or second_hand%s", *w,
                           strcmp(*w, "rental") == 0 ? " (of what is rented: --view rent)" : "");
    }
    return SU_OK;
}

static enum su_status read_horizon(struct reader *r, uint32_t *months)
{
    double h = su_request_has(r->request, SU_OPTION_horizon_months) ? r->request->horizon_months
                                                                    : HORIZON_DEFAULT_MONTHS;
    if (h != floor(h))
        return SU_FAIL(r->err, SU_ERR_INPUT, "--horizon-months",
                       "is %g, expected whole months: cash flows are monthly", h);
    *months = (uint32_t)h;
    return SU_OK;
}

/* ---- figures given in the request ---- */

/* Takes a currency code off one end of text; the case's own where there is none. */
static struct su_str take_currency(struct su_str text, enum su_currency *currency)
{
    struct su_str t = su_str_trim(text);
    if (t.n > 3 && su_currency_parse((struct su_str){t.p, 3}, currency))
        return su_str_trim((struct su_str){t.p + 3, t.n - 3});
    if (t.n > 3 && su_currency_parse((struct su_str){t.p + t.n - 3, 3}, currency))
        return su_str_trim((struct su_str){t.p, t.n - 3});
    return t;
}

/* "a", "low..high" (the middle is half way) or "low..middle..high". */
static enum su_status split(struct su_str text, struct su_str parts[3], size_t *n,
                            const char *where, struct su_err *err)
{
    *n = 0;
    size_t from = 0;
    for (size_t i = 0; i <= text.n; i++) {
        bool end = i == text.n;
        if (!end && !(text.p[i] == '.' && i + 1 < text.n && text.p[i + 1] == '.'))
            continue;
        if (*n == 3)
            return SU_FAIL(err, SU_ERR_INPUT, where, "\"%.*s\" has more than low..middle..high",
                           text.n > 60 ? 60 : (int)text.n, text.p);
        parts[(*n)++] = (struct su_str){text.p + from, i - from};
        from = i + 2;
        i += end ? 0 : 1;
    }
    return SU_OK;
}

static enum su_status read_value(const struct su_tco_field *f, struct su_str text, double *value,
                                 const char *where, struct su_err *err)
{
    enum su_unit unit = f->money || f->max > 1 ? SU_UNIT_NONE : SU_UNIT_FRAC;
    bool percent = text.n > 0 && text.p[text.n - 1] == '%';
    SU_TRY(su_units_parse(text, percent ? SU_UNIT_FRAC : unit, value, where, err));
    if (!(*value >= f->min && *value <= f->max))
        return SU_FAIL(err, SU_ERR_INPUT, where, "is %g, expected %g..%g", *value, f->min, f->max);
    return SU_OK;
}

static enum su_status set_figure(struct reader *r, enum su_tco_id id, const char *text,
                                 const char *where)
{
    struct su_tco *tco = &r->c->tco;
    const struct su_tco_field *f = &su_tco_fields[id];
    enum su_currency currency = tco->currency;
    struct su_str rest = f->money ? take_currency(su_str_c(text), &currency) : su_str_c(text);
    double rate = 1;
    if (currency != tco->currency)
        SU_TRY(su_catalog_fx(r->c->facts.catalog, currency, tco->currency, r->c->facts.date, &rate,
                             NULL, r->err));
    struct su_str parts[3];
    size_t n = 0;
    SU_TRY(split(rest, parts, &n, where, r->err));
    double v[3] = {0};
    for (size_t i = 0; i < n; i++)
        SU_TRY(read_value(f, su_str_trim(parts[i]), &v[i], where, r->err));
    double low = v[0] * rate;
    double high = v[n - 1] * rate;
    double mid = n == 3 ? v[1] * rate : (low + high) / 2;
    if (!(low <= mid && mid <= high))
        return SU_FAIL(r->err, SU_ERR_INPUT, where, "\"%s\" does not rise from low to high", text);
    tco->x[id] = (struct su_assumption){.name = f->name,
                                        .unit = f->unit,
                                        .low = low,
                                        .value = mid,
                                        .high = high,
                                        .source = "",
                                        .as_of = "",
                                        .note = "given"};
    tco->known[id] = true;
    r->c->given[id] = true;
    return SU_OK;
}

static enum su_status unknown_figure(const char *name, struct su_err *err)
{
    const char *names[SU_TCO_COUNT];
    for (int i = 0; i < SU_TCO_COUNT; i++)
        names[i] = su_tco_fields[i].name;
    const char *near = su_str_nearest(name, names, SU_TCO_COUNT);
    return SU_FAIL(err, SU_ERR_INPUT, "--assume", "\"%s\" is not an assumption%s%s%s", name,
                   near == NULL ? ", see assumptions[] of the answer" : ", did you mean \"",
                   near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

/* --assume name=value,… */
static enum su_status read_assume(struct reader *r)
{
    for (const char *const *w = r->request->assume; w != NULL && *w != NULL; w++) {
        const char *eq = strchr(*w, '=');
        if (eq == NULL)
            return SU_FAIL(r->err, SU_ERR_INPUT, "--assume", "\"%s\", expected name=value", *w);
        const char *name =
            su_str_dup(r->c->arena, su_str_trim((struct su_str){*w, (size_t)(eq - *w)}));
        int id = 0;
        while (id < SU_TCO_COUNT && strcmp(su_tco_fields[id].name, name) != 0)
            id++;
        if (id == SU_TCO_COUNT)
            return unknown_figure(name, r->err);
        if (r->c->given[id])
            return SU_FAIL(r->err, SU_ERR_INPUT, "--assume", "%s is given twice", name);
        SU_TRY(set_figure(r, (enum su_tco_id)id, eq + 1, su_fmt(r->c->arena, "--assume %s", name)));
    }
    return SU_OK;
}

/* The figures that have a flag of their own, of the same name. */
static enum su_status read_figures(struct reader *r)
{
    for (int id = 0; id < SU_TCO_COUNT; id++) {
        const struct su_option *o = su_option_find(su_tco_fields[id].name);
        if (o == NULL || (o->commands & SU_ON_TCO) == 0 ||
            !su_request_has(r->request, (enum su_option_id)(o - su_options)))
            continue;
        const char *text =
            *(const char *const *)(const void *)((const char *)r->request + o->offset);
        SU_TRY(set_figure(r, (enum su_tco_id)id, text, o->key));
    }
    return read_assume(r);
}

static enum su_status read_vat(struct reader *r)
{
    const char *word = su_request_has(r->request, SU_OPTION_vat) ? r->request->vat : "as_quoted";
    r->c->tco.deduct_vat = strcmp(word, "deducted") == 0;
    if (!r->c->tco.deduct_vat && strcmp(word, "as_quoted") != 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--vat", "is \"%s\", expected as_quoted or deducted",
                       word);
    return SU_OK;
}

/* What the main view cannot do without. */
static enum su_status check_known(struct reader *r)
{
    const struct su_tco_case *c = r->c;
    const char *date = c->facts.date.text;
    if (c->main != SU_TCO_RENT && !c->tco.known[SU_TCO_server_price])
        return SU_FAIL(r->err, SU_ERR_INPUT, "--as-of",
                       "is %s: no price of %s is known by then in the channels asked for, give "
                       "--server-price",
                       date, c->accel->id);
    if (c->main != SU_TCO_BUY && !c->tco.known[SU_TCO_rent_per_card_hour])
        return SU_FAIL(r->err, SU_ERR_INPUT, "--as-of",
                       "is %s: no rent of %s is known by then, give --rent-per-card-hour", date,
                       c->accel->id);
    if (c->main == SU_TCO_LEASE_OUT && c->tco.x[SU_TCO_vacancy].value >= 1)
        return SU_FAIL(r->err, SU_ERR_INPUT, "--vacancy", "is 1, expected less: no hour is let");
    return SU_OK;
}

static uint32_t cards_of(const struct su_server *server)
{
    return server != NULL && su_fact_known(server->accel_count)
               ? (uint32_t)su_fact_value(server->accel_count)
               : CARDS_DEFAULT;
}

enum su_status su_tco_request_read(struct su_arena *arena, const struct su_request *request,
                                   const struct su_view *view, struct su_tco_case *c,
                                   struct su_err *err)
{
    *c = (struct su_tco_case){.arena = arena, .view = view};
    struct reader r = {request, c, err};
    SU_TRY(su_facts_init(arena, request, &c->facts, err));
    SU_TRY(read_chip(&r));
    SU_TRY(read_view(&r));
    c->default_region = !su_request_has(request, SU_OPTION_region);
    c->region = c->default_region ? "cn" : request->region;
    struct su_tco_ask ask = {
        .catalog = c->facts.catalog,
        .accel = c->accel,
        .server = c->server,
        .region = c->region,
        .date = c->facts.date,
        .currency = su_currency_of_region(c->region),
        .n_servers = su_request_has(request, SU_OPTION_servers) ? (uint32_t)request->servers : 1,
        .n_cards = cards_of(c->server)};
    SU_TRY(read_channels(&r, &ask.channels));
    SU_TRY(read_horizon(&r, &ask.months));
    if (su_request_has(request, SU_OPTION_currency) &&
        !su_currency_parse(su_str_c(request->currency), &ask.currency))
        return SU_FAIL(err, SU_ERR_INPUT, "currency",
                       "is \"%s\", expected CNY, USD, EUR, JPY, HKD or INR", request->currency);
    SU_TRY(su_tco_init(arena, &ask, &c->tco, &c->quote, err));
    SU_TRY(read_figures(&r));
    SU_TRY(read_vat(&r));
    c->n_draws =
        su_request_has(request, SU_OPTION_draws) ? (uint64_t)request->draws : DRAWS_DEFAULT;
    c->seed = (uint64_t)request->seed;
    return check_known(&r);
}
