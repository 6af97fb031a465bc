/* Cash flows of a fleet by month. Month 0 buys: servers, network, spares and porting, less what is
 * lent. Months 1..n pay power, space, upkeep, staff and a level annuity, and take or pay rent,
 * which moves with the market: rent * exp(-decay * t) in the middle of each month. At the end the
 * servers are sold. Twice over: exactly in money, and as a closed form in doubles, each the other's
 * oracle. Left out: income tax, insurance, volume discounts, failures beyond the spares. */
#include "econ/tco.h"

#include <math.h>

const struct su_tco_field su_tco_fields[SU_TCO_COUNT] = {
#define MONEY true
#define SHARE false
#define SU_X(id, unit, kind, min, max) {#id, unit, kind, min, max},
    SU_TCO_TABLE(SU_X)
#undef SU_X
#undef MONEY
#undef SHARE
};

const char *su_tco_view_name(enum su_tco_view view)
{
    static const char *const names[] = {"buy", "rent", "lease_out"};
    return names[view];
}

const char *su_tco_line_name(enum su_tco_line line)
{
    static const char *const names[] = {
#define SU_X(id) #id,
        SU_TCO_LINE_TABLE(SU_X)
#undef SU_X
    };
    return names[line];
}

bool su_tco_can(const struct su_tco *tco, enum su_tco_view view)
{
    bool price = tco->known[SU_TCO_server_price];
    bool rent = tco->known[SU_TCO_rent_per_card_hour];
    return view == SU_TCO_BUY ? price : view == SU_TCO_RENT ? rent : price && rent;
}

struct su_tco_values su_tco_middle(const struct su_tco *tco)
{
    struct su_tco_values values;
    for (int i = 0; i < SU_TCO_COUNT; i++)
        values.v[i] = tco->known[i] ? tco->x[i].value : 0;
    return values;
}

/* Amounts of one month or of the start, before any discount; outflows positive. */
struct flows {
    double servers;
    double network;
    double spares;
    double porting;
    double electricity; /* at the mean load, no hour idle */
    double hosting;
    double upkeep;
    double staff;
    double loan;
    double annuity;
    double residual;
    double rent;          /* all card hours of a month at today's rent */
    double decay_monthly; /* continuous */
    double discount;      /* factor of one month */
};

static double annuity_of(double loan, double rate, uint32_t months)
{
    return rate > 0 ? loan * rate / (1 - pow(1 + rate, -(double)months)) : loan / months;
}

static struct flows flows_of(const struct su_tco *tco, const struct su_tco_values *values)
{
    const double *v = values->v;
    double n = tco->n_servers;
    double net_of_vat = tco->deduct_vat ? 1 / (1 + v[SU_TCO_vat_rate]) : 1;
    double kw = tco->power.server_w * n / 1e3;
    struct flows f = {.servers = v[SU_TCO_server_price] * n * net_of_vat};
    f.network = f.servers * v[SU_TCO_network];
    f.spares = f.servers * v[SU_TCO_spares];
    f.porting = v[SU_TCO_porting_months] * v[SU_TCO_salary] / 12;
    f.electricity = kw * v[SU_TCO_load] * v[SU_TCO_pue] * SU_HOURS_PER_MONTH *
                    v[SU_TCO_electricity] * net_of_vat;
    f.hosting = kw * v[SU_TCO_hosting] * net_of_vat;
    double capital = f.servers + f.network + f.spares;
    f.upkeep = capital * v[SU_TCO_upkeep] / 12;
    f.staff = v[SU_TCO_staff_per_server] * n * v[SU_TCO_salary] / 12;
    f.loan = capital * v[SU_TCO_loan];
    f.annuity = annuity_of(f.loan, v[SU_TCO_interest] / 12, tco->months);
    f.residual = f.servers * v[SU_TCO_residual];
    f.rent = v[SU_TCO_rent_per_card_hour] * n * tco->n_cards * SU_HOURS_PER_MONTH * net_of_vat;
    f.decay_monthly = v[SU_TCO_rent_decay] / 12;
    f.discount = pow(1 + v[SU_TCO_discount], -1.0 / 12);
    return f;
}

/* ---- closed form ---- */

/* q + q^2 + ... + q^n */
static double geometric(double q, double n)
{
    return fabs(1 - q) < 1e-12 ? n : q * (1 - pow(q, n)) / (1 - q);
}

/* What is discounted: one unit a month, one unit of rent that moves with the market, the end. */
struct factors {
    double monthly;
    double rent;
    double end;
};

static struct factors factors_of(const struct su_tco *tco, const struct flows *f)
{
    double n = tco->months;
    double q = f->discount;
    return (struct factors){geometric(q, n),
                            exp(f->decay_monthly / 2) * geometric(q * exp(-f->decay_monthly), n),
                            pow(q, n)};
}

/* Value of owning, no hour let and no power drawn; outflows positive. */
static double owning(const struct flows *f, const struct factors *k)
{
    double capital = f->servers + f->network + f->spares - f->loan;
    double monthly = f->hosting + f->upkeep + f->staff + f->annuity;
    return capital + monthly * k->monthly - f->residual * k->end;
}

void su_tco_npv(const struct su_tco *tco, const struct su_tco_values *values,
                double npv[SU_TCO_VIEW_COUNT])
{
    struct flows f = flows_of(tco, values);
    struct factors k = factors_of(tco, &f);
    double let = 1 - values->v[SU_TCO_vacancy];
    double own = owning(&f, &k);
    double power = f.electricity * k.monthly;
    npv[SU_TCO_BUY] = -(own + power + f.porting);
    npv[SU_TCO_RENT] = -(f.rent * k.rent + f.porting);
    npv[SU_TCO_LEASE_OUT] = let * (f.rent * k.rent - power) - own;
    for (int i = 0; i < SU_TCO_VIEW_COUNT; i++) {
        if (!su_tco_can(tco, (enum su_tco_view)i))
            npv[i] = NAN;
    }
}

/* All card hours of the horizon at a rent of 1 today, discounted. */
static double rent_unit(const struct su_tco *tco, const struct su_tco_values *values,
                        const struct factors *k)
{
    double net_of_vat = tco->deduct_vat ? 1 / (1 + values->v[SU_TCO_vat_rate]) : 1;
    return (double)tco->n_servers * tco->n_cards * SU_HOURS_PER_MONTH * net_of_vat * k->rent;
}

double su_tco_break_even_rent(const struct su_tco *tco, const struct su_tco_values *values,
                              enum su_tco_view view)
{
    struct flows f = flows_of(tco, values);
    struct factors k = factors_of(tco, &f);
    double let = view == SU_TCO_LEASE_OUT ? 1 - values->v[SU_TCO_vacancy] : 1;
    double cost = owning(&f, &k) + let * f.electricity * k.monthly;
    return cost / (let * rent_unit(tco, values, &k));
}

double su_tco_break_even_occupancy(const struct su_tco *tco, const struct su_tco_values *values)
{
    struct flows f = flows_of(tco, values);
    struct factors k = factors_of(tco, &f);
    double per_hour_let = f.rent * k.rent - f.electricity * k.monthly;
    return per_hour_let > 0 ? owning(&f, &k) / per_hour_let : INFINITY;
}

double su_tco_mtok(const struct su_tco *tco, const struct su_tco_values *values)
{
    if (!tco->known[SU_TCO_output_tok_s])
        return 0;
    struct flows f = flows_of(tco, values);
    struct factors k = factors_of(tco, &f);
    return values->v[SU_TCO_output_tok_s] * tco->n_servers * values->v[SU_TCO_utilisation] * 3600 *
           SU_HOURS_PER_MONTH * k.monthly / 1e6;
}

/* ---- month by month, in money ---- */

struct ledger {
    const struct su_tco *tco;
    struct su_tco_result *r;
    struct su_err *err;
};

/* Enters `amount` (outflow negative) of a month at its discount factor. */
static enum su_status enter(struct ledger *g, enum su_tco_line line, double amount, double factor)
{
    struct su_money m;
    struct su_money pv;
    SU_TRY(su_money_make(amount, g->tco->currency, &m, g->err));
    SU_TRY(su_money_scale(m, factor, &pv, g->err));
    SU_TRY(su_money_add(g->r->total[line], m, &g->r->total[line], g->err));
    return su_money_add(g->r->value[line], pv, &g->r->value[line], g->err);
}

static enum su_status enter_start(struct ledger *g, const struct flows *f, enum su_tco_view view)
{
    if (view != SU_TCO_LEASE_OUT)
        SU_TRY(enter(g, SU_TCO_LINE_porting, -f->porting, 1));
    if (view == SU_TCO_RENT)
        return SU_OK;
    SU_TRY(enter(g, SU_TCO_LINE_servers, -f->servers, 1));
    SU_TRY(enter(g, SU_TCO_LINE_network, -f->network, 1));
    SU_TRY(enter(g, SU_TCO_LINE_spares, -f->spares, 1));
    return enter(g, SU_TCO_LINE_financing, f->loan, 1);
}

static enum su_status enter_month(struct ledger *g, const struct flows *f, enum su_tco_view view,
                                  double let, uint32_t month)
{
    double factor = pow(f->discount, month);
    double rent = f->rent * exp(-f->decay_monthly * (month - 0.5));
    if (view == SU_TCO_RENT)
        return enter(g, SU_TCO_LINE_rent, -rent, factor);
    SU_TRY(enter(g, SU_TCO_LINE_electricity, -f->electricity * let, factor));
    SU_TRY(enter(g, SU_TCO_LINE_hosting, -f->hosting, factor));
    SU_TRY(enter(g, SU_TCO_LINE_upkeep, -f->upkeep, factor));
    SU_TRY(enter(g, SU_TCO_LINE_staff, -f->staff, factor));
    SU_TRY(enter(g, SU_TCO_LINE_financing, -f->annuity, factor));
    if (view == SU_TCO_LEASE_OUT)
        SU_TRY(enter(g, SU_TCO_LINE_rent, rent * let, factor));
    if (month == g->tco->months)
        SU_TRY(enter(g, SU_TCO_LINE_residual, f->residual, factor));
    return SU_OK;
}

/* Months until what comes in beyond running costs and interest has covered the capital, the last
 * one in part. Income is the rent of let hours, for a buyer the rent that is saved. */
static double payback_of(const struct su_tco *tco, const struct flows *f, enum su_tco_view view,
                         double let)
{
    double open = f->servers + f->network + f->spares;
    double debt = f->loan;
    double rate = f->loan > 0 ? tco->x[SU_TCO_interest].value / 12 : 0;
    if (view == SU_TCO_RENT || !tco->known[SU_TCO_rent_per_card_hour])
        return NAN;
    for (uint32_t m = 1; m <= tco->months; m++) {
        double interest = debt * rate;
        debt -= f->annuity - interest;
        double gain = let * (f->rent * exp(-f->decay_monthly * (m - 0.5)) - f->electricity) -
                      f->hosting - f->upkeep - f->staff - interest;
        if (open - gain <= 0)
            return m - 1 + open / gain;
        open -= gain;
    }
    return NAN;
}

enum su_status su_tco_run(const struct su_tco *tco, enum su_tco_view view,
                          struct su_tco_result *result, struct su_err *err)
{
    struct su_tco_values values = su_tco_middle(tco);
    struct flows f = flows_of(tco, &values);
    double let = view == SU_TCO_LEASE_OUT ? 1 - values.v[SU_TCO_vacancy] : 1;
    struct ledger g = {tco, result, err};
    *result = (struct su_tco_result){.sum.currency = tco->currency, .npv.currency = tco->currency};
    for (int i = 0; i < SU_TCO_LINE_COUNT; i++)
        result->total[i].currency = result->value[i].currency = tco->currency;
    SU_TRY(enter_start(&g, &f, view));
    for (uint32_t m = 1; m <= tco->months; m++)
        SU_TRY(enter_month(&g, &f, view, let, m));
    for (int i = 0; i < SU_TCO_LINE_COUNT; i++) {
        SU_TRY(su_money_add(result->sum, result->total[i], &result->sum, err));
        SU_TRY(su_money_add(result->npv, result->value[i], &result->npv, err));
    }
    result->payback_months = payback_of(tco, &f, view, let);
    return SU_OK;
}
