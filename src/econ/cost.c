/* Cost of a fleet over a horizon, first form: servers, network, electricity, hosting and upkeep, or
 * rent alone.
 * Left out (and said so in every result): residual value, financing, spares, software porting. */
#include "econ/assume.h"

/* Cards' share of a server's rated power where no chassis figure is known: 8 x 700 W of 10.2 kW
 * (DGX H100) is 55 %, 8 x 400 W of 6.5 kW (DGX A100) 49 %, 8 x 1000 W of 14.3 kW (DGX B200) 56 %.
 */
#define CARDS_POWER_SHARE_FRAC 0.53
/* A card whose power no source gives: the middle of the 300..600 W that datacenter cards of 2020
 * to 2025 are rated at. */
#define TYPICAL_CARD_W 450.0
/* Mean draw over rated power of a server that answers people: busy hours and idle ones. */
#define LOAD_FRAC_LOW 0.5
#define LOAD_FRAC_MID 0.7
#define LOAD_FRAC_HIGH 0.9

enum su_status su_cost_basis_init(const struct su_catalog *catalog, const char *region,
                                  struct su_date date, enum su_currency currency,
                                  struct su_cost_basis *basis, struct su_err *err)
{
    static const char *const electricity[] = {"electricity_industrial", "electricity_non_household",
                                              NULL};
    static const char *const pue[] = {"pue_average_target", "pue_requirement_new", "pue_hyperscale",
                                      NULL};
    static const char *const hosting[] = {"colocation_wholesale", NULL};
    static const char *const upkeep[] = {"opex_non_energy_share_of_capex", NULL};
    static const char *const network[] = {"network_share_512_gpu", NULL};
    const struct su_ask asks[] = {
        {"electricity", electricity, 1, 0.1, "/kWh"},
        {"pue", pue, 1, 1.5, "ratio"},
        {"hosting", hosting, 1, 150, "/kW/month"},
        {"upkeep", upkeep, 0.01, 0.008, "of capital per year"},
        {"network", network, 0.01, 0.05, "of the servers' price"},
    };
    *basis = (struct su_cost_basis){.currency = currency};
    struct su_assumption *slots[] = {&basis->electricity, &basis->pue, &basis->hosting,
                                     &basis->upkeep_frac, &basis->network_frac};
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
        SU_TRY(su_assume(catalog, &asks[i], region, date, currency, slots[i], err));
    basis->load_frac = (struct su_assumption){
        .name = "load",
        .value = LOAD_FRAC_MID,
        .low = LOAD_FRAC_LOW,
        .high = LOAD_FRAC_HIGH,
        .unit = "of rated power",
        .source = "assumed: serving load with idle hours",
        .as_of = "",
    };
    return SU_OK;
}

struct su_power su_power_of_server(const struct su_accel *accel, const struct su_server *server,
                                   uint32_t n_cards)
{
    struct su_power p = {.tdp_known = su_fact_known(accel->tdp_w)};
    if (server != NULL && su_fact_known(server->chassis_power_kw)) {
        p.chassis_known = true;
        p.server_w = su_fact_value(server->chassis_power_kw) * 1e3;
        return p;
    }
    double card_w = p.tdp_known ? su_fact_value(accel->tdp_w) : TYPICAL_CARD_W;
    p.server_w = card_w * n_cards / CARDS_POWER_SHARE_FRAC;
    return p;
}

/* Electricity and hosting do not depend on the servers' price; upkeep and network do. */
static enum su_status running(const struct su_cost_basis *b, uint32_t n_servers,
                              struct su_power power, double months, struct su_cost *c,
                              struct su_err *err)
{
    c->power_kw = power.server_w * n_servers / 1e3;
    double kwh = c->power_kw * b->load_frac.value * b->pue.value * SU_HOURS_PER_MONTH * months;
    SU_TRY(su_money_make(kwh * b->electricity.value, b->currency, &c->electricity, err));
    return su_money_make(c->power_kw * b->hosting.value * months, b->currency, &c->hosting, err);
}

/* What one unit of server price adds to the total: itself, its network share, its upkeep. */
static double capital_factor(const struct su_cost_basis *b, uint32_t n_servers, double months)
{
    double network = n_servers > 1 ? b->network_frac.value : 0;
    return (1 + network) * (1 + b->upkeep_frac.value * months / 12);
}

enum su_status su_cost_of_fleet(const struct su_cost_basis *basis, struct su_money unit,
                                uint32_t n_servers, struct su_power power, double horizon_months,
                                struct su_cost *cost, struct su_err *err)
{
    *cost = (struct su_cost){.rent = {0, basis->currency}};
    SU_TRY(running(basis, n_servers, power, horizon_months, cost, err));
    double network = n_servers > 1 ? basis->network_frac.value : 0;
    SU_TRY(su_money_scale(unit, n_servers, &cost->servers, err));
    SU_TRY(su_money_scale(cost->servers, network, &cost->network, err));
    struct su_money capital;
    SU_TRY(su_money_add(cost->servers, cost->network, &capital, err));
    SU_TRY(su_money_scale(capital, basis->upkeep_frac.value * horizon_months / 12, &cost->upkeep,
                          err));
    struct su_money total = capital;
    SU_TRY(su_money_add(total, cost->electricity, &total, err));
    SU_TRY(su_money_add(total, cost->hosting, &total, err));
    SU_TRY(su_money_add(total, cost->upkeep, &total, err));
    cost->total = total;
    return SU_OK;
}

enum su_status su_cost_price_to_win(const struct su_cost_basis *basis, struct su_money total,
                                    uint32_t n_servers, struct su_power power,
                                    double horizon_months, struct su_money *unit,
                                    struct su_err *err)
{
    struct su_cost run = {0};
    SU_TRY(running(basis, n_servers, power, horizon_months, &run, err));
    double left =
        su_money_amount(total) - su_money_amount(run.electricity) - su_money_amount(run.hosting);
    double factor = capital_factor(basis, n_servers, horizon_months) * n_servers;
    return su_money_make(left / factor, basis->currency, unit, err);
}

enum su_status su_cost_of_quote(const struct su_cost_basis *basis, const struct su_quote *quote,
                                struct su_money unit, uint32_t n_servers, struct su_power power,
                                double horizon_months, struct su_cost *cost, struct su_err *err)
{
    if (quote->channel != SU_CHANNEL_CLOUD)
        return su_cost_of_fleet(basis, unit, n_servers, power, horizon_months, cost, err);
    struct su_money none = {0, basis->currency};
    *cost = (struct su_cost){none, none, none, none, none, none, none, 0};
    cost->power_kw = power.server_w * n_servers / 1e3;
    SU_TRY(su_money_scale(unit, n_servers * horizon_months, &cost->rent, err));
    cost->total = cost->rent;
    return SU_OK;
}

enum su_status su_cost_quote_to_win(const struct su_cost_basis *basis,
                                    enum su_price_channel channel, struct su_money total,
                                    uint32_t n_servers, struct su_power power,
                                    double horizon_months, struct su_money *unit,
                                    struct su_err *err)
{
    if (channel != SU_CHANNEL_CLOUD)
        return su_cost_price_to_win(basis, total, n_servers, power, horizon_months, unit, err);
    return su_money_scale(total, 1 / (n_servers * horizon_months), unit, err);
}
